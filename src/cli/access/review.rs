//! `sagwan access review`: a period's grants and uses, laid before the officer; then what he found, recorded.

use super::{Told, grant_event, one_grant, told::read};
use crate::{
    cli::{
        Context,
        counted::counted,
        failure::{Done, Failure},
        grants,
        reader::Source,
        recorder::Recorder,
        signer::SignerArgs,
        table::{Table, Tone},
        view::{RecordView, text},
        when,
    },
    event::{Body, Env, Kind, Subject, SubjectKind, Text, Timestamp, body::AccessReviewed},
    ledger::{AsOf, GrantFilter, Query},
    server::GrantView,
};
use serde::Serialize;
use serde_json::Value as Json;

/// What is reviewed.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// What is reviewed: a grant, a dataset, an actor (actor/user:NAME), or a system, which means everything in the
    /// environment.
    #[arg(value_name = "SUBJECT")]
    subject: Subject,
    /// Where; a grant knows its own.
    #[arg(long)]
    env: Option<Env>,
    /// The period's beginning: a time, or a span back such as 30d.
    #[arg(long, value_name = "TIME")]
    from: String,
    /// The period's end.
    #[arg(long, value_name = "TIME", default_value = "now")]
    to: String,
    /// What was found. Without it nothing is recorded: look first.
    #[arg(long)]
    findings: Option<Text>,
    /// The reasons for downloads were checked.
    #[arg(long, requires = "findings")]
    downloads_checked: bool,
    #[command(flatten)]
    signer: SignerArgs,
}

/// One recorded use.
#[derive(Debug, Serialize)]
struct Use {
    index: u64,
    t: Timestamp,
    actor: String,
    /// Whose grant it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    account: String,
    subject: String,
    grant: String,
    purpose: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    task: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    download: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    would_deny: bool,
}

/// What lies before the officer: the JSON shape, too.
#[derive(Debug, Serialize)]
struct Sight {
    subject: Subject,
    env: Env,
    from: Timestamp,
    to: Timestamp,
    grants: Vec<GrantView>,
    uses: Vec<Use>,
    downloads: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<Told>,
}

pub(super) fn run(args: &Args, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let source = recorder.source()?;
    let (from, to) = (when::parse(&args.from, context.now())?, when::parse(&args.to, context.now())?);
    if to <= from {
        return Err(Failure::usage(format!("the period ends at {to}, before it begins"), "give --from before --to"));
    }
    let env = match (args.env, args.subject.kind()) {
        (Some(env), _) => env,
        (None, SubjectKind::Grant) => read(&one_grant(context, &source, &args.subject)?.env)?,
        (None, _) => return Err(Failure::usage("the environment is missing", "give --env dev, staging or prod")),
    };
    let mut sight = look(&source, &args.subject, env, from, to)?;
    drop(source);
    if let Some(findings) = &args.findings {
        sight.recorded = Some(record(args, context, &recorder, &sight, findings)?);
    }
    sight.print(context)
}

fn record(args: &Args, context: &Context, recorder: &Recorder<'_>, sight: &Sight, findings: &Text) -> Done<Told> {
    let body = Body::AccessReviewed(AccessReviewed {
        from: sight.from,
        to: sight.to,
        findings: findings.clone(),
        reviewed: Some((sight.grants.len() + sight.uses.len()) as u64),
        downloads_checked: args.downloads_checked,
    });
    let event = grant_event(context, sight.subject.clone(), sight.env, Vec::new(), body);
    let next = match (sight.downloads, args.downloads_checked) {
        (0, _) | (_, true) => Vec::new(),
        (count, false) => {
            vec![format!("{}: check the reasons, and review with --downloads-checked", counted(count, "download"))]
        }
    };
    Told::record(recorder, event, next, "have another officer review it")
}

/// The grants that held in the period or changed in it, and the uses.
fn look(source: &Source, subject: &Subject, env: Env, from: Timestamp, to: Timestamp) -> Done<Sight> {
    let all = GrantFilter { env: Some(env), all: true, ..GrantFilter::default() };
    let all = source.grants(AsOf::Time(to), to, &all)?.grants;
    let mut uses = Vec::new();
    let query = Query {
        kind: Some(Kind::AccessUsed),
        env: Some(env),
        since: Some(from),
        until: Some(to.plus_ms(1)),
        ..Query::default()
    };
    source.each(query, 0, |record| {
        let events = record.events.iter().filter(|event| text(Some(event), "kind") == Kind::AccessUsed.to_string());
        uses.extend(events.filter(|event| text(Some(event), "env") == env.as_str()).map(|event| used(record, event)));
        Ok(())
    })?;
    let of = |grant: &str| all.iter().find(|held| held.grant == grant);
    uses.retain(|used| concerns_use(subject, used, of(&used.grant)));
    for used in &mut uses {
        used.holder = of(&used.grant).and_then(|grant| grant.holder.clone());
    }
    let downloads = uses.iter().filter(|used| used.download).count();
    let mut grants = all;
    grants.retain(|grant| concerns(subject, grant) && touches(grant, from, to));
    Ok(Sight { subject: subject.clone(), env, from, to, grants, uses, downloads, recorded: None })
}

