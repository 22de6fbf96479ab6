//! The proof of the log: each against its chain's seals, and the tables against what the log tells.

use std::collections::BTreeMap;

use serde::Serialize;
use ykien_domain::Result;
use ykien_domain::actor::{Access, Scope, Sight};
use ykien_domain::chain::{Chain, Entry, Seal};
use ykien_domain::event::Change;
use ykien_domain::ids::DraftId;
use ykien_domain::model::{Directive, Draft, Response, Round, Section};
use ykien_domain::person::{ERASED, commitment};
use ykien_domain::query::{ListAgencies, ListClients, MAX_PAGE};
use ykien_domain::section::{answer_for, digest};
use ykien_domain::time::{SharedClock, Timestamp};

use super::asked::Asked;
use super::comments::{comment_columns, comments_joined};
use super::directives::directive_columns;
use super::drafts::sections;
use super::responses::response_columns;
use super::rounds::round_columns;
use super::seals::{entries, sealed_to, seals};
use super::work::Look;
use super::{Connection, Fetch};
use crate::error::OrDomain;
use crate::replay::{Made, Naming, Replay, Trace};
use crate::rows::{
    DecisionRow, DirectiveRow, DraftRow, InvitationRow, LogName, PlacedRow, ResponseRow, RoundRow,
};
use crate::seal::{SealKeys, is_signed};

/// Rows read at a time: bounds the memory.
const PAGE: i64 = 500;

/// What the chain of a log is held against.
pub(super) struct Against<'a> {
    /// The keys that may have sealed it.
    pub(super) keys: &'a SealKeys,
    /// Heads of any log that were kept elsewhere.
    pub(super) heads: &'a [Seal],
}

/// Plays a log from its beginning: chains it, holds the chain against its seals, looks for its requests, and hands on each
/// event. Gives the differences, each a sentence without the log's name.
pub(super) async fn verify_chain(
    connection: &mut Connection,
    log: &LogName,
    against: &Against<'_>,
    mut take: impl FnMut(&Entry) -> Option<String>,
) -> Result<Vec<String>> {
    let mut differences = Vec::new();
    let mut asked = Asked::of(log);
    let sealed = expected(connection, log, against, &mut differences).await?;
    let mut sealed = sealed.into_iter().peekable();
    let mut chain = Chain::default();
    'log: loop {
        let page = entries(connection, log, chain.revision, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            if !chain.add(&entry) {
                differences.push(format!(
                    "event {} follows event {}: what was between them is gone",
                    entry.revision, chain.revision
                ));
                break 'log;
            }
            while let Some((seal, what)) = sealed.next_if(|(seal, _)| seal.revision == entry.revision) {
                if seal.hash != chain.hash() {
                    differences.push(format!("the events up to {} are not those of {what}", seal.revision));
                }
            }
            differences.extend(take(&entry));
            asked.add(&entry);
        }
        differences.extend(asked.differences(connection).await?);
    }
    asked.end();
    differences.extend(asked.differences(connection).await?);
    for (seal, what) in sealed {
        differences
            .push(format!("{what} covers {} events, but the log ends at {}", seal.revision, chain.revision));
    }
    Ok(differences)
}

