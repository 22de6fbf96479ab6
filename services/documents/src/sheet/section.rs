//! Sections as people pick and type them: an entry of the drop-down, a label, a path of labels, a heading.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;
use ykien_domain::ids::{ROOT, SectionId};
use ykien_domain::model::Section;

use super::{tokens, words};

/// What stands for the whole document in the drop-down.
pub(super) const WHOLE: &str = "Toàn bộ dự thảo - Whole draft";

/// What else may be typed for it, as [`words`] gives it.
const WHOLE_WORDS: [&str; 5] =
    ["toan bo du thao whole draft", "toan bo du thao", "toan van", "whole draft", "whole document"];

/// Words that name a level beside a label that has none: `Mục IV`, `điểm a khoản 2`.
const LEVEL_WORDS: [&str; 12] =
    ["mục", "khoản", "điểm", "phần", "tiết", "muc", "khoan", "diem", "phan", "tiet", "section", "point"];

/// The most characters of a name in the drop-down; the whole name stands beside it.
const MAX_ENTRY: usize = 100;

/// How many of the sections that a text may mean are told.
const TOLD: usize = 5;

/// The sections of a version, by id.
pub(super) struct Names<'a>(BTreeMap<SectionId, &'a Section>);

impl<'a> Names<'a> {
    pub fn new(sections: &'a [Section]) -> Self {
        Self(sections.iter().map(|section| (section.id, section)).collect())
    }

    /// The section and those above it, from itself up; the whole document is left out.
    fn upwards(&self, id: SectionId) -> Vec<&'a Section> {
        let mut path: Vec<&Section> = Vec::new();
        let mut at = self.0.get(&id);
        // No tree is deeper than it has sections: a parent that stands in itself ends nothing but this.
        while let Some(section) = at.filter(|section| section.id != ROOT && path.len() <= self.0.len()) {
            path.push(section);
            at = section.parent.and_then(|parent| self.0.get(&parent));
        }
        path
    }

    /// What a section is called where it stands alone: `IV > 2. Hạn chế`.
    pub fn name(&self, id: SectionId) -> String {
        let path = self.upwards(id);
        let Some(own) = path.first() else { return WHOLE.to_owned() };
        let labels: Vec<_> = path
            .iter()
            .rev()
            .map(|section| section.label.as_str())
            .filter(|label| !label.is_empty())
            .collect();
        let labels = labels.join(" > ");
        match (own.label.chars().last(), own.heading.as_str()) {
            (_, "") => labels,
            (None, heading) if labels.is_empty() => heading.to_owned(),
            (None, heading) => format!("{labels} > {heading}"),
            (Some(last), heading) if last.is_alphanumeric() => format!("{labels}. {heading}"),
            (Some(_), heading) => format!("{labels} {heading}"),
        }
    }

    /// Its entry in the drop-down: `IV > 2. Hạn chế [#31]`.
    pub fn entry(&self, id: SectionId) -> String {
        if id == ROOT { WHOLE.to_owned() } else { format!("{} [#{id}]", shortened(&self.name(id))) }
    }
}

/// As much of a name as a drop-down has room for.
fn shortened(name: &str) -> String {
    let Some((end, _)) = name.char_indices().nth(MAX_ENTRY) else { return name.to_owned() };
    let head = name.get(..end).unwrap_or(name);
    let head = head.rsplit_once(' ').map_or(head, |(words, _)| words);
    format!("{} …", head.trim_end())
}

/// Finds the section that a text means.
pub(super) struct Resolver<'a> {
    names: Names<'a>,
    /// What each section may be called, made when first asked for: a sheet made here never asks.
    called: Option<Called>,
}

/// Each name with the sections that it may mean: word for word, and as [`words`] gives it.
#[derive(Default)]
struct Called {
    exact: BTreeMap<String, BTreeSet<SectionId>>,
    folded: BTreeMap<String, BTreeSet<SectionId>>,
}

impl<'a> Resolver<'a> {
    pub fn new(sections: &'a [Section]) -> Self {
        Self { names: Names::new(sections), called: None }
    }

