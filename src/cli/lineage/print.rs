//! Answers as tables.

use super::tables;
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::Done,
        table::{Table, Tone},
    },
    lineage::{
        CHAPTERS, ColumnGraph, Difference, Direction, Found, History, Inventory, Line, Path, Recipe, Sample,
        graph::{Bound, Graph},
    },
};
use serde_json::Value;

/// Any answer.
pub fn found(context: &Context, found: &Found) -> Done {
    match found {
        Found::Lineage(graph) => self::graph(context, graph),
        Found::Columns(found) => columns(context, found),
        Found::Path(path) => self::path(context, path),
        Found::Impact(impact) => {
            graph(context, &impact.graph)?;
            titled(context, "SERVES", &tables::serving(&impact.serving))
        }
        Found::Difference(difference) => self::difference(context, difference),
        Found::Timeline(timeline) => {
            shown(context, &tables::lines(&timeline.lines), "nothing is recorded about it")?;
            titled(context, "VERDICTS", &tables::verdicts(&timeline.lines))?;
            remarks(context, &timeline.withheld, timeline.cut);
            Ok(())
        }
        Found::History(history) => self::history(context, history),
        Found::Inventory(inventory) => self::inventory(context, inventory),
        Found::Reproduce(recipe) => self::recipe(context, recipe),
        Found::Sample(sample) => self::sample(context, sample),
    }
}

fn shown(context: &Context, table: &Table, otherwise: &str) -> Done {
    if table.is_empty() { context.printer.text(otherwise) } else { context.printer.table(table) }
}

/// A table below a heading, if it has rows.
fn titled(context: &Context, heading: &str, table: &Table) -> Done {
    if table.is_empty() {
        return Ok(());
    }
    context.printer.text(&format!("\n{heading}"))?;
    context.printer.table(table)
}

fn graph(context: &Context, graph: &Graph) -> Done {
    let mut nodes = Table::new(&["distance", "subject", "records", ""]);
    for node in &graph.nodes {
        let mark = if node.external { "external" } else { "" };
        let records = node.records.map_or_else(|| "…".to_owned(), |count| count.to_string());
        nodes.row([node.distance.to_string(), node.subject.to_string(), records, mark.to_owned()]);
    }
    context.printer.table(&nodes)?;
    titled(context, "EDGES", &tables::edges(&graph.edges))?;
    remarks(context, &graph.withheld, graph.cut);
    Ok(())
}

fn columns(context: &Context, found: &ColumnGraph) -> Done {
    let mut nodes = Table::new(&["distance", "subject", "column"]);
    for node in &found.nodes {
        nodes.row([node.distance.to_string(), node.at.subject.to_string(), tables::column(&node.at)]);
    }
    context.printer.table(&nodes)?;
    titled(context, "EDGES", &tables::columns(&found.edges))?;
    remarks(context, &found.withheld, found.cut);
    Ok(())
}

fn path(context: &Context, path: &Path) -> Done {
    let way = match path.direction {
        None => format!("no path, among {} subjects that were looked at", path.looked_at),
        Some(Direction::Upstream) => "the first came of the second:".to_owned(),
        Some(_) => "the second came of the first:".to_owned(),
    };
    context.printer.text(&way)?;
    if !path.edges.is_empty() {
        context.printer.table(&tables::edges(&path.edges))?;
    }
    remarks(context, &path.withheld, path.cut);
    Ok(())
}

fn difference(context: &Context, difference: &Difference) -> Done {
    let nothing = difference.subjects.is_empty()
        && difference.edges.is_empty()
        && difference.begun.is_empty()
        && difference.ended.is_empty();
    if nothing {
        context.printer.text(&format!("nothing changed since entry {}", difference.before))?;
    }
    let mut subjects = Table::new(&["new"]);
    difference.subjects.iter().for_each(|subject| subjects.row([subject.to_string()]));
    titled(context, "NEW SUBJECTS", &subjects)?;
    titled(context, "NEW EDGES", &tables::edges(&difference.edges))?;
    let begun = difference.begun.iter().map(|one| ("+", one));
    let ended = difference.ended.iter().map(|one| ("-", one));
    titled(context, "SERVES NOW (+), SERVED THEN (-)", &tables::serving_changed(begun.chain(ended)))?;
    remarks(context, &difference.withheld, difference.cut.then_some(Bound::Records));
    Ok(())
}

