//! What pages, lines and tables come to, read off the marks before they are drawn, and what the finished file says.

use super::flow::Flow;
use super::fonts::Fonts;
use super::lines::{Line, lay};
use super::sheet::{Mark, Sheet};
use super::structure::Owner;
use super::{Writer, millimetres};
use crate::layout::{Align, Canvas, Cell, Orientation, Pages, Paragraph, Properties, Rule, Run, Table};

const TEXT: &str = "Đề nghị cơ quan soạn thảo rà soát, thống nhất số liệu đến ngày 30/6/2020 và đối chiếu với mục tiêu của \
    Nghị quyết số 20-NQ/TU; bổ sung năm nhóm tồn tại, hạn chế và kiểm tra lại các biểu phụ lục kèm theo báo cáo.";

fn paragraph(text: &str) -> Paragraph {
    Paragraph { runs: vec![Run { text: text.to_owned(), ..Run::default() }], ..Paragraph::default() }
}

fn cell(text: &str) -> Cell {
    Cell { paragraphs: vec![paragraph(text)], ..Cell::default() }
}

fn lines(paragraph: &Paragraph, width: f32) -> Vec<Line> {
    lay(&Fonts::new().unwrap(), paragraph, width, Owner::Layout)
}

fn text(line: &Line) -> String {
    line.spans.iter().map(|span| span.text.as_str()).collect()
}

/// From where to where a line's words go, without the blank at its end.
fn extent(line: &Line) -> (f32, f32) {
    let first = line.spans.first().unwrap();
    let last = line.spans.last().unwrap();
    let blank = last.glyphs.last().filter(|_| last.text.ends_with(' ')).map_or(0.0, |glyph| glyph.x_advance);
    let ems: f32 = last.glyphs.iter().map(|glyph| glyph.x_advance).sum::<f32>() - blank;
    (first.x, last.x + ems * last.size)
}

/// The words of a page in the order in which they are drawn.
fn words(sheet: &Sheet) -> Vec<String> {
    let spans = sheet.marks.iter().filter_map(|mark| match mark {
        Mark::Words { span, .. } => Some(span.text.trim().to_owned()),
        _ => None,
    });
    spans.collect()
}

/// Where the words that begin so stand: their page from 1, and the height of their baseline.
fn find(sheets: &[Sheet], begin: &str) -> (usize, f32) {
    let mut found = sheets.iter().flat_map(|sheet| {
        sheet.marks.iter().filter_map(|mark| match mark {
            Mark::Words { span, y, .. } if span.text.starts_with(begin) => Some((sheet.number, *y)),
            _ => None,
        })
    });
    found.next().unwrap_or_else(|| panic!("{begin} stands on no page"))
}

fn flow() -> Flow {
    let mut flow = Flow::new().unwrap();
    flow.pages(&Pages::default()).unwrap();
    flow
}

fn finished(mut flow: Flow) -> Vec<Sheet> {
    flow.finish().unwrap();
    flow.full()
}

fn columns(borders: bool, header: &[&str]) -> Table {
    let header =
        if header.is_empty() { vec![] } else { vec![header.iter().map(|text| cell(text)).collect()] };
    Table { columns: vec![1.0, 4.0], header, borders }
}

#[test]
fn no_word_is_lost_and_no_line_is_too_long_however_narrow_the_block() {
    let long = format!("{TEXT} {} {TEXT}", "https://langson.gov.vn/thu-muc/".repeat(9));
    let expected: String = long.split_whitespace().collect();
    for align in [Align::Left, Align::Centre, Align::Right, Align::Justify] {
        for width in [30.0, 71.3, 160.0, 467.7] {
            let lines = lines(&Paragraph { align, ..paragraph(&long) }, width);
            let all: String = lines.iter().flat_map(|line| text(line).chars().collect::<Vec<_>>()).collect();
            assert_eq!(all.split_whitespace().collect::<String>(), expected);
            for line in &lines {
                let (from, to) = extent(line);
                assert!(from >= 0.0 && to <= width + 0.1, "{width}: {from} to {to}: {}", text(line));
            }
        }
    }
}

