//! Comments as a caller may see them: one, a list by number, a collection in the draft's own reading order.

use std::collections::HashMap;

use sqlx::QueryBuilder;
use tokio_stream::StreamExt as _;
use ykien_domain::Result;
use ykien_domain::disclosure::Shown;
use ykien_domain::filter::{Field, Filter, Value};
use ykien_domain::ids::{CommentNumber, DraftId, RoundNumber, SectionId, VersionNumber};
use ykien_domain::model::Comment;
use ykien_domain::query::{Collect, Cursor, Group, ListComments, Page};
use ykien_domain::section::Subtrees;
use ykien_domain::words::Status;

use super::filling::Filling;
use super::filter::{self, shown};
use super::persons::name_of;
use super::reading::Reading;
use super::search::candidates;
use super::work::Look;
use super::{Db, Fetch, push_among};
use crate::error::{OrDomain, corrupt};
use crate::rows::{CommentRow, DraftKey, PlacedRow};

/// The columns of a [`CommentRow`], out of the `seen` view.
pub(super) const COLUMNS: &str = "number, round, agency, section, anchor_kind, quote, kind, title, text, proposed_change, \
     channel, speaker, status, late, assigned, response, source_id, source_status, version, created_at, updated_at, \
     changed, written_at, written, published, outcome, explanation, decided_agency, decided_client, decided_at, \
     implemented_in";

/// The columns of the table `c` that the view has.
const OWN_COLUMNS: &str = concat!(
    "c.draft, c.number, c.round, c.agency, c.section, c.anchor_kind, c.quote, c.kind, c.title, \
     c.text, c.proposed_change, c.channel, ",
    name_of!("c", "speaker"),
    ", c.status, c.late, c.assigned, c.response, c.source_id, \
     c.source_status, c.version, c.created_at, c.updated_at, c.changed, c.written_at, c.written, c.published, \
     c.outcome, c.explanation, c.decided_agency, c.decided_client, c.decided_at, c.implemented_in"
);

/// How the facts that stand beside a comment come into a statement over `comments c`: by its section and its round.
pub(super) trait Places {
    /// Where the comments `c` of the draft are read.
    fn source(&self, query: &mut QueryBuilder<Db>, _draft: DraftKey) {
        query.push("comments c");
    }
    /// The tables beside.
    fn joins(&self, query: &mut QueryBuilder<Db>);
    /// The agency responsible for the comment.
    fn responsible(&self, query: &mut QueryBuilder<Db>);
    /// The section's position in reading order.
    fn position(&self, query: &mut QueryBuilder<Db>);
    /// Whether its round shows others' comments before publication.
    fn shown(&self, query: &mut QueryBuilder<Db>);
    /// Which comments, beginning with AND.
    fn chosen(&self, query: &mut QueryBuilder<Db>);
}

/// Adds a relation of these comments of the draft, which are on one section, in the order of their numbers: an index has
/// them so by status, and a page of the whole is among as many of each. How many is part of the text, in few sizes: a plan
/// for an unknown number looks dear to PostgreSQL, which then makes another for each page, in half the time of reading it.
pub(super) fn push_merged(
    query: &mut QueryBuilder<Db>,
    draft: DraftKey,
    most: Option<i64>,
    which: impl Fn(&mut QueryBuilder<Db>),
) {
    for (place, status) in Status::ALL.iter().enumerate() {
        query.push(if place == 0 { "(" } else { " UNION ALL " });
        query.push("SELECT * FROM (SELECT * FROM comments WHERE draft = ").push_bind(draft);
        query.push(format_args!(" AND status = '{}' AND ", status.as_str()));
        which(query);
        query.push(" ORDER BY number");
        if let Some(most) = most {
            query.push(format_args!(" LIMIT {}", most.unsigned_abs().next_power_of_two()));
        }
        query.push(format_args!(") AS of_{}", status.as_str()));
    }
    query.push(")");
}

/// Adds that a comment `c` has a status: else an index that begins with it is of no use.
pub(super) fn push_any_status(query: &mut QueryBuilder<Db>) {
    let words: Vec<String> = Status::ALL.iter().map(|status| format!("'{}'", status.as_str())).collect();
    query.push(format_args!(" AND c.status IN ({})", words.join(", ")));
}

