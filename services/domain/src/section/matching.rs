//! Which section of a new version is which of the version before.
//!
//! A label proves nothing: a new Điều 5 makes the old one Điều 6. What proves is what a section says and where it stands,
//! in passes from the strongest evidence to the weakest, each only where one section on either side fits and no second.
//! Case, punctuation and white space count nowhere.
//!
//! 1. The same heading and text anywhere: first with all that stands below, then by themselves. Moved, or renumbered. It
//!    takes [`TELLING`] words: short texts are alike by chance.
//! 2. Below a parent that is known: the same label and all that stands below; the same label and heading; the same heading
//!    and text; the same heading; the same telling text.
//! 3. The same heading anywhere, if either version has it once at this level: moved, with a changed text.
//! 4. The same telling text anywhere: moved and renamed.
//! 5. More than half of the subsections, two at least: a chapter that was renamed or moved with its content.
//! 6. Again below the parents that are known now, and there at last the same label, if the words bear it out
//!    ([`Matching::bears_out`]).
//! 7. What an earlier version lost, if its telling heading and text come back.
//!
//! What is left is new, or removed. A pass takes time in proportion to the sections, and words are weighed for single pairs
//! only.

use std::collections::HashMap;
use std::hash::Hash;

use crate::command::NewSection;
use crate::ids::{ROOT, SectionId};
use crate::model::Section;
use crate::search::{Form, write_words};

/// From so many words on it is no chance that two texts are the same.
const TELLING: usize = 8;

/// For each new section the section of the version before that it is: the one given, else the one found.
pub(super) fn matched(before: &[Section], new: &[NewSection]) -> Vec<Option<SectionId>> {
    let mut texts = Texts::default();
    let old = Side::of_version(&mut texts, before);
    let new_side = Side::of_new(&mut texts, new);
    let mut matching =
        Matching { of_old: vec![None; old.nodes.len()], of_new: vec![None; new.len()], old, new: new_side };
    matching.take_given(new);
    matching.run();
    let Matching { of_new, old, .. } = matching;
    let found = of_new.into_iter().map(|place| Some(old.nodes.get(place?)?.id));
    new.iter().zip(found).map(|(section, found)| section.id.or(found)).collect()
}

/// A text as a number: two are equal where the words are. 0 has none.
type Text = u32;

/// The texts numbered so far, and the trees of texts.
#[derive(Default)]
struct Texts {
    numbers: HashMap<String, Text>,
    trees: HashMap<(Text, Text, Vec<Text>), Text>,
    line: String,
}

impl Texts {
    /// The number of a text, and how many words it has.
    fn number(&mut self, text: &str) -> (Text, usize) {
        self.line.clear();
        write_words(&mut self.line, text, Form::Accented);
        let words = self.line.split_ascii_whitespace().count();
        if words == 0 {
            return (0, 0);
        }
        let next = after(self.numbers.len());
        let number = match self.numbers.get(&self.line) {
            Some(number) => *number,
            None => *self.numbers.entry(self.line.clone()).or_insert(next),
        };
        (number, words)
    }

    /// The number of a heading with its text and all that stands below it, labels left out.
    fn tree(&mut self, heading: Text, body: Text, below: Vec<Text>) -> Text {
        let next = after(self.trees.len());
        *self.trees.entry((heading, body, below)).or_insert(next)
    }
}

/// The next number: there are at most four for each of some 40,000 sections.
fn after(used: usize) -> Text {
    Text::try_from(used).unwrap_or(Text::MAX).saturating_add(1)
}

/// A section as it is compared.
#[derive(Debug)]
struct Node<'a> {
    /// Its id; [`ROOT`] for a new one.
    id: SectionId,
    /// Whether the version before had lost it already.
    lost: bool,
    parent: Option<usize>,
    children: Vec<usize>,
    /// The place behind all that stands below it.
    end: usize,
    level: Text,
    said: (&'a str, &'a str),
    label: Text,
    heading: Text,
    body: Text,
    /// The heading, the text and all that stands below.
    tree: Text,
    /// The words of the text.
    body_words: usize,
    /// The words of heading and text.
    words: usize,
    /// The words of all that stands below, too.
    tree_words: usize,
}

/// One version, without its root.
#[derive(Debug)]
struct Side<'a> {
    nodes: Vec<Node<'a>>,
    /// Those that stand in the root.
    top: Vec<usize>,
}

