//! Evidence that was changed, cut, filled up, mixed or turned is refused; or it answers another question, truly.

use super::{
    random::{Random, build, cases, event, plans, seed, subjects},
    town::Town,
    walking::lineage,
};
use sagwan::{
    event::{Bytes, Digest},
    lineage::{Direction, Question, evidence::Evidence, verify},
    merkle::key_hash,
};

/// Whether changed evidence is taken although it is not what the ledger would answer.
fn deceives(town: &Town, original: &[u8], changed: &[u8]) -> bool {
    if original == changed {
        return false;
    }
    let Ok(verified) = verify(changed, &town.keys()) else { return false };
    let asked = Evidence::from_cbor(original).unwrap().question;
    // Only the question may differ: then it must be answered as the ledger answers it.
    verified.question == asked || town.ask(&verified.question).answer != verified.answer
}

fn questions(random: &mut Random) -> Question {
    let all = subjects();
    lineage(
        &all[random.below(all.len())],
        [Direction::Upstream, Direction::Downstream, Direction::Both][random.below(3)],
    )
}

/// Shuffles, drops, doubles or puts in one member of a list.
fn tamper<T: Clone>(list: &mut Vec<T>, random: &mut Random, other: &[T]) {
    if list.is_empty() {
        list.extend(other.first().cloned());
        return;
    }
    let (one, two) = (random.below(list.len()), random.below(list.len()));
    match random.below(4) {
        0 => drop(list.remove(one)),
        1 => list.insert(two, list[one].clone()),
        2 => list.swap(one, two),
        _ if !other.is_empty() => list[one] = other[random.below(other.len())].clone(),
        _ => drop(list.remove(one)),
    }
}

fn hashes(bytes: &mut Bytes, random: &mut Random, other: &Bytes) {
    let split = |bytes: &Bytes| bytes.0.as_chunks::<32>().0.to_vec();
    let mut list = split(bytes);
    tamper(&mut list, random, &split(other));
    bytes.0 = list.concat();
}

/// Changes one part of evidence, with parts of other evidence of the same ledger at hand.
fn mutate(evidence: &mut Evidence, other: &Evidence, random: &mut Random) {
    match random.below(11) {
        0 => tamper(&mut evidence.records, random, &other.records),
        1 => hashes(&mut evidence.tree, random, &other.tree),
        2 => hashes(&mut evidence.trie, random, &other.trie),
        3 => tamper(&mut evidence.index, random, &other.index),
        4 => tamper(&mut evidence.keys, random, &other.keys),
        5 => evidence.checkpoint.clone_from(&other.checkpoint),
        6 => evidence.question = other.question.clone(),
        7 => evidence.withheld.push((random.below(40) as u64, Digest([3; 32]))),
        8 => {
            let at = random.below(evidence.index.len());
            let entry = &mut evidence.index[at];
            match (&mut entry.list, random.below(3)) {
                (Some(part), 0) => part.count = part.count.wrapping_add(1),
                (Some(part), _) => {
                    let chunk = &mut part.chunks[0].1;
                    tamper(chunk, random, &[0, 7, 9]);
                    part.count = chunk.len() as u64;
                }
                (None, _) => entry.depth = entry.depth.map(|depth| depth + 1),
            }
        }
        9 => {
            let at = random.below(evidence.index.len());
            (evidence.index[at].list, evidence.index[at].other) = (None, None);
        }
        _ => {
            let (one, two) = (random.below(evidence.records.len()), random.below(evidence.records.len()));
            let bytes = evidence.records[one].1.clone();
            evidence.records[one].1 = std::mem::replace(&mut evidence.records[two].1, bytes);
        }
    }
}

#[test]
fn changed_evidence_is_refused() {
    let mut random = Random(seed());
    let count = cases("SAGWAN_MUTATIONS", 1_200);
    let (ledgers, mut tried, mut accepted) = (4, 0, 0);
    for _ in 0..ledgers {
        let folder = tempfile::tempdir().unwrap();
        let plans = plans(&mut random, 30);
        let town = build(folder.path(), &plans[..20]);
        let stale = town.ask(&questions(&mut random)).evidence.unwrap();
        for plan in &plans[20..] {
            town.house.record(&town.maker, &[event(&town.house, plan)]);
        }
        for _ in 0..count / ledgers / 100 {
            let (one, two) = (questions(&mut random), questions(&mut random));
            let evidence = town.ask(&one).evidence.unwrap();
            let other = town.ask(&two).evidence.unwrap();
            let original = evidence.to_cbor().unwrap();
            for turn in 0..100 {
                let changed = if turn < 50 {
                    let mut changed = evidence.clone();
                    mutate(&mut changed, if turn % 3 == 0 { &stale } else { &other }, &mut random);
                    changed.to_cbor().unwrap()
                } else {
                    let mut changed = original.clone();
                    let at = random.below(changed.len());
                    match random.below(4) {
                        0 => drop(changed.remove(at)),
                        1 => changed.insert(at, random.next() as u8),
                        2 => changed.truncate(at),
                        _ => changed[at] ^= 1 << random.below(8),
                    }
                    changed
                };
                tried += usize::from(changed != original);
                accepted += usize::from(deceives(&town, &original, &changed));
            }
        }
    }
    println!("{tried} changed, {accepted} accepted");
    assert_eq!(accepted, 0);
}

