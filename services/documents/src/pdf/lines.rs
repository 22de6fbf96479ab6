//! A paragraph as lines: words measured, broken by Unicode's rules (UAX #14), set between margins.
//!
//! All lengths here are points.

use krilla::text::KrillaGlyph;
use std::ops::Range;
use unicode_linebreak::{BreakOpportunity, linebreaks};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark, is_nfc};

use super::fonts::{Fonts, Style};
use super::millimetres;
use super::structure::Owner;
use crate::layout::{Align, Paragraph, Rule};

/// Tab stops stand 12.7 mm apart, as in Word.
const TAB_STOP: f32 = 36.0;
/// A justified line whose spaces would grow by more than this many ems stays as it is: it ends before a very long word.
const WIDEST_STRETCH: f32 = 1.5;
/// `20-NQ/TU` and `215/BC-SNN` are one word: parted here only when they are longer than a line.
const SEAMS: [char; 2] = ['-', '/'];
/// A short rule under words is this part of their width (Nghị định 30/2020/NĐ-CP: a third to a half).
const SHORT_RULE: f32 = 0.4;
/// From the foot of the words to the rule under them, and from there to what follows.
const RULE_GAP: f32 = 2.0;

/// Words in one face on one line.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) style: Style,
    /// Type size.
    pub(super) size: f32,
    /// From the left edge of the block.
    pub(super) x: f32,
    pub(super) text: String,
    pub(super) glyphs: Vec<KrillaGlyph>,
}

/// A line, and what comes with it: the space above it, the rule under it, the heading that it begins.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// Space above, which falls away at the top of a page.
    pub(super) gap: f32,
    pub(super) height: f32,
    /// From the top of the line to its baseline.
    pub(super) baseline: f32,
    pub(super) spans: Vec<Span>,
    /// A rule: from, to, below the top of the line.
    pub(super) rule: Option<(f32, f32, f32)>,
    /// Level and words of a heading that begins here.
    pub(super) heading: Option<Box<(u8, String)>>,
    /// Whose words these are in the document's structure.
    pub(super) owner: Owner,
}

/// How high lines stand one upon the other.
pub(super) fn height(lines: &[Line]) -> f32 {
    lines.iter().map(|line| line.gap + line.height).sum()
}

/// A glyph of a paragraph before it has a place.
struct Letter {
    glyph: KrillaGlyph,
    style: Style,
    /// Points; of a tab, the width of a space.
    advance: f32,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Ink,
    /// Stands on the letter before it and is never parted from it.
    Mark,
    Space,
    Tab,
}

impl Kind {
    fn is_blank(self) -> bool {
        matches!(self, Self::Space | Self::Tab)
    }
}

/// The lines of a paragraph in a block of this width: at least one, for an empty paragraph is a blank line.
pub(super) fn lay(fonts: &Fonts, paragraph: &Paragraph, width: f32, owner: Owner) -> Vec<Line> {
    let size = paragraph.size.max(1.0);
    let (text, letters) = letters(fonts, paragraph, size);
    let indent = millimetres(paragraph.indent).max(0.0);
    let first = (indent + millimetres(paragraph.first_line)).max(0.0);
    let mut breaker =
        Breaker { letters: &letters, width, first, indent, begin: 0, pen: first, rows: Vec::new() };
    let mut from = 0;
    let mut seams = Vec::new();
    for (at, opportunity) in linebreaks(&text) {
        let ahead = letters.get(from..).unwrap_or_default();
        let to = from + ahead.partition_point(|letter| letter.glyph.text_range.start < at);
        if opportunity == BreakOpportunity::Allowed
            && text.get(..at).is_some_and(|words| words.ends_with(SEAMS))
        {
            seams.push(to);
            continue;
        }
        breaker.words(from, &seams, to);
        seams.clear();
        if opportunity == BreakOpportunity::Mandatory {
            breaker.end_row(to, true);
        }
        from = to;
    }
    if breaker.rows.is_empty() {
        breaker.end_row(0, true);
    }
    let rows = breaker.rows;
    let last = rows.len().saturating_sub(1);
    let leading = fonts.height * size * paragraph.line.max(0.5);
    let baseline = (leading - (fonts.ascent + fonts.descent) * size) / 2.0 + fonts.ascent * size;
    let mut lines: Vec<Line> = rows
        .iter()
        .enumerate()
        .map(|(number, row)| {
            let placed = place(&text, &letters, row, paragraph.align, size, width);
            let rule = if number == last { rule(paragraph.rule, &placed) } else { None }
                .map(|(from, to)| (from, to, baseline + fonts.descent * size + RULE_GAP));
            Line {
                gap: if number == 0 { paragraph.before.max(0.0) } else { 0.0 },
                height: rule.map_or(leading, |(_, _, below)| leading.max(below + RULE_GAP)),
                baseline,
                spans: placed.spans,
                rule,
                heading: None,
                owner,
            }
        })
        .collect();
    if paragraph.outline > 0
        && let Some(line) = lines.first_mut()
    {
        let words: Vec<&str> = text.split_whitespace().collect();
        line.heading = Some(Box::new((paragraph.outline.min(9), words.join(" "))));
    }
    lines
}

