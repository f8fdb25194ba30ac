//! The backend is cut off.

use std::time::Duration;

use super::super::text;
use crate::conformance::history::{Expected, Outcome, Verdict};
use crate::conformance::session::{Request, Session};

pub(crate) async fn cut_is_an_error_not_missing(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let cut = case.cut();
    // The first call may find a connection that was reset; the next may find no connection.
    for _ in 0..3 {
        let ended = reader.with_timeout(case.patience()).start_get(&key).await;
        ended.expect(Expected::Value(value.clone()).or_unavailable())?;
    }
    cut.heal();
    Ok(())
}

pub(crate) async fn cut_put_is_not_ok(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), text("old"), text("new"));
    let store = case.open_with_outages().await?;
    store.put(&key, &old).await?;
    let cut = case.cut();
    for _ in 0..3 {
        let ended = store.with_timeout(case.patience()).start_put(&key, &new).await;
        ended.expect(Expected::TimedOut.or_unavailable())?;
    }
    cut.heal();
    Ok(())
}

pub(crate) async fn cut_calls_end_in_time(case: &Session) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let cut = case.cut();
    // How they end is up to other cases. Whatever they leave behind, the next calls have to end in time, too.
    for timeout in [case.noticeable() / 2, Duration::ZERO, Duration::from_millis(1), case.noticeable() / 2] {
        let put = Expected::Stored.or_unavailable();
        case.in_time(&store, timeout, Request::Put(&other, &value), put).await?;
        let get = Expected::Value(value.clone()).or_missing().or_unavailable();
        case.in_time(&reader, timeout, Request::Get(&key), get).await?;
    }
    cut.heal();
    Ok(())
}

pub(crate) async fn cut_amid_calls_is_an_error(case: &Session) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let (store, reader) = (store.with_timeout(case.patience()), reader.with_timeout(case.patience()));
    let cut = async {
        tokio::time::sleep(case.noticeable() / 4).await;
        case.cut()
    };
    let (put, get, cut) = tokio::join!(store.start_put(&other, &value), reader.start_get(&key), cut);
    put.expect(Expected::TimedOut.or_unavailable())?;
    get.expect(Expected::Value(value).or_unavailable())?;
    cut.heal();
    drop(stall);
    Ok(())
}

/// Each round lets one more step pass before the cut. So the cut comes before the request in one round, and before the
/// answer in another.
pub(crate) async fn cut_amid_a_put_is_told_truly(case: &Session) -> Verdict {
    let (old, new) = (text("old"), text("new"));
    let store = case.open_with_outages().await?;
    let pause = case.noticeable() / 16;
    for steps in 0..=3 {
        let key = case.key(format!("k{steps}"));
        case.put_after_outage(&store, &key, &old).await?;
        let stall = case.stall();
        let patient = store.with_timeout(case.patience() / 2);
        let cut = async {
            for _ in 0..steps {
                tokio::time::sleep(pause).await;
                stall.let_one_step_pass();
            }
            tokio::time::sleep(pause).await;
            case.cut()
        };
        let (put, cut) = tokio::join!(patient.start_put(&key, &new), cut);
        put.expect(Expected::Stored.or_unavailable())?;
        cut.heal();
        drop(stall);
        let has = match put.outcome {
            Outcome::Stored | Outcome::Superseded(_) => Expected::Value(new.clone()),
            _ => Expected::one_of(&[old.clone(), new.clone()]),
        };
        case.expect_after_outage(&store, Request::Get(&key), has).await?;
    }
    Ok(())
}

pub(crate) async fn cut_without_timeout_ends(case: &Session) -> Verdict {
    let (key, other, value) = (case.key("k"), case.key("other"), text("value"));
    let store = case.open_with_outages().await?;
    store.put(&key, &value).await?;
    let reader = case.reader_of(&store, &key, &value).await?;
    let stall = case.stall();
    let outage = async {
        tokio::time::sleep(case.noticeable() / 8).await;
        let cut = case.cut();
        tokio::time::sleep(case.noticeable() / 8).await;
        cut.heal();
    };
    let (put, get, ()) = tokio::join!(store.start_put(&other, &value), reader.start_get(&key), outage);
    drop(stall);
    put.expect(Expected::Stored.or_unavailable())?;
    get.expect(Expected::Value(value.clone()).or_unavailable())?;
    case.put_after_outage(&store, &key, &value).await
}
