//! What a line would be if it were a heading: the label at its start, judged without its neighbours.

use super::number::{self, Number};
use super::text::{is_blank_to_fill, is_caps, starts_lower, starts_upper, strip_any, strip_words};

/// The kind of a label, before its place in the document decides the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Part,
    Chapter,
    Section,
    Subsection,
    Article,
    Appendix,
    Form,
    /// `A.`
    Capital,
    /// `I.`
    Roman,
    /// `1.`, `1.1`
    Number,
    /// `a)`
    Letter,
    /// `-`
    Dash,
    /// Words whose style makes them a heading.
    Heading,
}

/// A label found at the start of a line.
#[derive(Clone, Debug)]
pub struct Mark {
    /// The index of its line.
    pub line: usize,
    pub kind: Kind,
    pub number: Number,
    /// The label as shown.
    pub label: String,
    /// The rest of the line.
    pub title: String,
    /// Whether the line looks like nothing but a heading: it stands alone, in capitals or with Markdown marks.
    pub strong: bool,
    /// Whether the line has Markdown heading marks.
    pub marked: bool,
}

struct Found<'t> {
    kind: Kind,
    label: String,
    number: Number,
    rest: &'t str,
    /// Whether the rest must be set apart from the label by a mark or by capitals.
    strict: bool,
}

/// Words that follow a number in a reference to another document: `Điều 5 Luật Khiếu nại`.
const REFERENCES: [&str; 13] = [
    "luat",
    "bo luat",
    "nghi",
    "thong tu",
    "quyet dinh",
    "phap lenh",
    "hien phap",
    "dieu",
    "chuong",
    "muc",
    "khoan",
    "phu luc",
    "quy",
];

/// The label at the start of `text`, a line without Markdown marks (`marked` says whether it had heading marks).
pub fn read(text: &str, marked: bool, line: usize) -> Option<Mark> {
    let first = text.chars().next()?;
    let found = if first.is_alphabetic() {
        let word = if marked || first.is_uppercase() { keyword(text) } else { None };
        word.or_else(|| item(text, marked))
    } else if first.is_ascii_digit() {
        item(text, marked)
    } else {
        return dash(text, line);
    }?;
    let (separated, title) = separator(found.rest);
    if separated && title.starts_with([',', ';']) && found.kind == Kind::Article {
        return None;
    }
    let title = if found.kind == Kind::Article { title.trim_start_matches([',', ' ']) } else { title };
    let bare = title.is_empty();
    let caps = is_caps(title);
    let paragraph = matches!(found.kind, Kind::Number | Kind::Letter | Kind::Roman | Kind::Capital);
    if paragraph && is_blank_to_fill(title) {
        return None;
    }
    let bracketed = title.starts_with('(');
    if found.strict && !paragraph && !marked {
        let separate = separated && !starts_lower(title);
        let reference = strip_any(title, &REFERENCES).is_some() && !caps;
        let article = found.kind == Kind::Article;
        let accepted = bare || caps || bracketed || separate || (article && separated);
        let loose = article && starts_upper(title) && !reference;
        if !(accepted || loose) || (title.ends_with([';', ',']) && !caps && !article) {
            return None;
        }
    }
    if found.kind == Kind::Article && !bare && is_blank_to_fill(title) {
        return None;
    }
    let mut number = found.number;
    number.noisy |= found.kind == Kind::Article && !separated && !bare && !marked;
    Some(Mark {
        line,
        kind: found.kind,
        number,
        label: found.label,
        title: title.to_owned(),
        strong: marked || caps || bare || bracketed,
        marked,
    })
}

/// Splits the mark that stands between a label and its title.
fn separator(rest: &str) -> (bool, &str) {
    let trimmed = rest.trim_start();
    let title = trimmed.trim_start_matches(['.', ':', ')', '/', '-', '–', '—', '|']);
    (title.len() < trimmed.len(), title.trim_start())
}

/// Labels that start with a word.
fn keyword(text: &str) -> Option<Found<'_>> {
    let found = |kind, label, number, rest| Some(Found { kind, label, number, rest, strict: true });
    if let Some((word, rest)) = strip_any(text, &["dieu", "article"]) {
        let (token, number, rest) = number::plain(rest.trim_start())?;
        let word = if word == "dieu" { "Điều" } else { "Article" };
        let label =
            if number.noisy { format!("{word} {}", number.last()) } else { format!("{word} {token}") };
        return found(Kind::Article, label, number, rest);
    }
    if let Some((word, rest)) = strip_any(text, &["tieu muc", "subsection"]) {
        let word = if word == "tieu muc" { "Tiểu mục" } else { "Subsection" };
        let (token, number, rest) = ordinary(rest.trim_start())?;
        return found(Kind::Subsection, format!("{word} {token}"), number, rest);
    }
    for (folded, word, kind) in [
        ("phan", "Phần", Kind::Part),
        ("part", "Part", Kind::Part),
        ("chuong", "Chương", Kind::Chapter),
        ("chapter", "Chapter", Kind::Chapter),
        ("muc", "Mục", Kind::Section),
        ("section", "Section", Kind::Section),
    ] {
        if let Some(rest) = strip_words(text, folded) {
            if text.starts_with("Mức") || text.starts_with("MỨC") {
                return None;
            }
            let rest = rest.trim_start();
            let (token, number, rest) = ordinary(rest).or_else(|| {
                let (token, number, rest) = number::capital(rest)?;
                (kind == Kind::Part).then(|| (token.to_owned(), number, rest))
            })?;
            return found(kind, format!("{word} {token}"), number, rest);
        }
    }
    appendix(text).or_else(|| form(text))
}

