//! What a rule asks of the past.

use crate::{Event, Host, body};
use sagwan_common::Value;

/// Events of one answer.
const PAGE: u32 = 256;

/// The events that mention a subject, the newest first.
pub struct Past {
    /// The events.
    pub events: Vec<Event>,
    /// There are older ones that were not asked for.
    pub more: bool,
}

/// The newest events of these kinds that mention a subject, at most about `most`.
#[must_use]
pub fn every(host: &dyn Host, subject: &str, kinds: &[&str], most: usize) -> Past {
    let mut events: Vec<Event> = Vec::new();
    let mut from = None;
    while events.len() < most {
        let page = host.backwards(subject, kinds, from, PAGE);
        let full = page.len() >= PAGE as usize;
        let last = page.last().map(|event| event.index);
        // A page begins with the statement that the one before ended in: it may have had more events.
        let known = events.len().saturating_sub(PAGE as usize);
        let seen: Vec<(u64, u32)> = events.iter().skip(known).map(|event| (event.index, event.position)).collect();
        let before = events.len();
        events.extend(page.into_iter().filter(|event| !seen.contains(&(event.index, event.position))));
        let Some(last) = last.filter(|_| full) else { return Past { events, more: false } };
        from = if events.len() > before { Some(last) } else { last.checked_sub(1) };
        if from.is_none() {
            return Past { events, more: false };
        }
    }
    Past { events, more: true }
}

/// The digest of what an event of a model or a prompt is about: its `artifact` or `template`.
#[must_use]
pub fn artifact(event: &Event) -> Option<String> {
    let body = body(event);
    body.get("artifact").or_else(|| body.get("template")).and_then(Value::digest)
}

/// Whether an event says something under a pointer below `/body/`: in the open, or committed to.
#[must_use]
pub fn says(event: &Event, field: &str) -> bool {
    body(event).get(field).is_some() || event.committed.iter().any(|path| path.strip_prefix("/body/") == Some(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of one event a statement, or of `batch` events a statement.
    struct Log {
        events: u64,
        batch: u64,
    }

    impl Host for Log {
        fn backwards(&self, _: &str, _: &[&str], from: Option<u64>, limit: u32) -> Vec<Event> {
            let event = |n: u64| Event {
                kind: "x.a.b".into(),
                subject: "model/a@1".into(),
                env: None,
                actor: "user:ana".into(),
                index: n / self.batch,
                position: u32::try_from(n % self.batch).unwrap(),
                recorded: 0,
                claimed: 0,
                inputs: Vec::new(),
                outputs: Vec::new(),
                body: vec![0xa0],
                facets: vec![0xa0],
                committed: Vec::new(),
                attributes: Vec::new(),
            };
            let events = (0..self.events).rev().map(event).filter(|event| from.is_none_or(|from| event.index <= from));
            events.take(limit as usize).collect()
        }

        fn blob(&self, _: &str) -> Option<Vec<u8>> {
            None
        }
    }

    #[test]
    fn pages_neither_repeat_nor_miss() {
        for (events, batch) in
            [(0, 1), (1, 1), (255, 1), (256, 1), (257, 1), (1_000, 1), (1_000, 7), (1_000, 200), (512, 256)]
        {
            let past = every(&Log { events, batch }, "model/a@1", &[], 10_000);
            let mut places: Vec<(u64, u32)> = past.events.iter().map(|event| (event.index, event.position)).collect();
            places.sort_unstable();
            places.dedup();
            assert_eq!((past.events.len() as u64, places.len() as u64, past.more), (events, events, false), "{batch}");
        }
        let cut = every(&Log { events: 1_000, batch: 1 }, "model/a@1", &[], 300);
        assert!(cut.more && cut.events.len() < 600);
    }
}
