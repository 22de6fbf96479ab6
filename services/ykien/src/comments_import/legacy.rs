//! What old exports leave in a text that the API refuses.

/// The characters of Windows-1252 from 0x80 on: a byte read as Latin-1 became the control character of that number.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
    '\u{fffd}', //
    '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{fffd}', 'ž', 'Ÿ',
];

/// The text without control characters: the one that was meant, where that can be known, else U+FFFD. None when there
/// is nothing to change.
pub(super) fn put_right(text: &str) -> Option<String> {
    let refused = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if !text.contains(refused) {
        return None;
    }
    let meant = |c: char| {
        let index = u32::from(c).checked_sub(0x80).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| WINDOWS_1252.get(index).copied()).unwrap_or('\u{fffd}')
    };
    Some(text.chars().map(|c| if refused(c) { meant(c) } else { c }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_characters_become_what_was_meant_and_others_are_marked() {
        let table = [
            ("a\u{97}b", Some("a—b")),
            ("\u{93}x\u{94}", Some("“x”")),
            ("a\0b\u{81}", Some("a\u{fffd}b\u{fffd}")),
            ("Tiếp thu\r\n\tmột phần", None),
        ];
        for (text, expected) in table {
            assert_eq!(put_right(text).as_deref(), expected, "{text:?}");
        }
    }
}
