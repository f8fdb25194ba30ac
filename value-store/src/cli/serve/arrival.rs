//! Bodies that have to arrive in time.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use http_body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A body that breaks off when its time is over, however steadily it comes.
pub(super) struct Arriving {
    body: Body,
    end: Pin<Box<Sleep>>,
    is_late: Arc<AtomicBool>,
}

/// Tells whether a body came too late.
pub(super) struct Lateness(Arc<AtomicBool>);

impl Arriving {
    pub(super) fn new(body: Body, time: Duration) -> (Self, Lateness) {
        let is_late = Arc::new(AtomicBool::new(false));
        (Self { body, end: Box::pin(sleep(time)), is_late: Arc::clone(&is_late) }, Lateness(is_late))
    }
}

impl Lateness {
    pub(super) fn is_late(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // First, so that a body that never pauses does not go on for ever.
        if self.end.as_mut().poll(context).is_ready() {
            self.is_late.store(true, Ordering::Relaxed);
            return Poll::Ready(Some(Err(axum::Error::new("the body did not arrive in time"))));
        }
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
