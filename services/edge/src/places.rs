//! How many there may be of something at once: in all, and of one owner. So nobody can take all the places.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ykien_domain::ids::AgencyCode;
use ykien_domain::{Error, Reason};

use crate::limits::MAX_EXPORTS;

/// Places that are taken and given back. It remembers only owners that have one now. A clone shares them.
#[derive(Debug)]
pub struct Places<K: Eq + Hash>(Arc<Inner<K>>);

impl<K: Eq + Hash> Clone for Places<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
struct Inner<K> {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken<K>>,
}

#[derive(Debug)]
struct Taken<K> {
    all: usize,
    by_owner: HashMap<K, usize>,
}

/// Which limit one more would have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// That of all.
    All,
    /// That of one owner.
    One,
}

impl Full {
    /// How an agency reads it; `what` is the plural of what there may be so many of.
    #[must_use]
    pub fn refusal(self, what: &str) -> Error {
        let whose = if self == Self::All { "in all" } else { "of this agency" };
        Error::new(Reason::LimitExceeded, format!("too many {what} {whose} are open: try again later"))
    }
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// So many in all, and so many of one owner.
    #[must_use]
    pub fn new(most: usize, most_of_one: usize) -> Self {
        let taken = Mutex::new(Taken { all: 0, by_owner: HashMap::new() });
        Self(Arc::new(Inner { most, most_of_one, taken }))
    }

    /// A place for this owner; who is nobody's owner is limited by all of them alone.
    ///
    /// # Errors
    /// The limit that it would have passed.
    pub fn take(&self, owner: Option<K>) -> Result<Place<K>, Full> {
        let mut taken = self.taken();
        if taken.all >= self.0.most {
            return Err(Full::All);
        }
        if let Some(owner) = &owner {
            let of_owner = taken.by_owner.get(owner).copied().unwrap_or_default();
            if of_owner >= self.0.most_of_one {
                return Err(Full::One);
            }
            taken.by_owner.insert(owner.clone(), of_owner + 1);
        }
        taken.all += 1;
        drop(taken);
        Ok(Place { places: self.clone(), owner })
    }
}

impl Places<AgencyCode> {
    /// Those of exports, which wait for their turn to be written, or for a slow client.
    #[must_use]
    pub fn of_exports() -> Self {
        Self::new(MAX_EXPORTS.0, MAX_EXPORTS.1)
    }
}

impl<K: Eq + Hash> Places<K> {
    /// How many are taken.
    #[must_use]
    pub fn in_use(&self) -> usize {
        self.taken().all
    }

    fn taken(&self) -> MutexGuard<'_, Taken<K>> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is taken; free again when dropped.
#[derive(Debug)]
pub struct Place<K: Eq + Hash> {
    places: Places<K>,
    owner: Option<K>,
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        let Some(owner) = &self.owner else { return };
        if let Some(of_owner) = taken.by_owner.get_mut(owner) {
            *of_owner = of_owner.saturating_sub(1);
            if *of_owner == 0 {
                taken.by_owner.remove(owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_and_all_have_so_many_places_and_each_is_free_again() {
        let places = Places::new(3, 2);
        let first = places.take(Some("a")).unwrap();
        let second = places.take(Some("a")).unwrap();
        assert_eq!(places.take(Some("a")).unwrap_err(), Full::One);
        let third = places.take(Some("b")).unwrap();
        assert_eq!(places.take(Some("c")).unwrap_err(), Full::All);
        assert_eq!(places.take(None).unwrap_err(), Full::All);
        drop(first);
        drop(places.take(Some("a")).unwrap());
        drop((second, third));
        assert!(places.taken().by_owner.is_empty(), "it remembers nobody who left");
        assert_eq!(places.in_use(), 0);
    }

    #[test]
    fn who_is_nobodys_owner_has_all_places() {
        let places = Places::<&str>::new(3, 1);
        let held: Vec<_> = (0..3).map(|_| places.take(None).unwrap()).collect();
        assert_eq!(places.take(None).unwrap_err(), Full::All);
        drop(held);
        assert_eq!(places.in_use(), 0);
    }
}