impl<'a> Side<'a> {
    fn of_version(texts: &mut Texts, version: &'a [Section]) -> Self {
        let sections: Vec<&Section> = version.iter().filter(|section| section.id != ROOT).collect();
        let places: HashMap<SectionId, usize> =
            sections.iter().enumerate().map(|(place, section)| (section.id, place)).collect();
        let node = |section: &&'a Section| {
            let parent = section.parent.and_then(|parent| places.get(&parent).copied());
            let node = texts.node(&section.level, &section.label, (&section.heading, &section.body), parent);
            Node { id: section.id, lost: section.removed, ..node }
        };
        let nodes = sections.iter().map(node).collect();
        Self::of(texts, nodes)
    }

    fn of_new(texts: &mut Texts, new: &'a [NewSection]) -> Self {
        let node = |section: &'a NewSection| {
            let said = (section.heading.as_str(), section.body.as_str());
            texts.node(&section.level, &section.label, said, section.parent)
        };
        let nodes = new.iter().map(node).collect();
        Self::of(texts, nodes)
    }

    /// Puts together what stands below what: a parent stands above its children.
    fn of(texts: &mut Texts, mut nodes: Vec<Node<'a>>) -> Self {
        let mut top = Vec::new();
        for place in 0..nodes.len() {
            let parent = nodes.get(place).and_then(|node| node.parent);
            match parent.and_then(|parent| nodes.get_mut(parent)) {
                Some(parent) => parent.children.push(place),
                None => top.push(place),
            }
        }
        for place in (0..nodes.len()).rev() {
            let Some(node) = nodes.get(place) else { continue };
            let below: Vec<&Node<'_>> = node.children.iter().filter_map(|child| nodes.get(*child)).collect();
            let tree = below.iter().map(|child| child.tree).collect();
            let tree_words = node.words + below.iter().map(|child| child.tree_words).sum::<usize>();
            let end = below.iter().map(|child| child.end).fold(place + 1, usize::max);
            let tree = texts.tree(node.heading, node.body, tree);
            if let Some(node) = nodes.get_mut(place) {
                (node.tree, node.tree_words, node.end) = (tree, tree_words, end);
            }
        }
        Self { nodes, top }
    }

    fn children(&self, of: Option<usize>) -> &[usize] {
        match of {
            None => &self.top,
            Some(place) => self.nodes.get(place).map_or(&[], |node| &node.children),
        }
    }
}

impl Texts {
    fn node<'a>(
        &mut self,
        level: &str,
        label: &str,
        said: (&'a str, &'a str),
        parent: Option<usize>,
    ) -> Node<'a> {
        let (level, _) = self.number(level);
        let (label, _) = self.number(label);
        let (heading, heading_words) = self.number(said.0);
        let (body, body_words) = self.number(said.1);
        let words = heading_words + body_words;
        let (id, lost, children, end, tree, tree_words) = (ROOT, false, Vec::new(), 0, 0, 0);
        Node {
            id,
            lost,
            parent,
            children,
            end,
            level,
            said,
            label,
            heading,
            body,
            tree,
            body_words,
            words,
            tree_words,
        }
    }
}

/// Two versions, and what is matched so far.
#[derive(Debug)]
struct Matching<'a> {
    old: Side<'a>,
    new: Side<'a>,
    /// For each old section the new one that it is.
    of_old: Vec<Option<usize>>,
    /// For each new section the old one that it is.
    of_new: Vec<Option<usize>>,
}

