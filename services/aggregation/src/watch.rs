//! `Watch`: counts as they change.

use std::time::Duration;

use ykien_domain::actor::Scope;
use ykien_domain::cube::Question;
use ykien_domain::ids::{DraftId, Revision, name};
use ykien_domain::query::GetDraft;
use ykien_domain::{Result, Violations};
use ykien_proto::v1;

use crate::aggregate::{counted, dimensions, render};
use crate::outlet::{self, Stream};
use crate::{Aggregation, freshness};

/// How soon a draft that changes is looked at again: what changed meanwhile is answered together.
const BUSY: Duration = Duration::from_millis(250);

/// How late a change of a quiet draft is noticed at most: each look costs the database one small read a stream.
const QUIET: Duration = Duration::from_secs(1);

pub(crate) async fn watch(
    service: &Aggregation,
    scope: Scope,
    request: v1::WatchRequest,
) -> Result<Stream<v1::WatchResponse>> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let mut seen = bad.take(freshness::revision("after_revision", request.after_revision));
    let group_by = dimensions(&request.group_by, &mut bad);
    bad.check()?;
    let question = Question { group_by, filter: counted(&draft, &request.filter)? };
    // Looked at before the stream opens: who may not see the draft takes no place among the streams.
    let mut present = revision(service, &scope, &draft).await?;
    let reader = service.clone();
    let agency = scope.agency().clone();
    outlet::open(service, &service.watches, agency, |outlet| async move {
        let mut pause = BUSY;
        loop {
            if present > seen {
                let table = &reader.cubes.ask(&scope, &draft, &question, 0).await?.table;
                seen = table.revision;
                pause = BUSY;
                outlet.send(v1::WatchResponse { aggregate: Some(render(&draft, table)) }).await;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(QUIET);
            present = revision(&reader, &scope, &draft).await?;
        }
    })
}

async fn revision(service: &Aggregation, scope: &Scope, draft: &DraftId) -> Result<Revision> {
    Ok(service.store.read(scope, GetDraft { draft: draft.clone() }).await?.revision)
}

#[cfg(test)]
mod tests {
    use tokio_stream::StreamExt;
    use tonic::Code;
    use ykien_domain::Reason;
    use ykien_domain::words::Role;

    use super::*;
    use crate::testing::House;

    fn request(after_revision: i64) -> v1::WatchRequest {
        v1::WatchRequest { draft: "drafts/nq20".into(), after_revision, ..Default::default() }
    }

    async fn next(stream: &mut Stream<v1::WatchResponse>) -> (i64, Revision) {
        let aggregate = stream.next().await.unwrap().unwrap().aggregate.unwrap();
        (aggregate.total, aggregate.revision)
    }

    #[tokio::test]
    async fn it_answers_at_once_and_then_whenever_the_draft_changes() {
        let house = House::open().await;
        let service = house.service();
        let first = house.comment("H37.05", "một").await;
        let mut stream = watch(&service, Scope::installation(), request(0)).await.unwrap();
        assert_eq!(next(&mut stream).await, (1, first));
        let second = house.comment("H37.06", "hai").await;
        assert_eq!(next(&mut stream).await, (2, second));
        let mut resumed = watch(&service, Scope::installation(), request(second)).await.unwrap();
        let third = house.comment("H37.06", "ba").await;
        assert_eq!(next(&mut resumed).await, (3, third));
    }

    #[tokio::test]
    async fn it_ends_when_the_server_stops_and_says_so() {
        let house = House::open().await;
        let service = house.service();
        let mut stream = watch(&service, Scope::installation(), request(0)).await.unwrap();
        next(&mut stream).await;
        service.shutdown.cancel();
        assert_eq!(stream.next().await.unwrap().unwrap_err().code(), Code::Unavailable);
        assert!(stream.next().await.is_none());
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_before_the_stream_opens() {
        let house = House::open().await;
        let service = house.service();
        let wrong = [
            (v1::WatchRequest { draft: "nq20".into(), ..request(0) }, Reason::InvalidField),
            (request(-1), Reason::InvalidField),
            (v1::WatchRequest { group_by: vec![2, 2], ..request(0) }, Reason::InvalidField),
            (v1::WatchRequest { filter: "late = true".into(), ..request(0) }, Reason::InvalidFilter),
        ];
        for (request, reason) in wrong {
            let error = watch(&service, Scope::installation(), request).await.map(|_| ()).unwrap_err();
            assert_eq!(error.reason, reason);
        }
        let stranger = House::scope("H37.99", Role::Contributor);
        let error = watch(&service, stranger, request(0)).await.map(|_| ()).unwrap_err();
        assert_eq!(error.reason, Reason::NotFound);
        assert_eq!(service.watches.in_use(), 0);
    }

    #[tokio::test]
    async fn a_client_that_goes_gives_its_place_back_and_there_are_only_so_many() {
        let house = House::open().await;
        let service = house.service();
        let scope = Scope::installation();
        let most = ykien_edge::limits::MAX_WATCHES.1;
        let others: Vec<_> =
            (1..most).map(|_| service.watches.take(Some(scope.agency().clone())).unwrap()).collect();
        let stream = watch(&service, scope.clone(), request(0)).await.unwrap();
        let error = watch(&service, scope, request(0)).await.map(|_| ()).unwrap_err();
        assert_eq!(error.reason, Reason::LimitExceeded);
        // Another agency has places of its own.
        let neighbour = House::scope("H37.02", Role::Observer);
        let theirs = watch(&service, neighbour, request(0)).await.unwrap();
        drop((stream, theirs, others));
        while service.watches.in_use() > 0 {
            tokio::task::yield_now().await;
        }
    }
}
