//! `docs/decisions.md` explains every rule, and no rule that is not.

use sagwan::decide::rules;
use std::collections::BTreeSet;

#[test]
fn every_rule_is_documented() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/decisions.md")).unwrap();
    let documented: BTreeSet<&str> =
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`').map(|(rule, _)| rule)).collect();
    let coded: BTreeSet<&str> = rules::ALL.into_iter().collect();
    assert_eq!(coded.len(), rules::ALL.len(), "an id stands twice");
    assert_eq!(documented, coded);
}
