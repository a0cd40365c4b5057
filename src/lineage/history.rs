//! The whole story of a model or prompt: what it was made of, who judged it, where it served, what was found.

use super::{
    LineageError, Source,
    graph::{Bound, Graph},
    line::{Line, Role, lines_about},
    question::{Direction, Walk},
    reader::Reader,
    reproduce::{Recipe, recipe},
    serving::{Serving, serving, serving_among},
    walk::walk_with,
};
use crate::event::{Body, Digest, Event, EventKey, Kind, Subject, SubjectKind, limits};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The story, in chapters.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct History {
    /// All that it came from.
    pub origin: Graph,
    /// What the runs that lead to it were made of, by run.
    pub runs: BTreeMap<Subject, Recipe>,
    /// What happened, by chapter, each in log order.
    pub chapters: BTreeMap<String, Vec<Line>>,
    /// The policies under which that was decided, each with the first record of the story that it decided.
    pub policies: Vec<(Digest, u64)>,
    /// Where it serves.
    pub serving: Vec<Serving>,
    /// The indices of records that the reader may not read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<u64>,
    /// The bound that cut it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Bound>,
}

/// The chapter in which an event of a kind is told.
fn chapter(kind: &Kind) -> &'static str {
    match kind {
        Kind::DatasetRegistered | Kind::DatasetValidated | Kind::DatasetRetired | Kind::DataProfiled => "data",
        Kind::RunStarted | Kind::RunCompleted | Kind::RunFailed | Kind::RunAborted => "training",
        Kind::RuntimeCaptured => "environment",
        Kind::ModelRegistered | Kind::PromptRegistered => "registration",
        Kind::ModelEvaluated | Kind::PromptEvaluated | Kind::ResponseEvaluated => "evaluation",
        Kind::ModelApproved | Kind::PromptApproved => "approval",
        Kind::ModelPromoted
        | Kind::ModelDeployed
        | Kind::ModelRolledBack
        | Kind::ModelRetired
        | Kind::PromptPromoted
        | Kind::PromptDeployed
        | Kind::PromptRolledBack => "deployment",
        Kind::Denial => "refusals",
        kind if matches!(kind.group(), "monitoring") => "monitoring",
        kind if matches!(kind.group(), "access") => "access",
        kind if matches!(kind.group(), "lifecycle" | "privacy") => "governance",
        _ => "other",
    }
}

/// The chapters in the order in which they are read.
pub const CHAPTERS: [&str; 12] = [
    "data",
    "environment",
    "training",
    "registration",
    "evaluation",
    "approval",
    "deployment",
    "monitoring",
    "access",
    "governance",
    "refusals",
    "other",
];

pub(super) fn history<S: Source>(source: &mut S, end: u64, model: &Subject) -> Result<History, LineageError> {
    let mut reader = Reader::new(source, end);
    let walk = Walk { depth: limits::LINEAGE_DEPTH_DEFAULT, ..Walk::new(model.clone(), Direction::Upstream) };
    let origin = walk_with(&mut reader, &walk)?;
    let mut runs = BTreeMap::new();
    for run in origin.nodes.iter().map(|node| &node.subject).filter(|subject| subject.kind() == SubjectKind::Run) {
        runs.insert(run.clone(), recipe(&mut reader, run)?);
    }
    let mut lines: BTreeMap<(u64, usize), Line> = BTreeMap::new();
    let mut add = |line: Line| {
        lines.entry((line.index, line.position)).or_insert(line);
    };
    let mut found = BTreeSet::new();
    // Of what it was made of, what is about that itself, and what was found in it: who else used it is another story.
    let made_of = origin.nodes.iter().map(|node| node.subject.clone()).filter(|subject| subject != model);
    let runtimes = runs.values().filter_map(|recipe| recipe.runtime.clone());
    for subject in made_of.chain(runtimes).collect::<BTreeSet<_>>() {
        let records = reader.about(&subject)?;
        let lines = records.iter().flat_map(|record| lines_about(record, &subject));
        for line in lines.filter(|line| line.mentioned_as.is_none() || is_finding(line)) {
            found.extend(is_finding(&line).then(|| line.subject.clone()));
            add(line);
        }
    }
    found.extend(its_own(&mut reader, model)?);
    for subject in found {
        let records = reader.about(&subject)?;
        records.iter().flat_map(|record| lines_about(record, &subject)).for_each(&mut add);
    }
    let all = serving(&mut reader, None)?;
    for line in rolled_back_to(&mut reader, model)? {
        add(line);
    }
    Ok(History {
        origin,
        runs,
        serving: serving_among(&all, model).cloned().collect(),
        withheld: reader.withheld.iter().copied().collect(),
        cut: reader.cut(),
        ..told(lines.into_values())
    })
}

/// What happened, in log order, by chapter; and the policies that decided it, each with its first record.
pub(super) fn told(lines: impl Iterator<Item = Line>) -> History {
    let mut history = History::default();
    for line in lines {
        if !history.policies.iter().any(|(digest, _)| *digest == line.policy) {
            history.policies.push((line.policy, line.index));
        }
        history.chapters.entry(chapter(&line.kind).to_owned()).or_default().push(line);
    }
    history
}

/// Whether an event says that something is wrong with what it mentions.
fn is_finding(line: &Line) -> bool {
    matches!(line.kind, Kind::AlertRaised | Kind::AlertResolved | Kind::IncidentReported)
}

/// The roll-backs by which a version serves again, which name it in their body alone. Their lists are read for what serves.
fn rolled_back_to<S: Source>(reader: &mut Reader<'_, S>, model: &Subject) -> Result<Vec<Line>, LineageError> {
    let kind = match model.kind() {
        SubjectKind::Prompt => Kind::PromptRolledBack,
        _ => Kind::ModelRolledBack,
    };
    let is_to = |event: &Event| match &event.body {
        Body::ModelRolledBack(body) => body.to == *model,
        Body::PromptRolledBack(body) => body.to == *model,
        _ => false,
    };
    let mut lines = Vec::new();
    for record in reader.under(&EventKey::Kind(kind))? {
        let events = record.events.iter().enumerate().filter(|(_, event)| is_to(event));
        let line =
            |(position, event)| Line { mentioned_as: Some(Role::Named), ..Line::of(record, position, event, None) };
        lines.extend(events.map(line));
    }
    Ok(lines)
}

/// The model, its deployments, and the alerts and incidents about either.
fn its_own<S: Source>(reader: &mut Reader<'_, S>, model: &Subject) -> Result<BTreeSet<Subject>, LineageError> {
    let walk = |subject: &Subject| Walk { depth: 2, ..Walk::new(subject.clone(), Direction::Downstream) };
    let graph = walk_with(reader, &walk(model))?;
    let kinds = [SubjectKind::Deployment, SubjectKind::Alert, SubjectKind::Incident];
    let own = graph.nodes.into_iter().map(|node| node.subject).filter(|subject| kinds.contains(&subject.kind()));
    Ok(own.chain([model.clone()]).collect())
}
