use std::future::{pending, ready};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::runtime::{self, Runtime};
use tokio::task::JoinError;

use super::*;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Longer than a thread needs to begin with what it may begin with.
pub(super) const MOMENT: Duration = Duration::from_millis(50);

pub(super) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("not in 30 s")
}

/// A runtime that does one piece of blocking work at a time.
fn with_one_blocking_thread() -> Runtime {
    runtime::Builder::new_current_thread().enable_time().max_blocking_threads(1).build().unwrap()
}

/// Work that has begun when the second of these says so, and ends when the first is dropped.
pub(super) fn held_up()
-> (mpsc::Sender<()>, tokio::sync::oneshot::Receiver<()>, impl FnOnce() -> Result<(), Error> + Send) {
    let (release, wait) = mpsc::channel();
    let (began, has_begun) = tokio::sync::oneshot::channel();
    let work = move || {
        let _ = began.send(());
        let _ = wait.recv();
        Ok(())
    };
    (release, has_begun, work)
}

pub(super) fn is_panic(error: &Error) -> bool {
    let Error::Backend(error) = error else { return false };
    error.downcast_ref().is_some_and(JoinError::is_panic)
}

#[tokio::test]
async fn a_call_that_is_done_has_its_result_whatever_the_timeout() {
    for timeout in [None, Some(Duration::ZERO), Some(Duration::from_nanos(1)), Some(Duration::MAX)] {
        assert_eq!(within(timeout, ready(Ok(7))).await.unwrap(), 7);
        assert!(within::<()>(timeout, ready(Err(Error::NotFound))).await.unwrap_err().is_not_found());
    }
}

#[tokio::test]
async fn a_call_that_is_not_done_times_out_and_never_early() {
    for timeout in [Duration::ZERO, Duration::from_nanos(1), Duration::from_micros(1_500), Duration::from_millis(20)] {
        let begun = Instant::now();
        assert!(in_time(within::<()>(Some(timeout), pending())).await.unwrap_err().is_timeout());
        assert!(begun.elapsed() >= timeout, "{:?} of {timeout:?}", begun.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn the_time_counts_from_the_first_poll_and_a_long_one_is_long() {
    let later = within(Some(Duration::from_secs(60)), async {
        tokio::time::sleep(Duration::from_secs(59)).await;
        Ok(())
    });
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    later.await.unwrap();
    for timeout in [None, Some(Duration::MAX), Some(Duration::from_secs(365 * 86_400))] {
        let an_hour = async {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
            Ok(())
        };
        within(timeout, an_hour).await.unwrap();
    }
}

#[tokio::test]
async fn a_call_that_has_timed_out_is_dropped_before_that_is_said() {
    struct Noted<'a>(&'a AtomicBool);
    impl Drop for Noted<'_> {
        fn drop(&mut self) {
            self.0.store(true, SeqCst);
        }
    }
    let dropped = AtomicBool::new(false);
    let noted = Noted(&dropped);
    let call = async {
        let _noted = noted;
        pending().await
    };
    let ended: Result<(), Error> = within(Some(Duration::ZERO), call).await;
    assert!(dropped.load(SeqCst) && ended.is_err());
}

#[tokio::test]
async fn work_does_not_block_the_runtime_and_returns_what_it_found() {
    let (release, has_begun, work) = held_up();
    let (done, ()) = tokio::join!(in_time(blocking(|| work().map(|()| 7))), async {
        has_begun.await.unwrap();
        drop(release);
    });
    assert_eq!(done.unwrap(), 7);
    assert!(blocking::<()>(|| Err(Error::NotFound)).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn work_that_is_never_polled_never_begins() {
    let began = Arc::new(AtomicBool::new(false));
    let note = Arc::clone(&began);
    drop(blocking(move || {
        note.store(true, SeqCst);
        Ok(())
    }));
    tokio::time::sleep(MOMENT).await;
    assert!(!began.load(SeqCst));
}

#[tokio::test]
async fn work_that_has_begun_goes_on_when_its_call_is_given_up() {
    let (release, has_begun, work) = held_up();
    let (ended, has_ended) = tokio::sync::oneshot::channel();
    let work = blocking(move || {
        work()?;
        ended.send(()).map_err(|()| Error::backend("nobody waits"))
    });
    tokio::select! {
        _ = work => unreachable!("it is held up"),
        began = has_begun => began.unwrap(),
    }
    drop(release);
    in_time(has_ended).await.expect("it went on to its end");
}

#[test]
fn work_that_has_not_begun_never_does_when_its_call_is_given_up() {
    with_one_blocking_thread().block_on(async {
        let (release, has_begun, work) = held_up();
        let first = tokio::spawn(blocking(work));
        has_begun.await.unwrap();

        let began = Arc::new(AtomicBool::new(false));
        let note = Arc::clone(&began);
        let second = blocking(move || {
            note.store(true, SeqCst);
            Ok(())
        });
        assert!(within(Some(MOMENT / 10), second).await.unwrap_err().is_timeout());
        drop(release);
        first.await.unwrap().unwrap();
        // The one thread comes to this after it has passed over the second.
        in_time(blocking(|| Ok(()))).await.unwrap();
        assert!(!began.load(SeqCst));
    });
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_call() {
    let error = in_time(blocking::<()>(|| panic!("the engine is broken"))).await.unwrap_err();
    assert!(is_panic(&error), "{error:?}");
    let Error::Backend(source) = error else { unreachable!() };
    assert!(source.to_string().contains("the engine is broken"), "{source}");
}

#[test]
fn work_for_a_runtime_that_was_shut_down_is_an_error() {
    let runtime = with_one_blocking_thread();
    let handle = runtime.handle().clone();
    drop(runtime);
    let error = handle.block_on(blocking(|| Ok(()))).unwrap_err();
    assert!(error.is_backend() && !is_panic(&error), "{error:?}");
}
