//! What `policy check` and `policy test` stand on: every kind of finding from a bundle that has it, the default bundle
//! with none that counts, cases read strictly and run, and the golden matrix.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod policy_support;

use policy_support::Files;
use sagwan::policy::review::{Finding, Severity, findings};
use sagwan::policy::suite::{self, Suite, is_suite};
use sagwan::policy::{Bundle, Policy, PolicyError, golden, is_part};
use std::{fs, path::Path};

fn review(files: &Files) -> Vec<Finding> {
    findings(&files.bundle().unwrap(), &files.load().unwrap())
}

/// The findings of these rows, without what the small bundle has for want of rules.
fn of_rows(rows: &str) -> Vec<(Severity, &'static str, String, usize)> {
    let found = review(&Files::rules(rows).with("deny.csv", "")).into_iter();
    let ours = found.filter(|one| one.file.starts_with("rules/"));
    ours.map(|one| (one.severity, one.kind, one.rule.unwrap(), one.line.unwrap())).collect()
}

#[test]
fn the_default_policy_has_nothing_that_counts() {
    let bundle = Bundle::embedded();
    let found = findings(&bundle, &Policy::load(&bundle).unwrap());
    let counting: Vec<_> = found.iter().filter(|one| one.severity != Severity::Note).collect();
    assert!(counting.is_empty(), "{counting:#?}");
    assert!(found.iter().any(|one| one.kind == "four-eyes-only"), "officers propose and approve");
}

#[test]
fn rules_that_say_nothing_new() {
    use Severity::{Note, Warning};
    let wide = "p, role:ds, *, model/*, read, allow, wide\n";
    for (more, severity, kind, rule) in [
        ("p, role:ds, prod, model/*, read, allow, narrow\n", Warning, "redundant-rule", "narrow"),
        ("p, role:ds, prod, model/x@*, read, allow, narrow\n", Warning, "redundant-rule", "narrow"),
        ("p, role:ds, *, model/*, read, deny, no\n", Warning, "shadowed-allow", "wide"),
        ("p, role:ds, prod, model/*, read, deny, no\n", Note, "partly-shadowed-allow", "wide"),
        ("p, role:mle, prod, dataset/*, read, deny, no\n", Note, "idle-deny", "no"),
        ("g, role:mle, role:ds, *, link\ng, role:mle, role:ds, prod, again\n", Warning, "redundant-link", "again"),
        ("g, role:ds, role:go, *, link\n", Warning, "dead-link", "link"),
        (
            "g, role:mle, role:ds, prod, link\np, role:mle, prod, model/*, read, allow, own\n",
            Warning,
            "redundant-rule",
            "own",
        ),
        ("p, role:mle, prod, model/x, write, allow, bare\n", Warning, "unversioned-object", "bare"),
        ("p, role:mle, prod, model/@1, write, allow, none\n", Warning, "dead-rule", "none"),
    ] {
        let found = of_rows(&format!("{wide}{more}"));
        let wanted = |one: &&(Severity, &str, String, usize)| (one.0, one.1, one.2.as_str()) == (severity, kind, rule);
        assert!(found.iter().any(|one| wanted(&one)), "{kind} of {more}: {found:?}");
        assert_eq!(found.len(), 1, "{more}: {found:?}");
    }
    // Three environments add up to all of them: only the wide one goes.
    let three = "p, role:ds, dev, model/*, read, allow, d\np, role:ds, staging, model/*, read, allow, s\np, role:ds, prod, model/*, read, allow, p\n";
    assert!(of_rows(three).is_empty());
    let ids: Vec<String> = of_rows(&format!("{three}{wide}")).into_iter().map(|one| one.2).collect();
    assert_eq!(ids, ["d", "s", "p"], "the wide one says it all; the three are redundant");
    // An ordinary deny does not make an absolute one redundant; the other way round it does.
    let allow = "p, role:ds, *, model/*, read, allow, a\n";
    for (row, redundant) in [("*, model/*", None), ("prod, model/x@*", Some("d"))] {
        let files = Files::rules(&format!("{allow}p, role:ds, {row}, read, deny, d\n"));
        let files = files.with("deny.csv", "p, role:ds, prod, model/*, read, deny, never\n");
        let found = review(&files).into_iter().filter(|one| one.kind == "redundant-rule");
        assert_eq!(found.filter_map(|one| one.rule).collect::<Vec<_>>(), Vec::from_iter(redundant));
    }
}

