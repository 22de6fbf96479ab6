use ykien_domain::model::Comment;
use ykien_domain::words::Status;
use ykien_domain::{Reason, Result};

use super::sample::{self, AtHand, Record};
use super::*;

const GROUPS: [Group; 4] = [Group::Section, Group::Status, Group::Agency, Group::Responsible];

fn try_summary(snapshot: &Snapshot, comments: &[Comment], by: Group, language: Language) -> Result<Record> {
    let mut record = Record::default();
    draw(snapshot, &mut AtHand(comments.to_vec()), by, &sample::letterhead(), language, &mut record)?;
    Ok(record)
}

fn summary(by: Group, language: Language) -> Record {
    let comments = sample::comments();
    try_summary(&sample::snapshot(&comments), &comments, by, language).unwrap()
}

#[test]
fn each_agency_stands_where_its_answer_puts_it() {
    let text = summary(Group::Section, Language::Vietnamese).text();
    let preamble = text.split("pages: Landscape").next().unwrap();
    let found = preamble.split_once("1. Tổng số").unwrap().1;
    assert_eq!(
        format!("1. Tổng số{found}").trim_end(),
        "\
1. Tổng số cơ quan được lấy ý kiến: 11; số cơ quan có ý kiến trả lời: 7 (đúng hạn: 5; quá hạn: 2); đã gửi ý kiến góp ý, \
chưa có văn bản trả lời: 1; ngoài danh sách lấy ý kiến: 1.
2. Kết quả
2.1. Các cơ quan nhất trí (1 cơ quan):
- Sở Tài nguyên và Môi trường (Công văn số 877/STNMT-KHTC ngày 09/7/2020).
Các cơ quan trả lời không có ý kiến (1 cơ quan):
- Công an tỉnh (Công văn ngày 03/02/2020; gửi quá hạn).
Các cơ quan không trả lời được coi là nhất trí theo điểm 3 Công văn số 1050/SNN-PTNT ngày 21/7/2020 (3 cơ quan):
- Sở Xây dựng;
- Cục Thống kê tỉnh;
- Bộ Chỉ huy Quân sự tỉnh.
2.2. Các cơ quan có ý kiến góp ý (6 cơ quan):
- Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh Lạng Sơn (Công văn số 320/MTTQ-BTT ngày 23/7/2020; nhất trí, có ý kiến; 1 ý kiến);
- Sở Kế hoạch và Đầu tư (Công văn số 905/SKHĐT-TH ngày 22/7/2020; không nhất trí; 2 ý kiến);
- Sở Tài chính (Công văn số 1234/STC-NS ngày 20/7/2020; nhất trí, có ý kiến; 2 ý kiến);
- Sở Nội vụ (chưa có văn bản trả lời; 1 ý kiến);
- Hội Nông dân tỉnh (văn bản chưa ghi số, ngày; nhất trí; 1 ý kiến);
- Ủy ban nhân dân huyện Hữu Lũng (Công văn số 412/UBND-NN; gửi quá hạn; nhất trí, có ý kiến; 1 ý kiến).
Các cơ quan ngoài danh sách lấy ý kiến có ý kiến (1 cơ quan):
- Liên minh Hợp tác xã tỉnh (Công văn số 55/LMHTX ngày 23/7/2020; nhất trí, có ý kiến; 1 ý kiến).
2.3. Tổng số ý kiến góp ý nhận được: 10; trong đó:
- Chờ xử lý: 4;
- Tiếp thu: 3;
- Tiếp thu một phần: 1;
- Không tiếp thu: 1;
- Đã rút: 1."
    );
}

#[test]
fn every_agency_that_was_asked_is_listed_once() {
    let snapshot = sample::snapshot(&sample::comments());
    let text = summary(Group::Section, Language::Vietnamese).text();
    for reply in &snapshot.progress.as_ref().unwrap().replies {
        let name = format!("- {}", snapshot.name(&reply.agency));
        assert_eq!(text.lines().filter(|line| line.starts_with(&name)).count(), 1, "{name}");
    }
}

