//! Each list through either port, and the feed.

use std::future::Future;

use tonic::Status;
use ykien_domain::Result;
use ykien_domain::filter::Filter;
use ykien_domain::ids::{AgencyCode, CommentNumber, DraftId, Revision, RoundNumber, VersionNumber};
use ykien_domain::model;
use ykien_domain::query::{
    Collect, CompareVersions, Cursor, Group, ListAgencies, ListComments, ListDirectives, ListDrafts,
    ListInvitations, ListPlacements, ListResponses, ListRounds, ListSections, Page, WatchDraft,
};
use ykien_domain::section::{Placement, SectionComparison};
use ykien_domain::words::PlacementState;
use ykien_edge::wire::{self, names};
use ykien_proto::v1;
use ykien_store::Readable;

use super::{Answered, Clients, Who, World, draft};

/// A list that both ports page.
pub trait List: Sync {
    /// What the store is asked for a page.
    type Query: Readable<Answer = Page<Self::Item, Self::Cursor>>;
    /// An item, as the store has it.
    type Item: Send + 'static;
    /// Where a page of the store begins.
    type Cursor: Send + 'static;
    /// An item, as the contract shows it.
    type Shown: std::fmt::Debug + Clone + PartialEq + Send;
    /// The question for a page of the store.
    fn query(&self, after: Option<Self::Cursor>, limit: i64) -> Result<Self::Query>;
    /// The item as the contract shows it.
    fn show(&self, item: Self::Item) -> Self::Shown;
    /// A page over gRPC, and the next page's token.
    fn page(
        &self,
        to: Clients,
        size: i32,
        token: String,
    ) -> impl Future<Output = Result<(Vec<Self::Shown>, String), Status>> + Send;
}

macro_rules! lists {
    ($($(#[$doc:meta])* $list:ident $fields:tt of $item:ty, $cursor:ty:
        $query:ty = |$l:ident, $after:ident, $limit:ident| $ask:expr;
        $shown:ty = |$shower:ident, $one:ident| $show:expr;
        $service:ident.$rpc:ident, $items:ident: |$s:ident, $size:ident, $token:ident| $request:expr;)+) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $list $fields

        impl List for $list {
            type Query = $query;
            type Item = $item;
            type Cursor = $cursor;
            type Shown = $shown;

            fn query(&self, $after: Option<$cursor>, $limit: i64) -> Result<$query> {
                let $l = self;
                Ok($ask)
            }

            fn show(&self, $one: $item) -> $shown {
                let $shower = self;
                $show
            }

            async fn page(&self, mut to: Clients, $size: i32, $token: String) -> Result<(Vec<$shown>, String), Status> {
                let $s = self;
                let page = to.$service.$rpc($request).await?.into_inner();
                Ok((page.$items, page.next_page_token))
            }
        }
    )+ };
}

lists! {
    /// The agencies.
    Agencies {} of model::Agency, AgencyCode:
    ListAgencies = |_l, after, limit| ListAgencies { after, limit };
    v1::Agency = |_l, agency| wire::agency(agency);
    comments.list_agencies, agencies: |_l, page_size, page_token| v1::ListAgenciesRequest { page_size, page_token };

    /// The drafts.
    Drafts {} of model::Draft, DraftId:
    ListDrafts = |_l, after, limit| ListDrafts { after, limit };
    v1::Draft = |_l, draft| wire::draft(draft);
    comments.list_drafts, drafts: |_l, page_size, page_token| v1::ListDraftsRequest { page_size, page_token };

    /// A version's tree.
    Sections {
        /// The version; the newest when none.
        pub version: Option<VersionNumber>,
    } of model::Section, i64:
    ListSections = |l, after, limit| ListSections { draft: draft(), version: l.version, after, limit };
    v1::Section = |_l, section| wire::section(&draft(), section);
    comments.list_sections, sections: |l, page_size, page_token| v1::ListSectionsRequest {
        draft: names::draft(&draft()),
        version: l.version.unwrap_or_default(),
        page_size,
        page_token,
    };

    /// Two versions, section by section.
    Compared {
        /// The version compared.
        pub from: VersionNumber,
        /// The version that it is compared with; the newest when none.
        pub to: Option<VersionNumber>,
    } of SectionComparison, i64:
    CompareVersions = |l, after, limit| {
        CompareVersions { draft: draft(), from: l.from, to: l.to, after, limit }
    };
    v1::SectionComparison = |_l, compared| wire::section_comparison(&draft(), compared);
    comments.compare_versions, sections: |l, page_size, page_token| v1::CompareVersionsRequest {
        draft: names::draft(&draft()),
        from_version: l.from,
        to_version: l.to.unwrap_or_default(),
        page_size,
        page_token,
    };

    /// Where comments stand in a version.
    Placements {
        /// The version; the newest when none.
        pub version: Option<VersionNumber>,
        /// Only those in this state.
        pub state: Option<PlacementState>,
    } of Placement, CommentNumber:
    ListPlacements = |l, after, limit| {
        let after = after.unwrap_or(0);
        ListPlacements { draft: draft(), version: l.version, state: l.state, after, limit }
    };
    v1::Placement = |_l, placement| wire::placement(&draft(), placement);
    comments.list_placements, placements: |l, page_size, page_token| v1::ListPlacementsRequest {
        draft: names::draft(&draft()),
        version: l.version.unwrap_or_default(),
        state: l.state.map_or(0, |state| wire::placement_state(state).into()),
        page_size,
        page_token,
    };

    /// The rounds.
    Rounds {} of model::Round, RoundNumber:
    ListRounds = |_l, after, limit| ListRounds { draft: draft(), after: after.unwrap_or(0), limit };
    v1::Round = |_l, round| wire::round(&draft(), round);
    comments.list_rounds, rounds: |_l, page_size, page_token| {
        v1::ListRoundsRequest { draft: names::draft(&draft()), page_size, page_token }
    };

    /// A roster.
    Invitations {
        /// The round.
        pub round: RoundNumber,
    } of model::Invitation, i64:
    ListInvitations = |l, after, limit| {
        ListInvitations { draft: draft(), round: l.round, after: after.unwrap_or(0), limit }
    };
    v1::Invitation = |_l, invitation| wire::invitation(invitation);
    comments.list_invitations, invitations: |l, page_size, page_token| {
        v1::ListInvitationsRequest { round: names::numbered(&draft(), "rounds", l.round), page_size, page_token }
    };

    /// Comments by number.
    Comments {
        /// Which.
        pub filter: String,
    } of model::Comment, Cursor:
    ListComments = |l, after, limit| {
        ListComments { draft: draft(), filter: Filter::parse(&draft(), "filter", &l.filter)?, after, limit }
    };
    v1::Comment = |_l, comment| wire::comment(comment);
    comments.list_comments, comments: |l, page_size, page_token| {
        v1::ListCommentsRequest { draft: names::draft(&draft()), filter: l.filter.clone(), page_size, page_token, min_revision: 0 }
    };

    /// Comments in the draft's own reading order.
    Collected {
        /// What they are grouped by.
        pub group: Group,
        /// Which.
        pub filter: String,
    } of model::Comment, Cursor:
    Collect = |l, after, limit| {
        Collect { draft: draft(), group: Some(l.group), filter: Filter::parse(&draft(), "filter", &l.filter)?, after, limit }
    };
    v1::Comment = |_l, comment| wire::comment(comment);
    aggregation.collect, comments: |l, page_size, page_token| v1::CollectRequest {
        draft: names::draft(&draft()),
        group_by: grouping(l.group).into(),
        filter: l.filter.clone(),
        page_size,
        page_token,
        min_revision: 0,
    };

    /// Responses.
    Responses {
        /// Only of this round.
        pub round: Option<RoundNumber>,
    } of model::Response, i64:
    ListResponses = |l, after, limit| {
        ListResponses { draft: draft(), round: l.round, after: after.unwrap_or(0), limit }
    };
    v1::Response = |_l, response| wire::response(&draft(), response);
    comments.list_responses, responses: |l, page_size, page_token| v1::ListResponsesRequest {
        draft: names::draft(&draft()),
        round: names::numbered_or_empty(&draft(), "rounds", l.round),
        page_size,
        page_token,
    };

    /// Directives.
    Directives {} of model::Directive, i64:
    ListDirectives = |_l, after, limit| ListDirectives { draft: draft(), after: after.unwrap_or(0), limit };
    v1::Directive = |_l, directive| wire::directive(&draft(), directive);
    comments.list_directives, directives: |_l, page_size, page_token| {
        v1::ListDirectivesRequest { draft: names::draft(&draft()), page_size, page_token }
    };
}

