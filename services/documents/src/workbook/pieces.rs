//! Texts that are longer than a cell.

/// The longest text of a cell, in UTF-16 code units.
const MAX_CELL: usize = 32_767;
/// How far before the end of a piece a space is looked for, in bytes.
const MARGIN: usize = 1_000;

/// What the next cell holds, and what is left for those below it: put together, they are the text.
pub(super) fn split(text: &str) -> (&str, &str) {
    // A byte of UTF-8 is never more than a code unit.
    if text.len() <= MAX_CELL {
        return (text, "");
    }
    let mut units = 0;
    let over = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > MAX_CELL
    });
    let Some((end, _)) = over else { return (text, "") };
    let (fits, _) = text.split_at(end);
    let cut = fits.rfind([' ', '\n']).map(|space| space + 1).filter(|cut| cut + MARGIN > end);
    text.split_at(cut.unwrap_or(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(mut text: &str) -> Vec<&str> {
        let mut pieces = Vec::new();
        while !text.is_empty() {
            let (piece, rest) = split(text);
            pieces.push(piece);
            text = rest;
        }
        pieces
    }

    #[test]
    fn pieces_fit_a_cell_and_together_are_the_text() {
        let words = "nghị quyết ".repeat(9_000);
        let texts = ["ế".repeat(32_767), "ế".repeat(32_768), "😀".repeat(20_000), words, "a b".into()];
        for (text, count) in texts.iter().zip([1, 2, 2, 4, 1]) {
            let pieces = pieces(text);
            assert_eq!(pieces.concat(), *text);
            assert_eq!(pieces.len(), count);
            assert!(pieces.iter().all(|piece| piece.encode_utf16().count() <= MAX_CELL));
        }
    }

    #[test]
    fn a_piece_ends_after_a_word_where_there_is_one() {
        let text = "nghị quyết ".repeat(9_000);
        assert!(pieces(&text).iter().all(|piece| piece.ends_with(' ')));
        let text = format!("đầu {}", "x".repeat(40_000));
        assert_eq!(pieces(&text)[0].len(), 32_767 + "đầu ".len() - 4);
    }
}
