//! A consultation with a little of everything: what counting, filtering and collecting are tried on.

use ykien_domain::command::{
    AssignComment, AssignSection, CloseRound, RecordOralOpinion, SubmitComment, WithdrawComment,
};
use ykien_domain::ids::ROOT;
use ykien_domain::model::{Content, KindOrGeneral};
use ykien_domain::words::{Admission, Kind, LateRule, Outcome, Visibility};

use crate::world::*;

/// Tells it: 36 comments in three rounds of each visibility, of every kind, channel, status and lateness, on every
/// section, one of which the second version no longer has.
pub(super) async fn tell(w: &World) {
    let rules = |visibility| Rules { visibility, late: LateRule::Accept, ..Rules::default() };
    w.open(rules(Visibility::Own)).await;
    w.open(rules(Visibility::Participants)).await;
    let last = w.open(Rules { admission: Admission::Anyone, ..rules(Visibility::AfterClose) }).await;
    let callers = [FINANCE, PLANNING, POLICE, FINANCE, DRAFTER];
    for n in 0..30_usize {
        if n == 24 {
            w.at(DEADLINE + 1).await;
        }
        let words = ["rà soát số liệu", "bổ sung Đánh giá", "lỗi chính tả"][n % 3];
        let text = Content {
            kind: KindOrGeneral(Kind::ALL[n % Kind::ALL.len()]),
            ..content((n * 7 % 6) as i64, &format!("Đề nghị {words} {n}"))
        };
        let command = SubmitComment { round: Some(1 + (n % 3) as i64), ..submission(text) };
        w.write(callers[n % callers.len()], command).await.expect("it is taken");
    }
    for section in [ROOT, 3, 5] {
        let command = SubmitComment { round: Some(last), ..submission(content(section, "Ý kiến thêm")) };
        w.write(STRANGER, command).await.expect("anyone is admitted");
        let command = RecordOralOpinion {
            draft: draft(),
            round: Some(1),
            agency: PLANNING.code(),
            speaker: "Phó Giám đốc".to_owned(),
            content: content(section, "Ý kiến tại cuộc họp"),
        };
        w.write(DRAFTER, command).await.expect("it is recorded");
    }
    let agency = Some(ANSWERING.code());
    w.write(DRAFTER, AssignSection { draft: draft(), section: 1, agency: agency.clone() })
        .await
        .expect("assigned");
    let planning = Some(PLANNING.code());
    w.write(DRAFTER, AssignSection { draft: draft(), section: 3, agency: planning.clone() })
        .await
        .expect("assigned");
    for (number, agency) in [(4, planning), (9, agency), (32, Some(FINANCE.code()))] {
        w.write(DRAFTER, AssignComment { draft: draft(), number, agency, etag: None })
            .await
            .expect("assigned");
    }
    for number in (1..=36).filter(|number| number % 4 != 0) {
        w.decide(number, Outcome::ALL[number as usize % 3]).await;
    }
    w.publish(&[1, 2, 3, 5, 6, 13, 14, 15, 31, 33]).await;
    for number in [8, 16, 17, 26] {
        let withdraw = WithdrawComment { draft: draft(), number, etag: None };
        w.write(DRAFTER, withdraw).await.expect("it is withdrawn");
    }
    let close =
        CloseRound { draft: draft(), round: last, allow_early: true, allow_pending: true, etag: None };
    w.write(DRAFTER, close).await.expect("the round closes");
    // Section 4 and with it 5 are gone; their comments are not.
    let sections = tree().into_iter().take(3).chain([section(None, "III", "Kiến nghị")]).collect();
    w.write(DRAFTER, version(sections)).await.expect("a version");
}

/// Everyone who sees something of it, each in a way of its own.
pub(super) const AUDIENCE: [Who; 6] = [DRAFTER, OBSERVER, FINANCE, POLICE, ANSWERING, STRANGER];
