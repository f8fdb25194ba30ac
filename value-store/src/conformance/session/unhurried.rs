//! Calls that no timeout should end: those with a long one, and those without any.
//!
//! A store may have a timeout of its own for calls without one, and `Timeout` is right when that has passed. The suite does
//! not know how long it is. So a case first looks at what the store does in a stall when nothing else happens. If a call
//! waits that out, a shorter outage is no reason for a `Timeout`.

use std::time::Duration;

use bytes::Bytes;

use super::{Ended, Handle, Session};
use crate::conformance::history::{Expected, Outcome, Verdict};

/// Passes in no outage.
const HOUR: Duration = Duration::from_secs(3_600);

/// A handle that puts, and one that gets.
#[derive(Clone)]
pub(crate) struct Ends {
    pub(crate) put: Handle,
    pub(crate) get: Handle,
}

impl Ends {
    pub(crate) fn with_timeout(&self, timeout: Duration) -> Self {
        Self { put: self.put.with_timeout(timeout), get: self.get.with_timeout(timeout) }
    }
}

impl Session {
    /// How long an outage is in the cases about calls that are [unhurried](Self::unhurried). It is so much shorter than the
    /// stall there that a loaded machine does not turn the one into the other.
    pub(crate) fn short_outage(&self) -> Duration {
        self.noticeable() * 5 / 12
    }

    /// The two handles without a timeout, and with one of an hour: of these, those whose calls wait out a stall. The stall
    /// is longer than a [`short_outage`](Self::short_outage). The key has this value.
    pub(crate) async fn unhurried(&self, ends: &Ends, key: &Bytes, value: &Bytes) -> Verdict<Vec<Ends>> {
        let new = self.key("stall");
        let stall = self.stall();
        let heal = async {
            tokio::time::sleep(self.noticeable()).await;
            stall.heal();
        };
        let waits_it_out = async |ends: Ends| -> Verdict<Option<Ends>> {
            let (put, get) = tokio::join!(ends.put.start_put(&new, value), ends.get.start_get(key));
            put.expect(Expected::Stored.or_unavailable())?;
            get.expect(Expected::Value(value.clone()).or_unavailable())?;
            let has_failed = [put, get].iter().any(|ended| matches!(ended.outcome, Outcome::Failed(_)));
            Ok((!has_failed).then_some(ends))
        };
        let (long, none, ()) = tokio::join!(waits_it_out(ends.with_timeout(HOUR)), waits_it_out(ends.clone()), heal);
        Ok([none?, long?].into_iter().flatten().collect())
    }

    /// Expects this outcome of an [unhurried](Self::unhurried) call in a short outage. If a loaded machine has made a long
    /// one of it, the store may give the call up.
    pub(crate) fn expect_unhurried(&self, ended: &Ended, expected: Expected) -> Verdict {
        let took = self.history.operations()[ended.operation].elapsed();
        let is_long = took.is_none_or(|took| took >= self.noticeable());
        ended.expect(if is_long { expected.or_unavailable() } else { expected })
    }
}
