//! `/api/v1`: records, receipts, subjects, actors, grants, policy, status.

use sagwan::{
    merkle::leaf_hash,
    verify::{verify_receipt, verify_statement, verify_tlog_proof, verify_transparent_statement},
};
use serde_json::{Value, json};

use crate::world::{OFFICER, ORIGIN, READ_ONLY, TOKEN, World, author, bearer, dataset, now, sign};

const READS: [&str; 23] = [
    "/api/v1/records",
    "/api/v1/records/0",
    "/api/v1/records/0/receipt",
    "/api/v1/subjects/actor/user:officer",
    "/api/v1/events/actor/user:officer",
    "/api/v1/actors",
    "/api/v1/actors/user:officer",
    "/api/v1/grants",
    "/api/v1/lineage?subject=dataset/german@1",
    "/api/v1/timeline?subject=dataset/german@1",
    "/api/v1/history?subject=model/m@1",
    "/api/v1/reproduce?subject=run/r",
    "/api/v1/inventory",
    "/api/v1/sample?kinds=dataset.registered&n=2&seed=7",
    "/api/v1/export/openlineage?since=0",
    "/api/v1/export/cyclonedx?until=2026-01-01T00:00:00Z",
    "/api/v1/lineage?subject=dataset/german@1&column=amount",
    "/api/v1/policy",
    "/api/v1/status",
    "/api/v1/records?limit=1",
    "/api/v1/grants?as-of=2026-01-01T00:00:00Z",
    "/api/v1/roles",
    "/api/v1/roles?as-of=1&all=true",
];

