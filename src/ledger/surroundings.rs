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
use std::{
    borrow::Borrow,
    hash::{Hash, Hasher},
    hint::black_box,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// What the records that mention a subject say of it, in log order.
#[derive(Debug)]
pub struct Surroundings {
    subject: Subject,
    /// Their outlines.
    pub outlines: Box<[Arc<Outline>]>,
    /// The edges that end at the subject, by where they begin.
    into: Box<[Link]>,
    /// The edges that begin at it, by where they end.
    out: Box<[Link]>,
    /// The log index after the last of the records: beside the edges, so that nothing else need be read for it.
    end: u64,
    register: Option<u64>,
    /// One more than how many subjects had ever been marked personal when none of them was named here; 0 before anybody
    /// looked.
    plain_at: AtomicU64,
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
        let end = outlines.last().map_or(0, |last| last.index + 1);
        let (into, out) = (Link::ranked(into), Link::ranked(out));
        Self {
            subject: subject.clone(),
            outlines: outlines.into(),
            into,
            out,
            end,
            register: None,
            plain_at: AtomicU64::new(0),
        }
    }

    /// The edges in one direction: those that end at the subject, or those that begin at it.
    #[must_use]
    pub fn links(&self, into: bool) -> &[Link] {
        if into { &self.into } else { &self.out }
    }

    /// The subject.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Which register of names its own and those of its links are of, if they are of one: there each subject has but one
    /// text, at one address ([`Subject::address`]).
    #[must_use]
    pub fn register(&self) -> Option<u64> {
        self.register
    }

    /// Whether nothing that the records mention or name was ever marked personal, where `marked` subjects were. It is looked
    /// at once, and again when one more is marked.
    pub(super) fn is_plain(&self, marked: u64, is_marked: impl Fn(&Subject) -> bool) -> bool {
        if self.plain_at.load(Ordering::Relaxed) == marked + 1 {
            return true;
        }
        let is_plain = !self.outlines.iter().flat_map(|outline| outline.names()).any(|(_, subject)| is_marked(subject));
        if is_plain {
            self.plain_at.store(marked + 1, Ordering::Relaxed);
        }
        is_plain
    }

    /// The same, said to be of a register.
    #[cfg(test)]
    pub(crate) fn of_register(self, register: u64) -> Self {
        Self { register: Some(register), ..self }
    }

    /// The same as of the log's first `end` entries; `None` if nothing came later.
    pub(super) fn below(&self, end: u64) -> Option<Self> {
        (self.end > end).then(|| {
            let outlines: Box<[_]> = self.outlines.iter().filter(|outline| outline.index < end).cloned().collect();
            let links = |links: &[Link]| links.iter().filter(|link| link.index < end).cloned().collect();
            let ends = outlines.last().map_or(0, |last| last.index + 1);
            let (into, out) = (links(&self.into), links(&self.out));
            Self {
                subject: self.subject.clone(),
                outlines,
                into,
                out,
                end: ends,
                register: self.register,
                plain_at: AtomicU64::new(0),
            }
        })
    }
}

/// A record is in the surroundings of each subject that it mentions. Where many of them are kept, its outline is weighed
/// once in all, where few, a quarter of it at least: so memory stays below four times the bound, whatever is read.
const SHARED_BY_MAX: usize = 4;
/// Links of a subject that are looked at before they are used.
const TOUCHED_MAX: usize = 16;

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

/// The surroundings of subjects, for all who read.
pub(super) struct Surrounded(Mutex<Inner>);

struct Inner {
    /// The log's size up to which all that is kept is whole. A head is published after this has reached it, so a reader
    /// finds here all that there is below his head.
    size: u64,
    /// By where the text of the subject's name is in memory, which is the place of no other while they are kept, as they
    /// hold it: a walk comes from links, and what is found by a number need not be read to be found.
    kept: Generations<usize, Surroundings>,
    /// One text for each subject that is kept or that links name.
    names: AHashSet<Name>,
    /// Which register of names that is.
    register: u64,
}

/// The name of a subject, found by its text.
struct Name(Subject);

impl Surrounded {
    /// Nothing yet, for a log of `size` entries.
    pub(super) fn new(size: u64) -> Self {
        let kept = Generations::new(limits::SURROUNDINGS_KEPT_BYTES);
        Self(Mutex::new(Inner { size, kept, names: AHashSet::new(), register: 0 }))
    }

