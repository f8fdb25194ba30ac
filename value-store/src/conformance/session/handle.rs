//! A handle onto a store. It makes calls and records each of them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::oneshot;

use super::call::{CallRecord, Ended, Request, Started};
use super::panics;
use crate::conformance::history::{Call, Happening, History, Outcome, Phase, Refusal};
use crate::conformance::records::{Issued, Record};
use crate::conformance::world::Context;
use crate::{Error, GetValueResult, Options, ValueStore};

/// A timeout that never passes in a case: a year. On a paused clock, a call may take hours. The limit of tokio's timers is
/// a little over two years.
pub(crate) const GENEROUS: Duration = Duration::from_secs(365 * 86_400);

/// The timeout of calls that only have to end some day. It is no timeout that a case sets, so a report can tell it from
/// those.
pub(crate) const PATIENCE: Duration = GENEROUS.saturating_add(Duration::from_secs(1));

/// A handle onto a store, with the options of its calls.
#[derive(Clone, Debug)]
pub(crate) struct Handle {
    opened: Arc<Opened>,
    options: Arc<Options>,
}

struct Opened {
    number: usize,
    world: &'static Context,
    /// `None` only while this is being dropped.
    store: Option<Arc<dyn ValueStore>>,
    history: Arc<History>,
    issued: Option<Arc<Issued>>,
}

impl Handle {
    /// A handle onto a store that was opened in this world. The history names the handle by `number`.
    pub(super) fn new(
        number: usize,
        world: &'static Context,
        store: Arc<dyn ValueStore>,
        history: Arc<History>,
        issued: Option<Arc<Issued>>,
    ) -> Self {
        let opened = Opened { number, world, store: Some(store), history, issued };
        Self { opened: Arc::new(opened), options: Arc::default() }
    }

    pub(super) fn world(&self) -> &'static Context {
        self.opened.world
    }

    /// Whether this is the only clone that is left.
    pub(super) fn is_last(&self) -> bool {
        Arc::strong_count(&self.opened) == 1
    }

    /// The same handle, with other options.
    pub(crate) fn with(&self, options: Options) -> Self {
        Self { opened: Arc::clone(&self.opened), options: Arc::new(options) }
    }

    /// The same handle, with a timeout and no other option.
    pub(crate) fn with_timeout(&self, timeout: Duration) -> Self {
        self.with(Options::new().with_timeout(timeout))
    }

    /// The same handle, for one of many calls at once: without a timeout of its own, it gets a long one. A store that
    /// does the calls one after the other may take longer for all of them than its default timeout allows for one.
    pub(crate) fn patient(&self) -> Self {
        let timeout = self.options.timeout().unwrap_or(PATIENCE);
        self.with(self.options().clone().with_timeout(timeout))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn start_put<'a>(&'a self, key: &'a Bytes, value: &Bytes) -> Started<'a> {
        self.start_put_issued(key, value, self.issue(key, value))
    }

    /// Makes the record for a put, if the store takes records. Making it may take long, and must not count as the store's
    /// time.
    pub(crate) fn issue(&self, key: &Bytes, value: &Bytes) -> Option<Record> {
        self.opened.issued.as_ref().map(|issued| issued.issue(key, value))
    }

    /// Puts the record that was [issued](Self::issue) for this value, or the value itself if there is none.
    pub(crate) fn start_put_issued<'a>(&'a self, key: &'a Bytes, value: &Bytes, record: Option<Record>) -> Started<'a> {
        let (Some(issued), Some(record)) = (&self.opened.issued, record) else {
            let begun = self.begin(Call::Put(value.clone()), key);
            // Called here and not at the first poll, to find stores that act before the future is polled.
            let put = self.opened.store().put(key, value.clone(), &self.options);
            return Started::new(begun, async move { put_outcome(put.await) });
        };
        let begun = self.begin(Call::Put(value.clone()), key);
        Started::new(begun, async move {
            let put = self.opened.store().put(&record.key, record.value.clone(), &self.options).await;
            match put_outcome(put) {
                Outcome::Failed(refusal) if refusal.kind.may_refuse_an_old_record() && !issued.is_newest(&record) => {
                    Outcome::Superseded(refusal)
                }
                outcome => outcome,
            }
        })
    }

    /// Puts this record, and takes the outcome as it is, even if there is a newer record.
    pub(crate) fn start_put_record<'a>(&'a self, record: &'a Record) -> Started<'a> {
        let begun = self.begin(Call::Put(record.content.clone()), &record.name);
        let put = self.opened.store().put(&record.key, record.value.clone(), &self.options);
        Started::new(begun, async move { put_outcome(put.await) })
    }

    pub(crate) fn start_get<'a>(&'a self, key: &'a Bytes) -> Started<'a> {
        let begun = self.begin(Call::Get, key);
        let Some(issued) = &self.opened.issued else {
            let get = self.opened.store().get(key, &self.options);
            return Started::new(begun, async move { get_outcome(get.await, Bytes::clone) });
        };
        Started::new(begun, async move {
            let get = self.opened.store().get(&issued.key(key), &self.options).await;
            get_outcome(get, |value| issued.content(key, value))
        })
    }

    pub(crate) async fn make(&self, call: Request<'_>) -> Ended {
        match call {
            Request::Put(key, value) => self.start_put(key, value).await,
            Request::Get(key) => self.start_get(key).await,
        }
    }

    /// Drops this handle on a thread without a runtime.
    pub(crate) async fn drop_outside_a_runtime(self) {
        let (sender, end) = oneshot::channel();
        std::thread::spawn(move || {
            panics::watch(&Arc::clone(&self.opened.history));
            drop(self);
            let _ = sender.send(());
        });
        let _ = end.await;
    }

    fn begin(&self, call: Call, key: &Bytes) -> CallRecord<'_> {
        let Opened { history, number, .. } = &*self.opened;
        CallRecord::new(history, history.begin(*number, call, key.clone(), Arc::clone(&self.options)))
    }
}

fn put_outcome(put: Result<(), Error>) -> Outcome {
    match put {
        Ok(()) => Outcome::Stored,
        Err(error) => Outcome::Failed(Refusal::from(&error)),
    }
}

/// The outcome of a get. `content` maps the value that the store returned to the value of the case.
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
        // A panic in a drop during another panic would abort the process.
        if let Err(message) = panics::catch(|| drop(store)) {
            self.history.drop_panicked(message);
        }
        self.history.happens(Happening::Dropped { handle: self.number });
        self.history.enter(before);
    }
}
