//! `model.conf`: the one casbin model that rules version 1 knows.
//!
//! casbin loads a model with a misspelt or missing section, lets a second `m =` win, turns `"p.secret"` inside a
//! matcher into a variable, panics on an unknown effect at the first request, and finds an unknown function only when
//! a row reaches it (hazards 3, 4, 6, 8, 9, 13, 17, 18, 22, 23). So the file is compared, not interpreted: sections
//! in order, one definition each, byte for byte. It stays a file so that a reviewer sees it and a digest covers it.

use super::error::{PolicyError, refuse, refuse_file};
use super::text;

/// The file's name in a bundle.
pub(super) const FILE: &str = "model.conf";

/// The sections, in order, each with its only definition.
const SECTIONS: [(&str, &str); 5] = [
    ("[request_definition]", "r = sub, dom, obj, act"),
    ("[policy_definition]", "p = sub, dom, obj, act, eft"),
    ("[role_definition]", "g = _, _, _"),
    ("[policy_effect]", "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))"),
    (
        "[matchers]",
        r#"m = r.act == p.act && (p.dom == r.dom || p.dom == "*") && objMatch(r.obj, p.obj) && g(r.sub, p.sub, r.dom)"#,
    ),
];

/// What casbin is given: exactly what the loader has compared the file with.
pub(super) fn conf() -> String {
    SECTIONS.iter().map(|(section, definition)| format!("{section}\n{definition}\n")).collect()
}

/// Compares the file with the model of this version.
pub(super) fn check(text: &str) -> Result<(), PolicyError> {
    let mut expected = SECTIONS.iter().flat_map(|(section, definition)| [*section, *definition]);
    for (number, line) in text::lines(text) {
        let Some(wanted) = expected.next() else {
            let reason = format!("`{line}` after the end of the model");
            return Err(refuse(FILE, number, reason, "remove it: each section has one definition, and none follows"));
        };
        if line != wanted {
            return Err(refuse(FILE, number, difference(line, wanted), format!("write exactly `{wanted}`")));
        }
    }
    match expected.next() {
        None => Ok(()),
        Some(wanted) => {
            let reason = format!("the model ends before `{wanted}`");
            Err(refuse_file(FILE, reason, "copy model.conf of the default bundle: `policies/model.conf`"))
        }
    }
}

/// What kind of difference it is, in words that a reviewer can act on.
fn difference(line: &str, wanted: &str) -> String {
    let known = SECTIONS.iter().any(|(section, _)| *section == line);
    let key = |line: &str| line.split('=').next().unwrap_or("").trim().to_owned();
    if line.starts_with('[') && known {
        return format!("section `{line}` where `{wanted}` belongs (missing, repeated or out of order)");
    }
    if line.starts_with('[') {
        return format!("unknown or misspelt section `{line}`");
    }
    if wanted.starts_with('[') && SECTIONS.iter().any(|(_, definition)| key(definition) == key(line)) {
        return format!("a second `{} =`, which would silently win", key(line));
    }
    if key(line) != key(wanted) {
        return format!(
            "definition `{}` where `{}` belongs (r2, p2, g2, e2 and m2 are refused)",
            key(line),
            key(wanted)
        );
    }
    match key(line).as_str() {
        "e" => "an effect other than allow-and-no-deny".to_owned(),
        "m" => "another matcher, or another function in it".to_owned(),
        key => format!("another definition of `{key}`"),
    }
}
