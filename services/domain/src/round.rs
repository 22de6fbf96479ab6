//! The rules of a round: what each state allows, when a submission is late, what closing needs.

use std::collections::BTreeMap;

use crate::ids::AgencyCode;
use crate::model::{Invitation, Reply, Response, Round};
use crate::time::Timestamp;
use crate::words::{LateRule, ReplyState, RoundState, SilenceRule, Visibility};
use crate::{Error, Reason, Result};

impl Round {
    /// Whether others' comments are shown to those who take part, before publication.
    #[must_use]
    pub fn shows_others(&self) -> bool {
        match self.visibility {
            Visibility::Own => false,
            Visibility::AfterClose => matches!(self.state, RoundState::Closed | RoundState::Concluded),
            Visibility::Participants => self.state != RoundState::Preparing,
        }
    }

    /// Whether a submission now is taken, and if so whether it is late.
    ///
    /// # Errors
    /// `ROUND_NOT_OPEN`, or `DEADLINE_PASSED` when the round refuses late submissions.
    pub fn admit(&self, now: Timestamp) -> Result<bool> {
        if self.state != RoundState::Open {
            let message = format!("round {} is {}, not open", self.number, self.state.as_str());
            return Err(Error::new(Reason::RoundNotOpen, message));
        }
        let late = now > self.deadline;
        if late && self.late_rule == LateRule::Refuse {
            let message = format!("the deadline of round {} was {}", self.number, self.deadline);
            return Err(Error::new(Reason::DeadlinePassed, message));
        }
        Ok(late)
    }

    /// Opens a round that is being prepared.
    ///
    /// # Errors
    /// `ROUND_STATE` from another state; `INVALID_FIELD` when the deadline has passed already.
    pub fn open(mut self, now: Timestamp) -> Result<Self> {
        self.expect_state(&[RoundState::Preparing], "opened")?;
        if self.deadline <= now {
            return Err(Error::field("deadline", format!("must be after now, is {}", self.deadline)));
        }
        self.state = RoundState::Open;
        self.opened_at = Some(now);
        Ok(self)
    }

    /// Gives a round that is being prepared or open another deadline; an open one only a later one.
    ///
    /// # Errors
    /// `ROUND_STATE`, or `INVALID_FIELD` for a deadline that is not after now and not later.
    pub fn extend(mut self, deadline: Timestamp, now: Timestamp) -> Result<Self> {
        self.expect_state(&[RoundState::Preparing, RoundState::Open], "extended")?;
        if deadline <= now {
            return Err(Error::field("deadline", format!("must be after now, {now}")));
        }
        if self.state == RoundState::Open && deadline <= self.deadline {
            return Err(Error::field(
                "deadline",
                format!("must be later than the present one, {}", self.deadline),
            ));
        }
        self.deadline = deadline;
        Ok(self)
    }

    /// Closes an open round.
    ///
    /// # Errors
    /// `ROUND_STATE`; `ROUND_EARLY` before the deadline and `COMMENTS_PENDING` with undecided comments, each unless
    /// its override is given.
    pub fn close(
        mut self,
        now: Timestamp,
        pending: i64,
        allow_early: bool,
        allow_pending: bool,
    ) -> Result<Self> {
        self.expect_state(&[RoundState::Open], "closed")?;
        if now < self.deadline && !allow_early {
            let message = format!("the deadline is {}: closing before it needs allow_early", self.deadline);
            return Err(Error::new(Reason::RoundEarly, message));
        }
        self.expect_decided(pending, allow_pending)?;
        self.state = RoundState::Closed;
        self.closed_at = Some(now);
        Ok(self)
    }

    /// Concludes a closed round.
    ///
    /// # Errors
    /// `ROUND_STATE`, or `COMMENTS_PENDING` unless the override is given.
    pub fn conclude(mut self, pending: i64, allow_pending: bool) -> Result<Self> {
        self.expect_state(&[RoundState::Closed], "concluded")?;
        self.expect_decided(pending, allow_pending)?;
        self.state = RoundState::Concluded;
        Ok(self)
    }

