//! A right's life: asked for, granted, used, changed, reviewed, revoked; and the emergency that needs no grant.

use super::support::{Bench, Server};
use serde_json::Value as Json;

/// The officer who founded the ledger, another one, an engineer who may open emergencies, and a dataset in prod.
fn bench() -> Bench {
    let bench = Bench::new();
    bench.enroll("olga", "governance-officer");
    bench.enroll("dana", "data-engineer");
    bench.enroll("mel", "ml-engineer");
    let event = r#"{"kind":"dataset.registered","subject":"dataset/loans@1","env":"prod",
        "body":{"source":"the bank","purpose":"scoring","legal_basis":"contract"}}"#;
    bench.write("loans.json", event);
    bench.run(&[&["record", "loans.json"][..], &AS_DANA].concat()).done();
    bench
}

const AS_DANA: [&str; 4] = ["--actor", "user:dana", "--key", "dana.pem"];
const AS_MEL: [&str; 4] = ["--actor", "user:mel", "--key", "mel.pem"];
const AS_OLGA: [&str; 4] = ["--actor", "user:olga", "--key", "olga.pem"];

const REQUEST: [&str; 14] = [
    "access",
    "request",
    "dataset/loans@1",
    "--env",
    "prod",
    "--purpose",
    "model-validation",
    "--until",
    "7d",
    "--reason",
    "yearly validation",
    "--name",
    "validation",
    "--json",
];

fn index(json: &Json) -> String {
    json["index"].as_u64().unwrap().to_string()
}

fn used(bench: &Bench, grant: &str, purpose: &str, who: &[&str]) -> super::support::Ran {
    let (grant, purpose) = (format!("grant={grant}"), format!("purpose={purpose}"));
    let args = ["record", "--kind", "access.used", "--subject", "dataset/loans@1", "--env", "prod", "--body", &grant];
    let more = ["--body", &purpose, "--body", "account=workbench", "--body", "task=read the rows", "--body"];
    let rest = ["origin=10.0.0.7", "--body", "records=12", "--body", "download=true"];
    bench.run(&[&args[..], &more, &rest, who].concat())
}

