//! Files made to hurt: each is refused with a sentence, or read without harm.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;

use super::*;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The parts of a workbook, to be spoilt one by one.
#[derive(Clone)]
struct Book(Vec<(String, Vec<u8>)>);

impl Book {
    fn new() -> Self {
        let mut book = Self(Vec::new());
        book.set("_rels/.rels", format!("<Relationships><Relationship Id='a' Type='{OFFICE}/officeDocument' Target='xl/workbook.xml'/></Relationships>"));
        book.set("xl/_rels/workbook.xml.rels", format!("<Relationships><Relationship Id='rId1' Type='{OFFICE}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>"));
        book.set("xl/workbook.xml", format!("<workbook xmlns='{MAIN}' xmlns:r='{OFFICE}'><sheets><sheet name='Góp ý' sheetId='1' r:id='rId1'/></sheets></workbook>"));
        book.strings("<si><t>một</t></si>", "1");
        book.styles(
            "<numFmts count='1'><numFmt numFmtId='164' formatCode='dd/mm/yyyy'/></numFmts>",
            "<xf/><xf numFmtId='164'/><xf numFmtId='46'/>",
        );
        book.sheet("<row r='1'><c r='A1' t='s'><v>0</v></c></row>");
        book
    }

    fn set(&mut self, name: &str, content: impl Into<Vec<u8>>) -> &mut Self {
        let content = content.into();
        match self.0.iter_mut().find(|(part, _)| part == name) {
            Some(part) => part.1 = content,
            None => self.0.push((name.to_owned(), content)),
        }
        self
    }

    fn without(&mut self, name: &str) -> &mut Self {
        self.0.retain(|(part, _)| part != name);
        self
    }

    fn sheet(&mut self, rows: &str) -> &mut Self {
        self.set(
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns='{MAIN}'><sheetData>{rows}</sheetData></worksheet>"),
        )
    }

    fn strings(&mut self, items: &str, count: &str) -> &mut Self {
        self.set("xl/sharedStrings.xml", format!("<sst xmlns='{MAIN}' uniqueCount='{count}'>{items}</sst>"))
    }

    fn styles(&mut self, before: &str, formats: &str) -> &mut Self {
        self.set(
            "xl/styles.xml",
            format!("<styleSheet xmlns='{MAIN}'>{before}<cellXfs>{formats}</cellXfs></styleSheet>"),
        )
    }

