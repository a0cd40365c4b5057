//! The settings of the door: the `[server]` table of `sagwan.toml`. Unknown names are refused, every default is here.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Notices, ServerError};
use crate::{
    event::{ActorId, limits},
    notify::Board,
    witness,
};

/// The `[server]` table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one setting of its own, named in the file")]
pub struct ServerConfig {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Listen without TLS on an address that is not loopback: only behind a proxy that speaks TLS.
    pub allow_plaintext: bool,
    /// What clients call this server, such as `https://ledger.example.org`; written before `Location`s.
    pub public_url: Option<String>,
    /// Speak TLS, and nothing else.
    pub tls: Option<TlsFiles>,
    /// The token file (docs/http.md).
    pub tokens: Option<PathBuf>,
    /// Who signs what arrives unsigned with a token.
    pub gateway: Option<GatewayConfig>,
    /// Answer `/api/v1` reads without a token.
    pub open_reads: bool,
    /// Answer `/metrics` without a token.
    pub open_metrics: bool,
    /// Serve entry bundles, which hold every statement in full; refused while any subject is marked personal.
    pub public_entries: bool,
    /// Threads that speak HTTP; the ledger has its own.
    pub worker_threads: usize,
    /// What a client may take.
    pub limits: HttpLimits,
    /// Where the causes of internal errors and the outcome of reloads are told; no setting of the file.
    #[serde(skip)]
    pub notices: Notices,
    /// What webhooks do, for `/metrics`; no setting of the file.
    #[serde(skip)]
    pub webhooks: Board,
    /// How witnessing fares, for `/metrics` and `/checkpoint`; no setting of the file.
    #[serde(skip)]
    pub witnesses: witness::Board,
}

/// Where certificate and key are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsFiles {
    /// The certificate and those between it and the root, in PEM, its own first.
    pub certificate: PathBuf,
    /// Its private key, in PEM (PKCS#8, SEC1 or PKCS#1).
    pub key: PathBuf,
}

/// The gateway: an enrolled actor, and its key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayConfig {
    /// Its actor id, such as `service:gateway`.
    pub actor: ActorId,
    /// Its private key, PKCS#8 PEM.
    pub key: PathBuf,
}

/// The `[server.limits]` table; times in milliseconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpLimits {
    /// Bytes of a request body; beyond it 413.
    pub body_bytes: usize,
    /// Bytes of a request's line and headers, at least 8,192; beyond it 431.
    pub header_bytes: usize,
    /// Headers of a request; beyond it 431.
    pub headers: usize,
    /// Statements or events of one request; beyond it 413.
    pub statements: usize,
    /// Time for a request's headers, idle time before them included; then the connection is closed.
    pub header_read_ms: u64,
    /// Time for a request's body; then 408.
    pub body_read_ms: u64,
    /// Time for the answer; then 503, the outcome unknown: send the same bytes again.
    pub request_ms: u64,
    /// Time in which a peer must take some of an answer; then the connection is closed.
    pub write_stall_ms: u64,
    /// Time for a TLS handshake; then the connection is closed.
    pub handshake_ms: u64,
    /// Time for what is in hand when the server stops; then the connections are closed.
    pub shutdown_ms: u64,
    /// Connections at once; further ones are closed as they come.
    pub connections: usize,
    /// Connections at once of one peer (an IPv4 address or an IPv6 /64).
    pub peer_connections: usize,
    /// Requests a second of one peer; beyond it 429. 0 is no limit.
    pub peer_rate: u32,
    /// Requests a second of one token; beyond it 429. 0 is no limit.
    pub token_rate: u32,
    /// Reads of the disk at once; further ones wait.
    pub reads: usize,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7433)),
            allow_plaintext: false,
            public_url: None,
            tls: None,
            tokens: None,
            gateway: None,
            open_reads: false,
            open_metrics: false,
            public_entries: false,
            worker_threads: 2,
            limits: HttpLimits::default(),
            notices: Notices::default(),
            webhooks: Board::default(),
            witnesses: witness::Board::default(),
        }
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes: limits::HTTP_BODY_BYTES_DEFAULT,
            header_bytes: limits::HTTP_HEADER_BYTES_DEFAULT,
            headers: limits::HTTP_HEADERS_DEFAULT,
            statements: limits::HTTP_STATEMENTS_DEFAULT,
            header_read_ms: limits::HTTP_HEADER_READ_MS_DEFAULT,
            body_read_ms: limits::HTTP_BODY_READ_MS_DEFAULT,
            request_ms: limits::HTTP_REQUEST_MS_DEFAULT,
            write_stall_ms: limits::HTTP_WRITE_STALL_MS_DEFAULT,
            handshake_ms: limits::HTTP_HANDSHAKE_MS_DEFAULT,
            shutdown_ms: limits::HTTP_SHUTDOWN_MS_DEFAULT,
            connections: limits::HTTP_CONNECTIONS_DEFAULT,
            peer_connections: limits::HTTP_PEER_CONNECTIONS_DEFAULT,
            peer_rate: limits::HTTP_PEER_RATE_DEFAULT,
            token_rate: limits::HTTP_TOKEN_RATE_DEFAULT,
            reads: limits::HTTP_READS_DEFAULT,
        }
    }
}

