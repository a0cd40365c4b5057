//! Exports from the folder and from a server, and statements that are signed here.

use super::support::{Bench, Server};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sagwan::{
    crypto::SecretKey,
    lineage::export::{
        Format,
        dsse::{IN_TOTO, pae},
    },
};
use serde_json::Value as Json;

/// A dataset made of another, with a column that came from a column.
fn record(bench: &Bench) {
    bench.dataset("raw@1");
    bench.enroll("ana", "data-engineer");
    let clean = format!(
        r#"{{"kind":"dataset.registered","subject":"dataset/clean@1","env":"dev","inputs":[{{"subject":"dataset/raw@1"}}],
            "body":{{"source":"here","purpose":"test","legal_basis":"consent","digest":"sha256:{}","column_lineage":[
            {{"column":"age","from":[{{"subject":"dataset/raw@1","column":"birth","by":"transformation"}}]}}]}}}}"#,
        "0f".repeat(32)
    );
    bench.write("clean.json", &clean);
    bench.run(&["record", "clean.json", "--actor", "user:ana", "--key", "ana.pem"]).done();
}

#[test]
fn every_format_is_the_same_from_the_folder_and_from_a_server() {
    let bench = Bench::new();
    bench.set("server", "open_reads = true");
    record(&bench);
    let head = bench.run(&["status", "--json"]).done().json()["size"].as_u64().unwrap().to_string();
    let ask = |more: &[&str]| -> Vec<String> {
        let formats = Format::ALL.iter().flat_map(|format| {
            [
                &["export", format.as_str(), "dataset/clean@1", "--as-of", &head][..],
                &["export", format.as_str(), "--until", &head],
            ]
            .map(|args| bench.run(&[args, more].concat()).done().out)
        });
        formats.collect()
    };
    let here = ask(&[]);
    assert!(here.iter().all(|text| text.contains("clean")));
    assert_eq!(here, ask(&[]));
    let columns = ["lineage", "dataset/clean@1", "--columns", "age", "--json"];
    let told = bench.run(&columns).done().json();
    assert_eq!(told["columns"]["nodes"][1]["column"], "birth");
    assert!(bench.run(&columns[..4]).done().out.contains("transformation"));
    let drawn = bench.run(&[&columns[..4], &["--format", "svg"]].concat()).done().out;
    assert!(drawn.starts_with("<svg") && drawn.contains("birth"));
    bench.run(&[&columns[..4], &["--save", "age.evidence"]].concat()).done();
    bench.run(&["verify", "age.evidence", "--key", "ledger/log.pub"]).done();
    let server = Server::start(&bench);
    assert_eq!(here, ask(&["--server", &server.url]));
    assert_eq!(bench.run(&[&columns[..], &["--server", &server.url]].concat()).done().json(), told);
    bench.run(&["export", "prov", "dataset/never", "--server", &server.url]).ended(5);
    assert_eq!(server.stop(), 0);
}

#[test]
fn a_crate_is_a_folder_and_statements_are_signed() {
    let bench = Bench::new();
    record(&bench);
    bench.run(&["export", "ro-crate", "dataset/clean@1", "--out", "made/crate"]).done();
    let metadata = std::fs::read(bench.path("made/crate/ro-crate-metadata.json")).unwrap();
    assert!(serde_json::from_slice::<Json>(&metadata).unwrap()["@graph"].is_array());
    bench.run(&["key", "new", "--out", "ci.pem"]).done();
    let signed = bench.run(&["export", "in-toto", "dataset/clean@1", "--key", "ci.pem"]).done().jsons();
    let key = SecretKey::from_pem(&std::fs::read_to_string(bench.path("ci.pem")).unwrap()).unwrap();
    assert_eq!(signed.len(), 1);
    for envelope in signed {
        let bytes = |value: &Json| STANDARD.decode(value.as_str().unwrap()).unwrap();
        let payload = bytes(&envelope["payload"]);
        assert_eq!(envelope["payloadType"], IN_TOTO);
        key.public().verify(&pae(IN_TOTO, &payload), &bytes(&envelope["signatures"][0]["sig"])).unwrap();
        let statement: Json = serde_json::from_slice(&payload).unwrap();
        assert_eq!(statement["subject"][0]["digest"]["sha256"], "0f".repeat(32));
    }
    bench.run(&["export", "in-toto", "dataset/clean@1"]).done();
    bench.run(&["export", "prov", "dataset/clean@1", "--key", "ci.pem"]).ended(2);
    bench.run(&["export", "prov", "dataset/never@1"]).ended(5);
    bench.run(&["export", "excel", "dataset/clean@1"]).ended(2);
    bench.run(&["export", "prov", "dataset/clean@1", "--since", "7d"]).ended(2);
    bench.run(&["export", "prov", "--down"]).ended(2);
}
