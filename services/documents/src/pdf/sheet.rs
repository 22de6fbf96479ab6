//! A page while it fills, and how it is drawn when it is full.

use krilla::Document;
use krilla::color::luma;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag};
use ykien_domain::{Error, Reason, Result};

use super::fonts::Fonts;
use super::lines::{Line, Span};
use super::millimetres;
use super::structure::{Owner, Structure};
use crate::layout::Orientation;

/// How thick lines are, points.
const HAIRLINE: f32 = 0.5;
/// How bright a shade is, of 255.
const SHADE: u8 = 230;

/// Where text stands on a page: points from its left and upper edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Frame {
    pub(super) page: (f32, f32),
    pub(super) left: f32,
    pub(super) right: f32,
    pub(super) top: f32,
    pub(super) bottom: f32,
}

impl Frame {
    /// A4; the margin of 30 mm is where the page is bound: at its left, or at the top of a page that is turned.
    pub(super) fn new(orientation: Orientation) -> Self {
        let (width, height, left, right, top, bottom) = match orientation {
            Orientation::Portrait => (210.0, 297.0, 30.0, 15.0, 20.0, 20.0),
            Orientation::Landscape => (297.0, 210.0, 20.0, 20.0, 30.0, 15.0),
        };
        Self {
            page: (millimetres(width), millimetres(height)),
            left: millimetres(left),
            right: millimetres(width - right),
            top: millimetres(top),
            bottom: millimetres(height - bottom),
        }
    }

    pub(super) fn width(&self) -> f32 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f32 {
        self.bottom - self.top
    }
}

/// A rectangle: left, top, right, bottom.
pub(super) type Edges = (f32, f32, f32, f32);

/// Something on a page.
#[derive(Debug)]
pub(super) enum Mark {
    /// Words with their baseline.
    Words { span: Span, x: f32, y: f32, owner: Owner },
    /// A rule from one point to another at the same height.
    Rule { from: f32, to: f32, y: f32 },
    /// Boxes with lines around them.
    Borders(Vec<Edges>),
    /// Boxes that are shaded.
    Shades(Vec<Edges>),
}

impl Mark {
    fn owner(&self) -> Owner {
        match self {
            Self::Words { owner, .. } => *owner,
            Self::Rule { .. } | Self::Borders(_) | Self::Shades(_) => Owner::Layout,
        }
    }
}

/// A page that fills from top to bottom.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) frame: Frame,
    /// Which page of the document it is, from 1.
    pub(super) number: usize,
    pub(super) marks: Vec<Mark>,
    /// Level, words and height on the page of each heading that begins here.
    headings: Vec<(u8, String, f32)>,
    /// How far it is filled.
    pub(super) y: f32,
    /// The space that what came last wants after it.
    pub(super) gap: f32,
    /// Whether nothing but repeated header rows stands on it.
    pub(super) fresh: bool,
}

impl Sheet {
    pub(super) fn new(frame: Frame, number: usize) -> Self {
        let (marks, headings) = (Vec::new(), Vec::new());
        Self { frame, number, marks, headings, y: frame.top, gap: 0.0, fresh: true }
    }

    /// How much of the page is left.
    pub(super) fn room(&self) -> f32 {
        let gap = if self.fresh { 0.0 } else { self.gap };
        self.frame.bottom - self.y - gap
    }

    /// Takes the space that is due before what comes next; none at the top of a page.
    pub(super) fn space(&mut self, more: f32) {
        if !self.fresh {
            self.y += self.gap + more;
        }
        self.gap = 0.0;
        self.fresh = false;
    }

    /// Sets a line: `x` is the left edge of its block, `y` the line's top.
    pub(super) fn set(&mut self, line: Line, x: f32, y: f32) {
        if let Some(heading) = line.heading {
            self.headings.push((heading.0, heading.1, y));
        }
        for span in line.spans {
            let (x, y) = (x + span.x, y + line.baseline);
            self.marks.push(Mark::Words { span, x, y, owner: line.owner });
        }
        if let Some((from, to, below)) = line.rule {
            self.marks.push(Mark::Rule { from: x + from, to: x + to, y: y + below });
        }
    }

    /// Draws the page as the document's next one.
    pub(super) fn draw(
        self,
        document: &mut Document,
        fonts: &Fonts,
        structure: &mut Structure,
    ) -> Result<()> {
        let page = self.number.saturating_sub(1);
        for (level, words, y) in self.headings {
            structure.heading(level, words, page, self.frame.left, y);
        }
        let settings = PageSettings::from_wh(self.frame.page.0, self.frame.page.1)
            .ok_or_else(|| Error::new(Reason::Internal, "a page has no size"))?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let mut open = None;
        for mark in self.marks {
            let owner = mark.owner();
            if open != Some(owner) {
                if open.is_some() {
                    surface.end_tagged();
                }
                begin(&mut surface, owner, structure);
                open = Some(owner);
            }
            ink(&mut surface, fonts, mark);
        }
        if open.is_some() {
            surface.end_tagged();
        }
        surface.finish();
        page.finish();
        Ok(())
    }
}

/// Says whose all that follows is.
fn begin(surface: &mut Surface<'_>, owner: Owner, structure: &mut Structure) {
    let artifact = |kind| ContentTag::Artifact(Artifact::with_kind(kind));
    match owner {
        Owner::Element(element) => {
            let identifier = surface.start_tagged(ContentTag::Other);
            structure.drawn(element, identifier);
        }
        Owner::Layout => {
            surface.start_tagged(artifact(ArtifactType::Layout));
        }
        Owner::Pagination => {
            surface.start_tagged(artifact(ArtifactType::PaginationOther));
        }
    }
}

fn ink(surface: &mut Surface<'_>, fonts: &Fonts, mark: Mark) {
    let (fill, stroke, path) = match mark {
        Mark::Words { span, x, y, .. } => {
            let font = fonts.face(span.style).font.clone();
            surface.set_fill(None);
            surface.set_stroke(None);
            surface.draw_glyphs(Point::from_xy(x, y), &span.glyphs, font, &span.text, span.size, false);
            return;
        }
        Mark::Rule { from, to, y } => {
            let mut path = PathBuilder::new();
            path.move_to(from, y);
            path.line_to(to, y);
            (None, Some(line()), path.finish())
        }
        Mark::Borders(boxes) => (None, Some(line()), rectangles(&boxes)),
        Mark::Shades(boxes) => (
            Some(Fill { paint: luma::Color::new(SHADE).into(), ..Fill::default() }),
            None,
            rectangles(&boxes),
        ),
    };
    if let Some(path) = path {
        surface.set_fill(fill);
        surface.set_stroke(stroke);
        surface.draw_path(&path);
    }
}

fn line() -> Stroke {
    Stroke { paint: luma::Color::black().into(), width: HAIRLINE, ..Stroke::default() }
}

fn rectangles(boxes: &[Edges]) -> Option<Path> {
    let mut path = PathBuilder::new();
    for &(left, top, right, bottom) in boxes {
        if let Some(rectangle) = Rect::from_ltrb(left, top, right, bottom) {
            path.push_rect(rectangle);
        }
    }
    path.finish()
}
