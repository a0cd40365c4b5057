//! The summary for programs.

use super::{Demo, next::Command};
use crate::{
    cli::demo::{data::COLUMNS, tale::Fate},
    event::Digest,
};
use serde_json::{Value as Json, json};
use std::time::Duration;

/// One object with all that was done.
pub fn summary(demo: &Demo<'_>, next: &[Command], took: Duration) -> Json {
    let (told, proof, verified) = (demo.told, demo.proof, &demo.verified.full);
    let actors = demo.cast.roles().map(|(author, role, title)| {
        json!({ "actor": author.actor, "role": role, "title": title, "kid": Digest(author.key.public().thumbprint()) })
    });
    let of = |fate| demo.of_fate(fate).collect::<Vec<_>>();
    let commands = next.iter().map(|command| {
        json!({ "does": command.does, "command": command.line(), "arguments": command.arguments, "runs_on": command.runs_on })
    });
    json!({
        "folder": demo.folder,
        "origin": verified.origin,
        "actors": actors,
        "dataset": { "digest": demo.data.digest, "rows": demo.data.rows.len(), "columns": COLUMNS.len() },
        "model": {
            "artifact": told.artifact, "trained_on": told.trained_on, "metrics": told.metrics.to_json(),
            "training_ms": u64::try_from(told.took.as_millis()).unwrap_or(u64::MAX),
        },
        "chapters": told.chapters,
        "recorded": of(Fate::Recorded).len(),
        "would_deny": of(Fate::WouldDeny),
        "refused": of(Fate::Refused),
        "change": {
            "folder": demo.change.folder, "class": demo.change.class, "cells": demo.change.cells,
            "decisions": demo.change.decisions, "flips": demo.change.flips,
        },
        "proof": {
            "index": proof.place.index, "size": proof.place.size, "root": Digest(proof.place.root),
            "identity": proof.record.identity, "actor": proof.record.actor, "seal": proof.record.seal,
            "receipt_bytes": proof.receipt.bytes, "path": proof.receipt.path, "log_key": proof.receipt.kid,
            "checkpoint": proof.checkpoint, "forged": proof.forged,
        },
        "verified": {
            "size": verified.size, "root": verified.root, "signatures": verified.signatures,
            "statements": verified.totals.statements, "events": verified.totals.events, "seals": verified.totals.seals,
            "denials": verified.totals.denials, "would_deny": verified.totals.would_deny,
            "reperformed": demo.verified.counts, "not_reperformed": demo.verified.unperformed,
        },
        "committed": told.committed,
        "data_subject": told.data_subject,
        "next": commands.collect::<Vec<_>>(),
        "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    })
}
