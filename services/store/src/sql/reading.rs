//! A collection, read in the draft's own order at a cost that does not depend on the place.
//!
//! A collection is a sequence of *runs*: one group's comments on one section, by number. Each is one range of an index
//! (`comments_by_…`), or one for each status, merged, so a page is read by looking up which sections come next, and then their
//! runs one after another.
//! Runs that are long are read by themselves; short ones that follow one another are read together.

use sqlx::QueryBuilder;
use ykien_domain::Result;
use ykien_domain::filter::{Field, Filter};
use ykien_domain::ids::{CommentNumber, RoundNumber, SectionId};
use ykien_domain::model::Comment;
use ykien_domain::query::{Cursor, Group, Page};
use ykien_domain::section::Subtrees;
use ykien_domain::words::Status;

use super::chosen::Chosen;
use super::collect::{FIRST_SEARCHED, MAX_LOOKED_AT, SEARCHED_AT_ONCE, push_any_status, push_merged};
use super::filling::Filling;
use super::search::among;
use super::work::Look;
use super::{Db, filter};
use crate::error::{OrDomain, corrupt};
use crate::rows::CommentRow;

/// The comments of one run that are looked at together at first where not all of them are taken, and the most later on.
const FIRST_AT_ONCE: i64 = 4_000;
const MOST_AT_ONCE: i64 = 8_000;
/// The sections looked up first; then twice as many, and so on.
const FIRST_SECTIONS: i64 = 8;
/// The most sections looked up at a time, and the most runs read together.
const MAX_SECTIONS: i64 = 64;

/// A section whose comments in a group come next.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Run {
    pub(super) section: SectionId,
    pub(super) position: i64,
    /// The agency that answers for those of its comments to which none was given.
    pub(super) responsible: String,
    /// How many comments wait to be read, counted up to a bound.
    waiting: i64,
}

/// What is collected.
pub(super) struct Reading<'f> {
    pub(super) group: Group,
    pub(super) filter: &'f Filter,
    pub(super) limit: i64,
    subtrees: Subtrees,
    /// The rounds that show others' comments before publication.
    pub(super) shown: Vec<RoundNumber>,
    /// Whether some comments of a run may not be taken: by the filter, because the caller does not see them, or because
    /// an index does not know who is responsible.
    narrowed: bool,
    /// The comments, in order, that may say what the filter asks for; none when every comment may.
    candidates: Option<Vec<CommentNumber>>,
}

/// The comments that a search looks at.
struct Listed {
    numbers: Vec<CommentNumber>,
    /// The last, if there may be more.
    last: Option<CommentNumber>,
    /// How many were listed for it.
    looked_at: i64,
}

/// How the reading of a part of the collection ended.
enum End {
    /// There is no more in it.
    Exhausted,
    /// The page is full.
    Full,
    /// Enough was looked at: the page ends here.
    Short(Cursor),
}

impl<'f> Reading<'f> {
    pub(super) async fn new(
        look: &mut Look<'_>,
        group: Group,
        filter: &'f Filter,
        limit: i64,
        candidates: Option<Vec<CommentNumber>>,
    ) -> Result<Self> {
        let by_section = filter.check(|field| !matches!(field, Field::Section | Field::Subtree)).is_err();
        let subtrees = if by_section { look.subtrees().await? } else { Subtrees::default() };
        let shown = look.rounds_shown().await?;
        let narrowed = group == Group::Responsible || !look.sight().0 || *filter != Filter::default();
        Ok(Self { group, filter, limit, subtrees, shown, narrowed, candidates })
    }

    /// The page after this place.
    pub(super) async fn page(
        &self,
        look: &mut Look<'_>,
        after: Option<Cursor>,
    ) -> Result<Page<Comment, Cursor>> {
        let mut filling = Filling::new(look, self.limit);
        let mut place = match after {
            Some(cursor) => Some(cursor),
            None => self.next_group(look, None).await?,
        };
        while let Some(from) = place {
            match self.group(look, &mut filling, &from).await? {
                End::Exhausted => place = self.next_group(look, Some(&from.group)).await?,
                End::Full => break,
                End::Short(cursor) => return Ok(filling.page(Some(cursor))),
            }
        }
        Ok(filling.page(None))
    }