#[test]
fn reads_need_a_token_unless_they_are_open() {
    let world = World::new();
    for path in READS {
        world.client.get(path, &[]).has_problem(401, "unauthorized");
        world.client.get(path, &[bearer("guess")]).has_problem(401, "unauthorized");
        let answer = world.client.get(path, &[bearer(READ_ONLY)]);
        assert_eq!(answer.status, 200, "{path}: {answer}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    let open = World::with(|config| config.open_reads = true);
    for path in READS {
        let answer = open.client.get(path, &[]);
        let about_people = ["subjects", "actors/", "policy"].iter().any(|part| path.contains(part));
        assert_eq!(answer.status, if about_people { 404 } else { 200 }, "nobody holds no role: {path}: {answer}");
        // Whoever shows a token is held to it.
        open.client.get(path, &[bearer("guess")]).has_problem(401, "unauthorized");
    }
}

#[test]
fn a_question_about_lineage_is_checked_and_says_where_rights_bound_its_answer() {
    let world = World::new();
    for path in [
        "/api/v1/history?subject=run/r",
        "/api/v1/reproduce?subject=model/m@1",
        "/api/v1/lineage?subject=run/r&to=run/r",
        "/api/v1/lineage?subject=run/r&since=2&as-of=1",
    ] {
        world.client.get(path, &[bearer(READ_ONLY)]).has_problem(400, "malformed");
    }
    let is_bounded = |path: &str| world.client.get(path, &[bearer(READ_ONLY)]).json()["as_far_as_readable"] == true;
    assert!(is_bounded("/api/v1/inventory") && is_bounded("/api/v1/lineage?subject=run/r&direction=impact"));
    assert!(!is_bounded("/api/v1/lineage?subject=run/r"));
}

fn indices(page: &Value) -> Vec<u64> {
    page["records"].as_array().unwrap().iter().map(|record| record["index"].as_u64().unwrap()).collect()
}

#[test]
fn records_are_found_by_what_is_asked() {
    let world = World::new();
    let one = world.record(dataset("one"));
    let two = world.record(dataset("two"));
    let retired = world
        .record(json!({"kind": "dataset.retired", "subject": "dataset/one", "env": "dev", "body": {"reason": "old"}}));
    let prod =
        json!({"kind": "dataset.registered", "subject": "dataset/one", "env": "prod", "body": dataset("x")["body"]});
    let refused = sign(&author("user:stranger"), prod);
    let denial =
        world.client.post("/api/v1/statements", &[("content-type", "application/cose")], &refused).is(403).json();
    let denial = denial["verdict"]["denial"].as_u64().unwrap();
    let would = sign(&author("user:stranger"), dataset("three"));
    let would = world.client.post("/api/v1/statements", &[("content-type", "application/cose")], &would).is(201).json();
    let would = would["index"].as_u64().unwrap();

    let found = |query: &str| indices(&world.read(&format!("/api/v1/records?{query}")));
    assert_eq!(found("subject=dataset/one&env=dev"), [one, retired]);
    assert_eq!(found("kind=dataset.registered&actor=user:engineer"), [one, two]);
    assert_eq!(found("actor=user:engineer&order=newest"), [retired, two, one]);
    assert_eq!(found("actor=user:stranger"), [denial, would]);
    assert_eq!(found("decision=deny"), [denial]);
    assert_eq!(found("decision=would-deny"), [would]);
    let rule = world.read(&format!("/api/v1/records/{denial}"))["events"][0]["body"]["rules"][0].clone();
    assert!(found(&format!("rule={}", rule.as_str().unwrap())).contains(&denial));
    let later = now().plus_ms(3_600_000);
    assert!(found(&format!("since={later}")).is_empty());
    assert!(found(&format!("until={later}&kind=dataset.retired")) == [retired]);
    assert_eq!(indices(&world.read("/api/v1/events/dataset/one?order=newest")), [denial, retired, one]);
    assert!(indices(&world.read("/api/v1/events/dataset/unknown")).is_empty());
}

#[test]
fn pages_cover_everything_once_from_either_end() {
    let world = World::new();
    let all: Vec<u64> = (0..7).map(|number| world.record(dataset(&format!("d{number}")))).collect();
    for order in ["oldest", "newest"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = world.read(&format!("/api/v1/records?actor=user:engineer&limit=2&order={order}{cursor}"));
            assert!(indices(&page).len() <= 2);
            seen.extend(indices(&page));
            let Some(next) = page["next"].as_u64() else { break };
            cursor = format!("&cursor={next}");
        }
        if order == "newest" {
            seen.reverse();
        }
        assert_eq!(seen, all, "{order}");
    }
}

#[test]
fn bad_parameters_are_named() {
    let world = World::new();
    for query in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "limit=-1",
        "order=up",
        "decision=maybe",
        "env=test",
        "actor=ana",
        "kind=nothing",
        "subject=thing/x",
        "since=yesterday",
        "until=2026-01-01",
        "colour=red",
        "limit=1&limit=2",
        "cursor=x",
    ] {
        world.client.get(&format!("/api/v1/records?{query}"), &[bearer(TOKEN)]).has_problem(400, "malformed");
    }
    for (path, status, name) in [
        ("records/01", 400, "locator"),
        ("records/x", 400, "locator"),
        ("records/99999", 404, "not-found"),
        ("records/99999/receipt", 404, "not-found"),
        ("records/0/receipt?format=pdf", 400, "malformed"),
        ("subjects/thing/x", 400, "malformed"),
        ("subjects/model/none@1", 404, "not-found"),
        ("subjects/model/../x", 400, "malformed"),
        ("actors/ana", 400, "malformed"),
        ("actors/user:none", 404, "not-found"),
        ("actors?as-of=now", 400, "malformed"),
        ("grants?as-of=now", 400, "malformed"),
        ("grants?when=now", 400, "malformed"),
        ("events/dataset/x?limit=0", 400, "malformed"),
        ("nothing", 404, "not-found"),
    ] {
        world.client.get(&format!("/api/v1/{path}"), &[bearer(TOKEN)]).has_problem(status, name);
    }
    world.client.post("/api/v1/records", &[bearer(TOKEN)], b"").has_problem(405, "method");
    let headers = [bearer(TOKEN), ("accept", "image/png")];
    world.client.get("/api/v1/records/0", &headers).has_problem(406, "not-acceptable");
    world.client.get("/api/v1/records/0/receipt", &headers).has_problem(406, "not-acceptable");
}

