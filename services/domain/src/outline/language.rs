//! Which language a text is in.

/// How much of a text is looked at, in characters.
const SAMPLE: usize = 65_536;

/// Whether `text` is Vietnamese: one letter in fifty has a mark that only Vietnamese uses.
pub fn is_vietnamese(text: &str) -> bool {
    let (mut letters, mut own) = (0_usize, 0_usize);
    for c in text.chars().take(SAMPLE).filter(|c| c.is_alphabetic()) {
        letters += 1;
        own +=
            usize::from(matches!(c, '\u{1ea0}'..='\u{1ef9}' | 'ă' | 'Ă' | 'đ' | 'Đ' | 'ơ' | 'Ơ' | 'ư' | 'Ư'));
    }
    own > 0 && own * 50 >= letters
}
