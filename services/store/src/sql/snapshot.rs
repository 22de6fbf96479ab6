//! Snapshots: a draft and all its comments at one revision, read as they are wanted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sqlx::Connection as _;
use tokio::sync::{mpsc, oneshot};
use ykien_domain::actor::{Scope, may_ask_for};
use ykien_domain::filter::Filter;
use ykien_domain::ids::{AgencyCode, SectionId};
use ykien_domain::model::{Agency, Directive, Section};
use ykien_domain::query::{
    Collect, GetAgency, GetDraft, GetProgress, ListAgencies, ListDirectives, MAX_PAGE,
};
use ykien_domain::snapshot::{Count, Snapshot, SnapshotQuery};
use ykien_domain::words::Document;
use ykien_domain::{Error, Reason, Result};

use super::counts::count;
use super::drafts::tree;
use super::work::Look;
use super::{BEGIN_READ, Engine, Fetch};
use crate::error::OrDomain;
use crate::snapshot::{SnapshotComments, Wanted, ended};

/// The longest that a snapshot is held: what reads it writes a file, and waits for nobody.
const MAX_HELD: Duration = Duration::from_secs(600);

type Begun = (Snapshot, SnapshotComments);

impl Engine {
    pub(crate) async fn snapshot(&self, scope: &Scope, query: SnapshotQuery) -> Result<Begun> {
        let (begin, begun) = oneshot::channel();
        let (engine, scope) = (self.clone(), scope.clone());
        tokio::spawn(async move {
            // Dropped in the middle, the connection is closed, and nobody meets an open transaction.
            if tokio::time::timeout(MAX_HELD, engine.hold(&scope, query, begin)).await.is_err() {
                tracing::warn!(seconds = MAX_HELD.as_secs(), "a snapshot was held too long");
            }
        });
        begun.await.map_err(|_| ended())?
    }

    /// Begins a snapshot, and reads comments from it until nobody wants any more.
    async fn hold(&self, scope: &Scope, query: SnapshotQuery, begin: oneshot::Sender<Result<Begun>>) {
        let mut begin = Some(begin);
        if let Err(error) = self.hold_begun(scope, query, &mut begin).await {
            match begin.take() {
                Some(begin) => drop(begin.send(Err(error))),
                None => tracing::warn!(%error, "a snapshot ended early"),
            }
        }
    }

    async fn hold_begun(
        &self,
        scope: &Scope,
        query: SnapshotQuery,
        begin: &mut Option<oneshot::Sender<Result<Begun>>>,
    ) -> Result<()> {
        let mut connection = self.unhurried(self.reader.pool()).await?;
        let mut transaction = connection.begin_with(BEGIN_READ).await.or_domain()?;
        let operation = query.document.operation();
        let mut look = Look::begin(&mut transaction, scope, &self.clock, &query.draft, operation).await?;
        let filter = look.chosen(&query).await?;
        let snapshot = look.snapshot(&query).await?;
        if let Some(disclosure) = look.disclosed_in(&query).await? {
            // Durable before the first comment is handed out.
            self.disclosures.keep(look.draft.key, disclosure).await?;
        }
        let (wanted, mut asked) = mpsc::channel(1);
        if let Some(begin) = begin.take() {
            // Whoever asked has gone: the end comes at once, for nobody wants comments.
            drop(begin.send(Ok((snapshot, SnapshotComments { wanted }))));
        }
        while let Some(wanted) = asked.recv().await {
            look.give(&query, &filter, wanted).await;
        }
        drop(look);
        transaction.rollback().await.or_domain()
    }
}

