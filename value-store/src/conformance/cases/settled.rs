//! A put that has ended, or was dropped, has happened or never will.

use std::time::Duration;

use bytes::Bytes;

use super::cancellation::await_points;
use super::text;
use super::timeouts::short_timeouts;
use crate::conformance::failure::{Expected, Verdict};
use crate::conformance::session::{Handle, Session};

pub(crate) async fn dropped_put_never_lands_later(case: &Session) -> Verdict {
    let (old, dropped, newer) = (text("old"), text("dropped"), text("newer"));
    let store = case.open().await?;
    let keys = drop_puts(case, &store, &old, &dropped).await?;
    for key in &keys {
        store.put(key, &newer).await?;
    }
    expect_to_stay(case, &store, &keys, &newer).await
}

pub(crate) async fn timed_out_put_never_lands_later(case: &Session) -> Verdict {
    let (old, late, newer) = (text("old"), text("late"), text("newer"));
    let store = case.open().await?;
    let keys = time_puts_out(case, &store, &old, &late).await?;
    for key in &keys {
        store.put(key, &newer).await?;
    }
    expect_to_stay(case, &store, &keys, &newer).await
}

pub(crate) async fn outcome_is_decided(case: &Session) -> Verdict {
    let (old, new) = (text("old"), text("new"));
    let store = case.open().await?;
    let mut keys = drop_puts(case, &store, &old, &new).await?;
    keys.extend(time_puts_out(case, &store, &old, &new).await?);
    let mut decided = Vec::new();
    for key in &keys {
        decided.push((key, store.expect_one_of(key, &[&old, &new]).await?));
    }
    wait_for_late_puts(case, &store, &keys).await?;
    for (key, value) in decided {
        store.expect(key, &value).await?;
    }
    Ok(())
}

pub(crate) async fn refused_put_never_lands_later(case: &Session) -> Verdict {
    let (key, newer) = (case.key("k"), text("newer"));
    let too_long = Bytes::from(vec![b'x'; case.max_value_len() + 1]);
    let store = case.open().await?;
    store.start_put(&key, &too_long).await.expect(Expected::ValueRefused)?;
    store.put(&key, &newer).await?;
    expect_to_stay(case, &store, &[key], &newer).await
}

/// Drops a put of `new` over `old` at each await point, each on a key of its own, and returns the keys.
async fn drop_puts(case: &Session, store: &Handle, old: &Bytes, new: &Bytes) -> Verdict<Vec<Bytes>> {
    let mut keys = Vec::new();
    for polls in await_points() {
        let key = case.key(format!("drop{polls}"));
        store.put(&key, old).await?;
        if store.start_put(&key, new).drop_after(polls).await.is_some() || !case.has_time() {
            break;
        }
        keys.push(key);
    }
    Ok(keys)
}

/// Lets puts of `new` over `old` time out, each on a key of its own, and returns the keys.
async fn time_puts_out(case: &Session, store: &Handle, old: &Bytes, new: &Bytes) -> Verdict<Vec<Bytes>> {
    let mut keys = Vec::new();
    for (number, timeout) in short_timeouts(case, store).await?.into_iter().enumerate() {
        let key = case.key(format!("late{number}"));
        store.put(&key, old).await?;
        let ended = store.with_timeout(timeout).start_put(&key, new).await;
        ended.expect(Expected::Stored.or_timeout())?;
        if ended.expect(Expected::Stored).is_err() {
            keys.push(key);
        }
    }
    Ok(keys)
}

async fn expect_to_stay(case: &Session, store: &Handle, keys: &[Bytes], value: &Bytes) -> Verdict {
    for key in keys {
        store.expect(key, value).await?;
    }
    wait_for_late_puts(case, store, keys).await?;
    for key in keys {
        store.expect(key, value).await?;
    }
    Ok(())
}

/// Gives puts that were left behind the time to do their harm: several times what a put takes this store. Where none was
/// left behind, there is nothing to wait for.
async fn wait_for_late_puts(case: &Session, store: &Handle, keys: &[Bytes]) -> Verdict {
    if keys.is_empty() {
        return Ok(());
    }
    let begun = tokio::time::Instant::now();
    for _ in 0..3 {
        store.put(&case.key("measure"), &text("value")).await?;
    }
    tokio::time::sleep(begun.elapsed().max(Duration::from_millis(5))).await;
    Ok(())
}
