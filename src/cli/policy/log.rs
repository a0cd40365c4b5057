//! `sagwan policy log`: decisions, with the rules that made them.

use super::flips::word;
use crate::{
    cli::{
        Context,
        failure::Done,
        reader::{ReaderArgs, Source},
        table::{Table, Tone},
        view::{RecordView, text},
        when,
    },
    decide::rules,
    event::{ActorId, Decision, Digest, Env, Outcome, SealedDecision, Subject, Timestamp},
    ledger::{DecisionFilter, Query},
};
use serde::Serialize;
use serde_json::Value as Json;

/// List decisions with the rules that made them, newest first.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Every event that was recorded, with the rules that allowed it, and every refusal, with the rules that refused it. What the
log says about itself is left out: nobody decides about it. Where there is more, the last line says how to go on.

Examples:
  sagwan policy log --outcome deny --since 7d
  sagwan policy log --rule mle-model-promote --env prod
  sagwan policy log --actor user:ada --object model/credit@3 --json")]
pub struct Args {
    /// Decisions that this rule made, or had a part in.
    #[arg(long)]
    rule: Option<String>,
    /// Decisions on what this actor signed.
    #[arg(long)]
    actor: Option<ActorId>,
    /// Decisions about this subject.
    #[arg(long)]
    object: Option<Subject>,
    /// allow: no rule was against it; deny: refused; would-deny: recorded although a rule would refuse it.
    #[arg(long, value_enum)]
    outcome: Option<Wanted>,
    /// Decisions in this environment.
    #[arg(long)]
    env: Option<Env>,
    /// Decided at this time or later.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Decided before this time.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// At most this many; 0 for all.
    #[arg(long, short = 'n', default_value_t = 50)]
    limit: usize,
    /// Go on at this log index, as the last page said.
    #[arg(long, value_name = "INDEX")]
    cursor: Option<u64>,
    #[command(flatten)]
    reader: ReaderArgs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Wanted {
    Allow,
    Deny,
    WouldDeny,
}

/// One decision.
#[derive(Clone, Debug, Serialize)]
struct DecisionView {
    index: u64,
    position: u64,
    t: Timestamp,
    actor: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    env: String,
    kind: String,
    object: String,
    decision: Decision,
    outcome: Outcome,
    rules: Vec<String>,
    /// The bundle that was in force.
    policy: Digest,
    /// How many more refusals the record sums up.
    #[serde(skip_serializing_if = "Option::is_none")]
    more: Option<u64>,
}

/// Prints the decisions asked for.
///
/// # Errors
/// When the ledger cannot be opened or read.
pub fn run(args: &Args, context: &Context) -> Done {
    let query = query(args, context)?;
    let source = Source::open(context, &args.reader)?;
    let mut table = Table::new(&["record", "time", "actor", "env", "kind", "object", "came out", "by"]);
    let mut left = if args.limit == 0 { usize::MAX } else { args.limit };
    let next = source.each_while(query, |record| {
        for decision in decisions(record).iter().filter(|decision| args.wants(decision)) {
            if context.printer.json {
                context.printer.value(decision)?;
            } else {
                row(&mut table, decision);
            }
            left = left.saturating_sub(1);
        }
        Ok(left > 0)
    })?;
    if !context.printer.json {
        if table.is_empty() {
            context.printer.note("no such decisions");
        } else {
            context.printer.table(&table)?;
        }
    }
    if let Some(next) = next {
        context.printer.note(&format!("there may be more: go on with --cursor {next}"));
    }
    Ok(())
}

fn query(args: &Args, context: &Context) -> Done<Query> {
    let now = context.now();
    let time = |text: &Option<String>| text.as_deref().map(|text| when::parse(text, now)).transpose();
    let decision = args.outcome.map(|outcome| match outcome {
        Wanted::Allow => DecisionFilter::Allow,
        Wanted::Deny => DecisionFilter::Deny,
        Wanted::WouldDeny => DecisionFilter::WouldDeny,
    });
    // The index finds records by the rules that were against them; what a rule allowed is found by looking at each.
    let against = matches!(args.outcome, Some(Wanted::Deny | Wanted::WouldDeny));
    Ok(Query {
        subject: args.object.clone(),
        actor: args.actor.clone(),
        since: time(&args.since)?,
        until: time(&args.until)?,
        // A statement whose events differ counts as one that would be denied; its other events are allowed all the same.
        decision: decision.filter(|decision| *decision != DecisionFilter::Allow),
        rule: args.rule.clone().filter(|_| against),
        newest_first: true,
        cursor: args.cursor,
        ..Query::default()
    })
}

impl Args {
    fn wants(&self, decision: &DecisionView) -> bool {
        let outcome = match (decision.decision, decision.outcome) {
            (Decision::Allow, _) => Wanted::Allow,
            (Decision::Deny, Outcome::Refused) => Wanted::Deny,
            (Decision::Deny, _) => Wanted::WouldDeny,
        };
        self.outcome.is_none_or(|wanted| wanted == outcome)
            && self.rule.as_ref().is_none_or(|rule| decision.rules.contains(rule))
            && self.actor.as_ref().is_none_or(|actor| decision.actor == actor.as_str())
            && self.object.as_ref().is_none_or(|object| decision.object == object.as_str())
            && self.env.is_none_or(|env| decision.env == env.as_str())
    }
}

/// The decisions that a record stands for, in the order of its events.
fn decisions(record: &RecordView) -> Vec<DecisionView> {
    if let Some(denied) = denied(record) {
        return vec![denied];
    }
    // What the log says about itself is allowed by no rule, or by its own.
    let own = |ruling: &SealedDecision| ruling.rules.iter().all(|rule| rule.as_str() == rules::LOG_OWN);
    let events = record.events.iter().zip(&record.rulings).zip(0..);
    let decided = events.filter(|((_, ruling), _)| record.actor != ActorId::ledger().as_str() || !own(ruling));
    decided
        .map(|((event, ruling), position)| DecisionView {
            index: record.index,
            position,
            t: record.t,
            actor: record.actor.clone(),
            env: text(Some(event), "env").to_owned(),
            kind: text(Some(event), "kind").to_owned(),
            object: text(Some(event), "subject").to_owned(),
            decision: ruling.decision,
            outcome: ruling.outcome,
            rules: ruling.rules.iter().map(|rule| rule.as_str().to_owned()).collect(),
            policy: record.policy,
            more: None,
        })
        .collect()
}

fn denied(record: &RecordView) -> Option<DecisionView> {
    let event = record.events.first().filter(|_| record.first("kind") == "denial")?;
    let body = event.get("body")?;
    let rules = body.get("rules")?.as_array()?.iter().filter_map(Json::as_str).map(str::to_owned).collect();
    Some(DecisionView {
        index: record.index,
        position: body.get("position").and_then(Json::as_u64).unwrap_or_default(),
        t: record.t,
        actor: text(Some(body), "actor").to_owned(),
        env: record.first("env").to_owned(),
        kind: text(Some(body), "kind").to_owned(),
        object: record.first("subject").to_owned(),
        decision: Decision::Deny,
        outcome: Outcome::Refused,
        rules,
        policy: record.policy,
        more: body.get("suppressed").and_then(Json::as_u64),
    })
}

fn row(table: &mut Table, decision: &DecisionView) {
    let tone = match (decision.decision, decision.outcome) {
        (Decision::Allow, _) => Tone::Good,
        (Decision::Deny, Outcome::Refused) => Tone::Bad,
        (Decision::Deny, _) => Tone::Doubtful,
    };
    let place = match decision.position {
        0 => decision.index.to_string(),
        position => format!("{}.{position}", decision.index),
    };
    let more = decision.more.map_or_else(String::new, |more| format!(" (and {more} more)"));
    table.toned([
        (place, Tone::Plain),
        (decision.t.to_string(), Tone::Quiet),
        (decision.actor.clone(), Tone::Plain),
        (decision.env.clone(), Tone::Plain),
        (format!("{}{more}", decision.kind), Tone::Plain),
        (decision.object.clone(), Tone::Plain),
        (word(decision.decision, decision.outcome).to_owned(), tone),
        (decision.rules.join(", "), Tone::Plain),
    ]);
}
