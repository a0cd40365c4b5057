//! What a monitor remembers: bytes by name, with a root that tells two states apart.

use super::error::Cause;
use crate::{
    event::{Digest, limits},
    merkle::{Frontier, leaf_hash},
};
use std::{collections::BTreeMap, ops::Bound, sync::Arc};

/// The state of one binding of a monitor. It follows from the events that the monitor was shown, so it can be made
/// again; it is changed by [`MonitorState::apply`] alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MonitorState {
    entries: BTreeMap<String, Arc<[u8]>>,
    bytes: usize,
}

impl MonitorState {
    /// A state of these entries, as it was stored.
    #[must_use]
    pub fn new(entries: impl IntoIterator<Item = (String, Arc<[u8]>)>) -> Self {
        let entries: BTreeMap<_, _> = entries.into_iter().collect();
        let bytes = entries.iter().map(|(key, value)| key.len() + value.len()).sum();
        Self { entries, bytes }
    }

    /// The entries, in the order of their keys.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.entries.iter().map(|(key, value)| (key.as_str(), &**value))
    }

    /// Bytes of keys and values together.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The root of the RFC 6962 tree (section 2.1) whose leaves are the entries in the order of their keys: each the
    /// key's length (32 bits, big-endian), the key, and the value. Costs two hashes an entry.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut tree = Frontier::new();
        for (key, value) in &self.entries {
            let mut leaf = Vec::with_capacity(size_of::<u32>() + key.len() + value.len());
            leaf.extend_from_slice(&(key.len() as u32).to_be_bytes());
            leaf.extend_from_slice(key.as_bytes());
            leaf.extend_from_slice(value);
            tree.push(leaf_hash(&leaf));
        }
        Digest(tree.root())
    }

    /// Keeps what a call changed.
    pub fn apply(&mut self, changes: Changes) {
        for (key, value) in changes.0 {
            let length = key.len();
            let added = value.as_ref().map_or(0, |value| length + value.len());
            let before = match value {
                Some(value) => self.entries.insert(key, value),
                None => self.entries.remove(&key),
            };
            self.bytes = self.bytes + added - before.map_or(0, |before| length + before.len());
        }
    }
}

/// What a call would change: new bytes by key, or none for a key that is to go. Empty unless the call returned.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Changes(BTreeMap<String, Option<Arc<[u8]>>>);

impl Changes {
    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The changed keys with their new bytes, in the order of the keys.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_deref()))
    }
}

/// A state during a call: what was, and what the call has changed so far.
pub(super) struct Overlay {
    base: Arc<MonitorState>,
    changes: Changes,
    bytes: usize,
    keys: usize,
}

impl Overlay {
    pub(super) fn new(base: Arc<MonitorState>) -> Self {
        Self { bytes: base.bytes, keys: base.entries.len(), base, changes: Changes::default() }
    }

    pub(super) fn get(&self, key: &str) -> Option<Arc<[u8]>> {
        match self.changes.0.get(key) {
            Some(changed) => changed.clone(),
            None => self.base.entries.get(key).cloned(),
        }
    }

    pub(super) fn set(&mut self, key: String, value: Vec<u8>) -> Result<(), Cause> {
        check_key(&key)?;
        if value.len() > limits::PLUGIN_STATE_VALUE_BYTES_MAX {
            let limit = limits::PLUGIN_STATE_VALUE_BYTES_MAX;
            return Err(Cause::State { what: format!("{} bytes under one key, {limit} are allowed", value.len()) });
        }
        let before = self.get(&key).map(|before| before.len());
        self.bytes = self.bytes + value.len() - before.unwrap_or_default();
        if before.is_none() {
            self.bytes += key.len();
            self.keys += 1;
        }
        for (what, found, limit) in
            [("bytes", self.bytes, limits::PLUGIN_STATE_BYTES_MAX), ("keys", self.keys, limits::PLUGIN_STATE_KEYS_MAX)]
        {
            if found > limit {
                return Err(Cause::State { what: format!("{found} {what}, {limit} are allowed") });
            }
        }
        self.changes.0.insert(key, Some(value.into()));
        Ok(())
    }

    pub(super) fn delete(&mut self, key: String) {
        if let Some(before) = self.get(&key) {
            self.bytes -= key.len() + before.len();
            self.keys -= 1;
            self.changes.0.insert(key, None);
        }
    }