#[test]
fn lines_of_a_justified_paragraph_end_at_the_margin_but_for_the_last() {
    let width = 467.7;
    let lines = lines(&Paragraph { align: Align::Justify, ..paragraph(TEXT) }, width);
    assert!(lines.len() > 2);
    let (last, rest) = lines.split_last().unwrap();
    for line in rest {
        assert!((extent(line).1 - width).abs() < 0.1, "{} ends at {}", text(line), extent(line).1);
    }
    assert!(extent(last).1 < width - 10.0);
}

#[test]
fn the_first_line_is_indented_and_so_is_the_block() {
    let indented = Paragraph { first_line: 12.7, indent: 10.0, ..paragraph(TEXT) };
    let lines = lines(&indented, 300.0);
    assert!((extent(&lines[0]).0 - millimetres(22.7)).abs() < 0.01);
    assert!((extent(&lines[1]).0 - millimetres(10.0)).abs() < 0.01);
    assert!(lines.iter().all(|line| extent(line).1 <= 300.1));
}

#[test]
fn a_number_of_a_document_is_not_parted_but_where_it_is_longer_than_a_line() {
    let wide = lines(&paragraph("Nghị quyết số 20-NQ/TU"), 110.0);
    assert_eq!(wide.iter().map(text).collect::<Vec<_>>(), ["Nghị quyết số ", "20-NQ/TU"]);
    let narrow = lines(&paragraph("215/BC-SNN"), 55.0);
    assert_eq!(narrow.iter().map(text).collect::<Vec<_>>(), ["215/BC-", "SNN"]);
}

#[test]
fn marks_are_composed_and_never_parted_from_their_letter() {
    let composed = lines(&paragraph("tie\u{302}\u{301}ng Vie\u{323}\u{302}t"), 400.0);
    assert_eq!(text(&composed[0]), "tiếng Việt");
    // No composed character exists for q with a tilde.
    let narrow = lines(&paragraph("q\u{303}q\u{303}q\u{303}"), 1.0);
    assert_eq!(narrow.iter().map(text).collect::<Vec<_>>(), ["q\u{303}"; 3]);
}

#[test]
fn line_feeds_begin_lines_tabs_go_to_stops_and_what_only_steers_is_not_drawn() {
    let fed = lines(&paragraph("một\n\nhai\tba\u{200b}\u{ad}"), 400.0);
    assert_eq!(fed.iter().map(text).collect::<Vec<_>>(), ["một ", " ", "hai ba"]);
    let span = &fed[2].spans[0];
    let before: f32 = span.glyphs[..4].iter().map(|glyph| glyph.x_advance * span.size).sum();
    assert!((before - 36.0).abs() < 0.01, "the tab ends at {before}");
    assert_eq!(lines(&paragraph(""), 400.0).len(), 1, "an empty paragraph is a blank line");
}

#[test]
fn runs_keep_their_faces_and_stand_one_after_the_other() {
    let run = |text: &str, bold, italic| Run { text: text.to_owned(), bold, italic };
    let runs =
        vec![run("Tiếp thu. ", true, false), run("Đã sửa ", false, false), run("tại mục IV", true, true)];
    let lines = lines(&Paragraph { runs, ..Paragraph::default() }, 400.0);
    let styles: Vec<String> = lines[0].spans.iter().map(|span| format!("{:?}", span.style)).collect();
    assert_eq!(styles, ["Bold", "Regular", "BoldItalic"]);
    for pair in lines[0].spans.windows(2) {
        let ems: f32 = pair[0].glyphs.iter().map(|glyph| glyph.x_advance).sum();
        assert!((pair[1].x - pair[0].x - ems * pair[0].size).abs() < 0.01);
    }
}

