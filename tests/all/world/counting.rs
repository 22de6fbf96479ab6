//! Counts through either port. The store's port folds a cube of its own, as the aggregation service does, and holds it
//! against a count of the tables at every question.

use ykien_domain::cube::{Cube, Dimension, Key, Question, Table};
use ykien_domain::filter::Filter;
use ykien_domain::ids::Revision;
use ykien_domain::query::{Counts, CountsChange};
use ykien_edge::wire::{self, names};
use ykien_proto::v1;

use super::{Answered, Who, World, draft};

/// A question for counts.
#[derive(Debug, Clone, Default)]
pub struct Counting {
    /// The dimensions.
    pub by: Vec<Dimension>,
    /// Which comments.
    pub filter: String,
}

impl Counting {
    /// By these dimensions, of all comments.
    pub fn by(by: &[Dimension]) -> Self {
        Self { by: by.to_vec(), filter: String::new() }
    }

    /// The total of what a filter takes.
    pub fn of(filter: &str) -> Self {
        Self { by: Vec::new(), filter: filter.to_owned() }
    }
}

/// An answer: rows of keys as short words (a section's number, an agency's code), count and count with the subtree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The rows, in the order given.
    pub rows: Vec<(Vec<String>, i64, i64)>,
    /// All comments that the filter takes.
    pub total: i64,
    /// The revision for which it holds.
    pub revision: Revision,
}

impl World {
    /// Counts.
    pub async fn count(&self, who: Who, counting: &Counting) -> Answered<Counted> {
        let Some(remote) = &self.remote else { return self.count_by_store(who, counting).await };
        let request = v1::AggregateRequest {
            draft: names::draft(&draft()),
            group_by: counting.by.iter().map(|dimension| number(*dimension).into()).collect(),
            filter: counting.filter.clone(),
            min_revision: 0,
        };
        let answer = remote.clients(who).await.aggregation.aggregate(request).await?.into_inner();
        let rows = answer.rows.into_iter().map(|row| {
            let key = row.key.expect("a key");
            (
                counting.by.iter().map(|dimension| word(*dimension, &key)).collect(),
                row.count,
                row.subtree_count,
            )
        });
        Ok(Counted { rows: rows.collect(), total: answer.total, revision: answer.revision })
    }

    async fn count_by_store(&self, who: Who, counting: &Counting) -> Answered<Counted> {
        let scope = who.scope();
        let read = |after| self.base.store.read(&scope, Counts { draft: draft(), after });
        let counted = read(None).await?.answer;
        let CountsChange::Counted(cells) = counted.change else { panic!("a count of everything") };
        let structure = counted.structure.expect("its structure");
        let cube = Cube::counted(counted.revision, cells);

        let mut cubes = self.cubes.lock().await;
        let held = cubes.entry(draft()).or_insert_with(|| cube.clone());
        let CountsChange::Moves(moves) = read(Some(held.revision)).await?.answer.change else {
            panic!("moves since revision {}", held.revision)
        };
        held.advance(counted.revision, moves).expect("the log fits the counts");
        assert_eq!(held.cells(), cube.cells(), "the fold of the log is the count of the tables");

        let filter = Filter::parse(&draft(), "filter", &counting.filter)?;
        let question = Question { group_by: counting.by.clone(), filter };
        let Table { revision, rows, total } = held.ask(&structure, &counted.access.sight, &question)?;
        let rows =
            rows.into_iter().map(|row| (row.keys.iter().map(short).collect(), row.count, row.subtree_count));
        Ok(Counted { rows: rows.collect(), total, revision })
    }
}

fn number(dimension: Dimension) -> v1::Dimension {
    match dimension {
        Dimension::Section => v1::Dimension::Section,
        Dimension::Status => v1::Dimension::Status,
        Dimension::Agency => v1::Dimension::Agency,
        Dimension::Responsible => v1::Dimension::ResponsibleAgency,
        Dimension::Kind => v1::Dimension::Kind,
        Dimension::Channel => v1::Dimension::Channel,
        Dimension::Round => v1::Dimension::Round,
    }
}

/// The last part of a resource name.
pub fn last(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

fn word(dimension: Dimension, key: &v1::AggregateKey) -> String {
    let known = "a value of the contract";
    match dimension {
        Dimension::Section => last(&key.section),
        Dimension::Status => {
            wire::read_status("status", key.status).expect(known).expect(known).as_str().to_owned()
        }
        Dimension::Agency => last(&key.agency),
        Dimension::Responsible => last(&key.responsible_agency),
        Dimension::Kind => wire::read_kind("kind", key.kind).expect(known).expect(known).as_str().to_owned(),
        Dimension::Channel => {
            wire::read_channel("channel", key.channel).expect(known).expect(known).as_str().to_owned()
        }
        Dimension::Round => last(&key.round),
    }
}

fn short(key: &Key) -> String {
    match key {
        Key::Section(number) | Key::Round(number) => number.to_string(),
        Key::Status(status) => status.as_str().to_owned(),
        Key::Agency(code) | Key::Responsible(code) => code.to_string(),
        Key::Kind(kind) => kind.as_str().to_owned(),
        Key::Channel(channel) => channel.as_str().to_owned(),
    }
}
