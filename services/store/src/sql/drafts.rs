//! Drafts, their versions and sections, and who answers for a section.

use std::collections::HashSet;

use ykien_domain::actor::may_found;
use ykien_domain::command::{AssignSection, CreateDraft, CreateVersion, VersionCreated};
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, DraftId, SectionId, VersionNumber};
use ykien_domain::model::{Draft, Section};
use ykien_domain::query::{CompareVersions, GetDraft, ListDrafts, ListSections, Page};
use ykien_domain::section::{SectionComparison, answer_for, checked, compare, created, digest, next_version};
use ykien_domain::text::{MAX_LONG_TEXT, MAX_SECTION_TEXT, MAX_SHORT_TEXT, clean, required};
use ykien_domain::words::Role;
use ykien_domain::{Error, Reason, Result, Violations};

use super::work::{Look, Work, draft_columns};
use super::{Apply, Connection, Fetch};
use crate::error::OrDomain;
use crate::page::page;
use crate::rows::{DraftKey, DraftRow, SectionRow};

/// The columns of a `SectionRow` without the text, which can be long.
macro_rules! section_columns_bare {
    () => {
        "section, parent, position, depth, level, label, heading, '' AS body, assigned, responsible, removed "
    };
}

macro_rules! section_columns {
    () => {
        "section, parent, position, depth, level, label, heading, body, assigned, responsible, removed"
    };
}

/// A version's tree in reading order, without the texts.
pub(super) async fn tree(
    connection: &mut Connection,
    draft: DraftKey,
    version: VersionNumber,
) -> Result<Vec<Section>> {
    let rows: Vec<SectionRow> = sqlx::query_as(concat!(
        "SELECT ",
        section_columns_bare!(),
        "FROM sections WHERE draft = $1 AND version = $2 ORDER BY position"
    ))
    .bind(draft)
    .bind(version)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    Ok(rows.into_iter().map(Section::from).collect())
}

