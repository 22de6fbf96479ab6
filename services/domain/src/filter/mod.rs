//! A filter: a bounded subset of AIP-160.
//!
//! ```text
//! filter     = or
//! or         = and { "OR" and }
//! and        = term { [ "AND" ] term }
//! term       = [ "NOT" | "-" ] ( "(" or ")" | comparison )
//! comparison = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" | ":" ) value
//! value      = word | "quoted text, \" and \\ escaped"
//! ```
//!
//! Unlike general AIP-160, OR does not bind tighter than AND; parentheses say what is meant when both occur: an
//! expression that mixes them without parentheses is refused rather than read one way or the other.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::ids::{AgencyCode, DraftId, name};
use crate::search::{Form, Phrase};
use crate::words::{Channel, Kind, Status};
use crate::{Error, Reason, Result};

mod comment;
mod narrow;

/// The longest filter, in bytes.
pub const MAX_LENGTH: usize = 4_000;
/// The most comparisons in a filter.
pub const MAX_TERMS: usize = 64;
/// The deepest nesting of parentheses.
pub const MAX_DEPTH: usize = 16;

/// A field that a filter may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The section of the anchor, exactly: its number or resource name.
    Section,
    /// The section of the anchor, or any section above it.
    Subtree,
    /// The status.
    Status,
    /// The agency: its code or resource name.
    Agency,
    /// The responsible agency in force.
    Responsible,
    /// The kind.
    Kind,
    /// The channel.
    Channel,
    /// The round's number.
    Round,
    /// The comment's number.
    Number,
    /// Whether it came late.
    Late,
    /// Whether its decision is published.
    Published,
    /// Words that follow one another in its title, text, proposed change or quote, blind to case; only with `:`.
    Text,
    /// As `Text`, and blind to diacritics, đ as d.
    Unaccented,
}

impl Field {
    const NAMES: &'static [(&'static str, Field)] = &[
        ("section", Field::Section),
        ("subtree", Field::Subtree),
        ("status", Field::Status),
        ("agency", Field::Agency),
        ("responsible", Field::Responsible),
        ("kind", Field::Kind),
        ("channel", Field::Channel),
        ("round", Field::Round),
        ("number", Field::Number),
        ("late", Field::Late),
        ("published", Field::Published),
        ("text", Field::Text),
        ("unaccented", Field::Unaccented),
    ];

    /// Whether counts can be filtered by it.
    #[must_use]
    pub fn counted(self) -> bool {
        !matches!(self, Field::Number | Field::Late) && !self.is_text()
    }

    /// Whether it is about what a comment says: its value is a phrase.
    #[must_use]
    pub fn is_text(self) -> bool {
        matches!(self, Field::Text | Field::Unaccented)
    }

    /// Its name in a filter.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, field)| *field == self).map_or("", |(name, _)| name)
    }
}

/// What a comparison asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `:` has
    Has,
}

impl Operator {
    fn takes(self, ordering: Ordering) -> bool {
        match self {
            Operator::Equal | Operator::Has => ordering.is_eq(),
            Operator::NotEqual => ordering.is_ne(),
            Operator::Less => ordering.is_lt(),
            Operator::LessOrEqual => ordering.is_le(),
            Operator::Greater => ordering.is_gt(),
            Operator::GreaterOrEqual => ordering.is_ge(),
        }
    }
}

/// A value, of its field's own type.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Value {
    /// A word or a code.
    Text(String),
    /// Words that follow one another.
    Phrase(Phrase),
    /// A number.
    Number(i64),
    /// true or false.
    Boolean(bool),
}

impl Value {
    /// The text; empty for another type, which the parser never puts there.
    #[must_use]
    pub fn text(&self) -> &str {
        if let Value::Text(text) = self { text } else { "" }
    }

    /// The phrase; none for another type, which the parser never puts there.
    #[must_use]
    pub fn phrase(&self) -> Option<&Phrase> {
        if let Value::Phrase(phrase) = self { Some(phrase) } else { None }
    }

    /// The number; -1 for another type, which the parser never puts there.
    #[must_use]
    pub fn number(&self) -> i64 {
        if let Value::Number(number) = self { *number } else { -1 }
    }

