//! The four faces of Liberation Serif: which glyph a character has, and how wide it is.

use krilla::text::{Font, GlyphId};
use skrifa::charmap::Charmap;
use skrifa::instance::{LocationRef, Size};
use skrifa::metrics::GlyphMetrics;
use skrifa::{FontRef, MetadataProvider};
use ykien_domain::{Error, Reason, Result};

static REGULAR: &[u8] = include_bytes!("../../fonts/LiberationSerif-Regular.ttf");
static BOLD: &[u8] = include_bytes!("../../fonts/LiberationSerif-Bold.ttf");
static ITALIC: &[u8] = include_bytes!("../../fonts/LiberationSerif-Italic.ttf");
static BOLD_ITALIC: &[u8] = include_bytes!("../../fonts/LiberationSerif-BoldItalic.ttf");

/// One of the four faces.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Style {
    #[default]
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

impl Style {
    pub(super) fn of(bold: bool, italic: bool) -> Self {
        match (bold, italic) {
            (false, false) => Self::Regular,
            (true, false) => Self::Bold,
            (false, true) => Self::Italic,
            (true, true) => Self::BoldItalic,
        }
    }
}

/// A face: what is drawn with, and what is measured with.
pub(super) struct Face {
    /// What krilla draws with and embeds.
    pub(super) font: Font,
    charmap: Charmap<'static>,
    metrics: GlyphMetrics<'static>,
    per_em: f32,
    /// What stands for characters that the face lacks: its own `.notdef` is blank, and readers skip that glyph's text.
    missing: skrifa::GlyphId,
}

impl Face {
    fn new(bytes: &'static [u8]) -> Option<Self> {
        let font = Font::new(bytes.into(), 0)?;
        let reference = FontRef::new(bytes).ok()?;
        let charmap = reference.charmap();
        Some(Self {
            per_em: font.units_per_em(),
            font,
            missing: charmap.map('□').unwrap_or_default(),
            charmap,
            metrics: reference.glyph_metrics(Size::unscaled(), LocationRef::default()),
        })
    }

    /// The glyph of a character and its advance in ems; a box for one that the face lacks.
    pub(super) fn glyph(&self, character: char) -> (GlyphId, f32) {
        let id = self.charmap.map(character).unwrap_or(self.missing);
        let advance = self.metrics.advance_width(id).unwrap_or_default();
        (GlyphId::new(id.to_u32()), advance / self.per_em)
    }
}

/// The faces, and how high their lines are.
pub(super) struct Fonts {
    regular: Face,
    bold: Face,
    italic: Face,
    bold_italic: Face,
    /// From the baseline up to the top of the line, in ems.
    pub(super) ascent: f32,
    /// From the baseline down to the foot of the line, in ems.
    pub(super) descent: f32,
    /// From line to line at single distance, in ems: as Word has it for Times New Roman.
    pub(super) height: f32,
}

impl Fonts {
    pub(super) fn new() -> Result<Self> {
        Self::read().ok_or_else(|| Error::new(Reason::Internal, "the built-in fonts can't be read"))
    }

    fn read() -> Option<Self> {
        let metrics = FontRef::new(REGULAR).ok()?.metrics(Size::new(1.0), LocationRef::default());
        Some(Self {
            regular: Face::new(REGULAR)?,
            bold: Face::new(BOLD)?,
            italic: Face::new(ITALIC)?,
            bold_italic: Face::new(BOLD_ITALIC)?,
            ascent: metrics.ascent,
            descent: -metrics.descent,
            height: metrics.ascent - metrics.descent + metrics.leading,
        })
    }

    pub(super) fn face(&self, style: Style) -> &Face {
        match style {
            Style::Regular => &self.regular,
            Style::Bold => &self.bold,
            Style::Italic => &self.italic,
            Style::BoldItalic => &self.bold_italic,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use unicode_normalization::UnicodeNormalization;

    const STYLES: [Style; 4] = [Style::Regular, Style::Bold, Style::Italic, Style::BoldItalic];

    #[test]
    fn every_letter_of_vietnamese_is_in_every_face() {
        let fonts = Fonts::new().unwrap();
        let mut letters: Vec<char> =
            ('a'..='z').chain('A'..='Z').chain('0'..='9').chain(['đ', 'Đ']).collect();
        for base in "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY".chars() {
            for tone in ["", "\u{300}", "\u{309}", "\u{303}", "\u{301}", "\u{323}"] {
                let letter: Vec<char> = format!("{base}{tone}").nfc().collect();
                assert_eq!(letter.len(), 1, "{base} with {tone:?} is one character");
                letters.extend(letter);
            }
        }
        letters.extend(".,;:!?()[]{}/\\-–—…“”‘’'\"«»%‰§°×÷±≤≥≠½²³•₫€$&*+=<>#@_|~^\u{a0}".chars());
        for style in STYLES {
            for letter in &letters {
                let (glyph, advance) = fonts.face(style).glyph(*letter);
                assert_ne!(glyph.to_u32(), 0, "{letter:?} in {style:?}");
                assert!(advance > 0.0, "{letter:?} in {style:?} has a width");
            }
        }
    }

    #[test]
    fn letters_are_as_wide_as_in_times_new_roman() {
        let fonts = Fonts::new().unwrap();
        let width = |text: &str| text.chars().map(|c| fonts.face(Style::Regular).glyph(c).1).sum::<f32>();
        // Adobe's Times-Roman: C 667, o 500, space 250, H 722, a 444, thousandths of an em.
        assert!((width("Co Ha") - 2.583).abs() < 0.002, "{}", width("Co Ha"));
        assert!((fonts.height - 1.149).abs() < 0.001);
    }

    #[test]
    fn a_character_that_is_missing_is_a_box_in_every_face() {
        let fonts = Fonts::new().unwrap();
        for style in STYLES {
            let (glyph, advance) = fonts.face(style).glyph('漢');
            assert_ne!(glyph.to_u32(), 0, "{style:?}");
            assert_eq!(glyph, fonts.face(style).glyph('□').0);
            assert!(advance > 0.5, "{style:?}");
        }
    }
}
