use super::super::{Depth, parse};
use super::tree;

const REPORT: &str = "BÁO CÁO\nTổng kết 10 năm xây dựng nông thôn mới\n\nPhần thứ nhất\nKẾT QUẢ THỰC HIỆN\n\nI. TÌNH HÌNH\n\n\
    1. Kết quả\n\n1.1. Sản xuất\n\n1.2. Thu nhập\n\na) Nông thôn\n\n- Tăng đều qua các năm.\n\n2. Hạn chế\n\n\
    II. NGUYÊN NHÂN\n\n1. Khách quan\n\nPhần thứ hai\nPHƯƠNG HƯỚNG\n\nI. MỤC TIÊU\n\nNơi nhận:\n- Lưu: Văn thư.\n\n\
    Biểu số 01\nTỔNG HỢP KẾT QUẢ\n\n1 | Xã | 10\n2 | Huyện | 4\n";

#[test]
fn a_provincial_report_nests_by_its_numbering() {
    assert_eq!(
        tree(REPORT, Depth::Article),
        [
            "part Phần thứ nhất <> KẾT QUẢ THỰC HIỆN",
            "roman I <Phần thứ nhất> TÌNH HÌNH",
            "number 1 <I> Kết quả",
            "number 1.1 <1> Sản xuất",
            "number 1.2 <1> Thu nhập",
            "letter a <1.2> Nông thôn",
            "number 2 <I> Hạn chế",
            "roman II <Phần thứ nhất> NGUYÊN NHÂN",
            "number 1 <II> Khách quan",
            "part Phần thứ hai <> PHƯƠNG HƯỚNG",
            "roman I <Phần thứ hai> MỤC TIÊU",
            "form Biểu số 01 <> TỔNG HỢP KẾT QUẢ",
        ]
    );
}

#[test]
fn dashes_are_nodes_only_at_the_deepest_level_and_never_among_the_addressees() {
    let found = tree(REPORT, Depth::Point);
    let dashes: Vec<&String> = found.iter().filter(|node| node.starts_with("dash")).collect();
    assert_eq!(dashes, ["dash - <a> Tăng đều qua các năm."]);
}

#[test]
fn a_notice_has_its_numbers_and_dashes() {
    let text = "THÔNG BÁO\n\nNgày 21 tháng 7, họp:\n\n1. Đánh giá chung.\n\n2. Yêu cầu Sở:\n\n- Mục IV. Bổ sung hạn chế.\n\n\
        - Rà soát biểu.\n\n3. Trình trước ngày 24/7.\n\nNơi nhận:\n\n- Chủ tịch UBND tỉnh;\n";
    assert_eq!(
        tree(text, Depth::Point),
        [
            "number 1 <> Đánh giá chung.",
            "number 2 <> Yêu cầu Sở:",
            "dash - <2> Mục IV. Bổ sung hạn chế.",
            "dash - <2> Rà soát biểu.",
            "number 3 <> Trình trước ngày 24/7.",
        ]
    );
}

#[test]
fn an_attached_programme_is_read_as_a_report() {
    let text = "NGHỊ QUYẾT\n\nĐiều 1. Ban hành Chương trình.\n\nĐiều 2. Có hiệu lực.\n\n\
        CHƯƠNG TRÌNH HÀNH ĐỘNG CỦA CHÍNH PHỦ\n\nPHÁT TRIỂN CHỢ\n(Ban hành kèm theo Nghị quyết số 1/NQ-CP)\n\n\
        I. MỤC ĐÍCH\n\n1. Việc ban hành nhằm thống nhất.\n\na) Đến năm 2030:\n\nb) Đến năm 2045:\n\nII. NHIỆM VỤ\n";
    assert_eq!(
        tree(text, Depth::Article),
        [
            "article Điều 1 <> Ban hành Chương trình.",
            "article Điều 2 <> Có hiệu lực.",
            "document CHƯƠNG TRÌNH HÀNH ĐỘNG <> CỦA CHÍNH PHỦ PHÁT TRIỂN CHỢ",
            "roman I <CHƯƠNG TRÌNH HÀNH ĐỘNG> MỤC ĐÍCH",
            "number 1 <I> Việc ban hành nhằm thống nhất.",
            "letter a <1> Đến năm 2030:",
            "letter b <1> Đến năm 2045:",
            "roman II <CHƯƠNG TRÌNH HÀNH ĐỘNG> NHIỆM VỤ",
        ]
    );
}

#[test]
fn the_note_of_attachment_stays_in_the_text() {
    let text = "NGHỊ QUYẾT\n\nĐiều 1. Ban hành Kế hoạch.\n\nĐiều 2. Có hiệu lực.\n\nKẾ HOẠCH\nPHÁT TRIỂN CHỢ\n\
        (Ban hành kèm theo Nghị quyết số 1/NQ-CP)\n\nI. MỤC ĐÍCH\n";
    let outline = parse(text, Depth::Article);
    assert_eq!(outline.nodes[2].heading, "PHÁT TRIỂN CHỢ");
    assert_eq!(outline.nodes[2].body, "(Ban hành kèm theo Nghị quyết số 1/NQ-CP)");
}

#[test]
fn capital_letters_stand_above_roman_numbers() {
    let text = "BÁO CÁO\n\nA. TÌNH HÌNH\n\nI. Thuận lợi\n\nII. Khó khăn\n\nB. KẾT QUẢ\n\nI. Đạt được\n\nC. KIẾN NGHỊ\n";
    let outline = parse(text, Depth::Article);
    let parents: Vec<Option<usize>> = outline.nodes.iter().map(|node| node.parent).collect();
    assert_eq!(parents, [None, Some(0), Some(0), None, Some(3), None]);
}

#[test]
fn dates_amounts_and_references_are_not_numbers_of_paragraphs() {
    let text = "BÁO CÁO\n\nI. SỐ LIỆU\n\n1. Kết quả đến ngày\n30.6.2020 là tốt\n\n1.000.000 đồng mỗi hộ\n\n2010. Năm đầu\n\n\
        Tài liệu tham khảo\n\n1. Báo cáo số 5\n2. Báo cáo số 6\n";
    assert_eq!(tree(text, Depth::Article), ["roman I <> SỐ LIỆU", "number 1 <I> Kết quả đến ngày"]);
}

#[test]
fn roman_numbers_that_count_through_the_parts_go_on() {
    let text = "BÁO CÁO\n\nPhần thứ nhất. KẾT QUẢ\n\nI. LÃNH ĐẠO\n\nII. THỰC TRẠNG\n\nIII. NHIỆM VỤ\n\nIV. ĐÁNH GIÁ\n\n1. Kết quả\n\n\
                Phần thứ hai. ĐỊNH HƯỚNG\n\nV. QUAN ĐIỂM\n\n1. Mục tiêu\n\nVI. KIẾN NGHỊ\n";
    let outline = crate::outline::parse(text, crate::outline::Depth::Article);
    let labels: Vec<&str> = outline.nodes.iter().map(|node| node.label.as_str()).collect();
    assert_eq!(labels, ["Phần thứ nhất", "I", "II", "III", "IV", "1", "Phần thứ hai", "V", "1", "VI"]);
}
