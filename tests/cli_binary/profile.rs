//! `sagwan profile`: what it finds, what it records, and what it says of files that are not as they should be.

use super::support::Bench;
use arrow::{
    array::{ArrayRef, Float64Array, Int64Array, ListArray, RecordBatch, StringArray, TimestampMicrosecondArray},
    datatypes::Int32Type,
};
use parquet::arrow::ArrowWriter;
use serde_json::{Value as Json, json};
use std::sync::Arc;

const LOANS: &str = "age,work,income,when,note\n\
    39, State-gov ,\"1,5\",2026-01-01,a\n\
    50,Private,2.5,2026-01-02 10:00:00,\"line\nbreak\"\n\
    ,Private,?,2026-01-03T09:00:00+09:00,c\n\
    50,Private,2.5,2026-01-02 10:00:00,\"line\nbreak\"\n";

fn column<'j>(profile: &'j Json, name: &str) -> &'j Json {
    profile["columns"].as_array().unwrap().iter().find(|column| column["name"] == name).unwrap()
}

#[test]
fn text_is_profiled() {
    let bench = Bench::empty();
    bench.write("loans.csv", LOANS);
    let args = ["profile", "loans.csv", "--missing", "?", "--missing", "1,5", "--hide", "note", "--json"];
    let profile = bench.run(&[&args[..], &["--out", "p.json"]].concat()).done().json();
    assert_eq!(profile["form"], "sagwan.profile/1");
    assert_eq!((&profile["rows"], &profile["duplicates"]["count"]), (&json!(4), &json!(1)));
    let age = column(&profile, "age");
    assert_eq!((&age["type"], &age["missing"], &age["distinct"]), (&json!("integer"), &json!(1), &json!(2)));
    assert_eq!(age["number"]["values"], json!([[39.0, 1], [50.0, 2]]));
    let work = column(&profile, "work");
    assert_eq!((&work["type"], &work["categories"]), (&json!("category"), &json!([["Private", 3], ["State-gov", 1]])));
    assert_eq!(column(&profile, "income")["missing"], 2);
    assert_eq!(column(&profile, "when")["time"], json!([1_767_225_600_000_i64, 1_767_398_400_000_i64]));
    let note = column(&profile, "note");
    assert_eq!((&note["hidden"], &note["distinct"], &note["length"]), (&json!(true), &json!(3), &Json::Null));
    // The same bytes each time, and those that `--out` wrote are what `--json` printed.
    assert_eq!(bench.run(&args).done().json(), profile);
    let stored = std::fs::read(bench.path("p.json")).unwrap();
    assert_eq!(stored, serde_json::to_vec(&profile).unwrap());
    // For people.
    let table = bench.run(&["profile", "loans.csv"]).done().out;
    assert!(table.contains("COLUMN") && table.contains("Private 3") && table.contains("duplicate rows"), "{table}");
}

#[test]
fn predictions_are_judged() {
    let bench = Bench::empty();
    bench.write("scored.csv", "y,yhat,p\n1,1,0.9\n1,0,0.4\n0,1,0.6\n0,0,0.4\n0,0,0.1\n");
    let args = ["profile", "scored.csv", "--target", "y", "--prediction", "yhat", "--score", "p", "--json"];
    let judged = &bench.run(&args).done().json()["judged"];
    assert_eq!((&judged["confusion"], &judged["metrics"]["auc"]), (&json!([[2, 1], [1, 1]]), &json!(0.75)));
    bench.run(&["profile", "scored.csv", "--target", "z"]).ended(2);
}

