use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use ykien_domain::Reason;
use ykien_domain::model::Comment;
use ykien_domain::query::Group;
use ykien_domain::words::Status;

use super::*;
use crate::package::Package;
use crate::records::sample::{Sample, sorted};

const VIETNAMESE: [(Group, &str); 4] = [
    (Group::Section, "Theo mục"),
    (Group::Status, "Theo trạng thái"),
    (Group::Responsible, "Theo CQ chịu trách nhiệm"),
    (Group::Agency, "Theo cơ quan góp ý"),
];

fn written(sample: &mut Sample, language: Language) -> Vec<u8> {
    let snapshot = sample.snapshot.clone();
    let mut bytes = Vec::new();
    write(&snapshot, sample, language, &mut bytes).unwrap();
    bytes
}

fn opened(bytes: &[u8]) -> Xlsx<Cursor<&[u8]>> {
    Xlsx::new(Cursor::new(bytes)).unwrap()
}

/// The columns whose texts may be longer than a cell.
const LONG: [&str; 5] = [
    "Nội dung được trích dẫn hoặc còn thiếu",
    "Tiêu đề",
    "Nội dung góp ý",
    "Đề xuất sửa đổi",
    "Tiếp thu, giải trình",
];

/// What formulas look at: a row that goes on is not counted.
const KEYS: [&str; 4] = ["section", "status", "agency", "responsible"];

/// A comment as a sheet shows it: what stands in each column, rows that go on put together.
type Shown = BTreeMap<String, String>;

fn shown(sheet: &Range<Data>) -> Vec<Shown> {
    let mut rows = sheet.rows();
    let header: Vec<String> = rows.next().unwrap().iter().map(ToString::to_string).collect();
    let mut comments: Vec<Shown> = Vec::new();
    for row in rows {
        let cells = header.iter().cloned().zip(row.iter().map(ToString::to_string));
        if row[2] == Data::Empty {
            comments.push(cells.collect());
            continue;
        }
        let above = comments.last_mut().unwrap();
        assert_eq!(row[1].to_string(), above["Số"]);
        for (name, cell) in cells.filter(|(name, _)| name != "Tiếp theo") {
            let whole = above.get_mut(&name).unwrap();
            if LONG.contains(&name.as_str()) {
                whole.push_str(&cell);
            } else if KEYS.contains(&name.as_str()) {
                assert_eq!(cell, "", "{name}");
            } else {
                assert_eq!(*whole, cell, "{name}");
            }
        }
    }
    comments
}

fn expected(comment: &Comment) -> Vec<(&'static str, String)> {
    let content = comment.content.clone();
    vec![
        ("Số", comment.number.to_string()),
        ("Mã cơ quan", comment.agency.to_string()),
        ("Nội dung được trích dẫn hoặc còn thiếu", content.anchor.quote),
        ("Tiêu đề", content.title),
        ("Nội dung góp ý", content.text),
        ("Đề xuất sửa đổi", content.proposed_change),
        ("Trạng thái", Language::Vietnamese.status(comment.status).to_owned()),
        ("Tiếp thu, giải trình", comment.decision.clone().map(|made| made.explanation).unwrap_or_default()),
        ("Thời điểm nhận", comment.created_at.to_string()),
    ]
}

#[test]
fn every_comment_stands_once_in_every_view_in_its_order_with_its_exact_texts() {
    let long = "Đề nghị rà soát số liệu. ".repeat(1_600);
    let solid = "ế".repeat(70_000);
    for mut sample in [Sample::new(), Sample::of(&[&long, "=ngắn", &solid])] {
        let bytes = written(&mut sample, Language::Vietnamese);
        let mut book = opened(&bytes);
        let names: Vec<_> = VIETNAMESE.iter().map(|(_, name)| *name).collect();
        assert_eq!(book.sheet_names(), [["Tổng số"].as_slice(), &names].concat());
        for (group, name) in VIETNAMESE {
            let comments = shown(&book.worksheet_range(name).unwrap());
            let sorted = sorted(&sample, group);
            assert_eq!(comments.len(), sorted.len());
            for (shown, comment) in comments.iter().zip(&sorted) {
                for (column, text) in expected(comment) {
                    assert!(shown[column] == text, "{name}, {column} of {}", comment.number);
                }
            }
            assert!(book.worksheet_formula(name).unwrap().used_cells().next().is_none());
        }
    }
}

