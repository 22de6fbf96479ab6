//! Rows that a statement is given all at once, read by it as a relation called `given`.
//!
//! Statement by statement a group of submissions costs twice what it costs so. How the rows travel is the engine's: an
//! array a column on PostgreSQL (of one value, where all rows have that), a parameter a value on SQLite.

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

/// The columns of a relation, in the order in which a row's values are pushed.
pub(crate) type Columns = &'static [(&'static str, Kind)];

/// `a, b, c`.
pub(crate) fn names(columns: Columns) -> String {
    columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The texts of one column, one after the other: a group of submissions has thousands, and an allocation each costs more
/// than copying them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Texts {
    /// UTF-8: whole texts, and JSON as it was written.
    bytes: Vec<u8>,
    /// Where each ends, and whether it is there at all.
    ends: Vec<(usize, bool)>,
}

impl Texts {
    /// Adds one, or null.
    pub(crate) fn push(&mut self, text: Option<&str>) {
        self.bytes.extend_from_slice(text.unwrap_or_default().as_bytes());
        self.ends.push((self.bytes.len(), text.is_some()));
    }

    /// Adds the JSON of a value.
    fn push_json(&mut self, value: &impl Serialize) -> serde_json::Result<()> {
        let before = self.bytes.len();
        let written = serde_json::to_writer(&mut self.bytes, value);
        if written.is_err() {
            self.bytes.truncate(before);
        }
        self.ends.push((self.bytes.len(), written.is_ok()));
        written
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Each, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Option<&[u8]>> {
        let mut start = 0;
        self.ends.iter().map(move |(end, there)| {
            let text = self.bytes.get(std::mem::replace(&mut start, *end)..*end);
            text.filter(|_| *there)
        })
    }

    /// The bytes before this one.
    fn start(&self, index: usize) -> usize {
        index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |(end, _)| *end)
    }

    /// The text with this index; none when it is null.
    pub(crate) fn get(&self, index: usize) -> Option<&[u8]> {
        let (end, there) = *self.ends.get(index)?;
        self.bytes.get(self.start(index)..end).filter(|_| there)
    }

    fn front(&mut self, count: usize) -> Self {
        let bytes = self.start(count);
        let ends = self.ends.drain(..count).collect();
        self.ends.iter_mut().for_each(|(end, _)| *end -= bytes);
        Self { bytes: self.bytes.drain(..bytes).collect(), ends }
    }
}

/// The values of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values {
    /// Of texts.
    Text(Texts),
    /// Of numbers.
    Number(Vec<Option<i64>>),
    /// Of truths.
    Truth(Vec<bool>),
}

impl Values {
    fn of(kind: Kind) -> Self {
        match kind {
            Kind::Text => Values::Text(Texts::default()),
            Kind::Number => Values::Number(Vec::new()),
            Kind::Truth => Values::Truth(Vec::new()),
        }
    }

    /// Whether every row has the same.
    pub(crate) fn are_same(&self) -> bool {
        fn all_same<T: PartialEq>(mut values: impl Iterator<Item = T>) -> bool {
            let first = values.next();
            values.all(|value| Some(value) == first)
        }
        match self {
            Values::Text(values) => all_same(values.iter()),
            Values::Number(values) => all_same(values.iter()),
            Values::Truth(values) => all_same(values.iter()),
        }
    }

    fn clear(&mut self) {
        match self {
            Values::Text(values) => values.clear(),
            Values::Number(values) => values.clear(),
            Values::Truth(values) => values.clear(),
        }
    }

    /// Takes the first values out.
    fn front(&mut self, count: usize) -> Self {
        match self {
            Values::Text(values) => Values::Text(values.front(count)),
            Values::Number(values) => Values::Number(values.drain(..count).collect()),
            Values::Truth(values) => Values::Truth(values.drain(..count).collect()),
        }
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
        Self {
            columns,
            values: columns.iter().map(|(_, kind)| Values::of(*kind)).collect(),
            next: 0,
            rows: 0,
        }
    }

