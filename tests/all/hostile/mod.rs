//! Files made to hurt, through the doors that people's files come in by: each is refused with a sentence that names the file,
//! soon, in little memory, and the draft is as it was.
//!
//! No file lies in the repository: each is made here when its turn comes. What a reader refuses part by part is tested beside
//! the reader; the fuzz targets are in `tests/fuzz`.

mod archive;
mod documents;
mod texts;
mod workbooks;

use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use ykien_domain::command::WriteOptions;
use ykien_edge::files::import::{self, CommentsOptions};

use crate::world::*;

/// How long a refusal may take: a second is what it is held to, and what a quiet machine measures; this is for one that builds and
/// tests ten things at a time.
const MAX_TIME: Duration = Duration::from_secs(5);
/// The most memory that the process has had at any time, in KiB, with the file that is made and the tests beside.
const MAX_PEAK: u64 = 1024 * 1024;
/// The longest sentence, in bytes.
const MAX_SENTENCE: usize = 600;
/// The largest file that is sent through gRPC as well, in bytes: this is about what is said, not about sending.
const MAX_SENT: usize = 20_000;

/// One test at a time makes files: together they would have to be counted together.
static TURN: Mutex<()> = Mutex::const_new(());

stamp!(sqlite Sqlite:
    hostile_drafts_are_refused
    hostile_sheets_are_refused
    hostile_decisions_are_refused
    odd_files_are_read_without_harm
);
behaviours_of_grpc! {
    hostile_files_are_refused_over_grpc,
}

/// A file: what it is, a part of the sentence that refuses it, and how it is made.
struct Case {
    name: &'static str,
    says: &'static str,
    make: Box<dyn Fn() -> Vec<u8> + Send + Sync>,
}

fn case(name: &'static str, says: &'static str, make: impl Fn() -> Vec<u8> + Send + Sync + 'static) -> Case {
    Case { name, says, make: Box::new(make) }
}

/// What a file is sent as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Draft,
    Comments,
    Decisions,
}

async fn send(w: &World, door: Door, file: Vec<u8>) -> ykien_domain::Result<()> {
    let (store, draft) = (&w.base.store, draft());
    match door {
        Door::Draft => import::version(file).await.map(drop),
        Door::Comments => {
            let options = CommentsOptions::default();
            import::comments(store, &FINANCE.scope(), &draft, file, options).await.map(drop)
        }
        Door::Decisions => {
            let options = WriteOptions::default();
            import::decisions(store, &DRAFTER.scope(), &draft, file, options).await.map(drop)
        }
    }
}

/// Sends each file through every door: the sentence at the first one is looked at, at the others that there is one.
async fn refuse(w: &World, doors: &[Door], cases: Vec<Case>) {
    let _turn = TURN.lock().await;
    w.open(Rules::default()).await;
    let before = w.revision().await;
    let (mut times, mut faults) = (Vec::new(), Vec::new());
    for Case { name, says, make } in cases {
        for (nth, door) in doors.iter().enumerate() {
            let file = make();
            let started = Instant::now();
            let answer = send(w, *door, file).await.map_err(Refused::from);
            let took = started.elapsed();
            times.push((took, name, *door));
            if took >= MAX_TIME || !is_right(&answer, if nth == 0 { says } else { "" }) {
                faults.push(format!("{name} ({door:?}), {took:.1?}: {answer:?}"));
            }
            assert_eq!(w.revision().await, before, "{name} ({door:?})");
        }
    }
    times.sort_unstable_by_key(|(took, ..)| std::cmp::Reverse(*took));
    let peak = peak();
    eprintln!("{} refusals, peak {peak:?} KiB, the slowest:", times.len());
    for (took, name, door) in times.iter().take(10) {
        eprintln!("{took:10.3?} {name} ({door:?})");
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(peak.is_none_or(|peak| peak < MAX_PEAK), "{peak:?} KiB");
}

/// Whether a file was refused by a reader that knew why.
fn is_right(answer: &Answered<()>, says: &str) -> bool {
    let Err(refused) = answer else { return false };
    // What guards against faults of the readers says these.
    let guards = ["could not be read: it is damaged, or not what it seems", "seconds to read"];
    refused.reason == "INVALID_FIELD"
        && refused.names("file")
        && refused.message.len() <= MAX_SENTENCE
        && refused.message.contains(says)
        && !guards.iter().any(|guard| refused.message.contains(guard))
}

/// The most memory that this process has had, in KiB; none where the system does not say.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

async fn hostile_drafts_are_refused(w: &World) {
    let cases = documents::refused();
    let texts = texts::refused_drafts();
    eprintln!("{} Word files, {} texts", cases.len(), texts.len());
    refuse(w, &[Door::Draft, Door::Comments, Door::Decisions], cases).await;
    refuse(w, &[Door::Draft], texts).await;
}

async fn hostile_sheets_are_refused(w: &World) {
    let cases = workbooks::refused();
    let texts = texts::refused_sheets();
    eprintln!("{} workbooks, {} CSV files", cases.len(), texts.len());
    refuse(w, &[Door::Comments, Door::Decisions, Door::Draft], cases).await;
    refuse(w, &[Door::Comments, Door::Decisions], texts).await;
}

async fn hostile_decisions_are_refused(w: &World) {
    refuse(w, &[Door::Decisions], texts::refused_decisions()).await;
}

async fn odd_files_are_read_without_harm(w: &World) {
    let _turn = TURN.lock().await;
    w.open(Rules::default()).await;
    let drafts = documents::harmless().into_iter().chain(texts::harmless_drafts());
    let sheets = workbooks::harmless().into_iter().chain(texts::harmless_sheets());
    for (door, Case { name, make, .. }) in
        drafts.map(|case| (Door::Draft, case)).chain(sheets.map(|case| (Door::Comments, case)))
    {
        let file = make();
        let started = Instant::now();
        send(w, door, file).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let took = started.elapsed();
        assert!(took < MAX_TIME, "{name}: took {took:?}");
    }
    // Formulas are words: as they were sent.
    let texts: Vec<String> = w
        .all(FINANCE, &Comments { filter: String::new() })
        .await
        .unwrap()
        .into_iter()
        .map(|comment| comment.text)
        .collect();
    assert!(texts.iter().any(|text| text == "=cmd|' /C calc'!A0"), "{texts:?}");
}

async fn hostile_files_are_refused_over_grpc(w: &World) {
    let _turn = TURN.lock().await;
    w.open(Rules::default()).await;
    let before = w.revision().await;
    let mut sent = 0;
    for (decisions, Case { name, says, make }) in workbooks::refused()
        .into_iter()
        .chain(texts::refused_sheets())
        .map(|case| (false, case))
        .chain(texts::refused_decisions().into_iter().map(|case| (true, case)))
    {
        let file = make();
        // Nothing at all is refused before it is a file.
        if file.is_empty() || file.len() > MAX_SENT {
            continue;
        }
        sent += 1;
        let answer = match decisions {
            false => w.upload_comments(FINANCE, &file, false).await,
            true => w.upload_decisions(DRAFTER, &file, false).await,
        };
        let answer = answer.map(drop);
        assert!(is_right(&answer, says), "{name}: {answer:?}");
    }
    assert!(sent > 50, "{sent} files");
    assert_eq!(w.revision().await, before);
}
