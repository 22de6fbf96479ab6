//! Every bounded text, at its bound and one code point above it, through every port.

use ykien_domain::command::{
    CompleteDirective, CreateDraft, CreateRound, CreateVersion, DecideComment, IssueDirective, NewSection,
    RecordOralOpinion, SubmitComment, SubmitResponse,
};
use ykien_domain::ids::{DraftId, ROOT};
use ykien_domain::model::{Anchor, Content, Letter, Source};
use ykien_domain::words::{Admission, AnchorKind, LateRule, Outcome, SilenceRule, Stance, Visibility};
use ykien_tests::START;

use crate::world::*;

behaviours! {
    a_comments_texts_are_bounded,
    a_letters_texts_are_bounded,
    the_texts_of_deciding_and_directing_are_bounded,
    the_texts_of_a_draft_and_its_rounds_are_bounded,
    a_sections_texts_are_bounded,
    control_characters_are_refused_and_line_ends_are_made_one,
    a_text_is_bounded_in_code_points_after_it_is_composed,
}

/// Three bytes each, and one code point.
fn letters(count: usize) -> String {
    "ế".repeat(count)
}

/// A command with this text in one of its fields is taken at the bound and refused above it, and with a NUL.
async fn bounded<C: Write>(w: &World, who: Who, field: &str, bound: usize, with: impl Fn(String) -> C) {
    for bad in [letters(bound + 1), "a\0b".to_owned()] {
        let refused = w.write(who, with(bad)).await.expect_err(field);
        assert_eq!(refused.reason, "INVALID_FIELD", "{field}");
        assert!(refused.names(field), "{field}: {refused:?}");
        assert!(
            refused.message.contains(&bound.to_string()) || refused.message.contains("U+0000"),
            "{refused:?}"
        );
    }
    w.write(who, with(letters(bound))).await.unwrap_or_else(|refused| panic!("{field}: {refused:?}"));
}

async fn a_comments_texts_are_bounded(w: &World) {
    w.open(Rules::default()).await;
    let plain = || content(1, "x");
    bounded(w, FINANCE, "title", 500, |title| submission(Content { title, ..plain() })).await;
    bounded(w, FINANCE, "text", 50_000, |text| submission(Content { text, ..plain() })).await;
    bounded(w, FINANCE, "proposed_change", 50_000, |proposed_change| {
        submission(Content { proposed_change, ..plain() })
    })
    .await;
    bounded(w, FINANCE, "anchor.quote", 5_000, |quote| {
        submission(Content { anchor: Anchor { kind: AnchorKind::Quote, section: 1, quote }, ..plain() })
    })
    .await;
    let from = |source| SubmitComment { source, ..submission(plain()) };
    bounded(w, FINANCE, "source.id", 100, |id| from(Source { id, ..Source::default() })).await;
    bounded(w, FINANCE, "source.status", 500, |status| from(Source { status, ..Source::default() })).await;
    bounded(w, DRAFTER, "speaker", 500, |speaker| RecordOralOpinion {
        draft: draft(),
        round: None,
        agency: FINANCE.code(),
        speaker,
        content: plain(),
    })
    .await;
}

async fn a_letters_texts_are_bounded(w: &World) {
    w.open(Rules::default()).await;
    let signed = |letter| SubmitResponse {
        draft: draft(),
        round: None,
        agency: None,
        stance: Stance::Agrees,
        letter,
        comments: Vec::new(),
    };
    // To the store the letter is a thing of its own, over gRPC it is part of the response.
    let grpc = w.is_remote();
    let number = if grpc { "response.letter_number" } else { "letter.number" };
    bounded(w, FINANCE, number, 100, |number| signed(Letter { number, ..Letter::default() })).await;
    bounded(w, FINANCE, "signer", 500, |signer| signed(Letter { signer, ..Letter::default() })).await;
    bounded(w, FINANCE, "capacity", 500, |capacity| signed(Letter { capacity, ..Letter::default() })).await;
}

