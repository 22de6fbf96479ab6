//! Where one draft's cube stands: its counts, what they mean, who may see them, and the answers given from them. All of
//! it holds for one revision.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::OnceCell;
use ykien_domain::actor::{Access, Relation, Scope, Sight};
use ykien_domain::cube::{Cube, Question, Structure, Table};
use ykien_domain::ids::{AgencyCode, Revision};
use ykien_domain::query::{CountsChange, CountsSince, MovesSince};
use ykien_domain::words::Role;
use ykien_domain::{Error, Reason, Result};
use ykien_proto::{Encoded, v1};

/// The most rows of answers kept for a draft, an answer counting as one row more than it has: about 1 MB, and
/// some 200 KB for them as they are sent.
const MAX_ROWS: usize = 4_000;

/// The most agencies, by role, whose access to a draft is kept.
const MAX_KNOWN: usize = 1_024;

/// The counts and what they mean, both at the cube's revision; revision 0 before the first count.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    pub(crate) cube: Cube,
    pub(crate) structure: Structure,
    /// The last revision, up to the cube's, that may have changed who knows the draft.
    arranged: Revision,
    /// What each agency is on the draft in each role, with the revision at which it was read. It holds for as long as
    /// no such change came after it.
    known: Mutex<HashMap<(AgencyCode, Role), (Access, Revision)>>,
    answers: Mutex<Answers>,
}

/// The answers given at this revision, so that the same question again costs a look-up.
#[derive(Debug, Default)]
struct Answers {
    by_sight: HashMap<Sight, HashMap<Question, Answer>>,
    rows: usize,
}

/// One answer: worked out by the first who asks, while the others wait for it.
type Answer = Arc<OnceCell<Arc<Answered>>>;

/// The answer to a question.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) table: Table,
    /// As a message, made for the first who wants it so.
    pub(crate) message: OnceLock<Encoded<v1::AggregateResponse>>,
}

impl Standing {
    /// Where it stands; none before the first count.
    pub(crate) fn revision(&self) -> Option<Revision> {
        (self.cube.revision > 0).then_some(self.cube.revision)
    }

    /// Takes in what happened since its revision.
    ///
    /// # Errors
    /// `INTERNAL` when that does not fit: it must be dropped then, for it may be half changed.
    pub(crate) fn catch_up(&mut self, since: CountsSince) -> Result<()> {
        match since.structure {
            Some(structure) => self.structure = structure,
            None if self.cube.revision == 0 => {
                return Err(misfit("a first count came without its structure"));
            }
            None => {}
        }
        match since.change {
            CountsChange::Counted(cells) => {
                self.cube = Cube::counted(since.revision, cells);
                // The revision may even have gone back: nothing holds that was kept.
                self.known = Mutex::default();
                self.answers = Mutex::default();
                self.arranged = since.arranged;
                Ok(())
            }
            CountsChange::Moves(moves) => {
                self.advance(MovesSince { revision: since.revision, moves, arranged: since.arranged })
            }
        }
    }

    /// Takes in moves alone.
    ///
    /// # Errors
    /// As [`Standing::catch_up`].
    pub(crate) fn advance(&mut self, since: MovesSince) -> Result<()> {
        // A database that was put back to an earlier state.
        if since.revision < self.cube.revision {
            return Err(misfit("the draft's revision went back"));
        }
        if since.revision > self.cube.revision {
            self.answers = Mutex::default();
        }
        self.arranged = since.arranged;
        self.cube.advance(since.revision, since.moves)
    }

    /// What the caller is on the draft, as far as that is known at this revision. Roles that need no fact of the
    /// database are always known.
    pub(crate) fn access(&self, scope: &Scope) -> Option<Access> {
        let drafting = self.structure.drafting_agency == *scope.agency();
        Access::weigh(scope, Relation { drafting, ..Relation::default() }).or_else(|| {
            let known = self.known();
            let (access, read_at) = known.get(&key(scope))?;
            (*read_at >= self.arranged).then(|| access.clone())
        })
    }

    /// Keeps what the caller is on the draft, as read at a revision.
    pub(crate) fn keep_access(&self, scope: &Scope, access: Access, read_at: Revision) {
        let mut known = self.known();
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        known.insert(key(scope), (access, read_at));
    }

