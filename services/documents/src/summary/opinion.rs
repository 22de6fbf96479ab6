//! A comment as tables tell it: what was said, and what became of it.

use ykien_domain::model::{Comment, Decision};
use ykien_domain::words::{AnchorKind, Channel, Status};

use crate::layout::{Cell, Paragraph, Run};
use crate::official::{Official, in_table, lines};
use crate::words::Language;

/// What an agency wrote: number, title, quote, text, and the wording that it proposes. `numbered` is whether the number leads.
pub(crate) fn said(official: &Official<'_>, comment: &Comment, numbered: bool) -> Cell {
    let language = official.language;
    let content = &comment.content;
    let mut paragraphs: Vec<Paragraph> = Vec::new();
    let mut lead = Vec::new();
    if numbered {
        lead.push(plain(format!("({} {}) ", language.of("số", "no."), comment.number)));
    }
    if !content.title.is_empty() {
        lead.push(Run { text: content.title.clone(), bold: true, italic: false });
        paragraphs.push(in_table(std::mem::take(&mut lead)));
    }
    let quote = &content.anchor.quote;
    if !quote.is_empty() {
        let quote = match content.anchor.kind {
            AnchorKind::Missing => format!("{}: {quote}", language.of("Nội dung còn thiếu", "Missing")),
            _ => format!("“{quote}”"),
        };
        paragraphs.extend(lines(std::mem::take(&mut lead), &quote, true));
    }
    if !content.text.is_empty() {
        paragraphs.extend(lines(std::mem::take(&mut lead), &content.text, false));
    }
    if !content.proposed_change.is_empty() {
        lead.push(Run {
            text: format!("{}: ", language.of("Đề nghị sửa thành", "Proposed wording")),
            bold: false,
            italic: true,
        });
        paragraphs.extend(lines(std::mem::take(&mut lead), &content.proposed_change, false));
    }
    if !lead.is_empty() {
        paragraphs.push(in_table(lead));
    }
    Cell { paragraphs, ..Cell::default() }
}

/// Whose opinion it is, and how it came: late, at a meeting, in an earlier round.
pub(crate) fn whose(official: &Official<'_>, comment: &Comment) -> Cell {
    let language = official.language;
    let mut paragraphs = lines(Vec::new(), official.short(&comment.agency), false);
    let mut mark = |text: String| {
        paragraphs.push(in_table(vec![Run { text, bold: false, italic: true }]));
    };
    if official.snapshot.progress.as_ref().is_some_and(|progress| progress.round.number != comment.round) {
        mark(format!("({} {})", language.of("đợt", "round"), comment.round));
    }
    if comment.late {
        mark(language.of("(gửi quá hạn)", "(late)").to_owned());
    }
    if comment.channel == Channel::Meeting {
        mark(match (language, language.person(&comment.speaker)) {
            (Language::Vietnamese, "") => "(phát biểu tại cuộc họp)".to_owned(),
            (Language::Vietnamese, speaker) => format!("(phát biểu tại cuộc họp: {speaker})"),
            (Language::English, "") => "(said at the meeting)".to_owned(),
            (Language::English, speaker) => format!("(said at the meeting: {speaker})"),
        });
    }
    Cell { paragraphs, ..Cell::default() }
}

/// What became of it, as the drafter's side sees it: outcome, explanation, where it is carried out, and whether it is published.
pub(super) fn outcome(official: &Official<'_>, comment: &Comment, answers: bool) -> Cell {
    let language = official.language;
    let said = Run { text: language.status(comment.status).to_owned(), bold: true, italic: false };
    let decision = comment.decision.as_ref().filter(|_| is_decided(comment.status));
    let mut paragraphs = match decision {
        Some(Decision { explanation, .. }) if !explanation.is_empty() => {
            lines(vec![said, plain(". ".to_owned())], explanation, false)
        }
        _ => vec![in_table(vec![said, plain(".".to_owned())])],
    };
    let mut add = |text: String, italic| {
        paragraphs.push(in_table(vec![Run { text, bold: false, italic }]));
    };
    if let Some(version) = decision.and_then(|decision| decision.implemented_in) {
        add(
            match language {
                Language::Vietnamese => format!("Đã thể hiện tại dự thảo bản {version}."),
                Language::English => format!("Carried out in version {version} of the draft."),
            },
            false,
        );
    }
    if decision.is_some_and(|decision| !decision.published) {
        add(language.of("(Dự kiến, chưa công bố.)", "(Proposed, not published.)").to_owned(), true);
    }
    if answers && comment.responsible != official.snapshot.draft.drafting_agency {
        let answering = language.of("Cơ quan chịu trách nhiệm", "Responsible agency");
        add(format!("{answering}: {}.", official.short(&comment.responsible)), true);
    }
    Cell { paragraphs, ..Cell::default() }
}

/// Whether a status is one that a decision leads to.
fn is_decided(status: Status) -> bool {
    !matches!(status, Status::Pending | Status::Withdrawn)
}

fn plain(text: String) -> Run {
    Run { text, bold: false, italic: false }
}