/// The words in NFC, and a letter for each character that shows.
fn letters(fonts: &Fonts, paragraph: &Paragraph, size: f32) -> (String, Vec<Letter>) {
    let mut text = String::with_capacity(paragraph.runs.iter().map(|run| run.text.len()).sum());
    let mut letters = Vec::with_capacity(text.capacity());
    for run in &paragraph.runs {
        let begin = text.len();
        if is_nfc(&run.text) {
            text.push_str(&run.text);
        } else {
            text.extend(run.text.nfc());
        }
        let style = Style::of(run.bold, run.italic);
        let face = fonts.face(style);
        for (at, character) in text.get(begin..).unwrap_or_default().char_indices() {
            let kind = match character {
                '\t' => Kind::Tab,
                // A line feed ends its line as a space, so that words stay apart for who hears the lines read as one.
                ' ' | '\n' => Kind::Space,
                c if only_steers(c) => continue,
                c if is_combining_mark(c) => Kind::Mark,
                _ => Kind::Ink,
            };
            let (id, advance) = face.glyph(if matches!(character, '\t' | '\n') { ' ' } else { character });
            let start = begin + at;
            let range = start..start + character.len_utf8();
            let glyph = KrillaGlyph::new(id, advance, 0.0, 0.0, 0.0, range, None);
            letters.push(Letter { glyph, style, advance: advance * size, kind });
        }
    }
    (text, letters)
}

/// Whether a character shows nothing of its own: what only says where a line may break or which way it runs.
fn only_steers(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
}

/// The letters of one line.
struct Row {
    letters: Range<usize>,
    /// Where it begins.
    start: f32,
    /// Whether it ends because the words say so, not because the line is full.
    ends: bool,
}

/// Fills lines one after the other.
struct Breaker<'a> {
    letters: &'a [Letter],
    width: f32,
    first: f32,
    indent: f32,
    begin: usize,
    pen: f32,
    rows: Vec<Row>,
}

impl Breaker<'_> {
    fn start(&self) -> f32 {
        if self.rows.is_empty() { self.first } else { self.indent }
    }

    /// Where the pen stands after these letters, and where it stands after the last of them that shows.
    fn after(&self, from: usize, to: usize) -> (f32, f32) {
        let (mut pen, mut ink) = (self.pen, self.pen);
        for letter in self.letters.get(from..to).unwrap_or_default() {
            pen += advance(letter, pen);
            if !letter.kind.is_blank() {
                ink = pen;
            }
        }
        (pen, ink)
    }

    /// Whether the line still holds these letters; blanks at its end may hang over.
    fn holds(&self, from: usize, to: usize) -> bool {
        self.after(from, to).1 <= self.width + 0.01
    }

    /// Sets a word; one that is longer than a line begins on this one and is parted at its seams.
    fn words(&mut self, from: usize, seams: &[usize], to: usize) {
        let width: f32 =
            self.letters.get(from..to).unwrap_or_default().iter().map(|letter| letter.advance).sum();
        let mut from = from;
        if width > self.width - self.indent {
            for seam in seams {
                self.word(from, *seam);
                from = *seam;
            }
        }
        self.word(from, to);
    }

    /// Sets what may not be parted; what is longer than a line is parted all the same, between letters.
    fn word(&mut self, from: usize, to: usize) {
        if self.begin < from && !self.holds(from, to) {
            self.end_row(from, false);
        }
        if self.holds(from, to) {
            self.pen = self.after(from, to).0;
            return;
        }
        let mut at = from;
        while at < to {
            let marks = self.letters.get(at + 1..to).unwrap_or_default();
            let next = at + 1 + marks.iter().take_while(|letter| letter.kind == Kind::Mark).count();
            if self.begin < at && !self.holds(at, next) {
                self.end_row(at, false);
            }
            self.pen = self.after(at, next).0;
            at = next;
        }
    }

    fn end_row(&mut self, to: usize, ends: bool) {
        self.rows.push(Row { letters: self.begin..to, start: self.start(), ends });
        self.begin = to;
        self.pen = self.start();
    }
}

