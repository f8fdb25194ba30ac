//! One run of a case, and its result.

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Instant;

use super::canary::Canary;
use super::hang::hung;
use super::runtime::run_here;
use super::watchdog::wait;
use crate::conformance::history::{Failure, History};
use crate::conformance::session::{Seed, Session, panics};
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// The result of a run.
pub(crate) struct Run {
    pub(crate) seed: Seed,
    pub(crate) history: Arc<History>,
    pub(crate) failure: Option<Box<Failure>>,
    /// Why the failure, if there is one, is not held against the store.
    pub(crate) excuse: Option<String>,
}

/// Runs a case on a thread and a runtime of its own, and watches it from this thread. So this returns even if the store
/// blocks for ever. It then leaves the thread of the case behind, with everything that the thread holds.
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
    let history = if verdict.is_some() { history } else { Arc::new(history.snapshot()) };
    let failure = verdict.unwrap_or_else(|| hung(&subject.settings, &canary, &history, Instant::now()).into()).err();
    session.worlds().iter().for_each(|world| world.remove_dir());
    // A call on a paused clock does not run out of time because of the machine.
    let judged = failure.as_ref().filter(|_| !subject.settings.runtime.is_paused());
    let excuse = judged.and_then(|failure| canary.excuse(failure, &history.operations()));
    Run { seed, history, failure, excuse }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Mutex;

    use super::*;
    use crate::conformance::subject::{Settings, into_store, opening};
    use crate::stores::MemoryStore;

    /// Checks, when its world ends, that the directory with this file is still there.
    struct Guard(PathBuf, Arc<Mutex<Vec<PathBuf>>>);

    impl Drop for Guard {
        fn drop(&mut self) {
            assert!(self.0.exists(), "the directory goes last");
            self.1.lock().unwrap().push(self.0.clone());
        }
    }

    /// A runtime cannot be dropped while another one runs on the thread.
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
