//! The seal: what closes a batch, and how decisions become small codes in it.

use crate::{
    codec::cbor,
    decide::{EventRuling, PluginVerdict},
    event::{
        Decision, Digest, Outcome, SealedDecision, Text,
        body::{Seal, SealedPlugin, SealedVerdict},
    },
    plugin::Finding,
};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;

/// Rough bytes of a seal without its table and codes, rounded up.
const BASE_BYTES: usize = 700;
/// The same of a row without its rules, and of a run.
const ROW_BYTES: usize = 64;
const RUN_BYTES: usize = 11;
/// The same of a binding in the table of plugins, and of a verdict in a row.
const PLUGIN_BYTES: usize = 112;
const VERDICT_BYTES: usize = 160;

/// The decisions of one batch, as the seal will hold them.
pub(super) struct Table {
    rows: Vec<SealedDecision>,
    by_row: HashMap<SealedDecision, u32>,
    codes: Vec<(u32, u32)>,
    bytes: usize,
    last: Option<(EventRuling, u32)>,
    verdicts: Verdicts,
}

/// What is sealed of a batch's decisions.
pub(super) struct Sealed {
    pub(super) table: Vec<SealedDecision>,
    pub(super) codes: Vec<(u32, u32)>,
    pub(super) plugins: Vec<SealedPlugin>,
    /// Findings that rows name by digest, as they stand in `blobs/`.
    pub(super) findings: Vec<Vec<u8>>,
}

/// The bindings that judged, and their findings.
#[derive(Default)]
pub(super) struct Verdicts {
    pub(super) plugins: Vec<SealedPlugin>,
    pub(super) findings: Vec<Vec<u8>>,
}

impl Verdicts {
    /// A verdict as it stands in a row.
    pub(super) fn seal(&mut self, said: &PluginVerdict) -> SealedVerdict {
        let plugin = SealedPlugin { binding: said.binding, position: said.position, component: said.component };
        let known = self.plugins.iter().position(|own| *own == plugin);
        let row = known.unwrap_or_else(|| {
            self.plugins.push(plugin);
            self.plugins.len() - 1
        });
        SealedVerdict {
            plugin: u32::try_from(row).unwrap_or(u32::MAX),
            verdict: said.verdict,
            fault: said.fault.and_then(|word| word.parse().ok()),
            findings: self.keep(&said.findings),
            transcript: said.transcript,
        }
    }

    fn keep(&mut self, findings: &[Finding]) -> Option<Digest> {
        let bytes = findings_bytes(findings)?;
        let digest = Digest(Sha256::digest(&bytes).into());
        self.findings.push(bytes);
        Some(digest)
    }
}

fn findings_bytes(findings: &[Finding]) -> Option<Vec<u8>> {
    // INVARIANT: findings have text keys and no floats: they have an encoding.
    cbor::encode(&findings).ok().filter(|_| !findings.is_empty())
}

/// The digest by which a seal names findings; `None` for no findings.
#[must_use]
pub fn findings_digest(findings: &[Finding]) -> Option<Digest> {
    findings_bytes(findings).map(|bytes| Digest(Sha256::digest(&bytes).into()))
}

impl Table {
    pub(super) fn new() -> Self {
        Self {
            rows: Vec::new(),
            by_row: HashMap::new(),
            codes: Vec::new(),
            bytes: BASE_BYTES,
            last: None,
            verdicts: Verdicts::default(),
        }
    }

    /// An upper bound of the seal's bytes with what is in the table now.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds the decision on one statement.
    pub(super) fn push(&mut self, rulings: &[EventRuling]) {
        // Most statements are decided like the one before them: no row need be spelled out then.
        if let ([ruling], Some((last, code))) = (rulings, &self.last)
            && same_row(ruling, last)
        {
            let code = *code;
            self.bytes += push_run(&mut self.codes, code);
            return;
        }
        let row = self.statement_row(rulings);
        let code = self.code(row);
        self.last = if let [ruling] = rulings { Some((ruling.clone(), code)) } else { None };
        self.bytes += push_run(&mut self.codes, code);
    }

    fn statement_row(&mut self, rulings: &[EventRuling]) -> SealedDecision {
        let mut runs: Vec<(u32, SealedDecision)> = Vec::new();
        for alike in rulings.chunk_by(same_row) {
            let count = u32::try_from(alike.len()).unwrap_or(u32::MAX);
            runs.extend(alike.first().map(|ruling| (count, self.row_of(ruling))));
        }
        // Of equals the first speaks for all, as `Ruling::gravest` has it.
        let gravest = runs.iter().rev().max_by_key(|(_, row)| (row.outcome, row.decision));
        let Some(gravest) = gravest.map(|(_, row)| row.clone()) else { return allowed() };
        if runs.len() == 1 {
            return gravest;
        }
        let events: Vec<(u32, u32)> = runs.into_iter().map(|(count, row)| (count, self.code(row))).collect();
        SealedDecision { events, ..gravest }
    }

