use ykien_domain::model::Comment;
use ykien_domain::words::{Outcome, Status};
use ykien_domain::{Error, Reason};

use super::*;
use crate::grid::Grid;
use crate::sheet::sample::{Wrong, comment, decided, fill, grids, part, snapshot, typed, unlocked};
use crate::words::Language;

const SHEET: &str = "xl/worksheets/sheet1.xml";
const OUTCOME_AT: usize = 12;
const EXPLANATION_AT: usize = 13;

fn file_of(comments: &[Comment], language: Language) -> Vec<u8> {
    let mut out = Vec::new();
    write_decisions(&snapshot(), comments.iter().cloned().map(Ok), language, &mut out).unwrap();
    out
}

/// The sheet of these comments, with these cells filled in.
fn filled(comments: &[Comment], cells: &[(u32, usize, &str)]) -> Vec<Grid> {
    let mut grids = grids(&file_of(comments, Language::Vietnamese));
    for (row, column, text) in cells {
        fill(&mut grids[0], *row, *column, text);
    }
    grids
}

fn refused(rows: &DecisionRows) -> Vec<(&str, &str)> {
    rows.refused.iter().map(|refused| (refused.cell.as_str(), refused.reason.as_str())).collect()
}

fn three() -> Vec<Comment> {
    vec![comment(1, "Một"), comment(2, "Hai"), comment(3, "Ba")]
}

#[test]
fn a_comment_is_shown_as_it_stands_and_nothing_becomes_a_formula() {
    let withdrawn = Comment { status: Status::Withdrawn, ..comment(3, "Thôi") };
    let comments = [decided(7, "Đã có trong báo cáo", false), withdrawn];
    let bytes = file_of(&comments, Language::Vietnamese);
    let grids = grids(&bytes);
    assert_eq!(grids[0].name, "Giải trình");
    let cells = [
        "r17",
        "7",
        "IV > 2. Hạn chế",
        "Sở Tài chính",
        "Số liệu, kỹ thuật",
        "còn 3,2 tiêu chí",
        "",
        "Đề nghị cập nhật số liệu",
        "=SUM(A1:A3)",
        "Sở NN&PTNT",
        "Không tiếp thu",
        "Đã có trong báo cáo",
        "",
        "",
    ];
    assert_eq!(grids[0].rows[1].cells, cells);
    assert_eq!(grids[0].rows[2].cells[10], "Đã rút");
    let xml = part(&bytes, SHEET);
    assert!(!xml.contains("<f>") && xml.contains("=SUM(A1:A3)"));
    let english = self::grids(&file_of(&comments, Language::English));
    assert_eq!(english[0].name, "Decisions");
    let headings: Vec<_> = english[0].rows[0].cells[1..].iter().map(String::as_str).collect();
    assert_eq!(headings[..3], ["Number", "Section", "Agency"]);
    assert_eq!(headings[11..], ["Outcome", "Explanation"]);
    assert_eq!(english[0].rows[1].cells[10], "Rejected");
}

#[test]
fn the_same_comments_give_the_same_bytes() {
    assert_eq!(file_of(&three(), Language::English), file_of(&three(), Language::English));
}

#[test]
fn only_what_can_be_decided_is_unlocked_with_a_list_of_outcomes() {
    let withdrawn = Comment { status: Status::Withdrawn, ..comment(3, "Thôi") };
    let comments = [comment(1, "Một"), decided(2, "vì", false), withdrawn, decided(4, "vì", true)];
    let bytes = file_of(&comments, Language::Vietnamese);
    assert_eq!(unlocked(&bytes, SHEET), ["M2", "N2", "M3", "N3"]);
    let xml = part(&bytes, SHEET);
    assert!(xml.contains("<sheetProtection sheet=\"1\"") && xml.contains("autoFilter=\"0\""));
    assert!(xml.contains("<autoFilter ref=\"B1:N5\""));
    assert!(xml.contains("state=\"frozen\""));
    assert!(xml.contains("sqref=\"M2:M5\""));
    assert!(xml.contains("<formula1>\"Tiếp thu,Tiếp thu một phần,Không tiếp thu\"</formula1>"));
}

