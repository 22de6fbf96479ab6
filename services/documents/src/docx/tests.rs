use std::collections::BTreeSet;

use quick_xml::events::Event;
use ykien_domain::query::Group;

use super::*;
use crate::layout::{Align, Rule, Run};
use crate::package::Package;
use crate::summary;
use crate::summary::sample::{self, AtHand};
use crate::words::Language;

fn properties() -> Properties {
    Properties {
        title: "Bản <tổng hợp> & \"giải trình\"".to_owned(),
        author: "Sở NN&PTNT".to_owned(),
        subject: "nq-20, 530".to_owned(),
        language: "vi-VN",
    }
}

fn file(draw: impl FnOnce(&mut Writer<Vec<u8>>)) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &properties()).unwrap();
    draw(&mut writer);
    writer.finish().unwrap()
}

fn xml(file: &[u8], part: &str) -> String {
    Package::open("file", file).unwrap().xml(part).unwrap().unwrap()
}

fn words(text: &str) -> Paragraph {
    Paragraph { runs: vec![Run { text: text.to_owned(), ..Run::default() }], ..Paragraph::default() }
}

fn cell(text: &str) -> Cell {
    Cell { paragraphs: vec![words(text)], ..Cell::default() }
}

/// The paragraphs of a part, read by another parser than what wrote them: `w:br` as a line feed, `w:tab` as a tab.
fn paragraphs(xml: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let (mut all, mut open, mut text) = (Vec::new(), false, String::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(element) if element.name().as_ref() == "w:t" => open = true,
            Event::End(element) if element.name().as_ref() == "w:t" => open = false,
            Event::Empty(element) if element.name().as_ref() == "w:br" => text.push('\n'),
            Event::Empty(element) if element.name().as_ref() == "w:tab" => text.push('\t'),
            Event::End(element) if element.name().as_ref() == "w:p" => all.push(std::mem::take(&mut text)),
            Event::Text(words) if open => text.push_str(words.as_ref()),
            Event::GeneralRef(name) if open => text.push_str(match name.as_ref() {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                "quot" => "\"",
                other => panic!("{other:?}"),
            }),
            Event::Eof => return all,
            _ => {}
        }
    }
}

#[test]
fn every_part_is_xml_and_has_its_content_type() {
    let file = file(|writer| writer.paragraph(&words("a")).unwrap());
    let names: Vec<String> =
        Package::open("file", &file).unwrap().names().map(std::borrow::Cow::into_owned).collect();
    let types = xml(&file, "[Content_Types].xml");
    for name in &names {
        let xml = xml(&file, name);
        assert!(xml.starts_with("<?xml "), "{name}");
        let known =
            name.ends_with(".rels") || name.starts_with('[') || types.contains(&format!("\"/{name}\""));
        assert!(known, "{name}");
    }
    let relations = xml(&file, "word/_rels/document.xml.rels");
    let document = xml(&file, "word/document.xml");
    for id in document.split("r:id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(relations.contains(&format!("Id=\"{id}\"")), "{id}");
    }
    let targets: BTreeSet<&str> =
        relations.split("Target=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    for target in targets {
        assert!(names.contains(&format!("word/{target}")), "{target}");
    }
    assert!(xml(&file, "docProps/core.xml").contains("Bản &lt;tổng hợp&gt; &amp; &quot;giải trình&quot;"));
}

#[test]
fn a_whole_document_reads_back_with_every_text() {
    let comments = sample::comments();
    let snapshot = sample::snapshot(&comments);
    for language in Language::ALL {
        let file = file(|writer| {
            let mut at_hand = AtHand(comments.clone());
            let letterhead = sample::letterhead();
            summary::draw(&snapshot, &mut at_hand, Group::Section, &letterhead, language, writer).unwrap();
        });
        let all = paragraphs(&xml(&file, "word/document.xml")).join("\n");
        for comment in &comments {
            assert!(all.contains(&comment.content.text), "{}", comment.number);
            assert!(all.contains(&comment.content.proposed_change), "{}", comment.number);
            assert!(all.contains(&comment.content.anchor.quote), "{}", comment.number);
            if let Some(decision) = &comment.decision {
                assert!(all.contains(&decision.explanation), "{}", comment.number);
            }
        }
        let footer =
            language.of("Dự thảo nq-20, bản 3, lần thay đổi 530", "Draft nq-20, version 3, revision 530");
        assert_eq!(paragraphs(&xml(&file, "word/footer1.xml")), [footer]);
    }
}

#[test]
fn the_same_blocks_give_the_same_bytes() {
    let make = || {
        let comments = sample::many(300);
        let snapshot = sample::snapshot(&comments);
        file(|writer| {
            let letterhead = sample::letterhead();
            let mut at_hand = AtHand(comments);
            summary::draw(&snapshot, &mut at_hand, Group::Agency, &letterhead, Language::Vietnamese, writer)
                .unwrap();
        })
    };
    assert_eq!(make(), make());
}

#[test]
fn line_ends_tabs_and_what_xml_minds_come_through_and_the_rest_is_left_out() {
    let text = " a\tb\n<c> & \"d\" 'e' \u{1}\u{fffe}ế\u{301}🏛 ";
    let file = file(|writer| writer.paragraph(&words(text)).unwrap());
    let found = paragraphs(&xml(&file, "word/document.xml"));
    assert_eq!(found, [" a\tb\n<c> & \"d\" 'e' ế\u{301}🏛 "]);
}

