//! `ykien persons`: whose names a draft has, and erasing them.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use ykien_domain::actor::Scope;
use ykien_domain::command::{ErasePersons, MAX_BATCH, WriteOptions};
use ykien_domain::ids::DraftId;
use ykien_domain::person::Person;
use ykien_domain::query::{ListPersons, MAX_PAGE};
use ykien_domain::text::{MAX_SHORT_TEXT, clean, required};
use ykien_store::Store;

use crate::cli::{PersonsArgs, PersonsCommand, PersonsEraseArgs};
use crate::config::Database;
use crate::{database, out};

/// `ykien persons …`.
///
/// # Errors
/// A setting that is not valid, a database that can't be opened, a draft or a person that is not there.
pub async fn command(command: PersonsCommand) -> anyhow::Result<ExitCode> {
    match command {
        PersonsCommand::List(args) => list(&args).await,
        PersonsCommand::Erase(args) => erase(args).await,
    }
}

async fn list(args: &PersonsArgs) -> anyhow::Result<ExitCode> {
    let (store, draft) = open(args).await?;
    let name = clean("--name", args.name.as_deref().unwrap_or_default(), MAX_SHORT_TEXT)?;
    for person in persons(&store, &draft, name).await? {
        let Person { subject, name, capacity, .. } = person;
        out::line(format_args!("{subject}\t{name}\t{capacity}"));
    }
    store.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn erase(args: PersonsEraseArgs) -> anyhow::Result<ExitCode> {
    let (store, draft) = open(&args.persons).await?;
    let mut chosen = args.subject;
    if let Some(name) = &args.persons.name {
        // Never empty: that is everybody, and can't be taken back.
        let name = required("--name", name, MAX_SHORT_TEXT)?;
        let named = persons(&store, &draft, name).await?;
        chosen
            .extend(named.into_iter().filter(|person| person.erased.is_none()).map(|person| person.subject));
    }
    if chosen.is_empty() {
        bail!("nobody of this name is named in draft {draft}: see `ykien persons list`");
    }
    let mut erased = 0;
    for subjects in chosen.chunks(MAX_BATCH) {
        let erase = ErasePersons { draft: draft.clone(), subjects: subjects.to_vec() };
        let written = store.write(&Scope::installation(), erase, WriteOptions::default()).await;
        erased += written.context("can't erase the names")?.answer.subjects.len();
    }
    store.close().await;
    out::line(format_args!("{erased} names erased; backups made before today still have them"));
    Ok(ExitCode::SUCCESS)
}

async fn open(args: &PersonsArgs) -> anyhow::Result<(Store, DraftId)> {
    let draft = DraftId::parse("--draft", &args.draft)?;
    Ok((database::open(&Database::check(&args.database)?, database::system_clock()).await?, draft))
}

/// All of exactly this name; everybody when it is empty.
async fn persons(store: &Store, draft: &DraftId, name: String) -> anyhow::Result<Vec<Person>> {
    let mut list = ListPersons { draft: draft.clone(), name, after: None, limit: MAX_PAGE };
    let mut all = Vec::new();
    loop {
        let page = store.read(&Scope::installation(), list.clone()).await?.answer;
        all.extend(page.items);
        match page.next {
            Some(next) => list.after = Some(next),
            None => return Ok(all),
        }
    }
}
