//! `sagwan policy matrix`: what each role may do, on the terminal or as a page.

mod html;

use super::source;
use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        table::{Table, Tone},
    },
    event::Env,
    policy::{Answer, Lens, Policy},
};
use serde::Serialize;
use std::path::PathBuf;

/// Show what each role may do to what: a table, or a page with --html.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
A cell has a mark for dev, staging and prod: d, s, p allowed, . no rule, - denied by a rule, ! denied absolutely.")]
pub struct Args {
    /// The policy: a folder, `built-in`, `in-force`, a digest or a log index; otherwise ./policies.
    #[arg(value_name = "POLICY")]
    policy: Option<String>,
    /// Only this role; repeat for more.
    #[arg(long)]
    role: Vec<String>,
    /// Only this environment; repeat for more.
    #[arg(long)]
    env: Vec<Env>,
    /// Only this object type, such as `model`; repeat for more.
    #[arg(long = "type", value_name = "TYPE")]
    object_type: Vec<String>,
    /// Write one HTML file that needs nothing else: it works offline and prints well.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// What is shown: lines of (object, action), with a column a role and a mark an environment.
struct Chart {
    roles: Vec<String>,
    envs: Vec<Env>,
    lines: Vec<Line>,
}

/// One object and action.
struct Line {
    object_type: String,
    object: String,
    action: String,
    /// By role, then by environment.
    cells: Vec<Vec<Cell>>,
}

/// One cell.
#[derive(Clone, Serialize)]
struct Cell {
    answer: Answer,
    rules: Vec<String>,
}

/// Prints or writes the matrix.
///
/// # Errors
/// When the policy does not load, a filter names an unknown word, or the file cannot be written.
pub fn run(args: &Args, context: &Context) -> Done {
    let loaded = source::load(context, &mut None, args.policy.as_deref())?;
    let chart = Chart::of(&loaded.policy, args)?;
    if let Some(path) = &args.html {
        let page = html::page(&loaded, &chart);
        std::fs::write(path, page).map_err(|error| Failure::io("write", path, &error))?;
        context.printer.note(&format!("{} lines of {} written to {}", chart.lines.len(), loaded.name, path.display()));
        return Ok(());
    }
    if context.printer.json {
        return chart.each(|view| context.printer.value(view));
    }
    let heads: Vec<&str> = chart.roles.iter().map(|role| role.strip_prefix("role:").unwrap_or(role)).collect();
    let mut table = Table::named(["object", "action"].into_iter().chain(heads));
    for line in &chart.lines {
        let cells = line.cells.iter().map(|cells| (chart.marks(cells), tone(cells)));
        let first = [(line.object.clone(), Tone::Plain), (line.action.clone(), Tone::Plain)];
        table.toned(first.into_iter().chain(cells));
    }
    context.printer.table(&table)?;
    context.printer.note("d, s, p: allowed in dev, staging, prod; . no rule; - denied by a rule; ! denied absolutely");
    Ok(())
}

impl Chart {
    fn of(policy: &Policy, args: &Args) -> Done<Self> {
        let vocabulary = policy.vocabulary();
        let unknown = |what: &str, word: &str| {
            Failure::usage(format!("the policy has no {what} {word:?}"), "see vocabulary.toml of the policy")
        };
        if let Some(role) = args.role.iter().find(|role| vocabulary.role(role).is_none()) {
            return Err(unknown("role", role));
        }
        if let Some(word) = args.object_type.iter().find(|word| vocabulary.object_type(word).is_none()) {
            return Err(unknown("object type", word));
        }
        let wanted = |list: &[String], word: &str| list.is_empty() || list.iter().any(|own| own == word);
        let roles: Vec<String> =
            vocabulary.roles().filter(|role| wanted(&args.role, role)).map(str::to_owned).collect();
        let envs = Env::ALL.into_iter().filter(|env| args.env.is_empty() || args.env.contains(env)).collect();
        let mut chart = Self { roles, envs, lines: Vec::new() };
        let lens = Lens::new(policy);
        for (object_type, action, _) in vocabulary.pairs().filter(|(word, _, _)| wanted(&args.object_type, word)) {
            let mut objects: Vec<String> =
                chart.envs.iter().flat_map(|env| lens.classes(*env, object_type, action)).collect();
            objects.sort();
            objects.dedup();
            for object in objects {
                let line = chart.line(&lens, object_type, object, action);
                chart.lines.push(line);
            }
        }
        Ok(chart)
    }

    fn line(&self, lens: &Lens<'_>, object_type: &str, object: String, action: &str) -> Line {
        let cell = |role: &String, env: &Env| {
            let look = lens.look(role, *env, &object, action);
            Cell { answer: look.answer(), rules: look.deciding().iter().map(|id| (*id).to_owned()).collect() }
        };
        let cells = self.roles.iter().map(|role| self.envs.iter().map(|env| cell(role, env)).collect()).collect();
        Line { object_type: object_type.to_owned(), object, action: action.to_owned(), cells }
    }

    /// A character an environment.
    fn marks(&self, cells: &[Cell]) -> String {
        let mark = |(env, cell): (&Env, &Cell)| match cell.answer {
            Answer::Allow => env.as_str().chars().next().unwrap_or('+'),
            Answer::DefaultDeny => '.',
            Answer::Deny => '-',
            Answer::AbsoluteDeny => '!',
        };
        self.envs.iter().zip(cells).map(mark).collect()
    }

    /// Hands every cell to `show`.
    fn each(&self, mut show: impl FnMut(&View<'_>) -> Done) -> Done {
        for line in &self.lines {
            for (role, cells) in self.roles.iter().zip(&line.cells) {
                for (env, cell) in self.envs.iter().zip(cells) {
                    show(&View { role, env: *env, object: &line.object, action: &line.action, cell })?;
                }
            }
        }
        Ok(())
    }
}

/// The JSON shape of a cell.
#[derive(Serialize)]
struct View<'a> {
    role: &'a str,
    env: Env,
    object: &'a str,
    action: &'a str,
    #[serde(flatten)]
    cell: &'a Cell,
}

/// The strongest that the cell says.
fn tone(cells: &[Cell]) -> Tone {
    match cells.iter().map(|cell| cell.answer).max() {
        Some(Answer::Deny | Answer::AbsoluteDeny) => Tone::Bad,
        _ if cells.iter().all(|cell| cell.answer == Answer::Allow) => Tone::Good,
        _ if cells.iter().any(|cell| cell.answer == Answer::Allow) => Tone::Plain,
        _ => Tone::Quiet,
    }
}
