//! The words of a text, in the two forms in which they are compared.

use unicode_normalization::char::{decompose_canonical, is_combining_mark};

/// How words are compared. Case counts in neither form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// With their diacritics: `thì` is not `thi`.
    Accented,
    /// Without diacritics, đ as d: `thì`, `thí` and `thi` are one word.
    Unaccented,
}

/// Adds the words of a text in NFC to `line`, each in lower case with a space before it, and one after the last:
/// ` rà soát số liệu `. A text without words adds a space.
///
/// A word is a run of letters and digits with the marks on them; everything else parts words. The form changes no
/// word's edge, so the n-th word of one form is the n-th of the other.
pub(crate) fn write_words(line: &mut String, text: &str, form: Form) {
    let mut inside = false;
    line.push(' ');
    for c in text.chars() {
        let mark = !c.is_ascii() && is_combining_mark(c);
        if mark && inside {
            if form == Form::Accented {
                line.push(c);
            }
            continue;
        }
        if mark || !c.is_alphanumeric() {
            if std::mem::take(&mut inside) {
                line.push(' ');
            }
            continue;
        }
        inside = true;
        if c.is_ascii() {
            line.push(c.to_ascii_lowercase());
        } else if form == Form::Accented {
            line.extend(c.to_lowercase());
        } else {
            decompose_canonical(c, |part| {
                if !is_combining_mark(part) {
                    line.extend(part.to_lowercase().map(|c| if c == 'đ' { 'd' } else { c }));
                }
            });
        }
    }
    if inside {
        line.push(' ');
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn words(text: &str, form: Form) -> String {
        let mut line = String::new();
        write_words(&mut line, text, form);
        line
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_and_nothing_else_counts() {
        let table = [
            ("", " ", " "),
            (" … — !", " ", " "),
            ("Rà soát,\n(SỐ liệu)", " rà soát số liệu ", " ra soat so lieu "),
            ("Đề nghị: ĐIỀU 5a/2020.", " đề nghị điều 5a 2020 ", " de nghi dieu 5a 2020 "),
            ("e-mail_x", " e mail x ", " e mail x "),
            ("ÍSTANBUL İ", " ístanbul i\u{307} ", " istanbul i "),
            ("数据 x²", " 数据 x² ", " 数据 x² "),
        ];
        for (text, accented, unaccented) in table {
            assert_eq!(words(text, Form::Accented), accented, "{text}");
            assert_eq!(words(text, Form::Unaccented), unaccented, "{text}");
        }
    }

    #[test]
    fn a_mark_that_has_no_composed_letter_stays_in_its_word() {
        assert_eq!(words("x\u{302}y \u{302}z", Form::Accented), " x\u{302}y z ");
        assert_eq!(words("x\u{302}y \u{302}z", Form::Unaccented), " xy z ");
    }

    #[test]
    fn every_letter_loses_its_case_and_its_marks_in_either_order() {
        for c in (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| c.is_alphanumeric()) {
            let text: String = c.nfc().collect();
            let at_once = words(&text, Form::Unaccented);
            assert_eq!(words(&words(&text, Form::Accented), Form::Unaccented), at_once, "{c:?}");
            assert_eq!(words(&at_once, Form::Unaccented), at_once, "{c:?}");
        }
    }
}
