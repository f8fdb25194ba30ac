//! A call of a store: before it is made, while it runs and when it has ended.

use std::pin::Pin;
use std::task::{Poll, ready};

use bytes::Bytes;

use crate::conformance::history::{Expected, Failure, History, Outcome, Verdict};

/// A call that can be made again and again.
#[derive(Clone, Copy)]
pub(crate) enum Timed<'a> {
    Put(&'a Bytes, &'a Bytes),
    Get(&'a Bytes),
}

/// A call that has begun: a future that records how it ends, even if it is dropped.
pub(crate) struct Started<'a> {
    call: Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>,
    record: CallRecord<'a>,
}

struct CallRecord<'a> {
    history: &'a History,
    index: usize,
    polls: usize,
    ended: bool,
}

impl<'a> Started<'a> {
    /// The call that has this index in the history.
    pub(super) fn new(history: &'a History, index: usize, call: impl Future<Output = Outcome> + Send + 'a) -> Self {
        Self { call: Box::pin(call), record: CallRecord { history, index, polls: 0, ended: false } }
    }

    /// Polls the call so many times, each time it asks for it, and returns how it ended, or the call if it goes on.
    pub(crate) async fn polled(mut self, polls: usize) -> Result<Ended, Self> {
        let ended = std::future::poll_fn(|context| match Pin::new(&mut self).poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if self.record.polls >= polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        ended.await.ok_or(self)
    }

    /// Polls the call so many times, and drops it if it has not ended then.
    pub(crate) async fn drop_after(self, polls: usize) -> Option<Ended> {
        self.polled(polls).await.ok()
    }
}

impl Future for Started<'_> {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<Ended> {
        self.record.polls += 1;
        let outcome = ready!(self.call.as_mut().poll(context));
        self.record.ended = true;
        self.record.history.end(self.record.index, outcome.clone());
        Poll::Ready(Ended { operation: self.record.index, outcome })
    }
}

impl Drop for CallRecord<'_> {
    fn drop(&mut self) {
        if !self.ended && !std::thread::panicking() {
            self.history.end(self.index, Outcome::Dropped { polls: self.polls });
        }
    }
}

/// A call that has ended.
pub(crate) struct Ended {
    pub(crate) operation: usize,
    pub(crate) outcome: Outcome,
}

impl Ended {
    /// Whether the call ended as it may, and a failure if not.
    pub(crate) fn expect(&self, expected: Expected) -> Verdict {
        if expected.allows(&self.outcome) {
            Ok(())
        } else {
            Failure::Unexpected { operation: self.operation, expected }.into()
        }
    }

    /// The value that a get found.
    pub(crate) fn value(&self) -> Option<Bytes> {
        match &self.outcome {
            Outcome::Found(found) => Some(found.val.clone()),
            _ => None,
        }
    }
}