    /// Whether the roster may still grow.
    ///
    /// # Errors
    /// `ROUND_STATE` once the round is closed.
    pub fn expect_inviting(&self) -> Result<()> {
        self.expect_state(&[RoundState::Preparing, RoundState::Open], "given more agencies")
    }

    /// Whether an agency may be taken off the roster.
    ///
    /// # Errors
    /// `ROUND_STATE` once the round is open.
    pub fn expect_preparing(&self) -> Result<()> {
        self.expect_state(&[RoundState::Preparing], "changed so")
    }

    /// Whether decisions may still change.
    ///
    /// # Errors
    /// `ROUND_STATE` before the round is open and once it is concluded.
    pub fn expect_deciding(&self) -> Result<()> {
        self.expect_state(&[RoundState::Open, RoundState::Closed], "decided on")
    }

    fn expect_state(&self, allowed: &[RoundState], what: &str) -> Result<()> {
        if allowed.contains(&self.state) {
            return Ok(());
        }
        let message = format!("round {} is {} and can't be {what}", self.number, self.state.as_str());
        Err(Error::new(Reason::RoundState, message))
    }

    fn expect_decided(&self, pending: i64, allow_pending: bool) -> Result<()> {
        if pending == 0 || allow_pending {
            return Ok(());
        }
        let message =
            format!("{pending} comments of round {} are pending: this needs allow_pending", self.number);
        Err(Error::new(Reason::CommentsPending, message))
    }
}