    /// The beginning of the group after this one; of the first without.
    async fn next_group(&self, look: &mut Look<'_>, after: Option<&str>) -> Result<Option<Cursor>> {
        let least = match self.group {
            Group::Section => Some(String::new()).filter(|_| after.is_none()),
            Group::Status => {
                let keys = ["1", "2", "3", "4", "5"].map(str::to_owned);
                keys.into_iter().find(|key| after.is_none_or(|after| key.as_str() > after))
            }
            Group::Agency => match self.filter.demands(Field::Agency) {
                Some(agency) => Some(agency.text().to_owned())
                    .filter(|key| after.is_none_or(|after| key.as_str() > after)),
                None => {
                    look.least("SELECT MIN(agency) FROM comments WHERE draft = $1 AND agency > $2", after)
                        .await?
                }
            },
            Group::Responsible => look.next_responsible(after).await?,
        };
        Ok(least.map(|group| Cursor { group, position: 0, number: 0 }))
    }

    /// Reads a group from a place on.
    async fn group(&self, look: &mut Look<'_>, filling: &mut Filling<'_>, from: &Cursor) -> Result<End> {
        let mut from = from.clone();
        let bound = self.bound(filling);
        // A run that was left in its midst is most likely long: it is read on, and not counted first.
        if from.number > 0
            && !self.narrowed
            && let Some(run) = self.left(look, &from, bound).await?
        {
            let end = self.batch(look, filling, &[run], &from, bound).await?;
            if !matches!(end, End::Exhausted) {
                return Ok(end);
            }
            from = Cursor { group: from.group, position: from.position + 1, number: 0 };
        }
        let mut sections = FIRST_SECTIONS;
        loop {
            let bound = self.bound(filling);
            let runs = self.runs(look, &from, sections, bound).await?;
            let Some(last) = runs.last().map(|run| run.position) else { return Ok(End::Exhausted) };
            let listed = runs.len();
            let all = listed < usize::try_from(sections).unwrap_or(0)
                && runs.last().is_none_or(|last| last.waiting < bound);
            filling.looked_at += i64::try_from(listed).unwrap_or(sections);
            let waiting = |run: &Run| {
                run.waiting > 0
                    && self
                        .filter
                        .may_take_on(run.section, &|section, top| self.subtrees.within(section, top))
            };
            let runs: Vec<Run> = runs.into_iter().filter(waiting).collect();
            for batch in self.batches(&from.group, &runs, bound) {
                let end = self.batch(look, filling, batch, &from, bound).await?;
                if !matches!(end, End::Exhausted) {
                    return Ok(end);
                }
            }
            if all {
                return Ok(End::Exhausted);
            }
            from = Cursor { group: from.group, position: last + 1, number: 0 };
            if filling.looked_at >= MAX_LOOKED_AT {
                return Ok(End::Short(from));
            }
            sections = (sections * 2).min(MAX_SECTIONS);
        }
    }

    /// The bound of [`Run::waiting`] for what is read next: where few are taken, as many again as were looked at.
    fn bound(&self, filling: &Filling<'_>) -> i64 {
        if self.narrowed { filling.looked_at.clamp(FIRST_AT_ONCE, MOST_AT_ONCE) } else { self.limit + 1 }
    }

