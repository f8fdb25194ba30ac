//! An outage, and calls that no timeout should end in it.

use std::time::Duration;

use bytes::Bytes;

use super::super::text;
use super::many::new_key;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Ends, Handle, Request, Session};

/// How a call is given up.
#[derive(Clone, Copy)]
enum Way {
    /// It has ended before the timeout passed.
    InTime,
    TimedOut,
    Dropped,
}

/// A put and a get end, time out or are dropped. Then come calls with a longer timeout, or without one, in a stall that is
/// longer than the timeout was.
pub(crate) async fn timeouts_do_not_outlive_their_calls(case: &Session) -> Verdict {
    let (ends, key, value) = open(case).await?;
    let short = case.short_outage() / 3;
    let hurried = ends.with_timeout(short);
    let unhurried = case.unhurried(&ends, &key, &value).await?;
    for way in [Way::InTime, Way::TimedOut, Way::Dropped] {
        for later in &unhurried {
            if !case.has_time_for_outages() {
                return Ok(());
            }
            let new = case.key("new");
            case.put_after_outage(&ends.put, &new, &value).await?;
            case.expect_value_after_outage(&ends.get, &key, &value).await?;
            let stall = (!matches!(way, Way::InTime)).then(|| case.stall());
            let given_up = async {
                let (put, get) = tokio::join!(hurried.put.start_put(&new, &value), hurried.get.start_get(&key));
                put.expect(Expected::Stored.or_timeout())?;
                get.expect(Expected::Value(value.clone()).or_timeout())
            };
            match way {
                Way::Dropped => tokio::time::timeout(short / 2, given_up).await.unwrap_or(Ok(()))?,
                Way::InTime | Way::TimedOut => given_up.await?,
            }
            let stall = stall.unwrap_or_else(|| case.stall());
            let heal = async {
                tokio::time::sleep(case.short_outage()).await;
                stall.heal();
            };
            let (put, get, ()) = tokio::join!(later.put.start_put(&new, &value), later.get.start_get(&key), heal);
            case.expect_unhurried(&put, Expected::Stored)?;
            case.expect_unhurried(&get, Expected::Value(value.clone()))?;
        }
    }
    Ok(())
}

/// Each call that is given up has another one beside it that is not, for a store that does the work of both at once.
pub(crate) async fn given_up_calls_end_no_other(case: &Session) -> Verdict {
    let (Ends { put: store, .. }, key, value) = open(case).await?;
    let ends = Ends { put: store.clone(), get: store };
    for Ends { put: store, .. } in case.unhurried(&ends, &key, &value).await? {
        for way in [Way::TimedOut, Way::Dropped] {
            for begins_first in [true, false] {
                if !case.has_time_for_outages() {
                    return Ok(());
                }
                give_up_beside_others(case, &store, way, begins_first).await?;
            }
        }
    }
    Ok(())
}

async fn give_up_beside_others(case: &Session, store: &Handle, way: Way, begins_first: bool) -> Verdict {
    let (old, late, new) = (text("old"), text("late"), text("new"));
    let keys = [(); 4].map(|()| new_key(case));
    for key in &keys {
        case.put_after_outage(store, key, &old).await?;
    }
    let [one, two, three, four] = &keys;
    let stall = case.stall();
    let short = case.short_outage() / 3;
    let hurried = store.with_timeout(short);
    let given_up = async {
        let gets = async { tokio::join!(hurried.start_get(one), hurried.start_get(two)) };
        let puts = async { tokio::join!(hurried.start_put(three, &late), hurried.start_put(four, &late)) };
        let wait = if matches!(way, Way::Dropped) { short / 2 } else { Duration::MAX };
        drop(tokio::time::timeout(wait, async { tokio::join!(gets, puts) }).await);
    };
    let others = async {
        let gets = async { tokio::join!(store.start_get(one), store.start_get(three)) };
        let puts = async { tokio::join!(store.start_put(two, &new), store.start_put(four, &new)) };
        tokio::join!(gets, puts)
    };
    let heal = async {
        tokio::time::sleep(case.short_outage()).await;
        stall.heal();
    };
    let (gets, puts) =
        if begins_first { tokio::join!(given_up, others, heal).1 } else { tokio::join!(others, given_up, heal).0 };
    case.expect_unhurried(&gets.0, Expected::Value(old.clone()))?;
    case.expect_unhurried(&gets.1, Expected::one_of(&[old.clone(), late.clone()]))?;
    case.expect_unhurried(&puts.0, Expected::Stored)?;
    case.expect_unhurried(&puts.1, Expected::Stored)?;
    case.expect_value_after_outage(store, two, &new).await?;
    case.expect_after_outage(store, Request::Get(four), Expected::one_of(&[new.clone(), late.clone()])).await
}

/// The backend is cut off before the calls begin, or while they wait in a stall, and is soon back.
pub(crate) async fn cut_is_no_timeout(case: &Session) -> Verdict {
    let (ends, key, value) = open(case).await?;
    for ends in case.unhurried(&ends, &key, &value).await? {
        for is_under_way in [false, true, false, true] {
            if !case.has_time_for_outages() {
                return Ok(());
            }
            let new = case.key("new");
            case.put_after_outage(&ends.put, &new, &value).await?;
            case.expect_value_after_outage(&ends.get, &key, &value).await?;
            let outage = if is_under_way { case.stall() } else { case.cut() };
            let pause = case.short_outage() / 4;
            let heal = async {
                tokio::time::sleep(pause).await;
                let cut = case.cut();
                tokio::time::sleep(pause).await;
                cut.heal();
            };
            let (put, get, ()) = tokio::join!(ends.put.start_put(&new, &value), ends.get.start_get(&key), heal);
            drop(outage);
            case.expect_unhurried(&put, Expected::Stored.or_backend())?;
            case.expect_unhurried(&get, Expected::Value(value.clone()).or_missing().or_backend())?;
        }
    }
    Ok(())
}

/// Opens a handle that puts, and one that gets. Returns a key that has this value, for both.
async fn open(case: &Session) -> Verdict<(Ends, Bytes, Bytes)> {
    let (key, value) = (case.key("k"), text("value"));
    let put = case.open_with_outages().await?;
    put.put(&key, &value).await?;
    let get = case.reader_of(&put, &key, &value).await?;
    Ok((Ends { put, get }, key, value))
}
