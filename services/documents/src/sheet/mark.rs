//! The mark of a sheet that was made here: what stands in the header of its hidden column.

use sha2::{Digest, Sha256};
use ykien_domain::ids::{AgencyCode, DraftId, Revision, RoundNumber};
use ykien_domain::{Error, Result};

use super::FIELD;

/// What sort of sheet it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Comments,
    Decisions,
}

/// Which sheet it is: `ykien comments 1 draft=nq20 agency=H37.05 round=1 revision=42 check=0f…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub purpose: Purpose,
    pub draft: DraftId,
    /// The agency and the round; a sheet of decisions has none.
    pub asked: Option<(AgencyCode, RoundNumber)>,
    pub revision: Revision,
}

/// How sheets are laid out; another layout gets another number.
const FORMAT: &str = "1";

impl Mark {
    /// The sheet's id, 16 hex digits: the same for every sheet of this draft, agency and round.
    pub fn sheet_id(&self) -> String {
        let (agency, round) =
            self.asked.as_ref().map_or(("", 0), |(agency, round)| (agency.as_str(), *round));
        // None of the parts can hold a space.
        digest(&format!("sheet {} {agency} {round}", self.draft))
    }

    /// What stands in the cell.
    pub fn text(&self) -> String {
        let body = self.body();
        // A mark that somebody typed over must not pass for another draft's.
        format!("{body} check={}", digest(&body))
    }

    fn body(&self) -> String {
        let Self { draft, revision, .. } = self;
        let purpose = match self.purpose {
            Purpose::Comments => "comments",
            Purpose::Decisions => "decisions",
        };
        let asked = self
            .asked
            .as_ref()
            .map(|(agency, round)| format!(" agency={agency} round={round}"))
            .unwrap_or_default();
        format!("ykien {purpose} {FORMAT} draft={draft}{asked} revision={revision}")
    }

    /// The mark in a cell; none where the cell is something else.
    ///
    /// # Errors
    /// `INVALID_FIELD` for a mark of another format, or one that was changed.
    pub fn read(cell: &str) -> Result<Option<Self>> {
        let mut parts = cell.split_ascii_whitespace();
        if parts.next() != Some("ykien") {
            return Ok(None);
        }
        let purpose = match parts.next() {
            Some("comments") => Purpose::Comments,
            Some("decisions") => Purpose::Decisions,
            _ => return Ok(None),
        };
        if parts.next() != Some(FORMAT) {
            let message =
                "was made by another release of ykien: get the sheet anew and copy what was filled in";
            return Err(Error::field(FIELD, message));
        }
        let value = |name: &str| {
            let found = parts.clone().find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
            found.unwrap_or_default()
        };
        let asked = AgencyCode::parse(FIELD, value("agency")).ok().zip(value("round").parse().ok());
        let read = DraftId::parse(FIELD, value("draft")).ok().zip(value("revision").parse().ok());
        let mark = read.map(|(draft, revision)| Self { purpose, draft, asked, revision });
        mark.filter(|mark| mark.text() == cell.trim()).map(Some).ok_or_else(|| {
            let message =
                "has a first column (hidden) that was changed: get the sheet anew and copy what was filled in";
            Error::field(FIELD, message)
        })
    }
}

fn digest(text: &str) -> String {
    hex(&Sha256::digest(text), 8)
}

/// The first so many bytes in hexadecimal digits.
pub(super) fn hex(bytes: &[u8], count: usize) -> String {
    bytes.iter().take(count).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark() -> Mark {
        let asked = Some((AgencyCode::stored("H37.05".into()), 1));
        Mark { purpose: Purpose::Comments, draft: DraftId::stored("nq20".into()), asked, revision: 42 }
    }

    #[test]
    fn a_mark_reads_back() {
        let decisions = Mark { purpose: Purpose::Decisions, asked: None, ..mark() };
        for mark in [mark(), decisions] {
            assert_eq!(Mark::read(&mark.text()).unwrap(), Some(mark));
        }
        assert_eq!(Mark::read("Số").unwrap(), None);
        assert_eq!(Mark::read("ykien").unwrap(), None);
    }

    #[test]
    fn a_mark_that_was_changed_or_is_of_another_format_is_refused() {
        let text = mark().text();
        for changed in [
            text.replace("H37.05", "H37.06"),
            text.replace("revision=42", "revision=43"),
            text.replace("draft=nq20", ""),
            text.split(" check").next().unwrap().to_owned(),
        ] {
            let error = Mark::read(&changed).unwrap_err();
            assert!(error.message.contains("was changed"), "{changed}: {error}");
        }
        let other = Mark::read(&text.replace("comments 1", "comments 2")).unwrap_err();
        assert!(other.message.contains("another release"), "{other}");
    }

    #[test]
    fn the_sheets_id_is_that_of_the_draft_the_agency_and_the_round_alone() {
        let id = mark().sheet_id();
        assert_eq!(id, Mark { revision: 43, ..mark() }.sheet_id());
        let other = Some((AgencyCode::stored("H37.05".into()), 2));
        assert_ne!(id, Mark { asked: other, ..mark() }.sheet_id());
        assert_eq!(id.len(), 16);
    }
}
