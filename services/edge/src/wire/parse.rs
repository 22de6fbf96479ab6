//! What is asked for, read from the contract's messages. Paths begin where the caller says.

use ykien_domain::command::WriteOptions;
use ykien_domain::ids::{DraftId, ROOT, RequestId, name};
use ykien_domain::model::{Anchor, Content, KindOrGeneral, Source};
use ykien_domain::text::{MAX_LABEL, MAX_SHORT_TEXT, clean};
use ykien_domain::time::{Date, Timestamp};
use ykien_domain::words::{AnchorKind, Kind};
use ykien_domain::{Error, Result, Violations};
use ykien_proto::v1;

use super::words;

/// The seconds of 0001-01-01 and of 9999-12-31T23:59:59, the bounds of the contract's Timestamp.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A request id, or none when empty: path `request_id`.
///
/// # Errors
/// `INVALID_FIELD`.
pub fn read_request_id(text: &str) -> Result<Option<RequestId>> {
    if text.is_empty() { Ok(None) } else { RequestId::parse("request_id", text).map(Some) }
}

/// How a write with this request id (or none) is carried out.
///
/// # Errors
/// `INVALID_FIELD` naming `request_id`.
pub fn write_options(request_id: &str) -> Result<WriteOptions> {
    Ok(WriteOptions { request_id: read_request_id(request_id)?, dry_run: false })
}

/// An instant that must be there.
///
/// # Errors
/// `INVALID_FIELD` naming `field`.
pub fn read_timestamp(field: &str, given: Option<prost_types::Timestamp>) -> Result<Timestamp> {
    let given = given.ok_or_else(|| Error::field(field, "is required"))?;
    if !SECONDS.contains(&given.seconds) || !(0..1_000_000_000).contains(&given.nanos) {
        return Err(Error::field(field, "must be a time between the years 1 and 9999"));
    }
    Ok(Timestamp(given.seconds * 1_000_000 + i64::from(given.nanos) / 1_000))
}

/// A date, or none when empty.
///
/// # Errors
/// `INVALID_FIELD` naming `field`.
pub fn read_date(field: &str, text: &str) -> Result<Option<Date>> {
    if text.is_empty() { Ok(None) } else { Date::parse(field, text).map(Some) }
}

/// The number in `drafts/{draft}/{collection}/{number}` of this draft, or none when empty.
///
/// # Errors
/// `INVALID_FIELD` naming `field`, also for the name of another draft's.
pub fn read_numbered(field: &str, collection: &str, draft: &DraftId, text: &str) -> Result<Option<i64>> {
    if text.is_empty() {
        return Ok(None);
    }
    let (of, number) = name::numbered(field, collection, text)?;
    // A draft that could not be read is at fault itself.
    if of != *draft && !draft.as_str().is_empty() {
        return Err(Error::field(field, format!("must be of drafts/{draft}, the draft of the request")));
    }
    Ok(Some(number))
}

/// The round `drafts/{draft}/rounds/{number}` of this draft, or none when empty.
///
/// # Errors
/// `INVALID_FIELD` naming `field`.
pub fn read_round(field: &str, draft: &DraftId, text: &str) -> Result<Option<i64>> {
    read_numbered(field, "rounds", draft, text)
}

/// The section `drafts/{draft}/sections/{id}` of this draft; the whole document when empty.
///
/// # Errors
/// `INVALID_FIELD` naming `field`.
pub fn read_section(field: &str, draft: &DraftId, text: &str) -> Result<i64> {
    Ok(read_numbered(field, "sections", draft, text)?.unwrap_or(ROOT))
}

/// A version's number, or none when 0.
///
/// # Errors
/// `INVALID_FIELD` naming `field`.
pub fn read_version(field: &str, version: i64) -> Result<Option<i64>> {
    match version {
        0 => Ok(None),
        1.. => Ok(Some(version)),
        _ => Err(Error::field(field, "must be a version's number, 1 or more")),
    }
}

/// What an agency wrote, with `prefix.` before every path: `comment.anchor.section`.
///
/// # Errors
/// `INVALID_FIELD` with every field at fault.
pub fn content(prefix: &str, draft: &DraftId, comment: v1::Comment) -> Result<Content> {
    read_content(draft, comment).map_err(|error| error.within(prefix))
}

fn read_content(draft: &DraftId, comment: v1::Comment) -> Result<Content> {
    let mut bad = Violations::default();
    let anchor = bad.take(read_anchor(draft, comment.anchor.unwrap_or_default()));
    let kind = bad.take(words::read_kind("kind", comment.kind)).unwrap_or(Kind::General);
    let content = Content {
        anchor,
        kind: KindOrGeneral(kind),
        title: comment.title,
        text: comment.text,
        proposed_change: comment.proposed_change,
    };
    let content = bad.take(content.checked());
    bad.check()?;
    Ok(content)
}

fn read_anchor(draft: &DraftId, anchor: v1::Anchor) -> Result<Anchor> {
    let mut bad = Violations::default();
    let section = bad.take(read_section("anchor.section", draft, &anchor.section));
    let kind = bad.take(words::read_anchor_kind("anchor.kind", anchor.kind));
    bad.check()?;
    let kind = kind.unwrap_or(match (section, anchor.quote.trim()) {
        (ROOT, "") => AnchorKind::Document,
        (_, "") => AnchorKind::Section,
        _ => AnchorKind::Quote,
    });
    Ok(Anchor { kind, section, quote: anchor.quote })
}

