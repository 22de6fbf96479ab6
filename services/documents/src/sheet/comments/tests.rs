use ykien_domain::ids::{AgencyCode, RoundNumber};
use ykien_domain::model::Content;
use ykien_domain::words::{AnchorKind, Kind};

use super::*;
use crate::grid::Grid;
use crate::package::Package;
use crate::sheet::sample::{Wrong, code, comment, fill, grids, part, sections, snapshot, typed, unlocked};
use crate::snapshot::Snapshot;

const SHEET: &str = "xl/worksheets/sheet2.xml";

fn file_of(snapshot: &Snapshot) -> Vec<u8> {
    let agency = code("H37.11");
    let mut out = Vec::new();
    write_comments(&CommentSheet { snapshot, agency: &agency }, &mut out).unwrap();
    out
}

/// The sheet of the sample, with these cells filled in.
fn filled(cells: &[(u32, usize, &str)]) -> Vec<Grid> {
    let mut grids = grids(&file_of(&snapshot()));
    for (row, column, text) in cells {
        fill(&mut grids[1], *row, *column, text);
    }
    grids
}

/// Where each refusal is, with its reason.
fn refused(rows: &CommentRows) -> Vec<(&str, &str)> {
    rows.refused.iter().map(|refused| (refused.cell.as_str(), refused.reason.as_str())).collect()
}

#[test]
fn the_same_snapshot_gives_the_same_bytes() {
    let bytes = file_of(&snapshot());
    assert_eq!(bytes, file_of(&snapshot()));
    assert_ne!(bytes, file_of(&Snapshot { revision: 43, ..snapshot() }));
    assert!(part(&bytes, "docProps/core.xml").contains("2020-07-14T02:00:00Z"));
}

#[test]
fn a_draft_without_a_round_has_no_comment_sheet() {
    let snapshot = Snapshot { progress: None, ..snapshot() };
    let agency = code("H37.11");
    let error =
        write_comments(&CommentSheet { snapshot: &snapshot, agency: &agency }, Vec::new()).unwrap_err();
    assert_eq!(error.reason, ykien_domain::Reason::RoundNotOpen);
}

#[test]
fn an_empty_sheet_reads_back_as_no_comment_of_its_agency() {
    let read = read_comments(&grids(&file_of(&snapshot())), &sections()).unwrap();
    assert_eq!(read.draft.unwrap().as_str(), "nq20");
    assert_eq!((read.agency, read.round), (Some(code("H37.11")), Some(1)));
    assert_eq!((read.rows, read.refused), (vec![], vec![]));
}

#[test]
fn only_the_cells_to_fill_in_are_unlocked_and_every_sheet_is_protected() {
    let bytes = file_of(&snapshot());
    let open = unlocked(&bytes, SHEET);
    assert_eq!(open.len(), 6 * PREPARED_ROWS as usize);
    assert!(open.iter().all(|cell| !cell.starts_with('A') && cell != "B1"), "{open:?}");
    assert_eq!(open.first().map(String::as_str), Some("B2"));
    assert_eq!(open.last().map(String::as_str), Some("G501"));
    for sheet in ["sheet1", "sheet2", "sheet3"] {
        let name = format!("xl/worksheets/{sheet}.xml");
        let xml = part(&bytes, &name);
        assert!(xml.contains("<sheetProtection sheet=\"1\""), "{sheet}");
        assert!(xml.contains("orientation=\"landscape\"") && xml.contains("paperSize=\"9\""), "{sheet}");
        assert!(sheet == "sheet2" || unlocked(&bytes, &name).is_empty(), "{sheet}");
    }
    let xml = part(&bytes, SHEET);
    assert!(xml.contains("state=\"frozen\"") && xml.contains("ySplit=\"1\""));
    assert!(xml.contains("<cols><col min=\"1\" max=\"1\" width=\"12.7109375\" hidden=\"1\""));
    assert!(part(&bytes, "xl/workbook.xml").contains("Print_Titles"));
}

#[test]
fn sections_and_kinds_are_picked_from_lists_that_hold_every_one() {
    let bytes = file_of(&snapshot());
    let xml = part(&bytes, SHEET);
    assert!(xml.contains("sqref=\"B2:B501\""), "{}", xml.len());
    assert!(xml.contains("<formula1>'Mục - Sections'!$A$2:$A$8</formula1>"));
    assert!(xml.contains("sqref=\"C2:C501\""));
    assert!(xml.contains("<formula1>'Mục - Sections'!$E$2:$E$6</formula1>"));
    let grids = grids(&bytes);
    let list = &grids[2];
    let sections = sections();
    let mut resolver = super::super::section::Resolver::new(&sections);
    let found: Vec<_> = list.rows[1..8].iter().map(|row| resolver.find(row.cell(0)).unwrap()).collect();
    assert_eq!(found, [0, 1, 2, 3, 4, 5, 7], "every section but the removed one");
    assert_eq!(list.rows[6].cells[..3], ["IV > 2. Hạn chế [#5]", "2  Hạn chế", "5"]);
    let kinds: Vec<_> = list.rows[1..6].iter().map(|row| kind_of(row.cell(4)).unwrap()).collect();
    assert_eq!(kinds, Kind::ALL);
}

