//! The other files of a bundle, the limits, and damage: what is wrong is refused with its place, and nothing panics.

mod policy_support;

use policy_support::{Chance, Files, MODEL, RULES, ask};
use sagwan::event::{Env, limits};
use sagwan::policy::{Bundle, Party, Policy, Stage, is_part};

#[test]
fn only_the_files_of_the_layout() {
    for name in [
        "README.md",
        "rules/Team.csv",
        "rules/team.txt",
        "rules/a/b.csv",
        "../rules/x.csv",
        "rules/.csv",
        "tests/a.yaml",
    ] {
        assert!(!is_part(name), "{name}");
        Files::base().with(name, "").refused("", None, "unknown file");
    }
    for name in ["vocabulary.toml", "model.conf", "deny.csv", "constraints.toml", "stages.toml"] {
        assert!(is_part(name));
        let mut files = Files::base();
        files.0.remove(name);
        files.refused("", None, "is missing");
    }
    let mut none = Files::base();
    none.0.remove("rules/team.csv");
    none.refused("", None, "no rule allows anything");
}

#[test]
fn the_vocabulary_is_closed() {
    for (from, to, line, reason) in [
        ("[objects]", "surprise = 1\n[objects]", 6, "unknown field"),
        ("\"role:mle\"", "\"role:ds\"", 2, "role `role:ds` twice"),
        ("\"dev\", \"staging\", \"prod\"", "\"dev\", \"prod\"", 3, "other environments"),
        ("\"write\", \"use\"", "\"write\", \"use\", \"fly\"", 4, "applies to no object type"),
        ("\"write\", \"use\"", "\"write\", \"use\", \"read\"", 4, "action `read` twice"),
        ("\"write\", \"use\"", "\"write\", \"use\", \"Read\"", 4, "is not a well-formed action"),
        ("purposes = [\"audit\"]", "purposes = [1]", 5, "invalid type"),
        ("model = [", "table = [", 7, "`table` is not a well-formed object type"),
        ("model = [\"read\", \"write\"]", "model = [\"read\", \"read\"]", 7, "`read` twice"),
        ("model = [\"read\", \"write\"]", "model = [\"read\", \"fly\"]", 7, "not in the list `actions`"),
        ("policy = [\"read\"]", "model = [\"read\"]", 9, "duplicate key"),
    ] {
        Files::base().edit("vocabulary.toml", from, to).refused("vocabulary.toml", Some(line), reason);
    }
    Files::base().edit("vocabulary.toml", "[\"audit\"]", "[]").refused("vocabulary.toml", None, "no purpose");
    Files::base().with("vocabulary.toml", "roles = ").refused("vocabulary.toml", Some(1), "");
    let vocabulary = Files::base().load().unwrap();
    assert!(vocabulary.vocabulary().has_purpose("audit") && !vocabulary.vocabulary().has_purpose(""));
}

#[test]
fn rules_use_the_words_of_the_vocabulary() {
    for (row, reason) in [
        ("p, role:xx, prod, model/*, read, allow, a2", "unknown role"),
        ("p, role:ds, test, model/*, read, allow, a2", "unknown environment"),
        ("p, role:ds, prod, table/*, read, allow, a2", "unknown object type"),
        ("p, role:ds, prod, model/*, fly, allow, a2", "unknown action"),
        ("p, role:ds, prod, model/*, use, allow, a2", "could never match"),
        ("p, role:ds, prod, model/*, write, allow, A2", "is not a rule id"),
        ("p, role:ds, prod, model/*, write, allow, default-deny", "is not a rule id"),
        ("g, role:ds, role:xx, prod, g1", "unknown role"),
    ] {
        Files::rules(&format!("{RULES}{row}\n")).refused("rules/team.csv", Some(2), reason);
    }
    let link = "g, role:ds, role:mle, prod, g1\n";
    Files::base().with("deny.csv", link).refused("deny.csv", Some(1), "role link in the file of absolute denies");
}

const CONSTRAINTS: &str = r#"
[[separation-of-duty]]
id = "sod"
roles = ["role:ds", "role:go"]
environments = ["prod"]
[[four-eyes]]
id = "eyes"
object = "model"
action = "write"
other-than = ["author", "trainer"]
[[role-maximum]]
id = "max"
role = "role:go"
at-most = 2
[grants]
longest-hours = { dev = 24, staging = 2, prod = 1 }
[break-glass]
longest-hours = 4
review-within-hours = 72
"#;