fn history(context: &Context, history: &History) -> Done {
    let mut origin = Table::new(&["distance", "subject"]);
    history.origin.nodes.iter().for_each(|node| origin.row([node.distance.to_string(), node.subject.to_string()]));
    context.printer.text("ORIGIN")?;
    context.printer.table(&origin)?;
    for (run, made) in &history.runs {
        context.printer.text(&format!("\n{run}"))?;
        context.printer.fields(&facts(made))?;
    }
    for chapter in CHAPTERS {
        if let Some(lines) = history.chapters.get(chapter) {
            titled(context, &chapter.to_uppercase(), &tables::lines(lines))?;
        }
    }
    titled(context, "VERDICTS", &tables::verdicts(history.chapters.values().flatten()))?;
    let mut policies = Table::new(&["policy", "from record"]);
    history.policies.iter().for_each(|(digest, index)| policies.row([digest.to_string(), index.to_string()]));
    titled(context, "DECIDED UNDER", &policies)?;
    titled(context, "SERVES", &tables::serving(&history.serving))?;
    remarks(context, &history.withheld, history.cut.or(history.origin.cut));
    Ok(())
}

fn inventory(context: &Context, inventory: &Inventory) -> Done {
    shown(context, &tables::serving(&inventory.serving), "nothing serves")?;
    let mut systems = Table::new(&["system", "risk class", "record"]);
    for system in &inventory.systems {
        systems.row([system.subject.to_string(), system.risk_class.to_string(), system.index.to_string()]);
    }
    titled(context, "SYSTEMS", &systems)?;
    remarks(context, &inventory.withheld, inventory.cut.then_some(Bound::Records));
    Ok(())
}

fn facts(recipe: &Recipe) -> Vec<(&'static str, String)> {
    let code = recipe.code.as_ref().map(|code| {
        let dirty = if code.dirty { " (dirty)" } else { "" };
        let from = code.repository.as_ref().map(|url| format!(" of {}", url.as_str())).unwrap_or_default();
        format!("{}{from}{dirty}", code.commit.as_str())
    });
    let parameters: Vec<String> = recipe.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    vec![
        ("code", code.unwrap_or_default()),
        ("command", recipe.command.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default()),
        ("parameters", parameters.join(" ")),
        ("runtime", recipe.runtime.as_ref().map(ToString::to_string).unwrap_or_default()),
        ("captured", recipe.captured.as_ref().map(|captured| leaves("", captured).join(" ")).unwrap_or_default()),
    ]
}

/// What stands in a value, each with the way to it: `hardware.cores=2`.
fn leaves(way: &str, value: &Value) -> Vec<String> {
    match value {
        Value::Object(fields) => fields.iter().flat_map(|(name, of)| leaves(&format!("{way}.{name}"), of)).collect(),
        leaf => vec![format!("{}={leaf}", way.trim_start_matches('.'))],
    }
}

fn recipe(context: &Context, recipe: &Recipe) -> Done {
    context.printer.fields(&facts(recipe))?;
    for (heading, parts) in [("INPUTS", &recipe.inputs), ("OUTPUTS", &recipe.outputs)] {
        let mut table = Table::new(&["subject", "digest", "source"]);
        for part in parts {
            table.row([
                part.subject.to_string(),
                part.digest.map(|digest| digest.to_string()).unwrap_or_default(),
                part.source.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default(),
            ]);
        }
        titled(context, heading, &table)?;
    }
    let mut missing = Table::new(&["of", "what"]);
    for lack in &recipe.missing {
        missing.toned([(lack.of.as_str(), Tone::Plain), (lack.why.as_str(), Tone::Bad)]);
    }
    titled(context, "MISSING", &missing)?;
    if recipe.missing.is_empty() {
        context.printer.text("\nall that is needed is recorded")?;
    }
    remarks(context, &recipe.withheld, recipe.cut);
    Ok(())
}

fn sample(context: &Context, sample: &Sample) -> Done {
    context.printer.text(&format!("{} drawn from {} records", sample.drawn.len(), sample.population))?;
    let lines: Vec<&Line> = sample.drawn.iter().filter_map(|item| item.line.as_ref()).collect();
    if !lines.is_empty() {
        context.printer.table(&tables::lines(lines.iter().copied()))?;
        titled(context, "VERDICTS", &tables::verdicts(lines))?;
    }
    let withheld: Vec<u64> = sample.drawn.iter().filter(|item| item.line.is_none()).map(|item| item.index).collect();
    remarks(context, &withheld, None);
    Ok(())
}

/// What is missing from an answer, and why.
fn remarks(context: &Context, withheld: &[u64], cut: Option<Bound>) {
    if !withheld.is_empty() {
        context
            .printer
            .warn(&format!("{} withheld from these lists: more may hide in them", counted(withheld.len(), "record")));
    }
    let bound = match cut {
        None => return,
        Some(Bound::Nodes) => "subjects: see --nodes",
        Some(Bound::Edges) => "edges: ask for less depth, or for one kind",
        Some(Bound::Records) => "records read: ask for less depth, or as of an earlier time",
    };
    context.printer.warn(&format!("the answer is cut at the bound on {bound}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_captured_reads_as_names_and_values() {
        let captured = json!({"os": "Linux 6", "hardware": {"cores": 2, "accelerators": ["A"]}, "details": {}});
        assert_eq!(leaves("", &captured), ["os=\"Linux 6\"", "hardware.cores=2", "hardware.accelerators=[\"A\"]"]);
    }
}
