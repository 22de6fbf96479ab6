//! A document's text as the sections of a version: what both transports make of it.

use ykien_domain::command::NewSection;
use ykien_domain::outline::{Depth, Node, Outline, parse};
use ykien_domain::section::MAX_HEADING;
use ykien_domain::text::{MAX_LABEL, MAX_SECTION_TEXT};
use ykien_domain::{Error, Reason, Result};

use crate::limits::MAX_DOCUMENT_BYTES;

/// A document as a version takes it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// What stands before the first heading: the whole document's own.
    pub preamble: String,
    /// The sections in reading order.
    pub sections: Vec<NewSection>,
}

impl From<Outline> for Document {
    fn from(outline: Outline) -> Self {
        Self { preamble: outline.preamble, sections: outline.nodes.iter().map(section).collect() }
    }
}

/// The sections of a document's text, down to khoản.
///
/// # Errors
/// `INVALID_FIELD` naming `field`, when it is too long or has no sections.
pub async fn read(field: &str, text: String) -> Result<Document> {
    if text.len() > MAX_DOCUMENT_BYTES {
        return Err(Error::field(
            field,
            format!("must be at most {MAX_DOCUMENT_BYTES} bytes, is {}", text.len()),
        ));
    }
    // Up to 2 MiB of text takes long enough to hold up the calls that share this thread.
    let outline = tokio::task::spawn_blocking(move || parse(&text, Depth::Clause)).await;
    let outline =
        outline.map_err(|_| Error::new(Reason::Internal, "the text could not be read for its sections"))?;
    of_outline(field, outline)
}

/// The sections of an outline.
///
/// # Errors
/// `INVALID_FIELD` naming `field`, when it has none.
pub fn of_outline(field: &str, outline: Outline) -> Result<Document> {
    if outline.nodes.is_empty() {
        return Err(Error::field(field, "has no headings that make sections: give sections instead"));
    }
    Ok(outline.into())
}

/// A node as a section: what is too long for a label or a heading goes on in what follows it, so that no character is
/// lost.
fn section(node: &Node) -> NewSection {
    let (label, rest) = split(&node.label, MAX_LABEL);
    let heading = join(rest, &node.heading, " ");
    let (heading, rest) = split(&heading, MAX_HEADING);
    let body = join(rest, &node.body, "\n");
    let level = node.level.as_str().to_owned();
    NewSection {
        id: None,
        parent: node.parent,
        level,
        label: label.to_owned(),
        heading: heading.to_owned(),
        body,
    }
}

/// The first `max` code points, cut at the last white space among them where there is one, and the rest.
fn split(text: &str, max: usize) -> (&str, &str) {
    let Some((end, _)) = text.char_indices().nth(max) else { return (text, "") };
    let head = text.get(..end).unwrap_or(text);
    let end = head.rfind(char::is_whitespace).filter(|cut| *cut > 0).unwrap_or(end);
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn join(first: &str, second: &str, between: &str) -> String {
    let parts: Vec<&str> = [first.trim(), second].into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(between)
}

// A document is at most 2 MiB, so a body of 1,000,000 characters is the only bound left, and the store names it.
const _: () = assert!(MAX_SECTION_TEXT * 4 > MAX_DOCUMENT_BYTES);

#[cfg(test)]
mod tests {
    use super::*;

    fn characters(text: &str) -> String {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    }

    #[test]
    fn what_is_too_long_for_its_place_goes_on_in_the_next() {
        let label = "L".repeat(MAX_LABEL + 20);
        let heading = "từ ".repeat(MAX_HEADING);
        let level = ykien_domain::outline::Level::Article;
        let node = Node {
            level,
            label: label.clone(),
            heading: heading.clone(),
            parent: None,
            line: 1,
            body: "thân".into(),
        };
        let section = section(&node);
        assert!(section.label.chars().count() <= MAX_LABEL);
        assert!(section.heading.chars().count() <= MAX_HEADING);
        let kept = format!("{}{}{}", section.label, section.heading, section.body);
        assert_eq!(characters(&kept), characters(&format!("{label}{heading}thân")));
        assert!(section.body.ends_with("\nthân"));
    }

    #[tokio::test]
    async fn a_document_becomes_its_tree() {
        let text =
            "BÁO CÁO\n\nI. ĐẶC ĐIỂM TÌNH HÌNH\n1. Thuận lợi\nMột.\n2. Khó khăn\nHai.\nII. KẾT QUẢ\nBa.\n";
        let Document { preamble, sections } = read("text", text.to_owned()).await.unwrap();
        assert_eq!(preamble, "BÁO CÁO");
        let shown: Vec<_> = sections.iter().map(|section| (section.label.as_str(), section.parent)).collect();
        assert_eq!(shown, [("I", None), ("1", Some(0)), ("2", Some(0)), ("II", None)]);
        assert_eq!(sections[3].body, "Ba.");
    }

    #[tokio::test]
    async fn a_text_without_sections_or_too_long_is_refused_by_name() {
        for text in ["chỉ một câu".to_owned(), "a".repeat(MAX_DOCUMENT_BYTES + 1)] {
            assert_eq!(read("text", text).await.unwrap_err().violations[0].field, "text");
        }
    }
}
