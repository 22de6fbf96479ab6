//! What nobody sends in good faith is refused by name, or read without harm.

use std::time::Duration;

use ykien_domain::outline::Depth;

use super::super::{
    MAX_CELLS, MAX_COLUMNS, MAX_PARAGRAPHS, MAX_ROWS, MAX_TABLE_NESTING, MAX_TEXT_BYTES, read_docx, tables,
};
use super::{docx, p, package, part, read, styled, table};
use crate::package::MAX_XML_DEPTH;

/// Why a document is refused, by both readers.
fn refused(bytes: &[u8]) -> String {
    let error = read_docx("file", bytes, Depth::Point).unwrap_err();
    assert_eq!(error.violations[0].field, "file");
    assert_eq!(tables("file", bytes).unwrap_err().message, error.message);
    error.message
}

fn of_document(xml: &str) -> Vec<u8> {
    package(&[("word/document.xml", xml.as_bytes())])
}

#[test]
fn what_is_no_document_is_refused() {
    let whole = docx(&p("", "Chợ"), "", "");
    for bytes in [&b""[..], b"PK", b"not a zip", &whole[..whole.len() / 2], &whole[..whole.len() - 9]] {
        assert!(refused(bytes).contains("is not a .docx"), "{}", refused(bytes));
    }
    assert!(refused(&[0xd0, 0xcf, 0x11, 0xe0, 0, 0]).contains("old binary Office file"));
    assert!(refused(&package(&[("a.txt", b"a")])).contains("no document part"));
    assert!(refused(&of_document("<a/>")).contains("is not a Word document"));
    assert!(refused(&of_document("<document xmlns=\"urn:x\"><body/></document>")).contains("not a Word"));
    assert!(refused(&of_document("")).contains("is not a Word document"));
}

#[test]
fn a_part_that_is_damaged_is_refused() {
    assert!(refused(&package(&[("word/document.xml", b"\xff\xfe<\0a\0")])).contains("not UTF-8"));
    for xml in ["<a><b></a>", "<a>", "<a b='1' b='2'><", "<a", "<?xml"] {
        assert!(refused(&of_document(xml)).contains("part"), "{xml}: {}", refused(&of_document(xml)));
    }
    let mut bytes = docx(&p("", &"Chợ ".repeat(500)), "", "");
    // The first part's packed bytes follow its name.
    for byte in bytes.iter_mut().skip(60).take(40) {
        *byte ^= 0x55;
    }
    assert!(refused(&bytes).contains("damaged") || refused(&bytes).contains("part"));
}

#[test]
fn no_document_type_and_no_entity_is_ever_expanded() {
    let document = part("document", "<w:body><w:p><w:r><w:t>&ha;</w:t></w:r></w:p></w:body>");
    assert!(refused(&of_document(&document)).contains("not well-formed"));
    for declaration in [
        "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY ha \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>",
        "<!DOCTYPE x [<!ENTITY ha SYSTEM \"file:///etc/hosts\">]>",
        "<!DOCTYPE x SYSTEM \"http://127.0.0.1/x.dtd\">",
    ] {
        let xml = document.replacen("?>", &format!("?>{declaration}"), 1);
        assert!(refused(&of_document(&xml)).contains("DOCTYPE"));
    }
    // In an attribute that is read, too.
    let body = "<w:body><w:p><w:pPr><w:pStyle w:val=\"&ha;\"/></w:pPr></w:p></w:body>";
    assert!(refused(&of_document(&part("document", body))).contains("not well-formed"));
    for number in ["0", "xD800", "x110000", "99999999999"] {
        let body = format!("<w:body><w:p><w:r><w:t>&#{number};</w:t></w:r></w:p></w:body>");
        assert!(refused(&of_document(&part("document", &body))).contains("not well-formed"), "{number}");
    }
}

#[test]
fn control_characters_are_left_out() {
    assert_eq!(super::text(&p("", "A&#1;&#27;B&#127;&#10;C")), "AB C");
}

#[test]
fn a_bomb_is_refused_where_it_stands() {
    // 129 MiB of spaces pack into some hundred KiB.
    let spaces = " ".repeat(129 * 1024 * 1024);
    let bytes = of_document(&format!("<a>{spaces}</a>"));
    assert!(bytes.len() < 1024 * 1024);
    assert!(refused(&bytes).contains("when unpacked"));
}