    /// Whether it is true.
    #[must_use]
    pub fn boolean(&self) -> bool {
        matches!(self, Value::Boolean(true))
    }
}

/// A filter; the default takes everything.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Filter {
    /// Takes what all of these take: everything when there are none.
    All(Vec<Filter>),
    /// Takes what any of these takes.
    Any(Vec<Filter>),
    /// Takes what this does not.
    Not(Box<Filter>),
    /// One comparison.
    Compare {
        /// Of this field.
        field: Field,
        /// In this way.
        operator: Operator,
        /// With this.
        value: Value,
    },
}

impl Default for Filter {
    fn default() -> Self {
        Filter::All(Vec::new())
    }
}

impl Filter {
    /// Reads a filter over this draft's comments; empty takes everything.
    ///
    /// # Errors
    /// `INVALID_FILTER` naming `path`, the place (in bytes) and what was expected.
    pub fn parse(draft: &DraftId, path: &str, text: &str) -> Result<Self> {
        if text.len() > MAX_LENGTH {
            return Err(invalid(path, format!("must be at most {MAX_LENGTH} bytes, is {}", text.len())));
        }
        let mut parser = Parser { draft, text, at: 0, terms: 0 };
        parser.space();
        if parser.rest().is_empty() {
            return Ok(Filter::default());
        }
        let filter = parser.any(0).and_then(|filter| {
            parser.space();
            if parser.rest().is_empty() { Ok(filter) } else { Err("expected AND, OR or the end".to_owned()) }
        });
        filter.map_err(|expected| invalid(path, format!("at byte {}: {expected}", parser.at)))
    }

    /// Whether every field that it names is one of these.
    ///
    /// # Errors
    /// `INVALID_FILTER` naming the first that is not.
    pub fn check(&self, allowed: fn(Field) -> bool) -> Result<()> {
        match self {
            Filter::All(filters) | Filter::Any(filters) => {
                filters.iter().try_for_each(|filter| filter.check(allowed))
            }
            Filter::Not(filter) => filter.check(allowed),
            Filter::Compare { field, .. } if !allowed(*field) => {
                Err(invalid("filter", format!("{} can't be used here", field.name())))
            }
            Filter::Compare { .. } => Ok(()),
        }
    }

    /// Whether it takes a thing that compares so with a field's value.
    #[must_use]
    pub fn matches(&self, compare: &impl Fn(Field, &Value) -> Ordering) -> bool {
        match self {
            Filter::All(filters) => filters.iter().all(|filter| filter.matches(compare)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.matches(compare)),
            Filter::Not(filter) => !filter.matches(compare),
            Filter::Compare { field, operator, value } => operator.takes(compare(*field, value)),
        }
    }

    /// One comparison for equality.
    #[must_use]
    pub fn equal(field: Field, value: Value) -> Self {
        Filter::Compare { field, operator: Operator::Equal, value }
    }
}

fn invalid(path: &str, description: String) -> Error {
    Error { reason: Reason::InvalidFilter, ..Error::field(path, description) }
}

struct Parser<'a> {
    draft: &'a DraftId,
    text: &'a str,
    at: usize,
    terms: usize,
}

