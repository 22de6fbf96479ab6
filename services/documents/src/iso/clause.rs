//! Sections as people cite them.

use std::collections::BTreeMap;

use ykien_domain::ids::{ROOT, SectionId};
use ykien_domain::model::Section;
use ykien_domain::section::MAX_HEADING;
use ykien_domain::text::{clean, fold};

/// What stands for the whole document, folded.
const WHOLE: [&str; 12] = [
    "general",
    "all",
    "whole document",
    "entire document",
    "document",
    "-",
    "n/a",
    "na",
    "chung",
    "toan van",
    "toan bo",
    "toan bo du thao",
];
/// Words before a number that say no more than that it is one, folded.
const GENERIC: [&str; 5] = ["clause", "subclause", "section", "muc", "§"];
/// Levels whose sections have labels without their name (`2`, `a`), folded.
const BARE_LEVELS: [&str; 2] = ["khoan", "diem"];
/// Levels whose sections have labels with their name (`Điều 7`), folded.
const NAMED_LEVELS: [&str; 5] = ["dieu", "chuong", "muc", "phan", "tieu"];

/// What a citation may name, the surest first.
#[derive(Debug, Default)]
struct Tier {
    /// The section of a name; none where several share it.
    names: BTreeMap<String, Option<SectionId>>,
}

impl Tier {
    fn add(&mut self, name: &str, id: SectionId) {
        if name.is_empty() {
            return;
        }
        let shared = |found: &mut Option<SectionId>| *found = found.filter(|found| *found == id);
        for name in [name.to_owned(), folded(name)] {
            self.names.entry(name).and_modify(shared).or_insert(Some(id));
        }
    }
}

/// Names in lower case stand beside those as written, out of their way.
fn folded(name: &str) -> String {
    format!("\u{1}{}", fold(name))
}

/// The sections of a draft, as they may be cited.
pub(super) struct Clauses<'a> {
    sections: BTreeMap<SectionId, &'a Section>,
    tiers: [Tier; 5],
}

impl<'a> Clauses<'a> {
    /// Those of the newest version by name; removed ones only by their ids.
    pub(super) fn new(sections: &'a [Section]) -> Self {
        let mut clauses = Self {
            sections: sections.iter().map(|section| (section.id, section)).collect(),
            tiers: Default::default(),
        };
        for section in sections.iter().filter(|section| section.id != ROOT && !section.removed) {
            let path = clauses.path(section);
            let [paths, labels, headings, ends, numbers] = &mut clauses.tiers;
            let label = tidy(&section.label);
            for separator in ["/", "."] {
                paths.add(&path.join(separator), section.id);
                for start in 1..path.len().saturating_sub(1) {
                    ends.add(&path.get(start..).unwrap_or_default().join(separator), section.id);
                }
            }
            labels.add(&label, section.id);
            headings.add(&tidy(&section.heading), section.id);
            headings.add(&tidy(&format!("{} {}", section.label, section.heading)), section.id);
            if let Some((_, number)) = label.split_once(' ') {
                numbers.add(number, section.id);
            }
        }
        clauses
    }

    /// The labels from the top down to a section; a heading where there is no label. A label that begins with the one above it
    /// (`5.2` in `5`) says it all.
    fn path(&self, section: &Section) -> Vec<String> {
        let mut path: Vec<String> = Vec::new();
        let mut at = Some(section);
        while let Some(section) = at.filter(|section| section.id != ROOT) {
            let name = if section.label.is_empty() { &section.heading } else { &section.label };
            let name = tidy(name);
            let said = path.last().is_some_and(|below| {
                below.strip_prefix(&name).is_some_and(|rest| rest.starts_with(['.', '-']))
            });
            if !said {
                path.push(name);
            }
            at = section.parent.and_then(|parent| self.sections.get(&parent).copied());
        }
        path.reverse();
        path
    }