    fn bytes(&self) -> Vec<u8> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in &self.0 {
            zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}

fn book(spoil: impl FnOnce(&mut Book) -> &mut Book) -> Vec<u8> {
    spoil(&mut Book::new()).bytes()
}

/// Where each header with this signature begins.
fn headers(bytes: &[u8], signature: &[u8; 4]) -> Vec<usize> {
    (0..bytes.len()).filter(|at| bytes[*at..].starts_with(signature)).collect()
}

/// The archive with a 4-byte number at an offset of the central header of an entry.
fn patched(mut bytes: Vec<u8>, entry: usize, offset: usize, value: u32) -> Vec<u8> {
    let header = headers(&bytes, b"PK\x01\x02")[entry];
    bytes[header + offset..header + offset + 4].copy_from_slice(&value.to_le_bytes());
    bytes
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    bytes
}

fn sheet(rows: &str) -> Vec<u8> {
    book(|book| book.sheet(rows))
}

fn cell(attributes: &str, value: &str) -> Vec<u8> {
    sheet(&format!("<row><c {attributes}><v>{value}</v></c></row>"))
}

fn part(name: &str, content: &str) -> Vec<u8> {
    book(|book| book.set(name, content))
}

/// The only cell of the only sheet.
fn only(bytes: &[u8]) -> String {
    let grids = read("file", bytes).unwrap();
    let [grid] = grids.as_slice() else { panic!("{} sheets", grids.len()) };
    let [row] = grid.rows.as_slice() else { panic!("{:?}", grid.rows) };
    row.cells.last().unwrap().clone()
}

#[test]
fn hostile_archives_are_refused() {
    let good = Book::new().bytes();
    let zeros = book(|book| book.set("xl/worksheets/sheet1.xml", vec![0; 200 << 20]));
    assert!(zeros.len() < 300_000);
    let last = Book::new().0.len() - 1;
    let zeros_said_to_be_small = patched(zeros.clone(), last, 24, 100);
    let twice = replaced(
        &book(|book| book.set("xl/workbook.xmk", "<workbook/>")),
        "xl/workbook.xmk",
        "xl/workbook.xml",
    );
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a bomb", zeros, "bytes when unpacked"),
        ("a bomb that lies about its size", zeros_said_to_be_small, ""),
        ("a compressed size past the end", patched(good.clone(), 0, 20, 1 << 30), ""),
        ("a header outside of the file", patched(good.clone(), 0, 42, 0x7fff_ffff), ""),
        ("entries over one another", patched(good.clone(), 1, 42, 0), "over one another"),
        (
            "many parts",
            book(|book| (0..2_001).fold(book, |book, n| book.set(&format!("x/{n}"), ""))),
            "2000 entries",
        ),
        ("a part twice", twice, "two entries of one name"),
        (
            "a part twice but for case",
            book(|book| book.set("XL/Workbook.xml", "<workbook/>")),
            "two entries of one name",
        ),
        ("a password", patched(good.clone(), 0, 8, 1 | (8 << 16)), "password"),
        (
            "an old or encrypted workbook",
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1].repeat(100),
            "password",
        ),
        ("no archive", b"PK but no zip".to_vec(), "damaged"),
        ("only the beginning", good[..good.len() / 2].to_vec(), "damaged"),
        ("a central directory cut short", good[..good.len() - 30].to_vec(), "damaged"),
        ("a file of 17 MB", [b"PK".as_slice(), &vec![0; 17 << 20]].concat(), "bytes, is"),
        ("an unknown method", patched(good, 0, 10, 99), ""),
    ];
    // What an archive says about a size is not believed, so a lie alone changes nothing.
    assert_eq!(only(&patched(Book::new().bytes(), last, 24, u32::MAX - 1)), "một");
    for (name, bytes, why) in table {
        let error = read("file", &bytes).expect_err(name);
        assert!(
            error.message.starts_with("file: ") && error.message.contains(why),
            "{name}: {}",
            error.message
        );
    }
}

