//! The walk: every operation of a port, by everybody, at everything, held against the table.

use std::mem::discriminant;

use super::aim::{Aim, Target};
use super::answer::{Answer, Fate};
use super::canary::{Canary, canaries};
use super::expected::{Row, TABLE};
use super::world::{CALLERS, Caller, World};

/// One operation of a port.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// What the port calls it.
    pub name: &'static str,
    /// The use case behind it: its row in the table.
    pub operation: &'static str,
}

/// A way to call operations.
pub trait Port {
    /// What it offers, in the order in which it is walked.
    fn entries(&self) -> Vec<Entry>;
    /// Calls the entry at this place of [`Port::entries`].
    async fn call(&self, entry: usize, token: Option<&str>, aim: &Aim) -> Answer;
}

/// What was found on the way.
pub struct Walked {
    canaries: Vec<(Canary, bool)>,
}

impl Walked {
    /// Fails for a canary that should have been seen by those who may and was not: nobody could have noticed it
    /// elsewhere either.
    pub fn expect_seen(&self, wanted: impl Fn(&Canary) -> bool) {
        let unseen: Vec<&str> = self
            .canaries
            .iter()
            .filter(|(canary, seen)| !seen && wanted(canary))
            .map(|(canary, _)| canary.text.as_str())
            .collect();
        assert!(unseen.is_empty(), "texts that nobody ever saw: {unseen:?}");
    }
}

/// Walks the port; fails with everything that is not as the table says.
pub async fn walk(world: &World, port: &impl Port) -> Walked {
    let mut walk = Walk {
        failures: Vec::new(),
        serial: 0,
        canaries: canaries().into_iter().map(|canary| (canary, false)).collect(),
    };
    for (index, entry) in port.entries().into_iter().enumerate() {
        let Some(row) = TABLE.iter().find(|row| row.operation == entry.operation) else {
            walk.failures.push(format!("{}: {} has no row in the table", entry.name, entry.operation));
            continue;
        };
        walk.strangers(port, index, entry, row).await;
        let mut fates = Vec::new();
        for (caller, token) in CALLERS.iter().zip(&world.tokens) {
            fates.extend(walk.caller(port, index, entry, row, caller, token).await);
        }
        if !fates.contains(&Fate::Success) {
            walk.failures
                .push(format!("{}: nobody ever succeeded, so its refusals prove nothing", entry.name));
        }
    }
    assert!(walk.failures.is_empty(), "{} failures:\n{}", walk.failures.len(), walk.failures.join("\n"));
    Walked { canaries: walk.canaries }
}

struct Walk {
    failures: Vec<String>,
    serial: u32,
    canaries: Vec<(Canary, bool)>,
}

impl Walk {
    /// Without a token, and with one that is none: refused before anything is looked at.
    async fn strangers(&mut self, port: &impl Port, index: usize, entry: Entry, row: &Row) {
        let caller = CALLERS.last().expect("somebody");
        for token in [None, Some("not-a-token")] {
            let mut same = Same::default();
            for target in row.targets {
                let aim = self.aim(entry, caller, *target);
                let answer = port.call(index, token, &aim).await;
                let who = format!("{} with token {token:?} at {target:?}", entry.name);
                if answer.fate != Fate::Unauthenticated {
                    self.failures.push(format!("{who}: {:?}, {}", answer.fate, answer.excerpt()));
                }
                for (canary, _) in &self.canaries {
                    if answer.tells(&canary.text) {
                        self.failures.push(format!("{who}: tells {}", canary.text));
                    }
                }
                self.failures.extend(same.check(&who, &answer));
            }
        }
    }

    /// One caller, at every target of the row. Gives what came of each.
    async fn caller(
        &mut self,
        port: &impl Port,
        index: usize,
        entry: Entry,
        row: &Row,
        caller: &'static Caller,
        token: &str,
    ) -> Vec<Fate> {
        let letters = row.letters(caller.standing);
        assert_eq!(letters.len(), row.targets.len(), "a letter for each target of {}", row.operation);
        let mut same = Same::default();
        let mut fates = Vec::new();
        for (target, letter) in row.targets.iter().zip(letters.chars()) {
            let aim = self.aim(entry, caller, *target);
            let answer = port.call(index, Some(token), &aim).await;
            let who = format!(
                "{} by {:?} {} at {target:?} in {}",
                entry.name,
                caller.standing,
                caller.agency,
                aim.draft()
            );
            if !answer.fate.is(letter) {
                let excerpt = answer.excerpt();
                self.failures.push(format!("{who}: {:?}, not `{letter}`: {excerpt}", answer.fate));
            }
            for (canary, seen) in &mut self.canaries {
                if !answer.tells(&canary.text) {
                    continue;
                }
                if canary.known_to(caller, entry.operation) {
                    *seen = true;
                } else {
                    self.failures.push(format!("{who}: tells {}", canary.text));
                }
            }
            self.failures.extend(same.check(&who, &answer));
            fates.push(answer.fate);
        }
        fates
    }

    fn aim(&mut self, entry: Entry, caller: &'static Caller, target: Target) -> Aim {
        self.serial += 1;
        Aim { operation: entry.operation, caller, target, serial: self.serial }
    }
}

/// Refusals that must not differ by a byte: whatever is hidden looks the same.
#[derive(Default)]
struct Same(Vec<Answer>);

impl Same {
    fn check(&mut self, who: &str, answer: &Answer) -> Option<String> {
        if !answer.fate.hides() {
            return None;
        }
        let alike = |first: &&Answer| {
            first.fate == answer.fate && discriminant(&first.refusal) == discriminant(&answer.refusal)
        };
        match self.0.iter().find(alike) {
            None => {
                self.0.push(answer.clone());
                None
            }
            Some(first) if first.refusal == answer.refusal => None,
            Some(first) => Some(format!(
                "{who}: differs from another refusal: {} / {}",
                first.excerpt(),
                answer.excerpt()
            )),
        }
    }
}