#[test]
fn the_frame_is_that_of_the_decree() {
    let record = summary(Group::Section, Language::Vietnamese);
    let lines: Vec<&str> = record.0.iter().map(String::as_str).collect();
    assert_eq!(
        lines[..5],
        [
            "pages: Portrait, Dự thảo nq-20, bản 3, lần thay đổi 530",
            "row: ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN⏎SỞ NÔNG NGHIỆP VÀ PHÁT TRIỂN NÔNG THÔN | \
             CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM⏎Độc lập - Tự do - Hạnh phúc",
            "row: Số: 215/BTH-SNN | Lạng Sơn, ngày 24 tháng 7 năm 2020",
            "BẢN TỔNG HỢP",
            "Ý kiến, tiếp thu, giải trình ý kiến góp ý đối với dự thảo Báo cáo tổng kết 10 năm thực hiện Nghị quyết số \
             20-NQ/TU của Ban Chấp hành Đảng bộ tỉnh về xây dựng nông thôn mới __",
        ]
    );
    assert!(lines[5].ends_with("(bản 2; đợt 1 – lấy ý kiến các sở, ngành, địa phương; thời hạn góp ý: 17 giờ 00 ngày 23/7/2020). Kết quả như sau:"));
    assert_eq!(
        lines[lines.len() - 1],
        "row: Nơi nhận:⏎- Chủ tịch, các Phó Chủ tịch UBND tỉnh;⏎- Các cơ quan được lấy ý kiến;⏎- Lưu: VT, PTNT(5b). | \
         KT. GIÁM ĐỐC⏎PHÓ GIÁM ĐỐC⏎Nguyễn Văn B"
    );
}

#[test]
fn a_row_tells_the_whole_comment_and_what_became_of_it() {
    let record = summary(Group::Section, Language::Vietnamese);
    let rows = record.rows();
    let row =
        |number: &str| rows.iter().find(|row| row.len() == 4 && row[2].starts_with(number)).unwrap().clone();
    assert_eq!(
        row("(số 2) "),
        [
            "II › 1",
            "Sở KH&ĐT",
            "(số 2) Số liệu giao thông nông thôn⏎“đã cứng hóa được 1.234 km đường giao thông nông thôn”⏎\
             Số liệu tại đoạn này chưa khớp với Biểu số 1.⏎Đề nghị:⏎- Rà soát lại số km đường giao thông nông thôn;⏎\
             - Ghi rõ nguồn số liệu <Sở GTVT> & \"UBND huyện\".⏎\
             Đề nghị sửa thành: đã cứng hóa được 1.334,5 km đường giao thông nông thôn",
            "Tiếp thu một phần. Tiếp thu việc rà soát số liệu.⏎Về nguồn số liệu: giữ như dự thảo, vì đã nêu tại phần mở đầu.⏎\
             Đã thể hiện tại dự thảo bản 3.⏎Cơ quan chịu trách nhiệm: Sở XD.",
        ]
    );
    assert_eq!(row("(số 3) ")[1], "UBMTTQ tỉnh⏎(phát biểu tại cuộc họp: Bà Nguyễn Thị Hà, Phó Chủ tịch)");
    assert_eq!(row("(số 4) ")[1], "UBND h. Hữu Lũng⏎(gửi quá hạn)");
    assert_eq!(row("(số 4) ")[3], "Chờ xử lý.");
    assert!(
        row("(số 5) ")[2].starts_with("(số 5) Nội dung còn thiếu: cột \"Mục tiêu đến năm 2020\"⏎Đề nghị")
    );
    assert_eq!(row("(số 5) ")[3], "Đã rút.");
    assert!(row("(số 6) ")[3].contains("(Dự kiến, chưa công bố.)"));
    assert_eq!(row("(số 7) ")[0], "II › 3 (không còn trong bản này)");
    assert_eq!(row("(số 1) ")[3], "Tiếp thu.⏎Đã thể hiện tại dự thảo bản 3.");
}

#[test]
fn groups_have_their_own_rows_with_counts_that_add_up() {
    for language in Language::ALL {
        for by in GROUPS {
            let record = summary(by, language);
            let rows = record.rows();
            let groups: Vec<&str> = rows.iter().filter(|row| row.len() == 1).map(|row| row[0]).collect();
            let count = |group: &&str| -> i64 {
                let (_, count) = group.rsplit_once('(').unwrap();
                count.split(' ').next().unwrap().parse().unwrap()
            };
            assert_eq!(groups.iter().map(count).sum::<i64>(), 10, "{groups:?}");
            assert_eq!(rows.iter().filter(|row| row.len() == 4).count(), 10);
        }
    }
    let record = summary(Group::Responsible, Language::English);
    let groups: Vec<&str> =
        record.rows().into_iter().filter(|row| row.len() == 1).map(|row| row[0]).collect();
    assert_eq!(
        groups,
        [
            "Department of Agriculture and Rural Development (8 comments)",
            "Department of Finance (1 comment)",
            "Department of Construction (1 comment)"
        ]
    );
}