#[test]
fn depth_is_bounded() {
    let deep = |depth: usize, name: &str| {
        let open = format!("<w:{name}>").repeat(depth);
        let close = format!("</w:{name}>").repeat(depth);
        docx(&format!("<w:p>{open}{close}</w:p>"), "", "")
    };
    assert!(refused(&deep(100_000, "ins")).contains(&MAX_XML_DEPTH.to_string()));
    assert!(refused(&deep(100_000, "sdt")).contains(&MAX_XML_DEPTH.to_string()));
    read(&deep(MAX_XML_DEPTH - 3, "ins"));
    let nest = |depth: usize| {
        (0..depth).fold(p("", "Chợ"), |inner, _| table("", &[&[inner + "<w:p/>", p("", "x")]]))
    };
    read(&docx(&nest(MAX_TABLE_NESTING), "", ""));
    let message = refused(&docx(&nest(MAX_TABLE_NESTING + 1), "", ""));
    assert!(message.contains(&format!("{MAX_TABLE_NESTING} deep")));
}

#[test]
fn counts_are_bounded_and_the_bound_is_named() {
    let empty = "<w:p/>";
    read(&docx(&empty.repeat(MAX_PARAGRAPHS), "", ""));
    assert!(refused(&docx(&empty.repeat(1_000_000), "", "")).contains(&MAX_PARAGRAPHS.to_string()));
    let text = p("", &"a".repeat(MAX_TEXT_BYTES / 4));
    assert!(refused(&docx(&text.repeat(5), "", "")).contains(&MAX_TEXT_BYTES.to_string()));
    let row = "<w:tr><w:tc><w:p/></w:tc></w:tr>";
    assert!(
        refused(&docx(&format!("<w:tbl>{}</w:tbl>", row.repeat(MAX_ROWS + 1)), "", ""))
            .contains(&MAX_ROWS.to_string())
    );
    let wide = format!("<w:tr>{}</w:tr>", "<w:tc/>".repeat(MAX_COLUMNS));
    let many = wide.repeat(MAX_CELLS / MAX_COLUMNS + 1);
    assert!(refused(&docx(&format!("<w:tbl>{many}</w:tbl>"), "", "")).contains(&MAX_CELLS.to_string()));
    let styles = "<w:style w:styleId=\"ID\"/>";
    let styles: String = (0..10_001).map(|id| styles.replace("ID", &id.to_string())).collect();
    assert!(refused(&docx("", &styles, "")).contains("10000 styles"));
}

#[test]
fn a_cell_as_wide_as_a_million_columns_is_refused() {
    for span in ["65", "1000000", "4294967296", "99999999999999999999999999"] {
        let cell = format!("<w:tcPr><w:gridSpan w:val=\"{span}\"/></w:tcPr>{}", p("", "x"));
        let message = refused(&docx(&table("", &[&[cell]]), "", ""));
        assert!(message.contains(&format!("{MAX_COLUMNS} columns")), "{span}: {message}");
    }
    for span in ["0", "-1", "x", ""] {
        let cell = format!("<w:tcPr><w:gridSpan w:val=\"{span}\"/></w:tcPr>{}", p("", "x"));
        let grids = tables("file", &docx(&table("", &[&[cell]]), "", "")).unwrap();
        assert_eq!(grids[0].rows[0].cells, ["x"], "{span}");
    }
    let before =
        "<w:tbl><w:tr><w:trPr><w:gridBefore w:val=\"999999\"/></w:trPr><w:tc><w:p/></w:tc></w:tr></w:tbl>";
    assert!(refused(&docx(before, "", "")).contains("columns"));
}

#[test]
fn styles_and_lists_that_go_in_circles_end() {
    let styles = "<w:style w:styleId=\"A\"><w:basedOn w:val=\"B\"/></w:style><w:style w:styleId=\"B\"><w:basedOn w:val=\"A\"/></w:style>\
                  <w:style w:styleId=\"C\"><w:basedOn w:val=\"C\"/><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr></w:style>";
    let lists = "<w:abstractNum w:abstractNumId=\"1\"><w:numStyleLink w:val=\"C\"/></w:abstractNum>\
                 <w:num w:numId=\"1\"><w:abstractNumId w:val=\"1\"/></w:num>";
    let body = styled("A", "Chợ") + &styled("C", "Phố") + &styled("Z", "Quê");
    assert_eq!(read(&docx(&body, styles, lists)).preamble, "Chợ\n\nPhố\n\nQuê");
}

