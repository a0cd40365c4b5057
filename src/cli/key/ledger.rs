//! What is done with keys in a ledger.

use super::{Enroll, ProofArgs, Revoke, subject_of};
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        ledger_failure, log_pub,
        recorder::{Recorder, Secrets},
        signer,
    },
    event::{
        ActorId, Body, Bytes, Digest, Event, Map, Subject, Timestamp,
        body::{KeyEnrolled, KeyEntry, KeyRevoked},
    },
    ledger::{Author, Ledger},
};
use serde::Deserialize;
use serde_json::json;
use std::path::Path;

/// What `sagwan key request` prints.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    actor: ActorId,
    key: KeyEntry,
    possession: Bytes,
}

/// The owner and the enrolment that the arguments describe.
///
/// # Errors
/// When neither key nor request is given, or they contradict each other.
pub fn enrolment(args: &ProofArgs, signer: Option<&ActorId>) -> Done<(ActorId, KeyEnrolled)> {
    if let Some(path) = &args.request {
        let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
        let request: Request = serde_json::from_str(&text).map_err(|error| {
            Failure::invalid(format!("{}: {error}", path.display()), "give what `sagwan key request` printed")
        })?;
        if args.owner.as_ref().is_some_and(|owner| *owner != request.actor) {
            return Err(Failure::usage(
                format!("the request is for {}", request.actor),
                "leave --for out, or have a request made for the actor that you mean",
            ));
        }
        return Ok((request.actor, KeyEnrolled { key: request.key, possession: request.possession }));
    }
    let path = args.new_key.as_deref().ok_or_else(|| {
        Failure::usage("no key to enrol", "give --new-key FILE, or --request FILE from `sagwan key request`")
    })?;
    let owner = args
        .owner
        .as_ref()
        .or(signer)
        .cloned()
        .ok_or_else(|| Failure::usage("whose key it is, is not said", "give --for ACTOR"))?;
    let author = Author { actor: owner, key: signer::read_secret(path)?, audience: None };
    let proof = author.enrolment();
    Ok((author.actor, proof))
}

pub(super) fn enroll(context: &Context, args: &Enroll) -> Done {
    let recorder = Recorder::new(context, &args.signer)?;
    let (owner, proof) = enrolment(&args.proof, recorder.author().map(|author| &author.actor))?;
    let event = ledger_event(actor_subject(&owner)?, Body::KeyEnrolled(proof), context.now());
    recorder.record(&[event], Secrets::default()).map(|_| ())
}

pub(super) fn revoke(context: &Context, args: &Revoke) -> Done {
    if args.owner.as_ref() == Some(&ActorId::ledger()) {
        return revoke_log(context, args);
    }
    let recorder = Recorder::new(context, &args.signer)?;
    let owner = args.owner.clone().or_else(|| recorder.author().map(|author| author.actor.clone()));
    let owner = owner.ok_or_else(|| Failure::usage("whose key it is, is not said", "give --of ACTOR"))?;
    let body = KeyRevoked { kid: args.kid, reason: args.reason.clone(), suspect_since: args.suspect_since };
    let event = ledger_event(actor_subject(&owner)?, Body::KeyRevoked(body), context.now());
    recorder.record(&[event], Secrets::default()).map(|_| ())
}

pub(super) fn rotate_log(context: &Context, new: Option<&Path>) -> Done {
    let key = new.map_or_else(signer::new_secret, signer::read_secret)?;
    let kid = Digest(key.public().thumbprint());
    let ledger = context.open()?;
    let index = ledger.rotate_log_key(key).map_err(|error| ledger_failure::of(&error))?;
    tell_log_keys(context, &ledger, index, kid, &format!("the log signs with {kid}"))
}

/// Only the log ends keys of its own, so nobody else signs this, and no server does it for others.
fn revoke_log(context: &Context, args: &Revoke) -> Done {
    let settings = context.settings()?;
    if args.signer.server(&settings).is_some() {
        return Err(Failure::usage(
            "only the log itself revokes a key of its own, and a server does not do it for others",
            "stop the server, and run this beside the ledger's folder, without --server",
        ));
    }
    let ledger = context.open()?;
    let done = ledger.revoke_log_key(args.kid, args.reason.clone(), args.suspect_since);
    let index = done.map_err(|error| ledger_failure::of(&error))?;
    tell_log_keys(context, &ledger, index, args.kid, &format!("the log signs with {} no longer", args.kid))
}

fn tell_log_keys(context: &Context, ledger: &Ledger, index: u64, kid: Digest, what: &str) -> Done {
    let vkeys = log_pub::of(ledger)?;
    if context.printer.json {
        return context.printer.value(&json!({ "index": index, "thumbprint": kid, "log_keys": vkeys }));
    }
    context.printer.text(&format!("record {index}: {what}"))?;
    context.printer.note("log.pub names the keys that sign now: give it to whoever verifies");
    Ok(())
}

/// `actor/ACTOR`.
///
/// # Errors
/// When the actor's name does not fit a subject.
pub fn actor_subject(actor: &ActorId) -> Done<Subject> {
    subject_of(actor).map_err(|error| Failure::invalid(error.to_string(), "choose another name"))
}

/// An event that holds in the whole ledger.
#[must_use]
pub fn ledger_event(subject: Subject, body: Body, time: Timestamp) -> Event {
    Event {
        subject,
        env: None,
        inputs: Vec::new(),
        outputs: Vec::new(),
        time,
        body,
        facets: Map::new(),
        commitments: Vec::new(),
        imported: false,
        claimed_by: None,
    }
}