type Parsed<T> = Result<T, String>;

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// Takes the token if it comes next.
    fn eat(&mut self, token: &str) -> bool {
        self.space();
        let next = self.rest().starts_with(token);
        if next {
            self.at += token.len();
        }
        next
    }

    /// Takes the keyword if it comes next as a word of its own.
    fn keyword(&mut self, word: &str) -> bool {
        self.space();
        let rest = self.rest();
        let next = rest
            .strip_prefix(word)
            .is_some_and(|after| after.starts_with(|c: char| c.is_whitespace() || c == '('));
        if next {
            self.at += word.len();
        }
        next
    }

    fn any(&mut self, depth: usize) -> Parsed<Filter> {
        let first = self.all(depth)?;
        let mut alternatives = vec![first];
        while self.keyword("OR") {
            let mixed = |filter: &Filter| matches!(filter, Filter::All(filters) if filters.len() > 1);
            alternatives.push(self.all(depth)?);
            if alternatives.iter().any(mixed) {
                return Err("AND and OR are mixed: use parentheses".to_owned());
            }
        }
        Ok(match alternatives.len() {
            1 => alternatives.remove(0),
            _ => Filter::Any(alternatives),
        })
    }

    fn all(&mut self, depth: usize) -> Parsed<Filter> {
        let mut filters = vec![self.term(depth)?];
        loop {
            let and = self.keyword("AND");
            self.space();
            let rest = self.rest();
            let ended = rest.is_empty() || rest.starts_with(')');
            if !and && (ended || rest.starts_with("OR ") || rest.starts_with("OR(")) {
                break;
            }
            filters.push(self.term(depth)?);
        }
        Ok(match filters.len() {
            1 => filters.remove(0),
            _ => Filter::All(filters),
        })
    }

    fn term(&mut self, depth: usize) -> Parsed<Filter> {
        if self.keyword("NOT") || self.eat("-") {
            return Ok(Filter::Not(Box::new(self.positive(depth)?)));
        }
        self.positive(depth)
    }

    fn positive(&mut self, depth: usize) -> Parsed<Filter> {
        if !self.eat("(") {
            return self.comparison();
        }
        if depth + 1 > MAX_DEPTH {
            return Err(format!("parentheses may nest at most {MAX_DEPTH} deep"));
        }
        let inner = self.any(depth + 1)?;
        if !self.eat(")") {
            return Err("expected ')'".to_owned());
        }
        // A group of its own is no mixture of AND and OR.
        Ok(Filter::All(vec![inner]))
    }

    fn comparison(&mut self) -> Parsed<Filter> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(format!("at most {MAX_TERMS} comparisons are taken"));
        }
        self.space();
        let rest = self.rest();
        let length = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("");
        let Some((_, field)) = Field::NAMES.iter().find(|(name, _)| *name == word) else {
            let names: Vec<_> = Field::NAMES.iter().map(|(name, _)| *name).collect();
            return Err(format!("expected a field: {}", names.join(", ")));
        };
        self.at += length;
        let operator = [
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("=", Operator::Equal),
            ("<", Operator::Less),
            (">", Operator::Greater),
            (":", Operator::Has),
        ]
        .into_iter()
        .find_map(|(token, operator)| self.eat(token).then_some(operator))
        .ok_or("expected = != < <= > >= or :")?;
        let ordered = matches!(field, Field::Number | Field::Round);
        let allowed = match operator {
            Operator::Has => field.is_text(),
            Operator::Equal | Operator::NotEqual => !field.is_text(),
            _ => ordered,
        };
        if !allowed {
            return Err(format!("{} does not take this operator", field.name()));
        }
        let raw = self.value()?;
        let value = typed(self.draft, *field, &raw).map_err(|error| error.message)?;
        Ok(Filter::Compare { field: *field, operator, value })
    }

    fn value(&mut self) -> Parsed<String> {
        self.space();
        let rest = self.rest();
        if !rest.starts_with('"') {
            let length =
                rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"')).unwrap_or(rest.len());
            if length == 0 {
                return Err("expected a value".to_owned());
            }
            self.at += length;
            return Ok(rest.get(..length).unwrap_or("").to_owned());
        }
        let mut value = String::new();
        let mut escaped = false;
        for (offset, c) in rest.char_indices().skip(1) {
            match c {
                _ if escaped => {
                    value.push(c);
                    escaped = false;
                }
                '\\' => escaped = true,
                '"' => {
                    self.at += offset + 1;
                    return Ok(value);
                }
                _ => value.push(c),
            }
        }
        Err("expected the closing quotation mark".to_owned())
    }
}

