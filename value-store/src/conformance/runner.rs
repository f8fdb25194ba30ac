//! Runs one case against one subject, and always comes back.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::task::Poll;
use std::time::{Duration, Instant};

use crate::conformance::canary::Canary;
use crate::conformance::check::{CaseReport, Outcome};
use crate::conformance::failure::{Failure, Verdict};
use crate::conformance::history::{History, Phase};
use crate::conformance::panics;
use crate::conformance::report::Explanation;
use crate::conformance::seed::Seed;
use crate::conformance::session::{LINGER, Pause, Session};
use crate::conformance::subject::{Runtime, Subject};
use crate::conformance::suite::Case;

/// Runs the case of this name: the whole body of a generated test.
///
/// # Panics
///
/// With the report, when the case fails, or passes though it was expected to fail.
pub fn run(subject: &'static Subject, path: &'static str) {
    let judged = judge(subject, Case::named(path), Seed::of_this_process());
    match judged.outcome {
        Outcome::Failed { report } => fail(report),
        Outcome::FailedAsExpected { reason, report } => println!("failed as expected ({reason}):\n{report}"),
        Outcome::Passed | Outcome::Ignored { .. } => judged.notes.iter().for_each(|note| println!("{path}: {note}")),
    }
}

/// Fails the test that runs on this thread with the report alone: a panic would add a place in this file to it, and a
/// backtrace through the suite, neither of which says anything about the store.
fn fail(report: String) -> ! {
    eprintln!("{report}");
    std::panic::resume_unwind(Box::new(report))
}

/// Runs a case, and holds what came of it against what the author of the factory expects.
pub(crate) fn judge(subject: &'static Subject, case: &'static Case, seed: Seed) -> CaseReport {
    let begun = Instant::now();
    let run = run_case(subject, case, seed);
    let time = begun.elapsed();
    let expected = subject.settings.expect_failure.iter().find(|(name, _)| case.is_named(name));
    let explain = |failure: &Failure| Explanation::new(subject, case, &run, failure).with_timeline().to_string();
    run.excuse.iter().for_each(|excuse| run.history.note(excuse));
    let outcome = match (&run.failure, expected) {
        (None, None) => Outcome::Passed,
        _ if run.excuse.is_some() => Outcome::Passed,
        (Some(failure), None) => Outcome::Failed { report: explain(failure) },
        (Some(failure), Some((_, reason))) => {
            Outcome::FailedAsExpected { reason: (*reason).to_owned(), report: explain(failure) }
        }
        (None, Some((name, reason))) => Outcome::Failed { report: explain(&Failure::Passed { name, reason }) },
    };
    CaseReport { outcome, notes: run.history.notes(), time, ..CaseReport::of(case) }
}

/// What came of a case.
pub(crate) struct Run {
    pub(crate) seed: Seed,
    pub(crate) history: Arc<History>,
    pub(crate) failure: Option<Box<Failure>>,
    /// Why the failure, if there is one, is held against nobody.
    pub(crate) excuse: Option<String>,
}

/// What the wait for a case is made of: steps so short that the canary has a few turns in each second.
const LONGEST_STEP: Duration = Duration::from_millis(300);
const SHORTEST_STEP: Duration = Duration::from_millis(1);

/// Runs a case on a thread and a runtime of its own, and watches it from this thread, so that the case ends even if its
/// store blocks for ever. The thread of a case that does not end is left behind; whatever it holds stays held.
pub(crate) fn run_case(subject: &'static Subject, case: &'static Case, seed: Seed) -> Run {
    let history = Arc::new(History::new());
    let session = Arc::new(Session::new(subject, case.path, seed, Arc::clone(&history)));
    let (sender, receiver) = channel();
    let work = {
        let (session, history) = (Arc::clone(&session), Arc::clone(&history));
        move || {
            panics::watch(&history);
            let _ = sender.send(run_here(&session, &history, case));
        }
    };
    let begun = Instant::now();
    let spawned = std::thread::Builder::new().name(case.path.to_owned()).spawn(work);
    spawned.unwrap_or_else(|error| panic!("the system gives no thread for a case: {error}"));

    let (deadline, mut canary) = (subject.settings.deadline, Canary::default());
    let verdict = wait(&receiver, begun, deadline, |due| canary.wake(due));
    let failure = verdict.unwrap_or_else(|| Failure::Hung { deadline }.into()).err();
    session.worlds().iter().for_each(|world| world.remove_dir());
    // What waits on a clock that is paused does not wait for the machine.
    let judged = failure.as_ref().filter(|_| !subject.settings.runtime.is_paused());
    let excuse = judged.and_then(|failure| canary.excuse(failure, &history.operations()));
    Run { seed, history, failure, excuse }
}

