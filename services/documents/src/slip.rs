//! Phiếu trả lời ý kiến góp ý: what one agency asked for, and what became of it. It tells nothing of other agencies, and of
//! decisions only what is published.

use ykien_domain::ids::AgencyCode;
use ykien_domain::model::{Comment, Decision};
use ykien_domain::words::Status;
use ykien_domain::{Error, Reason, Result};

use crate::layout::{Align, Canvas, Cell, Orientation, Pages, Paragraph, Run, Table};
use crate::letterhead::Letterhead;
use crate::official::{Official, cell, header, in_table, middle, text, words};
use crate::snapshot::Snapshot;
use crate::summary::opinion;
use crate::words::Language;

/// Draws the return slip of an agency from its comments, in the order given.
///
/// # Errors
/// Those of `comments` and of `canvas`; `INTERNAL` when a comment is another agency's.
pub fn draw(
    snapshot: &Snapshot,
    comments: impl Iterator<Item = Result<Comment>>,
    agency: &AgencyCode,
    letterhead: &Letterhead,
    language: Language,
    canvas: &mut dyn Canvas,
) -> Result<()> {
    let official = Official { snapshot, letterhead, language };
    let of = |vietnamese, english| language.of(vietnamese, english);
    // Six columns need the width of the page (phụ lục I, phần I, mục I.2).
    canvas.pages(&Pages { orientation: Orientation::Landscape, footer: official.footer() })?;
    let about = official.draft();
    let subject = match language {
        Language::Vietnamese => format!("Đối với {about}"),
        Language::English => format!("On {about}"),
    };
    official.begin(canvas, of("PHIẾU TRẢ LỜI Ý KIẾN GÓP Ý", "ANSWER TO COMMENTS"), &subject)?;
    let to = format!("{}: {}", of("Kính gửi", "To"), official.agency(agency));
    canvas.paragraph(&Paragraph { align: Align::Centre, after: 6.0, ..words(&to, false) })?;
    let mut comments = comments.peekable();
    if comments.peek().is_none() {
        canvas.paragraph(&text(&nothing(&official)))?;
    } else {
        canvas.paragraph(&Paragraph {
            keep_with_next: true,
            after: 6.0,
            ..text(&opening(&official, agency))
        })?;
        let tally = table(&official, comments, agency, canvas)?;
        totals(&official, &tally, canvas)?;
    }
    let closing = match language {
        Language::Vietnamese => {
            format!("{} trân trọng cảm ơn ý kiến góp ý của Quý cơ quan./.", drafter(&official))
        }
        Language::English => format!("{} thanks you for your comments.", drafter(&official)),
    };
    canvas.paragraph(&Paragraph { keep_with_next: true, after: 12.0, ..text(&closing) })?;
    official.end(canvas)
}

fn drafter<'a>(official: &Official<'a>) -> &'a str {
    let snapshot: &'a Snapshot = official.snapshot;
    official.agency(&snapshot.draft.drafting_agency)
}

fn nothing(official: &Official<'_>) -> String {
    let about = official.draft();
    match official.language {
        Language::Vietnamese => format!("Chưa ghi nhận ý kiến góp ý nào của Quý cơ quan đối với {about}."),
        Language::English => format!("No comment of yours on {about} was received."),
    }
}

fn opening(official: &Official<'_>, agency: &AgencyCode) -> String {
    let about = official.draft();
    let drafter = drafter(official);
    let replies = official.snapshot.progress.iter().flat_map(|progress| &progress.replies);
    let letter = replies
        .filter(|reply| reply.agency == *agency)
        .find_map(|reply| reply.response.as_ref())
        .map(|response| official.letter(&response.letter));
    match (official.language, letter) {
        (Language::Vietnamese, Some(letter)) => format!(
            "{drafter} đã nhận được ý kiến góp ý của Quý cơ quan đối với {about} ({letter}) và xin trả lời như sau:"
        ),
        (Language::Vietnamese, None) => {
            format!(
                "{drafter} đã nhận được ý kiến góp ý của Quý cơ quan đối với {about} và xin trả lời như sau:"
            )
        }
        (Language::English, Some(letter)) => {
            format!("{drafter} has received your comments on {about} ({letter}) and answers them as follows:")
        }
        (Language::English, None) => {
            format!("{drafter} has received your comments on {about} and answers them as follows:")
        }
    }
}

