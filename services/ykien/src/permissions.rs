//! `ykien permissions`: who may do what, out of the table that enforces it.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;
use ykien_domain::actor::Operation;
use ykien_domain::permissions::{LEGEND, TAKING_PART, cell};
use ykien_domain::words::Role;

use crate::cli::{PermissionsArgs, PermissionsFormat};
use crate::out;

/// `ykien permissions`.
///
/// # Errors
/// None: it needs no database and no server.
pub fn command(args: &PermissionsArgs) -> anyhow::Result<ExitCode> {
    let text = match args.format {
        PermissionsFormat::Text => text(),
        PermissionsFormat::Markdown => markdown(),
        PermissionsFormat::Json => format!("{:#}\n", json()),
    };
    out::line(text.trim_end());
    Ok(ExitCode::SUCCESS)
}

/// The groups in the table's order, each with its operations.
fn groups() -> impl Iterator<Item = &'static [Operation]> {
    Operation::ALL.chunk_by(|one, next| one.group() == next.group())
}

/// What each role may, in the order of [`Role::ALL`].
fn cells(operation: Operation) -> impl Iterator<Item = String> {
    Role::ALL.iter().map(move |role| cell(operation, *role))
}

fn text() -> String {
    let mut rows = vec![headings("OPERATION").collect::<Vec<_>>()];
    for operations in groups() {
        rows.extend(operations.first().map(|first| vec![String::new(), first.group().to_owned()]));
        rows.extend(operations.iter().map(|operation| {
            std::iter::once(format!("  {}", operation.as_str())).chain(cells(*operation)).collect()
        }));
    }
    // Of a group's row only the heading stands there: it is no cell.
    let width = |column: usize| {
        let cells = rows.iter().filter(|row| row.len() > 2).filter_map(|row| row.get(column));
        cells.map(|cell| cell.width()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..=Role::ALL.len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        if let [_, group] = row.as_slice() {
            let _ = writeln!(text, "\n{group}");
            continue;
        }
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(line, "{cell}{}  ", " ".repeat(width.saturating_sub(cell.width())));
        }
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text.push('\n');
    for (word, meaning) in LEGEND {
        let _ = writeln!(text, "{word}: {meaning}");
    }
    let _ = writeln!(text, "{TAKING_PART}");
    text
}

fn headings(first: &str) -> impl Iterator<Item = String> {
    std::iter::once(first.to_owned()).chain(Role::ALL.iter().map(|role| role.as_str().to_owned()))
}

/// The page `docs/permissions.md`.
fn markdown() -> String {
    let mut text = "# Who may do what\n\n\
        Written by `ykien permissions --format markdown` out of the table that enforces it; a test fails when this page \
        says anything else.\n\n"
        .to_owned();
    for (word, meaning) in LEGEND {
        let _ = writeln!(text, "- **{word}**: {meaning}");
    }
    let _ = writeln!(text, "\n{TAKING_PART}");
    for operations in groups() {
        let Some(first) = operations.first() else { continue };
        let headings: Vec<String> = headings("operation").collect();
        let _ = writeln!(text, "\n## {}\n\n| {} |", first.group(), headings.join(" | "));
        let _ = writeln!(text, "|{}", "---|".repeat(headings.len()));
        for operation in operations {
            let cells: Vec<String> = cells(*operation).collect();
            let (name, does) = (operation.as_str(), operation.does().trim());
            let _ = writeln!(text, "| **{name}**: {does} | {} |", cells.join(" | "));
        }
    }
    text
}

fn json() -> Value {
    let one = |operation: &Operation| {
        let may: serde_json::Map<String, Value> =
            Role::ALL.iter().map(|role| (role.as_str().to_owned(), cell(*operation, *role).into())).collect();
        json!({
            "operation": operation.as_str(),
            "group": operation.group(),
            "does": operation.does().trim(),
            "may": may,
        })
    };
    Operation::ALL.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_the_documentation_says_what_is_enforced() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");
        // `YKIEN_BLESS=1 cargo test -p ykien permissions` writes it anew.
        if std::env::var_os("YKIEN_BLESS").is_some() {
            std::fs::write(page, markdown()).unwrap();
        }
        assert_eq!(markdown(), std::fs::read_to_string(page).unwrap());
    }

    #[test]
    fn every_operation_stands_in_each_form_once() {
        let (text, json) = (text(), json());
        for operation in Operation::ALL {
            let name = operation.as_str();
            let lines = text.lines().filter(|line| line.split_whitespace().next() == Some(name));
            assert_eq!(lines.count(), 1, "{name}");
            let listed = json.as_array().unwrap().iter().filter(|one| one["operation"] == name);
            assert_eq!(listed.count(), 1, "{name}");
        }
    }
}
