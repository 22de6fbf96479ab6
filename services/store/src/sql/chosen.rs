//! Runs of a collection that are read together, as SQL.

use sqlx::QueryBuilder;
use ykien_domain::ids::CommentNumber;
use ykien_domain::query::Group;
use ykien_domain::words::Status;

use super::collect::{COLUMNS, Places, push_any_status, push_merged};
use super::reading::{Reading, Run, word};
use super::work::Look;
use super::{Db, filter, push_among};
use crate::rows::DraftKey;

/// Numbers as one text, of what is selected from.
const LISTED: &str = "string_agg(CAST(number AS TEXT), ' ') FROM ";

/// Runs that are read together, with what is known of their sections: nothing is joined to a comment.
pub(super) struct Chosen<'a> {
    pub(super) reading: &'a Reading<'a>,
    pub(super) look: &'a Look<'a>,
    pub(super) runs: &'a [Run],
    pub(super) group: &'a str,
    pub(super) after: CommentNumber,
    pub(super) until: Option<CommentNumber>,
    /// How many are taken at most, where each that is read is taken; of a search, how many are listed, of each status where
    /// a run has comments of any.
    pub(super) most: Option<i64>,
    pub(super) own: bool,
    /// Only these, of those that [`Self::numbers`] gives.
    pub(super) among: Option<&'a [CommentNumber]>,
}

impl Chosen<'_> {
    /// Reads the comments that the filter may take, in order.
    pub(super) fn statement(&self) -> QueryBuilder<Db> {
        let mut query = self.look.seen(self);
        query.push(format_args!("SELECT {COLUMNS} FROM seen WHERE "));
        filter::push(&mut query, self.reading.filter);
        if self.reading.group == Group::Status {
            query.push(" AND seen_status = ").push_bind(word(self.group));
        }
        query.push(if self.runs.len() > 1 { " ORDER BY position, number" } else { " ORDER BY number" });
        query
    }

    /// Reads the sections and the numbers of their comments, as an index has them: a row a section, for a row a comment
    /// costs more to hand over than to find. Of a single run of any status, a row a status: to merge them here costs as
    /// much again as to find them. The first of each row where there is a most, which only a single run may have.
    pub(super) fn numbers(&self) -> QueryBuilder<Db> {
        let mut query = QueryBuilder::new("");
        match self.runs {
            [run] if self.reading.is_of_any_status(self.look, self.group, self.own) => {
                for (place, status) in Status::ALL.iter().enumerate() {
                    query.push(if place == 0 { "" } else { " UNION ALL " });
                    query.push("SELECT CAST(").push_bind(run.section).push(" AS BIGINT), ");
                    query.push(LISTED).push("(SELECT c.number FROM comments c WHERE c.draft = ");
                    query.push_bind(self.look.draft.key);
                    query.push(format_args!(" AND c.status = '{}' AND ", status.as_str()));
                    self.push_single(&mut query, run);
                    self.push_most(&mut query);
                    query.push(format_args!(") of_{}", status.as_str()));
                }
            }
            _ => {
                query.push("SELECT section, ").push(LISTED).push("(");
                self.push_listed(&mut query, "c.section, c.number");
                self.push_most(&mut query);
                query.push(") listed GROUP BY section");
            }
        }
        query
    }

    /// Adds the order and the bound of a list.
    fn push_most(&self, query: &mut QueryBuilder<Db>) {
        if let Some(most) = self.most {
            query.push(" ORDER BY c.number LIMIT ").push_bind(most);
        }
    }

    /// Reads the number of the comment at this place, as an index has them.
    pub(super) fn nth(&self, place: i64) -> QueryBuilder<Db> {
        let mut query = QueryBuilder::new("");
        self.push_listed(&mut query, "c.number");
        query.push(" ORDER BY c.number LIMIT 1 OFFSET ").push_bind(place - 1);
        query
    }

    /// Begins a statement over the comments, as an index has them.
    fn push_listed(&self, query: &mut QueryBuilder<Db>, what: &str) {
        let draft = self.look.draft.key;
        query.push("SELECT ").push(what).push(" FROM ");
        self.source(query, draft);
        query.push(" WHERE c.draft = ").push_bind(draft);
        self.push_runs(query);
    }

    /// Adds which comments `c` are those of the runs, as far as an index knows.
    fn push_runs(&self, query: &mut QueryBuilder<Db>) {
        self.reading.push_group(query, self.look, self.group, self.own);
        let [first, rest @ ..] = self.runs else { return };
        if rest.is_empty() {
            query.push(" AND ");
            self.push_single(query, first);
            return;
        }
        if self.reading.is_of_any_status(self.look, self.group, self.own) {
            push_any_status(query);
        }
        query.push(" AND c.section");
        filter::push_in(query, self.runs.iter().map(|run| run.section));
        query.push(" AND (c.section <> ").push_bind(first.section);
        query.push(" OR c.number > ").push_bind(self.after).push(")");
    }

    /// Adds the same for a single run.
    fn push_single(&self, query: &mut QueryBuilder<Db>, run: &Run) {
        query.push("section = ").push_bind(run.section);
        query.push(" AND number > ").push_bind(self.after);
        if let Some(until) = self.until {
            query.push(" AND number <= ").push_bind(until);
        }
    }

    /// Adds a value of the comment's section.
    fn by_section<'q, T>(&self, query: &mut QueryBuilder<Db>, value: impl Fn(&Run) -> T)
    where
        T: PartialEq + sqlx::Encode<'q, Db> + sqlx::Type<Db> + 'q,
    {
        let Some((first, rest)) = self.runs.split_first() else { return };
        let common = value(first);
        if rest.iter().all(|run| value(run) == common) {
            query.push_bind(common);
            return;
        }
        query.push("CASE c.section");
        for run in self.runs {
            query.push(" WHEN ").push_bind(run.section).push(" THEN ").push_bind(value(run));
        }
        query.push(" END");
    }
}

impl Places for Chosen<'_> {
    fn source(&self, query: &mut QueryBuilder<Db>, draft: DraftKey) {
        match self.runs {
            [run]
                if self.among.is_none() && self.reading.is_of_any_status(self.look, self.group, self.own) =>
            {
                push_merged(query, draft, self.most, |query| self.push_single(query, run));
                query.push(" c");
            }
            _ => {
                query.push("comments c");
            }
        }
    }

    fn joins(&self, _: &mut QueryBuilder<Db>) {}

    fn responsible(&self, query: &mut QueryBuilder<Db>) {
        query.push("COALESCE(c.assigned, ");
        self.by_section(query, |run| run.responsible.clone());
        query.push(")");
    }

    fn position(&self, query: &mut QueryBuilder<Db>) {
        self.by_section(query, |run| run.position);
    }

    fn shown(&self, query: &mut QueryBuilder<Db>) {
        filter::push_shown(query, &self.reading.shown);
    }

    fn chosen(&self, query: &mut QueryBuilder<Db>) {
        match self.among {
            // They are on the runs' sections. Said once more, it would offer the planner a range of another index, of which
            // each comment is compared with all of the numbers.
            Some(numbers) => {
                query.push(" AND c.number");
                push_among(query, numbers);
            }
            None => self.push_runs(query),
        }
        self.reading.push_assigned(query, self.group, self.own);
    }
}
