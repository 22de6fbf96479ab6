//! The reference case in small, for tests: a provincial report, twelve agencies, every way in which a comment comes and ends.

use std::collections::BTreeMap;

use ykien_domain::Result;
use ykien_domain::ids::{AgencyCode, ClientId, DraftId, SectionId};
use ykien_domain::model::{
    Agency, Anchor, Comment, Completion, Content, Decision, Directive, Draft, Invitation, KindOrGeneral,
    Letter, Response, Round, Section, Source,
};
use ykien_domain::query::{Group, Progress};
use ykien_domain::round::replies;
use ykien_domain::time::{Date, Timestamp};
use ykien_domain::words::{
    Admission, AgencyKind, AnchorKind, Channel, Kind, LateRule, Outcome, RoundState, SilenceRule, Stance,
    Status, Visibility,
};

use crate::layout::{Canvas, Cell, Pages, Paragraph, Rule, Table};
use crate::letterhead::Letterhead;
use crate::snapshot::{Comments, Count, Snapshot};

/// The drafting agency's code.
pub(crate) const DRAFTER: &str = "H37.02";

pub(crate) fn code(text: &str) -> AgencyCode {
    AgencyCode::stored(text.to_owned())
}

pub(crate) fn date(text: &str) -> Date {
    Date::parse("date", text).unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse("at", text).unwrap()
}

fn agencies() -> BTreeMap<AgencyCode, Agency> {
    [
        (
            "H37.01",
            "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh Lạng Sơn",
            "UBMTTQ tỉnh",
            "Viet Nam Fatherland Front Committee of Lang Son Province",
        ),
        (
            DRAFTER,
            "Sở Nông nghiệp và Phát triển nông thôn",
            "Sở NN&PTNT",
            "Department of Agriculture and Rural Development",
        ),
        ("H37.03", "Sở Kế hoạch và Đầu tư", "Sở KH&ĐT", "Department of Planning and Investment"),
        ("H37.04", "Sở Tài chính", "Sở TC", "Department of Finance"),
        (
            "H37.05",
            "Sở Tài nguyên và Môi trường",
            "Sở TN&MT",
            "Department of Natural Resources and Environment",
        ),
        ("H37.06", "Sở Xây dựng", "Sở XD", "Department of Construction"),
        ("H37.09", "Sở Nội vụ", "Sở NV", "Department of Home Affairs"),
        ("H37.15", "Cục Thống kê tỉnh", "Cục Thống kê", "Provincial Statistics Office"),
        ("H37.16", "Công an tỉnh", "Công an tỉnh", ""),
        ("H37.17", "Bộ Chỉ huy Quân sự tỉnh", "BCHQS tỉnh", "Provincial Military Command"),
        ("H37.18", "Hội Nông dân tỉnh", "Hội Nông dân", "Provincial Farmers' Union"),
        (
            "H37.30",
            "Ủy ban nhân dân huyện Hữu Lũng",
            "UBND h. Hữu Lũng",
            "People's Committee of Huu Lung District",
        ),
        ("H37.40", "Liên minh Hợp tác xã tỉnh", "Liên minh HTX", "Provincial Cooperative Alliance"),
    ]
    .into_iter()
    .map(|(key, name, short, english)| {
        let agency = Agency {
            code: code(key),
            name: name.to_owned(),
            short_name: short.to_owned(),
            name_en: english.to_owned(),
            kind: AgencyKind::Other,
            active: true,
            succeeded_by: None,
            changed: 1,
        };
        (agency.code.clone(), agency)
    })
    .collect()
}

