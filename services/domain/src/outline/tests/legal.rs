use unicode_normalization::UnicodeNormalization;

use super::super::{Depth, Level, parse};
use super::{lines, tree};

const DECREE: &str = "CHÍNH PHỦ\n\nNGHỊ ĐỊNH\nQuy định về chợ\n\nChương I\nQUY ĐỊNH CHUNG\n\nĐiều 1. Phạm vi điều chỉnh\n\
    1. Nghị định này quy định:\na) Quản lý chợ;\nđ) Phí chợ.\n2. Không áp dụng cho siêu thị.\n\
    Điều 2. Đối tượng áp dụng\nTổ chức, cá nhân.\n\nChương II\nTỔ CHỨC\nTHỰC HIỆN\n\nMục 1. TRÁCH NHIỆM\n\n\
    Điều 3. Hiệu lực\nTừ ngày ký.\n\nNơi nhận:\n- Bộ Công Thương;\n- Lưu: VT.\n";

#[test]
fn chapters_sections_and_articles_nest() {
    assert_eq!(
        tree(DECREE, Depth::Article),
        [
            "chapter Chương I <> QUY ĐỊNH CHUNG",
            "article Điều 1 <Chương I> Phạm vi điều chỉnh",
            "article Điều 2 <Chương I> Đối tượng áp dụng",
            "chapter Chương II <> TỔ CHỨC THỰC HIỆN",
            "section Mục 1 <Chương II> TRÁCH NHIỆM",
            "article Điều 3 <Mục 1> Hiệu lực",
        ]
    );
}

#[test]
fn clauses_and_points_nest_under_their_article_and_addressees_are_left_out() {
    let found = tree(DECREE, Depth::Point);
    assert!(found.contains(&"clause 1 <Điều 1> Nghị định này quy định:".to_owned()));
    assert!(found.contains(&"point đ <1> Phí chợ.".to_owned()));
    assert!(found.contains(&"clause 2 <Điều 1> Không áp dụng cho siêu thị.".to_owned()));
    assert!(!found.iter().any(|node| node.starts_with("dash")));
    assert!(!tree(DECREE, Depth::Clause).iter().any(|node| node.starts_with("point")));
}

#[test]
fn the_text_between_headings_is_kept() {
    let outline = parse(DECREE, Depth::Article);
    assert!(outline.preamble.starts_with("CHÍNH PHỦ") && outline.preamble.ends_with("Quy định về chợ"));
    assert_eq!(outline.nodes.get(2).map(|node| node.body.as_str()), Some("Tổ chức, cá nhân."));
    assert_eq!(lines(&outline), [6, 9, 14, 17, 21, 23]);
    assert!(outline.nodes.iter().all(|node| node.level.is_article_or_above()));
}

#[test]
fn decomposed_letters_carriage_returns_and_a_byte_order_mark_change_nothing() {
    let nfd: String = DECREE.nfd().collect();
    let windows = format!("\u{feff}{}", nfd.replace('\n', "\r\n"));
    let (plain, other) = (parse(DECREE, Depth::Point), parse(&windows, Depth::Point));
    assert_eq!(lines(&plain), lines(&other));
    assert_eq!(tree(DECREE, Depth::Point), tree(&windows, Depth::Point));
}

#[test]
fn quoted_articles_of_an_amending_decree_are_not_headings() {
    let text = "NGHỊ ĐỊNH\n\nĐiều 1. Sửa đổi Điều 2\n\n“Điều 2. Đối tượng\n\n1. Tổ chức.\n\nĐiều 2a. Phạm vi\n\n\
        2. Cá nhân.”.\n\nĐiều 2. Bổ sung Điều 3\n\n\"Điều 3. Nguyên tắc\n\na) Công khai.\".\n\nĐiều 3. Hiệu lực\n";
    let labels: Vec<String> = parse(text, Depth::Point).nodes.into_iter().map(|node| node.label).collect();
    assert_eq!(labels, ["Điều 1", "Điều 2", "Điều 3"]);
}

#[test]
fn a_quotation_that_is_never_closed_does_not_swallow_the_next_articles() {
    let text = "NGHỊ ĐỊNH\n\nĐiều 1. Sửa đổi Điều 7\n\n“Điều 7. Phí chợ\n\nĐiều 7a. Thuế\n\nĐiều 2. Hiệu lực\n\nTừ ngày ký.\n";
    let labels: Vec<String> = parse(text, Depth::Article).nodes.into_iter().map(|node| node.label).collect();
    assert_eq!(labels, ["Điều 1", "Điều 2"]);
}

