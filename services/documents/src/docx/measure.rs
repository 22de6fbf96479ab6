//! How wide words are in Times New Roman: an estimate, for the lines that are drawn under words.

use unicode_normalization::UnicodeNormalization;

use crate::layout::{Paragraph, Run};

/// Advances of U+0020 to U+007E in thousandths of the type size, regular (Adobe's metrics of Times, which Times New Roman and
/// Liberation Serif keep).
const REGULAR: [u16; 95] = [
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500, 500, 500,
    500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611, 556, 722, 722, 333,
    389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469,
    500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500, 500, 500, 333, 389,
    278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
];

/// The same, bold.
const BOLD: [u16; 95] = [
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500, 500, 500,
    500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667, 611, 778, 778, 389,
    500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722, 722, 667, 333, 278, 333, 581,
    500, 333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556, 278, 833, 556, 500, 556, 556, 444, 389,
    333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
];

/// Millimetres of a point.
const POINT: f32 = 25.4 / 72.0;

/// The width of a paragraph's longest line, were it never broken but at line feeds; millimetres.
pub(super) fn width(paragraph: &Paragraph) -> f32 {
    let mut longest = 0.0_f32;
    let mut line = 0.0_f32;
    for Run { text, bold, .. } in &paragraph.runs {
        for c in text.chars() {
            if c == '\n' {
                line = 0.0;
            } else {
                line += advance(c, *bold);
            }
            longest = longest.max(line);
        }
    }
    longest / 1000.0 * paragraph.size * POINT
}

/// A letter with diacritics is as wide as the letter; what is not Latin is taken to be a wide letter.
fn advance(c: char, bold: bool) -> f32 {
    let base = match c {
        'đ' => 'd',
        'Đ' => 'D',
        other => std::iter::once(other).nfd().next().unwrap_or(other),
    };
    let table = if bold { &BOLD } else { &REGULAR };
    let index = u32::from(base).checked_sub(0x20).and_then(|index| usize::try_from(index).ok());
    index.and_then(|index| table.get(index)).map_or(722.0, |advance| f32::from(*advance))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str, bold: bool, size: f32) -> Paragraph {
        let runs = vec![Run { text: text.to_owned(), bold, italic: false }];
        Paragraph { runs, size, ..Paragraph::default() }
    }

    /// Measured on a page set in Liberation Serif.
    #[test]
    fn words_are_as_wide_as_on_the_page() {
        let table = [
            ("Độc lập - Tự do - Hạnh phúc", true, 13.0, 56.1),
            ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", true, 12.0, 88.2),
            ("SỞ NÔNG NGHIỆP VÀ PHÁT TRIỂN NÔNG THÔN", true, 12.0, 98.8),
            ("ỦY BAN NHÂN DÂN TỈNH LẠNG SƠN", false, 12.0, 73.1),
        ];
        for (text, bold, size, expected) in table {
            let found = width(&words(text, bold, size));
            assert!((found - expected).abs() < 1.5, "{text}: {found} mm, expected {expected}");
        }
    }

    #[test]
    fn the_longest_line_counts() {
        assert_eq!(width(&words("ab\nabcd\nabc", false, 10.0)), width(&words("abcd", false, 10.0)));
    }
}
