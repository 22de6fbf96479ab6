//! A document as a file: one snapshot, written once to a temporary file, then sent from there, so that a slow client holds
//! no transaction.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};

use ykien_documents::letterhead::Letterhead;
use ykien_documents::words::Language;
use ykien_documents::write::{Wanted, write};
use ykien_domain::actor::Scope;
use ykien_domain::ids::{AgencyCode, DraftId, Revision, RoundNumber};
use ykien_domain::model::Comment;
use ykien_domain::query::Group;
use ykien_domain::snapshot::{Comments, SnapshotQuery};
use ykien_domain::text::{MAX_SHORT_TEXT, clean};
use ykien_domain::words::{Document, FileFormat};
use ykien_domain::{Error, Reason, Result, Violations};
use ykien_proto::v1;
use ykien_store::Store;

use super::{WRITING, turn};
use crate::wire::{self, names};

/// The bytes of a file that are sent at a time.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// The most recipients of a letterhead.
const MAX_RECIPIENTS: usize = 50;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Export {
    /// The draft.
    pub draft: DraftId,
    /// Which document.
    pub document: Document,
    /// In which format; the document's first when none.
    pub format: Option<FileFormat>,
    /// In which language.
    pub language: Language,
    /// How a summary's table is grouped.
    pub by: Group,
    /// Only this round.
    pub round: Option<RoundNumber>,
    /// Whose slip or sheet; the caller's own when none.
    pub agency: Option<AgencyCode>,
    /// What stands around it.
    pub letterhead: Letterhead,
    /// Only a document that includes this revision.
    pub min_revision: Revision,
}

impl From<Export> for v1::ExportDocumentRequest {
    fn from(wanted: Export) -> Self {
        let Letterhead { superior, agency, number, place, date, capacity, signer, recipients } =
            wanted.letterhead;
        Self {
            draft: names::draft(&wanted.draft),
            document: wire::document(wanted.document).into(),
            format: wanted.format.map(wire::file_format).unwrap_or_default().into(),
            language: wanted.language.of(v1::Language::Vietnamese, v1::Language::English).into(),
            group_by: match wanted.by {
                Group::Section => v1::Grouping::Section,
                Group::Status => v1::Grouping::Status,
                Group::Agency => v1::Grouping::Agency,
                Group::Responsible => v1::Grouping::ResponsibleAgency,
            }
            .into(),
            round: names::numbered_or_empty(&wanted.draft, "rounds", wanted.round),
            agency: names::agency_or_empty(wanted.agency.as_ref()),
            letterhead: Some(v1::Letterhead {
                superior,
                agency,
                number,
                place,
                date: date.map(|date| date.as_str().to_owned()).unwrap_or_default(),
                capacity,
                signer,
                recipients,
            }),
            min_revision: wanted.min_revision,
        }
    }
}

/// A file that is written.
#[derive(Debug)]
pub struct Exported {
    /// The file, at its beginning; it has no name, and is gone when it is closed.
    pub file: File,
    /// How many bytes it has.
    pub size: u64,
    /// A name for it.
    pub name: String,
    /// Its format.
    pub format: FileFormat,
    /// The revision for which it holds.
    pub revision: Revision,
}

/// Writes a document.
///
/// # Errors
/// As [`export_watched`].
pub async fn export(store: &Store, scope: &Scope, export: Export) -> Result<Exported> {
    export_watched(store, scope, export, |_, _| ()).await
}