/// Where a comment came from, with `prefix.` before every path: `comment.source.id`.
///
/// # Errors
/// `INVALID_FIELD` with every field at fault.
pub fn read_source(prefix: &str, given: Option<v1::Source>) -> Result<Source> {
    let Some(given) = given else { return Ok(Source::default()) };
    let mut bad = Violations::default();
    let source = Source {
        id: bad.take(clean(&format!("{prefix}.source.id"), &given.id, MAX_LABEL)),
        status: bad.take(clean(&format!("{prefix}.source.status"), &given.status, MAX_SHORT_TEXT)),
    };
    bad.check()?;
    Ok(source)
}

/// The store's error about a command whose fields stand in the message's field `prefix`, with the message's paths. Lists
/// (`comments[3].text`) and the request id stand beside that field.
#[must_use]
pub fn within(prefix: &str, error: Error) -> Error {
    let beside = |field: &str| {
        field == "request_id" || field.split('.').next().is_some_and(|head| head.ends_with(']'))
    };
    if error.violations.iter().any(|violation| beside(&violation.field)) {
        error
    } else {
        error.within(prefix)
    }
}

/// A message that must be there.
///
/// # Errors
/// `INVALID_FIELD` naming `field`.
pub fn required<T>(field: &str, message: Option<T>) -> Result<T> {
    message.ok_or_else(|| Error::field(field, "is required"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> DraftId {
        DraftId::stored("nq20".to_owned())
    }

    fn fields(error: &Error) -> Vec<&str> {
        error.violations.iter().map(|violation| violation.field.as_str()).collect()
    }

    fn anchored(kind: v1::AnchorKind, section: &str, quote: &str) -> v1::Comment {
        let anchor = v1::Anchor { kind: kind.into(), section: section.to_owned(), quote: quote.to_owned() };
        v1::Comment { anchor: Some(anchor), text: "x".to_owned(), ..v1::Comment::default() }
    }

    #[test]
    fn all_bad_fields_of_a_comment_are_told_at_once_under_their_paths() {
        let comment = v1::Comment {
            anchor: Some(v1::Anchor {
                section: "drafts/other/sections/1".to_owned(),
                ..v1::Anchor::default()
            }),
            kind: 99,
            title: "t".repeat(501),
            text: "a\0b".to_owned(),
            ..v1::Comment::default()
        };
        let error = content("comments[3]", &draft(), comment).unwrap_err();
        assert_eq!(
            fields(&error),
            ["comments[3].anchor.section", "comments[3].kind", "comments[3].title", "comments[3].text"]
        );
    }

    #[test]
    fn what_an_anchor_is_follows_from_what_it_has() {
        use v1::AnchorKind::{Missing, Unspecified};
        let table = [
            (anchored(Unspecified, "", ""), Ok(AnchorKind::Document)),
            (anchored(Unspecified, "drafts/nq20/sections/4", ""), Ok(AnchorKind::Section)),
            (anchored(Unspecified, "drafts/nq20/sections/4", "words"), Ok(AnchorKind::Quote)),
            (anchored(Missing, "", "a table"), Ok(AnchorKind::Missing)),
            (anchored(Unspecified, "", "words"), Err("comment.anchor.section")),
            (anchored(Missing, "drafts/nq20/sections/4", ""), Err("comment.anchor.quote")),
            (anchored(Unspecified, "sections/4", ""), Err("comment.anchor.section")),
        ];
        for (comment, expected) in table {
            let shown = format!("{:?}", comment.anchor);
            match (content("comment", &draft(), comment), expected) {
                (Ok(found), Ok(kind)) => assert_eq!(found.anchor.kind, kind, "{shown}"),
                (Err(error), Err(field)) => assert_eq!(fields(&error), [field], "{shown}"),
                (found, _) => panic!("{shown}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_name_of_another_draft_is_refused_on_its_field() {
        let error = read_round("comment.round", &draft(), "drafts/other/rounds/1").unwrap_err();
        assert_eq!(error.message, "comment.round: must be of drafts/nq20, the draft of the request");
        assert_eq!(read_round("comment.round", &draft(), "drafts/nq20/rounds/1").unwrap(), Some(1));
        assert_eq!(read_round("comment.round", &draft(), "").unwrap(), None);
    }

    #[test]
    fn a_time_is_required_and_bounded() {
        let read = |seconds, nanos| {
            read_timestamp("round.deadline", Some(prost_types::Timestamp { seconds, nanos }))
        };
        assert_eq!(read(1_595_584_800, 1_999).unwrap(), Timestamp(1_595_584_800_000_001));
        for bad in [read(i64::MAX, 0), read(i64::MIN, 0), read(0, -1), read(0, 1_000_000_000)] {
            assert_eq!(fields(&bad.unwrap_err()), ["round.deadline"]);
        }
        assert_eq!(read_timestamp("deadline", None).unwrap_err().message, "deadline: is required");
    }

    #[test]
    fn a_request_id_is_a_uuid_when_given() {
        assert!(write_options("").unwrap().request_id.is_none());
        assert!(write_options("018f6e5e-7b6c-7cc4-9d2a-3f3c5b1a2d4e").unwrap().request_id.is_some());
        assert_eq!(fields(&write_options("42").unwrap_err()), ["request_id"]);
    }

    #[test]
    fn the_stores_paths_become_the_messages() {
        let path = |field: &str| within("comment", Error::field(field, "x")).violations[0].field.clone();
        assert_eq!(path("anchor.section"), "comment.anchor.section");
        assert_eq!(path("request_id"), "request_id");
        assert_eq!(path("comments[3].anchor.section"), "comments[3].anchor.section");
    }

    #[test]
    fn a_source_is_bounded() {
        let source = v1::Source { id: "1".repeat(101), status: "s".repeat(501) };
        assert_eq!(
            fields(&read_source("comment", Some(source)).unwrap_err()),
            ["comment.source.id", "comment.source.status"]
        );
    }
}
