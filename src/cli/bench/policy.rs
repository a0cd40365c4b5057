//! What policy costs: a decision on a role cell, the same question to bare casbin, guarded decisions, loading. All by
//! the processor time of one thread, so the rates are those of one core.

use super::{
    at_most,
    meter::{measure, wall_rate},
    report::{Bound, Row},
    work::{Work, event, officer},
};
use crate::{
    cli::failure::{Done, Failure},
    decide::{Context, PolicySource, RULES_VERSION, Signed, rehearse},
    event::{
        Body, Decision, Digest, Env, Subject,
        body::{PolicyApproved, PolicyProposed},
    },
    ledger::Options,
    policy::{Bare, Bundle, Lens, Policy, PolicyError, Request},
    state::Position,
};
use std::{collections::BTreeMap, fmt::Write as _, hint::black_box, path::Path, sync::Arc, time::Duration};

/// Questions asked in one round.
const QUESTIONS: usize = 1_000;
/// Rounds of which the best counts.
const ROUNDS: usize = 200;
/// Rows with fine patterns in the scope that guarded decisions are measured in.
const FINE_ROWS: usize = 12;

fn fail(error: impl std::fmt::Display) -> Failure {
    Failure::fault(format!("the benchmark cannot measure policy: {error}"))
}

/// One question.
struct Question {
    object: String,
    object_type: String,
    action: String,
    env: Env,
    role: String,
}

/// Measures everything about policy.
pub fn measured(folder: &Path, seed: u64, rows: &mut Vec<Row>) -> Done {
    let bundle = Bundle::embedded();
    let policy = Policy::load(&bundle).map_err(fail)?;
    let questions = questions(&policy, seed);
    let cells = best(ROUNDS, || ask(&policy, &questions));
    let rate = per_second(questions.len(), cells);
    let note = format!("{} rules", policy.rules().len());
    rows.push(Row::rate("policy: decisions on role cells, one core", rate, Bound::AtLeast(2e6)).note(note));
    let bare = bare_rate(&policy, &questions)?;
    let note = "the same questions, the same run".to_owned();
    rows.push(Row::ratio("policy: against bare casbin", rate, bare, Bound::AtLeast(500.0)).note(note));
    rows.push(patterns(&bundle)?);
    rows.push(four_eyes(folder, seed)?);
    let took = best(5, || drop(black_box(Policy::load(&bundle))));
    rows.push(at_most("policy: loading the default bundle", took.as_secs_f64(), 0.2, "s"));
    let large = large(&bundle).map_err(fail)?;
    let count = Policy::load(&large).map_err(fail)?.rules().len();
    let took = best(5, || drop(black_box(Policy::load(&large))));
    let note = format!("{count} rules, a cell each");
    rows.push(at_most("policy: loading 5,040 cells", took.as_secs_f64(), 0.2, "s").note(note));
    Ok(())
}

/// The best processor time of some rounds.
fn best(rounds: usize, mut work: impl FnMut()) -> Duration {
    (0..rounds).map(|_| measure(&mut work).1.cpu).min().unwrap_or_default()
}

fn per_second(count: usize, took: Duration) -> f64 {
    wall_rate(count as u64, took)
}

/// Questions spread over all cells: a stride that shares no factor with their number visits each in turn.
fn questions(policy: &Policy, seed: u64) -> Vec<Question> {
    let vocabulary = policy.vocabulary();
    let (pairs, roles): (Vec<_>, Vec<_>) = (vocabulary.pairs().collect(), vocabulary.roles().collect());
    let offset = usize::try_from(seed % 1_000).unwrap_or_default();
    let question = |n: usize| {
        let at = (n + offset) * 7_919;
        let (object_type, action, _) = pairs.get(at % pairs.len().max(1))?;
        Some(Question {
            object: format!("{object_type}/thing-{n}@3"),
            object_type: (*object_type).to_owned(),
            action: (*action).to_owned(),
            env: *Env::ALL.get(at % 3)?,
            role: (*roles.get(at % roles.len().max(1))?).to_owned(),
        })
    };
    (0..QUESTIONS).filter_map(question).collect()
}

fn ask(policy: &Policy, questions: &[Question]) {
    for Question { object, object_type, action, env, role } in questions {
        let roles = [role.as_str()];
        let request = Request { roles: &roles, actor: "user:bench", env: *env, object, object_type, action };
        black_box(policy.decide(black_box(&request)));
    }
}

/// The rate of casbin as it comes, over all rules, for an actor with one role.
fn bare_rate(policy: &Policy, questions: &[Question]) -> Done<f64> {
    let few = questions.get(..200).unwrap_or(questions);
    let holders = [("user:bench", "role:ml-engineer")];
    let bare = Bare::new(policy.rules(), policy.links(), &holders).map_err(fail)?;
    let took = best(5, || {
        for Question { object, action, env, .. } in few {
            let _ = black_box(bare.enforce("user:bench", env.as_str(), object, action));
        }
    });
    Ok(per_second(few.len(), took))
}

