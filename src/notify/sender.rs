//! One attempt over the network.

use super::{
    config::Endpoint,
    error::NotifyError,
    message::Message,
    outgoing::{Bounds, agent},
    secret::Secret,
};
use crate::event::{Timestamp, limits};
use ureq::{Agent, Body, http::Response};

/// What came of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// The endpoint took it: a status of 2xx.
    Taken {
        /// The status.
        status: u16,
    },
    /// It did not, or nobody answered.
    Failed {
        /// The status, if there was an answer.
        status: Option<u16>,
        /// Why, in a line.
        why: String,
        /// Milliseconds that the endpoint asks to be left alone (`Retry-After`).
        retry_after_ms: Option<u64>,
        /// Asking again is of no use: the endpoint says that it is gone (410).
        gone: bool,
    },
}

/// Sends to one endpoint.
#[derive(Debug)]
pub struct Sender {
    agent: Agent,
    url: String,
}

impl Sender {
    /// A sender that follows no redirect, uses no proxy and keeps no connection: each attempt resolves the name anew, and
    /// connects to what was resolved and looked at.
    #[must_use]
    pub fn new(endpoint: &Endpoint) -> Self {
        let bounds = Bounds { time_ms: limits::WEBHOOK_ATTEMPT_MS_MAX, header_bytes: limits::WEBHOOK_HEADER_BYTES_MAX };
        let agent = agent(&endpoint.url, endpoint.allow_private, bounds);
        Self { agent, url: endpoint.url.clone() }
    }

    /// Sends a message, signed as of `now`.
    ///
    /// # Errors
    /// None: whatever goes wrong is an answer.
    #[must_use]
    pub fn send(&self, message: &Message, secrets: &[Secret], now: Timestamp) -> Answer {
        let seconds = now.0.div_euclid(1_000);
        let request = self
            .agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", seconds.to_string())
            .header("webhook-signature", message.signature(secrets, seconds));
        match request.send(&message.body[..]) {
            Ok(answer) => read(answer),
            // What our own resolver refused, and not the client.
            Err(ureq::Error::Other(why)) => failed(None, why.to_string()),
            Err(error) => failed(None, error.to_string()),
        }
    }
}

fn failed(status: Option<u16>, why: String) -> Answer {
    Answer::Failed { status, why: clipped(&why), retry_after_ms: None, gone: false }
}

fn read(mut answer: Response<Body>) -> Answer {
    let status = answer.status().as_u16();
    // Read, within bounds, so that the endpoint is not cut off while it answers; the status alone counts.
    drop(answer.body_mut().with_config().limit(limits::WEBHOOK_ANSWER_BYTES_MAX).read_to_vec());
    match status {
        200..=299 => Answer::Taken { status },
        300..=399 => {
            failed(Some(status), format!("{status}: redirects are not followed; set url to where it should go"))
        }
        _ => {
            let asked = answer.headers().get("retry-after").and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
            let why = answer.status().canonical_reason().unwrap_or("refused");
            Answer::Failed {
                status: Some(status),
                why: format!("{status} {why}"),
                retry_after_ms: asked.map(|seconds| seconds.saturating_mul(1_000)),
                gone: status == 410,
            }
        }
    }
}

fn clipped(why: &str) -> String {
    let plain = why.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(limits::WEBHOOK_REASON_CHARS_MAX).collect()
}

impl From<std::io::Error> for NotifyError {
    fn from(error: std::io::Error) -> Self {
        Self::System { what: "randomness", why: error.to_string() }
    }
}