#[test]
fn words_cells_and_stages() {
    let found = review(&Files::base());
    let has = |kind: &str, part: &str| found.iter().any(|one| one.kind == kind && one.message.contains(part));
    assert!(has("role-without-rules", "role:mle"));
    assert!(has("dead-action", "write of model"), "no event writes a model: {found:#?}");
    assert!(has("uncovered", "no role may read dataset in dev, staging, prod"));
    let known = "[[uncovered]]\nobject = \"dataset\"\nactions = [\"read\"]\nenvironments = [\"dev\", \"staging\", \"prod\"]\nreason = \"none\"\n";
    let old = String::from_utf8(Files::base().0["constraints.toml"].clone()).unwrap();
    let files = Files::base().with("constraints.toml", format!("{known}{old}"));
    assert!(!review(&files).iter().any(|one| one.message.contains("read dataset")));
    let stale = files.edit("constraints.toml", "object = \"dataset\"", "object = \"model\"");
    let found = review(&stale);
    assert!(found.iter().any(|one| one.kind == "stale-uncovered" && one.message.contains("read model in prod")));
    for (bad, reason) in [("\"read\"", "nothing does `fly`"), ("\"none\"", "without a reason")] {
        let to = if bad == "\"read\"" { "\"fly\"" } else { "\" \"" };
        let text = format!("{}{old}", known.replace(bad, to));
        Files::base().with("constraints.toml", text).refused("constraints.toml", Some(2), reason);
    }
    let upside = Files::base().edit("stages.toml", "prod = \"enforce\"", "prod = \"observe\"");
    assert!(review(&upside).iter().any(|one| one.kind == "stage-inversion"));
    let weak = Files::base().with(
        "stages.toml",
        "[default]\ndev = \"warn\"\nstaging = \"warn\"\nprod = \"enforce\"\n[explicit-deny]\ndev = \"observe\"\nstaging = \"warn\"\nprod = \"enforce\"\n",
    );
    assert!(review(&weak).iter().any(|one| one.kind == "weak-explicit-deny"));
}

/// The default bundle with one replacement in a file.
fn default_with(file: &str, from: &str, to: &str) -> Files {
    Files(Bundle::embedded().files().clone()).edit(file, from, to)
}

#[test]
fn duties_that_nothing_separates() {
    let open = default_with(
        "constraints.toml",
        "object = \"policy\"\naction = \"approve\"",
        "object = \"policy\"\naction = \"propose\"",
    );
    let found = review(&open);
    let error = found.first().unwrap();
    assert_eq!((error.severity, error.kind), (Severity::Error, "unguarded-duty"), "{error:?}");
    assert!(error.message.contains("role:governance-officer can propose and approve policy"));
    let joined = default_with(
        "rules/platform.csv",
        "# Data\n",
        "g, role:pipeline, role:data-scientist, dev, a\ng, role:pipeline, role:governance-officer, dev, b\n",
    );
    let found = review(&joined);
    assert!(found.iter().any(|one| (one.severity, one.kind) == (Severity::Error, "separation-joined")), "{found:#?}");
    let observed = default_with("stages.toml", "prod = \"enforce\"", "prod = \"warn\"");
    assert!(review(&observed).iter().any(|one| one.kind == "four-eyes-not-enforced"));
    let twice = default_with(
        "constraints.toml",
        "[[role-maximum]]",
        "[[role-maximum]]\nid = \"again\"\nrole = \"role:governance-officer\"\nat-most = 3\n\n[[role-maximum]]",
    );
    let found = review(&twice);
    assert!(
        found
            .iter()
            .any(|one| one.kind == "redundant-constraint" && one.rule.as_deref() == Some("max-governance-officer"))
    );
}

