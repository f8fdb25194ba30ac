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

/// A call in the history. If this is dropped before the call has ended, it records why.
pub(super) struct CallRecord<'a> {
    history: &'a History,
    /// The index of the call in the history.
    index: usize,
    polls: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// The store makes the future of the call, or polls it. A record that is dropped in this state is dropped by a panic.
    Running,
    /// Nothing runs until the next poll.
    Waiting,
    /// The future is being dropped, which may panic, too.
    Dropping,
    Ended,
}

impl<'a> CallRecord<'a> {
    /// The record of a call that the store is about to begin.
    pub(super) fn new(history: &'a History, index: usize) -> Self {
        Self { history, index, polls: 0, state: State::Running }
    }
}

impl<'a> Started<'a> {
    pub(super) fn new(mut record: CallRecord<'a>, call: impl Future<Output = Outcome> + Send + 'a) -> Self {
        record.state = State::Waiting;
        Self { call: Box::pin(call), record }
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
        self.record.state = State::Running;
        let polled = self.call.as_mut().poll(context);
        self.record.state = State::Waiting;
        let outcome = ready!(polled);
        self.record.state = State::Ended;
        self.record.history.end(self.record.index, outcome.clone());
        Poll::Ready(Ended { operation: self.record.index, outcome })
    }
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        if self.record.state == State::Waiting && !std::thread::panicking() {
            self.record.state = State::Dropping;
            self.call = Box::pin(std::future::pending());
            self.record.state = State::Waiting;
        }
    }
}

impl Drop for CallRecord<'_> {
    fn drop(&mut self) {
        match self.state {
            State::Running => self.history.end_with_panic(self.index, false),
            State::Dropping => self.history.end_with_panic(self.index, true),
            State::Waiting if !std::thread::panicking() => {
                self.history.end(self.index, Outcome::Dropped { polls: self.polls });
            }
            // The panic is elsewhere, and takes this call with it.
            State::Waiting | State::Ended => {}
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

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Arc;

    use super::*;
    use crate::Options;
    use crate::conformance::history::Call;
    use crate::conformance::session::panics;

    /// How the calls end that `work` makes, on a thread that belongs to the case, if `work` panics.
    fn outcomes(work: impl FnOnce(&History) + Send + 'static) -> Vec<String> {
        let history = Arc::new(History::new());
        let on_thread = Arc::clone(&history);
        let worker = std::thread::spawn(move || {
            panics::watch(&on_thread);
            catch_unwind(AssertUnwindSafe(|| work(&on_thread))).expect_err("a panic");
        });
        worker.join().unwrap();
        let told = |outcome: Option<&Outcome>| match outcome {
            Some(Outcome::Panicked { message, in_drop }) => {
                let (message, _place) = message.split_once(" (at ").expect("a place");
                format!("{message}, {}", if *in_drop { "in its drop" } else { "before" })
            }
            outcome => format!("{outcome:?}"),
        };
        history.operations().iter().map(|operation| told(operation.outcome())).collect()
    }

    fn begin(history: &History) -> CallRecord<'_> {
        CallRecord::new(history, history.begin(1, Call::Get, "k".into(), Options::new().into()))
    }

    fn poll(call: &mut Started<'_>) {
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = Pin::new(call).poll(&mut context);
    }

    #[test]
    fn a_call_that_panics_when_it_is_polled_is_marked_and_no_other() {
        let outcomes = outcomes(|history| {
            let mut beside = Started::new(begin(history), std::future::pending());
            poll(&mut beside);
            poll(&mut Started::new(begin(history), async { panic!("no page") }));
        });
        assert_eq!(outcomes, ["None", "no page, before"]);
    }

    #[test]
    fn a_call_that_panics_before_its_first_poll_is_marked() {
        let outcomes = outcomes(|history| {
            let _begun = begin(history);
            panic!("no key");
        });
        assert_eq!(outcomes, ["no key, before"]);
    }

    #[test]
    fn a_call_that_panics_when_it_is_dropped_is_marked() {
        struct Guard;

        impl Drop for Guard {
            fn drop(&mut self) {
                panic!("no way back");
            }
        }

        let outcomes = outcomes(|history| {
            let guard = Guard;
            let call = async move {
                let _guard = guard;
                std::future::pending().await
            };
            poll(&mut Started::new(begin(history), call));
        });
        assert_eq!(outcomes, ["no way back, in its drop"]);
    }

    #[test]
    fn a_panic_that_the_store_catches_marks_no_call() {
        let outcomes = outcomes(|history| {
            let call = async {
                catch_unwind(|| panic!("no page")).expect_err("a panic");
                Outcome::Stored
            };
            poll(&mut Started::new(begin(history), call));
            panic!("so that the thread has panicked");
        });
        assert_eq!(outcomes, ["Some(Stored)"]);
    }
}