#[test]
fn a_record_comes_with_its_proof_in_three_forms() {
    let world = World::new();
    let index = world.record(dataset("proven"));
    let path = format!("/api/v1/records/{index}");
    let get = |path: &str, accept: &str| world.client.get(path, &[bearer(TOKEN), ("accept", accept)]).is(200).body;
    let statement = get(&path, "application/cose");
    verify_statement(&statement, author("user:engineer").key.public()).unwrap();
    let shown = world.read(&path);
    assert_eq!(shown["events"][0]["subject"], "dataset/proven");
    assert_eq!((&shown["actor"], &shown["suspect"]), (&json!("user:engineer"), &json!(false)));
    assert!(shown["seal"].as_u64().unwrap() > index);

    let keys = world.log_keys();
    let receipt = get(&format!("{path}/receipt"), "application/cose");
    assert_eq!(verify_receipt(&statement, &receipt, &keys).unwrap().index, index);
    let transparent = get(&format!("{path}/receipt"), "application/scitt-statement+cose");
    assert_eq!(verify_transparent_statement(&transparent, &keys).unwrap().statement, statement);
    let proof = get(&format!("{path}/receipt"), "text/plain");
    assert_eq!(verify_tlog_proof(&statement, &proof, &keys).unwrap().index, index);
    for (format, body) in [("receipt", receipt), ("transparent", transparent), ("tlog-proof", proof)] {
        assert_eq!(get(&format!("{path}/receipt?format={format}"), "image/png"), body, "{format}");
    }
    assert_ne!(leaf_hash(&statement), [0; 32]);
}

#[test]
fn subjects_say_where_they_stand() {
    let world = World::new();
    for name in ["credit", "a/b/c@1.0", "percent%20encoded@v1"] {
        let index = world.record(dataset(name));
        let path = format!("/api/v1/subjects/dataset/{}", name.replace('%', "%25"));
        let view = world.read(&path);
        assert_eq!(view["subject"], format!("dataset/{name}"));
        assert_eq!((&view["first"], &view["stage"]), (&json!(index), &json!("registered")));
        assert_eq!(view["digest"], format!("sha256:{:064}", 1));
        let events = world.read(view["events"].as_str().unwrap());
        assert_eq!(indices(&events), [index]);
    }
    world.record(
        json!({"kind": "dataset.retired", "subject": "dataset/credit", "env": "dev", "body": {"reason": "old"}}),
    );
    assert_eq!(world.read("/api/v1/subjects/dataset/credit")["retired"], json!(["dev"]));
}

#[test]
fn actors_have_roles_and_keys() {
    let world = World::new();
    let all = world.read("/api/v1/actors");
    let names: Vec<_> = all.as_array().unwrap().iter().map(|actor| actor["actor"].as_str().unwrap()).collect();
    assert!(names.is_sorted() && names.contains(&"user:engineer") && names.contains(&"service:ledger"), "{names:?}");
    let engineer = world.read("/api/v1/actors/user:engineer");
    assert_eq!(all.as_array().unwrap().iter().find(|actor| actor["actor"] == "user:engineer"), Some(&engineer));
    let roles: Vec<_> =
        engineer["roles"].as_array().unwrap().iter().map(|role| (&role["role"], &role["env"])).collect();
    let role = json!("role:data-engineer");
    assert_eq!(roles, [(&role, &json!("dev")), (&role, &json!("prod"))]);
    let key = author("user:engineer").key;
    assert_eq!(engineer["keys"][0]["public"], hex::encode(key.public().raw()));
    assert_eq!(engineer["keys"][0]["kid"], format!("sha256:{}", hex::encode(key.public().thumbprint())));
}

#[test]
fn lineage_comes_with_evidence_that_is_verified_offline() {
    let world = World::new();
    world.record(dataset("raw@1"));
    let mut clean = dataset("clean@1");
    clean["inputs"] = json!([{"subject": "dataset/raw@1"}]);
    world.record(clean);
    let found = world.read("/api/v1/lineage?subject=dataset/raw@1&direction=downstream");
    assert_eq!(found["lineage"]["nodes"][1]["subject"], "dataset/clean@1");
    let path = "/api/v1/lineage?subject=dataset/raw@1&direction=downstream&evidence=true";
    let answer = world.client.get(path, &[bearer(OFFICER)]).is(200);
    let verified = sagwan::lineage::verify(&answer.body, &world.log_keys()).unwrap();
    assert_eq!(serde_json::to_value(&verified.answer).unwrap()["lineage"], found["lineage"]);
    for bad in ["lineage", "lineage?subject=x", "lineage?subject=run/r&depth=0", "sample?kinds=none&n=1&seed=1"] {
        world.client.get(&format!("/api/v1/{bad}"), &[bearer(OFFICER)]).is(400);
    }
}

