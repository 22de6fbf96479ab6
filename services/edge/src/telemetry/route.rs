//! The name under which a request is counted: from a closed set, or a caller could make as many series as it likes.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::LazyLock;

use http::request::Parts;
use prost::Message;

/// What is counted under no name of its own.
const OTHER: &str = "other";

/// Which protocol's codes are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// The `grpc-status` of headers or trailers, by its name.
    Grpc,
    /// The HTTP status.
    Http,
}

/// How a request's name is found.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub(super) protocol: Protocol,
    pub(super) name: fn(&Parts) -> Cow<'static, str>,
}

impl Route {
    /// By the full method (inside of gRPC-Web's layer, where statuses are still in headers and trailers), when the contract (or health, or reflection) has it.
    pub const GRPC: Self = Self { protocol: Protocol::Grpc, name: grpc_method };

    /// By a function that gives the route's template, such as `GET /v1/drafts/{draft}`: never the path itself.
    #[must_use]
    pub const fn http(name: fn(&Parts) -> Cow<'static, str>) -> Self {
        Self { protocol: Protocol::Http, name }
    }
}

fn grpc_method(parts: &Parts) -> Cow<'static, str> {
    let path = parts.uri.path();
    METHODS.get(path).map_or(Cow::Borrowed(OTHER), |method| Cow::Borrowed(method.as_str()))
}

/// The full methods that this installation answers.
static METHODS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let known = [
        "/grpc.health.v1.Health/Check",
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    ];
    let mut methods: HashSet<String> = known.iter().map(|method| (*method).to_owned()).collect();
    // The descriptors are those of the build: they decode.
    let files = prost_types::FileDescriptorSet::decode(ykien_proto::DESCRIPTORS).unwrap_or_default().file;
    for file in &files {
        for service in &file.service {
            let methods_of = service.method.iter().map(|method| method.name());
            methods
                .extend(methods_of.map(|method| format!("/{}.{}/{method}", file.package(), service.name())));
        }
    }
    methods
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_of_the_contract_has_its_name_and_anything_else_has_none() {
        let name = |path: &str| {
            let (parts, ()) = http::Request::builder().uri(path).body(()).unwrap().into_parts();
            grpc_method(&parts).into_owned()
        };
        for known in [
            "/ykien.v1.CommentsService/SubmitComment",
            "/ykien.v1.AggregationService/Aggregate",
            "/grpc.health.v1.Health/Check",
        ] {
            assert_eq!(name(known), known);
        }
        for unknown in ["/ykien.v1.CommentsService/DropTables", "/", "/random/1234"] {
            assert_eq!(name(unknown), OTHER);
        }
    }
}