    /// The keys that begin with `prefix`, those after `after`, in the order of their bytes.
    pub(super) fn keys(&self, prefix: &str, after: Option<&str>) -> Vec<String> {
        let from = match after {
            Some(after) if after >= prefix => Bound::Excluded(after),
            _ => Bound::Included(prefix),
        };
        let mut base = self.base.entries.range::<str, _>((from, Bound::Unbounded)).map(|(key, _)| key).peekable();
        let mut changed = self.changes.0.range::<str, _>((from, Bound::Unbounded)).peekable();
        let mut found = Vec::new();
        while found.len() < limits::PLUGIN_STATE_LISTED_MAX {
            let changed_first = match (base.peek(), changed.peek()) {
                (None, None) => break,
                (Some(_), None) => false,
                (None, Some(_)) => true,
                (Some(base), Some((changed, _))) => changed <= base,
            };
            let (key, present) = if changed_first {
                let Some((key, value)) = changed.next() else { break };
                // What is changed speaks for what was.
                base.next_if_eq(&key);
                (key, value.is_some())
            } else {
                let Some(key) = base.next() else { break };
                (key, true)
            };
            if !key.starts_with(prefix) {
                break;
            }
            if present {
                found.push(key.clone());
            }
        }
        found
    }

    pub(super) fn into_changes(self) -> Changes {
        self.changes
    }
}

pub(super) fn check_key(key: &str) -> Result<(), Cause> {
    let limit = limits::PLUGIN_STATE_KEY_BYTES_MAX;
    if (1..=limit).contains(&key.len()) {
        return Ok(());
    }
    Err(Cause::State { what: format!("a key of {} bytes, 1 to {limit} are allowed", key.len()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(entries: &[(&str, &str)]) -> MonitorState {
        MonitorState::new(entries.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().into())))
    }

    #[test]
    fn a_call_sees_its_own_changes_and_keeps_them_together() {
        let mut base = state(&[("a", "1"), ("b", "2"), ("b/x", "3"), ("c", "4")]);
        let mut overlay = Overlay::new(Arc::new(base.clone()));
        overlay.set("b/y".into(), b"55".to_vec()).unwrap();
        overlay.delete("b".into());
        overlay.delete("not there".into());
        overlay.set("a".into(), b"111".to_vec()).unwrap();
        assert_eq!(overlay.get("a").as_deref(), Some(b"111".as_slice()));
        assert_eq!(overlay.get("b"), None);
        assert_eq!(overlay.keys("", None), ["a", "b/x", "b/y", "c"]);
        assert_eq!(overlay.keys("b", None), ["b/x", "b/y"]);
        assert_eq!(overlay.keys("b", Some("b/x")), ["b/y"]);
        assert_eq!(overlay.keys("b", Some("a")), ["b/x", "b/y"]);
        let (bytes, keys) = (overlay.bytes, overlay.keys);
        base.apply(overlay.into_changes());
        let wanted = state(&[("a", "111"), ("b/x", "3"), ("b/y", "55"), ("c", "4")]);
        assert_eq!((base.bytes(), base.entries.len()), (bytes, keys));
        assert_eq!(base, wanted, "bytes are counted as they are");
    }

    #[test]
    fn the_root_tells_keys_from_values() {
        let roots = [state(&[]), state(&[("ab", "c")]), state(&[("a", "bc")]), state(&[("a", ""), ("bc", "")])];
        for (position, one) in roots.iter().enumerate() {
            assert!(roots.iter().skip(position + 1).all(|other| other.root() != one.root()));
        }
        assert_eq!(state(&[("a", "1"), ("b", "2")]).root(), state(&[("b", "2"), ("a", "1")]).root());
    }

    #[test]
    fn what_is_too_much_is_refused() {
        let mut overlay = Overlay::new(Arc::default());
        assert!(overlay.set(String::new(), vec![]).is_err());
        assert!(overlay.set("k".repeat(257), vec![]).is_err());
        assert!(overlay.set("k".into(), vec![0; limits::PLUGIN_STATE_VALUE_BYTES_MAX + 1]).is_err());
        let chunk = vec![0; limits::PLUGIN_STATE_VALUE_BYTES_MAX];
        let fit = limits::PLUGIN_STATE_BYTES_MAX / (chunk.len() + 6);
        for key in 0..fit {
            overlay.set(format!("{key:06}"), chunk.clone()).unwrap();
        }
        assert!(overlay.set("one more".into(), chunk).is_err());
        let mut overlay = Overlay::new(Arc::default());
        for key in 0..limits::PLUGIN_STATE_KEYS_MAX {
            overlay.set(key.to_string(), vec![]).unwrap();
        }
        assert!(overlay.set("one more".into(), vec![]).is_err());
    }
}