#[test]
fn hostile_workbooks_are_refused() {
    let many = |count: usize, text: &str| text.repeat(count);
    let deep = format!("{}{}", many(200, "<a>"), many(200, "</a>"));
    let wide: String = (0..300).map(|n| format!(" a{n}='x'")).collect();
    let huge_font = format!("<fonts><font><name val='{}'/></font></fonts>", many(1_000_000, "x"));
    let sheets: String = (0..65).map(|n| format!("<sheet name='s{n}' r:id='rId1'/>")).collect();
    let workbook = |sheets: &str| {
        part("xl/workbook.xml", &format!("<workbook xmlns:r='{OFFICE}'><sheets>{sheets}</sheets></workbook>"))
    };
    let sheet_at = |more: &str| {
        let text = format!(
            "<Relationships><Relationship Id='rId1' Type='{OFFICE}/worksheet' {more}/></Relationships>"
        );
        part("xl/_rels/workbook.xml.rels", &text)
    };
    let book_at = |more: &str| {
        let text = format!(
            "<Relationships><Relationship Id='a' Type='{OFFICE}/officeDocument' {more}/></Relationships>"
        );
        part("_rels/.rels", &text)
    };
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("no workbook", book(|book| book.without("xl/workbook.xml")), "no part \"xl/workbook.xml\""),
        ("no relationships", book(|book| book.without("_rels/.rels")), "not an .xlsx workbook"),
        (
            "no relationships of the workbook",
            book(|book| book.without("xl/_rels/workbook.xml.rels")),
            "no part",
        ),
        ("no sheet part", book(|book| book.without("xl/worksheets/sheet1.xml")), "no part"),
        ("a document", book_at("Target='word/document.xml'"), "not an .xlsx workbook"),
        ("a binary workbook", book_at("Target='xl/workbook.bin'"), ".xlsb"),
        ("a workbook elsewhere", book_at("Target='../../etc/passwd'"), "outside of the file"),
        ("a sheet elsewhere", sheet_at("Target='../../../etc/passwd'"), "outside of the file"),
        (
            "a sheet on the net",
            sheet_at("Target='http://example.com/s.xml' TargetMode='External'"),
            "outside of the file",
        ),
        ("a sheet that is the workbook", sheet_at("Target='/xl/workbook.xml'"), "can't be read"),
        ("a sheet without a place", workbook("<sheet name='a' r:id='rId9'/>"), "where its sheet"),
        ("a sheet with two places", workbook("<sheet name='a' id='rId9' r:id='rId1'/>"), "where its sheet"),
        (
            "two sheets of one name",
            workbook("<sheet name='a' r:id='rId1'/><sheet name='A' r:id='rId1'/>"),
            "two sheets",
        ),
        ("65 sheets", workbook(&sheets), "more than 64 sheets"),
        ("no sheets", workbook(""), "no sheets"),
        (
            "a long name",
            workbook(&format!("<sheet name='{}' r:id='rId1'/>", many(300, "x"))),
            "longer than 255",
        ),
        (
            "a doctype",
            part("xl/workbook.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><workbook>&b;</workbook>"),
            "DOCTYPE",
        ),
        (
            "a doctype in the theme",
            part("xl/theme/theme1.xml", "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>"),
            "DOCTYPE",
        ),
        ("an unknown entity", sheet("<row><c t='str'><v>&lol;</v></c></row>"), "can't be read"),
        ("depth", sheet(&deep), "128 elements deep"),
        ("many attributes", sheet(&format!("<row{wide}/>")), "256 attributes"),
        (
            "attributes without number",
            sheet(&format!("<row {}/>", many(1_000_000, "a='' "))),
            "256 attributes",
        ),
        ("one attribute twice", cell("r='A1' r='ZZZZZZZ1'", "1"), "not well-formed"),
        (
            "XML that ends too soon",
            part("xl/worksheets/sheet1.xml", "<worksheet><sheetData><row><c r='A1'><v>1"),
            "ends before",
        ),
        ("crossed elements", sheet("<row><c r='A1'><v>1</c></v></row>"), "not well-formed"),
        (
            "bytes that are no text",
            book(|book| book.set("xl/worksheets/sheet1.xml", [0xff, 0xfe, 0xff])),
            "UTF-8",
        ),
        (
            "UTF-16",
            book(|book| {
                book.set(
                    "xl/workbook.xml",
                    "<workbook/>".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
                )
            }),
            "NUL",
        ),
        (
            "another encoding",
            part("xl/workbook.xml", "<?xml version='1.0' encoding='utf-16'?><workbook/>"),
            "UTF-8",
        ),
        ("a column too far", cell("r='XFD1048576'", "1"), "the cell XFD1048576 of the sheet \"Góp ý\""),
        ("a column that overflows", cell("r='ZZZZZZZZZZ1'", "1"), "which no sheet has"),
        ("a row that overflows", cell("r='A99999999999'", "1"), "which no sheet has"),
        ("a row 0", cell("r='A0'", "1"), "which no sheet has"),
        ("a negative row", sheet("<row r='-1'/>"), "which no sheet has"),
        ("a last row", sheet("<row r='4294967295'></row><row></row>"), "which no sheet has"),
        (
            "a range inside out",
            part("xl/worksheets/sheet1.xml", "<worksheet><dimension ref='C7:A1'/><sheetData/></worksheet>"),
            "which no sheet has",
        ),
        (
            "a range that overflows",
            part(
                "xl/worksheets/sheet1.xml",
                "<worksheet><dimension ref='A1:A99999999999'/><sheetData/></worksheet>",
            ),
            "which no sheet has",
        ),
        ("no sheet data", part("xl/worksheets/sheet1.xml", "<worksheet/>"), "can't be read"),
        ("a cell twice", sheet("<row><c r='A1'><v>1</v></c><c r='A1'><v>2</v></c></row>"), "the cell A1"),
        (
            "rows from below",
            sheet("<row r='2'><c r='A2'><v>1</v></c></row><row r='1'><c r='A1'><v>2</v></c></row>"),
            "the cell A1",
        ),
        ("a string that is not there", cell("r='A1' t='s'", "1"), "from its cell A1"),
        ("a string before the first", cell("r='A1' t='s'", "-1"), "from its cell A1"),
        ("an unknown error", cell("r='A1' t='e'", "#BOOM!"), "an error in its cell A1"),
        ("an unknown type", cell("r='A1' t='zz'", "1"), "can't be read"),
        ("a boolean that is none", cell("r='A1' t='b'", "7"), "can't be read"),
        ("a number that is none", cell("r='A1' t='n'", "abc"), "can't be read"),
        (
            "strings without number",
            book(|book| book.strings("", "18446744073709551615")),
            "1000000 shared strings",
        ),
        ("many strings declared", book(|book| book.strings("", "4000000000")), "1000000 shared strings"),
        ("a negative count of strings", book(|book| book.strings("", "-1")), "1000000 shared strings"),
        ("many strings", book(|book| book.strings(&many(1_000_001, "<si/>"), "1")), "1000000 shared strings"),
        (
            "much shared text",
            book(|book| book.strings(&format!("<si><t>{}</t></si>", many(65 << 20, "a")), "1")),
            "bytes of text",
        ),
        (
            "a million styles",
            book(|book| book.styles("", &many(1_000_000, "<xf/>"))),
            "has styles of more than",
        ),
        (
            "a font copied into each style",
            book(|book| book.styles(&huge_font, &many(100, "<xf fontId='0'/>"))),
            "has styles of more than",
        ),
        (
            "a format of brackets",
            book(|book| {
                book.styles(
                    &format!("<numFmts><numFmt numFmtId='164' formatCode='{}'/></numFmts>", many(300, "[")),
                    "<xf numFmtId='164'/>",
                )
            }),
            "brackets",
        ),
        ("ten million cells", sheet(&format!("<row>{}</row>", many(10_000_000, "<c/>"))), "5000000 elements"),
        ("ten million rows", sheet(&many(10_000_000, "<row/>")), "5000000 elements"),
        ("120,001 rows", sheet(&many(120_001, "<row><c><v>1</v></c></row>")), "the 120000 rows"),
        (
            "cells far right in many rows",
            sheet(&(1..9_000).map(|n| format!("<row><c r='IV{n}'><v>1</v></c></row>")).collect::<String>()),
            "the 2000000 cells",
        ),
        ("a long cell", cell("r='A1' t='str'", &many(200_001, "ế")), "200000 characters"),
        (
            "one long text in many cells",
            {
                let rows: String =
                    (1..200).map(|n| format!("<row><c r='A{n}' t='s'><v>0</v></c></row>")).collect();
                book(|book| {
                    book.strings(&format!("<si><t>{}</t></si>", many(190_000, "ế")), "1").sheet(&rows)
                })
            },
            "bytes of text that a file may have",
        ),
    ];
    for (name, bytes, why) in table {
        let started = std::time::Instant::now();
        let error = read("file", &bytes).expect_err(name);
        let took = started.elapsed();
        assert!(
            error.message.starts_with("file: ") && error.message.contains(why),
            "{name}: {}",
            error.message
        );
        assert!(error.message.len() < 400, "{name}: a long sentence");
        // A build without optimisation, beside other tests.
        assert!(took.as_secs() < 30, "{name}: took {took:?}");
    }
}