#[test]
fn a_grant_is_asked_for_given_used_changed_reviewed_and_revoked() {
    let bench = bench();
    let asked = bench.run(&[&REQUEST[..], &AS_MEL].concat()).done().json();
    assert_eq!((&asked["grant"], &asked["verdict"]), (&"grant/validation".into(), &"recorded".into()));
    assert!(asked["next"][0].as_str().unwrap().contains("sagwan access grant grant/validation"), "{asked}");
    // It stands as a request: nobody holds it, nothing can be used under it.
    assert!(bench.run(&["grants", "--json"]).done().out.is_empty());
    let listed = bench.run(&["grants", "--all", "--json"]).done().json();
    assert_eq!((&listed["status"], &listed["requested_by"]), (&"requested".into(), &"user:mel".into()));
    assert!(used(&bench, "grant/validation", "model-validation", &AS_MEL).ended(3).err.contains("is not granted"));

    // The officer gives what was asked for; everything comes from the request.
    let given = bench.run(&["access", "grant", "grant/validation", "--json"]).done().json();
    let granted = index(&given);
    let grant = bench.run(&["grants", "--json"]).done().json();
    assert_eq!((&grant["holder"], &grant["granted_by"]), (&"user:mel".into(), &"user:officer".into()));
    assert_eq!(grant["subjects"], serde_json::json!(["dataset/loans@1"]));
    assert_eq!(grant["steps"][1]["index"].as_u64().unwrap().to_string(), granted);
    let table = bench.run(&["grants"]).done().out;
    let when = grant["steps"][1]["t"].as_str().unwrap();
    for cell in
        ["grant/validation", "user:mel", "model-validation (use)", "user:officer", &granted, when, "yearly validation"]
    {
        assert!(table.contains(cell), "{cell} is not in\n{table}");
    }
    // Before that record was judged it was a request, and holds for nobody.
    assert!(bench.run(&["grants", "--as-of", &granted, "--json"]).done().out.is_empty());
    assert!(bench.run(&["grants", "--as-of", "2020-01-01", "--all", "--json"]).done().out.is_empty());
    bench.run(&["grants", "--as-of", "4711"]).ended(5);

    used(&bench, "grant/validation", "model-validation", &AS_MEL).done();
    assert!(used(&bench, "grant/validation", "audit", &AS_MEL).ended(3).err.contains("grant-purpose"));
    assert!(used(&bench, "grant/validation", "model-validation", &AS_DANA).ended(3).err.contains("is not user:dana's"));

    let change = ["access", "change", "grant/validation", "--until", "2d", "--reason", "nearly done"];
    bench.run(&change).done();
    let grant = bench.run(&["grants", "--json"]).done().json();
    assert_eq!(grant["until"], grant["steps"][2]["until"]);
    assert!(bench.run(&["grants"]).done().out.contains("live, changed by user:officer"));

    // Looking records nothing; what was found does.
    let size = bench.run(&["status", "--json"]).done().json()["size"].clone();
    let review = ["access", "review", "dataset/loans@1", "--env", "prod", "--from", "1d"];
    let seen = bench.run(&review).done();
    assert!(seen.out.contains("1 grant that held or changed") && seen.out.contains("1 use, 1 of them a download"));
    assert!(
        seen.out.contains("user:mel") && seen.out.contains("workbench"),
        "who signed, and the account: {}",
        seen.out
    );
    assert!(seen.out.contains("read the rows") && seen.err.contains("nothing is recorded yet"), "{}", seen.err);
    assert_eq!(bench.run(&["status", "--json"]).done().json()["size"], size);
    let found = ["--findings", "as it should be", "--downloads-checked", "--json"];
    let reviewed = bench.run(&[&review[..], &found].concat()).done().json();
    let record = bench.run(&["show", &index(&reviewed["recorded"]), "--json"]).done().json();
    let body = &record["events"][0]["body"];
    assert_eq!((&body["findings"], &body["reviewed"]), (&"as it should be".into(), &2.into()), "{record}");
    assert_eq!(body["downloads_checked"], true);

    bench.run(&["access", "revoke", "grant/validation", "--reason", "done"]).done();
    assert!(used(&bench, "grant/validation", "model-validation", &AS_MEL).ended(3).err.contains("was revoked"));
    assert!(bench.run(&["grants", "--json"]).done().out.is_empty());
    let all = bench.run(&["grants", "--all"]).done().out;
    assert!(all.contains("revoked by user:officer"), "{all}");
}

#[test]
fn what_nobody_may_give_himself_is_refused_with_the_way_on() {
    let bench = bench();
    // An officer who asks does not grant it himself, and nobody gives to himself what another asked for.
    bench.run(&REQUEST).done();
    let own = bench.run(&["access", "grant", "grant/validation"]).ended(3);
    assert!(own.err.contains("four-eyes-grant") && own.err.contains("ask another officer"), "{}", own.err);
    bench.run(&[&["access", "grant", "grant/validation", "--to", "user:olga"][..], &AS_OLGA].concat()).ended(3);
    // Longer than the policy lets it: asked for it may be, given it is not.
    let long = [&REQUEST[..7], &["--until", "60d", "--reason", "r", "--name", "long"], &AS_MEL].concat();
    bench.run(&long).done();
    let given = bench.run(&["access", "grant", "grant/long"]).ended(3);
    assert!(given.err.contains("grant-too-long"), "{}", given.err);
    // Within the bounds it is, and less than was asked for may be given.
    bench.run(&["access", "grant", "grant/long", "--until", "1d"]).done();
    // More than was asked for may not.
    let more = ["access", "grant", "grant/validation", "--to", "user:mel", "--until", "20d"];
    assert!(bench.run(&[&more[..], &AS_OLGA].concat()).ended(3).err.contains("grant-exceeds-request"));
    let unknown = [&REQUEST[..5], &["--purpose", "curiosity", "--until", "1d", "--reason", "r"], &AS_MEL].concat();
    assert!(bench.run(&unknown).ended(3).err.contains("purpose-unknown"));
    // Nobody asked: prod enforces that somebody does.
    let unasked = ["access", "grant", "dataset/loans@1", "--to", "user:mel", "--env", "prod", "--purpose", "audit"];
    let refused = bench.run(&[&unasked[..], &["--until", "1d"]].concat()).ended(3);
    assert!(refused.err.contains("was not requested"), "{}", refused.err);
    bench.run(&unasked).ended(2);
    bench.run(&["access", "grant", "grant/none"]).ended(5);
    bench.run(&["access", "revoke", "grant/none", "--reason", "r"]).ended(5);
    bench.run(&["access", "review", "dataset/loans@1", "--from", "1d"]).ended(2);
}

