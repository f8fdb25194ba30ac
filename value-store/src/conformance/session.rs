//! What a case works through: worlds, handles onto stores, keys and values, all of it recorded.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::oneshot;

use crate::conformance::budget::Budget;
use crate::conformance::failure::{Expected, Failure, Verdict};
use crate::conformance::history::{Call, History, Outcome, Phase, Refusal};
use crate::conformance::records::{Issued, Record};
use crate::conformance::seed::Seed;
use crate::conformance::side_by_side::{Extent, Job, as_tasks, boxed, on_threads, share_out};
use crate::conformance::subject::{Settings, Subject};
use crate::conformance::{Context, panics, values};
use crate::{Error, GetValueResult, Options, ValueStore};

/// One run of one case.
pub(crate) struct Session {
    subject: &'static Subject,
    history: Arc<History>,
    worlds: Mutex<Vec<&'static Context>>,
    handles: AtomicUsize,
    random: Mutex<fastrand::Rng>,
    /// What the keys of this run and case begin with.
    prefix: Mutex<Arc<str>>,
    /// Where the network validates: what the keys and values of the case stand for.
    issued: Option<Arc<Issued>>,
    budget: Budget,
    pause: Mutex<Option<Pause>>,
}

/// Why a case yields to the runner, which ends the runtime with all that still runs on it before the case goes on.
#[derive(Clone, Copy)]
pub(crate) enum Pause {
    /// This world is to be opened again.
    Restart(&'static Context),
    /// This world is done with.
    End(&'static Context),
}

impl Session {
    pub(crate) fn new(subject: &'static Subject, path: &str, seed: Seed, history: Arc<History>) -> Self {
        let mut random = seed.generator(subject.module, path);
        let prefix = Mutex::new(fresh_prefix(&mut random));
        Self {
            subject,
            worlds: Mutex::new(vec![new_world()]),
            handles: AtomicUsize::new(0),
            random: Mutex::new(random),
            prefix,
            issued: subject.settings.records.map(|records| Arc::new(Issued::new(records))),
            budget: Budget::new(subject.settings.deadline / 10, Arc::clone(&history)),
            history,
            pause: Mutex::new(None),
        }
    }

    pub(crate) fn settings(&self) -> &'static Settings {
        &self.subject.settings
    }

    pub(crate) fn history(&self) -> &History {
        &self.history
    }

    /// The world of this case.
    pub(crate) fn world(&self) -> &'static Context {
        self.worlds()[0]
    }

