//! A form becomes comments.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use ykien_domain::model::{Content, Section};
use ykien_domain::{Error, Result};

use super::cells::Cells;
use super::clause::Clauses;
use super::header::{Layout, layout};
use super::{Column, Form, FormRow};
use crate::grid::Refused;
use crate::grid::{Grid, place};

/// What stands for the member in a row that continues the one above it: a cell of a workbook holds 32,767 characters.
pub(super) const CONTINUED: &str = "…";
/// The longest name of a member, in characters. A row with no more than a member is one that was not filled in.
const MAX_MEMBER: usize = 40;

/// The comments of every form among the tables; clauses are looked up in the newest version's sections.
///
/// # Errors
/// `INVALID_FIELD` naming `file` when none of the tables is a form.
pub fn read(grids: &[Grid], sections: &[Section]) -> Result<Form> {
    let clauses = Clauses::new(sections);
    let mut form = Form::default();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut found = false;
    for grid in grids {
        let Some((layout, start)) = layout(grid) else { continue };
        found = true;
        for (number, cells) in rows(grid, &layout, start) {
            let member = cells.get(Column::Member).trim().to_owned();
            let only_member = Column::ALL.iter().skip(1).all(|column| cells.get(*column).trim().is_empty());
            if only_member && member.chars().count() <= MAX_MEMBER {
                continue;
            }
            match cells.content(&clauses) {
                Ok(content) => {
                    let hash = hash(&member, &content);
                    let occurrence = seen.entry(hash.clone()).and_modify(|count| *count += 1).or_insert(0);
                    form.rows.push(FormRow {
                        sheet: grid.name.clone(),
                        row: number,
                        member,
                        content,
                        observation: cells.get(Column::Observation).trim().to_owned(),
                        key: digest(&[&hash, &occurrence.to_string()]),
                    });
                }
                Err(bad) => form.refused.extend(bad.into_iter().map(|(column, reason)| Refused {
                    sheet: grid.name.clone(),
                    cell: place(layout.at(column).unwrap_or_default(), number),
                    reason,
                })),
            }
        }
    }
    if !found {
        let message = "has no commenting form of ISO, IEC or CEN: a table with the columns Clause, Type of comment, Comments, Proposed change";
        return Err(Error::field("file", message));
    }
    Ok(form)
}

/// The rows of a form with their numbers, continued ones joined, repeated headers left out.
fn rows(grid: &Grid, layout: &Layout, start: usize) -> Vec<(u32, Cells)> {
    let mut rows: Vec<(u32, Cells)> = Vec::new();
    for row in grid.rows.iter().skip(start).filter(|row| Layout::of_header(row).is_none()) {
        let text = |column| layout.cell(row, column);
        match rows.last_mut() {
            Some((_, above)) if text(Column::Member).trim() == CONTINUED => {
                for column in Column::ALL.into_iter().skip(1) {
                    above.add(column, text(column));
                }
            }
            _ => rows.push((row.number, Cells(Column::ALL.map(|column| text(column).to_owned())))),
        }
    }
    rows
}

fn hash(member: &str, content: &Content) -> String {
    let anchor = &content.anchor;
    digest(&[
        member,
        anchor.kind.as_str(),
        &anchor.section.to_string(),
        &anchor.quote,
        content.kind.0.as_str(),
        &content.title,
        &content.text,
        &content.proposed_change,
    ])
}

/// The first 32 hexadecimal digits of the SHA-256 of texts, each with its length before it.
fn digest(texts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    let mut hex = String::with_capacity(32);
    for byte in hasher.finalize().iter().take(16) {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
