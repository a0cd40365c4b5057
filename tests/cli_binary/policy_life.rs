//! A policy's life in the ledger: what a change would have done, proposed, approved, in force; and why somebody may.

use super::support::{Bench, Ran, Server};
use serde_json::Value as Json;
use std::fs;

const GONE: &str = "deny-ds-model-promote-prod";
const ROWS: &str = "p, role:data-scientist, prod, model/*, promote, allow, ds-model-promote-prod\n";

/// A ledger with a scientist and a second officer, in which the scientist was refused a promotion to prod; and a
/// candidate in `candidate/` that would have allowed it. The index of the denial.
fn bench() -> (Bench, u64) {
    let bench = Bench::new();
    bench.enroll("ada", "data-scientist");
    bench.enroll("otto", "governance-officer");
    bench.dataset("d@1");
    for kind in ["registered", "evaluated"] {
        by(&bench, "ada", &model("m@1", kind, "dev")).done();
        by(&bench, "ada", &model("m@2", kind, "dev")).done();
    }
    by(&bench, "otto", &model("m@1", "approved", "prod")).done();
    by(&bench, "ada", &model("m@1", "promoted", "dev")).done();
    by(&bench, "ada", &model("m@1", "promoted", "staging")).done();
    let refused = by(&bench, "ada", &model("m@1", "promoted", "prod")).ended(3);
    let denial = refused.json()["denial"].as_u64().unwrap();
    let shown = bench.run(&["policy", "show", "--json"]).done().json();
    fs::create_dir_all(bench.path("candidate/rules")).unwrap();
    for (name, text) in shown["files"].as_object().unwrap() {
        let text = text.as_str().unwrap();
        let text = match name.as_str() {
            "deny.csv" => text.lines().filter(|line| !line.contains(GONE)).map(|line| format!("{line}\n")).collect(),
            "rules/data-science.csv" => format!("{text}{ROWS}"),
            _ => text.to_owned(),
        };
        bench.write(&format!("candidate/{name}"), &text);
    }
    (bench, denial)
}

