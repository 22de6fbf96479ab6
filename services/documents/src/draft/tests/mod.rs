//! Small documents, made part by part.

mod hostile;
mod numbers;
mod structure;
mod words;

use std::io::{Cursor, Write};

use ykien_domain::outline::{Depth, Outline};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::read_docx;

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// A package of these parts.
fn package(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// An XML part with this root and content.
fn part(root: &str, content: &str) -> String {
    let compatibility = "http://schemas.openxmlformats.org/markup-compatibility/2006";
    let math = "http://schemas.openxmlformats.org/officeDocument/2006/math";
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><w:{root} xmlns:w=\"{WORD}\" xmlns:mc=\"{compatibility}\" xmlns:m=\"{math}\" \
         xmlns:o=\"urn:other\">{content}</w:{root}>"
    )
}

/// A document of this body, these styles and these lists.
fn docx(body: &str, styles: &str, lists: &str) -> Vec<u8> {
    package(&[
        ("word/document.xml", part("document", &format!("<w:body>{body}</w:body>")).as_bytes()),
        ("word/styles.xml", part("styles", styles).as_bytes()),
        ("word/numbering.xml", part("numbering", lists).as_bytes()),
    ])
}

/// A paragraph with these properties and this text.
fn p(properties: &str, text: &str) -> String {
    format!("<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
}

/// A paragraph of a style.
fn styled(style: &str, text: &str) -> String {
    p(&format!("<w:pStyle w:val=\"{style}\"/>"), text)
}

/// A table of rows of cells' content.
fn table(properties: &str, rows: &[&[String]]) -> String {
    let cell = |content: &String| format!("<w:tc>{content}</w:tc>");
    let row = |cells: &&[String]| format!("<w:tr>{}</w:tr>", cells.iter().map(cell).collect::<String>());
    let rows: String = rows.iter().map(row).collect();
    format!("<w:tbl><w:tblPr>{properties}</w:tblPr>{rows}</w:tbl>")
}

fn read(bytes: &[u8]) -> Outline {
    read_docx("file", bytes, Depth::Clause).unwrap()
}

/// `level label heading`, a node a line, indented under its parent.
fn tree(bytes: &[u8]) -> Vec<String> {
    let outline = read(bytes);
    let mut depths: Vec<usize> = Vec::new();
    let mut lines = Vec::new();
    for node in &outline.nodes {
        let depth = node.parent.map_or(0, |parent| depths[parent] + 1);
        depths.push(depth);
        lines.push(format!("{}{} {} {}", "  ".repeat(depth), node.level.as_str(), node.label, node.heading));
    }
    lines
}

/// The text of a document whose body has no headings.
fn text(body: &str) -> String {
    read(&docx(body, "", "")).preamble
}
