//! Figures of all runs, and what is printed of them.

use std::fmt::Write as _;

use anyhow::Context as _;

use crate::load::Measured;

/// A contender's runs.
#[derive(Debug, Clone)]
pub struct Figures {
    /// The contender.
    pub name: String,
    /// What is counted, in the plural: submissions, calls, rows.
    pub unit: &'static str,
    /// One a turn, and those a round.
    pub runs: Vec<Measured>,
}

/// The middle one, and the ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The middle: of an even number, the mean of the two.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Range {
    /// Of these values; none of none.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (min, max) = (*sorted.first()?, *sorted.last()?);
        let upper = *sorted.get(sorted.len() / 2)?;
        let lower = *sorted.get((sorted.len() - 1) / 2)?;
        Some(Self { median: f64::midpoint(lower, upper), min, max })
    }
}

impl Figures {
    /// Takes a run, and says at once what came of it.
    pub fn take(&mut self, when: &str, measured: anyhow::Result<Measured>) -> anyhow::Result<()> {
        let measured = measured.with_context(|| self.name.clone())?;
        eprintln!(
            "{when}: {}: {:.0} {}/s, p50 {:.2} ms, p99 {:.2} ms, {:.0} % stolen",
            self.name,
            measured.rate,
            self.unit,
            measured.p50,
            measured.p99,
            100.0 * measured.stolen
        );
        self.runs.push(measured);
        Ok(())
    }

    /// Of one figure of every run.
    pub fn range(&self, figure: impl Fn(&Measured) -> Option<f64>) -> Option<Range> {
        Range::of(self.runs.iter().filter_map(figure))
    }

    /// The median of one figure.
    pub fn median(&self, figure: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
        self.range(figure).map(|range| range.median)
    }
}

/// What must hold of a figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bound {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// It is told, and nothing is asked of it.
    None,
}

/// A figure beside what is asked of it.
#[derive(Debug, Clone)]
pub struct Target {
    /// What it is.
    pub what: String,
    /// Its value; none when it could not be measured.
    pub value: Option<f64>,
    /// Of a ratio, the least and the most of the turns.
    pub ends: Option<(f64, f64)>,
    /// Of what: `×`, ` ms`, ` MiB`.
    pub unit: &'static str,
    /// What is asked.
    pub bound: Bound,
}

impl Target {
    /// Whether it is met; none when nothing is asked or nothing was measured.
    pub fn met(&self) -> Option<bool> {
        match (self.value, self.bound) {
            (Some(value), Bound::AtLeast(least)) => Some(value >= least),
            (Some(value), Bound::AtMost(most)) => Some(value <= most),
            _ => None,
        }
    }

    fn line(&self) -> String {
        let unit = self.unit;
        let mark = match self.met() {
            Some(true) => "✓",
            Some(false) => "✗",
            None => "·",
        };
        let value = self.value.map_or_else(|| "not measured".to_owned(), |value| format!("{value:.2}{unit}"));
        let ends = self.ends.map(|(least, most)| format!(" [{least:.2} – {most:.2}]")).unwrap_or_default();
        let asked = match self.bound {
            Bound::AtLeast(least) => format!(" (≥ {least}{unit})"),
            Bound::AtMost(most) => format!(" (≤ {most}{unit})"),
            Bound::None => String::new(),
        };
        format!("{mark} {}: {value}{ends}{asked}", self.what)
    }
}

/// What a scenario found.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Its name.
    pub scenario: &'static str,
    /// Its contenders.
    pub figures: Vec<Figures>,
    /// The figures beside what is asked.
    pub targets: Vec<Target>,
    /// What was checked, and what else is to be said.
    pub notes: Vec<String>,
}

fn rate(value: f64) -> String {
    if value >= 100.0 { grouped(value) } else { format!("{value:.1}") }
}

/// Thousands divided by commas.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Three figures that mean something, from microseconds to seconds.
fn milliseconds(value: f64) -> String {
    match value {
        value if value < 10.0 => format!("{value:.2}"),
        value if value < 100.0 => format!("{value:.1}"),
        value => grouped(value),
    }
}

impl Report {
    /// How many calls failed, of all contenders.
    pub fn failed(&self) -> usize {
        self.figures.iter().flat_map(|figures| &figures.runs).map(|measured| measured.failed).sum()
    }

    /// The figures of a contender.
    pub fn of(&self, name: &str) -> Option<&Figures> {
        self.figures.iter().find(|figures| figures.name == name)
    }

    /// The rate of one contender as a multiple of another's.
    pub fn times(&self, one: &str, other: &str) -> Option<Range> {
        self.ratio(one, other, |measured| Some(measured.rate))
    }

    /// A figure of one contender as a multiple of another's in the same turn: a machine that is shared changes its pace
    /// from one to the next.
    pub fn ratio(&self, one: &str, other: &str, figure: impl Fn(&Measured) -> Option<f64>) -> Option<Range> {
        let (one, other) = (self.of(one)?, self.of(other)?);
        // Of who ran more often, since in turns, the median of as many at a time.
        let pairs = one.runs.len().min(other.runs.len()).max(1);
        let medians = |figures: &Figures| {
            let each = figures.runs.chunks((figures.runs.len() / pairs).max(1));
            each.map(|runs| Range::of(runs.iter().filter_map(&figure)).map(|range| range.median))
                .collect::<Vec<_>>()
        };
        Range::of(medians(one).into_iter().zip(medians(other)).filter_map(|(one, other)| {
            let of = other.filter(|value| *value > 0.0)?;
            Some(one? / of)
        }))
    }

    /// Says what is asked of a figure.
    pub fn ask(&mut self, what: impl Into<String>, value: Option<f64>, unit: &'static str, bound: Bound) {
        self.targets.push(Target { what: what.into(), value, ends: None, unit, bound });
    }