    /// The section that a cell means. An id in brackets counts alone, also of a section that the newest version lacks: what
    /// was written on it keeps its place. Without one, a name must mean exactly one section of the newest version.
    ///
    /// # Errors
    /// A sentence for the row's report.
    pub fn find(&mut self, text: &str) -> Result<SectionId, String> {
        if let Some(id) = bracketed(text) {
            let known = self.names.0.contains_key(&id);
            return if known { Ok(id) } else { Err(format!("there is no section #{id} in this draft")) };
        }
        let folded = words(text);
        if folded.is_empty() && text.trim().is_empty() || WHOLE_WORDS.contains(&folded.as_str()) {
            return Ok(ROOT);
        }
        let called = self.called.get_or_insert_with(|| Called::of(&self.names));
        let found = called.find(text);
        match found.map(|ids| ids.iter().copied().collect::<Vec<_>>()).as_deref() {
            Some([one]) => Ok(*one),
            Some(many) => {
                let told: Vec<_> = many.iter().take(TOLD).map(|id| self.names.entry(*id)).collect();
                let rest = if many.len() > TOLD { ", …" } else { "" };
                let told = told.join(", ");
                Err(format!("may mean {} sections ({told}{rest}): pick one from the list", many.len()))
            }
            None => Err(
                "is no section of this draft: pick one from the list, or leave it empty for the whole draft"
                    .to_owned(),
            ),
        }
    }
}

/// The id in `… [#12]`.
fn bracketed(text: &str) -> Option<SectionId> {
    text.trim().strip_suffix(']')?.rsplit_once("[#")?.1.parse().ok()
}

impl Called {
    fn of(names: &Names<'_>) -> Self {
        let mut called = Self::default();
        for section in names.0.values().filter(|section| section.id != ROOT && !section.removed) {
            let path = names.upwards(section.id);
            let steps: Vec<&str> = path
                .iter()
                .map(|step| if step.label.is_empty() { step.heading.as_str() } else { step.label.as_str() })
                .collect();
            // `a`, `a 2`, `a 2 Điều 5` as laws are cited, and `2 a`, `Điều 5 2 a` as paths are written.
            for count in 1..=steps.len() {
                let upwards = steps.get(..count).unwrap_or_default();
                let downwards: Vec<&str> = upwards.iter().rev().copied().collect();
                called.add(&upwards.join(" "), section.id);
                called.add(&downwards.join(" "), section.id);
            }
            called.add(&section.heading, section.id);
            called.add(&format!("{} {}", section.label, section.heading), section.id);
            called.add(&names.name(section.id), section.id);
        }
        called
    }

    fn add(&mut self, name: &str, id: SectionId) {
        let exact = exact(name);
        if exact.is_empty() {
            return;
        }
        self.folded.entry(words(name)).or_default().insert(id);
        self.exact.entry(exact).or_default().insert(id);
    }

    /// The first of these that is any section's name decides, also where it means several: `đ` before `d`, `Mục 1` before `1`.
    fn find(&self, text: &str) -> Option<&BTreeSet<SectionId>> {
        let exact = exact(text);
        let bare: Vec<_> = exact.split(' ').filter(|word| !LEVEL_WORDS.contains(word)).collect();
        let bare = bare.join(" ");
        self.exact
            .get(&exact)
            .or_else(|| self.exact.get(&bare))
            .or_else(|| self.folded.get(&words(&exact)))
            .or_else(|| self.folded.get(&words(&bare)))
    }
}

