//! Workbooks: the cells, and the sheets that are read from them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ykien_documents::grid;
use ykien_fuzz::{file, sheets};

const PARTS: [(&str, &str); 7] = [
    ("xl/worksheets/sheet1.xml", include_str!("../parts/sheet1.xml")),
    ("xl/sharedStrings.xml", include_str!("../parts/sharedStrings.xml")),
    ("xl/styles.xml", include_str!("../parts/cellStyles.xml")),
    ("xl/workbook.xml", include_str!("../parts/workbook.xml")),
    ("xl/_rels/workbook.xml.rels", include_str!("../parts/workbook.xml.rels")),
    ("_rels/.rels", include_str!("../parts/xlsx.rels")),
    ("xl/theme/theme1.xml", include_str!("../parts/theme1.xml")),
];

fuzz_target!(|data: &[u8]| {
    if let Some(bytes) = file(data, &PARTS) {
        sheets(&bytes, grid::xlsx);
    }
});
