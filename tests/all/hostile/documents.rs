//! Word files that are none, or that are made to hurt.

use super::archive::*;
use super::{Case, case};

const DOCUMENT: &str = "word/document.xml";

fn good() -> Vec<u8> {
    Parts::document().bytes()
}

fn part(content: &str) -> Vec<u8> {
    document(|parts| parts.set(DOCUMENT, content))
}

fn body(blocks: &str) -> Vec<u8> {
    document(|parts| parts.body(blocks))
}

fn paragraph(text: &str) -> String {
    format!("<w:p><w:r><w:t>{text}</w:t></w:r></w:p>")
}

fn table(rows: &str) -> String {
    format!("<w:tbl>{rows}</w:tbl>")
}

/// A document whose every paragraph is numbered by a pattern.
fn patterned(pattern: &str, paragraphs: usize) -> Vec<u8> {
    let numbered = "<w:p><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr><w:r><w:t>x</w:t></w:r></w:p>";
    let list = format!(
        "<w:abstractNum w:abstractNumId='0'><w:lvl w:ilvl='0'><w:start w:val='3888'/><w:numFmt w:val='upperRoman'/><w:lvlText w:val='{pattern}'/></w:lvl></w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num>"
    );
    document(|parts| parts.numbering(&list).body(&numbered.repeat(paragraphs)))
}

/// Entities that are a billion times what they say.
const LAUGHS: &str = "<!DOCTYPE d [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><d>&c;</d>";
const OUTSIDE: &str = "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><d>&x;</d>";