/// Joined to each comment: any comments, or those on one section after a number.
#[derive(Default)]
struct Joined {
    section: Option<(SectionId, CommentNumber)>,
    /// How many are taken at most, where each that is read is taken.
    most: Option<i64>,
}

impl Places for Joined {
    fn source(&self, query: &mut QueryBuilder<Db>, draft: DraftKey) {
        let Some((section, after)) = self.section else {
            query.push("comments c");
            return;
        };
        push_merged(query, draft, self.most, |query| {
            query.push("section = ").push_bind(section).push(" AND number > ").push_bind(after);
        });
        query.push(" c");
    }

    /// A removed section keeps a row in every later version, so the join loses no comment.
    fn joins(&self, query: &mut QueryBuilder<Db>) {
        query.push(
            " JOIN drafts d ON d.draft = c.draft \
             JOIN rounds r ON r.draft = c.draft AND r.round = c.round \
             JOIN sections s ON s.draft = c.draft AND s.version = d.version AND s.section = c.section",
        );
    }

    fn responsible(&self, query: &mut QueryBuilder<Db>) {
        query.push("COALESCE(c.assigned, s.responsible, d.drafting_agency)");
    }

    fn position(&self, query: &mut QueryBuilder<Db>) {
        query.push("s.position");
    }

    fn shown(&self, query: &mut QueryBuilder<Db>) {
        query.push(shown!());
    }

    fn chosen(&self, _: &mut QueryBuilder<Db>) {}
}

/// Looked up for each comment that a search weighs: a join is planned by how many sections and rounds there are, and PostgreSQL,
/// which has no statistics of small tables, may compare each comment with each section.
struct Beside {
    version: VersionNumber,
    drafting_agency: String,
    /// The rounds that show others' comments before publication.
    shown: Vec<RoundNumber>,
}

impl Beside {
    async fn of(look: &mut Look<'_>) -> Result<Self> {
        let shown = look.rounds_shown().await?;
        Ok(Self { version: look.draft.version, drafting_agency: look.draft.drafting_agency.clone(), shown })
    }

    fn push_section(&self, query: &mut QueryBuilder<Db>, column: &str) {
        query.push(format_args!(
            "(SELECT s.{column} FROM sections s WHERE s.draft = c.draft AND s.section = c.section AND s.version = "
        ));
        query.push_bind(self.version).push(")");
    }
}

impl Places for Beside {
    fn joins(&self, _: &mut QueryBuilder<Db>) {}

    fn responsible(&self, query: &mut QueryBuilder<Db>) {
        query.push("COALESCE(c.assigned, ");
        self.push_section(query, "responsible");
        query.push(", ").push_bind(self.drafting_agency.clone()).push(")");
    }

    fn position(&self, query: &mut QueryBuilder<Db>) {
        self.push_section(query, "position");
    }

    fn shown(&self, query: &mut QueryBuilder<Db>) {
        filter::push_shown(query, &self.shown);
    }

    fn chosen(&self, _: &mut QueryBuilder<Db>) {}
}

/// Not at all: of comments to a caller who sees everything, taken by what they are themselves.
struct Apart;

impl Places for Apart {
    fn joins(&self, _: &mut QueryBuilder<Db>) {}

    fn responsible(&self, query: &mut QueryBuilder<Db>) {
        query.push("''");
    }

    fn position(&self, query: &mut QueryBuilder<Db>) {
        query.push("0");
    }

    fn shown(&self, query: &mut QueryBuilder<Db>) {
        query.push("FALSE");
    }

    fn chosen(&self, _: &mut QueryBuilder<Db>) {}
}

/// The most comments that are looked at for a page: a filter that takes few, or a caller that sees few, may get a page
/// that is shorter than it could be, with the place to go on.
pub(super) const MAX_LOOKED_AT: i64 = 20_000;
/// The comments read at first when what they say has to be looked at; then twice as many, and so on.
pub(super) const FIRST_SEARCHED: usize = 128;
/// The most comments that are then read at a time.
pub(super) const SEARCHED_AT_ONCE: usize = 1_024;
/// So many candidates are named in one statement.
const FEW: usize = 4_096;