#[test]
fn the_guide_says_what_the_sheet_is_about() {
    let grids = grids(&file_of(&snapshot()));
    let guide: Vec<&str> = grids[0].rows.iter().flat_map(|row| &row.cells).map(String::as_str).collect();
    for text in [
        "PHIẾU GÓP Ý DỰ THẢO - COMMENT SHEET",
        "Báo cáo tổng kết 10 năm thực hiện Nghị quyết số 20-NQ/TU về xây dựng nông thôn mới",
        "nq20",
        "Sở Tài chính (H37.11)",
        "1. Lấy ý kiến lần đầu",
        "17:00, 24/07/2020 (giờ Việt Nam - Vietnam time, UTC+7)",
        "42",
    ] {
        assert!(guide.contains(&text), "{text}: {guide:?}");
    }
}

#[test]
fn what_an_agency_fills_in_comes_back() {
    let grids = filled(&[
        (3, 1, "IV > 2. Hạn chế [#5]"),
        (3, 2, "Số liệu, kỹ thuật - Technical"),
        (3, 3, "còn 3,2 tiêu chí"),
        (3, 4, "Số liệu"),
        (3, 5, "  Đề nghị rà soát\r\nsố liệu "),
        (3, 6, "=SUM(1)"),
        (7, 5, "Nhất trí"),
        (9, 1, "Mục IV"),
        (9, 2, "ed"),
        (9, 6, "Sửa thành \"Đánh giá\""),
    ]);
    let read = read_comments(&grids, &sections()).unwrap();
    assert_eq!(refused(&read), []);
    let [first, second, third] = read.rows.as_slice() else { panic!("{:?}", read.rows) };
    assert_eq!((first.place.as_str(), first.row), ("Góp ý - Comments!3", 3));
    let id = first.key.split(':').nth(1).unwrap();
    assert_eq!(first.key, format!("sheet:{id}:r42-2"));
    assert_eq!(second.key, format!("sheet:{id}:r42-6"));
    let anchor = &first.content.anchor;
    assert_eq!(
        (anchor.kind, anchor.section, anchor.quote.as_str()),
        (AnchorKind::Quote, 5, "còn 3,2 tiêu chí")
    );
    assert_eq!(first.content.kind.0, Kind::Technical);
    assert_eq!(first.content.text, "Đề nghị rà soát\nsố liệu");
    assert_eq!(first.content.proposed_change, "=SUM(1)");
    assert_eq!(second.content, Content { text: "Nhất trí".to_owned(), ..Content::default() });
    assert_eq!((third.content.anchor.kind, third.content.anchor.section), (AnchorKind::Section, 3));
    assert_eq!(third.content.kind.0, Kind::Editorial);
}

#[test]
fn a_corrected_row_keeps_its_key_and_a_later_sheet_has_others() {
    let keys = |grids: &[Grid]| -> Vec<String> {
        read_comments(grids, &sections()).unwrap().rows.into_iter().map(|row| row.key).collect()
    };
    let first = keys(&filled(&[(2, 5, "Sai")]));
    assert_eq!(first, keys(&filled(&[(2, 5, "Đúng")])));
    let mut later = grids(&file_of(&Snapshot { revision: 50, ..snapshot() }));
    fill(&mut later[1], 2, 5, "Sai");
    assert_ne!(first, keys(&later));
    // A row that was copied with its key is another comment, and stays the same one.
    let mut copied = filled(&[(2, 5, "Một"), (3, 5, "Hai")]);
    let key = copied[1].rows[1].cells[0].clone();
    fill(&mut copied[1], 3, 0, &key);
    let twice = keys(&copied);
    assert!(twice[0].starts_with("sheet:") && twice[1].starts_with("content:"), "{twice:?}");
    assert_eq!(twice, keys(&copied));
}

