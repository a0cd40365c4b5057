//! `sagwan serve`: the ledger behind its HTTP server.

use super::{
    Context,
    failure::{Done, Failure, Kind},
    ledger_failure, webhook, witness,
};
use crate::{
    notify::Service,
    server::{self, ServerError},
    witness::Service as Witnesses,
};
use serde_json::json;
use std::net::SocketAddr;

/// Serve the ledger over HTTP until SIGINT or SIGTERM.
#[derive(clap::Args, Debug)]
#[command(after_help = "The settings are in [server] of sagwan.toml; docs/http.md describes the interface.")]
pub struct Args {
    /// Address and port, in the place of server.listen; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Serve although a witness shows a checkpoint that this ledger signed and does not have.
    #[arg(long)]
    although_behind: bool,
}

/// Serves the ledger.
///
/// # Errors
/// When settings, files or address do not work, or the ledger cannot be opened or does not close well.
pub fn run(args: &Args, context: &Context) -> Done {
    let mut config = context.settings()?.server();
    if let Some(listen) = args.listen {
        config.listen = listen;
    }
    let printer = context.printer.clone();
    config.notices = server::Notices::to(move |line| printer.warn(line));
    let endpoints = context.settings()?.webhooks()?;
    let witnessing = context.settings()?.witnessing()?;
    let ledger = context.open()?;
    let printer = context.printer.clone();
    let tell = move |line: &str| printer.warn(line);
    let witnesses = Witnesses::start(&ledger, witnessing, &config.witnesses, args.although_behind, tell);
    let witnesses = witnesses.map_err(|error| witness::failure(&error))?;
    let stop_witnesses = witnesses.stopper();
    let printer = context.printer.clone();
    let couriers = Service::start(&ledger, endpoints, &config.webhooks, move |line| printer.warn(line));
    let couriers = couriers.map_err(|error| webhook::failure(&error))?;
    let stop_couriers = couriers.stopper();
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let runtime = server::runtime(&config).map_err(|error| failure(&error))?;
    let size = ledger.head().size;
    let ready = |address: SocketAddr| {
        let told = if context.printer.json {
            context.printer.value(&json!({ "listening": format!("{scheme}://{address}"), "size": size }))
        } else {
            context.printer.text(&format!("listening on {scheme}://{address} ({size} records; interface at /docs)"))
        };
        // Nobody may be reading: the server serves all the same.
        drop(told);
    };
    let served = runtime.block_on(async {
        let stop = server::stop_signal()?;
        let stop = async {
            stop.await;
            stop_couriers();
            stop_witnesses();
        };
        server::serve(ledger, config, ready, stop).await
    });
    couriers.stop();
    witnesses.stop();
    served.map_err(|error| failure(&error))
}

fn failure(error: &ServerError) -> Failure {
    let kind = match error {
        ServerError::Plaintext { .. } | ServerError::Setting { .. } | ServerError::PersonalEntries { .. } => {
            Kind::Usage
        }
        ServerError::File { .. } => Kind::NotFound,
        ServerError::Content { .. } => Kind::Invalid,
        ServerError::Listen { .. } => Kind::Busy,
        ServerError::System { .. } | ServerError::Close { .. } => Kind::Io,
    };
    ledger_failure::split(kind, &error.to_string(), "correct [server] of sagwan.toml; docs/http.md lists its settings")
}
