//! Files that are text, or say so: CSV for sheets, Markdown and plain text for drafts.

use super::archive::{Parts, zip};
use super::{Case, case};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const JPEG: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF\0";
const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n";

/// UTF-16 without a byte order mark.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub fn refused_sheets() -> Vec<Case> {
    vec![
        case("an empty file", "no header row", Vec::new),
        case("only empty lines", "no header row", || b"\r\n".repeat(1_000_000)),
        case("only commas", "no header row", || b",".repeat(16 << 20)),
        case("a quote that is never closed", "never closed", || b"section,text\nI,\"a\nb\nc".to_vec()),
        case("only quotes", "never closed", || b"\"".repeat(15_000_001)),
        case("one cell of 15 MiB", "200000 characters", || b"a".repeat(15 << 20)),
        case("one line of 20 MiB", "16777216 bytes", || b"a".repeat(20 << 20)),
        case("a file of 100 MiB", "16777216 bytes", || b"a,b\n".repeat(25 << 20)),
        case("257 columns", "right of the last column", || [&b"text"[..], &b",x".repeat(256)].concat()),
        case("16 million columns", "right of the last column", || b"x,".repeat(8 << 20)),
        case("120,001 lines", "120000 rows", || [&b"text\n"[..], &b"x\n".repeat(120_001)].concat()),
        case("8 million lines", "120000 rows", || b"x\n".repeat(8 << 20)),
        case("5,001 comments", "5000 rows filled in", || [&b"text\n"[..], &b"x\n".repeat(5_001)].concat()),
        case("2 million cells in wide rows", "2000000 cells", || {
            [&b",".repeat(255), &b"x\n"[..]].concat().repeat(9_000)
        }),
        case("a header after 16 MiB of headings", "no header row", || {
            // Each cell may be a heading, and none is.
            let cell = "Nội dung góp ý dài ".repeat(8_000);
            [cell.as_str(); 80].join(",").into_bytes()
        }),
        case("NUL in a cell", "CSV UTF-8", || b"text\na\0b\n".to_vec()),
        case("bytes that are not UTF-8", "CSV UTF-8", || b"text\n\xff\xfe\xfd\n".to_vec()),
        case("windows-1258", "CSV UTF-8", || b"text\n\xd0i\xeau 5\n".to_vec()),
        case("UTF-16 without a mark", "CSV UTF-8", || wide("text\nGóp ý\n")),
        case("UTF-16 of half a character", "CSV UTF-8", || {
            [&[0xff, 0xfe][..], &wide("text\nx"), &[0x00, 0xd8]].concat()
        }),
        case("UTF-16 of an odd length", "CSV UTF-8", || [&[0xff, 0xfe][..], &wide("text\nx"), &[0]].concat()),
        case("an image for a sheet", "CSV UTF-8", || PNG.to_vec()),
        case("a photo for a sheet", "CSV UTF-8", || JPEG.to_vec()),
        case("a Word file without a form", "", || Parts::document().bytes()),
        case("a PDF for a sheet", "CSV UTF-8", || PDF.to_vec()),
        case("a page of the Web", "no header row", || {
            b"<!DOCTYPE html><html><title>404</title></html>".to_vec()
        }),
        case("JSON", "no header row", || b"{\"rows\": [1, 2]}".to_vec()),
        case("an archive of a CSV file", "is not an .xlsx", || zip(&[("gop-y.csv", b"text\nx\n")])),
        case("no heading that is known", "no header row", || b"colour,shape\nred,round\n".to_vec()),
        case("one column twice", "one column twice", || b"text,text\na,b\n".to_vec()),
        case("a CSV file of another draft", "is a sheet of the draft khac", || {
            b"section,text,ykien comments 1 draft=khac agency=H37.05 round=1 revision=42 check=6aa99ffc9c16b7ad\nI,x,\n".to_vec()
        }),
        case("a CSV file with a forged mark", "was changed", || {
            b"section,text,ykien comments 1 draft=nq20 agency=H37.05 round=1 revision=42 check=0000000000000000\nI,x,\n".to_vec()
        }),
        case("a CSV file with a mark of one word", "was made by another release", || {
            b"section,text,ykien comments\nI,x,\n".to_vec()
        }),
    ]
}

