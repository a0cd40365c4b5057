//! `sagwan plugin inspect`: what a component is, what it can do, and what it says of itself.

use super::load;
use crate::{
    cli::{Context, counted::counted, failure::Done},
    plugin::{Anatomy, Described},
};
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// Show a component: world, capabilities, settings, kinds, digest, size, what built it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
What a component imports is what it can do: log (words for its author), query (the ledger before the event), json (CBOR as
text), state (a monitor's memory). There is nothing else: no network, no files, no clock, no randomness.")]
pub struct Args {
    /// The component.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print the JSON Schema of its settings and nothing else.
    #[arg(long)]
    schema: bool,
}

/// Prints it.
///
/// # Errors
/// When the file is not a plugin.
pub fn run(args: &Args, context: &Context) -> Done {
    let bytes = load::bytes(&args.file)?;
    let anatomy = Anatomy::of(&bytes);
    let loaded = load::load(&bytes, context)?;
    let described = &loaded.described;
    if args.schema {
        let schema = serde_json::to_string_pretty(&described.settings_schema).unwrap_or_default();
        return context.printer.text(&schema);
    }
    if context.printer.json {
        return context.printer.value(&shape(described, &anatomy));
    }
    print(described, &anatomy, context)
}

/// A described plugin as JSON.
#[must_use]
pub fn shape(described: &Described, anatomy: &Anatomy) -> Json {
    json!({
        "component": described.component, "name": described.name, "version": described.version,
        "world": described.world, "contract": described.contract, "capabilities": described.capabilities,
        "summary": described.summary, "kinds": described.kinds, "settings_schema": described.settings_schema,
        "attributes": described.attributes, "bytes": described.bytes, "modules": anatomy.modules,
        "functions": described.functions, "memory_bytes": anatomy.memory_bytes, "producers": anatomy.producers,
    })
}

fn print(described: &Described, anatomy: &Anatomy, context: &Context) -> Done {
    let list = |words: Vec<String>, none: &str| if words.is_empty() { none.to_owned() } else { words.join(", ") };
    let capabilities = described.capabilities.iter().map(ToString::to_string).collect();
    let kinds = described.kinds.iter().map(|kind| kind.as_str().to_owned()).collect();
    let attributes = described.attributes.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    context.printer.fields(&[
        ("plugin", format!("{}@{}", described.name, described.version)),
        ("what it does", described.summary.to_string()),
        ("world", format!("{} of sagwan:plugin@{}", described.world, described.contract)),
        ("can", list(capabilities, "nothing but look at the event")),
        ("speaks of", list(kinds, "every kind of event")),
        ("component", described.component.to_string()),
        ("bytes", described.bytes.to_string()),
        ("functions", format!("{} in {}", described.functions, counted(anatomy.modules, "module"))),
        ("memory", format!("{} bytes at its start", anatomy.memory_bytes)),
        ("built by", anatomy.producers.join(", ")),
        ("also", list(attributes, "")),
    ])?;
    settings(described, context)
}

/// The settings, as far as the schema lists them plainly.
fn settings(described: &Described, context: &Context) -> Done {
    let Some(properties) = described.settings_schema.get("properties").and_then(Json::as_object) else {
        return context.printer.text("\nNo settings are listed by its schema.");
    };
    let mut table = crate::cli::table::Table::new(&["setting", "type", "default", "what it is"]);
    for (name, about) in properties {
        let plain = |field: &str| match about.get(field) {
            None => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        table.row([name.clone(), plain("type"), plain("default"), plain("description")]);
    }
    if table.is_empty() {
        return context.printer.text("\nIt has no settings.");
    }
    context.printer.text("")?;
    context.printer.table(&table)
}
