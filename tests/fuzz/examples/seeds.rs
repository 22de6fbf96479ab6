//! Writes the seeds: what the house's own writers write of a small draft, each part cut to 4 KiB.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use ykien_documents::letterhead::Letterhead;
use ykien_documents::package::Package;
use ykien_documents::words::Language;
use ykien_documents::write::{Wanted, write};
use ykien_domain::Result;
use ykien_domain::ids::{AgencyCode, DraftId};
use ykien_domain::model::{Agency, Anchor, Comment, Content, Draft, KindOrGeneral, Round, Source};
use ykien_domain::query::{Group, Progress};
use ykien_domain::snapshot::{Comments, Count, Snapshot};
use ykien_domain::time::Timestamp;
use ykien_domain::words::*;

/// The longest seed, in bytes.
const MAX_SEED: usize = 4_000;

struct One(Comment);

impl Comments for One {
    fn collect(&mut self, _: Group) -> Result<Box<dyn Iterator<Item = Result<Comment>> + '_>> {
        Ok(Box::new(std::iter::once(Ok(self.0.clone()))))
    }
}

fn agency() -> AgencyCode {
    AgencyCode::stored("H37.05".to_owned())
}

fn draft() -> DraftId {
    DraftId::stored("nq20".to_owned())
}

fn at() -> Timestamp {
    Timestamp::parse("at", "2020-07-14T09:00:00+07:00").expect("an instant")
}

fn snapshot() -> Snapshot {
    let round = Round {
        number: 1,
        title: "Lần đầu".to_owned(),
        version: 1,
        state: RoundState::Open,
        deadline: at(),
        silence_rule: SilenceRule::None,
        silence_basis: String::new(),
        late_rule: LateRule::Accept,
        visibility: Visibility::Own,
        admission: Admission::Invited,
        opened_at: Some(at()),
        closed_at: None,
        changed: 3,
    };
    let named = Agency {
        code: agency(),
        name: "Sở Tài chính".to_owned(),
        short_name: "STC".to_owned(),
        name_en: String::new(),
        kind: AgencyKind::Department,
        active: true,
        succeeded_by: None,
        changed: 1,
    };
    Snapshot {
        draft: Draft {
            id: draft(),
            title: "Báo cáo".to_owned(),
            summary: String::new(),
            drafting_agency: agency(),
            version: 1,
            revision: 42,
            comment_count: 1,
            created_at: at(),
            changed: 1,
        },
        revision: 42,
        sections: ykien_fuzz::sections(),
        agencies: BTreeMap::from([(agency(), named)]),
        progress: Some(Progress { round, replies: Vec::new() }),
        directives: Vec::new(),
        counts: vec![Count {
            section: 4,
            status: Status::Pending,
            agency: agency(),
            responsible: agency(),
            count: 1,
        }],
    }
}

fn comment() -> Comment {
    Comment {
        draft: draft(),
        number: 1,
        round: 1,
        agency: agency(),
        content: Content {
            anchor: Anchor { kind: AnchorKind::Quote, section: 4, quote: "3,2 tiêu chí".to_owned() },
            kind: KindOrGeneral(Kind::Technical),
            title: String::new(),
            text: "Rà soát \"số liệu\";\nđến ngày 30/6".to_owned(),
            proposed_change: "=SUM(A1:A3)".to_owned(),
        },
        channel: Channel::Written,
        speaker: String::new(),
        status: Status::Pending,
        late: false,
        decision: None,
        assigned: None,
        responsible: agency(),
        response: None,
        source: Source::default(),
        version: 1,
        created_at: at(),
        updated_at: at(),
        changed: 11,
        written_at: at(),
        written: 11,
    }
}

fn written(document: Document, format: FileFormat) -> Vec<u8> {
    let wanted = Wanted {
        document,
        format,
        language: Language::Vietnamese,
        by: Group::Section,
        letterhead: Letterhead::default(),
        agency: agency(),
    };
    let mut out = Cursor::new(Vec::new());
    write(&wanted, &snapshot(), &mut One(comment()), &mut out).expect("the document is written");
    out.into_inner()
}