#[test]
fn huge_numbers_and_patterns_do_no_harm() {
    let lists = |start: &str, pattern: &str| {
        format!(
            "<w:abstractNum w:abstractNumId=\"0\"><w:lvl w:ilvl=\"999\"/><w:lvl w:ilvl=\"0\"><w:start w:val=\"{start}\"/><w:numFmt \
             w:val=\"lowerLetter\"/><w:lvlText w:val=\"{pattern}\"/></w:lvl></w:abstractNum><w:num w:numId=\"1\"><w:abstractNumId \
             w:val=\"0\"/></w:num>"
        )
    };
    let item = p("<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr>", "x");
    let text = |start: &str, pattern: &str| read(&docx(&item.repeat(2), "", &lists(start, pattern))).preamble;
    assert_eq!(text("4294967295", "%1."), "4294967295. x\n\n4294967295. x");
    assert_eq!(text("99999999999", "%"), "% x\n\n% x");
    assert_eq!(text("1", "%0%10%é%"), "%0a0%é% x\n\n%0b0%é% x");
    let level = p("<w:numPr><w:ilvl w:val=\"4294967295\"/><w:numId w:val=\"1\"/></w:numPr>", "x");
    assert_eq!(read(&docx(&level, "", &lists("1", "%1."))).preamble, "x");
    assert!(refused(&docx(&item, "", &lists("1", &"%1".repeat(600)))).contains("pattern"));
    // 999 bytes a paragraph count as text.
    let long = lists("1", &"n".repeat(999));
    assert!(refused(&docx(&item.repeat(3_000), "", &long)).contains(&MAX_TEXT_BYTES.to_string()));
}

#[test]
fn names_that_point_elsewhere_lead_nowhere() {
    let relations = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship \
                     Type=\"http://x/officeDocument\" Target=\"../../etc/hosts\"/></Relationships>";
    let document = part("document", &format!("<w:body>{}</w:body>", p("", "Chợ")));
    let bytes = package(&[("_rels/.rels", relations.as_bytes()), ("word/document.xml", document.as_bytes())]);
    assert!(refused(&bytes).contains("no document part"));
    let bytes = package(&[("../../../x.sh", b"x"), ("word/document.xml", document.as_bytes())]);
    assert_eq!(read(&bytes).preamble, "Chợ");
}

#[test]
fn elements_in_wrong_places_do_no_harm() {
    let body = "<w:tr><w:tc/></w:tr><w:p><w:p><w:r><w:t>A<w:t>B</w:t></w:t></w:r></w:p><w:tbl><w:p/></w:tbl></w:p><w:r><w:t>C</w:t></w:r>\
                <w:pPr/><w:p><w:pPr><w:pPr/></w:pPr><w:r><w:rPr/><w:pPr><w:pStyle w:val=\"Heading1\"/></w:pPr></w:r>\
                <w:r><w:fldChar w:fldCharType=\"end\"/><w:fldChar/><w:sym/><w:t>D</w:t></w:r></w:p><w:txbxContent/>";
    let outline = read(&docx(body, "", ""));
    assert_eq!(outline.preamble, "A");
    assert_eq!(outline.nodes[0].heading, "\u{fffd}D");
}

#[test]
fn many_paragraphs_of_long_style_chains_end_quickly() {
    let styles: String = (0..5_000)
        .map(|id| {
            format!(
                "<w:style w:styleId=\"s{id}\"><w:name w:val=\"n\"/><w:basedOn w:val=\"s{}\"/></w:style>",
                id + 1
            )
        })
        .collect();
    let body = styled("s0", "").repeat(MAX_PARAGRAPHS / 4);
    let started = std::time::Instant::now();
    read(&docx(&body, &styles, ""));
    // A wide margin: it takes a second where nothing is optimised.
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[test]
fn a_damaged_byte_never_panics() {
    let body =
        styled("Heading1", "Chương I") + &table("", &[&[p("", "a"), p("", "b")]]) + &p("", "Điều 1. Chợ");
    let good = part("document", &format!("<w:body>{body}</w:body>"));
    for at in 0..good.len() {
        for byte in [b'<', b'&', 0, 0xff] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = byte;
            let _ = read_docx("file", &package(&[("word/document.xml", &bytes)]), Depth::Point);
        }
    }
}
