//! Who may read what: two readers see different pages, what is forbidden looks like what is not there, and reads of
//! personal subjects are recorded before they are answered.

use crate::{
    client::Answer,
    world::{OFFICER, STRANGER, TOKEN, World, author, bearer, dataset, event, sign},
};
use sagwan::{
    event::{Env, Subject},
    merkle::leaf_hash,
    policy::{Bundle, Policy, Request},
};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The event of [`dataset`] in another environment, with more fields of the body.
fn dataset_in(name: &str, env: &str, more: &Value) -> Value {
    let mut json = dataset(name);
    json["env"] = env.into();
    for (field, value) in more.as_object().unwrap() {
        json["body"][field] = value.clone();
    }
    json
}

fn indices(page: &Value) -> Vec<u64> {
    page["records"].as_array().unwrap().iter().map(|record| record["index"].as_u64().unwrap()).collect()
}

impl World {
    fn get_as(&self, token: &'static str, path: &str) -> Answer {
        self.client.get(path, &[bearer(token)])
    }

    #[track_caller]
    fn record_as(&self, actor: &str, json: Value) -> (u64, Vec<u8>) {
        let statement = sign(&author(actor), json);
        let answer = self.client.post("/api/v1/statements", &[("content-type", "application/cose")], &statement);
        (answer.is(201).json()["index"].as_u64().unwrap(), statement)
    }

    fn size(&self) -> u64 {
        self.read("/api/v1/status")["size"].as_u64().unwrap()
    }
}

#[test]
fn two_readers_see_different_pages() {
    let world = World::new();
    let open = world.record(dataset("open"));
    let (rough, _) = world.record_as("user:officer", dataset_in("rough", "staging", &json!({})));
    let closed = world.record(dataset_in("closed", "prod", &json!({})));
    let path = "/api/v1/records?kind=dataset.registered";
    assert_eq!(indices(&world.get_as(TOKEN, path).is(200).json()), [open, rough, closed]);
    let page = world.get_as(STRANGER, path).is(200);
    assert_eq!(indices(&page.json()), [open, rough], "prod is enforced");
    assert_eq!(page.header("sagwan-would-deny"), "default-deny", "staging warns");
    for (index, status, warning) in [(open, 200, ""), (rough, 200, "default-deny"), (closed, 404, "")] {
        for form in ["", "/receipt", "/receipt?format=transparent", "/receipt?format=tlog-proof"] {
            let answer = world.get_as(STRANGER, &format!("/api/v1/records/{index}{form}")).is(status);
            assert_eq!(answer.header("sagwan-would-deny"), warning, "{form}");
            world.get_as(OFFICER, &format!("/api/v1/records/{index}{form}")).is(200);
        }
    }
    let actors = |token| world.get_as(token, "/api/v1/actors").is(200).json().as_array().unwrap().len();
    assert_eq!((actors(OFFICER), actors(STRANGER)), (5, 1), "himself");
    world.get_as(STRANGER, "/api/v1/actors/user:stranger").is(200);
    // Everybody needs these for proofs.
    world.get_as(STRANGER, "/api/v1/records/0").is(200);
    world.get_as(STRANGER, "/api/v1/records/1").is(200);
    // A grant for reading opens what it covers, for its holder.
    let until = crate::world::now().plus_ms(3_600_000).to_string();
    let ask = json!({"kind": "access.requested", "subject": "grant/g", "env": "prod", "inputs": [{"subject": "dataset/closed"}],
        "body": {"reason": "r", "purpose": "audit", "until": until, "actions": ["read"]}});
    world.record(ask);
    let give = json!({"kind": "access.granted", "subject": "grant/g", "env": "prod", "inputs": [{"subject": "dataset/closed"}],
        "body": {"to": "user:stranger", "purpose": "audit", "until": until, "actions": ["read"]}});
    world.record_as("user:officer", give);
    world.get_as(STRANGER, &format!("/api/v1/records/{closed}")).is(200);
    let grants = world.get_as(STRANGER, "/api/v1/grants").is(200).json();
    assert_eq!(grants["grants"][0]["grant"], "grant/g", "{grants}");
}