#[test]
fn odd_workbooks_are_read_without_harm() {
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("a string", Book::new().bytes(), "một"),
        ("a style that is not there", cell("r='A1' s='99999999999999999999'", "7"), "7"),
        ("a negative style", cell("r='A1' s='-1'", "7"), "7"),
        (
            "a huge number format",
            book(|book| {
                book.styles("", "<xf numFmtId='99999999999999999999'/>")
                    .sheet("<row><c s='0'><v>1.50</v></c></row>")
            }),
            "1.5",
        ),
        ("a date", cell("s='1'", "44036"), "2020-07-24"),
        ("a date and a time", cell("s='1'", "44036.708333333336"), "2020-07-24 17:00:00"),
        ("a time", cell("s='1'", "0.5"), "12:00:00"),
        ("hours", cell("s='2'", "1.5"), "36:00:00"),
        ("a date before all dates", cell("s='1'", "-12.5"), "-12.5"),
        ("a date after all dates", cell("s='1'", "2958466"), "2958466"),
        ("no number as a date", cell("s='1'", "nan"), "NaN"),
        ("a date as text", cell("t='d'", "2020-07-24T00:00:00"), "2020-07-24"),
        ("a sum", cell("", "0.30000000000000004"), "0.3"),
        ("a clause", cell("", "5.2000000000000002"), "5.2"),
        ("a whole number", cell("", "12.0"), "12"),
        ("minus nothing", cell("", "-0.0"), "0"),
        ("a boolean", cell("t='b'", "1"), "TRUE"),
        ("an error", cell("t='e'", "#REF!"), "#REF!"),
        ("a formula", sheet("<row><c t='str'><f>HYPERLINK(1)</f><v>kết quả</v></c></row>"), "kết quả"),
        (
            "rich text",
            sheet(
                "<row><c t='inlineStr'><is><r><t>một </t></r><r><t xml:space='preserve'> hai</t></r></is></c></row>",
            ),
            "một hai",
        ),
        ("escapes", cell("t='str'", "a_x000D_&#10;b_x005F_x000D_"), "a\nb_x000D_"),
        (
            "an empty cell at the end of the world",
            sheet("<row><c r='A1'><v>1</v></c></row><row><c r='XFD1048576' s='1'/></row>"),
            "1",
        ),
        ("the last cell of a column", cell("r='A1048576'", "x"), "x"),
        (
            "another case and slash",
            book(|book| {
                let sheet = book.0.pop().unwrap().1;
                book.set("XL\\Worksheets\\Sheet1.xml", sheet)
            }),
            "một",
        ),
        (
            "a shared string that is rich",
            book(|book| book.strings("<si><r><t>m</t></r><r><t>ột</t></r><rPh><t>x</t></rPh></si>", "1")),
            "một",
        ),
    ];
    for (name, bytes, expected) in table {
        assert_eq!(only(&bytes), expected, "{name}");
    }
}

