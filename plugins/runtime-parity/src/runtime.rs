//! What was captured of a runtime.

use sagwan_common::Value;
use sagwan_guest::{Host, body};
use std::collections::BTreeMap;

/// A capture.
#[derive(Default)]
pub struct Runtime {
    /// `runtime/…`
    pub subject: String,
    /// Where in the log it was captured.
    pub place: (u64, u32),
    /// The digest of the image.
    pub image: Option<String>,
    /// The digest of the lock file.
    pub lock_file: Option<String>,
    /// Libraries with their versions, by their names as PyPI normalises them.
    pub libraries: BTreeMap<String, String>,
    /// The language and its version.
    pub language: Option<String>,
    /// The operating system and its version.
    pub os: Option<String>,
    /// The machine.
    pub hardware: Option<Hardware>,
}

/// A machine.
#[derive(Default)]
pub struct Hardware {
    /// The processor.
    pub cpu: String,
    /// Main memory in bytes.
    pub memory: u64,
    /// Accelerators, in order of their names.
    pub accelerators: Vec<String>,
}

/// The newest capture of a runtime, at or before an index where one is given; else the first after it.
pub fn newest(subject: &str, index: Option<u64>, host: &dyn Host) -> Option<Runtime> {
    let kinds = ["runtime.captured"];
    let about = |from| host.backwards(subject, &kinds, from, 64).into_iter().find(|event| event.subject == subject);
    let event = about(index).or_else(|| index.and_then(|_| about(None)))?;
    let body = body(&event);
    let text = |name: &str| body.get(name).and_then(Value::text).map(ToOwned::to_owned);
    let libraries = body.get("libraries").map(Value::members).unwrap_or_default();
    let library =
        |(name, version): &(std::borrow::Cow<'_, str>, Value<'_>)| Some((plain(name), version.text()?.to_owned()));
    Some(Runtime {
        subject: event.subject.clone(),
        place: (event.index, event.position),
        image: body.get("image").and_then(Value::digest),
        lock_file: body.get("lock_file").and_then(|file| file.get("digest")).and_then(Value::digest),
        libraries: libraries.iter().filter_map(library).collect(),
        language: text("language"),
        os: text("os"),
        hardware: body.get("hardware").map(hardware),
    })
}

fn hardware(value: &Value<'_>) -> Hardware {
    let accelerators = value.get("accelerators").map(Value::items).unwrap_or_default();
    let mut accelerators: Vec<String> = accelerators.iter().filter_map(Value::text).map(ToOwned::to_owned).collect();
    accelerators.sort_unstable();
    Hardware {
        cpu: value.get("cpu").and_then(Value::text).unwrap_or_default().to_owned(),
        memory: value.get("memory_bytes").and_then(Value::count).unwrap_or_default(),
        accelerators,
    }
}

/// A library's name in lower case, with hyphens (the Python packaging guide, names and normalisation).
pub fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars() {
        let c = if matches!(c, '_' | '.') { '-' } else { c.to_ascii_lowercase() };
        if c != '-' || !plain.ends_with('-') {
            plain.push(c);
        }
    }
    plain
}
