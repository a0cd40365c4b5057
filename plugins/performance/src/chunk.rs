//! A chunk: what one event tells of predictions over some time.

use sagwan_common::{
    Value,
    profile::{Column, Profile},
};
use sagwan_guest::{Event, Host, Settings, body, profile_of, unversioned};
use std::collections::BTreeMap;

const HOUR: f64 = 3_600_000.0;
/// Figures of one chunk: so many of 64 chunks are remembered under one key.
const FIGURES_MAX: usize = 24;

/// A chunk.
pub struct Chunk {
    /// What names it among those of its series: the same chunk told twice counts once.
    pub name: String,
    /// What an alert about it is about: the model, or the dataset where no model is known.
    pub about: String,
    /// The model, where it is known.
    pub model: Option<String>,
    /// What was measured.
    pub figures: BTreeMap<String, f64>,
    /// The beginning of the time that it covers.
    pub from: Option<i64>,
    /// The end of that time.
    pub to: Option<i64>,
    /// Digests.
    pub evidence: Vec<String>,
}

/// The chunk that an event tells of; `None` where it tells of no predictions.
pub fn of(event: &Event, settings: &Settings<'_>, host: &dyn Host) -> Option<Chunk> {
    let mut chunk = match event.kind.as_str() {
        "data.profiled" => profiled(event, settings, host)?,
        "model.evaluated" => evaluated(event)?,
        _ => return None,
    };
    let ignored: Vec<&str> = settings.list("ignore").collect();
    let known = |name: &str| {
        crate::judge::volume(name).is_some()
            || settings.list("higher_is_better").chain(settings.list("lower_is_better")).any(|one| one == name)
            || settings.map("bounds").any(|(one, _)| one == name)
    };
    chunk.figures.retain(|name, value| {
        value.is_finite() && name.len() <= 200 && known(name) && !ignored.contains(&name.as_str())
    });
    while chunk.figures.len() > FIGURES_MAX {
        chunk.figures.pop_last();
    }
    (!chunk.figures.is_empty()).then_some(chunk)
}

fn profiled(event: &Event, settings: &Settings<'_>, host: &dyn Host) -> Option<Chunk> {
    let stored = profile_of(event, host)?;
    let profile = &stored.profile;
    let prediction = profile.columns.iter().find(|column| column.role.as_deref() == Some("prediction"));
    if prediction.is_none() && profile.judged.is_none() {
        return None;
    }
    let body = body(event);
    let time = |name: &str| if let Some(Value::Int(time)) = body.get(name) { Some(*time) } else { None };
    let (from, to) = (time("from"), time("to"));
    let mut figures = BTreeMap::new();
    let predictions = prediction.map_or(profile.rows, |column| column.present(profile.rows)) as f64;
    figures.insert("predictions".to_owned(), predictions);
    if let Some((from, to)) = from.zip(to).filter(|(from, to)| from < to) {
        figures.insert("predictions-per-hour".to_owned(), predictions * HOUR / to.saturating_sub(from) as f64);
    }
    figures.extend(prediction.and_then(|column| mean(column, profile)));
    let rows_least = settings.number("rows_least").unwrap_or_default();
    if let Some(judged) = profile.judged.as_ref().filter(|judged| judged.rows as f64 >= rows_least) {
        figures.extend(judged.metrics.clone());
    }
    let name = unversioned(&event.subject);
    let input = event.inputs.iter().map(|input| &input.subject).find(|subject| subject.starts_with("model/")).cloned();
    let set = || settings.map("models").find(|(of, _)| *of == name).and_then(|(_, model)| model.text()).map(Into::into);
    let model: Option<String> = input.or_else(set);
    let about = model.clone().unwrap_or_else(|| event.subject.clone());
    let period = from.zip(to).map(|(from, to)| format!("{from} {to}"));
    Some(Chunk {
        name: period.unwrap_or_else(|| event.subject.clone()),
        about,
        model,
        figures,
        from,
        to,
        evidence: vec![stored.digest],
    })
}

/// What is predicted on average: of classes the share of the positive one, of numbers their mean.
fn mean(column: &Column, profile: &Profile) -> Option<(String, f64)> {
    if let Some(number) = &column.number {
        return number.mean.map(|mean| ("prediction-mean".to_owned(), mean));
    }
    let positive = profile.judged.as_ref().and_then(|judged| judged.positive.clone());
    let positive = positive.or_else(|| (column.kind == "boolean").then(|| "true".to_owned()))?;
    let count = column.categories.iter().find(|(name, _)| *name == positive).map_or(0, |(_, count)| *count);
    let present = column.present(profile.rows);
    (present > 0).then(|| ("positive-share".to_owned(), count as f64 / present as f64))
}

fn evaluated(event: &Event) -> Option<Chunk> {
    let body = body(event);
    let metrics = body.get("metrics").map(Value::members).unwrap_or_default();
    let figures = metrics.iter().filter_map(|(name, value)| Some((name.clone().into_owned(), value.number()?)));
    // Evaluations are told apart by the data that they were on, or by where they stand.
    let data = event.inputs.iter().find(|input| input.subject.starts_with("dataset/"));
    Some(Chunk {
        name: data.map_or_else(|| format!("{}.{}", event.index, event.position), |data| data.subject.clone()),
        about: event.subject.clone(),
        model: Some(event.subject.clone()),
        figures: figures.collect(),
        from: None,
        to: None,
        evidence: data.and_then(|data| data.digest.clone()).into_iter().collect(),
    })
}
