//! `sagwan verify`: a proof in a file, a record, or the whole ledger. It says what was checked and what is only claimed.

mod attest;
mod evidence;
mod file;
mod kept;
mod ledger;
mod options;
mod range;
mod reperform;
mod trust;

use super::{
    Context,
    failure::{Done, Failure},
    log_pub,
};
use crate::{
    event::Digest,
    verify::{Cosigned, Head, LogKeys},
};
use serde::Serialize;
use std::path::PathBuf;

use options::Target;

pub(super) use kept::in_words;
pub use trust::Trust;

/// Verify a proof, a record, or the whole ledger.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  sagwan verify record-12.cose --key log.pub        a Transparent Statement, offline
  sagwan verify receipt.cose --statement st.cose --key log.pub
  sagwan verify proof.txt --statement st.cose --key log.pub
  sagwan verify answer.evidence --key log.pub       an answer, asked again offline (sagwan lineage --save)
  sagwan verify 12                                  a record of this ledger
  sagwan verify --checkpoint kept.checkpoint        this ledger only grew since
  sagwan verify kept.checkpoint --key log.pub --ledger https://ledger.example
  sagwan verify grown.consistency --old kept.checkpoint --key log.pub
  sagwan verify record-12.cose --key log.pub --witness VKEY --cosigned grown.consistency
  sagwan verify --full                              every byte, signature and seal of this ledger
  sagwan verify --full --reperform                  and every decision, made again
  sagwan verify --full --reperform --save may.evidence --since 2026-05-01 --until 2026-06-01
  sagwan verify may.evidence --key log.pub          that month's decisions, made again offline
  sagwan verify --full --attest --auditor-key me.pem --auditor-name audit.example/me --out ledger.attestation
  sagwan verify answer.evidence --key log.pub --attestation ledger.attestation --auditor me.pub

The key is what you rely on: get log.pub from elsewhere than the log itself.")]
pub struct Args {
    /// A file (Transparent Statement, receipt, tlog-proof, checkpoint, signed statement, evidence) or a log index.
    #[arg(value_name = "FILE|INDEX", required_unless_present_any = ["full", "checkpoint"])]
    target: Option<String>,
    /// The log's keys: its log.pub (C2SP verifier keys), or a public key in PEM with --origin; otherwise log.pub of the
    /// ledger here.
    #[arg(long, value_name = "LOG.pub")]
    key: Option<PathBuf>,
    /// The log's name, where the key file does not say it.
    #[arg(long, value_name = "NAME")]
    origin: Option<String>,
    /// The signed statement that a receipt or tlog-proof is of.
    #[arg(long, value_name = "FILE")]
    statement: Option<PathBuf>,
    /// The public key, in PEM, of the actor who signed: checks the statement's own signature, of a record in a ledger too.
    #[arg(long, value_name = "FILE")]
    actor_key: Option<PathBuf>,
    /// A checkpoint that you kept: holds the ledger here, or the one that --ledger names (a folder, or the address of a
    /// server or of a static copy of its tiles), against it. Fails when the ledger was rolled back, forked or rewritten.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["target", "statement", "actor_key", "full"])]
    checkpoint: Option<PathBuf>,
    /// The older checkpoint that a consistency proof begins with.
    #[arg(long, value_name = "FILE")]
    old: Option<PathBuf>,
    #[command(flatten)]
    trust: Trust,
    /// A cosigned checkpoint of the same tree, or a consistency proof that leads to one, where the proof holds none itself.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["checkpoint", "full"])]
    cosigned: Option<PathBuf>,
    /// With --reperform: writes the log up to the end of a range of time into one file, with all that its decisions stood on, for
    /// `sagwan verify FILE --key LOG.pub`, which makes them again offline.
    #[arg(long, value_name = "FILE", requires = "reperform")]
    save: Option<PathBuf>,
    /// The beginning of the range; otherwise the beginning of the log.
    #[arg(long, value_name = "TIME", requires = "save")]
    since: Option<String>,
    /// The end of the range, exclusive; otherwise now.
    #[arg(long, value_name = "TIME", requires = "save")]
    until: Option<String>,
    /// With --full: verifies, re-performs, and when nothing differs signs what was found: origin, size, tree root and index
    /// root (docs/audit.md).
    #[arg(long, requires_all = ["full", "auditor_key", "auditor_name"])]
    attest: bool,
    /// Your secret key, in PEM, to attest with; not the log's.
    #[arg(long, value_name = "KEY.pem", requires = "attest")]
    auditor_key: Option<PathBuf>,
    /// The name under which you attest, such as audit.example/ann.
    #[arg(long, value_name = "NAME", requires = "attest")]
    auditor_name: Option<String>,
    /// Where to write the attestation; otherwise stdout.
    #[arg(long, value_name = "FILE", requires = "attest")]
    out: Option<PathBuf>,
    /// An attestation that stands beside evidence; may be given several times.
    #[arg(long, value_name = "FILE", requires_all = ["target", "auditor"])]
    attestation: Vec<PathBuf>,
    /// An auditor on whom you rely: his verifier key (name+hash+base64), or his public key in PEM; several times for several.
    #[arg(long, value_name = "KEY.pub", requires = "target")]
    auditor: Vec<PathBuf>,
    /// The whole ledger: every byte of the log, every signature, every seal, without the index.
    #[arg(long, conflicts_with_all = ["target", "statement", "actor_key"])]
    full: bool,
    /// With --full: makes every decision, denial and verdict again, with the policies and plugins of the time, and holds
    /// them against the seals. Fails when one comes out otherwise; lists what cannot be made again.
    #[arg(long, requires = "full")]
    reperform: bool,
}