#[test]
fn an_inserted_article_follows_the_one_it_was_inserted_after() {
    let text = "VĂN BẢN HỢP NHẤT\n\nĐiều 5. Chợ\n\nĐiều 5a. Chợ nổi\n\nĐiều 5b. Chợ đêm\n\nĐiều 6. Phí\n";
    let labels: Vec<String> = parse(text, Depth::Article).nodes.into_iter().map(|node| node.label).collect();
    assert_eq!(labels, ["Điều 5", "Điều 5a", "Điều 5b", "Điều 6"]);
}

#[test]
fn an_attached_document_starts_its_numbering_again() {
    let text = "QUYẾT ĐỊNH\n\nĐiều 1. Ban hành kèm theo Quyết định này Quy chế.\n\nĐiều 2. Có hiệu lực từ ngày ký.\n\n\
        Nơi nhận:\n- Như Điều 2;\n\nQUY CHẾ\nHOẠT ĐỘNG CỦA CHỢ\n(Ban hành kèm theo Quyết định số 5/QĐ-UBND)\n\n\
        Chương I\nQUY ĐỊNH CHUNG\n\nĐiều 1. Phạm vi\n\nĐiều 2. Đối tượng\n\nPHỤ LỤC I\nDANH MỤC CHỢ\n\
        (Kèm theo Quyết định số 5/QĐ-UBND)\n\nMẫu số 01\n\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n\nĐiều 1. ........\n";
    assert_eq!(
        tree(text, Depth::Article),
        [
            "article Điều 1 <> Ban hành kèm theo Quyết định này Quy chế.",
            "article Điều 2 <> Có hiệu lực từ ngày ký.",
            "document QUY CHẾ <> HOẠT ĐỘNG CỦA CHỢ",
            "chapter Chương I <QUY CHẾ> QUY ĐỊNH CHUNG",
            "article Điều 1 <Chương I> Phạm vi",
            "article Điều 2 <Chương I> Đối tượng",
            "appendix Phụ lục I <> DANH MỤC CHỢ",
            "form Mẫu số 01 <Phụ lục I> ",
        ]
    );
}

#[test]
fn references_at_the_start_of_a_wrapped_line_are_not_headings() {
    let text = "THÔNG TƯ\n\nĐiều 1. Phạm vi\nThực hiện theo quy định tại\nĐiều 53 và Điều 54 Luật Đấu thầu, theo\n\
        Chương IV của Nghị định và\nPhụ lục II ban hành kèm theo Thông tư này, khoản\n2. Điều này.\n\n\
        Điều 2. Hiệu lực\n";
    let labels: Vec<String> = parse(text, Depth::Article).nodes.into_iter().map(|node| node.label).collect();
    assert_eq!(labels, ["Điều 1", "Điều 2"]);
}

#[test]
fn scanned_text_with_slips_is_still_read() {
    let text = "THÔNG TƯ\n\nCHƯƠNG l\nQUY ĐINH CHUNG\n\nĐiêu 1. Pham vi\n\n2\n\nĐiều 2, Đối tượng\n\nĐiểu l3. Sai số\n\n\
        Chương H\nTÔ CHỨC\n\nĐiều 3. Hiệu lực\n";
    let found = tree(text, Depth::Article);
    assert_eq!(
        found,
        [
            "chapter Chương I <> QUY ĐINH CHUNG",
            "article Điều 1 <Chương I> Pham vi",
            "article Điều 2 <Chương I> Đối tượng",
            "chapter Chương II <> TÔ CHỨC",
            "article Điều 3 <Chương II> Hiệu lực",
        ]
    );
}

#[test]
fn a_table_of_contents_is_not_the_text() {
    let text = "LUẬT CHỢ\n\nMỤC LỤC\nChương I\nĐiều 1. Phạm vi\nĐiều 2. Phí ............ 3\n\nChương I\nCHUNG QUY\n\n\
        Điều 1. Phạm vi\nChợ.\n\nĐiều 2. Phí\nĐồng.\n";
    let outline = parse(text, Depth::Article);
    assert_eq!(lines(&outline), [8, 11, 14]);
}

#[test]
fn an_english_translation_keeps_its_words() {
    let text = "DECREE\n\nChapter I\nGENERAL PROVISIONS\n\nArticle 1. Scope\n1. Markets.\n\nArticle 2. Subjects\nAll.\n";
    let outline = parse(text, Depth::Clause);
    let levels: Vec<Level> = outline.nodes.iter().map(|node| node.level).collect();
    assert_eq!(levels, [Level::Chapter, Level::Article, Level::Clause, Level::Article]);
    assert_eq!(outline.nodes.first().map(|node| node.label.as_str()), Some("Chapter I"));
}
