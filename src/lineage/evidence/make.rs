//! Making evidence: of what was read for an answer, no more and no less.

use super::{
    Entry, Evidence, VERSION,
    list::{self, joined},
};
use crate::{
    codec::statement::Statement,
    event::{Bytes, Digest, limits},
    ledger::{Reading, Sighted},
    lineage::{LineageError, Question, source::Read},
    merkle::{End, Hash, key_hash},
};
use std::collections::{BTreeMap, BTreeSet};

/// The evidence of an answer to `question`, for which `read` was read.
///
/// # Errors
/// Those of the ledger; [`LineageError::TooMuch`].
pub fn make(reading: &mut Reading<'_>, question: &Question, read: &Read) -> Result<Evidence, LineageError> {
    let (found, limit) = (read.records.len() as u64, limits::EVIDENCE_RECORDS_MAX as u64);
    if found > limit {
        return Err(LineageError::TooMuch { what: "records", found, limit });
    }
    let mut records: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    let mut withheld = Vec::new();
    let size = reading.head().size;
    let mut sealed = BTreeSet::from([size.saturating_sub(1)]);
    for index in &read.records {
        match reading.outline(*index)? {
            Sighted::Shown(outline) => {
                sealed.insert(outline.seal);
                records.insert(*index, reading.bytes(*index)?.to_vec());
            }
            Sighted::Withheld(leaf) => withheld.push((*index, Digest(leaf))),
        }
    }
    // The seals on both sides of a size that was found by a time.
    for found in &read.sizes {
        sealed.extend(found.checked_sub(1));
        sealed.extend(Some(*found).filter(|found| *found < size));
    }
    for index in sealed {
        let (at, bytes) = reading.seal_of(index)?;
        records.insert(at, bytes.to_vec());
    }
    let mut indices: Vec<u64> = records.keys().copied().chain(withheld.iter().map(|(index, _)| *index)).collect();
    indices.sort_unstable();
    let tree = joined(&reading.prove_entries(&indices)?);
    let keys = signers(reading, &records)?;
    let (index, trie) = lists(reading, read)?;
    Ok(Evidence {
        evidence: VERSION,
        origin: reading.origin().to_owned(),
        checkpoint: reading.checkpoint(),
        question: question.clone(),
        records: records.into_iter().map(|(index, bytes)| (index, Bytes(bytes))).collect(),
        withheld,
        tree,
        index,
        trie,
        keys,
        attestations: Vec::new(),
    })
}

/// The public keys of whoever signed the statements.
fn signers(reading: &Reading<'_>, records: &BTreeMap<u64, Vec<u8>>) -> Result<Vec<Bytes>, LineageError> {
    let mut keys = BTreeSet::new();
    for (index, bytes) in records {
        let statement = Statement::parse(bytes).map_err(LineageError::Unreadable)?;
        match reading.key(&Digest(*statement.kid)) {
            Some(key) => drop(keys.insert(key.raw().to_vec())),
            None => return LineageError::refused(format!("the key of record {index} is not at hand")),
        }
    }
    Ok(keys.into_iter().map(Bytes).collect())
}

/// What the index says of every key that was looked at.
fn lists(reading: &mut Reading<'_>, read: &Read) -> Result<(Vec<Entry>, Bytes), LineageError> {
    let mut places: BTreeMap<Hash, &String> = BTreeMap::new();
    for (name, (key, _)) in &read.lists {
        if reading.may_prove(key) {
            places.insert(key_hash(name.as_bytes()), name);
        }
    }
    let sorted: Vec<Hash> = places.keys().copied().collect();
    let mut trie = Vec::new();
    let mut ends = BTreeMap::new();
    if !sorted.is_empty() {
        let proof = reading.prove_keys(&sorted)?;
        ends = sorted.iter().zip(proof.ends).map(|(place, end)| (*place, end)).collect();
        trie = proof.beside;
    }
    let mut entries = Vec::with_capacity(read.lists.len());
    for (name, (key, needs)) in &read.lists {
        let mut entry = Entry { key: name.clone(), depth: None, list: None, other: None, claimed: None };
        let place = key_hash(name.as_bytes());
        match ends.get(&place) {
            None => entry.claimed = Some(reading.list(key, 0..needs.up_to(), usize::MAX)?),
            Some((depth, end)) => {
                entry.depth = Some(*depth);
                match end {
                    End::Leaf(leaf) if leaf.key == place => {
                        let part = list::make(&reading.whole_list(key)?, needs);
                        entry.list = Some(part.map_err(|error| LineageError::Proof { part: "a list", error })?);
                    }
                    End::Leaf(leaf) => entry.other = Some((Digest(leaf.key), leaf.count, Digest(leaf.list))),
                    End::Empty => {}
                }
            }
        }
        entries.push(entry);
    }
    Ok((entries, joined(&trie)))
}
