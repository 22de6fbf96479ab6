//! Who is at the other end of the connection: the address and, where a certificate was presented, the agency that it names.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::HeaderMap;
use ykien_domain::ids::AgencyCode;

/// The other end of a request's connection, in the request's extensions on every transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The caller's address: the socket's, or what a trusted proxy says ([`Proxies::caller`]).
    pub address: IpAddr,
    /// The agency that the client's certificate names; none when no certificate was presented.
    pub agency_certificate: Option<AgencyCode>,
}

/// The header in which proxies name whom they call for, the nearest last.
const FORWARDED: &str = "x-forwarded-for";

/// Whose word on the caller's address is taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies(Vec<Network>);

impl Proxies {
    /// The networks of a setting, separated by commas: `10.0.0.7`, `10.1.0.0/16`, `fd00::/8`, or `private` for the
    /// addresses that no public network has.
    ///
    /// # Errors
    /// The word that is none of these.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut networks = Vec::new();
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let words: &[&str] = if word == "private" { &PRIVATE } else { &[word] };
            for word in words {
                networks.push(word.parse().map_err(|()| (*word).to_owned())?);
            }
        }
        Ok(Self(networks))
    }

    /// Whether the address is one of a proxy.
    #[must_use]
    pub fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.has(address))
    }

    /// Who calls through a connection from `socket`: the last address of `X-Forwarded-For` that is no proxy of ours. What
    /// stands before it, anyone may have written.
    #[must_use]
    pub fn caller(&self, socket: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.has(socket) {
            return socket;
        }
        let mut nearest = socket;
        for value in headers.get_all(FORWARDED).iter().rev() {
            let Ok(text) = value.to_str() else { return nearest };
            for word in text.rsplit(',') {
                let Ok(address) = word.trim().parse::<IpAddr>() else { return nearest };
                nearest = address.to_canonical();
                if !self.has(nearest) {
                    return nearest;
                }
            }
        }
        nearest
    }
}

/// What `private` stands for: RFC 1918, RFC 4193 and the machine itself.
const PRIVATE: [&str; 6] =
    ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "fc00::/7", "::1/128"];

/// Addresses that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    first: IpAddr,
    bits: u8,
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let first = address.parse::<IpAddr>().map_err(drop)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(drop))?;
        if bits > most { Err(()) } else { Ok(Self { first, bits }) }
    }
}

impl Network {
    fn has(&self, address: IpAddr) -> bool {
        beginning(self.first, self.bits) == beginning(address, self.bits)
    }
}

/// The address with only its first bits; the others are zero.
fn beginning(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32_u32.saturating_sub(bits.into())).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128_u32.saturating_sub(bits.into())).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

/// What is counted as one address: the address itself, or for IPv6 the /64 that one subscriber has whole.
#[must_use]
pub fn subscriber(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        address @ IpAddr::V6(_) => beginning(address, 64),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn forwarded(values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(FORWARDED, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        let proxies = Proxies::parse("10.0.0.0/8, fd00::/8").unwrap();
        let headers = forwarded(&["203.0.113.9"]);
        assert_eq!(proxies.caller(ip("198.51.100.1"), &headers), ip("198.51.100.1"));
        assert_eq!(proxies.caller(ip("10.0.0.7"), &headers), ip("203.0.113.9"));
        assert_eq!(proxies.caller(ip("fd00::1"), &headers), ip("203.0.113.9"));
        assert_eq!(Proxies::default().caller(ip("10.0.0.7"), &headers), ip("10.0.0.7"));
    }

    #[test]
    fn what_the_caller_wrote_itself_before_the_proxy_is_not_believed() {
        let proxies = Proxies::parse("10.0.0.7").unwrap();
        let table: [(&[&'static str], &str); 7] = [
            (&["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
            (&["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
            (&["203.0.113.9, 10.0.0.7"], "203.0.113.9"),
            (&["203.0.113.9, unknown"], "10.0.0.7"),
            (&["::ffff:203.0.113.9"], "203.0.113.9"),
            (&["10.0.0.7"], "10.0.0.7"),
            (&[], "10.0.0.7"),
        ];
        for (values, expected) in table {
            assert_eq!(proxies.caller(ip("10.0.0.7"), &forwarded(values)), ip(expected), "{values:?}");
        }
    }

    #[test]
    fn networks_are_addresses_with_or_without_bits_and_nothing_else() {
        let private = Proxies::parse("private").unwrap();
        for inside in ["10.200.1.1", "172.31.0.1", "192.168.9.9", "127.0.0.1", "fd12::1", "::1"] {
            assert!(private.has(ip(inside)), "{inside}");
        }
        for outside in ["172.32.0.1", "11.0.0.1", "2001:db8::1", "::2"] {
            assert!(!private.has(ip(outside)), "{outside}");
        }
        assert!(Proxies::parse("0.0.0.0/0").unwrap().has(ip("203.0.113.9")));
        for bad in ["proxy", "10.0.0.0/33", "10.0.0.0/x", "10.0.0", "::/129"] {
            assert_eq!(Proxies::parse(bad), Err(bad.to_owned()));
        }
    }

    #[test]
    fn ipv6_is_counted_by_subscriber() {
        assert_eq!(subscriber(ip("2001:db8:1:2:3:4:5:6")), ip("2001:db8:1:2::"));
        assert_eq!(subscriber(ip("::ffff:203.0.113.9")), ip("203.0.113.9"));
    }
}