    fn code(&mut self, row: SealedDecision) -> u32 {
        if let Some(code) = self.by_row.get(&row) {
            return *code;
        }
        let code = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let rules: usize = row.rules.iter().map(|rule| rule.as_str().len() + 3).sum();
        self.bytes += ROW_BYTES + rules + row.events.len() * RUN_BYTES + row.verdicts.len() * VERDICT_BYTES;
        self.rows.push(row.clone());
        self.by_row.insert(row, code);
        code
    }

    fn row_of(&mut self, ruling: &EventRuling) -> SealedDecision {
        let before = self.verdicts.plugins.len();
        let verdicts = ruling.verdicts.iter().map(|said| self.verdicts.seal(said)).collect();
        self.bytes += (self.verdicts.plugins.len() - before) * PLUGIN_BYTES;
        let rules = sealed_rules(ruling);
        SealedDecision { decision: ruling.decision, outcome: ruling.outcome, rules, events: Vec::new(), verdicts }
    }

    /// What the seal takes.
    pub(super) fn into_sealed(self) -> Sealed {
        let Verdicts { plugins, findings } = self.verdicts;
        Sealed { table: self.rows, codes: self.codes, plugins, findings }
    }
}

/// An upper bound of the bytes that the decision on one statement adds to a seal.
pub(super) fn bytes_of(rulings: &[EventRuling]) -> usize {
    let row = |ruling: &EventRuling| {
        let rules = ruling.rules.iter().map(|rule| rule.len() + 3).sum::<usize>();
        ROW_BYTES + rules + ruling.verdicts.len() * (VERDICT_BYTES + PLUGIN_BYTES)
    };
    let alike = rulings.chunk_by(same_row).filter_map(|alike| alike.first());
    // One more row for the statement itself, and a run for each.
    let (count, bytes) = alike.fold((1, 0), |(count, bytes), ruling| (count + 1, bytes + row(ruling)));
    bytes + rulings.iter().map(row).max().unwrap_or_default() + count * RUN_BYTES
}

/// Lengthens the last run or begins a new one; gives the bytes that it may add.
fn push_run(runs: &mut Vec<(u32, u32)>, code: u32) -> usize {
    match runs.last_mut() {
        Some((count, last)) if *last == code => {
            *count += 1;
            0
        }
        _ => {
            runs.push((1, code));
            RUN_BYTES
        }
    }
}

/// The row of what the log itself records: nobody decides about it.
pub(super) fn allowed() -> SealedDecision {
    SealedDecision {
        decision: Decision::Allow,
        outcome: Outcome::Recorded,
        rules: Vec::new(),
        events: Vec::new(),
        verdicts: Vec::new(),
    }
}

/// Whether both make the same row.
fn same_row(one: &EventRuling, two: &EventRuling) -> bool {
    one.decision == two.decision && one.outcome == two.outcome && one.rules == two.rules && one.verdicts == two.verdicts
}

/// The ids of the rules as the log writes them.
pub(super) fn sealed_rules(ruling: &EventRuling) -> Vec<Text> {
    ruling.rules.iter().filter_map(|rule| rule.parse().ok()).collect()
}

/// The row of the statement at `position` in the covered range.
pub(super) fn row_at<'a>(
    table: &'a [SealedDecision],
    codes: &[(u32, u32)],
    position: u64,
) -> Option<&'a SealedDecision> {
    let mut before = 0_u64;
    let (_, row) = codes.iter().find(|(count, _)| {
        before += u64::from(*count);
        position < before
    })?;
    table.get(usize::try_from(*row).ok()?)
}

/// What a seal says about the entry at `index`, which it covers: one decision for each of its `events`. `None` when it
/// does not cover it, or decides another number of events.
#[must_use]
pub fn sealed_rulings(seal: &Seal, index: u64, events: usize) -> Option<Vec<SealedDecision>> {
    let position = index.checked_sub(seal.first).filter(|_| index < seal.size)?;
    let rulings = expand(&seal.table, row_at(&seal.table, &seal.codes, position)?, events);
    (rulings.len() == events).then_some(rulings)
}

/// One decision an event of a statement that has `events` of them.
pub(super) fn expand(table: &[SealedDecision], row: &SealedDecision, events: usize) -> Vec<SealedDecision> {
    if row.events.is_empty() {
        return vec![row.clone(); events];
    }
    let runs = row.events.iter().filter_map(|(count, code)| {
        let row = table.get(usize::try_from(*code).ok()?)?;
        Some(std::iter::repeat_n(row.clone(), usize::try_from(*count).ok()?.min(events)))
    });
    runs.flatten().take(events).collect()
}
