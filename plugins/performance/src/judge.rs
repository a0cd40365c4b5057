//! Whether a chunk's figures are as they should be: within fixed bounds, or within some deviations of the reference's
//! mean, as NannyML has it.

use crate::{chunk::Chunk, series::Series};
use sagwan_common::Value;
use sagwan_guest::{Settings, short};

/// Differences below this share are those of arithmetic.
const NOTHING: f64 = 1e-9;

/// What it means that a figure is off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// The model does worse.
    Worse,
    /// It does better than it can be believed to.
    Better,
    /// There are more or fewer predictions, or other ones, than usual.
    Unusual,
}

/// A figure that is off.
#[derive(Debug)]
pub struct Off {
    /// The figure.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// The bound that it is beyond.
    pub threshold: f64,
    /// What that means.
    pub side: Side,
    /// The alert's code.
    pub code: &'static str,
    /// Where the bound is from.
    pub why: String,
}

/// The figures of a chunk that are off, in the order of their names.
pub fn judge(chunk: &Chunk, series: &Series, settings: &Settings<'_>) -> Vec<Off> {
    let sigmas = settings.number("sigmas").unwrap_or(3.0);
    let wanted = settings.number("reference_chunks").unwrap_or(10.0);
    chunk.figures.iter().filter_map(|(name, value)| figure(name, *value, series, settings, (sigmas, wanted))).collect()
}

fn figure(name: &str, value: f64, series: &Series, settings: &Settings<'_>, rule: (f64, f64)) -> Option<Off> {
    let (sigmas, wanted) = rule;
    let fixed = settings.map("bounds").find(|(of, _)| *of == name).map(|(_, bounds)| bounds);
    let higher = settings.list("higher_is_better").any(|one| one == name);
    let lower = settings.list("lower_is_better").any(|one| one == name);
    let volume = volume(name);
    let (least, greatest, why) = match fixed {
        Some(bounds) => {
            let bound = |which: &str| bounds.get(which).and_then(Value::number);
            (bound("least"), bound("greatest"), "a fixed bound".to_owned())
        }
        None => {
            let (mean, deviation) = series.reference(name, wanted)?;
            let width = sigmas * deviation + NOTHING * mean.abs();
            let why = format!("the reference's mean is {}, its deviation {}", short(mean), short(deviation));
            (Some(mean - width), Some(mean + width), why)
        }
    };
    let below = least.filter(|least| value < *least);
    let (threshold, is_below) = match (below, greatest.filter(|greatest| value > *greatest)) {
        (Some(least), _) => (least, true),
        (None, Some(greatest)) => (greatest, false),
        (None, None) => return None,
    };
    let (side, code) = match volume {
        Some(code) => (Side::Unusual, code),
        None if (higher && !is_below) || (lower && is_below) => (Side::Better, "performance.improved"),
        None => (Side::Worse, "performance.degraded"),
    };
    Some(Off { name: name.to_owned(), value, threshold, side, code, why })
}

/// The code of an alert about a figure of how much is predicted.
pub fn volume(name: &str) -> Option<&'static str> {
    match name {
        "predictions" => Some("prediction.volume"),
        "predictions-per-hour" => Some("prediction.rate"),
        "positive-share" | "prediction-mean" => Some("prediction.level"),
        _ => None,
    }
}
