//! What was said at a meeting, recorded for an agency.

use ykien_domain::command::{CloseRound, ConcludeRound, RecordOralOpinion};
use ykien_domain::cube::Dimension;
use ykien_proto::v1;

use crate::world::*;

behaviours! {
    an_oral_opinion_is_its_agencys_comment_through_the_channel_of_a_meeting,
    an_oral_opinion_goes_to_the_open_round_else_to_the_newest,
    an_oral_opinion_is_taken_while_the_round_is_decided_and_not_after,
    an_oral_opinion_names_its_speaker_and_its_agency_and_only_the_drafter_records_it,
}

fn said(text: &str) -> RecordOralOpinion {
    RecordOralOpinion {
        draft: draft(),
        round: None,
        agency: FINANCE.code(),
        speaker: "Giám đốc Sở Tài chính".to_owned(),
        content: content(2, text),
    }
}

async fn an_oral_opinion_is_its_agencys_comment_through_the_channel_of_a_meeting(w: &World) {
    w.open(Rules::default()).await;
    w.submit(FINANCE, 1, "x").await;
    let recorded = w.write(DRAFTER, said("Cần nêu rõ nguồn vốn")).await.unwrap();
    assert_eq!((recorded.number, recorded.agency.clone()), (2, FINANCE.name()));
    assert_eq!(recorded.channel(), v1::Channel::Meeting);
    assert_eq!((recorded.speaker.as_str(), recorded.late), ("Giám đốc Sở Tài chính", false));
    assert_eq!(w.get(FINANCE, 2).await.unwrap(), recorded);
    let counted = w.count(DRAFTER, &Counting::by(&[Dimension::Channel])).await.unwrap();
    let row = |word: &str| (vec![word.to_owned()], 1, 1);
    assert_eq!(counted.rows, [row("written"), row("meeting")]);
}

async fn an_oral_opinion_goes_to_the_open_round_else_to_the_newest(w: &World) {
    let refused = w.write(DRAFTER, said("x")).await.unwrap_err();
    assert_eq!(refused.reason, "ROUND_NOT_OPEN", "there is no round at all");
    let first = w.open(Rules::default()).await;
    w.prepare(Rules::default()).await;
    let recorded = w.write(DRAFTER, said("một")).await.unwrap();
    assert_eq!(recorded.round, named("rounds", first));
    let close =
        CloseRound { draft: draft(), round: first, allow_early: true, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    // The newest one is in preparation, and in that nothing is said yet.
    assert_eq!(w.write(DRAFTER, said("hai")).await.unwrap_err().reason, "ROUND_STATE");
    let named_round = RecordOralOpinion { round: Some(first), ..said("hai") };
    assert_eq!(w.write(DRAFTER, named_round).await.unwrap().round, named("rounds", first));
}

async fn an_oral_opinion_is_taken_while_the_round_is_decided_and_not_after(w: &World) {
    let round = w.open(Rules::default()).await;
    w.at(DEADLINE + 1).await;
    assert!(w.write(DRAFTER, said("muộn")).await.unwrap().late);
    let close = CloseRound { draft: draft(), round, allow_early: true, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.unwrap();
    assert_eq!(w.write(DRAFTER, said("tại cuộc họp")).await.unwrap().number, 2);
    w.write(DRAFTER, ConcludeRound { draft: draft(), round, allow_pending: true, etag: None }).await.unwrap();
    assert_eq!(w.write(DRAFTER, said("quá muộn")).await.unwrap_err().reason, "ROUND_STATE");
}

async fn an_oral_opinion_names_its_speaker_and_its_agency_and_only_the_drafter_records_it(w: &World) {
    w.open(Rules::default()).await;
    let revision = w.revision().await;
    let table = [
        (RecordOralOpinion { speaker: "  ".to_owned(), ..said("x") }, "speaker"),
        (RecordOralOpinion { agency: code("H99.99"), ..said("x") }, "agency"),
        (said(" "), "text"),
        (RecordOralOpinion { round: Some(9), ..said("x") }, "round"),
    ];
    for (command, field) in table {
        let refused = w.write(DRAFTER, command).await.unwrap_err();
        assert!(refused.reason == "INVALID_FIELD" && refused.names(field), "{field}: {refused:?}");
    }
    for who in [FINANCE, ANSWERING, OBSERVER] {
        assert_eq!(w.write(who, said("x")).await.unwrap_err().reason, "PERMISSION_DENIED", "{who:?}");
    }
    assert_eq!(w.revision().await, revision);
    // Also of an agency that nobody invited.
    let uninvited = RecordOralOpinion { agency: STRANGER.code(), ..said("x") };
    assert_eq!(w.write(DRAFTER, uninvited).await.unwrap().agency, STRANGER.name());
}