fn sections() -> Vec<Section> {
    [
        (0, None, "", "", false),
        (1, Some(0), "I", "CÔNG TÁC LÃNH ĐẠO, CHỈ ĐẠO, TỔ CHỨC THỰC HIỆN", false),
        (2, Some(0), "II", "KẾT QUẢ THỰC HIỆN NGHỊ QUYẾT", false),
        (3, Some(2), "1", "Về quy hoạch và phát triển hạ tầng kinh tế - xã hội nông thôn", false),
        (4, Some(2), "2", "Kết quả huy động nguồn lực", false),
        (5, Some(0), "IV", "ĐÁNH GIÁ CHUNG NHỮNG KẾT QUẢ ĐẠT ĐƯỢC, HẠN CHẾ, YẾU KÉM", false),
        (6, Some(5), "1", "Hạn chế, yếu kém", false),
        (7, Some(0), "", "Biểu số 1. Kết quả thực hiện các tiêu chí nông thôn mới", false),
        (8, Some(2), "3", "Công tác tuyên truyền", true),
    ]
    .into_iter()
    .zip(0..)
    .map(|((id, parent, label, heading, removed), position)| Section {
        id,
        parent,
        position,
        depth: parent.map_or(0, |parent| if parent == 0 { 1 } else { 2 }),
        level: "roman".to_owned(),
        label: label.to_owned(),
        heading: heading.to_owned(),
        removed,
        ..Section::default()
    })
    .collect()
}

fn decision(outcome: Outcome, explanation: &str, implemented_in: Option<i64>) -> Option<Decision> {
    Some(Decision {
        outcome,
        explanation: explanation.to_owned(),
        agency: code(DRAFTER),
        client: ClientId::stored("h37-02-docs".to_owned()),
        decided_at: at("2020-07-23T09:00:00+07:00"),
        published: true,
        implemented_in,
    })
}

fn comment(number: i64, agency: &str, section: SectionId, text: &str) -> Comment {
    let now = at("2020-07-22T09:00:00+07:00");
    Comment {
        draft: DraftId::stored("nq-20".to_owned()),
        number,
        round: 1,
        agency: code(agency),
        content: Content {
            anchor: Anchor { kind: AnchorKind::Section, section, quote: String::new() },
            kind: KindOrGeneral(Kind::Substantive),
            text: text.to_owned(),
            ..Content::default()
        },
        channel: Channel::Written,
        speaker: String::new(),
        status: Status::Pending,
        late: false,
        decision: None,
        assigned: None,
        responsible: code(DRAFTER),
        response: None,
        source: Source::default(),
        version: 2,
        created_at: now,
        updated_at: now,
        changed: number,
        written_at: now,
        written: number,
    }
}

/// Ten comments: each status, each channel, quotes, proposals, several lines, characters that XML minds.
pub(crate) fn comments() -> Vec<Comment> {
    let decided = |mut comment: Comment, decision: Option<Decision>| {
        comment.status = decision.as_ref().unwrap().outcome.status();
        comment.decision = decision;
        comment
    };
    let whole = decided(
        comment(
            1,
            "H37.04",
            0,
            "Đề nghị cập nhật, thống nhất số liệu đến ngày 30/6/2020 trong toàn bộ báo cáo.",
        ),
        decision(Outcome::Accepted, "", Some(3)),
    );
    let mut titled = decided(
        comment(
            2,
            "H37.03",
            3,
            "Số liệu tại đoạn này chưa khớp với Biểu số 1.\nĐề nghị:\n- Rà soát lại số km đường giao thông nông thôn;\n\
             - Ghi rõ nguồn số liệu <Sở GTVT> & \"UBND huyện\".",
        ),
        decision(
            Outcome::PartiallyAccepted,
            "Tiếp thu việc rà soát số liệu.\nVề nguồn số liệu: giữ như dự thảo, vì đã nêu tại phần mở đầu.",
            Some(3),
        ),
    );
    titled.content.title = "Số liệu giao thông nông thôn".to_owned();
    titled.content.anchor.kind = AnchorKind::Quote;
    titled.content.anchor.quote = "đã cứng hóa được 1.234 km đường giao thông nông thôn".to_owned();
    titled.content.proposed_change = "đã cứng hóa được 1.334,5 km đường giao thông nông thôn".to_owned();
    titled.responsible = code("H37.06");
    let mut oral = decided(
        comment(3, "H37.01", 6, "Cần phân tích rõ hơn nguyên nhân chủ quan của những hạn chế."),
        decision(Outcome::Rejected, "Nội dung đã được thể hiện tại mục 3 phần IV của dự thảo.", None),
    );
    oral.channel = Channel::Meeting;
    oral.speaker = "Bà Nguyễn Thị Hà, Phó Chủ tịch".to_owned();
    let mut late =
        comment(4, "H37.30", 6, "Bổ sung đánh giá về trình độ dân trí và phát triển kinh tế tập thể.");
    late.late = true;
    let mut missing = comment(5, "H37.15", 7, "Đề nghị bổ sung một cột so sánh với mục tiêu của Nghị quyết.");
    missing.content.anchor.kind = AnchorKind::Missing;
    missing.content.anchor.quote = "cột \"Mục tiêu đến năm 2020\"".to_owned();
    missing.status = Status::Withdrawn;
    let mut proposed = decided(
        comment(6, "H37.04", 4, "Làm rõ nguồn vốn lồng ghép."),
        decision(Outcome::Accepted, "Đã tách riêng nguồn vốn lồng ghép.", None),
    );
    if let Some(decision) = &mut proposed.decision {
        decision.published = false;
    }
    proposed.responsible = code("H37.04");
    let gone = decided(
        comment(7, "H37.18", 8, "Mục này trùng với mục I, đề nghị gộp."),
        decision(Outcome::Accepted, "Đã gộp vào mục I.", Some(3)),
    );
    let uninvited =
        comment(8, "H37.40", 1, "=HYPERLINK(\"x\") không phải là công thức; bổ sung vai trò của hợp tác xã.");
    let mut oral_unnamed = comment(9, "H37.09", 1, "Bổ sung số cán bộ chuyên trách cấp xã.");
    oral_unnamed.channel = Channel::Meeting;
    let long = comment(10, "H37.03", 6, &"Nội dung dài được giữ nguyên, không cắt bớt. ".repeat(60));
    let mut all = vec![whole, titled, oral, late, missing, proposed, gone, uninvited, oral_unnamed, long];
    for comment in &mut all {
        comment.content.text = comment.content.text.trim().to_owned();
    }
    all
}

