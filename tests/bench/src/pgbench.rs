//! pgbench doing the work of a submission by statements alone: the same rows on the same schema, of the same sizes,
//! taken from comments that ykien wrote.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use futures::FutureExt as _;
use futures::future::BoxFuture;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::account::Watched;
use crate::cluster::succeeded;
use crate::load::Measured;
use crate::scenarios::Contender;
use crate::seed::SECTIONS;
use crate::stage::Stage;

/// How many samples are made a script of: as many texts alternate.
const SCRIPTS: usize = 8;
/// How many rows the bulk statement inserts of each table.
const BULK: usize = 1_000;

/// How the work is put to PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One statement: an UPDATE of the draft and three INSERTs in CTEs.
    Statement,
    /// `BEGIN`, the four statements, `COMMIT`.
    Transaction,
    /// One statement that inserts 1,000 comments.
    Bulk,
}

/// On which drafts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drafts {
    /// All on one: its row's lock orders them.
    One,
    /// Each client on its own: nobody waits for a lock.
    OneEach,
}

/// The draft that the samples are of.
const SAMPLE: &str = "(SELECT draft FROM drafts WHERE draft_id = 'sample')";

/// A row of a table as SQL: each column's name and the literal of its value.
type Row = Vec<(String, String)>;

/// The row of a sample, whatever columns the schema has by now.
async fn row(connection: &mut PgConnection, table: &str, key: &str, value: i64) -> anyhow::Result<Row> {
    let columns: Vec<(String, String)> = sqlx::query_as(
        "SELECT attname::TEXT, format_type(atttypid, atttypmod) FROM pg_attribute \
         WHERE attrelid = CAST($1 AS REGCLASS) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
    )
    .bind(table)
    .fetch_all(&mut *connection)
    .await?;
    let values: Vec<String> =
        columns.iter().map(|(name, _)| format!("quote_nullable({name}::TEXT)")).collect();
    let select =
        format!("SELECT ARRAY[{}] FROM {table} WHERE draft = {SAMPLE} AND {key} = $1", values.join(", "));
    let values: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(select)).bind(value).fetch_one(&mut *connection).await?;
    // pgbench takes `:word` for a variable, also inside of a literal.
    let literal = |value: &str, kind: &str| format!("{}::{kind}", value.replace(':', "="));
    Ok(columns.into_iter().zip(values).map(|((name, kind), value)| (name, literal(&value, &kind))).collect())
}

/// An INSERT whose keys come from expressions and whose other values from the sample.
fn insert(table: &str, row: &Row, keys: &[(&str, &str)], from: &str) -> String {
    let names: Vec<&str> = row.iter().map(|(name, _)| name.as_str()).collect();
    let key = |name: &str| keys.iter().find(|(key, _)| *key == name).map(|(_, expression)| *expression);
    let values: Vec<&str> = row.iter().map(|(name, literal)| key(name).unwrap_or(literal)).collect();
    format!("INSERT INTO {table} ({}) SELECT {} {from}", names.join(", "), values.join(", "))
}

/// The script of one sample.
fn script(form: Form, drafts: Drafts, [comment, event, request]: &[Row; 3]) -> String {
    let draft = match drafts {
        Drafts::One => "'draft-0'",
        Drafts::OneEach => "('draft-' || :client_id)",
    };
    let count = if form == Form::Bulk { BULK } else { 1 };
    let lock = format!(
        "UPDATE drafts SET last_revision = last_revision + {count}, last_number = last_number + {count} \
         WHERE draft_id = {draft} RETURNING draft, last_number AS number, last_revision AS revision"
    );
    // A thousand comments are on all of the draft's sections, as ykien's are: on one, all would fall on one page of an index.
    let section = (form == Form::Bulk).then(|| format!("1 + g.i % {SECTIONS}"));
    let three = |draft: &str, number: &str, revision: &str, request_id: &str, from: &str| {
        let [key_high, key_low] = [0, 1].map(|seed| format!("hashtextextended({request_id}, {seed})"));
        let mut keys = vec![
            ("draft", draft),
            ("number", number),
            ("changed", revision),
            ("written", revision),
            ("revision", revision),
            ("request_id", request_id),
            ("key_high", key_high.as_str()),
            ("key_low", key_low.as_str()),
        ];
        keys.extend(section.as_deref().map(|section| ("section", section)));
        [("comments", comment), ("events", event), ("requests", request)]
            .map(|(table, row)| insert(table, row, &keys, from))
    };
    match form {
        Form::Statement => {
            let lock = format!("{lock}, gen_random_uuid()::TEXT AS request_id");
            let [comment, event, request] =
                three("d.draft", "d.number", "d.revision", "d.request_id", "FROM d");
            format!("WITH d AS ({lock}), c AS ({comment}), e AS ({event}) {request};\n")
        }
        Form::Transaction => {
            let lock = format!("{lock}, gen_random_uuid()::TEXT AS request_id");
            let [comment, event, request] =
                three(":draft::BIGINT", ":number::BIGINT", ":revision::BIGINT", ":request_id::TEXT", "");
            format!("BEGIN;\n{lock} \\gset\n{comment};\n{event};\n{request};\nCOMMIT;\n")
        }
        Form::Bulk => {
            let [comment, event, request] = three(
                "d.draft",
                &format!("d.number - {BULK} + g.i"),
                &format!("d.revision - {BULK} + g.i"),
                "g.request_id",
                "FROM d CROSS JOIN g",
            );
            let each = format!(
                "SELECT i, gen_random_uuid()::TEXT AS request_id FROM generate_series(1, {BULK}) AS i"
            );
            format!(
                "WITH d AS ({lock}), g AS MATERIALIZED ({each}), c AS ({comment}), e AS ({event}) {request};\n"
            )
        }
    }
}

