//! `Reconcile`: every agency and every comment traced to its end.

use ykien_domain::Result;
use ykien_domain::actor::Scope;
use ykien_domain::ids::{DraftId, Revision, name};
use ykien_domain::query::{self, Reconciliation};
use ykien_edge::limits::MAX_NAMED;
use ykien_edge::wire::{self, names};
use ykien_proto::v1;

use crate::Aggregation;

pub(crate) async fn reconcile(
    service: &Aggregation,
    scope: Scope,
    request: v1::ReconcileRequest,
) -> Result<v1::ReconcileResponse> {
    let draft = name::draft("draft", &request.draft)?;
    let read = service.store.read(&scope, query::Reconcile { draft: draft.clone() }).await?;
    Ok(render(&draft, &read.answer, read.revision))
}

fn render(draft: &DraftId, found: &Reconciliation, revision: Revision) -> v1::ReconcileResponse {
    let named = |collection: &str, numbers: &[i64]| {
        numbers.iter().take(MAX_NAMED).map(|number| names::numbered(draft, collection, *number)).collect()
    };
    v1::ReconcileResponse {
        received: found.received,
        found: found.found,
        by_status: found
            .by_status
            .iter()
            .map(|(status, count)| v1::StatusCount { status: wire::status(*status).into(), count: *count })
            .collect(),
        pending_comments: named("comments", &found.pending),
        unpublished_comments: named("comments", &found.unpublished),
        unanswered: found
            .unanswered
            .iter()
            .map(|(round, agency)| v1::UnansweredInvitation {
                round: names::numbered(draft, "rounds", *round),
                agency: names::agency(agency),
            })
            .collect(),
        open_directives: named("directives", &found.open_directives),
        remainder: i64::try_from(found.remainder()).unwrap_or(i64::MAX),
        revision,
        unpublished_count: i64::try_from(found.unpublished.len()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests {
    use ykien_domain::Reason;
    use ykien_domain::words::{Role, Status};

    use super::*;
    use crate::testing::{DEADLINE, House, draft};

    #[test]
    fn what_is_left_is_counted_whole_and_named_up_to_a_bound() {
        let numbers: Vec<i64> = (1..).take(MAX_NAMED + 1).collect();
        let found =
            Reconciliation { unpublished: numbers.clone(), pending: numbers, ..Reconciliation::default() };
        let answer = render(&draft(), &found, 1);
        assert_eq!(
            (answer.pending_comments.len(), answer.unpublished_comments.len()),
            (MAX_NAMED, MAX_NAMED)
        );
        assert_eq!(answer.unpublished_count, MAX_NAMED as i64 + 1);
        assert_eq!(answer.remainder, 2 * (MAX_NAMED as i64 + 1));
    }

    fn request() -> v1::ReconcileRequest {
        v1::ReconcileRequest { draft: "drafts/nq20".into() }
    }

    #[tokio::test]
    async fn what_is_left_is_named_one_by_one() {
        let house = House::open().await;
        let service = house.service();
        house.comment("H37.05", "một").await;
        let revision = house.comment("H37.05", "hai").await;
        house.clock.set(DEADLINE.plus_seconds(1));
        let found = reconcile(&service, Scope::installation(), request()).await.unwrap();
        assert_eq!((found.received, found.found, found.revision), (2, 2, revision));
        assert_eq!(found.pending_comments, ["drafts/nq20/comments/1", "drafts/nq20/comments/2"]);
        assert_eq!(found.by_status.iter().map(|entry| entry.count).sum::<i64>(), 2);
        // H37.06 is held to agree by its silence; H37.05 has comments but never signed.
        let unanswered: Vec<_> = found.unanswered.iter().map(|left| left.agency.as_str()).collect();
        assert_eq!(unanswered, ["agencies/H37.05"]);
        assert_eq!(found.remainder, 3);
    }

    #[tokio::test]
    async fn a_contributor_may_not_trace_the_others() {
        let house = House::open().await;
        let contributor = House::scope("H37.06", Role::Contributor);
        let error = reconcile(&house.service(), contributor, request()).await.unwrap_err();
        assert_eq!(error.reason, Reason::PermissionDenied);
    }

    #[test]
    fn each_status_keeps_its_word() {
        let found = Reconciliation {
            by_status: vec![(Status::Rejected, 4)],
            found: 4,
            received: 4,
            ..Default::default()
        };
        let rendered = render(&draft(), &found, 9);
        assert_eq!(rendered.by_status[0].status(), v1::CommentStatus::Rejected);
        assert_eq!(rendered.remainder, 0);
    }
}