/// A name word for word, blind to case only.
fn exact(text: &str) -> String {
    let text: String = text.nfc().collect();
    tokens(&text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(id: SectionId, parent: SectionId, label: &str, heading: &str) -> Section {
        Section {
            id,
            parent: Some(parent),
            label: label.into(),
            heading: heading.into(),
            ..Section::default()
        }
    }

    fn tree() -> Vec<Section> {
        vec![
            Section { heading: "Báo cáo".into(), ..Section::default() },
            section(1, 0, "I", "Kết quả"),
            section(2, 1, "1", "Về quy hoạch"),
            section(3, 0, "IV", "Đánh giá chung"),
            section(4, 3, "1", "Ưu điểm"),
            section(5, 3, "2", "Hạn chế"),
            section(6, 0, "Điều 5", "Giải thích từ ngữ"),
            section(7, 6, "2", "Thú y"),
            section(8, 7, "d", ""),
            section(9, 7, "đ", ""),
            section(10, 0, "", "Phụ biểu"),
            Section { removed: true, ..section(11, 0, "IX", "Đã bỏ") },
        ]
    }

    #[test]
    fn a_section_is_found_by_what_people_call_it() {
        let tree = tree();
        let mut resolver = Resolver::new(&tree);
        let table = [
            ("", 0),
            ("  ", 0),
            ("TOÀN BỘ DỰ THẢO", 0),
            (WHOLE, 0),
            ("whatever [#5]", 5),
            ("IX [#11]", 11),
            ("IV", 3),
            ("iv.", 3),
            ("Mục IV", 3),
            ("IV. Đánh giá chung", 3),
            ("danh gia chung", 3),
            ("IV.2", 5),
            ("IV > 2", 5),
            ("IV > 2. Hạn chế", 5),
            ("2. Hạn chế", 5),
            ("điều 5", 6),
            ("khoản 2 Điều 5", 7),
            ("điểm đ khoản 2 Điều 5", 9),
            ("điểm d khoản 2 Điều 5", 8),
            ("Điều 5, khoản 2, điểm d", 8),
            ("Dieu 5 khoan 2", 7),
            ("phụ biểu", 10),
        ];
        for (text, id) in table {
            assert_eq!(resolver.find(text), Ok(id), "{text}");
        }
        let decomposed: String = "Điều 5, khoản 2, điểm đ".nfd().collect();
        assert_eq!(resolver.find(&decomposed), Ok(9));
    }

    #[test]
    fn what_is_ambiguous_or_unknown_is_never_guessed() {
        let tree = tree();
        let mut resolver = Resolver::new(&tree);
        let table = [
            ("1", "may mean 2 sections (I > 1. Về quy hoạch [#2], IV > 1. Ưu điểm [#4])"),
            ("Mục 2", "may mean 2 sections (IV > 2. Hạn chế [#5], Điều 5 > 2. Thú y [#7])"),
            ("V", "is no section"),
            ("IX", "is no section"),
            ("[#99]", "no section #99"),
            ("[#x]", "is no section"),
            ("?", "is no section"),
            ("dieu 5 khoan 2 diem d", "may mean 2"),
        ];
        for (text, reason) in table {
            let found = resolver.find(text).unwrap_err();
            assert!(found.contains(reason), "{text}: {found}");
        }
    }

    #[test]
    fn entries_are_unique_short_and_read_back() {
        let mut tree = tree();
        tree.push(section(12, 0, "V", &"rất dài ".repeat(100)));
        tree.push(section(13, 0, "V", &"rất dài ".repeat(100)));
        let names = Names::new(&tree);
        let entries: BTreeSet<_> = tree.iter().map(|section| names.entry(section.id)).collect();
        assert_eq!(entries.len(), tree.len());
        assert!(entries.iter().all(|entry| entry.chars().count() <= MAX_ENTRY + 10));
        assert!(names.entry(13).ends_with("rất … [#13]") || names.entry(13).ends_with("dài … [#13]"));
        let mut resolver = Resolver::new(&tree);
        for section in &tree {
            assert_eq!(resolver.find(&names.entry(section.id)), Ok(section.id));
        }
        assert_eq!(names.name(8), "Điều 5 > 2 > d");
    }

    #[test]
    fn a_tree_that_stands_in_itself_ends() {
        let tree = vec![section(1, 2, "a", ""), section(2, 1, "b", "")];
        assert!(Names::new(&tree).name(1).contains('a'));
    }
}
