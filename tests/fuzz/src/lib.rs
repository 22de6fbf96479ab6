//! What the targets share: archives made of one part that the fuzzer writes and others that are right.

use std::io::{Cursor, Write as _};

use ykien_documents::{grid, read};
use ykien_domain::model::Section;
use ykien_domain::{Error, Reason};
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

/// An archive of these parts. Nothing is compressed: each byte of the fuzzer's stays where it is.
pub fn archive(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        zip.start_file(*name, options).expect("a part begins");
        zip.write_all(content).expect("a part is written");
    }
    zip.finish().expect("the archive ends").into_inner()
}

/// The file that the fuzzer means: the first byte chooses a part, the rest is what stands in it; 0 means that the rest is the
/// whole file.
pub fn file(data: &[u8], parts: &[(&'static str, &'static str)]) -> Option<Vec<u8>> {
    let (first, rest) = data.split_first()?;
    let Some(chosen) = (usize::from(*first) % (parts.len() + 1)).checked_sub(1) else {
        return Some(rest.to_vec());
    };
    let mut whole: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    whole[chosen].1 = rest;
    Some(archive(&whole))
}

/// A few sections of a draft.
pub fn sections() -> Vec<Section> {
    let section = |id, parent, depth, label: &str, heading: &str| Section {
        id,
        parent: Some(parent),
        depth,
        label: label.to_owned(),
        heading: heading.to_owned(),
        ..Section::default()
    };
    vec![
        Section { heading: "Báo cáo".to_owned(), ..Section::default() },
        section(1, 0, 1, "I", "Kết quả"),
        section(2, 1, 2, "1", "Về quy hoạch"),
        section(3, 0, 1, "Điều 5", "Giải thích từ ngữ"),
        section(4, 3, 2, "2", ""),
        section(5, 0, 1, "5.2", "Scope"),
    ]
}

/// Reads the file as each of the sheets, and the cells as they are.
pub fn sheets(bytes: &[u8], cells: fn(&str, &[u8]) -> ykien_domain::Result<Vec<grid::Grid>>) {
    named(cells("file", bytes).map(drop));
    named(read::comments("file", bytes, &sections()).map(drop));
    named(read::decisions("file", bytes).map(drop));
}

/// A refusal names the file, in a sentence that is no longer than a person reads.
pub fn named(result: Result<(), Error>) {
    if let Err(error) = result {
        assert_eq!(error.reason, Reason::InvalidField, "{error:?}");
        assert!(error.violations.iter().any(|violation| violation.field == "file"), "{error:?}");
        assert!(error.message.len() < 2_000, "{error:?}");
    }
}
