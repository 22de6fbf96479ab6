//! Where comments stand in a version.

use std::collections::BTreeMap;

use ykien_domain::Result;
use ykien_domain::ids::{CommentNumber, VersionNumber};
use ykien_domain::model::{Comment, Section};
use ykien_domain::query::{ListPlacements, Page};
use ykien_domain::section::{Placement, placements};

use super::Fetch;
use super::collect::{MAX_LOOKED_AT, SEARCHED_AT_ONCE};
use super::drafts::{sections, tree};
use super::work::Look;
use crate::page::page;

/// A version's tree, kept from one page of comments to the next: most were written on one version.
type Kept = Option<(VersionNumber, Vec<Section>)>;

impl Look<'_> {
    /// Where these comments stand in `now`, in their order. One version that they were written on is held at a time.
    async fn placed(
        &mut self,
        comments: Vec<Comment>,
        now: &[Section],
        kept: &mut Kept,
    ) -> Result<Vec<Placement>> {
        let mut by_version: BTreeMap<VersionNumber, Vec<Comment>> = BTreeMap::new();
        for comment in comments {
            by_version.entry(comment.version).or_default().push(comment);
        }
        let mut placed = Vec::new();
        for (version, comments) in by_version {
            let then = match kept.take() {
                Some((held, then)) if held == version => then,
                _ => tree(self.connection, self.draft.key, version).await?,
            };
            placed.extend(placements(&comments, &then, now));
            *kept = Some((version, then));
        }
        placed.sort_by_key(|placed| placed.comment);
        Ok(placed)
    }
}

impl Fetch for ListPlacements {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Placement, CommentNumber>> {
        let Self { version, state, mut after, limit, .. } = self;
        let version = look.version("version", version)?;
        let draft = look.draft.key;
        let now = sections(look.connection, draft, version).await?;
        let mut kept = None;
        // Every comment has a state: without one asked for, each is taken.
        let at_once = if state.is_none() { limit + 1 } else { SEARCHED_AT_ONCE as i64 };
        let (mut found, mut looked_at) = (Vec::new(), 0);
        loop {
            let comments = look.comments_after(after, at_once).await?;
            let more = comments.len() as i64;
            looked_at += more;
            after = comments.last().map_or(after, |comment| comment.number);
            let placed = look.placed(comments, &now, &mut kept).await?;
            found.extend(placed.into_iter().filter(|placed| state.is_none_or(|state| placed.state == state)));
            if more < at_once || found.len() as i64 > limit {
                return Ok(page(found, limit, |placed| placed.comment));
            }
            if looked_at >= MAX_LOOKED_AT {
                return Ok(Page { items: found, next: Some(after) });
            }
        }
    }
}
