//! `sagwan witness list`: what each witness cosigned last, as whoever asks last wrote it. Nothing is locked.

use super::{failure, settings};
use crate::{
    cli::{
        Context,
        failure::Done,
        table::{Table, Tone},
    },
    codec::note::NoteKey as _,
    event::Timestamp,
    storage::io::RealIo,
    witness::Store,
};
use serde::Serialize;

#[derive(Serialize)]
struct View<'a> {
    witness: &'a str,
    url: &'a str,
    vkey: String,
    required: bool,
    /// The size that it cosigned last; absent for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// When, by its clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<Timestamp>,
    /// What is wrong with it, and since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

pub(super) fn run(context: &Context) -> Done {
    let (settings, folder) = (settings(context)?, context.folder()?);
    let mut table = Table::new(&["witness", "key", "required", "cosigned", "at its time", "trouble", "url"]);
    for asked in &settings.asked {
        let vkey = asked.key.vkey().to_string();
        let kept = Store::new(&folder, &asked.name).load(&RealIo, &vkey).map_err(|error| failure(&error))?;
        let time =
            i64::try_from(kept.time).ok().filter(|time| *time > 0).map(|time| Timestamp(time.saturating_mul(1_000)));
        let trouble = kept.trouble.as_ref();
        let view = View {
            witness: &asked.name,
            url: &asked.url,
            vkey,
            required: asked.required,
            size: Some(kept.size).filter(|size| *size > 0),
            time,
            trouble: trouble.map(|(_, what)| what.as_str()),
            since: trouble.map(|(since, _)| *since),
        };
        if context.printer.json {
            context.printer.value(&view)?;
            continue;
        }
        table.toned([
            (view.witness.to_owned(), Tone::Plain),
            (asked.key.vkey().name().to_owned(), Tone::Quiet),
            (if view.required { "yes" } else { "" }.to_owned(), Tone::Plain),
            (view.size.map_or_else(String::new, |size| size.to_string()), Tone::Good),
            (view.time.map_or_else(|| "never".into(), |time| time.to_string()), Tone::Plain),
            (view.trouble.unwrap_or_default().to_owned(), Tone::Bad),
            (view.url.to_owned(), Tone::Quiet),
        ]);
    }
    if context.printer.json { Ok(()) } else { context.printer.table(&table) }
}
