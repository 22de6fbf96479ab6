//! The summary's table: every comment, in groups.

use std::collections::BTreeMap;

use ykien_domain::ids::{AgencyCode, SectionId};
use ykien_domain::model::Comment;
use ykien_domain::query::Group;
use ykien_domain::words::Status;
use ykien_domain::{Error, Reason, Result};

use super::opinion;
use crate::layout::{Canvas, Cell, Paragraph, Table};
use crate::official::{Official, cell, header, in_table, words};
use crate::snapshot::{Comments, Count};

/// The table, a row a comment.
pub(super) fn draw(
    official: &Official<'_>,
    comments: &mut dyn Comments,
    by: Group,
    canvas: &mut dyn Canvas,
) -> Result<()> {
    let of = |vietnamese, english| official.language.of(vietnamese, english);
    let place = match by {
        Group::Section => of("Nhóm vấn đề/mục", "Issue/section"),
        _ => of("Mục", "Section"),
    };
    let names = [
        place,
        of("Cơ quan góp ý", "Agency"),
        of("Nội dung góp ý", "Comment"),
        of("Tiếp thu, giải trình", "Outcome and explanation"),
    ];
    // Labels need less room than headings.
    let columns = match by {
        Group::Section => vec![34.0, 40.0, 96.0, 87.0],
        _ => vec![46.0, 40.0, 90.0, 81.0],
    };
    canvas.table(&Table { columns, header: header(&names), borders: true })?;
    let mut unlisted = Unlisted::new(&official.snapshot.counts);
    let mut under: Option<Key> = None;
    for comment in comments.collect(by)? {
        let comment = comment?;
        let key = Key::of(&comment, by);
        if under.as_ref() != Some(&key) {
            canvas.row(&[group(official, &key)])?;
            under = Some(key);
        }
        unlisted.take(&comment)?;
        // Under its group's heading a section is known by its label.
        let section = comment.content.anchor.section;
        let place = match by {
            Group::Section => official.section_label(section),
            _ => official.section_title(section),
        };
        canvas.row(&[
            cell(&place),
            opinion::whose(official, &comment),
            opinion::said(official, &comment, true),
            opinion::outcome(official, &comment, by != Group::Responsible),
        ])?;
    }
    unlisted.end()?;
    canvas.end_table()
}

/// What the comments of a group have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Key {
    Section(SectionId),
    Status(Status),
    Agency(AgencyCode),
    Responsible(AgencyCode),
}

impl Key {
    fn of(comment: &Comment, by: Group) -> Self {
        match by {
            Group::Section => Self::Section(comment.content.anchor.section),
            Group::Status => Self::Status(comment.status),
            Group::Agency => Self::Agency(comment.agency.clone()),
            Group::Responsible => Self::Responsible(comment.responsible.clone()),
        }
    }

    fn holds(&self, count: &Count) -> bool {
        match self {
            Self::Section(section) => count.section == *section,
            Self::Status(status) => count.status == *status,
            Self::Agency(agency) => count.agency == *agency,
            Self::Responsible(agency) => count.responsible == *agency,
        }
    }
}

/// The row above a group: what it is, and how many comments it has.
fn group(official: &Official<'_>, key: &Key) -> Cell {
    let name = match key {
        Key::Section(section) => official.section_path(*section),
        Key::Status(status) => official.language.status(*status).to_owned(),
        Key::Agency(agency) | Key::Responsible(agency) => official.agency(agency).to_owned(),
    };
    let count =
        official.snapshot.counts.iter().filter(|count| key.holds(count)).map(|count| count.count).sum();
    let text = format!("{name} ({})", official.comments(count));
    let paragraph = Paragraph { keep_with_next: true, outline: 2, ..in_table(words(&text, true).runs) };
    Cell { paragraphs: vec![paragraph], span: 4, shaded: true }
}

/// What was counted and is not listed yet. A document lists each comment that its totals count, and no other.
struct Unlisted(BTreeMap<(SectionId, Status, AgencyCode, AgencyCode), i64>);

impl Unlisted {
    fn new(counts: &[Count]) -> Self {
        let mut left = BTreeMap::new();
        for count in counts {
            *left
                .entry((count.section, count.status, count.agency.clone(), count.responsible.clone()))
                .or_insert(0) += count.count;
        }
        Self(left)
    }

    fn take(&mut self, comment: &Comment) -> Result<()> {
        let anchor = comment.content.anchor.section;
        let key = (anchor, comment.status, comment.agency.clone(), comment.responsible.clone());
        match self.0.get_mut(&key) {
            Some(left) if *left > 0 => {
                *left -= 1;
                Ok(())
            }
            _ => Err(Error::new(
                Reason::Internal,
                format!("comment {} was read but not counted", comment.number),
            )),
        }
    }

    fn end(self) -> Result<()> {
        match self.0.into_values().sum::<i64>() {
            0 => Ok(()),
            left => Err(Error::new(Reason::Internal, format!("{left} comments were counted but not read"))),
        }
    }
}
