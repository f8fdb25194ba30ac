//! What an operator sees of the calls of a store.

use std::fmt;
use std::time::{Duration, Instant};

use tracing::field::Empty;
use tracing::{Instrument as _, Span, debug, debug_span};

use crate::Error;

/// Does the work of a call in a span that names it, and tells how it ended.
///
/// If nobody listens, this costs one look at a number.
pub(super) async fn call<T>(
    store: &'static str,
    call: &'static str,
    key: &[u8],
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let span = debug_span!(target: "value_store", "call", store, call, key = %KeyHash(key), id = Empty);
    let mut end =
        (!span.is_disabled()).then(|| End { span: span.clone(), begun: Instant::now(), error: None, is_ok: false });
    let result = work.instrument(span).await;
    if let Some(end) = &mut end {
        end.is_ok = result.is_ok();
        end.error = result.as_ref().err().map(|error| (kind(error), with_sources(error)));
    }
    result
}

/// Gives the call that runs a number, by which what a store tells of it elsewhere can be found.
#[cfg(feature = "kad")]
pub(super) fn number(id: u64) {
    let span = Span::current();
    // With another filter it is a span of the user's.
    if span.metadata().is_some_and(|metadata| metadata.target() == "value_store" && metadata.name() == "call") {
        span.record("id", id);
    }
}

/// Tells how a call ended. One that never did was dropped.
struct End {
    span: Span,
    begun: Instant,
    is_ok: bool,
    error: Option<(&'static str, String)>,
}

impl Drop for End {
    fn drop(&mut self) {
        let took = Took(self.begun.elapsed());
        match &self.error {
            None => {
                let outcome = if self.is_ok { "ok" } else { "dropped" };
                debug!(target: "value_store", parent: &self.span, outcome, %took);
            }
            Some((outcome, error)) => {
                debug!(target: "value_store", parent: &self.span, outcome, %took, error);
            }
        }
    }
}

fn kind(error: &Error) -> &'static str {
    match error {
        Error::NotFound => "not found",
        Error::Timeout => "timeout",
        Error::InvalidKey(_) => "invalid key",
        Error::InvalidValue(_) => "invalid value",
        _ => "backend",
    }
}

fn with_sources(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

/// A short name of a key, which may be long, binary or secret: its 32-bit FNV-1a hash, in hexadecimal.
struct KeyHash<'a>(&'a [u8]);

impl fmt::Display for KeyHash<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const OFFSET: u32 = 0x811c_9dc5;
        const PRIME: u32 = 0x0100_0193;
        let hash = self.0.iter().fold(OFFSET, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(PRIME));
        write!(formatter, "{hash:08x}")
    }
}

struct Took(Duration);

impl fmt::Display for Took {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.3?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};
    use tracing::subscriber::with_default;
    use tracing::{Event, Metadata, Subscriber};

    use super::*;

    /// The published test values of the hash.
    #[test]
    fn a_key_is_named_by_its_fnv_1a_hash() {
        for (key, hash) in [("", "811c9dc5"), ("a", "e40c292c"), ("foobar", "bf9cf968")] {
            assert_eq!(KeyHash(key.as_bytes()).to_string(), hash);
        }
    }

    /// Notes all fields of spans and events, but for times.
    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<String>>>);

    impl Visit for Notes {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            if field.name() != "took" {
                self.0.lock().unwrap().push(format!("{field}={value:?}"));
            }
        }
    }

    impl Subscriber for Notes {
        fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            span.record(&mut self.clone());
            Id::from_u64(1)
        }

        fn record(&self, _span: &Id, values: &Record<'_>) {
            values.record(&mut self.clone());
        }

        fn record_follows_from(&self, _span: &Id, _follows: &Id) {}

        fn event(&self, event: &Event<'_>) {
            event.record(&mut self.clone());
        }

        fn enter(&self, _span: &Id) {}

        fn exit(&self, _span: &Id) {}
    }

    #[track_caller]
    fn check(work: impl Future<Output = Result<(), Error>>, polls: usize, told: &[&str]) {
        let notes = Notes::default();
        with_default(notes.clone(), || {
            let mut call = Box::pin(call("RedbStore", "put", b"foobar", work));
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            for _ in 0..polls {
                let _ = call.as_mut().poll(&mut context);
            }
        });
        let expected = [&["store=\"RedbStore\"", "call=\"put\"", "key=bf9cf968"], told].concat();
        assert_eq!(*notes.0.lock().unwrap(), expected);
    }

    #[test]
    fn a_call_tells_what_it_is_and_how_it_ended() {
        check(async { Ok(()) }, 1, &["outcome=\"ok\""]);
        check(async { Err(Error::Timeout) }, 1, &["outcome=\"timeout\"", "error=\"the call timed out\""]);
        let gone = || Error::backend(std::io::Error::other("the disk is gone"));
        let error = format!("error={:?}", with_sources(&gone()));
        assert!(error.contains("the disk is gone"), "{error}");
        check(async { Err(gone()) }, 1, &["outcome=\"backend\"", &error]);
        check(std::future::pending(), 1, &["outcome=\"dropped\""]);
    }
}