#[test]
fn a_section_stands_with_those_above_it_and_equal_short_names_stay() {
    let bytes = written(&mut Sample::new(), Language::Vietnamese);
    let comments = shown(&opened(&bytes).worksheet_range("Theo mục").unwrap());
    let sections: Vec<_> = comments.iter().map(|comment| comment["Mục"].as_str()).collect();
    for path in [
        "Toàn văn dự thảo",
        "IV. Tồn tại, hạn chế",
        "IV. Tồn tại, hạn chế › 1. Nguyên nhân",
        "Phụ lục",
        "IV. Tồn tại, hạn chế › 2. Mục đã bỏ (đã bỏ)",
    ] {
        assert!(sections.contains(&path), "{path}");
    }
    assert!(comments.iter().any(|comment| comment["Cơ quan góp ý"] == "=Sở Tài chính"));
    assert!(comments.iter().any(|comment| comment["Cơ quan góp ý"] == "h37.1"));
}

/// What a cell holds, as a criterion compares it.
fn compared(cell: Option<&Data>) -> String {
    cell.map(ToString::to_string).unwrap_or_default()
}

/// `$W$12` as column and row from 0.
fn place(name: &str) -> (u32, u32) {
    let (column, row) = name.trim_start_matches('$').split_once('$').unwrap();
    let column = column.bytes().fold(0, |column, letter| column * 26 + u32::from(letter - b'A') + 1) - 1;
    (row.parse::<u32>().unwrap() - 1, column)
}

/// The cells of `$C$12:$C$15`, or of the same on the sheet by section.
fn cells(range: &str, totals: &Range<Data>, view: &Range<Data>) -> Vec<String> {
    let (sheet, range) = match range.strip_prefix("'Theo mục'!") {
        Some(range) => (view, range),
        None => (totals, range),
    };
    let (from, to) = range.split_once(':').unwrap();
    let ((first, column), (last, _)) = (place(from), place(to));
    (first..=last).map(|row| compared(sheet.get_value((row, column)))).collect()
}

