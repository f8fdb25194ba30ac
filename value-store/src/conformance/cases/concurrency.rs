//! Calls may run at the same time. These cases run on threads of their own, whatever the runtime, so that calls overlap
//! where the machine has more than one core.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::text;
use crate::conformance::failure::{Expected, Verdict};
use crate::conformance::session::Session;

const THREADS: usize = 4;

pub(crate) async fn distinct_keys_all_land(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries: Arc<[_]> = (0..64).map(|number| (case.key(format!("k{number}")), case.value(64))).collect();
    let (to, puts) = (store.clone(), Arc::clone(&entries));
    case.on_threads(THREADS, async move |thread| {
        for (key, value) in puts.iter().skip(thread).step_by(THREADS) {
            to.put(key, value).await?;
        }
        Ok(())
    })
    .await?;
    case.expect_all(&store, &entries).await
}

pub(crate) async fn same_key_one_whole_value(case: &Session) -> Verdict {
    let store = case.open().await?;
    for round in 0..8 {
        let key = case.key(format!("k{round}"));
        let values: Arc<[_]> = (1..=THREADS).map(|thread| case.value(thread * 16_000)).collect();
        let put = (store.clone(), key.clone(), Arc::clone(&values));
        case.on_threads(THREADS, async move |thread| put.0.put(&put.1, &put.2[thread]).await).await?;
        let values: Vec<_> = values.iter().collect();
        let won = store.expect_one_of(&key, &values).await?;
        store.expect(&key, &won).await?;
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
    let (store, budget, key) = (case.open().await?, case.budget(), case.key("k"));
    let values: Vec<_> = (0..100).map(|_| case.value(length)).collect();
    store.put(&key, &values[0]).await?;
    let (done, begun, over) = (AtomicUsize::new(0), AtomicUsize::new(0), Flag::default());
    case.on_threads(THREADS, async move |thread| {
        if thread == 0 {
            let _over = over.raise_when_dropped();
            for (version, value) in values.iter().enumerate().skip(1) {
                begun.store(version, Ordering::SeqCst);
                store.put(&key, value).await?;
                done.store(version, Ordering::SeqCst);
                if !budget.is_left() {
                    break;
                }
            }
        } else {
            while !over.is_raised() {
                let done = done.load(Ordering::SeqCst);
                let get = store.start_get(&key).await;
                let allowed = allowed(done, begun.load(Ordering::SeqCst));
                get.expect(Expected::one_of(&values[allowed]))?;
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
    }
    Ok(())
}

pub(crate) async fn misses_beside_puts(case: &Session) -> Verdict {
    let (store, budget) = (case.open().await?, case.budget());
    let present: Vec<_> = (0..16).map(|number| (case.key(format!("p{number}")), case.value(32))).collect();
    let others: Vec<_> = (0..200).map(|number| (case.key(format!("o{number}")), case.value(32))).collect();
    for (key, value) in &present {
        store.put(key, value).await?;
    }
    let over = Flag::default();
    case.on_threads(THREADS, async move |thread| {
        if thread == 0 {
            let _over = over.raise_when_dropped();
            for (number, (key, value)) in others.iter().enumerate() {
                let (again, same) = &present[number % present.len()];
                store.put(again, same).await?;
                store.put(key, value).await?;
                if !budget.is_left() {
                    break;
                }
            }
        } else {
            for (key, value) in present.iter().cycle().skip(thread) {
                store.expect(key, value).await?;
                if over.is_raised() {
                    break;
                }
            }
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn gets_side_by_side(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries: Vec<_> = (0..48).map(|number| (case.key(format!("k{number}")), case.value(64))).collect();
    case.put_all(&store, &entries).await?;
    case.on_threads(THREADS, async move |thread| {
        for (key, value) in entries.iter().cycle().skip(thread * 12).take(entries.len()) {
            store.expect(key, value).await?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}

pub(crate) async fn large_put_beside_small_calls(case: &Session) -> Verdict {
    let store = case.open().await?;
    let (large, small) = (case.value(1 << 20), text("small"));
    let keys: Vec<_> = (0..THREADS).map(|thread| case.key(format!("k{thread}"))).collect();
    case.on_threads(THREADS, async move |thread| {
        let (key, value) = (&keys[thread], if thread == 0 { &large } else { &small });
        for _ in 0..4 {
            store.put(key, value).await?;
            store.expect(key, value).await?;
        }
        Ok(())
    })
    .await?;
    Ok(())
}

/// Tells the other threads that one is done, also when that one fails or panics.
#[derive(Default)]
struct Flag(AtomicBool);

struct RaiseWhenDropped<'a>(&'a Flag);

impl Flag {
    fn raise_when_dropped(&self) -> RaiseWhenDropped<'_> {
        RaiseWhenDropped(self)
    }

    fn is_raised(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

impl Drop for RaiseWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::SeqCst);
    }
}
