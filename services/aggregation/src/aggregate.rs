//! `Aggregate`: comments counted by any of the dimensions.

use ykien_domain::actor::Scope;
use ykien_domain::cube::{Dimension, Key, Question, Row, Table};
use ykien_domain::filter::{Field, Filter};
use ykien_domain::ids::{DraftId, name};
use ykien_domain::{Result, Violations};
use ykien_edge::wire::{self, names};
use ykien_proto::{Encoded, v1};

use crate::{Aggregation, freshness};

pub(crate) async fn aggregate(
    service: &Aggregation,
    scope: Scope,
    request: v1::AggregateRequest,
) -> Result<Encoded<v1::AggregateResponse>> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let min_revision = bad.take(freshness::revision("min_revision", request.min_revision));
    let group_by = dimensions(&request.group_by, &mut bad);
    bad.check()?;
    let question = Question { group_by, filter: counted(&draft, &request.filter)? };
    let answered = service.cubes.ask(&scope, &draft, &question, min_revision).await?;
    Ok(answered.message.get_or_init(|| Encoded::from(&render(&draft, &answered.table))).clone())
}

/// The dimensions of a request, each at most once.
pub(crate) fn dimensions(group_by: &[i32], bad: &mut Violations) -> Vec<Dimension> {
    let mut dimensions = Vec::new();
    for (index, value) in group_by.iter().enumerate() {
        let dimension = match v1::Dimension::try_from(*value) {
            Ok(v1::Dimension::Section) => Dimension::Section,
            Ok(v1::Dimension::Status) => Dimension::Status,
            Ok(v1::Dimension::Agency) => Dimension::Agency,
            Ok(v1::Dimension::ResponsibleAgency) => Dimension::Responsible,
            Ok(v1::Dimension::Kind) => Dimension::Kind,
            Ok(v1::Dimension::Channel) => Dimension::Channel,
            Ok(v1::Dimension::Round) => Dimension::Round,
            Ok(v1::Dimension::Unspecified) | Err(_) => {
                bad.add(format!("group_by[{index}]"), "must be a dimension");
                continue;
            }
        };
        if dimensions.contains(&dimension) {
            bad.add(format!("group_by[{index}]"), "was named before: each dimension at most once");
            // What follows a repeat can only be noise: at most seven dimensions exist.
            break;
        }
        dimensions.push(dimension);
    }
    dimensions
}

/// A filter that names only what counts have.
///
/// # Errors
/// `INVALID_FILTER`.
pub(crate) fn counted(draft: &DraftId, filter: &str) -> Result<Filter> {
    let filter = Filter::parse(draft, "filter", filter)?;
    filter.check(Field::counted)?;
    Ok(filter)
}

pub(crate) fn render(draft: &DraftId, table: &Table) -> v1::AggregateResponse {
    v1::AggregateResponse {
        rows: table.rows.iter().map(|row| render_row(draft, row)).collect(),
        total: table.total,
        revision: table.revision,
    }
}

fn render_row(draft: &DraftId, row: &Row) -> v1::AggregateRow {
    let mut key = v1::AggregateKey::default();
    for part in &row.keys {
        match part {
            Key::Section(id) => key.section = names::numbered(draft, "sections", *id),
            Key::Status(status) => key.set_status(wire::status(*status)),
            Key::Agency(code) => key.agency = names::agency(code),
            Key::Responsible(code) => key.responsible_agency = names::agency(code),
            Key::Kind(kind) => key.set_kind(wire::kind(*kind)),
            Key::Channel(channel) => key.set_channel(wire::channel(*channel)),
            Key::Round(number) => key.round = names::numbered(draft, "rounds", *number),
        }
    }
    v1::AggregateRow { key: Some(key), count: row.count, subtree_count: row.subtree_count }
}

#[cfg(test)]
mod tests {
    use ykien_domain::Reason;
    use ykien_domain::ids::AgencyCode;
    use ykien_domain::words::{Channel, Kind, Status};

    use super::*;

    fn parse(group_by: &[i32]) -> Result<Vec<Dimension>> {
        let mut bad = Violations::default();
        let dimensions = dimensions(group_by, &mut bad);
        bad.check().map(|()| dimensions)
    }

    #[test]
    fn every_dimension_is_known_and_stays_in_its_order() {
        let all = [7, 6, 5, 4, 3, 2, 1];
        let expected = [
            Dimension::Round,
            Dimension::Channel,
            Dimension::Kind,
            Dimension::Responsible,
            Dimension::Agency,
            Dimension::Status,
            Dimension::Section,
        ];
        assert_eq!(parse(&all).unwrap(), expected);
        assert!(parse(&[]).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_dimension_or_named_twice_names_its_place() {
        for (group_by, field) in
            [(&[1, 0][..], "group_by[1]"), (&[99], "group_by[0]"), (&[2, 3, 2], "group_by[2]")]
        {
            let error = parse(group_by).unwrap_err();
            assert_eq!(error.violations[0].field, field);
            assert_eq!(error.violations.len(), 1);
        }
    }

    #[test]
    fn counts_have_no_number_no_lateness_and_no_text() {
        assert!(
            counted(&DraftId::default(), "status = rejected AND (agency = H37.05 OR subtree = 4)").is_ok()
        );
        for filter in ["number = 1", "late = true", r#"status = pending AND NOT text:"a""#] {
            assert_eq!(
                counted(&DraftId::default(), filter).unwrap_err().reason,
                Reason::InvalidFilter,
                "{filter}"
            );
        }
    }

    #[test]
    fn a_row_sets_the_values_that_were_asked_for() {
        let draft = DraftId::parse("draft", "nq20").unwrap();
        let agency = AgencyCode::parse("agency", "H37.05").unwrap();
        let keys = vec![
            Key::Section(4),
            Key::Status(Status::PartiallyAccepted),
            Key::Agency(agency.clone()),
            Key::Responsible(agency),
            Key::Kind(Kind::Technical),
            Key::Channel(Channel::Meeting),
            Key::Round(2),
        ];
        let key = render_row(&draft, &Row { keys, count: 3, subtree_count: 5 }).key.unwrap();
        let expected = v1::AggregateKey {
            section: "drafts/nq20/sections/4".into(),
            status: v1::CommentStatus::PartiallyAccepted.into(),
            agency: "agencies/H37.05".into(),
            responsible_agency: "agencies/H37.05".into(),
            kind: v1::CommentKind::Technical.into(),
            channel: v1::Channel::Meeting.into(),
            round: "drafts/nq20/rounds/2".into(),
        };
        assert_eq!(key, expected);
        let total = render_row(&draft, &Row { keys: Vec::new(), count: 3, subtree_count: 3 });
        assert_eq!(total.key.unwrap(), v1::AggregateKey::default());
    }
}
