//! Requests that go out: to the address that a name resolves to now, if that is allowed, and nowhere else.

use super::address::is_public;
use std::{fmt, time::Duration};
use ureq::{
    Agent,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

/// What a request may take.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Milliseconds, from looking up the name to the end of the answer.
    pub time_ms: u64,
    /// Bytes of the answer's headers.
    pub header_bytes: usize,
}

/// An agent for requests to `url` that follows no redirect, uses no proxy and keeps no connection: each request resolves
/// the name anew, and connects to what was resolved and looked at. Without `allow_private` only to the public internet;
/// in the clear (`http://`) only within the own network. Statuses are no errors.
#[must_use]
pub fn agent(url: &str, allow_private: bool, bounds: Bounds) -> Agent {
    let clear = url.starts_with("http://");
    let config = Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(bounds.time_ms)))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .https_only(!clear)
        .max_idle_connections(0)
        .max_response_header_size(bounds.header_bytes)
        .user_agent(concat!("sagwan/", env!("CARGO_PKG_VERSION")))
        .build();
    let guard = Guard { inner: DefaultResolver::default(), allow_private, clear };
    Agent::with_parts(config, DefaultConnector::default(), guard)
}

/// Resolves a name and lets only allowed addresses through; the connection is made to these, so that a name which
/// resolves differently a moment later (DNS rebinding) changes nothing.
struct Guard {
    inner: DefaultResolver,
    allow_private: bool,
    /// In the clear: only within the own network.
    clear: bool,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").field("allow_private", &self.allow_private).finish_non_exhaustive()
    }
}

impl Resolver for Guard {
    fn resolve(&self, uri: &Uri, config: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        for address in found.iter().map(std::net::SocketAddr::ip) {
            let public = is_public(address);
            if !public && !self.allow_private {
                return Err(refused(format!(
                    "{address} is not an address of the public internet: set allow_private = true if it is meant"
                )));
            }
            if public && self.clear {
                return Err(refused(format!(
                    "{address} is public, and http:// is for private addresses: use https://"
                )));
            }
        }
        Ok(found)
    }
}

fn refused(why: String) -> ureq::Error {
    ureq::Error::Other(why.into())
}