#[test]
fn decisions_come_back_with_their_etags() {
    let grids = filled(
        &three(),
        &[
            (2, OUTCOME_AT, "Tiếp thu"),
            (4, OUTCOME_AT, "Không tiếp thu"),
            (4, EXPLANATION_AT, " Đã nêu tại Mục IV "),
        ],
    );
    let read = read_decisions(&grids).unwrap();
    assert_eq!(read.draft.as_ref().unwrap().as_str(), "nq20");
    assert_eq!(refused(&read), []);
    let row = |row, number, outcome, explanation: &str, etag| DecisionRow {
        row,
        number,
        outcome,
        explanation: explanation.to_owned(),
        etag: Some(etag),
    };
    let expected =
        [row(2, 1, Outcome::Accepted, "", 11), row(4, 3, Outcome::Rejected, "Đã nêu tại Mục IV", 13)];
    assert_eq!(read.rows, expected);
}

#[test]
fn outcomes_are_known_in_both_languages_and_as_the_api_spells_them() {
    let table = [
        ("Tiếp thu", Outcome::Accepted),
        ("TIEP THU MOT PHAN", Outcome::PartiallyAccepted),
        ("không  tiếp thu", Outcome::Rejected),
        ("Partially accepted", Outcome::PartiallyAccepted),
        ("partially_accepted", Outcome::PartiallyAccepted),
        ("rejected", Outcome::Rejected),
    ];
    for (word, outcome) in table {
        let read = read_decisions(&[typed("", &[&["Số", "Quyết định", "Giải trình"], &["5", word, "vì"]])]);
        let read = read.unwrap();
        assert_eq!(read.rows[0].outcome, outcome, "{word}");
        assert_eq!((read.rows[0].etag, &read.draft), (None, &None));
    }
}

#[test]
fn a_csv_file_may_have_etags() {
    let file = typed("", &[&["etag", "explanation", "outcome", "number"], &["r42", "", "accepted", "5"]]);
    assert_eq!(read_decisions(&[file]).unwrap().rows[0].etag, Some(42));
}

#[test]
fn every_wrong_cell_is_named_with_its_reason() {
    let long = "ế".repeat(50_001);
    let table: [Wrong<'_>; 10] = [
        (&[(3, EXPLANATION_AT, "vì")], &[("M3", "is required beside an explanation")]),
        (&[(3, OUTCOME_AT, "có")], &[("M3", "must be one of: Tiếp thu (Accepted);")]),
        (&[(3, OUTCOME_AT, "Không tiếp thu")], &[("N3", "is required unless the outcome is accepted")]),
        (&[(3, OUTCOME_AT, "rejected"), (3, EXPLANATION_AT, " ")], &[("N3", "is required unless")]),
        (&[(3, OUTCOME_AT, "accepted"), (3, EXPLANATION_AT, &long)], &[("N3", "at most 50000 characters")]),
        (&[(3, OUTCOME_AT, "accepted"), (3, 1, "2.5")], &[("B3", "a whole number from 1")]),
        (&[(3, OUTCOME_AT, "accepted"), (3, 1, "")], &[("B3", "a whole number from 1")]),
        (&[(3, OUTCOME_AT, "accepted"), (3, 1, "0")], &[("B3", "a whole number from 1")]),
        (&[(3, OUTCOME_AT, "accepted"), (3, 0, "")], &[("B3", "the hidden column")]),
        (
            &[(3, OUTCOME_AT, "accepted"), (4, OUTCOME_AT, "accepted"), (4, 1, "2")],
            &[("B3", "comment 2 is decided 2 times: in B3, B4"), ("B4", "in B3, B4")],
        ),
    ];
    for (cells, expected) in table {
        let mut cells = cells.to_vec();
        cells.push((2, OUTCOME_AT, "Tiếp thu"));
        let read = read_decisions(&filled(&three(), &cells)).unwrap();
        assert_eq!(read.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1], "a right row is taken");
        let found = refused(&read);
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for ((cell, reason), (expected_cell, part)) in found.iter().zip(expected) {
            assert_eq!(cell, expected_cell);
            assert!(reason.contains(part), "{cell}: {reason}");
        }
        assert!(read.refused.iter().all(|refused| refused.sheet == "Giải trình"));
    }
}

