//! Headings by style, tables around them, and the tables as cells.

use super::super::tables;
use super::{docx, p, read, styled, table, tree};

fn style(id: &str, name: &str, rest: &str) -> String {
    format!("<w:style w:type=\"paragraph\" w:styleId=\"{id}\"><w:name w:val=\"{name}\"/>{rest}</w:style>")
}

#[test]
fn a_heading_is_known_by_its_styles_id_name_outline_level_or_base() {
    let styles = style("Heading1", "heading 1", "")
        + &style("a3", "Tiêu đề 2", "")
        + &style("Muc", "Mục lớn", "<w:pPr><w:outlineLvl w:val=\"2\"/></w:pPr>")
        + &style("Con", "Mục con", "<w:basedOn w:val=\"Muc\"/>")
        + &style(
            "Thuong",
            "Không phải",
            "<w:basedOn w:val=\"Muc\"/><w:pPr><w:outlineLvl w:val=\"9\"/></w:pPr>",
        )
        + "<w:style w:type=\"character\" w:styleId=\"Heading1Char\"><w:name w:val=\"heading 1\"/></w:style>";
    let body = styled("Heading1", "Tình hình")
        + &styled("a3", "Thuận lợi")
        + &styled("Con", "Về kinh tế")
        + &styled("Thuong", "Kinh tế tăng trưởng")
        + &styled("Heading1Char", "Chữ đậm trong đoạn")
        + &p("<w:outlineLvl w:val=\"1\"/>", "Khó khăn")
        + &p("<w:pStyle w:val=\"Con\"/><w:outlineLvl w:val=\"9\"/>", "Khó khăn nhiều")
        + &styled("Heading9", "Ngoài bảng kiểu");
    assert_eq!(
        tree(&docx(&body, &styles, "")),
        [
            "h1  Tình hình",
            "  h2  Thuận lợi",
            "    h3  Về kinh tế",
            "  h2  Khó khăn",
            "    h6  Ngoài bảng kiểu"
        ]
    );
}

#[test]
fn a_typed_decree_is_read_by_its_words_and_its_layout_tables_are_lines() {
    let head = table(
        "",
        &[&[
            p("", "ỦY BAN NHÂN DÂN") + &p("", "TỈNH LẠNG SƠN"),
            p("", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM") + &p("", "Độc lập - Tự do - Hạnh phúc"),
        ]],
    );
    let foot = table("", &[&[p("", "Nơi nhận:") + &p("", "1. Như trên;"), p("", "TM. ỦY BAN NHÂN DÂN")]]);
    let list = table(
        "<w:tblBorders><w:top w:val=\"single\"/></w:tblBorders>",
        &[&[p("", "TT"), p("", "Xã")], &[p("", "1. Một"), p("", "Điều 3. Chợ")]],
    );
    let body = head
        + &p("", "QUYẾT ĐỊNH")
        + &p("", "Điều 1. Ban hành Quy định về chợ.")
        + &p("", "1. Chợ nổi.")
        + &list
        + &p("", "Điều 2. Có hiệu lực từ ngày ký.")
        + &foot
        + &p("", "Phụ lục I")
        + &p("", "DANH MỤC CHỢ");
    let bytes = docx(&body, "", "");
    assert_eq!(
        tree(&bytes),
        [
            "article Điều 1 Ban hành Quy định về chợ.",
            "  clause 1 Chợ nổi.",
            "article Điều 2 Có hiệu lực từ ngày ký.",
            "appendix Phụ lục I DANH MỤC CHỢ",
        ]
    );
    let outline = read(&bytes);
    assert_eq!(
        outline.preamble,
        "ỦY BAN NHÂN DÂN\n\nTỈNH LẠNG SƠN\n\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n\nĐộc lập - Tự do - Hạnh phúc\n\nQUYẾT ĐỊNH"
    );
    assert_eq!(outline.nodes[1].body, "| TT | Xã |\n|---|---|\n| 1. Một | Điều 3. Chợ |");
    assert_eq!(outline.nodes[2].body, "Nơi nhận:\n\n1. Như trên;\n\nTM. ỦY BAN NHÂN DÂN");
}

#[test]
fn lines_may_come_from_the_tables_style_and_go_from_every_cell() {
    let grid = "<w:style w:type=\"table\" w:styleId=\"G\"><w:tblPr><w:tblBorders><w:top w:val=\"single\"/></w:tblBorders></w:tblPr></w:style>\
                <w:style w:type=\"table\" w:styleId=\"H\"><w:basedOn w:val=\"G\"/></w:style>";
    let body = |cell: &str| {
        let motto = format!("<w:tcPr>{cell}</w:tcPr>{}", p("", "Độc lập - Tự do - Hạnh phúc"));
        p("", "Mẫu") + &table("<w:tblStyle w:val=\"H\"/>", &[&[motto.clone(), motto]])
    };
    let lines = |cell: &str| read(&docx(&body(cell), grid, "")).preamble.contains('|');
    assert!(lines(""));
    assert!(!lines("<w:tcBorders><w:top w:val=\"nil\"/></w:tcBorders>"));
}

#[test]
fn a_table_of_contents_makes_no_headings() {
    let styles = style("TOC1", "toc 1", "") + &style("Heading1", "heading 1", "");
    let body = styled("TOC1", "I. TÌNH HÌNH")
        + &styled("Heading1", "I. TÌNH HÌNH")
        + &p("", "Chợ phát triển nhanh.")
        + &styled("Heading1", "II. NHIỆM VỤ");
    let outline = read(&docx(&body, &styles, ""));
    assert_eq!((outline.preamble.as_str(), outline.nodes.len()), ("I. TÌNH HÌNH", 2));
}

#[test]
fn a_line_break_in_a_heading_only_lays_it_out() {
    let heading = "<w:p><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr><w:r><w:t>Chương I</w:t><w:br/><w:t>Quy định chung</w:t></w:r></w:p>";
    let body = heading.to_owned() + &styled("Heading2", "Điều 1. Phạm vi điều chỉnh");
    assert_eq!(
        tree(&docx(&body, "", "")),
        ["chapter Chương I Quy định chung", "  article Điều 1 Phạm vi điều chỉnh"]
    );
}

#[test]
fn tables_are_grids_whose_merged_cells_cover_their_columns() {
    let merged =
        |span: u32, text: &str| format!("<w:tcPr><w:gridSpan w:val=\"{span}\"/></w:tcPr>{}", p("", text));
    let inner = table("", &[&[p("", "a"), p("", "b")]]);
    let deleted = "<w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p/></w:tc></w:tr>";
    let before =
        format!("<w:tr><w:trPr><w:gridBefore w:val=\"2\"/></w:trPr><w:tc>{}</w:tc></w:tr>", p("", "z"));
    let shown = table("", &[&[merged(2, "MB/NC"), p("", "Comments")], &[p("", "")], &[p("", "VN") + &inner]]);
    let open = shown.strip_suffix("</w:tbl>").unwrap();
    let first = format!("{open}{deleted}{before}</w:tbl>");
    let body = first + &p("", "giữa") + &table("", &[&[p("", "hai")]]);
    let grids = tables("file", &docx(&body, "", "")).unwrap();
    let shown: Vec<_> = grids
        .iter()
        .map(|grid| {
            let rows: Vec<_> = grid.rows.iter().map(|row| (row.number, row.cells.join(";"))).collect();
            (grid.name.as_str(), rows)
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("1", vec![(1, "MB/NC;;Comments".into()), (3, "VN\na\nb".into()), (4, ";;z".into())]),
            ("2", vec![(1, "hai".into())]),
        ]
    );
}
