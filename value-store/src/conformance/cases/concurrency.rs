//! Calls may run at the same time. These cases run on threads of their own, whatever the runtime, so that calls overlap
//! where the machine has more than one core; only where the clock is paused they run as tasks.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

use super::cancellation::await_points;
use super::text;
use crate::conformance::budget::Budget;
use crate::conformance::failure::{Expected, Verdict};
use crate::conformance::session::Session;

const THREADS: usize = 4;

const READS_PER_WRITE: usize = 8;

pub(crate) async fn distinct_keys_all_land(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries: Vec<_> = (0..64).map(|number| (case.key(format!("k{number}")), case.value(64))).collect();
    let (to, puts, budget) = (store.clone(), entries, case.budget());
    let put = case.on_threads(THREADS, async move |thread| {
        let mut put = Vec::new();
        for entry in puts.iter().skip(thread).step_by(THREADS).take_while(|_| budget.is_left()) {
            to.put(&entry.0, &entry.1).await?;
            put.push(entry.clone());
        }
        Ok(put)
    });
    let put = put.await?.concat();
    case.expect_all(&store, &put).await
}

pub(crate) async fn same_key_one_whole_value(case: &Session) -> Verdict {
    let store = case.open().await?;
    for round in 0..8 {
        let key = case.key(format!("k{round}"));
        let values: Arc<[_]> = (1..=THREADS).map(|thread| case.bytes(thread * 16_000)).collect();
        let put = (store.clone(), key.clone(), Arc::clone(&values));
        case.on_threads(THREADS, async move |thread| put.0.put(&put.1, &put.2[thread]).await).await?;
        let values: Vec<_> = values.iter().collect();
        // Twice, and not the same value twice: which put wins for good is what `convergent` stores promise.
        store.expect_one_of(&key, &values).await?;
        store.expect_one_of(&key, &values).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn read_beside_write_old_or_new(case: &Session) -> Verdict {
    get_while_putting(case, 32_000, |_done, begun| 0..=begun).await
}

pub(crate) async fn reads_do_not_go_back(case: &Session) -> Verdict {
    get_while_putting(case, 16, |done, begun| done..=begun).await
}

/// One thread puts version after version of one key while the others get it. A get may return the versions in `allowed`,
/// given the last whose put had returned when the get began, and the last whose put had begun when the get ended.
async fn get_while_putting(
    case: &Session,
    length: usize,
    allowed: fn(usize, usize) -> RangeInclusive<usize>,
) -> Verdict {
    let (store, key) = (case.open().await?, case.key("k"));
    let values: Vec<_> = (0..100).map(|_| case.bytes(length)).collect();
    store.put(&key, &values[0]).await?;
    let (done, begun, pace) = (AtomicUsize::new(0), AtomicUsize::new(0), Pace::new(case));
    case.on_threads(THREADS, async move |thread| {
        if thread == 0 {
            let _over = pace.writer();
            for (version, value) in values.iter().enumerate().skip(1) {
                if !pace.next_write().await {
                    break;
                }
                begun.store(version, Ordering::SeqCst);
                store.put(&key, value).await?;
                done.store(version, Ordering::SeqCst);
            }
        } else {
            let _gone = pace.reader();
            while pace.goes_on().await {
                let done = done.load(Ordering::SeqCst);
                let get = store.start_get(&key).await;
                let allowed = allowed(done, begun.load(Ordering::SeqCst));
                get.expect(Expected::one_of(&values[allowed]))?;
                pace.read();
            }
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn completed_put_seen_by_other_tasks(case: &Session) -> Verdict {
    let (store, key) = (case.open().await?, case.key("k"));
    for _ in 0..10 {
        let value = case.value(24);
        let put = (store.clone(), key.clone(), value.clone());
        case.on_threads(1, async move |_| put.0.put(&put.1, &put.2).await).await?;
        let get = (store.clone(), key.clone(), value);
        case.on_threads(THREADS, async move |_| get.0.expect(&get.1, &get.2).await).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn misses_beside_puts(case: &Session) -> Verdict {
    let store = case.open().await?;
    let present: Vec<_> = (0..16).map(|number| (case.key(format!("p{number}")), case.value(32))).collect();
    let others: Vec<_> = (0..100).map(|number| (case.key(format!("o{number}")), case.value(32))).collect();
    for (key, value) in &present {
        store.put(key, value).await?;
    }
    let pace = Pace::new(case);
    case.on_threads(THREADS, async move |thread| {
        if thread == 0 {
            let _over = pace.writer();
            'puts: for (known, other) in present.iter().cycle().zip(&others) {
                for (key, value) in [known, other] {
                    if !pace.next_write().await {
                        break 'puts;
                    }
                    store.put(key, value).await?;
                }
            }
        } else {
            let _gone = pace.reader();
            for (key, value) in present.iter().cycle().skip(thread) {
                if !pace.goes_on().await {
                    break;
                }
                store.expect(key, value).await?;
                pace.read();
            }
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn gets_side_by_side(case: &Session) -> Verdict {
    let store = case.open().await?;
    let mut entries: Vec<_> = (0..48).map(|number| (case.key(format!("k{number}")), case.value(64))).collect();
    let put = case.put_all(&store, &entries).await?;
    entries.truncate(put);
    let budget = case.budget();
    case.on_threads(THREADS, async move |thread| {
        for (key, value) in entries.iter().cycle().skip(thread * 12).take(entries.len()) {
            store.expect(key, value).await?;
            if !budget.is_left() {
                break;
            }
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn put_amid_a_get(case: &Session) -> Verdict {
    let (old, new) = (text("old"), text("new"));
    let store = case.open().await?;
    for polls in await_points() {
        // The get after the put begins when the first one has ended, or while that goes on: then it must not be answered
        // with what the first one read.
        for at_once in [false, true] {
            let key = case.key(format!("k{polls}{at_once}"));
            store.put(&key, &old).await?;
            let get = match store.start_get(&key).polled(polls).await {
                Ok(ended) => return ended.expect(Expected::Value(old)),
                Err(get) => get,
            };
            let put = async {
                store.put(&key, &new).await?;
                if at_once { store.expect(&key, &new).await } else { Ok(()) }
            };
            let (put, get) = tokio::join!(put, get);
            put?;
            get.expect(Expected::one_of(&[old.clone(), new.clone()]))?;
            store.expect(&key, &new).await?;
        }
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn put_amid_a_miss(case: &Session) -> Verdict {
    let new = text("new");
    let store = case.open().await?;
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        let get = match store.start_get(&key).polled(polls).await {
            Ok(ended) => return ended.expect(Expected::Missing),
            Err(get) => get,
        };
        let (put, get) = tokio::join!(store.put(&key, &new), get);
        put?;
        if get.expect(Expected::Missing).is_err() {
            get.expect(Expected::Value(new.clone()))?;
        }
        store.expect(&key, &new).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn large_put_beside_small_calls(case: &Session) -> Verdict {
    let store = case.open().await?;
    let (large, small) = ([(); 2].map(|()| case.bytes(1 << 20)), [(); 2].map(|()| case.value(5)));
    let keys: Vec<_> = (0..THREADS).map(|thread| case.key(format!("k{thread}"))).collect();
    let budget = case.budget();
    case.on_threads(THREADS, async move |thread| {
        let (key, values) = (&keys[thread], if thread == 0 { &large } else { &small });
        for value in values.iter().cycle().take(16) {
            store.put(key, value).await?;
            store.expect(key, value).await?;
            if !budget.is_left() {
                break;
            }
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn get_amid_a_put(case: &Session) -> Verdict {
    let (old, new) = (case.value(3_000), case.value(8_192));
    let store = case.open().await?;
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        store.put(&key, &old).await?;
        let put = match store.start_put(&key, &new).polled(polls).await {
            Ok(ended) => {
                ended.expect(Expected::Stored)?;
                return store.expect(&key, &new).await;
            }
            Err(put) => put,
        };
        let old_or_new = [&old, &new];
        let (get, put) = tokio::join!(store.expect_one_of(&key, &old_or_new), put);
        get?;
        put.expect(Expected::Stored)?;
        store.expect(&key, &new).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn put_amid_a_put(case: &Session) -> Verdict {
    let (one, other) = (case.value(3_000), case.value(8_192));
    let store = case.open().await?;
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        let put = match store.start_put(&key, &one).polled(polls).await {
            Ok(ended) => {
                ended.expect(Expected::Stored)?;
                return store.expect(&key, &one).await;
            }
            Err(put) => put,
        };
        let (amid, put) = tokio::join!(store.put(&key, &other), put);
        amid?;
        put.expect(Expected::Stored)?;
        store.expect_one_of(&key, &[&one, &other]).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn puts_amid_each_other(case: &Session) -> Verdict {
    let (value, amid) = (text("value"), text("amid"));
    let store = case.open().await?;
    for polls in await_points() {
        let [key, other] = ["k", "o"].map(|name| case.key(format!("{name}{polls}")));
        let put = match store.start_put(&key, &value).polled(polls).await {
            Ok(ended) => {
                ended.expect(Expected::Stored)?;
                return store.expect(&key, &value).await;
            }
            Err(put) => put,
        };
        let (put_amid, put) = tokio::join!(store.put(&other, &amid), put);
        put_amid?;
        put.expect(Expected::Stored)?;
        store.expect(&other, &amid).await?;
        store.expect(&key, &value).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn gets_amid_each_other(case: &Session) -> Verdict {
    let [(key, value), (other, amid)] = ["k", "o"].map(|name| (case.key(name), case.value(32)));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.put(&other, &amid).await?;
    for polls in await_points() {
        let get = match store.start_get(&key).polled(polls).await {
            Ok(ended) => return ended.expect(Expected::Value(value)),
            Err(get) => get,
        };
        let (get_amid, get) = tokio::join!(store.expect(&other, &amid), get);
        get_amid?;
        get.expect(Expected::Value(value.clone()))?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// Keeps one thread that puts and several that get at it together. Without it, a fast store would have seen all puts before
/// the first get, and one that writes slowly and reads fast would see millions of gets.
struct Pace {
    budget: Budget,
    writes: AtomicUsize,
    reads: AtomicUsize,
    /// How many reads there may be before the next write begins.
    allowed: AtomicUsize,
    is_over: AtomicBool,
    /// Told of every change of the others. It is waited for and not looked at now and then, since a clock that is paused
    /// would go on from look to look.
    changed: Notify,
}

impl Pace {
    fn new(case: &Session) -> Self {
        Self {
            budget: case.budget(),
            writes: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            allowed: AtomicUsize::new(READS_PER_WRITE),
            is_over: AtomicBool::new(false),
            changed: Notify::new(),
        }
    }

    /// Tells the readers, when dropped, that the writer has ended, even if it failed.
    fn writer(&self) -> impl Drop {
        OnDrop(|| {
            self.is_over.store(true, Ordering::SeqCst);
            self.changed.notify_waiters();
        })
    }

    /// Tells the writer, when dropped, to wait for no more reads.
    fn reader(&self) -> impl Drop {
        OnDrop(|| self.add_reads(usize::MAX / THREADS))
    }

    /// Waits until a reader may read, and returns whether there is anything left to read beside, and time for it. There is
    /// for the first read, however late it comes: a case without one would have looked at nothing.
    async fn goes_on(&self) -> bool {
        loop {
            let changed = self.changed.notified();
            let reads = self.reads.load(Ordering::SeqCst);
            if reads > 0 && (self.is_over.load(Ordering::SeqCst) || !self.budget.is_left()) {
                return false;
            }
            if reads < self.allowed.load(Ordering::SeqCst) {
                return true;
            }
            changed.await;
        }
    }

    fn read(&self) {
        self.add_reads(1);
    }

    fn add_reads(&self, count: usize) {
        self.reads.fetch_add(count, Ordering::SeqCst);
        self.changed.notify_waiters();
    }

    /// Waits for as many reads as there were writes, and returns whether there is time for another write. Only now are more
    /// reads allowed, since they are to run beside that write and not to be over when it begins.
    async fn next_write(&self) -> bool {
        let writes = self.writes.fetch_add(1, Ordering::SeqCst);
        loop {
            let changed = self.changed.notified();
            if !self.budget.is_left() {
                return false;
            }
            let reads = self.reads.load(Ordering::SeqCst);
            if reads >= writes {
                self.allowed.store(reads.saturating_add(READS_PER_WRITE), Ordering::SeqCst);
                self.changed.notify_waiters();
                return true;
            }
            changed.await;
        }
    }
}

pub(super) struct OnDrop<F: FnMut()>(pub(super) F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        self.0();
    }
}
