//! Documents out: one snapshot, the same bytes, the totals of the aggregate.

use serde_json::Value;
use ykien_documents::letterhead::Letterhead;
use ykien_documents::words::Language;
use ykien_domain::command::AssignSection;
use ykien_domain::cube::Dimension;
use ykien_domain::query::Group;
use ykien_domain::snapshot::SnapshotQuery;
use ykien_domain::words::{Document, FileFormat, Outcome};
use ykien_edge::files::export::Export;

use crate::world::*;

behaviours! {
    a_document_is_of_one_revision_and_the_same_each_time,
    every_document_comes_in_each_of_its_formats,
    a_format_that_a_document_does_not_have_is_refused_by_name,
    totals_are_those_of_the_aggregate,
    a_document_is_of_a_round_that_one_may_see,
    a_slip_is_its_agencys_own,
    who_answers_gets_the_sheet_of_what_it_answers_for,
    a_document_is_as_fresh_as_asked_for,
    a_filled_in_sheet_is_taken_by_the_draft_it_was_made_for,
}

/// A document as it comes when nothing else is asked for.
pub(super) fn wanted(document: Document) -> Export {
    Export {
        draft: draft(),
        document,
        format: None,
        language: Language::Vietnamese,
        by: Group::Section,
        round: None,
        agency: None,
        letterhead: Letterhead::default(),
        min_revision: 0,
    }
}

async fn opened(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "Đề nghị rà soát số liệu").await;
    w.submit(FINANCE, 4, "Bổ sung chỉ tiêu").await;
    w.submit(PLANNING, 4, "=CMD|' /C calc'!A0").await;
    w.submit(POLICE, 0, "Nhất trí").await;
    w.decide(1, Outcome::Accepted).await;
    w.decide(2, Outcome::Rejected).await;
    w.publish(&[1]).await;
}

async fn a_document_is_of_one_revision_and_the_same_each_time(w: &World) {
    opened(w).await;
    let revision = w.revision().await;
    for document in Document::ALL.iter().copied() {
        for format in document.formats().iter().copied() {
            let ask = Export { format: Some(format), agency: Some(FINANCE.code()), ..wanted(document) };
            let first = w.export(ADMIN, ask.clone()).await.unwrap();
            let again = w.export(ADMIN, ask).await.unwrap();
            assert_eq!(first.revision, revision);
            assert!(first == again, "{document:?} {format:?} differs from itself");
            let name = format!("nq20-{}-r{revision}.{}", document.as_str(), format.as_str());
            assert_eq!((first.name, first.media_type.as_str()), (name, format.media_type()));
        }
    }
}

async fn every_document_comes_in_each_of_its_formats(w: &World) {
    opened(w).await;
    for language in Language::ALL {
        for document in Document::ALL.iter().copied() {
            for format in document.formats().iter().copied() {
                let ask = Export {
                    format: Some(format),
                    language,
                    agency: Some(FINANCE.code()),
                    ..wanted(document)
                };
                let bytes = w.export(ADMIN, ask).await.unwrap().bytes;
                let begins: &[u8] = match format {
                    FileFormat::Docx | FileFormat::Xlsx => b"PK\x03\x04",
                    FileFormat::Pdf => b"%PDF-",
                    FileFormat::Csv => b"\xef\xbb\xbf",
                    FileFormat::Json => b"{",
                };
                assert!(bytes.starts_with(begins), "{document:?} {format:?}");
            }
        }
    }
}

async fn a_format_that_a_document_does_not_have_is_refused_by_name(w: &World) {
    opened(w).await;
    let ask = Export { format: Some(FileFormat::Csv), ..wanted(Document::Slip) };
    let refused = w.export(FINANCE, ask).await.unwrap_err();
    assert_eq!((refused.reason.as_str(), refused.names("format")), ("INVALID_FIELD", true));
    assert!(refused.message.contains("docx pdf"), "{}", refused.message);
    let letterhead = Letterhead { place: "x".repeat(501), ..Letterhead::default() };
    let refused = w.export(ADMIN, Export { letterhead, ..wanted(Document::Summary) }).await.unwrap_err();
    assert!(refused.names("letterhead.place"), "{refused:?}");
}

async fn totals_are_those_of_the_aggregate(w: &World) {
    opened(w).await;
    let ask = Export { format: Some(FileFormat::Json), ..wanted(Document::Summary) };
    let json: Value = serde_json::from_slice(&w.export(OBSERVER, ask).await.unwrap().bytes).unwrap();
    let counted = w.count(OBSERVER, &Counting::by(&[Dimension::Status])).await.unwrap();
    assert_eq!(json["totals"]["total"], counted.total);
    let by_status = json["totals"]["by_status"].as_array().unwrap();
    for (keys, count, _) in &counted.rows {
        let said = by_status.iter().find(|row| row["status"] == keys[0].as_str()).unwrap();
        assert_eq!(said["count"], *count, "{keys:?}");
    }
    assert_eq!(json["comments"].as_array().unwrap().len() as i64, counted.total);
    assert_eq!(json["revision"], counted.revision);
}

