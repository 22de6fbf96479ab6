//! Versions and their sections, compared, and where comments stand in them.

use ykien_domain::actor::Scope;
use ykien_domain::command::{AssignSection, CreateVersion, MAX_SECTIONS, NewSection};
use ykien_domain::ids::{CommentNumber, DraftId, VersionNumber, name};
use ykien_domain::query::{CompareVersions, GetDraft, ListPlacements, ListSections};
use ykien_domain::section::checked;
use ykien_domain::{Error, Result, Violations};
use ykien_edge::document::{self, Document};
use ykien_edge::{page, wire};
use ykien_proto::v1;
use ykien_store::Store;

pub(crate) async fn create_version(
    store: &Store,
    scope: &Scope,
    request: v1::CreateVersionRequest,
) -> Result<v1::CreateVersionResponse> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let mut options = bad.take(wire::write_options(&request.request_id));
    options.dry_run = request.dry_run;
    let Document { preamble, sections } = match (request.sections.is_empty(), request.text.is_empty()) {
        (false, true) => {
            let sections = bad.take(read_sections(&draft, request.sections));
            Document { preamble: request.preamble, sections }
        }
        (true, false) => {
            if !request.preamble.is_empty() {
                bad.add("preamble", "must be empty with text, where it is found");
            }
            bad.take(document::read("text", request.text).await)
        }
        _ => {
            bad.add("sections", "one of sections and text is required, and only one");
            Document::default()
        }
    };
    bad.check()?;
    let command = CreateVersion { draft: draft.clone(), preamble, sections };
    let written = store.write(scope, command, options).await.map_err(rename)?;
    Ok(wire::version_created(&draft, written))
}

fn read_sections(draft: &DraftId, sections: Vec<v1::NewSection>) -> Result<Vec<NewSection>> {
    if sections.len() > MAX_SECTIONS {
        return Err(Error::field(
            "sections",
            format!("must be at most {MAX_SECTIONS}, are {}", sections.len()),
        ));
    }
    let mut bad = Violations::default();
    let mut read = Vec::with_capacity(sections.len());
    for (index, section) in sections.into_iter().enumerate() {
        let path = |field: &str| format!("sections[{index}].{field}");
        let v1::NewSection { section, parent, level, label, heading, body } = section;
        let id = bad.take(wire::read_numbered(&path("section"), "sections", draft, &section));
        let parent = bad.take(parent.map(|parent| read_parent(&path("parent"), parent)).transpose());
        read.push(NewSection { id, parent, level, label, heading, body });
    }
    let read = bad.take(checked(read).map_err(rename));
    bad.check()?;
    Ok(read)
}

fn read_parent(field: &str, parent: i32) -> Result<usize> {
    usize::try_from(parent)
        .map_err(|_| Error::field(field, "must be the index of a section above this one, from 0"))
}

/// The domain's `sections[3].id` is the contract's `sections[3].section`.
fn rename(mut error: Error) -> Error {
    for violation in &mut error.violations {
        if let Some(place) = violation.field.strip_suffix(".id") {
            violation.field = format!("{place}.section");
        }
    }
    error
}

/// The place of a section in a list of sections: a page goes on in the version that it began in.
type Place = (VersionNumber, i64);

pub(crate) async fn list_sections(
    store: &Store,
    scope: &Scope,
    request: v1::ListSectionsRequest,
) -> Result<v1::ListSectionsResponse> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let version = bad.take(wire::read_version("version", request.version));
    let limit = bad.take(page::size(request.page_size));
    bad.check()?;
    let bound = [request.draft.as_str(), &request.version.to_string()];
    let place: Option<Place> = page::decode("ListSections", &bound, &request.page_token)?;
    let version = begun_in(store, scope, &draft, place, version).await?;
    let after = place.map(|(_, position)| position);
    let query = |limit| ListSections { draft: draft.clone(), version: Some(version), after, limit };
    let listed = page::list(store, scope, limit, query, |section| wire::section(&draft, section)).await?;
    let next = listed.next.map(|position| page::encode("ListSections", &bound, &(version, position)));
    Ok(v1::ListSectionsResponse { sections: listed.items, next_page_token: next.unwrap_or_default() })
}

