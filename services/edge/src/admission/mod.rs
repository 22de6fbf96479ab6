//! What a caller that is known has to pass before its call is looked at: its certificate, where it presented one, names its
//! agency; and neither it nor its agency calls more often than it may. Health never comes here.

mod buckets;
mod layer;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use ykien_domain::actor::Scope;
use ykien_domain::{Error, Reason, Result};

use crate::peer::{Peer, subscriber};
use buckets::Buckets;
pub use layer::{AdmissionLayer, AdmissionService};

/// How many seconds' worth of calls may come at once after a pause.
pub const CALL_BURST_SECONDS: u32 = 10;
/// How many seconds' worth of requests for tokens may come at once: an installation's integrations start together.
pub const TOKEN_BURST_SECONDS: u32 = 50;
/// How many times as many tokens a client may ask for as an address: so nobody shuts a client out by asking in its name
/// from one place.
const ADDRESSES_OF_CLIENT: u32 = 5;

/// How often somebody may call one process, a second; 0 is as often as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// One client.
    pub client: u32,
    /// All clients of an agency together.
    pub agency: u32,
    /// Requests for tokens, from one address. Comparing a secret takes a core for tens of milliseconds.
    pub token: u32,
}

impl Default for Rates {
    /// Several times what the largest document system sends, and a fraction of what a process answers.
    fn default() -> Self {
        Self { client: 2_000, agency: 4_000, token: 2 }
    }
}

/// Who is admitted. A clone shares the counts.
#[derive(Debug, Clone)]
pub struct Admission(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clients: Buckets,
    agencies: Buckets,
    tokens_of_address: Buckets,
    tokens_of_client: Buckets,
    elapsed: fn() -> Instant,
}

impl Admission {
    /// With these rates.
    #[must_use]
    pub fn new(rates: Rates) -> Self {
        Self::measured_by(rates, Instant::now)
    }

    fn measured_by(rates: Rates, elapsed: fn() -> Instant) -> Self {
        let start = elapsed();
        let of_client = rates.token.saturating_mul(ADDRESSES_OF_CLIENT);
        Self(Arc::new(Inner {
            clients: Buckets::new(rates.client, CALL_BURST_SECONDS, start),
            agencies: Buckets::new(rates.agency, CALL_BURST_SECONDS, start),
            tokens_of_address: Buckets::new(rates.token, TOKEN_BURST_SECONDS, start),
            tokens_of_client: Buckets::new(of_client, TOKEN_BURST_SECONDS, start),
            elapsed,
        }))
    }

    /// A call with a valid token.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the client's certificate names another agency than its token; `RATE_LIMITED`.
    pub fn call(&self, peer: Option<&Peer>, scope: &Scope) -> Result<()> {
        let actor = scope.actor();
        let named = peer.and_then(|peer| peer.agency_certificate.as_ref());
        if named.is_some_and(|named| *named != actor.agency) {
            let message = "the client certificate names another agency than the access token";
            return Err(Error::new(Reason::Unauthenticated, message));
        }
        let now = (self.0.elapsed)();
        if !self.0.clients.take(actor.client.as_str(), now) {
            return Err(limited("this client calls too often"));
        }
        if !self.0.agencies.take(actor.agency.as_str(), now) {
            return Err(limited("this client's agency calls too often"));
        }
        Ok(())
    }

    /// A request for a token, before what it authenticates with is looked at. What nobody knows the address of, has no
    /// address's limit, and a request that names no client no client's.
    ///
    /// # Errors
    /// `RATE_LIMITED`, whether or not there is such a client.
    pub fn token(&self, peer: Option<&Peer>, client_id: Option<&str>) -> Result<()> {
        let now = (self.0.elapsed)();
        let address: Option<IpAddr> = peer.map(|peer| subscriber(peer.address));
        if address.is_some_and(|address| !self.0.tokens_of_address.take(address, now)) {
            return Err(limited("too many requests for tokens from this address"));
        }
        if client_id.is_some_and(|id| !self.0.tokens_of_client.take(id, now)) {
            return Err(limited("too many requests for tokens of this client"));
        }
        Ok(())
    }
}

fn limited(message: &str) -> Error {
    Error::new(Reason::RateLimited, format!("{message}: try again in a second"))
}

#[cfg(test)]
mod tests {
    use ykien_domain::actor::Actor;
    use ykien_domain::ids::{AgencyCode, ClientId};
    use ykien_domain::words::Role;

    use super::*;

    fn scope(client: &str, agency: &str) -> Scope {
        Scope::of(Actor {
            client: ClientId::parse("client", client).unwrap(),
            agency: AgencyCode::parse("agency", agency).unwrap(),
            role: Role::Contributor,
        })
    }

    fn peer(address: &str, agency: Option<&str>) -> Peer {
        let agency_certificate = agency.map(|code| AgencyCode::parse("agency", code).unwrap());
        Peer { address: address.parse().unwrap(), agency_certificate }
    }

    /// The time stands still.
    fn admission(rates: Rates) -> Admission {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        Admission::measured_by(rates, || *START.get_or_init(Instant::now))
    }

    fn passed(mut ask: impl FnMut() -> Result<()>) -> usize {
        let mut count = 0;
        loop {
            match ask() {
                Ok(()) => count += 1,
                Err(error) => {
                    assert_eq!(error.reason, Reason::RateLimited);
                    return count;
                }
            }
        }
    }

    #[test]
    fn a_client_and_its_agency_have_each_their_limit_and_the_neighbours_theirs() {
        let admission = admission(Rates { client: 3, agency: 4, token: 1 });
        let ask = |client, agency| passed(|| admission.call(None, &scope(client, agency)));
        assert_eq!(ask("a-1", "H37.05"), 30);
        assert_eq!(ask("a-2", "H37.05"), 10, "what the agency has left");
        assert_eq!(ask("b-1", "H37.06"), 30);
    }

    #[test]
    fn without_a_limit_there_is_none() {
        let admission = admission(Rates { client: 0, agency: 0, token: 0 });
        for _ in 0..100_000 {
            admission.call(None, &scope("a-1", "H37.05")).unwrap();
            admission.token(Some(&peer("203.0.113.9", None)), Some("a-1")).unwrap();
        }
    }

    #[test]
    fn one_address_can_not_shut_a_client_out() {
        let admission = admission(Rates { client: 1, agency: 1, token: 1 });
        let ask = |address, client| passed(|| admission.token(Some(&peer(address, None)), Some(client)));
        assert_eq!(ask("203.0.113.9", "a-1"), 50);
        assert_eq!(ask("203.0.113.9", "b-1"), 0, "the address has its limit whoever it asks for");
        assert_eq!(ask("203.0.113.10", "a-1"), 50);
        let all: usize = (11..20_u8).map(|n| ask(format!("203.0.113.{n}").leak(), "a-1")).sum();
        assert_eq!(all, 250 - 100, "many addresses together find the client's own limit");
    }

    #[test]
    fn a_certificate_of_another_agency_is_refused_and_none_is_none() {
        let admission = admission(Rates::default());
        let scope = scope("a-1", "H37.05");
        admission.call(Some(&peer("203.0.113.9", None)), &scope).unwrap();
        admission.call(Some(&peer("203.0.113.9", Some("H37.05"))), &scope).unwrap();
        for other in ["H37.06", "H37.0", "h37.05"] {
            let refused = admission.call(Some(&peer("203.0.113.9", Some(other))), &scope).unwrap_err();
            assert_eq!(refused.reason, Reason::Unauthenticated, "{other}");
        }
    }
}