/// The seals that the log must bear out, by revision, each with what it is.
async fn expected(
    connection: &mut Connection,
    log: &LogName,
    against: &Against<'_>,
    differences: &mut Vec<String>,
) -> Result<Vec<(Seal, String)>> {
    let mut expected = Vec::new();
    let mut last = 0;
    loop {
        let page = seals(connection, log.key, last, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for seal in page {
            let what = format!("its seal at {}", seal.revision);
            if seal.previous != last {
                differences.push(format!("{what} follows one at {} that is not there", seal.previous));
            }
            if !is_signed(&seal, against.keys) {
                differences.push(format!("{what} was not signed by a key of this installation"));
            }
            last = seal.revision;
            expected.push((seal, what));
        }
    }
    let told = sealed_to(connection, log.key).await?;
    if told != last {
        differences.push(format!("it was sealed to {told}, but its newest seal is at {last}"));
    }
    for head in against.heads.iter().filter(|head| head.draft == log.draft_id) {
        let what = format!("the head at {} that was kept elsewhere", head.revision);
        if !is_signed(head, against.keys) {
            differences.push(format!("{what} was not signed by a key of this installation"));
        }
        expected.push((head.clone(), what));
    }
    expected.sort_by_key(|(seal, _)| seal.revision);
    Ok(expected)
}

/// A draft's log against its seals, and its tables against its log.
pub(super) async fn verify_log(
    connection: &mut Connection,
    draft: &DraftRow,
    against: &Against<'_>,
) -> Result<Vec<String>> {
    let mut replay = Replay::default();
    let mut differences =
        verify_chain(connection, &draft.log(), against, |entry| {
            match serde_json::from_str::<Change>(&entry.change) {
                Ok(change) => {
                    replay.take(entry.revision, Timestamp(entry.at), change);
                    None
                }
                Err(_) => Some(format!("event {} can't be read", entry.revision)),
            }
        })
        .await?;
    let mut tables = Tables { connection, draft, replay, differences: Vec::new() };
    tables.draft();
    tables.sections().await?;
    tables.rounds().await?;
    tables.comments().await?;
    tables.decisions().await?;
    tables.responses_and_directives().await?;
    tables.persons().await?;
    differences.extend(tables.differences);
    Ok(differences)
}

/// A draft's tables beside what its log tells of them.
struct Tables<'t> {
    connection: &'t mut Connection,
    draft: &'t DraftRow,
    replay: Replay,
    differences: Vec<String>,
}