impl ServerConfig {
    /// Refuses settings that cannot work or that open the door by accident.
    ///
    /// # Errors
    /// [`ServerError::Plaintext`] and [`ServerError::Setting`], each naming the setting and what to write.
    pub fn check(&self) -> Result<(), ServerError> {
        if self.tls.is_none() && !self.listen.ip().is_loopback() && !self.allow_plaintext {
            return Err(ServerError::Plaintext { listen: self.listen });
        }
        let setting = |name, remedy| Err(ServerError::Setting { name, remedy });
        if let Some(url) = &self.public_url {
            let bare = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
            let visible = url.bytes().all(|b| b.is_ascii_graphic());
            if bare.is_none_or(str::is_empty) || url.ends_with('/') || !visible {
                return setting("public_url", "write scheme and host without a slash at the end, or leave it out");
            }
        }
        if self.gateway.is_some() && self.tokens.is_none() {
            return setting("gateway", "a gateway signs for bearers of tokens: set `tokens` as well");
        }
        if !(1..=64).contains(&self.worker_threads) {
            return setting("worker_threads", "write a number from 1 to 64");
        }
        self.limits.check()
    }
}

impl HttpLimits {
    fn check(&self) -> Result<(), ServerError> {
        let setting = |name, remedy| Err(ServerError::Setting { name, remedy });
        if !(limits::STATEMENT_BYTES_MAX..=1 << 30).contains(&self.body_bytes) {
            return setting("limits.body_bytes", "write a number from 60,000 (one statement) to 1 GiB");
        }
        if !(8_192..=1 << 20).contains(&self.header_bytes) {
            return setting("limits.header_bytes", "write a number from 8,192 to 1 MiB");
        }
        for (name, value) in [
            ("limits.headers", self.headers),
            ("limits.statements", self.statements),
            ("limits.connections", self.connections),
            ("limits.peer_connections", self.peer_connections),
            ("limits.reads", self.reads),
        ] {
            if !(1..=65_536).contains(&value) {
                return setting(name, "write a number from 1 to 65,536");
            }
        }
        for (name, value) in [
            ("limits.header_read_ms", self.header_read_ms),
            ("limits.body_read_ms", self.body_read_ms),
            ("limits.request_ms", self.request_ms),
            ("limits.write_stall_ms", self.write_stall_ms),
            ("limits.handshake_ms", self.handshake_ms),
            ("limits.shutdown_ms", self.shutdown_ms),
        ] {
            if !(1..=3_600_000).contains(&value) {
                return setting(name, "write milliseconds from 1 to 3,600,000 (one hour)");
            }
        }
        Ok(())
    }
}

/// Milliseconds of a setting as a duration.
pub(super) const fn ms(value: u64) -> Duration {
    Duration::from_millis(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_and_survive_toml() {
        let config = ServerConfig::default();
        config.check().unwrap();
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<ServerConfig>(&text).unwrap(), config);
        assert_eq!(toml::from_str::<ServerConfig>("").unwrap(), config);
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        for text in ["lisen = \"127.0.0.1:1\"", "[limits]\nbody = 1", "[tls]\ncert = \"x\""] {
            assert!(toml::from_str::<ServerConfig>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn settings_that_cannot_work_are_named() {
        let named = |change: &dyn Fn(&mut ServerConfig)| {
            let mut config = ServerConfig::default();
            change(&mut config);
            config.check().unwrap_err().to_string()
        };
        assert!(named(&|c| c.listen = ([0, 0, 0, 0], 80).into()).contains("allow_plaintext"));
        assert!(named(&|c| c.public_url = Some("ledger.example".into())).contains("public_url"));
        assert!(named(&|c| c.public_url = Some("https://a/".into())).contains("public_url"));
        assert!(named(&|c| c.public_url = Some("https://a\r\nb".into())).contains("public_url"));
        assert!(named(&|c| c.worker_threads = 0).contains("worker_threads"));
        assert!(named(&|c| c.limits.body_bytes = 10).contains("limits.body_bytes"));
        assert!(named(&|c| c.limits.header_bytes = 10).contains("limits.header_bytes"));
        assert!(named(&|c| c.limits.headers = 0).contains("limits.headers"));
        assert!(named(&|c| c.limits.request_ms = 0).contains("limits.request_ms"));
        assert!(
            named(&|c| {
                c.gateway = Some(GatewayConfig { actor: "service:gateway".parse().unwrap(), key: "k".into() });
            })
            .contains("tokens")
        );
        let mut open = ServerConfig { listen: ([0, 0, 0, 0], 80).into(), ..ServerConfig::default() };
        open.allow_plaintext = true;
        open.check().unwrap();
    }
}