    /// The next value of the row. Values come in the order of the columns; one of another kind than its column's is
    /// a mistake of this crate, which the database then refuses, for the columns are no longer of one length.
    pub(crate) fn push<'v>(&mut self, value: impl Into<Value<'v>>) -> &mut Self {
        match (self.values.get_mut(self.next), value.into()) {
            (Some(Values::Text(values)), Value::Text(value)) => values.push(value),
            (Some(Values::Number(values)), Value::Number(value)) => values.push(value),
            (Some(Values::Truth(values)), Value::Truth(value)) => values.push(value),
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
        let written = match self.values.get_mut(self.next) {
            Some(Values::Text(values)) => values.push_json(value).is_ok(),
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

    /// How many bytes they take at most as arrays: a number with its length 12, a text its own and 4, an array's head 20.
    pub(crate) fn size(&self) -> usize {
        let texts = self.values.iter().map(|values| match values {
            Values::Text(values) => values.bytes.len(),
            Values::Number(_) | Values::Truth(_) => 0,
        });
        texts.sum::<usize>() + self.columns.len() * (20 + 12 * self.rows)
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

    fn texts(values: &Values) -> Vec<Option<&[u8]>> {
        match values {
            Values::Text(values) => values.iter().collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn rows_are_taken_from_the_front_and_none_is_lost() {
        let mut given = Given::new(COLUMNS);
        for n in 0..5 {
            given.push(&"tôi".repeat(n)).push(n as i64).push(n % 2 == 0);
        }
        let front = given.front(2);
        assert_eq!((front.rows(), given.rows()), (2, 3));
        assert_eq!(texts(&front.values[0]), [Some(&b""[..]), Some("tôi".as_bytes())]);
        assert_eq!(front.values[1], Values::Number(vec![Some(0), Some(1)]));
        let rest = given.front(9);
        let all = ["tôitôi", "tôitôitôi", "tôitôitôitôi"].map(|text| Some(text.as_bytes()));
        assert_eq!(texts(&rest.values[0]), all);
        assert_eq!(rest.values[2], Values::Truth(vec![true, false, true]));
        assert!(given.is_empty());
        assert_eq!(given.values.len(), COLUMNS.len());
    }

    #[test]
    fn what_was_cleared_is_as_if_new() {
        let mut given = Given::new(COLUMNS);
        given.push("tôi").push(1).push(true).push("nửa dòng");
        given.clear();
        assert!(given.is_empty());
        given.push("x").push(2).push(false);
        assert_eq!((given.rows(), texts(&given.values[0])), (1, vec![Some(&b"x"[..])]));
        assert_eq!(given.values[1], Values::Number(vec![Some(2)]));
        assert_eq!(given.size(), 1 + 3 * 32);
    }

    #[test]
    fn a_text_is_found_by_its_place_whatever_stands_around_it() {
        let mut texts = Texts::default();
        for text in [None, Some("a"), Some(""), None, Some("đ")] {
            texts.push(text);
        }
        texts.push_json(&["b"]).unwrap();
        let all = [None, Some("a"), Some(""), None, Some("đ"), Some(r#"["b"]"#)];
        let found = (0..7).map(|index| texts.get(index)).collect::<Vec<_>>();
        assert_eq!(found[..6], all.map(|text| text.map(str::as_bytes)));
        assert_eq!(found[6], None);
        assert_eq!(texts.iter().collect::<Vec<_>>(), found[..6]);
    }

    #[test]
    fn a_column_that_says_the_same_is_told_from_one_that_does_not() {
        let mut given = Given::new(COLUMNS);
        let same = |given: &Given| given.values.iter().map(Values::are_same).collect::<Vec<_>>();
        given.push("đ").push(None::<i64>).push(false);
        assert_eq!(same(&given), [true; 3]);
        given.push("đ").push(None::<i64>).push(false);
        assert_eq!(same(&given), [true; 3]);
        given.push(None::<&str>).push(Some(0)).push(true);
        assert_eq!(same(&given), [false; 3]);
        let mut texts = Texts::default();
        for text in [Some(""), None] {
            texts.push(text);
        }
        assert!(!Values::Text(texts).are_same(), "nothing is not an empty text");
    }

    #[test]
    fn some_of_the_columns_have_the_same_rows() {
        const TWO: Columns = &[("c", Kind::Truth), ("a", Kind::Text)];
        let mut given = Given::new(COLUMNS);
        given.push("x").push(None::<i64>).push(true);
        let only = given.only(TWO);
        assert_eq!((only.rows(), texts(&only.values[1])), (1, vec![Some(&b"x"[..])]));
        assert_eq!(only.values[0], Values::Truth(vec![true]));
    }
}