fn grouping(group: Group) -> v1::Grouping {
    match group {
        Group::Section => v1::Grouping::Section,
        Group::Status => v1::Grouping::Status,
        Group::Agency => v1::Grouping::Agency,
        Group::Responsible => v1::Grouping::ResponsibleAgency,
    }
}

impl World {
    /// The draft's changes after this revision up to the present one, as the caller may see them: revision, kind and
    /// subject.
    pub async fn follow(&self, who: Who, after: Revision) -> Answered<Vec<(Revision, String, String)>> {
        let until = self.revision().await;
        let mut events = Vec::new();
        match &self.remote {
            None => {
                let mut after = after;
                while after < until {
                    // Small pages: a page may well hold nothing that the caller sees.
                    let query = WatchDraft { draft: draft(), after, limit: 2 };
                    let page = self.base.store.read(&who.scope(), query).await?.answer;
                    events.extend(page.items.iter().map(|event| wire::event(&draft(), event, true)));
                    after = page.next.expect("more events up to the draft's revision");
                }
            }
            Some(remote) => {
                let mut clients = remote.clients(who).await;
                let request = v1::WatchDraftRequest { draft: names::draft(&draft()), after_revision: after };
                let mut stream = clients.comments.watch_draft(request).await?.into_inner();
                let mut seen = after;
                while seen < until {
                    let message = stream.message().await?.expect("the stream goes on");
                    seen = message.revision;
                    events.extend(message.event);
                }
            }
        }
        Ok(events.into_iter().map(|event| (event.revision, event.kind, event.subject)).collect())
    }
}

/// A list read page by page, with time between the pages.
pub struct Reading<'w, L: List> {
    world: &'w World,
    who: Who,
    list: &'w L,
    after: Option<L::Cursor>,
    token: String,
    over: bool,
}

impl<'w, L: List> Reading<'w, L> {
    /// From the beginning.
    pub fn new(world: &'w World, who: Who, list: &'w L) -> Self {
        Self { world, who, list, after: None, token: String::new(), over: false }
    }

    /// The next page; none after the last.
    pub async fn next(&mut self, size: i32) -> Answered<Option<Vec<L::Shown>>> {
        if self.over {
            return Ok(None);
        }
        let page = match &self.world.remote {
            None => {
                let query = self.list.query(self.after.take(), i64::from(size))?;
                let page = self.world.base.store.read(&self.who.scope(), query).await?.answer;
                self.after = page.next;
                self.over = self.after.is_none();
                page.items.into_iter().map(|item| self.list.show(item)).collect()
            }
            Some(remote) => {
                let token = std::mem::take(&mut self.token);
                let (items, next) = self.list.page(remote.clients(self.who).await, size, token).await?;
                self.over = next.is_empty();
                self.token = next;
                items
            }
        };
        Ok(Some(page))
    }
}
