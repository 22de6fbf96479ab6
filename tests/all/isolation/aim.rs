//! What a call is aimed at: the ids that are asked for.

use ykien_domain::time::Timestamp;
use ykien_tests::START;

use super::world::{Caller, ENDING, NO_AGENCY, NO_CLIENT, NO_DRAFT, NO_NUMBER, SWITCHED, Side, Standing};

/// What an operation is aimed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The caller's own, in the caller's own draft.
    Own,
    /// Another's, in the caller's own draft.
    Neighbours,
    /// What does not exist, in the caller's own draft (or in the installation).
    Absent,
    /// What is in a draft of others.
    Foreign,
    /// What is in a draft that does not exist.
    Nowhere,
}

use Target::{Absent, Foreign, Neighbours, Nowhere, Own};

/// One call: what, by whom, at what.
#[derive(Debug)]
pub struct Aim {
    /// The use case.
    pub operation: &'static str,
    /// Who calls.
    pub caller: &'static Caller,
    /// At what.
    pub target: Target,
    /// The calls before this one: makes ids that are used once.
    pub serial: u32,
}

impl Aim {
    /// The side whose draft it is aimed at; for a draft that does not exist, the side whose things are asked for.
    pub fn side(&self) -> &'static Side {
        if self.target == Foreign { self.caller.others() } else { self.caller.side }
    }

    /// The draft's id.
    pub fn draft(&self) -> &'static str {
        if self.target == Nowhere { NO_DRAFT } else { self.side().draft }
    }

    fn pick(&self, own: i64, neighbours: i64) -> i64 {
        match self.target {
            Own | Foreign | Nowhere => own,
            Neighbours => neighbours,
            Absent => NO_NUMBER,
        }
    }

    /// A comment: the invited agency's, on the section of the responsible; the neighbour's, on another.
    pub fn comment(&self) -> i64 {
        self.pick(1, 2)
    }

    /// The section on which that comment stands.
    pub fn stands_on(&self) -> i64 {
        self.pick(1, 2).min(2)
    }

    /// A round: the open one, and one that is being prepared; or two to be opened, closed and concluded.
    pub fn round(&self) -> i64 {
        match self.operation {
            "OpenRound" | "CloseRound" | "ConcludeRound" => self.pick(3, 4),
            // Nobody is taken off the roster of an open round.
            "UninviteAgency" => self.pick(2, 1),
            _ => self.pick(1, 2),
        }
    }

    /// A directive: the responsible agency's, the drafting agency's.
    pub fn directive(&self) -> i64 {
        self.pick(1, 2)
    }

    /// A section on which nothing stands, so that whoever is given it sees no more comments.
    pub fn section(&self) -> i64 {
        self.pick(3, 4)
    }

    /// Who is to answer for the comment: whoever does so already.
    pub fn assignee(&self) -> &'static str {
        if self.target == Neighbours { self.side().drafting } else { self.side().answering }
    }

    /// For whom something is said: none for the caller's own agency.
    pub fn speaks_for(&self) -> Option<&'static str> {
        match self.target {
            Own | Foreign | Nowhere => None,
            Neighbours => Some(self.side().neighbour),
            Absent => Some(NO_AGENCY),
        }
    }

    /// Who drafts a new draft.
    pub fn drafting(&self) -> &'static str {
        match self.target {
            Neighbours => self.caller.others().drafting,
            _ => self.caller.agency,
        }
    }

    /// The agency itself that is asked for or changed. Drafter and administrator take different ones off a roster:
    /// the second would not find the first one's there.
    pub fn agency(&self) -> &'static str {
        match (self.operation, self.target) {
            ("UninviteAgency", _) if self.caller.standing == Standing::Admin => self.side().neighbour,
            ("UninviteAgency", _) => self.side().invited,
            (_, Absent) => NO_AGENCY,
            ("GetAgency", _) => self.caller.agency,
            _ => ENDING,
        }
    }

    /// The client.
    pub fn client(&self) -> &'static str {
        if self.target == Absent { NO_CLIENT } else { SWITCHED }
    }

    /// A deadline that is later with every call.
    pub fn deadline(&self) -> Timestamp {
        START.plus_seconds(10 * 86_400 + i64::from(self.serial))
    }

    /// A request's own id, used once.
    pub fn request_id(&self) -> String {
        format!("018f6e5e-7b6c-7cc4-9d2a-{:012x}", self.serial)
    }
}
