//! One suite: a version's results, alone and against its predecessor's.

use crate::Case;
use sagwan_common::Value;
use sagwan_guest::{Event, body, short};

/// Differences below this are those of arithmetic.
const NOTHING: f64 = 1e-9;

/// Cases, and how many of them passed; `None` where they are not told in the open, or make no sense.
fn counts(event: &Event) -> Option<(u64, u64)> {
    let body = body(event);
    let count = |name: &str| body.get(name).and_then(Value::count);
    count("cases").zip(count("passed")).filter(|(cases, passed)| *cases > 0 && passed <= cases)
}

fn share((cases, passed): (u64, u64)) -> f64 {
    passed as f64 / cases as f64
}

fn metric(event: &Event, name: &str) -> Option<f64> {
    body(event).get("metrics").and_then(|metrics| metrics.get(name)).and_then(Value::number)
}

/// Holds a test against what is asked of it whatever the predecessor did.
pub fn alone(case: &mut Case<'_>, suite: &str, tested: &Event) {
    if body(tested).get("outcome").and_then(Value::text) == Some("fail") {
        case.lacks("suite.failed", format!("the newest run of {suite:?} failed"));
    }
    let limit = |name: &str| case.settings.number(name).unwrap_or_default();
    let (least, cases_least) = (limit("pass_share_least"), limit("cases_least"));
    match counts(tested) {
        None => {
            let message = format!("{suite:?} says not how many cases there were and passed: record cases and passed");
            case.lacks("results.missing", message);
        }
        Some((cases, _)) if (cases as f64) < cases_least => {
            case.lacks("cases.few", format!("{suite:?} had {cases} cases, {} are asked for", short(cases_least)));
        }
        Some(counts) if share(counts) < least - NOTHING => {
            let message = format!(
                "{} of {} cases of {suite:?} passed, a share of {} is asked for",
                counts.1,
                counts.0,
                short(least)
            );
            case.lacks("pass-share.low", message);
        }
        Some(_) => {}
    }
    let settings = case.settings;
    for (name, rule) in settings.map("metrics") {
        let bound = |which: &str| rule.get(which).and_then(Value::number);
        let Some(value) = metric(tested, name) else {
            let message = format!("{suite:?} did not measure {name:?}: measure it, and record it in the open");
            case.lacks("metric.missing", message);
            continue;
        };
        if let Some(least) = bound("least").filter(|least| value < *least) {
            case.lacks("metric.low", format!("{name:?} of {suite:?} is {}, below {}", short(value), short(least)));
        }
        if let Some(greatest) = bound("greatest").filter(|greatest| value > *greatest) {
            case.lacks("metric.high", format!("{name:?} of {suite:?} is {}, above {}", short(value), short(greatest)));
        }
    }
}

/// Holds a test against the predecessor's.
pub fn against(case: &mut Case<'_>, suite: &str, tested: &Event, before: &Event) {
    if !case.settings.truth("other_data") && data(tested) != data(before) {
        let message = format!("{suite:?} ran on other data than with {}: test that one again", before.subject);
        case.lacks("suite.other-data", message);
    }
    if let Some((ours, theirs)) = counts(tested).zip(counts(before)) {
        if ours.0 < theirs.0 && !case.settings.truth("fewer_cases") {
            let message = format!("{suite:?} had {} cases, with {} it had {}", ours.0, before.subject, theirs.0);
            case.lacks("cases.fewer", message);
        }
        let drop = case.settings.number("pass_share_drop").unwrap_or_default();
        if share(theirs) - share(ours) > drop + NOTHING {
            let message = format!(
                "{} of {} cases of {suite:?} passed, with {} {} of {}",
                ours.1, ours.0, before.subject, theirs.1, theirs.0
            );
            case.lacks("pass-share.worse", message);
        }
    } else if counts(before).is_none() {
        let message =
            format!("{} told no cases of {suite:?}: test it again, and record cases and passed", before.subject);
        case.lacks("predecessor.no-results", message);
    }
    let settings = case.settings;
    for (name, rule) in settings.map("metrics") {
        let Some((ours, theirs)) = metric(tested, name).zip(metric(before, name)) else { continue };
        let lower = rule.get("better").and_then(Value::text) == Some("lower");
        let worse = if lower { ours - theirs } else { theirs - ours };
        if worse > rule.get("worse_by").and_then(Value::number).unwrap_or_default() + NOTHING {
            let message =
                format!("{name:?} of {suite:?} is {}, with {} {}", short(ours), before.subject, short(theirs));
            case.lacks("metric.worse", message);
        }
    }
}

/// The data of a test: subjects, with digests where they are told.
fn data(event: &Event) -> Vec<(&str, Option<&str>)> {
    let mut data: Vec<(&str, Option<&str>)> = event
        .inputs
        .iter()
        .filter(|input| input.subject.starts_with("dataset/"))
        .map(|input| (input.subject.as_str(), input.digest.as_deref()))
        .collect();
    data.sort_unstable();
    data.dedup();
    data
}