#[test]
fn constraints_say_who_and_how_long() {
    let policy = Files::base().with("constraints.toml", CONSTRAINTS).load().unwrap();
    let constraints = policy.constraints();
    let broken = |env, roles: &[&str]| policy.separation_broken(env, roles).map(|pair| pair.id().to_owned());
    assert_eq!(broken(Env::Prod, &["role:ds", "role:mle", "role:go"]).as_deref(), Some("sod"));
    assert_eq!(broken(Env::Dev, &["role:ds", "role:go"]), None);
    assert_eq!(broken(Env::Prod, &["role:ds"]), None);
    let eyes: Vec<_> = constraints.four_eyes("model", "write").collect();
    assert_eq!(eyes.len(), 1);
    assert!(eyes[0].other_than.contains(&Party::Author) && !eyes[0].other_than.contains(&Party::Beneficiary));
    assert_eq!(constraints.four_eyes("model", "read").count(), 0);
    assert_eq!(constraints.role_maximum("role:go").map(|maximum| maximum.at_most), Some(2));
    assert_eq!(constraints.grants.longest_ms(Env::Dev), 24 * 3_600_000);
    assert_eq!(constraints.break_glass.longest_ms(), 4 * 3_600_000);
    assert_eq!(constraints.break_glass.review_within_ms(), 72 * 3_600_000);
    assert!(policy.table().code("sod").is_some(), "a decision can name a constraint by code");
}

#[test]
fn constraints_that_say_nothing_sensible() {
    for (from, to, line, reason) in [
        ("id = \"sod\"", "id = \"eyes\"", Some(7), "already used"),
        ("id = \"sod\"", "id = \"a1\"", Some(3), "already used"),
        ("id = \"sod\"", "id = \"policy-error\"", Some(3), "reserved"),
        ("roles = [\"role:ds\", \"role:go\"]", "roles = [\"role:ds\"]", Some(4), "invalid length"),
        ("roles = [\"role:ds\", \"role:go\"]", "roles = [\"role:ds\", \"role:ds\"]", Some(3), "itself"),
        ("roles = [\"role:ds\", \"role:go\"]", "roles = [\"role:ds\", \"role:xx\"]", Some(3), "unknown role"),
        ("environments = [\"prod\"]", "environments = []", Some(3), "no environment"),
        ("environments = [\"prod\"]", "environments = [\"test\"]", Some(5), "unknown variant"),
        ("action = \"write\"", "action = \"use\"", Some(7), "nothing does `use`"),
        ("\"author\", \"trainer\"", "", Some(7), "other than nobody"),
        ("\"author\", \"trainer\"", "\"boss\"", Some(10), "unknown variant"),
        ("at-most = 2", "at-most = 0", Some(12), "nobody may hold"),
        ("at-most = 2", "at_most = 2", Some(14), "unknown field"),
        ("longest-hours = 4", "longest-hours = 25", None, "break-glass.longest-hours is 25"),
    ] {
        let files = Files::base().with("constraints.toml", CONSTRAINTS).edit("constraints.toml", from, to);
        files.refused("constraints.toml", line, reason);
    }
}

#[test]
fn stages_by_scope() {
    let stages = r#"
[default]
dev = "observe"
staging = "warn"
prod = "enforce"
[explicit-deny]
dev = "warn"
staging = "enforce"
prod = "enforce"
[[scope]]
environment = "dev"
object = "model"
stage = "enforce"
[[scope]]
environment = "prod"
object = "dataset"
stage = "observe"
explicit-deny = "warn"
"#;
    let policy = Files::base().with("stages.toml", stages).load().unwrap();
    assert_eq!(policy.stage(Env::Dev, "dataset"), Stage::Observe);
    assert_eq!(policy.deny_stage(Env::Dev, "dataset"), Stage::Warn);
    assert_eq!((policy.stage(Env::Dev, "model"), policy.deny_stage(Env::Dev, "model")), (Stage::Enforce, Stage::Warn));
    assert_eq!(
        (policy.stage(Env::Prod, "dataset"), policy.deny_stage(Env::Prod, "dataset")),
        (Stage::Observe, Stage::Warn)
    );
    assert_eq!(policy.stage(Env::Prod, "model"), Stage::Enforce);
    let denied = ask(&policy, "role:ds", "model/secret", "read");
    let unknown = ask(&policy, "role:mle", "dataset/x", "read");
    assert_eq!(policy.stage_for(&denied, Env::Prod, "dataset"), Stage::Warn, "a rule denied");
    assert_eq!(policy.stage_for(&unknown, Env::Prod, "dataset"), Stage::Observe, "no rule allowed");
    for (from, to, line, reason) in [
        ("dev = \"observe\"", "dev = \"Observe\"", 3, "unknown variant"),
        ("dev = \"observe\"\n", "", 2, "missing field"),
        ("object = \"dataset\"", "object = \"table\"", 16, "unknown object type"),
        (
            "environment = \"prod\"\nobject = \"dataset\"",
            "environment = \"dev\"\nobject = \"model\"",
            16,
            "a second stage",
        ),
        ("[[scope]]", "[[scopes]]", 10, "unknown field"),
    ] {
        Files::base().with("stages.toml", stages).edit("stages.toml", from, to).refused(
            "stages.toml",
            Some(line),
            reason,
        );
    }
}

