use std::collections::BTreeMap;

use ykien_domain::Result;
use ykien_domain::ids::{AgencyCode, ClientId, DraftId, ROOT, SectionId};
use ykien_domain::model::{
    Agency, Anchor, Comment, Content, Decision, Draft, KindOrGeneral, Section, Source,
};
use ykien_domain::time::Timestamp;
use ykien_domain::words::{AgencyKind, AnchorKind, Channel, Kind, Outcome, Status};

use super::clause::Clauses;
use super::header::Layout;
use super::*;
use crate::grid::{self, Grid, Row};
use crate::layout::{Canvas, Cell, Orientation, Pages, Paragraph, Table};
use crate::snapshot::Snapshot;
use crate::words::Language;

fn sections() -> Vec<Section> {
    let section = |id, parent, label: &str, heading: &str| Section {
        id,
        parent: Some(parent),
        label: label.to_owned(),
        heading: heading.to_owned(),
        ..Section::default()
    };
    let root = Section { heading: "Báo cáo".to_owned(), ..Section::default() };
    let removed = Section { removed: true, ..section(17, 0, "IX", "Bị bỏ") };
    vec![
        root,
        section(1, 0, "IV", "Đánh giá"),
        section(2, 1, "1", "Kết quả"),
        section(3, 1, "2", "Hạn chế"),
        section(4, 0, "V", "Phương hướng"),
        section(5, 4, "1", "Mục tiêu"),
        section(6, 0, "Chương I", "Quy định chung"),
        section(7, 6, "Điều 7", "Xây dựng nông thôn mới"),
        section(8, 7, "2", ""),
        section(9, 8, "a)", ""),
        section(10, 0, "5", "Requirements"),
        section(11, 10, "5.2", "Scope"),
        section(12, 11, "5.2.1", "General"),
        section(13, 0, "", "Phụ lục biểu số liệu"),
        section(14, 0, "6", "Terms"),
        section(15, 0, "Annex A", "Twice"),
        section(16, 0, "Annex A", "Again"),
        removed,
    ]
}

fn content(section: SectionId, kind: AnchorKind, quote: &str, text: &str) -> Content {
    Content {
        anchor: Anchor { kind, section, quote: quote.to_owned() },
        text: text.to_owned(),
        ..Content::default()
    }
}

/// Contents that are hard to write: each must come back as it was.
fn contents() -> Vec<Content> {
    let mut all = vec![
        content(ROOT, AnchorKind::Document, "", "Nhất trí với dự thảo"),
        content(11, AnchorKind::Section, "", "=SUM(A1)\n+84\t-1 @x"),
        content(3, AnchorKind::Quote, "năm \"hạn chế\" “lớn”", "Cần nêu đủ"),
        content(4, AnchorKind::Missing, "mục tiêu 2021-2025", "Bổ sung"),
        content(ROOT, AnchorKind::Missing, "Phụ lục: III", "Bổ sung"),
        content(9, AnchorKind::Section, "", "[line 17; Table 1] Số liệu sai"),
        content(8, AnchorKind::Section, "", "[line 17]"),
        content(7, AnchorKind::Section, "", "[Biểu 2] Số liệu sai"),
        content(7, AnchorKind::Section, "", "[“trích”]  hai dấu cách"),
        content(ROOT, AnchorKind::Document, "", "[a]b"),
        content(ROOT, AnchorKind::Document, "", "[line ; x] y"),
        content(ROOT, AnchorKind::Document, "", "[chưa đóng"),
        content(5, AnchorKind::Quote, "x", "[line 3; Table 9] y"),
        content(13, AnchorKind::Section, "", "Title: không phải tiêu đề"),
        content(13, AnchorKind::Section, "", "Tiêu đề:\nkhông phải tiêu đề"),
        content(15, AnchorKind::Section, "", "một trong hai mục cùng tên"),
        content(17, AnchorKind::Section, "", "mục đã bị bỏ"),
        content(14, AnchorKind::Section, "", "_x000D_ & <b> ]]> ế\u{10ffff}"),
        content(14, AnchorKind::Section, "", "…"),
        content(14, AnchorKind::Section, "", &"Rất dài, không cắt. 𝟏\n".repeat(2_270)),
    ];
    all.push(Content { title: "Tên".into(), ..content(2, AnchorKind::Section, "", "Title: hai") });
    all.push(Content { title: "Chỉ có tên".into(), ..content(2, AnchorKind::Section, "", "") });
    let change = "Sửa thành: \"…\"".to_owned();
    all.push(Content { proposed_change: change, ..content(2, AnchorKind::Section, "", "") });
    for kind in Kind::ALL {
        let opinion = content(ROOT, AnchorKind::Document, "", kind.as_str());
        all.push(Content { kind: KindOrGeneral(*kind), ..opinion });
    }
    all.into_iter().map(|content| content.checked().unwrap()).collect()
}

