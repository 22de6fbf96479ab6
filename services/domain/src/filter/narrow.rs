//! What a filter says of a comment before the comment is read.

use std::cmp::Ordering;

use super::{Field, Filter, Operator, Value};
use crate::ids::SectionId;

impl Filter {
    /// The value that this field must have for the filter to take anything, where that stands plainly: at the top, or
    /// beside others that must all hold.
    #[must_use]
    pub fn demands(&self, wanted: Field) -> Option<&Value> {
        match self {
            Filter::All(filters) => filters.iter().find_map(|filter| filter.demands(wanted)),
            Filter::Compare { field, operator: Operator::Equal, value } if *field == wanted => Some(value),
            _ => None,
        }
    }

    /// Whether it may take a comment on this section; `within` as in [`Filter::takes_comment`].
    #[must_use]
    pub fn may_take_on(&self, section: SectionId, within: &impl Fn(SectionId, SectionId) -> bool) -> bool {
        self.on(section, within) != Some(false)
    }

    /// Whether it takes the comments on a section; none where that depends on the comment.
    fn on(&self, section: SectionId, within: &impl Fn(SectionId, SectionId) -> bool) -> Option<bool> {
        let parts = |filters: &[Filter], decided: bool| {
            let mut all = Some(!decided);
            for filter in filters {
                match filter.on(section, within) {
                    Some(takes) if takes == decided => return Some(decided),
                    Some(_) => {}
                    None => all = None,
                }
            }
            all
        };
        match self {
            Filter::All(filters) => parts(filters, false),
            Filter::Any(filters) => parts(filters, true),
            Filter::Not(filter) => filter.on(section, within).map(|takes| !takes),
            Filter::Compare { field: Field::Section, operator, value } => {
                Some(operator.takes(section.cmp(&value.number())))
            }
            Filter::Compare { field: Field::Subtree, operator, value } => {
                let ordering = if within(section, value.number()) { Ordering::Equal } else { Ordering::Less };
                Some(operator.takes(ordering))
            }
            Filter::Compare { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::DraftId;

    fn filter(text: &str) -> Filter {
        Filter::parse(&DraftId::stored("nq20".into()), "filter", text).unwrap()
    }

    #[test]
    fn a_demand_is_what_no_comment_goes_without() {
        let agency = |text: &str| filter(text).demands(Field::Agency).map(|value| value.text().to_owned());
        let asked = Some("H37.05".to_owned());
        assert_eq!(agency("agency = H37.05"), asked);
        assert_eq!(agency("late = true AND (agency = H37.05 status = pending)"), asked);
        for text in ["", "agency != H37.05", "agency = H37.05 OR late = true", "NOT agency = H37.05"] {
            assert_eq!(agency(text), None, "{text}");
        }
    }

    #[test]
    fn a_section_is_passed_over_only_where_nothing_on_it_can_be_taken() {
        // Section 2 stands in section 1.
        let may = |text: &str| filter(text).may_take_on(2, &|section, top| section == top || top == 1);
        for text in
            ["", "section = 2", "subtree = 1", "late = true", "NOT section = 3", "section = 3 OR late = true"]
        {
            assert!(may(text), "{text}");
        }
        for text in
            ["section = 3", "NOT subtree = 1", "late = true AND section = 3", "subtree != 1 AND late = true"]
        {
            assert!(!may(text), "{text}");
        }
    }
}
