//! What a plugin may call: the imports of the contract, function by function.
//!
//! Written out rather than generated, because each of them costs fuel: what the host does for a plugin is the plugin's
//! work, and a loop of questions must end as surely as any other.

use super::{
    answers::Question,
    bindings::{log, query::Refusal, types},
    call::{Call, Level, LogLine, Stop},
    error::{Cause, clip},
    state::{Overlay, check_key},
};
use crate::{
    codec::event::{body_from_cbor, value_from_cbor},
    event::{Digest, Kind, Subject, limits},
};
use sha2::Digest as _;
use std::sync::Arc;
use wasmtime::{Engine, Result, StoreContextMut, component::Linker};

/// Fuel of a call of the host, whatever it does: about the time that crossing the border takes.
const FUEL_PER_CALL: u64 = 1_000;
/// Fuel of a byte that the host reads, writes or converts.
const FUEL_PER_BYTE: u64 = 1;
/// Bytes of quota that a log line costs besides its text, so that empty ones end too.
const LOG_LINE_BYTES: usize = 16;

type Store<'a> = StoreContextMut<'a, Call>;

/// The linker of a world: `state` is a monitor's alone.
pub(super) fn linker(engine: &Engine, with_state: bool) -> Result<Linker<Call>> {
    let mut linker = Linker::new(engine);
    linker.instance("sagwan:plugin/types@1.0.0")?;
    add_log(&mut linker)?;
    add_query(&mut linker)?;
    add_json(&mut linker)?;
    if with_state {
        add_state(&mut linker)?;
    }
    Ok(linker)
}

/// Takes the fuel of a call of the host that handles so many bytes.
fn charge(store: &mut Store<'_>, bytes: usize) -> Result<()> {
    let cost = FUEL_PER_CALL + FUEL_PER_BYTE * bytes as u64;
    let left = store.get_fuel()?.checked_sub(cost);
    store.set_fuel(left.unwrap_or_default())?;
    if left.is_none() {
        return Err(Stop(Cause::Fuel { limit: store.data().limits().fuel }).into());
    }
    Ok(())
}

fn add_log(linker: &mut Linker<Call>) -> Result<()> {
    let mut log = linker.instance("sagwan:plugin/log@1.0.0")?;
    log.func_wrap("write", |mut store: Store<'_>, (level, message): (log::Level, String)| {
        charge(&mut store, message.len())?;
        let call = store.data_mut();
        match call.log_left.checked_sub(message.len() + LOG_LINE_BYTES) {
            Some(left) => {
                call.log_left = left;
                call.log.lines.push(LogLine { level: level.into(), message });
            }
            None => call.log.dropped += 1,
        }
        Ok(())
    })
}

impl From<log::Level> for Level {
    fn from(level: log::Level) -> Self {
        match level {
            log::Level::Debug => Self::Debug,
            log::Level::Info => Self::Info,
            log::Level::Warn => Self::Warn,
            log::Level::Error => Self::Error,
        }
    }
}

/// A question for events as it crosses: subject, kinds, newest first, start, limit.
type Asked = (String, Vec<String>, bool, Option<u64>, u32);

