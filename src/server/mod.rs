//! The HTTP door: handlers, limits, OpenAPI, errors. The only room that names axum.

mod body;
mod config;
mod error;
mod files;
mod front;
mod listen;
mod metrics;
mod notice;
mod problem;
mod rate;
mod sequence;
mod stall;
mod tls;
mod tokens;

pub use config::{GatewayConfig, HttpLimits, ServerConfig, TlsFiles};
pub use error::ServerError;
pub use notice::Notices;
pub use problem::Problem;
pub use tokens::{Scope, Token, Tokens};
