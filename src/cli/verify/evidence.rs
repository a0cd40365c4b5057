//! Evidence bundles, verified offline: the question is asked again of the evidence alone.

use super::{Args, attest, keys};
use crate::{
    cli::{Context, failure::Done, lineage},
    event::{Digest, limits},
    lineage::verify_attested,
};
use serde_json::json;
use std::path::Path;

pub(super) fn run(context: &Context, args: &Args, path: &Path) -> Done {
    let bytes = super::file::read_up_to(path, limits::EVIDENCE_BYTES_MAX as u64)?;
    let keys = keys(context, args)?;
    let (auditors, beside) = (attest::auditors(args)?, attest::beside(args)?);
    let mut verified = verify_attested(&bytes, &keys, &auditors, &beside).map_err(|error| lineage::failure(&error))?;
    let cosigned = args.bound(&keys, &verified.head, Some(verified.checkpoint.as_bytes()))?;
    if let Some(cosigned) = &cosigned {
        let (signed, mut bounds) = super::trust::lines(cosigned, "everything in this evidence");
        let is_later = |existed_by: u64| verified.t.0.div_euclid(1_000) > i64::try_from(existed_by).unwrap_or(i64::MAX);
        if cosigned.existed_by.is_some_and(is_later) {
            bounds.push(format!(
                "the ledger's own time of that tree, {}, is later than that: one of the clocks is wrong",
                verified.t
            ));
        }
        verified.report.bound_times(signed, bounds);
    }
    let asked = verified.question.in_words();
    if context.printer.json {
        return context.printer.value(&json!({
            "verified": "evidence",
            "complete": verified.is_complete,
            "incomplete": verified.report.incomplete,
            "question": verified.question,
            "answer": verified.answer,
            "origin": keys.origin(),
            "size": verified.head.size,
            "root": Digest(verified.head.root),
            "t": verified.t,
            "attested_by": verified.attested_by,
            "existed_by": cosigned.as_ref().and_then(|cosigned| cosigned.existed_by).map(super::trust::at),
            "proved": verified.report.proved,
            "claimed": verified.report.claimed,
            "withheld": verified.report.withheld,
            "not_checked": verified.report.not_checked,
        }));
    }
    context.printer.text(&format!("asked: {asked}\n"))?;
    lineage::print(context, &verified.answer)?;
    context.printer.text(&match verified.is_complete {
        true => "\ncomplete: nothing is withheld, every list is proved whole, no bound cut the answer".to_owned(),
        false => format!("\nnot proved complete: {}", verified.report.incomplete.join(", ")),
    })?;
    let headings = [
        ("PROVED", &verified.report.proved),
        ("CLAIMED", &verified.report.claimed),
        ("WITHHELD", &verified.report.withheld),
        ("NOT CHECKED", &verified.report.not_checked),
    ];
    for (heading, lines) in headings {
        let nothing = vec!["nothing".to_owned()];
        let lines = if lines.is_empty() { &nothing } else { lines };
        let text: Vec<String> = lines.iter().map(|line| format!("  {}", crate::cli::clean::inline(line))).collect();
        context.printer.text(&format!("\n{heading}\n{}", text.join("\n")))?;
    }
    Ok(())
}
