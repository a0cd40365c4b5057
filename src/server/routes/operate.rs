//! For those who keep the server: health, readiness, metrics, status.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};
use utoipa::ToSchema;

use crate::{
    event::Timestamp,
    ledger::{COMMIT_BUCKETS_US, Status},
    server::{
        Problem,
        app::App,
        auth::{Reader, Scraper},
        extract,
    },
};

/// Whether the process is worth keeping: it answers, and the ledger has not stopped.
#[utoipa::path(
    get, operation_id = "getHealth", path = "/healthz", tag = "operating",
    responses(
        (status = 200, description = "alive", body = String, content_type = "text/plain"),
        (status = 503, description = "the ledger has stopped: restart", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn health(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    match app.ledger.status().fatal {
        None => Ok(extract::bytes("text/plain; charset=utf-8", "alive\n")),
        Some(_) => {
            Err(unavailable("the ledger has stopped").remedy("restart the server; recovery finds what is durable"))
        }
    }
}

/// Whether requests should come here: the ledger is well and the server is not stopping.
#[utoipa::path(
    get, operation_id = "getReadiness", path = "/readyz", tag = "operating",
    responses(
        (status = 200, description = "ready", body = String, content_type = "text/plain"),
        (status = 503, description = "stopping or stopped", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn ready(State(app): State<Arc<App>>) -> Result<Response, Problem> {
    if app.is_stopping() {
        return Err(unavailable("the server is stopping").remedy("send requests elsewhere"));
    }
    health(State(app)).await.map(|_| extract::bytes("text/plain; charset=utf-8", "ready\n"))
}

fn unavailable(detail: &'static str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not available", detail)
}

/// How the ledger fares.
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::server) struct StatusView {
    /// The log's origin line.
    origin: String,
    /// The tree's size.
    size: u64,
    /// The tree's root, hexadecimal.
    root: String,
    /// The ledger's time of the newest batch.
    #[schema(value_type = String)]
    t: Timestamp,
    /// The stored index covers the log up to here; what is above is found in memory.
    indexed: u64,
    /// Statements that wait.
    queued: usize,
    /// The ledger has not stopped.
    healthy: bool,
    /// The program's version.
    version: &'static str,
}

/// How the ledger fares.
#[utoipa::path(
    get, operation_id = "getStatus", path = "/api/v1/status", tag = "reading", security(("bearer" = ["read"])),
    responses(
        (status = 200, description = "the status", body = StatusView),
        (status = "4XX", description = "no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn status(State(app): State<Arc<App>>, _: Reader) -> Result<Response, Problem> {
    let (head, status) = (app.ledger.head(), app.ledger.status());
    extract::json(&StatusView {
        origin: app.ledger.origin().to_owned(),
        size: head.size,
        root: hex::encode(head.root),
        t: head.t,
        indexed: status.indexed,
        queued: status.queued,
        healthy: status.fatal.is_none(),
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// Counters, as Prometheus text.
#[utoipa::path(
    get, operation_id = "getMetrics", path = "/metrics", tag = "operating", security(("bearer" = ["metrics"])),
    responses(
        (status = 200, description = "the counters", body = String, content_type = "text/plain"),
        (status = "4XX", description = "no token", body = Problem, content_type = "application/problem+json"),
    )
)]
pub async fn metrics(State(app): State<Arc<App>>, _: Scraper) -> Response {
    let status = app.ledger.status();
    let mut text = app.metrics.text(&figures(&status));
    text.push_str(&commits(&status));
    text.push_str(&app.config.webhooks.metrics());
    text.push_str(&app.config.witnesses.metrics());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

#[expect(clippy::cast_precision_loss, reason = "Prometheus numbers are doubles")]
fn figures(status: &Status) -> Vec<(&'static str, &'static str, &'static str, f64)> {
    let total = "counter";
    vec![
        ("sagwan_log_size", "gauge", "Durable entries of the log", status.size as f64),
        ("sagwan_indexed_size", "gauge", "Entries that the stored index covers", status.indexed as f64),
        ("sagwan_queued_statements", "gauge", "Statements that wait", status.queued as f64),
        ("sagwan_healthy", "gauge", "1 until the ledger stops", f64::from(u8::from(status.fatal.is_none()))),
        ("sagwan_recorded_total", total, "Statements recorded", status.recorded as f64),
        ("sagwan_known_total", total, "Statements submitted again", status.known as f64),
        ("sagwan_refused_total", total, "Statements refused", status.refused as f64),
        ("sagwan_invalid_total", total, "Statements that could not be judged", status.invalid as f64),
        ("sagwan_failed_total", total, "Statements of unclear fate", status.failed as f64),
        ("sagwan_batches_total", total, "Batches made durable", status.batches as f64),
        ("sagwan_entries_total", total, "Entries made durable, seals and denials included", status.entries as f64),
        ("process_resident_memory_bytes", "gauge", "Resident memory of the process", memory() as f64),
    ]
}

/// The histogram of write and sync times, in seconds.
fn commits(status: &Status) -> String {
    let name = "sagwan_commit_seconds";
    let mut text = format!("# HELP {name} Write and sync of a batch\n# TYPE {name} histogram\n");
    let mut sum = 0;
    let bounds = COMMIT_BUCKETS_US.iter().map(|us| format!("{}", *us as f64 / 1e6)).chain(["+Inf".into()]);
    for (bound, count) in bounds.zip(&status.commit_buckets) {
        sum += count;
        text.push_str(&format!("{name}_bucket{{le=\"{bound}\"}} {sum}\n"));
    }
    text.push_str(&format!("{name}_sum {}\n{name}_count {sum}\n", status.commit_us as f64 / 1e6));
    text
}

/// Resident memory in bytes; 0 where the system does not tell.
fn memory() -> u64 {
    let pid = Pid::from_u32(std::process::id());
    let Ok(mut system) = System::new() else { return 0 };
    let kind = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, kind);
    system.process(pid).map_or(0, sysinfo::Process::memory)
}