/// pgbench with scripts of one form.
pub struct Pgbench<'s> {
    stage: &'s Stage,
    name: String,
    database: String,
    scripts: Vec<PathBuf>,
    clients: usize,
    rows: usize,
}

impl<'s> Pgbench<'s> {
    /// On a database of its own, a copy of the first build's seed.
    pub async fn new(
        stage: &'s Stage,
        name: impl Into<String>,
        form: Form,
        drafts: Drafts,
        clients: usize,
    ) -> anyhow::Result<Self> {
        let (name, database) = (name.into(), stage.counted_copy(0).await?);
        let mut connection = PgConnection::connect(&stage.cluster.url(&database)).await?;
        let mut scripts = Vec::new();
        for sample in 1..=SCRIPTS {
            let number = i64::try_from(sample)?;
            let comment = row(&mut connection, "comments", "number", number).await?;
            let (revision,): (i64,) = sqlx::query_as(AssertSqlSafe(format!(
                "SELECT changed FROM comments WHERE draft = {SAMPLE} AND number = $1"
            )))
            .bind(number)
            .fetch_one(&mut connection)
            .await?;
            let event = row(&mut connection, "events", "revision", revision).await?;
            let request = row(&mut connection, "requests", "revision", revision).await?;
            let file = stage.folder().join(format!("{database}_{sample}.sql"));
            std::fs::write(&file, script(form, drafts, &[comment, event, request]))?;
            scripts.push(file);
        }
        connection.close().await?;
        let rows = if form == Form::Bulk { BULK } else { 1 };
        Ok(Self { stage, name, database, scripts, clients, rows })
    }

    async fn once(&self, span: Duration) -> anyhow::Result<Measured> {
        let logs = tempfile::tempdir_in(self.stage.folder())?;
        let mut pgbench = self.stage.cluster.client("pgbench", &self.database);
        pgbench
            .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--log"])
            .arg(format!("--client={}", self.clients))
            .arg(format!("--time={}", span.as_secs_f64().ceil()))
            .args(self.scripts.iter().map(|file| format!("--file={}", file.display())))
            .current_dir(logs.path());
        let watched = Watched { servers: Vec::new(), postmaster: Some(self.stage.cluster.postmaster) };
        let before = watched.begin();
        let begun = Instant::now();
        let said = succeeded(&pgbench.output().await?).context("pgbench")?;
        let elapsed = begun.elapsed();
        let used = watched.since(&before);
        let figure = |name: &str| said.lines().find_map(|line| line.strip_prefix(name));
        let rate = figure("tps = ")
            .and_then(|rest| rest.split_whitespace().next())
            .with_context(|| format!("pgbench finished no transaction:\n{said}"))?;
        let rate = rate.parse::<f64>()? * self.rows as f64;
        let failed = figure("number of failed transactions: ");
        let failed = failed.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0);
        let latencies = latencies(logs.path())?;
        let operations = latencies.len() * self.rows;
        ensure!(operations > 0, "pgbench did nothing in {elapsed:?}:\n{said}");
        Ok(Measured { rate, failed, ..Measured::of(latencies, operations, elapsed, &used, &watched) })
    }
}

/// The latencies of pgbench's own logs: the third column, in microseconds.
fn latencies(folder: &Path) -> anyhow::Result<Vec<Duration>> {
    let mut latencies = Vec::new();
    for file in std::fs::read_dir(folder)? {
        let text = std::fs::read_to_string(file?.path())?;
        let microseconds = text.lines().filter_map(|line| line.split(' ').nth(2)?.parse().ok());
        latencies.extend(microseconds.map(Duration::from_micros));
    }
    Ok(latencies)
}

impl Contender for Pgbench<'_> {
    fn name(&self) -> &str {
        &self.name
    }

    fn unit(&self) -> &'static str {
        "submissions"
    }

    fn run(&mut self, span: Duration) -> BoxFuture<'_, anyhow::Result<Measured>> {
        self.once(span).boxed()
    }

    fn end(self: Box<Self>) -> BoxFuture<'static, anyhow::Result<Vec<String>>> {
        async { Ok(Vec::new()) }.boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_computed_and_everything_else_is_the_samples() {
        let row = vec![
            ("draft".to_owned(), "'1'::bigint".to_owned()),
            ("text".to_owned(), "'ý kiến'::text".to_owned()),
        ];
        assert_eq!(
            insert("comments", &row, &[("draft", "d.draft")], "FROM d"),
            "INSERT INTO comments (draft, text) SELECT d.draft, 'ý kiến'::text FROM d"
        );
    }
}