    /// Another world, in which nothing ever happened.
    pub(crate) fn another_world(&self) -> &'static Context {
        let world = new_world();
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner).push(world);
        world
    }

    /// All worlds so far.
    pub(crate) fn worlds(&self) -> Vec<&'static Context> {
        self.worlds.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Opens a handle onto the world of this case.
    pub(crate) async fn open(&self) -> Verdict<Handle> {
        self.open_in(self.world()).await
    }

    pub(crate) async fn open_in(&self, world: &'static Context) -> Verdict<Handle> {
        self.history.enter(Phase::Opening);
        let opened = (self.subject.open)(world).await;
        self.history.enter(Phase::Calling);
        let store = opened.map_err(|error| Box::new(Failure::NotOpened { chain: error.0 }))?;
        let number = self.handles.fetch_add(1, Ordering::Relaxed) + 1;
        let (history, issued) = (Arc::clone(&self.history), self.issued.clone());
        let opened = Opened { number, world, store: Some(store), history, issued };
        Ok(Handle { opened: Arc::new(opened), options: Arc::default() })
    }

    /// Closes everything in the world of this handle but its directory, and opens it again. `last` is the only handle that
    /// is left, so that nothing of the store stays open. All that the store left running on the runtime is gone as well, as
    /// at the end of a process.
    pub(crate) async fn restart(&self, last: Handle) -> Verdict<Handle> {
        debug_assert_eq!(Arc::strong_count(&last.opened), 1, "a restart needs every handle closed");
        let world = last.opened.world;
        drop(last);
        self.pause(Pause::Restart(world)).await;
        self.reopen(world).await
    }

    /// Ends a world whose handles are all closed, its directory included.
    pub(crate) async fn end(&self, world: &'static Context) {
        self.pause(Pause::End(world)).await;
    }

    /// Ends a world whose handles are all closed, while others go on: where blocking is allowed, since what was shared may
    /// wait for threads of its own when it is dropped.
    pub(crate) async fn end_beside(&self, world: &'static Context) {
        let ended = tokio::task::spawn_blocking(|| world.end()).await;
        ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    }

    /// Forgets all calls so far, and begins anew: in a world in which nothing ever happened, with fresh keys.
    pub(crate) fn start_over(&self) -> &'static Context {
        self.history.forget();
        self.handles.store(0, Ordering::Relaxed);
        let prefix = self.random(fresh_prefix);
        *self.prefix.lock().unwrap_or_else(PoisonError::into_inner) = prefix;
        self.another_world()
    }

    /// Lets the runner, which sees this future yield, do what a pause is for. It goes on on another runtime.
    async fn pause(&self, pause: Pause) {
        *self.pause.lock().unwrap_or_else(PoisonError::into_inner) = Some(pause);
        tokio::task::yield_now().await;
    }

    /// Opens the store again, for a while if need be: what a store left behind on threads of its own would be gone with its
    /// process, and here needs a moment to let go of a file or an address: a sixth of the deadline, so that much is left of
    /// that. A pause counts for no more than its length, and no attempt for more than a fifth of all: on a loaded machine,
    /// where they take longer, the store's threads do too.
    async fn reopen(&self, world: &'static Context) -> Verdict<Handle> {
        const PAUSE: Duration = Duration::from_millis(20);
        let patience = self.settings().deadline / 6;
        let mut left = patience;
        loop {
            let begun = Instant::now();
            match self.open_in(world).await {
                Err(failure) if matches!(*failure, Failure::NotOpened { .. }) && !left.is_zero() => {
                    left = left.saturating_sub((begun.elapsed() + PAUSE).min(patience / 5));
                    std::thread::sleep(PAUSE);
                }
                opened => return opened,
            }
        }
    }

    /// What the case paused for since this was called last, if it did.
    pub(crate) fn paused(&self) -> Option<Pause> {
        self.pause.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A key of this run and case alone that ends in `tail`. The suite's own tails take 12 bytes at most, so that part of
    /// the prefix fits even where the limit is the smallest that the attribute takes.
    pub(crate) fn key(&self, tail: impl AsRef<[u8]>) -> Bytes {
        let (prefix, tail) = (self.prefix(), tail.as_ref());
        let room = self.max_key_len().saturating_sub(tail.len()).min(prefix.len());
        [&prefix.as_bytes()[prefix.len() - room..], tail].concat().into()
    }

    /// Like [`key`](Self::key), with what makes it fresh at its end.
    pub(crate) fn key_beginning(&self, head: &str) -> Bytes {
        let prefix = self.prefix();
        let room = self.max_key_len().saturating_sub(head.len()).min(prefix.len());
        [head.as_bytes(), &prefix.as_bytes()[..room]].concat().into()
    }

    fn prefix(&self) -> Arc<str> {
        Arc::clone(&self.prefix.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// A random value of letters and digits, so that only the cases that are about other bytes depend on them: `len` of
    /// them, or as many as the store's limit allows.
    pub(crate) fn value(&self, len: usize) -> Bytes {
        let len = len.min(self.max_value_len());
        self.random(|random| values::letters_and_digits(random, len)).into()
    }

    /// Random bytes, as many as for [`value`](Self::value).
    pub(crate) fn bytes(&self, len: usize) -> Bytes {
        let len = len.min(self.max_value_len());
        self.random(|random| values::bytes(random, len)).into()
    }

    pub(crate) fn random<T>(&self, draw: impl FnOnce(&mut fastrand::Rng) -> T) -> T {
        draw(&mut self.random.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The length of the longest key that a case may use. Where it is a name, that is so much shorter as what is made of it
    /// is longer, if that is of any length.
    pub(crate) fn max_key_len(&self) -> usize {
        let limit = self.settings().max_key_len.unwrap_or(usize::MAX);
        let added = self.settings().records.map_or(0, |records| records.key(b"").len());
        let is_fixed = self.settings().records.is_some_and(|records| records.key(&[b'n'; 64]).len() == added);
        if is_fixed { usize::MAX } else { limit.saturating_sub(added) }
    }

    /// The length of the longest value that a case may use, and that of the longest content where it is that of a record.
    pub(crate) fn max_value_len(&self) -> usize {
        let limit = self.settings().max_value_len.unwrap_or(usize::MAX);
        let added = self.settings().records.map_or(0, |records| records.value(&[b'n'; 64], u64::MAX, b"").len());
        limit.saturating_sub(added)
    }

    /// The records that this case has made, where it makes any.
    pub(crate) fn issued(&self) -> Option<&Issued> {
        self.issued.as_deref()
    }

    /// Whether a case that could go on for long should.
    pub(crate) fn has_time(&self) -> bool {
        self.budget.is_left()
    }

    pub(crate) fn budget(&self) -> Budget {
        self.budget.clone()
    }

    /// Does `work` with each item, ever more of them side by side, as far as there is time, and returns with how many.
    pub(crate) async fn for_each<T, F>(&self, items: &[T], work: impl Fn(T) -> F) -> Verdict<usize>
    where
        T: Clone,
        F: Future<Output = Verdict> + Send + 'static,
    {
        let (mut done, mut size) = (0, FIRST_SIDE_BY_SIDE);
        while done < items.len() && (done == 0 || self.has_time()) {
            let some = &items[done..items.len().min(done + size)];
            done += share_out(jobs(some, &work), SIDE_BY_SIDE, Extent::WhileThereIsTime, &self.budget).await?;
            size *= 2;
        }
        Ok(done)
    }

    /// Puts all entries, ever more of them side by side, as far as there is time, and returns how many it put.
    pub(crate) async fn put_all(&self, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict<usize> {
        let store = store.patient();
        let put = |(key, value)| {
            let store = store.clone();
            async move { store.put(&key, &value).await }
        };
        self.for_each(entries, put).await
    }

    /// Expects each key to have its value, many side by side.
    pub(crate) async fn expect_all(&self, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict {
        let store = store.patient();
        let expect = |(key, value)| {
            let store = store.clone();
            async move { store.expect(&key, &value).await }
        };
        share_out(jobs(entries, &expect), SIDE_BY_SIDE, Extent::All, &self.budget).await.map(drop)
    }

    /// Expects each key to be missing, many side by side, as far as there is time.
    pub(crate) async fn expect_none(&self, store: &Handle, keys: &[Bytes]) -> Verdict {
        let store = store.patient();
        let expect_missing = |key: Bytes| {
            let store = store.clone();
            async move { store.expect_missing(&key).await }
        };
        self.for_each(keys, expect_missing).await.map(drop)
    }

    /// Does `work` on so many threads at once, whatever the runtime, and returns what each of them did. Where the clock is
    /// paused, it is so many tasks on the one thread: the clock would jump ahead of calls that other threads make.
    pub(crate) async fn on_threads<T, W>(&self, count: usize, work: W) -> Verdict<Vec<T>>
    where
        T: Send + 'static,
        W: AsyncFn(usize) -> Verdict<T> + Send + Sync + 'static,
    {
        if self.settings().runtime.is_paused() {
            return as_tasks(count, boxed(work)).await;
        }
        on_threads(count, boxed(work), &self.history).await
    }
}

/// A timeout that never passes in a case, even one on a clock that is paused, where a call may take hours: a year. Tokio's
/// timers go to a little over two.
pub(crate) const GENEROUS: Duration = Duration::from_secs(365 * 86_400);

/// How long what a store left running on the runtime is waited for when that ends. What goes on for longer holds nothing up.
pub(crate) const LINGER: Duration = Duration::from_secs(1);

/// How many calls run at once where a case makes hundreds that need no order: enough to make a store that waits for a
/// disk or a network quick, few enough not to be a load test.
const SIDE_BY_SIDE: usize = 64;

/// How many run at once at first, so that a store too slow for more shows it early.
const FIRST_SIDE_BY_SIDE: usize = 4;

/// What `work` does with each item.
fn jobs<T, F>(items: &[T], work: impl Fn(T) -> F) -> impl Iterator<Item = Job>
where
    T: Clone,
    F: Future<Output = Verdict> + Send + 'static,
{
    items.iter().map(move |item| -> Job { Box::pin(work(item.clone())) })
}

fn fresh_prefix(random: &mut fastrand::Rng) -> Arc<str> {
    format!("{:016x}/", random.u64(..)).into()
}

/// A world is a few words that stay for as long as the process: a store may borrow from its context, and so may what the
/// store leaves running.
fn new_world() -> &'static Context {
    Box::leak(Box::default())
}

/// A handle onto a store, with the options that its calls are made with.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    opened: Arc<Opened>,
    options: Arc<Options>,
}

struct Opened {
    number: usize,
    world: &'static Context,
    /// Only ever `None` while this is being dropped.
    store: Option<Arc<dyn ValueStore>>,
    history: Arc<History>,
    issued: Option<Arc<Issued>>,
}

impl Handle {
    /// The same handle, with other options.
    pub(crate) fn with(&self, options: Options) -> Self {
        Self { opened: Arc::clone(&self.opened), options: Arc::new(options) }
    }

    /// The same handle, with a timeout and no other option.
    pub(crate) fn with_timeout(&self, timeout: Duration) -> Self {
        self.with(Options::new().with_timeout(timeout))
    }

    /// The same handle, for one of many calls at once: a store that does them one after the other may take longer for all
    /// of them than its own default allows for one.
    pub(crate) fn patient(&self) -> Self {
        let timeout = self.options.timeout().unwrap_or(GENEROUS);
        self.with(self.options().clone().with_timeout(timeout))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// Puts, and expects `Ok`.
    pub(crate) async fn put(&self, key: &Bytes, value: &Bytes) -> Verdict {
        self.start_put(key, value).await.expect(Expected::Stored)
    }

    /// Gets, and expects this value.
    pub(crate) async fn expect(&self, key: &Bytes, value: &Bytes) -> Verdict {
        self.start_get(key).await.expect(Expected::Value(value.clone()))
    }

    /// Gets, and expects one of these values.
    pub(crate) async fn expect_one_of(&self, key: &Bytes, values: &[&Bytes]) -> Verdict<Bytes> {
        let values = values.iter().copied().cloned().collect();
        let ended = self.start_get(key).await;
        ended.expect(Expected::OneOf(values))?;
        Ok(ended.value().unwrap_or_else(|| unreachable!("one of the values was found")))
    }

    /// Gets, and expects `NotFound`.
    pub(crate) async fn expect_missing(&self, key: &Bytes) -> Verdict {
        self.start_get(key).await.expect(Expected::Missing)
    }

    pub(crate) fn start_put<'a>(&'a self, key: &'a Bytes, value: &Bytes) -> Started<'a> {
        self.start_put_of(key, value, self.issue(key, value))
    }

    /// Makes the record for a put, where the network takes only those. That can take a while, and is none of the store's.
    pub(crate) fn issue(&self, key: &Bytes, value: &Bytes) -> Option<Record> {
        self.opened.issued.as_ref().map(|issued| issued.issue(key, value))
    }

    /// Puts, with the record that was [issued](Self::issue) for it.
    pub(crate) fn start_put_of<'a>(&'a self, key: &'a Bytes, value: &Bytes, record: Option<Record>) -> Started<'a> {
        let (Some(issued), Some(record)) = (&self.opened.issued, record) else {
            let index = self.begin(Call::Put(value.clone()), key);
            // It is called here and not at the first poll, so that what it does unasked can be told.
            let put = self.opened.store().put(key, value.clone(), &self.options);
            return self.started(index, async move { put_outcome(put.await) });
        };
        let index = self.begin(Call::Put(value.clone()), key);
        self.started(index, async move {
            let put = self.opened.store().put(&record.key, record.value.clone(), &self.options).await;
            match put_outcome(put) {
                Outcome::Failed(refusal) if refusal.kind.may_be_of_an_old_record() && !issued.is_newest(&record) => {
                    Outcome::Superseded(refusal)
                }
                outcome => outcome,
            }
        })
    }

    /// Puts this very record, whatever others there are.
    pub(crate) fn start_put_record<'a>(&'a self, record: &'a Record) -> Started<'a> {
        let index = self.begin(Call::Put(record.content.clone()), &record.name);
        let put = self.opened.store().put(&record.key, record.value.clone(), &self.options);
        self.started(index, async move { put_outcome(put.await) })
    }

    pub(crate) fn start_get<'a>(&'a self, key: &'a Bytes) -> Started<'a> {
        let index = self.begin(Call::Get, key);
        let Some(issued) = &self.opened.issued else {
            let get = self.opened.store().get(key, &self.options);
            return self.started(index, async move { get_outcome(get.await, Bytes::clone) });
        };
        self.started(index, async move {
            let get = self.opened.store().get(&issued.key(key), &self.options).await;
            get_outcome(get, |value| issued.content(key, value))
        })
    }

    fn started<'a>(&'a self, index: usize, call: impl Future<Output = Outcome> + Send + 'a) -> Started<'a> {
        let record = CallRecord { history: &self.opened.history, index, polls: 0, ended: false };
        Started { call: Box::pin(call), record }
    }

    /// Drops this handle on a thread that knows of no runtime.
    pub(crate) async fn drop_outside_a_runtime(self) {
        let (sender, end) = oneshot::channel();
        std::thread::spawn(move || {
            panics::watch(&Arc::clone(&self.opened.history));
            drop(self);
            let _ = sender.send(());
        });
        let _ = end.await;
    }

    fn begin(&self, call: Call, key: &Bytes) -> usize {
        self.opened.history.begin(self.opened.number, call, key.clone(), Arc::clone(&self.options))
    }
}

fn put_outcome(put: Result<(), Error>) -> Outcome {
    match put {
        Ok(()) => Outcome::Stored,
        Err(error) => Outcome::Failed(Refusal::from(&error)),
    }
}

/// The outcome of a get, with what its value stands for.
fn get_outcome(get: Result<GetValueResult, Error>, content: impl FnOnce(&Bytes) -> Bytes) -> Outcome {
    match get {
        Ok(found) => Outcome::Found(GetValueResult { from: found.from, val: content(&found.val) }),
        Err(error) => Outcome::Failed(Refusal::from(&error)),
    }
}

impl Opened {
    fn store(&self) -> &dyn ValueStore {
        self.store.as_deref().unwrap_or_else(|| unreachable!("the store goes only when this is dropped"))
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "handle {}", self.number)
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let before = self.history.phase();
        self.history.enter(Phase::Dropping);
        let store = self.store.take();
        // Let out from here while another panic unwinds, one would end the process.
        if let Err(message) = panics::catch(|| drop(store)) {
            self.history.drop_panicked(message);
        }
        self.history.enter(before);
    }
}

/// A call that has begun: a future that records how it ends, even if it is dropped.
pub(crate) struct Started<'a> {
    call: Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>,
    record: CallRecord<'a>,
}

struct CallRecord<'a> {
    history: &'a History,
    index: usize,
    polls: usize,
    ended: bool,
}

impl Started<'_> {
    /// Polls the call so many times, each time it asks for it, and returns how it ended, or the call if it goes on.
    pub(crate) async fn polled(mut self, polls: usize) -> Result<Ended, Self> {
        let ended = std::future::poll_fn(|context| match Pin::new(&mut self).poll(context) {
            Poll::Ready(ended) => Poll::Ready(Some(ended)),
            Poll::Pending if self.record.polls >= polls => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        });
        ended.await.ok_or(self)
    }

    /// Polls the call so many times, and drops it if it has not ended then.
    pub(crate) async fn drop_after(self, polls: usize) -> Option<Ended> {
        self.polled(polls).await.ok()
    }
}

impl Future for Started<'_> {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, context: &mut std::task::Context<'_>) -> Poll<Ended> {
        self.record.polls += 1;
        let outcome = ready!(self.call.as_mut().poll(context));
        self.record.ended = true;
        self.record.history.end(self.record.index, outcome.clone());
        Poll::Ready(Ended { operation: self.record.index, outcome })
    }
}

impl Drop for CallRecord<'_> {
    fn drop(&mut self) {
        if !self.ended && !std::thread::panicking() {
            self.history.end(self.index, Outcome::Dropped { polls: self.polls });
        }
    }
}

/// A call that has ended.
pub(crate) struct Ended {
    pub(crate) operation: usize,
    pub(crate) outcome: Outcome,
}

impl Ended {
    /// Whether the call ended as it may, and a failure if not.
    pub(crate) fn expect(&self, expected: Expected) -> Verdict {
        if expected.allows(&self.outcome) {
            Ok(())
        } else {
            Failure::Unexpected { operation: self.operation, expected }.into()
        }
    }

    /// The value that a get found.
    pub(crate) fn value(&self) -> Option<Bytes> {
        match &self.outcome {
            Outcome::Found(found) => Some(found.val.clone()),
            _ => None,
        }
    }
}