    /// Says what is asked of a ratio.
    pub fn ask_ratio(&mut self, what: impl Into<String>, ratio: Option<Range>, bound: Bound) {
        let (value, ends) = (ratio.map(|ratio| ratio.median), ratio.map(|ratio| (ratio.min, ratio.max)));
        self.targets.push(Target { what: what.into(), value, ends, unit: "×", bound });
    }

    /// For people.
    pub fn table(&self) -> String {
        let width = self.figures.iter().map(|figures| figures.name.chars().count()).max().unwrap_or(0);
        let mut text = format!("\n== {}\n", self.scenario);
        if width > 0 {
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "{:width$}  {:>9}  {:>19}  {:>8}  {:>8}  {:>20}  {:>7}",
                "contender", "a second", "[min – max]", "p50 ms", "p99 ms", "µs server/db/client", "RSS MiB"
            );
        }
        for figures in &self.figures {
            let range = figures.range(|measured| Some(measured.rate));
            let (median, ends) = range.map_or_else(Default::default, |range| {
                (rate(range.median), format!("[{} – {}]", rate(range.min), rate(range.max)))
            });
            let one = |figure: fn(&Measured) -> Option<f64>, write: fn(f64) -> String| {
                figures.median(figure).map_or_else(|| "–".to_owned(), write)
            };
            let whole = |value: f64| format!("{value:.0}");
            let used = [
                one(|measured| measured.server, whole),
                one(|measured| measured.database, whole),
                one(|measured| measured.client, whole),
            ];
            let _ = writeln!(
                text,
                "{:width$}  {median:>9}  {ends:>19}  {:>8}  {:>8}  {:>20}  {:>7}",
                figures.name,
                one(|measured| Some(measured.p50), milliseconds),
                one(|measured| Some(measured.p99), milliseconds),
                used.join(" / "),
                one(|measured| measured.memory, whole),
            );
        }
        for line in
            self.targets.iter().map(Target::line).chain(self.notes.iter().map(|note| format!("  {note}")))
        {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// For programs: every run.
    pub fn json(&self) -> serde_json::Value {
        let figures = self.figures.iter().map(|figures| {
            let runs = figures.runs.iter().map(|measured| {
                serde_json::json!({
                    "per_second": measured.rate, "p50_ms": measured.p50, "p99_ms": measured.p99,
                    "server_us": measured.server, "database_us": measured.database, "client_us": measured.client,
                    "rss_mib": measured.memory, "failed": measured.failed,
                    "stolen_share": measured.stolen,
                })
            });
            serde_json::json!({
                "contender": figures.name, "unit": figures.unit, "runs": runs.collect::<Vec<_>>(),
            })
        });
        let targets = self.targets.iter().map(|target| {
            let (at_least, at_most) = match target.bound {
                Bound::AtLeast(value) => (Some(value), None),
                Bound::AtMost(value) => (None, Some(value)),
                Bound::None => (None, None),
            };
            serde_json::json!({
                "what": target.what, "value": target.value, "ends": target.ends, "unit": target.unit.trim(),
                "at_least": at_least, "at_most": at_most, "met": target.met(),
            })
        });
        serde_json::json!({
            "scenario": self.scenario, "figures": figures.collect::<Vec<_>>(),
            "targets": targets.collect::<Vec<_>>(), "notes": self.notes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_an_even_number_is_between_the_two_in_the_middle() {
        assert_eq!(Range::of([4.0, 1.0, 3.0, 2.0]), Some(Range { median: 2.5, min: 1.0, max: 4.0 }));
        assert_eq!(Range::of([5.0]), Some(Range { median: 5.0, min: 5.0, max: 5.0 }));
        assert_eq!(Range::of([]), None);
    }

    #[test]
    fn a_target_is_met_at_its_bound_and_not_at_all_when_nothing_was_measured() {
        let target = |value, bound| Target { what: String::new(), value, ends: None, unit: "×", bound };
        assert_eq!(target(Some(1.0), Bound::AtLeast(1.0)).met(), Some(true));
        assert_eq!(target(Some(0.99), Bound::AtLeast(1.0)).met(), Some(false));
        assert_eq!(target(Some(1.01), Bound::AtMost(1.0)).met(), Some(false));
        assert_eq!(target(None, Bound::AtMost(1.0)).met(), None);
        assert_eq!(target(Some(1.0), Bound::None).met(), None);
    }

    #[test]
    fn a_ratio_is_the_median_of_the_ratios_in_each_turn() {
        let runs = |rates: &[f64]| {
            rates.iter().map(|rate| Measured { rate: *rate, ..Measured::default() }).collect()
        };
        let of =
            |name: &str, rates: &[f64]| Figures { name: name.to_owned(), unit: "calls", runs: runs(rates) };
        // A machine that is twice and four times as fast in later turns; the third measured nothing.
        let figures = vec![of("one", &[30.0, 50.0, 7.0, 80.0]), of("other", &[10.0, 20.0, 0.0, 40.0])];
        let report = Report { figures, ..Report::default() };
        assert_eq!(report.times("one", "other"), Some(Range { median: 2.5, min: 2.0, max: 3.0 }));
        assert_eq!(report.times("one", "nobody"), None);
        // Who took turns beside who ran once a round: two rounds, of two turns each.
        let figures = vec![of("one", &[30.0, 50.0, 8.0, 80.0]), of("other", &[10.0, 22.0])];
        let report = Report { figures, ..Report::default() };
        assert_eq!(report.times("one", "other"), Some(Range { median: 3.0, min: 2.0, max: 4.0 }));
    }

    #[test]
    fn thousands_are_divided() {
        assert_eq!(grouped(1_234_567.4), "1,234,567");
        assert_eq!(grouped(999.0), "999");
    }
}