fn used(record: &RecordView, event: &Json) -> Use {
    let body = event.get("body");
    let field = |name: &str| text(body, name).to_owned();
    let claimed = text(Some(event), "claimed_by");
    Use {
        index: record.index,
        t: record.t,
        actor: if claimed.is_empty() { record.actor.clone() } else { claimed.to_owned() },
        holder: None,
        account: field("account"),
        subject: text(Some(event), "subject").to_owned(),
        grant: field("grant"),
        purpose: field("purpose"),
        task: field("task"),
        records: body.and_then(|body| body.get("records")?.as_u64()),
        download: body.and_then(|body| body.get("download")?.as_bool()).unwrap_or_default(),
        would_deny: record.would_deny,
    }
}

/// Whether a grant is about what is reviewed.
fn concerns(subject: &Subject, grant: &GrantView) -> bool {
    match subject.kind() {
        SubjectKind::Grant => grant.grant == subject.as_str(),
        SubjectKind::Actor => is_actor(subject, grant.holder.as_deref().or(grant.requested_by.as_deref())),
        SubjectKind::Dataset => grant.subjects.iter().any(|own| same(own, subject.as_str())),
        _ => true,
    }
}

fn concerns_use(subject: &Subject, used: &Use, grant: Option<&GrantView>) -> bool {
    match subject.kind() {
        SubjectKind::Grant => used.grant == subject.as_str(),
        SubjectKind::Actor => {
            let holder = grant.and_then(|grant| grant.holder.as_deref());
            [Some(used.actor.as_str()), Some(used.account.as_str()), holder]
                .into_iter()
                .any(|who| is_actor(subject, who))
        }
        SubjectKind::Dataset => same(&used.subject, subject.as_str()),
        _ => true,
    }
}

fn is_actor(subject: &Subject, who: Option<&str>) -> bool {
    who.is_some_and(|who| subject.name() == who)
}

/// Whether two subjects are the same, or one is a version of the other.
fn same(one: &str, other: &str) -> bool {
    let version = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('@'));
    one == other || version(one, other) || version(other, one)
}

/// Whether a grant held at some time in the period, or a record of the period changed it.
fn touches(grant: &GrantView, from: Timestamp, to: Timestamp) -> bool {
    let begun = grant.steps.iter().find(|step| matches!(step.kind.as_str(), "access.granted" | "breakglass.opened"));
    let revoked = grant.steps.iter().find(|step| step.kind == "access.revoked").map(|step| step.t);
    let end = revoked.map_or(grant.until, |revoked| revoked.min(grant.until));
    let held = begun.is_some_and(|begun| begun.t <= to && end > from);
    held || grant.steps.iter().any(|step| from <= step.t && step.t <= to)
}

impl Sight {
    fn print(&self, context: &Context) -> Done {
        let printer = &context.printer;
        if printer.json {
            return printer.value(self);
        }
        let period = format!("{} to {}", self.from, self.to);
        printer.text(&format!("{} in {}, {period}", self.subject, self.env))?;
        printer.text(&format!("\n{} that held or changed", counted(self.grants.len(), "grant")))?;
        if !self.grants.is_empty() {
            printer.table(&self.grants_table())?;
        }
        let downloads = if self.downloads == 1 { "a download" } else { "downloads" };
        let uses = counted(self.uses.len(), "use");
        printer.text(&format!("\n{uses}, {} of them {downloads}", self.downloads))?;
        if !self.uses.is_empty() {
            printer.table(&self.uses_table())?;
        }
        match &self.recorded {
            Some(told) => {
                printer.text("")?;
                told.print(context, "is reviewed")
            }
            None => {
                printer
                    .note("nothing is recorded yet: add --findings TEXT, and --downloads-checked if you checked them");
                Ok(())
            }
        }
    }

    fn grants_table(&self) -> Table {
        let mut table = Table::new(&["grant", "holder", "subjects", "for", "until", "granted by", "why", "status"]);
        for grant in &self.grants {
            let (status, tone) = grants::status(grant);
            table.toned([
                (grant.grant.clone(), Tone::Plain),
                (grant.holder.clone().unwrap_or_default(), Tone::Plain),
                (grant.subjects.join(", "), Tone::Plain),
                (grants::purpose(grant), Tone::Plain),
                (grant.until.to_string(), Tone::Plain),
                (grant.granted_by.clone().unwrap_or_default(), Tone::Plain),
                (grants::why(grant), Tone::Plain),
                (status, tone),
            ]);
        }
        table
    }

    fn uses_table(&self) -> Table {
        let mut table =
            Table::new(&["record", "time", "by", "account", "subject", "grant", "for", "task", "rows", "download"]);
        for used in &self.uses {
            // The account is free text; who holds the grant and who signed is what the ledger knows.
            let who = match &used.holder {
                Some(holder) if *holder != used.actor => format!("{holder}, signed by {}", used.actor),
                _ => used.actor.clone(),
            };
            let grant =
                if used.would_deny { format!("{} (a rule would refuse it)", used.grant) } else { used.grant.clone() };
            table.toned([
                (used.index.to_string(), Tone::Quiet),
                (used.t.to_string(), Tone::Plain),
                (who, Tone::Plain),
                (used.account.clone(), Tone::Quiet),
                (used.subject.clone(), Tone::Plain),
                (grant, if used.would_deny { Tone::Doubtful } else { Tone::Plain }),
                (used.purpose.clone(), Tone::Plain),
                (used.task.clone(), Tone::Plain),
                (used.records.map_or_else(String::new, |records| records.to_string()), Tone::Plain),
                (if used.download { "yes" } else { "" }.to_owned(), Tone::Doubtful),
            ]);
        }
        table
    }
}