    /// The section that is cited: by its path of labels (`IV/1`, `IV.1`), its label, its heading, or as laws are cited
    /// (`khoản 2 Điều 7`); empty, and words such as "general", mean the whole document; `[#12]` at the end is an id.
    ///
    /// # Errors
    /// Why not, in a sentence: unknown, or several are called so.
    pub(super) fn find(&self, cited: &str) -> Result<SectionId, String> {
        let cited = clean("clause", cited, MAX_HEADING).map_err(|error| error.message)?;
        if cited.is_empty() {
            return Ok(ROOT);
        }
        if let Some((_, id)) = cited.strip_suffix(']').and_then(|rest| rest.rsplit_once("[#")) {
            let id = id.parse().ok().filter(|id| self.sections.contains_key(id));
            return id.ok_or_else(|| "has the number of a section that is not there".to_owned());
        }
        let whole = WHOLE.contains(&fold(&cited).as_str());
        let name = tidy(&cited);
        let [surer @ .., _] = &self.tiers;
        let mut names = vec![(name.clone(), self.tiers.as_slice())];
        names.extend(law_path(&cited).map(|path| (path, self.tiers.as_slice())));
        if let Some((word, number)) = name.split_once(' ')
            && GENERIC.contains(&fold(word).as_str())
        {
            // Not by the number in a label: "Mục 7" is not "Điều 7".
            names.push((number.to_owned(), surer));
        }
        for (name, tier) in names.iter().flat_map(|(name, tiers)| tiers.iter().map(move |tier| (name, tier)))
        {
            match tier.names.get(name).or_else(|| tier.names.get(&folded(name))) {
                Some(Some(_)) if whole => {
                    return Err(format!(
                        "may be the whole document or the section {cited:?}: leave it empty for the whole document"
                    ));
                }
                Some(Some(id)) => return Ok(*id),
                Some(None) => {
                    return Err(
                        "is the name of several sections: write the labels from the top, such as IV/1"
                            .to_owned(),
                    );
                }
                None => {}
            }
        }
        if whole {
            return Ok(ROOT);
        }
        Err("is no section of the draft: write its label or its labels from the top, such as 5.2, Điều 7, IV/1".to_owned())
    }

    /// How a section is cited so that it is found again; empty for the whole document.
    pub(super) fn cite(&self, id: SectionId) -> String {
        let Some(section) = self.sections.get(&id).filter(|section| section.id != ROOT) else {
            return String::new();
        };
        let path = self.path(section);
        // `1` alone would be found where it is the only one, but says little.
        let speaks = path.len() == 1 || section.label.chars().filter(|c| c.is_alphanumeric()).count() > 1;
        let label = Some(section.label.clone()).filter(|label| speaks && !label.is_empty());
        let whole = path.join("/");
        let named = format!("{} {}", section.label, section.heading);
        let found = label.into_iter().chain([whole.clone(), named]).find(|name| self.find(name) == Ok(id));
        found.unwrap_or_else(|| format!("{whole} [#{id}]"))
    }
}

/// A name without what varies from typist to typist: spaces, and a full stop, bracket or colon at the end of a word.
fn tidy(text: &str) -> String {
    let steps = text.split(['/', '>']).map(|step| {
        let words = step.split_whitespace().map(|word| word.trim_end_matches(['.', ')', ':']));
        words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    });
    steps.filter(|step| !step.is_empty()).collect::<Vec<_>>().join("/")
}

/// The path in a citation of a law: `điểm a khoản 2 Điều 7` and `Điều 7, khoản 2, điểm a` are `Điều 7/2/a`. None for other
/// citations.
fn law_path(cited: &str) -> Option<String> {
    let mut steps: Vec<(bool, Vec<&str>)> = Vec::new();
    for word in cited.split([' ', ',', ';', '\n', '\t']).filter(|word| !word.is_empty()) {
        let level = fold(word);
        if BARE_LEVELS.contains(&level.as_str()) {
            steps.push((true, Vec::new()));
        } else if NAMED_LEVELS.contains(&level.as_str()) {
            steps.push((false, vec![word]));
        } else {
            steps.last_mut()?.1.push(word);
        }
    }
    // From the part to the whole, or from the whole to the part.
    if steps.first()?.0 {
        steps.reverse();
    }
    let bare = steps.iter().any(|(bare, _)| *bare);
    let path: Vec<_> = steps.into_iter().map(|(_, words)| tidy(&words.join(" "))).collect();
    (bare && path.len() > 1).then(|| path.join("/"))
}
