use super::super::{Depth, Outline, Paragraph, of_paragraphs, parse};

/// `1 Chương I` is a paragraph in the first heading style, `0 …` one in none, `| …` a table.
fn outline(lines: &[&str], depth: Depth) -> Outline {
    let paragraphs: Vec<Paragraph> = lines
        .iter()
        .map(|line| {
            let (mark, text) = line.split_at(line.len().min(2));
            let heading = mark.trim().parse().unwrap_or_default();
            Paragraph { text: text.to_owned(), heading, quiet: mark.starts_with('|') }
        })
        .collect();
    of_paragraphs(&paragraphs, depth)
}

/// `level label <parent's label or heading> heading`, one node a line.
fn tree(lines: &[&str], depth: Depth) -> Vec<String> {
    let outline = outline(lines, depth);
    let name = |index: Option<usize>| {
        let node = index.and_then(|index| outline.nodes.get(index));
        node.map_or("", |node| if node.label.is_empty() { &node.heading } else { &node.label })
    };
    let show = |node: &super::super::Node| {
        format!("{} {} <{}> {}", node.level.as_str(), node.label, name(node.parent), node.heading)
    };
    outline.nodes.iter().map(show).collect()
}

#[test]
fn a_styled_heading_without_a_number_stands_among_the_chapters() {
    let lines = [
        "1 NGHỊ ĐỊNH",
        "0 Căn cứ Luật Chợ;",
        "1 Lời nói đầu",
        "0 Chợ là nơi mua bán.",
        "1 Chương I",
        "1 Quy định chung",
        "2 Điều 1. Phạm vi",
        "0 1. Chợ.",
        "3 Chợ đầu mối",
        "0 Là chợ lớn.",
        "2 Điều 2. Đối tượng",
        "0 Mọi người.",
        "1 Lời kết",
        "0 Hết.",
        "1 Chương II. Thi hành",
        "2 Điều 3. Hiệu lực",
        "1 Nơi nhận:",
        "0 - Lưu.",
    ];
    assert_eq!(
        tree(&lines, Depth::Clause),
        [
            "h1  <> Lời nói đầu",
            "chapter Chương I <> Quy định chung",
            "article Điều 1 <Chương I> Phạm vi",
            "clause 1 <Điều 1> Chợ.",
            "h3  <Điều 1> Chợ đầu mối",
            "article Điều 2 <Chương I> Đối tượng",
            "h1  <> Lời kết",
            "chapter Chương II <> Thi hành",
            "article Điều 3 <Chương II> Hiệu lực",
        ]
    );
}

#[test]
fn a_report_without_numbers_nests_by_its_styles_and_numbers_start_again_below_each() {
    let lines = [
        "1 BÁO CÁO",
        "1 Tổng kết mười năm",
        "0 Kính gửi Ủy ban nhân dân tỉnh.",
        "1 Kết quả",
        "2 Thu nhập của người dân",
        "0 1. Nông thôn",
        "0 2. Thành thị",
        "2 Hạ tầng",
        "0 1. Đường",
        "1 Hạn chế",
        "0 Còn nhiều.",
    ];
    assert_eq!(
        tree(&lines, Depth::Clause),
        [
            "h1  <> Kết quả",
            "h2  <Kết quả> Thu nhập của người dân",
            "number 1 <Thu nhập của người dân> Nông thôn",
            "number 2 <Thu nhập của người dân> Thành thị",
            "h2  <Kết quả> Hạ tầng",
            "number 1 <Hạ tầng> Đường",
            "h1  <> Hạn chế",
        ]
    );
}

#[test]
fn a_styled_heading_keeps_its_place_whatever_its_number() {
    let lines = ["1 I. ĐƯỢC", "2 1. Thu", "2 7. Chi", "1 IX. CHƯA", "2 1. Nợ", "0 Nợ cũ của tỉnh."];
    assert_eq!(
        tree(&lines, Depth::Article),
        ["roman I <> ĐƯỢC", "number 1 <I> Thu", "number 7 <I> Chi", "roman IX <> CHƯA", "number 1 <IX> Nợ"]
    );
}

#[test]
fn a_table_is_never_a_heading_and_stays_in_the_text() {
    let lines =
        ["0 Điều 1. Mức phí chợ", "| Điều 2. Phí\nĐiều 3. Lệ phí", "0 Điều 2. Hiệu lực", "0 Từ ngày ký."];
    let outline = outline(&lines, Depth::Article);
    let labels: Vec<&str> = outline.nodes.iter().map(|node| node.label.as_str()).collect();
    assert_eq!(labels, ["Điều 1", "Điều 2"]);
    assert_eq!(outline.nodes[0].body, "Điều 2. Phí\nĐiều 3. Lệ phí");
    assert_eq!(outline.nodes.iter().map(|node| node.line).collect::<Vec<_>>(), [1, 6]);
}

