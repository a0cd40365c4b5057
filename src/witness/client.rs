//! One witness over the network (C2SP tlog-witness). Every request is bounded in time, every answer in size.

use super::{
    answer::{Answer, judge},
    config::Asked,
};
use crate::{
    event::{Digest, limits},
    notify::{Bounds, agent},
};
use sha2::{Digest as _, Sha256};
use ureq::{Agent, Body, http::Response};

/// Asks one witness.
#[derive(Debug)]
pub struct Client {
    agent: Agent,
    asked: Asked,
}

impl Client {
    /// A client; connects when it asks.
    #[must_use]
    pub fn new(asked: &Asked) -> Self {
        let bounds = Bounds { time_ms: limits::WITNESS_REQUEST_MS_MAX, header_bytes: limits::WITNESS_HEADER_BYTES_MAX };
        Self { agent: agent(&asked.url, asked.allow_private, bounds), asked: asked.clone() }
    }

    /// Who is asked.
    #[must_use]
    pub fn asked(&self) -> &Asked {
        &self.asked
    }

    /// Sends a request's body, whose checkpoint has the text `text`. `now` is in seconds since 1970.
    #[must_use]
    pub fn add_checkpoint(&self, body: &str, text: &str, now: u64) -> Answer {
        let request = self.agent.post(format!("{}/add-checkpoint", self.asked.url));
        let answer = match request.header("content-type", "text/plain; charset=utf-8").send(body.as_bytes()) {
            Ok(answer) => answer,
            Err(error) => return Answer::Failed(plain(&error.to_string())),
        };
        let status = answer.status().as_u16();
        let media_type = answer.headers().get("content-type").and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().to_owned();
        match read(answer) {
            Ok(body) => judge(status, &media_type, &body, text, &self.asked.key, now),
            // What it said is of use only whole; that it refused is known without.
            Err(why) => match judge(status, &media_type, &[], text, &self.asked.key, now) {
                Answer::Failed(_) => Answer::Failed(why),
                refused => refused,
            },
        }
    }

    /// The newest checkpoint of a log that it cosigned, as it shows it to monitors; `None` when it shows none.
    /// Nothing of it is checked.
    #[must_use]
    pub fn shown(&self, origin: &str) -> Option<Vec<u8>> {
        let place = hex::encode(Digest(Sha256::digest(origin).into()).0);
        let answer = self.agent.get(format!("{}/{place}/checkpoint", self.asked.url)).call().ok()?;
        if answer.status().as_u16() == 200 { read(answer).ok() } else { None }
    }
}

fn read(mut answer: Response<Body>) -> Result<Vec<u8>, String> {
    let read = answer.body_mut().with_config().limit(limits::WITNESS_ANSWER_BYTES_MAX).read_to_vec();
    read.map_err(|error| plain(&error.to_string()))
}

fn plain(why: &str) -> String {
    let plain = why.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(limits::WEBHOOK_REASON_CHARS_MAX).collect()
}