impl Matching<'_> {
    /// Takes the ids that came with the sections. One that the version before does not have is refused later; meanwhile
    /// its section is matched with nothing that counts.
    fn take_given(&mut self, new: &[NewSection]) {
        let places: HashMap<SectionId, usize> =
            self.old.nodes.iter().enumerate().map(|(place, node)| (node.id, place)).collect();
        for (place, section) in new.iter().enumerate() {
            if let Some(old) = section.id.and_then(|id| places.get(&id)) {
                self.take(*old, place);
            }
        }
    }

    fn run(&mut self) {
        let (mut old, mut lost) = (Vec::new(), Vec::new());
        for (place, node) in self.old.nodes.iter().enumerate() {
            if node.lost { lost.push(place) } else { old.push(place) }
        }
        let new: Vec<usize> = (0..self.new.nodes.len()).collect();
        let telling = |node: &Node<'_>| (node.words >= TELLING).then_some((node.heading, node.body));

        self.pair(&old, &new, |node| (node.tree_words >= TELLING).then_some(node.tree));
        self.pair(&old, &new, telling);
        self.below(false);
        self.pair_headings(&old, &new);
        self.pair(&old, &new, |node| (node.body_words >= TELLING).then_some(node.body));
        self.pair_by_children();
        self.below(true);
        self.pair(&lost, &new, telling);
    }

    fn take(&mut self, old: usize, new: usize) {
        if let (Some(of_old), Some(of_new)) = (self.of_old.get_mut(old), self.of_new.get_mut(new)) {
            (*of_old, *of_new) = (Some(new), Some(old));
        }
    }

    fn is_free(of: &[Option<usize>], place: usize) -> bool {
        of.get(place).is_some_and(Option::is_none)
    }

    /// The sections of either side that are free and have a key, by their keys.
    fn by_key<K: Eq + Hash>(
        &self,
        old: &[usize],
        new: &[usize],
        key: impl Fn(&Node<'_>) -> Option<K>,
    ) -> Vec<(Vec<usize>, Vec<usize>)> {
        let mut groups: Vec<(Vec<usize>, Vec<usize>)> = Vec::new();
        let mut of_key: HashMap<K, usize> = HashMap::new();
        for place in new.iter().copied().filter(|place| Self::is_free(&self.of_new, *place)) {
            if let Some(key) = self.new.nodes.get(place).and_then(&key) {
                let group = *of_key.entry(key).or_insert(groups.len());
                match groups.get_mut(group) {
                    Some((_, new)) => new.push(place),
                    None => groups.push((Vec::new(), vec![place])),
                }
            }
        }
        for place in old.iter().copied().filter(|place| Self::is_free(&self.of_old, *place)) {
            let group = self.old.nodes.get(place).and_then(&key).and_then(|key| of_key.get(&key).copied());
            if let Some((old, _)) = group.and_then(|group| groups.get_mut(group)) {
                old.push(place);
            }
        }
        groups
    }

    /// The pairs that share a key with nothing else.
    fn single<K: Eq + Hash>(
        &self,
        old: &[usize],
        new: &[usize],
        key: impl Fn(&Node<'_>) -> Option<K>,
    ) -> Vec<(usize, usize)> {
        let single = |(old, new): (Vec<usize>, Vec<usize>)| match (old.as_slice(), new.as_slice()) {
            ([old], [new]) => Some((*old, *new)),
            _ => None,
        };
        self.by_key(old, new, key).into_iter().filter_map(single).collect()
    }

    fn pair<K: Eq + Hash>(&mut self, old: &[usize], new: &[usize], key: impl Fn(&Node<'_>) -> Option<K>) {
        for (old, new) in self.single(old, new, key) {
            self.take(old, new);
        }
    }

    /// Matches what stands below parents that are known, from the top down; with `labels` also what keeps no more than its
    /// label, if the words bear it out.
    fn below(&mut self, labels: bool) {
        let parents = std::iter::once(None).chain((0..self.new.nodes.len()).map(Some));
        for parent in parents {
            let known = match parent {
                None => None,
                Some(place) => match self.of_new.get(place).copied().flatten() {
                    None => continue,
                    known => known,
                },
            };
            let live = |place: &usize| self.old.nodes.get(*place).is_some_and(|node| !node.lost);
            let old: Vec<usize> = self.old.children(known).iter().copied().filter(live).collect();
            let new = self.new.children(parent).to_vec();
            if old.is_empty() || new.is_empty() {
                continue;
            }
            // What nothing tells apart stays in its order, if there is as much of it as before.
            for (old, new) in self.by_key(&old, &new, |node| Some((node.label, node.tree))) {
                if old.len() == new.len() {
                    old.into_iter().zip(new).for_each(|(old, new)| self.take(old, new));
                }
            }
            self.pair(&old, &new, |node| (node.heading > 0).then_some((node.label, node.heading)));
            self.pair(&old, &new, |node| (node.words > 0).then_some((node.heading, node.body)));
            self.pair(&old, &new, |node| (node.heading > 0).then_some(node.heading));
            self.pair(&old, &new, |node| (node.body_words >= TELLING).then_some(node.body));
            if labels {
                for (old, new) in self.single(&old, &new, |node| (node.label > 0).then_some(node.label)) {
                    if self.bears_out(old, new) {
                        self.take(old, new);
                    }
                }
            }
        }
    }

    /// Matches headings that each version has once at their level, whatever else is matched already.
    fn pair_headings(&mut self, old: &[usize], new: &[usize]) {
        let mut seen: HashMap<(Text, Text), (usize, usize)> = HashMap::new();
        for node in old.iter().filter_map(|place| self.old.nodes.get(*place)) {
            seen.entry((node.level, node.heading)).or_default().0 += 1;
        }
        for node in new.iter().filter_map(|place| self.new.nodes.get(*place)) {
            seen.entry((node.level, node.heading)).or_default().1 += 1;
        }
        let once = |node: &Node<'_>| {
            let key = (node.level, node.heading);
            (node.heading > 0 && seen.get(&key) == Some(&(1, 1))).then_some(key)
        };
        self.pair(old, new, once);
    }

    /// Matches sections that share more than half of their children, from the bottom up.
    fn pair_by_children(&mut self) {
        for place in (0..self.new.nodes.len()).rev() {
            if !Self::is_free(&self.of_new, place) {
                continue;
            }
            let mut shared: HashMap<usize, usize> = HashMap::new();
            let children = self.new.children(Some(place));
            for old in children.iter().filter_map(|child| self.of_new.get(*child).copied().flatten()) {
                if let Some(parent) = self.old.nodes.get(old).and_then(|node| node.parent) {
                    *shared.entry(parent).or_default() += 1;
                }
            }
            let most = shared.into_iter().find(|(old, shared)| {
                let all = children.len() + self.old.children(Some(*old)).len() - shared;
                *shared >= 2 && shared * 2 > all
            });
            if let Some((old, _)) = most
                && Self::is_free(&self.of_old, old)
            {
                self.take(old, place);
            }
        }
    }

    /// Whether the words bear out that two sections of one label are one. Their texts, with all that stands below, must
    /// share two thirds of all their words, or half if the headings do, too: of two sections that became one, neither has
    /// so much of it. Where one of the texts has fewer than [`TELLING`] words, the headings alone must share half.
    fn bears_out(&self, old: usize, new: usize) -> bool {
        let (Some(old_node), Some(new_node)) = (self.old.nodes.get(old), self.new.nodes.get(new)) else {
            return false;
        };
        let headings = Shared::of(&words(old_node.said.0), &words(new_node.said.0));
        let (old_text, new_text) = (self.old.text(old), self.new.text(new));
        let telling = |text: &str| text.split_ascii_whitespace().nth(TELLING - 1).is_some();
        if headings.all > 0 && !(telling(&old_text) && telling(&new_text)) {
            return headings.is_at_least(1, 2);
        }
        let texts = Shared::of(&old_text, &new_text);
        texts.is_at_least(2, 3) || (texts.is_at_least(1, 2) && headings.is_at_least(1, 2))
    }
}

impl Side<'_> {
    /// The words of a section's text and of all that stands below it.
    fn text(&self, place: usize) -> String {
        let mut text = String::new();
        let Some(node) = self.nodes.get(place) else { return text };
        write_words(&mut text, node.said.1, Form::Accented);
        for below in self.nodes.get(place + 1..node.end).unwrap_or_default() {
            write_words(&mut text, below.said.0, Form::Accented);
            write_words(&mut text, below.said.1, Form::Accented);
        }
        text
    }
}

fn words(text: &str) -> String {
    let mut line = String::new();
    write_words(&mut line, text, Form::Accented);
    line
}

/// How many words two lines share, each as often as both have it, of how many there are in either.
struct Shared {
    both: usize,
    all: usize,
}

impl Shared {
    fn of(one: &str, other: &str) -> Self {
        let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
        for word in one.split_ascii_whitespace() {
            counts.entry(word).or_default().0 += 1;
        }
        for word in other.split_ascii_whitespace() {
            counts.entry(word).or_default().1 += 1;
        }
        let sum = |Self { both, all }, (one, other): &(usize, usize)| Self {
            both: both + one.min(other),
            all: all + one.max(other),
        };
        counts.values().fold(Self { both: 0, all: 0 }, sum)
    }

    /// Whether they share so much: never where there are no words.
    fn is_at_least(&self, part: usize, of: usize) -> bool {
        self.both > 0 && self.both * of >= self.all * part
    }
}

#[cfg(test)]
mod tests;