#[test]
fn a_policy_that_officers_could_never_change_again() {
    let row = |action| format!("p, role:governance-officer, *, policy/*, {action}, allow, go-policy-{action}\n");
    let unchangeable = |files: &Files| {
        let found = review(files).into_iter().filter(|one| one.kind == "policy-unchangeable");
        found
            .inspect(|one| assert_eq!(one.severity, Severity::Error))
            .map(|one| (one.rule, one.message))
            .collect::<Vec<_>>()
    };
    let embedded = Bundle::embedded();
    let renamed = embedded.files().iter().map(|(name, text)| {
        let text = String::from_utf8(text.clone()).unwrap();
        (name.clone(), text.replace("role:governance-officer", "role:governor").into_bytes())
    });
    let found = unchangeable(&Files(renamed.collect()));
    assert!(found.len() == 1 && found[0].1.contains("is not in the vocabulary"), "{found:?}");
    let another = "p, role:business-stakeholder, dev, policy/*, approve, allow, other\n";
    let without = default_with("rules/governance.csv", &row("approve"), another);
    let found = unchangeable(&without);
    assert!(found.len() == 1 && found[0].1.contains("may not approve policies in prod"), "{found:?}");
    let neither = without.clone().edit("rules/governance.csv", &row("propose"), "");
    assert!(unchangeable(&neither)[0].1.contains("may not propose or approve policies in prod"));
    let denied = default_with(
        "deny.csv",
        "# Services decide nothing\n",
        "p, role:governance-officer, prod, policy/*, approve, deny, nobody\n",
    );
    assert_eq!(unchangeable(&denied)[0].0.as_deref(), Some("nobody"));
    // The name of the policy's subject is free: one that they may is enough.
    let named = without.edit(
        "rules/governance.csv",
        another,
        "p, role:governance-officer, prod, policy/main, approve, allow, main\n",
    );
    assert_eq!(unchangeable(&named), []);
}

fn default_suites(policy: &Policy) -> Vec<Suite> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/tests");
    let mut suites = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("tests/{}", path.file_name().unwrap().to_str().unwrap());
        assert!(!is_part(&name), "tests are no part of a bundle");
        if is_suite(&name) {
            suites.push(Suite::read(&name, &fs::read(&path).unwrap(), policy).unwrap());
        }
    }
    suites
}

#[test]
fn the_default_policy_passes_its_tests_and_every_rule_decides_one() {
    let policy = Policy::load(&Bundle::embedded()).unwrap();
    let suites = default_suites(&policy);
    assert!(suites.len() >= 7);
    let report = suite::run(&policy, &suites);
    assert!(report.failed.is_empty(), "{:#?}", report.failed);
    assert!(report.coverage.undecided().is_empty(), "{:?}", report.coverage.undecided());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies").join(golden::FILE);
    assert_eq!(fs::read_to_string(file).unwrap(), golden::write(&policy), "run `sagwan policy test --bless`");
}

#[test]
fn a_changed_cell_fails_a_case_and_the_golden_matrix() {
    let policy = Policy::load(&Bundle::embedded()).unwrap();
    let before = golden::write(&policy);
    assert!(golden::compare(before.as_bytes(), &policy).unwrap().is_empty());
    let row = "p, role:pipeline, dev, model/*, deploy, allow, pl-model-deploy-dev\n";
    let opened = default_with(
        "rules/platform.csv",
        row,
        &format!("{row}p, role:pipeline, prod, model/*, deploy, allow, oops\n"),
    );
    let opened = opened.load().unwrap();
    let changes = golden::compare(before.as_bytes(), &opened).unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].role.as_str(), changes[0].golden, changes[0].now), ("role:pipeline", Some('.'), Some('+')));
    let closed = default_with("rules/platform.csv", row, "").load();
    // A test that names a rule which is gone is refused, with its line.
    let error = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/tests/platform.yaml")).unwrap();
    let Err(PolicyError::Refused(refusal)) = Suite::read("tests/platform.yaml", &error, &closed.unwrap()) else {
        panic!("a rule that is gone was accepted")
    };
    assert!(refusal.reason.contains("pl-model-deploy-dev") && refusal.line.is_some(), "{refusal}");
    for (bad, line) in [
        (before.replacen("+++", "+?+", 1), Some(7)),
        (before.replacen("+++", "++", 1), Some(7)),
        (before.replacen("+++", "+++  +++", 1), Some(7)),
        (before.replacen("[actor/*]", "[actor/*", 1), Some(6)),
        (before.replacen("+++", "\u{202e}", 1), None),
    ] {
        let Err(PolicyError::Refused(refusal)) = golden::compare(bad.as_bytes(), &policy) else { panic!("accepted") };
        assert_eq!((refusal.file.as_str(), refusal.line), (golden::FILE, line), "{refusal}");
    }
}

const CASES: &str = "\
suite: A few
defaults:
  role: role:ds
  env: prod
