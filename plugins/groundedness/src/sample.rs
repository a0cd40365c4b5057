//! Recorded responses with their sources, in the form `sagwan.responses/1`.

use crate::{lexical::Sources, window::Counts};
use sagwan_common::{Value, json};

/// Bytes of responses and sources that are judged by their words: a call's fuel is enough for them.
const TEXT_MAX: usize = 131_072;

/// Judges a sample: by the verdicts that it has, else by words. `None` when it is none.
pub fn judge(bytes: &[u8], overlap: f64) -> Option<Counts> {
    let value = json::read(core::str::from_utf8(bytes).ok()?)?;
    if value.get("form")?.text() != Some("sagwan.responses/1") {
        return None;
    }
    let mut total = Counts::default();
    let mut text = 0;
    for response in value.get("responses")?.items() {
        text += size(response);
        if text > TEXT_MAX {
            break;
        }
        total.add(&one(response, overlap)?);
    }
    Some(total)
}

/// Bytes of a response and its sources.
fn size(response: &Value<'_>) -> usize {
    let sources = response.get("sources").map(Value::items).unwrap_or_default().iter();
    let texts = sources.chain(response.get("response")).filter_map(Value::text);
    texts.map(str::len).sum()
}

fn one(response: &Value<'_>, overlap: f64) -> Option<Counts> {
    let mut counts = Counts { responses: 1.0, ..Counts::default() };
    let sources: Vec<&str> =
        response.get("sources").map(Value::items).unwrap_or_default().iter().filter_map(Value::text).collect();
    let sources = Sources::read(&sources);
    let by_words = |claim: &str, counts: &mut Counts| {
        let supported = sources.support(claim, overlap);
        counts.claims += f64::from(u8::from(supported.is_some()));
        counts.lexical += f64::from(u8::from(supported.is_some()));
        counts.supported += f64::from(u8::from(supported == Some(true)));
    };
    match response.get("claims") {
        Some(claims) => {
            for claim in claims.items() {
                match claim.get("supported").and_then(Value::truth) {
                    Some(supported) => {
                        counts.claims += 1.0;
                        counts.supported += f64::from(u8::from(supported));
                    }
                    None => by_words(claim.get("text")?.text()?, &mut counts),
                }
            }
        }
        None => {
            crate::lexical::claims(response.get("response")?.text()?).for_each(|claim| by_words(claim, &mut counts))
        }
    }
    Some(counts)
}
