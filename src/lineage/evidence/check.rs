//! Checking evidence, offline: first that its parts are the log's, then that they answer the question, then that
//! nothing is in it that the answer does not need.

use super::{
    Entry, Evidence, attested,
    list::{self, hashes},
    offline::{Offline, Shown},
    report::{Report, report},
};
use crate::{
    codec::{event::payload_from_cbor, statement::Statement},
    crypto::{Algorithm, PublicKey},
    event::{ActorId, Body, Bytes, Digest, Event, body::Seal, event_keys, limits},
    ledger::{Record, Sighted, plugins_of, sealed_rulings},
    lineage::{
        Answer, LineageError, Question, ask,
        source::{Read, Recorder},
    },
    merkle::{End, Ends, Hash, Leaf, TrieMultiproof, key_hash, leaf_hash, multiproof_root, postings},
    verify::{Head, LogKeys, verify_checkpoint, verify_statement},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// Evidence that holds.
#[derive(Clone, PartialEq, Debug)]
pub struct Verified {
    /// The head under which it stands.
    pub head: Head,
    /// The signed checkpoint of that head, which may carry cosignatures; the log's own signatures are checked, no others.
    pub checkpoint: String,
    /// The ledger's time of that head.
    pub t: crate::event::Timestamp,
    /// What was asked.
    pub question: Question,
    /// The answer, made again from the evidence.
    pub answer: Answer,
    /// Nothing is withheld, every list is proved, and no bound cut the answer.
    pub is_complete: bool,
    /// What is proved, claimed, withheld and not checked.
    pub report: Report,
    /// The root of the proved index over the tree of the head.
    pub index: Digest,
    /// The attestations that it carries: of this log, and not against its tree; their signatures are not judged yet.
    pub attestations: Vec<String>,
    /// Who attested this very tree and index, of the auditors that were pinned.
    pub attested_by: Vec<String>,
    /// How many statements it holds, seals included.
    pub statements: usize,
    /// The records that it holds, seals left out.
    pub records: Vec<Arc<Record>>,
}

// A `Record` has no equality of its own: one entry of a log is one string of bytes.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        (self.index, &self.bytes, &self.rulings) == (other.index, &other.bytes, &other.rulings)
    }
}

/// What was counted on the way.
pub(super) struct Checked {
    pub(super) statements: usize,
    pub(super) seals: usize,
    /// Lists that are proved, and those of them that are empty.
    pub(super) whole: usize,
    pub(super) absent: usize,
    /// Lists without proof.
    pub(super) claimed: usize,
}

/// Verifies evidence under the keys that the auditor pinned, and asks its question again, of it alone.
///
/// # Errors
/// [`LineageError`], naming the part that does not hold.
pub fn verify(bytes: &[u8], keys: &LogKeys) -> Result<Verified, LineageError> {
    let evidence = Evidence::from_cbor(bytes)?;
    if evidence.origin != keys.origin() {
        return LineageError::refused(format!("it is of the log {:?}, not {:?}", evidence.origin, keys.origin()));
    }
    let head = verify_checkpoint(evidence.checkpoint.as_bytes(), keys)?;
    check_tree(&evidence, &head)?;
    let signed = statements(&evidence)?;
    let mut offline =
        Offline { size: head.size, lists: BTreeMap::new(), records: BTreeMap::new(), seals: BTreeMap::new() };
    take_seals(&signed, &mut offline)?;
    let last = offline.seals.get(&(head.size - 1)).cloned();
    let last =
        last.ok_or_else(|| LineageError::Refused("the last entry of its tree is not there, or no seal".into()))?;
    check_index(&evidence, &last.index.0, &mut offline)?;
    take_records(&evidence, signed, &mut offline)?;
    check_keys_of_records(&offline)?;
    let mut recorder = Recorder::new(&mut offline);
    let answer = ask(&mut recorder, &evidence.question)?;
    let read = recorder.read;
    check_nothing_more(&evidence, &read, &offline)?;
    check_attestations(&evidence, &head, &last.index)?;
    let checked = Checked {
        statements: evidence.records.len(),
        seals: offline.seals.len(),
        whole: evidence.index.iter().filter(|entry| entry.claimed.is_none()).count(),
        absent: evidence.index.iter().filter(|entry| entry.claimed.is_none() && entry.list.is_none()).count(),
        claimed: evidence.index.iter().filter(|entry| entry.claimed.is_some()).count(),
    };
    let report = report(&evidence, &head, &checked, &answer);
    let records = offline.records.into_values().filter_map(|sighted| match sighted {
        Sighted::Shown(record) => Some(record),
        Sighted::Withheld(_) => None,
    });
    Ok(Verified {
        head,
        checkpoint: evidence.checkpoint,
        t: last.t,
        index: last.index,
        attestations: evidence.attestations,
        attested_by: Vec::new(),
        question: evidence.question,
        answer,
        is_complete: report.incomplete.is_empty(),
        statements: checked.statements,
        report,
        records: records.collect(),
    })
}

