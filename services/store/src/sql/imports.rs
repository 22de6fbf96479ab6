//! Sheets of comments: rows taken one by one, each known again by its key.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use ykien_domain::actor::may_speak_for;
use ykien_domain::command::{ImportComments, ImportRow, Imported, MAX_BATCH, ReviseComment, Taken};
use ykien_domain::ids::{AgencyCode, CommentNumber};
use ykien_domain::model::{Round, Source};
use ykien_domain::text::{MAX_LABEL, required};
use ykien_domain::words::Channel;
use ykien_domain::{Error, Result};

use super::Apply;
use super::comments::NewComment;
use super::work::Work;
use crate::error::OrDomain;

impl Apply for ImportComments {
    async fn apply(self, work: &mut Work<'_>) -> Result<Vec<Imported>> {
        if self.rows.is_empty() || self.rows.len() > MAX_BATCH {
            return Err(Error::field("rows", format!("must be 1 to {MAX_BATCH}, are {}", self.rows.len())));
        }
        let agency = may_speak_for(work.scope, &work.access, self.agency.as_ref())?;
        let round = work.round_for(self.round).await?;
        work.expect_admitted(&round, &agency).await?;
        let late = round.admit(work.now)?;
        let mut known = work.keyed_comments(&agency).await?;
        let mut results = Vec::with_capacity(self.rows.len());
        for (index, row) in self.rows.into_iter().enumerate() {
            // A refusal comes from a rule, before anything of the row is written; the database's own fault ends all.
            let result = match work.import(&round, &agency, late, &mut known, row).await {
                Err(error) if error.reason.http_status() >= 500 => return Err(error),
                result => result.map_err(|error| error.within(&format!("rows[{index}]"))),
            };
            results.push(Imported { result });
        }
        Ok(results)
    }
}

/// The comments that came with a key; none for a key that this very sheet has had.
type Known = HashMap<String, Option<CommentNumber>>;

impl Work<'_> {
    async fn import(
        &mut self,
        round: &Round,
        agency: &AgencyCode,
        late: bool,
        known: &mut Known,
        row: ImportRow,
    ) -> Result<Taken> {
        let key = required("key", &row.key, MAX_LABEL)?;
        let content = row.content.checked()?;
        match known.entry(key) {
            Entry::Occupied(mut entry) => {
                let Some(number) = entry.get_mut().take() else {
                    return Err(Error::field("key", "stands twice: each row is one comment"));
                };
                if self.comment(number).await?.content == content {
                    return Ok(Taken::Unchanged(number));
                }
                let draft = self.draft_id();
                Box::pin(ReviseComment { draft, number, content, etag: None }.apply(self)).await?;
                Ok(Taken::Revised(number))
            }
            Entry::Vacant(entry) => {
                let new = NewComment {
                    agency: agency.clone(),
                    content,
                    channel: Channel::Written,
                    speaker: String::new(),
                    response: None,
                    source: Source { id: entry.key().clone(), status: String::new() },
                    late,
                };
                let comment = self.insert_comment(round, new).await?;
                entry.insert(None);
                Ok(Taken::Submitted(comment.number))
            }
        }
    }

    /// The agency's comments that came with a key.
    async fn keyed_comments(&mut self, agency: &AgencyCode) -> Result<Known> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT source_id, number FROM comments WHERE draft = $1 AND agency = $2 AND source_id <> ''",
        )
        .bind(self.draft.key)
        .bind(agency.as_str())
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(rows.into_iter().map(|(key, number)| (key, Some(number))).collect())
    }
}
