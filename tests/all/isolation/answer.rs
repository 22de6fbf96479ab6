//! What a call gave, the same for both transports.

use std::io::Write;
use std::process::Command;

/// What came of a call, as the table of expectations spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// `s`: it was done.
    Success,
    /// `r`: the caller may, but a rule of the matter says no (the round is open already).
    Refused,
    /// `d`: the caller sees the thing, but its role does not allow this.
    Denied,
    /// `n`: it does not exist, or the caller may not know that it does.
    NotFound,
    /// No token, or one that is not valid.
    Unauthenticated,
    /// A fault of the server or of this test: never expected.
    Fault,
}

impl Fate {
    /// Whether it is what a letter of the table means.
    pub fn is(self, letter: char) -> bool {
        match letter {
            's' => self == Self::Success,
            'r' => self == Self::Refused,
            'd' => self == Self::Denied,
            'n' => self == Self::NotFound,
            // To who sees everything neither tells anything.
            'h' => matches!(self, Self::Denied | Self::NotFound),
            other => panic!("no fate is spelt {other}"),
        }
    }

    /// Whether it hides if the thing is there.
    pub fn hides(self) -> bool {
        matches!(self, Self::Denied | Self::NotFound | Self::Unauthenticated)
    }
}

/// The bytes of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Of the call: all that the caller got.
    Call(Vec<u8>),
    /// Of the one item of a batch: its status, without the number that the caller itself gave.
    Item(Vec<u8>),
}

/// What a call gave.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What came of it.
    pub fate: Fate,
    /// Every byte that the caller got: headers, messages, status, details, trailers. Without the date.
    pub bytes: Vec<u8>,
    /// The bytes of the refusal: what must be the same for "not yours" and "not there".
    pub refusal: Refusal,
}

impl Answer {
    /// Whether the text occurs anywhere in it. `comments/2` does not occur in `comments/21`.
    pub fn tells(&self, text: &str) -> bool {
        let (bytes, length) = (&self.bytes, text.len());
        let goes_on = |at: usize| bytes.get(at + length).is_some_and(u8::is_ascii_digit);
        memchr::memmem::find_iter(bytes, text).any(|at| !goes_on(at))
    }

    /// For the report of a failure: the readable part, at most 300 characters.
    pub fn excerpt(&self) -> String {
        String::from_utf8_lossy(&self.bytes).chars().filter(|c| !c.is_control()).take(300).collect()
    }
}

/// What lies packed in a file; nothing for a file that is not packed.
pub fn unpacked(file: &[u8]) -> Vec<u8> {
    if file.starts_with(b"%PDF-") {
        return written(file);
    }
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(file)) else { return Vec::new() };
    let mut all = Vec::new();
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).expect("a part");
        std::io::Read::read_to_end(&mut part, &mut all).expect("a whole part");
    }
    all
}

/// What is written in a PDF, as poppler reads it; without the ends of lines, at which a long word may be broken.
fn written(pdf: &[u8]) -> Vec<u8> {
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(pdf).expect("the whole file");
    let read = Command::new("pdftotext").args(["-raw", "-enc", "UTF-8"]).arg(file.path()).arg("-").output();
    let read = read.expect("pdftotext is installed (tests/run does it)");
    assert!(read.status.success(), "pdftotext: {}", String::from_utf8_lossy(&read.stderr));
    read.stdout.into_iter().filter(|byte| !b"\n\x0c".contains(byte)).collect()
}
