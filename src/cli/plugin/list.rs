//! `sagwan plugin list`: every plugin that the ledger knows, with its bindings.

use super::named::{self, Bound};
use crate::{
    cli::{
        Context,
        failure::Done,
        table::{Table, Tone},
    },
    event::{ActorId, Digest, Env, Subject, Text, body::Stage},
    ledger::MonitorStatus,
    state::{Mark, Published},
};
use serde::Serialize;

/// List every plugin of the ledger with its components and bindings.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Also bindings that have ended.
    #[arg(long)]
    all: bool,
}

/// One plugin.
#[derive(Debug, Serialize)]
struct View {
    plugin: Subject,
    components: Vec<Component>,
    bindings: Vec<BindingView>,
}

#[derive(Debug, Serialize)]
struct Component {
    component: Digest,
    world: &'static str,
    by: ActorId,
}

#[derive(Debug, Serialize)]
struct BindingView {
    binding: Digest,
    component: Digest,
    status: &'static str,
    mode: Stage,
    fail_open: bool,
    kinds: Vec<Text>,
    subjects: Vec<Text>,
    environments: Vec<Env>,
    settings: serde_json::Value,
    bound_by: ActorId,
    index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    approved: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unbound: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watch: Option<Watch>,
}

/// How a monitor fares.
#[derive(Debug, Serialize)]
struct Watch {
    next: u64,
    shown: u64,
    faults: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl Watch {
    fn of(status: &MonitorStatus) -> Self {
        let MonitorStatus { next, shown, faults, problem, .. } = status;
        Self { next: *next, shown: *shown, faults: *faults, problem: problem.clone() }
    }

    /// As the ledger says, before the monitor has begun again.
    fn marked(mark: &Mark) -> Self {
        Self { next: mark.next, shown: mark.shown, faults: mark.faults, problem: None }
    }
}

/// Prints them.
///
/// # Errors
/// When the ledger cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let ledger = context.open()?;
    let monitors = ledger.status().monitors;
    let bindings = named::bindings(&ledger)?;
    let shown = |bound: &&Bound| args.all || bound.binding.unbound.is_none();
    let view = |(plugin, components): (Subject, Vec<Published>)| View {
        bindings: bindings
            .iter()
            .filter(|bound| bound.binding.plugin == plugin)
            .filter(shown)
            .map(|bound| of(bound, &monitors))
            .collect(),
        components: components.iter().map(component).collect(),
        plugin,
    };
    let all: Vec<View> = named::published(&ledger)?.into_iter().map(view).collect();
    if context.printer.json {
        return all.iter().try_for_each(|view| context.printer.value(view));
    }
    print(&all, context)
}

fn component(published: &Published) -> Component {
    Component { component: published.component, world: published.world.as_str(), by: published.by.clone() }
}

fn of(bound: &Bound, monitors: &[MonitorStatus]) -> BindingView {
    let binding = &bound.binding;
    let own = |status: &&MonitorStatus| status.binding == bound.id && status.position == binding.position;
    BindingView {
        binding: bound.id,
        component: binding.component,
        status: status(bound).0,
        mode: binding.mode,
        fail_open: binding.fail_open,
        kinds: binding.kinds.clone(),
        subjects: binding.subjects.clone(),
        environments: binding.environments.clone(),
        settings: serde_json::from_str(binding.settings_text()).unwrap_or_default(),
        bound_by: binding.bound_by.clone(),
        index: binding.index,
        approved: binding.approved,
        unbound: binding.unbound,
        watch: monitors.iter().find(own).map(Watch::of).or_else(|| binding.mark.as_ref().map(Watch::marked)),
    }
}

/// Where a binding stands.
fn status(bound: &Bound) -> (&'static str, Tone) {
    match (bound.binding.approved, bound.binding.unbound) {
        (_, Some(_)) => ("ended", Tone::Quiet),
        (Some(_), None) => ("in effect", Tone::Good),
        (None, None) => ("waits for approval", Tone::Doubtful),
    }
}

fn print(all: &[View], context: &Context) -> Done {
    let mut table = Table::new(&["plugin", "world", "binding", "stands", "mode", "scope", "settings", "by"]);
    for view in all {
        let world = view.components.last().map(|component| component.world).unwrap_or_default();
        if view.bindings.is_empty() {
            table.row([view.plugin.as_str(), world, "", "not bound", "", "", "", ""]);
        }
        for one in &view.bindings {
            let tone = match one.status {
                "in effect" => Tone::Good,
                "ended" => Tone::Quiet,
                _ => Tone::Doubtful,
            };
            let open = if one.fail_open { ", fail-open" } else { "" };
            table.toned([
                (view.plugin.to_string(), Tone::Plain),
                (world.to_owned(), Tone::Plain),
                (one.binding.to_string(), Tone::Plain),
                (one.status.to_owned(), tone),
                (format!("{}{open}", one.mode.as_str()), Tone::Plain),
                (scope(one), Tone::Plain),
                (one.settings.to_string(), Tone::Quiet),
                (one.bound_by.to_string(), Tone::Quiet),
            ]);
        }
    }
    if table.is_empty() {
        context.printer.note("no plugins; `sagwan plugin publish` makes one known");
        return Ok(());
    }
    context.printer.table(&table)?;
    for one in all.iter().flat_map(|view| &view.bindings) {
        if let Some(problem) = one.watch.as_ref().and_then(|watch| watch.problem.as_ref()) {
            context.printer.warn(&format!("the monitor of {} stands still: {problem}", one.binding));
        }
    }
    Ok(())
}

fn scope(one: &BindingView) -> String {
    let texts = |list: &[Text]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let environments = one.environments.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
    let parts: Vec<String> =
        [texts(&one.kinds), texts(&one.subjects), environments].into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join("; ") }
}