#[test]
fn a_section_is_named_with_those_above_it() {
    let text = summary(Group::Section, Language::Vietnamese).text();
    for group in [
        "row: Toàn bộ dự thảo (1 ý kiến)",
        "row: II. KẾT QUẢ THỰC HIỆN NGHỊ QUYẾT › 2. Kết quả huy động nguồn lực (1 ý kiến)",
        "row: II. KẾT QUẢ THỰC HIỆN NGHỊ QUYẾT › 3. Công tác tuyên truyền (không còn trong bản này) (1 ý kiến)",
    ] {
        assert!(text.lines().any(|line| line == group), "{group}");
    }
    // A section without comments of its own has no row.
    assert!(!text.lines().any(|line| line.starts_with("row: II. KẾT QUẢ THỰC HIỆN NGHỊ QUYẾT (")));
}

#[test]
fn comments_that_are_not_those_counted_are_refused() {
    let comments = sample::comments();
    let snapshot = sample::snapshot(&comments);
    let mut other = comments.clone();
    other[3].status = Status::Accepted;
    for read in [&comments[1..], &other] {
        let error = try_summary(&snapshot, read, Group::Section, Language::Vietnamese).err().unwrap();
        assert_eq!(error.reason, Reason::Internal);
    }
    assert!(
        try_summary(&sample::snapshot(&comments[1..]), &comments, Group::Status, Language::English).is_err()
    );
}

#[test]
fn a_draft_with_nothing_has_its_document_with_places_left_open() {
    let mut record = Record::default();
    let letterhead = Letterhead::default();
    draw(
        &sample::bare(),
        &mut AtHand(Vec::new()),
        Group::Section,
        &letterhead,
        Language::Vietnamese,
        &mut record,
    )
    .unwrap();
    let text = record.text();
    for line in [
        "pages: Portrait, Dự thảo nq-20, lần thay đổi 1",
        "row: Số:         /………… | …………………, ngày … tháng … năm ……",
        "1. Chưa có đợt lấy ý kiến nào đối với dự thảo.",
        "2.1. Tổng số ý kiến góp ý nhận được: 0.",
        "Không có ý kiến góp ý.",
        "row: Nơi nhận:⏎- …………………;⏎- Lưu: VT. | …………………⏎…………………",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("Landscape"));
}

#[test]
fn the_english_document_is_english_throughout() {
    let text = summary(Group::Status, Language::English).text();
    for words in [
        "SOCIALIST REPUBLIC OF VIET NAM⏎Independence - Freedom - Happiness",
        "row: No.: 215/BTH-SNN | Lạng Sơn, 24 July 2020",
        "Draft nq-20, version 3, revision 530",
        "- Department of Finance (letter 1234/STC-NS of 20 July 2020; agrees, with comments; 2 comments);",
        "header: Section | Agency | Comment | Outcome and explanation",
        "row: Partially accepted (1 comment)",
        "(said at the meeting: Bà Nguyễn Thị Hà, Phó Chủ tịch)",
        "Carried out in version 3 of the draft.",
        "(Proposed, not published.)",
        "II › 3. Công tác tuyên truyền (no longer in this version)",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    for vietnamese in ["Tiếp thu.", "Chờ xử lý", "(số ", "Nơi nhận", "Công văn ngày", "quá hạn", "(phát biểu"]
    {
        assert!(!text.contains(vietnamese), "{vietnamese}");
    }
}

#[test]
fn a_title_that_says_draft_is_not_called_a_draft_twice() {
    let mut snapshot = sample::bare();
    snapshot.draft.title = "Dự thảo Nghị quyết".to_owned();
    let letterhead = Letterhead::default();
    let official = Official { snapshot: &snapshot, letterhead: &letterhead, language: Language::Vietnamese };
    assert_eq!(official.draft(), "dự thảo Nghị quyết");
}
