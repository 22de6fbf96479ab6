//! `ykien comments import`: the rows of a file through the bulk stream, with a report per line.

mod agencies;
mod item;
mod legacy;
mod mapping;
pub(crate) mod places;
mod report;
mod rows;
mod send;

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::Context as _;
use ykien_domain::ids::DraftId;

use crate::cli::CommentsImportArgs;
use crate::config::{Bad, Database, Remote};
use crate::out;
use crate::session::Session;
use agencies::Agencies;
use item::Item;
use mapping::{Mapping, Outcomes};
use places::Sections;
use report::{Entry, Fate, Problem, Report};

/// `ykien comments import`: exit code 1 when a line was refused.
///
/// # Errors
/// A setting that is not valid, a file that can't be read, a server that refuses the import as a whole.
pub async fn command(args: CommentsImportArgs) -> anyhow::Result<ExitCode> {
    let remote = Remote::check(&args.remote)?;
    let database = Database::check(&args.database)?;
    DraftId::parse("draft", &args.draft)
        .map_err(|error| Bad::new("--draft", error.message.trim_start_matches("draft: ")))?;
    let outcomes = Outcomes::check(&args.outcomes)?;
    let table = rows::read(&args.file)?;
    let mapping = Mapping::check(&args.map, &table.header)?;

    let mut report = Report::default();
    let mut items = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        match Item::of(&args.draft, row, &mapping, &outcomes) {
            Ok(item) => items.push(item),
            Err(problems) => report.entries.push(refused(row.line, String::new(), problems)),
        }
    }

    let session = Session::open(remote, &database).await?;
    let imported = import(&session, &args, &mapping, items, &mut report).await;
    // In any case: the client of this import ends with it.
    let closed = session.close().await;
    imported?;
    closed?;
    report.finish(args.quiet, args.report.as_deref())?;
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn import(
    session: &Session,
    args: &CommentsImportArgs,
    mapping: &Mapping,
    items: Vec<Item>,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut comments = session.comments().await?;
    let mut agencies = Agencies::load(&mut comments).await?;
    if args.create {
        let named: BTreeSet<&str> = items.iter().map(|item| item.agency.as_str()).collect();
        let made = agencies.create(session, named).await?;
        out::error(format_args!("{made} agencies made"));
    }
    let title = args.title.clone().or_else(|| Some(args.file.file_stem()?.to_string_lossy().into_owned()));
    let title = title.unwrap_or_else(|| args.draft.clone());
    let make = args.create.then_some((title.as_str(), args.agency.as_str()));
    let mut draft = places::draft(&mut comments, &args.draft, make).await?;
    if args.create && draft.version == 0 {
        let cited: Vec<&str> = items.iter().map(|item| item.section.as_str()).collect();
        let made = places::create_sections(&mut comments, &draft.name, &cited).await?;
        out::error(format_args!("{} made with {made} sections", draft.name));
        draft.version = i64::from(made > 0);
    }
    let sections = Sections::load(&mut comments, &draft).await?;
    let round = places::round(&mut comments, &draft.name, args.create, session.clock().as_ref()).await?;

    let mut ready = Vec::with_capacity(items.len());
    for mut item in items {
        match place(&mut item, &agencies, &sections, mapping) {
            Ok(()) => {
                item.comment.round.clone_from(&round);
                ready.push(item);
            }
            Err(problems) => {
                let source_id = item.comment.source.map(|source| source.id).unwrap_or_default();
                report.entries.push(refused(item.line, source_id, problems));
            }
        }
    }
    let mut entries = send::submit(&mut comments, &draft.name, &ready, mapping).await?;
    // A long stream outlives the token that opened it.
    let mut comments = session.comments().await?;
    let decided = send::decide(&mut comments, &draft.name, &ready, &mut entries).await;
    report.entries.extend(entries);
    decided.context("the comments are there, but not all decisions: run the import again")
}

/// Puts the agency and the section that a row names into its comment.
fn place(
    item: &mut Item,
    agencies: &Agencies,
    sections: &Sections,
    mapping: &Mapping,
) -> Result<(), Vec<Problem>> {
    let mut problems = Vec::new();
    match agencies.get(&item.agency) {
        Some(agency) => item.comment.agency = agency,
        None => problems.push(Problem::new(
            "agency",
            mapping.column("agency"),
            "is not an agency that the server knows",
        )),
    }
    match sections.get(&item.section) {
        Some(section) => {
            item.comment.anchor =
                Some(ykien_proto::v1::Anchor { section, quote: std::mem::take(&mut item.quote), kind: 0 });
        }
        None => {
            let description = "is not the label, the path or the heading of one section of the draft";
            problems.push(Problem::new("section", mapping.column("section"), description));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn refused(line: usize, source_id: String, problems: Vec<Problem>) -> Entry {
    Entry { line, source_id, result: Fate::Refused, number: None, decided: None, notes: Vec::new(), problems }
}
