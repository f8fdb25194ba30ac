//! A call of a store: before it is made, while it runs, and after it has ended.

use std::pin::Pin;
use std::task::{Poll, ready};

use bytes::Bytes;

use crate::conformance::history::{Expected, Failure, History, Outcome, Verdict};

/// A call to make, as data: unlike a future, it can be made several times.
#[derive(Clone, Copy)]
pub(crate) enum Request<'a> {
    /// A put to this key of this value.
    Put(&'a Bytes, &'a Bytes),
    /// A get of this key.
    Get(&'a Bytes),
}

/// A call that has begun: a future that records its outcome in the history, even if it is dropped.
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
    /// `index` is the index of the call in the history.
    pub(super) fn new(history: &'a History, index: usize, call: impl Future<Output = Outcome> + Send + 'a) -> Self {
        Self { call: Box::pin(call), record: CallRecord { history, index, polls: 0, ended: false } }
    }

    /// Polls the call up to `polls` times, each time when it wakes. Returns the ended call, or the call if it still runs.
    pub(crate) async fn polled(mut self, polls: usize) -> Result<Ended, Self> {
        let ended = std::future::poll_fn(|context| match Pin::new(&mut self).poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if self.record.polls >= polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        ended.await.ok_or(self)
    }

    /// Polls the call up to `polls` times, and drops it if it still runs.
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
    /// # Errors
    ///
    /// If the call had another outcome than expected.
    pub(crate) fn expect(&self, expected: Expected) -> Verdict {
        if expected.allows(&self.outcome) {
            Ok(())
        } else {
            Failure::Unexpected { operation: self.operation, expected }.into()
        }
    }

    /// The value, if the call is a get that returned one.
    pub(crate) fn value(&self) -> Option<Bytes> {
        match &self.outcome {
            Outcome::Found(found) => Some(found.val.clone()),
            _ => None,
        }
    }
}