/// What was verified: the JSON shape, too.
#[derive(Debug, Default, Serialize)]
struct Report {
    /// What was verified.
    verified: &'static str,
    /// What was checked, a line each.
    checked: Vec<String>,
    /// What is only claimed, a line each.
    claimed: Vec<String>,
    /// What should have been checked and could not be, a line each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_checked: Vec<String>,
    /// Blobs that the log names: how many were hashed, how many are not here, and which.
    #[serde(skip_serializing_if = "Option::is_none")]
    blobs: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<Digest>,
    /// The size of the tree that a kept checkpoint is of.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept_size: Option<u64>,
    /// What was made again, and how much of it came out otherwise, or could not be made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    reperformed: Option<serde_json::Value>,
    /// By when it existed, by the clocks of the witnesses that are relied on.
    #[serde(skip_serializing_if = "Option::is_none")]
    existed_by: Option<crate::event::Timestamp>,
    /// The witnesses that are relied on and cosigned.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cosigned_by: Vec<String>,
    /// What the statement says.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<serde_json::Value>,
}

pub use attest::read as read_attestation;

/// Verifies what the arguments name.
///
/// # Errors
/// When it does not hold, or cannot be read.
pub fn run(args: &Args, context: &Context) -> Done {
    if let (None, Some(target)) = (&args.checkpoint, &args.target)
        && target.parse::<u64>().is_err()
        && file::is_evidence(target.as_ref())?
    {
        let is_range = file::is_range(target.as_ref())?;
        args.all_heeded(if is_range { Target::Range } else { Target::Evidence })?;
        return match is_range {
            true => range::run(context, args, target.as_ref()),
            false => evidence::run(context, args, target.as_ref()),
        };
    }
    let report = match (&args.checkpoint, &args.target) {
        (Some(path), _) => kept::verify(context, args, path)?,
        (None, None) => return ledger::full(context, args),
        (None, Some(target)) => match target.parse() {
            Ok(index) => ledger::record(context, args, index)?,
            Err(_) => file::verify(context, args, target.as_ref())?,
        },
    };
    report.print(context)
}

impl Args {
    /// What cosignatures of the witnesses that are named say about a tree head; its own checkpoint may carry them, or the
    /// file that `--cosigned` names.
    fn bound(&self, keys: &LogKeys, head: &Head, own: Option<&[u8]>) -> Done<Option<Cosigned>> {
        self.trust.judge(keys, head, own, self.cosigned.as_deref())
    }
}

impl Report {
    fn print(&self, context: &Context) -> Done {
        if context.printer.json {
            return context.printer.value(self);
        }
        let mut fields = vec![("verified", self.verified.to_owned())];
        fields.extend(self.checked.iter().map(|line| ("checked", line.clone())));
        fields.extend(self.claimed.iter().map(|line| ("claimed", line.clone())));
        fields.extend(self.not_checked.iter().map(|line| ("not checked", line.clone())));
        fields.extend(self.events.iter().map(|event| {
            let said = ["kind", "subject", "env"].map(|field| super::view::text(Some(event), field));
            ("says", said.join(" ").trim_end().to_owned())
        }));
        context.printer.fields(&fields)
    }
}

/// The pinned keys: those given, or those of the ledger here.
fn keys(context: &Context, args: &Args) -> Done<LogKeys> {
    let path = match &args.key {
        Some(path) => path.clone(),
        None => {
            context.folder().map(|folder| folder.join(log_pub::FILE)).ok().filter(|path| path.is_file()).ok_or_else(
                || {
                    Failure::usage(
                        "no key to verify with",
                        "give --key LOG.pub, from elsewhere than whoever gave the proof",
                    )
                },
            )?
        }
    };
    log_pub::read(&path, args.origin.as_deref())
}