#[test]
fn what_is_forbidden_looks_like_what_is_not_there() {
    let world = World::new();
    let hidden = world.record(dataset_in("hidden@1", "prod", &json!({})));
    world.record_as(
        "user:officer",
        json!({"kind": "dataset.retired", "subject": "dataset/hidden@1", "env": "prod", "body": {"reason": "old"}}),
    );
    let beyond = 9_000_000 + hidden;
    let (there, gone) = (hidden.to_string(), beyond.to_string());
    for (path, forbidden, unknown, status) in [
        ("subjects/dataset/NAME@1", "hidden", "absent", 404),
        ("events/dataset/NAME@1", "hidden", "absent", 200),
        ("events/dataset/NAME@1?limit=1&order=newest", "hidden", "absent", 200),
        ("records?subject=dataset/NAME@1", "hidden", "absent", 200),
        ("records?subject=dataset/NAME@1&kind=dataset.retired", "hidden", "absent", 200),
        ("grants?subject=dataset/NAME@1&as-of=2026-01-01T00:00:00Z", "hidden", "absent", 200),
        ("actors/user:NAME", "engineer", "nobodyyy", 404),
        ("records/NAME", &there, &gone, 404),
        ("records/NAME/receipt", &there, &gone, 404),
        ("records/NAME/receipt?format=transparent", &there, &gone, 404),
    ] {
        let ask = |name: &str| {
            let answer = world.get_as(STRANGER, &format!("/api/v1/{}", path.replace("NAME", name))).is(status);
            let headers: BTreeSet<_> =
                answer.headers.iter().filter(|(name, _)| name != "date" && name != "content-length").cloned().collect();
            (answer.status, headers, String::from_utf8(answer.body).unwrap().replace(name, "NAME"))
        };
        assert_eq!(ask(forbidden), ask(unknown), "{path}");
    }
    assert!(!world.read("/api/v1/events/dataset/hidden@1")["records"].as_array().unwrap().is_empty());
}

#[test]
fn neither_a_count_nor_a_cursor_tells_of_what_is_hidden() {
    let world = World::new();
    let mut open = Vec::new();
    for number in 0..3 {
        world.record(dataset_in(&format!("h{number}"), "prod", &json!({})));
        open.push(world.record(dataset(&format!("o{number}"))));
        world.record(dataset_in(&format!("i{number}"), "prod", &json!({})));
    }
    for order in ["oldest", "newest"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/v1/records?kind=dataset.registered&limit=1&order={order}{cursor}");
            let page = world.get_as(STRANGER, &path).is(200).json();
            assert!(page.get("withheld").is_none(), "{page}");
            assert_eq!(indices(&page).len(), 1, "a page is short only at the end: {page}");
            seen.extend(indices(&page));
            let Some(next) = page["next"].as_u64() else { break };
            assert!(open.contains(&next), "a cursor is the index of what comes: {page}");
            cursor = format!("&cursor={next}");
        }
        if order == "newest" {
            seen.reverse();
        }
        assert_eq!(seen, open, "{order}");
    }
}

#[test]
fn in_a_subject_that_one_may_read_what_is_withheld_is_counted() {
    let world = World::new();
    let first = world.record(dataset_in("shared@1", "prod", &json!({})));
    // An engineer of data reads documents and datasets in prod, and no models.
    let filed = json!({"kind": "document.filed", "subject": "document/d", "env": "prod",
        "inputs": [{"subject": "dataset/shared@1"}, {"subject": "model/m@1", "external": true}],
        "body": {"document_type": "model-card", "digest": format!("sha256:{:064}", 2), "title": "t"}});
    let (index, statement) = world.record_as("user:officer", filed);
    let page = world.get_as(TOKEN, "/api/v1/events/dataset/shared@1").is(200).json();
    assert_eq!(indices(&page), [first]);
    assert_eq!(page["withheld"], json!([{"index": index, "leaf": hex::encode(leaf_hash(&statement))}]));
    // Any other condition would tell something about it.
    for more in ["kind=document.filed", "actor=user:officer", "env=prod", "decision=allow"] {
        let page = world.get_as(TOKEN, &format!("/api/v1/records?subject=dataset/shared@1&{more}")).is(200).json();
        assert!(page.get("withheld").is_none(), "{more}: {page}");
    }
    // Nor is it told about the subject that he may not read, or about the document alone to those who may read neither.
    let page = world.get_as(TOKEN, "/api/v1/events/model/m@1").is(200).json();
    assert!(page.get("withheld").is_none() && indices(&page).is_empty(), "{page}");
    let page = world.get_as(TOKEN, "/api/v1/events/dataset/shared@1?limit=1").is(200).json();
    assert_eq!((indices(&page), page["next"].as_u64()), (vec![first], Some(index)), "it counts for the limit");
}

