//! Random events of every kind over a handful of names, so that they meet.

use crate::world::{EMBEDDED, PEOPLE, STRICT, event, key_proof, kid};
use sagwan::event::{Digest, Event, Timestamp};
use serde_json::{Value, json};

/// SplitMix64 (Steele, Lea and Flood 2014).
pub struct Random(pub u64);

impl Random {
    /// A seed from the environment, or a fresh one; printed, so that a failure can be run again.
    pub fn seeded(test: &str) -> Self {
        let given = std::env::var("SAGWAN_SEED").ok().and_then(|seed| seed.parse().ok());
        let fresh = || std::time::UNIX_EPOCH.elapsed().map_or(1, |time| time.as_nanos() as u64);
        let seed = given.unwrap_or_else(fresh);
        println!("{test}: SAGWAN_SEED={seed}");
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}

/// Kind, subject, body. `$d` digest, `$u` actor, `$t` time, `$g` grant, `$r` role, `$p` purpose, `$o` outcome, `$e`
/// environment, `$b` bundle, `$i` identity of a statement, `$k` kid, `$K` key with proof.
const TEMPLATES: &[(&str, &str, &str)] = &[
    ("actor.enrolled", "actor/$u", r#"{}"#),
    ("key.enrolled", "actor/$u", "$K"),
    ("key.revoked", "actor/$u", r#"{"kid":"$k","reason":"r"}"#),
    ("role.assigned", "actor/$u", r#"{"role":"$r"}"#),
    ("role.assigned", "actor/$u", r#"{"role":"$r","until":"$t"}"#),
    ("role.removed", "actor/$u", r#"{"role":"$r","reason":"r"}"#),
    ("policy.proposed", "policy/main", r#"{"bundle":"$b","reason":"r"}"#),
    ("policy.approved", "policy/main", r#"{"bundle":"$b"}"#),
    ("plugin.published", "plugin/a", r#"{"component":"$d","world":"monitor"}"#),
    ("plugin.bound", "plugin/a", r#"{"component":"$d","mode":"warn"}"#),
    ("plugin.approved", "plugin/a", r#"{"binding":"$i"}"#),
    ("plugin.unbound", "plugin/a", r#"{"binding":"$i","reason":"r"}"#),
    ("denial", "model/m@1", r#"{"actor":"$u","state":1,"rules":["x"],"reason":"r","statement":"$i"}"#),
    (
        "dataset.registered",
        "dataset/d@$n",
        r#"{"source":"s","purpose":"p","legal_basis":"l","digest":"$d","personal":true}"#,
    ),
    ("dataset.validated", "dataset/d@$n", r#"{"outcome":"$o"}"#),
    ("dataset.retired", "dataset/d@$n", r#"{"reason":"r"}"#),
    ("run.started", "run/$n", r#"{"trigger":"manual"}"#),
    ("run.completed", "run/$n", r#"{}"#),
    ("run.failed", "run/$n", r#"{"error":"e"}"#),
    ("run.aborted", "run/$n", r#"{"reason":"r"}"#),
    ("access.requested", "$g", r#"{"reason":"r","purpose":"$p","until":"$t"}"#),
    ("access.granted", "$g", r#"{"to":"$u","purpose":"$p","until":"$t"}"#),
    ("access.changed", "$g", r#"{"until":"$t","reason":"r"}"#),
    ("access.revoked", "$g", r#"{"reason":"r"}"#),
    ("access.used", "dataset/d@$n", r#"{"account":"$u","origin":"o","task":"t","grant":"$g","purpose":"$p"}"#),
    ("breakglass.opened", "$g", r#"{"reason":"r","ticket":"t","purpose":"$p","until":"$t"}"#),
    ("breakglass.reviewed", "$g", r#"{"findings":"f"}"#),
    ("system.registered", "system/s", r#"{"purpose":"p","risk_class":"high"}"#),
    ("model.registered", "model/m@$n", r#"{"artifact":"$d"}"#),
    ("model.evaluated", "model/m@$n", r#"{"artifact":"$d","outcome":"$o"}"#),
    ("model.approved", "model/m@$n", r#"{"artifact":"$d"}"#),
    ("model.promoted", "model/m@$n", r#"{"artifact":"$d"}"#),
    ("model.promoted", "model/m@$n", r#"{"artifact":"$d","from":"$e"}"#),
    ("model.deployed", "model/m@$n", r#"{"artifact":"$d"}"#),
    ("model.rolled-back", "model/m@$n", r#"{"reason":"r","to":"model/m@$n"}"#),
    ("model.retired", "model/m@$n", r#"{"reason":"r"}"#),
    ("prompt.registered", "prompt/p@$n", r#"{"template":"$d"}"#),
    ("prompt.evaluated", "prompt/p@$n", r#"{"template":"$d","outcome":"$o","suite":"s"}"#),
    ("prompt.approved", "prompt/p@$n", r#"{"template":"$d"}"#),
    ("prompt.promoted", "prompt/p@$n", r#"{"template":"$d"}"#),
    ("prompt.deployed", "prompt/p@$n", r#"{"template":"$d"}"#),
    ("prompt.rolled-back", "prompt/p@$n", r#"{"reason":"r","to":"prompt/p@$n"}"#),
    ("alert.raised", "alert/$n", r#"{"severity":"minor","monitor":"m","code":"c","message":"m"}"#),
    ("alert.resolved", "alert/$n", r#"{"resolution":"r"}"#),
    ("data.profiled", "dataset/d@$n", r#"{"profile":"$d","rows":1}"#),
    ("monitor.observed", "deployment/x", r#"{"monitor":"m"}"#),
    ("x.acme.note", "job/etl", r#"{}"#),
];

const ACTORS: [&str; 9] = [
    "user:olga",
    "user:otto",
    "user:bea",
    "user:dan",
    "user:ada",
    "user:mel",
    "service:ci",
    "service:ledger",
    "user:zoe",
];

/// One event; `alike` leaves out what depends on more than the prefix (a policy or a binding by its statement).
pub fn random_event(random: &mut Random, t: Timestamp, alike: bool) -> Event {
    loop {
        let (kind, subject, body) = *random.pick(TEMPLATES);
        if alike && (kind.starts_with("policy.") || kind.starts_with("plugin.") || kind == "denial") {
            continue;
        }
        let mut json = json!({"kind": kind, "subject": fill(random, subject, t)});
        json["body"] = if body == "$K" { proof(random) } else { serde_json::from_str(&fill(random, body, t)).unwrap() };
        let ledger = ["actor.", "key.", "policy.", "plugin."].iter().any(|group| kind.starts_with(group));
        if !ledger && kind != "system.registered" && kind != "denial" {
            json["env"] = fill(random, "$e", t).into();
        }
        let references =
            ["dataset/d@1", "dataset/d@2", "run/1", "model/m@1", "model/m@2", "prompt/p@1", "deployment/x"];
        for field in ["inputs", "outputs"] {
            if random.below(3) == 0 && !ledger {
                json[field] = json!([{"subject": *random.pick(&references), "external": random.below(4) == 0}]);
            }
        }
        if random.below(12) == 0 {
            json["imported"] = true.into();
        }
        return event(&json, t);
    }
}

fn proof(random: &mut Random) -> Value {
    let whose = *random.pick(&ACTORS);
    key_proof(whose, random.below(30) as u8 + 1)
}

fn fill(random: &mut Random, template: &str, t: Timestamp) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out += before;
        let (name, after) = after.split_at(1);
        rest = after;
        out += &match name {
            "d" => Digest([random.below(2) as u8; 32]).to_string(),
            "u" => (*random.pick(&ACTORS)).to_owned(),
            "t" => t.plus_ms(random.below(80) as i64 * 3_600_000 - 3_600_000).to_string(),
            "g" => format!("grant/{}", random.below(3)),
            "r" => format!(
                "role:{}",
                random.pick(&["data-scientist", "ml-engineer", "governance-officer", "pipeline", "king"])
            ),
            "p" => (*random.pick(&["audit", "model-development", "fun"])).to_owned(),
            "o" => (*random.pick(&["pass", "warn", "fail"])).to_owned(),
            "e" => (*random.pick(&["dev", "staging", "prod"])).to_owned(),
            "b" => random.pick(&[*EMBEDDED, STRICT.digest(), Digest([9; 32])]).to_string(),
            "i" => {
                let mut bytes = [0; 32];
                bytes[7] = random.below(60) as u8;
                Digest(bytes).to_string()
            }
            "k" => kid(random.below(30) as u8 + 1).to_string(),
            "n" => (random.below(2) + 1).to_string(),
            other => panic!("no ${other}"),
        };
    }
    out + rest
}

/// Somebody who may sign.
pub fn random_signer(random: &mut Random) -> &'static str {
    random.pick(&PEOPLE).0
}