/// The version that a list is of: the one that its first page was of, the one named, or the newest.
async fn begun_in(
    store: &Store,
    scope: &Scope,
    draft: &DraftId,
    place: Option<Place>,
    named: Option<VersionNumber>,
) -> Result<VersionNumber> {
    match place.map(|(version, _)| version).or(named) {
        Some(version) => Ok(version),
        None => Ok(store.read(scope, GetDraft { draft: draft.clone() }).await?.answer.version),
    }
}

pub(crate) async fn compare_versions(
    store: &Store,
    scope: &Scope,
    request: v1::CompareVersionsRequest,
) -> Result<v1::CompareVersionsResponse> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let from = bad.take(wire::read_version("from_version", request.from_version));
    let to = bad.take(wire::read_version("to_version", request.to_version));
    let limit = bad.take(page::size(request.page_size));
    if request.from_version == 0 {
        bad.add("from_version", "is required: a version's number, 1 or more");
    }
    bad.check()?;
    let from = from.unwrap_or_default();
    let bound = [request.draft.as_str(), &from.to_string(), &request.to_version.to_string()];
    let place: Option<Place> = page::decode("CompareVersions", &bound, &request.page_token)?;
    let to = begun_in(store, scope, &draft, place, to).await?;
    let after = place.map(|(_, position)| position);
    let query = |limit| CompareVersions { draft: draft.clone(), from, to: Some(to), after, limit };
    let render = |compared| wire::section_comparison(&draft, compared);
    let listed = page::list(store, scope, limit, query, render).await.map_err(rename_versions)?;
    let next = listed.next.map(|position| page::encode("CompareVersions", &bound, &(to, position)));
    Ok(v1::CompareVersionsResponse {
        sections: listed.items,
        next_page_token: next.unwrap_or_default(),
        from_version: from,
        to_version: to,
    })
}

/// The domain's `from` and `to` are the contract's `from_version` and `to_version`.
fn rename_versions(mut error: Error) -> Error {
    for violation in &mut error.violations {
        violation.field.push_str("_version");
    }
    if let [one] = error.violations.as_slice() {
        error.message = format!("{}: {}", one.field, one.description);
    }
    error
}

pub(crate) async fn list_placements(
    store: &Store,
    scope: &Scope,
    request: v1::ListPlacementsRequest,
) -> Result<v1::ListPlacementsResponse> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let version = bad.take(wire::read_version("version", request.version));
    let state = bad.take(wire::read_placement_state("state", request.state));
    let limit = bad.take(page::size(request.page_size));
    bad.check()?;
    let bound = [request.draft.as_str(), &request.version.to_string(), &request.state.to_string()];
    let place: Option<(VersionNumber, CommentNumber)> =
        page::decode("ListPlacements", &bound, &request.page_token)?;
    let version = begun_in(store, scope, &draft, place, version).await?;
    let after = place.map_or(0, |(_, number)| number);
    let query = |limit| ListPlacements { draft: draft.clone(), version: Some(version), state, after, limit };
    let listed =
        page::list(store, scope, limit, query, |placement| wire::placement(&draft, placement)).await?;
    let next = listed.next.map(|number| page::encode("ListPlacements", &bound, &(version, number)));
    Ok(v1::ListPlacementsResponse {
        placements: listed.items,
        next_page_token: next.unwrap_or_default(),
        version,
        revision: listed.revision,
    })
}

pub(crate) async fn assign_section(
    store: &Store,
    scope: &Scope,
    request: v1::AssignSectionRequest,
) -> Result<v1::Section> {
    let mut bad = Violations::default();
    let (draft, section) = bad.take(name::numbered("name", "sections", &request.name));
    let agency = bad.take(name::agency_or_none("agency", &request.agency));
    let options = bad.take(wire::write_options(&request.request_id));
    bad.check()?;
    let written =
        store.write(scope, AssignSection { draft: draft.clone(), section, agency }, options).await?;
    Ok(wire::section(&draft, written.answer))
}
