//! Rows that a statement is given all at once, read by it as a relation called `given`.
//!
//! Statement by statement a group of submissions costs twice what it costs so. How the rows travel is the engine's: an
//! array a column on PostgreSQL, a parameter a value on SQLite.

use serde::Serialize;
use ykien_domain::Result;

use crate::error::corrupt;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A text, or null.
    Text,
    /// A number, or null.
    Number,
    /// True or false.
    Truth,
}

impl Kind {
    /// Its type, on both engines.
    pub(crate) fn sql(self) -> &'static str {
        match self {
            Self::Text => "TEXT",
            Self::Number => "BIGINT",
            Self::Truth => "BOOLEAN",
        }
    }
}

/// The columns of a relation, in the order in which a row's values are pushed.
pub(crate) type Columns = &'static [(&'static str, Kind)];

/// `a, b, c`.
pub(crate) fn names(columns: Columns) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The values of one column. Each is written as it comes the way an array's elements travel to PostgreSQL, its length
/// before it: a group of submissions has tens of thousands, and what is done to each when the group goes out, everybody
/// waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Values {
    /// Each value after its length, four bytes of it, -1 for null: a text as UTF-8, a number in eight bytes, a truth in
    /// one. While all are the same, the first alone.
    bytes: Vec<u8>,
    count: usize,
    is_mixed: bool,
}

impl Values {
    /// Adds one, or null.
    fn push(&mut self, value: Option<&[u8]>) {
        let start = self.bytes.len();
        let length = value.map_or(-1, |value| i32::try_from(value.len()).unwrap_or(i32::MAX));
        self.bytes.extend_from_slice(&length.to_be_bytes());
        self.bytes.extend_from_slice(value.unwrap_or_default());
        self.keep(start);
    }

    /// Adds the JSON of a value, as a text.
    fn push_json(&mut self, value: &impl Serialize) -> serde_json::Result<()> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0; LENGTH]);
        let written = serde_json::to_writer(&mut self.bytes, value);
        if written.is_err() {
            self.bytes.truncate(start);
            self.push(None);
            return written;
        }
        let length = i32::try_from(self.bytes.len() - start - LENGTH).unwrap_or(i32::MAX);
        if let Some(place) = self.bytes.get_mut(start..start + LENGTH) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        self.keep(start);
        Ok(())
    }

    /// Takes what was written from here on as the next value.
    fn keep(&mut self, start: usize) {
        self.count += 1;
        if self.is_mixed || self.count == 1 {
            return;
        }
        let (first, last) = self.bytes.split_at(start);
        if first == last {
            self.bytes.truncate(start);
            return;
        }
        // Now each is needed.
        self.is_mixed = true;
        let last = self.bytes.split_off(start);
        self.bytes.reserve(start * (self.count - 2) + last.len());
        for _ in 2..self.count {
            self.bytes.extend_from_within(..start);
        }
        self.bytes.extend_from_slice(&last);
    }

    /// Whether every row has the same.
    pub(crate) fn are_same(&self) -> bool {
        !self.is_mixed
    }

    /// Each with its length before it; where all are the same, the first alone.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Each, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut rest = self.bytes.as_slice();
        (0..self.count).map(move |_| {
            let (value, others) = split(if self.is_mixed { rest } else { &self.bytes });
            rest = others;
            value
        })
    }

    fn clear(&mut self) {
        self.bytes.clear();
        (self.count, self.is_mixed) = (0, false);
    }

    /// Takes the first values out; there are more than that.
    fn front(&mut self, count: usize) -> Self {
        self.count -= count;
        if !self.is_mixed {
            return Self { bytes: self.bytes.clone(), count, is_mixed: false };
        }
        let rest = (0..count).fold(self.bytes.as_slice(), |rest, _| split(rest).1);
        let taken = self.bytes.len() - rest.len();
        Self { bytes: self.bytes.drain(..taken).collect(), count, is_mixed: true }
    }
}

/// The bytes of a value's length.
const LENGTH: usize = 4;

/// The first value, and what follows it.
fn split(bytes: &[u8]) -> (Option<&[u8]>, &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk::<LENGTH>() else { return (None, &[]) };
    match usize::try_from(i32::from_be_bytes(*length)) {
        Ok(length) => rest.split_at_checked(length).map_or((None, &[]), |(value, rest)| (Some(value), rest)),
        Err(_) => (None, rest),
    }
}

/// One value of a row.
pub(crate) enum Value<'v> {
    Text(Option<&'v str>),
    Number(Option<i64>),
    Truth(bool),
}

