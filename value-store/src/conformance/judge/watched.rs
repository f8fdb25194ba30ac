//! A session on a thread of its own, watched from another.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use super::runtime::{Body, run_here};
use super::watchdog::wait;
use crate::conformance::history::{History, Verdict};
use crate::conformance::session::{Seed, Session, panics};
use crate::conformance::subject::Subject;

/// What a session did.
pub(super) struct Ran {
    pub(super) history: Arc<History>,
    /// `None` if it had not ended in time.
    pub(super) verdict: Option<Verdict>,
    /// When it had ended, or when its time was over.
    pub(super) ended: Instant,
    /// The prefix of its keys.
    pub(super) prefix: Vec<u8>,
}

/// Makes calls again, for so long at most.
pub(super) fn again(
    subject: &'static Subject,
    name: &str,
    seed: Seed,
    time: Duration,
    body: impl for<'a> Fn(&'a Session) -> Body<'a> + Send + 'static,
) -> Ran {
    beside(subject, name, seed, time, Arc::new(History::of_a_replay()), body, |_| Instant::now())
}

/// Runs a session on a thread and a runtime of its own, and watches it from this thread. So this returns even if the store
/// blocks for ever. It then leaves the thread of the session behind, with everything that the thread holds.
pub(super) fn beside(
    subject: &'static Subject,
    name: &str,
    seed: Seed,
    time: Duration,
    history: Arc<History>,
    body: impl for<'a> Fn(&'a Session) -> Body<'a> + Send + 'static,
    mut canary: impl FnMut(Instant) -> Instant,
) -> Ran {
    let session = Arc::new(Session::new(subject, name, seed, Arc::clone(&history)));
    let (sender, receiver) = channel();
    let work = {
        let (session, history) = (Arc::clone(&session), Arc::clone(&history));
        move || {
            panics::watch(&history);
            let _ = sender.send(run_here(&session, &history, body(&session)));
        }
    };
    let begun = Instant::now();
    let spawned = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    spawned.unwrap_or_else(|error| panic!("the system gives no thread for a case: {error}"));
    let (mut verdict, mut ended) = (wait(&receiver, begun, time, &mut canary), Instant::now());
    let mut for_arrivals = Duration::ZERO;
    while verdict.is_none() && session.time_for_arrivals() > for_arrivals {
        let more = session.time_for_arrivals().saturating_sub(for_arrivals);
        for_arrivals += more;
        verdict = wait(&receiver, ended, more, &mut canary);
        ended = Instant::now();
    }
    // A case that hangs may go on, and its history with it: at the latest when the processes end that it waits for.
    let history = if verdict.is_some() { history } else { Arc::new(history.snapshot()) };
    session.end_victims();
    session.worlds().iter().for_each(|world| world.remove_dir());
    Ran { history, verdict, ended, prefix: session.prefix().as_bytes().to_vec() }
}