#[test]
fn a_personal_read_is_recorded_before_it_is_answered() {
    let world = World::new();
    let plain = world.record(dataset_in("plain@1", "prod", &json!({})));
    let people = world.record(dataset_in("people@1", "prod", &json!({"personal": true})));
    let before = world.size();
    world.get_as(TOKEN, &format!("/api/v1/records/{plain}")).is(200);
    world.get_as(TOKEN, "/api/v1/records?kind=policy.proposed").is(200);
    world.get_as(STRANGER, &format!("/api/v1/records/{people}")).is(404);
    assert_eq!(world.size(), before, "what touches nothing personal, or is not answered, leaves no trace");

    let path = format!("/api/v1/records/{people}");
    let purpose = [bearer(TOKEN), ("sagwan-purpose", "customer-support")];
    world.client.get(&path, &[bearer(TOKEN), ("sagwan-purpose", "curiosity")]).has_problem(400, "malformed");
    assert_eq!(world.size(), before);
    world.client.get(&path, &purpose).is(200);
    assert_eq!(world.size(), before + 2, "a record and its seal");
    for _ in 0..3 {
        world.get_as(TOKEN, &format!("{path}/receipt")).is(200);
    }
    world.get_as(TOKEN, "/api/v1/subjects/dataset/people@1").is(200);
    world.get_as(TOKEN, "/api/v1/events/dataset/plain@1").is(200);
    let reads = world.read("/api/v1/records?kind=access.used");
    let body = |position: usize| &reads["records"][position]["events"][0]["body"];
    let tasks: Vec<_> = (0..reads["records"].as_array().unwrap().len()).map(|at| body(at)["task"].clone()).collect();
    let proved = json!(format!("prove record {people}"));
    let expected = [
        json!(format!("read record {people}")),
        proved.clone(),
        proved.clone(),
        proved,
        json!("read subject dataset/people@1"),
    ];
    assert_eq!(tasks, expected, "each is counted");
    let (first, record) = (&reads["records"][0]["events"][0], &reads["records"][0]);
    assert_eq!(
        (&record["actor"], &first["subject"], &first["env"]),
        (&json!("service:ledger"), &json!("dataset/people@1"), &json!("prod"))
    );
    assert_eq!(
        (&body(0)["account"], &body(0)["purpose"], &body(0)["records"]),
        (&json!("user:engineer"), &json!("customer-support"), &json!(1))
    );
    assert_eq!(body(1)["purpose"], "audit", "the word of the documentation, when none is given");
    assert!(body(0).get("origin").is_none() && first["commitments"][0]["path"] == "/body/origin", "{first}");
    // That page was about five records of a personal subject: one use, of five records.
    let last = world.read("/api/v1/records?kind=access.used&order=newest&limit=1");
    let last = &last["records"][0]["events"][0]["body"];
    assert_eq!((&last["account"], &last["records"]), (&json!("user:officer"), &json!(5)), "{last}");
    assert_eq!(last["task"], "list records where kind=access.used");
}

#[test]
fn many_personal_subjects_are_all_recorded_and_a_page_of_too_many_is_cut() {
    let world = World::new();
    let people = |from: usize, to: usize| {
        let one = |number| {
            let name = format!("dataset/p{number:04}");
            event(json!({"kind": "dataset.registered", "subject": name, "env": "dev",
                "body": {"source": "s", "purpose": "p", "legal_basis": "l", "personal": true}}))
        };
        let seconds = u64::try_from(crate::world::now().0 / 1_000).unwrap();
        let statement = author("user:engineer").sign(&(from..to).map(one).collect::<Vec<_>>(), seconds, None).unwrap();
        let answer = world.client.post("/api/v1/statements", &[("content-type", "application/cose")], &statement);
        answer.is(201).json()["index"].as_u64().unwrap()
    };
    let batches: Vec<u64> = (0..6).map(|batch| people(batch * 200, batch * 200 + 200)).collect();
    let used = || {
        let page = world.read("/api/v1/records?kind=access.used&limit=1000");
        assert!(page.get("next").is_none(), "read whole");
        let records = page["records"].as_array().unwrap().iter();
        let events: Vec<Value> = records.flat_map(|record| record["events"].as_array().unwrap().clone()).collect();
        let by_engineer = events.iter().filter(|event| event["body"]["account"] == "user:engineer");
        by_engineer.map(|event| event["subject"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    let page = world.get_as(TOKEN, "/api/v1/records?kind=dataset.registered").is(200).json();
    assert_eq!(indices(&page), batches[..5], "six would be 1,200 subjects, and a signed batch has 1,000 events");
    assert_eq!(page["next"].as_u64(), Some(batches[5]));
    assert_eq!(used(), (0..1_000).map(|number| format!("dataset/p{number:04}")).collect());
    let rest = format!("/api/v1/records?kind=dataset.registered&cursor={}", batches[5]);
    assert_eq!(indices(&world.get_as(TOKEN, &rest).is(200).json()), [batches[5]]);
}

#[test]
fn what_cannot_be_recorded_is_not_answered() {
    let world = World::new();
    let people = world.record(dataset_in("people@1", "prod", &json!({"personal": true})));
    let plain = world.record(dataset_in("plain@1", "prod", &json!({})));
    let vault = world.folder.path().join("ledger/vault");
    std::fs::write(&vault, "no folder").unwrap();
    for path in
        [format!("records/{people}"), "subjects/dataset/people@1".into(), "records?kind=dataset.registered".into()]
    {
        let answer = world.get_as(OFFICER, &format!("/api/v1/{path}"));
        assert!(answer.status >= 500, "{answer}");
        assert!(!String::from_utf8(answer.body).unwrap().contains("people"), "{path}");
    }
    world.get_as(OFFICER, &format!("/api/v1/records/{plain}")).is(200);
    std::fs::remove_file(&vault).unwrap();
    world.get_as(OFFICER, &format!("/api/v1/records/{people}")).is(200);
}

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n as u64) as usize
    }
}