/// Decisions in a scope whose rules have patterns finer than a type: casbin answers them, in a partition.
fn patterns(bundle: &Bundle) -> Done<Row> {
    let mut fine = String::new();
    for n in 0..FINE_ROWS {
        // INVARIANT: writing to a String does not fail.
        let _ = writeln!(fine, "p, role:data-scientist, prod, dataset/team-{n}/*, use, allow, bench-fine-{n}");
    }
    let mut files = bundle.files().clone();
    files.insert("rules/bench.csv".to_owned(), fine.into_bytes());
    let policy = Bundle::from_files(files).and_then(|bundle| Policy::load(&bundle)).map_err(fail)?;
    let question = |n: usize| Question {
        object: format!("dataset/team-{}/set-{n}@1", n % FINE_ROWS),
        object_type: "dataset".to_owned(),
        action: "use".to_owned(),
        env: Env::Prod,
        role: "role:data-scientist".to_owned(),
    };
    let questions: Vec<Question> = (0..QUESTIONS).map(question).collect();
    let lens = Lens::new(&policy);
    let all = questions
        .iter()
        .all(|one| lens.who_can(one.env, &one.object, &one.action).iter().any(|(role, _)| *role == one.role));
    if !all {
        return Err(Failure::fault("a guarded question of the benchmark is not allowed"));
    }
    let took = best(20, || ask(&policy, &questions));
    let rate = per_second(questions.len(), took);
    let note = format!("{FINE_ROWS} rows in the scope");
    Ok(Row::rate("policy: guarded by patterns, one core", rate, Bound::AtLeast(50_000.0)).note(note))
}

/// The policies at hand.
struct AtHand(BTreeMap<Digest, Arc<Policy>>);

impl PolicySource for AtHand {
    fn policy(&self, digest: &Digest) -> Option<Arc<Policy>> {
        self.0.get(digest).cloned()
    }
}

/// Whole decisions, typed checks and all, about an approval that four eyes guard: an officer approves what somebody
/// else proposed.
fn four_eyes(folder: &Path, seed: u64) -> Done<Row> {
    let (ledger, work) = Work::found(&folder.join("policy"), &Options::default(), seed)?;
    let mut state = ledger.state(Clone::clone).map_err(fail)?;
    let (t, index) = (ledger.host().clock.now(), ledger.head().size);
    ledger.close().map_err(fail)?;
    let (officer, proposer) = (officer()?, work.author(0)?);
    let policy = Arc::new(Policy::load(&Bundle::embedded()).map_err(fail)?);
    let mut other = Bundle::embedded().files().clone();
    other.insert("deny.csv".to_owned(), b"# none\n".to_vec());
    let other = Arc::new(Bundle::from_files(other).and_then(|bundle| Policy::load(&bundle)).map_err(fail)?);
    let subject: Subject = "policy/bench".parse().map_err(fail)?;
    let reason = || "a benchmark".parse().map_err(fail);
    let proposed = PolicyProposed { bundle: other.digest(), reason: reason()? };
    let kid = |key: &crate::crypto::SecretKey| Digest(key.public().thumbprint());
    let at = Position { index, t, position: 0, identity: Digest([1; 32]) };
    let proposed = event(subject.clone(), None, t, Body::PolicyProposed(proposed));
    state.apply(at, &proposer.actor, &kid(&proposer.key), &proposed);
    let approved = PolicyApproved { bundle: other.digest(), reason: None };
    let events = [event(subject, None, t, Body::PolicyApproved(approved))];
    let policies = AtHand([&policy, &other].into_iter().map(|policy| (policy.digest(), Arc::clone(policy))).collect());
    let context = Context { policies: &policies, index: index + 1, t, rules: RULES_VERSION, validators: None };
    let signed = |author: &crate::ledger::Author| (author.actor.clone(), kid(&author.key));
    let (actor, key) = signed(&officer);
    let statement = Signed { actor: &actor, kid: key, events: &events, identity: Digest([2; 32]) };
    let ruling = rehearse(&state, Some(&policy), &context, &statement, 0).map_err(|_| fail("a typed check failed"))?;
    if ruling.decision != Decision::Allow {
        return Err(Failure::fault(format!("a guarded decision of the benchmark is {ruling:?}")));
    }
    let took = best(20, || {
        for _ in 0..QUESTIONS {
            let _ = black_box(rehearse(black_box(&state), Some(&policy), &context, &statement, 0));
        }
    });
    let rate = per_second(QUESTIONS, took);
    let note = "whole decisions about policy.approved".to_owned();
    Ok(Row::rate("policy: guarded by four eyes, one core", rate, Bound::AtLeast(50_000.0)).note(note))
}

/// A bundle of 5,040 cells (10 roles, 3 environments, 6 object types, 28 actions), each with a rule of its own.
fn large(bundle: &Bundle) -> Result<Bundle, PolicyError> {
    let actions: Vec<String> = (0..28).map(|n| format!("act-{n}")).collect();
    let roles: Vec<String> = (0..10).map(|n| format!("role:r{n}")).collect();
    let types = ["model", "dataset", "run", "prompt", "grant", "actor"];
    let mut vocabulary = format!(
        "roles = {roles:?}\nenvironments = [\"dev\", \"staging\", \"prod\"]\nactions = {actions:?}\npurposes = [\"audit\"]\n[objects]\n"
    );
    let mut rules = String::new();
    for object in types {
        // INVARIANT: writing to a String does not fail.
        let _ = writeln!(vocabulary, "{object} = {actions:?}");
        for (r, role) in roles.iter().enumerate() {
            for (a, action) in actions.iter().enumerate() {
                for env in Env::ALL {
                    let _ = writeln!(rules, "p, {role}, {env}, {object}/*, {action}, allow, r{r}-{object}-{a}-{env}");
                }
            }
        }
    }
    let constraints = "[grants]\nlongest-hours = { dev = 1, staging = 1, prod = 1 }\n[break-glass]\nlongest-hours = 4\nreview-within-hours = 72\n";
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for name in ["model.conf", "stages.toml"] {
        files.extend(bundle.files().get(name).map(|bytes| (name.to_owned(), bytes.clone())));
    }
    for (name, text) in [
        ("vocabulary.toml", vocabulary.replace(", \"act-", ",\n\"act-")),
        ("constraints.toml", constraints.to_owned()),
        ("rules/bench.csv", rules),
        ("deny.csv", String::new()),
    ] {
        files.insert(name.to_owned(), text.into_bytes());
    }
    Bundle::from_files(files)
}
