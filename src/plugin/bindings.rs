//! Typed bindings made from `wit/`. Nothing of them leaves this room.
//!
//! What they generate for imports stays unused: `linker` writes those out.

/// The world `validator`, and every interface that both worlds share.
pub(super) mod validator {
    wasmtime::component::bindgen!({ path: "wit", world: "validator" });
}

/// The world `monitor`.
pub(super) mod monitor {
    wasmtime::component::bindgen!({
        path: "wit",
        world: "monitor",
        with: {
            "sagwan:plugin/types": super::validator::sagwan::plugin::types,
            "sagwan:plugin/log": super::validator::sagwan::plugin::log,
            "sagwan:plugin/query": super::validator::sagwan::plugin::query,
            "sagwan:plugin/json": super::validator::sagwan::plugin::json,
        },
    });
}

pub(super) use validator::sagwan::plugin::{log, query, types};
