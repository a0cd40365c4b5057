//! From files to a compiled policy: the strict loader.

use super::bundle::{Bundle, RULES};
use super::constraints::{self, Constraints};
use super::decision::{Partition, Policy};
use super::engine::{Template, group};
use super::error::{PolicyError, refuse, refuse_file};
use super::matrix;
use super::model;
use super::roles::{self, Link};
use super::rows::{DENY_FILE, Rows};
use super::rules::{Effect, Rule, RuleCode, Rules};
use super::stages::{self, Stages};
use super::text;
use super::vocabulary::{self, Vocabulary};
use crate::event::{Env, limits};
use std::{collections::HashMap, sync::Arc};

impl Policy {
    /// Checks every file, then lets casbin compile the rules. Nothing of a bundle that is refused reaches casbin.
    ///
    /// # Errors
    /// The first thing that is wrong, with file, line, reason and remedy.
    pub fn load(bundle: &Bundle) -> Result<Self, PolicyError> {
        let file = |name: &str| {
            let missing = || refuse_file("", format!("the file `{name}` is missing"), "add it");
            text::check(name, bundle.files().get(name).ok_or_else(missing)?)
        };
        model::check(file(model::FILE)?)?;
        let vocabulary = Vocabulary::read(file(vocabulary::FILE)?)?;
        let mut rows = Rows::default();
        for name in bundle.files().keys().filter(|name| name.starts_with(RULES)) {
            rows.read(name, file(name)?, &vocabulary)?;
        }
        rows.read(DENY_FILE, file(DENY_FILE)?, &vocabulary)?;
        let Rows { rules, links, .. } = rows;
        if !rules.iter().any(|rule| rule.effect == Effect::Allow) {
            let reason = "no rule allows anything (casbin treats an empty policy as a special case)";
            return Err(refuse_file("", reason, "add at least one allow row to rules/"));
        }
        roles::check(&links)?;
        let ids: Vec<&str> =
            rules.iter().map(|rule| rule.id.as_str()).chain(links.iter().map(|l| l.id.as_str())).collect();
        let constraints = Constraints::read(file(constraints::FILE)?, &vocabulary, &ids)?;
        let stages = Stages::read(file(stages::FILE)?, &vocabulary)?;
        let table = Rules::new(ids.into_iter().chain(constraints.ids()));
        compile(bundle, Parts { vocabulary, rules, links, table, constraints, stages })
    }
}

/// What the files said, before casbin sees it.
struct Parts {
    vocabulary: Vocabulary,
    rules: Vec<Rule>,
    links: Vec<Link>,
    table: Rules,
    constraints: Constraints,
    stages: Stages,
}

fn compile(bundle: &Bundle, parts: Parts) -> Result<Policy, PolicyError> {
    let Parts { vocabulary, rules, links, table, constraints, stages } = parts;
    let template = Template::new()?;
    let code = |rule: &Rule| table.code(&rule.id).unwrap_or(RuleCode::MAX);
    let coded = rules.iter().map(|rule| (code(rule), rule));
    let (whole, fine): (Vec<_>, Vec<_>) = coded.partition(|(_, rule)| rule.is_whole_type());
    let (matrix, sets) = matrix::compile(&template, &vocabulary, &whole, &links)?;
    let partitions = partitions(&template, &vocabulary, &fine, &links)?;
    let table = Arc::new(table.with_sets(sets));
    let digest = bundle.digest();
    Ok(Policy { digest, vocabulary, rules, links, table, matrix, partitions, constraints, stages })
}

/// The rows with patterns finer than a type stay with casbin, by (environment, object type, action): a call then sees
/// the few that can match and not the whole policy.
fn partitions(
    template: &Template,
    vocabulary: &Vocabulary,
    rules: &matrix::Coded<'_>,
    links: &[Link],
) -> Result<HashMap<(Env, u32), Partition>, PolicyError> {
    let mut rows: HashMap<(Env, u32), Vec<(RuleCode, &Rule)>> = HashMap::new();
    for (code, rule) in rules {
        let Some(pair) = vocabulary.pair(&rule.object_type, &rule.action) else { continue };
        for env in Env::ALL.into_iter().filter(|env| rule.env.is_none_or(|own| own == *env)) {
            let partition = rows.entry((env, pair)).or_default();
            partition.push((*code, rule));
            if partition.len() > limits::POLICY_PARTITION_ROWS_MAX {
                let reason = format!(
                    "more than {} rows with fine patterns for {} of {} in {env}",
                    limits::POLICY_PARTITION_ROWS_MAX,
                    rule.action,
                    rule.object_type
                );
                return Err(refuse(&rule.file, rule.line, reason, "use `kind/*`, or record grants instead of rules"));
            }
        }
    }
    if rows.len() > limits::POLICY_PARTITIONS_MAX {
        let reason = format!("fine patterns for {} scopes, the limit is {}", rows.len(), limits::POLICY_PARTITIONS_MAX);
        return Err(refuse_file("", reason, "use `kind/*` for more of them"));
    }
    let mut partitions = HashMap::new();
    for ((env, pair), rows) in rows {
        let groups = links.iter().filter(|link| link.holds_in(env));
        let mut groups: Vec<_> = groups.map(|link| group(&link.child, &link.parent, env.as_str())).collect();
        groups.sort();
        groups.dedup();
        let matcher = template.enforcer(rows.iter().map(|(_, rule)| *rule), groups)?;
        // A dry run: what casbin finds wrong only when asked, it finds wrong now.
        if let Some((_, rule)) = rows.first() {
            let object = rule.object.replace('*', "any");
            matcher.matches(&rule.role, env.as_str(), &object, &rule.action)?;
        }
        let rows = rows.iter().map(|(code, rule)| (*code, rule.absolute)).collect();
        partitions.insert((env, pair), Partition { matcher, rows });
    }
    Ok(partitions)
}
