//! Policies that somebody might propose: the embedded one with random changes.

use crate::random::Random;
use sagwan::{
    event::Env,
    policy::{Bundle, Policy},
};
use std::{collections::BTreeMap, sync::Arc};

type Files = BTreeMap<String, Vec<u8>>;

fn text(files: &Files, name: &str) -> String {
    String::from_utf8(files[name].clone()).unwrap()
}

/// Rows that are gone, turned round, or renamed.
fn change_rows(random: &mut Random, files: &mut Files) {
    let names: Vec<String> = files.keys().filter(|name| name.ends_with(".csv")).cloned().collect();
    for name in names {
        let lines = text(files, &name);
        let lines = lines.lines().filter_map(|line| {
            if !line.starts_with("p,") {
                return Some(line.to_owned());
            }
            match random.below(40) {
                0 => None,
                1 => Some(line.replace(", allow,", ", deny,")),
                2 => Some(format!("{line}-renamed")),
                _ => Some(line.to_owned()),
            }
        });
        let changed: Vec<String> = lines.collect();
        files.insert(name, format!("{}\n", changed.join("\n")).into_bytes());
    }
}

/// New rows, some about single objects, which stay with casbin.
fn add_rows(random: &mut Random, files: &mut Files, policy: &Policy) {
    let words = policy.vocabulary();
    let (roles, pairs): (Vec<_>, Vec<_>) = (words.roles().collect(), words.pairs().collect());
    let mut rows = text(files, "rules/governance.csv");
    for n in 0..random.below(4) {
        let (object_type, action, _) = *random.pick(&pairs);
        let env = *random.pick(&["dev", "staging", "prod", "*"]);
        let object = match random.below(3) {
            0 => format!("{object_type}/{}", random.pick(&["m@*", "d@1", "p@2", "main"])),
            _ => format!("{object_type}/*"),
        };
        let effect = random.pick(&["allow", "allow", "deny"]);
        rows += &format!("p, {}, {env}, {object}, {action}, {effect}, new-{n}\n", random.pick(&roles));
    }
    if random.below(3) == 0 {
        let env = *random.pick(&["dev", "staging", "prod", "*"]);
        rows += &format!("g, {}, {}, {env}, new-link\n", random.pick(&roles), random.pick(&roles));
    }
    files.insert("rules/governance.csv".into(), rows.into_bytes());
}

fn change_stages(random: &mut Random, files: &mut Files) {
    let mut lines = vec!["[default]".to_owned()];
    for env in Env::ALL {
        lines.push(format!("{env} = \"{}\"", random.pick(&["observe", "warn", "enforce"])));
    }
    if random.below(2) == 0 {
        lines.push("[[scope]]\nenvironment = \"prod\"\nobject = \"model\"\nstage = \"warn\"".into());
        lines.push(format!("explicit-deny = \"{}\"", random.pick(&["observe", "enforce"])));
    }
    files.insert("stages.toml".into(), format!("{}\n", lines.join("\n")).into_bytes());
}

fn change_constraints(random: &mut Random, files: &mut Files) {
    let mut constraints = text(files, "constraints.toml");
    for (from, to) in
        [("\"author\", \"trainer\"", "\"trainer\""), ("\"author\"", "\"beneficiary\""), ("prod = ", "prod = 1")]
    {
        if random.below(3) == 0 {
            constraints = constraints.replacen(from, to, 1);
        }
    }
    files.insert("constraints.toml".into(), constraints.into_bytes());
}

/// A policy that loads and could be in force; now and then the embedded one itself.
pub fn candidate(random: &mut Random) -> Arc<Policy> {
    let embedded = Policy::load(&Bundle::embedded()).unwrap();
    loop {
        let mut files = Bundle::embedded().files().clone();
        if random.below(4) > 0 {
            change_rows(random, &mut files);
        }
        if random.below(2) == 0 {
            add_rows(random, &mut files, &embedded);
        }
        if random.below(2) == 0 {
            change_stages(random, &mut files);
        }
        if random.below(2) == 0 {
            change_constraints(random, &mut files);
        }
        let loaded = Bundle::from_files(files).and_then(|bundle| Policy::load(&bundle));
        if let Some(policy) = loaded.ok().filter(|policy| policy.unchangeable().is_none()) {
            return Arc::new(policy);
        }
    }
}
