//! Who may do what, for people to read: each answer is asked of the rules that enforce it.

use crate::actor::{
    Access, Actor, Operation, Relation, Rule, Scope, may_answer_for, may_found, may_speak_for,
};
use crate::ids::{AgencyCode, ClientId};
use crate::words::Role;

/// How the caller's agency stands to a draft, as far as permissions tell drafts apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has nothing to do with it.
    Stranger,
    /// It was invited, is admitted with everybody else, or answers for something in it.
    TakingPart,
    /// It drafts it.
    Drafting,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Stranger, Self::TakingPart, Self::Drafting];

    /// The relations of which any one makes the standing.
    fn relations(self) -> Vec<Relation> {
        let none = Relation::default();
        match self {
            Self::Stranger => vec![none],
            Self::TakingPart => vec![
                Relation { invited: true, ..none },
                Relation { admitted: true, ..none },
                Relation { responsible: true, ..none },
            ],
            Self::Drafting => vec![Relation { drafting: true, ..none }],
        }
    }
}

/// How far a caller gets with an operation on a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Nowhere.
    Nothing,
    /// To what is its agency's own: what it says, what it answers for, what it may see.
    Own,
    /// To everything.
    Everything,
}

/// How far a role gets with an operation.
#[must_use]
pub fn reach(operation: Operation, role: Role, standing: Standing) -> Reach {
    let scope = probe(role);
    let reaches = standing.relations().into_iter().map(|relation| match operation.rule() {
        Rule::Anyone | Rule::Administrators => whole(operation.permit(&scope).is_ok()),
        Rule::Founders => founds(operation, &scope, relation),
        rule => on_draft(operation, rule, &scope, relation),
    });
    // They are the same, which a test holds; else the table says the most.
    reaches.max().unwrap_or(Reach::Nothing)
}

fn whole(allowed: bool) -> Reach {
    if allowed { Reach::Everything } else { Reach::Nothing }
}

fn founds(operation: Operation, scope: &Scope, relation: Relation) -> Reach {
    let agency = if relation.drafting { scope.agency().clone() } else { another() };
    whole(operation.permit(scope).is_ok() && may_found(scope, &agency).is_ok())
}

fn on_draft(operation: Operation, rule: Rule, scope: &Scope, relation: Relation) -> Reach {
    let Some(access) = Access::weigh(scope, relation) else { return Reach::Nothing };
    if operation.permit_on(scope, &access).is_err() {
        return Reach::Nothing;
    }
    let everything = match rule {
        Rule::Speakers => may_speak_for(scope, &access, Some(&another())).is_ok(),
        Rule::Deciders => may_answer_for(scope, &access, &another()).is_ok(),
        _ => access.sight.is_everything(),
    };
    if everything { Reach::Everything } else { Reach::Own }
}

/// What stands in the table for a role: a few words, explained by [`LEGEND`].
#[must_use]
pub fn cell(operation: Operation, role: Role) -> String {
    let [stranger, part, drafting] = Standing::ALL.map(|standing| reach(operation, role, standing));
    if stranger == Reach::Everything {
        return "yes".to_owned();
    }
    let own = match operation.rule() {
        Rule::Speakers => "for itself",
        Rule::Deciders => "what it answers for",
        _ => "what it may see",
    };
    let words =
        [(drafting == Reach::Everything).then_some("own drafts"), (part == Reach::Own).then_some(own)];
    let words: Vec<&str> = words.into_iter().flatten().collect();
    if words.is_empty() { "–".to_owned() } else { words.join("; ") }
}

/// What the words of [`cell`] mean.
pub const LEGEND: &[(&str, &str)] = &[
    ("yes", "always"),
    ("own drafts", "on the drafts that its agency drafts: it runs their consultation"),
    ("for itself", "on drafts in which its agency takes part, in its own agency's name only"),
    ("what it answers for", "on drafts in which its agency takes part, what is assigned to its agency"),
    (
        "what it may see",
        "on drafts in which its agency takes part: its agency's own, others' by the round's visibility or once \
         published; a responsible agency also what it answers for",
    ),
    ("–", "never"),
];

/// What an agency takes part in.
pub const TAKING_PART: &str = "An agency takes part in a draft when it drafts it, is on the roster of a round that is past \
    preparing, is admitted by such a round with everybody else, or answers for a section, a comment or a directive.";

fn probe(role: Role) -> Scope {
    let agency = AgencyCode::stored("OWN".to_owned());
    Scope::of(Actor { client: ClientId::stored("probe".to_owned()), agency, role })
}

fn another() -> AgencyCode {
    AgencyCode::stored("ANOTHER".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ways_of_taking_part_reach_equally_far() {
        for operation in Operation::ALL {
            for role in Role::ALL {
                let scope = probe(*role);
                let reaches: Vec<Reach> = Standing::TakingPart
                    .relations()
                    .into_iter()
                    .map(|relation| on_draft(*operation, operation.rule(), &scope, relation))
                    .collect();
                assert!(reaches.iter().all(|reach| *reach == reaches[0]), "{operation:?} {role:?}");
            }
        }
    }

    #[test]
    fn one_operation_of_each_rule_says_what_the_rule_says() {
        // contributor, drafter, responsible, observer, admin
        let table: [(Operation, [&str; 5]); 8] = [
            (Operation::ListAgencies, ["yes"; 5]),
            (Operation::CreateAgency, ["–", "–", "–", "–", "yes"]),
            (Operation::CreateDraft, ["–", "own drafts", "–", "–", "yes"]),
            (
                Operation::GetComment,
                ["what it may see", "own drafts; what it may see", "what it may see", "yes", "yes"],
            ),
            (Operation::OpenRound, ["–", "own drafts", "–", "–", "yes"]),
            (Operation::Reconcile, ["–", "own drafts", "–", "yes", "yes"]),
            (Operation::SubmitComment, ["for itself", "own drafts; for itself", "for itself", "–", "yes"]),
            (Operation::DecideComment, ["–", "own drafts", "what it answers for", "–", "yes"]),
        ];
        for (operation, cells) in table {
            let found: Vec<String> = Role::ALL.iter().map(|role| cell(operation, *role)).collect();
            assert_eq!(found, cells, "{operation:?}");
        }
    }

    #[test]
    fn every_word_is_explained() {
        for operation in Operation::ALL {
            for word in Role::ALL.iter().map(|role| cell(*operation, *role)) {
                for word in word.split("; ") {
                    assert!(LEGEND.iter().any(|(explained, _)| *explained == word), "{operation:?}: {word}");
                }
            }
        }
    }
}
