//! Signing events and bringing them into the ledger: the folder, or a server.

use super::{
    Context, asker,
    failure::{Done, Failure, Kind},
    fate::Fate,
    ledger_failure,
    reader::Source,
    remote::Remote,
    secret,
    signer::{self, SignerArgs},
};
use crate::{
    codec::commit::Opening,
    event::{Digest, Event},
    ledger::{Author, Ledger},
};
use std::cell::RefCell;

/// A statement on its way: signed here, or events that the server signs for a token's bearer; with what the vault is
/// to keep of it.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// What is recorded.
    pub content: Content,
    /// What the vault keeps.
    pub openings: Vec<Opening>,
    /// The positions of events without an environment, which are judged as in `prod`.
    pub without_env: Vec<usize>,
}

/// What is recorded.
#[derive(Clone, Debug)]
pub enum Content {
    /// A Signed Statement.
    Signed(Vec<u8>),
    /// Events for the server's gateway to sign.
    Plain {
        /// One event, or those of a batch.
        events: Vec<Event>,
        /// JSON pointers of fields that the server commits to.
        commit: Vec<String>,
        /// Tells a resubmission from a new request.
        key: String,
    },
}

/// What an event leaves out: values and salts for the vault, or, where the server signs, the fields that it commits to.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// For the vault.
    pub openings: Vec<Opening>,
    /// For the server.
    pub commit: Vec<String>,
}

/// Signs and sends.
pub struct Recorder<'c> {
    context: &'c Context,
    author: Option<Author>,
    way: Way,
}

enum Way {
    Folder(RefCell<Option<Ledger>>),
    Server(Remote),
}

impl<'c> Recorder<'c> {
    /// Reads keys and settings; touches neither ledger nor server yet.
    ///
    /// # Errors
    /// When actor or key are missing, or a setting is wrong.
    pub fn new(context: &'c Context, args: &SignerArgs) -> Done<Self> {
        let settings = context.settings()?;
        let Some(url) = args.server(&settings) else {
            if args.token.is_some() {
                return Err(Failure::usage("a token without a server", "give --server URL, or leave the token out"));
            }
            // Without a ledger there are no settings that name a signer: the ledger is what is missing.
            context.folder()?;
            let author = Some(args.author(&settings)?);
            return Ok(Self { context, author, way: Way::Folder(RefCell::default()) });
        };
        let author = if args.token.is_some() { None } else { Some(args.author(&settings)?) };
        let remote = Remote::new(&url, args.token.as_deref(), &settings)?.reading(args.read_token.as_deref(), None)?;
        Ok(Self { context, author, way: Way::Server(remote) })
    }

    /// Where statements go: a folder's path or a server's address.
    ///
    /// # Errors
    /// When there is no ledger here.
    pub fn target(&self) -> Done<String> {
        match &self.way {
            Way::Server(remote) => Ok(remote.url().to_owned()),
            Way::Folder(_) => {
                let folder = self.context.folder()?;
                Ok(std::path::absolute(&folder).unwrap_or(folder).display().to_string())
            }
        }
    }

    /// A carrier of statements that are signed already.
    ///
    /// # Errors
    /// When a setting is wrong.
    pub fn carrier(context: &'c Context, args: &SignerArgs) -> Done<Self> {
        let settings = context.settings()?;
        let way = match args.server(&settings) {
            Some(url) => Way::Server(
                Remote::new(&url, args.token.as_deref(), &settings)?.reading(args.read_token.as_deref(), None)?,
            ),
            None => Way::Folder(RefCell::default()),
        };
        Ok(Self { context, author: None, way })
    }

    /// Who signs here; nobody where the server does.
    #[must_use]
    pub fn author(&self) -> Option<&Author> {
        self.author.as_ref()
    }

