//! Where records are read from: the folder, or a server.

use super::{
    Context,
    asker::AskerArgs,
    failure::{Done, Failure},
    ledger_failure,
    remote::Remote,
    view::RecordView,
};
use crate::{
    event::Digest,
    ledger::{Asker, DecisionFilter, Ledger, Query},
};
use serde::Deserialize;

/// Read from a server in the place of the folder.
#[derive(Clone, Debug, clap::Args)]
pub struct ReaderArgs {
    /// Read from this server instead of the folder; otherwise client.server of sagwan.toml.
    #[arg(long, value_name = "URL", env = "SAGWAN_SERVER")]
    server: Option<String>,
    /// The token to read with (better given by SAGWAN_TOKEN than in the command line).
    #[arg(long, env = "SAGWAN_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    asker: AskerArgs,
}

/// Where records are read from.
pub enum Source {
    /// The folder, and who reads it.
    Folder(Box<Ledger>, Box<Asker>),
    /// A server, which decides by its token what may be read.
    Server(Remote),
}

/// A form of proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Form {
    /// A receipt (RFC 9942).
    Cose,
    /// The statement with its receipt (RFC 9943).
    Transparent,
    /// C2SP text.
    TlogProof,
    /// The signed statement alone.
    Statement,
}

#[derive(Deserialize)]
struct Page {
    records: Vec<RecordView>,
    next: Option<u64>,
}

/// Records a page.
const PAGE: usize = 500;

impl Source {
    /// Opens what the arguments and settings name.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(context: &Context, args: &ReaderArgs) -> Done<Self> {
        let settings = context.settings()?;
        match args.server.clone().or_else(|| settings.config.client.server.clone()) {
            Some(url) => {
                let remote = Remote::new(&url, args.token.as_deref(), &settings)?;
                Ok(Self::Server(remote.reading(None, args.asker.purpose())?))
            }
            None => {
                let asker = args.asker.asker(&settings)?;
                Ok(Self::Folder(Box::new(context.open()?), Box::new(asker)))
            }
        }
    }

    /// One record.
    ///
    /// # Errors
    /// When there is none.
    pub fn record(&self, index: u64) -> Done<RecordView> {
        match self {
            Self::Folder(ledger, asker) => {
                let seen = ledger.as_reader(Asker::clone(asker)).record(index);
                seen.map(|seen| RecordView::of(&seen.value)).map_err(|error| ledger_failure::of(&error))
            }
            Self::Server(remote) => remote.get(&format!("/api/v1/records/{index}"), &[]),
        }
    }

    /// The proof of a record.
    ///
    /// # Errors
    /// When there is no such record.
    pub fn proof(&self, index: u64, form: Form) -> Done<Vec<u8>> {
        let viewer = match self {
            Self::Folder(ledger, asker) => ledger.as_reader(Asker::clone(asker)),
            Self::Server(remote) => {
                let format = match form {
                    Form::Cose => "receipt",
                    Form::Transparent => "transparent",
                    Form::TlogProof => "tlog-proof",
                    Form::Statement => {
                        let next = "ask for --format transparent, which holds it";
                        return Err(Failure::usage("a server gives statements with their receipts", next));
                    }
                };
                return remote.bytes(&format!("/api/v1/records/{index}/receipt"), &[("format", format.into())]);
            }
        };
        let bytes = match form {
            Form::Cose => viewer.receipt(index),
            Form::Transparent => viewer.transparent_statement(index),
            Form::TlogProof => viewer.tlog_proof(index).map(|seen| seen.map(String::into_bytes)),
            Form::Statement => viewer.record(index).map(|seen| seen.map(|record| record.bytes.to_vec())),
        };
        bytes.map(|seen| seen.value).map_err(|error| ledger_failure::of(&error))
    }

    /// The index that `text` names: a number, or the identity of a statement of the last day.
    ///
    /// # Errors
    /// When it is neither, or nothing has this identity.
    pub fn find(&self, text: &str) -> Done<u64> {
        if let Ok(index) = text.parse() {
            return Ok(index);
        }
        let identity: Digest = text.parse().map_err(|_| {
            let next = "write a number, or sha256: and 64 digits";
            Failure::usage(format!("{text:?} is neither an index nor a digest"), next)
        })?;
        let Self::Folder(ledger, _) = self else {
            return Err(Failure::usage("a server is asked by index", "find the index with `sagwan log`"));
        };
        let found = ledger.find(&identity).map_err(|error| ledger_failure::of(&error))?;
        found.ok_or_else(|| {
            let next = "older ones are found by index: see `sagwan log`";
            Failure::not_found(format!("no statement of the last 24 hours is {identity}"), next)
        })
    }

    /// Hands each record that `query` asks for to `show`, at most `limit` of them (0: all); whether there are more.
    ///
    /// # Errors
    /// Those of reading and of `show`.
    pub fn each(&self, mut query: Query, limit: usize, mut show: impl FnMut(&RecordView) -> Done) -> Done<bool> {
        let mut left = if limit == 0 { usize::MAX } else { limit };
        loop {
            query.limit = left.min(PAGE);
            let page = self.page(&query)?;
            page.records.iter().try_for_each(&mut show)?;
            left = left.saturating_sub(page.records.len());
            query.cursor = page.next;
            if page.next.is_none() || left == 0 {
                return Ok(page.next.is_some());
            }
        }
    }

    /// Hands each record that `query` asks for to `look` until it has seen enough; the cursor of what is left then.
    ///
    /// # Errors
    /// Those of reading and of `look`.
    pub fn each_while(&self, mut query: Query, mut look: impl FnMut(&RecordView) -> Done<bool>) -> Done<Option<u64>> {
        query.limit = PAGE;
        loop {
            let page = self.page(&query)?;
            let mut records = page.records.iter().peekable();
            while let Some(record) = records.next() {
                if !look(record)? {
                    return Ok(records.peek().map(|next| next.index).or(page.next));
                }
            }
            query.cursor = page.next;
            if page.next.is_none() {
                return Ok(None);
            }
        }
    }

    fn page(&self, query: &Query) -> Done<Page> {
        match self {
            Self::Folder(ledger, asker) => {
                let seen = ledger.as_reader(Asker::clone(asker)).query(query);
                let page = seen.map_err(|error| ledger_failure::of(&error))?.value;
                Ok(Page { records: page.records.iter().map(RecordView::of).collect(), next: page.next })
            }
            Self::Server(remote) => remote.get("/api/v1/records", &parameters(query)),
        }
    }
}

/// The query as the HTTP API spells it.
fn parameters(query: &Query) -> Vec<(&'static str, String)> {
    let decision = query.decision.map(|decision| match decision {
        DecisionFilter::Allow => "allow".to_owned(),
        DecisionFilter::Deny => "deny".to_owned(),
        DecisionFilter::WouldDeny => "would-deny".to_owned(),
    });
    let optional = [
        ("subject", query.subject.as_ref().map(ToString::to_string)),
        ("kind", query.kind.as_ref().map(ToString::to_string)),
        ("actor", query.actor.as_ref().map(ToString::to_string)),
        ("env", query.env.map(|env| env.to_string())),
        ("since", query.since.map(|time| time.to_string())),
        ("until", query.until.map(|time| time.to_string())),
        ("decision", decision),
        ("rule", query.rule.clone()),
        ("cursor", query.cursor.map(|cursor| cursor.to_string())),
        ("limit", Some(query.limit.to_string())),
        ("order", query.newest_first.then(|| "newest".to_owned())),
    ];
    optional.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
