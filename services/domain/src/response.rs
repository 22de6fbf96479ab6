//! The rules of a response: a letter that says what it must, and a stance that fits its comments.

use crate::model::Letter;
use crate::text::{MAX_LABEL, MAX_SHORT_TEXT, clean};
use crate::words::Stance;
use crate::{Error, Result, Violations};

impl Letter {
    /// The letter in its stored form; paths begin at the letter itself.
    ///
    /// # Errors
    /// `INVALID_FIELD` with every field at fault.
    pub fn checked(self) -> Result<Self> {
        let mut bad = Violations::default();
        let letter = Self {
            number: bad.take(clean("number", &self.number, MAX_LABEL)),
            date: self.date,
            signer: bad.take(clean("signer", &self.signer, MAX_SHORT_TEXT)),
            capacity: bad.take(clean("capacity", &self.capacity, MAX_SHORT_TEXT)),
        };
        bad.check()?;
        Ok(letter)
    }
}

/// Whether a stance fits an agency that has this many comments in the round, those of the response included.
///
/// # Errors
/// `INVALID_FIELD` naming `stance`.
pub fn expect_stance(stance: Stance, with_it: usize, in_all: i64) -> Result<()> {
    match stance {
        Stance::Agrees | Stance::NoComment if with_it > 0 => Err(Error::field(
            "stance",
            format!("{} can't come with comments: use agrees_with_comments or disagrees", stance.as_str()),
        )),
        Stance::AgreesWithComments | Stance::Disagrees if in_all == 0 => Err(Error::field(
            "stance",
            format!("{} needs at least one comment, in the response or submitted before", stance.as_str()),
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stance_fits_the_comments() {
        let table = [
            (Stance::Agrees, 0, 0, true),
            (Stance::Agrees, 1, 1, false),
            (Stance::Agrees, 0, 3, true),
            (Stance::NoComment, 1, 1, false),
            (Stance::AgreesWithComments, 0, 0, false),
            (Stance::AgreesWithComments, 0, 2, true),
            (Stance::Disagrees, 0, 0, false),
            (Stance::Disagrees, 1, 1, true),
        ];
        for (stance, with_it, in_all, ok) in table {
            assert_eq!(expect_stance(stance, with_it, in_all).is_ok(), ok, "{stance:?} {with_it} {in_all}");
        }
    }

    #[test]
    fn a_letter_names_its_bad_field() {
        let letter = Letter { number: "1".repeat(MAX_LABEL + 1), ..Letter::default() };
        assert_eq!(letter.checked().unwrap_err().violations[0].field, "number");
    }
}