#[test]
fn hidden_sheets_are_read_and_chart_sheets_are_not() {
    let bytes = book(|book| {
        let sheets = ["", "state='hidden'", "state='veryHidden'"];
        let sheets: String =
            (1..).zip(sheets).map(|(n, state)| format!("<sheet name='s{n}' {state} r:id='rId1'/>")).collect();
        book.set(
            "xl/workbook.xml",
            format!("<workbook xmlns:r='{OFFICE}'>{sheets}<sheet name='c' r:id='rId2'/></workbook>"),
        );
        let rels = format!(
            "<Relationships><Relationship Id='rId1' Type='{OFFICE}/worksheet' Target='/xl/worksheets/sheet1.xml'/><Relationship Id='rId2' Type='{OFFICE}/chartsheet' Target='c.xml'/></Relationships>"
        );
        book.set("xl/_rels/workbook.xml.rels", rels)
    });
    let names: Vec<_> =
        xlsx("file", &bytes).unwrap().into_iter().map(|grid| (grid.name, grid.rows.len())).collect();
    assert_eq!(names, [("s1".to_owned(), 1), ("s2".to_owned(), 1), ("s3".to_owned(), 1)]);
}

#[test]
fn hostile_csv_is_refused() {
    let table: Vec<(&str, Vec<u8>, &str)> = vec![
        ("one line of 100 MB", vec![b'a'; 100 << 20], "bytes, is 104857600"),
        ("one cell of 16 MB", vec![b'a'; 16 << 20], "the cell A1 has more than 200000 characters"),
        ("a quote that is never closed", b"a\n\"b\nc".to_vec(), "the cell A2 is never closed"),
        ("only quotes", vec![b'"'; 4_000_001], "never closed"),
        ("quotes in quotes", vec![b'"'; 4_000_000], "200000 characters"),
        ("NUL", b"a,\0".to_vec(), "CSV UTF-8"),
        ("another encoding", b"\xd1\xee".to_vec(), "CSV UTF-8"),
        ("many columns", [b"x".as_slice(), &b",x".repeat(256)].concat(), "the cell IW1 is right of"),
        ("many rows", b"x\n".repeat(120_001), "the 120000 rows"),
        (
            "cells far right",
            [&b",".repeat(255), b"x\n".as_slice()].concat().repeat(9_000),
            "the 2000000 cells",
        ),
    ];
    for (name, bytes, why) in table {
        let error = read("file", &bytes).expect_err(name);
        assert!(error.message.contains(why), "{name}: {}", error.message);
    }
    for harmless in [&b""[..], b"\n\n\n", b",,,\r\r\n,", &b",\n".repeat(1_000_000), &b",".repeat(4_000_000)] {
        assert_eq!(csv("file", harmless).unwrap().rows, []);
    }
}

