//! Which column is which field, and which word is which decision.

use std::collections::BTreeMap;

use ykien_proto::v1;

use super::rows::Columns;
use crate::config::Bad;

/// A field that a column can be, with the columns that it is read from when nothing is said: the first that the file
/// has.
pub(super) const FIELDS: &[(&str, &[&str])] = &[
    ("agency", &["agency", "commenter"]),
    ("section", &["section"]),
    ("kind", &["kind"]),
    ("title", &["title"]),
    ("text", &["text", "comment"]),
    ("proposed_change", &["proposed_change"]),
    ("quote", &["quote"]),
    ("source_id", &["source_id", "id"]),
    ("source_status", &["source_status", "disposition"]),
    ("outcome", &["outcome", "disposition_norm"]),
    ("explanation", &["explanation", "resolution"]),
];

/// Which column is which field, for one file.
#[derive(Debug, Default)]
pub(super) struct Mapping {
    columns: BTreeMap<&'static str, String>,
}

impl Mapping {
    /// The mapping that was asked for, over the default one.
    ///
    /// # Errors
    /// An unknown field, a field given twice, a column that the file does not have.
    pub(super) fn check(given: &[String], header: &[String]) -> Result<Self, Bad> {
        let bad = |problem: String| Bad::new("--map", problem);
        let has = |column: &str| header.iter().any(|name| name == column);
        let mut columns = BTreeMap::new();
        for pair in given {
            let (field, column) = pair
                .split_once('=')
                .map(|(field, column)| (field.trim(), column.trim()))
                .filter(|(_, column)| !column.is_empty())
                .ok_or_else(|| bad(format!("must be field=column, is {pair:?}")))?;
            // The word of the contract for the thing itself reads well as the word for its text.
            let field = if field == "comment" { "text" } else { field };
            let Some((field, _)) = FIELDS.iter().find(|(name, _)| *name == field) else {
                let known: Vec<_> = FIELDS.iter().map(|(name, _)| *name).collect();
                return Err(bad(format!("there is no field {field:?}; the fields are {}", known.join(", "))));
            };
            if !has(column) {
                return Err(bad(format!("the file has no column {column:?}; it has {}", header.join(", "))));
            }
            if columns.insert(*field, column.to_owned()).is_some() {
                return Err(bad(format!("the field {field} is given twice")));
            }
        }
        for (field, defaults) in FIELDS {
            if !columns.contains_key(field)
                && let Some(column) = defaults.iter().find(|column| has(column))
            {
                columns.insert(field, (*column).to_owned());
            }
        }
        if !["title", "text", "proposed_change"].iter().any(|field| columns.contains_key(field)) {
            let problem =
                format!("none of the columns is a text, a title or a proposed change: {}", header.join(", "));
            return Err(bad(problem));
        }
        Ok(Self { columns })
    }

    /// The column that a field is read from.
    pub(super) fn column(&self, field: &str) -> Option<&str> {
        self.columns.get(field).map(String::as_str)
    }

    /// A field's text in a row; empty where the row does not have it.
    pub(super) fn get<'a>(&self, field: &str, columns: &'a Columns) -> &'a str {
        self.column(field).and_then(|column| columns.get(column)).map_or("", |text| text.trim())
    }

    /// The column behind a field path of the API (`comment.anchor.section`), for a report that speaks of the file.
    pub(super) fn column_of_path(&self, path: &str) -> Option<&str> {
        let field = match path.strip_prefix("comment.").unwrap_or(path) {
            "anchor.section" => "section",
            "anchor.quote" => "quote",
            "source.id" => "source_id",
            "source.status" => "source_status",
            other => other,
        };
        self.column(field)
    }
}

/// Which word of the outcome column is which decision; any other word leaves the comment pending.
#[derive(Debug)]
pub(super) struct Outcomes(BTreeMap<String, v1::Outcome>);

impl Outcomes {
    /// The decisions of the words.
    ///
    /// # Errors
    /// Not `word=outcome`, or an unknown outcome.
    pub(super) fn check(given: &[String]) -> Result<Self, Bad> {
        let mut words = BTreeMap::new();
        for pair in given {
            let bad = || {
                let problem =
                    format!("must be word=accepted, word=partially_accepted or word=rejected, is {pair:?}");
                Bad::new("--outcomes", problem)
            };
            let (word, outcome) = pair.rsplit_once('=').ok_or_else(bad)?;
            let outcome = match outcome.trim() {
                "accepted" => v1::Outcome::Accepted,
                "partially_accepted" => v1::Outcome::PartiallyAccepted,
                "rejected" => v1::Outcome::Rejected,
                _ => return Err(bad()),
            };
            words.insert(word.trim().to_owned(), outcome);
        }
        Ok(Self(words))
    }

    /// The decision of a word.
    pub(super) fn get(&self, word: &str) -> Option<v1::Outcome> {
        self.0.get(word).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_column_is_the_one_given_else_the_first_default_that_the_file_has() {
        // given, header, field, the column it is read from
        let table = [
            ("", "text comment", "text", Some("text")),
            ("", "comment", "text", Some("comment")),
            ("text=body", "text body", "text", Some("body")),
            ("comment=body", "body", "text", Some("body")),
            ("", "comment id", "source_id", Some("id")),
            ("", "comment disposition disposition_norm", "outcome", Some("disposition_norm")),
            ("", "comment", "section", None),
        ];
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for (given, header, field, column) in table {
            let mapping = Mapping::check(&words(given), &words(header)).unwrap();
            assert_eq!(mapping.column(field), column, "{given:?} {header:?}");
        }
    }

    #[test]
    fn a_mapping_that_can_not_be_meant_is_refused() {
        let table: [(&[&str], &str); 5] = [
            (&["text"], "must be field=column"),
            (&["body=comment"], "there is no field \"body\"; the fields are agency, section, kind"),
            (&["text=body"], "the file has no column \"body\"; it has comment, section"),
            (&["text=comment", "text=section"], "the field text is given twice"),
            (&["text="], "must be field=column"),
        ];
        for (given, expected) in table {
            let error =
                Mapping::check(&texts(given), &texts(&["comment", "section"])).unwrap_err().to_string();
            assert!(error.starts_with("--map: ") && error.contains(expected), "{error}");
        }
        let none = Mapping::check(&[], &texts(&["section"])).unwrap_err().to_string();
        assert!(none.contains("none of the columns is a text"), "{none}");
    }

    #[test]
    fn a_field_path_of_the_api_leads_back_to_its_column() {
        let mapping = Mapping::check(&[], &texts(&["comment", "section", "disposition"])).unwrap();
        let table = [
            ("comment.text", Some("comment")),
            ("comment.anchor.section", Some("section")),
            ("comment.source.status", Some("disposition")),
            ("comment.title", None),
            ("request_id", None),
        ];
        for (path, column) in table {
            assert_eq!(mapping.column_of_path(path), column, "{path}");
        }
    }

    #[test]
    fn a_word_is_the_decision_given_and_any_other_none() {
        let outcomes = Outcomes::check(&texts(&["TC1=accepted", "NAD = rejected"])).unwrap();
        assert_eq!(outcomes.get("TC1"), Some(v1::Outcome::Accepted));
        assert_eq!(outcomes.get("NAD"), Some(v1::Outcome::Rejected));
        assert_eq!(outcomes.get("accepted"), None);
        let error = Outcomes::check(&texts(&["NAD=no"])).unwrap_err().to_string();
        assert!(error.starts_with("--outcomes: must be word=accepted"), "{error}");
    }
}
