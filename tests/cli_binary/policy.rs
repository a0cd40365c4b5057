//! `sagwan policy` as a reviewer and a CI job use it: check, test, diff, matrix, who-can, vocabulary.

use super::support::{Bench, Ran};
use std::{fs, path::Path};

/// A bench with a copy of the default policy folder in `policies/`, and no ledger.
fn bench() -> Bench {
    let bench = Bench::empty();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    for folder in ["", "rules", "tests"] {
        fs::create_dir_all(bench.path("policies").join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let to = bench.path("policies").join(folder).join(path.file_name().unwrap());
                fs::copy(&path, to).unwrap();
            }
        }
    }
    bench
}

fn edit(bench: &Bench, file: &str, from: &str, to: &str) {
    let path = bench.path(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

const DEPLOY: &str = "p, role:pipeline, staging, model/*, deploy, allow, pl-model-deploy-staging\n";
const OPEN: &str = "p, role:pipeline, prod, model/*, deploy, allow, pl-model-deploy-prod\n";

/// Opens one cell: the pipeline deploys models to prod.
fn open_a_cell(bench: &Bench) {
    edit(bench, "policies/rules/platform.csv", DEPLOY, &format!("{DEPLOY}{OPEN}"));
}

#[test]
fn the_default_policy_is_clean_tested_and_the_same() {
    let bench = bench();
    for args in [&["policy", "check", "--strict"][..], &["policy", "test", "--every-rule"], &["policy", "diff"]] {
        bench.run(args).done();
    }
    let report = bench.run(&["policy", "test", "--json"]).done().json();
    assert_eq!((report["failed"].as_array().unwrap().len(), report["undecided"].as_array().unwrap().len()), (0, 0));
    assert!(bench.run(&["policy", "test", "--coverage"]).done().out.contains("cells by the matrix"));
}

#[test]
fn a_cell_too_many_is_seen_by_test_and_diff() {
    let bench = bench();
    open_a_cell(&bench);
    let failed = bench.run(&["policy", "test"]).ended(4);
    assert!(
        failed.out.contains("role:pipeline") && failed.err.contains("1 cell differs"),
        "{}{}",
        failed.out,
        failed.err
    );
    let diff = bench.run(&["policy", "diff"]).ended(2);
    assert!(diff.out.contains("WIDENED") && diff.out.contains("OPENED") && diff.out.contains("pl-model-deploy-prod"));
    let json = bench.run(&["policy", "diff", "built-in", "policies", "--json"]).ended(2).json();
    assert_eq!(json["class"], "widened");
    assert_eq!((&json["cells"][0]["change"], &json["cells"][0]["role"]), (&"opened".into(), &"role:pipeline".into()));
    assert_eq!(json["cells"][0]["before"]["answer"], "default-deny");
    let markdown = bench.run(&["policy", "diff", "--markdown"]).ended(2).out;
    assert!(
        markdown.starts_with("## Policy: WIDENED") && markdown.contains("### Opened: DENY → ALLOW (1)"),
        "{markdown}"
    );
    assert!(markdown.contains("| role:pipeline | prod | model/\\* | deploy |"), "{markdown}");
    // The other way round it is narrower.
    bench.run(&["policy", "diff", "policies", "built-in"]).ended(1);
    bench.run(&["policy", "test", "--bless"]).done();
    bench.run(&["policy", "test"]).done();
}

#[test]
fn a_comparison_that_fails_says_so_by_its_code() {
    let bench = bench();
    bench.run(&["policy", "diff", "nowhere"]).ended(3);
    bench.run(&["policy", "diff", "in-force", "policies"]).ended(3);
    edit(&bench, "policies/rules/platform.csv", "allow, pl-dataset-register", "Allow, pl-dataset-register");
    let failed = bench.run(&["policy", "diff", "--json"]).ended(3);
    let error: serde_json::Value = serde_json::from_str(failed.err.trim()).unwrap();
    assert!(error["error"]["what"].as_str().unwrap().contains("rules/platform.csv:5"), "{error}");
    bench.run(&["policy", "diff", "--surprise"]).ended(3);
    bench.run(&["policy", "check"]).ended(4);
}

#[test]
fn findings_have_a_place_and_a_remedy() {
    let bench = bench();
    edit(
        &bench,
        "policies/rules/platform.csv",
        DEPLOY,
        &format!("{DEPLOY}p, role:pipeline, *, model/x@*, use, allow, again\n"),
    );
    bench.run(&["policy", "check"]).done();
    let ran = bench.run(&["policy", "check", "--strict", "--json"]).ended(4);
    let found = ran.jsons();
    let warning = found.iter().find(|one| one["severity"] == "warning").unwrap();
    assert_eq!((&warning["kind"], &warning["rule"]), (&"redundant-rule".into(), &"again".into()));
    assert!(warning["line"].is_u64() && !warning["remedy"].as_str().unwrap().is_empty());
}

#[test]
fn the_matrix_is_a_table_lines_of_json_and_a_page() {
    let bench = bench();
    let table = bench.run(&["policy", "matrix", "--type", "policy", "--role", "role:governance-officer"]).done().out;
    assert!(table.contains("approve") && table.contains("dsp"), "{table}");
    let cells = bench.run(&["policy", "matrix", "--env", "prod", "--json"]).done().jsons();
    let absolute = cells.iter().filter(|cell| cell["answer"] == "absolute-deny").count();
    assert!(absolute > 10 && cells.iter().all(|cell| cell["env"] == "prod"));
    bench.run(&["policy", "matrix", "--html", "matrix.html"]).done();
    let page = fs::read_to_string(bench.path("matrix.html")).unwrap();
    for needed in [
        "<!doctype html>",
        "lang=\"en\"",
        "<caption>model</caption>",
        "scope=\"row\"",
        "prefers-color-scheme",
        "prod: absolute-deny by deny-ds-model-approve",
    ] {
        assert!(page.contains(needed), "{needed}");
    }
    for foreign in ["<script", "http://", "https://", "@import", "url("] {
        assert!(!page.contains(foreign), "the page needs {foreign}");
    }
    bench.run(&["policy", "matrix", "--role", "role:nobody"]).ended(2);
}

#[test]
fn who_can_names_roles_rules_and_holders() {
    let bench = bench();
    let args = ["policy", "who-can", "approve", "model/credit-risk@1", "--env", "prod", "--json"];
    let views = bench.run(&args).done().jsons();
    let officer = views.iter().find(|view| view["answer"] == "allow").unwrap();
    assert_eq!(
        (&officer["role"], &officer["rules"][0]),
        (&"role:governance-officer".into(), &"go-model-approve".into())
    );
    assert!(officer.get("actors").is_none(), "there is no ledger to ask");
    bench.run(&["policy", "who-can", "promote", "dataset/x"]).ended(2);
    bench.run(&["policy", "who-can", "read", "dataset"]).ended(2);
    let ledger = Bench::new();
    ledger.enroll("ben", "ml-engineer");
    let views = ledger.run(&["policy", "who-can", "promote", "model/*", "--env", "prod", "--json"]).done().jsons();
    let engineer = views.iter().find(|view| view["role"] == "role:ml-engineer").unwrap();
    assert_eq!(engineer["actors"], serde_json::json!(["user:ben"]));
    let args = ["policy", "who-can", "promote", "model/*", "--env", "prod", "--as-of", "1", "--json"];
    let before = ledger.run(&args).done().jsons();
    let engineer = before.iter().find(|view| view["role"] == "role:ml-engineer").unwrap();
    assert_eq!(engineer["actors"], serde_json::json!([]), "nobody was enrolled then");
    bench.run(&["policy", "who-can", "read", "dataset/*", "--as-of", "1"]).ended(2);
}

#[test]
fn the_vocabulary_has_every_event_kind_and_reads() {
    let all = Bench::empty().run(&["policy", "vocabulary", "--json"]).done().jsons();
    let promoted = all.iter().find(|one| one["by"] == "model.promoted").unwrap();
    assert_eq!((&promoted["action"], &promoted["objects"][0]), (&"promote".into(), &"model".into()));
    assert!(all.iter().any(|one| one["read"] == true && one["action"] == "read"));
}

#[test]
fn in_a_ledger_it_compares_with_what_is_in_force_and_names_who_is_affected() {
    let bench = Bench::new();
    bench.enroll("bot", "pipeline");
    let other = self::bench();
    open_a_cell(&other);
    let folder = other.path("policies");
    let json = bench.run(&["policy", "diff", folder.to_str().unwrap(), "--json"]).ended(2).json();
    assert!(json["before"]["name"].as_str().unwrap().starts_with("in-force"));
    assert_eq!(
        (&json["affected_actors"][0]["actor"], &json["affected_actors"][0]["wider"]),
        (&"user:bot".into(), &1.into())
    );
    assert!(json["flips"]["decisions"].is_u64(), "{json}");
    bench.run(&["policy", "diff", "in-force", "0"]).done();
    bench.run(&["policy", "check", "in-force"]).done();
}

fn harmless(ran: &Ran) {
    for text in [&ran.out, &ran.err] {
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{200b}', '\u{7}']), "{text:?}");
    }
}

#[test]
fn hostile_files_do_not_reach_the_terminal() {
    let evil = "\u{1b}]0;x\u{7}\u{202e}\u{200b}";
    let bench = bench();
    bench.write("policies/tests/evil.yaml", &format!("suite: {evil}\ncases: []\n"));
    harmless(&bench.run(&["policy", "test"]).ended(4));
    bench.write("policies/tests/evil.yaml", "suite: \"\\e[2J\\u202e\"\n\"\\e[2J\": 1\ncases: []\n");
    harmless(&bench.run(&["policy", "test"]).ended(4));
    let case = "  - name: \"\\e[2J\\u202e\\u200b\"\n    role: role:pipeline\n    object: model/x@1\n    action: use\n    expect: deny\n";
    bench.write("policies/tests/evil.yaml", &format!("suite: x\ncases:\n{case}"));
    harmless(&bench.run(&["policy", "test"]).ended(4));
    harmless(&bench.run(&["policy", "test", "--json"]).ended(4));
    fs::remove_file(bench.path("policies/tests/evil.yaml")).unwrap();
    bench.write("policies/rules/evil.csv", &format!("p, role:{evil}, *, model/*, use, allow, x\n"));
    for command in ["check", "test", "matrix"] {
        harmless(&bench.run(&["policy", command]).ended(4));
    }
    harmless(&bench.run(&["policy", "diff"]).ended(3));
    fs::rename(bench.path("policies/rules/evil.csv"), bench.path(&format!("policies/rules/{evil}.csv"))).unwrap();
    harmless(&bench.run(&["policy", "check"]).ended(4));
    let name = format!("{evil}<img src=x>");
    fs::remove_file(bench.path(&format!("policies/rules/{evil}.csv"))).unwrap();
    fs::rename(bench.path("policies"), bench.path(&name)).unwrap();
    harmless(&bench.run(&["policy", "diff", &name]).done());
    let markdown = bench.run(&["policy", "diff", &name, "--markdown"]).done();
    harmless(&markdown);
    assert!(!markdown.out.contains("<img"));
    bench.run(&["policy", "matrix", &name, "--html", "page.html"]).done();
    let page = fs::read_to_string(bench.path("page.html")).unwrap();
    assert!(!page.contains("<img") && !page.contains('\u{1b}'));
}

#[test]
fn what_would_be_left_out_of_a_bundle_is_refused() {
    let bench = bench();
    for name in ["Deny.csv", "deny2.csv", "stages2.toml", "model.CONF", "rules/Own.csv", "rules/notes.txt"] {
        bench.write(&format!("policies/{name}"), "");
        let told = bench.run(&["policy", "check"]).ended(4).err;
        assert!(told.contains(name) && told.contains("would be left out"), "{told}");
        fs::remove_file(bench.path(&format!("policies/{name}"))).unwrap();
    }
    for name in ["rules/more", "Rules"] {
        fs::create_dir(bench.path(&format!("policies/{name}"))).unwrap();
        assert!(bench.run(&["policy", "check"]).ended(4).err.contains("would be left out"), "{name}");
        fs::remove_dir(bench.path(&format!("policies/{name}"))).unwrap();
    }
    fs::create_dir(bench.path("policies/rules/dir.csv")).unwrap();
    let told = bench.run(&["policy", "check"]).ended(4).err;
    assert!(told.contains("is not a file") && !told.contains("disk"), "{told}");
    fs::remove_dir(bench.path("policies/rules/dir.csv")).unwrap();
    assert!(
        std::process::Command::new("mkfifo").arg(bench.path("policies/rules/pipe.csv")).status().unwrap().success()
    );
    assert!(bench.run(&["policy", "check"]).ended(4).err.contains("is not a file"), "and it does not wait");
    fs::remove_file(bench.path("policies/rules/pipe.csv")).unwrap();
    // Notes, and the settings of a ledger, may stand beside it.
    for name in ["README.md", "sagwan.toml", "notes.txt"] {
        bench.write(&format!("policies/{name}"), "");
    }
    bench.run(&["policy", "check"]).done();
}

#[test]
fn a_refusal_of_the_loader_has_its_file_line_and_remedy() {
    let bench = bench();
    edit(&bench, "policies/rules/platform.csv", "allow, pl-dataset-register", "Allow, pl-dataset-register");
    let failed = bench.run(&["policy", "check", "--json"]).ended(4);
    let error: serde_json::Value = serde_json::from_str(failed.err.trim()).unwrap();
    let error = &error["error"];
    assert_eq!((&error["file"], &error["line"]), (&"rules/platform.csv".into(), &5.into()), "{error}");
    assert!(!error["next"].as_str().unwrap().is_empty() && error["what"].as_str().unwrap().contains(":5: "), "{error}");
    let told = bench.run(&["policy", "vocabulary", "--type", "nonsense"]).ended(2);
    assert!(told.err.contains("there is no object type"), "{}", told.err);
}

#[test]
fn two_folders_are_compared_while_another_process_has_the_ledger() {
    let bench = Bench::new();
    let other = self::bench();
    open_a_cell(&other);
    let folder = other.path("policies");
    let folder = folder.to_str().unwrap();
    let server = super::support::Server::start(&bench);
    let report = bench.run(&["policy", "diff", "built-in", folder, "--json"]).ended(2).json();
    assert!(report["left_out"].as_str().unwrap().contains("without actors and past decisions"), "{report}");
    assert!(report.get("flips").is_none() && report.get("affected_actors").is_none());
    for format in [&[][..], &["--markdown"]] {
        let told = bench.run(&[&["policy", "diff", "built-in", folder][..], format].concat()).ended(2).out;
        assert!(told.contains("without actors and past decisions"), "{told}");
    }
    bench.run(&["policy", "diff", folder]).ended(3);
    server.stop();
}

/// Who is affected by a change that this edit of the default policy is; the comparison as JSON.
fn affected(bench: &Bench, file: &str, from: &str, to: &str) -> serde_json::Value {
    let other = self::bench();
    edit(&other, &format!("policies/{file}"), from, to);
    let ran = bench.run(&["policy", "diff", other.path("policies").to_str().unwrap(), "--json"]);
    assert!(ran.code < 3, "{}", ran.err);
    ran.json()
}

#[test]
fn actors_are_judged_by_all_that_they_hold() {
    let bench = Bench::new();
    bench.enroll("eve", "business-stakeholder");
    let more = ["actor", "role", "assign", "user:eve", "role:data-engineer", "--env", "prod"];
    bench.run(&more).done();
    // One of her roles allows it already, so nothing changes for her when the other does too; and a cell counts once.
    let row = "p, role:data-engineer, *, document/*, file, allow, de-document-file\n";
    let both = "p, role:business-stakeholder, *, dataset/*, register, allow, x\n";
    let json = affected(&bench, "rules/data-engineering.csv", row, &format!("{row}{both}"));
    let eve = &json["affected_actors"][0];
    assert_eq!(
        (&eve["wider"], &eve["roles"]),
        (&2.into(), &serde_json::json!({"role:business-stakeholder": ["dev", "staging"]}))
    );
    let both = "p, role:business-stakeholder, prod, incident/*, correct, allow, x\np, role:data-engineer, prod, grant/*, change, allow, y\np, role:business-stakeholder, prod, grant/*, change, allow, z\n";
    let json = affected(&bench, "rules/data-engineering.csv", row, &format!("{row}{both}"));
    assert_eq!(json["affected_actors"][0]["wider"], 1, "{}", json["affected_actors"]);
    // A new separation names who breaks it today, and a tighter maximum who is one too many.
    let first = "[[separation-of-duty]]\nid = \"sod-scientist-officer\"";
    let apart = "[[separation-of-duty]]\nid = \"sod-new\"\nroles = [\"role:data-engineer\", \"role:business-stakeholder\"]\nenvironments = [\"prod\", \"dev\"]\n\n";
    let json = affected(&bench, "constraints.toml", first, &format!("{apart}{first}"));
    assert_eq!(json["affected_actors"][0]["breaks"], serde_json::json!(["sod-new in prod"]));
    bench.enroll("zoe", "business-stakeholder");
    let most = "[[role-maximum]]\nid = \"max-new\"\nrole = \"role:business-stakeholder\"\nat-most = 1\n\n";
    let json = affected(&bench, "constraints.toml", first, &format!("{most}{first}"));
    let actors: Vec<_> = json["affected_actors"].as_array().unwrap().iter().map(|one| one["actor"].clone()).collect();
    assert_eq!(actors, ["user:eve", "user:zoe"], "{json}");
    assert!(json["affected_actors"][0]["breaks"][2].as_str().unwrap().contains("2 hold it, the most is 1"));
    let other = self::bench();
    edit(&other, "policies/stages.toml", "prod = \"enforce\"", "prod = \"warn\"");
    let told = bench.run(&["policy", "diff", other.path("policies").to_str().unwrap()]).ended(2).out;
    assert!(told.contains("everybody in prod"), "{told}");
}

#[test]
fn markdown_stays_within_what_a_pull_request_takes() {
    let bench = bench();
    let mut rules = String::new();
    for role in ["business-stakeholder", "data-engineer", "data-scientist", "ml-engineer", "pipeline"] {
        for folder in 0..30 {
            let name = format!("{}-{folder}", "long-".repeat(20));
            for action in ["retire", "deploy", "roll-back", "use", "override"] {
                rules += &format!("p, role:{role}, *, model/{name}/*, {action}, allow, {role}-{action}-{folder}\n");
            }
        }
    }
    bench.write("policies/rules/wide.csv", &rules);
    let text = bench.run(&["policy", "diff", "built-in", "policies", "--markdown"]).ended(2).out;
    assert!(text.len() < 60_000 && text.len() > 40_000, "{}", text.len());
    assert!(text.contains("### Opened") && text.contains("more: `sagwan policy diff --json` lists them"), "{text}");
}

#[test]
fn a_rule_that_another_covers_is_told_where_it_comes() {
    let bench = bench();
    let row = "p, role:ml-engineer, prod, model/*, approve, allow, mle-model-approve-hidden\n";
    bench.write("policies/rules/more.csv", row);
    let table = bench.run(&["policy", "diff", "built-in", "policies"]).done().out;
    assert!(table.contains("+mle-model-approve-hidden"), "{table}");
}

#[test]
fn a_policy_is_written_out_to_be_edited() {
    let bench = Bench::new();
    let told = bench.run(&["policy", "show", "--out", "policies", "--json"]).done().json();
    assert_eq!((&told["files"], &told["tests"]), (&11.into(), &8.into()), "{told}");
    bench.run(&["policy", "test", "policies"]).done();
    bench.run(&["policy", "diff", "in-force", "policies"]).done();
    bench.run(&["policy", "show", "--out", "policies"]).ended(2);
    // Its tests go with a folder; of a bundle that only a ledger has none are known.
    open_a_cell(&bench);
    let copied = bench.run(&["policy", "show", "policies", "--out", "copy", "--json"]).done().json();
    assert_eq!(copied["tests"], 8);
    bench.run(&["policy", "propose", "policies", "--reason", "r"]).done();
    let digest = copied["digest"].as_str().unwrap();
    assert_eq!(bench.run(&["policy", "show", digest, "--out", "known", "--json"]).done().json()["tests"], 0);
}
