//! The matrix as one HTML file: no script, no font, no image from elsewhere. Every mark is a letter or a sign with
//! a spoken text besides its colour, so it can be read in black and white and by a screen reader.

use super::{Cell, Chart, Line};
use crate::{
    cli::{counted::counted, policy::source::Loaded},
    event::Env,
    policy::Answer,
};
use std::fmt::Write as _;

const STYLE: &str = include_str!("page.css");

/// The page.
#[must_use]
pub fn page(loaded: &Loaded, chart: &Chart) -> String {
    let mut page = String::with_capacity(256 * 1_024);
    let digest = loaded.policy.digest().to_string();
    // INVARIANT: writing to a String does not fail.
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Decision matrix {short}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>Decision matrix</h1>\n<p>Policy <strong>{name}</strong>, {rules} rules<br><code>{digest}</code></p>\n",
        short = escape(&digest.chars().take(15).collect::<String>()),
        name = escape(&loaded.name),
        rules = loaded.policy.rules().len(),
        digest = escape(&digest),
    );
    legend(chart, &mut page);
    page.push_str("</header>\n<main>\n");
    let mut types: Vec<&str> = chart.lines.iter().map(|line| line.object_type.as_str()).collect();
    types.dedup();
    let _ = writeln!(page, "<nav aria-label=\"Object types\">{}</nav>", links(&types));
    for object_type in types {
        let lines: Vec<&Line> = chart.lines.iter().filter(|line| line.object_type == object_type).collect();
        section(chart, object_type, &lines, &mut page);
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn links(types: &[&str]) -> String {
    types.iter().map(|word| format!("<a href=\"#type-{0}\">{0}</a> ", escape(word))).collect()
}

/// What the marks mean, with how many cells have each.
fn legend(chart: &Chart, page: &mut String) {
    let cells = || chart.lines.iter().flat_map(|line| &line.cells).flatten();
    page.push_str("<ul class=\"legend\">\n");
    for (answer, what) in [
        (Answer::Allow, "allowed by a rule"),
        (Answer::DefaultDeny, "no rule allows it"),
        (Answer::Deny, "a rule denies it, whatever other roles allow"),
        (Answer::AbsoluteDeny, "denied absolutely: break-glass does not help"),
    ] {
        let count = cells().filter(|cell| cell.answer == answer).count();
        let sign = sign(answer, Env::Prod);
        let _ = writeln!(
            page,
            "<li><span class=\"mark {}\" aria-hidden=\"true\">{sign}</span> {what} <small>({})</small></li>",
            answer.as_str(),
            counted(count, "cell")
        );
    }
    let envs: Vec<&str> = chart.envs.iter().map(|env| env.as_str()).collect();
    let _ = writeln!(page, "</ul>\n<p>Each cell has a mark for {}, in this order.</p>", envs.join(", "));
}

fn sign(answer: Answer, env: Env) -> char {
    match (answer, env) {
        (Answer::Allow, Env::Dev) => 'D',
        (Answer::Allow, Env::Staging) => 'S',
        (Answer::Allow, Env::Prod) => 'P',
        (Answer::DefaultDeny, _) => '·',
        (Answer::Deny, _) => '×',
        (Answer::AbsoluteDeny, _) => '!',
    }
}

fn section(chart: &Chart, object_type: &str, lines: &[&Line], page: &mut String) {
    let _ = write!(
        page,
        "<section id=\"type-{0}\">\n<div class=\"scroll\" role=\"region\" aria-label=\"{0}\" tabindex=\"0\">\n\
         <table>\n<caption>{0}</caption>\n<thead><tr><th scope=\"col\">action</th>",
        escape(object_type)
    );
    for role in &chart.roles {
        let _ = write!(page, "<th scope=\"col\">{}</th>", escape(role.strip_prefix("role:").unwrap_or(role)));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for line in lines {
        let object = match line.object.strip_suffix("/*") == Some(object_type) {
            true => String::new(),
            false => format!("<br><code>{}</code>", escape(&line.object)),
        };
        let _ = write!(page, "<tr><th scope=\"row\">{}{object}</th>", escape(&line.action));
        for cells in &line.cells {
            page.push_str("<td>");
            chart.envs.iter().zip(cells).for_each(|(env, cell)| mark(*env, cell, page));
            page.push_str("</td>");
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn mark(env: Env, cell: &Cell, page: &mut String) {
    let by = if cell.rules.is_empty() { String::new() } else { format!(" by {}", cell.rules.join(", ")) };
    let said = escape(&format!("{env}: {}{by}", cell.answer));
    let _ = write!(
        page,
        "<span class=\"mark {}\" title=\"{said}\"><span aria-hidden=\"true\">{}</span><span class=\"said\">{said}. </span></span>",
        cell.answer.as_str(),
        sign(cell.answer, env)
    );
}

/// Text that is only text in HTML, inside and outside attributes.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c if c.is_control() => safe.push('\u{fffd}'),
            c => safe.push(c),
        }
    }
    safe
}
