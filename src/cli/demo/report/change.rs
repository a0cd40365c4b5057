//! The part of the report about a change of policy.

use super::{Demo, text::wrapped};
use crate::cli::{failure::Done, policy::ruled, printer::Printer};

/// What the candidate opens, and which decisions of the story it would have turned.
pub fn print(demo: &Demo<'_>, printer: &Printer) -> Done {
    let change = demo.change;
    printer.text("\nA CHANGE OF POLICY, SEEN BEFORE IT IS IN FORCE\n")?;
    let told = format!(
        "The scientists ask to promote to staging by themselves. The candidate in {} lets them, and by one row too many in prod as well. `policy diff` shows both cells, and which of the {} decisions above would have been others:",
        change.folder.display(),
        change.decisions
    );
    printer.text(&wrapped(&told, ""))?;
    printer.text("")?;
    for cell in &change.cells {
        let (word, role) = (cell.change.as_str().to_uppercase(), &cell.role);
        printer.text(&wrapped(&format!("  {word} {role} {} {} in {}", cell.action, cell.object, cell.env), "    "))?;
    }
    for flip in &change.flips {
        let who = flip.actor.as_str().split_once(':').map_or("", |(_, name)| name);
        let kind = flip.kind.as_deref().unwrap_or_default();
        printer.text(&format!("\n  #{} {who}: {kind} {} in {}", flip.index, flip.object, flip.env))?;
        let words = format!("     {} → {}", ruled(&flip.before), ruled(&flip.after));
        printer.text(&wrapped(&words, "       "))?;
    }
    Ok(())
}
