//! The thread, over commits that the tests make begin, end and fail.

use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use super::*;

type Outcome = Result<(), redb::Error>;

/// A writer whose commits the test sees begin, and ends itself.
struct Bench {
    writer: Writer,
    begun: mpsc::Receiver<Vec<Vec<u8>>>,
    outcomes: mpsc::Sender<Outcome>,
}

impl Bench {
    fn new() -> Self {
        let (report, begun) = mpsc::channel();
        let (outcomes, outcome) = mpsc::channel::<Outcome>();
        let writer = Writer::start(move |puts| {
            report.send(puts.iter().map(|put| put.key.clone()).collect()).unwrap();
            outcome.recv().unwrap()
        });
        Self { writer: writer.unwrap(), begun, outcomes }
    }

    /// A put that is at least in the queue.
    fn put<'a>(&'a self, key: &'a [u8]) -> Call<'a> {
        let mut put: Call<'a> = Box::pin(self.writer.put(key, Bytes::new()));
        assert!(poll(&mut put).is_pending());
        put
    }

    /// A put that is being committed.
    fn put_in_flight<'a>(&'a self, key: &'a [u8]) -> Call<'a> {
        let put = self.put(key);
        assert_eq!(self.begun(), [key]);
        put
    }

    fn settled(&self) -> Call<'_> {
        Box::pin(self.writer.settled())
    }

    fn begun(&self) -> Vec<Vec<u8>> {
        self.begun.recv_timeout(Duration::from_secs(10)).unwrap()
    }

    fn end(&self, outcome: Outcome) {
        self.outcomes.send(outcome).unwrap();
    }
}

type Call<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

fn poll(call: &mut Call<'_>) -> Poll<Result<(), Error>> {
    call.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

async fn finish(call: Call<'_>) -> Result<(), Error> {
    tokio::time::timeout(Duration::from_secs(10), call).await.expect("no answer in 10 s")
}

#[tokio::test]
async fn puts_that_wait_are_committed_together_and_in_order() {
    let bench = Bench::new();
    let first = bench.put_in_flight(b"first");
    let keys: Vec<[u8; 1]> = (0..100).map(|key| [key]).collect();
    let waiting: Vec<_> = keys.iter().map(|key| bench.put(key)).collect();

    bench.end(Ok(()));
    finish(first).await.unwrap();
    assert_eq!(bench.begun(), keys);
    bench.end(Ok(()));
    for put in waiting {
        finish(put).await.unwrap();
    }
}

#[tokio::test]
async fn a_put_is_answered_when_its_commit_has_ended() {
    let bench = Bench::new();
    let mut put = bench.put_in_flight(b"key");
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(poll(&mut put).is_pending());
    bench.end(Ok(()));
    finish(put).await.unwrap();
}

#[tokio::test]
async fn a_put_that_is_given_up_in_the_queue_is_never_committed() {
    let bench = Bench::new();
    let first = bench.put_in_flight(b"first");
    let given_up = bench.put(b"given up");
    let last = bench.put(b"last");
    drop(given_up);

    bench.end(Ok(()));
    finish(first).await.unwrap();
    assert_eq!(bench.begun(), [b"last"]);
    bench.end(Ok(()));
    finish(last).await.unwrap();
}

#[tokio::test]
async fn what_comes_after_a_put_was_given_up_in_flight_waits_for_the_end_of_its_batch() {
    let bench = Bench::new();
    let in_flight = bench.put_in_flight(b"key");
    // Nothing is given up yet: a get at the same time need not wait for the put.
    finish(bench.settled()).await.unwrap();

    drop(in_flight);
    let mut settled = bench.settled();
    assert!(poll(&mut settled).is_pending());
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(poll(&mut settled).is_pending());

    bench.end(Ok(()));
    finish(settled).await.unwrap();
    finish(bench.settled()).await.unwrap();
}

#[tokio::test]
async fn a_failed_commit_fails_its_puts_and_all_that_follows_with_the_cause() {
    let bench = Bench::new();
    let first = bench.put_in_flight(b"first");
    let second = bench.put(b"second");
    bench.end(Err(redb::Error::Io(io::Error::other("the disk is gone"))));

    let later: Call<'_> = Box::pin(bench.writer.put(b"later", Bytes::new()));
    for call in [first, second, later, bench.settled()] {
        let error: Box<dyn std::error::Error> = finish(call).await.unwrap_err().into();
        let chain = iter::successors(Some(&*error), |error| error.source());
        assert!(chain.last().unwrap().to_string().ends_with("the disk is gone"));
    }
}

#[tokio::test]
async fn a_panic_in_a_commit_is_an_error_for_every_caller() {
    let mut writer = Writer::start(|_| panic!("this panic belongs to the test")).unwrap();
    for call in [Box::pin(writer.put(b"key", Bytes::new())) as Call<'_>, Box::pin(writer.settled())] {
        assert!(finish(call).await.unwrap_err().is_backend());
    }
    writer.stop();
}

#[test]
fn a_future_that_is_not_polled_puts_nothing() {
    let bench = Bench::new();
    let put = bench.writer.put(b"key", Bytes::new());
    thread::sleep(Duration::from_millis(20));
    drop(put);
    let _other = bench.put_in_flight(b"other");
    bench.end(Ok(()));
}

struct LastHandle(Writer);

impl Drop for LastHandle {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// A task that is dropped, with everything that it holds, when it is woken.
struct Task(Mutex<Option<Pin<Box<dyn Future<Output = ()> + Send>>>>, mpsc::Sender<()>);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        drop(self.0.lock().unwrap().take());
        self.1.send(()).unwrap();
    }
}

#[test]
fn the_last_handle_may_go_on_the_thread_itself() {
    let (release, wait) = mpsc::channel();
    let handle = LastHandle(Writer::start(move |_| wait.recv().unwrap()).unwrap());
    let (ended, end) = mpsc::channel();
    let task = Arc::new(Task(Mutex::new(None), ended));
    let mut future = Box::pin(async move { handle.0.put(b"key", Bytes::new()).await.unwrap() });
    let waker = Waker::from(Arc::clone(&task));
    assert!(future.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    *task.0.lock().unwrap() = Some(future);

    release.send(Ok(())).unwrap();
    end.recv_timeout(Duration::from_secs(10)).unwrap();
}