/// The order in which a collection's groups are read.
fn group_key(group: Group) -> &'static str {
    match group {
        Group::Section => "''",
        // The standing order of the words: `Status::ALL`.
        Group::Status => {
            "CASE seen_status WHEN 'pending' THEN '1' WHEN 'accepted' THEN '2' WHEN 'partially_accepted' THEN '3' \
             WHEN 'rejected' THEN '4' ELSE '5' END"
        }
        Group::Agency => "agency",
        Group::Responsible => "responsible",
    }
}

impl Look<'_> {
    /// Begins a statement over the `seen` view: the draft's comments that the caller may see, each with the status that
    /// it may see. `places` says how the facts beside a comment are had.
    pub(super) fn seen(&self, places: &impl Places) -> QueryBuilder<Db> {
        let (everything, agency, answers) = self.sight();
        // A statement that names the view twice would else have PostgreSQL make a table of it.
        let mut query = QueryBuilder::new("WITH seen AS NOT MATERIALIZED (SELECT ");
        query.push(OWN_COLUMNS).push(", ");
        places.responsible(&mut query);
        query.push(" AS responsible, ");
        places.position(&mut query);
        query.push(" AS position, CASE WHEN c.published OR c.status = 'withdrawn' OR ");
        // Proposals: to who sees everything, and to who answers for the comment.
        query.push_bind(everything).push(" OR (").push_bind(answers).push(" AND ");
        places.responsible(&mut query);
        query.push(" = ").push_bind(agency.clone());
        query.push(") THEN c.status ELSE 'pending' END AS seen_status FROM ");
        places.source(&mut query, self.draft.key);
        places.joins(&mut query);
        query.push(" WHERE c.draft = ").push_bind(self.draft.key);
        query
            .push(" AND (")
            .push_bind(everything)
            .push(" OR c.published OR c.agency = ")
            .push_bind(agency.clone());
        query.push(" OR ");
        places.shown(&mut query);
        query.push(" OR (").push_bind(answers).push(" AND ");
        places.responsible(&mut query);
        query.push(" = ").push_bind(agency).push("))");
        places.chosen(&mut query);
        query.push(") ");
        query
    }

    /// Begins a statement that selects comments of the view with their places: those whose number is what follows.
    fn seen_by_number(&self, places: &impl Places) -> QueryBuilder<Db> {
        let mut query = self.seen(places);
        query.push(format_args!(
            "SELECT {COLUMNS}, responsible, position, '' AS group_key FROM seen WHERE number"
        ));
        query
    }

    /// Reads comments of the view with their places, as the caller may see them.
    pub(super) async fn comments(&mut self, query: QueryBuilder<Db>) -> Result<Vec<(Comment, Cursor)>> {
        let mut comments = Vec::new();
        let take = |comment, place| {
            comments.push((comment, place));
            true
        };
        self.each(query, placed, take).await?;
        Ok(comments)
    }

    /// Reads comments of the view until one is not taken: each is made of its row as it comes, as the caller may see it.
    pub(super) async fn each<R>(
        &mut self,
        mut query: QueryBuilder<Db>,
        made: impl Fn(DraftId, R) -> Result<(Comment, Cursor)>,
        mut take: impl FnMut(Comment, Cursor) -> bool,
    ) -> Result<()>
    where
        R: for<'r> sqlx::FromRow<'r, <Db as sqlx::Database>::Row> + Send + Unpin,
    {
        let draft = DraftId::stored(self.draft.draft_id.clone());
        let mut rows = query.build_query_as().fetch(&mut *self.connection);
        while let Some(row) = rows.next().await {
            let (comment, place) = made(draft.clone(), row.or_domain()?)?;
            if !take(comment.seen_by(&self.access.sight), place) {
                break;
            }
        }
        Ok(())
    }

    /// The comment of this number, if the caller may see it.
    pub(super) async fn comment(&mut self, number: CommentNumber) -> Result<Option<Comment>> {
        let mut query = self.seen_by_number(&Joined::default());
        query.push(" = ").push_bind(number);
        Ok(self.comments(query).await?.pop().map(|(comment, _)| comment))
    }
}

/// A page of a statement over the `seen` view: after this place, at most so many, of these comments where some are
/// named.
struct Span<'a> {
    after: Option<&'a Cursor>,
    limit: i64,
    among: Option<&'a [CommentNumber]>,
}