impl Tables<'_> {
    /// Compares what the tables have, item by item, with what the log tells; what is left of that is missing.
    fn compare<K: Ord, T: PartialEq>(
        &mut self,
        name: impl Fn(&K) -> String,
        found: impl IntoIterator<Item = (K, T)>,
        mut told: BTreeMap<K, T>,
    ) {
        for (key, item) in found {
            match told.remove(&key) {
                Some(expected) if expected == item => {}
                Some(_) => self.differences.push(format!("{} is not as the log tells", name(&key))),
                None => self.differences.push(format!("{} is not in the log", name(&key))),
            }
        }
        for key in told.keys() {
            self.differences.push(format!("{} is in the log and missing", name(key)));
        }
    }

    fn draft(&mut self) {
        let row = Draft::from(self.draft.clone());
        let told = self.replay.draft.take().map(|told| Draft {
            version: row.version,
            revision: row.revision,
            comment_count: row.comment_count,
            ..told
        });
        if told.as_ref() != Some(&row) {
            self.differences.push("the draft's own data are not as the log tells".to_owned());
        }
    }

    async fn sections(&mut self) -> Result<()> {
        let (draft, newest) = (self.draft.key, self.draft.version);
        for (version, told) in std::mem::take(&mut self.replay.versions) {
            let found = sections(self.connection, draft, version).await?;
            if told.is_some_and(|told| told != digest(&found)) {
                self.differences.push(format!("the sections of version {version} are not as the log tells"));
            }
        }
        let found = sections(self.connection, draft, newest).await?;
        let mut answering = found.clone();
        answer_for(&mut answering);
        for (section, answering) in found.iter().zip(answering) {
            let told = self.replay.assigned.get(&section.id).cloned().flatten();
            let Section { id, assigned, responsible, .. } = section;
            if *assigned != told || *responsible != answering.responsible {
                self.differences.push(format!("who answers for section {id} is not as the log tells"));
            }
        }
        Ok(())
    }

    async fn rounds(&mut self) -> Result<()> {
        let rows: Vec<RoundRow> = sqlx::query_as(concat!(
            "SELECT ",
            round_columns!(),
            " FROM rounds WHERE draft = $1 ORDER BY round"
        ))
        .bind(self.draft.key)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        let rounds = rows.into_iter().map(Round::try_from).collect::<Result<Vec<_>>>()?;
        let told = std::mem::take(&mut self.replay.rounds);
        self.compare(
            |number| format!("round {number}"),
            rounds.into_iter().map(|round| (round.number, round)),
            told,
        );
        let rows: Vec<InvitationRow> = sqlx::query_as(
            "SELECT round, agency, position FROM invitations WHERE draft = $1 ORDER BY round, position",
        )
        .bind(self.draft.key)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        let roster = rows.into_iter().map(ykien_domain::model::Invitation::from);
        let told = std::mem::take(&mut self.replay.roster);
        self.compare(
            |(round, agency)| format!("the invitation of {agency} to round {round}"),
            roster.map(|invitation| ((invitation.round, invitation.agency), invitation.position)),
            told,
        );
        Ok(())
    }

    /// By ranges of numbers, not by so many after a number: of a table that was filled a moment ago the planner knows nothing
    /// yet, and would sort all of the rest for each page.
    async fn comments(&mut self) -> Result<()> {
        let mut after = 0_i64;
        loop {
            let last = after.saturating_add(PAGE);
            let rows: Vec<PlacedRow> = sqlx::query_as(concat!(
                "SELECT ",
                comment_columns!(),
                ", '' AS group_key ",
                comments_joined!(),
                "WHERE c.draft = $1 AND c.number > $2 AND c.number <= $3 ORDER BY c.number"
            ))
            .bind(self.draft.key)
            .bind(after)
            .bind(last)
            .fetch_all(&mut *self.connection)
            .await
            .or_domain()?;
            after = last;
            if rows.is_empty() {
                // The house gives out numbers without gaps; what is in the table by another hand may stand anywhere.
                let next: Option<i64> =
                    sqlx::query_scalar("SELECT MIN(number) FROM comments WHERE draft = $1 AND number > $2")
                        .bind(self.draft.key)
                        .bind(after)
                        .fetch_one(&mut *self.connection)
                        .await
                        .or_domain()?;
                match next {
                    Some(next) => after = next - 1,
                    None => break,
                }
            }
            for row in rows {
                let number = row.comment.number;
                // What no word of the house stands for was not written by it.
                let found = row
                    .comment(DraftId::stored(self.draft.draft_id.clone()))
                    .map(|comment| Trace::of(&comment));
                match (self.replay.comments.remove(&number), found) {
                    (Some(told), Ok(found)) if told == found => {}
                    (Some(_), _) => {
                        self.differences.push(format!("comment {number} is not as the log tells"));
                    }
                    (None, _) => self.differences.push(format!("comment {number} is not in the log")),
                }
            }
        }
        let mut missing: Vec<i64> = self.replay.comments.keys().copied().collect();
        missing.sort_unstable();
        self.differences
            .extend(missing.iter().map(|number| format!("comment {number} is in the log and missing")));
        Ok(())
    }

    async fn decisions(&mut self) -> Result<()> {
        #[derive(sqlx::FromRow)]
        struct Row {
            number: i64,
            revision: i64,
            #[sqlx(flatten)]
            decision: DecisionRow,
            fallen: bool,
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT number, revision, outcome, explanation, agency, client, decided_at, fallen FROM decisions \
             WHERE draft = $1 ORDER BY number, revision",
        )
        .bind(self.draft.key)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        let found = rows
            .into_iter()
            .map(|Row { number, revision, decision, fallen }| {
                Ok(((number, revision), Made::of(&decision.try_into()?, fallen)))
            })
            .collect::<Result<Vec<_>>>()?;
        let told = std::mem::take(&mut self.replay.decisions);
        self.compare(
            |(number, revision)| format!("the decision of revision {revision} on comment {number}"),
            found,
            told,
        );
        Ok(())
    }

    async fn responses_and_directives(&mut self) -> Result<()> {
        let rows: Vec<ResponseRow> = sqlx::query_as(concat!(
            "SELECT ",
            response_columns!(),
            " FROM responses p WHERE p.draft = $1 ORDER BY p.response"
        ))
        .bind(self.draft.key)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        let responses = rows.into_iter().map(Response::try_from).collect::<Result<Vec<_>>>()?;
        let told = std::mem::take(&mut self.replay.responses);
        self.compare(
            |number| format!("response {number}"),
            responses.into_iter().map(|response| (response.number, response)),
            told,
        );
        let rows: Vec<DirectiveRow> = sqlx::query_as(concat!(
            "SELECT ",
            directive_columns!(),
            " FROM directives WHERE draft = $1 ORDER BY directive"
        ))
        .bind(self.draft.key)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        let directives = rows.into_iter().map(Directive::try_from).collect::<Result<Vec<_>>>()?;
        let told = std::mem::take(&mut self.replay.directives);
        self.compare(
            |number| format!("directive {number}"),
            directives.into_iter().map(|directive| (directive.number, directive)),
            told,
        );
        Ok(())
    }
}

