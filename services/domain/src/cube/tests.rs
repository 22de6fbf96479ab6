//! Cells become tables, whoever asks.

use super::*;
use crate::ids::DraftId;

fn code(text: &str) -> AgencyCode {
    AgencyCode::stored(text.to_owned())
}

fn cell(section: SectionId, status: Status, agency: &str) -> Cell {
    Cell {
        section,
        status,
        published: false,
        agency: code(agency),
        assigned: None,
        kind: Kind::General,
        channel: Channel::Written,
        round: 1,
    }
}

/// root 0 > 10 > 11, root > 20; section 20 answers to T.
fn structure() -> Structure {
    let place =
        |id, parent, responsible: Option<&str>| Place { id, parent, responsible: responsible.map(code) };
    Structure {
        drafting_agency: code("D"),
        sections: vec![
            place(0, None, None),
            place(10, Some(0), None),
            place(11, Some(10), None),
            place(20, Some(0), Some("T")),
        ],
        rounds: BTreeMap::from([(1, false)]),
    }
}

fn cube() -> Cube {
    Cube::counted(
        7,
        [
            (cell(11, Status::Pending, "A"), 2),
            (cell(11, Status::Accepted, "B"), 1),
            (cell(20, Status::Rejected, "A"), 3),
            (Cell { assigned: Some(code("X")), ..cell(0, Status::Pending, "B") }, 1),
        ],
    )
}

fn ask(cube: &Cube, sight: &Sight, group_by: &[Dimension], filter: &str) -> Vec<(Vec<Key>, i64, i64)> {
    let question = Question {
        group_by: group_by.to_vec(),
        filter: Filter::parse(&DraftId::default(), "filter", filter).unwrap(),
    };
    let table = cube.ask(&structure(), sight, &question).unwrap();
    table.rows.into_iter().map(|row| (row.keys, row.count, row.subtree_count)).collect()
}

#[test]
fn sections_roll_up_the_tree_in_reading_order() {
    let rows = ask(&cube(), &Sight::Everything, &[Dimension::Section], "");
    let expected = [(0, 1, 7), (10, 0, 3), (11, 3, 3), (20, 3, 3)];
    assert_eq!(rows, expected.map(|(id, count, subtree)| (vec![Key::Section(id)], count, subtree)));
}

#[test]
fn responsible_is_the_comments_own_then_the_sections_then_the_drafting_agency() {
    let rows = ask(&cube(), &Sight::Everything, &[Dimension::Responsible], "");
    let expected = [("D", 3), ("T", 3), ("X", 1)];
    assert_eq!(rows, expected.map(|(agency, count)| (vec![Key::Responsible(code(agency))], count, count)));
}

#[test]
fn a_filter_takes_a_subtree() {
    let rows = ask(&cube(), &Sight::Everything, &[Dimension::Status], "subtree = 10");
    assert_eq!(
        rows,
        vec![(vec![Key::Status(Status::Pending)], 2, 2), (vec![Key::Status(Status::Accepted)], 1, 1)]
    );
}

#[test]
fn a_contributor_sees_its_own_and_what_is_published_and_no_proposed_status() {
    let mut cube = cube();
    let published = Cell { published: true, ..cell(11, Status::Accepted, "B") };
    cube.advance(8, [Move { from: Some(cell(11, Status::Accepted, "B")), to: published, count: 1 }]).unwrap();
    let sight = Sight::Own { agency: code("A"), answers: false };
    let rows = ask(&cube, &sight, &[Dimension::Agency, Dimension::Status], "");
    let expected = [("A", Status::Pending, 5), ("B", Status::Accepted, 1)];
    assert_eq!(
        rows,
        expected.map(|(agency, status, count)| (
            vec![Key::Agency(code(agency)), Key::Status(status)],
            count,
            count
        ))
    );
    let answers = Sight::Own { agency: code("T"), answers: true };
    let rows = ask(&cube, &answers, &[Dimension::Status], "published = false");
    assert_eq!(rows, vec![(vec![Key::Status(Status::Rejected)], 3, 3)]);
    // The same agency in another role, and another agency in that role.
    for (agency, answers) in [("T", false), ("C", true)] {
        let sight = Sight::Own { agency: code(agency), answers };
        assert_eq!(ask(&cube, &sight, &[], "published = false"), vec![], "{agency}");
    }
}

#[test]
fn others_are_seen_in_a_round_that_shows_them_pending_unless_withdrawn() {
    let cube =
        Cube::counted(1, [(cell(11, Status::Accepted, "B"), 1), (cell(11, Status::Withdrawn, "B"), 2)]);
    let sight = Sight::Own { agency: code("A"), answers: false };
    let group_by = vec![Dimension::Status];
    let filter = Filter::parse(&DraftId::default(), "filter", "").unwrap();
    let question = Question { group_by, filter };
    assert_eq!(cube.ask(&structure(), &sight, &question).unwrap().rows.len(), 0);
    let shown = Structure { rounds: BTreeMap::from([(1, true)]), ..structure() };
    let rows = cube.ask(&shown, &sight, &question).unwrap().rows;
    let rows: Vec<(Vec<Key>, i64)> = rows.into_iter().map(|row| (row.keys, row.count)).collect();
    let expected = [(Status::Pending, 1), (Status::Withdrawn, 2)];
    assert_eq!(rows, expected.map(|(status, count)| (vec![Key::Status(status)], count)));
}

#[test]
fn the_fold_of_moves_equals_the_count() {
    let mut folded = Cube::default();
    let new = |cell: Cell, count| Move { from: None, to: cell, count };
    folded
        .advance(1, [new(cell(11, Status::Pending, "A"), 3), new(cell(20, Status::Rejected, "A"), 3)])
        .unwrap();
    let moved =
        Move { from: Some(cell(11, Status::Pending, "A")), to: cell(11, Status::Accepted, "B"), count: 1 };
    folded.advance(2, [moved]).unwrap();
    let assigned = Cell { assigned: Some(code("X")), ..cell(0, Status::Pending, "B") };
    folded.advance(7, [new(assigned, 1)]).unwrap();
    assert_eq!(folded, cube());
}

#[test]
fn a_log_that_does_not_fit_is_noticed() {
    let lost =
        Move { from: Some(cell(99, Status::Pending, "A")), to: cell(10, Status::Pending, "A"), count: 1 };
    assert!(cube().advance(8, [lost]).is_err());
}