/// Whoever has the ledger can make any proof anew. He leaves out one record, one index of a list, or one subject, and
/// proves the rest well: he is caught, or the evidence itself says what is missing.
#[test]
fn nothing_can_be_left_out() {
    let mut random = Random(seed());
    for graph in 0..cases("SAGWAN_GRAPHS", 5) {
        let folder = tempfile::tempdir().unwrap();
        let plans = plans(&mut random, 16);
        let town = build(folder.path(), &plans);
        let answered = town.ask(&questions(&mut random));
        let whole = answered.evidence.clone().unwrap();
        let refused = |changed: &Evidence, what: &str| {
            let verified = verify(&changed.to_cbor().unwrap(), &town.keys());
            assert!(verified.is_err(), "graph {graph}: without {what}: {changed:?}");
        };
        for at in 0..whole.records.len() {
            let mut changed = whole.clone();
            let (index, bytes) = changed.records.remove(at);
            if !changed.records.is_empty() {
                prove_tree(&town, &mut changed);
            }
            refused(&changed, &format!("record {index}"));
            // Withheld it may be; then it is counted, unless it is a seal, which nobody may withhold.
            changed.withheld.push((index, Digest(sagwan::merkle::leaf_hash(&bytes.0))));
            prove_tree(&town, &mut changed);
            if let Ok(verified) = verify(&changed.to_cbor().unwrap(), &town.keys()) {
                assert!(!verified.is_complete && verified.report.withheld.len() == 1, "graph {graph}, record {index}");
            }
        }
        for at in 0..whole.index.len() {
            let mut changed = whole.clone();
            let gone = changed.index.remove(at);
            prove_trie(&town, &mut changed);
            refused(&changed, &format!("the list of {}", gone.key));
            if let Some(part) = &gone.list {
                for position in 0..part.chunks[0].1.len() {
                    let mut changed = whole.clone();
                    let part = changed.index[at].list.as_mut().unwrap();
                    let index = part.chunks[0].1.remove(position);
                    part.count -= 1;
                    refused(&changed, &format!("index {index} of {}", gone.key));
                    changed.records.retain(|(own, _)| *own != index);
                    prove_tree(&town, &mut changed);
                    refused(&changed, &format!("index {index} of {} and its record", gone.key));
                }
                // Without its proof, a list is only claimed, and the evidence says so.
                let mut changed = whole.clone();
                let claimed = changed.index[at].list.take().unwrap().chunks.remove(0).1;
                (changed.index[at].depth, changed.index[at].claimed) = (None, Some(claimed));
                prove_trie(&town, &mut changed);
                if let Ok(verified) = verify(&changed.to_cbor().unwrap(), &town.keys()) {
                    assert!(!verified.is_complete, "graph {graph}: {} is only claimed", gone.key);
                }
            }
        }
    }
}

/// Makes the proof of the entries anew.
fn prove_tree(town: &Town, evidence: &mut Evidence) {
    let viewer = town.house.ledger().as_reader(Town::operator());
    let own = evidence.records.iter().map(|(index, _)| *index);
    let mut indices: Vec<u64> = own.chain(evidence.withheld.iter().map(|(index, _)| *index)).collect();
    indices.sort_unstable();
    evidence.tree = Bytes(viewer.reading().unwrap().prove_entries(&indices).unwrap().concat());
}

/// Makes the proof of the keys anew.
fn prove_trie(town: &Town, evidence: &mut Evidence) {
    let viewer = town.house.ledger().as_reader(Town::operator());
    let proved = evidence.index.iter().filter(|entry| entry.claimed.is_none());
    let mut places: Vec<_> = proved.map(|entry| key_hash(entry.key.as_bytes())).collect();
    places.sort_unstable();
    let proof = viewer.reading().unwrap().prove_keys(&places).unwrap();
    evidence.trie = Bytes(proof.beside.concat());
}