impl Span<'_> {
    /// Adds the condition that the comments are among those named.
    fn push_among(&self, query: &mut QueryBuilder<Db>) {
        let Some(numbers) = self.among else { return };
        query.push(" AND number");
        push_among(query, numbers);
    }
}

impl Look<'_> {
    /// The page of a search: `statement` leaves out what comments say; that is weighed here, on the comments that the
    /// search index leaves, a few at first and more when too few of them are taken.
    async fn searched(
        &mut self,
        filter: &Filter,
        candidates: Option<Vec<CommentNumber>>,
        by_number: bool,
        (mut after, limit): (Option<Cursor>, i64),
        statement: impl Fn(&Self, &Span<'_>) -> QueryBuilder<Db>,
    ) -> Result<Page<Comment, Cursor>> {
        let subtrees = self.subtrees().await?;
        let within = |section, top| subtrees.within(section, top);
        let (mut filling, mut at_once) = (Filling::new(self, limit), FIRST_SEARCHED);
        loop {
            // By number, so many candidates at a time; in another order all of them, which are few.
            let among = candidates.as_ref().map(|numbers| {
                let passed = if by_number { after.as_ref().map_or(0, |cursor| cursor.number) } else { 0 };
                let rest = &numbers[numbers.partition_point(|number| *number <= passed)..];
                &rest[..rest.len().min(if by_number { at_once } else { FEW })]
            });
            let span = Span { after: after.as_ref(), limit: at_once as i64, among };
            let found = self.comments(statement(self, &span)).await?;
            let last = found.last().map(|(_, cursor)| cursor.clone());
            let (passed, more) = match among.filter(|_| by_number) {
                Some(numbers) => (numbers.last().map(|number| Cursor::numbered(*number)), numbers.len()),
                None => (last, found.len()),
            };
            filling.looked_at += more as i64;
            filling.take_all(found.into_iter().filter(|(comment, _)| filter.takes_comment(comment, &within)));
            if more < at_once || filling.is_full() {
                return Ok(filling.page(None));
            }
            if filling.looked_at >= MAX_LOOKED_AT {
                return Ok(filling.page(passed));
            }
            after = passed;
            at_once = (at_once * 2).min(SEARCHED_AT_ONCE);
        }
    }

    /// Which sections of the newest version lie in which.
    pub(super) async fn subtrees(&mut self) -> Result<Subtrees> {
        let sections: Vec<(i64, Option<i64>)> = sqlx::query_as(
            "SELECT section, parent FROM sections WHERE draft = $1 AND version = $2 ORDER BY position",
        )
        .bind(self.draft.key)
        .bind(self.draft.version)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(Subtrees::of(sections))
    }
}

impl Look<'_> {
    /// The comments that the caller may see, by number, after this one: at most so many.
    pub(super) async fn comments_after(&mut self, after: CommentNumber, limit: i64) -> Result<Vec<Comment>> {
        let mut query = self.seen_by_number(&Joined::default());
        query.push(" > ").push_bind(after).push(" ORDER BY number LIMIT ").push_bind(limit);
        Ok(self.comments(query).await?.into_iter().map(|(comment, _)| comment).collect())
    }
}

