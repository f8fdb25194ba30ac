//! What was acknowledged survives that the power goes: the store has told the system to sync it.

use bytes::Bytes;

use super::crash;
use crate::conformance::history::Verdict;
use crate::conformance::session::{Crash::PowerLoss, Session};

/// Of the kinds of power losses, each has its turn.
pub(crate) async fn acknowledged_survives(case: &Session) -> Verdict {
    crash::right_after_ok(case, PowerLoss, 6).await
}

pub(crate) async fn overwrite_survives(case: &Session) -> Verdict {
    crash::overwrite_right_after_ok(case, PowerLoss).await
}

pub(crate) async fn many_survive(case: &Session) -> Verdict {
    crash::many_right_after_ok(case, PowerLoss).await
}

/// A value of several pages, of which some may be there without the others.
pub(crate) async fn large_value_survives(case: &Session) -> Verdict {
    let key = case.key("k");
    let mut store = case.open_in_victim(case.world()).await?;
    for length in [1 << 20, 20_000, 300_000, 60_000, 5_000] {
        let value = case.value(length.min(case.max_value_len()));
        store.put(&key, &value).await?;
        store = case.crash_and_reopen(store, PowerLoss).await?;
        store.expect(&key, &value).await?;
    }
    Ok(())
}

pub(crate) async fn overwrite_is_old_or_new(case: &Session) -> Verdict {
    crash::amid_an_overwrite(case, PowerLoss).await
}

pub(crate) async fn unacknowledged_is_whole_or_absent(case: &Session) -> Verdict {
    crash::amid_puts(case, PowerLoss).await
}

pub(crate) async fn large_put_is_whole_or_absent(case: &Session) -> Verdict {
    crash::amid_a_large_put(case, PowerLoss).await
}

pub(crate) async fn amid_concurrent_puts(case: &Session) -> Verdict {
    crash::amid_concurrent_puts(case, PowerLoss).await
}

pub(crate) async fn while_opening(case: &Session) -> Verdict {
    crash::while_opening(case, PowerLoss).await
}

pub(crate) async fn many_cuts(case: &Session) -> Verdict {
    crash::many_times(case, PowerLoss).await
}

pub(crate) async fn missing_stays_missing(case: &Session) -> Verdict {
    let absent: Vec<Bytes> = ["a", "b", "c"].map(|tail| case.key(tail)).to_vec();
    let (key, values) = (case.key("k"), [case.value(16), case.value(16), case.value(16)]);
    let mut store = case.open_in_victim(case.world()).await?;
    case.expect_none(&store, &absent).await?;
    for value in &values {
        store.put(&key, value).await?;
        store = case.crash_and_reopen(store, PowerLoss).await?;
        case.expect_none(&store, &absent).await?;
        store.expect(&key, value).await?;
    }
    Ok(())
}