const KINDS: [&str; 9] = ["dataset", "code", "model", "run", "job", "deployment", "prompt", "runtime", "experiment"];

/// Whether a reader with this role, or none, is answered about a subject of this type in `prod`, by the policy alone.
fn answered(policy: &Policy, roles: &[&str], subject: &str) -> bool {
    let subject: Subject = subject.parse().unwrap();
    let object_type = subject.kind().as_str();
    let request =
        Request { roles, actor: "user:any", env: Env::Prod, object: subject.as_str(), object_type, action: "read" };
    policy.decide(&request).allow
}

#[test]
fn no_answer_names_what_its_reader_may_not_read() {
    let seed = std::env::var("SAGWAN_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| std::time::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64));
    println!("no_answer_names_what_its_reader_may_not_read: SAGWAN_SEED={seed}");
    let mut random = Random(seed);
    let world = World::with(|config| config.open_reads = true);
    let assign = json!({"kind": "role.assigned", "subject": "actor/service:gateway", "env": "prod", "body": {"role": "role:pipeline"}});
    world.record_as("user:officer", assign);
    let policy = Policy::load(&Bundle::embedded()).unwrap();
    let names: Vec<String> = KINDS.iter().flat_map(|kind| (0..4).map(move |n| format!("{kind}/q{kind}{n}z"))).collect();
    let mut signed_by_engineer = BTreeSet::new();
    let mut last = 0;
    for _ in 0..60 {
        let mut pick = || names[random.below(names.len())].clone();
        let (subject, input, output) = (pick(), pick(), pick());
        let json = json!({"kind": "x.acme.note", "subject": subject, "env": "prod", "body": {},
            "inputs": [{"subject": input, "external": true}], "outputs": [{"subject": output, "external": true}]});
        let allowed = answered(&policy, &["role:data-engineer"], &subject) && subject.starts_with("code/");
        if allowed && random.below(2) == 0 {
            last = world.record_as("user:engineer", json).0;
            signed_by_engineer.extend([subject, input, output]);
        } else {
            last = world.record_as("service:gateway", json).0;
        }
    }
    assert!(event(dataset("d")).env.is_some());
    let readers: [(Option<&'static str>, &[&str]); 4] = [
        (None, &[]),
        (Some(STRANGER), &[]),
        (Some(TOKEN), &["role:data-engineer"]),
        (Some(OFFICER), &["role:governance-officer"]),
    ];
    let (mut hidden, mut looked) = (0, 0);
    for (token, roles) in readers {
        let forbidden: Vec<&String> = names
            .iter()
            .filter(|name| !answered(&policy, roles, name))
            .filter(|name| token != Some(TOKEN) || !signed_by_engineer.contains(*name))
            .collect();
        hidden += forbidden.len();
        for _ in 0..60 {
            let name = &names[random.below(names.len())];
            let path = match random.below(7) {
                0 => format!("records/{}", random.below(usize::try_from(last).unwrap())),
                1 => format!("records/{}/receipt?format=transparent", random.below(usize::try_from(last).unwrap())),
                2 => format!("records?subject={name}&limit={}", 1 + random.below(5)),
                3 => format!("records?kind=x.acme.note&order=newest&limit={}", 1 + random.below(60)),
                4 => format!("records?actor=service:gateway&cursor={}", random.below(80)),
                5 => format!("events/{name}"),
                _ => format!("subjects/{name}"),
            };
            let headers: Vec<_> = token.map(bearer).into_iter().collect();
            let answer = world.client.get(&format!("/api/v1/{path}"), &headers);
            let text = String::from_utf8_lossy(&answer.body);
            looked += usize::from(answer.status == 200);
            for name in forbidden.iter().filter(|name| !path.contains(name.as_str())) {
                assert!(!text.contains(name.as_str()), "{token:?} reads {name} at {path}: {text}");
            }
            if answer.status == 200 && forbidden.iter().any(|name| path.contains(name.as_str())) {
                assert!(
                    !text.contains("x.acme.note"),
                    "{token:?} reads records about a forbidden subject: {path}: {text}"
                );
            }
        }
    }
    assert!(hidden > 40 && looked > 60, "hardly anything was tried: {hidden} names, {looked} answers");
}
