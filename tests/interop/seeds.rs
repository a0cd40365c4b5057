//! Writes what the fuzz targets start from: inputs that they accept, one or more a shape, to `fuzz/corpus/<target>`.

use std::{fs, path::Path, sync::Arc};

use sagwan::{
    codec::{
        event::{payload_from_json, payload_to_cbor},
        statement::Statement,
        tlog_proof::TlogProof,
    },
    event::{Timestamp, limits::TREE_SIZE_MAX},
    merkle::{BundleId, encode_bundle, partial_tiles, tiles_completed},
    storage::{io::RealIo, journal::Writer},
};
use sha2::{Digest as _, Sha256};

use crate::fixture::{Fixture, key, statement};

/// Stores an input under the start of its digest, as the fuzzer names what it finds.
fn put(target: &str, input: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(hex::encode(&Sha256::digest(input)[..20])), input).unwrap();
}

#[test]
#[ignore = "writes to fuzz/corpus; run it after a format changed, then fuzz/run.sh --minimise"]
fn write_the_seeds_of_the_fuzz_targets() {
    let log = Fixture::new(300);
    for index in [0, 6, 299] {
        let record = &log.entries[index as usize];
        put("statement", record);
        put("cbor", Statement::parse(record).unwrap().payload);
        put("transparent", record);
        put("transparent", &log.transparent(index, 300));
        put("receipt", &log.receipt(index, 300));
        put("tlog_proof", log.tlog_proof(index, 300).as_bytes());
    }
    put("statement", &statement(&log.actor, 1, None));
    put("receipt", &log.receipt(0, 1));
    put("tlog_proof", log.tlog_proof(0, 1).as_bytes());
    let checkpoint = log.checkpoint_by(300, &[&log.log, &key("new log")]);
    let extra = TlogProof { extra: Some(vec![1, 2, 3]), index: 7, path: vec![[9; 32]; 2], checkpoint };
    put("tlog_proof", extra.format().unwrap().as_bytes());
    for checkpoint in [log.checkpoint(0), log.checkpoint(300), extra.checkpoint] {
        put("note", checkpoint.as_bytes());
        put("checkpoint", checkpoint.as_bytes());
    }
    put("vkey", Fixture::signer(&log.log).vkey().to_string().as_bytes());
    put("pem", log.public().to_pem().as_bytes());
    put("pem", log.log.to_pem().as_bytes());
    put("config", include_bytes!("../../src/cli/sagwan.toml.template"));
    for bytes in [&[0xf9, 0x3e, 0x00][..], &[0xa0], &[0x80], &[0xfb, 0x40, 9, 0x21, 0xfb, 0x54, 0x44, 0x2d, 0x18]] {
        put("cbor", bytes);
    }
    vectors();
    tiles();
    events();
    journal();
}

/// The pinned vectors of the formats.
fn vectors() {
    for (target, file) in [
        ("statement", "cose-statement.cbor"),
        ("transparent", "cose-transparent-statement.cbor"),
        ("receipt", "receipt.cbor"),
        ("note", "note-checkpoint.txt"),
        ("checkpoint", "note-checkpoint.txt"),
        ("tlog_proof", "note-proof.tlog-proof"),
        ("pem", "keys-log-public.pem"),
    ] {
        put(target, &fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(file)).unwrap());
    }
}

/// A segment with two frames, the second of several sectors, whole and with a torn write at its end; before it the byte
/// that says at which index it begins.
fn journal() {
    let (folder, io) = (tempfile::tempdir().unwrap(), Arc::new(RealIo));
    let mut writer = Writer::create(io, folder.path(), [7; 32], 3_072).unwrap();
    writer.append(0, &[Arc::from(&b"one"[..]), Arc::from(&b"two"[..])], &[0; 32], &[1; 32]).unwrap();
    writer.append(2, &[Arc::from([9; 700])], &[1; 32], &[2; 32]).unwrap();
    let segment = fs::read(folder.path().join("00000000000000000000.journal")).unwrap();
    put("journal", &[&[0][..], &segment].concat());
    put("journal", &[&[0][..], &segment[..3 * 512], &[0; 3 * 512]].concat());
    put("journal", &[&[200][..], &segment[..2 * 512], &[0; 512]].concat());
}

fn tiles() {
    for count in [1_u16, 3, 256] {
        let bundle = encode_bundle(&vec![[7_u8; 5]; count.into()]).unwrap();
        put("entry_bundle", &[&count.to_be_bytes()[..], &bundle].concat());
    }
    for size in [1, 300, 70_000, 1_234_567_890, TREE_SIZE_MAX] {
        let full = tiles_completed(0, size.min(70_000)).unwrap().last();
        for tile in partial_tiles(size).unwrap().chain(full) {
            put("tile_path", tile.to_string().as_bytes());
            if tile.level == 0 {
                put("tile_path", BundleId::from(tile).to_string().as_bytes());
            }
        }
    }
}

/// The examples of the documentation: one of each kind, and a batch of the first ones.
fn events() {
    let text = include_str!("../../docs/events.md");
    let mut batch = Vec::new();
    for example in text.split("```json\n").skip(1).filter_map(|rest| rest.split("```").next()) {
        put("event_json", example.trim().as_bytes());
        let events = payload_from_json(example, Timestamp::default()).unwrap();
        put("event", &payload_to_cbor(&events));
        batch.extend(events);
    }
    batch.truncate(3);
    put("event", &payload_to_cbor(&batch));
}
