//! A filter weighed on one comment.

use std::cmp::Ordering;

use super::{Field, Filter};
use crate::ids::SectionId;
use crate::model::Comment;
use crate::search::Said;

impl Filter {
    /// Whether it takes this comment as a caller sees it (see [`Comment::seen_by`]); the same as a statement of the
    /// store over the same comment. `within(section, top)` says whether a section of the newest version is `top` or
    /// stands below it.
    #[must_use]
    pub fn takes_comment(&self, comment: &Comment, within: &impl Fn(SectionId, SectionId) -> bool) -> bool {
        let content = &comment.content;
        let said = Said::by(content);
        let when = |holds| if holds { Ordering::Equal } else { Ordering::Less };
        self.matches(&|field, value| {
            let word = |own: &str| own.cmp(value.text());
            match field {
                Field::Section => content.anchor.section.cmp(&value.number()),
                Field::Subtree => when(within(content.anchor.section, value.number())),
                Field::Status => word(comment.status.as_str()),
                Field::Agency => word(comment.agency.as_str()),
                Field::Responsible => word(comment.responsible.as_str()),
                Field::Kind => word(content.kind.0.as_str()),
                Field::Channel => word(comment.channel.as_str()),
                Field::Round => comment.round.cmp(&value.number()),
                Field::Number => comment.number.cmp(&value.number()),
                Field::Late => comment.late.cmp(&value.boolean()),
                Field::Published => comment.is_published().cmp(&value.boolean()),
                Field::Text | Field::Unaccented => {
                    when(value.phrase().is_some_and(|phrase| said.takes(phrase)))
                }
            }
        })
    }

    /// Whether it looks at what comments say.
    #[must_use]
    pub fn searches(&self) -> bool {
        match self {
            Filter::All(filters) | Filter::Any(filters) => filters.iter().any(Filter::searches),
            Filter::Not(filter) => filter.searches(),
            Filter::Compare { field, .. } => field.is_text(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comment::tests::comment;
    use crate::ids::DraftId;

    fn filter(text: &str) -> Filter {
        Filter::parse(&DraftId::stored("nq20".into()), "filter", text).unwrap()
    }

    #[test]
    fn a_comment_is_taken_by_every_field() {
        // Number 1, section 0, pending, of H37.05, answered by H37.02: "Đề nghị rà soát số liệu".
        let table = [
            ("section = 0", true),
            ("subtree = 0", true),
            ("subtree != 7", true),
            ("subtree = 7", false),
            ("status = pending", true),
            ("agency = H37.06", false),
            ("responsible = H37.02", true),
            ("kind = general channel = written round = 1 number <= 1", true),
            ("number > 1", false),
            ("late = true OR published = true", false),
            ("late != true AND published = false", true),
            (r#"text:"rà soát""#, true),
            (r#"text:"ra soat""#, false),
            (r#"unaccented:"ra soat" AND number = 1"#, true),
            (r#"NOT unaccented:"ra soat""#, false),
            (r#"NOT text:"ra soat""#, true),
        ];
        for (text, takes) in table {
            let found = filter(text).takes_comment(&comment(), &|section, top| section == top);
            assert_eq!(found, takes, "{text}");
        }
    }

    #[test]
    fn a_filter_that_looks_at_texts_says_so() {
        assert!(filter("number = 1 AND (late = true OR NOT text:a)").searches());
        assert!(!filter("number = 1 -late = true").searches());
    }
}