async fn a_document_is_of_a_round_that_one_may_see(w: &World) {
    opened(w).await;
    let preparing = w.prepare(Rules::default()).await;
    let of = |round, document| Export { round: Some(round), ..wanted(document) };
    for document in [Document::Slip, Document::Directives, Document::CommentSheet] {
        w.export(FINANCE, of(1, document)).await.unwrap();
        let hidden = w.export(FINANCE, of(preparing, document)).await.unwrap_err();
        assert_eq!(hidden, w.export(FINANCE, of(99, document)).await.unwrap_err(), "{document:?}");
        assert_eq!(hidden.reason, "NOT_FOUND", "{document:?}");
    }
    w.export(DRAFTER, of(preparing, Document::Directives)).await.unwrap();
    // Whoever sees a part of the comments gets no totals of all: nothing that a document could show.
    for (who, totals) in [(FINANCE, false), (ANSWERING, false), (DRAFTER, true), (OBSERVER, true)] {
        let query = SnapshotQuery {
            draft: draft(),
            document: Document::Directives,
            round: None,
            agency: None,
            min_revision: 0,
        };
        let (snapshot, _) = w.base.store.snapshot(&who.scope(), query).await.unwrap();
        assert_eq!(!snapshot.counts.is_empty(), totals, "{who:?}");
    }
}

async fn a_slip_is_its_agencys_own(w: &World) {
    opened(w).await;
    let slip = |agency| Export { agency, ..wanted(Document::Slip) };
    w.export(FINANCE, slip(None)).await.unwrap();
    w.export(FINANCE, slip(Some(FINANCE.code()))).await.unwrap();
    w.export(OBSERVER, slip(Some(FINANCE.code()))).await.unwrap();
    let denied = w.export(FINANCE, slip(Some(PLANNING.code()))).await.unwrap_err();
    assert_eq!(denied.reason, "PERMISSION_DENIED");
    let unknown = w.export(DRAFTER, slip(Some(code("H99.99")))).await.unwrap_err();
    assert!(unknown.names("agency"), "{unknown:?}");
    let denied = w.export(FINANCE, wanted(Document::Summary)).await.unwrap_err();
    assert_eq!(denied.reason, "PERMISSION_DENIED");
    let stranger = w.export(STRANGER, slip(None)).await.unwrap_err();
    assert_eq!(stranger.reason, "NOT_FOUND");
}

/// The numbers of the comments that a workbook's decisions are asked for.
fn numbers(bytes: &[u8]) -> Vec<i64> {
    let grids = ykien_documents::grid::read("file", bytes).unwrap();
    let rows = grids.iter().flat_map(|grid| &grid.rows);
    let mut numbers: Vec<i64> = rows.filter_map(|row| row.cell(1).parse().ok()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

async fn who_answers_gets_the_sheet_of_what_it_answers_for(w: &World) {
    opened(w).await;
    let assign = AssignSection { draft: draft(), section: 4, agency: Some(ANSWERING.code()) };
    w.write(DRAFTER, assign).await.unwrap();
    let all = w.export(DRAFTER, wanted(Document::DecisionSheet)).await.unwrap();
    assert_eq!(numbers(&all.bytes), [1, 2, 3, 4]);
    let own = w.export(ANSWERING, wanted(Document::DecisionSheet)).await.unwrap();
    assert_eq!(numbers(&own.bytes), [2, 3]);
    let denied = w.export(OBSERVER, wanted(Document::DecisionSheet)).await.unwrap_err();
    assert_eq!(denied.reason, "PERMISSION_DENIED");
}

async fn a_document_is_as_fresh_as_asked_for(w: &World) {
    opened(w).await;
    let revision = w.revision().await;
    let ask = |min_revision| Export { min_revision, ..wanted(Document::Summary) };
    assert_eq!(w.export(ADMIN, ask(revision)).await.unwrap().revision, revision);
    let refused = w.export(ADMIN, ask(revision + 1)).await.unwrap_err();
    assert_eq!(refused.reason, "REVISION_NOT_REACHED");
}

async fn a_filled_in_sheet_is_taken_by_the_draft_it_was_made_for(w: &World) {
    opened(w).await;
    // Nothing is filled in: nothing happens.
    let sheet = w.export(FINANCE, wanted(Document::CommentSheet)).await.unwrap();
    let uploaded = w.upload_comments(FINANCE, &sheet.bytes, false).await.unwrap();
    assert_eq!((uploaded.rows.len(), uploaded.revision), (0, w.revision().await));
    let decisions = w.export(DRAFTER, wanted(Document::DecisionSheet)).await.unwrap();
    let uploaded = w.upload_decisions(DRAFTER, &decisions.bytes, false).await.unwrap();
    assert_eq!(uploaded.rows, []);
    // Another's sheet is another's.
    let other = w.upload_comments(PLANNING, &sheet.bytes, false).await;
    assert!(other.is_ok_and(|uploaded| uploaded.rows.is_empty()));
}
