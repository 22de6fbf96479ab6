//! The closed sets of words as OpenAPI schemas. The words themselves are `domain::words`; nothing is spelled again here.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use ykien_documents::words::Language as DocumentLanguage;
use ykien_domain::{cube, query, words};

macro_rules! word_schemas {
    ($($name:ident: $words:expr, $about:literal;)+) => { $(
        #[doc = $about]
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::Type(Type::String))
                    .description(Some($about))
                    .enum_values(Some($words))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )+ };
}

/// The spellings of one set.
macro_rules! all {
    ($set:ident) => {
        words::$set::ALL.iter().map(|word| word.as_str())
    };
}

word_schemas! {
    Status: all!(Status), "Where a comment stands; each is in exactly one.";
    Outcome: all!(Outcome), "What a decision says.";
    Kind: all!(Kind), "What a comment is about.";
    Channel: all!(Channel), "How a comment came.";
    AnchorKind: all!(AnchorKind), "What exactly a comment is anchored to.";
    SectionChange: all!(SectionChange), "What became of a section from one version to another.";
    PlacementState: all!(PlacementState), "What became of a comment's anchor in a version.";
    PlacementReason: all!(PlacementReason), "Why an anchor is not placed.";
    Stance: all!(Stance), "An agency's stance in its response.";
    RoundState: all!(RoundState), "A round's state.";
    SilenceRule: all!(SilenceRule), "What silence until the deadline means.";
    LateRule: all!(LateRule), "What happens to a submission after the deadline while the round is still open.";
    Visibility: all!(Visibility), "Who sees another agency's comments before their decisions are published.";
    Admission: all!(Admission), "Who may submit in a round.";
    AgencyKind: all!(AgencyKind), "What sort of body an agency is.";
    Role: all!(Role), "What a client may be.";
    ReplyState: all!(ReplyState), "Where an agency stands in a round.";
    FileFormat: all!(FileFormat), "The format of a file.";
    Language: DocumentLanguage::ALL.iter().map(|word| word.as_str()), "The language of a document's own words.";
    Dimension: DIMENSIONS.iter().map(|(word, _)| *word), "What comments can be counted by.";
    Group: GROUPS.iter().map(|(word, _)| *word), "What comments can be collected by.";
}

/// The dimensions of a count by their words: those of a filter's fields.
pub(crate) const DIMENSIONS: &[(&str, cube::Dimension)] = &[
    ("section", cube::Dimension::Section),
    ("status", cube::Dimension::Status),
    ("agency", cube::Dimension::Agency),
    ("responsible", cube::Dimension::Responsible),
    ("kind", cube::Dimension::Kind),
    ("channel", cube::Dimension::Channel),
    ("round", cube::Dimension::Round),
];

/// The groups of a collection by their words.
pub(crate) const GROUPS: &[(&str, query::Group)] = &[
    ("section", query::Group::Section),
    ("status", query::Group::Status),
    ("agency", query::Group::Agency),
    ("responsible", query::Group::Responsible),
];