fn model(name: &str, kind: &str, env: &str) -> String {
    let artifact = format!("sha256:{}", "00".repeat(32));
    let outcome = if kind == "evaluated" { r#","outcome":"pass""# } else { "" };
    format!(
        r#"{{"kind":"model.{kind}","subject":"model/{name}","env":"{env}","body":{{"artifact":"{artifact}"{outcome}}}}}"#
    )
}

fn by(bench: &Bench, name: &str, event: &str) -> Ran {
    bench.write("event.json", event);
    let (actor, key) = (format!("user:{name}"), format!("{name}.pem"));
    bench.run(&["record", "event.json", "--actor", &actor, "--key", &key, "--json"])
}

fn size(bench: &Bench) -> u64 {
    bench.run(&["status", "--json"]).done().json()["size"].as_u64().unwrap()
}

fn indices(list: &Json) -> Vec<u64> {
    list.as_array().unwrap().iter().map(|item| item["index"].as_u64().unwrap()).collect()
}

#[test]
fn a_change_says_which_recorded_decisions_it_would_have_turned() {
    let (bench, denial) = bench();
    let before = size(&bench);
    let diff = bench.run(&["policy", "diff", "candidate", "--json"]).ended(2).json();
    assert_eq!((&diff["class"], indices(&diff["flips"]["flips"])), (&"widened".into(), vec![denial]));
    let flip = &diff["flips"]["flips"][0];
    assert_eq!(
        (&flip["actor"], &flip["env"], &flip["kind"]),
        (&"user:ada".into(), &"prod".into(), &"model.promoted".into())
    );
    assert_eq!(flip["roles"], serde_json::json!(["role:data-scientist"]));
    assert_eq!((&flip["sealed"]["outcome"], &flip["before"]["rules"][0]), (&"refused".into(), &GONE.into()));
    let text = bench.run(&["policy", "diff", "candidate"]).ended(2).out;
    assert!(text.contains("DENIED THEN AND ALLOWED AFTER") && text.contains(&denial.to_string()), "{text}");
    let markdown = bench.run(&["policy", "diff", "candidate", "--markdown"]).ended(2).out;
    assert!(markdown.contains(&format!("| {denial} |")), "{markdown}");

    let replay = bench.run(&["policy", "replay", "candidate", "--json"]).done().json();
    assert_eq!(indices(&replay["flips"]), [denial]);
    let refused = |when: &str| -> u64 {
        let outcomes = replay["outcomes"].as_array().unwrap().iter();
        outcomes.filter(|count| count["outcome"] == "refused").map(|count| count[when].as_u64().unwrap()).sum()
    };
    assert_eq!((refused("then"), refused("candidate")), (1, 0));
    let same = bench.run(&["policy", "replay", "in-force", "--json"]).done().json();
    assert_eq!((&same["flipped"], &same["unknown"]), (&0.into(), &0.into()));
    assert_eq!(size(&bench), before, "a replay records nothing");
}

#[test]
fn a_policy_is_proposed_approved_by_another_and_in_force() {
    let (bench, denial) = bench();
    let founding = bench.run(&["policy", "list", "--json"]).done().jsons().remove(0);
    bench.run(&["policy", "propose", "candidate", "--reason", "they asked"]).done();
    let list = bench.run(&["policy", "list", "--json"]).done().jsons();
    let digest = list[1]["digest"].as_str().unwrap().to_owned();
    assert_eq!((&list[0]["digest"], &list[1]["in_force"]), (&founding["digest"], &false.into()));
    assert!(bench.run(&["policy", "list"]).done().out.contains("waits, 0 of 1 approvals"));
    let own = bench.run(&["policy", "approve", &digest]).ended(3);
    assert!(own.err.contains("four-eyes-policy-approve"), "{}", own.err);
    let otto = ["--actor", "user:otto", "--key", "otto.pem"];
    let approved = bench.run(&[&["policy", "approve", &digest, "--json"][..], &otto].concat()).done();
    let since = approved.json()["index"].as_u64().unwrap();
    assert!(approved.err.contains("is in force"), "{}", approved.err);

    let list = bench.run(&["policy", "list", "--json"]).done().jsons();
    assert_eq!((list[0]["digest"].as_str().unwrap(), &list[0]["in_force"]), (&*digest, &true.into()));
    assert_eq!(list[0]["spells"][0]["since"].as_u64(), Some(since));
    assert_eq!(list[1]["spells"][0]["until"].as_u64(), Some(since));
    let show = bench.run(&["policy", "show", "--json"]).done().json();
    assert_eq!(
        (&show["known"]["proposers"][0], &show["known"]["approvals"][0]),
        (&"user:officer".into(), &"user:otto".into())
    );
    let then = bench.run(&["policy", "show", &denial.to_string(), "--json"]).done().json();
    assert_eq!(then["digest"], founding["digest"], "the policy that decided there");
    let file = bench.run(&["policy", "show", "--file", "rules/data-science.csv"]).done().out;
    assert!(file.contains("ds-model-promote-prod"));
    bench.run(&["policy", "show", "--file", "nothing.csv"]).ended(5);

    // In force already; and what does not load is not proposed.
    bench.run(&["policy", "propose", "candidate", "--reason", "again"]).ended(4);
    bench.write("candidate/stages.toml", "nonsense");
    bench.run(&["policy", "propose", "candidate", "--reason", "broken"]).ended(4);
}

#[test]
fn approvals_go_to_a_server_and_bundles_do_not() {
    let (bench, _) = bench();
    bench.run(&["policy", "propose", "candidate", "--reason", "they asked"]).done();
    let digest = bench.run(&["policy", "list", "--json"]).done().jsons()[1]["digest"].as_str().unwrap().to_owned();
    let server = Server::start(&bench);
    let to = ["--server", &server.url, "--actor", "user:otto", "--key", "otto.pem"];
    let told = bench.run(&[&["policy", "propose", "candidate", "--reason", "x"][..], &to].concat()).ended(2);
    assert!(told.err.contains("takes no bundles"), "{}", told.err);
    bench.run(&[&["policy", "approve", &digest][..], &to].concat()).done();
    server.stop();
    assert_eq!(bench.run(&["policy", "list", "--json"]).done().jsons()[0]["digest"], digest.as_str());
}

#[test]
fn decisions_are_found_by_the_rules_that_made_them() {
    let (bench, denial) = bench();
    let log = |args: &[&str]| bench.run(&[&["policy", "log", "--json"], args].concat()).done().jsons();
    let all = log(&[]);
    assert!(all.windows(2).all(|pair| pair[0]["index"].as_u64() >= pair[1]["index"].as_u64()), "newest first");
    assert!(
        all.iter().all(|one| one["rules"].as_array().is_some_and(|rules| !rules.is_empty())),
        "each names its rules"
    );
    let denied = log(&["--outcome", "deny"]);
    assert_eq!(denied.iter().map(|one| one["index"].as_u64().unwrap()).collect::<Vec<_>>(), [denial]);
    assert_eq!((&denied[0]["actor"], &denied[0]["kind"]), (&"user:ada".into(), &"model.promoted".into()));
    assert_eq!(log(&["--rule", GONE]), denied);
    let allowed = log(&["--rule", "ds-model-promote-dev"]);
    assert_eq!((allowed.len(), &allowed[0]["outcome"]), (1, &"recorded".into()), "also what a rule allowed");
    assert_eq!(log(&["--actor", "user:ada"]).len(), 7);
    assert_eq!(log(&["--actor", "user:ada", "--env", "prod"]), denied);
    assert_eq!(log(&["--object", "dataset/d@1"]).len(), 1);
    let would: Vec<_> = log(&["--outcome", "would-deny"]).iter().map(|one| one["kind"].clone()).collect();
    assert_eq!(would, ["model.promoted", "dataset.registered"], "hers in staging, the officer's in dev");

    // Page by page they are the same.
    let mut paged = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut args = vec!["policy", "log", "--json", "-n", "2"];
        args.extend(cursor.iter().flat_map(|cursor| ["--cursor", cursor.as_str()]));
        let page = bench.run(&args).done();
        paged.extend(page.jsons());
        match page.err.split_once("--cursor ") {
            Some((_, next)) => cursor = Some(next.trim().to_owned()),
            None => break,
        }
    }
    assert_eq!(paged.len(), all.len());
    assert_eq!(paged, all);
}

