//! What the summary says before its table: who was asked, who answered how, and how many comments stand where.

use ykien_domain::Result;
use ykien_domain::model::Reply;
use ykien_domain::query::Progress;
use ykien_domain::words::{ReplyState, Stance, Status};

use crate::layout::{Canvas, Paragraph};
use crate::official::{Official, heading, list, text};
use crate::snapshot::Snapshot;
use crate::words::Language;

/// Items 1 and 2.
pub(super) fn draw(official: &Official<'_>, canvas: &mut dyn Canvas) -> Result<()> {
    let of = |vietnamese, english| official.language.of(vietnamese, english);
    let snapshot = official.snapshot;
    canvas.paragraph(&text(&opening(official)))?;
    match &snapshot.progress {
        None => {
            let none = of(
                "1. Chưa có đợt lấy ý kiến nào đối với dự thảo.",
                "1. There was no round of consultation on the draft yet.",
            );
            canvas.paragraph(&Paragraph { outline: 1, ..text(none) })?;
            canvas.paragraph(&heading(of("2. Kết quả", "2. Results"), 1))?;
        }
        Some(progress) => {
            canvas.paragraph(&Paragraph { outline: 1, ..text(&asked(official, progress)) })?;
            canvas.paragraph(&heading(of("2. Kết quả", "2. Results"), 1))?;
            answers(official, progress, canvas)?;
        }
    }
    totals(official, canvas)
}

fn opening(official: &Official<'_>) -> String {
    let Snapshot { draft, progress, .. } = official.snapshot;
    let agency = official.agency(&draft.drafting_agency);
    let about = official.draft();
    let Some(Progress { round, .. }) = progress else {
        return match official.language {
            Language::Vietnamese => format!("{agency} tổng hợp ý kiến góp ý đối với {about} như sau:"),
            Language::English => {
                format!("{agency} has put together the comments on {about} as follows:")
            }
        };
    };
    let deadline = official.hour(round.deadline);
    let (number, version) = (round.number, round.version);
    let title = if round.title.is_empty() { String::new() } else { format!(" – {}", round.title) };
    match official.language {
        Language::Vietnamese => format!(
            "{agency} đã tổ chức lấy ý kiến góp ý đối với {about} (bản {version}; đợt {number}{title}; thời hạn góp ý: {deadline}). \
             Kết quả như sau:"
        ),
        Language::English => format!(
            "{agency} consulted on {about} (version {version}; round {number}{title}; comments were due by {deadline}). The results \
             are as follows:"
        ),
    }
}

fn asked(official: &Official<'_>, progress: &Progress) -> String {
    let count = |state| progress.replies.iter().filter(|reply| reply.state == state).count();
    let invited = progress.replies.len() - count(ReplyState::Uninvited);
    let (in_time, late) = (count(ReplyState::Replied), count(ReplyState::Late));
    let answered = in_time + late;
    let (without_letter, uninvited) = (count(ReplyState::InProgress), count(ReplyState::Uninvited));
    match official.language {
        Language::Vietnamese => {
            let mut text = format!(
                "1. Tổng số cơ quan được lấy ý kiến: {invited}; số cơ quan có ý kiến trả lời: {answered} (đúng hạn: {in_time}; quá hạn: {late})"
            );
            if without_letter > 0 {
                text.push_str(&format!("; đã gửi ý kiến góp ý, chưa có văn bản trả lời: {without_letter}"));
            }
            if uninvited > 0 {
                text.push_str(&format!("; ngoài danh sách lấy ý kiến: {uninvited}"));
            }
            text.push('.');
            text
        }
        Language::English => {
            let mut text = format!(
                "1. Agencies asked: {invited}; agencies that answered: {answered} (in time: {in_time}; late: {late})"
            );
            if without_letter > 0 {
                text.push_str(&format!("; sent comments but no letter yet: {without_letter}"));
            }
            if uninvited > 0 {
                text.push_str(&format!("; not on the list of those asked: {uninvited}"));
            }
            text.push('.');
            text
        }
    }
}

/// Whether an agency stands among those who commented: it did, or its letter says so.
fn commented(reply: &Reply) -> bool {
    let stance = reply.response.as_ref().map(|response| response.stance);
    reply.comments > 0 || matches!(stance, Some(Stance::AgreesWithComments | Stance::Disagrees))
}

