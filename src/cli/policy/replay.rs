//! `sagwan policy replay`: the whole history under a candidate. Of decisions nothing is recorded.

use super::{
    flips::{Flips, rehearse, word},
    source,
};
use crate::{
    cli::{Context, asker::AskerArgs, failure::Done, table::Table},
    event::{Decision, Outcome},
    ledger::{Rehearsed, Tally},
    policy::Policy,
};
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Judge every recorded decision again under another policy, and count what would have come of it.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Each decision of the past, refusals included, is judged by itself on the state that it was made on: who held which role
then, which grants ran, how far a model had come. What would have followed from a different decision is not followed.
Nothing of this is recorded but, as for every read, that subjects marked personal were shown.

Examples:
  sagwan policy replay ./policies
  sagwan policy replay sha256:… --json")]
pub struct Args {
    /// The candidate: a folder, `built-in`, `in-force`, a digest or a log index; otherwise ./policies.
    #[arg(value_name = "POLICY")]
    policy: Option<String>,
    #[command(flatten)]
    asker: AskerArgs,
}

/// How many decisions came out so, then and under the candidate.
#[derive(Debug, Serialize)]
struct Count {
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<Decision>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    then: u64,
    candidate: u64,
}

#[derive(Debug, Serialize)]
struct Report {
    candidate: String,
    digest: crate::event::Digest,
    outcomes: Vec<Count>,
    rules: Vec<Count>,
    #[serde(flatten)]
    flips: Flips,
}

/// Rehearses and prints.
///
/// # Errors
/// When there is no ledger, the candidate does not load, or the history cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    let ledger = context.open()?;
    let loaded = source::load(context, &mut Some(ledger.clone()), args.policy.as_deref())?;
    let (name, policy): (_, Arc<Policy>) = (loaded.name, Arc::new(loaded.policy));
    let digest = policy.digest();
    let rehearsed = rehearse(context, &ledger, None, policy)?;
    let flips = Flips::of(&rehearsed);
    flips.tell(&ledger, args.asker.asker(&context.settings()?)?, &format!("policy replay {digest}"))?;
    let report = Report {
        candidate: name,
        digest,
        outcomes: outcomes(&rehearsed.before, &rehearsed.after),
        rules: rules(&rehearsed),
        flips,
    };
    if context.printer.json { context.printer.value(&report) } else { print(&report, context) }
}

fn outcomes(then: &Tally, candidate: &Tally) -> Vec<Count> {
    let keys: BTreeSet<_> = then.outcomes.keys().chain(candidate.outcomes.keys()).copied().collect();
    let count = |tally: &Tally, key| tally.outcomes.get(key).copied().unwrap_or_default();
    let counts = keys.iter().map(|key| Count {
        decision: Some(key.0),
        outcome: Some(key.1),
        rule: None,
        then: count(then, key),
        candidate: count(candidate, key),
    });
    counts.collect()
}

fn rules(rehearsed: &Rehearsed) -> Vec<Count> {
    let both: [&BTreeMap<String, u64>; 2] = [&rehearsed.before.rules, &rehearsed.after.rules];
    let ids: BTreeSet<&String> = both.iter().flat_map(|rules| rules.keys()).collect();
    let count = |rules: &BTreeMap<String, u64>, id: &str| rules.get(id).copied().unwrap_or_default();
    let counts = ids.into_iter().map(|id| Count {
        decision: None,
        outcome: None,
        rule: Some(id.clone()),
        then: count(both[0], id),
        candidate: count(both[1], id),
    });
    counts.collect()
}

fn print(report: &Report, context: &Context) -> Done {
    let printer = &context.printer;
    printer.fields(&[
        ("candidate", format!("{} ({})", report.candidate, report.digest)),
        ("history", report.flips.in_words()),
    ])?;
    let mut table = Table::new(&["came out", "then", "under the candidate"]);
    for count in &report.outcomes {
        if let (Some(decision), Some(outcome)) = (count.decision, count.outcome) {
            table.row([word(decision, outcome).to_owned(), count.then.to_string(), count.candidate.to_string()]);
        }
    }
    printer.text("\nDecisions")?;
    printer.table(&table)?;
    let mut table = Table::new(&["rule", "then", "under the candidate"]);
    for count in report.rules.iter().filter(|count| count.then != count.candidate) {
        let rule = count.rule.clone().unwrap_or_default();
        table.row([rule, count.then.to_string(), count.candidate.to_string()]);
    }
    if !table.is_empty() {
        printer.text("\nRules that decide more or fewer")?;
        printer.table(&table)?;
    }
    if !report.flips.flips.is_empty() {
        printer.text("\nDecisions that would have been others")?;
        printer.table(&report.flips.table())?;
    }
    Ok(())
}
