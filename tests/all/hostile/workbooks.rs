//! Workbooks that are none, or that are made to hurt; and sheets of somebody else.

use super::archive::*;
use super::{Case, case};

const SHEET: &str = "xl/worksheets/sheet1.xml";
/// The marks of sheets that were made for other drafts and purposes: each with its right check.
const OF_ANOTHER_DRAFT: &str =
    "ykien comments 1 draft=khac agency=H37.05 round=1 revision=42 check=6aa99ffc9c16b7ad";
const OF_THIS_DRAFT: &str =
    "ykien comments 1 draft=nq20 agency=H37.05 round=1 revision=42 check=6fbf4fb47a8b1874";
const OF_DECISIONS: &str = "ykien decisions 1 draft=nq20 revision=42 check=9d159a1a0631b878";

fn good() -> Vec<u8> {
    Parts::workbook().bytes()
}

fn rows(rows: &str) -> Vec<u8> {
    workbook(|parts| parts.cells(rows))
}

fn cell(attributes: &str, value: &str) -> Vec<u8> {
    rows(&format!("<row r='2'><c {attributes}><v>{value}</v></c></row>"))
}

/// A sheet whose header has this in its third column.
fn marked(mark: &str) -> Vec<u8> {
    let header = "<row r='1'><c r='A1' t='s'><v>0</v></c><c r='B1' t='s'><v>1</v></c>";
    workbook(|parts| {
        let sheet = format!(
            "<worksheet><sheetData>{header}<c r='C1' t='str'><v>{mark}</v></c></row><row r='2'><c r='B2' t='str'><v>Góp ý</v></c></row></sheetData></worksheet>"
        );
        parts.set(SHEET, sheet)
    })
}

fn several(count: usize) -> String {
    (1..=count).map(|n| format!("<sheet name='s{n}' sheetId='{n}' r:id='rId1'/>")).collect()
}