/// Waits for so long as the machine gets things done. The wait is made of short ones, each of which counts for no more than
/// its length, and after each the canary wakes, which does not count: a machine that stops for a while, asleep or
/// overloaded, stops the deadline too. The canary is told when the wait was to end, and says when it has looked. The next
/// wait begins at that moment, the first when the case did, so that wherever the machine stops, a wait ends late.
fn wait(
    receiver: &Receiver<Verdict>,
    begun: Instant,
    deadline: Duration,
    mut canary: impl FnMut(Instant) -> Instant,
) -> Option<Verdict> {
    let step = (deadline / 100).clamp(SHORTEST_STEP, LONGEST_STEP);
    let (mut left, mut looked) = (deadline, begun);
    while !left.is_zero() {
        let due = looked + step.min(left);
        let waited = receiver.recv_timeout(due.saturating_duration_since(Instant::now()));
        looked = canary(due);
        match waited {
            Ok(verdict) => return Some(verdict),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => unreachable!("a case sends a verdict even when it panics"),
        }
        left = left.saturating_sub(step);
    }
    None
}

fn run_here(session: &Session, history: &Arc<History>, case: &Case) -> Verdict {
    let mut body = (case.body)(session);
    loop {
        let runtime = build(session.settings().runtime, history);
        let stopped = panics::catch(|| runtime.block_on(run_until_pause(body.as_mut(), session)));
        let pause = if let Ok(Stopped::For(pause)) = stopped { Some(pause) } else { None };
        let closed = panics::catch(|| close(session, history, runtime, pause));
        match (stopped, closed) {
            (Ok(Stopped::For(_)), Ok(())) => {}
            (Ok(Stopped::Ended(Ok(()))), Ok(())) => return no_panic_of_a_drop(history),
            (Ok(Stopped::Ended(verdict @ Err(_))), _) => return verdict,
            (Err(message), _) | (_, Err(message)) => return Failure::Panicked { message }.into(),
        }
    }
}

enum Stopped {
    Ended(Verdict),
    For(Pause),
}

