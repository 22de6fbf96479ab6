//! The ranks of headings in Vietnamese documents: a heading stands under the nearest one of a smaller rank.

pub const REGION: u8 = 0;
pub const FORM: u8 = 1;
pub const PART: u8 = 10;
pub const CHAPTER: u8 = 20;
pub const SECTION: u8 = 30;
pub const SUBSECTION: u8 = 40;
pub const ARTICLE: u8 = 50;
pub const CAPITAL: u8 = 60;
pub const ROMAN: u8 = 70;
pub const NUMBER: u8 = 80;
pub const LETTER: u8 = 100;
pub const DASH: u8 = 110;

/// The rank that a dotted number adds.
pub fn deeper(depth: usize) -> u8 {
    u8::try_from(depth.saturating_sub(1)).unwrap_or_default()
}