/// The value in its field's own type.
fn typed(draft: &DraftId, field: Field, raw: &str) -> Result<Value> {
    let named = field.name();
    let number = |text: &str| {
        text.parse().map(Value::Number).map_err(|_| Error::field(named, "expected a whole number"))
    };
    let agency = || {
        let code = raw.strip_prefix("agencies/").unwrap_or(raw);
        AgencyCode::parse(named, code).map(|code| Value::Text(code.as_str().to_owned()))
    };
    let word = |text: &str| Value::Text(text.to_owned());
    let own = |collection| match name::numbered(named, collection, raw)? {
        (of, number) if of == *draft => Ok(Value::Number(number)),
        _ => Err(Error::field(named, "expected a name in the same draft")),
    };
    match field {
        Field::Section | Field::Subtree if raw.contains('/') => own("sections"),
        Field::Round if raw.contains('/') => own("rounds"),
        Field::Section | Field::Subtree | Field::Round | Field::Number => number(raw),
        Field::Status => Status::parse(named, &raw.to_ascii_lowercase()).map(|status| word(status.as_str())),
        Field::Kind => Kind::parse(named, &raw.to_ascii_lowercase()).map(|kind| word(kind.as_str())),
        Field::Channel => {
            Channel::parse(named, &raw.to_ascii_lowercase()).map(|channel| word(channel.as_str()))
        }
        Field::Agency | Field::Responsible => agency(),
        Field::Late | Field::Published => match raw {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(Error::field(named, "expected true or false")),
        },
        Field::Text => Phrase::parse(named, raw, Form::Accented).map(Value::Phrase),
        Field::Unaccented => Phrase::parse(named, raw, Form::Unaccented).map(Value::Phrase),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Filter> {
        Filter::parse(&DraftId::stored("nq20".into()), "filter", text)
    }

    #[test]
    fn it_reads_what_people_write() {
        let filter =
            parse(r#"status = rejected AND (agency = H37.05 OR agency = "agencies/H37.06") -late = true"#);
        let Filter::All(terms) = filter.unwrap() else { panic!("expected three terms") };
        assert_eq!(terms.len(), 3);
        assert_eq!(terms[0], Filter::equal(Field::Status, Value::Text("rejected".into())));
        assert!(matches!(terms[2], Filter::Not(_)));
    }

    #[test]
    fn empty_takes_everything() {
        assert_eq!(parse("  ").unwrap(), Filter::default());
        assert!(Filter::default().matches(&|_, _| Ordering::Less));
    }

    #[test]
    fn section_takes_its_number_or_its_name() {
        assert_eq!(parse("section=12").unwrap(), parse("section = drafts/nq20/sections/12").unwrap());
    }

    #[test]
    fn text_is_read_as_words() {
        let expected = Filter::Compare {
            field: Field::Unaccented,
            operator: Operator::Has,
            value: Value::Phrase(Phrase::parse("", "ra soat", Form::Unaccented).unwrap()),
        };
        assert_eq!(parse(r#"unaccented:"Rà, soát""#).unwrap(), expected);
        assert_ne!(parse(r#"text:"Rà soát""#).unwrap(), parse("text:\"ra soat\"").unwrap());
    }

    #[test]
    fn what_is_wrong_and_where() {
        let table = [
            ("colour = red", "at byte 0: expected a field"),
            ("status red", "at byte 7: expected ="),
            ("status = red", "must be one of: pending"),
            ("status > pending", "status does not take this operator"),
            ("number = x", "expected a whole number"),
            ("(status = pending", "expected ')'"),
            ("status = pending)", "expected AND, OR or the end"),
            ("status = ", "expected a value"),
            (r#"text:"a"#, "expected the closing quotation mark"),
            ("late = true AND late = false OR late = true", "mixed"),
            ("text = a", "text does not take this operator"),
            ("unaccented != a", "unaccented does not take this operator"),
            (r#"text:"%""#, "expected at least one word"),
            ("section = drafts/other/sections/12", "expected a name in the same draft"),
        ];
        for (text, expected) in table {
            let error = parse(text).unwrap_err();
            assert_eq!(error.reason, Reason::InvalidFilter);
            assert!(error.message.contains(expected), "{text}: {}", error.message);
        }
    }

    #[test]
    fn every_bound_is_kept() {
        assert!(parse(&" ".repeat(MAX_LENGTH + 1)).is_err());
        let terms = |count| vec!["late=true"; count].join(" ");
        assert!(parse(&terms(MAX_TERMS)).is_ok());
        assert!(parse(&terms(MAX_TERMS + 1)).unwrap_err().message.contains("at most 64"));
        let nested = |depth| format!("{}late=true{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert!(parse(&nested(MAX_DEPTH + 1)).unwrap_err().message.contains("at most 16"));
        // NOT and - never recurse by themselves.
        assert!(parse(&"-".repeat(MAX_LENGTH)).is_err());
    }
}
