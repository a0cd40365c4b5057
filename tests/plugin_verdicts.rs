//! Verdicts of the validators that ship, over many events of every kind with a past to ask about, are the same bit for
//! bit when they are made again in another process.
//!
//! `SAGWAN_VERDICT_EVENTS` events and `SAGWAN_VERDICT_RUNS` other processes; docs/promises.md has the long run. The seed
//! is printed; `SAGWAN_SEED` repeats a run.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

#[expect(dead_code, reason = "other tests read more of the page")]
mod common {
    pub mod doc;
    pub mod generate;
}

use common::generate::{Generator, seed};
use sagwan::{
    codec::event::from_json_value,
    event::{ActorId, Digest, Event, Kind, Timestamp},
    plugin::{
        Answers, CompileCache, EventView, InProcess, Limits, Place, Question, Registry, Unavailable, Validator, Verdict,
    },
};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
    process::Command,
    sync::Arc,
};

const VALIDATORS: [&str; 5] =
    ["data-quality", "personal-data", "promotion-evidence", "prompt-regression", "runtime-parity"];
const T: i64 = 1_769_850_000_000;
/// Where a process finds the components that another compiled.
const CACHE: &str = "SAGWAN_VERDICT_CACHE";

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(name).ok().map_or(otherwise, |text| text.parse().unwrap())
}

/// The events before an index, as a ledger would answer.
struct Past {
    events: Arc<Events>,
    end: usize,
}

/// All events, and where each subject is mentioned.
struct Events {
    events: Vec<Event>,
    mentions: HashMap<String, Vec<usize>>,
    actor: ActorId,
}

impl Events {
    /// Events of every kind, half of them of those that the rules speak of.
    fn draw(count: usize, spoken_of: &[Kind]) -> Self {
        let mut generator = Generator::new(seed());
        let (mut events, mut mentions) = (Vec::new(), HashMap::<String, Vec<usize>>::new());
        for at in 0..count {
            let kinds = if at % 2 == 0 { spoken_of } else { Kind::ALL };
            let kind = kinds[generator.random.below(kinds.len())].clone();
            let event = from_json_value(&generator.event(&kind), Timestamp(T + at as i64)).unwrap();
            for subject in event.mentions() {
                mentions.entry(subject.to_string()).or_default().push(at);
            }
            events.push(event);
        }
        Self { events, mentions, actor: "service:pipeline".parse().unwrap() }
    }

    fn view(&self, at: usize) -> EventView {
        let (index, recorded) = (at as u64, Timestamp(T + at as i64));
        EventView::new(&self.events[at], &Place { actor: &self.actor, index, position: 0, recorded })
    }
}

impl Answers for Past {
    fn events_about(&self, question: &Question) -> Result<Vec<EventView>, Unavailable> {
        let listed = self.events.mentions.get(question.subject.as_str()).map_or(&[][..], Vec::as_slice);
        let wanted = |at: &&usize| {
            let in_time = question.start.is_none_or(|start| match question.newest_first {
                true => **at as u64 <= start,
                false => **at as u64 >= start,
            });
            let kind = self.events.events[**at].kind();
            **at < self.end && in_time && (question.kinds.is_empty() || question.kinds.contains(&kind))
        };
        let mut found: Vec<usize> = listed.iter().filter(wanted).copied().collect();
        found.dedup();
        if question.newest_first {
            found.reverse();
        }
        Ok(found.into_iter().take(question.limit).map(|at| self.events.view(at)).collect())
    }

    fn blob(&self, _: &Digest) -> Result<Option<Arc<[u8]>>, Unavailable> {
        Ok(None)
    }
}

fn validators(cache: &Path) -> Vec<Validator> {
    let cache = CompileCache::open(cache, Arc::new(InProcess)).unwrap();
    let registry = Registry::new(Limits::default(), Some(cache)).unwrap();
    let ready = |name: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("plugins/dist/{name}.wasm"));
        let described = registry.register(&std::fs::read(path).unwrap()).unwrap();
        registry.validator(&described.component).unwrap()
    };
    VALIDATORS.into_iter().map(ready).collect()
}

/// The digest of all that the validators say of all events, with what each call cost and asked; and how often which
/// word was said.
fn said(cache: &Path) -> (String, BTreeMap<&'static str, usize>) {
    let validators = validators(cache);
    let mut spoken_of: Vec<Kind> = validators.iter().flat_map(|rule| rule.described().kinds.clone()).collect();
    spoken_of.sort_unstable();
    spoken_of.dedup();
    let events = Arc::new(Events::draw(number("SAGWAN_VERDICT_EVENTS", 500), &spoken_of));
    let (mut all, mut words) = (Sha256::new(), BTreeMap::<_, usize>::new());
    for at in 0..events.events.len() {
        let view = events.view(at);
        for rule in &validators {
            let past = Past { events: Arc::clone(&events), end: at };
            let judged = rule.validate(&view, "{}", Arc::new(past));
            let line = format!("{:?} {:?} {:?}\n", judged.outcome, judged.cost.fuel, judged.cost.transcript);
            let word = match &judged.outcome {
                Ok(Verdict::Abstain) => "abstain",
                Ok(Verdict::Accept(_)) => "accept",
                Ok(Verdict::Reject(_)) => "reject",
                Err(_) => "fault",
            };
            *words.entry(word).or_default() += 1;
            all.update(line);
        }
    }
    (hex::encode(all.finalize()), words)
}

#[test]
#[ignore = "runs in the processes that the next test starts"]
fn a_process_says_what_it_finds() {
    let (digest, words) = said(Path::new(&std::env::var_os(CACHE).unwrap()));
    println!("verdicts {digest} {words:?}");
}

#[test]
fn another_process_finds_the_same() {
    let cache = tempfile::tempdir().unwrap();
    let (digest, words) = said(cache.path());
    println!("{words:?}");
    for word in ["abstain", "accept", "reject"] {
        assert!(words.contains_key(word), "{word} is never said: {words:?}");
    }
    let wanted = format!("verdicts {digest} {words:?}");
    for run in 0..number("SAGWAN_VERDICT_RUNS", 2) {
        // The first compiles the components anew.
        let found = if run == 0 { cache.path().join("own") } else { cache.path().to_owned() };
        let mut other = Command::new(std::env::current_exe().unwrap());
        other.args(["--exact", "a_process_says_what_it_finds", "--ignored", "--nocapture"]).env(CACHE, found);
        let output = other.output().unwrap();
        let (output, errors) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
        assert!(!errors.contains("panicked"), "{errors}");
        assert!(output.lines().any(|line| line.ends_with(&wanted)), "run {run}: {wanted}\n{output}");
    }
}
