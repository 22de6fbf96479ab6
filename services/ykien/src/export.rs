//! `ykien export`: a document as a file, from a server or from the configured database.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use tempfile::NamedTempFile;
use ykien_documents::letterhead::Letterhead;
use ykien_documents::words::Language;
use ykien_domain::actor::Scope;
use ykien_domain::ids::{AgencyCode, DraftId, Revision};
use ykien_domain::query::Group;
use ykien_domain::time::Date;
use ykien_domain::words::{Document, FileFormat};
use ykien_edge::files::export::{self, Export};
use ykien_proto::v1;
use ykien_proto::v1::export_document_response::Part;

use crate::cli::{DocumentArg, ExportArgs, GroupArg, LanguageArg};
use crate::client::{self, Login, TokenSource};
use crate::config::{Bad, Database, Remote};
use crate::{database, out};

/// `ykien export`.
///
/// # Errors
/// A setting that is not valid, a server that refuses, a file that can't be written.
pub async fn command(args: ExportArgs) -> anyhow::Result<ExitCode> {
    let remote = Remote::of("YKIEN_AGGREGATION_SERVER", args.server.as_deref(), &args.login)?;
    let database = Database::check(&args.database)?;
    let wanted = wanted(&args)?;
    let directory =
        args.file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(directory)
        .with_context(|| format!("can't write in {}", directory.display()))?;
    let (size, revision) = match remote {
        Some(remote) => through_grpc(remote, wanted, file.as_file_mut()).await?,
        None => directly(&database, wanted, file.as_file_mut()).await?,
    };
    file.persist(&args.file).with_context(|| format!("can't write {}", args.file.display()))?;
    out::line(format_args!("{}: {size} bytes, revision {revision}", args.file.display()));
    Ok(ExitCode::SUCCESS)
}

fn wanted(args: &ExportArgs) -> anyhow::Result<Export> {
    let bad = |flag: &'static str| move |error: ykien_domain::Error| Bad::new(flag, error.message);
    let document = match args.document {
        DocumentArg::Summary => Document::Summary,
        DocumentArg::Slip => Document::Slip,
        DocumentArg::Directives => Document::Directives,
        DocumentArg::CommentSheet => Document::CommentSheet,
        DocumentArg::DecisionSheet => Document::DecisionSheet,
        DocumentArg::IsoForm => Document::IsoForm,
    };
    let ending = args.file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_lowercase();
    let format = FileFormat::from_word(&ending).filter(|format| document.formats().contains(format));
    let Some(format) = format else {
        let endings: Vec<_> =
            document.formats().iter().map(|format| format!(".{}", format.as_str())).collect();
        bail!(Bad::new("FILE", format!("must end in {} for this document", endings.join(", "))));
    };
    let letterhead = &args.letterhead;
    Ok(Export {
        draft: DraftId::parse("--draft", &args.draft).map_err(bad("--draft"))?,
        document,
        format: Some(format),
        language: match args.language {
            LanguageArg::Vi => Language::Vietnamese,
            LanguageArg::En => Language::English,
        },
        by: match args.group_by {
            GroupArg::Section => Group::Section,
            GroupArg::Status => Group::Status,
            GroupArg::Agency => Group::Agency,
            GroupArg::Responsible => Group::Responsible,
        },
        round: args.round,
        agency: match &args.agency {
            Some(code) => Some(AgencyCode::parse("--agency", code).map_err(bad("--agency"))?),
            None => None,
        },
        letterhead: Letterhead {
            superior: letterhead.superior.clone(),
            agency: letterhead.issuing_agency.clone(),
            number: letterhead.number.clone(),
            place: letterhead.place.clone(),
            date: match &letterhead.date {
                Some(date) => Some(Date::parse("--date", date).map_err(bad("--date"))?),
                None => None,
            },
            capacity: letterhead.capacity.clone(),
            signer: letterhead.signer.clone(),
            recipients: letterhead.recipients.clone(),
        },
        min_revision: 0,
    })
}

/// Writes it in this process; the bar counts comments as they are read.
async fn directly(database: &Database, wanted: Export, file: &mut File) -> anyhow::Result<(u64, Revision)> {
    let store = database::open(database, database::system_clock()).await?;
    let bar = out::progress(0, "comments");
    let shown = bar.clone();
    let exported = export::export_watched(&store, &Scope::installation(), wanted, move |read, all| {
        shown.set_length(all);
        shown.set_position(read);
    })
    .await;
    bar.finish_and_clear();
    let mut exported = exported.context("can't write the document")?;
    std::io::copy(&mut exported.file, file)?;
    store.close().await;
    Ok((exported.size, exported.revision))
}

/// Has it written by a server; the bar counts KiB as they come.
async fn through_grpc(remote: Remote, wanted: Export, file: &mut File) -> anyhow::Result<(u64, Revision)> {
    let channel = remote.tls.connect(&remote.server).await?;
    let source = TokenSource::Endpoint(remote.token_url, remote.tls);
    let login = Login { source, id: remote.client_id, secret: remote.client_secret };
    let mut aggregation = client::aggregation(channel, login.token().await?);
    let mut parts =
        client::answer(aggregation.export_document(v1::ExportDocumentRequest::from(wanted)).await)?;
    let (mut size, mut revision, mut written) = (0, 0, 0);
    let bar = out::progress(0, "KiB");
    while let Some(message) =
        parts.message().await.map_err(|status| anyhow::anyhow!(client::explain(&status)))?
    {
        match message.part {
            Some(Part::File(info)) => {
                (size, revision) = (u64::try_from(info.size).unwrap_or_default(), info.revision);
                bar.set_length(size / 1024);
            }
            Some(Part::Chunk(chunk)) => {
                file.write_all(&chunk)?;
                written += chunk.len() as u64;
                bar.set_position(written / 1024);
            }
            None => {}
        }
    }
    bar.finish_and_clear();
    if written != size {
        bail!("the file was cut: {written} of {size} bytes came");
    }
    Ok((size, revision))
}

/// A file that is sent, whole.
///
/// # Errors
/// It can't be read, or is larger than a server takes.
pub(crate) fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    let most = ykien_edge::files::MAX_FILE_BYTES as u64;
    let mut bytes = Vec::new();
    let opened = File::open(file).with_context(|| format!("can't open {}", file.display()))?;
    opened
        .take(most + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("can't read {}", file.display()))?;
    if bytes.len() as u64 > most {
        bail!("{}: must be at most {most} bytes", file.display());
    }
    Ok(bytes)
}
