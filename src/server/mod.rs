//! The HTTP door: handlers, limits, OpenAPI, errors. The only room that names axum.
//!
//! ```text
//! listen (connections, TLS, header times and sizes) → front (rate, time, counters, the form of errors)
//!   → routes (parameters read strictly) → app (submit without a thread; read on a bounded few) → the ledger
//! ```
//!
//! The ledger knows nothing of HTTP: what its verdicts and errors mean here stands in `map`. `docs/http.md` describes
//! the door for those who use it.

mod app;
mod auth;
mod body;
mod config;
mod error;
mod extract;
mod files;
mod front;
mod gateway;
mod linger;
mod listen;
mod map;
mod metrics;
mod notice;
mod openapi;
mod personal;
mod problem;
mod rate;
mod routes;
mod sequence;
mod serve;
mod stall;
mod tls;
mod tokens;
mod verdict;

pub use config::{GatewayConfig, HttpLimits, ServerConfig, TlsFiles};
pub use error::ServerError;
pub use notice::Notices;
pub use openapi::document;
pub use problem::Problem;
pub use routes::{
    blobs::BlobView,
    grants::{GrantView, GrantsView, StepView},
    plugins::{BindingView, ComponentView, PluginView, WatchView},
    roles::{HeldRoleView, RoleEndView, RolesView},
};
pub use serve::{runtime, serve, stop_signal};
pub use tokens::{Scope, Token, Tokens};
