//! Word files: a draft's text, and the tables of a form.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ykien_documents::{draft, read};
use ykien_domain::outline::Depth;
use ykien_fuzz::{file, named, sections};

const PARTS: [(&str, &str); 5] = [
    ("word/document.xml", include_str!("../parts/document.xml")),
    ("word/styles.xml", include_str!("../parts/styles.xml")),
    ("word/numbering.xml", include_str!("../parts/numbering.xml")),
    ("word/_rels/document.xml.rels", include_str!("../parts/document.xml.rels")),
    ("_rels/.rels", include_str!("../parts/docx.rels")),
];

fuzz_target!(|data: &[u8]| {
    let Some(bytes) = file(data, &PARTS) else { return };
    named(draft::read_docx("file", &bytes, Depth::Point).map(drop));
    named(draft::tables("file", &bytes).map(drop));
    named(read::comments("file", &bytes, &sections()).map(drop));
});