impl Look<'_> {
    /// Which comments the document has.
    async fn chosen(&mut self, query: &SnapshotQuery) -> Result<Filter> {
        if query.min_revision > self.draft.revision {
            let message = format!(
                "the draft is at revision {}, not yet at {}",
                self.draft.revision, query.min_revision
            );
            return Err(Error::new(Reason::RevisionNotReached, message));
        }
        let mut parts = Vec::new();
        if let Some(round) = query.round {
            parts.push(format!("round = {}", self.visible_round(round).await?.number));
        }
        match query.document {
            Document::Slip | Document::CommentSheet => {
                let agency = may_ask_for(self.scope, &self.access, query.agency.as_ref())?;
                self.expect_known(&agency).await?;
                parts.push(format!("agency = {agency}"));
            }
            // Who answers for some comments decides those.
            Document::DecisionSheet if !self.access.runs => {
                parts.push(format!("responsible = {}", self.scope.agency()));
            }
            _ => {}
        }
        Filter::parse(&query.draft, "filter", &parts.join(" AND "))
    }

    async fn expect_known(&mut self, agency: &AgencyCode) -> Result<()> {
        let found = GetAgency { code: agency.clone() }.fetch(self).await;
        found.map(|_| ()).map_err(|error| match error.reason {
            Reason::NotFound => Error::field("agency", format!("agency {agency} is not known here")),
            _ => error,
        })
    }

    async fn snapshot(&mut self, query: &SnapshotQuery) -> Result<Snapshot> {
        let sections = tree(self.connection, self.draft.key, self.draft.version).await?;
        let progress = GetProgress { draft: query.draft.clone(), round: query.round }.fetch(self).await;
        let progress = match progress {
            Ok(progress) => Some(progress),
            Err(error) if error.reason == Reason::NotFound => None,
            Err(error) => return Err(error),
        };
        let counts = self.counted(query, &sections).await?;
        let directives = self.directives(query).await?;
        // Who sees a part of the comments may meet any agency in them; else those that are named are known beforehand.
        let mut named = BTreeSet::new();
        if self.access.sight.is_everything() {
            named.insert(AgencyCode::stored(self.draft.drafting_agency.clone()));
            named.extend(query.agency.clone());
            named.extend(counts.iter().flat_map(|count| [count.agency.clone(), count.responsible.clone()]));
            named.extend(sections.iter().filter_map(|section| section.responsible.clone()));
            named.extend(directives.iter().map(|directive| directive.responsible.clone()));
            named.extend(progress.iter().flat_map(|at| at.replies.iter().map(|reply| reply.agency.clone())));
        }
        let sections =
            sections.into_iter().map(|section| Section { body: String::new(), ..section }).collect();
        Ok(Snapshot {
            revision: self.draft.revision,
            sections,
            agencies: self.agencies(|code| !named.is_empty() && !named.contains(code)).await?,
            progress,
            directives,
            counts,
            draft: GetDraft { draft: query.draft.clone() }.fetch(self).await?,
        })
    }

    /// How many comments the document lists; nothing for who does not see all of them.
    async fn counted(&mut self, query: &SnapshotQuery, sections: &[Section]) -> Result<Vec<Count>> {
        if !self.access.sight.is_everything() {
            return Ok(Vec::new());
        }
        let answering: BTreeMap<SectionId, Option<&AgencyCode>> =
            sections.iter().map(|section| (section.id, section.responsible.as_ref())).collect();
        let drafting = AgencyCode::stored(self.draft.drafting_agency.clone());
        let mut counts = BTreeMap::new();
        for (cell, count) in count(self.connection, self.draft.key).await? {
            if query.round.is_some_and(|round| round != cell.round) {
                continue;
            }
            let inherited = answering.get(&cell.section).copied().flatten();
            let responsible = cell.assigned.as_ref().or(inherited).unwrap_or(&drafting).clone();
            *counts.entry((cell.section, cell.status, cell.agency, responsible)).or_default() += count;
        }
        let counts = counts.into_iter().map(|((section, status, agency, responsible), count)| Count {
            section,
            status,
            agency,
            responsible,
            count,
        });
        Ok(counts.collect())
    }

    /// The agencies, but for those that are not wanted.
    async fn agencies(
        &mut self,
        unwanted: impl Fn(&AgencyCode) -> bool,
    ) -> Result<BTreeMap<AgencyCode, Agency>> {
        let mut agencies = BTreeMap::new();
        let mut after = None;
        loop {
            let page = ListAgencies { after, limit: MAX_PAGE }.fetch(self).await?;
            let wanted = page.items.into_iter().filter(|agency| !unwanted(&agency.code));
            agencies.extend(wanted.map(|agency| (agency.code.clone(), agency)));
            after = page.next;
            if after.is_none() {
                return Ok(agencies);
            }
        }
    }

    async fn directives(&mut self, query: &SnapshotQuery) -> Result<Vec<Directive>> {
        let mut directives = Vec::new();
        let mut after = 0;
        loop {
            let page =
                ListDirectives { draft: query.draft.clone(), after, limit: MAX_PAGE }.fetch(self).await?;
            directives.extend(page.items);
            match page.next {
                Some(next) => after = next,
                None => return Ok(directives),
            }
        }
    }

    /// Reads the comments in this order, until the last or until nobody takes them.
    async fn give(&mut self, query: &SnapshotQuery, filter: &Filter, wanted: Wanted) {
        let mut after = None;
        loop {
            let collect = Collect {
                draft: query.draft.clone(),
                group: Some(wanted.group),
                filter: filter.clone(),
                after,
                limit: MAX_PAGE,
            };
            let (page, next) = match collect.fetch(self).await {
                Ok(page) => (Ok(page.items), page.next),
                Err(error) => (Err(error), None),
            };
            let last = next.is_none();
            let failed = page.is_err();
            // A page that took nothing is not the last.
            let empty = page.as_ref().is_ok_and(Vec::is_empty);
            if !empty && wanted.pages.send(page).await.is_err() {
                return;
            }
            if failed {
                return;
            }
            if last {
                let _ = wanted.pages.send(Ok(Vec::new())).await;
                return;
            }
            after = next;
        }
    }
}