/// No attestation that it carries contradicts it.
fn check_attestations(evidence: &Evidence, head: &Head, index: &Digest) -> Result<(), LineageError> {
    let (found, limit) = (evidence.attestations.len() as u64, limits::EVIDENCE_ATTESTATIONS_MAX as u64);
    if found > limit {
        return Err(LineageError::TooMuch { what: "attestations", found, limit });
    }
    let mut notes = evidence.attestations.iter();
    notes.try_for_each(|note| attested::check(note.as_bytes(), &evidence.origin, head, &index.0))
}

/// Every entry stands in the tree of the head.
fn check_tree(evidence: &Evidence, head: &Head) -> Result<(), LineageError> {
    let given = evidence.records.iter().map(|(index, bytes)| (*index, leaf_hash(&bytes.0)));
    let withheld = evidence.withheld.iter().map(|(index, leaf)| (*index, leaf.0));
    let ascend = |indices: Vec<u64>| indices.windows(2).all(|pair| pair.first() < pair.last());
    let own = evidence.records.iter().map(|(index, _)| *index).collect();
    if !ascend(own) || !ascend(evidence.withheld.iter().map(|(index, _)| *index).collect()) {
        return LineageError::refused("its entries do not ascend");
    }
    let mut leaves: Vec<(u64, Hash)> = given.chain(withheld).collect();
    leaves.sort_unstable_by_key(|(index, _)| *index);
    let failed = |error| LineageError::Proof { part: "the proof of its entries", error };
    let root = multiproof_root(head.size, &leaves, &hashes(&evidence.tree, "the proof of its entries")?);
    if root.map_err(failed)? == head.root {
        return Ok(());
    }
    LineageError::refused("its entries are not those of the signed tree")
}

/// A statement of the evidence, signed by the key that it names.
struct Signed {
    index: u64,
    actor: ActorId,
    kid: Digest,
    signed_at: i64,
    identity: Digest,
    bytes: Arc<[u8]>,
    events: Vec<Event>,
}

/// Every statement, parsed strictly, with its signature checked under one of the keys given; every key is needed.
fn statements(evidence: &Evidence) -> Result<Vec<Signed>, LineageError> {
    let mut keys: BTreeMap<Hash, PublicKey> = BTreeMap::new();
    let mut before: &[u8] = &[];
    for Bytes(raw) in &evidence.keys {
        let key = PublicKey::from_raw(Algorithm::Ed25519, raw)
            .map_err(|error| LineageError::Refused(format!("a key in it is none: {error}")))?;
        if before >= raw.as_slice() && !before.is_empty() {
            return LineageError::refused("its keys do not ascend");
        }
        before = raw;
        keys.insert(key.thumbprint(), key);
    }
    let mut used = BTreeSet::new();
    let mut signed = Vec::with_capacity(evidence.records.len());
    for (index, Bytes(bytes)) in &evidence.records {
        let parsed = Statement::parse(bytes).map_err(LineageError::Unreadable)?;
        let Some(key) = keys.get(parsed.kid) else {
            return LineageError::refused(format!("the key of record {index} is not in it"));
        };
        used.insert(*parsed.kid);
        let statement = verify_statement(bytes, key)?;
        signed.push(decoded(*index, &statement, &evidence.origin)?);
    }
    if used.len() != keys.len() {
        return LineageError::refused("it holds a key that signed nothing in it");
    }
    Ok(signed)
}