cases:
  - name: reads
    object: model/x@1
    action: read
    expect: allow
    rule: a1
  - name: but not the secret one
    object: model/secret
    action: read
    expect: deny
    rule: d1
  - name: and writes nothing, nowhere
    object: [model/x@1, 'model/*']
    env: [dev, staging, prod]
    action: write
    expect: deny
    rule: default-deny
";

fn suite(text: &str) -> Result<Suite, PolicyError> {
    Suite::read("tests/a.yaml", text.as_bytes(), &Files::base().load().unwrap())
}

#[test]
fn cases_are_run_and_counted() {
    let policy = Files::base().load().unwrap();
    let suites = [suite(CASES).unwrap()];
    assert_eq!(suites[0].requests(), 8);
    let report = suite::run(&policy, &suites);
    assert_eq!((report.requests, report.failed.len()), (8, 0));
    assert_eq!((report.coverage.rules["a1"], report.coverage.rules["d1"]), (1, 1));
    assert_eq!(report.coverage.cells_asked, 4);
    let wrong = CASES.replacen("expect: allow", "expect: deny", 1).replacen("rule: d1", "rule: [d1, a1]", 1);
    let report = suite::run(&policy, &[suite(&wrong).unwrap()]);
    assert_eq!(report.failed.len(), 2, "{:#?}", report.failed);
    assert_eq!((report.failed[0].line, report.failed[0].got.as_str()), (6, "allow by a1"));
    assert_eq!(
        (report.failed[1].line, report.failed[1].expected.as_str()),
        (11, "decided by a1"),
        "named and never deciding"
    );
}

#[test]
fn cases_are_read_strictly() {
    for (from, to, line, reason) in [
        ("    action: read\n", "    action: read\n    surprise: 1\n", Some(9), "surprise"),
        ("role:ds", "role:nobody", Some(6), "unknown role"),
        ("    action: read\n", "    action: fly\n", Some(6), "nothing does `fly`"),
        ("model/x@1", "model/x/../y", Some(6), "no subject"),
        ("expect: allow", "expect: perhaps", Some(9), "perhaps"),
        ("env: prod", "env: mars", Some(4), "mars"),
        ("rule: a1", "rule: a2", Some(6), "unknown rule"),
        ("  role: role:ds\n", "", Some(5), "no `role`"),
        ("    expect: allow\n", "    expect: allow\n    expect: deny\n", Some(10), "expect"),
        ("name: reads", "name: &a reads", Some(6), "anchor"),
        ("name: reads", "name: re\u{202e}ads", Some(6), "outside ASCII"),
        ("name: reads", "name: re\tads", Some(6), "tab"),
        ("    action: read\n", "    action: []\n", Some(8), "empty list"),
        ("suite: A few\n", "", None, "suite"),
    ] {
        assert!(CASES.contains(from), "{from}");
        let Err(PolicyError::Refused(refusal)) = suite(&CASES.replacen(from, to, 1)) else { panic!("accepted {to}") };
        assert!(refusal.reason.contains(reason), "{to}: {refusal}");
        assert_eq!(refusal.file, "tests/a.yaml");
        if line.is_some() {
            assert!(refusal.line.is_some_and(|got| got.abs_diff(line.unwrap()) <= 1), "{to}: {refusal}");
        }
    }
    assert!(suite("suite: none\ncases: []\n").is_err());
    let deep = format!("suite: {}x{}\ncases: []\n", "[".repeat(60), "]".repeat(60));
    assert!(suite(&deep).is_err());
    let many = vec!["dev"; 400].join(", ");
    let wide = CASES
        .replace("[dev, staging, prod]", &format!("[{many}]"))
        .replace("[model/x@1, 'model/*']", &format!("[{}]", vec!["model/x@1"; 400].join(", ")));
    let long: String = wide.lines().map(|line| line.replace(", ", ",\n      ") + "\n").collect();
    let Err(PolicyError::Refused(refusal)) = suite(&long) else { panic!("160,000 requests were accepted") };
    assert!(refusal.reason.contains("more than 100000 requests"), "{refusal}");
    for name in ["tests/A.yaml", "tests/a.yml", "tests/../a.yaml", "a.yaml", "tests/.yaml", "tests/matrix.golden"] {
        assert!(!is_suite(name), "{name}");
    }
}
