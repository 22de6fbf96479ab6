//! What the document consists of, whatever page it stands on: headings for the bookmarks, and the tags that a screen reader follows.

use std::num::{NonZeroU16, NonZeroU32};

use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::outline::{Outline, OutlineNode};
use krilla::tagging::{Identifier, TableHeaderScope, Tag, TagGroup, TagKind, TagTree};

/// Whom something on a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// The element of this number.
    Element(usize),
    /// Lines and shades, and header rows that stand again: nothing to be read.
    Layout,
    /// Page numbers and feet.
    Pagination,
}

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Paragraph,
    /// A heading of this level.
    Heading(u8),
    Table,
    TableHead,
    TableBody,
    Row,
    /// A cell over so many columns that heads them.
    HeaderCell(u8),
    /// A cell over so many columns.
    Cell(u8),
}

/// An element, and where its words stand.
struct Element {
    depth: u8,
    role: Role,
    contents: Vec<Identifier>,
}

/// Elements and headings, each in the order in which they are read.
#[derive(Default)]
pub(super) struct Structure {
    elements: Vec<Element>,
    headings: Vec<(u8, OutlineNode)>,
}

impl Structure {
    /// The next element: a child of the last one that is less deep.
    pub(super) fn element(&mut self, depth: u8, role: Role) -> Owner {
        self.elements.push(Element { depth, role, contents: Vec::new() });
        Owner::Element(self.elements.len() - 1)
    }

    /// Notes that words of an element were drawn.
    pub(super) fn drawn(&mut self, element: usize, identifier: Identifier) {
        if let Some(element) = self.elements.get_mut(element) {
            element.contents.push(identifier);
        }
    }

    /// The next heading: its level, its words, its page from 0 and the point where it begins.
    pub(super) fn heading(&mut self, level: u8, words: String, page: usize, x: f32, y: f32) {
        let destination = XyzDestination::new(page, Point::from_xy(x, y));
        self.headings.push((level, OutlineNode::new(words, destination).with_open(level < 2)));
    }

    /// The bookmarks and the tags.
    pub(super) fn finish(self) -> (Outline, TagTree) {
        let mut outline = Outline::new();
        nest(self.headings.into_iter(), OutlineNode::push_child, |root| outline.push_child(root));
        let mut tags = TagTree::new();
        // A blank line is no paragraph.
        let elements = self.elements.into_iter().filter(|element| {
            !element.contents.is_empty() || !matches!(element.role, Role::Paragraph | Role::Heading(_))
        });
        let groups = elements.map(|element| {
            let contents = element.contents.into_iter().map(Into::into).collect();
            (element.depth, TagGroup::with_children(tag(element.role), contents))
        });
        nest(groups, TagGroup::push, |root| tags.push(root));
        (outline, tags)
    }
}

fn tag(role: Role) -> TagKind {
    let span = |columns: u8| NonZeroU32::new(columns.into()).filter(|columns| columns.get() > 1);
    match role {
        Role::Paragraph => Tag::P.into(),
        Role::Heading(level) => {
            Tag::Hn(NonZeroU16::new(level.into()).unwrap_or(NonZeroU16::MIN), None).into()
        }
        Role::Table => Tag::Table.into(),
        Role::TableHead => Tag::THead.into(),
        Role::TableBody => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::HeaderCell(columns) => Tag::TH(TableHeaderScope::Column).with_col_span(span(columns)).into(),
        Role::Cell(columns) => Tag::TD.with_col_span(span(columns)).into(),
    }
}

/// Makes trees of nodes that come in reading order, each under the last one before it that is less deep.
fn nest<T>(nodes: impl Iterator<Item = (u8, T)>, adopt: impl Fn(&mut T, T), mut root: impl FnMut(T)) {
    let mut open: Vec<(u8, T)> = Vec::new();
    let mut close = |open: &mut Vec<(u8, T)>, depth: u8| {
        while open.last().is_some_and(|(last, _)| *last >= depth) {
            if let Some((_, node)) = open.pop() {
                match open.last_mut() {
                    Some((_, parent)) => adopt(parent, node),
                    None => root(node),
                }
            }
        }
    };
    for (depth, node) in nodes {
        close(&mut open, depth);
        open.push((depth, node));
    }
    close(&mut open, 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_nest_under_the_last_one_that_is_less_deep() {
        #[derive(Debug)]
        struct Tree(&'static str, Vec<Tree>);
        fn written(tree: &Tree) -> String {
            let children: Vec<String> = tree.1.iter().map(written).collect();
            format!("{}({})", tree.0, children.join(" "))
        }
        let nodes = [(3, "a"), (1, "b"), (2, "c"), (4, "d"), (2, "e"), (1, "f")];
        let mut roots = Vec::new();
        nest(
            nodes.into_iter().map(|(depth, name)| (depth, Tree(name, Vec::new()))),
            |parent, child| parent.1.push(child),
            |root| roots.push(written(&root)),
        );
        assert_eq!(roots.join(" "), "a() b(c(d()) e()) f()");
    }
}