#[test]
fn a_workbook_with_any_bytes_changed_never_panics() {
    // A small generator of numbers that are the same in each run (Knuth's MMIX).
    let mut state = 20_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut rich = Book::new();
    rich.set(
        "xl/theme/theme1.xml",
        "<theme><clrScheme><dk1><srgbClr val='123456'/></dk1></clrScheme></theme>",
    );
    rich.styles("<fonts><font><sz val='11'/><color theme='1' tint='-0.2'/></font></fonts><fills><fill><patternFill patternType='solid'><fgColor rgb='FF00FF00'/></patternFill></fill></fills>", "<xf fontId='0' fillId='0' numFmtId='14'><alignment textRotation='45'/></xf>");
    rich.sheet("<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' s='0'><v>44036.5</v></c></row><row><c t='inlineStr'><is><t>a_x000D_</t></is></c><c t='e'><v>#N/A</v></c></row>");
    let letters = b"<>/='\"&;[]-0129AZaz:_ !?x\n\xc3";
    let (mut read_well, mut refused) = (0, 0);
    for _ in 0..1_500 {
        let mut book = rich.clone();
        let index = next(book.0.len());
        let part = &mut book.0[index].1;
        for _ in 0..=next(3) {
            let at = next(part.len());
            match next(3) {
                0 => part[at] = letters[next(letters.len())],
                1 => part.insert(at, letters[next(letters.len())]),
                _ => drop(part.remove(at)),
            }
        }
        match read("file", &book.bytes()) {
            Ok(_) => read_well += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(read_well > 150 && refused > 150, "{read_well} read, {refused} refused");
    let good = rich.bytes();
    for end in 0..good.len() {
        let _ = read("file", &good[..end]);
        let mut changed = good.clone();
        changed[end] = letters[next(letters.len())];
        let _ = read("file", &changed);
    }
}