async fn the_texts_of_deciding_and_directing_are_bounded(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    bounded(w, DRAFTER, "explanation", 50_000, |explanation| DecideComment {
        draft: draft(),
        number: 1,
        outcome: Outcome::Rejected,
        explanation,
        etag: None,
    })
    .await;
    let issue = |text: String, issued_by: String| IssueDirective {
        draft: draft(),
        text,
        section: ROOT,
        responsible: None,
        due: None,
        issued_by,
        issued_on: None,
    };
    bounded(w, DRAFTER, "text", 50_000, |text| issue(text, String::new())).await;
    bounded(w, DRAFTER, "issued_by", 500, |issued_by| issue("x".to_owned(), issued_by)).await;
    bounded(w, DRAFTER, "note", 50_000, |note| CompleteDirective {
        draft: draft(),
        number: 1,
        note,
        version: None,
        etag: None,
    })
    .await;
}

async fn the_texts_of_a_draft_and_its_rounds_are_bounded(w: &World) {
    let create = |id: &str, title: String, summary: String| CreateDraft {
        id: Some(DraftId::stored(id.to_owned())),
        title,
        summary,
        drafting_agency: DRAFTER.code(),
    };
    bounded(w, DRAFTER, "title", 500, |title| create("a", title, String::new())).await;
    bounded(w, DRAFTER, "summary", 50_000, |summary| create("b", "x".to_owned(), summary)).await;
    let round = |title: String, silence_basis: String| CreateRound {
        draft: draft(),
        title,
        deadline: START.plus_seconds(DEADLINE),
        silence_rule: SilenceRule::Assent,
        silence_basis,
        late_rule: LateRule::Accept,
        visibility: Visibility::Own,
        admission: Admission::Invited,
    };
    bounded(w, DRAFTER, "title", 500, |title| round(title, BASIS.to_owned())).await;
    bounded(w, DRAFTER, "silence_basis", 500, |basis| round(String::new(), basis)).await;
}

async fn a_sections_texts_are_bounded(w: &World) {
    let one = |section| version(vec![section]);
    let plain = || section(None, "I", "x");
    bounded(w, DRAFTER, "sections[0].level", 100, |level| one(NewSection { level, ..plain() })).await;
    bounded(w, DRAFTER, "sections[0].label", 100, |label| one(NewSection { label, ..plain() })).await;
    bounded(w, DRAFTER, "sections[0].heading", 2_000, |heading| one(NewSection { heading, ..plain() })).await;
    bounded(w, DRAFTER, "sections[0].body", 1_000_000, |body| one(NewSection { body, ..plain() })).await;
    bounded(w, DRAFTER, "preamble", 1_000_000, |preamble| CreateVersion { preamble, ..one(plain()) }).await;
    // The tree itself: so deep, and no deeper.
    let deep = |depth: usize| {
        let level = |index: usize| NewSection { parent: index.checked_sub(1), ..plain() };
        version((0..depth).map(level).collect())
    };
    let refused = w.write(DRAFTER, deep(17)).await.unwrap_err();
    assert!(refused.reason == "INVALID_FIELD" && refused.names("sections[16].parent"), "{refused:?}");
    w.write(DRAFTER, deep(16)).await.unwrap();
}

async fn control_characters_are_refused_and_line_ends_are_made_one(w: &World) {
    w.open(Rules::default()).await;
    for bad in ["a\u{1}", "a\u{1b}[31m", "\u{7f}", "a\u{85}b"] {
        let refused = w.try_submit(FINANCE, content(1, bad)).await.unwrap_err();
        assert!(refused.reason == "INVALID_FIELD" && refused.names("text"), "{bad:?}: {refused:?}");
    }
    let taken = w.submit(FINANCE, 1, " \u{a0}a\r\nb\rc\td\n ").await;
    assert_eq!(taken.text, "a\nb\nc\td");
}

async fn a_text_is_bounded_in_code_points_after_it_is_composed(w: &World) {
    w.open(Rules::default()).await;
    // Three code points each, decomposed: one when composed.
    let title = "e\u{302}\u{301}".repeat(500);
    let taken = w.try_submit(FINANCE, Content { title, ..content(1, "x") }).await.unwrap();
    assert_eq!(taken.title, letters(500));
    let found = w
        .all(FINANCE, &Comments { filter: format!("text:{}", "e\u{302}\u{301}".repeat(500)) })
        .await
        .unwrap();
    assert_eq!(found.len(), 1);
}
