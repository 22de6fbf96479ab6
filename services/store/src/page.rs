//! A page cut out of one row more than was asked for.

use ykien_domain::query::Page;

/// The page of `limit` items, when `items` were read with a limit of one more.
pub(crate) fn page<T, C>(mut items: Vec<T>, limit: i64, cursor: impl Fn(&T) -> C) -> Page<T, C> {
    let limit = usize::try_from(limit).unwrap_or(0);
    let more = items.len() > limit;
    items.truncate(limit);
    let next = if more { items.last().map(cursor) } else { None };
    Page { items, next }
}
