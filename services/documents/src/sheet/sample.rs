//! A small draft for the tests of both sheets, and what stands in a file that was written.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use ykien_domain::ids::{AgencyCode, ClientId, DraftId, SectionId};
use ykien_domain::model::{
    Agency, Anchor, Comment, Content, Decision, Draft, KindOrGeneral, Round, Section, Source,
};
use ykien_domain::query::Progress;
use ykien_domain::time::Timestamp;
use ykien_domain::words::{
    Admission, AgencyKind, AnchorKind, Channel, Kind, LateRule, Outcome, RoundState, SilenceRule, Status,
    Visibility,
};

use crate::grid::{Grid, Row};
use crate::package::Package;
use crate::snapshot::Snapshot;

pub fn code(text: &str) -> AgencyCode {
    AgencyCode::stored(text.to_owned())
}

fn section(id: SectionId, parent: SectionId, depth: i64, label: &str, heading: &str) -> Section {
    let (label, heading) = (label.to_owned(), heading.to_owned());
    Section { id, parent: Some(parent), depth, label, heading, ..Section::default() }
}

pub fn sections() -> Vec<Section> {
    vec![
        Section { heading: "Báo cáo 10 năm".to_owned(), ..Section::default() },
        section(1, 0, 1, "I", "KẾT QUẢ THỰC HIỆN"),
        section(2, 1, 2, "1", "Về quy hoạch"),
        section(3, 0, 1, "IV", "ĐÁNH GIÁ CHUNG"),
        section(4, 3, 2, "1", "Ưu điểm"),
        section(5, 3, 2, "2", "Hạn chế"),
        section(7, 0, 1, "", "=Phụ biểu"),
        Section { removed: true, ..section(6, 0, 1, "V", "Đã bỏ") },
    ]
}

pub fn snapshot() -> Snapshot {
    let created_at = Timestamp::parse("at", "2020-07-14T09:00:00+07:00").unwrap();
    let agency = |text: &str, name: &str, short_name: &str| {
        let (name, short_name) = (name.to_owned(), short_name.to_owned());
        let kind = AgencyKind::Department;
        Agency {
            code: code(text),
            name,
            short_name,
            name_en: String::new(),
            kind,
            active: true,
            succeeded_by: None,
            changed: 1,
        }
    };
    let agencies = [
        agency("H37.05", "Sở Nông nghiệp và Phát triển nông thôn", "Sở NN&PTNT"),
        agency("H37.11", "Sở Tài chính", "Sở Tài chính"),
    ];
    let round = Round {
        number: 1,
        title: "Lấy ý kiến lần đầu".to_owned(),
        version: 1,
        state: RoundState::Open,
        deadline: Timestamp::parse("at", "2020-07-24T17:00:00+07:00").unwrap(),
        silence_rule: SilenceRule::None,
        silence_basis: String::new(),
        late_rule: LateRule::Accept,
        visibility: Visibility::Own,
        admission: Admission::Invited,
        opened_at: Some(created_at),
        closed_at: None,
        changed: 3,
    };
    Snapshot {
        draft: Draft {
            id: DraftId::stored("nq20".to_owned()),
            title: "Báo cáo tổng kết 10 năm thực hiện Nghị quyết số 20-NQ/TU về xây dựng nông thôn mới"
                .to_owned(),
            summary: String::new(),
            drafting_agency: code("H37.05"),
            version: 1,
            revision: 42,
            comment_count: 3,
            created_at,
            changed: 1,
        },
        revision: 42,
        sections: sections(),
        agencies: agencies.into_iter().map(|agency| (agency.code.clone(), agency)).collect(),
        progress: Some(Progress { round, replies: Vec::new() }),
        directives: Vec::new(),
        counts: Vec::new(),
    }
}