#[test]
fn grants_hold_as_of_a_time() {
    let world = World::new();
    let officer = author("user:officer");
    world.record(dataset("secret@1"));
    let until = now().plus_ms(3_600_000);
    let grant = json!({"kind": "access.granted", "subject": "grant/g", "env": "dev", "inputs": [{"subject": "dataset/secret"}],
        "body": {"to": "user:stranger", "purpose": "credit-scoring", "until": until.to_string(), "reason": "needed"}});
    let granted =
        world.client.post("/api/v1/statements", &[("content-type", "application/cose")], &sign(&officer, grant));
    granted.is(201);
    let held = |query: &str| world.read(&format!("/api/v1/grants?{query}"))["grants"].as_array().unwrap().len();
    let grants = world.read("/api/v1/grants");
    let grant = &grants["grants"][0];
    assert_eq!((&grant["grant"], &grant["holder"]), (&json!("grant/g"), &json!("user:stranger")), "{grants:#}");
    assert_eq!((&grant["granted_by"], &grant["until"]), (&json!("user:officer"), &json!(until)));
    assert_eq!(held("as-of=2020-01-01T00:00:00Z"), 0, "before it was granted");
    assert_eq!(held(&format!("as-of={}", until.plus_ms(-1))), 1);
    assert_eq!(held(&format!("as-of={until}")), 0, "it holds while t < until");
    assert_eq!(held("actor=user:stranger&subject=dataset/secret@1"), 1);
    assert_eq!(held("actor=user:engineer"), 0);
    assert_eq!(held("subject=dataset/other"), 0);
    assert_eq!(world.read("/api/v1/subjects/grant/g")["stage"], "live");
}

#[test]
fn policy_and_status_are_told() {
    let world = World::new();
    let policy = world.read("/api/v1/policy");
    assert_eq!(policy["stages"]["prod"]["model"], "enforce");
    assert_eq!(policy["stages"]["dev"]["model"], "observe");
    assert_eq!(policy["quorum"], 1);
    assert!(policy["rules"].as_array().unwrap().len() > 100);
    assert_eq!(policy["digest"], format!("{}", sagwan::policy::Bundle::embedded().digest()));
    let status = world.read("/api/v1/status");
    assert_eq!((&status["origin"], &status["healthy"]), (&json!(ORIGIN), &json!(true)));
    let note = String::from_utf8(world.client.get("/checkpoint", &[]).is(200).body).unwrap();
    assert_eq!(note.lines().nth(1).unwrap(), status["size"].to_string());
}

#[test]
fn exports_are_those_of_their_formats_and_of_what_the_reader_may_see() {
    let world = World::new();
    world
        .client
        .post(
            "/api/v1/events",
            &[bearer(TOKEN), ("content-type", "application/json")],
            dataset("german@1").to_string().as_bytes(),
        )
        .is(201);
    let get = |path: &str| world.client.get(path, &[bearer(OFFICER)]);
    let answer = get("/api/v1/export/prov?subject=dataset/german@1").is(200);
    assert_eq!(answer.header("content-type"), "application/json");
    assert!(answer.header("content-security-policy").contains("sandbox"));
    assert!(answer.json()["entity"]["ledger:dataset/german@1"].is_object());
    let svg = get("/api/v1/export/svg?subject=dataset/german@1&direction=both&depth=3").is(200);
    assert_eq!(svg.header("content-type"), "image/svg+xml");
    get("/api/v1/export/prov?subject=dataset/never@1").has_problem(404, "not-found");
    for bad in [
        "excel?subject=dataset/german@1",
        "prov?subject=german",
        "prov?subject=dataset/german@1&since=0",
        "prov?direction=both",
        "prov?subject=dataset/german@1&direction=sideways",
        "prov?subject=dataset/german@1&depth=0",
        "prov?since=yesterday",
        "prov?kinds=nothing",
        "prov?format=svg",
    ] {
        let answer = get(&format!("/api/v1/export/{bad}"));
        assert_eq!(answer.status, 400, "{bad}: {answer}");
    }
}
