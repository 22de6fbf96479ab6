//! What every official document has around its contents (Nghị định 30/2020/NĐ-CP, phụ lục I): motto block, number and date, name
//! and subject, signature and recipients. And how dates, letters, agencies and sections are written in it.

use ykien_domain::Result;
use ykien_domain::ids::{AgencyCode, ROOT, SectionId};
use ykien_domain::model::{Letter, Section};
use ykien_domain::time::{Date, Timestamp};

use crate::layout::{Align, Canvas, Cell, Paragraph, Rule, Run, Table};
use crate::letterhead::Letterhead;
use crate::snapshot::Snapshot;
use crate::words::Language;

/// The type size of a document's text, points.
const TEXT: f32 = 13.0;
/// The type size in tables, points.
const TABLE: f32 = 12.0;
/// What is left open, to be filled in by hand.
const OPEN: &str = "…………………";
/// Seconds from UTC to the time of Viet Nam, which has no summer time.
pub(crate) const HANOI: i64 = 7 * 3600;

/// An official document about a draft: what its parts are made of.
#[derive(Clone, Copy)]
pub(crate) struct Official<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) letterhead: &'a Letterhead,
    pub(crate) language: Language,
}

impl<'a> Official<'a> {
    /// Motto block, number and date, then the document's name and what it is about.
    pub(crate) fn begin(&self, canvas: &mut dyn Canvas, name: &str, subject: &str) -> Result<()> {
        let of = |vietnamese, english| self.language.of(vietnamese, english);
        let letterhead = self.letterhead;
        let agency = match letterhead.agency.as_str() {
            "" => self.agency(&self.snapshot.draft.drafting_agency),
            given => given,
        };
        let line = |text: &str, size| Paragraph { align: Align::Centre, size, ..words(text, false) };
        let bold = |text: &str, size| Paragraph { align: Align::Centre, size, ..words(text, true) };
        let place_and_date = Run { text: self.place_and_date(), bold: false, italic: true };
        canvas.table(&Table { columns: vec![75.0, 90.0], ..Table::default() })?;
        canvas.row(&[
            Cell {
                paragraphs: vec![
                    line(&filled(&letterhead.superior.to_uppercase()), 12.0),
                    Paragraph { rule: Rule::Short, ..bold(&agency.to_uppercase(), 12.0) },
                ],
                ..Cell::default()
            },
            Cell {
                paragraphs: vec![
                    bold(of("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "SOCIALIST REPUBLIC OF VIET NAM"), 12.0),
                    Paragraph {
                        rule: Rule::Full,
                        ..bold(of("Độc lập - Tự do - Hạnh phúc", "Independence - Freedom - Happiness"), 13.0)
                    },
                ],
                ..Cell::default()
            },
        ])?;
        let number = match letterhead.number.as_str() {
            "" => of("Số:         /…………", "No.:         /…………").to_owned(),
            given => format!("{}: {given}", of("Số", "No.")),
        };
        canvas.row(&[
            Cell { paragraphs: vec![Paragraph { before: 6.0, ..line(&number, TEXT) }], ..Cell::default() },
            Cell {
                paragraphs: vec![Paragraph { runs: vec![place_and_date], before: 6.0, ..line("", TEXT) }],
                ..Cell::default()
            },
        ])?;
        canvas.end_table()?;
        canvas.paragraph(&Paragraph { before: 18.0, keep_with_next: true, ..bold(name, 14.0) })?;
        canvas.paragraph(&Paragraph { rule: Rule::Short, after: 12.0, ..bold(subject, 14.0) })
    }

    /// Capacity and name of who signs, on the right; the recipients on the left.
    pub(crate) fn end(&self, canvas: &mut dyn Canvas) -> Result<()> {
        let of = |vietnamese, english| self.language.of(vietnamese, english);
        let letterhead = self.letterhead;
        let small = |text: String| Paragraph { size: 11.0, ..words(&text, false) };
        let title = Run { text: of("Nơi nhận:", "Recipients:").to_owned(), bold: true, italic: true };
        let mut left = vec![Paragraph { runs: vec![title], size: 12.0, ..Paragraph::default() }];
        // "Lưu: VT" ends the list; a drafter that gave its own (with unit and copies) keeps it.
        let mut archive = of("Lưu: VT", "Filed: VT").to_owned();
        let mut listed = 0;
        for recipient in &letterhead.recipients {
            let recipient = recipient.trim().trim_start_matches('-').trim_end_matches([';', '.', ' ']).trim();
            if recipient.starts_with("Lưu") || recipient.starts_with("Filed") {
                recipient.clone_into(&mut archive);
            } else if !recipient.is_empty() {
                left.push(small(format!("- {recipient};")));
                listed += 1;
            }
        }
        if listed == 0 {
            left.push(small(format!("- {OPEN};")));
        }
        left.push(small(format!("- {archive}.")));
        let signs = |text: &str| Paragraph { align: Align::Centre, size: TEXT, ..words(text, true) };
        let capacity = letterhead.capacity.to_uppercase();
        let right = vec![
            signs(&filled(&capacity)),
            // Room for the signature and the seal.
            Paragraph { before: 72.0, ..signs(&filled(&letterhead.signer)) },
        ];
        canvas.table(&Table { columns: vec![1.0, 1.0], ..Table::default() })?;
        canvas.row(&[
            Cell { paragraphs: left, ..Cell::default() },
            Cell { paragraphs: right, ..Cell::default() },
        ])?;
        canvas.end_table()
    }

    /// What stands at the foot of every page: which draft, in which version, at which revision.
    pub(crate) fn footer(&self) -> String {
        let Snapshot { draft, revision, .. } = self.snapshot;
        match (self.language, draft.version) {
            (Language::Vietnamese, 0) => format!("Dự thảo {}, lần thay đổi {revision}", draft.id),
            (Language::Vietnamese, version) => {
                format!("Dự thảo {}, bản {version}, lần thay đổi {revision}", draft.id)
            }
            (Language::English, 0) => format!("Draft {}, revision {revision}", draft.id),
            (Language::English, version) => {
                format!("Draft {}, version {version}, revision {revision}", draft.id)
            }
        }
    }

    /// The draft within a sentence: `dự thảo Báo cáo …`.
    pub(crate) fn draft(&self) -> String {
        let title = self.snapshot.draft.title.as_str();
        let named = title.char_indices().nth(7).map_or(title, |(end, _)| title.get(..end).unwrap_or(title));
        match self.language {
            Language::Vietnamese if named.to_lowercase() == "dự thảo" => {
                format!("dự thảo{}", title.strip_prefix(named).unwrap_or(title))
            }
            Language::Vietnamese => format!("dự thảo {title}"),
            Language::English => format!("the draft “{title}”"),
        }
    }

    /// An agency's official name in the document's language, where it is known.
    pub(crate) fn agency(&self, code: &'a AgencyCode) -> &'a str {
        self.english(code).unwrap_or_else(|| self.snapshot.name(code))
    }

    /// What tables call an agency.
    pub(crate) fn short(&self, code: &'a AgencyCode) -> &'a str {
        self.english(code).unwrap_or_else(|| self.snapshot.short_name(code))
    }

    fn english(&self, code: &AgencyCode) -> Option<&'a str> {
        let name = &self.snapshot.agencies.get(code)?.name_en;
        (self.language == Language::English && !name.is_empty()).then_some(name)
    }

    /// A section with those above it: `IV. Đánh giá chung › 1. Hạn chế`.
    pub(crate) fn section_path(&self, id: SectionId) -> String {
        let path = self.snapshot.path(id);
        let titles: Vec<String> = path.iter().map(|section| title(section)).collect();
        self.named(id, &titles)
    }

    /// A section, short: the labels above it, then its own label and heading.
    pub(crate) fn section_title(&self, id: SectionId) -> String {
        let path = self.snapshot.path(id);
        let last = path.len().saturating_sub(1);
        let titles = path.iter().enumerate();
        let titles = titles.map(|(at, section)| if at < last { label(section) } else { title(section) });
        let titles: Vec<String> = titles.collect();
        self.named(id, &titles)
    }

    /// A section by its labels alone, under a heading that says the rest.
    pub(crate) fn section_label(&self, id: SectionId) -> String {
        let titles: Vec<String> = self.snapshot.path(id).into_iter().map(label).collect();
        self.named(id, &titles)
    }

    fn named(&self, id: SectionId, titles: &[String]) -> String {
        if id == ROOT {
            return self.language.of("Toàn bộ dự thảo", "The whole draft").to_owned();
        }
        match self.snapshot.section(id) {
            None => format!("#{id}"),
            Some(section) if section.removed => {
                let gone = self.language.of("(không còn trong bản này)", "(no longer in this version)");
                format!("{} {gone}", titles.join(" › "))
            }
            Some(_) => titles.join(" › "),
        }
    }

    /// `Lạng Sơn, ngày 02 tháng 01 năm 2020`.
    fn place_and_date(&self) -> String {
        let place = filled(&self.letterhead.place);
        match (self.letterhead.date.as_ref().and_then(parts), self.language) {
            (Some((day, month, year)), Language::Vietnamese) => {
                format!("{place}, ngày {day:02} tháng {} năm {year}", month_in_words(month))
            }
            (Some((day, month, year)), Language::English) => {
                format!("{place}, {day} {} {year}", english_month(month))
            }
            (None, Language::Vietnamese) => format!("{place}, ngày … tháng … năm ……"),
            (None, Language::English) => format!("{place}, day … month … year ……"),
        }
    }

    /// A date within a sentence: `20/7/2020`.
    pub(crate) fn date(&self, date: &Date) -> String {
        match (parts(date), self.language) {
            (None, _) => date.to_string(),
            (Some((day, month, year)), Language::Vietnamese) => {
                format!("{day:02}/{}/{year}", month_in_words(month))
            }
            (Some((day, month, year)), Language::English) => format!("{day} {} {year}", english_month(month)),
        }
    }

    /// The day of an instant, in Viet Nam.
    pub(crate) fn day(&self, at: Timestamp) -> String {
        let (date, time) = in_viet_nam(at);
        date.map_or(time, |date| self.date(&date))
    }

    /// The hour and day of an instant, in Viet Nam: `17 giờ 00 ngày 24/7/2020`.
    pub(crate) fn hour(&self, at: Timestamp) -> String {
        match in_viet_nam(at) {
            (None, time) => time,
            (Some(date), time) => match (self.language, time.split_once(':')) {
                (Language::Vietnamese, Some((hour, minute))) => {
                    format!("{hour} giờ {minute} ngày {}", self.date(&date))
                }
                _ => format!("{time}, {}", self.date(&date)),
            },
        }
    }

    /// A letter: `Công văn số 1234/STC-NS ngày 20/7/2020`.
    pub(crate) fn letter(&self, letter: &Letter) -> String {
        let date = letter.date.as_ref().map(|date| self.date(date));
        match (letter.number.as_str(), date, self.language) {
            ("", None, language) => {
                language.of("văn bản chưa ghi số, ngày", "a letter without number and date").to_owned()
            }
            ("", Some(date), Language::Vietnamese) => format!("Công văn ngày {date}"),
            ("", Some(date), Language::English) => format!("letter of {date}"),
            (number, None, Language::Vietnamese) => format!("Công văn số {number}"),
            (number, None, Language::English) => format!("letter {number}"),
            (number, Some(date), Language::Vietnamese) => format!("Công văn số {number} ngày {date}"),
            (number, Some(date), Language::English) => format!("letter {number} of {date}"),
        }
    }

    /// `1 ý kiến`, `2 ý kiến`.
    pub(crate) fn comments(&self, count: i64) -> String {
        match (self.language, count) {
            (Language::Vietnamese, _) => format!("{count} ý kiến"),
            (Language::English, 1) => "1 comment".to_owned(),
            (Language::English, _) => format!("{count} comments"),
        }
    }
}

/// What was given, or dots.
fn filled(given: &str) -> String {
    if given.is_empty() { OPEN.to_owned() } else { given.to_owned() }
}

/// `IV. Đánh giá chung`.
fn title(section: &Section) -> String {
    match (section.label.as_str(), section.heading.as_str()) {
        ("", heading) => heading.to_owned(),
        (label, "") => label.to_owned(),
        (label, heading) if label.ends_with(char::is_alphanumeric) => format!("{label}. {heading}"),
        (label, heading) => format!("{label} {heading}"),
    }
}

/// `IV`, or the heading where there is no label.
fn label(section: &Section) -> String {
    if section.label.is_empty() { section.heading.clone() } else { section.label.clone() }
}

/// Day, month, year.
fn parts(date: &Date) -> Option<(u8, u8, u16)> {
    let mut parts = date.as_str().split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    Some((day.parse().ok()?, month.parse().ok()?, year.parse().ok()?))
}

/// January and February have a leading zero, the others have none below ten.
fn month_in_words(month: u8) -> String {
    if month < 3 { format!("{month:02}") } else { month.to_string() }
}

fn english_month(month: u8) -> &'static str {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let index = usize::from(month).checked_sub(1);
    index.and_then(|index| MONTHS.get(index)).copied().unwrap_or_default()
}

/// The date and the time of day (`17:00`) of an instant in Viet Nam; where no calendar has it, the instant itself as the time.
fn in_viet_nam(at: Timestamp) -> (Option<Date>, String) {
    let text = at.plus_seconds(HANOI).to_string();
    let date = text.get(..10).and_then(|date| Date::parse("date", date).ok());
    match (date, text.get(11..16)) {
        (Some(date), Some(time)) => (Some(date), time.to_owned()),
        _ => (None, text),
    }
}

/// The date of an instant in Viet Nam.
pub(crate) fn day_in_viet_nam(at: Timestamp) -> Option<Date> {
    in_viet_nam(at).0
}

/// One run.
pub(crate) fn words(text: &str, bold: bool) -> Paragraph {
    let runs = vec![Run { text: text.to_owned(), bold, italic: false }];
    Paragraph { runs, size: TEXT, ..Paragraph::default() }
}

/// A paragraph of a document's text.
pub(crate) fn text(text: &str) -> Paragraph {
    Paragraph { align: Align::Justify, first_line: 12.7, before: 6.0, line: 1.15, ..words(text, false) }
}

/// A numbered heading of a document's text.
pub(crate) fn heading(text: &str, outline: u8) -> Paragraph {
    Paragraph { outline, keep_with_next: true, runs: words(text, true).runs, ..self::text("") }
}

/// A list, each entry in a paragraph of its own: a dash before, a semicolon or the last full stop behind.
pub(crate) fn list(canvas: &mut dyn Canvas, entries: &[String]) -> Result<()> {
    for (index, entry) in entries.iter().enumerate() {
        let end = if index + 1 == entries.len() { '.' } else { ';' };
        canvas.paragraph(&text(&format!("- {entry}{end}")))?;
    }
    Ok(())
}

/// A paragraph of a table's cell.
pub(crate) fn in_table(runs: Vec<Run>) -> Paragraph {
    Paragraph { runs, size: TABLE, before: 1.0, after: 1.0, ..Paragraph::default() }
}

/// A cell that says one thing.
pub(crate) fn cell(text: &str) -> Cell {
    Cell { paragraphs: lines(Vec::new(), text, false), ..Cell::default() }
}

/// A cell that says one short thing in its middle.
pub(crate) fn middle(text: &str) -> Cell {
    let paragraph = Paragraph { align: Align::Centre, ..in_table(words(text, false).runs) };
    Cell { paragraphs: vec![paragraph], ..Cell::default() }
}

/// A table's header: the names of its columns.
pub(crate) fn header(names: &[&str]) -> Vec<Vec<Cell>> {
    let name = |name: &&str| {
        let paragraph = Paragraph { align: Align::Centre, ..in_table(words(name, true).runs) };
        Cell { paragraphs: vec![paragraph], shaded: true, ..Cell::default() }
    };
    vec![names.iter().map(name).collect()]
}

/// Text of somebody's own, its lines as paragraphs; what leads stands before the first.
pub(crate) fn lines(lead: Vec<Run>, text: &str, italic: bool) -> Vec<Paragraph> {
    let mut lead = Some(lead);
    let line = |line: &str| {
        let mut runs = lead.take().unwrap_or_default();
        runs.push(Run { text: line.to_owned(), bold: false, italic });
        in_table(runs)
    };
    text.split('\n').map(line).collect()
}