fn snapshot() -> Snapshot {
    let code = |text: &str| AgencyCode::stored(text.to_owned());
    let agency = |text: &str, short: &str| Agency {
        code: code(text),
        name: format!("Tên đầy đủ của {short}"),
        short_name: short.to_owned(),
        name_en: String::new(),
        kind: AgencyKind::ALL[0],
        active: true,
        succeeded_by: None,
        changed: 1,
    };
    let agencies = [agency("H37.01", "Sở TC"), agency("H37.02", "UBND"), agency("H37.03", "UBND")];
    Snapshot {
        draft: Draft {
            id: DraftId::stored("nq20".to_owned()),
            title: "Báo cáo 10 năm".to_owned(),
            summary: String::new(),
            drafting_agency: code("H37.01"),
            version: 2,
            revision: 41,
            comment_count: 3,
            created_at: Timestamp(0),
            changed: 1,
        },
        revision: 41,
        sections: sections(),
        agencies: agencies
            .into_iter()
            .map(|agency| (agency.code.clone(), agency))
            .collect::<BTreeMap<_, _>>(),
        progress: None,
        directives: Vec::new(),
        counts: Vec::new(),
    }
}

fn comment(number: i64, agency: &str, content: Content) -> Comment {
    let agency = AgencyCode::stored(agency.to_owned());
    Comment {
        draft: DraftId::stored("nq20".to_owned()),
        number,
        round: 1,
        agency: agency.clone(),
        content,
        channel: Channel::Written,
        speaker: String::new(),
        status: Status::Pending,
        late: false,
        decision: None,
        assigned: None,
        responsible: agency,
        response: None,
        source: Source::default(),
        version: 2,
        created_at: Timestamp(0),
        updated_at: Timestamp(0),
        changed: 1,
        written_at: Timestamp(0),
        written: 1,
    }
}

fn decided(mut comment: Comment, outcome: Outcome, explanation: &str) -> Comment {
    comment.status = outcome.status();
    comment.decision = Some(Decision {
        outcome,
        explanation: explanation.to_owned(),
        agency: comment.agency.clone(),
        client: ClientId::stored("c".to_owned()),
        decided_at: Timestamp(0),
        published: true,
        implemented_in: None,
    });
    comment
}

fn comments() -> Vec<Comment> {
    (1..).zip(contents()).map(|(number, content)| comment(number, "H37.01", content)).collect()
}

fn workbook(comments: Vec<Comment>, language: Language) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_xlsx(&snapshot(), comments.into_iter().map(Ok), language, &mut bytes).unwrap();
    bytes
}

/// A canvas that keeps the table's cells, as they are read from a Word document.
#[derive(Default)]
struct Kept {
    pages: Vec<Pages>,
    header: usize,
    columns: usize,
    grid: Grid,
    around: Vec<String>,
}

fn text(paragraphs: &[Paragraph]) -> String {
    let lines = paragraphs
        .iter()
        .map(|paragraph| paragraph.runs.iter().map(|run| run.text.as_str()).collect::<String>());
    lines.collect::<Vec<_>>().join("\n")
}