#[test]
fn an_emergency_needs_no_grant_and_owes_a_review() {
    let bench = bench();
    let open = |name: &str, more: &[&str]| {
        let args =
            ["breakglass", "open", "dataset/loans@1", "--env", "prod", "--ticket", "OPS-1", "--reason", "outage"];
        bench.run(&[&args[..], &["--name", name], more].concat())
    };
    let long = open("night", &[&["--until", "12h"][..], &AS_MEL].concat()).ended(3);
    assert!(long.err.contains("breakglass-too-long"), "{}", long.err);
    let opened = open("night", &[&["--until", "2h"][..], &AS_MEL].concat()).done();
    assert!(opened.err.contains("a review by another officer is owed"), "{}", opened.err);
    used(&bench, "grant/night", "incident-response", &AS_MEL).done();
    let listed = bench.run(&["breakglass", "list", "--json"]).done().json();
    assert_eq!((&listed["holder"], &listed["status"]), (&"user:mel".into(), &"live".into()));
    assert!(listed["review_due"].is_string(), "{listed}");
    let table = bench.run(&["breakglass", "list"]).done().out;
    assert!(table.contains("owed since") && table.contains("OPS-1"), "{table}");
    // Not by himself; by an officer.
    let review = ["breakglass", "review", "grant/night", "--findings", "as told", "--justified"];
    let own = bench.run(&[&review[..], &AS_MEL].concat()).ended(3);
    assert!(own.err.contains("ask another officer"), "{}", own.err);
    bench.run(&review).done();
    assert!(bench.run(&["breakglass", "list", "--all"]).done().out.contains("by user:officer (record"));
    bench.run(&["access", "revoke", "grant/night", "--reason", "over"]).done();
    assert!(bench.run(&["breakglass", "list", "--json"]).done().out.is_empty());
    bench.run(&["breakglass", "review", "grant/none", "--findings", "x"]).ended(5);
    // An absolute deny stands above any emergency: the pipeline opens none.
    bench.run(&["key", "new", "--out", "pipe.pem"]).done();
    bench.run(&["actor", "enroll", "service:pipe", "--new-key", "pipe.pem"]).done();
    bench.run(&["actor", "role", "assign", "service:pipe", "role:pipeline", "--env", "prod"]).done();
    let pipe = ["--until", "1h", "--actor", "service:pipe", "--key", "pipe.pem"];
    let denied = open("pipe", &pipe).ended(3);
    assert!(denied.err.contains("deny-pl-grant-open-breakglass"), "{}", denied.err);
}

#[test]
fn a_role_that_ended_already_takes_no_live_one_away() {
    let bench = bench();
    let roles = || bench.run(&["roles", "--actor", "user:mel", "--json"]).done().jsons().len();
    let assign = ["actor", "role", "assign", "user:mel", "role:ml-engineer", "--env", "dev", "--until"];
    let held = roles();
    // In observe too: it would do the contrary of what it says.
    let refused = bench.run(&[&assign[..], &["2020-01-01"]].concat()).ended(3);
    assert!(refused.err.contains("role-ended") && refused.err.contains("role.removed"), "{}", refused.err);
    bench.run(&[&assign[..], &["2d"]].concat()).done();
    assert_eq!(roles(), held, "two days lead ahead");
}