    /// The answer to a question at this revision, for this sight.
    ///
    /// # Errors
    /// Those of [`Cube::ask`].
    pub(crate) async fn ask(&self, sight: &Sight, question: &Question) -> Result<Arc<Answered>> {
        let answer = self.answers().find_or_make(sight, question);
        let mut rows = None;
        let answered = answer
            .get_or_try_init(|| async {
                let table = self.cube.ask(&self.structure, sight, question)?;
                rows = Some(table.rows.len());
                Ok::<_, Error>(Arc::new(Answered { table, message: OnceLock::new() }))
            })
            .await
            .cloned();
        // Only who worked it out counts it; a question that has no answer is not kept either.
        if rows.is_some() || answered.is_err() {
            self.answers().made(sight, question, rows);
        }
        answered
    }

    fn known(&self) -> MutexGuard<'_, HashMap<(AgencyCode, Role), (Access, Revision)>> {
        // A panic can't leave the map half changed: it is changed by single calls.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answers(&self) -> MutexGuard<'_, Answers> {
        // As above; a count of rows that is too high only clears them sooner.
        self.answers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Answers {
    fn find_or_make(&mut self, sight: &Sight, question: &Question) -> Answer {
        if let Some(answer) = self.by_sight.get(sight).and_then(|answers| answers.get(question)) {
            return answer.clone();
        }
        let answer = Answer::default();
        self.by_sight.entry(sight.clone()).or_default().insert(question.clone(), answer.clone());
        answer
    }

    /// Counts an answer of so many rows, and makes room where there are too many; none for a question without answer.
    fn made(&mut self, sight: &Sight, question: &Question, rows: Option<usize>) {
        match rows {
            Some(rows) if rows < MAX_ROWS => {
                self.rows += rows + 1;
                if self.rows > MAX_ROWS {
                    *self = Self::default();
                }
            }
            _ => {
                if let Some(answers) = self.by_sight.get_mut(sight) {
                    answers.remove(question);
                }
            }
        }
    }
}

fn key(scope: &Scope) -> (AgencyCode, Role) {
    (scope.agency().clone(), scope.actor().role)
}

fn misfit(what: &str) -> Error {
    Error::new(Reason::Internal, what)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ykien_domain::actor::Actor;
    use ykien_domain::cube::{Cell, Dimension, Move, Place};
    use ykien_domain::filter::{Field, Filter, Value};
    use ykien_domain::ids::{ClientId, ROOT};
    use ykien_domain::words::{Channel, Kind, Status};

    use super::*;

    fn code(text: &str) -> AgencyCode {
        AgencyCode::stored(text.to_owned())
    }

    fn cell(status: Status) -> Cell {
        Cell {
            section: ROOT,
            status,
            published: false,
            agency: code("A"),
            assigned: None,
            kind: Kind::General,
            channel: Channel::Written,
            round: 1,
        }
    }

    fn since(revision: Revision, change: CountsChange, structure: Option<Structure>) -> CountsSince {
        let access = Access { sight: Sight::Everything, runs: true };
        CountsSince { revision, access, change, structure, arranged: 2 }
    }

    fn structure() -> Structure {
        Structure {
            drafting_agency: code("D"),
            sections: vec![Place { id: ROOT, parent: None, responsible: None }],
            rounds: BTreeMap::from([(1, false)]),
        }
    }

    fn standing() -> Standing {
        let mut standing = Standing::default();
        let counted = CountsChange::Counted(vec![(cell(Status::Pending), 2)]);
        standing.catch_up(since(5, counted, Some(structure()))).unwrap();
        standing
    }

    fn scope(agency: &str, role: Role) -> Scope {
        Scope::of(Actor { client: ClientId::stored("c".into()), agency: code(agency), role })
    }

    fn moves(revision: Revision, arranged: Revision) -> MovesSince {
        MovesSince { revision, moves: Vec::new(), arranged }
    }

    #[test]
    fn a_standing_takes_only_what_fits_it() {
        let counted = || CountsChange::Counted(vec![(cell(Status::Pending), 2)]);
        let accepted = |count| {
            CountsChange::Moves(vec![Move {
                from: Some(cell(Status::Pending)),
                to: cell(Status::Accepted),
                count,
            }])
        };
        let mut standing = Standing::default();
        assert!(standing.catch_up(since(5, counted(), None)).is_err(), "cells without what they mean");
        standing.catch_up(since(5, counted(), Some(structure()))).unwrap();
        standing.catch_up(since(6, accepted(1), None)).unwrap();
        assert_eq!(standing.revision(), Some(6));
        assert_eq!(standing.structure, structure(), "kept while it does not change");
        assert_eq!(standing.cube.cells(), [(cell(Status::Pending), 1), (cell(Status::Accepted), 1)]);
        assert!(standing.catch_up(since(5, CountsChange::Moves(Vec::new()), None)).is_err(), "back in time");
        assert!(standing.catch_up(since(7, accepted(2), None)).is_err(), "more moved than there were");
    }

    #[test]
    fn what_a_caller_is_holds_until_the_draft_is_arranged_anew() {
        let mut standing = standing();
        let contributor = scope("A", Role::Contributor);
        let own = Access { sight: Sight::Own { agency: code("A"), answers: false }, runs: false };
        assert_eq!(standing.access(&contributor), None);
        standing.keep_access(&contributor, own.clone(), 5);
        standing.advance(moves(9, 2)).unwrap();
        assert_eq!(standing.access(&contributor), Some(own.clone()));
        assert_eq!(standing.access(&scope("A", Role::Responsible)), None, "another role is another caller");
        standing.advance(moves(12, 11)).unwrap();
        assert_eq!(standing.access(&contributor), None);
        standing.keep_access(&contributor, own.clone(), 10);
        assert_eq!(standing.access(&contributor), None, "read before the change");
        standing.keep_access(&contributor, own.clone(), 11);
        assert_eq!(standing.access(&contributor), Some(own));
        standing.catch_up(since(20, CountsChange::Counted(Vec::new()), None)).unwrap();
        assert_eq!(standing.access(&contributor), None, "it may be another history");
    }

    #[test]
    fn roles_that_need_no_fact_are_known_without_looking() {
        let standing = standing();
        assert!(standing.access(&scope("X", Role::Admin)).unwrap().runs);
        assert!(standing.access(&scope("X", Role::Observer)).unwrap().sight.is_everything());
        assert!(standing.access(&scope("D", Role::Drafter)).unwrap().runs);
        assert!(!standing.access(&scope("D", Role::Contributor)).unwrap().sight.is_everything());
        assert_eq!(standing.access(&scope("X", Role::Drafter)), None);
    }

    #[tokio::test]
    async fn the_same_question_has_one_answer_until_the_revision_moves() {
        let mut standing = standing();
        let question = Question { group_by: vec![Dimension::Status], ..Question::default() };
        let first = standing.ask(&Sight::Everything, &question).await.unwrap();
        let again = standing.ask(&Sight::Everything, &question).await.unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let other = Sight::Own { agency: code("B"), answers: false };
        assert_eq!(
            standing.ask(&other, &question).await.unwrap().table.total,
            0,
            "another sight, another answer"
        );
        standing.advance(moves(6, 2)).unwrap();
        let next = standing.ask(&Sight::Everything, &question).await.unwrap();
        assert_eq!((first.table.revision, next.table.revision), (5, 6));
    }

    #[test]
    fn only_so_many_rows_of_answers_are_kept() {
        let question = |round| Question {
            filter: Filter::equal(Field::Round, Value::Number(round)),
            ..Question::default()
        };
        let kept = |answers: &Answers| answers.by_sight.values().map(HashMap::len).sum::<usize>();
        let mut answers = Answers::default();
        for round in (0..).take(2 * MAX_ROWS) {
            answers.find_or_make(&Sight::Everything, &question(round));
            answers.made(&Sight::Everything, &question(round), Some(0));
            assert!(kept(&answers) <= MAX_ROWS);
        }
        let mut answers = Answers::default();
        for (round, rows) in [(1, Some(MAX_ROWS)), (2, None)] {
            answers.find_or_make(&Sight::Everything, &question(round));
            answers.made(&Sight::Everything, &question(round), rows);
        }
        assert_eq!(kept(&answers), 0);
    }
}
