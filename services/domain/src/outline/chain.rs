//! Whether a number continues the numbering before it.

use super::number::Number;

/// The last number of one level, and what may follow it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Chain {
    last: u32,
    suffix: u32,
}

impl Chain {
    /// Forgets the numbering: a higher heading came between.
    pub const fn reset(&mut self) {
        self.last = 0;
        self.suffix = 0;
    }

    /// The last number, or 0 before the first.
    pub const fn last(self) -> u32 {
        self.last
    }

    /// Whether nothing was taken yet.
    pub const fn is_fresh(self) -> bool {
        self.last == 0
    }

    /// Whether `number` is exactly the next: `6` after `5`, `5b` after `5a`.
    pub fn is_next(self, number: &Number) -> bool {
        let value = number.last();
        (value == self.last + 1 && number.suffix == 0) || self.is_inserted(number)
    }

    /// Whether `number` is an inserted one: `5a` after `5`, `5b` after `5a`.
    pub fn is_inserted(self, number: &Number) -> bool {
        self.last > 0 && number.last() == self.last && number.suffix > self.suffix
    }

    /// Whether `number` may follow when up to `gap` numbers were lost in between. `5a` may follow `4`.
    pub fn may_follow(self, number: &Number, gap: u32) -> bool {
        let value = number.last();
        if number.noisy {
            return self.is_next(number);
        }
        self.is_inserted(number) || (value > self.last && value - self.last <= gap + 1)
    }

    /// Makes `number` the last one.
    pub fn take(&mut self, number: &Number) {
        self.last = number.last();
        self.suffix = number.suffix;
    }

    /// Takes `number` if it [may follow](Self::may_follow).
    pub fn accept(&mut self, number: &Number, gap: u32) -> bool {
        let accepted = self.may_follow(number, gap);
        if accepted {
            self.take(number);
        }
        accepted
    }
}
