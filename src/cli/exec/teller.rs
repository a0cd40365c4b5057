//! Telling the ledger about a run without ever standing in the run's way.

use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        fate::{Fate, Word},
        recorder::{Parcel, Recorder, Secrets},
        spool::{self, Spool, Told},
    },
    event::Event,
};
use std::{cell::RefCell, path::PathBuf};

/// Records the events of a run, or keeps them for later.
pub struct Teller<'c> {
    context: &'c Context,
    recorder: &'c Recorder<'c>,
    spool: Spool,
    target: String,
    strict: bool,
    /// What of this run waits in the spool.
    kept: RefCell<Vec<PathBuf>>,
    /// What the user was told of that.
    told: RefCell<Told>,
}

impl<'c> Teller<'c> {
    /// A teller for one run.
    ///
    /// # Errors
    /// When the settings cannot be read, or there is no ledger here.
    pub fn new(context: &'c Context, recorder: &'c Recorder<'c>, strict: bool) -> Done<Self> {
        let (spool, target) = (Spool::new(context)?, recorder.target()?);
        Ok(Self { context, recorder, spool, target, strict, kept: RefCell::default(), told: RefCell::default() })
    }

    /// Records events, each as a statement of its own. What could not be recorded waits in the spool; what was refused
    /// is told. With `--strict` both are errors. A ledger that is not to be had is waited for once, not for each of them.
    ///
    /// # Errors
    /// Only with `--strict`.
    pub fn tell(&self, events: &[Event]) -> Done {
        let mut away: Option<Failure> = None;
        for event in events {
            let name = format!("{} {}", event.kind(), event.subject);
            let parcel = self.recorder.parcel(std::slice::from_ref(event), Secrets::default());
            let told = parcel.and_then(|parcel| match &away {
                None => self.send(&name, &parcel),
                Some(why) => self.keep(&name, &parcel, Some(why.clone())),
            });
            match told {
                Err(failure) if self.strict => return Err(failure.within(&name)),
                Err(failure) => {
                    let why = failure.on_one_line();
                    self.context.printer.warn(&format!("warning: {name} is not recorded: {why}"));
                }
                Ok(found) => away = found.or(away),
            }
        }
        Ok(())
    }

    /// Lets go of the folder while the command runs: others want to record meanwhile.
    pub fn release(&self) {
        if let Err(failure) = self.recorder.release() {
            self.context.printer.warn(&format!("warning: {failure}"));
        }
    }

    /// Sends what waits, and then this; gives why the ledger was not to be had, where it was not.
    fn send(&self, name: &str, parcel: &Parcel) -> Done<Option<Failure>> {
        // What waits was first, and may be what this one refers to.
        let tally = spool::resubmit(self.context, self.recorder, &self.spool, false, &mut self.told.borrow_mut());
        if let Some(away) = tally.away {
            return self.keep(name, parcel, Some(away));
        }
        if self.kept.borrow().iter().any(|path| path.exists()) {
            let earlier = Failure::invalid("an earlier statement of this run waits", "see `sagwan spool list`");
            return self.keep(name, parcel, Some(earlier));
        }
        let sent = self.recorder.send(std::slice::from_ref(parcel)).map(|mut fates| fates.pop());
        match sent {
            Ok(Some(fate)) if fate.verdict == Word::Recorded => {
                self.tell_of(name, &fate);
                Ok(None)
            }
            Ok(Some(fate)) if fate.verdict == Word::Refused => fate.failure().map_or(Ok(None), Err),
            Ok(fate) => self.keep(name, parcel, fate.and_then(|fate| fate.failure())),
            Err(failure) => self.keep(name, parcel, Some(failure)),
        }
    }

    fn tell_of(&self, name: &str, fate: &Fate) {
        let index = fate.index.unwrap_or_default();
        self.context.printer.note(&format!("sagwan: {name} is record {index}"));
        fate.warn(&self.context.printer);
    }

    fn keep(&self, name: &str, parcel: &Parcel, failure: Option<Failure>) -> Done<Option<Failure>> {
        let why = failure.unwrap_or_else(|| Failure::invalid("no verdict came back", "look at `sagwan log`"));
        if self.strict {
            return Err(why);
        }
        let place = self.spool.put(name, &self.target, parcel, &why, self.context.now())?;
        self.context.printer.warn(&format!(
            "warning: {name} is not recorded yet: {}; it waits in {} for the next record or exec",
            why.what,
            place.display()
        ));
        self.told.borrow_mut().insert(place.clone());
        self.kept.borrow_mut().push(place);
        Ok(Some(why).filter(spool::is_away))
    }
}
