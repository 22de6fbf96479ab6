//! `ExportDocument`: a document as a file, in parts.

use std::io::Read as _;

use ykien_documents::letterhead::Letterhead;
use ykien_documents::words::Language;
use ykien_domain::actor::Scope;
use ykien_domain::ids::name;
use ykien_domain::query::Group;
use ykien_domain::{Error, Reason, Result, Violations};
use ykien_edge::files::export::{self, CHUNK_BYTES, Export, Exported};
use ykien_edge::wire;
use ykien_proto::v1;
use ykien_proto::v1::export_document_response::Part;

use crate::collect::group;
use crate::outlet::{self, Outlet, Stream};
use crate::{Aggregation, freshness};

pub(crate) fn export(
    service: &Aggregation,
    scope: Scope,
    request: v1::ExportDocumentRequest,
) -> Result<Stream<v1::ExportDocumentResponse>> {
    let wanted = read(request)?;
    let store = service.store.clone();
    // Written inside of the stream: a large one takes longer than a call may wait for its answer to begin.
    let agency = scope.agency().clone();
    outlet::open(service, &service.exports, agency, |outlet| async move {
        send(&outlet, export::export(&store, &scope, wanted).await?).await
    })
}

/// Sends the file: what it is, then its bytes.
async fn send(outlet: &Outlet<v1::ExportDocumentResponse>, exported: Exported) -> Result<()> {
    let Exported { mut file, size, name, format, revision } = exported;
    let info = v1::FileInfo {
        file_name: name,
        media_type: format.media_type().to_owned(),
        size: i64::try_from(size).unwrap_or(i64::MAX),
        revision,
    };
    outlet.send(v1::ExportDocumentResponse { part: Some(Part::File(info)) }).await;
    loop {
        // From the page cache, a piece at a time: shorter than the way to another thread and back.
        let mut chunk = vec![0; CHUNK_BYTES];
        let length = file.read(&mut chunk).map_err(|error| {
            tracing::error!(%error, "can't read a temporary file");
            Error::new(Reason::Unavailable, "the file could not be read to its end: ask again")
        })?;
        if length == 0 {
            return Ok(());
        }
        chunk.truncate(length);
        outlet.send(v1::ExportDocumentResponse { part: Some(Part::Chunk(chunk)) }).await;
    }
}

fn read(request: v1::ExportDocumentRequest) -> Result<Export> {
    let mut bad = Violations::default();
    let draft = bad.take(name::draft("draft", &request.draft));
    let document = bad.take(wire::read_document("document", request.document));
    let format = bad.take(wire::read_file_format("format", request.format));
    let language = match v1::Language::try_from(request.language) {
        Ok(v1::Language::English) => Language::English,
        Ok(_) => Language::Vietnamese,
        Err(_) => {
            bad.add("language", format!("has no value {} (Language)", request.language));
            Language::Vietnamese
        }
    };
    let by = group(request.group_by);
    if by.is_none() {
        bad.add("group_by", "must be by section, status, agency or responsible agency");
    }
    let round = bad.take(wire::read_round("round", &draft, &request.round));
    let agency = bad.take(name::agency_or_none("agency", &request.agency));
    let given = request.letterhead.unwrap_or_default();
    let date = bad.take(wire::read_date("letterhead.date", &given.date));
    let min_revision = bad.take(freshness::revision("min_revision", request.min_revision));
    bad.check()?;
    let v1::Letterhead { superior, agency: issuing, number, place, capacity, signer, recipients, .. } = given;
    let letterhead =
        Letterhead { superior, agency: issuing, number, place, date, capacity, signer, recipients };
    Ok(Export {
        draft,
        document: document.unwrap_or(ykien_domain::words::Document::Summary),
        format,
        language,
        by: by.unwrap_or(Group::Section),
        round,
        agency,
        letterhead,
        min_revision,
    })
}