/// The rows, column by column.
#[derive(Debug, Clone)]
pub(crate) struct Given {
    /// What they are columns of.
    pub(crate) columns: Columns,
    /// A column's values each, all of one length.
    pub(crate) values: Vec<Values>,
    /// The column that the next value is for.
    next: usize,
    rows: usize,
}

impl Given {
    /// No rows yet.
    pub(crate) fn new(columns: Columns) -> Self {
        Self { columns, values: vec![Values::default(); columns.len()], next: 0, rows: 0 }
    }

    /// The next value of the row. Values come in the order of the columns; one of another kind than its column's is
    /// a mistake of this crate, which the database then refuses, for the columns are no longer of one length.
    pub(crate) fn push<'v>(&mut self, value: impl Into<Value<'v>>) -> &mut Self {
        let kind = self.columns.get(self.next).map(|(_, kind)| *kind);
        match (kind, self.values.get_mut(self.next), value.into()) {
            (Some(Kind::Text), Some(values), Value::Text(text)) => values.push(text.map(str::as_bytes)),
            (Some(Kind::Number), Some(values), Value::Number(number)) => {
                values.push(number.map(i64::to_be_bytes).as_ref().map(<[u8; 8]>::as_slice));
            }
            (Some(Kind::Truth), Some(values), Value::Truth(truth)) => {
                values.push(Some(&[u8::from(truth)]));
            }
            _ => debug_assert!(
                false,
                "a value for a column of another kind: {:?}",
                self.columns.get(self.next)
            ),
        }
        self.pass()
    }

    /// As [`Given::push`], with the JSON of a value.
    pub(crate) fn push_json(&mut self, value: &impl Serialize) -> Result<&mut Self> {
        let written = match (self.columns.get(self.next), self.values.get_mut(self.next)) {
            (Some((_, Kind::Text)), Some(values)) => values.push_json(value).is_ok(),
            _ => false,
        };
        self.pass();
        if written { Ok(self) } else { Err(corrupt("a value without a JSON form")) }
    }

    fn pass(&mut self) -> &mut Self {
        self.next += 1;
        if self.next == self.columns.len() {
            self.next = 0;
            self.rows += 1;
        }
        self
    }

    /// Takes the first rows out: all, when there are no more than that.
    pub(crate) fn front(&mut self, rows: usize) -> Self {
        let mut front = Self::new(self.columns);
        if rows >= self.rows {
            std::mem::swap(self, &mut front);
            return front;
        }
        front.rows = rows;
        self.rows -= rows;
        front.values = self.values.iter_mut().map(|values| values.front(rows)).collect();
        front
    }

    /// Takes all rows out, and keeps their memory for the next.
    pub(crate) fn clear(&mut self) {
        self.values.iter_mut().for_each(Values::clear);
        (self.next, self.rows) = (0, 0);
    }

    /// How many bytes they take at most as arrays: each has a head, and an element a row.
    pub(crate) fn size(&self) -> usize {
        let size = |values: &Values| values.bytes.len() * if values.is_mixed { 1 } else { self.rows };
        self.values.iter().map(|values| size(values) + 24).sum()
    }

    /// The same rows, with these of their columns.
    pub(crate) fn only(&self, columns: Columns) -> Self {
        let named = |name: &str| self.columns.iter().position(|(own, _)| *own == name);
        let values = columns.iter().filter_map(|(name, _)| self.values.get(named(name)?).cloned()).collect();
        Self { columns, values, next: 0, rows: self.rows }
    }

    /// How many rows there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows == 0
    }
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(value: &'v str) -> Self {
        Value::Text(Some(value))
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(value: &'v String) -> Self {
        Value::Text(Some(value))
    }
}

