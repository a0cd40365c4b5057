//! Reading a body: bounded in size and time, and refused before a byte is read where its headers say enough.

use std::time::Duration;

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{HeaderMap, header},
};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use super::Problem;

/// Reads a whole body of at most `max` bytes within `time`.
///
/// # Errors
/// 413 above the limit, 408 beyond the time, 400 when the body breaks off.
pub async fn read(body: Body, max: usize, time: Duration) -> Result<Bytes, Problem> {
    if body.size_hint().lower() > max as u64 {
        return Err(Problem::body_too_large(max));
    }
    match timeout(time, Limited::new(body, max).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::body_too_large(max)),
        Ok(Err(_)) => Err(Problem::body_broken()),
        Err(_elapsed) => Err(Problem::body_timeout()),
    }
}

/// The media type of the body in lower case, without parameters; empty when there is none.
#[must_use]
pub fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// The first of `offered` that `Accept` allows with the highest weight; the first when there is no `Accept`.
///
/// # Errors
/// 406, naming what there is.
pub fn negotiate(headers: &HeaderMap, offered: &[&'static str], names: &'static str) -> Result<&'static str, Problem> {
    let mut best: Option<(&'static str, f32)> = None;
    let mut asked = false;
    for value in headers.get_all(header::ACCEPT) {
        for range in value.to_str().unwrap_or_default().split(',') {
            asked = true;
            let mut parts = range.split(';').map(str::trim);
            let wanted = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let found = offered.iter().find(|offer| matches(&wanted, offer));
            if let Some(found) = found.filter(|_| weight > best.map_or(0.0, |(_, weight)| weight)) {
                best = Some((found, weight));
            }
        }
    }
    let first = offered.first().copied().filter(|_| !asked);
    best.map(|(found, _)| found).or(first).ok_or_else(|| Problem::not_acceptable(names))
}

fn matches(wanted: &str, offer: &str) -> bool {
    let family = |text: &str| wanted.strip_suffix("/*").is_some_and(|family| text.split('/').next() == Some(family));
    wanted == "*/*" || wanted == offer || family(offer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use hyper::body::Frame;
    use std::{
        collections::VecDeque,
        pin::Pin,
        task::{Context, Poll},
    };

    fn headers(name: header::HeaderName, values: &[&'static str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_best_of_what_is_asked_for_is_given() {
        let offered = ["application/json", "application/cbor"];
        let given = |values: &[&'static str]| negotiate(&headers(header::ACCEPT, values), &offered, "both").ok();
        assert_eq!(given(&[]), Some("application/json"));
        assert_eq!(given(&["*/*"]), Some("application/json"));
        assert_eq!(given(&["application/*;q=0.5, application/cbor"]), Some("application/cbor"));
        assert_eq!(given(&["text/html", "APPLICATION/CBOR;q=0.1"]), Some("application/cbor"));
        assert_eq!(given(&["application/json;q=0"]), None);
        assert_eq!(given(&["text/html"]), None);
        assert_eq!(given(&[""]), None);
    }

    #[test]
    fn a_media_type_is_read_without_its_parameters() {
        let read = |value| media_type(&headers(header::CONTENT_TYPE, &[value]));
        assert_eq!(read("Application/JSON; charset=utf-8"), "application/json");
        assert_eq!(media_type(&HeaderMap::new()), "");
    }

    #[tokio::test]
    async fn a_body_is_bounded_in_size_and_time() {
        let time = Duration::from_secs(9);
        assert_eq!(read(Body::from("four"), 4, time).await.unwrap(), "four");
        assert_eq!(read(Body::from("fives"), 4, time).await.unwrap_err().status, 413);
        assert_eq!(read(chunks(vec![Ok("aaa"), Ok("bbb")]), 4, time).await.unwrap_err().status, 413);
        assert_eq!(read(chunks(vec![Ok("aa"), Ok("bb")]), 4, time).await.unwrap(), "aabb");
        assert_eq!(read(chunks(vec![Ok("a"), Err("cut")]), 4, time).await.unwrap_err().status, 400);
    }

    /// A body of unknown length, in pieces.
    struct Chunks(VecDeque<Result<&'static str, &'static str>>);

    fn chunks(chunks: Vec<Result<&'static str, &'static str>>) -> Body {
        Body::new(Chunks(chunks.into()))
    }

    impl HttpBody for Chunks {
        type Data = Bytes;
        type Error = &'static str;
        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
            Poll::Ready(self.0.pop_front().map(|chunk| chunk.map(|chunk| Frame::data(chunk.into()))))
        }
    }
}