pub fn refused() -> Vec<Case> {
    let mut cases = vec![
        case("a workbook of nothing", "is not an .xlsx", || zip(&[])),
        case("a workbook without sheets", "no sheets", || workbook(|parts| parts.sheets(""))),
        case("a sheet that is not there", "no part", || workbook(|parts| parts.without(SHEET))),
        case("a sheet of 1 GiB of zeros", "134217728 bytes when unpacked", || {
            Parts::workbook().with_much(SHEET, "", 0, 1_024)
        }),
        case("shared strings of 1 GiB", "134217728 bytes when unpacked", || {
            Parts::workbook().with_much("xl/sharedStrings.xml", "<sst><si><t>", b'a', 1_024)
        }),
        case("a theme of 1 GiB", "134217728 bytes when unpacked", || {
            Parts::workbook().with_much("xl/theme/theme1.xml", "<a>", b' ', 1_024)
        }),
        case("parts that are too much together", "134217728 bytes when unpacked", || {
            let blanks = format!("<a>{}</a>", " ".repeat(70 << 20));
            workbook(|parts| parts.set("xl/theme/theme1.xml", blanks.clone()).set("xl/styles.xml", blanks))
        }),
        case("a workbook of 2,001 entries", "2000 entries", || {
            let mut parts = Parts::workbook();
            for n in 0..2_000 {
                parts.set(&format!("xl/media/{n}"), "x");
            }
            parts.bytes()
        }),
        case("a workbook with a password", "password", || patched(good(), 8, &[1, 0])),
        case("a workbook whose entries overlap", "lie over one another", || overlapping(good())),
        case("a sheet twice", "two entries of one name", || {
            workbook(|parts| parts.set("XL/worksheets/SHEET1.xml", "<a/>"))
        }),
        case("an old workbook", "old binary Office file", || {
            [&[0xd0, 0xcf, 0x11, 0xe0][..], &[0; 4_000]].concat()
        }),
        case("a binary workbook", "binary workbook", || {
            let rels = relationships(&[("a", "officeDocument", "xl/workbook.bin")]);
            workbook(|parts| parts.set("_rels/.rels", rels))
        }),
        case("two workbooks in one", "is not an .xlsx", || {
            let rels = relationships(&[
                ("a", "officeDocument", "xl/workbook.xml"),
                ("b", "officeDocument", "xl/other.xml"),
            ]);
            workbook(|parts| parts.set("_rels/.rels", rels))
        }),
        case("a sheet outside of the file", "outside of the file", || {
            let rels =
                relationships(&[("rId1", "worksheet", "http://example.test/x.xml' TargetMode='External")]);
            workbook(|parts| parts.set("xl/_rels/workbook.xml.rels", rels))
        }),
        case("a sheet on a path upwards", "outside of the file", || {
            let rels = relationships(&[("rId1", "worksheet", "../../../etc/passwd")]);
            workbook(|parts| parts.set("xl/_rels/workbook.xml.rels", rels))
        }),
        case("two relationships of one id", "two relationships of one id", || {
            let rels = relationships(&[
                ("rId1", "worksheet", "worksheets/sheet1.xml"),
                ("rId1", "worksheet", "x.xml"),
            ]);
            workbook(|parts| parts.set("xl/_rels/workbook.xml.rels", rels))
        }),
        case("65 sheets", "64 sheets", || workbook(|parts| parts.sheets(&several(65)))),
        case("two sheets of one name", "two sheets of the name", || {
            workbook(|parts| parts.sheets(&format!("{}{}", several(1), several(1))))
        }),
        case("a sheet's name of 1 MiB", "longer than 255", || {
            workbook(|parts| parts.sheets(&format!("<sheet name='{}' r:id='rId1'/>", "x".repeat(1 << 20))))
        }),
        case("a sheet with a DOCTYPE", "DOCTYPE", || workbook(|parts| parts.set(SHEET, "<!DOCTYPE w><w/>"))),
        case("a sheet with an entity of another file", "DOCTYPE", || {
            let sheet = "<!DOCTYPE w [<!ENTITY x SYSTEM 'http://169.254.169.254/'>]><w>&x;</w>";
            workbook(|parts| parts.set(SHEET, sheet))
        }),
        case("shared strings with an entity", "DOCTYPE", || {
            let strings = "<!DOCTYPE s [<!ENTITY a 'ha'>]><sst><si><t>&a;</t></si></sst>";
            workbook(|parts| parts.set("xl/sharedStrings.xml", strings))
        }),
        case("a sheet 100,000 deep", "128 elements deep", || {
            workbook(|parts| parts.set(SHEET, nested("a", 100_000)))
        }),
        case("a row of 300 attributes", "256 attributes", || {
            rows(&format!("<row {}/>", (0..300).map(|n| format!(" a{n}='1'")).collect::<String>()))
        }),
        case("a sheet in another encoding", "says something else", || {
            workbook(|parts| parts.set(SHEET, "<?xml version='1.0' encoding='windows-1258'?><w/>"))
        }),
        case("a cell at the end of the world", "the cell XFD1048576", || cell("r='XFD1048576'", "1")),
        case("a cell one past the last column", "the cell IW2", || cell("r='IW2'", "1")),
        case("a cell beyond the end of the world", "position", || cell("r='AAAA99999999'", "1")),
        case("a cell that overflows", "position", || cell("r='A18446744073709551616'", "1")),
        case("a cell of no name", "position", || cell("r='1A'", "1")),
        case("a range from the end to the beginning", "position", || {
            workbook(|parts| parts.set(SHEET, "<worksheet><dimension ref='C9:A1'/><sheetData/></worksheet>"))
        }),
        case("rows that go up again", "the cell A1", || {
            rows("<row r='9'><c r='A9'><v>1</v></c></row><row r='1'><c r='A1'><v>2</v></c></row>")
        }),
        case("a million cells far apart", "2000000 cells", || {
            rows(
                &(2..9_000)
                    .map(|n| format!("<row r='{n}'><c r='IV{n}'><v>1</v></c></row>"))
                    .collect::<String>(),
            )
        }),
        case("2.5 million cells", "5000000 elements", || {
            let row = format!("<row>{}</row>", "<c><v>1</v></c>".repeat(250));
            rows(&row.repeat(10_000))
        }),
        case("ten million empty cells", "5000000 elements", || {
            rows(&format!("<row r='2'>{}</row>", "<c/>".repeat(10_000_000)))
        }),
        case("ten million empty rows", "5000000 elements", || rows(&"<row/>".repeat(10_000_000))),
        case("120,001 rows", "120000 rows", || rows(&"<row><c><v>1</v></c></row>".repeat(120_001))),
        case("5,001 filled rows", "5000 rows filled in", || {
            rows(&"<row><c t='s'><v>0</v></c></row>".repeat(5_001))
        }),
        case("a string that is not there", "a text that is not there", || cell("r='A2' t='s'", "2")),
        case("a string before the first", "a text that is not there", || cell("r='A2' t='s'", "-1")),
        case("a string of no number", "a text that is not there", || cell("r='A2' t='s'", "x")),
        case("1,000,001 strings", "1000000 shared strings", || {
            workbook(|parts| parts.strings(&"<si/>".repeat(1_000_001), "1"))
        }),
        case("4 billion strings declared", "1000000 shared strings", || {
            workbook(|parts| parts.strings("", "4294967295"))
        }),
        case("more strings declared than there are numbers", "1000000 shared strings", || {
            workbook(|parts| parts.strings("", "99999999999999999999"))
        }),
        case("65 MiB of shared text", "bytes of text", || {
            workbook(|parts| parts.strings(&format!("<si><t>{}</t></si>", "a".repeat(65 << 20)), "1"))
        }),
        case("one long text in 400 cells", "bytes of text", || {
            let strings =
                format!("<si><t>section</t></si><si><t>text</t></si><si><t>{}</t></si>", "ế".repeat(190_000));
            let cells: String =
                (2..402).map(|n| format!("<row r='{n}'><c r='B{n}' t='s'><v>2</v></c></row>")).collect();
            workbook(|parts| parts.strings(&strings, "3").cells(&cells))
        }),
        case("a cell of 200,001 characters", "200000 characters", || {
            cell("r='A2' t='str'", &"ế".repeat(200_001))
        }),
        case("a million formats", "styles of more than", || {
            workbook(|parts| parts.formats("", &"<xf/>".repeat(1_000_000)))
        }),
        case("a font's name copied into each format", "styles of more than", || {
            let fonts = format!("<fonts><font><name val='{}'/></font></fonts>", "x".repeat(1 << 20));
            workbook(|parts| parts.formats(&fonts, &"<xf fontId='0'/>".repeat(1_000)))
        }),
        case("a number format of brackets", "brackets", || {
            let format =
                format!("<numFmts><numFmt numFmtId='164' formatCode='{}'/></numFmts>", "[".repeat(1_000));
            workbook(|parts| parts.formats(&format, "<xf numFmtId='164'/>"))
        }),
        case("an error that nobody knows", "error in its cell A2", || cell("r='A2' t='e'", "#BOOM!")),
        case("a type that nobody knows", "can't be read", || cell("r='A2' t='zz'", "1")),
        case("no header", "no header row", || {
            workbook(|parts| parts.strings("<si><t>colour</t></si><si><t>shape</t></si>", "2"))
        }),
        case("a sheet of another draft", "is a sheet of the draft khac", || marked(OF_ANOTHER_DRAFT)),
        case("a mark forged for this draft", "was changed", || {
            marked(&OF_ANOTHER_DRAFT.replace("khac", "nq20"))
        }),
        case("a mark forged for another agency", "was changed", || {
            marked(&OF_THIS_DRAFT.replace("H37.05", "H37.06"))
        }),
        case("a mark without its check", "was changed", || {
            marked(OF_THIS_DRAFT.split(" check").next().unwrap_or_default())
        }),
        case("a mark of another format", "another release", || {
            marked(&OF_THIS_DRAFT.replace("comments 1", "comments 9"))
        }),
        case("a sheet of decisions for comments", "sheet of decisions", || marked(OF_DECISIONS)),
    ];
    for (name, thousandths) in [
        ("a workbook truncated after 1 %", 10),
        ("a workbook truncated after a quarter", 250),
        ("a workbook truncated in the middle", 500),
        ("a workbook truncated after three quarters", 750),
        ("a workbook truncated near the end", 990),
    ] {
        cases.push(case(name, "damaged", move || truncated(good(), thousandths)));
    }
    cases
}