impl Tables<'_> {
    /// Each person is named by the log, with the name that it stands for; or erased by it.
    async fn persons(&mut self) -> Result<()> {
        type Row = (String, String, String, String, String, i64, Option<i64>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT person, subject, salt, name, capacity, revision, erased FROM persons WHERE draft = $1 \
             ORDER BY person",
        )
        .bind(self.draft.key)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        let found = rows.into_iter().map(|(person, subject, salt, name, capacity, revision, erased)| {
            let stands = match erased {
                None => commitment(&salt, &name, &capacity) == person,
                Some(_) => (salt.as_str(), name.as_str(), capacity.as_str()) == ("", ERASED, ""),
            };
            (person, stands.then_some(Naming { subject, revision, erased }))
        });
        let found: Vec<_> = found.collect();
        let told = std::mem::take(&mut self.replay.persons);
        let told = told.into_iter().map(|(person, naming)| (person, Some(naming))).collect();
        self.compare(|person| person.clone(), found, told);
        Ok(())
    }
}

/// The registry's log against its seals, and agencies and clients against it: an event with one tells how it is then.
pub(super) async fn verify_registry_log(
    connection: &mut Connection,
    clock: &SharedClock,
    against: &Against<'_>,
) -> Result<Vec<String>> {
    let mut told: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    let mut differences = verify_chain(connection, &DraftRow::default().log(), against, |entry| {
        let Ok(mut change) = serde_json::from_str::<serde_json::Value>(&entry.change) else {
            return Some(format!("event {} can't be read", entry.revision));
        };
        for (thing, key) in [("agency", "code"), ("client", "client_id")] {
            if let Some(id) = change.get(thing).and_then(|thing| thing.get(key)) {
                let name = format!("{thing} {}", id.as_str().unwrap_or_default());
                told.insert(name, change.get_mut(thing).map(serde_json::Value::take).unwrap_or_default());
            }
        }
        // Of a draft its own log tells; here it is told that there is one, and its key.
        if let Some(id) = change.get("draft").and_then(|draft| draft.get("id")) {
            told.insert(format!("draft {}", id.as_str().unwrap_or_default()), entry.revision.into());
        }
        None
    })
    .await?;
    for (name, found) in registered(connection, clock).await? {
        match told.remove(&name) {
            Some(told) if told == found => {}
            Some(_) => differences.push(format!("{name} is not as the log tells")),
            None => differences.push(format!("{name} is not in the log")),
        }
    }
    differences.extend(told.keys().map(|name| format!("{name} is in the log and missing")));
    Ok(differences)
}

/// Every agency and client, as JSON; and the key of each draft.
async fn registered(
    connection: &mut Connection,
    clock: &SharedClock,
) -> Result<Vec<(String, serde_json::Value)>> {
    let scope = Scope::installation();
    let mut look = Look {
        connection,
        scope: &scope,
        clock,
        access: Access { sight: Sight::Everything, runs: false },
        draft: DraftRow::default(),
        now: clock.now(),
        sink: None,
    };
    let drafts: Vec<(String, i64)> = sqlx::query_as("SELECT draft_id, draft FROM drafts ORDER BY draft_id")
        .fetch_all(&mut *look.connection)
        .await
        .or_domain()?;
    let mut all: Vec<_> = drafts.into_iter().map(|(id, key)| (format!("draft {id}"), key.into())).collect();
    let mut list = ListAgencies { after: None, limit: MAX_PAGE };
    loop {
        let page = list.clone().fetch(&mut look).await?;
        all.extend(page.items.iter().map(|agency| (format!("agency {}", agency.code), value(agency))));
        let Some(next) = page.next else { break };
        list.after = Some(next);
    }
    let mut list = ListClients { after: None, limit: MAX_PAGE };
    loop {
        let page = list.clone().fetch(&mut look).await?;
        all.extend(page.items.iter().map(|client| (format!("client {}", client.client_id), value(client))));
        let Some(next) = page.next else { break };
        list.after = Some(next);
    }
    Ok(all)
}

fn value<T: Serialize>(thing: &T) -> serde_json::Value {
    // What the domain made has a JSON form.
    serde_json::to_value(thing).unwrap_or_default()
}
