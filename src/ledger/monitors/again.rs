//! A monitor once more, from its approval on: the same looks at the same records, for whoever compares what it says now
//! with what the log says it said.

use super::{
    super::{error::LedgerError, ground::Ground, prefix::Archive},
    held,
    walk::{Memory, look},
};
use crate::{
    event::{Digest, Event, limits},
    plugin::Plugin,
    state::{Binding, Mark},
};
use std::sync::Arc;

/// A monitor under one binding, on its way along the log again.
pub struct Rewatch {
    id: Digest,
    binding: Binding,
    memory: Option<Memory>,
}

/// What a monitor found between two of its marks, and where it stands then.
#[derive(Clone, Debug)]
pub struct Rewatched {
    /// What it found, as events, in order.
    pub events: Vec<Event>,
    /// Where it stands.
    pub mark: Mark,
    /// Calls that ended for a reason of this host.
    pub indeterminate: u64,
}

impl Rewatch {
    /// Before the first record that the binding is to look at. `id` is the identity of the statement that bound it.
    #[must_use]
    pub fn new(id: Digest, binding: Binding) -> Self {
        Self { id, binding, memory: None }
    }

    /// The binding.
    #[must_use]
    pub fn binding(&self) -> &Binding {
        &self.binding
    }

    /// Looks at the records below `next`.
    ///
    /// # Errors
    /// [`LedgerError::Monitor`] when its component is not at hand; those of the log.
    pub fn look_up_to(&mut self, ground: &Arc<Ground>, next: u64) -> Result<Rewatched, LedgerError> {
        let Ok(Plugin::Monitor(monitor)) = ground.plugins().plugin(&self.binding.component).map_err(held) else {
            let component = self.binding.component;
            return Err(held(format!("component {component} is not at hand, or is no monitor")));
        };
        let mut memory = match self.memory.take() {
            Some(memory) => memory,
            None => {
                let approved = self.binding.approved.unwrap_or(self.binding.index);
                Memory::new(approved + 1, ground.time_at(approved)?)
            }
        };
        let archive: Arc<dyn Archive> = Arc::clone(ground) as _;
        let before = memory.indeterminate;
        let mut events = Vec::new();
        while memory.next < next {
            events.extend(look(&archive, (&self.binding, &self.id), &monitor, &mut memory)?);
            if events.len() > limits::REWATCHED_EVENTS_MAX {
                return Err(held(format!(
                    "it found more than {} things since its last mark",
                    limits::REWATCHED_EVENTS_MAX
                )));
            }
        }
        let rewatched = Rewatched { events, mark: memory.mark(), indeterminate: memory.indeterminate - before };
        self.memory = Some(memory);
        Ok(rewatched)
    }
}
