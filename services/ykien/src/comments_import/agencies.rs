//! The agencies that rows name: looked up by code, name or short name, and made when asked.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context as _;
use uuid::Uuid;
use ykien_domain::ids::AgencyCode;
use ykien_domain::text::{MAX_SHORT_TEXT, clean, fold};
use ykien_proto::v1;

use crate::client::{self, Comments};
use crate::session::Session;

/// The namespace of codes that are made from names.
const NAMESPACE: Uuid = Uuid::from_u128(0x2f0c_88a1_5d3b_5c54_b1de_7b1f_93a6_e005);
/// How much of a name its code shows; the hash behind it takes 9 characters of the 40 that a code may have.
const MAX_SLUG: usize = 30;

/// The agencies as rows may name them.
#[derive(Debug, Default)]
pub(super) struct Agencies(HashMap<String, String>);

impl Agencies {
    /// All agencies that the server knows.
    ///
    /// # Errors
    /// The server refuses.
    pub(super) async fn load(comments: &mut Comments) -> anyhow::Result<Self> {
        let mut agencies = Self::default();
        let mut page_token = String::new();
        loop {
            let request = v1::ListAgenciesRequest { page_size: 1_000, page_token };
            let page =
                client::answer(comments.list_agencies(request).await).context("can't list the agencies")?;
            for agency in page.agencies {
                for name in [agency.short_name, agency.display_name] {
                    agencies.0.entry(name).or_insert_with(|| agency.name.clone());
                }
                // A code always means itself, whatever another agency is called.
                if let Some(code) = agency.name.strip_prefix("agencies/") {
                    agencies.0.insert(code.to_owned(), agency.name.clone());
                }
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(agencies);
            }
        }
    }

    /// The resource name of what a row calls an agency; empty (the caller's own) when it names none.
    pub(super) fn get(&self, named: &str) -> Option<String> {
        if named.is_empty() {
            return Some(String::new());
        }
        self.0.get(named).or_else(|| self.0.get(&clean("agency", named, MAX_SHORT_TEXT).ok()?)).cloned()
    }

    /// Makes those that are missing, each with its full name and a code made from it.
    ///
    /// # Errors
    /// The server refuses one.
    pub(super) async fn create(&mut self, session: &Session, named: BTreeSet<&str>) -> anyhow::Result<usize> {
        let mut made = 0;
        for name in named {
            if self.get(name).is_some() {
                continue;
            }
            // A name that is no name is refused later, with its line.
            let Ok(name) = clean("agency", name, MAX_SHORT_TEXT) else { continue };
            let code = code_of(&name)?;
            if !self.0.contains_key(code.as_str()) {
                session
                    .create_agency(&code, &name)
                    .await
                    .with_context(|| format!("can't make the agency {name}"))?;
                made += 1;
            }
            let resource = format!("agencies/{code}");
            self.0.insert(code.as_str().to_owned(), resource.clone());
            self.0.insert(name, resource);
        }
        Ok(made)
    }
}

/// A code for a name: its letters without marks, and a hash that keeps two names apart.
fn code_of(name: &str) -> anyhow::Result<AgencyCode> {
    let mut slug = String::new();
    for c in fold(name).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(MAX_SLUG);
    let slug = slug.trim_end_matches('-');
    let hash = Uuid::new_v5(&NAMESPACE, name.as_bytes()).simple().to_string();
    let hash = hash.get(..8).unwrap_or(&hash);
    let stem = if slug.is_empty() { "agency" } else { slug };
    Ok(AgencyCode::parse("agency", &format!("{stem}-{hash}"))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_shows_the_name_and_keeps_two_names_apart() {
        let table = [
            ("Sở Nông nghiệp & PTNT", "so-nong-nghiep-ptnt-"),
            ("신정식 (Jungshik SHIN)", "jungshik-shin-"),
            ("Cơ quan có một cái tên dài đến nỗi không ai nhớ được hết", "co-quan-co-mot-cai-ten-dai-den-"),
            ("国土交通省", "agency-"),
        ];
        for (name, stem) in table {
            let code = code_of(name).unwrap();
            assert!(code.as_str().starts_with(stem), "{code}");
        }
        assert_ne!(code_of("Sở A").unwrap(), code_of("So A").unwrap());
        assert_eq!(code_of("Sở A").unwrap(), code_of("Sở A").unwrap());
    }
}