#[test]
fn nothing_in_the_text_of_a_paragraph_is_a_markdown_mark() {
    let lines =
        ["0 # Tờ trình", "0 Điều 1. Giá *x* theo `m_2_` <b> [1](2)", "0 ```", "0 Điều 2. Phí", "0 ```"];
    let outline = outline(&lines, Depth::Article);
    assert_eq!(outline.preamble, "# Tờ trình");
    assert_eq!(outline.nodes[0].heading, "Giá *x* theo `m_2_` <b> [1](2)");
    assert_eq!(outline.nodes.len(), 2);
}

#[test]
fn paragraphs_without_styles_are_read_as_text_is() {
    let text = "NGHỊ ĐỊNH\n\nChương I\n\nQUY ĐỊNH CHUNG\n\nĐiều 1. Phạm vi\n\n1. Chợ:\n\na) Chợ nổi;\n\nđ) Chợ đêm.\n\nPhụ lục\n\nDANH MỤC";
    let paragraphs: Vec<Paragraph> =
        text.split("\n\n").map(|text| Paragraph { text: text.into(), ..Paragraph::default() }).collect();
    assert_eq!(of_paragraphs(&paragraphs, Depth::Point), parse(text, Depth::Point));
}

#[test]
fn a_title_in_capitals_goes_on_in_the_next_paragraph_but_not_over_an_empty_one() {
    let joined = ["0 Chương I", "0 QUẢN LÝ", "0 VÀ PHÁT TRIỂN CHỢ", "0 Điều 1. Chợ ở nông thôn Việt Nam"];
    assert_eq!(tree(&joined, Depth::Article)[0], "chapter Chương I <> QUẢN LÝ VÀ PHÁT TRIỂN CHỢ");
    let apart =
        ["0 Chương I", "0 QUẢN LÝ", "0 ", "0 VÀ PHÁT TRIỂN CHỢ", "0 Điều 1. Chợ ở nông thôn Việt Nam"];
    assert_eq!(tree(&apart, Depth::Article)[0], "chapter Chương I <> QUẢN LÝ");
}

#[test]
fn a_standard_keeps_its_foreword_beside_its_numbered_clauses() {
    let lines = [
        "1 Foreword",
        "0 ISO is a federation.",
        "1 1 Scope",
        "0 This document specifies.",
        "1 2 Terms",
        "2 2.1 General",
        "2 2.2 Markets",
        "1 Annex A (informative) Examples",
        "2 A.1 Use",
        "1 Bibliography",
        "0 [1] ISO 1.",
    ];
    assert_eq!(
        tree(&lines, Depth::Article),
        [
            "h1  <> Foreword",
            "h1 1 <> Scope",
            "h1 2 <> Terms",
            "h2 2.1 <2> General",
            "h2 2.2 <2> Markets",
            "h1 Annex A <> (informative) Examples",
            "h2 A.1 <Annex A> Use",
            "h1  <> Bibliography",
        ]
    );
}

#[test]
fn a_vietnamese_standard_has_its_chapters_and_annexes() {
    let lines = [
        "1 Lời nói đầu",
        "0 Tiêu chuẩn này do Bộ Công Thương soạn.",
        "1 Chương 1. Chợ",
        "2 1.1 Phạm vi",
        "2 1.2 Thuật ngữ",
        "3 1.2.1 Chợ đầu mối",
        "1 Phụ lục A (tham khảo) Ví dụ",
        "2 A.1 Chợ nổi",
    ];
    assert_eq!(
        tree(&lines, Depth::Article),
        [
            "h1  <> Lời nói đầu",
            "h1 Chương 1 <> Chợ",
            "h2 1.1 <Chương 1> Phạm vi",
            "h2 1.2 <Chương 1> Thuật ngữ",
            "h3 1.2.1 <1.2> Chợ đầu mối",
            "h1 Phụ lục A <> (tham khảo) Ví dụ",
            "h2 A.1 <Phụ lục A> Chợ nổi",
        ]
    );
}

#[test]
fn a_form_inside_an_appendix_does_not_hide_the_headings_above_it() {
    let lines = [
        "0 Phụ lục I",
        "0 THỂ THỨC VĂN BẢN",
        "0 Phần I",
        "0 QUY ĐỊNH CHUNG",
        "0 I. KHỔ GIẤY",
        "0 1. Khổ A4.",
        "| CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "0 II. PHÔNG CHỮ",
    ];
    let found = tree(&lines, Depth::Clause);
    assert_eq!(found.last().map(String::as_str), Some("roman II <Phần I> PHÔNG CHỮ"));
}

#[test]
fn many_styled_paragraphs_end_quickly_and_at_the_limit() {
    let paragraph = Paragraph { text: "Chợ".to_owned(), heading: 9, quiet: false };
    let outline = of_paragraphs(&vec![paragraph; 200_000], Depth::Point);
    assert_eq!(outline.nodes.len(), super::super::MAX_NODES);
}
