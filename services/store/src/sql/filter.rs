//! What a caller may see, and a filter, as SQL. The twin of `cube::see` in the domain.

use sqlx::QueryBuilder;
use ykien_domain::filter::{Field, Filter, Operator, Value};
use ykien_domain::ids::RoundNumber;

use super::Db;

/// Whether the round `r` shows others' comments before publication: `Round::shows_others` in the domain.
macro_rules! shown {
    () => {
        "((r.visibility = 'participants' AND r.state <> 'preparing') \
          OR (r.visibility = 'after_close' AND r.state IN ('closed', 'concluded')))"
    };
}
pub(super) use shown;

/// Adds the condition of a filter over the columns of the `seen` view (see `collect`).
///
/// What a comment says is not looked at here: such a comparison holds, also behind NOT. So a filter that
/// [searches](Filter::searches) gives more comments than it takes, and each is weighed by `Filter::takes_comment`.
pub(super) fn push(query: &mut QueryBuilder<Db>, filter: &Filter) {
    push_weighed(query, filter, true);
}

/// Adds that the round of a comment `c` is one of these.
pub(super) fn push_shown(query: &mut QueryBuilder<Db>, rounds: &[RoundNumber]) {
    if rounds.is_empty() {
        query.push("FALSE");
        return;
    }
    query.push("c.round");
    push_in(query, rounds.iter().copied());
}

/// Adds `IN (…)` with these numbers.
pub(super) fn push_in(query: &mut QueryBuilder<Db>, numbers: impl IntoIterator<Item = i64>) {
    query.push(" IN (");
    let mut none = true;
    let mut list = query.separated(", ");
    for number in numbers {
        list.push_bind(number);
        none = false;
    }
    // An empty list is no SQL, and nothing has this number.
    list.push_unseparated(if none { "0)" } else { ")" });
}

/// `open` is what a comparison with a text stands for: true, but false below an odd number of NOTs.
fn push_weighed(query: &mut QueryBuilder<Db>, filter: &Filter, open: bool) {
    match filter {
        Filter::All(filters) => join(query, filters, open, " AND ", "TRUE"),
        Filter::Any(filters) => join(query, filters, open, " OR ", "FALSE"),
        Filter::Not(filter) => {
            query.push("NOT (");
            push_weighed(query, filter, !open);
            query.push(")");
        }
        Filter::Compare { value: Value::Phrase(_), .. } => {
            query.push(if open { "TRUE" } else { "FALSE" });
        }
        Filter::Compare { field, operator, value } => compare(query, *field, *operator, value),
    }
}

fn join(query: &mut QueryBuilder<Db>, filters: &[Filter], open: bool, word: &str, none: &str) {
    if filters.is_empty() {
        query.push(none);
        return;
    }
    query.push("(");
    for (index, filter) in filters.iter().enumerate() {
        if index > 0 {
            query.push(word);
        }
        push_weighed(query, filter, open);
    }
    query.push(")");
}

fn compare(query: &mut QueryBuilder<Db>, field: Field, operator: Operator, value: &Value) {
    let column = match field {
        Field::Section => "seen.section",
        Field::Status => "seen.seen_status",
        Field::Agency => "seen.agency",
        Field::Responsible => "seen.responsible",
        Field::Kind => "seen.kind",
        Field::Channel => "seen.channel",
        Field::Round => "seen.round",
        Field::Number => "seen.number",
        Field::Late => "seen.late",
        Field::Published => "seen.published",
        Field::Subtree => {
            // Subtrees lie side by side in reading order: the section itself, and what follows it until the next that
            // is no deeper.
            if operator == Operator::NotEqual {
                query.push("NOT ");
            }
            query.push(
                "EXISTS (SELECT 1 FROM sections top JOIN drafts d ON d.draft = top.draft AND d.version = top.version \
                 WHERE top.draft = seen.draft AND top.section = ",
            );
            query.push_bind(value.number());
            query.push(
                " AND seen.position >= top.position AND seen.position < COALESCE((SELECT MIN(after.position) \
                 FROM sections after WHERE after.draft = top.draft AND after.version = top.version \
                 AND after.position > top.position AND after.depth <= top.depth), seen.position + 1))",
            );
            return;
        }
        // A phrase is its value, and was taken above.
        Field::Text | Field::Unaccented => return,
    };
    let operator = match operator {
        Operator::Equal | Operator::Has => " = ",
        Operator::NotEqual => " <> ",
        Operator::Less => " < ",
        Operator::LessOrEqual => " <= ",
        Operator::Greater => " > ",
        Operator::GreaterOrEqual => " >= ",
    };
    query.push(column).push(operator);
    match value {
        Value::Text(text) => query.push_bind(text.clone()),
        Value::Number(number) => query.push_bind(*number),
        Value::Boolean(boolean) => query.push_bind(*boolean),
        Value::Phrase(_) => query,
    };
}