/// The table, a row a comment; what comes back is the status of each as its agency may know it.
fn table(
    official: &Official<'_>,
    comments: impl Iterator<Item = Result<Comment>>,
    agency: &AgencyCode,
    canvas: &mut dyn Canvas,
) -> Result<Vec<Status>> {
    let of = |vietnamese, english| official.language.of(vietnamese, english);
    let names = [
        of("Số", "No."),
        of("Mục", "Section"),
        of("Ý kiến của Quý cơ quan", "Your comment"),
        of("Kết quả", "Outcome"),
        of("Lý do, giải trình", "Reason"),
        of("Thể hiện tại", "Carried out in"),
    ];
    let columns = vec![14.0, 42.0, 84.0, 30.0, 62.0, 25.0];
    canvas.table(&Table { columns, header: header(&names), borders: true })?;
    let mut tally = Vec::new();
    for comment in comments {
        let comment = comment?;
        if comment.agency != *agency {
            let message = format!("comment {} is not of agency {agency}", comment.number);
            return Err(Error::new(Reason::Internal, message));
        }
        let published = comment.decision.as_ref().filter(|decision| decision.published);
        let status = match (comment.status, published) {
            (Status::Withdrawn, _) => Status::Withdrawn,
            (_, Some(decision)) => decision.outcome.status(),
            (_, None) => Status::Pending,
        };
        tally.push(status);
        let published = published.filter(|_| status != Status::Withdrawn);
        let outcome = Run { text: outcome(official, status).to_owned(), bold: true, italic: false };
        canvas.row(&[
            middle(&comment.number.to_string()),
            cell(&official.section_title(comment.content.anchor.section)),
            opinion::said(official, &comment, false),
            Cell { paragraphs: vec![in_table(vec![outcome])], ..Cell::default() },
            cell(published.map_or("", |decision| decision.explanation.as_str())),
            cell(&place(official, published)),
        ])?;
    }
    canvas.end_table()?;
    Ok(tally)
}

fn outcome(official: &Official<'_>, status: Status) -> &'static str {
    match status {
        Status::Pending => official.language.of("Chưa có kết quả", "No result yet"),
        status => official.language.status(status),
    }
}

fn place(official: &Official<'_>, decision: Option<&Decision>) -> String {
    match decision.and_then(|decision| decision.implemented_in) {
        None => String::new(),
        Some(version) => format!("{} {version}", official.language.of("Dự thảo bản", "Version")),
    }
}

fn totals(official: &Official<'_>, tally: &[Status], canvas: &mut dyn Canvas) -> Result<()> {
    let title = official.language.of("Tổng số ý kiến của Quý cơ quan", "Your comments");
    let among = official.language.of("trong đó", "of which");
    let each: Vec<String> = Status::ALL
        .iter()
        .map(|status| {
            let count = tally.iter().filter(|of| *of == status).count();
            format!("{}: {count}", outcome(official, *status).to_lowercase())
        })
        .collect();
    canvas.paragraph(&text(&format!("{title}: {}; {among}: {}.", tally.len(), each.join("; "))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample::{self, Record, code};

    fn slip(agency: &str, comments: Vec<Comment>, language: Language) -> Result<Record> {
        let snapshot = sample::snapshot(&sample::comments());
        let mut record = Record::default();
        let comments = comments.into_iter().map(Ok);
        draw(&snapshot, comments, &code(agency), &sample::letterhead(), language, &mut record)?;
        Ok(record)
    }

    fn of(agency: &str) -> Vec<Comment> {
        sample::comments().into_iter().filter(|comment| comment.agency == code(agency)).collect()
    }

    #[test]
    fn each_comment_has_its_outcome_its_reason_and_its_place() {
        let record = slip("H37.03", of("H37.03"), Language::Vietnamese).unwrap();
        let rows = record.rows();
        let row = rows.iter().find(|row| row[0] == "2").unwrap();
        assert_eq!(row[1], "II › 1. Về quy hoạch và phát triển hạ tầng kinh tế - xã hội nông thôn");
        assert!(row[2].starts_with("Số liệu giao thông nông thôn⏎“đã cứng hóa được 1.234 km"));
        assert_eq!(row[3], "Tiếp thu một phần");
        assert!(row[4].ends_with("⏎Về nguồn số liệu: giữ như dự thảo, vì đã nêu tại phần mở đầu."));
        assert_eq!(row[5], "Dự thảo bản 3");
        assert!(record.text().contains("Kính gửi: Sở Kế hoạch và Đầu tư"));
        assert!(record.text().contains("(Công văn số 905/SKHĐT-TH ngày 22/7/2020)"));
    }

    #[test]
    fn a_proposed_decision_is_not_told() {
        let record = slip("H37.04", of("H37.04"), Language::Vietnamese).unwrap();
        let rows = record.rows();
        let row = rows.iter().find(|row| row[0] == "6").unwrap();
        assert_eq!(row[3..], ["Chưa có kết quả", "", ""]);
        assert!(!record.text().contains("Đã tách riêng"));
        let totals = "Tổng số ý kiến của Quý cơ quan: 2; trong đó: chưa có kết quả: 1; tiếp thu: 1; \
                      tiếp thu một phần: 0; không tiếp thu: 0; đã rút: 0.";
        assert!(record.text().contains(totals), "{}", record.text());
    }

    #[test]
    fn another_agencys_comment_is_refused() {
        let error = slip("H37.04", of("H37.03"), Language::English).err().unwrap();
        assert_eq!(error.reason, Reason::Internal);
    }

    #[test]
    fn without_comments_it_says_so() {
        let record = slip("H37.05", Vec::new(), Language::English).unwrap();
        assert!(record.text().contains("No comment of yours on the draft “Báo cáo"));
        assert!(!record.text().contains("header:"));
    }

    #[test]
    fn a_withdrawn_comment_is_withdrawn_whatever_was_decided() {
        let mut comments = of("H37.03");
        for comment in &mut comments {
            comment.status = Status::Withdrawn;
        }
        let record = slip("H37.03", comments, Language::English).unwrap();
        let rows = record.rows();
        let row = rows.iter().find(|row| row[0] == "2").unwrap();
        assert_eq!(row[3..], ["Withdrawn", "", ""]);
    }
}
