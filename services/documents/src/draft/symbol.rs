//! Characters of fonts of symbols, as Unicode has them.

/// The character for `w:sym`: its font and its code. One that is not known is U+FFFD, so that its place is seen.
pub fn symbol(font: &str, code: u32) -> char {
    let plain = char::from_u32(code).filter(|c| !c.is_control() && !matches!(code, 0xE000..=0xF8FF));
    if let Some(c) = plain.filter(|_| code > 0xFF) {
        return c;
    }
    // Fonts of symbols lie at U+F000; some programs leave that out.
    let low = code & 0xFF;
    let font = font.to_lowercase();
    let found = match font.as_str() {
        "symbol" => greek(low),
        _ if font.starts_with("wingdings") => dingbat(&font, low),
        _ => char::from_u32(low).filter(|c| !c.is_control()),
    };
    found.unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Adobe's Symbol: Greek letters and operators.
fn greek(code: u32) -> Option<char> {
    const CAPITALS: &str = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
    const SMALL: &str = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
    let letter =
        |letters: &str, first: u32| letters.chars().nth(usize::try_from(code.checked_sub(first)?).ok()?);
    Some(match code {
        0x41..=0x5A => letter(CAPITALS, 0x41)?,
        0x61..=0x7A => letter(SMALL, 0x61)?,
        0x20..=0x3F if !matches!(code, 0x22 | 0x24 | 0x27 | 0x2A | 0x2D) => char::from_u32(code)?,
        0x22 => '∀',
        0x24 => '∃',
        0x2A => '∗',
        0x2D => '−',
        0xA2 => '′',
        0xA3 => '≤',
        0xA5 => '∞',
        0xAB => '↔',
        0xAC => '←',
        0xAD => '↑',
        0xAE => '→',
        0xAF => '↓',
        0xB0 => '°',
        0xB1 => '±',
        0xB2 => '″',
        0xB3 => '≥',
        0xB4 => '×',
        0xB6 => '∂',
        0xB7 => '•',
        0xB8 => '÷',
        0xB9 => '≠',
        0xBA => '≡',
        0xBB => '≈',
        0xBC => '…',
        0xC6 => '∅',
        0xC7 => '∩',
        0xC8 => '∪',
        0xCE => '∈',
        0xD0 => '∠',
        0xD1 => '∇',
        0xD5 => '∏',
        0xD6 => '√',
        0xDE => '⇒',
        0xE5 => '∑',
        0xF2 => '∫',
        _ => return None,
    })
}

/// Wingdings and Wingdings 2: what people tick and list with.
fn dingbat(font: &str, code: u32) -> Option<char> {
    if font == "wingdings 2" {
        return match code {
            0x50 => Some('✓'),
            0x51 => Some('✗'),
            0x52 => Some('☑'),
            0x53 | 0x54 => Some('☒'),
            0xA3 => Some('□'),
            _ => None,
        };
    }
    Some(match code {
        0x20 => ' ',
        0x28 | 0x29 => '☎',
        0x2A | 0x2B => '✉',
        0x6C => '●',
        0x6E => '■',
        0x6F | 0x70 | 0x71 | 0x72 | 0xA8 => '□',
        0x75 => '◆',
        0x76 => '❖',
        0x9F => '•',
        0xA1 => '○',
        0xA7 => '▪',
        0xD8 => '➢',
        0xDF => '←',
        0xE0 => '→',
        0xE8 => '➔',
        0xF0 => '⇨',
        0xFB => '✗',
        0xFC => '✓',
        0xFD => '☒',
        0xFE => '☑',
        _ => return None,
    })
}
