//! `sagwan plugin new`: a project that builds, with a rule, its test and its fixtures.

mod template;

use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
    },
    event::{body::PluginWorld, limits},
};
use serde_json::json;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

/// Make a project for a new rule: the contract, a rule that works, its test, fixtures, a build script.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
The rule judges evaluations of models by a metric: change it into yours. docs/plugins.md says what each language needs.

Examples:
  sagwan plugin new --lang rust min-auc
  sagwan plugin new --lang python --world monitor quality-watch --into rules/quality-watch")]
pub struct Args {
    /// The language.
    #[arg(long, value_enum)]
    lang: Lang,
    /// The plugin's name: a-z, 0-9 and `-`, beginning with a letter.
    #[arg(value_name = "NAME", value_parser = name)]
    name: String,
    /// `validator` judges events before they are recorded, `monitor` watches them after.
    #[arg(long, value_enum, default_value = "validator")]
    world: World,
    /// The folder to make; otherwise NAME here.
    #[arg(long, value_name = "FOLDER")]
    into: Option<PathBuf>,
}

/// A language that plugins are written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub enum Lang {
    /// Small and fast: 20 to 40 µs a call.
    Rust,
    /// 18 MB, some milliseconds a call.
    Python,
    /// 12 MB, a millisecond a call.
    Javascript,
    /// The smallest and fastest: 10 µs a call.
    C,
}

/// A world of the contract.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum World {
    Validator,
    Monitor,
}

/// Makes the project.
///
/// # Errors
/// When the folder is there, or cannot be written.
pub fn run(args: &Args, context: &Context) -> Done {
    let root = args.into.clone().unwrap_or_else(|| PathBuf::from(&args.name));
    if root.exists() {
        let next = "choose another name, or another folder with --into";
        return Err(Failure::usage(format!("{} is there already", root.display()), next));
    }
    let world = match args.world {
        World::Validator => PluginWorld::Validator,
        World::Monitor => PluginWorld::Monitor,
    };
    let files = template::files(args.lang, world, &args.name);
    for (name, text) in &files {
        write(&root.join(name), text)?;
    }
    if context.printer.json {
        let names: Vec<&String> = files.iter().map(|(name, _)| name).collect();
        return context.printer.value(&json!({ "folder": root, "files": names }));
    }
    context.printer.note(&format!("{} files in {}; next:", files.len(), root.display()));
    context.printer.text(&format!("cd {} && ./build.sh && sagwan plugin test", root.display()))
}

fn write(path: &Path, text: &str) -> Done {
    let failed = |error: std::io::Error| Failure::io("write", path, &error);
    fs::create_dir_all(path.parent().unwrap_or(path)).map_err(failed)?;
    fs::write(path, text).map_err(failed)?;
    if path.extension().is_some_and(|extension| extension == "sh") {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).map_err(failed)?;
    }
    Ok(())
}

/// A name that is one in the contract and in every language's tools.
fn name(text: &str) -> Result<String, String> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let begins = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    let ends = text.bytes().last().is_some_and(|b| b != b'-');
    let short = text.len() <= limits::PLUGIN_WORD_BYTES_MAX;
    if begins && ends && short && text.bytes().all(plain) && !text.contains("--") {
        Ok(text.to_owned())
    } else {
        Err("give 1 to 64 characters of a-z, 0-9 and single `-`, beginning with a letter".to_owned())
    }
}
