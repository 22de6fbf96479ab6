//! Bản tổng hợp ý kiến, tiếp thu, giải trình: the one document that a consultation has to end in. It says who was asked and who
//! answered how, and tells of every comment what became of it.

pub(crate) mod opinion;
mod preamble;
#[cfg(test)]
pub(crate) mod sample;
mod table;

use ykien_domain::Result;
use ykien_domain::query::Group;

use crate::layout::{Canvas, Orientation, Pages, Paragraph};
use crate::letterhead::Letterhead;
use crate::official::{Official, heading, text};
use crate::snapshot::{Comments, Snapshot};
use crate::words::Language;

/// Draws the summary, its table grouped `by` one thing. Comments are read once, as they are drawn.
///
/// # Errors
/// Those of `comments` and of `canvas`; `INTERNAL` when the comments read are not those that the snapshot counted.
pub fn draw(
    snapshot: &Snapshot,
    comments: &mut dyn Comments,
    by: Group,
    letterhead: &Letterhead,
    language: Language,
    canvas: &mut dyn Canvas,
) -> Result<()> {
    let official = Official { snapshot, letterhead, language };
    canvas.pages(&Pages { orientation: Orientation::Portrait, footer: official.footer() })?;
    let about = official.draft();
    let subject = match language {
        Language::Vietnamese => format!("Ý kiến, tiếp thu, giải trình ý kiến góp ý đối với {about}"),
        Language::English => format!("Comments on {about}, their outcome and explanation"),
    };
    official.begin(canvas, language.of("BẢN TỔNG HỢP", "CONSOLIDATED SUMMARY"), &subject)?;
    preamble::draw(&official, canvas)?;
    let title = match by {
        Group::Section => language.of("theo mục của dự thảo", "by section"),
        Group::Status => language.of("theo kết quả xử lý", "by status"),
        Group::Agency => language.of("theo cơ quan góp ý", "by agency"),
        Group::Responsible => language.of("theo cơ quan chịu trách nhiệm", "by responsible agency"),
    };
    let title = match language {
        Language::Vietnamese => format!("3. Tổng hợp ý kiến, tiếp thu, giải trình {title}"),
        Language::English => format!("3. Comments, outcome and explanation {title}"),
    };
    if snapshot.counts.iter().any(|count| count.count > 0) {
        canvas.pages(&Pages { orientation: Orientation::Landscape, footer: official.footer() })?;
        canvas.paragraph(&Paragraph { after: 6.0, ..heading(&title, 1) })?;
        table::draw(&official, comments, by, canvas)?;
    } else {
        canvas.paragraph(&heading(&title, 1))?;
        canvas.paragraph(&text(language.of("Không có ý kiến góp ý.", "There are no comments.")))?;
    }
    let end = match language {
        Language::Vietnamese => {
            format!("Trên đây là Bản tổng hợp ý kiến, tiếp thu, giải trình ý kiến góp ý đối với {about}./.")
        }
        Language::English => {
            format!("These are the comments on {about}, with their outcome and explanation.")
        }
    };
    canvas.paragraph(&Paragraph { keep_with_next: true, after: 12.0, ..text(&end) })?;
    official.end(canvas)
}

#[cfg(test)]
mod tests;