#[test]
fn a_rule_is_as_wide_as_the_words_or_a_third_to_a_half_and_centred_beneath() {
    for (kind, least, most) in [(Rule::Full, 0.999, 1.001), (Rule::Short, 0.333, 0.5)] {
        let words =
            Paragraph {
                align: Align::Centre, rule: kind, ..paragraph("Độc lập - Tự do - Hạnh phúc")
            };
        let line = lines(&words, 300.0).remove(0);
        let (from, to, below) = line.rule.unwrap();
        let (left, right) = extent(&line);
        let part = (to - from) / (right - left);
        assert!((least..=most).contains(&part), "{kind:?}: {part}");
        assert!((from + to - left - right).abs() < 0.01);
        assert!(below > line.baseline && below < line.height);
    }
}

#[test]
fn words_stand_within_the_margins_of_every_page_and_pages_are_numbered_from_the_second_on() {
    for (orientation, width, height) in
        [(Orientation::Portrait, 210.0, 297.0), (Orientation::Landscape, 297.0, 210.0)]
    {
        let mut flow = Flow::new().unwrap();
        flow.pages(&Pages { orientation, footer: "Bản ghi 128".to_owned() }).unwrap();
        for _ in 0..60 {
            flow.paragraph(&Paragraph { align: Align::Justify, after: 6.0, ..paragraph(TEXT) }).unwrap();
        }
        let sheets = finished(flow);
        assert!(sheets.len() > 3);
        for sheet in &sheets {
            let frame = sheet.frame;
            assert_eq!(frame.page, (millimetres(width), millimetres(height)));
            let words = words(sheet);
            let number = sheet.number.to_string();
            assert_eq!(words.contains(&number), sheet.number > 1);
            assert_eq!(words.iter().filter(|words| *words == "Bản ghi 128").count(), 1);
            for mark in &sheet.marks {
                let Mark::Words { span, x, y, owner } = mark else { continue };
                if *owner != Owner::Pagination {
                    assert!(*y > frame.top && *y < frame.bottom, "{} at {y}", span.text);
                    assert!(*x >= frame.left && *x < frame.right);
                } else if span.text == number {
                    assert!(*y > 0.0 && *y < frame.top);
                    let middle = (frame.left + frame.right) / 2.0;
                    assert!((x - middle).abs() < 15.0, "the number is centred");
                } else {
                    assert!(*y > frame.bottom && *y < frame.page.1);
                }
            }
        }
    }
}

#[test]
fn a_heading_stays_with_what_follows_and_no_line_of_a_paragraph_stands_alone() {
    for (filled, times) in (30..60).flat_map(|filled| [(filled, 1), (filled, 3)]) {
        let mut flow = flow();
        for number in 0..filled {
            flow.paragraph(&paragraph(&format!("{number}"))).unwrap();
        }
        let heading = Paragraph { keep_with_next: true, outline: 1, ..paragraph("Mục IV") };
        flow.paragraph(&heading).unwrap();
        flow.paragraph(&paragraph(&TEXT.repeat(times))).unwrap();
        let sheets = finished(flow);
        assert_eq!(find(&sheets, "Mục IV").0, find(&sheets, "Đề nghị").0, "after {filled} lines");
        for sheet in &sheets {
            let long = words(sheet).iter().filter(|words| words.len() > 20).count();
            assert_ne!(long, 1, "page {} after {filled} lines", sheet.number);
        }
    }
}

