//! A ledger behind its HTTP server (docs/http.md): statements out, verdicts and records in.

use super::{
    config::Found,
    failure::{Done, Failure, Kind},
    fate::Fate,
    recorder::{Content, Parcel},
};
use crate::{
    codec::event as event_codec,
    event::{Digest, Text, limits::CLIENT_ANSWER_BYTES_MAX},
    server::BlobView,
};
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest as _, Sha256};
use std::{sync::Arc, time::Duration};
use ureq::{
    Agent, Body,
    http::{Response, StatusCode},
    tls::{Certificate, RootCerts, TlsConfig},
};

/// A server, and how it is spoken to.
#[derive(Clone, Debug)]
pub struct Remote {
    agent: Agent,
    url: String,
    /// A token would travel in the clear.
    clear: bool,
    token: Option<String>,
    /// The token to read with, where it is another.
    read_token: Option<String>,
    /// What is read for.
    purpose: Option<String>,
    patience: Duration,
    /// Certificates of `client.server_ca` are trusted in the place of the public ones.
    own_roots: bool,
}

/// What stands before the reason for which rustls does not accept the other side's certificate.
const BAD_CERTIFICATE: &str = "invalid peer certificate: ";

/// RFC 9457, as the server writes it.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Problem {
    title: String,
    detail: String,
    remedy: String,
    verdict: Option<Fate>,
    retry_after: Option<u64>,
}

impl Remote {
    /// A server by its address; connects when first asked.
    ///
    /// # Errors
    /// When the address is none, a token would travel in the clear, or the certificates cannot be read.
    pub fn new(url: &str, token: Option<&str>, settings: &Found) -> Done<Self> {
        let url = url.trim_end_matches('/');
        let plain = url.strip_prefix("http://");
        let host = plain.or(url.strip_prefix("https://")).unwrap_or_default();
        if host.is_empty() || url.contains(['?', '#', '@', ' ']) {
            return Err(Failure::usage(format!("{url:?} is no server"), "write https://HOST or http://HOST:PORT"));
        }
        let loopback = ["127.", "localhost", "[::1]"].iter().any(|own| host.starts_with(own));
        let clear = plain.is_some() && !loopback;
        if token.is_some() && clear {
            return Err(in_the_clear());
        }
        let client = &settings.config.client;
        let patience = Duration::from_secs(client.timeout_s.max(1));
        let mut config =
            Agent::config_builder().timeout_global(Some(patience)).http_status_as_error(false).max_redirects(0);
        if let Some(path) = client.server_ca.as_ref().map(|path| settings.base.join(path)) {
            let pem = std::fs::read(&path).map_err(|error| Failure::io("read", &path, &error))?;
            config = config.tls_config(TlsConfig::builder().root_certs(roots(&pem, &path)?).build());
        }
        Ok(Self {
            agent: config.build().into(),
            url: url.to_owned(),
            token: token.map(ToOwned::to_owned),
            clear,
            read_token: None,
            purpose: None,
            patience,
            own_roots: client.server_ca.is_some(),
        })
    }

