//! A row as a comment: what will be sent, before its agency and section are looked up.

use uuid::Uuid;
use ykien_proto::v1;

use super::legacy;
use super::mapping::{Mapping, Outcomes};
use super::report::Problem;
use super::rows::{Columns, Row};

/// The namespace of the request ids of imported rows.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d2f_41d6_9c1e_5b7a_a3b0_20c7_1f5e_8a44);

/// A row as a comment.
#[derive(Debug)]
pub(super) struct Item {
    /// Its line in the file.
    pub line: usize,
    /// Always the same for the same row of the same draft: so a re-run changes nothing.
    pub request_id: Uuid,
    /// The comment; its agency and section are still to be looked up.
    pub comment: v1::Comment,
    /// The agency as the row names it.
    pub agency: String,
    /// The section as the row cites it.
    pub section: String,
    /// The words that it quotes.
    pub quote: String,
    /// What was decided.
    pub outcome: Option<v1::Outcome>,
    /// Why.
    pub explanation: String,
    /// What the import changed or added, for the report.
    pub notes: Vec<String>,
}

/// What stands as the explanation of a decision that needs one, where the source gives none.
pub(super) const NO_REASON: &str = "(no reason given in the source)";

impl Item {
    /// The row as a comment of this draft.
    ///
    /// # Errors
    /// What is wrong with it, and in which column.
    pub(super) fn of(
        draft: &str,
        row: &Row,
        mapping: &Mapping,
        outcomes: &Outcomes,
    ) -> Result<Self, Vec<Problem>> {
        let columns = row.columns.as_ref().map_err(|why| vec![Problem::new("", None, why)])?;
        let mut notes = Vec::new();
        let mut get = |field: &str| {
            let text = mapping.get(field, columns);
            let Some(right) = legacy::put_right(text) else { return text.to_owned() };
            notes.push(format!(
                "control characters in the column {} were put right",
                mapping.column(field).unwrap_or(field)
            ));
            right
        };
        let source = v1::Source { id: get("source_id"), status: get("source_status") };
        let comment = v1::Comment {
            title: get("title"),
            text: get("text"),
            proposed_change: get("proposed_change"),
            ..v1::Comment::default()
        };
        let (agency, section, quote) = (get("agency"), get("section"), get("quote"));
        let (kind_word, outcome_word, mut explanation) = (get("kind"), get("outcome"), get("explanation"));

        let kind = match kind_word.as_str() {
            "" => v1::CommentKind::Unspecified,
            word => v1::CommentKind::from_str_name(&format!("COMMENT_KIND_{}", word.to_ascii_uppercase()))
                .ok_or_else(|| {
                    let description = "must be one of: general substantive technical editorial question";
                    vec![Problem::new("kind", mapping.column("kind"), description)]
                })?,
        };
        let outcome = outcomes.get(&outcome_word);
        if explanation.is_empty() && outcome.is_some_and(|outcome| outcome != v1::Outcome::Accepted) {
            NO_REASON.clone_into(&mut explanation);
            notes.push("no reason is given in the source".to_owned());
        }
        let comment = v1::Comment { kind: kind.into(), source: Some(source), ..comment };
        let request_id =
            request_id(draft, comment.source.as_ref().map_or("", |source| source.id.as_str()), columns);
        Ok(Self { line: row.line, request_id, comment, agency, section, quote, outcome, explanation, notes })
    }
}

/// The row's own identity: its id in the log that it comes from, else all that it says.
fn request_id(draft: &str, source_id: &str, columns: &Columns) -> Uuid {
    let identity = if source_id.is_empty() {
        let sorted: std::collections::BTreeMap<_, _> = columns.iter().collect();
        format!("{draft}\nrow\n{sorted:?}")
    } else {
        format!("{draft}\nid\n{source_id}")
    };
    Uuid::new_v5(&NAMESPACE, identity.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(draft: &str, pairs: &[(&str, &str)]) -> Result<Item, Vec<Problem>> {
        let columns: Columns =
            pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let header: Vec<String> = columns.keys().cloned().collect();
        let mapping = Mapping::check(&[], &header).unwrap();
        let words = ["accepted=accepted", "rejected=rejected"].map(str::to_owned);
        Item::of(draft, &Row { line: 7, columns: Ok(columns) }, &mapping, &Outcomes::check(&words).unwrap())
    }

    #[test]
    fn the_same_row_of_the_same_draft_has_the_same_request_id() {
        let id = |draft, pairs: &[(&str, &str)]| item(draft, pairs).unwrap().request_id;
        assert_eq!(id("d", &[("id", "1"), ("text", "a")]), id("d", &[("text", "b"), ("id", "1")]));
        assert_ne!(id("d", &[("id", "1"), ("text", "a")]), id("e", &[("id", "1"), ("text", "a")]));
        assert_eq!(id("d", &[("text", "a"), ("agency", "x")]), id("d", &[("agency", "x"), ("text", "a")]));
        assert_ne!(id("d", &[("text", "a"), ("agency", "x")]), id("d", &[("text", "a"), ("agency", "y")]));
    }

    #[test]
    fn a_rejection_without_a_reason_says_so() {
        let rejected = item("d", &[("text", "a"), ("outcome", "rejected"), ("resolution", " ")]).unwrap();
        assert_eq!(
            (rejected.outcome, rejected.explanation.as_str()),
            (Some(v1::Outcome::Rejected), NO_REASON)
        );
        assert_eq!(rejected.notes, ["no reason is given in the source"]);
        let accepted = item("d", &[("text", "a"), ("outcome", "accepted")]).unwrap();
        assert_eq!((accepted.explanation.as_str(), accepted.notes.len()), ("", 0));
        assert_eq!(item("d", &[("text", "a"), ("outcome", "other")]).unwrap().outcome, None);
    }

    #[test]
    fn an_unknown_kind_is_refused_with_its_column() {
        let problems = item("d", &[("text", "a"), ("kind", "major")]).unwrap_err();
        assert_eq!(
            problems[0].to_string(),
            "kind: must be one of: general substantive technical editorial question"
        );
        assert_eq!(
            item("d", &[("text", "a"), ("kind", "question")]).unwrap().comment.kind(),
            v1::CommentKind::Question
        );
    }
}