fn decoded(index: u64, statement: &Statement<'_>, origin: &str) -> Result<Signed, LineageError> {
    let wrong = |what: &str| LineageError::Refused(format!("record {index} is not what a ledger records: {what}"));
    let events = payload_from_cbor(statement.payload).map_err(|error| wrong(&error.to_string()))?;
    if !statement.is_event() || events.first().is_none_or(|event| event.subject.as_str() != statement.sub) {
        return Err(wrong("its header does not fit its payload"));
    }
    if statement.aud.is_some_and(|aud| aud != origin) {
        return Err(wrong("it was signed for another log"));
    }
    Ok(Signed {
        index,
        actor: statement.iss.parse()?,
        kid: Digest(*statement.kid),
        signed_at: i64::try_from(statement.iat).unwrap_or(i64::MAX),
        identity: Digest(statement.identity()),
        bytes: Arc::from(statement.bytes),
        events,
    })
}

fn seal_in(signed: &Signed) -> Option<&Seal> {
    match signed.events.as_slice() {
        [Event { body: Body::Seal(seal), .. }] if signed.actor == ActorId::ledger() => Some(seal),
        _ => None,
    }
}

fn take_seals(signed: &[Signed], offline: &mut Offline) -> Result<(), LineageError> {
    let (mut end, mut t) = (0, crate::event::Timestamp(0));
    for (index, seal) in signed.iter().filter_map(|signed| Some((signed.index, seal_in(signed)?))) {
        if seal.size != index || seal.first > index || seal.first < end || seal.t < t {
            return LineageError::refused(format!("the seal at {index} does not fit its place"));
        }
        (end, t) = (index + 1, seal.t);
        offline.seals.insert(index, seal.clone());
    }
    Ok(())
}

/// Every record but the seals, with what its seal says was decided about it.
fn take_records(evidence: &Evidence, signed: Vec<Signed>, offline: &mut Offline) -> Result<(), LineageError> {
    for signed in signed.into_iter().filter(|signed| seal_in(signed).is_none()) {
        let (at, seal) = offline.seal_of(signed.index)?;
        let Some(rulings) = sealed_rulings(seal, signed.index, signed.events.len()) else {
            return LineageError::refused(format!("the seal of record {} does not decide it", signed.index));
        };
        let Signed { index, actor, kid, signed_at, identity, bytes, events } = signed;
        let (t, policy, plugins) = (seal.t, seal.policy, plugins_of(seal, &rulings));
        let record = Record {
            index,
            t,
            bytes,
            identity,
            actor,
            kid,
            signed_at,
            events,
            rulings,
            plugins,
            seal: at,
            policy,
            suspect: false,
        };
        offline.records.insert(index, Sighted::Shown(Arc::new(record)));
    }
    let withheld = evidence.withheld.iter().map(|(index, leaf)| (*index, Sighted::Withheld(leaf.0)));
    offline.records.extend(withheld);
    Ok(())
}

/// Every list that is not only claimed is what the index under `root` says of its key.
fn check_index(evidence: &Evidence, root: &Hash, offline: &mut Offline) -> Result<(), LineageError> {
    let mut paths: BTreeMap<Hash, Ends> = BTreeMap::new();
    let mut before = "";
    for entry in &evidence.index {
        if entry.key.as_str() <= before {
            return LineageError::refused("the keys of its index do not ascend");
        }
        before = &entry.key;
        let (shown, end) = shown(entry)?;
        offline.lists.insert(entry.key.clone(), shown);
        if let Some(end) = end {
            paths.insert(key_hash(entry.key.as_bytes()), end);
        }
    }
    let beside = hashes(&evidence.trie, "the proof of the index")?;
    if paths.is_empty() {
        return match beside.is_empty() {
            true => Ok(()),
            false => LineageError::refused("it has a proof of the index, and no key that needs one"),
        };
    }
    let (places, ends) = paths.into_iter().unzip::<_, _, Vec<Hash>, Vec<Ends>>();
    let proof = TrieMultiproof { ends, beside };
    let failed = |error| LineageError::Proof { part: "the proof of the index", error };
    proof.verify(root, &places).map(drop).map_err(failed)
}

