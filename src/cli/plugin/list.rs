//! `sagwan plugin list`: every plugin that the ledger knows, with its bindings.

use crate::{
    cli::{
        Context,
        failure::Done,
        ledger_failure,
        reader::{ReaderArgs, Source},
        table::{Table, Tone},
    },
    ledger::Asker,
    server::{BindingView, PluginView},
};

/// List every plugin of the ledger with its components, what they can do, and its bindings.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Also bindings that have ended.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    reader: ReaderArgs,
}

/// Prints them.
///
/// # Errors
/// When the ledger cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let mut views = all(&Source::open(context, &args.reader)?)?;
    if !args.all {
        views.iter_mut().for_each(|view| view.bindings.retain(|one| one.unbound.is_none()));
    }
    if context.printer.json {
        return views.iter().try_for_each(|view| context.printer.value(view));
    }
    print(&views, context)
}

/// Every plugin that may be seen.
///
/// # Errors
/// When the ledger cannot be read.
pub fn all(source: &Source) -> Done<Vec<PluginView>> {
    match source {
        Source::Folder(ledger, asker) => {
            let seen = PluginView::all(ledger, Asker::clone(asker)).map_err(|error| ledger_failure::of(&error))?;
            Ok(seen.value)
        }
        Source::Server(remote) => remote.get("/api/v1/plugins", &[]),
    }
}

fn print(all: &[PluginView], context: &Context) -> Done {
    let columns = ["plugin", "world", "component", "can", "binding", "stands", "mode", "scope", "settings", "by"];
    let mut table = Table::new(&columns);
    for view in all {
        if let Some(last) = view.components.last().filter(|_| view.bindings.is_empty()) {
            let can = can(&last.capabilities);
            table.row([&view.plugin, &last.world, &last.component, &can, "", "not bound", "", "", "", ""]);
        }
        for one in &view.bindings {
            let tone = match one.status.as_str() {
                "in effect" => Tone::Good,
                "ended" => Tone::Quiet,
                _ => Tone::Doubtful,
            };
            let open = if one.fail_open { ", fail-open" } else { "" };
            table.toned([
                (view.plugin.clone(), Tone::Plain),
                (one.world.clone().unwrap_or_default(), Tone::Plain),
                (one.component.clone(), Tone::Quiet),
                (can(&one.capabilities), Tone::Plain),
                (one.binding.clone(), Tone::Plain),
                (one.status.clone(), tone),
                (format!("{}{open}", one.mode), Tone::Plain),
                (scope(one), Tone::Plain),
                (one.settings.to_string(), Tone::Quiet),
                (one.bound_by.clone(), Tone::Quiet),
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

/// What a component can do, in words.
#[must_use]
pub fn can<T: AsRef<str>>(capabilities: &[T]) -> String {
    let list: Vec<&str> = capabilities.iter().map(AsRef::as_ref).collect();
    if list.is_empty() { "nothing but look at the event".to_owned() } else { list.join(", ") }
}

/// All that whoever approves a binding should know, a line each.
///
/// # Errors
/// When stdout cannot be written.
pub fn print_binding(one: &BindingView, context: &Context) -> Done {
    let open = if one.fail_open { ", and a fault lets the event pass" } else { "" };
    context.printer.fields(&[
        ("plugin", format!("{}, a {}", one.plugin, one.world.as_deref().unwrap_or("component of unknown world"))),
        ("component", one.component.clone()),
        ("can", can(&one.capabilities)),
        ("mode", format!("{}{open}", one.mode)),
        ("scope", scope(one)),
        ("settings", one.settings.to_string()),
        ("bound by", format!("{}, record {}", one.bound_by, one.index)),
    ])
}

fn scope(one: &BindingView) -> String {
    let lists = [&one.kinds, &one.subjects, &one.environments].map(|list| list.join(" or "));
    let parts: Vec<&str> = lists.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "everything".to_owned() } else { parts.join("; ") }
}