#[test]
fn every_limit_holds() {
    let many = (0..limits::POLICY_FILES_MAX).fold(Files::base(), |files, i| files.with(&format!("rules/r{i}.csv"), ""));
    many.refused("", None, "files, the limit is");
    let long_line = format!("# {}\n{RULES}", "x".repeat(limits::POLICY_LINE_BYTES_MAX));
    Files::rules(&long_line).refused("rules/team.csv", Some(1), "a line of more than");
    let comments = "# x\n".repeat(limits::POLICY_FILE_BYTES_MAX / 4 + 1);
    Files::rules(&comments).refused("rules/team.csv", None, "bytes, the limit is");
    let half = "# x\n".repeat(limits::POLICY_FILE_BYTES_MAX / 4);
    let files = Files::rules(&half).with("rules/b.csv", &half).with("deny.csv", &half);
    files.refused("", None, "bytes, the limit is");
    let rows: String =
        (0..=limits::POLICY_RULES_MAX).map(|i| format!("p,role:ds,dev,model/{i},read,allow,a{i}\n")).collect();
    let line = Some(limits::POLICY_RULES_MAX + 1);
    Files::rules(&rows).refused("rules/team.csv", line, "rows in the bundle");
    let rows: String =
        (0..=limits::POLICY_PARTITION_ROWS_MAX).map(|i| format!("p,role:ds,dev,model/{i},read,allow,a{i}\n")).collect();
    let line = Some(limits::POLICY_PARTITION_ROWS_MAX + 1);
    Files::rules(&rows).refused("rules/team.csv", line, "rows with fine patterns");
    let roles: Vec<_> = (0..=limits::POLICY_WORDS_MAX).map(|i| format!("role:n{i}")).collect();
    let old = policy_support::VOCABULARY.lines().nth(1).unwrap();
    let lines = format!("roles = {roles:#?}");
    Files::base().edit("vocabulary.toml", old, &lines).refused("vocabulary.toml", Some(131), "more than 128 words");
    let word = "x".repeat(limits::POLICY_WORD_BYTES_MAX + 1);
    Files::rules(&RULES.replace("a1", &word)).refused("rules/team.csv", Some(1), "is not a rule id");
}

#[test]
fn cells_and_scopes_are_bounded() {
    let actions: Vec<_> = (0..100).map(|i| format!("do-{i}")).collect();
    let roles: Vec<_> = (0..100).map(|i| format!("role:n{i}")).collect();
    let list =
        |words: &[String]| format!("[\n{}]", words.iter().map(|word| format!("{word:?},\n")).collect::<String>());
    let all = list(&actions);
    let vocabulary = |roles: &[String], objects: &[&str]| {
        let objects: String = objects.iter().map(|object| format!("{object} = {all}\n")).collect();
        let roles = list(roles);
        format!(
            "roles = {roles}\nenvironments = [\"dev\", \"staging\", \"prod\"]\nactions = {all}\npurposes = [\"audit\"]\n[objects]\n{objects}"
        )
    };
    let wide = Files::base().with("vocabulary.toml", vocabulary(&roles, &["model", "dataset", "run", "code"]));
    wide.refused("vocabulary.toml", None, "120000 cells");
    let rows: String = ["model", "dataset"]
        .iter()
        .flat_map(|object| (0..100).map(move |i| format!("p, role:n0, *, {object}/x, do-{i}, allow, {object}-{i}\n")))
        .collect();
    let files = Files::rules(&rows)
        .with("deny.csv", "")
        .with("vocabulary.toml", vocabulary(&roles[..1], &["model", "dataset"]));
    files.refused("", None, "fine patterns for 600 scopes");
}

#[test]
fn damage_is_refused_or_harmless_but_never_a_panic() {
    let mut chance = Chance::new("damage");
    let whole = Bundle::embedded();
    for _ in 0..300 {
        let mut files = whole.files().clone();
        let names: Vec<_> = files.keys().cloned().collect();
        let bytes = files.get_mut(chance.pick(&names)).unwrap();
        let at = chance.below(bytes.len());
        match chance.below(3) {
            0 => bytes[at] = (chance.next() & 0xff) as u8,
            1 => bytes.truncate(at),
            _ => drop(bytes.remove(at)),
        }
        if let Err(error) = Bundle::from_files(files).and_then(|bundle| Policy::load(&bundle)) {
            assert!(error.to_string().contains("; "), "reason and remedy: {error}");
        }
    }
    for _ in 0..300 {
        let mut bytes = whole.to_bytes();
        let at = chance.below(bytes.len().min(2_000));
        bytes[at] ^= 1 << chance.below(8);
        if let Ok(other) = Bundle::from_bytes(&bytes) {
            assert_eq!(other.to_bytes(), bytes);
            assert_ne!(other.digest(), whole.digest());
        }
    }
}

#[test]
fn the_default_model_is_the_one_that_casbin_gets() {
    let plain: Vec<_> = MODEL.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    assert_eq!(plain.len(), 10);
    Files::base().with("model.conf", plain.join("\n")).load().unwrap();
}