/// A list as an entry shows it, and where its path ends; no end for one that is only claimed.
fn shown(entry: &Entry) -> Result<(Shown, Option<Ends>), LineageError> {
    let place = key_hash(entry.key.as_bytes());
    match (entry.depth, &entry.list, &entry.other, &entry.claimed) {
        (None, None, None, Some(claimed)) => {
            if claimed.windows(2).any(|pair| pair.first() >= pair.last()) {
                return LineageError::refused("the indices of a list do not ascend");
            }
            let given = (0..).zip(claimed.iter().copied());
            Ok((Shown { claimed: true, ..known(claimed.len() as u64, given) }, None))
        }
        (Some(depth), Some(part), None, None) => {
            let leaf = Leaf { key: place, count: part.count, list: list::root(part)? };
            let given = part.chunks.iter().flat_map(|(number, chunk)| {
                (number.saturating_mul(postings::CHUNK as u64)..).zip(chunk.iter().copied())
            });
            Ok((known(part.count, given), Some((depth, End::Leaf(leaf)))))
        }
        (Some(depth), None, Some((key, count, list)), None) if key.0 != place => {
            Ok((Shown::default(), Some((depth, End::Leaf(Leaf { key: key.0, count: *count, list: list.0 })))))
        }
        (Some(depth), None, None, None) => Ok((Shown::default(), Some((depth, End::Empty)))),
        _ => LineageError::refused(format!("it says two things of {}", entry.key)),
    }
}

/// Postings with their positions.
fn known(count: u64, given: impl Iterator<Item = (u64, u64)>) -> Shown {
    let given: BTreeMap<u64, u64> = given.collect();
    let positions = given.iter().map(|(position, index)| (*index, *position)).collect();
    Shown { count, given, positions, claimed: false }
}

/// What is shown of records and of lists agrees: a record stands in the lists of exactly those keys that it has.
fn check_keys_of_records(offline: &Offline) -> Result<(), LineageError> {
    let wrong = |index: u64, name: &str| {
        LineageError::refused(format!("its index is wrong: record {index} and the list of {name} disagree"))
    };
    let mut keys: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
    for (index, sighted) in &offline.records {
        let Sighted::Shown(record) = sighted else { continue };
        let own = event_keys(&record.actor, &record.events).iter().map(ToString::to_string).collect();
        for name in keys.entry(*index).or_insert(own).iter() {
            let Some(shown) = offline.lists.get(name).filter(|shown| !shown.claimed) else { continue };
            let after = index.saturating_add(1);
            let is_missing = shown.below(*index).is_some_and(|before| shown.below(after) == Some(before));
            if is_missing && !shown.positions.contains_key(index) {
                return wrong(*index, name);
            }
        }
    }
    for (name, shown) in &offline.lists {
        let astray = shown.positions.keys().find(|index| keys.get(index).is_some_and(|own| !own.contains(name)));
        if let Some(index) = astray {
            return wrong(*index, name);
        }
    }
    Ok(())
}

/// Nothing is in it that the answer did not need.
fn check_nothing_more(evidence: &Evidence, read: &Read, offline: &Offline) -> Result<(), LineageError> {
    if !read.lists.keys().eq(offline.lists.keys()) {
        return LineageError::refused("it holds a list that the answer does not need");
    }
    if !read.records.iter().eq(offline.records.keys()) {
        return LineageError::refused("it holds a record that the answer does not need");
    }
    for entry in &evidence.index {
        let (Some((_, needs)), Some(shown)) = (read.lists.get(&entry.key), offline.lists.get(&entry.key)) else {
            continue;
        };
        let is_exact = match (&entry.list, &entry.claimed) {
            (Some(part), _) => {
                let needed = list::needed(part.count, needs, |index| shown.below(index));
                needed.is_some_and(|needed| part.chunks.iter().map(|(number, _)| number).eq(&needed))
            }
            (_, Some(claimed)) => claimed.last().is_none_or(|last| *last < needs.up_to()),
            _ => true,
        };
        if !is_exact {
            return LineageError::refused(format!("it holds more of the list of {} than the answer needs", entry.key));
        }
    }
    let mut seals = BTreeSet::from([offline.size - 1]);
    for record in offline.records.values() {
        if let Sighted::Shown(record) = record {
            seals.insert(record.seal);
        }
    }
    for size in &read.sizes {
        seals.extend(size.checked_sub(1));
        if *size < offline.size {
            seals.insert(offline.seal_of(*size)?.0);
        }
    }
    if seals.iter().eq(offline.seals.keys()) {
        return Ok(());
    }
    LineageError::refused("it holds a seal that the answer does not need")
}