pub fn refused_decisions() -> Vec<Case> {
    vec![
        case("comments for decisions", "no header row", || b"section,text\nI,x\n".to_vec()),
        case("decisions of another draft", "is a sheet of the draft khac", || {
            b"number,outcome,ykien decisions 1 draft=khac revision=42 check=c45bf034c9998d08\n1,accepted,\n"
                .to_vec()
        }),
        case("a sheet of comments with the columns of decisions", "", || {
            b"number,outcome,ykien comments 1 draft=nq20 agency=H37.05 round=1 revision=42 check=6fbf4fb47a8b1874\n1,accepted,\n".to_vec()
        }),
        case("decisions with a forged mark", "was changed", || {
            b"number,outcome,ykien decisions 1 draft=nq20 revision=41 check=9d159a1a0631b878\n1,accepted,\n"
                .to_vec()
        }),
        case("a Word file for decisions", "", || Parts::document().bytes()),
    ]
}

pub fn refused_drafts() -> Vec<Case> {
    vec![
        case("an empty draft", "no headings", Vec::new),
        case("a draft of blanks", "no headings", || b" \n".repeat(1 << 20)),
        case("a draft without headings", "no headings", || "Không có gì.\n".into()),
        case("a text of more than 2 MiB", "2097152 bytes", || b"# I\n".repeat((1 << 19) + 1)),
        case("a line of 20 MiB", "2097152 bytes", || b"a".repeat(20 << 20)),
        case("a text of 100 MiB", "2097152 bytes", || b"# I\n".repeat(25 << 20)),
        case("a text that is not UTF-8", "text in UTF-8", || b"# \xd0i\xeau 5\n".to_vec()),
        case("a text cut in a character", "text in UTF-8", || b"# \xc4\x90i\xe1\xbb".to_vec()),
        case("a text in UTF-16", "text in UTF-8", || [&[0xff, 0xfe][..], &wide("# Điều 5\n")].concat()),
        case("a text in UTF-16 without a mark", "text in UTF-8", || wide("# Article 5\n")),
        case("an image for a draft", "text in UTF-8", || PNG.to_vec()),
        case("a photo for a draft", "text in UTF-8", || JPEG.to_vec()),
        case("a rich text for a draft", "text in UTF-8", || b"{\\rtf1\\ansi I. M\\par}".to_vec()),
        case("a NUL in a text", "text in UTF-8", || b"# I\0\n".to_vec()),
        case("a PDF for a draft", "text in UTF-8", || PDF.to_vec()),
        case("a program for a draft", "text in UTF-8", || b"\x7fELF\x02\x01\x01\0\xff\xff".to_vec()),
        case("a gzip for a draft", "text in UTF-8", || b"\x1f\x8b\x08\0\xff".to_vec()),
    ]
}

/// Odd, and not wrong: formulas are words, also in CSV.
pub fn harmless_sheets() -> Vec<Case> {
    vec![
        case("formulas in CSV", "", || b"section,text\n,=cmd|' /C calc'!A0\n,@SUM(1)\n,+1\n,-1\n".to_vec()),
        case("a text of one long word", "", || [&b"text\n"[..], &b"a".repeat(9_000)].concat()),
        case("line ends of all sorts", "", || b"text\ra\r\nb\nc\n\r\n".to_vec()),
    ]
}

/// Odd, and not wrong: parsed, however it looks.
pub fn harmless_drafts() -> Vec<Case> {
    vec![
        case("two million marks of headings", "", || [&b"# I. A\n"[..], &b"#".repeat(2_000_000)].concat()),
        case("two million brackets", "", || [&b"# I. A\n"[..], &b"[(".repeat(1_000_000)].concat()),
        case("half a million headings", "", || b"# I\n".repeat(1 << 19)),
        case("a table of two million bars", "", || [&b"# I. A\n"[..], &b"|".repeat(2_000_000)].concat()),
    ]
}