    /// The same, reading with another token than it records with, and saying what for.
    ///
    /// # Errors
    /// When the token would travel in the clear.
    pub fn reading(mut self, token: Option<&str>, purpose: Option<&Text>) -> Done<Self> {
        if token.is_some() && self.clear {
            return Err(in_the_clear());
        }
        self.read_token = token.map(ToOwned::to_owned);
        self.purpose = purpose.map(ToString::to_string);
        Ok(self)
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Records parcels, in order.
    ///
    /// # Errors
    /// When the server cannot be reached or did not take them.
    pub fn send(&self, parcels: &[Parcel]) -> Done<Vec<Fate>> {
        let signed = |parcel: &Parcel| match &parcel.content {
            Content::Signed(statement) => Some(statement.clone()),
            Content::Plain { .. } => None,
        };
        if let Some(statements) = parcels.iter().map(signed).collect::<Option<Vec<_>>>() {
            if parcels.iter().any(|parcel| !parcel.openings.is_empty()) {
                return Err(Failure::usage(
                    "what is committed to must reach the vault, and the server takes no values with signed statements",
                    "record into the folder, or with --token, so that the server commits",
                ));
            }
            // A CBOR sequence (RFC 8742): one statement after the other.
            let answer = self.post("/api/v1/statements", "application/cbor-seq", &statements.concat(), None)?;
            return self.verdicts(answer, parcels.len());
        }
        let mut fates = Vec::with_capacity(parcels.len());
        for parcel in parcels {
            fates.push(self.send_plain(parcel)?);
        }
        Ok(fates)
    }

    /// One event, or a list that becomes a signed batch, for the gateway to sign.
    fn send_plain(&self, parcel: &Parcel) -> Done<Fate> {
        let Content::Plain { events, commit, key } = &parcel.content else {
            return Err(Failure::usage("signed and unsigned statements in one", "record them one by one"));
        };
        let mut json: Vec<_> = events.iter().map(event_codec::to_json).collect();
        let body = match json.len() {
            1 => json.pop().unwrap_or_default(),
            _ => serde_json::Value::Array(json),
        };
        let path: String = commit.iter().enumerate().fold("/api/v1/events".to_owned(), |path, (position, pointer)| {
            let mark = if position == 0 { '?' } else { '&' };
            format!("{path}{mark}commit={}", escaped(pointer))
        });
        let answer = self.post(&path, "application/json", body.to_string().as_bytes(), Some(key))?;
        if answer.status().is_success() {
            return self.read(answer);
        }
        let (failure, verdict) = self.problem(answer);
        verdict.ok_or(failure)
    }

    /// The list of verdicts on as many statements.
    fn verdicts(&self, answer: Response<Body>, count: usize) -> Done<Vec<Fate>> {
        if !answer.status().is_success() {
            let (failure, verdict) = self.problem(answer);
            return verdict.filter(|_| count == 1).map(|fate| vec![fate]).ok_or(failure);
        }
        let fates: Vec<Fate> = self.read(answer)?;
        if fates.len() == count {
            return Ok(fates);
        }
        let what = format!("{} answered {} verdicts on {count} statements", self.url, fates.len());
        Err(Failure::new(Kind::Remote, what, "look at what it recorded with `sagwan log --server`"))
    }

    /// Puts a value into the server's blobs; its digest.
    ///
    /// # Errors
    /// When there is no token, or the server cannot be reached or does not take it.
    pub fn put_blob(&self, bytes: &[u8]) -> Done<Digest> {
        let token = self.token.as_ref().or(self.read_token.as_ref()).ok_or_else(|| {
            let next = "set SAGWAN_READ_TOKEN to a token with the scope `record`";
            Failure::usage("a server takes blobs from bearers of tokens alone", next)
        })?;
        let with_token = Self { token: Some(token.clone()), ..self.clone() };
        let answer = with_token.post("/api/v1/blobs", "application/octet-stream", bytes, None)?;
        if !answer.status().is_success() {
            return Err(self.problem(answer).0);
        }
        let kept: BlobView = self.read(answer)?;
        let ours = Digest(Sha256::digest(bytes).into());
        if kept.digest == ours.to_string() {
            return Ok(ours);
        }
        let what = format!("{} kept {} in the place of {ours}", self.url, kept.digest);
        Err(Failure::new(Kind::Remote, what, "check what stands between here and the server"))
    }

    /// Reads JSON from a path with a query.
    ///
    /// # Errors
    /// When the server cannot be reached, refuses, or there is no such thing.
    pub fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Done<T> {
        self.read(self.fetch(path, query)?)
    }

    /// Reads bytes from a path with a query.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub fn bytes(&self, path: &str, query: &[(&str, String)]) -> Done<Vec<u8>> {
        let mut answer = self.fetch(path, query)?;
        answer.body_mut().with_config().limit(CLIENT_ANSWER_BYTES_MAX).read_to_vec().map_err(|error| self.lost(&error))
    }

    /// Reads at most so many bytes from a path.
    ///
    /// # Errors
    /// As [`Self::get`], and when there are more.
    pub fn bytes_up_to(&self, path: &str, bytes_max: u64) -> Done<Vec<u8>> {
        let mut answer = self.fetch(path, &[])?;
        answer.body_mut().with_config().limit(bytes_max).read_to_vec().map_err(|error| self.lost(&error))
    }

    fn fetch(&self, path: &str, query: &[(&str, String)]) -> Done<Response<Body>> {
        let pairs: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let mark = if pairs.is_empty() { "" } else { "?" };
        let mut request = self.agent.get(format!("{}{path}{mark}{}", self.url, pairs.join("&")));
        if let Some(token) = self.read_token.as_ref().or(self.token.as_ref()) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(purpose) = &self.purpose {
            request = request.header("sagwan-purpose", purpose);
        }
        let answer = request.call().map_err(|error| self.lost(&error))?;
        if answer.status().is_success() { Ok(answer) } else { Err(self.problem(answer).0) }
    }