#[test]
fn header_rows_are_repeated_and_rows_have_a_cell_for_each_column() {
    let table = Table {
        columns: vec![1.0, 2.0, 1.0],
        header: vec![vec![cell("A"), cell("B"), cell("C")]],
        borders: true,
    };
    let file = file(|writer| {
        writer.table(&table).unwrap();
        writer.row(&[Cell { span: 3, ..cell("group") }]).unwrap();
        writer.row(&[cell("only one")]).unwrap();
        writer.end_table().unwrap();
    });
    let document = xml(&file, "word/document.xml");
    let rows: Vec<&str> = document.split("<w:tr>").skip(1).collect();
    let count = |row: &str, what: &str| row.matches(what).count();
    assert_eq!(rows.iter().map(|row| count(row, "<w:tblHeader/>")).collect::<Vec<_>>(), [1, 0, 0]);
    assert_eq!(rows.iter().map(|row| count(row, "<w:tc>")).collect::<Vec<_>>(), [3, 1, 3]);
    assert!(rows[1].contains("<w:gridSpan w:val=\"3\"/>") && !rows[1].contains("cantSplit"));
    assert!(document.contains("<w:gridCol w:w=\"2339\"/><w:gridCol w:w=\"4677\"/><w:gridCol w:w=\"2339\"/>"));
    assert!(rows.iter().all(|row| row.contains("<w:p>") || row.contains("<w:p/>")));
}

#[test]
fn two_tables_stay_two_and_a_document_ends_with_a_paragraph() {
    let table = Table { columns: vec![1.0], ..Table::default() };
    let file = file(|writer| {
        for text in ["a", "b"] {
            writer.table(&table).unwrap();
            writer.row(&[cell(text)]).unwrap();
            writer.end_table().unwrap();
        }
    });
    let document = xml(&file, "word/document.xml");
    assert!(!document.contains("</w:tbl><w:tbl>") && !document.contains("</w:tbl><w:sectPr>"));
    assert_eq!(paragraphs(&document), ["a", "", "b", ""]);
}

#[test]
fn pages_turn_and_only_the_first_page_has_no_number() {
    let file = file(|writer| {
        for (text, orientation, footer) in [
            ("a", Orientation::Portrait, "foot"),
            ("b", Orientation::Landscape, "foot"),
            ("c", Orientation::Portrait, "other"),
        ] {
            writer.pages(&Pages { orientation, footer: footer.to_owned() }).unwrap();
            writer.paragraph(&words(text)).unwrap();
        }
    });
    let document = xml(&file, "word/document.xml");
    assert_eq!(paragraphs(&document), ["a", "b", "c"]);
    let sections: Vec<&str> = document.split("<w:sectPr>").skip(1).collect();
    let has = |what: &str| sections.iter().map(|section| section.contains(what)).collect::<Vec<_>>();
    assert_eq!(has("w:orient=\"landscape\""), [false, true, false]);
    assert_eq!(has("<w:titlePg/>"), [true, false, false]);
    assert_eq!(has("headerReference"), [true, false, false]);
    assert_eq!(has("footerReference"), [true, false, true]);
    assert_eq!(has("pgNumType"), [false, false, false]);
    assert_eq!(has("w:top=\"1134\" w:right=\"850\" w:bottom=\"1134\" w:left=\"1701\""), [true, false, true]);
    assert_eq!(paragraphs(&xml(&file, "word/footer3.xml")), ["other"]);
}

#[test]
fn properties_stand_in_the_order_of_the_schema() {
    let all = Paragraph {
        runs: vec![Run { text: "x".to_owned(), bold: true, italic: true }],
        align: Align::Justify,
        size: 14.0,
        first_line: 12.7,
        indent: 5.0,
        before: 6.0,
        after: 6.0,
        line: 1.5,
        keep_with_next: true,
        outline: 2,
        rule: Rule::Short,
    };
    let file = file(|writer| writer.paragraph(&all).unwrap());
    let document = xml(&file, "word/document.xml");
    let in_order = |part: &str, names: &[&str]| {
        let places: Vec<usize> = names.iter().map(|name| part.find(name).unwrap()).collect();
        assert!(places.is_sorted(), "{names:?} {places:?}");
    };
    let (properties, run) = document.split_once("</w:pPr>").unwrap();
    in_order(properties, &["<w:pStyle", "<w:keepNext", "<w:spacing", "<w:ind", "<w:jc", "<w:rPr>"]);
    in_order(run, &["<w:r><w:rPr>", "<w:b/>", "<w:i/>", "<w:sz ", "<w:t "]);
    assert!(document.contains("<w:pStyle w:val=\"Heading2\"/>"));
    assert!(xml(&file, "word/styles.xml").contains("<w:outlineLvl w:val=\"1\"/>"));
    // The line is another paragraph: its indents leave its width.
    let rule = &document[document.find("<w:pBdr>").unwrap()..];
    assert!(rule.find("<w:spacing").unwrap() < rule.find("<w:ind w:left=").unwrap());
}

#[test]
fn a_writer_that_fails_is_an_internal_error() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = Writer::new(Full, &properties()).and_then(Writer::finish).err().unwrap();
    assert_eq!(error.reason, Reason::Internal);
}
