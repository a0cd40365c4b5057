//! What stands around subjects: the records that mention one, and the edges that they make, side by side in memory, which
//! is all that a walk along lineage reads of it. Kept for the next walk, and forgotten as soon as another record mentions
//! the subject.

use super::{
    edge::{Link, edges},
    kept::{Generations, Weigh},
    outline::Outline,
};
use crate::event::{Subject, limits};
use ahash::AHashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What the records that mention a subject say of it, in log order.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// Their outlines.
    pub outlines: Vec<Arc<Outline>>,
    /// The edges that end at the subject, by where they begin.
    pub into: Vec<Link>,
    /// The edges that begin at it, by where they end.
    pub out: Vec<Link>,
    /// The log index after the last of the records: beside the edges, so that nothing else need be read for it.
    end: u64,
}

impl Surroundings {
    /// What these outlines, in log order, say of a subject.
    #[must_use]
    pub fn of(subject: &Subject, outlines: Vec<Arc<Outline>>) -> Self {
        let (mut into, mut out) = (Vec::new(), Vec::new());
        for edge in outlines.iter().flat_map(|outline| edges(outline)) {
            // No edge leads from a subject to itself.
            if edge.to == *subject {
                let from = edge.from.clone();
                into.push(Link::new(edge, from));
            } else if edge.from == *subject {
                let to = edge.to.clone();
                out.push(Link::new(edge, to));
            }
        }
        into.shrink_to_fit();
        out.shrink_to_fit();
        let end = outlines.last().map_or(0, |last| last.index + 1);
        Self { outlines, into, out, end }
    }

    /// The same as of the log's first `end` entries; `None` if nothing came later.
    pub(super) fn below(&self, end: u64) -> Option<Self> {
        (self.end > end).then(|| {
            let outlines: Vec<_> = self.outlines.iter().filter(|outline| outline.index < end).cloned().collect();
            let links = |links: &[Link]| links.iter().filter(|link| link.index < end).cloned().collect();
            let ends = outlines.last().map_or(0, |last| last.index + 1);
            Self { into: links(&self.into), out: links(&self.out), outlines, end: ends }
        })
    }
}

/// A record is in the surroundings of each subject that it mentions. Where many of them are kept, its outline is weighed
/// once in all, where few, a quarter of it at least: so memory stays below four times the bound, whatever is read.
const SHARED_BY_MAX: usize = 4;

impl Weigh for Surroundings {
    fn weight(&self) -> usize {
        let share = |outline: &Arc<Outline>| {
            let mentions = outline.events.iter().map(|event| event.mentions().count()).sum::<usize>();
            outline.weight() / mentions.clamp(1, SHARED_BY_MAX)
        };
        let links = (self.into.len() + self.out.len()) * size_of::<Link>();
        200 + 8 * self.outlines.len() + links + self.outlines.iter().map(share).sum::<usize>()
    }
}

/// The surroundings of subjects, by their names.
pub(super) struct Surrounded(Mutex<Inner>);

struct Inner {
    /// The log's size up to which all that is kept is whole. A head is published after this has reached it, so a reader
    /// finds here all that there is below his head.
    size: u64,
    kept: Generations<Box<str>, Surroundings>,
    /// One text for each subject that links name, so that a walk finds it in the processor's cache.
    names: AHashSet<Subject>,
}

impl Surrounded {
    /// Nothing yet, for a log of `size` entries.
    pub(super) fn new(size: u64) -> Self {
        let kept = Generations::new(limits::SURROUNDINGS_KEPT_BYTES);
        Self(Mutex::new(Inner { size, kept, names: AHashSet::new() }))
    }

    /// What is at hand of each of some subjects.
    pub(super) fn get_all(&self, subjects: &[Subject]) -> Vec<Option<Arc<Surroundings>>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        subjects.iter().map(|subject| inner.kept.get(subject.as_str())).collect()
    }

    /// Keeps what a reader whose head is of `size` has read of a subject; not if the log has grown meanwhile, for then it
    /// might not be whole.
    pub(super) fn put(&self, subject: &Subject, mut read: Surroundings, size: u64) -> Arc<Surroundings> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.size != size {
            return Arc::new(read);
        }
        read.into.iter_mut().chain(&mut read.out).for_each(|link| inner.share(&mut link.other));
        let read = Arc::new(read);
        inner.kept.put(subject.as_str().into(), Arc::clone(&read));
        read
    }

    /// The log has grown to `size` by entries with these keys of the index: to be said before anybody sees the new head.
    pub(super) fn grown<'k>(&self, keys: impl Iterator<Item = &'k [u8]>, size: u64) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.size = size;
        if inner.kept.is_empty() {
            return;
        }
        let subjects = keys.filter_map(|key| std::str::from_utf8(key.strip_prefix(SUBJECT_KEY)?).ok());
        subjects.for_each(|subject| inner.kept.forget(subject));
    }
}

impl Inner {
    /// Makes a name share its text with those of other links.
    fn share(&mut self, name: &mut Subject) {
        if let Some(known) = self.names.get(name) {
            *name = known.clone();
            return;
        }
        if self.names.len() >= limits::SURROUNDINGS_NAMES_MAX {
            // What is shared stays shared; it only is not known any more.
            self.names.clear();
        }
        self.names.insert(name.clone());
    }
}

/// What the keys of subjects begin with ([`crate::event::EventKey`]).
const SUBJECT_KEY: &[u8] = b"s:";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKey;

    #[test]
    fn what_has_grown_since_is_not_kept() {
        let subject: Subject = "dataset/a@1".parse().unwrap();
        let other: Subject = "dataset/b@1".parse().unwrap();
        let put = |kept: &Surrounded, subject: &Subject, size| drop(kept.put(subject, Surroundings::default(), size));
        let at_hand = |kept: &Surrounded| {
            let found = kept.get_all(&[subject.clone(), other.clone()]);
            found.iter().map(Option::is_some).collect::<Vec<_>>()
        };
        let kept = Surrounded::new(10);
        put(&kept, &subject, 10);
        put(&kept, &other, 10);
        assert_eq!(at_hand(&kept), [true, true]);
        let key = EventKey::Subject(subject.clone()).to_string();
        kept.grown([key.as_bytes(), b"a:user:ana", b"k:seal"].into_iter(), 12);
        assert_eq!(at_hand(&kept), [false, true], "mentioned by one of the two new entries");
        put(&kept, &subject, 10);
        assert_eq!(at_hand(&kept), [false, true], "read before they were there");
        put(&kept, &subject, 12);
        assert_eq!(at_hand(&kept), [true, true]);
    }
}
