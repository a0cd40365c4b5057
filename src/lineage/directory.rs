//! Which place a subject has among those of a walk.

use super::graph::Node;
use crate::{event::Subject, ledger::Surroundings};
use ahash::AHashMap;

/// The places of subjects, found by where their names are in memory as far as that is enough. What was read must be held
/// for as long as it is asked.
#[derive(Default)]
pub(super) struct Directory {
    by_address: AHashMap<usize, usize>,
    /// Where the names of all that was read are of one register, each subject has one address.
    register: Option<u64>,
    /// Otherwise the places by name, too.
    by_name: AHashMap<Subject, usize>,
}

impl Directory {
    /// With room for so many subjects.
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { by_address: AHashMap::with_capacity(count), ..Self::default() }
    }

    /// Heeds what is read next, in a walk that came to these subjects by now.
    pub(super) fn heed(&mut self, read: &Surroundings, nodes: &[Node]) {
        if self.register.is_some() && self.register == read.register() {
            return;
        }
        self.register = None;
        if !self.by_name.is_empty() {
            return;
        }
        match (read.register(), nodes) {
            // It begins with this one.
            (Some(register), [_]) => {
                self.register = Some(register);
                self.by_address.insert(read.subject().address(), 0);
            }
            _ => self.by_name.extend(nodes.iter().enumerate().map(|(place, node)| (node.subject.clone(), place))),
        }
    }

    /// The place of a subject that was read.
    pub(super) fn get(&mut self, subject: &Subject) -> Option<usize> {
        let near = self.by_address.get(&subject.address()).copied();
        if near.is_some() || self.register.is_some() {
            return near;
        }
        let place = self.by_name.get(subject).copied()?;
        self.by_address.insert(subject.address(), place);
        Some(place)
    }

    /// Gives a new subject its place.
    pub(super) fn insert(&mut self, subject: &Subject, place: usize) {
        self.by_address.insert(subject.address(), place);
        if self.register.is_none() {
            self.by_name.insert(subject.clone(), place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subject(name: &str) -> Subject {
        name.parse().unwrap()
    }

    fn read(name: &Subject) -> Surroundings {
        Surroundings::of(name, Vec::new())
    }

    fn node(subject: &Subject) -> Node {
        Node { subject: subject.clone(), distance: 0, records: None, external: false }
    }

    /// The place is that of the name, whatever text it comes in, from when names are not of one register.
    #[test]
    fn a_subject_has_one_place_whatever_its_name_was_read_in() {
        let (root, twin) = (subject("model/m@1"), subject("model/m@1"));
        let other = subject("dataset/d@1");
        for registers in [[None, None], [Some(1), None], [None, Some(1)], [Some(1), Some(2)], [Some(1), Some(1)]] {
            let [first, second] = registers.map(|register| match register {
                Some(register) => read(&root).of_register(register),
                None => read(&root),
            });
            let mut directory = Directory::with_capacity(2);
            let mut nodes = vec![node(&root)];
            directory.heed(&first, &nodes);
            assert_eq!((directory.get(&root), directory.get(&other)), (Some(0), None), "{registers:?}");
            directory.insert(&other, 1);
            nodes.push(node(&other));
            directory.heed(&second, &nodes);
            assert_eq!((directory.get(&root), directory.get(&other)), (Some(0), Some(1)), "{registers:?}");
            if registers != [Some(1), Some(1)] {
                assert_eq!(directory.get(&twin), Some(0), "{registers:?}");
                assert_eq!(directory.get(&subject("dataset/d@1")), Some(1), "{registers:?}");
            }
        }
    }
}