/// Odd, and not wrong.
pub fn harmless() -> Vec<Case> {
    vec![
        case("an empty cell at the end of the world", "", || {
            rows("<row r='1048576'><c r='XFD1048576'/></row>")
        }),
        case("formulas", "", || {
            rows(
                "<row r='2'><c r='B2' t='str'><f>HYPERLINK(\"http://example.test\")</f><v>=cmd|' /C calc'!A0</v></c></row>",
            )
        }),
        case("a formula that shares itself", "", || {
            rows("<row r='2'><c r='B2'><f t='shared' si='0' ref='A1:XFD9'>B2</f><v>1</v></c></row>")
        }),
        case("merged cells without end", "", || {
            workbook(|parts| {
                parts.set(SHEET, "<worksheet><sheetData><row r='1'><c r='A1' t='s'><v>1</v></c></row></sheetData><mergeCells><mergeCell ref='A1:XFD1048576'/></mergeCells></worksheet>")
            })
        }),
        case("names on paths upwards in a workbook", "", || {
            workbook(|parts| parts.set("../../x", "x").set("/etc/x", "x"))
        }),
        case("a very hidden sheet", "", || {
            workbook(|parts| parts.sheets("<sheet name='a' state='veryHidden' sheetId='1' r:id='rId1'/>"))
        }),
    ]
}
