//! Báo cáo việc thực hiện ý kiến chỉ đạo: each instruction word for word, who gave it, who carries it out by when, and what
//! was done.

use ykien_domain::Result;
use ykien_domain::ids::ROOT;
use ykien_domain::model::{Completion, Directive};
use ykien_domain::time::Timestamp;

use crate::layout::{Canvas, Cell, Orientation, Pages, Paragraph, Run, Table};
use crate::letterhead::Letterhead;
use crate::official::{
    Official, cell, day_in_viet_nam, header, heading, in_table, lines, list, middle, text,
};
use crate::snapshot::Snapshot;
use crate::words::Language;

/// Draws the report on a draft's directives.
///
/// # Errors
/// Those of `canvas`.
pub fn draw(
    snapshot: &Snapshot,
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
        Language::Vietnamese => format!("Việc thực hiện ý kiến chỉ đạo đối với {about}"),
        Language::English => format!("On the instructions given for {about}"),
    };
    official.begin(canvas, of("BÁO CÁO", "REPORT"), &subject)?;
    let drafter = official.agency(&snapshot.draft.drafting_agency);
    let opening = match language {
        Language::Vietnamese => {
            format!("{drafter} báo cáo việc thực hiện ý kiến chỉ đạo đối với {about} như sau:")
        }
        Language::English => format!("{drafter} reports on the instructions given for {about} as follows:"),
    };
    canvas.paragraph(&text(&opening))?;
    totals(&official, canvas)?;
    if !snapshot.directives.is_empty() {
        let title = of("2. Kết quả thực hiện cụ thể", "2. Each instruction");
        canvas.paragraph(&Paragraph { after: 6.0, ..heading(title, 1) })?;
        table(&official, canvas)?;
    }
    let end = match language {
        Language::Vietnamese => format!("{drafter} trân trọng báo cáo./."),
        Language::English => format!("{drafter} respectfully submits this report."),
    };
    canvas.paragraph(&Paragraph { keep_with_next: true, after: 12.0, ..text(&end) })?;
    official.end(canvas)
}

/// Whether it was carried out after its day; while it is open nobody can tell without a clock.
fn is_late(directive: &Directive) -> bool {
    let done = directive.completion.as_ref().and_then(|completion| day_in_viet_nam(completion.at));
    matches!((done, &directive.due), (Some(done), Some(due)) if done > *due)
}

fn totals(official: &Official<'_>, canvas: &mut dyn Canvas) -> Result<()> {
    let of = |vietnamese, english| official.language.of(vietnamese, english);
    let directives = &official.snapshot.directives;
    let done = directives.iter().filter(|directive| directive.completion.is_some()).count();
    let late = directives.iter().filter(|directive| is_late(directive)).count();
    let title = of("1. Tổng số ý kiến chỉ đạo", "1. Instructions");
    if directives.is_empty() {
        return canvas.paragraph(&heading(&format!("{title}: 0."), 1));
    }
    let among = of("trong đó", "of which");
    canvas.paragraph(&heading(&format!("{title}: {}; {among}:", directives.len()), 1))?;
    let after = match (official.language, late) {
        (_, 0) => String::new(),
        (Language::Vietnamese, late) => format!(" (sau thời hạn: {late})"),
        (Language::English, late) => format!(" (after the due date: {late})"),
    };
    list(
        canvas,
        &[
            format!("{}: {done}{after}", of("Đã thực hiện", "Carried out")),
            format!("{}: {}", of("Chưa hoàn thành", "Open"), directives.len() - done),
        ],
    )
}

fn table(official: &Official<'_>, canvas: &mut dyn Canvas) -> Result<()> {
    let of = |vietnamese, english| official.language.of(vietnamese, english);
    let names = [
        of("Số", "No."),
        of("Nội dung chỉ đạo", "Instruction"),
        of("Người chỉ đạo, ngày", "Given by, on"),
        of("Cơ quan thực hiện", "Agency"),
        of("Thời hạn", "Due"),
        of("Kết quả thực hiện", "What was done"),
    ];
    let columns = vec![14.0, 85.0, 38.0, 36.0, 25.0, 59.0];
    canvas.table(&Table { columns, header: header(&names), borders: true })?;
    for directive in &official.snapshot.directives {
        let mut instruction = cell(&directive.text);
        if directive.section != ROOT {
            let place = official.section_title(directive.section);
            let text = format!("({}: {place})", of("Mục", "Section"));
            instruction.paragraphs.push(in_table(vec![Run { text, bold: false, italic: true }]));
        }
        let mut given = cell(official.language.person(&directive.issued_by));
        if let Some(date) = &directive.issued_on {
            given.paragraphs.extend(cell(&official.date(date)).paragraphs);
        }
        let due = match &directive.due {
            Some(due) => official.date(due),
            None => of("Không nêu", "None").to_owned(),
        };
        canvas.row(&[
            middle(&directive.number.to_string()),
            instruction,
            given,
            cell(official.short(&directive.responsible)),
            middle(&due),
            result(official, directive),
        ])?;
    }
    canvas.end_table()
}