/// Items 2.1 and 2.2: each agency stands in one list.
fn answers(official: &Official<'_>, progress: &Progress, canvas: &mut dyn Canvas) -> Result<()> {
    let of = |vietnamese, english| official.language.of(vietnamese, english);
    let pick = |takes: &dyn Fn(&Reply) -> bool| -> Vec<&Reply> {
        progress.replies.iter().filter(|reply| takes(reply)).collect()
    };
    let stance = |reply: &Reply| reply.response.as_ref().map(|response| response.stance);
    let answered = |reply: &Reply| matches!(reply.state, ReplyState::Replied | ReplyState::Late);
    let agree =
        pick(&|reply| answered(reply) && !commented(reply) && stance(reply) != Some(Stance::NoComment));
    let nothing =
        pick(&|reply| answered(reply) && !commented(reply) && stance(reply) == Some(Stance::NoComment));
    let held = pick(&|reply| reply.state == ReplyState::AssentBySilence);
    let silent = pick(&|reply| reply.state == ReplyState::Silent);
    let have = pick(&|reply| reply.state == ReplyState::InProgress || (answered(reply) && commented(reply)));
    let uninvited = pick(&|reply| reply.state == ReplyState::Uninvited);

    let title = of("2.1. Các cơ quan nhất trí", "2.1. Agencies that agree");
    agencies(official, canvas, title, 2, &agree)?;
    if !nothing.is_empty() {
        let title = of("Các cơ quan trả lời không có ý kiến", "Agencies that answered without a comment");
        agencies(official, canvas, title, 0, &nothing)?;
    }
    if !held.is_empty() {
        let basis = &progress.round.silence_basis;
        let title = match official.language {
            Language::Vietnamese => {
                format!("Các cơ quan không trả lời được coi là nhất trí theo {basis}")
            }
            Language::English => {
                format!("Agencies that did not answer and are held to agree under {basis}")
            }
        };
        agencies(official, canvas, &title, 0, &held)?;
    }
    if !silent.is_empty() {
        let title = of("Các cơ quan chưa trả lời", "Agencies that have not answered");
        agencies(official, canvas, title, 0, &silent)?;
    }
    let title = of("2.2. Các cơ quan có ý kiến góp ý", "2.2. Agencies that commented");
    agencies(official, canvas, title, 2, &have)?;
    if !uninvited.is_empty() {
        let title = of(
            "Các cơ quan ngoài danh sách lấy ý kiến có ý kiến",
            "Agencies that answered without being asked",
        );
        agencies(official, canvas, title, 0, &uninvited)?;
    }
    Ok(())
}

/// A list of agencies under what they have in common; its heading has an outline level, or is a line of text (0).
fn agencies(
    official: &Official<'_>,
    canvas: &mut dyn Canvas,
    title: &str,
    outline: u8,
    replies: &[&Reply],
) -> Result<()> {
    let count = replies.len();
    let title = match (official.language, count) {
        (language, 0) => format!("{title}: {}.", language.of("không có", "none")),
        (Language::Vietnamese, _) => format!("{title} ({count} cơ quan):"),
        (Language::English, _) => format!("{title} ({count}):"),
    };
    canvas.paragraph(&Paragraph { keep_with_next: count > 0, ..heading(&title, outline) })?;
    let entries: Vec<String> = replies.iter().map(|reply| entry(official, reply)).collect();
    list(canvas, &entries)
}

/// An agency with its letter, and what else is to be known: `Sở Tài chính (Công văn số … ngày …; gửi quá hạn; 3 ý kiến)`.
fn entry(official: &Official<'_>, reply: &Reply) -> String {
    let of = |vietnamese: &'static str, english| official.language.of(vietnamese, english);
    let mut notes: Vec<String> = Vec::new();
    match &reply.response {
        Some(response) => {
            notes.push(official.letter(&response.letter));
            if response.late {
                notes.push(of("gửi quá hạn", "late").to_owned());
            }
            if commented(reply) || reply.state == ReplyState::Uninvited {
                notes.push(official.language.stance(response.stance).to_lowercase());
            }
        }
        None if reply.comments > 0 => {
            notes.push(of("chưa có văn bản trả lời", "no letter yet").to_owned());
        }
        None => {}
    }
    if reply.comments > 0 {
        notes.push(official.comments(reply.comments));
    }
    let name = official.agency(&reply.agency);
    if notes.is_empty() { name.to_owned() } else { format!("{name} ({})", notes.join("; ")) }
}

/// The last item of 2: how many comments there are, and how many stand in each status.
fn totals(official: &Official<'_>, canvas: &mut dyn Canvas) -> Result<()> {
    let Snapshot { counts, progress, .. } = official.snapshot;
    let item = if progress.is_some() { "2.3" } else { "2.1" };
    let received: i64 = counts.iter().map(|count| count.count).sum();
    let title = official.language.of("Tổng số ý kiến góp ý nhận được", "Comments received");
    if received == 0 {
        return canvas.paragraph(&heading(&format!("{item}. {title}: 0."), 2));
    }
    let among = official.language.of("trong đó", "of which");
    canvas.paragraph(&heading(&format!("{item}. {title}: {received}; {among}:"), 2))?;
    let entries: Vec<String> = Status::ALL
        .iter()
        .map(|status| {
            let of_status = counts.iter().filter(|count| count.status == *status);
            let count: i64 = of_status.map(|count| count.count).sum();
            format!("{}: {count}", official.language.status(*status))
        })
        .collect();
    list(canvas, &entries)
}
