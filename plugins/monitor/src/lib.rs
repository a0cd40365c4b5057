//! The world `monitor` of `sagwan:plugin` for Rust: the trait that a plugin implements, and the macro that exports it.

#[allow(unsafe_code, missing_docs, clippy::all, reason = "made by wit-bindgen")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "monitor",
        pub_export_macro: true,
        default_bindings_module: "sagwan_monitor::world",
        with: {
            "sagwan:plugin/types@1.0.0": sagwan_guest::types,
        },
        generate_all,
    });
}

/// What the macro `export!` needs.
pub mod world {
    pub use super::bindings::*;
}

pub use bindings::export;
pub use bindings::exports::sagwan::plugin::monitoring::Guest;
