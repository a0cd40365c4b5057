//! `sagwan show`: one record, with what was decided about it.

use super::{
    Context, clean,
    failure::Done,
    reader::{Form, ReaderArgs, Source},
    view::{RecordView, text, words},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};

/// Show one record: what it says, who signed it, what was decided, and its proof.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// The log index, or the identity (sha256:…) of a statement of the last 24 hours.
    #[arg(value_name = "INDEX|DIGEST")]
    record: String,
    /// Also its receipt (RFC 9942), in base64.
    #[arg(long)]
    receipt: bool,
    #[command(flatten)]
    reader: ReaderArgs,
}

/// Shows the record.
///
/// # Errors
/// When there is no such record.
pub fn run(args: &Args, context: &Context) -> Done {
    let source = Source::open(context, &args.reader)?;
    let index = source.find(&args.record)?;
    let record = source.record(index)?;
    let receipt = if args.receipt { Some(STANDARD.encode(source.proof(index, Form::Cose)?)) } else { None };
    if context.printer.json {
        let mut view = json!(record);
        if let (Some(receipt), Some(fields)) = (receipt, view.as_object_mut()) {
            fields.insert("receipt".into(), json!(receipt));
        }
        return context.printer.value(&view);
    }
    head(context, &record)?;
    for (position, event) in record.events.iter().enumerate() {
        body(context, position, event, &record)?;
    }
    match receipt {
        Some(receipt) => context.printer.text(&format!("\nreceipt  {receipt}")),
        None => Ok(()),
    }
}

fn head(context: &Context, record: &RecordView) -> Done {
    let suspect = if record.suspect { " (SUSPECT: it may have been in foreign hands)" } else { "" };
    context.printer.fields(&[
        ("record", record.index.to_string()),
        ("decision", record.decided().0),
        ("time", format!("{} (sealed in record {})", record.t, record.seal)),
        ("actor", record.actor.clone()),
        ("signed", format!("{} (claimed)", record.signed_at)),
        ("key", format!("{}{suspect}", record.kid)),
        ("identity", record.identity.to_string()),
        ("policy", record.policy.to_string()),
    ])
}

fn body(context: &Context, position: usize, event: &Json, record: &RecordView) -> Done {
    let ruling = record.rulings.get(position).filter(|_| record.events.len() > 1);
    let decided = ruling.map_or_else(String::new, |ruling| format!("  [{}]", words(ruling).0));
    let env = text(Some(event), "env");
    let env = if env.is_empty() { String::new() } else { format!(" in {env}") };
    let title = format!("{} {}{env}{decided}", text(Some(event), "kind"), text(Some(event), "subject"));
    let json = serde_json::to_string_pretty(event).unwrap_or_default();
    // Only the JSON's own line breaks are line breaks: those in texts are escaped.
    let indented: Vec<String> = json.lines().map(|line| format!("  {}", clean::inline(line))).collect();
    context.printer.text(&format!("\n{}\n{}", clean::inline(&title), indented.join("\n")))
}
