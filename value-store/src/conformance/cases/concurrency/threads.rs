//! Several threads make calls at the same time. The case starts them itself, whichever runtime it has, so that calls
//! overlap on a machine with several cores. If the clock is paused, it starts tasks of the runtime instead.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::super::SEVERAL_PIECES;
use super::pace::{Pace, THREADS};
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Handle, Session};

pub(crate) async fn distinct_keys_all_land(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries: Vec<_> = (0..64).map(|number| (case.key(format!("k{number}")), case.value(64))).collect();
    let (to, puts, budget) = (store.clone(), entries, case.budget());
    let put = case.on_threads(THREADS, async move |thread| {
        let mut put = Vec::new();
        for entry in puts.iter().skip(thread).step_by(THREADS) {
            // The first put is made in any case: without one, nothing would be checked.
            if !put.is_empty() && !budget.is_left() {
                break;
            }
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
        let length = if round == 1 { SEVERAL_PIECES } else { 16_000 };
        let values: Arc<[_]> = (1..=THREADS).map(|thread| case.value(length + thread * 16_000)).collect();
        let put = (store.clone(), key.clone(), Arc::clone(&values));
        case.on_threads(THREADS, async move |thread| put.0.put(&put.1, &put.2[thread]).await).await?;
        let values: Vec<_> = values.iter().collect();
        // Two gets, which may return different values: only a `convergent` store promises that they agree.
        store.expect_one_of(&key, &values).await?;
        store.expect_one_of(&key, &values).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn read_beside_write_old_or_new(case: &Session) -> Verdict {
    let store = case.open().await?;
    get_while_putting(case, &store, &[32_000; 100], |_done, begun| 0..=begun).await?;
    get_while_putting(case, &store, &[SEVERAL_PIECES; 4], |_done, begun| 0..=begun).await
}

pub(crate) async fn reads_do_not_go_back(case: &Session) -> Verdict {
    let store = case.open().await?;
    get_while_putting(case, &store, &[16; 100], |done, begun| done..=begun).await
}

/// One thread puts version after version of one key, of these lengths, while the others get it. A get may return the versions that
/// `allowed(done, begun)` returns. `done` is the last version whose put had returned when the get began, `begun` the
/// last version whose put had begun when the get ended.
async fn get_while_putting(
    case: &Session,
    store: &Handle,
    lengths: &[usize],
    allowed: fn(usize, usize) -> RangeInclusive<usize>,
) -> Verdict {
    let (store, key) = (store.clone(), case.key(format!("k{}", lengths.len())));
    let values: Vec<_> = lengths.iter().map(|length| case.value(*length)).collect();
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

pub(crate) async fn large_put_beside_small_calls(case: &Session) -> Verdict {
    let store = case.open().await?;
    let (large, small) = ([(); 2].map(|()| case.value(1 << 20)), [(); 2].map(|()| case.value(5)));
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
