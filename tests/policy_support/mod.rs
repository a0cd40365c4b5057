//! A small bundle that tests bend, and a seeded source of chance.
#![allow(dead_code, reason = "each test file uses its part")]
#![expect(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "what fails here fails the test")]

use sagwan::event::Env;
use sagwan::policy::{Bundle, Decision, Policy, PolicyError, Refusal, Request};
use std::collections::BTreeMap;

pub const MODEL: &str = include_str!("../../policies/model.conf");

pub const VOCABULARY: &str = r#"
roles = ["role:ds", "role:mle", "role:go", "role:r4", "role:r5", "role:r6", "role:r7", "role:r8", "role:r9", "role:r10"]
environments = ["dev", "staging", "prod"]
actions = ["read", "write", "use"]
purposes = ["audit"]
[objects]
model = ["read", "write"]
dataset = ["read", "use"]
policy = ["read"]
"#;

const CONSTRAINTS: &str = "
[grants]
longest-hours = { dev = 1, staging = 1, prod = 1 }
[break-glass]
longest-hours = 4
review-within-hours = 72
";

const STAGES: &str = "
[default]
dev = \"observe\"
staging = \"warn\"
prod = \"enforce\"
";

/// The base of the notes' reproductions: one allow, and a deny that should win.
pub const RULES: &str = "p, role:ds, prod, model/*, read, allow, a1\n";
pub const DENY: &str = "p, role:ds, prod, model/secret, read, deny, d1\n";

#[derive(Clone)]
pub struct Files(pub BTreeMap<String, Vec<u8>>);

impl Files {
    pub fn base() -> Self {
        let files = [
            ("vocabulary.toml", VOCABULARY),
            ("model.conf", MODEL),
            ("constraints.toml", CONSTRAINTS),
            ("stages.toml", STAGES),
            ("rules/team.csv", RULES),
            ("deny.csv", DENY),
        ];
        Self(files.into_iter().map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).collect())
    }

    pub fn with(mut self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.0.insert(name.to_owned(), content.as_ref().to_vec());
        self
    }

    /// The base with these rows in `rules/team.csv`.
    pub fn rules(rows: &str) -> Self {
        Self::base().with("rules/team.csv", rows)
    }

    /// The base with one replacement in a file; the text replaced must be there.
    pub fn edit(self, name: &str, from: &str, to: &str) -> Self {
        let old = String::from_utf8(self.0[name].clone()).unwrap();
        assert!(old.contains(from), "{from} in {name}");
        let new = old.replacen(from, to, 1);
        self.with(name, new)
    }

    pub fn bundle(&self) -> Result<Bundle, PolicyError> {
        Bundle::from_files(self.0.clone())
    }

    pub fn load(&self) -> Result<Policy, PolicyError> {
        Policy::load(&self.bundle()?)
    }

    /// Asserts that the bundle is refused at this place, for a reason that says so, with a remedy.
    #[track_caller]
    pub fn refused(&self, file: &str, line: Option<usize>, reason: &str) -> Refusal {
        match self.load() {
            Ok(_) => panic!("loaded, although: {reason}"),
            Err(PolicyError::Refused(refusal)) => {
                assert_eq!((refusal.file.as_str(), refusal.line), (file, line), "{refusal}");
                assert!(refusal.reason.contains(reason), "{refusal}");
                assert!(!refusal.remedy.is_empty(), "{refusal}");
                *refusal
            }
            Err(other) => panic!("reached casbin: {other}"),
        }
    }
}

/// Decides for one role in prod.
pub fn ask(policy: &Policy, role: &str, object: &str, action: &str) -> Decision {
    let object_type = object.split('/').next().unwrap();
    policy.decide(&Request { roles: &[role], actor: "user:alice", env: Env::Prod, object, object_type, action })
}

/// SplitMix64 (Steele, Lea, Flood 2014): enough chance for tests, from one printed number.
pub struct Chance(u64);

impl Chance {
    /// Takes `SAGWAN_SEED`, or the clock; prints it.
    pub fn new(test: &str) -> Self {
        let clock =
            || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos().into();
        let seed = std::env::var("SAGWAN_SEED").ok().map_or_else(clock, |seed| seed.parse().unwrap());
        println!("{test}: SAGWAN_SEED={seed}");
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }
}
