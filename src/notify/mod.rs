//! What the ledger tells others: webhooks by the Standard Webhooks specification 1.0. Recorded events that an endpoint
//! asked for are sent to it as signed JSON, at least once each, in the order of the log unless one has to be tried again.
//!
//! An endpoint is served by a [`Courier`]; [`Service`] keeps one for each beside a server. The settings are
//! [`WebhookConfig`]; what waits stands in `webhooks/NAME.json` of the ledger's folder ([`Queue`]). What was delivered or
//! given up the ledger records itself (`notification.recorded`), which no webhook is told of. docs/webhooks.md describes
//! it for those who set it up and for those who receive.

mod address;
mod bell;
mod board;
mod config;
mod courier;
mod error;
mod message;
mod outgoing;
mod queue;
mod secret;
mod select;
mod sender;
mod service;

pub use address::is_public;
pub use bell::Bell;
pub use board::Board;
pub use config::{Endpoint, SettingError, WebhookConfig, endpoints};
pub use courier::{Courier, Turn};
pub use error::NotifyError;
pub use message::{Message, id_of};
pub use outgoing::{Bounds, agent};
pub use queue::{Again, Queue, Settled, Store, Waiting, wait_ms};
pub use secret::Secret;
pub use select::Selection;
pub use sender::{Answer, Sender};
pub use service::Service;
