//! The answer for people: a sentence first, then what it rests on.

use super::{Explanation, RoleHeld};
use crate::{
    cli::{
        Context,
        failure::Done,
        table::{Table, Tone},
    },
    event::{Decision, Outcome},
};

/// Names that a line shows; more are counted.
const NAMES_MAX: usize = 12;

/// Prints the explanation.
///
/// # Errors
/// When stdout cannot be written.
pub fn print(told: &Explanation, context: &Context) -> Done {
    let printer = &context.printer;
    printer.text(&sentence(told))?;
    printer.fields(&[
        ("as of", format!("record {}, {}", told.as_of, told.t)),
        ("policy", told.policy.to_string()),
        ("event", event(told)),
        ("decided by", told.rules.join(", ")),
        ("stage", stage(told)),
    ])?;
    if !told.missing.is_empty() {
        printer.text("\nWhat stands in the way")?;
        let mut table = Table::new(&["rule", "why, and what to do"]);
        told.missing.iter().for_each(|one| table.toned([(&one.rule, Tone::Bad), (&one.message, Tone::Plain)]));
        printer.table(&table)?;
    }
    printer.text(&format!("\nRoles of {} in {}", told.actor, told.env))?;
    if told.roles.is_empty() {
        printer.text("none")?;
    } else {
        printer.table(&roles(&told.roles))?;
    }
    if !told.grants.is_empty() {
        let mut table = Table::new(&["grant", "stands", "purpose", "until"]);
        for grant in &told.grants {
            let stands = if grant.breakglass { format!("{} (break-glass)", grant.stands) } else { grant.stands.into() };
            table.row([grant.grant.to_string(), stands, grant.purpose.clone(), grant.until.to_string()]);
        }
        printer.text("\nGrants for it")?;
        printer.table(&table)?;
    }
    if !told.four_eyes.is_empty() {
        let mut table = Table::new(&["four eyes", "nobody who is", "and this actor"]);
        for eyes in &told.four_eyes {
            let (word, tone) = match eyes.broken {
                Some(true) => ("is one of them", Tone::Bad),
                Some(false) => ("is none of them", Tone::Good),
                None => ("may or may not be: it hangs on the event", Tone::Quiet),
            };
            table.toned([
                (&eyes.id, Tone::Plain),
                (&eyes.other_than.join(" or "), Tone::Plain),
                (&word.to_owned(), tone),
            ]);
        }
        printer.text("\nFour eyes")?;
        printer.table(&table)?;
    }
    who(told, context)
}

fn event(told: &Explanation) -> String {
    let none = if is_reading(told) { "none: a reading" } else { "none" };
    told.kind.clone().unwrap_or_else(|| none.into())
}

fn is_reading(told: &Explanation) -> bool {
    told.kind.is_none() && told.action.as_str() == crate::decide::READ
}

fn sentence(told: &Explanation) -> String {
    let may = match told.decision {
        Decision::Allow => "may",
        Decision::Deny => "MAY NOT",
    };
    let done = if is_reading(told) { "answered" } else { "recorded" };
    let then = match (told.decision, told.outcome) {
        (Decision::Allow, _) => ".".to_owned(),
        (Decision::Deny, Outcome::Refused) => ": it would be refused.".to_owned(),
        (Decision::Deny, Outcome::Warned) => format!(": it would be {done} all the same, with a warning."),
        (Decision::Deny, Outcome::Recorded) => format!(": it would be {done} all the same, and noted."),
    };
    let alone =
        if told.policy_only { " (by policy alone: what else counts hangs on what the event would say)" } else { "" };
    format!("{} {may} {} {} in {}{then}{alone}", told.actor, told.action, told.object, told.env)
}

fn stage(told: &Explanation) -> String {
    let done = if is_reading(told) { "answered" } else { "recorded" };
    let what = match told.stage {
        "enforce" => "refused".to_owned(),
        "warn" => format!("{done} with a warning"),
        _ => format!("{done} and noted"),
    };
    format!("{}: what the rules deny is {what}", told.stage)
}

fn roles(held: &[RoleHeld]) -> Table {
    let mut table = Table::new(&["role", "held", "rule", "says"]);
    for role in held {
        let since = role.since.map_or_else(String::new, |index| format!("since record {index}"));
        let until = role.until.map_or_else(String::new, |until| format!(" until {until}"));
        let held = format!("{since}{until}");
        let mut rows = 0;
        for (rules, tone) in [(&role.deny, Tone::Bad), (&role.allow, Tone::Good)] {
            for rule in rules {
                let says = if rule.absolute { format!("{} (absolute)", rule.says) } else { rule.says.clone() };
                table.toned([(&role.role, Tone::Plain), (&held, Tone::Plain), (&rule.id, tone), (&says, Tone::Plain)]);
                rows += 1;
            }
        }
        if rows == 0 {
            let none = "no rule speaks of this".to_owned();
            table.toned([
                (&role.role, Tone::Plain),
                (&held, Tone::Plain),
                (&String::new(), Tone::Plain),
                (&none, Tone::Quiet),
            ]);
        }
    }
    table
}

fn who(told: &Explanation, context: &Context) -> Done {
    let some = |names: Vec<&str>, none: &str| {
        let more = names.len().saturating_sub(NAMES_MAX);
        let shown: Vec<&str> = names.into_iter().take(NAMES_MAX).collect();
        match (shown.is_empty(), more) {
            (true, _) => none.to_owned(),
            (false, 0) => shown.join(", "),
            (false, more) => format!("{} and {more} more", shown.join(", ")),
        }
    };
    let actors = told.who_could.actors.iter().map(|actor| actor.as_str()).collect();
    context.printer.text("\nWho could")?;
    context.printer.fields(&[
        ("roles", some(told.who_could.roles.iter().map(String::as_str).collect(), "no role by itself")),
        ("actors", some(actors, "nobody as things stand")),
    ])
}
