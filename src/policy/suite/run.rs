//! Runs cases, and counts what they reached.

use super::cases::Case;
use super::read::{Expect, Suite};
use crate::event::Env;
use crate::policy::look::Lens;
use crate::policy::rules::DEFAULT_DENY;
use crate::policy::{Policy, Request};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A request that was not answered as its case expects, or a case whose rule never decided.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Failed {
    /// The file of the case.
    pub file: String,
    /// The line on which the case begins.
    pub line: usize,
    /// The case's name.
    pub case: String,
    /// The roles held; empty when the whole case failed.
    pub roles: Vec<String>,
    /// The environment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub env: Option<Env>,
    /// The object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// The action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
}

/// What the cases reached.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Coverage {
    /// Every rule of the policy and every four-eyes constraint, with how many requests it decided.
    pub rules: BTreeMap<String, usize>,
    /// How many cells (role, environment, object type, action) there are.
    pub cells: usize,
    /// How many of them a case asked about.
    pub cells_asked: usize,
}

impl Coverage {
    /// The rules that decided nothing, in byte order.
    #[must_use]
    pub fn undecided(&self) -> Vec<&str> {
        self.rules.iter().filter(|(_, count)| **count == 0).map(|(id, _)| id.as_str()).collect()
    }
}

/// What running all suites gave.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Report {
    /// How many requests were made.
    pub requests: usize,
    /// What was not as expected.
    pub failed: Vec<Failed>,
    /// What was reached.
    pub coverage: Coverage,
}

/// Runs the suites on the compiled policy.
#[must_use]
pub fn run(policy: &Policy, suites: &[Suite]) -> Report {
    let rules = policy.rules().iter().map(|rule| rule.id.clone());
    let eyes = policy.constraints().four_eyes.iter().map(|eyes| eyes.id().to_owned());
    let cells = Env::ALL.len() * policy.vocabulary().pairs().count() * policy.vocabulary().roles().len();
    let coverage = Coverage { rules: rules.chain(eyes).map(|id| (id, 0)).collect(), cells, cells_asked: 0 };
    let report = Report { coverage, ..Report::default() };
    let mut runner = Runner { policy, lens: Lens::new(policy), report, asked: BTreeSet::new() };
    for suite in suites {
        for case in &suite.cases {
            runner.case(&suite.file, case);
        }
    }
    runner.report.coverage.cells_asked = runner.asked.len();
    runner.report
}

struct Runner<'a> {
    policy: &'a Policy,
    lens: Lens<'a>,
    report: Report,
    /// Role, environment, and the position of the object type and action.
    asked: BTreeSet<(u32, Env, u32)>,
}

/// One request of a case.
#[derive(Clone, Copy)]
struct Asked<'a> {
    roles: &'a [String],
    env: Env,
    object: &'a str,
    action: &'a str,
}

impl Runner<'_> {
    fn case(&mut self, file: &str, case: &Case) {
        let mut unused: BTreeSet<&str> = case.rules.iter().map(String::as_str).collect();
        for roles in &case.holders {
            for env in &case.envs {
                for object in &case.objects {
                    for action in &case.actions {
                        let rules = self.request(file, case, Asked { roles, env: *env, object, action });
                        unused.retain(|rule| !rules.iter().any(|own| own == rule));
                    }
                }
            }
        }
        if !unused.is_empty() {
            let ids: Vec<&str> = unused.into_iter().collect();
            self.report.failed.push(Failed {
                file: file.to_owned(),
                line: case.line,
                case: case.name.clone(),
                roles: Vec::new(),
                env: None,
                object: None,
                action: None,
                expected: format!("decided by {}", ids.join(", ")),
                got: "decided by other rules".to_owned(),
            });
        }
    }

    /// Makes one request; the rules that decided it.
    fn request(&mut self, file: &str, case: &Case, asked: Asked<'_>) -> Vec<String> {
        let Asked { roles, env, object, action } = asked;
        let object_type = object.split('/').next().unwrap_or_default();
        let object = if object.ends_with("/*") { self.lens.any_object(object_type) } else { object.to_owned() };
        let held: Vec<&str> = roles.iter().map(String::as_str).collect();
        let request = Request { roles: &held, actor: &case.actor, env, object: &object, object_type, action };
        let decision = self.policy.decide(&request);
        let eyes = self.policy.constraints().four_eyes(object_type, action).filter(|eyes| {
            let is_party = |(party, actor): &(_, crate::event::ActorId)| {
                eyes.other_than.contains(party) && actor.as_str() == case.actor
            };
            case.facts.iter().any(is_party)
        });
        let eyes: Vec<String> = eyes.map(|eyes| eyes.id().to_owned()).collect();
        let got = if decision.allow && eyes.is_empty() { Expect::Allow } else { Expect::Deny };
        let rules = match (decision.allow, eyes.is_empty()) {
            (true, false) => eyes,
            _ => decision.rules.to_vec().into_iter().chain(eyes).collect(),
        };
        self.count(object_type, asked, &rules);
        let named = case.rules.is_empty() || rules.iter().all(|rule| case.rules.contains(rule));
        if got != case.expect || !named {
            let by =
                |rules: &[String]| if rules.is_empty() { String::new() } else { format!(" by {}", rules.join(", ")) };
            self.report.failed.push(Failed {
                file: file.to_owned(),
                line: case.line,
                case: case.name.clone(),
                roles: roles.to_vec(),
                env: Some(env),
                object: Some(object),
                action: Some(action.to_owned()),
                expected: format!("{}{}", case.expect.as_str(), by(&case.rules)),
                got: format!("{}{}", got.as_str(), by(&rules)),
            });
        }
        rules
    }

    fn count(&mut self, object_type: &str, asked: Asked<'_>, rules: &[String]) {
        self.report.requests += 1;
        for rule in rules.iter().filter(|rule| *rule != DEFAULT_DENY) {
            if let Some(count) = self.report.coverage.rules.get_mut(rule) {
                *count += 1;
            }
        }
        let vocabulary = self.policy.vocabulary();
        let Some(pair) = vocabulary.pair(object_type, asked.action) else { return };
        let roles = asked.roles.iter().filter_map(|role| vocabulary.role(role));
        self.asked.extend(roles.map(|role| (role, asked.env, pair)));
    }
}
