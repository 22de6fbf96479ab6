//! Texts that only some may ever see: wherever one turns up before another's eyes, something leaks.

use super::world::Standing::{self, Clerk, Contributor, Drafter, Observer, Responsible};
use super::world::{Caller, SIDES, Side};

/// A text, and who may see it.
#[derive(Debug)]
pub struct Canary {
    /// The text.
    pub text: String,
    /// The draft on whose side it lies; none for what is the same on both.
    side: Option<&'static Side>,
    /// Who sees it on that side. Observers see every draft's, administrators everything.
    parties: &'static [Standing],
    /// The operations that show it to anybody who may ask.
    shown_by: &'static [&'static str],
}

/// Which agencies there are is no secret.
const AGENCIES: &[&str] = &["GetAgency", "ListAgencies"];
/// Nor is who was invited to those who take part: but whether a neighbour said anything is.
const ROSTERS: &[&str] = &["GetAgency", "ListAgencies", "ListInvitations"];

/// What a client is called.
pub const CLIENT: &str = "CANARY-CLIENT";

/// The text of one thing on one side.
pub fn canary(side: &Side, thing: &str) -> String {
    format!("CANARY-{thing}-{}", side.draft)
}

impl Canary {
    /// Whether the caller may see it in an answer of this operation.
    pub fn known_to(&self, caller: &Caller, operation: &str) -> bool {
        let by_standing = match caller.standing {
            Standing::Admin => true,
            Standing::Observer if self.side.is_some() => true,
            standing => {
                self.parties.contains(&standing)
                    && self.side.is_none_or(|side| side.draft == caller.side.draft)
            }
        };
        by_standing || self.shown_by.contains(&operation)
    }

    /// Whether it is administrators' alone: no RPC shows it to anybody.
    pub fn is_administrators(&self) -> bool {
        self.side.is_none() && self.parties.is_empty()
    }
}

/// All of them.
pub fn canaries() -> Vec<Canary> {
    // What happens behind the scenes, by its word in the feed.
    let words: [(&str, &[Standing]); 4] = [
        (CLIENT, &[]),
        ("comment_decided", &[Responsible, Drafter, Observer]),
        ("round_created", &[Drafter, Observer]),
        ("agencies_invited", &[Drafter, Observer]),
    ];
    let word =
        |(word, parties): (&str, _)| Canary { text: word.to_owned(), side: None, parties, shown_by: &[] };
    SIDES.iter().flat_map(of_side).chain(words.into_iter().map(word)).collect()
}

fn of_side(side: &'static Side) -> Vec<Canary> {
    // thing, who sees it on its side
    let things: [(&str, &[Standing]); 7] = [
        // The draft's title, summary, headings, bodies, open round, directives.
        ("DRAFT", &[Contributor, Clerk, Responsible, Drafter]),
        // A round that is being prepared.
        ("PREPARING", &[Drafter]),
        // The explanation of a decision that is not published, on a comment that the responsible does not answer for.
        ("PROPOSAL", &[Drafter]),
        // What the invited agency said about the section that the responsible answers for.
        ("COMMENT", &[Contributor, Responsible, Drafter]),
        // Who signed for it.
        ("REPLY", &[Contributor, Drafter]),
        // What its neighbour said about another section, and who signed for that.
        ("NEIGHBOURS-COMMENT", &[Drafter]),
        ("NEIGHBOURS-REPLY", &[Drafter]),
    ];
    // agency, who sees on its side that it has to do with the draft, what shows that
    let agencies: [(&str, &[Standing], &[&str]); 4] = [
        (side.drafting, &[Contributor, Clerk, Responsible, Drafter], AGENCIES),
        (side.answering, &[Contributor, Clerk, Responsible, Drafter], AGENCIES),
        (side.invited, &[Contributor, Responsible, Drafter], ROSTERS),
        (side.neighbour, &[Drafter], ROSTERS),
    ];
    // What they are called: that they are there at all.
    let names = ["rounds/2", "comments/2", "responses/2"]
        .map(|path| (format!("drafts/{}/{path}", side.draft), [Drafter].as_slice(), [].as_slice()));
    let things = things.into_iter().map(|(thing, parties)| (canary(side, thing), parties, [].as_slice()));
    let agencies = agencies.into_iter().map(|(code, parties, shown_by)| (code.to_owned(), parties, shown_by));
    things
        .chain(agencies)
        .chain(names)
        .map(|(text, parties, shown_by)| Canary { text, side: Some(side), parties, shown_by })
        .collect()
}
