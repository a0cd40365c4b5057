//! `sagwan plugin bind`, `approve`, `unbind`: how a rule comes into effect, and how it ends.

use super::{
    list,
    named::{self, Stands},
    reach,
    scope::{ScopeArgs, settings, word},
};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        key::ledger_event,
        ledger_failure,
        recorder::{Recorder, Secrets},
        signer::SignerArgs,
    },
    event::{
        Body, Digest, Event, Subject, Text,
        body::{PluginApproved, PluginBound, PluginUnbound, Stage},
    },
    ledger::Ledger,
    server::{BindingView, PluginView},
};

/// Bind a published plugin to settings, a scope and a mode; it waits for another officer.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Begin with --mode observe, look at `sagwan plugin log`, then bind again to warn or enforce: a threshold or a mode changes by
a new binding, the old one ends with `sagwan plugin unbind`.

Examples:
  sagwan plugin bind plugin/min-auc@0.1.0 --mode observe --settings '{\"minimum\":0.75}' --kind model.evaluated
  sagwan plugin bind plugin/personal-data@0.1.0 --mode enforce --env prod")]
pub struct Bind {
    /// The plugin.
    #[arg(value_name = "plugin/NAME@VERSION")]
    plugin: Subject,
    /// The component, where it has several; otherwise the one published last.
    #[arg(long, value_name = "DIGEST")]
    component: Option<Digest>,
    /// What a rejection does: `observe` and `warn` record, `enforce` refuses.
    #[arg(long, value_name = "MODE", value_parser = word::<Stage>)]
    mode: Stage,
    /// The settings: JSON, or a file that holds it; otherwise the plugin's defaults.
    #[arg(long, value_name = "JSON|FILE")]
    settings: Option<String>,
    /// A fault of the plugin lets the event pass; otherwise it counts as a rejection.
    #[arg(long)]
    fail_open: bool,
    #[command(flatten)]
    scope: ScopeArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Approve a binding that somebody else made: it is then in effect.
#[derive(clap::Args, Debug)]
pub struct Approve {
    /// The binding: the identity of its statement, as `sagwan plugin list` shows it, or the plugin if it has one.
    #[arg(value_name = "BINDING")]
    binding: String,
    /// The plugin, where the approval goes to a server that you may not read from.
    #[arg(long, value_name = "plugin/NAME@VERSION")]
    plugin: Option<Subject>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// End a binding.
#[derive(clap::Args, Debug)]
pub struct Unbind {
    /// The binding: the identity of its statement, as `sagwan plugin list` shows it, or the plugin if it has one.
    #[arg(value_name = "BINDING")]
    binding: String,
    /// Why.
    #[arg(long)]
    reason: Text,
    /// The plugin, where it goes to a server that you may not read from.
    #[arg(long, value_name = "plugin/NAME@VERSION")]
    plugin: Option<Subject>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// Records a binding.
///
/// # Errors
/// When the ledger refuses, or the settings are no JSON.
pub fn bind(args: &Bind, context: &Context) -> Done {
    let settings = settings(args.settings.as_deref())?;
    let recorder = Recorder::new(context, &args.signer)?;
    let (kinds, subjects) = (args.scope.kinds()?, args.scope.subjects());
    let ledger = recorder.ledger()?;
    let component = match (args.component, &ledger) {
        (Some(component), _) => component,
        (None, Some(ledger)) => named::component(ledger, &args.plugin)?,
        (None, None) => named::component_of(&there(&recorder, "--component DIGEST")?, &args.plugin)?,
    };
    let described = ledger.as_ref().and_then(|ledger| ledger.plugin(&component).ok());
    for warning in reach::check(&kinds, &subjects, described.as_ref())? {
        context.printer.warn(&format!("warning: {warning}"));
    }
    let body = Body::PluginBound(PluginBound {
        component,
        mode: args.mode,
        settings,
        kinds,
        subjects,
        environments: args.scope.environments(),
        fail_open: args.fail_open,
    });
    let fate = recorder.record(&[event(&args.plugin, body, context)], Secrets::default())?;
    if args.scope.is_everything() {
        context.printer.note("its scope is everything: each event that is recorded costs a call");
    }
    if let Some(id) = fate.identity {
        context.printer.note(&format!("it waits for another officer: `sagwan plugin approve {id}`"));
    }
    Ok(())
}

/// Records an approval.
///
/// # Errors
/// When the ledger refuses.
pub fn approve(args: &Approve, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let ledger = recorder.ledger()?;
    let (id, plugin) = find(&recorder, ledger.as_ref(), &args.binding, args.plugin.as_ref(), Stands::Waits)?;
    let view = shown(&recorder, &id, context);
    if let Some(view) = view.as_ref().filter(|_| !context.printer.json) {
        list::print_binding(view, context)?;
    }
    let body = Body::PluginApproved(PluginApproved { binding: id });
    let about = view.and_then(|view| serde_json::to_value(view).ok()).map(|view| ("approved", view));
    recorder.record_about(&[event(&plugin, body, context)], Secrets::default(), about)?;
    let Some(ledger) = ledger else { return Ok(()) };
    let in_effect = ledger.state(|state| state.bindings_of(&id).iter().any(crate::state::Binding::is_in_effect));
    context.printer.note(match in_effect.map_err(|error| ledger_failure::of(&error))? {
        true => "it is in effect",
        false => "it is not in effect: somebody other than who bound it must approve it",
    });
    Ok(())
}

/// Records an end.
///
/// # Errors
/// When the ledger refuses.
pub fn unbind(args: &Unbind, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let ledger = recorder.ledger()?;
    let (id, plugin) = find(&recorder, ledger.as_ref(), &args.binding, args.plugin.as_ref(), Stands::Open)?;
    let body = Body::PluginUnbound(PluginUnbound { binding: id, reason: args.reason.clone() });
    recorder.record(&[event(&plugin, body, context)], Secrets::default()).map(|_| ())
}

fn event(plugin: &Subject, body: Body, context: &Context) -> Event {
    ledger_event(plugin.clone(), body, context.now())
}

/// What whoever approves a binding is shown, where he may read it.
fn shown(recorder: &Recorder<'_>, id: &Digest, context: &Context) -> Option<BindingView> {
    let id = id.to_string();
    let all = recorder.source().and_then(|source| list::all(&source));
    match all.map(|all| all.into_iter().flat_map(|view| view.bindings).find(|one| one.binding == id)) {
        Ok(Some(found)) => return Some(found),
        Ok(None) => context.printer.warn("warning: what this binding does cannot be shown: it is not for you to read"),
        Err(failure) => {
            context.printer.warn(&format!("warning: what this binding does cannot be shown: {}", failure.what))
        }
    }
    None
}

/// The binding that is meant, and its plugin. Who names both to a server need not read from it.
fn find(
    recorder: &Recorder<'_>,
    ledger: Option<&Ledger>,
    text: &str,
    plugin: Option<&Subject>,
    stands: Stands,
) -> Done<(Digest, Subject)> {
    match (ledger, text.parse(), plugin) {
        (Some(ledger), ..) => {
            let bound = named::binding(ledger, text, stands)?;
            Ok((bound.id, bound.binding.plugin))
        }
        (None, Ok(id), Some(plugin)) => Ok((id, plugin.clone())),
        _ => named::binding_of(&there(recorder, "sha256:… and --plugin plugin/NAME@VERSION")?, text, stands),
    }
}

/// The plugins of a server, for what was not named: `instead` does without them.
fn there(recorder: &Recorder<'_>, instead: &str) -> Done<Vec<PluginView>> {
    recorder.source().and_then(|source| list::all(&source)).map_err(|failure| Failure {
        what: format!("the server does not say what its plugins are: {}", failure.what),
        next: format!("{}; or name {instead}, which needs no reading", failure.next),
        ..failure
    })
}