/// How far the pen goes: a tab takes it to the next stop, and at least over a space.
fn advance(letter: &Letter, pen: f32) -> f32 {
    if letter.kind != Kind::Tab {
        return letter.advance;
    }
    let stop = ((pen / TAB_STOP).floor() + 1.0) * TAB_STOP;
    if stop - pen < letter.advance { stop + TAB_STOP - pen } else { stop - pen }
}

/// A line's spans in their places, and from where to where its words go.
struct Placed {
    spans: Vec<Span>,
    from: f32,
    to: f32,
}

fn place(text: &str, letters: &[Letter], row: &Row, align: Align, size: f32, width: f32) -> Placed {
    let all = letters.get(row.letters.clone()).unwrap_or_default();
    let shown = all.iter().rposition(|letter| !letter.kind.is_blank()).map_or(0, |last| last + 1);
    let ink = all.get(..shown).unwrap_or_default();
    let end = ink.iter().fold(row.start, |pen, letter| pen + advance(letter, pen));
    let room = (width - end).max(0.0);
    // Tabs stand where they stand: only what comes after the last one moves.
    let firm = ink.iter().rposition(|letter| letter.kind == Kind::Tab).map_or(0, |tab| tab + 1);
    let spaces = ink.iter().skip(firm).filter(|letter| letter.kind == Kind::Space).count();
    let mut stretch = 0.0;
    if align == Align::Justify && !row.ends && spaces > 0 {
        stretch = room / spaces as f32;
        if stretch > WIDEST_STRETCH * size {
            stretch = 0.0;
        }
    }
    let shift = match align {
        Align::Left | Align::Justify => 0.0,
        Align::Centre => room / 2.0,
        Align::Right => room,
    };
    let mut spans: Vec<Span> = Vec::new();
    let mut pen = row.start;
    // One blank is kept at the end of a line, so that who reads the text without its places still finds words apart.
    for (number, letter) in all.iter().take(shown + 1).enumerate() {
        let mut width = advance(letter, pen);
        if letter.kind == Kind::Space && (firm..shown).contains(&number) {
            width += stretch;
        }
        if spans.last().is_none_or(|span| span.style != letter.style) {
            let (text, glyphs) = (String::new(), Vec::new());
            spans.push(Span { style: letter.style, size, x: pen + shift, text, glyphs });
        }
        if let Some(span) = spans.last_mut() {
            let begin = span.text.len();
            let range = letter.glyph.text_range.clone();
            match text.get(range).unwrap_or_default() {
                "\t" | "\n" => span.text.push(' '),
                shown => span.text.push_str(shown),
            }
            let mut glyph = letter.glyph.clone();
            glyph.text_range = begin..span.text.len();
            if width != letter.advance {
                glyph.x_advance = width / size;
            }
            span.glyphs.push(glyph);
        }
        pen += width;
    }
    let stretched = stretch * spaces as f32;
    Placed { spans, from: row.start + shift, to: end + shift + stretched }
}

/// From where to where a rule goes under words.
fn rule(rule: Rule, words: &Placed) -> Option<(f32, f32)> {
    let part = match rule {
        Rule::None => return None,
        Rule::Full => 1.0,
        Rule::Short => SHORT_RULE,
    };
    let (centre, half) = ((words.from + words.to) / 2.0, (words.to - words.from) / 2.0 * part);
    Some((centre - half, centre + half))
}
