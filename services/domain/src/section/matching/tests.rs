use super::*;
use crate::section::{checked, next_version};

/// A section of a tree: how deep, its label, heading and text.
type Row = (usize, &'static str, &'static str, &'static str);

fn tree(rows: &[Row]) -> Vec<NewSection> {
    let mut open: Vec<usize> = Vec::new();
    let section = |(place, (depth, label, heading, body)): (usize, &Row)| {
        open.truncate(*depth);
        let parent = open.last().copied();
        open.push(place);
        let level = ["part", "article", "clause"][*depth].to_owned();
        NewSection {
            parent,
            level,
            label: (*label).to_owned(),
            heading: (*heading).to_owned(),
            body: (*body).to_owned(),
            id: None,
        }
    };
    checked(rows.iter().enumerate().map(section).collect()).unwrap()
}

fn next(before: &[Section], rows: &[Row]) -> Vec<Section> {
    let fresh = before.iter().map(|section| section.id).max().unwrap_or(0) + 1;
    next_version("Nghị quyết", String::new(), before, tree(rows), fresh).unwrap()
}

/// The ids that the sections of the second tree get; those of the first are 1, 2, 3 … in reading order.
fn ids(before: &[Row], after: &[Row]) -> Vec<SectionId> {
    let sections = next(&next(&[], before), after);
    sections.iter().filter(|section| !section.removed).skip(1).map(|section| section.id).collect()
}

const SCOPE: &str = "Nghị quyết này quy định phạm vi hỗ trợ xây dựng nông thôn mới trên địa bàn tỉnh.";
const LEVELS: &str = "Mức hỗ trợ cho mỗi xã là một tỷ đồng, chia làm hai đợt trong năm đầu tiên.";
const MONEY: &str = "Ngân sách tỉnh bảo đảm bảy mươi phần trăm, ngân sách huyện bảo đảm phần còn lại.";
const DUTIES: &str = "Ủy ban nhân dân các cấp tổ chức thi hành và báo cáo Hội đồng nhân dân hằng năm.";

const ARTICLES: &[Row] = &[
    (0, "Điều 1", "Phạm vi", SCOPE),
    (0, "Điều 2", "Mức hỗ trợ", LEVELS),
    (0, "Điều 3", "Nguồn kinh phí", MONEY),
    (0, "Điều 4", "Tổ chức thực hiện", DUTIES),
];

#[test]
fn a_tree_that_is_the_same_changes_nothing_whatever_is_alike_in_it() {
    let trees: [&[Row]; 3] = [
        ARTICLES,
        // Nothing but the order tells these apart.
        &[(0, "I", "", ""), (0, "I", "", ""), (1, "1", "Một", ""), (0, "I", "", ""), (1, "1", "Một", "")],
        &[
            (0, "", "NGHỊ QUYẾT", ""),
            (1, "Điều 1", "Phạm vi", SCOPE),
            (0, "", "QUY CHẾ", ""),
            (1, "Điều 1", "Phạm vi", SCOPE),
        ],
    ];
    for rows in trees {
        let first = next(&[], rows);
        assert_eq!(next(&first, rows), first);
    }
}

#[test]
fn case_punctuation_and_white_space_count_nowhere() {
    let shouted = &[
        (0, "ĐIỀU 1.", "PHẠM VI:", "Nghị quyết này quy định: phạm vi hỗ trợ, xây dựng\n\nnông thôn mới…"),
        (0, "Điều 2:", "Mức  hỗ trợ", LEVELS),
    ];
    let quiet = &[
        (0, "Điều 1", "Phạm vi", "nghị quyết này quy định phạm vi hỗ trợ xây dựng nông thôn mới"),
        (0, "Điều 3", "Mức hỗ trợ", LEVELS),
    ];
    assert_eq!(ids(shouted, quiet), [1, 2]);
}

#[test]
fn an_inserted_article_renumbers_the_rest_and_every_id_is_kept() {
    let after = &[
        (0, "Điều 1", "Phạm vi", SCOPE),
        (0, "Điều 2", "Đối tượng áp dụng", "Các xã, thôn và hộ dân trên địa bàn tỉnh có liên quan."),
        // Renumbered and unchanged; renumbered and rewritten; renumbered and renamed.
        (0, "Điều 3", "Mức hỗ trợ", LEVELS),
        (0, "Điều 4", "Nguồn kinh phí", "Do ngân sách trung ương bảo đảm toàn bộ từ năm 2021 trở đi."),
        (0, "Điều 5", "Trách nhiệm thi hành", DUTIES),
    ];
    assert_eq!(ids(ARTICLES, after), [1, 5, 2, 3, 4]);
}

#[test]
fn an_article_that_is_gone_renumbers_the_rest_and_every_id_is_kept() {
    let after = &[
        (0, "Điều 1", "Phạm vi", SCOPE),
        (0, "Điều 2", "Nguồn kinh phí", MONEY),
        (0, "Điều 3", "Tổ chức thực hiện", DUTIES),
    ];
    assert_eq!(ids(ARTICLES, after), [1, 3, 4]);
}

#[test]
fn two_articles_that_change_places_keep_their_ids() {
    let short: &[Row] = &[(0, "1", "Mục tiêu", "A"), (0, "2", "Yêu cầu", ""), (0, "3", "", "Ba từ thôi")];
    let swapped = &[(0, "1", "", "Ba từ thôi"), (0, "2", "Mục tiêu", "A"), (0, "3", "Yêu cầu", "")];
    assert_eq!(ids(short, swapped), [3, 1, 2]);
}

#[test]
fn clauses_without_a_heading_are_told_by_their_words() {
    let before = &[
        (0, "Điều 1", "Phạm vi", ""),
        (1, "1", "", "Xã khu vực III"),
        (1, "2", "", LEVELS),
        (1, "3", "", "Thôn đặc biệt khó khăn ở vùng sâu"),
    ];
    let after = &[
        (0, "Điều 1", "Phạm vi", ""),
        // Put in: the label of the first proves nothing.
        (1, "1", "", "Xã biên giới"),
        (1, "2", "", "Xã khu vực III"),
        (1, "3", "", "Mức hỗ trợ cho mỗi xã là hai tỷ đồng, chia làm ba đợt trong năm đầu tiên."),
        // Of one label, and not alike.
        (1, "4", "", "Thôn đặc biệt khó khăn"),
    ];
    // What was 2 is 3 now with other figures: neither its label nor its words are the same, so it is not guessed.
    assert_eq!(ids(before, after), [1, 5, 2, 6, 7]);
    let edited = &[
        (0, "Điều 1", "Phạm vi", ""),
        (1, "1", "", "Xã khu vực III"),
        (1, "2", "", "Mức hỗ trợ cho mỗi xã là hai tỷ đồng, chia làm ba đợt trong năm đầu tiên."),
        (1, "3", "", "Hộ nghèo"),
    ];
    assert_eq!(ids(before, edited), [1, 2, 3, 5]);
}

const CHAPTERS: &[Row] = &[
    (0, "Chương I", "Chung", ""),
    (1, "Điều 1", "Phạm vi", SCOPE),
    (1, "Điều 2", "Mức hỗ trợ", "Một tỷ đồng."),
    (0, "Chương II", "Riêng", ""),
    (1, "Điều 3", "Nguồn kinh phí", MONEY),
    (1, "Điều 4", "Tổ chức thực hiện", DUTIES),
];

#[test]
fn an_article_moved_to_another_chapter_keeps_its_id_with_its_text_changed_too() {
    let after = &[
        (0, "Chương I", "Chung", ""),
        (1, "Điều 1", "Phạm vi", SCOPE),
        (0, "Chương II", "Riêng", ""),
        (1, "Điều 2", "Nguồn kinh phí", MONEY),
        (1, "Điều 3", "Mức hỗ trợ", "Hai tỷ đồng mỗi xã."),
        (1, "Điều 4", "Tổ chức thực hiện", DUTIES),
    ];
    assert_eq!(ids(CHAPTERS, after), [1, 2, 4, 5, 3, 6]);
}

#[test]
fn a_chapter_put_in_before_takes_no_subsection_of_the_next() {
    // A report: each chapter has the same headings below.
    let before = &[
        (0, "I", "Nông nghiệp", ""),
        (1, "1", "Kết quả", ""),
        (1, "2", "Hạn chế", ""),
        (0, "II", "Giáo dục", ""),
        (1, "1", "Kết quả", ""),
        (1, "2", "Hạn chế", ""),
    ];
    let after = &[
        (0, "I", "Nông nghiệp", ""),
        (1, "1", "Kết quả", ""),
        (1, "2", "Hạn chế", ""),
        (0, "II", "Y tế", ""),
        (1, "1", "Kết quả", ""),
        (1, "2", "Hạn chế", ""),
        (0, "III", "Giáo dục", ""),
        (1, "1", "Kết quả", ""),
        (1, "2", "Hạn chế", "Còn thiếu giáo viên."),
    ];
    assert_eq!(ids(before, after), [1, 2, 3, 7, 8, 9, 4, 5, 6]);
}

#[test]
fn a_chapter_renamed_or_moved_with_its_content_keeps_its_id() {
    let renamed = &[
        (0, "Chương I", "Chung", ""),
        (1, "Điều 1", "Phạm vi", SCOPE),
        (1, "Điều 2", "Mức hỗ trợ", "Một tỷ đồng."),
        (0, "Chương II", "Nhiệm vụ và giải pháp", ""),
        (1, "Điều 3", "Nguồn kinh phí", MONEY),
        (1, "Điều 4", "Tổ chức thực hiện", DUTIES),
    ];
    assert_eq!(ids(CHAPTERS, renamed), [1, 2, 3, 4, 5, 6]);
    let moved = &[
        (0, "Chương I", "Nhiệm vụ và giải pháp", ""),
        (1, "Điều 1", "Nguồn kinh phí", MONEY),
        (1, "Điều 2", "Tổ chức thực hiện", DUTIES),
        (0, "Chương II", "Chung", ""),
        (1, "Điều 3", "Phạm vi", SCOPE),
        (1, "Điều 4", "Mức hỗ trợ", "Một tỷ đồng."),
    ];
    assert_eq!(ids(CHAPTERS, moved), [4, 5, 6, 1, 2, 3]);
}

#[test]
fn a_renamed_heading_keeps_its_id_where_half_of_the_words_are_the_same_or_the_text_is() {
    // heading before, text before, heading after, text after, whether it is the same section
    let table = [
        ("Mục đích", "", "Mục đích, yêu cầu", "", true),
        ("Mục đích", "", "Yêu cầu", "", false),
        ("Mục đích", "", "", "", false),
        ("Mục đích", SCOPE, "Phạm vi", SCOPE, true),
        // Both have a text: it is weighed, and a formula in the heading proves nothing.
        ("Trách nhiệm của Sở Tài chính", MONEY, "Trách nhiệm của Sở Nội vụ", DUTIES, false),
        (
            "Nguyên tắc",
            LEVELS,
            "Các nguyên tắc, điều kiện và mức",
            LEVELS.strip_suffix("đầu tiên.").unwrap(),
            true,
        ),
    ];
    for (heading, body, renamed, changed, same) in table {
        let before = &[(0, "Điều 1", heading, body), (0, "Điều 2", "Khác", "")];
        let after = &[(0, "Điều 1", renamed, changed), (0, "Điều 2", "Khác", "")];
        assert_eq!(ids(before, after)[0] == 1, same, "{heading} → {renamed}");
    }
}

#[test]
fn merged_and_split_sections_are_new_and_the_old_ones_are_removed() {
    let (both, half): (&'static str, _) = (format!("{MONEY} {DUTIES}").leak(), "Nguồn lực và trách nhiệm");
    let parts: &[Row] = &[
        (0, "Điều 1", "Phạm vi", SCOPE),
        (0, "Điều 2", "Nguồn kinh phí", MONEY),
        (0, "Điều 3", "Tổ chức thực hiện", DUTIES),
    ];
    let whole = &[(0, "Điều 1", "Phạm vi", SCOPE), (0, "Điều 3", half, both)];
    let sections = next(&next(&[], parts), whole);
    let shown: Vec<_> = sections.iter().map(|section| (section.id, section.removed)).collect();
    assert_eq!(shown, [(0, false), (1, false), (4, false), (2, true), (3, true)]);
    // Split again: the parts come back as what they were, the whole is removed.
    let sections = next(&sections, parts);
    let shown: Vec<_> = sections.iter().map(|section| (section.id, section.removed)).collect();
    assert_eq!(shown, [(0, false), (1, false), (2, false), (3, false), (4, true)]);
    // Split into what was never there.
    let split = &[
        (0, "Điều 1", "Phạm vi", "Nghị quyết này quy định phạm vi hỗ trợ"),
        (0, "Điều 2", "Địa bàn", "xây dựng nông thôn mới trên địa bàn tỉnh"),
    ];
    assert_eq!(ids(&[(0, "Điều 3", "Phạm vi và địa bàn", SCOPE)], split), [2, 3]);
}

#[test]
fn a_heading_twice_is_kept_by_its_parent_and_one_label_in_text_and_charter_by_what_it_says() {
    let before = &[
        (0, "", "NGHỊ QUYẾT", ""),
        (1, "Điều 1", "Phạm vi", "Một."),
        (0, "", "QUY CHẾ", ""),
        (1, "Điều 1", "Phạm vi", "Hai."),
    ];
    let after = &[
        (0, "", "NGHỊ QUYẾT", ""),
        (1, "Điều 1", "Căn cứ", "Luật."),
        (1, "Điều 2", "Phạm vi", "Một, sửa."),
        (0, "", "QUY CHẾ", ""),
        (1, "Điều 1", "Phạm vi", "Hai, sửa."),
    ];
    assert_eq!(ids(before, after), [1, 5, 2, 3, 4]);
    // Without anything above to tell them apart, what they say must.
    let flat = &[(0, "Điều 1", "Phạm vi", SCOPE), (0, "Điều 1", "Phạm vi", LEVELS)];
    let one_changed = &[(0, "Điều 1", "Phạm vi", SCOPE), (0, "Điều 1", "Phạm vi", MONEY)];
    assert_eq!(ids(flat, one_changed), [1, 2]);
    let both_changed = &[(0, "Điều 1", "Phạm vi", DUTIES), (0, "Điều 1", "Phạm vi", MONEY)];
    assert_eq!(ids(flat, both_changed), [3, 4]);
}

#[test]
fn an_id_that_is_given_wins() {
    let before = next(&[], ARTICLES);
    let mut new = tree(&ARTICLES[..2]);
    new[0].id = Some(2);
    let sections = next_version("", String::new(), &before, new, 5).unwrap();
    let shown: Vec<_> = sections.iter().map(|section| (section.id, section.removed)).collect();
    // Section 2 is taken, so nothing is left that Điều 2 could be.
    assert_eq!(shown, [(0, false), (2, false), (5, false), (1, true), (3, true), (4, true)]);
    let mut unknown = tree(&ARTICLES[..1]);
    unknown[0].id = Some(9);
    let refused = next_version("", String::new(), &before, unknown, 5).unwrap_err();
    assert_eq!(refused.violations[0].field, "sections[0].id");
}

#[test]
fn twenty_thousand_sections_are_matched_in_a_moment() {
    // Every heading the same, and every text: the worst for whatever compares each with each.
    let rows: Vec<NewSection> = (0..20_000)
        .map(|place| NewSection {
            label: format!("{}", place % 7),
            heading: "Kết quả".to_owned(),
            body: format!("Số liệu {}", place % 97),
            ..NewSection::default()
        })
        .collect();
    let before = next_version("", String::new(), &[], checked(rows.clone()).unwrap(), 1).unwrap();
    let mut shifted = rows;
    shifted.rotate_left(1);
    let sections = next_version("", String::new(), &before, checked(shifted).unwrap(), 20_001).unwrap();
    assert_eq!(sections.iter().filter(|section| !section.removed).count(), 20_001);
}
