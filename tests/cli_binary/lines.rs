//! Events on stdin, one a line.

use super::support::{Bench, dataset};

fn many(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|number| dataset(&format!("d{number}"))).collect()
}

#[test]
fn lines_are_recorded_in_order() {
    let bench = Bench::new();
    let input = many(0..40).join("\n\n");
    let fates = bench.feed(&["record", "-", "--json"], &input).done().jsons();
    assert_eq!(fates.len(), 40);
    let indices: Vec<u64> = fates.iter().map(|fate| fate["index"].as_u64().unwrap()).collect();
    assert!(indices.is_sorted(), "{indices:?}");
    assert_eq!(fates[1]["line"], 3, "blank lines count as lines");
}

#[test]
fn batches_are_signed_together() {
    let bench = Bench::new();
    let fates = bench.feed(&["record", "-", "--batch", "16", "--json"], &many(0..40).join("\n")).done().jsons();
    let lines: Vec<_> = fates.iter().map(|fate| (fate["line"].as_u64(), fate["last_line"].as_u64())).collect();
    assert_eq!(lines, [(Some(1), Some(16)), (Some(17), Some(32)), (Some(33), Some(40))]);
    let index = fates[0]["index"].as_u64().unwrap().to_string();
    let events = bench.run(&["show", &index, "--json"]).done().json()["events"].as_array().unwrap().len();
    assert_eq!(events, 16);
}

#[test]
fn a_bad_line_is_named_and_what_stood_before_stays() {
    let bench = Bench::new();
    let mut lines = many(0..10);
    lines[6] = r#"{"kind":"dataset.registered","subject":"dataset/x"}"#.into();
    let failed = bench.feed(&["record", "-"], &lines.join("\n")).ended(4);
    assert!(failed.err.contains("line 7") && failed.err.contains("tail -n +7"), "{}", failed.err);
    assert_eq!(bench.run(&["subjects", "--kind", "dataset", "--json"]).done().jsons().len(), 6);
    // Going on as it says.
    lines[6] = dataset("d6");
    bench.feed(&["record", "-"], &lines[6..].join("\n")).done();
    assert_eq!(bench.run(&["subjects", "--kind", "dataset", "--json"]).done().jsons().len(), 10);
}

#[test]
fn a_refused_line_does_not_stop_the_others() {
    let bench = Bench::new();
    bench.enroll("ana", "data-scientist");
    let mut lines = many(0..3);
    lines[1] = r#"{"kind":"model.retired","subject":"model/m@1","env":"prod","body":{"reason":"x"}}"#.into();
    let args = ["record", "-", "--json", "--actor", "user:ana", "--key", "ana.pem"];
    let ran = bench.feed(&args, &lines.join("\n")).ended(3);
    let verdicts: Vec<_> = ran.jsons().iter().map(|fate| fate["verdict"].as_str().unwrap().to_owned()).collect();
    assert_eq!(verdicts, ["recorded", "refused", "recorded"]);
    assert!(ran.err.contains("line 2"), "{}", ran.err);
}

#[test]
fn what_is_no_text_or_too_long_is_refused_by_line() {
    let bench = Bench::new();
    let long = format!("{}\n\"{}\"\n", dataset("a"), "x".repeat(1_000_000));
    let failed = bench.feed(&["record", "-"], &long).ended(4);
    assert!(failed.err.contains("line 2"), "{}", failed.err);
}