    /// Posts, and waits as the server asks when it is busy: the same bytes are never recorded twice.
    fn post(&self, path: &str, kind: &str, body: &[u8], key: Option<&str>) -> Done<Response<Body>> {
        let begun = std::time::Instant::now();
        loop {
            let mut request = self.agent.post(format!("{}{path}", self.url)).header("content-type", kind);
            if let Some(token) = &self.token {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
            let answer = request.send(body).map_err(|error| self.lost(&error))?;
            let wait = match answer.status() {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => retry_after(&answer),
                _ => None,
            };
            match wait {
                Some(wait) if wait < self.patience.saturating_sub(begun.elapsed()) => std::thread::sleep(wait),
                _ => return Ok(answer),
            }
        }
    }

    fn read<T: DeserializeOwned>(&self, mut answer: Response<Body>) -> Done<T> {
        answer.body_mut().with_config().limit(CLIENT_ANSWER_BYTES_MAX).read_json().map_err(|error| {
            let what = format!("{} answered what is not understood: {error}", self.url);
            Failure::new(Kind::Remote, what, "check that it is a sagwan server of this version")
        })
    }

    /// What a refused request says, and the verdict in it.
    fn problem(&self, mut answer: Response<Body>) -> (Failure, Option<Fate>) {
        let status = answer.status();
        let problem: Problem =
            answer.body_mut().with_config().limit(CLIENT_ANSWER_BYTES_MAX).read_json().unwrap_or_default();
        let kind = match status.as_u16() {
            404 => Kind::NotFound,
            401 | 403 => Kind::Usage,
            429 | 503 => Kind::Busy,
            400 | 409 | 413 | 415 | 422 | 431 => Kind::Invalid,
            _ => Kind::Remote,
        };
        let what = match (problem.detail.is_empty(), problem.title.is_empty()) {
            (false, _) => problem.detail,
            (true, false) => problem.title,
            (true, true) => "no reason given".into(),
        };
        let wait = problem.retry_after.map_or_else(String::new, |wait| format!(" (after {wait} s)"));
        let next = if problem.remedy.is_empty() { "ask whoever runs the server".into() } else { problem.remedy };
        (Failure::new(kind, format!("{}: {status}: {what}", self.url), format!("{next}{wait}")), problem.verdict)
    }

    fn lost(&self, error: &ureq::Error) -> Failure {
        let said = error.to_string();
        let next = match said.split_once(BAD_CERTIFICATE).map(|(_, why)| why) {
            None => "check address and network; recording the same again never doubles it",
            // Another authority of the same name has another key.
            Some("UnknownIssuer" | "BadSignature") if self.own_roots => {
                "the certificates of client.server_ca in sagwan.toml are not of the server's authority: set it to those that are"
            }
            Some("UnknownIssuer" | "BadSignature") => {
                "if you know its authority, set client.server_ca in sagwan.toml to a PEM file with that one's certificate"
            }
            Some(_) => "check address, clock, and whether the server's certificate is for that name and this time",
        };
        Failure::new(Kind::Remote, format!("cannot reach {}: {said}", self.url), next)
    }
}

fn in_the_clear() -> Failure {
    Failure::usage("a token would travel in the clear", "use https://, or sign with --key")
}

fn roots(pem: &[u8], path: &std::path::Path) -> Done<RootCerts> {
    let wrong = |why: String| Failure::invalid(format!("{}: {why}", path.display()), "give certificates in PEM");
    let mut certificates = Vec::new();
    for item in ureq::tls::parse_pem(pem) {
        match item.map_err(|error| wrong(error.to_string()))? {
            ureq::tls::PemItem::Certificate(certificate) => certificates.push(certificate),
            _ => return Err(wrong("something other than a certificate in it".into())),
        }
    }
    if certificates.is_empty() {
        return Err(wrong("no certificate in it".into()));
    }
    Ok(RootCerts::Specific(Arc::new(certificates.into_iter().map(|c: Certificate<'static>| c).collect())))
}

fn retry_after(answer: &Response<Body>) -> Option<Duration> {
    let seconds = answer.headers().get("retry-after")?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// Percent-encoded for a query.
fn escaped(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::config::Config;

    fn remote(url: &str, token: Option<&str>) -> Done<Remote> {
        Remote::new(url, token, &Found { config: Config::default(), base: ".".into() })
    }

    #[test]
    fn an_address_is_checked() {
        assert_eq!(remote("https://ledger.example/", None).unwrap().url(), "https://ledger.example");
        for bad in ["", "ledger.example", "ftp://x", "https://", "https://user:pw@x", "https://x/?a=b"] {
            assert_eq!(remote(bad, None).unwrap_err().kind, Kind::Usage, "{bad}");
        }
    }

    #[test]
    fn a_token_never_travels_in_the_clear() {
        assert!(remote("http://ledger.example", Some("secret")).is_err());
        assert!(remote("http://ledger.example", None).is_ok());
        assert!(remote("http://127.0.0.1:7433", Some("secret")).is_ok());
        assert!(remote("https://ledger.example", Some("secret")).is_ok());
    }

    #[test]
    fn nobody_there_is_a_remote_failure() {
        let failure = remote("http://127.0.0.1:1", None).unwrap().get::<serde_json::Value>("/x", &[]).unwrap_err();
        assert_eq!(failure.kind, Kind::Remote);
    }

    #[test]
    fn queries_are_escaped() {
        assert_eq!(escaped("/body/a b&c=ü"), "%2Fbody%2Fa%20b%26c%3D%C3%BC");
    }
}