/// Writes a document, and tells how far it is: how many comments were read, of how many in all. A workbook reads each once
/// for every grouping.
///
/// # Errors
/// `INVALID_FIELD` naming `format`, `agency` or a field of `letterhead`; `NOT_FOUND`, `PERMISSION_DENIED`,
/// `REVISION_NOT_REACHED`; `LIMIT_EXCEEDED` when too many are being written.
pub async fn export_watched(
    store: &Store,
    scope: &Scope,
    export: Export,
    watch: impl Fn(u64, u64) + Send + 'static,
) -> Result<Exported> {
    let Export { draft, document, format, language, by, round, agency, letterhead, min_revision } = export;
    let formats = document.formats();
    let format = format.or(formats.first().copied()).filter(|format| formats.contains(format));
    let Some(format) = format else {
        let names: Vec<_> = formats.iter().map(|format| format.as_str()).collect();
        let message = format!("of {} must be one of: {}", document.as_str(), names.join(" "));
        return Err(Error::field("format", message));
    };
    let letterhead = checked(letterhead)?;
    let turn = turn(&WRITING).await?;
    let wanted = Wanted {
        document,
        format,
        language,
        by,
        letterhead,
        agency: agency.clone().unwrap_or_else(|| scope.agency().clone()),
    };
    let query = SnapshotQuery { draft: draft.clone(), document, round, agency, min_revision };
    let (snapshot, comments) = store.snapshot(scope, query).await?;
    let each: i64 = snapshot.counts.iter().map(|count| count.count).sum();
    let mut comments =
        Watched { comments, read: 0, all: 0, each: u64::try_from(each).unwrap_or_default(), watch };
    let written = tokio::task::spawn_blocking(move || -> Result<_> {
        let _turn = turn;
        let mut file = tempfile::tempfile().map_err(|error| unwritable(&error))?;
        write(&wanted, &snapshot, &mut comments, &mut file)?;
        let size = file.seek(SeekFrom::End(0)).map_err(|error| unwritable(&error))?;
        file.rewind().map_err(|error| unwritable(&error))?;
        Ok((file, size, snapshot.revision))
    });
    let written = written.await.map_err(|error| {
        tracing::error!(%error, "writing a document ended badly");
        Error::new(Reason::Internal, "a fault of the server; its log says more")
    })?;
    let (file, size, revision) = written?;
    let name = format!("{draft}-{}-r{revision}.{}", document.as_str(), format.as_str());
    Ok(Exported { file, size, name, format, revision })
}

/// So many comments between two notices.
const NOTICE_EVERY: u64 = 500;

/// Comments that are counted as they are read.
struct Watched<C, W> {
    comments: C,
    read: u64,
    all: u64,
    /// How many there are in each order.
    each: u64,
    watch: W,
}

impl<C: Comments, W: Fn(u64, u64)> Comments for Watched<C, W> {
    fn collect(&mut self, group: Group) -> Result<Box<dyn Iterator<Item = Result<Comment>> + '_>> {
        let Self { comments, read, all, each, watch } = self;
        *all += *each;
        let all = *all;
        Ok(Box::new(comments.collect(group)?.inspect(move |_| {
            *read += 1;
            if *read % NOTICE_EVERY == 0 {
                watch(*read, all);
            }
        })))
    }
}

fn unwritable(error: &std::io::Error) -> Error {
    tracing::error!(%error, "can't write a temporary file");
    Error::new(Reason::Unavailable, "the server has no room for the file: try again later")
}

/// A letterhead in its stored form.
fn checked(given: Letterhead) -> Result<Letterhead> {
    let mut bad = Violations::default();
    if given.recipients.len() > MAX_RECIPIENTS {
        let message = format!("must be at most {MAX_RECIPIENTS}, are {}", given.recipients.len());
        bad.add("letterhead.recipients", message);
    }
    let mut text =
        |field: &str, text: &str| bad.take(clean(&format!("letterhead.{field}"), text, MAX_SHORT_TEXT));
    let letterhead = Letterhead {
        superior: text("superior", &given.superior),
        agency: text("agency", &given.agency),
        number: text("number", &given.number),
        place: text("place", &given.place),
        date: given.date,
        capacity: text("capacity", &given.capacity),
        signer: text("signer", &given.signer),
        recipients: given
            .recipients
            .iter()
            .take(MAX_RECIPIENTS)
            .enumerate()
            .map(|(index, recipient)| text(&format!("recipients[{index}]"), recipient))
            .collect(),
    };
    bad.check()?;
    Ok(letterhead)
}