#[test]
fn every_wrong_cell_is_named_with_its_reason() {
    let long = "ế".repeat(50_001);
    let title = "t".repeat(501);
    let quote = "q".repeat(5_001);
    let table: [Wrong<'_>; 12] = [
        (&[(2, 5, "x"), (2, 1, "1")], &[("B2", "may mean 2 sections")]),
        (&[(3, 5, "x"), (3, 1, "Mục XX")], &[("B3", "is no section of this draft")]),
        (&[(4, 5, "x"), (4, 1, "a [#99]")], &[("B4", "there is no section #99")]),
        (&[(5, 5, "x"), (5, 2, "khác")], &[("C5", "must be one of: Chung - General;")]),
        (&[(6, 5, "x"), (6, 3, "trích")], &[("B6", "is required where words are quoted")]),
        (&[(7, 5, "x"), (7, 1, "IV"), (7, 3, &quote)], &[("D7", "must be at most 5000 characters, is 5001")]),
        (&[(8, 5, "x"), (8, 4, &title)], &[("E8", "must be at most 500 characters, is 501")]),
        (&[(9, 5, &long)], &[("F9", "must be at most 50000 characters, is 50001")]),
        (&[(10, 6, &long)], &[("G10", "must be at most 50000 characters, is 50001")]),
        (&[(501, 1, "IV")], &[("F501", "is required, unless a title or a proposed change is given")]),
        (&[(12, 5, "a\u{1}")], &[("F12", "control character U+0001")]),
        (
            &[(13, 1, "?"), (13, 2, "?"), (13, 3, "q"), (13, 4, &title), (13, 5, "x")],
            &[("B13", "is no section"), ("C13", "must be one of"), ("E13", "at most 500")],
        ),
    ];
    for (cells, expected) in table {
        // A right row beside it is taken.
        let mut cells = cells.to_vec();
        cells.push((20, 5, "đúng"));
        let read = read_comments(&filled(&cells), &sections()).unwrap();
        assert_eq!(read.rows.len(), 1);
        let found = refused(&read);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((cell, reason), (expected_cell, part)) in found.iter().zip(expected) {
            assert_eq!(cell, expected_cell);
            assert!(reason.contains(part), "{cell}: {reason}");
        }
        assert!(read.refused.iter().all(|refused| refused.sheet == "Góp ý - Comments"));
    }
}

#[test]
fn a_comment_on_a_section_that_the_newest_version_lacks_keeps_its_place() {
    let read = read_comments(&filled(&[(2, 1, "V. Đã bỏ [#6]"), (2, 5, "x")]), &sections()).unwrap();
    assert_eq!(read.rows[0].content.anchor.section, 6);
}

#[test]
fn a_csv_file_is_read_by_its_headings_whatever_their_language_and_order() {
    let files = [
        typed(
            "",
            &[
                &["section", "kind", "quote", "title", "text", "proposed_change"],
                &["IV.2", "technical", "a", "b", "c", "d"],
            ],
        ),
        typed(
            "",
            &[
                &["Comment", "Section", "Kind", "Quote", "Title", "Proposed change"],
                &["c", "[#5]", "Technical", "a", "b", "d"],
            ],
        ),
        typed(
            "",
            &[
                &["PHIẾU GÓP Ý"],
                &["STT", "MỤC", "LOẠI", "TRÍCH DẪN", "TIÊU ĐỀ", "NỘI DUNG GÓP Ý", "ĐỀ XUẤT SỬA"],
                &["1", "hạn chế", "te", "a", "b", "c", "d"],
                &["2", "", "", "", "", "", ""],
            ],
        ),
    ];
    let mut keys = std::collections::BTreeSet::new();
    for file in files {
        let read = read_comments(std::slice::from_ref(&file), &sections()).unwrap();
        assert_eq!(refused(&read), []);
        assert_eq!((&read.draft, &read.agency, &read.round), (&None, &None, &None::<RoundNumber>));
        let [row] = read.rows.as_slice() else { panic!("{:?}", read.rows) };
        let Content { anchor, kind, title, text, proposed_change } = &row.content;
        assert_eq!((anchor.section, kind.0), (5, Kind::Technical));
        let texts = [&anchor.quote, title, text, proposed_change];
        assert_eq!(texts, ["a", "b", "c", "d"]);
        assert_eq!(row.place, row.row.to_string());
        keys.insert(row.key.clone());
    }
    // They all say the same, so they are the same comment.
    assert_eq!(keys.len(), 1, "{keys:?}");
}

#[test]
fn identical_rows_without_keys_are_counted_and_keys_are_short() {
    let row: &[&str] = &["IV", "x"];
    let file = typed("", &[&["section", "comment"], row, row, &["IV", "y"]]);
    let read = || read_comments(std::slice::from_ref(&file), &sections()).unwrap().rows;
    let keys: Vec<_> = read().into_iter().map(|row| row.key).collect();
    let first = keys[0].strip_suffix(":1").unwrap();
    assert_eq!(keys[1], format!("{first}:2"));
    assert!(keys[2].ends_with(":1") && !keys[2].starts_with(first));
    assert!(keys.iter().all(|key| key.len() <= 100 && key.starts_with("content:")), "{keys:?}");
    assert_eq!(keys, read().into_iter().map(|row| row.key).collect::<Vec<_>>());
}