    /// The runs that are read together: long ones by themselves, of short ones as many as come to no more than a long
    /// one.
    fn batches<'r>(&self, group: &str, runs: &'r [Run], bound: i64) -> Vec<&'r [Run]> {
        let mut batches = Vec::new();
        let (mut start, mut sum) = (0, 0);
        for (index, run) in runs.iter().enumerate() {
            let fits = sum + run.waiting <= bound
                && runs.get(start).is_some_and(|first| self.own(first, group) == self.own(run, group));
            if index > start && !fits {
                batches.push(&runs[start..index]);
                (start, sum) = (index, 0);
            }
            sum += run.waiting;
        }
        if start < runs.len() {
            batches.push(&runs[start..]);
        }
        batches
    }

    /// Reads runs together. `from` is where the first of them may have been left.
    async fn batch(
        &self,
        look: &mut Look<'_>,
        filling: &mut Filling<'_>,
        runs: &[Run],
        from: &Cursor,
        bound: i64,
    ) -> Result<End> {
        let (Some(first), Some(last)) = (runs.first(), runs.last()) else { return Ok(End::Exhausted) };
        let mut after = if first.position == from.position { from.number } else { 0 };
        // A long run of which not all is taken: no further than so many comments at a time.
        let long = (self.narrowed && last.waiting >= bound).then_some(bound);
        loop {
            let (until, looked_at) = if self.filter.searches() {
                self.search(look, runs, &from.group, (after, long), filling).await?
            } else {
                let until = match long {
                    Some(bound) => self.until(look, from, first, (after, bound)).await?,
                    None => None,
                };
                self.read(look, runs, &from.group, (after, until), filling).await?;
                (until, if until.is_some() { bound } else { runs.iter().map(|run| run.waiting).sum() })
            };
            if filling.is_full() {
                return Ok(End::Full);
            }
            filling.looked_at += looked_at;
            if self.narrowed && filling.looked_at >= MAX_LOOKED_AT {
                let number = until.unwrap_or(CommentNumber::MAX);
                return Ok(End::Short(Cursor { group: from.group.clone(), position: last.position, number }));
            }
            match until {
                Some(until) => after = until,
                None => return Ok(End::Exhausted),
            }
        }
    }

    /// The run in which the reading was left, as if it were long.
    async fn left(&self, look: &mut Look<'_>, from: &Cursor, bound: i64) -> Result<Option<Run>> {
        sqlx::query_as(
            "SELECT section, position, COALESCE(responsible, $4) AS responsible, $5 AS waiting FROM sections \
             WHERE draft = $1 AND version = $2 AND position = $3",
        )
        .bind(look.draft.key)
        .bind(look.draft.version)
        .bind(from.position)
        .bind(&look.draft.drafting_agency)
        .bind(bound)
        .fetch_optional(&mut *look.connection)
        .await
        .or_domain()
    }

    /// The sections from a place on, with how many comments of its group wait on each. They end with the first that has any
    /// where as many wait on it as are counted: the page may well end there, and a long run is read in many pages.
    async fn runs(&self, look: &mut Look<'_>, from: &Cursor, sections: i64, bound: i64) -> Result<Vec<Run>> {
        let draft = &look.draft;
        let mut query: QueryBuilder<Db> = QueryBuilder::new(
            "WITH listed AS MATERIALIZED (SELECT section, position, COALESCE(responsible, ",
        );
        query.push_bind(draft.drafting_agency.clone()).push(") AS responsible FROM sections WHERE draft = ");
        query.push_bind(draft.key).push(" AND version = ").push_bind(draft.version);
        query.push(" AND position >= ").push_bind(from.position);
        query.push(" ORDER BY position LIMIT ").push_bind(sections);
        query.push("), first AS MATERIALIZED (SELECT s.position, ");
        self.push_waiting(&mut query, look, from, (true, bound));
        query.push(
            " AS waiting FROM listed s \
             WHERE s.position = (SELECT MIN(s.position) FROM listed s WHERE 0 < ",
        );
        self.push_waiting(&mut query, look, from, (true, 1));
        query.push(
            ")) SELECT s.section, s.position, s.responsible, CASE WHEN s.position = first.position \
             THEN first.waiting WHEN s.position > first.position THEN ",
        );
        self.push_waiting(&mut query, look, from, (false, bound));
        query.push(
            " ELSE 0 END AS waiting FROM listed s LEFT JOIN first ON TRUE \
             WHERE first.position IS NULL OR s.position <= first.position OR first.waiting < ",
        );
        query.push_bind(bound).push(" ORDER BY s.position");
        query.build_query_as().fetch_all(&mut *look.connection).await.or_domain()
    }

    /// Adds the count, up to the bound, of the comments that wait on the section `s`: the first, where the reading may
    /// have been left in its midst, or another.
    fn push_waiting(
        &self,
        query: &mut QueryBuilder<Db>,
        look: &Look<'_>,
        from: &Cursor,
        (first, bound): (bool, i64),
    ) {
        if self.group != Group::Responsible {
            return self.push_count(query, look, from, (first, bound), true);
        }
        query.push("CASE WHEN s.responsible = ").push_bind(from.group.clone()).push(" THEN ");
        self.push_count(query, look, from, (first, bound), true);
        query.push(" ELSE ");
        self.push_count(query, look, from, (first, bound), false);
        query.push(" END");
    }

    fn push_count(
        &self,
        query: &mut QueryBuilder<Db>,
        look: &Look<'_>,
        from: &Cursor,
        (first, bound): (bool, i64),
        own: bool,
    ) {
        query.push("(SELECT COUNT(*) FROM (SELECT 1 AS one FROM ");
        let left = first && from.number > 0;
        let waits = |query: &mut QueryBuilder<Db>| {
            query.push("section = s.section");
            if left {
                query.push(" AND number > CASE WHEN s.position = ").push_bind(from.position);
                query.push(" THEN ").push_bind(from.number).push(" ELSE 0 END");
            }
        };
        if left && self.is_of_any_status(look, &from.group, own) {
            push_merged(query, look.draft.key, Some(bound), waits);
            query.push(" c WHERE TRUE");
        } else {
            query.push("comments c WHERE c.draft = ").push_bind(look.draft.key).push(" AND ");
            waits(query);
            if self.is_of_any_status(look, &from.group, own) {
                push_any_status(query);
            }
        }
        self.push_group(query, look, &from.group, own);
        query.push(" LIMIT ").push_bind(bound).push(") few)");
    }

    /// The number up to which so many comments of a run are looked at; none where there are no more than that.
    async fn until(
        &self,
        look: &mut Look<'_>,
        from: &Cursor,
        run: &Run,
        (after, bound): (CommentNumber, i64),
    ) -> Result<Option<CommentNumber>> {
        let (group, own) = (from.group.as_str(), self.own(run, &from.group));
        let (runs, most) = (std::slice::from_ref(run), Some(bound));
        let chosen = Chosen { reading: self, look, runs, group, after, until: None, most, own, among: None };
        let mut query = chosen.nth(bound);
        let until: Option<(i64,)> =
            query.build_query_as().fetch_optional(&mut *look.connection).await.or_domain()?;
        Ok(until.map(|(number,)| number))
    }

    /// Whether a run's comments are the group's by their section; else only those that were given to the agency.
    fn own(&self, run: &Run, group: &str) -> bool {
        self.group != Group::Responsible || run.responsible == group
    }

    /// What an index knows of a run's comments: columns, each with its one value.
    fn known(&self, look: &Look<'_>, group: &str, own: bool) -> impl Iterator<Item = (&'static str, String)> {
        let sees_everything = look.sight().0;
        let grouped = match self.group {
            Group::Agency => Some(("agency", group.to_owned())),
            // A proposal that is hidden counts as pending, so what is pending to such a caller may have any status.
            Group::Status if sees_everything || group != PENDING => Some(("status", word(group))),
            Group::Responsible if !own => Some(("assigned", group.to_owned())),
            Group::Section | Group::Status | Group::Responsible => None,
        };
        let agency = self.filter.demands(Field::Agency).map(|agency| ("agency", agency.text().to_owned()));
        let status = self.filter.demands(Field::Status).filter(|_| sees_everything);
        let status = status.map(|status| ("status", status.text().to_owned()));
        [grouped, agency, status].into_iter().flatten()
    }

    /// Whether a run has comments of any status and of any agency: no index has them in the order of their numbers.
    pub(super) fn is_of_any_status(&self, look: &Look<'_>, group: &str, own: bool) -> bool {
        self.known(look, group, own).next().is_none()
    }

    /// Adds which comments `c` of a section are the group's, as far as an index knows: [`Self::push_assigned`] adds the rest.
    pub(super) fn push_group(&self, query: &mut QueryBuilder<Db>, look: &Look<'_>, group: &str, own: bool) {
        for (column, value) in self.known(look, group, own) {
            query.push(format_args!(" AND c.{column} = ")).push_bind(value);
        }
    }

    /// Adds that a comment of the responsible agency's own section was given to no other.
    pub(super) fn push_assigned(&self, query: &mut QueryBuilder<Db>, group: &str, own: bool) {
        if self.group == Group::Responsible && own {
            query.push(" AND (c.assigned IS NULL OR c.assigned = ").push_bind(group.to_owned()).push(")");
        }
    }

    /// Adds the comments of these runs that are taken, in order: of the first after a number, of a single one up to a number.
    async fn read(
        &self,
        look: &mut Look<'_>,
        runs: &[Run],
        group: &str,
        (after, until): (CommentNumber, Option<CommentNumber>),
        filling: &mut Filling<'_>,
    ) -> Result<()> {
        let Some(first) = runs.first() else { return Ok(()) };
        let own = self.own(first, group);
        let limit = filling.missing();
        let most = Some(limit).filter(|_| !self.narrowed);
        let chosen = Chosen { reading: self, look, runs, group, after, until, most, own, among: None };
        let mut query = chosen.statement();
        query.push(" LIMIT ").push_bind(limit);
        placed(look, query, runs, group, |comment, place| filling.take(comment, place)).await
    }

    /// As [`Self::read`], where what they say is weighed after: of those that may say it a few are read at first, and more
    /// when too few are taken. Of a long run so many comments of each status are listed; gives the last of them if there may be
    /// more, and how many were looked at.
    async fn search(
        &self,
        look: &mut Look<'_>,
        runs: &[Run],
        group: &str,
        (after, most): (CommentNumber, Option<i64>),
        filling: &mut Filling<'_>,
    ) -> Result<(Option<CommentNumber>, i64)> {
        let Some(first) = runs.first() else { return Ok((None, 0)) };
        let (own, until) = (self.own(first, group), None);
        let chosen = Chosen { reading: self, look, runs, group, after, until, most, own, among: None };
        let query = chosen.numbers();
        let Listed { mut numbers, last, looked_at } = self.numbers(look, runs, query, most).await?;
        if let Some(candidates) = &self.candidates {
            numbers = among(&numbers, candidates);
        }
        let (mut rest, mut at_once) = (numbers.as_slice(), FIRST_SEARCHED);
        let within = |section, top| self.subtrees.within(section, top);
        while !rest.is_empty() && !filling.is_full() {
            let (some, others) = rest.split_at(at_once.min(rest.len()));
            let among = Some(some);
            let chosen = Chosen { reading: self, look, runs, group, after, until, most, own, among };
            let query = chosen.statement();
            let take = |comment: Comment, place| {
                !self.filter.takes_comment(&comment, &within) || filling.take(comment, place)
            };
            placed(look, query, runs, group, take).await?;
            (rest, at_once) = (others, (at_once * 2).min(SEARCHED_AT_ONCE));
        }
        Ok((last, looked_at))
    }

    /// The comments that a statement lists by section and number, in the order of their runs, as far as every list tells: one
    /// that has the most that it may ends there.
    async fn numbers(
        &self,
        look: &mut Look<'_>,
        runs: &[Run],
        mut query: QueryBuilder<Db>,
        most: Option<i64>,
    ) -> Result<Listed> {
        let rows: Vec<(SectionId, Option<String>)> =
            query.build_query_as().fetch_all(&mut *look.connection).await.or_domain()?;
        let (mut numbers, mut last) = (Vec::new(), None);
        for (section, listed) in rows {
            let place = runs.iter().position(|run| run.section == section);
            let before = numbers.len();
            for number in listed.iter().flat_map(|listed| listed.split(' ')) {
                let number = number.parse().map_err(|_| corrupt("a comment's number that is none"))?;
                numbers.push((place, number));
            }
            let list = numbers.get(before..).unwrap_or_default();
            if most.is_some_and(|most| list.len() as i64 >= most) {
                let end = list.iter().map(|(_, number)| *number).max();
                last = last.min(end).or(end);
            }
        }
        // Stretches in order, which this sort makes use of.
        numbers.sort();
        let known = numbers.iter().map(|(_, number)| *number);
        let known = known.filter(|number| last.is_none_or(|last| *number <= last)).collect();
        Ok(Listed { numbers: known, last, looked_at: numbers.len() as i64 })
    }
}