impl Work<'_> {
    async fn insert_section(
        &mut self,
        draft: DraftKey,
        version: VersionNumber,
        section: &Section,
    ) -> Result<()> {
        sqlx::query(
            "INSERT INTO sections (draft, version, section, parent, position, depth, level, label, heading, body, \
             assigned, responsible, removed) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        )
        .bind(draft)
        .bind(version)
        .bind(section.id)
        .bind(section.parent)
        .bind(section.position)
        .bind(section.depth)
        .bind(&section.level)
        .bind(&section.label)
        .bind(&section.heading)
        .bind(&section.body)
        .bind(section.assigned.as_ref().map(AgencyCode::as_str))
        .bind(section.responsible.as_ref().map(AgencyCode::as_str))
        .bind(section.removed)
        .execute(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(())
    }

    /// The section of the newest version with this id, without its text; none for one that was removed.
    pub(super) async fn find_section(&mut self, id: SectionId) -> Result<Option<Section>> {
        let row: Option<SectionRow> = sqlx::query_as(concat!(
            "SELECT ",
            section_columns_bare!(),
            "FROM sections WHERE draft = $1 AND version = $2 AND section = $3"
        ))
        .bind(self.draft.key)
        .bind(self.draft.version)
        .bind(id)
        .fetch_optional(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(row.map(Section::from).filter(|section| !section.removed))
    }
}

impl Apply for CreateDraft {
    async fn apply(self, work: &mut Work<'_>) -> Result<Draft> {
        let mut bad = Violations::default();
        let title = bad.take(required("title", &self.title, MAX_SHORT_TEXT));
        let summary = bad.take(clean("summary", &self.summary, MAX_LONG_TEXT));
        bad.check()?;
        may_found(work.scope, &self.drafting_agency)?;
        work.expect_agency("drafting_agency", &self.drafting_agency).await?;
        let id = match self.id {
            Some(id) => id,
            None => DraftId::stored(work.clock.new_id().to_string()),
        };
        let exists: Option<(i64,)> = sqlx::query_as("SELECT draft FROM drafts WHERE draft_id = $1")
            .bind(id.as_str())
            .fetch_optional(&mut *work.connection)
            .await
            .or_domain()?;
        if exists.is_some() {
            return Err(Error::new(Reason::AlreadyExists, format!("draft {id} exists already")));
        }
        // The revision of the registry's event that tells of it.
        let key = work.next_revision();
        sqlx::query(
            "INSERT INTO drafts (draft, draft_id, title, summary, drafting_agency, arranged, version, section_count, \
             round_count, response_count, directive_count, created_at, changed) \
             VALUES ($1, $2, $3, $4, $5, 1, 0, 0, 0, 0, 0, $6, 1)",
        )
        .bind(key)
        .bind(id.as_str())
        .bind(&title)
        .bind(&summary)
        .bind(self.drafting_agency.as_str())
        .bind(work.now.0)
        .execute(&mut *work.connection)
        .await
        .or_domain()?;
        // The whole document is there before its first version, so that a comment can always stand on it.
        let root = Section { level: "document".to_owned(), heading: title.clone(), ..Section::default() };
        work.insert_section(key, 0, &root).await?;
        let draft = Draft {
            id: id.clone(),
            title,
            summary,
            drafting_agency: self.drafting_agency,
            version: 0,
            revision: 1,
            comment_count: 0,
            created_at: work.now,
            changed: 1,
        };
        let change = Change::DraftCreated { draft: draft.clone() };
        work.emit_first(key, &change)?;
        // The registry's log knows of it too.
        work.emit(&change)?;
        Ok(draft)
    }
}

impl Fetch for GetDraft {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Draft> {
        let mut draft = Draft::from(look.draft.clone());
        if !look.access.sight.is_everything() {
            draft.comment_count = 0;
        }
        Ok(draft)
    }
}

impl Fetch for ListDrafts {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Draft, DraftId>> {
        // The same relations as `access` weighs, as one predicate.
        let rows: Vec<DraftRow> = sqlx::query_as(concat!(
            "SELECT ",
            draft_columns!(),
            " FROM drafts d WHERE d.draft_id > $1 AND ($3 OR d.drafting_agency = $4 \
             OR EXISTS (SELECT 1 FROM invitations i JOIN rounds r ON r.draft = i.draft AND r.round = i.round \
                 WHERE i.draft = d.draft AND i.agency = $4 AND r.state <> 'preparing') \
             OR EXISTS (SELECT 1 FROM rounds r \
                 WHERE r.draft = d.draft AND r.admission = 'anyone' AND r.state <> 'preparing') \
             OR EXISTS (SELECT 1 FROM sections s \
                 WHERE s.draft = d.draft AND s.version = d.version AND s.assigned = $4) \
             OR EXISTS (SELECT 1 FROM directives x WHERE x.draft = d.draft AND x.responsible = $4) \
             OR EXISTS (SELECT 1 FROM comments c WHERE c.draft = d.draft AND c.assigned = $4)) \
             ORDER BY d.draft_id LIMIT $2"
        ))
        .bind(self.after.as_ref().map_or("", DraftId::as_str))
        .bind(self.limit + 1)
        .bind(look.scope.sees_all_drafts())
        .bind(look.scope.agency().as_str())
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let scope = look.scope;
        let drafts = rows
            .into_iter()
            .map(|row| {
                let mut draft = Draft::from(row);
                let own = scope.actor().role == Role::Drafter && draft.drafting_agency == *scope.agency();
                if !scope.sees_all_drafts() && !own {
                    draft.comment_count = 0;
                }
                draft
            })
            .collect();
        Ok(page(drafts, self.limit, |draft| draft.id.clone()))
    }
}

impl Apply for CreateVersion {
    async fn apply(self, work: &mut Work<'_>) -> Result<VersionCreated> {
        let preamble = clean("preamble", &self.preamble, MAX_SECTION_TEXT)?;
        let new = checked(self.sections)?;
        let before = self::sections(work.connection, work.draft.key, work.draft.version).await?;
        let sections = next_version(&work.draft.title, preamble, &before, new, work.draft.section_count + 1)?;
        work.draft.version += 1;
        work.draft.section_count =
            sections.iter().map(|section| section.id).fold(work.draft.section_count, i64::max);
        let (draft, version) = (work.draft.key, work.draft.version);
        for section in &sections {
            work.insert_section(draft, version, section).await?;
        }
        work.draft.changed = work.next_revision();
        let created = created(version, &before, &sections);
        let live: HashSet<SectionId> =
            before.iter().filter(|section| !section.removed).map(|section| section.id).collect();
        let newly_removed = |section: &&Section| section.removed && live.contains(&section.id);
        let change = Change::VersionCreated {
            version,
            sections: created.sections,
            removed: sections.iter().filter(newly_removed).map(|section| section.id).collect(),
            digest: Some(digest(&sections)),
        };
        work.emit(&change)?;
        Ok(created)
    }
}

/// A version's tree in reading order, with the texts.
pub(super) async fn sections(
    connection: &mut Connection,
    draft: DraftKey,
    version: VersionNumber,
) -> Result<Vec<Section>> {
    let rows: Vec<SectionRow> = sqlx::query_as(concat!(
        "SELECT ",
        section_columns!(),
        " FROM sections WHERE draft = $1 AND version = $2 ORDER BY position"
    ))
    .bind(draft)
    .bind(version)
    .fetch_all(&mut *connection)
    .await
    .or_domain()?;
    Ok(rows.into_iter().map(Section::from).collect())
}

impl Look<'_> {
    /// The version named, or the newest.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `field` where the draft does not have it.
    pub(super) fn version(&self, field: &str, version: Option<VersionNumber>) -> Result<VersionNumber> {
        let newest = self.draft.version;
        match version.unwrap_or(newest) {
            version if (0..=newest).contains(&version) => Ok(version),
            _ => Err(Error::field(field, format!("must be 1 to {newest}"))),
        }
    }
}

impl Fetch for CompareVersions {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<SectionComparison, i64>> {
        let from = look.version("from", Some(self.from))?;
        let to = look.version("to", self.to)?;
        let draft = look.draft.key;
        let before = sections(look.connection, draft, from).await?;
        let after = sections(look.connection, draft, to).await?;
        let passed = self.after.map_or(0, |place| usize::try_from(place + 1).unwrap_or(usize::MAX));
        let limit = usize::try_from(self.limit + 1).unwrap_or(0);
        let compared = compare(&before, &after).into_iter().skip(passed).take(limit).collect();
        Ok(page(compared, self.limit, |section: &SectionComparison| section.position))
    }
}

impl Fetch for ListSections {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Section, i64>> {
        let version = look.version("version", self.version)?;
        let rows: Vec<SectionRow> = sqlx::query_as(concat!(
            "SELECT ",
            section_columns!(),
            " FROM sections WHERE draft = $1 AND version = $2 AND position > $3 ORDER BY position LIMIT $4"
        ))
        .bind(look.draft.key)
        .bind(version)
        .bind(self.after.unwrap_or(-1))
        .bind(self.limit + 1)
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let sections = rows.into_iter().map(Section::from).collect();
        Ok(page(sections, self.limit, |section: &Section| section.position))
    }
}

impl Apply for AssignSection {
    async fn apply(self, work: &mut Work<'_>) -> Result<Section> {
        if let Some(agency) = &self.agency {
            work.expect_agency("agency", agency).await?;
        }
        let draft = work.draft.key;
        let before = tree(work.connection, draft, work.draft.version).await?;
        let mut after = before.clone();
        let place =
            after.iter().position(|section| section.id == self.section).ok_or_else(Error::not_found)?;
        let assigned = std::mem::replace(&mut after[place].assigned, self.agency.clone());
        if assigned == self.agency {
            return Ok(after.swap_remove(place));
        }
        answer_for(&mut after);
        for (old, new) in before.iter().zip(&after) {
            if old.assigned == new.assigned && old.responsible == new.responsible {
                continue;
            }
            sqlx::query(
                "UPDATE sections SET assigned = $4, responsible = $5 \
                 WHERE draft = $1 AND version = $2 AND section = $3",
            )
            .bind(draft)
            .bind(work.draft.version)
            .bind(new.id)
            .bind(new.assigned.as_ref().map(AgencyCode::as_str))
            .bind(new.responsible.as_ref().map(AgencyCode::as_str))
            .execute(&mut *work.connection)
            .await
            .or_domain()?;
        }
        let change = Change::SectionAssigned { section: self.section, before: assigned, agency: self.agency };
        work.emit(&change)?;
        Ok(after.swap_remove(place))
    }
}