#[test]
fn a_text_longer_than_a_cell_goes_on_below_and_is_never_cut() {
    let text = "😀 ý kiến rất dài ".repeat(2_700);
    let text = text.trim_end();
    assert!(text.chars().count() <= 50_000 && text.encode_utf16().count() > 32_767);
    let comments = [comment(1, text), decided(2, &"x".repeat(50_000), false), comment(3, "Ba")];
    for (language, mark) in [(Language::Vietnamese, "(tiếp) "), (Language::English, "(continued) ")] {
        let grids = grids(&file_of(&comments, language));
        let rows = &grids[0].rows;
        let of = |number: &str, column: usize| -> String {
            let own: Vec<_> = rows.iter().filter(|row| row.cell(1) == number).collect();
            assert!(
                own.iter().skip(1).all(|row| row.cell(0) == CONTINUED && row.cell(column).starts_with(mark))
            );
            assert!(own.iter().all(|row| row.cell(2) == "IV > 2. Hạn chế" && row.cell(3) == "Sở Tài chính"));
            own.iter().map(|row| row.cell(column).strip_prefix(mark).unwrap_or(row.cell(column))).collect()
        };
        assert_eq!(rows.len(), 1 + 2 + 2 + 1);
        assert_eq!(of("1", 7), text);
        assert_eq!(of("2", 11), "x".repeat(50_000));
        assert!(rows.iter().flat_map(|row| &row.cells).all(|cell| cell.encode_utf16().count() <= 32_767));
    }
    assert_eq!(unlocked(&file_of(&comments, Language::English), SHEET), ["M2", "N2", "M4", "N4", "M6", "N6"]);
}

#[test]
fn a_decision_in_a_row_that_goes_on_is_refused() {
    let comments = [comment(1, &"x".repeat(40_000)), comment(2, "Hai")];
    let grids = filled(&comments, &[(3, OUTCOME_AT, "Tiếp thu"), (4, OUTCOME_AT, "Tiếp thu")]);
    let read = read_decisions(&grids).unwrap();
    assert_eq!(read.rows.iter().map(|row| row.number).collect::<Vec<_>>(), [2]);
    assert_eq!(
        refused(&read),
        [("M3", "this row goes on with comment 1: fill in the decision in its first row")]
    );
}

#[test]
fn a_draft_without_comments_has_a_sheet_without_rows() {
    let grids = grids(&file_of(&[], Language::Vietnamese));
    assert_eq!(grids[0].rows.len(), 1);
    assert_eq!(read_decisions(&grids).unwrap().rows, []);
}

#[test]
fn a_comment_that_can_not_be_read_ends_the_sheet() {
    let failing = [Ok(comment(1, "x")), Err(Error::new(Reason::Unavailable, "gone"))];
    let error = write_decisions(&snapshot(), failing.into_iter(), Language::English, Vec::new()).unwrap_err();
    assert_eq!(error.reason, Reason::Unavailable);
}

#[test]
fn a_file_that_is_no_sheet_of_decisions_is_one_clear_error() {
    let table = [
        (
            vec![typed("", &[&["a"], &["b"]])],
            "looked for \"Số\" or \"Number\", \"Quyết định\" or \"Outcome\"",
        ),
        (vec![typed("", &[&["number", "outcome", "số"]])], "has one column twice, in A1 and in C1"),
        (
            vec![typed("", &[&["ykien decisions 1 draft=x revision=1 check=0", "number", "outcome"]])],
            "was changed",
        ),
    ];
    for (grids, message) in table {
        let error = read_decisions(&grids).unwrap_err();
        assert!(error.message.contains(message), "{message}: {error}");
        assert_eq!(error.violations[0].field, "file");
    }
}

#[test]
fn a_number_repeated_without_end_has_a_short_report() {
    let mut rows: Vec<&[&str]> = vec![&["number", "outcome"]];
    rows.extend(std::iter::repeat_n::<&[&str]>(&["1", "accepted"], 2_000));
    let read = read_decisions(&[typed("", &rows)]).unwrap();
    assert_eq!((read.rows.len(), read.refused.len()), (0, 2_000));
    assert!(read.refused[0].reason.ends_with("decided 2000 times: in A2, A3, A4, A5, A6, …"));
}

#[test]
fn as_many_rows_as_the_bound_are_read_and_one_more_is_an_error_that_names_it() {
    let numbers: Vec<String> = (1..=MAX_ROWS + 1).map(|number| number.to_string()).collect();
    let cells: Vec<[&str; 2]> = numbers.iter().map(|number| [number.as_str(), "accepted"]).collect();
    let mut rows: Vec<&[&str]> = vec![&["number", "outcome"]];
    rows.extend(cells.iter().map(|row| row.as_slice()));
    let error = read_decisions(&[typed("", &rows)]).unwrap_err();
    assert!(error.message.contains("at most 100000 rows"), "{error}");
    rows.pop();
    assert_eq!(read_decisions(&[typed("", &rows)]).unwrap().rows.len(), MAX_ROWS);
}
