//! An event from flags.

use super::Args;
use crate::{
    cli::{
        failure::{Done, Failure},
        recorder::Recorder,
        reference, secret, when,
    },
    codec::event as event_codec,
    event::{Event, Timestamp},
};
use serde_json::{Map, Value as Json, json};
use std::path::Path;

/// The event that the flags describe.
///
/// # Errors
/// When a flag is missing or contradicts another, or the event breaks a rule of its kind.
pub fn event(args: &Args, recorder: &Recorder<'_>, now: Timestamp) -> Done<Event> {
    let (kind, subject) = match (&args.kind, &args.subject) {
        (Some(kind), Some(subject)) => (kind, subject),
        (Some(kind), None) => {
            let what = format!("{kind} needs a --subject");
            return Err(Failure::usage(what, "say what it is about: --subject KIND/NAME[@VERSION]"));
        }
        (None, Some(subject)) => {
            let what = format!("the event about {subject} needs a --kind");
            return Err(Failure::usage(what, "say what happened: --kind KIND, as docs/events.md lists them"));
        }
        (None, None) => {
            return Err(Failure::usage(
                "nothing to record",
                "name a JSON file, `-` for events on stdin, or give --kind and --subject",
            ));
        }
    };
    let (inputs, outputs) = reference::references(&args.inputs, &args.outputs, &args.external)?;
    let mut body = args.body_file.as_deref().map(body_file).transpose()?.unwrap_or_default();
    for pair in &args.body {
        insert(&mut body, pair, "--body")?;
    }
    let mut facets = Map::new();
    for pair in &args.facets {
        insert(&mut facets, pair, "--facet")?;
    }
    let mut event = json!({ "kind": kind, "subject": subject, "body": body });
    let optional = [
        ("env", args.env.map(|env| json!(env))),
        ("inputs", (!inputs.is_empty()).then(|| json!(inputs))),
        ("outputs", (!outputs.is_empty()).then(|| json!(outputs))),
        ("facets", (!facets.is_empty()).then(|| Json::Object(facets))),
        ("time", args.time.as_deref().map(|time| when::parse(time, now)).transpose()?.map(|time| json!(time))),
    ];
    if let Json::Object(fields) = &mut event {
        fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    if let Some(who) = &args.data_subject {
        secret::name_data_subject(&mut event, recorder, who)?;
    }
    event_codec::from_json_value(&event, now).map_err(|error| {
        let hint = match error.path() {
            path if path.starts_with("body") => {
                "correct the field; text that looks like a number is written --body 'FIELD=\"123\"'"
            }
            _ => "correct the flag; docs/events.md shows every kind with an example",
        };
        Failure::invalid(error.to_string(), hint)
    })
}

fn body_file(path: &Path) -> Done<Map<String, Json>> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::invalid(format!("{}: {error}", path.display()), "write the body as one JSON object"))
}

/// Puts `path=value` into an object: dots in the path lead into maps, as in `metrics.auc=0.79`.
fn insert(object: &mut Map<String, Json>, pair: &str, flag: &str) -> Done {
    let wrong = |why: &str| Failure::usage(format!("{flag} {pair:?}: {why}"), "write FIELD=VALUE or MAP.FIELD=VALUE");
    let (path, text) = pair.split_once('=').ok_or_else(|| wrong("no `=`"))?;
    let mut names: Vec<&str> = path.split('.').collect();
    let last = names.pop().unwrap_or_default();
    if last.is_empty() || names.iter().any(|name| name.is_empty()) {
        return Err(wrong("an empty name"));
    }
    let mut map = object;
    for name in names {
        let inner = map.entry(name).or_insert_with(|| Json::Object(Map::new()));
        map = inner.as_object_mut().ok_or_else(|| wrong("it leads into a value that is no map"))?;
    }
    match map.insert(last.to_owned(), value(text)) {
        None => Ok(()),
        Some(_) => Err(wrong("the field is given twice")),
    }
}

/// What `text` means: a number, `true`, `false`, or a JSON list, map or quoted text; anything else is text as it is.
#[must_use]
pub fn value(text: &str) -> Json {
    match serde_json::from_str(text) {
        Ok(Json::Null) | Err(_) => Json::String(text.to_owned()),
        Ok(value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_become_a_tree() {
        let mut body = Map::new();
        for pair in ["a=1", "b.c=x=y", "b.d=[1,2]", "e=\"7\"", "f=null", "g=", "h=0.5", "i=true", "j=01"] {
            insert(&mut body, pair, "--body").unwrap();
        }
        let expected = json!({
            "a": 1, "b": {"c": "x=y", "d": [1, 2]}, "e": "7", "f": "null", "g": "", "h": 0.5, "i": true, "j": "01"
        });
        assert_eq!(Json::Object(body), expected);
    }

    #[test]
    fn what_is_no_pair_is_refused() {
        for pairs in [&["a"][..], &["=1"], &["a..b=1"], &["a=1", "a=2"], &["a=1", "a.b=2"]] {
            let mut body = Map::new();
            assert!(pairs.iter().any(|pair| insert(&mut body, pair, "--body").is_err()), "{pairs:?}");
        }
    }
}