/// What was done, in which version, when and by whom; or that it is open.
fn result(official: &Official<'_>, directive: &Directive) -> Cell {
    let bold = |text: &str| Run { text: text.to_owned(), bold: true, italic: false };
    let Some(Completion { note, version, at, agency }) = &directive.completion else {
        let open = bold(official.language.of("Chưa hoàn thành.", "Open."));
        return Cell { paragraphs: vec![in_table(vec![open])], ..Cell::default() };
    };
    let done = bold(official.language.of("Đã thực hiện", "Carried out"));
    let when = when(official, *at, is_late(directive));
    let mut paragraphs = lines(vec![done], &when, false);
    if !note.is_empty() {
        paragraphs.extend(cell(note).paragraphs);
    }
    if let Some(version) = version {
        let text = match official.language {
            Language::Vietnamese => format!("Đã thể hiện tại dự thảo bản {version}."),
            Language::English => format!("Carried out in version {version} of the draft."),
        };
        paragraphs.extend(cell(&text).paragraphs);
    }
    if *agency != directive.responsible {
        let by = official.language.of("Cơ quan xác nhận", "Confirmed by");
        paragraphs.extend(cell(&format!("{by}: {}.", official.short(agency))).paragraphs);
    }
    Cell { paragraphs, ..Cell::default() }
}

fn when(official: &Official<'_>, at: Timestamp, late: bool) -> String {
    let day = official.day(at);
    match (official.language, late) {
        (Language::Vietnamese, false) => format!(" ngày {day}."),
        (Language::Vietnamese, true) => format!(" ngày {day} (sau thời hạn)."),
        (Language::English, false) => format!(" on {day}."),
        (Language::English, true) => format!(" on {day} (after the due date)."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::summary::sample::{self, Record};

    fn report(snapshot: &Snapshot, language: Language) -> Record {
        let mut record = Record::default();
        draw(snapshot, &sample::letterhead(), language, &mut record).unwrap();
        record
    }

    #[test]
    fn each_instruction_stands_word_for_word_with_what_was_done() {
        let snapshot = sample::snapshot(&[]);
        let record = report(&snapshot, Language::Vietnamese);
        let rows = record.rows();
        for directive in &snapshot.directives {
            let row = rows.iter().find(|row| row[0] == directive.number.to_string()).unwrap();
            assert!(row[1].starts_with(&directive.text), "{}", row[1]);
            assert_eq!(row[2], "Đồng chí Hồ Tiến Thiệu, Phó Chủ tịch phụ trách UBND tỉnh⏎21/7/2020");
            assert_eq!(row[3], "Sở NN&PTNT");
        }
        let row = |number: &str| rows.iter().find(|row| row[0] == number).unwrap()[4..].join(" / ");
        assert_eq!(
            row("1"),
            "24/7/2020 / Đã thực hiện ngày 23/7/2020.⏎Đã cập nhật toàn bộ số liệu.⏎Các biểu 1 đến 9 đã thống nhất.⏎\
             Đã thể hiện tại dự thảo bản 3."
        );
        assert_eq!(row("3"), "Không nêu / Chưa hoàn thành.");
    }

    #[test]
    fn the_day_is_that_of_viet_nam_so_this_one_was_late() {
        let record = report(&sample::snapshot(&[]), Language::English);
        assert!(record.text().contains(
            "Carried out on 25 July 2020 (after the due date).⏎Đã bổ sung.⏎Confirmed by: Department of Home Affairs."
        ));
        assert!(record.text().contains(
            "1. Instructions: 3; of which:\n- Carried out: 2 (after the due date: 1);\n- Open: 1."
        ));
    }

    #[test]
    fn a_draft_without_instructions_says_so() {
        let record = report(&sample::bare(), Language::Vietnamese);
        assert!(record.text().contains("1. Tổng số ý kiến chỉ đạo: 0."));
        assert!(!record.text().contains("header:"));
    }
}
