//! `sagwan key`: keys made, shown, enrolled, revoked, and the log's own key rotated.

mod ledger;
mod local;

use super::{Context, failure::Done, signer::SignerArgs};
use crate::event::{ActorId, Digest, Subject, SubjectKind, Text};
use std::path::PathBuf;

/// Make, show, enrol and revoke keys.
#[derive(clap::Args, Debug)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand, Debug)]
enum Action {
    /// Make a private key (PKCS#8 PEM, as `openssl genpkey -algorithm ed25519` makes it)
    New {
        /// Where to write it; never over a file that is there.
        #[arg(long, short, value_name = "FILE")]
        out: PathBuf,
    },
    /// Print the public half of a key as PEM
    Public {
        /// A private or public key in PEM.
        file: PathBuf,
    },
    /// Show a key's thumbprint, algorithm and public bytes
    #[command(visible_alias = "thumbprint")]
    Show {
        /// A private or public key in PEM.
        file: PathBuf,
        /// Also the verifier key (C2SP vkey) under this log's name.
        #[arg(long, value_name = "ORIGIN")]
        origin: Option<String>,
    },
    /// Ask to have a key enrolled: prints its public half and the proof that you hold it, for an officer
    Request {
        /// Whose key it will be.
        #[arg(long = "for", value_name = "ACTOR")]
        owner: ActorId,
        /// The private key, which stays with you.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Enrol a further key of an actor
    Enroll(Enroll),
    /// Revoke a key: nothing that it signs from now on is recorded; with `--of service:ledger` an old key of the log
    Revoke(Revoke),
    /// Give the log a new key: the old one signs it in, and both sign checkpoints until the old one is revoked with
    /// `key revoke --of service:ledger`
    RotateLog {
        /// The new private key, a PKCS#8 PEM file; otherwise one is made.
        #[arg(long, value_name = "FILE")]
        new: Option<PathBuf>,
    },
}

#[derive(clap::Args, Debug)]
struct Enroll {
    #[command(flatten)]
    proof: ProofArgs,
    #[command(flatten)]
    signer: SignerArgs,
}

/// The key to be enrolled, with the proof of its possession.
#[derive(clap::Args, Clone, Debug)]
pub struct ProofArgs {
    /// Whose key it is; otherwise the one who signs, or the one whom the request names.
    #[arg(long = "for", value_name = "ACTOR")]
    pub owner: Option<ActorId>,
    /// The private key to be enrolled, where it is at hand.
    #[arg(long, value_name = "FILE", conflicts_with = "request")]
    pub new_key: Option<PathBuf>,
    /// What `sagwan key request` printed.
    #[arg(long, value_name = "FILE")]
    pub request: Option<PathBuf>,
}

#[derive(clap::Args, Debug)]
struct Revoke {
    /// The key's thumbprint, sha256:….
    #[arg(value_name = "THUMBPRINT")]
    kid: Digest,
    /// Whose key it is; otherwise the one who signs. For `service:ledger` the log signs by itself, beside its folder.
    #[arg(long = "of", value_name = "ACTOR")]
    owner: Option<ActorId>,
    /// Why.
    #[arg(long)]
    reason: Text,
    /// The first log index at which it may have been in foreign hands: records from there on are flagged.
    #[arg(long, value_name = "INDEX")]
    suspect_since: Option<u64>,
    #[command(flatten)]
    signer: SignerArgs,
}

pub use ledger::{actor_subject, enrolment, ledger_event};

/// Does what is asked.
///
/// # Errors
/// When a key cannot be read or written, or the ledger refuses.
pub fn run(args: &Args, context: &Context) -> Done {
    match &args.action {
        Action::New { out } => local::new(context, out),
        Action::Public { file } => local::public(context, file),
        Action::Show { file, origin } => local::show(context, file, origin.as_deref()),
        Action::Request { owner, file } => local::request(context, owner, file),
        Action::Enroll(enroll) => ledger::enroll(context, enroll),
        Action::Revoke(revoke) => ledger::revoke(context, revoke),
        Action::RotateLog { new } => ledger::rotate_log(context, new.as_deref()),
    }
}

/// `actor/ACTOR`.
fn subject_of(actor: &ActorId) -> Result<Subject, crate::event::EventError> {
    Subject::new(SubjectKind::Actor, actor.as_str())
}