#[test]
fn roles_tell_who_gave_them_and_when() {
    let bench = bench();
    let assign = ["actor", "role", "assign", "user:mel", "role:data-scientist", "--env", "dev", "--until", "1h"];
    let given = bench.run(&[&assign[..], &["--reason", "a project", "--json"]].concat()).done().json();
    let held = bench.run(&["roles", "--actor", "user:mel", "--role", "role:data-scientist", "--json"]).done().json();
    assert_eq!((&held["index"], &held["by"]), (&given["index"], &"user:officer".into()));
    assert_eq!((&held["reason"], &held["status"]), (&"a project".into(), &"live".into()));
    let count = |args: &[&str]| bench.run(&[&["roles", "--json"][..], args].concat()).done().jsons().len();
    assert_eq!(count(&["--as-of", &index(&given), "--actor", "user:mel"]), 3, "before that record");
    assert_eq!(count(&["--as-of", "+2h", "--actor", "user:mel"]), 3, "it has run out");
    assert_eq!(count(&["--as-of", "+2h", "--actor", "user:mel", "--all"]), 4);
    assert_eq!(count(&["--env", "dev"]), 5);
    assert_eq!(count(&["--as-of", "0"]), 0);
    let remove = ["actor", "role", "remove", "user:mel", "role:ml-engineer", "--env", "prod", "--reason", "moved on"];
    bench.run(&remove).done();
    assert_eq!(count(&["--actor", "user:mel", "--env", "prod"]), 0);
    let all = bench.run(&["roles", "--actor", "user:mel", "--all"]).done().out;
    assert!(all.contains("ended by user:officer") && all.contains("moved on"), "{all}");
}

#[test]
fn the_same_through_a_server() {
    let bench = bench();
    // Whoever signs here looks things up there with a token: grants are not for everybody.
    bench.tokens(&[("the-officers", "user:officer", "read")]);
    let server = Server::start(&bench);
    let there = ["--server", server.url.as_str(), "--read-token", "the-officers"];
    let from_there = ["--server", server.url.as_str(), "--token", "the-officers"];
    bench.run(&[&REQUEST[..], &AS_MEL, &there].concat()).done();
    bench.run(&[&["access", "grant", "grant/validation"][..], &there].concat()).done();
    let review =
        ["access", "review", "actor/user:mel", "--env", "prod", "--from", "1d", "--findings", "well", "--json"];
    let reviewed = bench.run(&[&review[..], &there].concat()).done().json();
    assert_eq!(reviewed["grants"][0]["grant"], "grant/validation", "{reviewed}");
    let open = ["breakglass", "open", "dataset/loans@1", "--env", "prod", "--ticket", "T", "--reason", "r", "--until"];
    bench.run(&[&open[..], &["1h"], &AS_MEL, &there].concat()).done();
    let lists = [&["grants", "--all", "--json"][..], &["roles", "--json"], &["breakglass", "list", "--json"]];
    let far: Vec<_> = lists.iter().map(|list| bench.run(&[list, &from_there[..]].concat()).done().jsons()).collect();
    let early = bench.run(&[&["roles", "--as-of", "5", "--json"][..], &from_there].concat()).done().jsons();
    assert_eq!(server.stop(), 0);
    // The folder answers the same, in the same shape.
    for (list, far) in lists.iter().zip(far) {
        assert_eq!(bench.run(list).done().jsons(), far, "{list:?}");
    }
    assert_eq!(bench.run(&["roles", "--as-of", "5", "--json"]).done().jsons(), early);
}

