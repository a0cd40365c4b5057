//! Histories as text: a line a statement.
//!
//! `who env kind subject BODY [MORE] = expectation`, where `env` is `-` for none, BODY is JSON, and MORE is JSON whose
//! fields are put into the event. In both `"#a"` is a digest and `"+2h"` a time from now. A line `@ +2h` lets time pass.
//!
//! Expectations: `ok`; `refuse RULE… : words`, `warn …`, `note …` (recorded, noted), each with all rules that denied
//! and words that the messages must have; `invalid : words`.

use crate::world::{World, event};
use sagwan::{
    decide::{EventRuling, Invalid, Ruling},
    event::{
        Digest, Timestamp,
        body::{Decision, Outcome},
    },
};
use serde_json::{Deserializer, Value, json};

/// Runs a history and panics, naming the line, where it does not go as written.
pub fn run(world: &mut World, script: &str) {
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")) {
        if let Some(time) = line.strip_prefix("@ ") {
            world.t = later(world.t, time).unwrap_or_else(|| panic!("no time: {line}"));
            continue;
        }
        let (who, json, want) = read(line, world.t);
        let before = world.state.digest();
        let said = world.sign(&who, &[event(&json, world.t)]);
        let (got, words) = describe(&said);
        let (want, wanted_words) = want.split_once(" : ").unwrap_or((&want, ""));
        assert_eq!(got, want, "\n  {line}\n  {words}");
        assert!(words.contains(wanted_words), "\n  {line}\n  said: {words}");
        if got.starts_with("refuse") || got == "invalid" {
            assert_eq!(world.state.digest(), before, "refused, and left a trace: {line}");
        }
    }
}

/// The outcome and the rules that denied, and all messages.
fn describe(said: &Result<Ruling, Invalid>) -> (String, String) {
    let ruling: &EventRuling = match said {
        Ok(ruling) => ruling.gravest().expect("a ruling for the event"),
        Err(invalid) => return ("invalid".into(), invalid.to_string()),
    };
    if ruling.decision == Decision::Allow {
        assert_eq!(ruling.outcome, Outcome::Recorded);
        assert!(!ruling.rules.is_empty(), "something must have allowed it: {ruling:?}");
        return ("ok".into(), ruling.rules.join(" "));
    }
    let word = match ruling.outcome {
        Outcome::Recorded => "note",
        Outcome::Warned => "warn",
        Outcome::Refused => "refuse",
    };
    (format!("{word} {}", ruling.rules.join(" ")), ruling.message())
}

fn read(line: &str, t: Timestamp) -> (String, Value, String) {
    let mut words = line.splitn(5, ' ');
    let mut word = || words.next().unwrap_or_else(|| panic!("too few words: {line}"));
    let (who, env, kind, subject, rest) = (word(), word(), word(), word(), word());
    let mut parts = Deserializer::from_str(rest).into_iter::<Value>();
    let mut json = json!({"kind": kind, "subject": subject});
    if env != "-" {
        json["env"] = env.into();
    }
    json["body"] = parts.next().unwrap().unwrap_or_else(|error| panic!("{error}: {line}"));
    let mut rest_at = parts.byte_offset();
    if rest[rest_at..].trim_start().starts_with('{') {
        let more = parts.next().unwrap().unwrap_or_else(|error| panic!("{error}: {line}"));
        rest_at = parts.byte_offset();
        for (name, value) in more.as_object().unwrap() {
            json[name] = value.clone();
        }
    }
    expand(&mut json, t);
    let want = rest[rest_at..].trim().strip_prefix("= ").unwrap_or_else(|| panic!("no expectation: {line}"));
    (who.into(), json, want.into())
}

/// `#a` becomes a digest, `+2h` a time.
pub fn expand(json: &mut Value, t: Timestamp) {
    match json {
        Value::String(text) => {
            if let Some(digest) = text.strip_prefix('#') {
                *text = Digest([digest.as_bytes()[0]; 32]).to_string();
            } else if let Some(time) = later(t, text) {
                *text = time.to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| expand(item, t)),
        Value::Object(fields) => fields.values_mut().for_each(|field| expand(field, t)),
        _ => {}
    }
}

fn later(t: Timestamp, text: &str) -> Option<Timestamp> {
    let (number, unit) = text.strip_prefix('+')?.split_at(text.len() - 2);
    let unit = match unit {
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    Some(t.plus_ms(number.parse::<i64>().ok()? * unit))
}
