//! `sagwan policy vocabulary`: what every event kind and every read asks a policy for.

use crate::{
    cli::{
        Context,
        failure::{Done, Failure},
        table::Table,
    },
    event::SubjectKind,
    policy::asked,
};

/// List every event kind and every read with the object type, the action and the environments it asks for.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Only what asks about this object type, such as `model`.
    #[arg(long = "type", value_name = "TYPE")]
    object_type: Option<String>,
}

/// Prints the list.
///
/// # Errors
/// When the type is unknown, or stdout cannot be written.
pub fn run(args: &Args, context: &Context) -> Done {
    let mut all = asked();
    if let Some(wanted) = args.object_type.as_deref() {
        if !SubjectKind::ALL.iter().any(|kind| kind.as_str() == wanted) {
            let types: Vec<&str> = SubjectKind::ALL.iter().map(|kind| kind.as_str()).collect();
            return Err(Failure::usage(
                format!("there is no object type {wanted:?}"),
                format!("name one of {}", types.join(", ")),
            ));
        }
        all.retain(|one| one.objects.is_empty() || one.objects.contains(&wanted));
    }
    if context.printer.json {
        return all.iter().try_for_each(|one| context.printer.value(one));
    }
    let mut table = Table::new(&["event or read", "object type", "action", "asked in"]);
    for one in &all {
        let objects = if one.objects.is_empty() { "every type".to_owned() } else { one.objects.join(", ") };
        let envs: Vec<&str> = one.envs.iter().map(|env| env.as_str()).collect();
        let by = if one.read { format!("(reading) {}", one.by) } else { one.by.to_owned() };
        table.row([&by, &objects, one.action, &envs.join(", ")]);
    }
    context.printer.table(&table)
}
