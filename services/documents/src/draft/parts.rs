//! Which parts of the package hold the document, its styles and its lists.

use ykien_domain::{Error, Result};

use super::MAX_DEFINITIONS;
use super::xml::{Space, Xml};
use crate::package::Package;

/// The XML of a document's parts.
pub struct Parts {
    pub document: String,
    pub styles: Option<String>,
    pub numbering: Option<String>,
}

/// Reads the parts by the package's relationships, or where Word puts them.
pub fn read(field: &str, bytes: &[u8]) -> Result<Parts> {
    let mut package = Package::open(field, bytes)?;
    let top = relationships(field, &mut package, "_rels/.rels")?;
    let name = target(&top, "/officeDocument", "").unwrap_or_else(|| "word/document.xml".to_owned());
    let Some(document) = package.xml(&name)? else {
        return Err(Error::field(field, "is not a Word document (.docx): it has no document part"));
    };
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", &name));
    let own = relationships(field, &mut package, &join(folder, &format!("_rels/{file}.rels")))?;
    let mut other = |kind: &str, usual: &str| {
        let name = target(&own, kind, folder).unwrap_or_else(|| join(folder, usual));
        package.xml(&name)
    };
    let styles = other("/styles", "styles.xml")?;
    let numbering = other("/numbering", "numbering.xml")?;
    Ok(Parts { document, styles, numbering })
}

/// The type and the target of each relationship inside the package.
fn relationships(field: &str, package: &mut Package<'_>, name: &str) -> Result<Vec<(String, String)>> {
    let Some(text) = package.xml(name)? else { return Ok(Vec::new()) };
    let mut xml = Xml::new(field, &text);
    let mut found = Vec::new();
    if xml.child()?.is_none() {
        return Ok(found);
    }
    while let Some(tag) = xml.child()? {
        let external = xml.attribute(&tag, "TargetMode")?.is_some_and(|mode| mode == "External");
        if tag.space == Space::Relationships && tag.name() == "Relationship" && !external {
            let kind = xml.attribute(&tag, "Type")?.unwrap_or_default();
            let target = xml.attribute(&tag, "Target")?.unwrap_or_default();
            found.push((kind, target));
        }
        if found.len() > MAX_DEFINITIONS {
            return Err(xml.error(format!("must have at most {MAX_DEFINITIONS} relationships in a part")));
        }
        xml.skip()?;
    }
    Ok(found)
}

/// The name of the part that the first relationship of a kind leads to. A target with `..` is a name as any other: it is
/// looked up in the archive and nowhere else.
fn target(relationships: &[(String, String)], kind: &str, folder: &str) -> Option<String> {
    let (_, target) = relationships.iter().find(|(of, _)| of.ends_with(kind))?;
    Some(target.strip_prefix('/').map_or_else(|| join(folder, target), str::to_owned))
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}