#[test]
fn header_rows_stand_again_and_a_long_row_goes_on_with_every_word_once() {
    let mut flow = flow();
    flow.table(&columns(true, &["STT", "Nội dung"])).unwrap();
    let long: Vec<String> = (0..3000).map(|number| format!("từ{number}")).collect();
    flow.row(&[cell("1"), cell(&long.join(" "))]).unwrap();
    flow.row(&[cell("2"), cell("hết")]).unwrap();
    flow.end_table().unwrap();
    let sheets = finished(flow);
    assert!(sheets.len() > 2);
    let mut all = Vec::new();
    for sheet in &sheets {
        let words = words(sheet);
        assert_eq!(words[..2], ["STT", "Nội dung"], "page {}", sheet.number);
        all.extend(
            words
                .iter()
                .flat_map(|line| line.split(' '))
                .filter(|word| word.starts_with("từ"))
                .map(str::to_owned),
        );
    }
    assert_eq!(all, long);
    assert_eq!(find(&sheets, "hết").0, sheets.len());
}

#[test]
fn a_small_row_is_moved_whole_and_a_kept_row_with_it() {
    for filled in 20..60 {
        let mut flow = flow();
        flow.table(&columns(true, &["STT", "Nội dung"])).unwrap();
        for number in 0..filled {
            flow.row(&[cell(&number.to_string()), cell("ngắn")]).unwrap();
        }
        let group = Paragraph { keep_with_next: true, ..paragraph("Nhóm") };
        flow.row(&[Cell { paragraphs: vec![group], span: 2, shaded: true }]).unwrap();
        flow.row(&[cell("x"), cell("Đầu\nGiữa\nCuối")]).unwrap();
        flow.end_table().unwrap();
        let sheets = finished(flow);
        let page = find(&sheets, "Nhóm").0;
        assert_eq!((find(&sheets, "Đầu").0, find(&sheets, "Cuối").0), (page, page), "after {filled} rows");
    }
}

#[test]
fn cells_stand_side_by_side_in_columns_that_share_the_width() {
    let mut flow = flow();
    flow.table(&columns(false, &[])).unwrap();
    flow.row(&[cell("Nơi nhận"), cell("GIÁM ĐỐC")]).unwrap();
    flow.row(&[Cell { span: 9, ..cell("Cả hàng") }]).unwrap();
    flow.end_table().unwrap();
    let sheets = finished(flow);
    assert_eq!(find(&sheets, "Nơi").1, find(&sheets, "GIÁM").1);
    let frame = sheets[0].frame;
    let x = |begin: &str| {
        let mut found = sheets[0].marks.iter().filter_map(|mark| match mark {
            Mark::Words { span, x, .. } if span.text.starts_with(begin) => Some(*x),
            _ => None,
        });
        found.next().unwrap()
    };
    assert!((x("GIÁM") - x("Nơi") - frame.width() / 5.0).abs() < 0.01);
    assert_eq!(x("Cả"), x("Nơi"));
    assert!(!sheets[0].marks.iter().any(|mark| matches!(mark, Mark::Borders(_))));
}

#[test]
fn lines_and_rows_too_high_for_any_page_and_headers_as_high_as_one_still_come_to_an_end() {
    let mut flow = flow();
    flow.paragraph(&paragraph("trước")).unwrap();
    flow.paragraph(&Paragraph { size: 900.0, ..paragraph("cao") }).unwrap();
    let high = "dòng\n".repeat(200);
    flow.table(&columns(true, &["STT", &high])).unwrap();
    flow.row(&[
        cell("1"),
        Cell { paragraphs: vec![Paragraph { size: 900.0, ..paragraph("to") }], ..cell("") },
    ])
    .unwrap();
    flow.row(&[Cell { paragraphs: vec![Paragraph { after: 5000.0, ..paragraph("cuối") }], ..cell("") }])
        .unwrap();
    flow.end_table().unwrap();
    let sheets = finished(flow);
    assert!((5..20).contains(&sheets.len()), "{} pages", sheets.len());
    assert_eq!(sheets.iter().flat_map(words).filter(|words| words == "dòng").count(), 200);
}

