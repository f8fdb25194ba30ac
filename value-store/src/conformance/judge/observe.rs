//! Runs what is no case, and holds nothing against the store.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::runtime::Body;
use super::watched::beside;
use crate::conformance::history::{History, Verdict};
use crate::conformance::session::{Seed, Session};
use crate::conformance::subject::Subject;

/// Runs this, and returns the calls that it made and how it ended: `None` if it had not within the limit.
pub(crate) fn observe(
    subject: &'static Subject,
    name: &str,
    seed: Seed,
    limit: Duration,
    body: impl for<'a> Fn(&'a Session) -> Body<'a> + Send + 'static,
) -> (Arc<History>, Option<Verdict>) {
    let history = Arc::new(History::of_a_replay());
    let ran = beside(subject, name, seed, limit, history, body, |_| Instant::now());
    (ran.history, ran.verdict)
}
