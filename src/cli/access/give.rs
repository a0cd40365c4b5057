//! `sagwan access grant`, `change` and `revoke`.

use super::{Told, grant_event, grant_name, one_grant, request::inputs, told::read};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        reader::Source,
        recorder::Recorder,
        signer::SignerArgs,
        when,
    },
    event::{
        ActorId, Body, Env, Event, Subject, SubjectKind, Text,
        body::{AccessChanged, AccessGranted, AccessRevoked},
    },
    server::GrantView,
};

/// What may be granted.
#[derive(clap::Args, Debug)]
pub struct Grant {
    /// The grant that was asked for; or the subjects of a grant that nobody asked for, where the stage lets it pass.
    #[arg(value_name = "GRANT|SUBJECT", required = true)]
    targets: Vec<Subject>,
    /// Who may use it; otherwise whoever asked.
    #[arg(long, value_name = "ACTOR")]
    to: Option<ActorId>,
    /// Where; otherwise as was asked.
    #[arg(long)]
    env: Option<Env>,
    /// What for; otherwise as was asked.
    #[arg(long)]
    purpose: Option<Text>,
    /// Until when: a time, or a span such as 8h or 30d; otherwise as was asked.
    #[arg(long, value_name = "TIME|SPAN")]
    until: Option<String>,
    /// Why.
    #[arg(long)]
    reason: Option<Text>,
    /// What may be done with it; otherwise as was asked. Repeat for more.
    #[arg(long = "action", value_name = "ACTION")]
    actions: Vec<Text>,
    /// The name of a grant that nobody asked for; otherwise one is made up.
    #[arg(long)]
    name: Option<String>,
    /// A subject that is kept elsewhere and need not be recorded here.
    #[arg(long, value_name = "SUBJECT")]
    external: Vec<Subject>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// What may be changed.
#[derive(clap::Args, Debug)]
pub struct Change {
    /// The grant, grant/NAME.
    grant: Subject,
    /// The new end: a time, or a span such as 8h or 30d.
    #[arg(long, value_name = "TIME|SPAN")]
    until: String,
    /// Why.
    #[arg(long)]
    reason: Text,
    /// What for, from now on; otherwise as before.
    #[arg(long)]
    purpose: Option<Text>,
    #[command(flatten)]
    signer: SignerArgs,
}

/// What may be revoked.
#[derive(clap::Args, Debug)]
pub struct Revoke {
    /// The grant, grant/NAME.
    grant: Subject,
    /// Why.
    #[arg(long)]
    reason: Text,
    #[command(flatten)]
    signer: SignerArgs,
}

pub(super) fn grant(args: &Grant, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let event = match args.targets.as_slice() {
        [grant] if grant.kind() == SubjectKind::Grant => asked(args, context, &recorder.source()?, grant)?,
        subjects if subjects.iter().any(|subject| subject.kind() == SubjectKind::Grant) => {
            return Err(Failure::usage("a grant among other subjects", "name one grant, or what it should be about"));
        }
        subjects => unasked(args, context, subjects)?,
    };
    let Body::AccessGranted(body) = &event.body else { return Err(Failure::fault("a grant without its body")) };
    let (grant, to, until) = (event.subject.clone(), body.to.clone(), body.until);
    let next = vec![
        format!("{to} records each use: sagwan record --kind access.used --body grant={grant} …"),
        format!("end it early: sagwan access revoke {grant} --reason …"),
    ];
    let other = format!("ask another officer: sagwan access grant {grant}");
    Told::record(&recorder, event, next, &other)?.print(context, &format!("is {to}'s until {until}"))
}

/// What was asked for, or the part of it that the flags name.
fn asked(args: &Grant, context: &Context, source: &Source, name: &Subject) -> Done<Event> {
    if args.name.is_some() {
        return Err(Failure::usage(format!("{name} has its name"), "leave --name out"));
    }
    let asked = one_grant(context, source, name)?;
    let to = match &args.to {
        Some(to) => to.clone(),
        None => asker(&asked)?,
    };
    let subjects = asked.subjects.iter().map(|subject| read(subject)).collect::<Done<Vec<Subject>>>()?;
    // What was asked for was looked at then: it need not be recorded here for the grant either.
    let external = if args.external.is_empty() { external(source, &asked)? } else { args.external.clone() };
    let actions = match args.actions.as_slice() {
        [] => asked.actions.iter().map(|action| read(action)).collect::<Done<Vec<Text>>>()?,
        given => given.to_vec(),
    };
    let body = AccessGranted {
        to,
        purpose: args.purpose.clone().map_or_else(|| read(&asked.purpose), Ok)?,
        until: args.until.as_deref().map_or(Ok(asked.until), |until| when::ahead(until, context.now()))?,
        reason: args.reason.clone(),
        actions,
    };
    let env = args.env.map_or_else(|| read(&asked.env), Ok)?;
    Ok(grant_event(context, name.clone(), env, inputs(&subjects, &external)?, Body::AccessGranted(body)))
}

/// Who asked: where a gateway signed for somebody, that one.
fn asker(asked: &GrantView) -> Done<ActorId> {
    let first = asked.steps.first();
    let claimed = first.and_then(|step| step.claimed_by.as_deref()).filter(|name| name.parse::<ActorId>().is_ok());
    let asker = claimed.or(asked.requested_by.as_deref());
    let asker = asker.ok_or_else(|| {
        Failure::usage(format!("nobody asked for {}", asked.grant), "name who is to have it with --to ACTOR")
    })?;
    read(asker)
}

/// The subjects that the request marked as kept elsewhere.
fn external(source: &Source, asked: &GrantView) -> Done<Vec<Subject>> {
    let Some(first) = asked.steps.first() else { return Ok(Vec::new()) };
    let record = source.record(first.index)?;
    let events = record.events.iter().filter(|event| crate::cli::view::text(Some(event), "subject") == asked.grant);
    let inputs = events.filter_map(|event| event.get("inputs")?.as_array()).flatten();
    let external = inputs.filter(|input| input.get("external").and_then(serde_json::Value::as_bool) == Some(true));
    external.map(|input| read(crate::cli::view::text(Some(input), "subject"))).collect()
}

/// A grant that nobody asked for: everything comes from the flags.
fn unasked(args: &Grant, context: &Context, subjects: &[Subject]) -> Done<Event> {
    let missing = |flag: &str| {
        let next = "nobody asked for it, so say it here; or have it asked for with `sagwan access request`";
        Failure::usage(format!("{flag} is missing"), next)
    };
    let until = args.until.as_deref().ok_or_else(|| missing("--until"))?;
    let body = AccessGranted {
        to: args.to.clone().ok_or_else(|| missing("--to"))?,
        purpose: args.purpose.clone().ok_or_else(|| missing("--purpose"))?,
        until: when::ahead(until, context.now())?,
        reason: args.reason.clone(),
        actions: args.actions.clone(),
    };
    let env = args.env.ok_or_else(|| missing("--env"))?;
    let name = grant_name(args.name.as_deref(), "", subjects)?;
    Ok(grant_event(context, name, env, inputs(subjects, &args.external)?, Body::AccessGranted(body)))
}

pub(super) fn change(args: &Change, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let grant = one_grant(context, &recorder.source()?, &args.grant)?;
    let until = when::ahead(&args.until, context.now())?;
    let body = AccessChanged { until, reason: args.reason.clone(), purpose: args.purpose.clone() };
    let event = grant_event(context, args.grant.clone(), read(&grant.env)?, Vec::new(), Body::AccessChanged(body));
    let other = format!("ask another officer: sagwan access change {} …", args.grant);
    Told::record(&recorder, event, Vec::new(), &other)?.print(context, &format!("holds until {until}"))
}

pub(super) fn revoke(args: &Revoke, context: &Context) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let grant = one_grant(context, &recorder.source()?, &args.grant)?;
    let body = AccessRevoked { reason: Some(args.reason.clone()) };
    let event = grant_event(context, args.grant.clone(), read(&grant.env)?, Vec::new(), Body::AccessRevoked(body));
    let other = format!("ask another officer: sagwan access revoke {} …", args.grant);
    Told::record(&recorder, event, Vec::new(), &other)?.print(context, "is revoked")
}
