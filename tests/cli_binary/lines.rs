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
    lines[1] = REFUSED.into();
    let args = ["record", "-", "--json", "--actor", "user:ana", "--key", "ana.pem"];
    let ran = bench.feed(&args, &lines.join("\n")).ended(3);
    let verdicts: Vec<_> = ran.jsons().iter().map(|fate| fate["verdict"].as_str().unwrap().to_owned()).collect();
    assert_eq!(verdicts, ["recorded", "refused", "recorded"]);
    assert!(ran.err.contains("line 2"), "{}", ran.err);
}

/// A model that its author may not retire: a line that the rules refuse.
const REFUSED: &str = r#"{"kind":"model.retired","subject":"model/m@1","env":"prod","body":{"reason":"x"}}"#;

#[test]
fn a_refused_batch_is_named_with_all_its_lines() {
    let bench = Bench::new();
    bench.enroll("ana", "data-scientist");
    let mut lines = many(0..6);
    lines[3] = REFUSED.into();
    // A blank line within the batch: the events are those of lines 3, 5 and 6.
    lines.insert(3, String::new());
    let args = ["record", "-", "--batch", "2", "--actor", "user:ana", "--key", "ana.pem"];
    let ran = bench.feed(&args, &lines.join("\n")).ended(3);
    assert!(ran.err.contains("lines 3–5: refused because of line 5, nothing of them is recorded"), "{}", ran.err);
    assert!(ran.err.contains("refused: lines 3–5 (because of line 5)"), "{}", ran.err);
    assert!(ran.err.contains("1 statement was not recorded, 2 statements recorded"), "{}", ran.err);
    assert!(ran.err.contains("record all lines of their batches again, but no others"), "{}", ran.err);
    assert!(ran.out.contains("lines 1–2: record") && ran.out.contains("lines 6–7: record"), "{}", ran.out);
    // Going on as it says: nothing is missing.
    lines[4] = dataset("d3");
    bench.feed(&args, &lines[2..5].join("\n")).done();
    assert_eq!(bench.run(&["subjects", "--kind", "dataset", "--json"]).done().jsons().len(), 6);
}

#[test]
fn a_batch_refused_for_its_first_line_says_so_too() {
    let bench = Bench::new();
    bench.enroll("ana", "data-scientist");
    let mut lines = many(0..2);
    lines[0] = REFUSED.into();
    let args = ["record", "-", "--batch", "2", "--actor", "user:ana", "--key", "ana.pem"];
    let ran = bench.feed(&args, &lines.join("\n")).ended(3);
    assert!(ran.err.contains("refused: lines 1–2 (because of line 1)"), "{}", ran.err);
    let fates = bench.feed(&[&args[..], &["--json"]].concat(), &lines.join("\n")).ended(3).jsons();
    let place = ["line", "last_line", "refused_line"].map(|name| fates[0][name].as_u64());
    assert_eq!(place, [Some(1), Some(2), Some(1)]);
}

#[test]
fn a_batch_that_is_too_large_asks_for_a_smaller_one() {
    let bench = Bench::new();
    // Each may be a statement; twenty together are larger than one may be, for the ledger or already for its author.
    for (bytes, says) in [(3_000, "invalid: lines 21–40"), (4_000, "error: lines 21–40: ")] {
        let long = |line: &String| line.replace("\"test\"", &format!("\"{}\"", "x".repeat(bytes)));
        let lines: Vec<String> = many(0..20).into_iter().chain(many(20..40).iter().map(long)).collect();
        let failed = bench.feed(&["record", "-", "--batch", "20"], &lines.join("\n")).ended(4);
        assert!(failed.err.contains(says) && failed.err.contains("smaller --batch"), "{}", failed.err);
        assert_eq!(bench.run(&["subjects", "--kind", "dataset", "--json"]).done().jsons().len(), 20);
    }
}

#[test]
fn a_line_that_is_not_json_has_one_number() {
    let bench = Bench::new();
    let failed = bench.feed(&["record", "-"], &format!("{}\n{{kind}}\n", dataset("a"))).ended(4);
    let line = failed.err.lines().find(|line| line.starts_with("error:")).unwrap();
    assert!(line.contains("line 2: not JSON: ") && line.contains(" at column 2"), "{line}");
    assert!(!line.contains("line 1"), "{line}");
}

#[test]
fn what_is_no_text_or_too_long_is_refused_by_line() {
    let bench = Bench::new();
    let long = format!("{}\n\"{}\"\n", dataset("a"), "x".repeat(1_000_000));
    let failed = bench.feed(&["record", "-"], &long).ended(4);
    assert!(failed.err.contains("line 2"), "{}", failed.err);
}
