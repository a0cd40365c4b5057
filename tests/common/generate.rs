//! Random events of every kind, as JSON, from the tables of `docs/events.md`: whatever the page allows may come.
//!
//! Seeded: the same seed gives the same events. A test prints its seed.
#![expect(clippy::panic, clippy::print_stdout, reason = "what fails here fails the test")]

use super::doc::{Field, Page};
use sagwan::event::{Kind, Scope};
use serde_json::{Map, Value as Json, json};

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

    /// From 0 to `bound` - 1.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// True once in `n` times.
    pub fn once_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// The seed of this run: that of the environment variable, or a fixed one. Prints it.
pub fn seed() -> u64 {
    let seed = std::env::var("SAGWAN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x5a69_7761_6e01);
    println!("SAGWAN_SEED={seed}");
    seed
}

/// Makes events out of the page's tables.
pub struct Generator {
    page: Page,
    pub random: Random,
}

impl Generator {
    pub fn new(seed: u64) -> Self {
        Self { page: Page::read(), random: Random(seed) }
    }

    /// A valid event of `kind`, as JSON.
    pub fn event(&mut self, kind: &Kind) -> Json {
        let mut event = Map::new();
        event.insert("kind".into(), kind.as_str().into());
        let subjects: Vec<_> = kind.subjects().iter().map(|kind| kind.as_str()).collect();
        let subject = if subjects.is_empty() { "dataset" } else { self.random.pick(&subjects) };
        event.insert("subject".into(), self.subject(subject).into());
        let with_env = match kind.scope() {
            Scope::Env => true,
            Scope::Ledger => false,
            Scope::Any => self.random.once_in(2),
        };
        if with_env {
            event.insert("env".into(), self.value("environment"));
        }
        let mut commitments = Vec::new();
        let body = self.body(kind, &mut commitments);
        event.insert("time".into(), self.value("time"));
        event.insert("body".into(), body);
        for name in ["inputs", "outputs"] {
            let references: Vec<_> = (0..self.random.below(3)).map(|_| self.reference()).collect();
            if !references.is_empty() {
                event.insert(name.into(), references.into());
            }
        }
        if self.random.once_in(3) {
            event.insert("facets".into(), self.map("any value"));
        }
        if !commitments.is_empty() {
            event.insert("commitments".into(), commitments.into());
        }
        if self.random.once_in(8) {
            event.insert("imported".into(), true.into());
        }
        if self.random.once_in(8) {
            event.insert("claimed_by".into(), self.value("text"));
        }
        let mut event = event.into();
        mention_columns(&mut event);
        event
    }

    fn body(&mut self, kind: &Kind, commitments: &mut Vec<Json>) -> Json {
        if matches!(kind, Kind::Extension(_)) {
            return self.map("any value");
        }
        let fields = self.page.kind(kind.as_str()).fields.clone();
        let (left_out, kept): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|field| field.presence != "required" && self.random.once_in(3));
        for field in left_out.iter().filter(|field| field.presence == "required or committed") {
            commitments.push(json!({"path": format!("/body/{}", field.name), "digest": self.value("digest")}));
        }
        self.object(&kept)
    }

    fn object(&mut self, fields: &[Field]) -> Json {
        fields.iter().map(|field| (field.name.clone(), self.value(&field.kind))).collect::<Map<_, _>>().into()
    }

    /// A value of one of the page's types.
    pub fn value(&mut self, kind: &str) -> Json {
        if let Some(of) = kind.strip_prefix("list of ") {
            return (0..=self.random.below(3)).map(|_| self.value(of)).collect();
        }
        if let Some(of) = kind.strip_prefix("map of names to ") {
            return self.map(of);
        }
        if kind == "body of `key.enrolled`" {
            let fields = self.page.kind("key.enrolled").fields.clone();
            return self.object(&fields);
        }
        if let Some((object, _)) = kind.strip_prefix('[').and_then(|kind| kind.split_once(']')) {
            let fields = self.page.objects[object].clone();
            let kept: Vec<_> =
                fields.into_iter().filter(|f| f.presence == "required" || self.random.once_in(2)).collect();
            return self.object(&kept);
        }
        if kind.starts_with('`') {
            let words: Vec<_> = kind.split(", ").map(|word| word.trim_matches('`')).collect();
            return self.random.pick(&words).into();
        }
        match kind {
            "text" => self.text().into(),
            "digest" => format!("sha256:{}", self.hex(32)).into(),
            "bytes" => self.hex(64).into(),
            "time" => self.time().into(),
            "integer" => (self.random.next() >> (33 + self.random.below(31))).into(),
            "number" => self.float(),
            "flag" => true.into(),
            "actor" => self.random.pick(&["user:mina", "service:trainer", "user:o-1.x"]).into(),
            "role" => self.random.pick(&["role:auditor", "role:ml-engineer"]).into(),
            "environment" => self.random.pick(&["dev", "staging", "prod"]).into(),
            "subject" => {
                let kind = self.random.pick(&["dataset", "model", "run", "actor", "grant"]);
                self.subject(kind).into()
            }
            "pseudonym" => "ds-aaaqeayeaudaocajbifqydiob4".into(),
            "pairs of integers" => json!([self.random.below(300), self.random.below(70_000)]),
            "any value" => self.any(0),
            _ => panic!("docs/events.md has a type that the generator does not know: {kind:?}"),
        }
    }

    fn any(&mut self, depth: usize) -> Json {
        match self.random.below(if depth < 4 { 8 } else { 6 }) {
            0 => Json::Null,
            1 => self.random.once_in(2).into(),
            2 => ((self.random.next() as i64) >> self.random.below(64)).into(),
            3 | 4 => self.float(),
            5 => self.text().into(),
            6 => (0..self.random.below(4)).map(|_| self.any(depth + 1)).collect(),
            _ => {
                let names = ["a", "key", "日本", "a name of more than 23 bytes"];
                (0..self.random.below(4))
                    .map(|_| (self.random.pick(&names).to_owned(), self.any(depth + 1)))
                    .collect::<Map<_, _>>()
                    .into()
            }
        }
    }

    fn map(&mut self, of: &str) -> Json {
        let names = ["a", "b", "auc", "psi.amount", "learning-rate", "ß", "日本", "a name of more than 23 bytes"];
        let count = 1 + self.random.below(4);
        (0..count).map(|_| (self.random.pick(&names).to_owned(), self.value(of))).collect::<Map<_, _>>().into()
    }

    fn reference(&mut self) -> Json {
        let mut reference = json!({"subject": self.value("subject")});
        if self.random.once_in(2) {
            reference["digest"] = self.value("digest");
        }
        if self.random.once_in(4) {
            reference["external"] = true.into();
        }
        reference
    }

    fn subject(&mut self, kind: &str) -> String {
        let name = self.random.pick(&["credit-risk", "a/b/c", "user:mina", "german-credit", "x%20y"]);
        let version = self.random.pick(&["", "@1", "@2026-02-03T09:00:00Z", "@v1.2+3"]);
        format!("{kind}/{name}{version}")
    }

    fn text(&mut self) -> String {
        let texts =
            ["x", "a reason of some length, with a comma", "two\nlines\tand a tab", "한국어 📜", "\"quoted\\\""];
        self.random.pick(&texts).to_owned()
    }

    /// Whole, short, and any finite bits: each width of float comes.
    fn float(&mut self) -> Json {
        let value = match self.random.below(4) {
            0 => self.random.below(2_000) as f64 - 1_000.0,
            1 => self.random.below(1_000_000) as f64 / 1_000.0,
            2 => f64::from(f32::from_bits(self.random.next() as u32)),
            _ => f64::from_bits(self.random.next()),
        };
        if value.is_finite() { value.into() } else { (-0.0).into() }
    }

    fn time(&mut self) -> String {
        let ms = self.random.next() % 253_402_300_800_000;
        sagwan::event::Timestamp(ms as i64).to_string()
    }

    fn hex(&mut self, bytes: usize) -> String {
        (0..bytes).map(|_| format!("{:02x}", self.random.next() as u8)).collect()
    }
}

/// Adds the subjects of which an event's body names columns to its inputs and outputs, where they must be.
pub fn mention_columns(event: &mut Json) {
    let columns = event["body"]["column_lineage"].as_array().cloned().unwrap_or_default();
    let mut add = |list: &str, subject: &Json| {
        let known = event[list].as_array().cloned().unwrap_or_default();
        if subject.is_string() && known.iter().all(|reference| reference["subject"] != *subject) {
            event[list] = known.into_iter().chain([json!({ "subject": subject })]).collect();
        }
    };
    for column in &columns {
        add("outputs", &column["of"]);
        column["from"].as_array().into_iter().flatten().for_each(|from| add("inputs", &from["subject"]));
    }
}
