//! `sagwan plugin publish`: puts a component into the ledger's blobs, and records what it is.

use super::{list::can, load};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        key::ledger_event,
        ledger_failure,
        recorder::{Recorder, Secrets},
        signer::SignerArgs,
    },
    event::{Body, Subject, Text, body::PluginPublished},
};
use serde_json::json;
use std::path::PathBuf;

/// Put a component into the ledger and record what it is: digest, world, capabilities.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The component goes into the blobs of the folder or, with --server, of the server, which takes it from the bearer of a token
with the scope `record` (SAGWAN_READ_TOKEN); the statement is signed here. It judges nothing until it is bound, and another
officer has approved the binding.

Example:
  sagwan plugin publish dist/min-auc.wasm && sagwan plugin bind plugin/min-auc@0.1.0 --mode observe")]
pub struct Args {
    /// The component.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The plugin as a subject; otherwise plugin/NAME@VERSION, as the component says.
    #[arg(long, value_name = "plugin/NAME@VERSION")]
    subject: Option<Subject>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Registers the component and records it.
///
/// # Errors
/// When the component or the event is refused.
pub fn run(args: &Args, context: &Context) -> Done {
    let bytes = load::bytes(&args.file)?;
    let recorder = Recorder::new(context, &args.signer)?;
    let described = match recorder.ledger()? {
        Some(ledger) => {
            let busy = context.printer.spinner("compiling, once for each component");
            let registered = ledger.register_plugin(&bytes);
            busy.finish_and_clear();
            registered.map_err(|error| ledger_failure::of(&error))?
        }
        None => {
            let described = load::load(&bytes, context)?.described;
            recorder.put_blob(&bytes)?;
            described
        }
    };
    let named = || format!("plugin/{}@{}", described.name, described.version).parse();
    let subject: Subject =
        args.subject.clone().map_or_else(named, Ok).map_err(|error| {
            Failure::invalid(error.to_string(), "give its subject with --subject plugin/NAME@VERSION")
        })?;
    let body = Body::PluginPublished(PluginPublished {
        component: described.component,
        world: described.world,
        capabilities: described.capabilities.clone(),
    });
    let about = json!({
        "plugin": subject, "component": described.component, "world": described.world,
        "capabilities": described.capabilities, "kinds": described.kinds,
    });
    let event = ledger_event(subject.clone(), body, context.now());
    recorder.record_about(&[event], Secrets::default(), Some(("published", about)))?;
    context.printer.note(&format!(
        "{subject} is {}, a {}; it can: {}; it judges nothing until it is bound: `sagwan plugin bind {subject}`",
        described.component,
        described.world,
        can(&described.capabilities.iter().map(Text::as_str).collect::<Vec<_>>()),
    ));
    Ok(())
}
