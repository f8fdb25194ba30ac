//! One run of a case, and its result.

use std::sync::Arc;

use super::canary::Canary;
use super::example::{Search, smallest};
use super::hang::hung;
use super::watched::{Ran, beside};
use crate::conformance::history::{Failure, History};
use crate::conformance::session::Seed;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// The result of a run.
pub(crate) struct Run {
    pub(crate) seed: Seed,
    pub(crate) history: Arc<History>,
    pub(crate) failure: Option<Box<Failure>>,
    /// Why the failure, if there is one, is not held against the store.
    pub(crate) excuse: Option<String>,
    /// A smaller run that fails in the same way, if one was searched for.
    pub(crate) search: Option<Search>,
}

/// Runs a case, and searches for a smaller run if it fails. `spare` is called now and then while the case runs, if the machine
/// answers quickly.
pub(crate) fn run_case(subject: &'static Subject, case: &'static Case, seed: Seed, spare: &dyn Fn()) -> Run {
    let deadline = subject.settings.deadline;
    let mut canary = Canary::default();
    let Ran { history, verdict, ended, prefix } = beside(
        subject,
        case.path,
        seed,
        deadline,
        Arc::new(History::new()),
        move |session| match case.lacks() {
            Some(setting) => Box::pin(async move { Failure::Needs { setting }.into() }),
            None => (case.body)(session),
        },
        |due| {
            let done = canary.wake(due);
            if canary.is_at_leisure() {
                spare();
            }
            done
        },
    );
    let failure = verdict.unwrap_or_else(|| hung(&subject.settings, &canary, &history, ended).into()).err();
    // A call on a paused clock does not run out of time because of the machine.
    let judged = failure.as_ref().filter(|_| !subject.settings.runtime.is_paused());
    let excuse = judged.and_then(|failure| canary.excuse(failure, &history.operations()));
    let to_search = failure.as_deref().filter(|_| excuse.is_none());
    let search = to_search.and_then(|failure| smallest(subject, case.path, seed, failure, &history, &prefix));
    Run { seed, history, failure, excuse, search }
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
        let run = run_case(Box::leak(Box::new(subject)), Case::named("factory::starts_empty"), Seed(1), &|| ());
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
        let run = run_case(Box::leak(Box::new(subject)), case, Seed(1), &|| ());
        assert!(run.failure.is_none());
        let ended = ended.lock().unwrap();
        assert_eq!(ended.len(), 2);
        assert!(ended.iter().all(|file| !file.parent().unwrap().exists()));
    }
}