fn add_query(linker: &mut Linker<Call>) -> Result<()> {
    let mut query = linker.instance("sagwan:plugin/query@1.0.0")?;
    query.func_wrap("events-about", |mut store: Store<'_>, asked: Asked| Ok((events_about(&mut store, asked)?,)))?;
    query.func_wrap("blob", |mut store: Store<'_>, (digest,): (String,)| Ok((blob(&mut store, &digest)?,)))
}

fn events_about(store: &mut Store<'_>, asked: Asked) -> Result<Result<Vec<types::Event>, Refusal>> {
    let (subject, kinds, newest_first, start, limit) = asked;
    charge(store, subject.len() + kinds.iter().map(String::len).sum::<usize>())?;
    let limit = (limit as usize).min(limits::PLUGIN_ANSWER_EVENTS_MAX);
    let call = store.data_mut();
    let transcript = &mut call.transcript;
    transcript.begin("events");
    transcript.part(subject.as_bytes());
    transcript.part(kinds.join(" ").as_bytes());
    transcript.part(if newest_first { b"newest" } else { b"oldest" });
    transcript.part(start.map(|start| start.to_string()).unwrap_or_default().as_bytes());
    transcript.part(limit.to_string().as_bytes());
    let parsed = subject.parse::<Subject>().ok();
    let kinds: Option<Vec<Kind>> = kinds.iter().map(|kind| Kind::parse(kind).ok()).collect();
    let (Some(subject), Some(kinds)) = (parsed, kinds) else {
        transcript.part(b"malformed");
        call.answered(0)?;
        return Ok(Err(Refusal::Malformed));
    };
    // Counted before it is answered: a question beyond the budget must cost nothing.
    call.answered(0)?;
    let question = Question { subject, kinds, newest_first, start, limit };
    let events = if limit == 0 { Vec::new() } else { call.answers.events_about(&question).map_err(unavailable)? };
    if events.len() > limit {
        let what = format!("it answered {} events where {limit} were asked for", events.len());
        return Err(Stop(Cause::Host { what }).into());
    }
    let bytes: usize = events.iter().map(super::view::EventView::bytes).sum();
    call.transcript.part(&(events.len() as u64).to_be_bytes());
    for event in &events {
        event.write(&mut call.transcript);
    }
    call.answered(bytes)?;
    charge(store, bytes)?;
    Ok(Ok(events.into_iter().map(super::view::EventView::into_inner).collect()))
}

fn blob(store: &mut Store<'_>, digest: &str) -> Result<Result<Arc<[u8]>, Refusal>> {
    charge(store, digest.len())?;
    let call = store.data_mut();
    call.transcript.begin("blob");
    call.transcript.part(digest.as_bytes());
    call.answered(0)?;
    let Ok(parsed) = digest.parse::<Digest>() else {
        call.transcript.part(b"malformed");
        return Ok(Err(Refusal::Malformed));
    };
    let Some(bytes) = call.answers.blob(&parsed).map_err(unavailable)? else {
        call.transcript.part(b"");
        return Ok(Err(Refusal::Unknown));
    };
    // The transcript names the digest, so these must be its bytes, whoever answered.
    call.answered(bytes.len())?;
    if parsed.0 != <[u8; 32]>::from(sha2::Sha256::digest(&bytes)) {
        let what = format!("the blob {} is damaged: put it back from a copy", parsed.short());
        return Err(Stop(Cause::Host { what }).into());
    }
    call.transcript.part(&parsed.0);
    charge(store, bytes.len())?;
    Ok(Ok(bytes))
}

fn unavailable(error: super::Unavailable) -> Stop {
    Stop(Cause::Host { what: error.what })
}

fn add_json(linker: &mut Linker<Call>) -> Result<()> {
    let mut json = linker.instance("sagwan:plugin/json@1.0.0")?;
    json.func_wrap("from-body", |mut store: Store<'_>, (kind, body): (String, Vec<u8>)| {
        charge(&mut store, kind.len() + body.len())?;
        let text = Kind::parse(&kind).map_err(|error| error.to_string()).and_then(|kind| {
            let body = body_from_cbor(&kind, &body).map_err(|error| error.to_string())?;
            serde_json::to_string(&body).map_err(|error| error.to_string())
        });
        converted(&mut store, text)
    })?;
    json.func_wrap("from-value", |mut store: Store<'_>, (value,): (Vec<u8>,)| {
        charge(&mut store, value.len())?;
        let value = value_from_cbor(&value).map_err(|error| error.to_string());
        let text = value.and_then(|value| serde_json::to_string(&value).map_err(|error| error.to_string()));
        converted(&mut store, text)
    })
}

fn converted(store: &mut Store<'_>, text: Result<String, String>) -> Result<(Result<String, String>,)> {
    let text = text.map_err(|error| clip(&error));
    charge(store, text.as_ref().map_or(0, String::len))?;
    Ok((text,))
}

fn add_state(linker: &mut Linker<Call>) -> Result<()> {
    let mut state = linker.instance("sagwan:plugin/state@1.0.0")?;
    state.func_wrap("get", |mut store: Store<'_>, (key,): (String,)| {
        charge(&mut store, key.len())?;
        let value = overlay(&mut store, &key)?.get(&key);
        charge(&mut store, value.as_ref().map_or(0, |value| value.len()))?;
        Ok((value,))
    })?;
    state.func_wrap("set", |mut store: Store<'_>, (key, value): (String, Vec<u8>)| {
        charge(&mut store, key.len() + value.len())?;
        Ok(overlay(&mut store, &key)?.set(key, value).map_err(Stop)?)
    })?;
    state.func_wrap("delete", |mut store: Store<'_>, (key,): (String,)| {
        charge(&mut store, key.len())?;
        overlay(&mut store, &key)?.delete(key);
        Ok(())
    })?;
    state.func_wrap("keys", |mut store: Store<'_>, (prefix, after): (String, Option<String>)| {
        charge(&mut store, prefix.len())?;
        let keys = overlay(&mut store, "any")?.keys(&prefix, after.as_deref());
        charge(&mut store, keys.iter().map(String::len).sum())?;
        Ok((keys,))
    })
}

/// The state of the call, for a key that may be one. `describe` and `check-settings` have none: they judge nothing.
fn overlay<'s>(store: &'s mut Store<'_>, key: &str) -> Result<&'s mut Overlay, Stop> {
    check_key(key).map_err(Stop)?;
    let none = "it is read or written where nothing is observed; use it in `observe` and `tick` only";
    store.data_mut().state.as_mut().ok_or_else(|| Stop(Cause::State { what: none.to_owned() }))
}
