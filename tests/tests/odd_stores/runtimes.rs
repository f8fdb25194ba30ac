//! Stores that do not run on the runtime of their caller, or that need one of a certain kind.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::task::{LocalSet, block_in_place, yield_now};
use tokio::time::sleep;
use value_store::calls::{blocking, within};
use value_store::stores::MemoryStore;
use value_store::{Context, Error, GetValueResult, PeerId, ValueStore, value_store_tests};

use crate::serve::{Answer, Request, memory, serve, serve_untimed};

/// Every call is made on the pool for blocking work. A dropped call goes on there, so this store is not settled.
#[value_store_tests(monotonic, linearizable)]
fn blocking_pool(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        let runtime = tokio::runtime::Handle::current();
        blocking(move || runtime.block_on(request.on(&*store))).await
    })
}

/// Every call blocks its thread with `block_in_place`, which only a runtime with several threads allows.
#[value_store_tests(settled, monotonic, linearizable, flavor = "multi_thread", worker_threads = 2)]
fn blocks_in_place(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        block_in_place(|| thread::sleep(Duration::from_micros(100)));
        request.on(&*store).await
    })
}

/// The same on a runtime with one worker thread.
#[value_store_tests(settled, monotonic, linearizable, flavor = "multi_thread", worker_threads = 1)]
fn blocks_the_only_worker(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        let task = tokio::spawn(async move {
            block_in_place(|| thread::sleep(Duration::from_micros(100)));
            request
        });
        task.await.map_err(Error::backend)?.on(&*store).await
    })
}

/// A runtime that can be dropped anywhere.
struct OwnRuntime(Option<tokio::runtime::Runtime>);

impl OwnRuntime {
    fn new() -> Self {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        Self(Some(builder.worker_threads(1).build().expect("a runtime")))
    }

    async fn run(&self, work: impl Future<Output = Answer> + Send + 'static) -> Answer {
        let runtime = self.0.as_ref().expect("it goes only when this is dropped");
        runtime.spawn(work).await.map_err(Error::backend)?
    }
}

impl Drop for OwnRuntime {
    fn drop(&mut self) {
        self.0.take().expect("it goes only here").shutdown_background();
    }
}

/// Every call is made on a runtime of the store's own. A dropped call goes on there, so this store is not settled.
#[value_store_tests(monotonic, linearizable)]
fn own_runtime(context: &Context) -> impl ValueStore {
    serve((Arc::new(memory(context)), OwnRuntime::new()), |state, request| async move {
        let store = Arc::clone(&state.0);
        let work = async move {
            yield_now().await;
            request.on(&*store).await
        };
        state.1.run(work).await
    })
}

/// A server on a runtime of its own, which the world shares. Dropping a runtime blocks until it has ended, so the world has to
/// be dropped where blocking is allowed.
#[value_store_tests(monotonic, linearizable)]
async fn server_with_a_runtime(context: &Context) -> impl ValueStore {
    let builder = || tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
    let server = context.share(async || builder().map(|runtime| (MemoryStore::new(), runtime))).await;
    let server = server.expect("a runtime");
    context.member(server.0.peer_id());
    serve((server.1.handle().clone(), server.0.clone()), |state, request| async move {
        let store = state.1.clone();
        state.0.spawn(async move { request.on(&store).await }).await.map_err(Error::backend)?
    })
}

/// All calls are made on one thread, which owns the values, in tasks of their own. A dropped call goes on, so this store is not
/// settled.
#[value_store_tests(monotonic, linearizable)]
fn one_thread_of_tasks(context: &Context) -> impl ValueStore {
    let from = PeerId::random();
    context.member(from);
    let (calls, mut queue) = tokio::sync::mpsc::unbounded_channel::<(Request, oneshot::Sender<Answer>)>();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let values = Rc::new(RefCell::new(HashMap::new()));
        LocalSet::new().block_on(&runtime, async move {
            while let Some((request, reply)) = queue.recv().await {
                let values = Rc::clone(&values);
                tokio::task::spawn_local(async move {
                    yield_now().await;
                    let answer = match request.value {
                        Some(value) => Ok(values.borrow_mut().insert(request.key, value)).map(|_| None),
                        None => values.borrow().get(&request.key).cloned().ok_or(Error::NotFound).map(Some),
                    };
                    let _ = reply.send(answer.map(|val| val.map(|val| GetValueResult { from, val })));
                });
            }
        });
    });
    serve(calls, |calls, request| async move {
        let (reply, answer) = oneshot::channel();
        calls.send((request, reply)).map_err(Error::backend)?;
        answer.await.map_err(Error::backend)?
    })
}

