//! Rows that a statement is given all at once, read by it as a relation called `given`.
//!
//! Statement by statement a group of submissions costs twice what it costs so. How the rows travel is the engine's: an
//! array a column on PostgreSQL, a parameter a value on SQLite.

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

/// The values of one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Values {
    /// Of texts.
    Text(Vec<Option<String>>),
    /// Of numbers.
    Number(Vec<Option<i64>>),
    /// Of truths.
    Truth(Vec<bool>),
}

/// One value of a row.
pub(crate) enum Value {
    Text(Option<String>),
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
        let values = columns.iter().map(|(_, kind)| match kind {
            Kind::Text => Values::Text(Vec::new()),
            Kind::Number => Values::Number(Vec::new()),
            Kind::Truth => Values::Truth(Vec::new()),
        });
        Self { columns, values: values.collect(), next: 0, rows: 0 }
    }

    /// The next value of the row. Values come in the order of the columns; one of another kind than its column's is
    /// a mistake of this crate, which the database then refuses, for the columns are no longer of one length.
    pub(crate) fn push(&mut self, value: impl Into<Value>) -> &mut Self {
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
        for (front, values) in front.values.iter_mut().zip(&mut self.values) {
            match (front, values) {
                (Values::Text(front), Values::Text(values)) => front.extend(values.drain(..rows)),
                (Values::Number(front), Values::Number(values)) => front.extend(values.drain(..rows)),
                (Values::Truth(front), Values::Truth(values)) => front.extend(values.drain(..rows)),
                // Made from the same columns.
                _ => {}
            }
        }
        front
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

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(Some(value.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(value: &String) -> Self {
        Value::Text(Some(value.clone()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(Some(value))
    }
}

impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Value::Text(value.map(str::to_owned))
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Number(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Value::Number(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Truth(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = &[("a", Kind::Text), ("b", Kind::Number), ("c", Kind::Truth)];

    #[test]
    fn rows_are_taken_from_the_front_and_none_is_lost() {
        let mut given = Given::new(COLUMNS);
        for n in 0..5 {
            given.push(n.to_string()).push(n).push(n % 2 == 0);
        }
        let front = given.front(2);
        assert_eq!((front.rows(), given.rows()), (2, 3));
        assert_eq!(front.values[1], Values::Number(vec![Some(0), Some(1)]));
        let rest = given.front(9);
        assert_eq!(rest.values[0], Values::Text(["2", "3", "4"].map(|n| Some(n.to_owned())).to_vec()));
        assert_eq!(rest.values[2], Values::Truth(vec![true, false, true]));
        assert!(given.is_empty());
        assert_eq!(given.values.len(), COLUMNS.len());
    }
}
