//! Reads the rows of a file: JSON Lines or CSV, with a bound on everything.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::{Context as _, bail};

/// The longest file, in bytes.
const MAX_FILE: u64 = 64 * 1024 * 1024;
/// The most rows.
pub(super) const MAX_ROWS: usize = 100_000;
/// The longest line, in bytes.
const MAX_LINE: usize = 1024 * 1024;

/// A row's columns, all as text.
pub(super) type Columns = HashMap<String, String>;

/// A row of the file.
#[derive(Debug)]
pub(super) struct Row {
    /// Its line in the file, from 1.
    pub line: usize,
    /// Its columns, or why they can't be read.
    pub columns: Result<Columns, String>,
}

/// The rows of a file.
#[derive(Debug)]
pub(super) struct Table {
    /// The columns that the file has, in their order; of JSON Lines those of any row.
    pub header: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// Reads a file by the ending of its name.
///
/// # Errors
/// It can't be read, is too long, or is of another kind.
pub(super) fn read(path: &Path) -> anyhow::Result<Table> {
    let name = || path.display();
    let file = std::fs::File::open(path).with_context(|| format!("can't open {}", name()))?;
    let size = file.metadata()?.len();
    if size > MAX_FILE {
        bail!("{}: must be at most 64 MiB, is {size} bytes", name());
    }
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    // The file may grow while it is read: the bound holds for what is read.
    let reader = BufReader::new(file.take(MAX_FILE));
    let table = match ending.as_str() {
        "jsonl" | "ndjson" => json_lines(reader),
        "csv" | "tsv" => csv_rows(reader),
        _ => bail!("{}: must be a .jsonl, .ndjson, .csv or .tsv file", name()),
    };
    table.with_context(|| format!("can't read {}", name()))
}

fn json_lines(mut reader: impl BufRead) -> anyhow::Result<Table> {
    let mut table = Table { header: Vec::new(), rows: Vec::new() };
    let mut known = std::collections::HashSet::new();
    for line in 1.. {
        let mut bytes = Vec::new();
        let read = (&mut reader).take(MAX_LINE as u64 + 1).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            break;
        }
        let too_long = bytes.len() > MAX_LINE && !bytes.ends_with(b"\n");
        if too_long {
            reader.skip_until(b'\n')?;
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii();
        if text.is_empty() {
            continue;
        }
        let columns =
            if too_long { Err("the line must be at most 1 MiB".to_owned()) } else { json_columns(text) };
        for name in columns.iter().flat_map(HashMap::keys) {
            if known.insert(name.clone()) {
                table.header.push(name.clone());
            }
        }
        push(&mut table, Row { line, columns })?;
    }
    Ok(table)
}

/// The columns of a JSON object: texts, numbers and truth values as text; null is empty; lists and objects are left out.
fn json_columns(text: &[u8]) -> Result<Columns, String> {
    use serde_json::Value;
    let object: serde_json::Map<String, Value> =
        serde_json::from_slice(text).map_err(|error| format!("must be a JSON object: {error}"))?;
    Ok(object
        .into_iter()
        .filter_map(|(name, value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Null => Some((name, String::new())),
            Value::Bool(_) | Value::Number(_) => Some((name, value.to_string())),
            Value::Array(_) | Value::Object(_) => None,
        })
        .collect())
}

fn csv_rows(mut reader: impl BufRead) -> anyhow::Result<Table> {
    let delimiter = delimiter(reader.fill_buf()?);
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(reader);
    let header: Vec<String> = reader
        .headers()
        .context("the header can't be read")?
        .iter()
        .map(|name| name.trim_start_matches('\u{feff}').trim().to_owned())
        .collect();
    let mut table = Table { header: header.clone(), rows: Vec::new() };
    let mut record = csv::ByteRecord::new();
    loop {
        let (line, columns) = match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => (line_of(record.position()), csv_columns(&header, &record)),
            Err(error) if matches!(error.kind(), csv::ErrorKind::Io(_)) => return Err(error.into()),
            Err(error) => (line_of(error.position()), Err(error.to_string())),
        };
        push(&mut table, Row { line, columns })?;
    }
    Ok(table)
}

