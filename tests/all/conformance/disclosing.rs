//! Reads of what is not for everybody leave a line.

use ykien_domain::Reason;
use ykien_domain::disclosure::{Disclosure, Range};
use ykien_domain::filter::Filter;
use ykien_domain::ids::{CommentNumber, Revision};
use ykien_domain::model::Comment;
use ykien_domain::query::{
    Collect, ExportAudit, GetComment, Group, ListComments, ListDisclosures, ListEvents, MAX_PAGE,
};
use ykien_domain::snapshot::SnapshotQuery;
use ykien_domain::words::{Document, Outcome, Visibility};
use ykien_store::Sink;

use crate::world::*;

behaviours_of_the_store! {
    whoever_is_shown_others_comments_leaves_a_line,
    reading_ones_own_and_what_everybody_reads_leaves_none,
}

async fn lines(w: &World) -> Vec<Disclosure> {
    let list = ListDisclosures { draft: draft(), after: None, limit: MAX_PAGE };
    w.base.store.read(&ADMIN.scope(), list).await.unwrap().answer.items
}

async fn list(w: &World, who: Who) {
    let filter = Filter::parse(&draft(), "filter", "").unwrap();
    let list = ListComments { draft: draft(), filter, after: None, limit: MAX_PAGE };
    w.base.store.read(&who.scope(), list).await.unwrap();
}

fn collection() -> Collect {
    let filter = Filter::parse(&draft(), "filter", "").unwrap();
    Collect { draft: draft(), group: Some(Group::Section), filter, after: None, limit: MAX_PAGE }
}

/// The numbers of the comments that were handed on, each with the revision for which it holds.
#[derive(Default)]
struct Taken(Vec<(CommentNumber, Revision)>);

impl Sink for Taken {
    fn take(&mut self, comment: Comment, revision: Revision) {
        self.0.push((comment.number, revision));
    }
}

async fn whoever_is_shown_others_comments_leaves_a_line(w: &World) {
    w.open(Rules { visibility: Visibility::Own, ..Rules::default() }).await;
    for who in [FINANCE, PLANNING, FINANCE] {
        w.submit(who, 1, "x").await;
    }
    w.decide(3, Outcome::Accepted).await;
    w.publish(&[3]).await;
    let address = Some("10.1.2.3".parse().unwrap());
    let collect = GetComment { draft: draft(), number: 2 };
    w.base.store.read(&OBSERVER.scope().from_address(address), collect).await.unwrap();
    let found = lines(w).await;
    let [line] = found.as_slice() else { panic!("one line: {found:?}") };
    assert_eq!((line.operation.as_str(), line.address), ("GetComment", address));
    assert_eq!(line.actor, *OBSERVER.scope().actor());
    assert_eq!(line.revision, w.revision().await);
    assert_eq!(line.shown, Range { comments: 1, lowest: 2, highest: 2 });
    // The third is published: everybody may read it.
    let all = Range { comments: 2, lowest: 1, highest: 2 };
    list(w, ADMIN).await;
    assert_eq!(lines(w).await.last().map(|line| line.shown), Some(all));
    for (who, left) in [(DRAFTER, 2), (OBSERVER, 3)] {
        let (taken, read) = w.base.store.collect(&who.scope(), collection(), Taken::default()).await.unwrap();
        assert_eq!(taken.0, [1, 2, 3].map(|number| (number, read.revision)), "{who:?}");
        assert_eq!(lines(w).await.len(), left, "{who:?}");
    }
    assert_eq!(lines(w).await.last().map(|line| line.shown), Some(all));
    let query = SnapshotQuery {
        draft: draft(),
        document: Document::Summary,
        round: None,
        agency: None,
        min_revision: 0,
    };
    w.base.store.snapshot(&OBSERVER.scope(), query).await.unwrap();
    let last = lines(w).await.pop().unwrap();
    assert_eq!((last.operation.as_str(), last.shown), ("ExportSummary", all));
    let events = ListEvents { draft: draft(), after: 0, limit: MAX_PAGE };
    w.base.store.read(&OBSERVER.scope(), events).await.unwrap();
    let log = ExportAudit { draft: draft(), after: 0, limit: MAX_PAGE };
    w.base.store.read(&OBSERVER.scope(), log).await.unwrap();
    let operations: Vec<_> = lines(w).await.iter().map(|line| line.operation.as_str()).collect();
    let expected = ["GetComment", "ListComments", "Collect", "ExportSummary", "ListEvents", "ExportAudit"];
    assert_eq!(operations, expected);
    let list = ListDisclosures { draft: draft(), after: None, limit: 1 };
    for who in [OBSERVER, DRAFTER, FINANCE] {
        let refused = w.base.store.read(&who.scope(), list.clone()).await.unwrap_err();
        assert_eq!(refused.reason, Reason::PermissionDenied, "{who:?}");
    }
}

async fn reading_ones_own_and_what_everybody_reads_leaves_none(w: &World) {
    w.open(Rules { visibility: Visibility::Participants, ..Rules::default() }).await;
    w.submit(FINANCE, 1, "x").await;
    for who in [FINANCE, PLANNING, DRAFTER, OBSERVER, ADMIN] {
        list(w, who).await;
    }
    assert_eq!(lines(w).await, []);
}