#[test]
fn reading_under_a_grant_or_in_an_emergency_is_explained_and_listed() {
    let bench = bench();
    bench.enroll("ada", "data-scientist");
    let explain = |who: &str, action: &str| {
        let args = ["policy", "explain", "--actor", who, "--env", "prod", "--object", "dataset/loans@1", "--action"];
        bench.run(&[&args[..], &[action, "--json"]].concat()).done().json()
    };
    let who_can = |action: &str| {
        let args = ["policy", "who-can", action, "dataset/loans@1", "--env", "prod", "--json"];
        let views = bench.run(&args).done().jsons();
        views.into_iter().filter(|view| view.get("grant").is_some()).collect::<Vec<_>>()
    };
    let told = explain("user:ada", "read");
    assert_eq!((&told["decision"], &told["rules"][0]), (&"deny".into(), &"default-deny".into()));
    assert!(
        told["missing"][0]["message"].as_str().unwrap().contains("sagwan access request dataset/loans@1"),
        "{told}"
    );
    assert_eq!((told["policy_only"].clone(), who_can("read")), (false.into(), vec![]));

    let as_ada = ["--actor", "user:ada", "--key", "ada.pem", "--action", "read"];
    bench.run(&[&REQUEST[..], &as_ada].concat()).done();
    bench.run(&["access", "grant", "grant/validation"]).done();
    let told = explain("user:ada", "read");
    assert_eq!((&told["decision"], &told["rules"][0]), (&"allow".into(), &"access-grant".into()), "{told}");
    assert!(told["who_could"]["actors"].as_array().unwrap().contains(&"user:ada".into()));
    assert_eq!(explain("user:ada", "use")["decision"], "deny", "it gives reading only");
    let rows = who_can("read");
    assert_eq!(
        (rows.len(), &rows[0]["actors"][0], &rows[0]["rules"][0]),
        (1, &"user:ada".into(), &"access-grant".into())
    );
    assert!(rows[0]["until"].is_string() && rows[0].get("role").is_none(), "{rows:?}");
    assert_eq!(who_can("use"), Vec::<Json>::new());
    let table = bench.run(&["policy", "who-can", "read", "dataset/loans@1", "--env", "prod"]).done().out;
    assert!(table.contains("grant/validation until ") && table.contains("user:ada"), "{table}");

    let glass = ["breakglass", "open", "dataset/loans@1", "--env", "prod", "--ticket", "T-1", "--reason", "down"];
    bench.run(&[&glass[..], &["--until", "1h", "--name", "down"], &AS_MEL].concat()).done();
    for action in ["use", "read"] {
        let rows = who_can(action);
        let row = rows.iter().find(|row| row["grant"] == "grant/down").unwrap();
        assert_eq!((&row["actors"][0], &row["rules"][0]), (&"user:mel".into(), &"break-glass".into()));
    }
    // A grant that is over takes nothing from whoever needs none.
    let lent = ["access", "grant", "dataset/loans@1", "--env", "dev", "--purpose", "audit", "--until", "1d", "--to"];
    bench.run(&[&lent[..], &["user:dana", "--name", "over"]].concat()).done();
    bench.run(&["access", "revoke", "grant/over", "--reason", "r"]).done();
    let use_in_dev = ["policy", "explain", "--env", "dev", "--object", "dataset/loans@1", "--action", "use", "--json"];
    let dana = bench.run(&[&use_in_dev[..], &AS_DANA[..2]].concat()).done().json();
    assert_eq!((&dana["decision"], &dana["rules"][0]), (&"allow".into(), &"de-dataset-use-dev".into()), "{dana}");
    // What is his own everybody reads; and nobody knows a name that is not enrolled.
    let own =
        ["policy", "explain", "--actor", "user:ada", "--env", "prod", "--object", "actor/user:ada", "--action", "read"];
    assert_eq!(bench.run(&[&own[..], &["--json"]].concat()).done().json()["rules"][0], "own-record");
    let stranger = explain("user:stranger", "use");
    assert_eq!(stranger["rules"], serde_json::json!(["actor-enrolment", "default-deny"]));
    assert!(
        stranger["missing"][0]["message"].as_str().unwrap().contains("user:stranger is not enrolled"),
        "{stranger}"
    );
}
