//! What the door counts, as Prometheus text. What the ledger counts is read from its status at the moment of asking.

use std::time::Duration;

use prometheus::{
    Encoder, Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, Registry, TextEncoder,
};

/// Bounds of the latency histograms, in seconds: from a resubmission to the request timeout.
const SECONDS: &[f64] = &[0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Bounds of the statements a request, up to two full seals.
const STATEMENTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// The door's own counters.
pub(super) struct Metrics {
    registry: Registry,
    /// Connections at this moment.
    pub connections: IntGauge,
    /// Connections closed as they came, because of a limit.
    pub connections_refused: IntCounter,
    /// Statements a submission.
    pub submission_statements: Histogram,
    /// From a submission to its durable verdicts, in seconds.
    pub submission_seconds: Histogram,
    requests: IntCounterVec,
    seconds: HistogramVec,
    statements: IntCounterVec,
}

impl Metrics {
    /// All of them at zero.
    ///
    /// # Errors
    /// Those of the registry, for a name that stands twice.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let histogram =
            |name: &str, help: &str, bounds: &[f64]| HistogramOpts::new(name, help).buckets(bounds.to_vec());
        let metrics = Self {
            connections: IntGauge::new("sagwan_http_connections", "Connections at this moment")?,
            connections_refused: IntCounter::new(
                "sagwan_http_connections_refused_total",
                "Connections closed as they came, because of a limit",
            )?,
            submission_statements: Histogram::with_opts(histogram(
                "sagwan_submission_statements",
                "Statements of one request",
                STATEMENTS,
            ))?,
            submission_seconds: Histogram::with_opts(histogram(
                "sagwan_submission_seconds",
                "From a request's submission to its durable verdicts",
                SECONDS,
            ))?,
            requests: IntCounterVec::new(
                Opts::new("sagwan_http_requests_total", "Requests by route and status"),
                &["route", "status"],
            )?,
            seconds: HistogramVec::new(
                histogram("sagwan_http_request_seconds", "From a request's headers to its answer", SECONDS),
                &["route"],
            )?,
            statements: IntCounterVec::new(
                Opts::new("sagwan_http_statements_total", "Statements that came through the door, by verdict"),
                &["verdict"],
            )?,
            registry,
        };
        metrics.registry.register(Box::new(metrics.connections.clone()))?;
        metrics.registry.register(Box::new(metrics.connections_refused.clone()))?;
        metrics.registry.register(Box::new(metrics.submission_statements.clone()))?;
        metrics.registry.register(Box::new(metrics.submission_seconds.clone()))?;
        metrics.registry.register(Box::new(metrics.requests.clone()))?;
        metrics.registry.register(Box::new(metrics.seconds.clone()))?;
        metrics.registry.register(Box::new(metrics.statements.clone()))?;
        for verdict in ["recorded", "known", "refused", "invalid", "failed"] {
            metrics.statements.with_label_values(&[verdict]);
        }
        Ok(metrics)
    }

    /// Counts one answered request.
    pub fn request(&self, route: &str, status: u16, took: Duration) {
        self.requests.with_label_values(&[route, itoa(status).as_str()]).inc();
        self.seconds.with_label_values(&[route]).observe(took.as_secs_f64());
    }

    /// Counts `count` statements of one verdict.
    pub fn verdicts(&self, verdict: &'static str, count: u64) {
        if count > 0 {
            self.statements.with_label_values(&[verdict]).inc_by(count);
        }
    }

    /// Everything as Prometheus text, followed by `ledger`: name, kind, help and value of what others count.
    pub fn text(&self, ledger: &[(&str, &str, &str, f64)]) -> String {
        let mut bytes = Vec::new();
        // INVARIANT: the encoder fails only on a metric family without metrics, and writes the others all the same.
        let _ = TextEncoder::new().encode(&self.registry.gather(), &mut bytes);
        let mut text = String::from_utf8(bytes).unwrap_or_default();
        for (name, kind, help, value) in ledger {
            text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"));
        }
        text
    }
}

/// A status code's three digits, without an allocation a request.
fn itoa(status: u16) -> Digits {
    let digit = |power: u16| b'0' + u8::try_from(status / power % 10).unwrap_or(0);
    Digits([digit(100), digit(10), digit(1)])
}

struct Digits([u8; 3]);

impl Digits {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("000")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::new().unwrap();
        metrics.request("/entries", 201, Duration::from_millis(3));
        metrics.request("/entries", 201, Duration::from_millis(3));
        metrics.verdicts("recorded", 7);
        let text = metrics.text(&[("sagwan_size", "gauge", "Size of the log", 12.0)]);
        for line in [
            "sagwan_http_requests_total{route=\"/entries\",status=\"201\"} 2",
            "sagwan_http_request_seconds_bucket{route=\"/entries\",le=\"0.005\"} 2",
            "sagwan_http_statements_total{verdict=\"recorded\"} 7",
            "sagwan_http_statements_total{verdict=\"invalid\"} 0",
            "sagwan_size 12",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
        }
    }
}
