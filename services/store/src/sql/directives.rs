//! Directives: issued, completed, listed.

use ykien_domain::actor::may_answer_for;
use ykien_domain::command::{CompleteDirective, IssueDirective};
use ykien_domain::comment::expect_etag;
use ykien_domain::event::Change;
use ykien_domain::ids::{AgencyCode, ROOT};
use ykien_domain::model::{Completion, Directive};
use ykien_domain::query::{ListDirectives, Page};
use ykien_domain::text::{MAX_LONG_TEXT, MAX_SHORT_TEXT, clean, required};
use ykien_domain::time::Date;
use ykien_domain::{Error, Reason, Result, Violations};

use super::persons::name_of;
use super::work::{Look, Work};
use super::{Apply, Fetch, Named};
use crate::error::OrDomain;
use crate::page::page;
use crate::rows::DirectiveRow;

macro_rules! directive_columns {
    () => {
        "directive, text, section, responsible, due, issued_by, issued_on, completion_note, completed_in, completed_at, \
         completed_agency, changed"
    };
}
pub(super) use directive_columns;

impl Apply for IssueDirective {
    fn persons(answer: &mut Directive) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.issued_by)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Directive> {
        let mut bad = Violations::default();
        let text = bad.take(required("text", &self.text, MAX_LONG_TEXT));
        let issued_by = bad.take(clean("issued_by", &self.issued_by, MAX_SHORT_TEXT));
        bad.check()?;
        if self.section != ROOT {
            work.section("section", self.section).await?;
        }
        let responsible =
            self.responsible.unwrap_or_else(|| AgencyCode::stored(work.draft.drafting_agency.clone()));
        work.expect_agency("responsible", &responsible).await?;
        work.draft.directive_count += 1;
        let subject = format!("directives/{}", work.draft.directive_count);
        let issued_by = work.keep_apart(subject, &issued_by, "").await?;
        let directive = Directive {
            number: work.draft.directive_count,
            text,
            section: self.section,
            responsible,
            due: self.due,
            issued_by,
            issued_on: self.issued_on,
            completion: None,
            changed: work.next_revision(),
        };
        sqlx::query(
            "INSERT INTO directives (draft, directive, text, section, responsible, due, issued_by, issued_on, changed) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(work.draft.key)
        .bind(directive.number)
        .bind(&directive.text)
        .bind(directive.section)
        .bind(directive.responsible.as_str())
        .bind(directive.due.as_ref().map(Date::as_str))
        .bind(&directive.issued_by)
        .bind(directive.issued_on.as_ref().map(Date::as_str))
        .bind(directive.changed)
        .execute(&mut *work.connection)
        .await
        .or_domain()?;
        work.emit(&Change::DirectiveIssued { directive: directive.clone() })?;
        Ok(directive)
    }
}

impl Apply for CompleteDirective {
    fn persons(answer: &mut Directive) -> Vec<Named<'_>> {
        vec![Named::name(&mut answer.issued_by)]
    }

    async fn apply(self, work: &mut Work<'_>) -> Result<Directive> {
        let note = required("note", &self.note, MAX_LONG_TEXT)?;
        if let Some(version) = self.version
            && !(1..=work.draft.version).contains(&version)
        {
            return Err(Error::field(
                "version",
                format!("must be a version of the draft, 1 to {}", work.draft.version),
            ));
        }
        let row: DirectiveRow = sqlx::query_as(concat!(
            "SELECT ",
            directive_columns!(),
            " FROM directives WHERE draft = $1 AND directive = $2"
        ))
        .bind(work.draft.key)
        .bind(self.number)
        .fetch_optional(&mut *work.connection)
        .await
        .or_domain()?
        .ok_or_else(Error::not_found)?;
        let before = Directive::try_from(row)?;
        may_answer_for(work.scope, &work.access, &before.responsible)?;
        expect_etag(self.etag, before.changed, "directive", self.number)?;
        if before.completion.is_some() {
            let message = format!("directive {} is already complete", self.number);
            return Err(Error::new(Reason::DirectiveComplete, message));
        }
        let completion =
            Completion { note, version: self.version, at: work.now, agency: work.scope.agency().clone() };
        let changed = work.next_revision();
        sqlx::query(
            "UPDATE directives SET completion_note = $3, completed_in = $4, completed_at = $5, completed_agency = $6, \
             changed = $7 WHERE draft = $1 AND directive = $2",
        )
        .bind(work.draft.key)
        .bind(self.number)
        .bind(&completion.note)
        .bind(completion.version)
        .bind(completion.at.0)
        .bind(completion.agency.as_str())
        .bind(changed)
        .execute(&mut *work.connection)
        .await
        .or_domain()?;
        let directive = Directive { completion: Some(completion), changed, ..before.clone() };
        work.emit(&Change::DirectiveCompleted { before: Some(before), directive: directive.clone() })?;
        Ok(directive)
    }
}

impl Fetch for ListDirectives {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Directive, i64>> {
        let rows: Vec<DirectiveRow> = sqlx::query_as(concat!(
            "SELECT directive, text, section, responsible, due, ",
            name_of!("directives", "issued_by"),
            ", issued_on, completion_note, completed_in, completed_at, completed_agency, changed",
            " FROM directives WHERE draft = $1 AND directive > $2 ORDER BY directive LIMIT $3"
        ))
        .bind(look.draft.key)
        .bind(self.after)
        .bind(self.limit + 1)
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
        let directives = rows.into_iter().map(Directive::try_from).collect::<Result<Vec<_>>>()?;
        Ok(page(directives, self.limit, |directive| directive.number))
    }
}