/// The XML as far as [`MAX_SEED`], its open elements closed.
fn cut(xml: &str) -> String {
    let mut reader = Reader::from_str(xml);
    let mut open: Vec<String> = Vec::new();
    let mut end = 0;
    loop {
        let closing: usize = open.iter().map(|name| name.len() + 3).sum();
        let event = reader.read_event().expect("the house writes XML");
        let here = usize::try_from(reader.buffer_position()).expect("a small file");
        if matches!(event, Event::Eof) || here + closing + 64 > MAX_SEED {
            let closing = open.iter().rev().map(|name| format!("</{name}>"));
            return closing.fold(xml[..end].to_owned(), |text, tag| text + &tag);
        }
        end = here;
        match event {
            Event::Start(start) => open.push(start.name().as_ref().to_owned()),
            Event::End(_) => drop(open.pop()),
            _ => {}
        }
    }
}

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let put = |target: &str, name: &str, bytes: &[u8]| {
        let folder = folder.join(target);
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(name), bytes).expect("a seed is written");
    };
    // The numbers of the parts in the targets; 0 is a whole file.
    let words = ["word/document.xml", "word/styles.xml", "word/numbering.xml"];
    let books = ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml", "xl/workbook.xml"];
    for (target, parts, format, documents) in [
        ("docx", &words[..], FileFormat::Docx, &[Document::Summary, Document::IsoForm, Document::Slip][..]),
        (
            "xlsx",
            &books[..],
            FileFormat::Xlsx,
            &[Document::CommentSheet, Document::DecisionSheet, Document::IsoForm][..],
        ),
    ] {
        for document in documents {
            let bytes = written(*document, format);
            let mut package = Package::open("file", &bytes).expect("an archive");
            for (number, part) in (1_u8..).zip(parts) {
                let Some(xml) = package.xml(part).expect("a part") else { continue };
                let file = part.rsplit('/').next().unwrap_or(part).trim_end_matches(".xml");
                let seed = [&[number], cut(&xml).as_bytes()].concat();
                put(target, &format!("{}-{file}", document.as_str()), &seed);
            }
        }
    }
    let right = |parts: &[(&str, &str)]| {
        let parts: Vec<_> = parts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        [&[0][..], &ykien_fuzz::archive(&parts)].concat()
    };
    put(
        "docx",
        "whole",
        &right(&[
            ("word/document.xml", include_str!("../parts/document.xml")),
            ("word/styles.xml", include_str!("../parts/styles.xml")),
            ("word/numbering.xml", include_str!("../parts/numbering.xml")),
        ]),
    );
    put(
        "xlsx",
        "whole",
        &right(&[
            ("_rels/.rels", include_str!("../parts/xlsx.rels")),
            ("xl/_rels/workbook.xml.rels", include_str!("../parts/workbook.xml.rels")),
            ("xl/workbook.xml", include_str!("../parts/workbook.xml")),
            ("xl/sharedStrings.xml", include_str!("../parts/sharedStrings.xml")),
            ("xl/worksheets/sheet1.xml", include_str!("../parts/sheet1.xml")),
        ]),
    );
    put("docx", "numbering", &[&[3], include_str!("../parts/numbering.xml").as_bytes()].concat());
    put("docx", "styles", &[&[2], include_str!("../parts/styles.xml").as_bytes()].concat());
    put("docx", "document", &[&[1], include_str!("../parts/document.xml").as_bytes()].concat());
    put("xlsx", "sheet", &[&[1], include_str!("../parts/sheet1.xml").as_bytes()].concat());
    put("csv", "summary", &written(Document::Summary, FileFormat::Csv));
    for (name, text) in [
        (
            "comments",
            "section,kind,text,proposed_change\r\nI/1,technical,\"Rà soát\r\n\"\"số liệu\"\"\",Ghi 12 xã\r\n",
        ),
        ("decisions", "number;outcome;explanation;etag\n1;Tiếp thu;;4\n2;rejected;Đã có;\n"),
        (
            "form",
            "MB\tLine\tClause\tParagraph\tType of comment\tComments\tProposed change\tObservations\nVN\t1\t5.2\t3\tte\tSai\tSửa\t\n…\t\t\t\t\tnữa\t\t\n",
        ),
    ] {
        put("csv", name, text.as_bytes());
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        put("csv", &format!("{name}-utf16"), &[&[0xff, 0xfe][..], &wide].concat());
    }
}