fn line_of(position: Option<&csv::Position>) -> usize {
    position.map_or(0, |position| usize::try_from(position.line()).unwrap_or(usize::MAX))
}

fn csv_columns(header: &[String], record: &csv::ByteRecord) -> Result<Columns, String> {
    if record.as_slice().len() > MAX_LINE {
        return Err("the line must be at most 1 MiB".to_owned());
    }
    header
        .iter()
        .zip(record)
        .map(|(name, value)| match std::str::from_utf8(value) {
            Ok(text) => Ok((name.clone(), text.to_owned())),
            Err(_) => Err(format!("the column {name} must be UTF-8")),
        })
        .collect()
}

/// Spreadsheets of a Vietnamese locale write semicolons: whichever of the three the header has most of.
fn delimiter(start: &[u8]) -> u8 {
    let header = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let count = |wanted: u8| header.iter().filter(|byte| **byte == wanted).count();
    // Of equals the last is taken: the comma.
    [b'\t', b';', b','].into_iter().max_by_key(|delimiter| count(*delimiter)).unwrap_or(b',')
}

fn push(table: &mut Table, row: Row) -> anyhow::Result<()> {
    if table.rows.len() == MAX_ROWS {
        bail!("must be at most {MAX_ROWS} rows");
    }
    table.rows.push(row);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column<'a>(table: &'a Table, row: usize, name: &str) -> Option<&'a str> {
        table.rows[row].columns.as_ref().unwrap().get(name).map(String::as_str)
    }

    #[test]
    fn a_json_line_that_is_no_object_is_refused_by_its_number_and_spares_the_rest() {
        let file = "\u{feff}{\"a\":\"x\",\"n\":12,\"z\":null,\"l\":[1]}\n\n[1]\n{\"a\":\"y\"}";
        let table = json_lines(file.as_bytes()).unwrap();
        let lines: Vec<_> = table.rows.iter().map(|row| (row.line, row.columns.is_ok())).collect();
        assert_eq!(lines, [(1, true), (3, false), (4, true)]);
        assert_eq!(
            (column(&table, 0, "n"), column(&table, 0, "z"), column(&table, 0, "l")),
            (Some("12"), Some(""), None)
        );
    }

    #[test]
    fn a_line_too_long_is_refused_and_the_next_is_read() {
        let file = format!("{{\"a\":\"{}\"}}\n{{\"a\":\"y\"}}\n", "x".repeat(MAX_LINE));
        let table = json_lines(file.as_bytes()).unwrap();
        assert_eq!(table.rows[0].columns.as_ref().unwrap_err(), "the line must be at most 1 MiB");
        assert_eq!((table.rows.len(), column(&table, 1, "a")), (2, Some("y")));
    }

    #[test]
    fn csv_is_read_with_commas_semicolons_or_tabs() {
        for (delimiter, file) in
            [(',', "a,b\n1,\"x, y\n z\"\n"), (';', "a;b\n1;\"x, y\n z\"\n"), ('\t', "a\tb\n1\tx, y\n")]
        {
            let table = csv_rows(file.as_bytes()).unwrap();
            assert_eq!(table.header, ["a", "b"], "{delimiter:?}");
            assert!(column(&table, 0, "b").unwrap().starts_with("x, y"), "{delimiter:?}");
        }
    }

    #[test]
    fn a_csv_line_with_too_many_fields_is_refused_by_its_number() {
        let table = csv_rows("a,b\n1,2\n1,2,3\n3,4\n".as_bytes()).unwrap();
        let lines: Vec<_> = table.rows.iter().map(|row| (row.line, row.columns.is_ok())).collect();
        assert_eq!(lines, [(2, true), (3, false), (4, true)]);
    }

    #[test]
    fn too_many_rows_are_refused_as_a_whole() {
        let file = "{}\n".repeat(MAX_ROWS + 1);
        assert!(json_lines(file.as_bytes()).unwrap_err().to_string().contains("100000 rows"));
    }
}