/// So many comments, on all sections, from all agencies.
pub(crate) fn many(count: i64) -> Vec<Comment> {
    let seeds = comments();
    (1..=count)
        .map(|number| {
            let seed = &seeds[usize::try_from(number).unwrap() % seeds.len()];
            Comment { number, ..seed.clone() }
        })
        .collect()
}

fn response(number: i64, agency: &str, stance: Stance, letter: (&str, &str), late: bool) -> Response {
    Response {
        number,
        round: 1,
        agency: code(agency),
        stance,
        letter: Letter {
            number: letter.0.to_owned(),
            date: (!letter.1.is_empty()).then(|| date(letter.1)),
            signer: "Nguyễn Văn A".to_owned(),
            capacity: "GIÁM ĐỐC".to_owned(),
        },
        late,
        superseded_by: None,
        created_at: at("2020-07-23T09:00:00+07:00"),
        changed: number,
    }
}

fn progress(comments: &[Comment]) -> Progress {
    let round = Round {
        number: 1,
        title: "lấy ý kiến các sở, ngành, địa phương".to_owned(),
        version: 2,
        state: RoundState::Closed,
        deadline: at("2020-07-23T17:00:00+07:00"),
        silence_rule: SilenceRule::Assent,
        silence_basis: "điểm 3 Công văn số 1050/SNN-PTNT ngày 21/7/2020".to_owned(),
        late_rule: LateRule::Accept,
        visibility: Visibility::Own,
        admission: Admission::Anyone,
        opened_at: Some(at("2020-07-21T08:00:00+07:00")),
        closed_at: Some(at("2020-07-24T08:00:00+07:00")),
        changed: 3,
    };
    let invited = [
        "H37.01", "H37.03", "H37.04", "H37.05", "H37.06", "H37.09", "H37.15", "H37.16", "H37.17", "H37.18",
        "H37.30",
    ];
    let roster: Vec<Invitation> = invited
        .iter()
        .zip(1..)
        .map(|(agency, position)| Invitation { round: 1, agency: code(agency), position })
        .collect();
    let responses = [
        response(1, "H37.04", Stance::AgreesWithComments, ("1234/STC-NS", "2020-07-20"), false),
        response(2, "H37.03", Stance::Disagrees, ("905/SKHĐT-TH", "2020-07-22"), false),
        response(3, "H37.05", Stance::Agrees, ("877/STNMT-KHTC", "2020-07-09"), false),
        response(4, "H37.16", Stance::NoComment, ("", "2020-02-03"), true),
        response(5, "H37.30", Stance::AgreesWithComments, ("412/UBND-NN", ""), true),
        response(6, "H37.18", Stance::Agrees, ("", ""), false),
        response(7, "H37.40", Stance::AgreesWithComments, ("55/LMHTX", "2020-07-23"), false),
        response(8, "H37.01", Stance::AgreesWithComments, ("320/MTTQ-BTT", "2020-07-23"), false),
    ];
    let mut by_agency: BTreeMap<AgencyCode, i64> = BTreeMap::new();
    for comment in comments.iter().filter(|comment| comment.status != Status::Withdrawn) {
        *by_agency.entry(comment.agency.clone()).or_default() += 1;
    }
    let replies = replies(&round, &roster, &responses, &by_agency, at("2020-07-25T08:00:00+07:00"));
    Progress { round, replies }
}

