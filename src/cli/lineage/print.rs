//! Answers as tables.

use crate::{
    cli::{
        Context,
        failure::Done,
        table::{Table, Tone},
    },
    lineage::graph::{Bound, Graph},
};

/// The subjects and edges of a graph.
pub fn graph(context: &Context, graph: &Graph) -> Done {
    let mut nodes = Table::new(&["distance", "subject", "records", ""]);
    for node in &graph.nodes {
        let mark = if node.external { "external" } else { "" };
        let records = node.records.map_or_else(|| "…".to_owned(), |count| count.to_string());
        nodes.row([node.distance.to_string(), node.subject.to_string(), records, mark.to_owned()]);
    }
    context.printer.table(&nodes)?;
    if !graph.edges.is_empty() {
        context.printer.text("")?;
        let mut edges = Table::new(&["record", "time", "from", "to", "by", "env", ""]);
        for edge in &graph.edges {
            let (mark, tone) = if edge.against_rules { ("against a rule", Tone::Doubtful) } else { ("", Tone::Plain) };
            edges.toned([
                (edge.index.to_string(), Tone::Plain),
                (edge.t.to_string(), Tone::Quiet),
                (edge.from.to_string(), Tone::Plain),
                (edge.to.to_string(), Tone::Plain),
                (edge.kind.to_string(), Tone::Plain),
                (edge.env.map(|env| env.to_string()).unwrap_or_default(), Tone::Plain),
                (mark.to_owned(), tone),
            ]);
        }
        context.printer.table(&edges)?;
    }
    remarks(context, &graph.withheld, graph.cut);
    Ok(())
}

/// What is missing from an answer, and why.
fn remarks(context: &Context, withheld: &[u64], cut: Option<Bound>) {
    if !withheld.is_empty() {
        context
            .printer
            .warn(&format!("{} records in these lists are withheld: edges may hide in them", withheld.len()));
    }
    let bound = match cut {
        None => return,
        Some(Bound::Nodes) => "subjects: see --nodes",
        Some(Bound::Edges) => "edges: ask for less depth, or for one kind",
        Some(Bound::Records) => "records read: ask for less depth, or as of an earlier time",
    };
    context.printer.warn(&format!("the answer is cut at the bound on {bound}"));
}