/// What a formula of the totals gives, calculated anew.
fn calculated(formula: &str, totals: &Range<Data>, view: &Range<Data>) -> usize {
    let (function, rest) = formula.split_once('(').unwrap();
    let arguments: Vec<_> = rest.strip_suffix(')').unwrap().split(',').collect();
    let column = |range: &str| cells(range, totals, view);
    match function {
        "COUNT" => column(arguments[0]).iter().filter(|cell| cell.parse::<f64>().is_ok()).count(),
        "SUM" => column(arguments[0]).iter().filter_map(|cell| cell.parse::<usize>().ok()).sum(),
        "COUNTIF" | "COUNTIFS" => {
            let pairs: Vec<_> = arguments
                .chunks(2)
                .map(|pair| {
                    let wanted = match pair[1].strip_prefix('"') {
                        Some(word) => word.trim_end_matches('"').to_owned(),
                        None => compared(totals.get_value(place(pair[1]))),
                    };
                    (column(pair[0]), wanted)
                })
                .collect();
            (0..pairs[0].0.len())
                .filter(|row| pairs.iter().all(|(cells, wanted)| cells[*row] == *wanted))
                .count()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn every_total_is_a_formula_whose_result_stands_in_the_file_and_is_right() {
    let long = "Đề nghị rà soát số liệu. ".repeat(1_600);
    for mut sample in [Sample::new(), Sample::of(&[&long, "ngắn"])] {
        let bytes = written(&mut sample, Language::Vietnamese);
        let mut book = opened(&bytes);
        let totals = book.worksheet_range("Tổng số").unwrap();
        let formulas = book.worksheet_formula("Tổng số").unwrap();
        let view = book.worksheet_range("Theo mục").unwrap();
        let (first_row, first_column) = formulas.start().unwrap();
        let mut checked = 0;
        for (row, column, formula) in formulas.used_cells() {
            let (row, column) = (first_row + row as u32, first_column + column as u32);
            let result = totals.get_value((row, column)).unwrap();
            if formula.starts_with("IF(") {
                assert_eq!(*result, Data::String("Khớp: tổng = 45".into()));
                continue;
            }
            let calculated = calculated(formula, &totals, &view);
            assert_eq!(compared(Some(result)), calculated.to_string(), "{formula}");
            checked += 1;
        }
        // The total; statuses; 3 responsible agencies, 5 agencies, 5 sections with each status; the sums.
        assert_eq!(checked, 1 + 5 + 1 + (3 + 5 + 5) * 6 + 3 * 6);
        let numbers = totals.rows().flat_map(|row| &row[2..8]);
        assert_eq!(numbers.filter(|cell| matches!(cell, Data::Float(_) | Data::Int(_))).count(), checked);
    }
}

/// The rows of a table of the totals.
fn table<'a>(rows: &'a [Vec<String>], title: &'a str) -> impl Iterator<Item = &'a Vec<String>> {
    rows.iter()
        .skip_while(move |row| row[0] != title || row[2] != "Số ý kiến")
        .skip(1)
        .take_while(|row| row[0] != "Cộng")
}

#[test]
fn totals_are_those_of_the_snapshot() {
    let mut sample = Sample::new();
    let bytes = written(&mut sample, Language::Vietnamese);
    let totals = opened(&bytes).worksheet_range("Tổng số").unwrap();
    let count = |takes: &dyn Fn(&Comment) -> bool| {
        sample.comments.iter().filter(|comment| takes(comment)).count().to_string()
    };
    let rows: Vec<Vec<String>> =
        totals.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    for row in table(&rows, "Trạng thái") {
        assert_eq!(row[2], count(&|comment| comment.status.as_str() == row[8]));
        assert!(Status::ALL.iter().any(|status| Language::Vietnamese.status(*status) == row[0]));
    }
    type Of = fn(&Comment) -> String;
    let tables: [(&str, usize, Of); 3] = [
        ("Cơ quan chịu trách nhiệm", 1, |comment| comment.responsible.to_string()),
        ("Cơ quan góp ý", 1, |comment| comment.agency.to_string()),
        ("Mục", 8, |comment| comment.content.anchor.section.to_string()),
    ];
    for (title, key, of) in tables {
        assert!(table(&rows, title).count() > 2, "{title}");
        for row in table(&rows, title) {
            assert_eq!(row[2], count(&|comment| of(comment) == row[key]), "{row:?}");
            for (status, cell) in Status::ALL.iter().zip(&row[3..]) {
                let found = count(&|comment| of(comment) == row[key] && comment.status == *status);
                assert_eq!(*cell, found, "{row:?}");
            }
        }
    }
}

#[test]
fn the_first_sheet_says_which_state_of_which_draft_this_is() {
    let bytes = written(&mut Sample::new(), Language::English);
    let mut book = opened(&bytes);
    assert_eq!(
        book.sheet_names(),
        ["Totals", "By section", "By status", "By responsible agency", "By agency"]
    );
    let totals = book.worksheet_range("Totals").unwrap();
    let said: Vec<_> = totals.rows().take(6).map(|row| (row[0].to_string(), row[1].to_string())).collect();
    let said: Vec<_> = said.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        said[1..],
        [
            ("Draft", "Báo cáo 10 năm thực hiện Nghị quyết 20-NQ/TU & nông thôn mới"),
            ("Draft id", "nq20"),
            ("Version", "2"),
            ("Revision", "215"),
            ("As of", "2020-07-22T08:00:00.000045Z"),
        ]
    );
}

#[test]
fn the_same_snapshot_gives_the_same_bytes() {
    assert!(written(&mut Sample::new(), Language::English) == written(&mut Sample::new(), Language::English));
}

#[test]
fn sheets_can_be_filtered_and_printed_and_say_which_state_they_show() {
    let bytes = written(&mut Sample::new(), Language::English);
    let mut package = Package::open("file", &bytes).unwrap();
    for sheet in 2..=5 {
        let xml = package.xml(&format!("xl/worksheets/sheet{sheet}.xml")).unwrap().unwrap();
        for part in [
            r#"<autoFilter ref="A1:V46"/>"#,
            r#"<pane xSplit="3" ySplit="1" topLeftCell="D2" activePane="bottomRight" state="frozen"/>"#,
            r#"<pageSetup paperSize="9" fitToHeight="0" orientation="landscape""#,
            "<oddFooter>&amp;Lnq20 · revision 215&amp;C&amp;P/&amp;N&amp;Ras of 2020-07-22T08:00:00.000045Z</oddFooter>",
        ] {
            assert!(xml.contains(part), "sheet {sheet} without {part}");
        }
        assert_eq!(xml.contains(r#"hidden="1""#), sheet == 2);
    }
    let book = package.xml("xl/workbook.xml").unwrap().unwrap();
    assert!(book.contains(r"'By status'!$1:$1</definedName>"));
    assert!(book.contains(r"'By status'!$A$1:$K$46</definedName>"));
    let core = package.xml("docProps/core.xml").unwrap().unwrap();
    assert!(core.contains(">2020-07-22T08:00:00Z</dcterms:created>"));
}

#[test]
fn a_draft_without_comments_has_its_sheets() {
    let mut sample = Sample::new();
    sample.comments.clear();
    sample.snapshot.counts.clear();
    let bytes = written(&mut sample, Language::Vietnamese);
    let mut book = opened(&bytes);
    assert_eq!(book.worksheet_range("Theo mục").unwrap().height(), 1);
    let totals = book.worksheet_range("Tổng số").unwrap();
    assert!(totals.rows().any(|row| row[0] == Data::String("Khớp: tổng = 0".into())));
}

#[test]
fn a_comment_that_is_missing_is_an_error() {
    let mut sample = Sample::new();
    sample.comments.pop();
    let snapshot = sample.snapshot.clone();
    let error = write(&snapshot, &mut sample, Language::English, &mut Vec::new()).unwrap_err();
    assert_eq!(error.reason, Reason::Internal);
    assert_eq!(error.message, "44 comments were listed where 45 were counted");
}

#[test]
fn more_comments_than_a_sheet_has_rows_are_refused_before_they_are_read() {
    struct Unread;
    impl Comments for Unread {
        fn collect(&mut self, _: Group) -> Result<Box<dyn Iterator<Item = Result<Comment>> + '_>> {
            panic!("read")
        }
    }
    let mut snapshot = Sample::new().snapshot;
    snapshot.counts[0].count = i64::from(MAX_ROWS);
    let error = write(&snapshot, &mut Unread, Language::English, &mut Vec::new()).unwrap_err();
    assert_eq!(error.reason, Reason::LimitExceeded);
    assert!(error.message.contains("1048576"));
}

#[test]
fn what_fails_while_reading_or_writing_is_told() {
    struct Broken;
    impl Comments for Broken {
        fn collect(&mut self, _: Group) -> Result<Box<dyn Iterator<Item = Result<Comment>> + '_>> {
            Ok(Box::new(std::iter::once(Err(Error::new(Reason::Unavailable, "gone")))))
        }
    }
    let mut sample = Sample::new();
    let snapshot = sample.snapshot.clone();
    let error = write(&snapshot, &mut Broken, Language::English, &mut Vec::new()).unwrap_err();
    assert_eq!(error.reason, Reason::Unavailable);
    let mut full = Cursor::new([0_u8; 100]);
    let error =
        write(&snapshot, &mut sample, Language::English, &mut full.get_mut().as_mut_slice()).unwrap_err();
    assert_eq!(error.reason, Reason::Internal);
}