fn directives() -> Vec<Directive> {
    let directive = |number, text: &str, section, due: Option<&str>, completion| Directive {
        number,
        text: text.to_owned(),
        section,
        responsible: code(DRAFTER),
        due: due.map(date),
        issued_by: "Đồng chí Hồ Tiến Thiệu, Phó Chủ tịch phụ trách UBND tỉnh".to_owned(),
        issued_on: Some(date("2020-07-21")),
        completion,
        changed: number,
    };
    let done = |note: &str, version, when, agency| {
        Some(Completion { note: note.to_owned(), version, at: at(when), agency: code(agency) })
    };
    vec![
        directive(
            1,
            "Số liệu đánh giá yêu cầu cập nhật, thống nhất lấy kết quả đến ngày 30/6/2020 và dự kiến thực hiện đến hết năm 2020.",
            0,
            Some("2020-07-24"),
            done(
                "Đã cập nhật toàn bộ số liệu.\nCác biểu 1 đến 9 đã thống nhất.",
                Some(3),
                "2020-07-23T09:00:00+07:00",
                DRAFTER,
            ),
        ),
        directive(
            2,
            "Mục IV. Đánh giá chung những kết quả được, hạn chế yếu kém cần nghiên cứu bổ sung đánh giá những hạn chế trong công tác phối hợp.",
            5,
            Some("2020-07-24"),
            // In Viet Nam it is the 25th already.
            done("Đã bổ sung.", None, "2020-07-24T18:00:00Z", "H37.09"),
        ),
        directive(
            3,
            "Rà soát các bảng biểu số liệu kèm theo bảo đảm phù hợp, logic, chính xác.",
            7,
            None,
            None,
        ),
    ]
}

/// What was counted of these comments.
pub(crate) fn counts(comments: &[Comment]) -> Vec<Count> {
    let mut counts: BTreeMap<_, i64> = BTreeMap::new();
    for comment in comments {
        let section = comment.content.anchor.section;
        *counts
            .entry((section, comment.status, comment.agency.clone(), comment.responsible.clone()))
            .or_default() += 1;
    }
    counts
        .into_iter()
        .map(|((section, status, agency, responsible), count)| Count {
            section,
            status,
            agency,
            responsible,
            count,
        })
        .collect()
}

/// The draft with these comments.
pub(crate) fn snapshot(comments: &[Comment]) -> Snapshot {
    Snapshot {
        draft: Draft {
            id: DraftId::stored("nq-20".to_owned()),
            title: "Báo cáo tổng kết 10 năm thực hiện Nghị quyết số 20-NQ/TU của Ban Chấp hành Đảng bộ tỉnh về xây dựng nông thôn mới"
                .to_owned(),
            summary: String::new(),
            drafting_agency: code(DRAFTER),
            version: 3,
            revision: 530,
            comment_count: i64::try_from(comments.len()).unwrap(),
            created_at: Timestamp(0),
            changed: 1,
        },
        revision: 530,
        sections: sections(),
        agencies: agencies(),
        progress: Some(progress(comments)),
        directives: directives(),
        counts: counts(comments),
    }
}