    /// The open ledger, where statements go into the folder.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn ledger(&self) -> Done<Option<Ledger>> {
        let Way::Folder(cell) = &self.way else { return Ok(None) };
        if let Some(ledger) = &*cell.borrow() {
            return Ok(Some(ledger.clone()));
        }
        let ledger = self.context.open()?;
        *cell.borrow_mut() = Some(ledger.clone());
        Ok(Some(ledger))
    }

    /// Where records are read from, for what is to be recorded here.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn source(&self) -> Done<Source> {
        match (&self.way, self.ledger()?) {
            (Way::Server(remote), _) => Ok(Source::Server(remote.clone())),
            (Way::Folder(_), Some(ledger)) => {
                let actor = self.author.as_ref().map(|author| author.actor.clone());
                Ok(Source::Folder(Box::new(ledger), Box::new(asker::asker(actor, None)?)))
            }
            (Way::Folder(_), None) => Err(lost()),
        }
    }

    /// Puts a value into the blobs of the folder or the server, where a statement then names it; its digest.
    ///
    /// # Errors
    /// When it is not taken.
    pub fn put_blob(&self, bytes: &[u8]) -> Done<Digest> {
        if let Way::Server(remote) = &self.way {
            return remote.put_blob(bytes);
        }
        let ledger = self.ledger()?.ok_or_else(lost)?;
        ledger.blobs().put(bytes).map(Digest).map_err(|error| ledger_failure::of_storage(&error))
    }

    /// Closes the ledger, so that others may have it; it is opened again when it is needed.
    ///
    /// # Errors
    /// When it does not close well.
    pub fn release(&self) -> Done {
        let Way::Folder(cell) = &self.way else { return Ok(()) };
        let open = cell.borrow_mut().take();
        open.map_or(Ok(()), |ledger| ledger.close().map_err(|error| ledger_failure::of(&error)))
    }

    /// Signs events as one statement: one event, or a batch of several.
    ///
    /// # Errors
    /// When an event breaks its rules or the whole is too large.
    pub fn parcel(&self, events: &[Event], secrets: Secrets) -> Done<Parcel> {
        let Secrets { openings, commit } = secrets;
        let content = match &self.author {
            None => {
                let key = hex::encode(signer::random::<16>()?);
                Content::Plain { events: events.to_vec(), commit, key }
            }
            Some(author) => Content::Signed(author.sign(events, self.context.now_s(), None).map_err(|error| {
                Failure::invalid(error.to_string(), "correct the event; docs/events.md shows every kind")
            })?),
        };
        let without_env = events.iter().enumerate().filter(|(_, event)| event.env.is_none());
        Ok(Parcel { content, openings, without_env: without_env.map(|(position, _)| position).collect() })
    }

    /// Records parcels, in order; what the vault keeps is there before the statement is.
    ///
    /// # Errors
    /// When the ledger or the server cannot be reached or did not take them; a refusal is a fate, not an error.
    pub fn send(&self, parcels: &[Parcel]) -> Done<Vec<Fate>> {
        let mut fates = self.bring(parcels)?;
        for (fate, parcel) in fates.iter_mut().zip(parcels) {
            fate.without_env.clone_from(&parcel.without_env);
        }
        Ok(fates)
    }

    fn bring(&self, parcels: &[Parcel]) -> Done<Vec<Fate>> {
        if let Way::Server(remote) = &self.way {
            return remote.send(parcels);
        }
        let Some(ledger) = self.ledger()? else { return Ok(Vec::new()) };
        let statements = parcels.iter().map(|parcel| match &parcel.content {
            Content::Signed(statement) => Ok(statement.clone()),
            Content::Plain { .. } => {
                Err(Failure::usage("unsigned events need a server", "give --server URL with the token"))
            }
        });
        let statements = statements.collect::<Done<Vec<_>>>()?;
        let openings: Vec<&Opening> = parcels.iter().flat_map(|parcel| &parcel.openings).collect();
        if !openings.is_empty() {
            secret::keep(&ledger, openings)?;
        }
        let verdicts = ledger.admit_all(statements).map_err(|busy| {
            Failure::new(Kind::Busy, busy.to_string(), "try again; the same statement is never doubled")
        })?;
        Ok(verdicts.iter().map(Fate::of).collect())
    }

    /// Records events as one statement and prints what became of it.
    ///
    /// # Errors
    /// When it was not recorded.
    pub fn record(&self, events: &[Event], secrets: Secrets) -> Done<Fate> {
        self.record_about(events, secrets, None)
    }

    /// The same; JSON has besides, under a name, what was recorded about.
    ///
    /// # Errors
    /// When it was not recorded.
    pub fn record_about(
        &self,
        events: &[Event],
        secrets: Secrets,
        about: Option<(&str, serde_json::Value)>,
    ) -> Done<Fate> {
        let parcel = self.parcel(events, secrets)?;
        let fate = self.send(&[parcel])?.pop().ok_or_else(lost)?;
        let printer = &self.context.printer;
        match (about, serde_json::to_value(&fate)) {
            (Some((name, about)), Ok(serde_json::Value::Object(mut fields))) if printer.json => {
                fields.insert(name.to_owned(), about);
                printer.value(&fields)?;
            }
            _ => fate.print(printer)?,
        }
        fate.failure().map_or(Ok(fate), Err)
    }
}

fn lost() -> Failure {
    Failure::new(Kind::Internal, "no verdict came back", "look for the record with `sagwan log --limit 5`")
}