pub fn refused() -> Vec<Case> {
    let mut cases = vec![
        case("an archive of nothing", "no document part", || zip(&[])),
        case("PK and no more", "damaged", || b"PK\x03\x04 not an archive".to_vec()),
        case("no document", "no document part", || document(|parts| parts.without(DOCUMENT))),
        case("1 GiB of zeros", "134217728 bytes when unpacked", || {
            Parts::document().with_much(DOCUMENT, "", 0, 1_024)
        }),
        case("1 GiB of blanks in XML", "134217728 bytes when unpacked", || {
            Parts::document().with_much(
                DOCUMENT,
                &word("document", "").replace("</w:document>", ""),
                b' ',
                1_024,
            )
        }),
        case("styles of 1 GiB", "134217728 bytes when unpacked", || {
            Parts::document().with_much("word/styles.xml", "<a>", b' ', 1_024)
        }),
        case("2,001 entries", "2000 entries", || {
            let mut parts = Parts::document();
            for n in 0..2_000 {
                parts.set(&format!("word/media/{n}"), "x");
            }
            parts.bytes()
        }),
        case("an archive in an archive", "not UTF-8", || document(|parts| parts.set(DOCUMENT, good()))),
        case("a compressed size that lies", "damaged", || patched(good(), 20, &[1, 0, 0, 0])),
        case("a compressed size past the end", "lie over one another", || {
            patched(good(), 20, &[0xff, 0xff, 0xff, 0x7f])
        }),
        case("an unpacked size that lies", "damaged part", || patched(good(), 24, &[1, 0, 0, 0])),
        case("a checksum that lies", "damaged part", || patched(good(), 16, &[1, 2, 3, 4])),
        case("a method that nobody has", "damaged", || patched(good(), 10, &[99, 0])),
        case("a password", "password", || patched(good(), 8, &[1, 0])),
        case("entries over one another", "lie over one another", || overlapping(good())),
        case("two entries of one name", "two entries of one name", || {
            replaced(
                zip(&[(DOCUMENT, b"<a/>"), ("word/documenT.xml", b"<b/>"), ("_rels/.rels", b"<a/>")]),
                b"word/documenT.xml",
                DOCUMENT.as_bytes(),
            )
        }),
        case("two entries of one name but for case", "two entries of one name", || {
            document(|parts| parts.set("WORD/document.xml", "<a/>"))
        }),
        case("a DOCTYPE", "DOCTYPE", || part("<!DOCTYPE d><d/>")),
        case("a billion laughs", "DOCTYPE", || part(LAUGHS)),
        case("an entity of another file", "DOCTYPE", || part(OUTSIDE)),
        case("an entity of another file in the styles", "DOCTYPE", || {
            document(|parts| parts.set("word/styles.xml", OUTSIDE))
        }),
        case("a billion laughs in the relationships", "DOCTYPE", || {
            document(|parts| parts.set("_rels/.rels", LAUGHS))
        }),
        case("an entity that nobody defines", "not well-formed", || body(&paragraph("&boom;"))),
        case("a character that there is not", "not well-formed", || body(&paragraph("&#xFFFFFFFF;"))),
        case("another encoding declared", "says something else", || {
            part("<?xml version='1.0' encoding='UTF-16'?><d/>")
        }),
        case("UTF-16", "not UTF-8", || {
            let text = word("document", "<w:body/>");
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            document(|parts| parts.set(DOCUMENT, [&[0xff, 0xfe][..], &wide].concat()))
        }),
        case("bytes that are not UTF-8", "not UTF-8", || {
            document(|parts| parts.set(DOCUMENT, b"<d>\xff\xfe\xfd</d>".as_slice()))
        }),
        case("NUL in XML", "NUL", || body(&paragraph("a\0b"))),
        case("XML 100,000 deep", "128 elements deep", || part(&nested("a", 100_000))),
        case("a million elements that never end", "128 elements deep", || part(&"<w:p>".repeat(1_000_000))),
        case("300 attributes", "256 attributes", || {
            let attributes: String = (0..300).map(|n| format!(" a{n}='1'")).collect();
            part(&format!("<d{attributes}/>"))
        }),
        case("300 namespaces", "not well-formed", || {
            let namespaces = |from: usize| -> String {
                (from..from + 150).map(|n| format!(" xmlns:a{n}='u{n}'")).collect()
            };
            part(&format!("<d{}><e{}/></d>", namespaces(0), namespaces(150)))
        }),
        case("elements that cross", "not well-formed", || part("<a><b></a></b>")),
        case("an element that never ends", "ends before", || part("<a><b></b>")),
        case("a comment that never ends", "not well-formed", || part("<a><!-- </a>")),
        case("CDATA that never ends", "not well-formed", || part("<a><![CDATA[ </a>")),
        case("a tag that never ends", "not well-formed", || part("<a b='")),
        case("an old Word file", "old binary Office file", || {
            [&[0xd0, 0xcf, 0x11, 0xe0][..], &[0; 4_000]].concat()
        }),
        case("an OpenDocument text", "no document part", || {
            zip(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<a/>")])
        }),
        case("a presentation", "not a Word document", || {
            let rels = relationships(&[("a", "officeDocument", "ppt/presentation.xml")]);
            zip(&[("_rels/.rels", rels.as_bytes()), ("ppt/presentation.xml", b"<p/>")])
        }),
        case("an archive with a document inside", "no document part", || zip(&[("du-thao.docx", &good())])),
        case("a document outside of the file", "no document part", || {
            let rels =
                relationships(&[("a", "officeDocument", "http://example.test/x.xml' TargetMode='External")]);
            document(|parts| parts.set("_rels/.rels", rels).without(DOCUMENT))
        }),
        case("a document on a path upwards", "no document part", || {
            let rels = relationships(&[("a", "officeDocument", "../../../../etc/passwd")]);
            document(|parts| parts.set("_rels/.rels", rels))
        }),
        case("a file of 17 MiB", "16777216 bytes", || {
            Parts::document().set("word/media/x", vec![7; 17 << 20]).stored()
        }),
        case("200,001 paragraphs", "200000 paragraphs", || body(&"<w:p/>".repeat(200_001))),
        case("3 MiB of text", "2097152 bytes of text", || body(&paragraph(&"ế".repeat(1 << 20)))),
        case("20 MiB of text in one line", "2097152 bytes of text", || {
            body(&paragraph(&"a".repeat(20 << 20)))
        }),
        case("3 MiB of text in a million runs", "2097152 bytes of text", || {
            body(&format!("<w:p>{}</w:p>", "<w:r><w:t>abc</w:t></w:r>".repeat(1 << 20)))
        }),
        case("20,001 rows", "20000 rows", || body(&table(&"<w:tr><w:tc/></w:tr>".repeat(20_001)))),
        case("65 columns", "64 columns", || body(&table(&format!("<w:tr>{}</w:tr>", "<w:tc/>".repeat(65))))),
        case("a cell over 4 billion columns", "64 columns", || {
            body(&table("<w:tr><w:tc><w:tcPr><w:gridSpan w:val='4294967295'/></w:tcPr></w:tc></w:tr>"))
        }),
        case("200,001 cells", "200000 cells", || {
            body(&table(&format!("<w:tr>{}</w:tr>", "<w:tc/>".repeat(50)).repeat(4_001)))
        }),
        case("tables nine deep", "8 deep", || {
            body(&nested("w:tbl><w:tr><w:tc", 9).replace("</w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"))
        }),
        case("10,001 styles", "10000 styles", || {
            document(|parts| {
                parts.styles(&(0..10_001).map(|n| format!("<w:style w:styleId='s{n}'/>")).collect::<String>())
            })
        }),
        case("10,001 lists", "10000 lists", || {
            document(|parts| {
                parts.numbering(&(0..10_001).map(|n| format!("<w:num w:numId='{n}'/>")).collect::<String>())
            })
        }),
        case("10,001 relationships", "10000 relationships", || {
            document(|parts| parts.set("_rels/.rels", relationships(&[("a", "image", "x"); 10_001])))
        }),
        case("a number's pattern of 100,000 characters", "1000 bytes", || patterned(&"%1".repeat(50_000), 1)),
        case("numbers longer than the text", "2097152 bytes of text", || {
            patterned(&"%1".repeat(500), 50_000)
        }),
        case("20 million elements", "5000000 elements", || {
            part(&format!("<d>{}</d>", "<a/>".repeat(20_000_000)))
        }),
        case("a style's name copied into 10,000 styles", "1000 bytes", || {
            let long = "x".repeat(1 << 20);
            let first = format!(
                "<w:style w:styleId='{long}'><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr></w:style>"
            );
            let others: String = (0..60)
                .map(|n| format!("<w:style w:styleId='s{n}'><w:basedOn w:val='{long}'/></w:style>"))
                .collect();
            document(|parts| parts.styles(&(first + &others)))
        }),
        case("a million open fields", "128 deep", || {
            let field = "<w:fldChar w:fldCharType='begin'/><w:fldChar w:fldCharType='separate'/>";
            body(&format!(
                "<w:p><w:r>{}{}</w:r></w:p>",
                field.repeat(500_000),
                "<w:t>x</w:t>".repeat(500_000)
            ))
        }),
        case("100,000 ends of a directory of 50,000 entries", "damaged", || directories(50_000, 100_000)),
        case("an archive of 300,000 entries", "two entries", || directories(300_000, 1)),
        case("ten million attributes", "not a Word document", || {
            let attributes: String = (0..250).map(|n| format!(" a{n:03}=''")).collect();
            part(&format!("<d>{}</d>", format!("<a{attributes}/>").repeat(40_000)))
        }),
    ];
    for (name, thousandths) in [
        ("truncated after 1 %", 10),
        ("truncated after a quarter", 250),
        ("truncated in the middle", 500),
        ("truncated after three quarters", 750),
        ("truncated near the end", 990),
    ] {
        cases.push(case(name, "damaged", move || truncated(good(), thousandths)));
    }
    cases
}

/// Odd, and not wrong.
pub fn harmless() -> Vec<Case> {
    vec![
        case("names on paths upwards", "", || {
            document(|parts| parts.set("../../../../tmp/x", "x").set("/etc/passwd", "x").set("C:\\x", "x"))
        }),
        case("links out of the file", "", || {
            let rels = relationships(&[("a", "hyperlink", "http://example.test' TargetMode='External")]);
            document(|parts| parts.set("word/_rels/document.xml.rels", rels))
        }),
        case("styles in a circle", "", || {
            let styles = "<w:style w:styleId='a'><w:basedOn w:val='b'/></w:style><w:style w:styleId='b'><w:basedOn w:val='a'/></w:style>";
            let text = "<w:p><w:pPr><w:pStyle w:val='a'/></w:pPr><w:r><w:t>Điều 1. Chung</w:t></w:r></w:p>";
            document(|parts| parts.styles(styles).body(text))
        }),
        case("lists in a circle", "", || {
            let styles = "<w:style w:type='numbering' w:styleId='a'><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr></w:style>";
            let lists = "<w:abstractNum w:abstractNumId='0'><w:numStyleLink w:val='a'/></w:abstractNum><w:num w:numId='1'><w:abstractNumId w:val='0'/></w:num>";
            let text = "<w:p><w:pPr><w:numPr><w:numId w:val='1'/></w:numPr></w:pPr><w:r><w:t>Điều 1. Chung</w:t></w:r></w:p>";
            document(|parts| parts.styles(styles).numbering(lists).body(text))
        }),
        case("a macro", "", || {
            document(|parts| parts.set("word/vbaProject.bin", vec![0xd0, 0xcf, 0x11, 0xe0]))
        }),
    ]
}
