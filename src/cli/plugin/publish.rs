//! `sagwan plugin publish`: puts a component into the ledger's blobs, and records what it is.

use super::load;
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        key::ledger_event,
        ledger_failure,
        recorder::{Recorder, Secrets},
        signer::SignerArgs,
    },
    event::{Body, Subject, body::PluginPublished},
};
use std::path::PathBuf;

/// Put a component into the ledger and record what it is: digest, world, capabilities.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Run it where the ledger's folder is: the component goes into its blobs, which no server takes. It judges nothing until it
is bound, and another officer has approved the binding.

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
    let ledger = recorder.ledger()?.ok_or_else(|| {
        let next = "run it where the ledger's folder is, without --server; bindings and approvals may go to the server";
        Failure::usage("a server takes no components", next)
    })?;
    let busy = context.printer.spinner("compiling, once for each component");
    let registered = ledger.register_plugin(&bytes);
    busy.finish_and_clear();
    let described = registered.map_err(|error| ledger_failure::of(&error))?;
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
    recorder.record(&[ledger_event(subject.clone(), body, context.now())], Secrets::default())?;
    let list: Vec<String> = described.capabilities.iter().map(ToString::to_string).collect();
    let can = if list.is_empty() { "nothing but look at the event".to_owned() } else { list.join(", ") };
    context.printer.note(&format!(
        "{subject} is {}, a {}; it can: {can}; it judges nothing until it is bound: `sagwan plugin bind {subject}`",
        described.component, described.world,
    ));
    Ok(())
}