/// What a thread and a future share: the first of them leaves a value or a waker for the other.
enum Owed<T> {
    Nothing,
    Waker(Waker),
    Value(T),
}

/// A function that gives a value from any thread, and the future that waits for that value.
fn promise<T: Send>() -> (impl FnOnce(T) + Send, impl Future<Output = T> + Send) {
    let owed = Arc::new(Mutex::new(Owed::Nothing));
    let keep = {
        let owed = Arc::clone(&owed);
        move |value| {
            if let Owed::Waker(waker) = std::mem::replace(&mut *owed.lock().unwrap(), Owed::Value(value)) {
                waker.wake();
            }
        }
    };
    let kept = std::future::poll_fn(move |context| {
        let mut owed = owed.lock().unwrap();
        match std::mem::replace(&mut *owed, Owed::Waker(context.waker().clone())) {
            Owed::Value(value) => Poll::Ready(value),
            _ => Poll::Pending,
        }
    });
    (keep, kept)
}

/// A thread that does the work that it is sent, in order. It is joined when this is dropped.
struct Worker<T> {
    work: Option<mpsc::Sender<T>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl<T: Send + 'static> Worker<T> {
    fn new(mut work: impl FnMut(T) + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        let thread = thread::spawn(move || receiver.into_iter().for_each(&mut work));
        Self { work: Some(sender), thread: Some(thread) }
    }

    fn send(&self, work: T) {
        self.work.as_ref().expect("it goes only when this is dropped").send(work).expect("the thread goes on");
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        self.work = None;
        self.thread.take().expect("it is joined only here").join().expect("the thread ends well");
    }
}

/// A thread and a channel of the standard library, and no tokio at all. The thread makes all calls in order. If it comes to a
/// call too late, it answers `Timeout`.
#[value_store_tests(settled, monotonic, linearizable)]
fn threads_alone(context: &Context) -> impl ValueStore {
    type Call = (Instant, Request, Box<dyn FnOnce(Answer) + Send>);
    let from = PeerId::random();
    context.member(from);
    let mut values = HashMap::new();
    let worker = Worker::new(move |(begun, request, keep): Call| {
        let is_late = request.options.timeout().is_some_and(|timeout| begun.elapsed() >= timeout);
        keep(match request.value {
            _ if is_late => Err(Error::Timeout),
            Some(value) => Ok(values.insert(request.key, value)).map(|_| None),
            None => {
                let found = values.get(&request.key).cloned().ok_or(Error::NotFound);
                found.map(|val| Some(GetValueResult { from, val }))
            }
        });
    });
    serve_untimed(worker, |worker, request| async move {
        let (keep, kept) = promise();
        worker.send((Instant::now(), request, Box::new(keep)));
        kept.await
    })
}

/// A thread wakes the future of each call a millisecond after it began.
#[value_store_tests(settled, monotonic, linearizable, deadline = "10s")]
fn woken_by_a_thread(context: &Context) -> impl ValueStore {
    let timer = Worker::new(|(end, keep): (Instant, Box<dyn FnOnce(()) + Send>)| {
        thread::sleep(end.saturating_duration_since(Instant::now()));
        keep(());
    });
    serve((memory(context), timer), |state, request| async move {
        let (keep, kept) = promise();
        state.1.send((Instant::now() + Duration::from_millis(1), Box::new(keep)));
        kept.await;
        request.on(&state.0).await
    })
}

/// It needs no clock, and runs on a paused one.
#[value_store_tests(settled, monotonic, linearizable, start_paused = true)]
fn timeless(context: &Context) -> MemoryStore {
    memory(context)
}

/// It needs no clock, runs on a paused one, and yields before each call.
#[value_store_tests(settled, monotonic, linearizable, start_paused = true)]
fn timeless_and_yielding(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        tokio::task::yield_now().await;
        request.on(&*store).await
    })
}

/// Every call takes an hour of a paused clock.
#[value_store_tests(settled, monotonic, linearizable, start_paused = true)]
fn an_hour_a_call(context: &Context) -> impl ValueStore {
    serve(memory(context), |store, request| async move {
        sleep(Duration::from_secs(3_600)).await;
        request.on(&*store).await
    })
}

/// Every call sleeps for three times a minute of a paused clock. Without a timeout, a call has one of five minutes.
#[value_store_tests(settled, monotonic, linearizable, start_paused = true)]
fn three_minutes_of_five(context: &Context) -> impl ValueStore {
    serve_untimed(memory(context), |store, request| async move {
        let timeout = request.options.timeout().unwrap_or(Duration::from_secs(300));
        let call = async {
            for _ in 0..3 {
                sleep(Duration::from_secs(60)).await;
            }
            request.on(&*store).await
        };
        within(Some(timeout), call).await
    })
}
