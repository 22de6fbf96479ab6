//! Time, always passed in: an instant in microseconds, a calendar date, and the clock that tests replace.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The instant of an RFC 3339 text with an offset, such as `2020-07-24T17:00:00+07:00`.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `field`.
    pub fn parse(field: &str, text: &str) -> Result<Self> {
        let parsed: jiff::Timestamp = text
            .parse()
            .map_err(|_| Error::field(field, "must be an RFC 3339 time such as 2020-07-24T17:00:00+07:00"))?;
        Ok(Self(parsed.as_microsecond()))
    }

    /// Later by this many seconds.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_microsecond(self.0) {
            Ok(time) => write!(f, "{time}"),
            Err(_) => write!(f, "{}us", self.0),
        }
    }
}

/// A calendar date without a time zone, as on a letter: `2020-07-24`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Date(String);

impl Date {
    /// The date of an ISO 8601 text `YYYY-MM-DD`.
    ///
    /// # Errors
    /// `INVALID_FIELD` naming `field`, also for a day that no calendar has.
    pub fn parse(field: &str, text: &str) -> Result<Self> {
        let bad = || Error::field(field, "must be a date YYYY-MM-DD between 1900-01-01 and 2199-12-31");
        let date: jiff::civil::Date = text.parse().map_err(|_| bad())?;
        if text.len() != 10 || !(1900..2200).contains(&date.year()) {
            return Err(bad());
        }
        Ok(Self(text.to_owned()))
    }

    /// `YYYY-MM-DD`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where time and new ids come from. One real implementation; tests bring their own.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;
    /// A new UUID, version 7: ordered by time.
    fn new_id(&self) -> uuid::Uuid;
}

/// The clock as everybody holds it.
pub type SharedClock = Arc<dyn Clock>;

/// The machine's clock and randomness: the only place that reads them.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn now(&self) -> Timestamp {
        let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(elapsed.as_micros()).unwrap_or(i64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    fn new_id(&self) -> uuid::Uuid {
        uuid::Uuid::now_v7()
    }
}

/// A clock that stands still until it is moved: for tests and for replaying a case of the past.
#[derive(Debug, Default)]
pub struct ManualClock(std::sync::atomic::AtomicI64, std::sync::atomic::AtomicU64);

impl ManualClock {
    /// Stands at this instant.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(now.0.into(), 0.into())
    }

    /// Moves to this instant.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }

    fn new_id(&self) -> uuid::Uuid {
        let count = self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        uuid::Builder::from_unix_timestamp_millis(0, &{
            let mut bytes = [0; 10];
            bytes[2..].copy_from_slice(&count.to_be_bytes());
            bytes
        })
        .into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_in_hanoi_time_is_that_instant() {
        let deadline = Timestamp::parse("deadline", "2020-07-24T17:00:00+07:00").unwrap();
        assert_eq!(deadline.to_string(), "2020-07-24T10:00:00Z");
    }

    #[test]
    fn a_day_that_no_calendar_has_is_refused() {
        assert!(Date::parse("due", "2020-02-30").is_err());
        assert!(Date::parse("due", "24/7/2020").is_err());
        assert_eq!(Date::parse("due", "2020-07-24").unwrap().as_str(), "2020-07-24");
    }
}
