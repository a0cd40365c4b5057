//! Which witnesses are relied on, as the command line says it; and what their cosignatures bound.

use super::Report;
use crate::{
    cli::{
        failure::{Done, Failure},
        ledger_failure,
    },
    codec::witness::{AddCheckpoint, is_add_checkpoint},
    crypto::NoteVerifier,
    event::{Timestamp, limits},
    verify::{Cosigned, Head, LogKeys, Witnesses, verify_checkpoint},
};
use std::path::{Path, PathBuf};

/// Options of the commands that rely on witnesses.
#[derive(clap::Args, Debug, Default)]
pub struct Trust {
    /// The verifier key of a witness (type 04): it must have cosigned. May be given several times, then each must.
    #[arg(long, value_name = "VKEY", conflicts_with = "witness_policy")]
    pub(super) witness: Vec<String>,
    /// A C2SP tlog-policy file: its quorum must have cosigned (`sagwan witness policy` prints a ledger's own).
    #[arg(long, value_name = "FILE")]
    pub(super) witness_policy: Option<PathBuf>,
}

impl Trust {
    /// The witnesses that are named, if any are.
    ///
    /// # Errors
    /// When a key or the policy cannot be used.
    pub fn witnesses(&self) -> Done<Option<Witnesses>> {
        let failed = |error| ledger_failure::of_proof(&error);
        if let Some(path) = &self.witness_policy {
            let bytes = super::file::read_up_to(path, limits::WITNESS_POLICY_BYTES_MAX as u64)?;
            let parsed = Witnesses::parse(&bytes).map_err(failed);
            return parsed.map(Some).map_err(|failure| failure.within(&path.display().to_string()));
        }
        let key = |vkey: &String| {
            NoteVerifier::parse(vkey).map(|key| (key, true)).map_err(|error| {
                Failure::usage(format!("--witness {vkey:?}: {error}"), "give its verifier key, name+id+key")
            })
        };
        let keys = self.witness.iter().map(key).collect::<Done<Vec<_>>>()?;
        if keys.is_empty() {
            return Ok(None);
        }
        Witnesses::of(&keys, keys.len()).map(Some).map_err(failed)
    }

    /// Judges the cosignatures of a head: those on its own checkpoint, or of a checkpoint in a file that has it or continues
    /// it. `None` where no witness is named.
    ///
    /// # Errors
    /// When too few cosigned, or the file does not lead to one.
    pub(super) fn judge(
        &self,
        keys: &LogKeys,
        head: &Head,
        own: Option<&[u8]>,
        file: Option<&Path>,
    ) -> Done<Option<Cosigned>> {
        let failed = |error| ledger_failure::of_proof(&error);
        let Some(witnesses) = self.witnesses()? else {
            return match file {
                None => Ok(None),
                Some(_) => {
                    Err(Failure::usage("--cosigned without a witness to rely on", "give --witness or --witness-policy"))
                }
            };
        };
        let bytes =
            file.map(|path| super::file::read_up_to(path, limits::NOTE_BYTES_MAX as u64 + 8_192)).transpose()?;
        let note = match (&bytes, own) {
            (Some(bytes), _) => leading(bytes, head, keys)?,
            (None, Some(own)) => own.to_vec(),
            (None, None) => {
                let next = "give --cosigned FILE: `sagwan consistency SIZE witnessed --out FILE` makes one";
                return Err(Failure::usage("there is no checkpoint in it that a witness could have cosigned", next));
            }
        };
        witnesses.judge(&note, keys).and_then(Cosigned::require).map(Some).map_err(failed)
    }
}

/// The checkpoint of a file that has this head, or is proved to continue it.
fn leading(bytes: &[u8], head: &Head, keys: &LogKeys) -> Done<Vec<u8>> {
    let failed = |error| ledger_failure::of_proof(&error);
    let other = |what: String| {
        let next = "make the proof for this size: `sagwan consistency SIZE witnessed --out FILE`";
        Err(Failure::invalid(what, next))
    };
    if !is_add_checkpoint(bytes) {
        let found = verify_checkpoint(bytes, keys).map_err(failed)?;
        if found == *head {
            return Ok(bytes.to_vec());
        }
        return other(format!(
            "the cosigned checkpoint is of size {}, not of {}, and no proof leads to it",
            found.size, head.size
        ));
    }
    let body = AddCheckpoint::parse(bytes)
        .map_err(|error| Failure::invalid(error.to_string(), "give it as it was written"))?;
    if body.old != head.size {
        return other(format!("the consistency proof begins at size {}, not at {}", body.old, head.size));
    }
    let found = verify_checkpoint(body.checkpoint.as_bytes(), keys).map_err(failed)?;
    crate::merkle::verify_consistency(head.size, found.size, &body.proof, &head.root, &found.root)
        .map_err(|error| failed(crate::verify::VerifyError::Proof { what: "the consistency proof", error }))?;
    Ok(body.checkpoint.into_bytes())
}

/// A time in seconds since 1970.
pub(super) fn at(seconds: u64) -> Timestamp {
    Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000))
}

/// What cosignatures bound, in lines: who cosigned, and by when `what` existed.
pub(super) fn lines(cosigned: &Cosigned, what: &str) -> (Vec<String>, Vec<String>) {
    let size = cosigned.head.size;
    let signed =
        cosigned.by.iter().map(|by| format!("{} cosigned a tree of {size} leaves that holds it", by.witness)).collect();
    let bound = |by: &crate::verify::Cosignature| {
        format!("times bounded by witness {}: {what} existed by {}, by its clock", by.witness, at(by.time))
    };
    (signed, cosigned.by.iter().map(bound).collect())
}

impl Report {
    /// Takes up what cosignatures say.
    pub(super) fn witnessed(&mut self, cosigned: Option<&Cosigned>, what: &str) {
        let Some(cosigned) = cosigned else { return };
        let (signed, bounds) = lines(cosigned, what);
        self.checked.extend(signed);
        self.claimed.splice(0..0, bounds);
        self.existed_by = cosigned.existed_by.map(at);
        self.cosigned_by = cosigned.by.iter().map(|by| by.witness.clone()).collect();
    }
}
