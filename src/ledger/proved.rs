//! The proved index in the ledger: which postings a record gives it, and how it is made again when the ledger opens.

use super::extra_keys::is_extra;
use crate::{
    merkle::{Hash, Postings, Trie, key_hash},
    storage::{Index, IndexError},
};

/// The places of a record's keys.
pub(super) fn key_hashes(keys: &[Box<[u8]>]) -> Vec<Hash> {
    keys.iter().map(|key| key_hash(key)).collect()
}

/// The postings of the record at `index`.
pub(super) fn posted(index: u64, places: &[Hash]) -> impl Iterator<Item = (Hash, u64)> {
    places.iter().map(move |place| (*place, index))
}

/// The proved index over everything that the stored index holds, from the same lists that it answers from. Whether it
/// is the one that was sealed, its root tells.
///
/// # Errors
/// [`IndexError::Damaged`].
pub(super) fn load(index: &dyn Index) -> Result<Trie, IndexError> {
    let (mut lists, mut current) = (Vec::<(Hash, Postings)>::new(), Vec::new());
    let mut ascends = true;
    index.lists(&mut |key, indices| {
        if is_extra(key) {
            return;
        }
        if lists.is_empty() || current != key {
            current.clear();
            current.extend_from_slice(key);
            lists.push((key_hash(key), Postings::default()));
        }
        let Some((_, list)) = lists.last_mut() else { return };
        for next in indices {
            ascends &= list.count() == 0 || list.last() < *next;
            if ascends {
                list.push(*next);
            }
        }
    })?;
    match ascends {
        true => Ok(Trie::from_lists(lists)),
        false => Err(IndexError::damaged("indices that do not ascend")),
    }
}