    /// What is at hand of each of some subjects, for who will look at their edges in one direction.
    pub(super) fn get_all(&self, subjects: &[&Subject], into: bool) -> Vec<Option<Arc<Surroundings>>> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at_hand = subjects.iter().filter_map(|subject| inner.kept.peek(&subject.address()));
        touch(&at_hand.collect::<Vec<_>>(), into);
        subjects.iter().map(|subject| inner.get(subject)).collect()
    }

    /// Keeps what a reader whose head is of `size` has read of a subject; not if the log has grown meanwhile, for then it
    /// might not be whole.
    pub(super) fn put(&self, mut read: Surroundings, size: u64) -> Arc<Surroundings> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.size != size {
            return Arc::new(read);
        }
        inner.make_room(1 + read.into.len() + read.out.len());
        let others = read.into.iter_mut().chain(&mut read.out).map(|link| &mut link.other);
        others.chain([&mut read.subject]).for_each(|name| inner.share(name));
        read.register = Some(inner.register);
        let read = Arc::new(read);
        inner.kept.put(read.subject.address(), Arc::clone(&read));
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
        subjects.for_each(|subject| inner.forget(subject));
    }
}

/// Looks at all that will be needed, of all before any is used: so the processor waits for the memory of many at once,
/// and not for one after the other, which was half the time of a walk.
fn touch(found: &[&Surroundings], into: bool) {
    let links = || found.iter().flat_map(|found| found.links(into).iter().take(TOUCHED_MAX));
    black_box(found.iter().map(|found| found.end).max());
    black_box(links().map(|link| link.index).max());
    black_box(links().map(|link| link.other.as_str().as_bytes().first()).max());
}

impl Inner {
    fn get(&mut self, subject: &Subject) -> Option<Arc<Surroundings>> {
        let found = self.kept.get(&subject.address());
        found.or_else(|| {
            let Name(known) = self.names.get(subject.as_str())?;
            self.kept.get(&known.address())
        })
    }

    fn forget(&mut self, subject: &str) {
        if let Some(Name(known)) = self.names.get(subject) {
            self.kept.forget(&known.address());
        }
    }

    /// What is kept is found by names: if some must go, all must.
    fn make_room(&mut self, names: usize) {
        if self.names.len() + names > limits::SURROUNDINGS_NAMES_MAX {
            self.names.clear();
            self.kept.clear();
            self.register += 1;
        }
    }

    /// Makes a name share its text with all others of the same subject.
    fn share(&mut self, name: &mut Subject) {
        if let Some(Name(known)) = self.names.get(name.as_str()) {
            *name = known.clone();
        } else {
            self.names.insert(Name(name.clone()));
        }
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.0.as_str()
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Eq for Name {}

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
        let put = |kept: &Surrounded, subject, size| drop(kept.put(Surroundings::of(subject, Vec::new()), size));
        let at_hand = |kept: &Surrounded| {
            let found = kept.get_all(&[&subject, &other], true);
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

    #[test]
    fn what_is_plain_is_looked_at_again_when_one_more_is_marked() {
        let subject: Subject = "dataset/a@1".parse().unwrap();
        let record = Outline::about("dataset/a@1");
        let around = Surroundings::of(&subject, vec![Arc::new(record)]);
        assert!(around.is_plain(3, |_| false));
        assert!(around.is_plain(3, |_| panic!("looked at before")));
        assert!(!around.is_plain(4, |marked| *marked == subject));
        assert!(!around.is_plain(4, |marked| *marked == subject), "what is personal is not noted");
    }

    #[test]
    fn names_share_their_text_until_a_new_register_begins_with_nothing_kept() {
        let named = |name: &str| name.parse::<Subject>().unwrap();
        let kept = Surrounded::new(10);
        let put = |name: &str| kept.put(Surroundings::of(&named(name), Vec::new()), 10);
        let (first, again) = (put("dataset/a@1"), put("dataset/a@1"));
        assert_eq!(first.subject().address(), again.subject().address(), "parsed twice, kept once");
        assert_eq!((first.register(), again.register()), (Some(0), Some(0)));
        kept.0.lock().unwrap().make_room(limits::SURROUNDINGS_NAMES_MAX);
        assert!(kept.get_all(&[&named("dataset/a@1")], true).iter().all(Option::is_none));
        let later = put("dataset/a@1");
        assert_eq!(later.register(), Some(1));
        assert_ne!(first.subject().address(), later.subject().address());
        let late = kept.put(Surroundings::of(&named("dataset/b@1"), Vec::new()), 9);
        assert_eq!(late.register(), None, "of a log that has grown since");
    }
}