/// A Parquet file with every sort of column.
fn parquet(path: &std::path::Path) {
    let lists = (0..1_000).map(|n| Some(vec![Some(n % 3)]));
    let columns: [(&str, ArrayRef); 5] = [
        ("n", Arc::new(Int64Array::from_iter((0..1_000_i64).map(|n| (n % 10 > 0).then_some(n))))),
        ("x", Arc::new(Float64Array::from_iter_values((0..1_000).map(|n| f64::from(n) / 10.0)))),
        ("c", Arc::new(StringArray::from_iter_values((0..1_000).map(|n| ["a", "b"][n % 2])))),
        ("t", Arc::new(TimestampMicrosecondArray::from_iter_values((0..1_000).map(|n| n * 1_000_000)))),
        ("l", Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(lists))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_is_profiled() {
    let bench = Bench::empty();
    parquet(&bench.path("data.parquet"));
    let profile = bench.run(&["profile", "data.parquet", "--json"]).done().json();
    assert_eq!(profile["rows"], 1_000);
    let kinds: Vec<&Json> = profile["columns"].as_array().unwrap().iter().map(|column| &column["type"]).collect();
    assert_eq!(kinds, ["integer", "float", "category", "time", "other"]);
    assert_eq!((&column(&profile, "n")["missing"], &column(&profile, "l")["distinct"]), (&json!(100), &json!(3)));
    assert_eq!(column(&profile, "t")["time"], json!([0, 999_000]));
    let quartiles = column(&profile, "x")["number"]["quartiles"].as_array().unwrap().clone();
    for (quartile, truth) in quartiles.iter().zip([24.975, 49.95, 74.925]) {
        assert!((quartile.as_f64().unwrap() - truth).abs() < 1e-9, "{quartile}");
    }
}

#[test]
fn damaged_parquet_is_refused() {
    let bench = Bench::empty();
    let path = bench.path("data.parquet");
    parquet(&path);
    let whole = std::fs::read(&path).unwrap();
    for cut in [4, 5, 12, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let failed = bench.run(&["profile", "data.parquet"]).ended(4);
        assert!(failed.err.contains("damaged") && failed.err.contains("\nnext: "), "{}", failed.err);
    }
    // A changed byte is found, or changes a value; it never does worse. Places spread over the whole file.
    for at in (4..whole.len()).step_by(whole.len() / 60) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        std::fs::write(&path, &bytes).unwrap();
        let ran = bench.run(&["profile", "data.parquet"]);
        assert!(matches!(ran.code, 0 | 4), "byte {at}: {} {}", ran.code, ran.err);
    }
}

#[test]
fn hostile_text_is_refused() {
    let bench = Bench::empty();
    let wide: String = (0..1_000_000).map(|n| format!("c{n},")).collect();
    let endless = format!("a,b\n\"{}", "x".repeat(6 << 20));
    let cases: [(&[u8], &str); 9] = [
        (b"", "no columns"),
        (b"a,b\n1\n", "row 1 has 1 values where there are 2 columns"),
        (b"a,b\n1,2\n1,2,3\n", "row 2 has 3 values"),
        (b"a,a\n1,2\n", "two columns are named \"a\""),
        (b"a,b\n1,\xff\n", "row 1, column 2 is not UTF-8"),
        (b"\xff\xfe\n", "row 0, column 1 is not UTF-8"),
        (wide.as_bytes(), "row 0 has over"),
        (&wide.as_bytes()[..30_001], "columns, the limit is 2048"),
        (endless.as_bytes(), "row 1 has over 4194304 bytes"),
    ];
    for (bytes, says) in cases {
        std::fs::write(bench.path("x.csv"), bytes).unwrap();
        let failed = bench.run(&["profile", "x.csv"]).ended(4);
        assert!(failed.err.contains(says) && failed.err.contains("\nnext: "), "{says}: {:.300}", failed.err);
    }
    let long = format!("{}\n1\n", "n".repeat(300));
    bench.write("x.csv", &long);
    assert!(bench.run(&["profile", "x.csv"]).ended(4).err.contains("300 bytes"));
    bench.run(&["profile", "missing.csv"]).ended(5);
    bench.run(&["profile", "."]).ended(4);
    // A terminal is not abused by names.
    bench.write("x.csv", "a\u{1b}[2J\n1\n");
    assert!(!bench.run(&["profile", "x.csv"]).done().out.contains('\u{1b}'));
}

#[test]
fn a_profile_is_recorded() {
    let bench = Bench::new();
    bench.enroll("dee", "data-engineer");
    bench.write("loans.csv", LOANS);
    let signed = ["--env", "dev", "--actor", "user:dee", "--key", "dee.pem"];
    bench.dataset("loans@1");
    let args = [&["profile", "loans.csv", "--record", "dataset/loans@1", "--out", "p.json", "--json"], &signed[..]];
    let printed = bench.run(&args.concat()).done().jsons();
    assert_eq!((printed.len(), &printed[1]["verdict"]), (2, &json!("recorded")));
    let record = bench.run(&["show", &printed[1]["index"].to_string(), "--json"]).done().json();
    let body = &record["events"][0]["body"];
    assert_eq!(body["rows"], 4);
    let digest = body["profile"].as_str().unwrap().strip_prefix("sha256:").unwrap();
    let stored = std::fs::read(bench.path("ledger/blobs").join(&digest[..2]).join(digest)).unwrap();
    assert_eq!(stored, std::fs::read(bench.path("p.json")).unwrap());
    bench.run(&["profile", "loans.csv", "--record", "dataset/loans@1"]).ended(2);
}
