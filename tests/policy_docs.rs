//! `docs/policy.md` says what the code does: its two tables are made from the code and compared. To write them again:
//! `SAGWAN_WRITE_DOCS=1 cargo test --test policy_docs`.
#![expect(clippy::panic, clippy::unwrap_used, reason = "what fails here fails the test")]

use sagwan::event::{Env, Kind, Signer};
use sagwan::policy::{Bundle, Policy, Request};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/policy.md");

fn compare(name: &str, table: &str) {
    let text = std::fs::read_to_string(FILE).unwrap();
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->"));
    let (before, rest) = text.split_once(&begin).unwrap();
    let (written, after) = rest.split_once(&end).unwrap();
    if written == table {
        return;
    }
    if std::env::var_os("SAGWAN_WRITE_DOCS").is_some() {
        std::fs::write(FILE, format!("{before}{begin}{table}{end}{after}")).unwrap();
        return;
    }
    panic!(
        "the table `{name}` of docs/policy.md is out of date; run SAGWAN_WRITE_DOCS=1 cargo test --test policy_docs"
    );
}

fn kinds() -> String {
    let mut table = "| event kind | object type | action |\n|---|---|---|\n".to_owned();
    for kind in Kind::ALL.iter().filter(|kind| kind.signer() == Signer::Actor) {
        let types: Vec<_> = kind.subjects().iter().map(|subject| subject.as_str()).collect();
        table.push_str(&format!("| `{kind}` | {} | `{}` |\n", types.join(", "), kind.action()));
    }
    table
}

/// What a role may do: the letters of the environments, those denied explicitly with a `!`.
fn cell(policy: &Policy, role: &str, object_type: &str, action: &str) -> String {
    let object = format!("{object_type}/any");
    let letter = |env: Env| {
        let request = Request { roles: &[role], actor: "user:any", env, object: &object, object_type, action };
        let decision = policy.decide(&request);
        let letter = &env.as_str()[..1];
        match (decision.allow, decision.explicit_deny()) {
            (true, _) => letter.to_owned(),
            (false, true) => format!("!{letter}"),
            (false, false) => String::new(),
        }
    };
    Env::ALL.map(letter).concat()
}

fn default_table() -> String {
    let policy = Policy::load(&Bundle::embedded()).unwrap();
    let roles: Vec<_> = policy.vocabulary().roles().collect();
    let heads: Vec<_> = roles.iter().map(|role| role.trim_start_matches("role:").replace('-', " ")).collect();
    let mut table = format!("| object | action | {} |\n|---|---|{}\n", heads.join(" | "), "---|".repeat(roles.len()));
    for (object_type, action, _) in policy.vocabulary().pairs() {
        let cells: Vec<_> = roles.iter().map(|role| cell(&policy, role, object_type, action)).collect();
        table.push_str(&format!("| {object_type} | {action} | {} |\n", cells.join(" | ")));
    }
    table
}

// One test: both tables stand in one file, which two threads must not write at once.
#[test]
fn the_tables_of_the_documentation_are_those_of_the_code() {
    compare("kinds", &kinds());
    compare("table", &default_table());
}

/// Hazards of casbin that the notes number.
const HAZARDS: usize = 24;

#[test]
fn every_hazard_has_a_row_and_every_row_a_test() {
    let page = std::fs::read_to_string(FILE).unwrap();
    let rows = page.split_once("<!-- hazards: begin -->\n").unwrap().1.split_once("<!-- hazards: end -->").unwrap().0;
    let tests: String = ["files", "engine"]
        .map(|name| {
            let path = format!("{}/tests/policy_hazards_{name}.rs", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(path).unwrap()
        })
        .concat();
    for number in 1..=HAZARDS {
        let row = rows.lines().find(|line| line.starts_with(&format!("| {number} |"))).unwrap();
        let named: Vec<&str> = row.split('`').filter(|word| word.starts_with("hazard_")).collect();
        assert!(!named.is_empty(), "{row}");
        for test in named {
            assert!(test.starts_with(&format!("hazard_{number:02}_")), "{row}");
            assert!(tests.contains(&format!("#[test]\nfn {test}()")), "{test} is no test");
        }
    }
}
