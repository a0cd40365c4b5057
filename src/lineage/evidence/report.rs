//! What was verified, under four headings.

use super::{Evidence, attested::PER_OPERATOR, check::Checked};
use crate::{event::Digest, lineage::Answer, verify::Head};
use serde::Serialize;

/// What evidence proves, what remains a claim, what is withheld, and what was not looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Report {
    /// Follows from the pinned key and the bytes of the evidence.
    pub proved: Vec<String>,
    /// Somebody's word.
    pub claimed: Vec<String>,
    /// What the reader for whom it was made may not read.
    pub withheld: Vec<String>,
    /// What this verification does not look at.
    pub not_checked: Vec<String>,
    /// Why the answer is not proved complete; empty when it is.
    pub incomplete: Vec<String>,
}

/// What is claimed of times where no witness bounds them.
const UNBOUNDED: &str = "every time: the ledger's own, bounded by no witness";

impl Report {
    /// Takes up what cosignatures of the evidence's tree say: who signed, and what bounds its times, in lines.
    pub fn bound_times(&mut self, signed: Vec<String>, bounds: Vec<String>) {
        self.proved.extend(signed);
        self.claimed.retain(|line| line != UNBOUNDED);
        self.claimed.splice(0..0, bounds);
        self.claimed.push("every single time: the ledger's own".to_owned());
    }
}

pub(super) fn report(evidence: &Evidence, head: &Head, checked: &Checked, answer: &Answer) -> Report {
    let mut report = Report { incomplete: incomplete(evidence, checked, answer), ..Report::default() };
    let (statements, seals) = (checked.statements, checked.seals);
    report.proved = vec![
        format!("{} signed a tree of {} entries with the root {}", evidence.origin, head.size, Digest(head.root)),
        format!("{statements} statements stand in that tree, each signed by the key that it names"),
        format!("what was decided about each of them stands in {seals} seals of the same tree"),
    ];
    if checked.whole > 0 {
        let absent = if checked.absent > 0 { format!(", {} of them empty,", checked.absent) } else { String::new() };
        let but = if evidence.withheld.is_empty() { "" } else { ", up to what is withheld" };
        report.proved.push(format!(
            "{} lists of the index{absent} are whole under the root that the last seal names: nothing under these keys was left out{but}",
            checked.whole
        ));
    }
    let what = match (checked.claimed, answer.cut_at()) {
        (0, None) => "the answer",
        (0, Some(_)) => "the answer as far as its bound",
        _ => "that the answer follows from this evidence, not that it is all there is",
    };
    report.proved.push(format!("{what}: the question was asked again, of this evidence alone"));
    report.claimed = vec![
        UNBOUNDED.to_owned(),
        PER_OPERATOR.to_owned(),
        "that each key was its signer's when the log took the statement".to_owned(),
        "what the statements say: each signer's word".to_owned(),
    ];
    if checked.claimed > 0 {
        report.claimed.push(format!(
            "that {} lists are all there is for this reader: he may not see them whole, so they have no proof",
            checked.claimed
        ));
    }
    if !evidence.withheld.is_empty() {
        let indices: Vec<String> = evidence.withheld.iter().take(20).map(|(index, _)| index.to_string()).collect();
        let more = evidence.withheld.len().saturating_sub(20);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        report.withheld.push(format!(
            "{} records in these lists, of which only the leaf hash is given: {}{more}",
            evidence.withheld.len(),
            indices.join(", ")
        ));
    }
    report.not_checked = vec![
        "the decisions themselves: they are read from the seals, not made again".to_owned(),
        "whether a key was declared suspect or revoked since".to_owned(),
        "that the log shows everybody this same tree: compare checkpoints".to_owned(),
    ];
    if let Some(bound) = answer.cut_at() {
        report.not_checked.insert(0, format!("what is beyond the bound on {bound}, at which the answer is cut"));
    }
    report
}

fn incomplete(evidence: &Evidence, checked: &Checked, answer: &Answer) -> Vec<String> {
    let withheld = match evidence.withheld.len() {
        0 => None,
        count => Some(format!("{count} records are withheld")),
    };
    let claimed = (checked.claimed > 0).then(|| format!("{} lists are only claimed", checked.claimed));
    let cut = answer.cut_at().map(|bound| format!("it is cut at the bound on {bound}"));
    [withheld, claimed, cut].into_iter().flatten().collect()
}