pub fn comment(number: i64, text: &str) -> Comment {
    let at = Timestamp::parse("at", "2020-07-20T10:00:00+07:00").unwrap();
    let quote = "còn 3,2 tiêu chí".to_owned();
    Comment {
        draft: DraftId::stored("nq20".to_owned()),
        number,
        round: 1,
        agency: code("H37.11"),
        content: Content {
            anchor: Anchor { kind: AnchorKind::Quote, section: 5, quote },
            kind: KindOrGeneral(Kind::Technical),
            title: String::new(),
            text: text.to_owned(),
            proposed_change: "=SUM(A1:A3)".to_owned(),
        },
        channel: Channel::Written,
        speaker: String::new(),
        status: Status::Pending,
        late: false,
        decision: None,
        assigned: None,
        responsible: code("H37.05"),
        response: None,
        source: Source::default(),
        version: 1,
        created_at: at,
        updated_at: at,
        changed: 10 + number,
        written_at: at,
        written: 10 + number,
    }
}

pub fn decided(number: i64, explanation: &str, published: bool) -> Comment {
    let comment = comment(number, "Đề nghị cập nhật số liệu");
    let decision = Decision {
        outcome: Outcome::Rejected,
        explanation: explanation.to_owned(),
        agency: code("H37.05"),
        client: ClientId::stored("c".to_owned()),
        decided_at: comment.created_at,
        published,
        implemented_in: None,
    };
    Comment { status: Status::Rejected, decision: Some(decision), ..comment }
}

/// What a file holds, read with another library than wrote it.
pub fn grids(bytes: &[u8]) -> Vec<Grid> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let names = workbook.sheet_names();
    let sheet = |name: String| {
        let range = workbook.worksheet_range(&name).unwrap();
        let (top, left) = range.start().unwrap_or_default();
        let rows = range.rows().zip(top + 1..).map(|(cells, number)| {
            let before = std::iter::repeat_n(String::new(), left as usize);
            let cells = before.chain(cells.iter().map(Data::to_string)).collect();
            Row { number, cells }
        });
        Grid { name, rows: rows.collect() }
    };
    names.into_iter().map(sheet).collect()
}

/// A sheet typed by hand: its cells from row 1 on.
pub fn typed(name: &str, rows: &[&[&str]]) -> Grid {
    let rows = rows.iter().zip(1..).map(|(cells, number)| {
        let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
        Row { number, cells }
    });
    Grid { name: name.to_owned(), rows: rows.collect() }
}

/// Puts a text into a cell, from row 1 and column 0.
pub fn fill(grid: &mut Grid, row: u32, column: usize, text: &str) {
    let row = grid.rows.iter_mut().find(|found| found.number == row).unwrap();
    if row.cells.len() <= column {
        row.cells.resize(column + 1, String::new());
    }
    row.cells[column] = text.to_owned();
}

/// Cells to fill in, and which cells are then refused, with a part of the reason.
pub type Wrong<'a> = (&'a [(u32, usize, &'a str)], &'a [(&'a str, &'a str)]);

/// A part of a file.
pub fn part(bytes: &[u8], name: &str) -> String {
    Package::open("file", bytes).unwrap().xml(name).unwrap().unwrap()
}

/// Each cell of a worksheet that is unlocked, by its name.
pub fn unlocked(bytes: &[u8], sheet: &str) -> Vec<String> {
    let styles = part(bytes, "xl/styles.xml");
    let cell_formats =
        styles.split("<cellXfs").nth(1).unwrap().split("</cellXfs>").next().unwrap().to_owned();
    let open: BTreeMap<usize, bool> = cell_formats
        .split("<xf ")
        .skip(1)
        .map(|format| format.contains("locked=\"0\""))
        .enumerate()
        .collect();
    let sheet = part(bytes, sheet);
    let attribute = |cell: &str, name: &str| {
        let rest = cell.split(&format!("{name}=\"")).nth(1)?;
        Some(rest.split('"').next()?.to_owned())
    };
    sheet
        .split("<c ")
        .skip(1)
        .filter(|cell| {
            let cell = cell.split('>').next().unwrap();
            let style = attribute(cell, "s").map_or(0, |style| style.parse().unwrap());
            open.get(&style).copied().unwrap_or_default()
        })
        .map(|cell| attribute(cell, "r").unwrap())
        .collect()
}
