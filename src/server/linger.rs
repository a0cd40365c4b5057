//! What becomes of a body that nobody read to its end, because its request was refused before: it is taken off the wire
//! all the same. Over HTTP/2 dropping it resets the stream, over HTTP/1.1 closing on unread bytes resets the connection,
//! and either way the client may never see why it was refused.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Bytes, HttpBody},
    http::{HeaderMap, Version, header},
};
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use tokio::{
    runtime::Handle,
    sync::Semaphore,
    time::{Instant, timeout, timeout_at},
};

use super::config::ms;
use crate::event::limits::{HTTP_LINGER_BYTES_MAX, HTTP_LINGER_IDLE_MS, HTTP_LINGER_MS_MAX, HTTP_LINGERS_AT_ONCE};

const IDLE: Duration = ms(HTTP_LINGER_IDLE_MS);
const WHOLE: Duration = ms(HTTP_LINGER_MS_MAX);

/// The places for bodies that are taken off the wire for nothing; where all are taken, a body is dropped as it is.
#[derive(Clone)]
pub(super) struct Lingers(Arc<Semaphore>);

impl Lingers {
    /// All places free.
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(HTTP_LINGERS_AT_ONCE)))
    }

    /// Takes what is still to come of a body off the wire, in a task of its own: the answer does not wait for it.
    fn take(&self, body: impl HttpBody<Data = Bytes> + Send + Unpin + 'static) {
        let Ok(runtime) = Handle::try_current() else { return };
        let Ok(place) = Arc::clone(&self.0).try_acquire_owned() else { return };
        runtime.spawn(async move {
            let _ = timeout_at(Instant::now() + WHOLE, discard(body)).await;
            drop(place);
        });
    }
}

async fn discard(mut body: impl HttpBody<Data = Bytes> + Unpin) {
    let mut taken = 0;
    while let Ok(Some(Ok(frame))) = timeout(IDLE, body.frame()).await {
        taken += frame.data_ref().map_or(0, Bytes::len);
        if taken > HTTP_LINGER_BYTES_MAX {
            return;
        }
    }
}

/// A request's body that lingers when it is dropped before its end.
pub(super) struct Lingering<B: HttpBody<Data = Bytes> + Send + Unpin + 'static> {
    /// `None` once it is dropped, at its end, or broken.
    body: Option<B>,
    /// Whether the client waits to be asked for it (`Expect: 100-continue`). Asking for what is refused would be a lie.
    waits: bool,
    lingers: Lingers,
}

impl<B: HttpBody<Data = Bytes> + Send + Unpin + 'static> Lingering<B> {
    /// The body of a request of this version with these headers.
    pub fn new(body: B, version: Version, headers: &HeaderMap, lingers: &Lingers) -> Self {
        let waits = version < Version::HTTP_2 && headers.contains_key(header::EXPECT);
        Self { body: Some(body), waits, lingers: lingers.clone() }
    }
}

impl<B: HttpBody<Data = Bytes> + Send + Unpin + 'static> HttpBody for Lingering<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.waits = false;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), HttpBody::size_hint)
    }
}

impl<B: HttpBody<Data = Bytes> + Send + Unpin + 'static> Drop for Lingering<B> {
    fn drop(&mut self) {
        if let Some(body) = self.body.take()
            && !self.waits
            && !body.is_end_stream()
        {
            self.lingers.take(body);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Notify;

    /// A body of so many frames of a megabyte, which counts those that are taken and says when it is dropped.
    struct Frames {
        left: usize,
        taken: Arc<AtomicUsize>,
        dropped: Arc<Notify>,
    }

    impl HttpBody for Frames {
        type Data = Bytes;
        type Error = std::io::Error;
        fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
            if self.left == 0 {
                return Poll::Ready(None);
            }
            self.left -= 1;
            self.taken.fetch_add(1, Ordering::Relaxed);
            Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![0; 1 << 20])))))
        }
    }

    impl Drop for Frames {
        fn drop(&mut self) {
            self.dropped.notify_one();
        }
    }

    /// How many of 100 frames are taken of a body that is dropped after `read` of them were read.
    async fn taken(read: usize, headers: &HeaderMap, lingers: &Lingers) -> usize {
        let (taken, dropped) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
        let frames = Frames { left: 100, taken: Arc::clone(&taken), dropped: Arc::clone(&dropped) };
        let mut body = Lingering::new(frames, Version::HTTP_11, headers, lingers);
        for _ in 0..read {
            body.frame().await.unwrap().unwrap();
        }
        drop(body);
        dropped.notified().await;
        taken.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn what_was_not_read_is_taken_up_to_a_bound() {
        let (none, lingers) = (HeaderMap::new(), Lingers::new());
        let bound = (HTTP_LINGER_BYTES_MAX >> 20) + 1;
        assert_eq!(taken(0, &none, &lingers).await, bound);
        assert_eq!(taken(5, &none, &lingers).await, 5 + bound);
        assert_eq!(taken(100, &none, &lingers).await, 100);
    }

    #[tokio::test]
    async fn a_client_that_waits_to_be_asked_is_not_asked() {
        let expecting = HeaderMap::from_iter([(header::EXPECT, HeaderValue::from_static("100-continue"))]);
        assert_eq!(taken(0, &expecting, &Lingers::new()).await, 0);
        assert!(taken(1, &expecting, &Lingers::new()).await > 1, "it was asked, and sends");
    }

    #[tokio::test]
    async fn there_are_so_many_places() {
        let lingers = Lingers::new();
        let mut held = Vec::new();
        while let Ok(place) = Arc::clone(&lingers.0).try_acquire_owned() {
            held.push(place);
        }
        assert_eq!(held.len(), HTTP_LINGERS_AT_ONCE);
        assert_eq!(taken(0, &HeaderMap::new(), &lingers).await, 0);
    }
}