/// Reads comments of these runs until one is not taken: their places are known, and need not be read with each.
async fn placed(
    look: &mut Look<'_>,
    query: QueryBuilder<Db>,
    runs: &[Run],
    group: &str,
    take: impl FnMut(Comment, Cursor) -> bool,
) -> Result<()> {
    let made = |draft, row: CommentRow| {
        let run = runs.iter().find(|run| run.section == row.section);
        let run = run.ok_or_else(|| corrupt("a comment on another section than was asked for"))?;
        let place = Cursor { group: group.to_owned(), position: run.position, number: row.number };
        Ok((row.comment(draft, run.responsible.clone())?, place))
    };
    look.each(query, made, take).await
}

/// The key of the group of what is pending.
const PENDING: &str = "1";

/// The word of a group of one status: its key is the word's place in the standing order.
pub(super) fn word(key: &str) -> String {
    let place = key.parse::<usize>().unwrap_or(1);
    Status::ALL.get(place.wrapping_sub(1)).copied().unwrap_or(Status::Pending).as_str().to_owned()
}

impl Look<'_> {
    /// The rounds that show others' comments before publication; none to who sees everything anyway.
    pub(super) async fn rounds_shown(&mut self) -> Result<Vec<RoundNumber>> {
        if self.sight().0 {
            return Ok(Vec::new());
        }
        sqlx::query_scalar(concat!(
            "SELECT r.round FROM rounds r WHERE r.draft = $1 AND ",
            filter::shown!(),
            " ORDER BY r.round"
        ))
        .bind(self.draft.key)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()
    }

    /// The least value of a statement over this draft, after another.
    async fn least(&mut self, statement: &'static str, after: Option<&str>) -> Result<Option<String>> {
        let (least,): (Option<String>,) = sqlx::query_as(statement)
            .bind(self.draft.key)
            .bind(after.unwrap_or_default())
            .fetch_one(&mut *self.connection)
            .await
            .or_domain()?;
        Ok(least)
    }

    /// The next responsible agency: given to a comment, to a section, or the drafting agency.
    async fn next_responsible(&mut self, after: Option<&str>) -> Result<Option<String>> {
        let given = self
            .least(
                "SELECT MIN(assigned) FROM comments \
                 WHERE draft = $1 AND assigned IS NOT NULL AND assigned > $2",
                after,
            )
            .await?;
        let (by_section,): (Option<String>,) = sqlx::query_as(
            "SELECT MIN(responsible) FROM sections \
             WHERE draft = $1 AND version = $2 AND responsible IS NOT NULL AND responsible > $3",
        )
        .bind(self.draft.key)
        .bind(self.draft.version)
        .bind(after.unwrap_or_default())
        .fetch_one(&mut *self.connection)
        .await
        .or_domain()?;
        let drafting = Some(self.draft.drafting_agency.clone())
            .filter(|drafting| after.is_none_or(|after| drafting.as_str() > after));
        Ok([given, by_section, drafting].into_iter().flatten().min())
    }
}
