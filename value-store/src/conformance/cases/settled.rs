//! When a put has ended or was dropped, it has taken effect or never will.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::cancellation::await_points;
use super::text;
use super::timeouts::short_for_a_put;
use crate::conformance::history::{Expected, Kind, Verdict};
use crate::conformance::session::{Handle, Outage, Session};

pub(crate) async fn dropped_put_never_lands_later(case: &Session) -> Verdict {
    let (old, dropped, newer) = (text("old"), text("dropped"), text("newer"));
    let store = case.open().await?;
    let put_newer = async |key: &Bytes| store.put(key, &newer).await.map(|()| newer.clone());
    let entries = drop_puts(case, &store, &old, &dropped, put_newer).await?;
    expect_to_stay(case, &store, &entries).await
}

pub(crate) async fn timed_out_put_never_lands_later(case: &Session) -> Verdict {
    let (old, late, newer) = (text("old"), text("late"), text("newer"));
    let store = case.open().await?;
    let put_newer = async |key: &Bytes| store.put(key, &newer).await.map(|()| newer.clone());
    let entries = time_puts_out(case, &store, &old, &late, put_newer).await?;
    expect_to_stay(case, &store, &entries).await
}

pub(crate) async fn outcome_is_decided(case: &Session) -> Verdict {
    let (old, new) = (text("old"), text("new"));
    let store = case.open().await?;
    let decided = async |key: &Bytes| store.expect_one_of(key, &[&old, &new]).await;
    let mut keys = drop_puts(case, &store, &old, &new, decided).await?;
    keys.extend(time_puts_out(case, &store, &old, &new, decided).await?);
    expect_to_stay(case, &store, &keys).await
}

pub(crate) async fn refused_put_never_lands_later(case: &Session) -> Verdict {
    let (key, newer) = (case.key("k"), text("newer"));
    let too_long = Bytes::from(vec![b'x'; case.max_value_len() + 1]);
    let store = case.open().await?;
    store.start_put(&key, &too_long).await.expect(Expected::ValueRefused)?;
    store.put(&key, &newer).await?;
    expect_to_stay(case, &store, &[(key, newer)]).await
}

pub(crate) async fn stalled_put_never_lands_later(case: &Session) -> Verdict {
    outlive_the_outages(case, Session::stall).await
}

pub(crate) async fn failed_put_never_lands_later(case: &Session) -> Verdict {
    outlive_the_outages(case, Session::cut).await
}

/// Makes puts that fail in an outage, puts a newer value after each, and expects the newer values to stay.
async fn outlive_the_outages(case: &Session, outage: impl Fn(&Session) -> Outage) -> Verdict {
    let (old, late, newer) = (text("old"), text("late"), text("newer"));
    let store = case.open_with_outages().await?;
    let hurried = store.with_timeout(case.noticeable() / 10);
    let mut entries = Vec::new();
    for round in 0..ROUNDS {
        let key = case.key(format!("o{round}"));
        case.put_after_outage(&store, &key, &old).await?;
        let outage = outage(case);
        hurried.start_put(&key, &late).await.expect(Expected::TimedOut.or_unavailable())?;
        outage.heal();
        case.put_after_outage(&store, &key, &newer).await?;
        entries.push((key, newer.clone()));
    }
    expect_to_stay(case, &store, &entries).await
}

/// The least time to wait for a put that was left behind. A slow store gets the time of three puts if that is more. The
/// wait is long because a retry, or a queue that is flushed now and then, lands much later than the put itself.
const LATE: Duration = Duration::from_millis(150);

/// How often to leave a put behind in the same way: chance may decide which of two late puts lands first.
const ROUNDS: usize = 4;

/// At each await point, puts `new` over `old` on a key of its own and drops that put. Then calls `then` at once.
/// Returns the keys, each with the value that `then` returned for it.
async fn drop_puts(
    case: &Session,
    store: &Handle,
    old: &Bytes,
    new: &Bytes,
    then: impl AsyncFn(&Bytes) -> Verdict<Bytes>,
) -> Verdict<Vec<(Bytes, Bytes)>> {
    let mut keys = Vec::new();
    for round in 0..ROUNDS {
        for polls in await_points() {
            let key = case.key(format!("d{round}p{polls}"));
            store.put(&key, old).await?;
            if store.start_put(&key, new).drop_after(polls).await.is_some() || !case.has_time() {
                break;
            }
            let result = then(&key).await?;
            keys.push((key, result));
        }
        if !case.has_time() {
            break;
        }
    }
    Ok(keys)
}

/// Like [`drop_puts`], with puts that time out.
async fn time_puts_out(
    case: &Session,
    store: &Handle,
    old: &Bytes,
    new: &Bytes,
    then: impl AsyncFn(&Bytes) -> Verdict<Bytes>,
) -> Verdict<Vec<(Bytes, Bytes)>> {
    let mut keys = Vec::new();
    for round in 0..ROUNDS {
        for (number, timeout) in short_for_a_put(case, store).await?.into_iter().enumerate() {
            let key = case.key(format!("t{round}n{number}"));
            store.put(&key, old).await?;
            let ended = store.with_timeout(timeout).start_put(&key, new).await;
            ended.expect(Expected::Stored.or_timeout())?;
            if ended.outcome.is(Kind::Timeout) {
                let result = then(&key).await?;
                keys.push((key, result));
            }
            if !case.has_time() {
                return Ok(keys);
            }
        }
    }
    Ok(keys)
}

/// Expects each key to have its value, and to have it still when puts that were left behind have had time to land. If
/// no put was left behind, there are no entries, and there is nothing to wait for.
async fn expect_to_stay(case: &Session, store: &Handle, entries: &[(Bytes, Bytes)]) -> Verdict {
    if entries.is_empty() {
        return Ok(());
    }
    case.expect_all(store, entries).await?;
    let begun = Instant::now();
    for _ in 0..3 {
        store.put(&case.key("measure"), &text("value")).await?;
    }
    case.wait(begun.elapsed().max(LATE)).await;
    case.expect_all(store, entries).await
}