/// Where each agency stands: the roster in its order, then those who came uninvited, by code.
///
/// `responses` are those in force (superseded ones left out); `comments` counts each agency's comments that are not
/// withdrawn.
#[must_use]
pub fn replies(
    round: &Round,
    roster: &[Invitation],
    responses: &[Response],
    comments: &BTreeMap<AgencyCode, i64>,
    now: Timestamp,
) -> Vec<Reply> {
    let reply = |agency: &AgencyCode, invited: bool| {
        let response = responses.iter().find(|response| &response.agency == agency);
        let comments = comments.get(agency).copied().unwrap_or(0);
        let over = now > round.deadline || matches!(round.state, RoundState::Closed | RoundState::Concluded);
        let state = match response {
            _ if !invited => ReplyState::Uninvited,
            Some(response) if response.late => ReplyState::Late,
            Some(_) => ReplyState::Replied,
            None if comments > 0 => ReplyState::InProgress,
            None if over
                && round.silence_rule == SilenceRule::Assent
                && round.state != RoundState::Preparing =>
            {
                ReplyState::AssentBySilence
            }
            None => ReplyState::Silent,
        };
        Reply { agency: agency.clone(), state, response: response.cloned(), comments }
    };
    let mut all: Vec<Reply> = roster.iter().map(|invitation| reply(&invitation.agency, true)).collect();
    let invited = |agency: &AgencyCode| roster.iter().any(|invitation| &invitation.agency == agency);
    let mut others: Vec<&AgencyCode> = responses
        .iter()
        .map(|response| &response.agency)
        .chain(comments.iter().filter(|(_, count)| **count > 0).map(|(agency, _)| agency))
        .filter(|agency| !invited(agency))
        .collect();
    others.sort();
    others.dedup();
    all.extend(others.into_iter().map(|agency| reply(agency, false)));
    all
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::Letter;
    use crate::words::{Admission, Stance};

    pub(crate) fn round(state: RoundState) -> Round {
        Round {
            number: 1,
            title: String::new(),
            version: 1,
            state,
            deadline: Timestamp(100),
            silence_rule: SilenceRule::Assent,
            silence_basis: "điểm 3 Công văn".to_owned(),
            late_rule: LateRule::Accept,
            visibility: Visibility::Own,
            admission: Admission::Invited,
            opened_at: None,
            closed_at: None,
            changed: 1,
        }
    }

    #[test]
    fn when_a_submission_is_taken_and_when_it_is_late() {
        use Reason::{DeadlinePassed, RoundNotOpen};
        let table = [
            (RoundState::Preparing, LateRule::Accept, 50, Err(RoundNotOpen)),
            (RoundState::Open, LateRule::Refuse, 100, Ok(false)),
            (RoundState::Open, LateRule::Accept, 100, Ok(false)),
            (RoundState::Open, LateRule::Accept, 101, Ok(true)),
            (RoundState::Open, LateRule::Refuse, 101, Err(DeadlinePassed)),
            (RoundState::Closed, LateRule::Accept, 50, Err(RoundNotOpen)),
            (RoundState::Concluded, LateRule::Accept, 50, Err(RoundNotOpen)),
        ];
        for (state, late_rule, now, expected) in table {
            let found =
                Round { late_rule, ..round(state) }.admit(Timestamp(now)).map_err(|error| error.reason);
            assert_eq!(found, expected, "{state:?} {late_rule:?} at {now}");
        }
    }

    #[test]
    fn a_state_follows_only_the_one_before_it() {
        for state in RoundState::ALL.iter().copied() {
            let round = round(state);
            assert_eq!(round.clone().open(Timestamp(1)).is_ok(), state == RoundState::Preparing);
            assert_eq!(
                round.clone().close(Timestamp(200), 0, false, false).is_ok(),
                state == RoundState::Open
            );
            assert_eq!(round.conclude(0, false).is_ok(), state == RoundState::Closed);
        }
    }

    #[test]
    fn closing_early_or_with_pending_comments_needs_its_own_override() {
        let table = [
            (99, 0, false, false, Some(Reason::RoundEarly)),
            (99, 0, true, false, None),
            (100, 3, false, false, Some(Reason::CommentsPending)),
            (100, 3, true, false, Some(Reason::CommentsPending)),
            (100, 3, false, true, None),
            (99, 3, true, true, None),
        ];
        for (now, pending, early, allow_pending, expected) in table {
            let found = round(RoundState::Open).close(Timestamp(now), pending, early, allow_pending);
            assert_eq!(found.err().map(|error| error.reason), expected, "at {now}, {pending} pending");
        }
    }

    #[test]
    fn a_deadline_only_moves_later() {
        let open = round(RoundState::Open);
        assert!(open.clone().extend(Timestamp(100), Timestamp(50)).is_err());
        assert!(open.clone().extend(Timestamp(120), Timestamp(130)).is_err());
        assert_eq!(open.extend(Timestamp(140), Timestamp(130)).unwrap().deadline, Timestamp(140));
    }

    #[test]
    fn each_agency_stands_in_one_place() {
        let code = |text: &str| AgencyCode::stored(text.to_owned());
        let response = |agency: &str, late| Response {
            number: 1,
            round: 1,
            agency: code(agency),
            stance: Stance::Agrees,
            letter: Letter::default(),
            late,
            superseded_by: None,
            created_at: Timestamp(1),
            changed: 1,
        };
        let roster: Vec<Invitation> = ["A", "B", "C", "D"]
            .iter()
            .zip(1..)
            .map(|(agency, position)| Invitation { round: 1, agency: code(agency), position })
            .collect();
        let responses = [response("A", false), response("B", true), response("Y", false)];
        let comments = BTreeMap::from([(code("A"), 2), (code("C"), 1), (code("X"), 1)]);
        let stand = |round: &Round, now| -> Vec<(String, ReplyState)> {
            replies(round, &roster, &responses, &comments, Timestamp(now))
                .into_iter()
                .map(|reply| (reply.agency.to_string(), reply.state))
                .collect()
        };
        use ReplyState::{AssentBySilence, InProgress, Late, Replied, Silent, Uninvited};
        let with = |last| {
            [("A", Replied), ("B", Late), ("C", InProgress), ("D", last), ("X", Uninvited), ("Y", Uninvited)]
                .map(|(agency, state)| (agency.to_owned(), state))
        };
        assert_eq!(stand(&round(RoundState::Open), 100), with(Silent));
        assert_eq!(stand(&round(RoundState::Open), 101), with(AssentBySilence));
        assert_eq!(stand(&round(RoundState::Closed), 50), with(AssentBySilence));
        let strict = Round { silence_rule: SilenceRule::None, ..round(RoundState::Open) };
        assert_eq!(stand(&strict, 101), with(Silent));
    }
}
