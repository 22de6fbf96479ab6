//! How many connections a port has, in all and from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ykien_edge::peer::{Proxies, subscriber};

/// The connections of a port, counted. It remembers only addresses that are connected now.
#[derive(Debug, Clone)]
pub(super) struct Places(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    most: usize,
    most_of_address: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// Which limit a connection would have passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Full {
    /// That of the port.
    Port,
    /// That of one address.
    Address,
}

impl Full {
    /// Its word in metrics.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Port => "port",
            Self::Address => "address",
        }
    }
}

impl Places {
    pub(super) fn new(most: usize, most_of_address: usize) -> Self {
        Self(Arc::new(Inner { most, most_of_address, taken: Mutex::default() }))
    }

    /// A place for a connection from this address; a proxy has as many as the port.
    pub(super) fn take(&self, address: IpAddr, proxies: &Proxies) -> Result<Place, Full> {
        let counted = (!proxies.has(address)).then(|| subscriber(address));
        let mut taken = self.taken();
        if taken.all >= self.0.most {
            return Err(Full::Port);
        }
        if let Some(address) = counted {
            let of_address = taken.by_address.get(&address).copied().unwrap_or_default();
            if of_address >= self.0.most_of_address {
                return Err(Full::Address);
            }
            taken.by_address.insert(address, of_address + 1);
        }
        taken.all += 1;
        drop(taken);
        Ok(Place { places: self.clone(), address: counted })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place that is taken; free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    address: Option<IpAddr>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.all = taken.all.saturating_sub(1);
        let Some(address) = self.address else { return };
        if let Some(of_address) = taken.by_address.get_mut(&address) {
            *of_address = of_address.saturating_sub(1);
            if *of_address == 0 {
                taken.by_address.remove(&address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_and_a_port_have_so_many_places_and_each_is_free_again() {
        let none = Proxies::default();
        let places = Places::new(3, 2);
        let first = places.take(ip("203.0.113.9"), &none).unwrap();
        let second = places.take(ip("203.0.113.9"), &none).unwrap();
        assert_eq!(places.take(ip("203.0.113.9"), &none).unwrap_err(), Full::Address);
        let third = places.take(ip("203.0.113.10"), &none).unwrap();
        assert_eq!(places.take(ip("203.0.113.11"), &none).unwrap_err(), Full::Port);
        drop(first);
        drop(places.take(ip("203.0.113.9"), &none).unwrap());
        drop((second, third));
        assert!(places.taken().by_address.is_empty(), "it remembers nobody who left");
        assert_eq!(places.taken().all, 0);
    }

    #[test]
    fn a_proxy_has_all_places_and_ipv6_is_counted_by_subscriber() {
        let proxies = Proxies::parse("10.0.0.7").unwrap();
        let places = Places::new(4, 1);
        let held: Vec<_> = (0..3).map(|_| places.take(ip("10.0.0.7"), &proxies).unwrap()).collect();
        let _one = places.take(ip("2001:db8::1"), &proxies).unwrap();
        drop(held);
        assert_eq!(places.take(ip("2001:db8::2"), &proxies).unwrap_err(), Full::Address);
    }
}
