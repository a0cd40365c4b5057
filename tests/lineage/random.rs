//! Random graphs in a ledger.

use super::{
    house::{House, author, dataset, found},
    town::Town,
};
use sagwan::{
    event::{Body, Digest, Env, Event, Reference, body::DataProfiled},
    ledger::Verdict,
};
use std::{collections::BTreeSet, path::Path};

/// SplitMix64 (Steele, Lea and Flood 2014): enough for test data.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// The seed of this run, printed: that of the environment variable, or a fixed one.
pub fn seed() -> u64 {
    let seed = std::env::var("SAGWAN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x006c_696e_6561_6765);
    println!("SAGWAN_SEED={seed}");
    seed
}

/// How many cases: that of the environment variable, or the usual number.
pub fn cases(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// One record of a graph, before it is one.
#[derive(Clone, Debug)]
pub struct Plan {
    pub env: Env,
    pub subject: String,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// In one statement with the plan before it.
    pub joined: bool,
}

/// The subjects that plans are about.
pub fn subjects() -> Vec<String> {
    subjects_of("")
}

/// The same of one graph among others, whose names begin with `graph`.
pub fn subjects_of(graph: &str) -> Vec<String> {
    let of = |kind: &str, count: usize| (0..count).map(|n| format!("{kind}/{graph}{n}")).collect::<Vec<_>>();
    [of("dataset", DATASETS), of("run", 2), of("model", 3)].concat()
}

/// How many subjects of a graph are datasets; they come first.
const DATASETS: usize = 8;

pub fn plans(random: &mut Random, count: usize) -> Vec<Plan> {
    plans_of("", random, count)
}

/// The same of one graph among others.
pub fn plans_of(graph: &str, random: &mut Random, count: usize) -> Vec<Plan> {
    let all = subjects_of(graph);
    let several = |random: &mut Random| (0..random.below(3)).map(|_| all[random.below(all.len())].clone()).collect();
    let plan = |_| Plan {
        env: [Env::Dev, Env::Prod][random.below(2)],
        subject: all[random.below(DATASETS)].clone(),
        inputs: several(random),
        outputs: several(random),
        joined: random.below(5) == 0,
    };
    (0..count).map(plan).collect()
}

/// A ledger with these records, all by one service, and readers of three kinds.
pub fn build(folder: &Path, plans: &[Plan]) -> Town {
    let house = found(&folder.join("ledger"));
    let maker = author("service:pipe", 40);
    house.enrol(&maker, "role:pipeline");
    for (name, n, role) in READERS {
        house.enrol(&author(name, n), role);
    }
    let town = Town { house, maker };
    // Every dataset and its secret twin, whichever of them the plans name.
    let named = plans.iter().flat_map(|plan| [vec![plan.subject.clone()], plan.inputs.clone(), plan.outputs.clone()]);
    let bases = named.flatten().filter(|name| name.starts_with("dataset/"));
    let bases: BTreeSet<String> = bases.map(|name| name.trim_end_matches("-secret").to_owned()).collect();
    let known = bases.iter().flat_map(|name| [name.clone(), format!("{name}-secret")]);
    let registered: Vec<Event> = known.map(|name| town.house.event(&name, Some(Env::Dev), dataset(false))).collect();
    for events in registered.chunks(100) {
        town.house.record(&town.maker, events);
    }
    let mut statements: Vec<Vec<Event>> = Vec::new();
    for plan in plans {
        let event = event(&town.house, plan);
        match statements.last_mut().filter(|_| plan.joined) {
            Some(last) => last.push(event),
            None => statements.push(vec![event]),
        }
    }
    let signed = statements.iter().map(|events| town.house.sign(&town.maker, events)).collect();
    let verdicts = town.house.ledger().admit_all(signed).unwrap();
    assert!(verdicts.iter().all(|one| matches!(one, Verdict::Recorded { .. })), "{verdicts:?}");
    town
}

/// Name, seed of the key, role.
pub const READERS: [(&str, u8, &str); 3] = [
    ("user:sells", 41, "role:business-stakeholder"),
    ("user:dana", 42, "role:data-engineer"),
    ("user:sam", 43, "role:data-scientist"),
];

pub fn event(house: &House, plan: &Plan) -> Event {
    let external = |names: &[String]| {
        let reference = |name: &String| Reference { subject: name.parse().unwrap(), digest: None, external: true };
        names.iter().map(reference).collect()
    };
    let body = DataProfiled { profile: Digest([5; 32]), rows: 1, from: None, to: None };
    let event = house.event(&plan.subject, Some(plan.env), Body::DataProfiled(body));
    Event { inputs: external(&plan.inputs), outputs: external(&plan.outputs), ..event }
}