#[test]
fn an_explanation_says_why_what_is_missing_and_who_could() {
    let (bench, denial) = bench();
    let asked = ["policy", "explain", "--actor", "user:ada", "--env", "prod", "--object"];
    // Nobody has approved the second model; the first was on its way.
    let explain = |args: &[&str]| bench.run(&[&asked[..], &["model/m@2"], args].concat());
    let of_first =
        |args: &[&str]| bench.run(&[&asked[..], &["model/m@1", "--action", "promote", "--json"], args].concat());
    let told = explain(&["--action", "promote", "--json"]).done().json();
    assert_eq!(
        (&told["decision"], &told["outcome"], &told["stage"]),
        (&"deny".into(), &"refused".into(), &"enforce".into())
    );
    let role = &told["roles"][0];
    assert_eq!((&role["role"], &role["deny"][0]["id"]), (&"role:data-scientist".into(), &GONE.into()));
    let given = role["since"].as_u64().unwrap();
    let record = bench.run(&["show", &given.to_string(), "--json"]).done().json();
    assert!(record["events"].as_array().unwrap().iter().any(|event| event["body"]["role"] == "role:data-scientist"));
    // The step that is missing in the model's life is told beside the rule.
    let missing: Vec<&str> =
        told["missing"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect();
    assert!(missing.contains(&GONE) && missing.contains(&"lifecycle"), "{missing:?}");
    assert!(told["who_could"]["roles"].as_array().unwrap().contains(&"role:ml-engineer".into()));
    assert_eq!(told["who_could"]["actors"], serde_json::json!([]), "nobody can: it is not approved");

    let told = explain(&["--action", "approve", "--json"]).done().json();
    let eyes =
        told["four_eyes"].as_array().unwrap().iter().find(|eyes| eyes["id"] == "four-eyes-model-approve").unwrap();
    assert_eq!(eyes["broken"], true, "she registered it");
    assert!(told["who_could"]["actors"].as_array().unwrap().contains(&"user:otto".into()));
    let text = explain(&["--action", "approve"]).done().out;
    assert!(text.starts_with("user:ada MAY NOT approve model/m@2 in prod: it would be refused."), "{text}");

    // A grant stands in for a rule.
    let otto =
        ["policy", "explain", "--actor", "user:otto", "--env", "dev", "--object", "dataset/d@1", "--action", "use"];
    let otto = || bench.run(&[&otto[..], &["--json"]].concat()).done().json();
    let without = otto();
    assert_eq!((&without["decision"], &without["outcome"]), (&"deny".into(), &"recorded".into()), "dev observes");
    let given =
        ["access", "grant", "dataset/d@1", "--to", "user:otto", "--env", "dev", "--purpose", "audit", "--until", "7d"];
    bench.run(&given).done();
    let with = otto();
    assert_eq!((&with["decision"], &with["rules"][0]), (&"allow".into(), &"access-grant".into()), "{with}");
    assert_eq!(with["grants"][0]["stands"], "holds");

    // As of the beginning nobody knew her.
    let early = explain(&["--action", "promote", "--as-of", "1", "--json"]).done().json();
    assert_eq!((&early["roles"], &early["as_of"]), (&serde_json::json!([]), &1.into()));
    let rules = |told: &Json| -> Vec<String> {
        let rules = told["rules"].as_array().unwrap().iter();
        rules.map(|rule| rule.as_str().unwrap().to_owned()).collect()
    };
    // At the denial's index the answer is the denial's.
    assert_eq!(rules(&of_first(&["--as-of", &denial.to_string()]).done().json()), [GONE]);
    let before_staging = (denial - 2).to_string();
    assert_eq!(rules(&of_first(&["--as-of", &before_staging]).done().json()), [GONE, "lifecycle"]);
    explain(&["--action", "promote", "--as-of", "2001-01-01"]).ended(5);
    explain(&["--action", "dance"]).ended(2);
    explain(&["--action", "promote", "--kind", "run.started"]).ended(2);
}