#[test]
fn a_quote_without_a_column_of_sections_is_refused_where_the_row_begins() {
    let file = typed("x", &[&["", "quote", "comment"], &["", "q", "c"]]);
    let read = read_comments(&[file], &sections()).unwrap();
    assert_eq!(refused(&read)[0].0, "B2");
}

#[test]
fn a_file_that_is_no_comment_sheet_is_one_clear_error() {
    let other = mark_of(&code("H37.02"));
    let table = [
        (vec![], "has no header row"),
        (vec![typed("Sheet1", &[&["a", "b"], &["c", "d"]])], "looked for \"Nội dung góp ý\" or \"Comment\""),
        (vec![typed("", &[&["comment", "text"], &["c", "d"]])], "has one column twice, in A1 and in B1"),
        (vec![typed("", &[&["ykien comments 2 x", "comment"]])], "another release"),
        (vec![typed("", &[&["ykien comments 1 x", "comment"]])], "was changed"),
        (
            vec![grids(&file_of(&snapshot())).remove(1), typed("b", &[&[&other, "comment"]])],
            "several drafts, agencies or rounds",
        ),
    ];
    for (grids, message) in table {
        let error = read_comments(&grids, &sections()).unwrap_err();
        assert!(error.message.contains(message), "{message}: {error}");
        assert_eq!(error.violations[0].field, "file");
    }
    let mut out = Vec::new();
    let comments = [Ok(comment(1, "x"))];
    super::super::decisions::write_decisions(
        &snapshot(),
        comments.into_iter(),
        Language::Vietnamese,
        &mut out,
    )
    .unwrap();
    let error = read_comments(&grids(&out), &sections()).unwrap_err();
    assert!(error.message.contains("is a sheet of decisions"), "{error}");
}

fn mark_of(agency: &AgencyCode) -> String {
    let mut out = Vec::new();
    write_comments(&CommentSheet { snapshot: &snapshot(), agency }, &mut out).unwrap();
    grids(&out)[1].rows[0].cells[0].clone()
}

#[test]
fn other_sheets_of_a_workbook_made_here_are_not_read_for_comments() {
    let mut grids = filled(&[(2, 5, "x")]);
    grids.push(typed("Nháp", &[&["Nội dung góp ý"], &["không gửi"]]));
    let read = read_comments(&grids, &sections()).unwrap();
    assert_eq!(read.rows.len(), 1);
}

#[test]
fn as_many_rows_as_the_bound_are_read_and_one_more_is_an_error_that_names_it() {
    let rows: Vec<Vec<String>> = (0..=MAX_ROWS).map(|row| vec![format!("ý kiến {row}")]).collect();
    let rows: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let mut all: Vec<&[&str]> = vec![&["comment"]];
    all.extend(rows.iter().map(Vec::as_slice));
    let error = read_comments(&[typed("", &all)], &sections()).unwrap_err();
    assert!(error.message.contains("at most 5000 rows"), "{error}");
    all.pop();
    assert_eq!(read_comments(&[typed("", &all)], &sections()).unwrap().rows.len(), MAX_ROWS);
}

#[test]
fn the_file_opens_under_the_bounds_of_files_that_come_in() {
    let bytes = file_of(&snapshot());
    let mut package = Package::open("file", &bytes).unwrap();
    let names: Vec<String> = package.names().map(|name| name.into_owned()).collect();
    for name in names {
        package.xml(&name).unwrap();
    }
}

#[test]
fn kinds_are_known_by_every_name() {
    let table = [
        ("", Kind::General),
        ("Chung", Kind::General),
        ("NỘI DUNG", Kind::Substantive),
        ("so lieu ky thuat", Kind::Technical),
        ("Câu chữ, thể thức - Editorial", Kind::Editorial),
        ("question", Kind::Question),
        ("GE", Kind::General),
        ("te", Kind::Technical),
        ("ed", Kind::Editorial),
    ];
    for (text, kind) in table {
        assert_eq!(kind_of(text), Some(kind), "{text}");
    }
    assert_eq!(kind_of("Nội"), None);
}

#[test]
fn a_long_heading_is_shortened_in_the_list_only_and_its_row_is_higher() {
    let mut snapshot = snapshot();
    let heading = "Căn cứ Luật Ban hành văn bản quy phạm pháp luật ".repeat(10);
    snapshot.sections[3].heading = heading.trim_end().to_owned();
    let bytes = file_of(&snapshot);
    let row = &grids(&bytes)[2].rows[4];
    assert_eq!(row.cell(1), format!("IV  {}", heading.trim_end()));
    assert!(row.cell(0).ends_with(" … [#3]") && row.cell(0).chars().count() < 110, "{}", row.cell(0));
    assert!(part(&bytes, "xl/worksheets/sheet3.xml").contains("<row r=\"5\" spans=\"1:5\" ht=\"90\""));
}
