//! Compiles the contract: by protox, so that building needs no protoc.

use std::path::PathBuf;

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
    tonic_prost_build::configure()
        .extern_path(".google.rpc", "::tonic_types::pb")
        .compile_fds(descriptors)?;
    Ok(())
}
