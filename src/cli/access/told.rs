//! What the commands about grants share: the event, its grant, and what to do next.

use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        fate::Fate,
        key::ledger_event,
        reader::Source,
        recorder::{Recorder, Secrets},
        signer,
    },
    event::{Body, Env, Event, Reference, Subject, SubjectKind},
    ledger::{AsOf, GrantFilter},
    server::GrantView,
};
use serde::Serialize;

/// What became of an event about a grant, and what comes next: the JSON shape, too.
#[derive(Debug, Serialize)]
pub struct Told {
    /// The subject that it is about, as a rule `grant/…`.
    pub grant: Subject,
    /// What became of it.
    #[serde(flatten)]
    pub fate: Fate,
    /// What to do next, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
}

impl Told {
    /// Records the event and tells its fate; `refused` is what to do when a rule of four eyes refuses it.
    ///
    /// # Errors
    /// When it was not recorded.
    pub fn record(recorder: &Recorder<'_>, event: Event, next: Vec<String>, refused: &str) -> Done<Self> {
        let grant = event.subject.clone();
        let parcel = recorder.parcel(&[event], Secrets::default())?;
        let lost = || Failure::fault("no verdict came back");
        let fate = recorder.send(&[parcel])?.pop().ok_or_else(lost)?;
        match fate.failure() {
            None => Ok(Self { grant, fate, next }),
            Some(mut failure) => {
                if fate.reasons.iter().any(|reason| reason.rule.starts_with("four-eyes")) {
                    refused.clone_into(&mut failure.next);
                }
                Err(failure)
            }
        }
    }

    /// Prints it: the record, warnings, and what comes next.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print(&self, context: &Context, what: &str) -> Done {
        let printer = &context.printer;
        if printer.json {
            return printer.value(self);
        }
        if let Some(index) = self.fate.index {
            printer.text(&format!("record {index}: {} {what}", self.grant))?;
        }
        self.fate.warn(printer);
        self.next.iter().for_each(|line| printer.note(line));
        Ok(())
    }
}

/// An event about a grant, at this moment.
pub fn grant_event(context: &Context, grant: Subject, env: Env, inputs: Vec<Reference>, body: Body) -> Event {
    Event { env: Some(env), inputs, ..ledger_event(grant, body, context.now()) }
}

/// The name of a new grant: as given, with or without `grant/`; or made from the first subject and a random part.
///
/// # Errors
/// When it is no name, or the system has no randomness.
pub fn grant_name(given: Option<&str>, prefix: &str, subjects: &[Subject]) -> Done<Subject> {
    let name = match given {
        Some(name) => name.strip_prefix("grant/").unwrap_or(name).to_owned(),
        None => {
            let first = subjects.first().map_or("grant", Subject::name);
            let plain: String = first.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(40).collect();
            format!("{prefix}{plain}-{}", hex::encode(signer::random::<4>()?))
        }
    };
    Subject::new(SubjectKind::Grant, &name)
        .map_err(|error| Failure::usage(format!("--name: {error}"), "write a short name, such as audit-2026"))
}

/// A grant as it stands now.
///
/// # Errors
/// When `name` names none.
pub fn one_grant(context: &Context, source: &Source, name: &Subject) -> Done<GrantView> {
    if name.kind() != SubjectKind::Grant {
        return Err(Failure::usage(
            format!("{name} is no grant"),
            "write grant/NAME; `sagwan grants --all` lists them",
        ));
    }
    let now = context.now();
    let filter = GrantFilter { name: Some(name.clone()), all: true, ..GrantFilter::default() };
    let found = source.grants(AsOf::Now(now), now, &filter)?.grants.pop();
    found.ok_or_else(|| {
        let next = "ask for it with `sagwan access request`; `sagwan grants --all` lists what there is";
        Failure::not_found(format!("nobody ever asked for {name}"), next)
    })
}

/// A text of the view, read back.
///
/// # Errors
/// When a server answers what is none.
pub fn read<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Done<T> {
    text.parse().map_err(|error: T::Err| {
        let what = format!("the server names {text:?}: {error}");
        Failure::new(crate::cli::Kind::Remote, what, "check that it is a sagwan server of this version")
    })
}