async fn run_until_pause(mut body: Pin<&mut (dyn Future<Output = Verdict> + '_)>, session: &Session) -> Stopped {
    poll_fn(|context| match body.as_mut().poll(context) {
        Poll::Ready(verdict) => Poll::Ready(Stopped::Ended(verdict)),
        Poll::Pending => session.paused().map_or(Poll::Pending, |pause| Poll::Ready(Stopped::For(pause))),
    })
    .await
}

/// Drops what does not outlive the pause, or the case where there is none, and the runtime with everything that runs on it.
fn close(session: &Session, history: &History, runtime: tokio::runtime::Runtime, pause: Option<Pause>) {
    {
        let _context = runtime.enter();
        history.enter(Phase::Ending);
        match pause {
            Some(Pause::Restart(world)) => world.restart(),
            Some(Pause::End(world)) => world.end(),
            None => session.worlds().iter().for_each(|world| world.end()),
        }
    }
    runtime.shutdown_timeout(LINGER);
    if let Some(Pause::End(world)) = pause {
        world.remove_dir();
    }
}

/// A store is dropped in every case, so one whose drop panics fails each of them.
fn no_panic_of_a_drop(history: &History) -> Verdict {
    history.drop_panic().map_or(Ok(()), |message| Failure::Panicked { message }.into())
}

fn build(runtime: Runtime, history: &Arc<History>) -> tokio::runtime::Runtime {
    let mut builder = match runtime {
        Runtime::CurrentThread { start_paused } => {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.start_paused(start_paused);
            builder
        }
        Runtime::MultiThread { worker_threads } => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            worker_threads.map(|count| builder.worker_threads(count));
            builder
        }
    };
    let history = Arc::clone(history);
    let built = builder.enable_all().on_thread_start(move || panics::watch(&history)).build();
    built.unwrap_or_else(|error| panic!("the system gives no runtime for a case: {error}"))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Mutex;

    use super::*;
    use crate::conformance::subject::{Settings, into_store, opening};
    use crate::stores::MemoryStore;

    /// Holds a file that is in the directory of its world for as long as that lasts.
    struct Guard(PathBuf, Arc<Mutex<Vec<PathBuf>>>);

    impl Drop for Guard {
        fn drop(&mut self) {
            assert!(self.0.exists(), "the directory goes last");
            self.1.lock().unwrap().push(self.0.clone());
        }
    }

    /// A factory whose worlds keep a runtime, which cannot be dropped while another one runs on the thread.
    #[test]
    fn a_world_that_a_case_ends_may_keep_a_runtime() {
        let open = |context: &'static crate::Context| {
            context.keep(tokio::runtime::Runtime::new().unwrap());
            opening(async { into_store(MemoryStore::new()) })
        };
        let settings = Settings::DEFAULT;
        let subject =
            Subject { name: "server", module: "server", file: "", line: 0, open: Box::leak(Box::new(open)), settings };
        let run = run_case(Box::leak(Box::new(subject)), Case::named("factory::starts_empty"), Seed(1));
        assert!(run.failure.is_none(), "{:?}", run.failure);
    }

    #[test]
    fn what_the_canary_takes_is_not_the_cases_time() {
        let (sender, receiver) = channel();
        let (deadline, mut turns) = (Duration::from_millis(50), 0);
        let verdict = wait(&receiver, Instant::now(), deadline, |_| {
            turns += 1;
            if turns == 10 {
                std::thread::sleep(deadline);
                sender.send(Ok(())).unwrap();
            }
            Instant::now()
        });
        assert!(verdict.is_some_and(|verdict| verdict.is_ok()));
    }

    #[test]
    fn a_case_has_so_many_steps_as_fit_its_deadline() {
        let (_sender, receiver) = channel();
        for (deadline, steps) in [(50, 50), (10, 10), (300, 100)] {
            let mut turns = 0;
            let count = |_| {
                turns += 1;
                Instant::now()
            };
            assert!(wait(&receiver, Instant::now(), Duration::from_millis(deadline), count).is_none());
            assert_eq!(turns, steps);
        }
    }

    /// A thread may be kept from running anywhere, also between two waits.
    #[test]
    fn no_moment_between_two_waits_goes_unseen() {
        let (_sender, receiver) = channel();
        let mut looked = Instant::now();
        let verdict = wait(&receiver, looked, SHORTEST_STEP * 20, |due| {
            assert_eq!(due.duration_since(looked), SHORTEST_STEP);
            looked = Instant::now();
            looked
        });
        assert!(verdict.is_none());
    }

    #[test]
    fn nothing_is_left_of_any_world_of_a_case() {
        let ended = Arc::new(Mutex::new(Vec::new()));
        let guards = Arc::clone(&ended);
        let open = move |context: &'static crate::Context| {
            let file = context.dir().join("file");
            std::fs::write(&file, "content").unwrap();
            context.keep(Guard(file, Arc::clone(&guards)));
            opening(async { into_store(MemoryStore::new()) })
        };
        let (open, settings) = (Box::leak(Box::new(open)), Settings::DEFAULT);
        let subject = Subject { name: "tidy", module: "tidy", file: "", line: 0, open, settings };

        let case = Case::named("factory::worlds_are_independent");
        let run = run_case(Box::leak(Box::new(subject)), case, Seed(1));
        assert!(run.failure.is_none());
        let ended = ended.lock().unwrap();
        assert_eq!(ended.len(), 2);
        assert!(ended.iter().all(|file| !file.parent().unwrap().exists()));
    }
}