impl Canvas for Kept {
    fn pages(&mut self, pages: &Pages) -> Result<()> {
        self.pages.push(pages.clone());
        Ok(())
    }

    fn paragraph(&mut self, paragraph: &Paragraph) -> Result<()> {
        self.around.push(text(std::slice::from_ref(paragraph)));
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<()> {
        self.header = table.header.len();
        self.columns = table.columns.len();
        table.header.iter().try_for_each(|row| self.row(row))
    }

    fn row(&mut self, cells: &[Cell]) -> Result<()> {
        let mut row = Row { number: self.grid.rows.len() as u32 + 1, cells: Vec::new() };
        for cell in cells {
            row.cells.push(text(&cell.paragraphs));
            row.cells.extend((1..cell.span).map(|_| String::new()));
        }
        assert_eq!(row.cells.len(), self.columns);
        self.grid.rows.push(row);
        Ok(())
    }

    fn end_table(&mut self) -> Result<()> {
        Ok(())
    }
}

fn drawn(comments: Vec<Comment>, language: Language) -> Kept {
    let mut kept = Kept::default();
    draw(&snapshot(), comments.into_iter().map(Ok), language, &mut kept).unwrap();
    kept
}

fn table(rows: &[&[&str]]) -> Vec<Grid> {
    let rows = (1..)
        .zip(rows)
        .map(|(number, cells)| Row { number, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() });
    vec![Grid { name: "1".to_owned(), rows: rows.collect() }]
}

/// The header of the form of 2012, as a word processor gives its text.
const HEADER: &[&str] = &[
    "MB/NC1",
    "Line number\n(e.g. 17)",
    "Clause/ Subclause\n(e.g. 3.1)",
    "Paragraph/ Figure/ Table/\n(e.g. Table 1)",
    "Type of comment2",
    "Comments",
    "Proposed change",
    "Observations of the secretariat",
];

fn contents_of(form: Form) -> Vec<Content> {
    assert_eq!(form.refused, []);
    form.rows.into_iter().map(|row| row.content).collect()
}

#[test]
fn what_is_written_as_a_workbook_is_read_back_as_the_same_content() {
    for language in Language::ALL {
        let bytes = workbook(comments(), language);
        let grids = grid::read("file", &bytes).unwrap();
        assert!(is_form(&grids));
        let form = read(&grids, &sections()).unwrap();
        assert!(form.rows.iter().all(|row| row.member == "Sở TC" && row.observation.is_empty()));
        assert_eq!(contents_of(form), contents());
        assert_eq!(bytes, workbook(comments(), language), "the same bytes");
    }
}

#[test]
fn what_is_drawn_is_read_back_as_the_same_content_on_landscape_pages_with_a_header() {
    for language in Language::ALL {
        let kept = drawn(comments(), language);
        assert_eq!((kept.pages.len(), kept.pages[0].orientation), (1, Orientation::Landscape));
        assert!(kept.pages[0].footer.contains("nq20") && kept.pages[0].footer.ends_with("41"));
        assert_eq!(kept.header, 2);
        let fields = kept.grid.rows[0].cells.join("|");
        for field in ["Date", "Document", "Báo cáo 10 năm", "41", "Project", "nq20"] {
            assert!(fields.contains(field), "{field} in {fields}");
        }
        assert!(kept.around[0].contains("ge = "));
        assert_eq!(contents_of(read(&[kept.grid], &sections()).unwrap()), contents());
    }
}

#[test]
fn members_are_short_names_unless_two_share_one_and_observations_are_decisions() {
    let opinion = || content(ROOT, AnchorKind::Document, "", "x");
    let withdrawn = Comment { status: Status::Withdrawn, ..comment(5, "H99", opinion()) };
    let all = vec![
        comment(1, "H37.01", opinion()),
        decided(comment(2, "H37.02", opinion()), Outcome::Accepted, ""),
        decided(comment(3, "H37.03", opinion()), Outcome::Rejected, "Không có căn cứ.\nGiữ nguyên."),
        withdrawn,
    ];
    let grids = grid::read("file", &workbook(all, Language::Vietnamese)).unwrap();
    let form = read(&grids, &sections()).unwrap();
    let found: Vec<_> = form.rows.iter().map(|row| (row.member.as_str(), row.observation.as_str())).collect();
    let rejected = "Không tiếp thu\nKhông có căn cứ.\nGiữ nguyên.";
    assert_eq!(found, [("Sở TC", ""), ("H37.02", "Tiếp thu"), ("H37.03", rejected), ("H99", "Đã rút")]);
}

#[test]
fn a_comment_that_fails_ends_the_writing() {
    let error = || Err(ykien_domain::Error::new(ykien_domain::Reason::Unavailable, "gone"));
    assert!(write_xlsx(&snapshot(), [error()], Language::English, Vec::new()).is_err());
    assert!(draw(&snapshot(), [error()], Language::English, &mut Kept::default()).is_err());
}

#[test]
fn the_form_of_2012_is_read_and_nothing_of_a_row_is_lost() {
    let grids = table(&[
        &["Template for comments", "", "", "", "", "Date: 2020-07-24", "Document: x", "Project: y"],
        HEADER,
        &["VN", "17", "5.2", "Table 1", "te", "Số liệu sai", "Sửa", "Accepted"],
        &["VN", "", "", "", "", "", "", ""],
        &["VN", "", "", "", "ge", "Đồng ý"],
        HEADER,
        &["VN", "lines 3-5", "Điều 7", "\"nông thôn\"", "ed", "", "thôn"],
        &["VN", "", "", "“nông thôn”", "TE/ed", "Chưa rõ"],
    ]);
    assert!(is_form(&grids));
    let form = read(&grids, &sections()).unwrap();
    assert_eq!(form.refused, []);
    let [first, second, third, fourth] = form.rows.as_slice() else { panic!("{:?}", form.rows) };
    assert_eq!((first.row, first.sheet.as_str(), first.member.as_str()), (3, "1", "VN"));
    assert_eq!(first.observation, "Accepted");
    assert_eq!(first.content.text, "[line 17; Table 1] Số liệu sai");
    assert_eq!(first.content.proposed_change, "Sửa");
    assert_eq!(first.content.kind.0, Kind::Technical);
    assert_eq!((first.content.anchor.kind, first.content.anchor.section), (AnchorKind::Section, 11));
    assert_eq!((second.row, second.content.anchor.kind), (5, AnchorKind::Document));
    assert_eq!(
        (third.content.anchor.kind, third.content.anchor.quote.as_str()),
        (AnchorKind::Quote, "nông thôn")
    );
    assert_eq!(third.content.text, "[line lines 3-5]");
    assert_eq!(
        (fourth.content.text.as_str(), fourth.content.kind.0),
        ("[“nông thôn”] Chưa rõ", Kind::Technical)
    );
}

#[test]
fn the_form_of_2001_and_a_table_whose_header_is_in_the_head_of_the_page_are_forms() {
    let header = [
        "MB1",
        "Clause No./\nSubclause No./\nAnnex\n(e.g. 3.1)",
        "Paragraph/\nFigure/Table/\nNote\n(e.g. Table 1)",
        "Type of com-\nment2",
        "Comment (justification for change) by the MB",
        "Proposed change by the MB",
        "Secretariat observations\non each comment submitted",
    ];
    let row: &[&str] = &["VN", "6", "Table 1", "te", "Sai", "Sửa"];
    // A hyphen at the end of a line is no part of the word in every copy of the form.
    let mut whole = header;
    whole[3] = "Type of comment2";
    let standard: &[&str] = &["VN", "", "6", "Table 1", "te", "Sai", "Sửa"];
    for grids in [table(&[&whole, row]), table(&[row]), table(&[standard, &["", "", "", "", "", "Tiếp"]])] {
        assert!(is_form(&grids));
        let form = read(&grids, &sections()).unwrap();
        assert_eq!(form.rows[0].content.text, "[Table 1] Sai");
        assert_eq!(form.rows[0].content.anchor.section, 14);
    }
    // The empty form of Word, a list of sections, a sheet of ykien's own
    for grids in [
        table(&[&[], &[]]),
        table(&[&["Mục", "Nội dung"], &["1", "te"]]),
        table(&[
            &["Mục / Section", "Loại / Kind", "Ý kiến / Comment", "Đề nghị / Proposed change"],
            &["IV", "ge", "x"],
        ]),
        Vec::new(),
    ] {
        assert!(!is_form(&grids), "{grids:?}");
        assert_eq!(read(&grids, &sections()).unwrap_err().violations[0].field, "file");
    }
}

#[test]
fn headings_are_known_in_any_order_and_others_are_left_alone() {
    let row =
        |cells: &[&str]| Row { number: 1, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() };
    let found =
        Layout::of_header(&row(&["#", "Proposed change", "COMMENTS", "type of  comment", "clause"])).unwrap();
    let columns =
        [Column::Change, Column::Comments, Column::Kind, Column::Clause].map(|column| found.at(column));
    assert_eq!(columns, [Some(1), Some(2), Some(3), Some(4)]);
    assert_eq!((found.at(Column::Member), found.at(Column::Line)), (None, None));
    assert!(Layout::of_header(&row(&["Comments", "Proposed change", "Type of comment"])).is_none());
}

#[test]
fn a_clause_is_found_as_people_cite_it_and_never_guessed() {
    let sections = sections();
    let clauses = Clauses::new(&sections);
    let table: &[(&str, Option<SectionId>)] = &[
        ("", Some(ROOT)),
        ("  ", Some(ROOT)),
        ("All", Some(ROOT)),
        ("Toàn bộ dự thảo", Some(ROOT)),
        ("-", Some(ROOT)),
        // The heading of 5.2.1 is "General"
        ("General", None),
        ("IV", Some(1)),
        ("iv.", Some(1)),
        ("Mục IV", Some(1)),
        ("IV. Đánh giá", Some(1)),
        ("đánh giá", Some(1)),
        ("IV/1", Some(2)),
        ("IV.1", Some(2)),
        ("V > 1", Some(5)),
        ("Mục tiêu", Some(5)),
        // in IV and in V
        ("1", None),
        ("Điều 7", Some(7)),
        ("điều 7.", Some(7)),
        ("7", Some(7)),
        ("Chương I/Điều 7", Some(7)),
        ("Điều 7/2", Some(8)),
        ("Điều 7.2", Some(8)),
        ("khoản 2 Điều 7", Some(8)),
        ("Điều 7, khoản 2", Some(8)),
        ("điểm a khoản 2 Điều 7", Some(9)),
        ("Điểm a), khoản 2, Điều 7 Chương I", Some(9)),
        ("khoản 3 Điều 7", None),
        ("Mục 7", None),
        ("5.2", Some(11)),
        ("Clause 5.2", Some(11)),
        ("Subclause 5.2.1", Some(12)),
        ("5.2 Scope", Some(11)),
        ("5.20", None),
        ("5.3", None),
        ("Phụ lục biểu số liệu", Some(13)),
        ("Annex A", None),
        ("Annex A [#16]", Some(16)),
        ("anything [#17]", Some(17)),
        ("IV [#99]", None),
        ("IX", None),
        ("2020-02-05", None),
    ];
    for (cited, expected) in table {
        assert_eq!(clauses.find(cited).ok(), *expected, "{cited:?}: {:?}", clauses.find(cited));
    }
    for section in &sections {
        assert_eq!(clauses.find(&clauses.cite(section.id)), Ok(section.id), "{}", clauses.cite(section.id));
    }
    let cited = [1, 2, 8, 9, 11, 13, 15, 17].map(|id| clauses.cite(id));
    assert_eq!(
        cited,
        [
            "IV",
            "IV/1",
            "Chương I/Điều 7/2",
            "Chương I/Điều 7/2/a",
            "5.2",
            "Phụ lục biểu số liệu",
            "Annex A Twice",
            "IX [#17]"
        ]
    );
}

#[test]
fn a_type_is_the_first_of_those_given_and_an_unknown_one_is_refused() {
    let table = [
        ("", Some(Kind::General)),
        ("ge", Some(Kind::General)),
        (" TE ", Some(Kind::Technical)),
        ("ed.", Some(Kind::Editorial)),
        ("te/ed", Some(Kind::Technical)),
        ("ed, te", Some(Kind::Editorial)),
        ("Editorial", Some(Kind::Editorial)),
        ("te (Nội dung)", Some(Kind::Substantive)),
        ("ge (Question)", Some(Kind::Question)),
        ("Câu hỏi", Some(Kind::Question)),
        ("tech", Some(Kind::Technical)),
        ("x", None),
        ("?te", Some(Kind::Technical)),
        ("major", None),
    ];
    for (cell, expected) in table {
        assert_eq!(super::cells::kind(cell).ok(), expected, "{cell:?}");
    }
}

#[test]
fn every_cell_at_fault_is_named_and_the_other_rows_are_taken() {
    let long = "ế".repeat(50_001);
    let grids = table(&[
        HEADER,
        &["VN", "", "9.9", "", "xx", "Sai"],
        &["VN", "1", "6", "", "te"],
        &["VN", "", "6", "", "te", &long],
        &["VN", "", "6", "", "te", "x", "a\u{7}b"],
        &["A comment that somebody wrote into the first column by mistake"],
        &["VN", "", "6", "", "te", "Đúng"],
    ]);
    let form = read(&grids, &sections()).unwrap();
    assert_eq!(form.rows.iter().map(|row| row.row).collect::<Vec<_>>(), [7]);
    let cells: Vec<_> = form.refused.iter().map(|refused| refused.cell.as_str()).collect();
    assert_eq!(cells, ["C2", "E2", "F3", "F4", "G5", "F6"]);
    assert!(form.refused[0].reason.contains("no section"), "{:?}", form.refused[0]);
    assert!(form.refused[3].reason.contains("50000 characters, is 50001"), "{:?}", form.refused[3]);
    assert!(form.refused.iter().all(|refused| refused.sheet == "1" && refused.reason.len() < 200));
}

#[test]
fn a_row_has_the_same_key_however_often_the_file_comes() {
    let rows: &[&[&str]] = &[
        HEADER,
        &["VN", "", "6", "", "te", "Sai"],
        &["VN", "", "6", "", "te", "Sai"],
        &["LA", "", "6", "", "te", "Sai"],
        &["VN", "", "6", "", "te", "Sai", "Sửa"],
        &["VN", "", "zz", "", "te", "Sai"],
    ];
    let keys = |rows: &[&[&str]]| -> Vec<String> {
        read(&table(rows), &sections()).unwrap().rows.into_iter().map(|row| row.key).collect()
    };
    let first = keys(rows);
    assert_eq!(first, keys(rows));
    assert!(first.iter().all(|key| key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit())));
    let distinct: std::collections::BTreeSet<_> = first.iter().collect();
    assert_eq!(distinct.len(), 4);
    // The file comes again, corrected and with an observation: what was right keeps its key.
    let mut corrected = rows.to_vec();
    corrected[1] = &["VN", "", "6.", "", "TE", "Sai", "", "Noted"];
    corrected[5] = &["VN", "", "5", "", "te", "Sai"];
    let second = keys(&corrected);
    assert_eq!((&second[..4], second.len()), (&first[..], 5));
}

#[test]
fn a_csv_of_the_form_is_read_like_a_workbook() {
    let csv = "MB/NC;Line number;Clause/Subclause;Paragraph/Figure/Table;Type of comment;Comments;Proposed change;Observations of the secretariat\r\nVN;;IV.1;;ge;\"Một\r\nhai\";;\r\n";
    let form = read(&grid::read("file", csv.as_bytes()).unwrap(), &sections()).unwrap();
    assert_eq!(form.rows[0].content, content(2, AnchorKind::Section, "", "Một\nhai"));
}