#[test]
fn what_is_out_of_order_is_refused() {
    let mut flow = flow();
    assert!(flow.row(&[cell("x")]).is_err());
    assert!(flow.end_table().is_err());
    flow.table(&columns(true, &[])).unwrap();
    assert!(flow.row(&[cell("1"), cell("2"), cell("3")]).is_err(), "more cells than columns");
    assert!(flow.paragraph(&paragraph("x")).is_err());
    assert!(flow.finish().is_err());
}

fn document(properties: &Properties) -> Vec<u8> {
    let mut writer = Writer::new(properties).unwrap();
    writer.pages(&Pages { footer: "Bản ghi 128".to_owned(), ..Pages::default() }).unwrap();
    for level in [1, 2, 2, 1] {
        writer.paragraph(&Paragraph { outline: level, ..paragraph("Muc") }).unwrap();
        for _ in 0..20 {
            writer.paragraph(&paragraph(TEXT)).unwrap();
        }
    }
    writer.table(&columns(true, &["STT", "Nội dung 漢 😀"])).unwrap();
    writer.row(&[cell("1"), cell(TEXT)]).unwrap();
    writer.end_table().unwrap();
    writer.pages(&Pages { orientation: Orientation::Landscape, ..Pages::default() }).unwrap();
    writer.paragraph(&paragraph("Phụ lục")).unwrap();
    let mut out = Vec::new();
    writer.finish(&mut out).unwrap();
    out
}

fn count(bytes: &[u8], what: &str) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what.as_bytes()).count()
}

#[test]
fn the_same_document_is_the_same_bytes_and_says_what_it_is() {
    let properties = Properties {
        title: "Bao cao".to_owned(),
        author: "So Nong nghiep".to_owned(),
        subject: "Ban ghi 128".to_owned(),
        language: "vi-VN",
    };
    let bytes = document(&properties);
    assert!(bytes == document(&properties));
    assert!(bytes.starts_with(b"%PDF-1.7"));
    for (what, times) in [
        ("/Title(Bao cao)", 1),
        ("/Author(So Nong nghiep)", 1),
        ("/Subject(Ban ghi 128)", 1),
        ("/Lang(vi-VN)", 1),
        ("/Title(Muc)", 4),
        ("/StructTreeRoot ", 1),
        ("/CreationDate", 0),
        ("/ModDate", 0),
    ] {
        assert_eq!(count(&bytes, what), times, "{what}");
    }
    assert_eq!((count(&bytes, "/Type/Page/"), count(&bytes, "/Count 7/")), (7, 1));
}

#[test]
fn a_document_without_blocks_is_one_page() {
    let mut out = Vec::new();
    Writer::new(&Properties::default()).unwrap().finish(&mut out).unwrap();
    assert_eq!(count(&out, "/Count 1"), 1);
    let mut flow = flow();
    flow.finish().unwrap();
    assert_eq!(flow.full().len(), 1);
}

/// `cargo test --release -p ykien-documents -- --ignored five_thousand`
#[test]
#[ignore = "a measurement: meant for a release build"]
fn five_thousand_rows_are_drawn_within_five_seconds() {
    let words: Vec<&str> = TEXT.split(' ').collect();
    let sixty = |from: usize| -> String {
        (0..60).map(|at| words[(from + at * 7) % words.len()]).collect::<Vec<_>>().join(" ")
    };
    let begun = std::time::Instant::now();
    let mut writer = Writer::new(&Properties::default()).unwrap();
    writer.pages(&Pages { orientation: Orientation::Landscape, footer: "Bản ghi 128".to_owned() }).unwrap();
    writer.table(&columns(true, &["Nội dung góp ý", "Tiếp thu, giải trình"])).unwrap();
    for number in 0..5000 {
        writer.row(&[cell(&sixty(number)), cell(&sixty(number + 3))]).unwrap();
    }
    writer.end_table().unwrap();
    let mut out = Vec::new();
    writer.finish(&mut out).unwrap();
    assert!(begun.elapsed().as_secs() < 5, "{:?} for {} bytes", begun.elapsed(), out.len());
}