/// A draft that has nothing yet: no version, no round, no comment, nobody known.
pub(crate) fn bare() -> Snapshot {
    let mut snapshot = snapshot(&[]);
    snapshot.draft.version = 0;
    snapshot.draft.revision = 1;
    Snapshot {
        revision: 1,
        sections: Vec::new(),
        agencies: BTreeMap::new(),
        progress: None,
        directives: Vec::new(),
        counts: Vec::new(),
        ..snapshot
    }
}

pub(crate) fn letterhead() -> Letterhead {
    Letterhead {
        superior: "Ủy ban nhân dân tỉnh Lạng Sơn".to_owned(),
        agency: String::new(),
        number: "215/BTH-SNN".to_owned(),
        place: "Lạng Sơn".to_owned(),
        date: Some(date("2020-07-24")),
        capacity: "KT. Giám đốc\nPhó Giám đốc".to_owned(),
        signer: "Nguyễn Văn B".to_owned(),
        recipients: vec![
            "Chủ tịch, các Phó Chủ tịch UBND tỉnh;".to_owned(),
            "- Các cơ quan được lấy ý kiến".to_owned(),
            "Lưu: VT, PTNT(5b).".to_owned(),
        ],
    }
}

/// Comments at hand, collected as the store does.
pub(crate) struct AtHand(pub(crate) Vec<Comment>);

impl Comments for AtHand {
    fn collect(&mut self, group: Group) -> Result<Box<dyn Iterator<Item = Result<Comment>> + '_>> {
        let mut all = self.0.clone();
        // Sections of the sample are numbered in reading order.
        all.sort_by_key(|comment| {
            let key = match group {
                Group::Section => (None, None),
                Group::Status => (Some(comment.status), None),
                Group::Agency => (None, Some(comment.agency.clone())),
                Group::Responsible => (None, Some(comment.responsible.clone())),
            };
            (key, comment.content.anchor.section, comment.number)
        });
        Ok(Box::new(all.into_iter().map(Ok)))
    }
}

/// A canvas that writes down what is drawn on it: a line a block, cells between bars, line ends as `⏎`.
#[derive(Default)]
pub(crate) struct Record(pub(crate) Vec<String>);

impl Record {
    /// The lines as one text.
    pub(crate) fn text(&self) -> String {
        self.0.join("\n")
    }

    /// Rows of tables with borders.
    pub(crate) fn rows(&self) -> Vec<Vec<&str>> {
        let rows = self.0.iter().filter_map(|line| line.strip_prefix("row: "));
        rows.map(|row| row.split(" | ").collect()).collect()
    }
}

fn said(paragraph: &Paragraph) -> String {
    paragraph.runs.iter().map(|run| run.text.as_str()).collect::<String>().replace('\n', "⏎")
}

fn cells(cells: &[Cell]) -> String {
    let say = |cell: &Cell| cell.paragraphs.iter().map(said).collect::<Vec<_>>().join("⏎");
    cells.iter().map(say).collect::<Vec<_>>().join(" | ")
}

impl Canvas for Record {
    fn pages(&mut self, pages: &Pages) -> Result<()> {
        self.0.push(format!("pages: {:?}, {}", pages.orientation, pages.footer));
        Ok(())
    }

    fn paragraph(&mut self, paragraph: &Paragraph) -> Result<()> {
        let rule = match paragraph.rule {
            Rule::None => "",
            Rule::Full => " ____",
            Rule::Short => " __",
        };
        self.0.push(format!("{}{rule}", said(paragraph)));
        Ok(())
    }

    fn table(&mut self, table: &Table) -> Result<()> {
        for header in &table.header {
            self.0.push(format!("header: {}", cells(header)));
        }
        Ok(())
    }

    fn row(&mut self, row: &[Cell]) -> Result<()> {
        self.0.push(format!("row: {}", cells(row)));
        Ok(())
    }

    fn end_table(&mut self) -> Result<()> {
        Ok(())
    }
}