impl<'v> From<Option<&'v str>> for Value<'v> {
    fn from(value: Option<&'v str>) -> Self {
        Value::Text(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Number(Some(value))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Value::Number(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Truth(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = &[("a", Kind::Text), ("b", Kind::Number), ("c", Kind::Truth)];

    fn texts(values: &Values) -> Vec<Option<&str>> {
        values.iter().map(|text| text.map(|text| std::str::from_utf8(text).unwrap())).collect()
    }

    fn numbers(values: &Values) -> Vec<Option<i64>> {
        values
            .iter()
            .map(|number| number.map(|bytes| i64::from_be_bytes(bytes.try_into().unwrap())))
            .collect()
    }

    #[test]
    fn rows_are_taken_from_the_front_and_none_is_lost() {
        let mut given = Given::new(COLUMNS);
        for n in 0..5 {
            given.push(&"tôi".repeat(n)).push(n as i64).push(n % 2 == 0);
        }
        let front = given.front(2);
        assert_eq!((front.rows(), given.rows()), (2, 3));
        assert_eq!(texts(&front.values[0]), [Some(""), Some("tôi")]);
        assert_eq!(numbers(&front.values[1]), [Some(0), Some(1)]);
        let rest = given.front(9);
        assert_eq!(texts(&rest.values[0]), ["tôitôi", "tôitôitôi", "tôitôitôitôi"].map(Some));
        assert_eq!(
            rest.values[2].iter().collect::<Vec<_>>(),
            [&[1], &[0], &[1]].map(|truth: &[u8; 1]| Some(&truth[..]))
        );
        assert!(given.is_empty());
        assert_eq!(given.values.len(), COLUMNS.len());
    }

    #[test]
    fn what_is_the_same_in_all_rows_is_taken_from_the_front_too() {
        let mut given = Given::new(COLUMNS);
        for n in 0..3 {
            given.push("đ").push(n).push(true);
        }
        let front = given.front(1);
        assert_eq!((texts(&front.values[0]), texts(&given.values[0])), (vec![Some("đ")], vec![Some("đ"); 2]));
        given.push("x").push(3).push(true);
        assert_eq!(texts(&given.values[0]), ["đ", "đ", "x"].map(Some));
        assert_eq!(numbers(&given.values[1]), [1, 2, 3].map(Some));
    }

    #[test]
    fn what_was_cleared_is_as_if_new() {
        let mut given = Given::new(COLUMNS);
        given.push("tôi").push(1).push(true).push("nửa dòng");
        given.clear();
        assert!(given.is_empty());
        given.push("x").push(2).push(false);
        assert_eq!((given.rows(), texts(&given.values[0])), (1, vec![Some("x")]));
        assert_eq!(numbers(&given.values[1]), [Some(2)]);
        assert!(given.values.iter().all(Values::are_same));
    }

    #[test]
    fn a_column_that_says_the_same_is_told_from_one_that_does_not() {
        let mut given = Given::new(COLUMNS);
        let same = |given: &Given| given.values.iter().map(Values::are_same).collect::<Vec<_>>();
        assert_eq!(same(&given), [true; 3]);
        for _ in 0..3 {
            given.push("đ").push(None::<i64>).push(false);
            assert_eq!(same(&given), [true; 3]);
        }
        given.push(None::<&str>).push(Some(0)).push(true);
        assert_eq!(same(&given), [false; 3]);
        given.push("đ").push(None::<i64>).push(false);
        assert_eq!(texts(&given.values[0]), [Some("đ"), Some("đ"), Some("đ"), None, Some("đ")]);
        assert_eq!(numbers(&given.values[1]), [None, None, None, Some(0), None]);
        let mut texts = Values::default();
        texts.push(Some(b""));
        texts.push(None);
        assert!(!texts.are_same(), "nothing is not an empty text");
    }

    #[test]
    fn a_text_is_itself_whatever_stands_around_it() {
        let mut values = Values::default();
        for text in [None, Some("a"), Some(""), None, Some("đ")] {
            values.push(text.map(str::as_bytes));
        }
        values.push_json(&["b"]).unwrap();
        assert_eq!(texts(&values), [None, Some("a"), Some(""), None, Some("đ"), Some(r#"["b"]"#)]);
        // A length and its value, as they travel.
        assert_eq!(values.bytes()[..9], [255, 255, 255, 255, 0, 0, 0, 1, b'a']);
    }

    #[test]
    fn what_has_no_json_form_leaves_a_null_and_an_error() {
        let mut values = Values::default();
        values.push_json(&"a").unwrap();
        let keys_that_are_none = std::collections::HashMap::from([((1, 2), 3)]);
        assert!(values.push_json(&keys_that_are_none).is_err());
        assert_eq!(texts(&values), [Some(r#""a""#), None]);
    }

    #[test]
    fn some_of_the_columns_have_the_same_rows() {
        const TWO: Columns = &[("c", Kind::Truth), ("a", Kind::Text)];
        let mut given = Given::new(COLUMNS);
        given.push("x").push(None::<i64>).push(true);
        let only = given.only(TWO);
        assert_eq!((only.rows(), texts(&only.values[1])), (1, vec![Some("x")]));
        assert_eq!(only.values[0].iter().collect::<Vec<_>>(), [Some(&[1][..])]);
    }
}
