//! Files out: which writer a document and a format want.

use std::io::{BufWriter, Seek, Write};

use ykien_domain::actor::Sight;
use ykien_domain::ids::AgencyCode;
use ykien_domain::query::Group;
use ykien_domain::words::{Document, FileFormat};
use ykien_domain::{Error, Reason, Result};

use crate::layout::{Canvas, Properties};
use crate::letterhead::Letterhead;
use crate::sheet::comments::{CommentSheet, write_comments};
use crate::sheet::decisions::write_decisions;
use crate::snapshot::{Comments, Snapshot};
use crate::words::Language;
use crate::{docx, instructions, iso, pdf, records, slip, summary, workbook};

/// A document as it is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub document: Document,
    /// One of [`Document::formats`].
    pub format: FileFormat,
    /// In which language.
    pub language: Language,
    /// How the table of a summary is grouped.
    pub by: Group,
    /// What stands around it.
    pub letterhead: Letterhead,
    /// Whose slip or comment sheet.
    pub agency: AgencyCode,
}

/// Writes the document from the beginning of `out`.
///
/// # Errors
/// `INVALID_FIELD` naming `format`; `ROUND_NOT_OPEN` for a comment sheet before the first round; what reading the comments
/// gives; `INTERNAL` when it can't be written.
pub fn write(
    wanted: &Wanted,
    snapshot: &Snapshot,
    comments: &mut dyn Comments,
    out: &mut (impl Write + Seek + Send),
) -> Result<()> {
    let Wanted { document, format, language, by, agency, .. } = wanted;
    let mut out = BufWriter::with_capacity(256 * 1024, out);
    match (document, format) {
        (_, FileFormat::Docx) => {
            let mut canvas = docx::Writer::new(&mut out, &properties(wanted, snapshot))?;
            draw(wanted, snapshot, comments, &mut canvas)?;
            canvas.finish()?;
        }
        (_, FileFormat::Pdf) => {
            let mut canvas = pdf::Writer::new(&properties(wanted, snapshot))?;
            draw(wanted, snapshot, comments, &mut canvas)?;
            canvas.finish(&mut out)?;
        }
        (Document::Summary, FileFormat::Xlsx) => workbook::write(snapshot, comments, *language, &mut out)?,
        (Document::Summary, FileFormat::Csv) => {
            records::csv::write(snapshot, comments, *by, *language, &mut out)?;
        }
        (Document::Summary, FileFormat::Json) => records::json::write(snapshot, comments, *by, &mut out)?,
        (Document::CommentSheet, FileFormat::Xlsx) => {
            write_comments(&CommentSheet { snapshot, agency }, &mut out)?;
        }
        (Document::DecisionSheet, FileFormat::Xlsx) => {
            write_decisions(snapshot, comments.collect(Group::Section)?, *language, &mut out)?;
        }
        (Document::IsoForm, FileFormat::Xlsx) => {
            iso::write_xlsx(snapshot, comments.collect(Group::Section)?, *language, &mut out)?;
        }
        _ => return Err(no_such_format(wanted)),
    }
    out.flush().map_err(|_| Error::new(Reason::Internal, "the file can't be written to its end"))
}

/// Draws a document that people read.
fn draw(
    wanted: &Wanted,
    snapshot: &Snapshot,
    comments: &mut dyn Comments,
    canvas: &mut dyn Canvas,
) -> Result<()> {
    let Wanted { language, by, letterhead, agency, .. } = wanted;
    match wanted.document {
        Document::Summary => summary::draw(snapshot, comments, *by, letterhead, *language, canvas),
        Document::Slip => {
            // It goes to the agency: what is not published is not on it, whoever asks.
            let sight = Sight::Own { agency: agency.clone(), answers: false };
            let seen = comments.collect(Group::Section)?.map(|comment| Ok(comment?.seen_by(&sight)));
            slip::draw(snapshot, seen, agency, letterhead, *language, canvas)
        }
        Document::Directives => instructions::draw(snapshot, letterhead, *language, canvas),
        Document::IsoForm => iso::draw(snapshot, comments.collect(Group::Section)?, *language, canvas),
        Document::CommentSheet | Document::DecisionSheet => Err(no_such_format(wanted)),
    }
}

fn properties(wanted: &Wanted, snapshot: &Snapshot) -> Properties {
    let language = wanted.language;
    let drafting = &snapshot.draft.drafting_agency;
    let author = Some(wanted.letterhead.agency.as_str()).filter(|agency| !agency.is_empty());
    let revision = language.of("lần thay đổi", "revision");
    Properties {
        title: format!("{}: {}", language.document(wanted.document), snapshot.draft.title),
        author: author.unwrap_or_else(|| snapshot.name(drafting)).to_owned(),
        subject: format!("{}, {revision} {}", snapshot.draft.id, snapshot.revision),
        language: language.of("vi-VN", "en-GB"),
    }
}

fn no_such_format(wanted: &Wanted) -> Error {
    let formats: Vec<_> = wanted.document.formats().iter().map(|format| format.as_str()).collect();
    Error::field("format", format!("must be one of: {}", formats.join(" ")))
}