/// `IV`, `4`, `4a` or `thứ tư`.
fn ordinary(text: &str) -> Option<(String, Number, &str)> {
    if let Some((words, number, rest)) = number::ordinal(text) {
        return Some((words.to_owned(), number, rest));
    }
    if text.starts_with(|c: char| c.is_ascii_digit())
        && let Some((token, number, rest)) = number::plain(text)
        && !number.noisy
    {
        return Some((token.to_owned(), number, rest));
    }
    number::roman(text)
}

/// `Phụ lục`, `PHỤ LỤC II`, `Phụ lục số 01`, `Appendix A`, `Annex 1`.
fn appendix(text: &str) -> Option<Found<'_>> {
    let (folded, after) = strip_any(text, &["phu luc so", "phu luc", "appendix", "annex"])?;
    let word = match folded {
        "appendix" => "Appendix",
        "annex" => "Annex",
        _ => "Phụ lục",
    };
    let token = after.trim_start();
    let numbered = ordinary(token).or_else(|| {
        let (capital, number, rest) = number::capital(token)?;
        Some((capital.to_owned(), number, rest))
    });
    let (label, number, rest) = match numbered {
        Some((token, number, rest)) => (format!("{word} {token}"), number, rest),
        None if word == "Phụ lục" => (word.to_owned(), Number::default(), after),
        None => return None,
    };
    Some(Found { kind: Kind::Appendix, label, number, rest, strict: true })
}

/// `Mẫu số 01`, `Mẫu số 02/TTr`, `Biểu số 01`, `Biểu mẫu 3`.
fn form(text: &str) -> Option<Found<'_>> {
    const WORDS: [(&str, &str); 7] = [
        ("bieu mau so", "Biểu mẫu số"),
        ("bieu mau", "Biểu mẫu"),
        ("mau bieu so", "Mẫu biểu số"),
        ("mau so", "Mẫu số"),
        ("bieu so", "Biểu số"),
        ("mau", "Mẫu"),
        ("bieu", "Biểu"),
    ];
    let (word, rest) =
        WORDS.iter().find_map(|(folded, word)| strip_words(text, folded).map(|rest| (*word, rest)))?;
    let rest = rest.trim_start().trim_start_matches(':').trim_start();
    let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ':' | '(' | ')')).unwrap_or(rest.len());
    let token = rest.get(..end)?.trim_end_matches(['.', ',', ';', '-', '–']);
    let letters = token.chars().take_while(|c| c.is_uppercase()).count();
    let numbered = token.chars().skip(letters).find(|c| *c != '-').is_some_and(|c| c.is_ascii_digit())
        || (letters > 0 && number::roman(token).is_some_and(|(_, _, rest)| rest.is_empty()));
    if letters > 4 || !numbered || token.len() > 24 {
        return None;
    }
    let label = format!("{word} {token}");
    Some(Found {
        kind: Kind::Form,
        label,
        number: Number::default(),
        rest: rest.get(token.len()..)?,
        strict: true,
    })
}

/// Labels without a word: `A.`, `I.`, `1.`, `1.1`, `a)`.
fn item(text: &str, marked: bool) -> Option<Found<'_>> {
    let found = |kind, label: String, number, rest| Some(Found { kind, label, number, rest, strict: false });
    if let Some((token, number, rest)) = number::dotted(text) {
        let ended = rest.starts_with(['.', ')']) || (rest.starts_with('/') && rest.starts_with("/ "));
        let open = rest.starts_with(char::is_whitespace) && (marked || number.depth() > 1);
        let tight = rest.trim_start_matches(['.', ')']).starts_with(|c: char| c.is_ascii_digit());
        if number.last() == 0 || tight || !(ended || open) {
            return None;
        }
        let token = if number.depth() == 1 { token.trim_start_matches('0') } else { token };
        return found(Kind::Number, token.to_owned(), number, rest);
    }
    if let Some((token, number, rest)) = number::letter(text) {
        let ended = rest.starts_with(')') || rest.starts_with(". ") || rest.starts_with("/ ");
        return if ended { found(Kind::Letter, token.to_owned(), number, rest) } else { None };
    }
    let ended = |rest: &str| {
        let spaced = rest.trim_start();
        let title = spaced.trim_start_matches(['.', '/', ')', '-', '–', ':']).trim_start();
        let close =
            rest.starts_with(['.', '/', ')', ':']) && !title.starts_with(|c: char| c.is_ascii_digit());
        (close || (spaced.starts_with(['-', '–']) && is_caps(title))) && !starts_lower(title)
    };
    if text.starts_with(['I', 'V', 'X', 'L', 'C'])
        && let Some((token, number, rest)) = number::roman(text)
        && ended(rest)
    {
        return found(Kind::Roman, token, number, rest);
    }
    let (token, number, rest) = number::capital(text)?;
    if ended(rest) { found(Kind::Capital, token.to_owned(), number, rest) } else { None }
}

/// A paragraph of a list: `- …`, `– …`, `• …`.
fn dash(text: &str, line: usize) -> Option<Mark> {
    let title = text.strip_prefix(['-', '–', '—', '−', '•', '*'])?;
    let title = title.trim_start();
    if title.chars().filter(|c| c.is_alphabetic()).take(3).count() < 3 {
        return None;
    }
    if title.starts_with("Điều ")
        && let Some(mut mark) = read(title, false, line).filter(|mark| mark.kind == Kind::Article)
    {
        mark.number.noisy = true;
        return Some(mark);
    }
    Some(Mark {
        line,
        kind: Kind::Dash,
        number: Number::default(),
        label: "-".to_owned(),
        title: title.to_owned(),
        strong: false,
        marked: false,
    })
}
