//! A statement over given rows, in the sizes in which this engine takes them.

use sqlx::Executor;
use sqlx::query::Query;
use ykien_domain::Result;

use super::{Arguments, BATCHES, Connection, Db, push, relation};
use crate::error::OrDomain;
use crate::given::{Columns, Given};

/// A statement that reads rows of these columns as the relation `given`.
pub(super) struct Statement {
    /// Its text for each size of a batch, smallest first.
    texts: Vec<(usize, String)>,
}

impl Statement {
    /// A statement, written around its relation.
    pub(super) fn new(columns: Columns, text: impl Fn(&str) -> String) -> Self {
        Self {
            texts: BATCHES.iter().map(|rows| (*rows, text(&relation(columns, |_| true, *rows, 1)))).collect(),
        }
    }

    /// Carries it out.
    pub(super) async fn execute(&'static self, connection: &mut Connection, given: Given) -> Result<()> {
        for query in self.batches(given)? {
            connection.execute(query).await.or_domain()?;
        }
        Ok(())
    }

    /// Carries it out, and gives what it selects: of all rows, in the order of its batches.
    pub(super) async fn fetch<R>(&'static self, connection: &mut Connection, given: Given) -> Result<Vec<R>>
    where
        R: for<'r> sqlx::FromRow<'r, <Db as sqlx::Database>::Row> + Send + Unpin,
    {
        let mut rows = Vec::new();
        for query in self.batches(given)? {
            for row in connection.fetch_all(query).await.or_domain()? {
                rows.push(R::from_row(&row).or_domain()?);
            }
        }
        Ok(rows)
    }

    fn batches(&'static self, mut given: Given) -> Result<Vec<Query<'static, Db, Arguments>>> {
        let mut batches = Vec::new();
        while !given.is_empty() {
            let fitting = self.texts.iter().find(|(rows, _)| given.rows() <= *rows);
            let Some((rows, text)) = fitting.or(self.texts.last()) else { break };
            let mut arguments = Arguments::default();
            let front = given.front(*rows);
            push(&mut arguments, front.columns, &front.values)?;
            batches.push(sqlx::query_with(text.as_str(), arguments));
        }
        Ok(batches)
    }
}