impl Look<'_> {
    /// A page of the comments that the filter takes, by number.
    async fn by_number(
        &mut self,
        filter: &Filter,
        after: Option<Cursor>,
        limit: i64,
    ) -> Result<Page<Comment, Cursor>> {
        let of = |mut query: QueryBuilder<Db>, span: &Span<'_>| {
            query.push(" > ").push_bind(span.after.map_or(0, |cursor| cursor.number)).push(" AND ");
            filter::push(&mut query, filter);
            span.push_among(&mut query);
            query.push(" ORDER BY number LIMIT ").push_bind(span.limit);
            query
        };
        if filter.searches() {
            let candidates = candidates(self, filter).await?;
            let places = Beside::of(self).await?;
            let statement = |look: &Self, span: &Span<'_>| of(look.seen_by_number(&places), span);
            return self.searched(filter, candidates, true, (after, limit), statement).await;
        }
        let mut filling = Filling::new(self, limit);
        let span = Span { after: after.as_ref(), limit: filling.missing(), among: None };
        let by_itself = filter.check(|field| !matches!(field, Field::Responsible | Field::Subtree)).is_ok();
        let section = filter.demands(Field::Section).map(Value::number);
        if self.sight().0 && by_itself && section.is_none() && limit > self.draft.section_count {
            let mut query = self.seen(&Apart);
            query.push(format_args!("SELECT {COLUMNS} FROM seen WHERE number"));
            let query = of(query, &span);
            let answering = self.answering().await?;
            let made = |draft, row: CommentRow| {
                let responsible = answering.get(&row.section);
                let responsible = responsible.ok_or_else(|| corrupt("a comment on no section"))?;
                let place = Cursor::numbered(row.number);
                Ok((row.comment(draft, responsible.clone())?, place))
            };
            self.each(query, made, |comment, place| filling.take(comment, place)).await?;
        } else {
            let passed = after.as_ref().map_or(0, |cursor| cursor.number);
            let is_all = self.sight().0 && matches!(filter, Filter::Compare { .. });
            let most = Some(span.limit).filter(|_| is_all);
            let places = Joined { section: section.map(|section| (section, passed)), most };
            let query = of(self.seen_by_number(&places), &span);
            self.each(query, placed, |comment, place| filling.take(comment, place)).await?;
        }
        Ok(filling.page(None))
    }

    /// Who answers for the comments on each section of the newest version.
    async fn answering(&mut self) -> Result<HashMap<SectionId, String>> {
        let sections: Vec<(SectionId, String)> = sqlx::query_as(
            "SELECT section, COALESCE(responsible, $3) FROM sections WHERE draft = $1 AND version = $2",
        )
        .bind(self.draft.key)
        .bind(self.draft.version)
        .bind(&self.draft.drafting_agency)
        .fetch_all(&mut *self.connection)
        .await
        .or_domain()?;
        Ok(sections.into_iter().collect())
    }
}

impl Fetch for ListComments {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Comment, Cursor>> {
        look.by_number(&self.filter, self.after, self.limit).await
    }

    fn shows(answer: &Page<Comment, Cursor>) -> Vec<Shown> {
        answer.items.iter().map(Shown::from).collect()
    }
}

impl Fetch for Collect {
    async fn fetch(self, look: &mut Look<'_>) -> Result<Page<Comment, Cursor>> {
        let Self { group, filter, after, limit, .. } = self;
        let Some(group) = group else { return look.by_number(&filter, after, limit).await };
        let candidates = if filter.searches() { candidates(look, &filter).await? } else { None };
        let few = candidates.as_ref().is_some_and(|numbers| numbers.len() <= FEW);
        if !few {
            let reading = Reading::new(look, group, &filter, limit, candidates).await?;
            return reading.page(look, after).await;
        }
        let key = group_key(group);
        let places = Beside::of(look).await?;
        // What all of them say is a lot to sort: first their places, then the few of the page.
        let statement = |look: &Look<'_>, span: &Span<'_>| {
            let mut query = look.seen(&places);
            query.push(format_args!(
                "SELECT {COLUMNS}, responsible, position, {key} AS group_key FROM seen \
                 WHERE number IN (SELECT number FROM (SELECT number, position, {key} AS group_key FROM seen WHERE "
            ));
            filter::push(&mut query, &filter);
            span.push_among(&mut query);
            if let Some(Cursor { group, position, number }) = span.after {
                query.push(format_args!(" AND ({key}, position, number) > ("));
                query.push_bind(group.clone()).push(", ").push_bind(*position).push(", ");
                query.push_bind(*number).push(")");
            }
            query.push(" ORDER BY group_key, position, number LIMIT ").push_bind(span.limit);
            query.push(") AS first) ORDER BY group_key, position, number");
            query
        };
        look.searched(&filter, candidates, false, (after, limit), statement).await
    }

    fn shows(answer: &Page<Comment, Cursor>) -> Vec<Shown> {
        answer.items.iter().map(Shown::from).collect()
    }
}

/// A comment and its place.
fn placed(draft: DraftId, row: PlacedRow) -> Result<(Comment, Cursor)> {
    let place = Cursor { group: row.group_key.clone(), position: row.position, number: row.comment.number };
    Ok((row.comment(draft)?, place))
}
