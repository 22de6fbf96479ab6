//! Compiles the contract: by protox, so that building needs no protoc.

use std::path::PathBuf;

use prost_build::{Config, Service, ServiceGenerator};

/// The methods whose server answers with bytes that were encoded before: one answer for many callers, and comments that are
/// encoded as they are read.
const ENCODED: [&str; 2] = ["Aggregate", "StreamCollect"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=ykien");
    println!("cargo:rerun-if-changed=google");
    let files = [
        "ykien/v1/resources.proto",
        "ykien/v1/comments_service.proto",
        "ykien/v1/aggregation_service.proto",
        "ykien/v1/error_reason.proto",
        "google/rpc/error_details.proto",
    ];
    let descriptors = protox::compile(files, ["."])?;
    // Reflection serves the same descriptors that the code was made from.
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("descriptors.bin"), prost::Message::encode_to_vec(&descriptors))?;
    Config::new()
        .extern_path(".google.rpc", "::tonic_types::pb")
        .service_generator(Box::new(Services {
            clients: tonic_prost_build::configure().build_server(false).service_generator(),
            servers: tonic_prost_build::configure().build_client(false).service_generator(),
        }))
        .compile_fds(descriptors)?;
    Ok(())
}

/// Clients and servers of one contract, which differ in what a server answers with.
struct Services {
    clients: Box<dyn ServiceGenerator>,
    servers: Box<dyn ServiceGenerator>,
}

impl ServiceGenerator for Services {
    fn generate(&mut self, mut service: Service, code: &mut String) {
        self.clients.generate(service.clone(), code);
        for method in &mut service.methods {
            if ENCODED.contains(&method.proto_name.as_str()) {
                method.output_type = format!("crate::Encoded<crate::v1::{}>", method.output_type);
            }
        }
        self.servers.generate(service, code);
    }
}
