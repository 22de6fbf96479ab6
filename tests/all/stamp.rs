//! Stamps a behaviour into tests: one for each port through which it must hold.
//!
//! A behaviour is an `async fn(&World)` whose name is a sentence. One that is not stamped is dead code, which the lints
//! refuse.

use crate::world::{Port, World};

/// Stamps behaviours once per port.
macro_rules! behaviours {
    ($($name:ident),+ $(,)?) => {
        stamp!(sqlite Sqlite: $($name)+);
        stamp!(postgres Postgres: $($name)+);
        stamp!(grpc Grpc: $($name)+);
    };
}

/// Stamps behaviours of what no gRPC port offers once per engine.
macro_rules! behaviours_of_the_store {
    ($($name:ident),+ $(,)?) => {
        mod store {
            use super::*;
            stamp!(sqlite Sqlite: $($name)+);
            stamp!(postgres Postgres: $($name)+);
        }
    };
}

/// Stamps behaviours of the gRPC port alone.
macro_rules! behaviours_of_grpc {
    ($($name:ident),+ $(,)?) => {
        stamp!(grpc Grpc: $($name)+);
    };
}

macro_rules! stamp {
    ($module:ident $port:ident: $($name:ident)+) => {
        mod $module { $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                crate::stamp::hold(crate::world::Port::$port, super::$name).await;
            }
        )+ }
    };
}

/// Holds a behaviour in a world of its own, and then the proof over what it left.
pub(crate) async fn hold(port: Port, behaviour: impl AsyncFnOnce(&World)) {
    let world = Box::pin(World::new(port)).await;
    Box::pin(behaviour(&world)).await;
    world.verify().await;
}
