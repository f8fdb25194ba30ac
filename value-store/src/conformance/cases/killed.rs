//! What was acknowledged survives that the process is killed, at whatever moment.

use super::crash::{self, Lane, MEASURED, ROUNDS, judge, moment};
use super::key_identity::ENDINGS;
use super::provenance::expect_from_a_member;
use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::{Crash::Kill, Session};

pub(crate) async fn right_after_ok(case: &Session) -> Verdict {
    crash::right_after_ok(case, Kill, 3).await
}

pub(crate) async fn overwrite_right_after_ok(case: &Session) -> Verdict {
    crash::overwrite_right_after_ok(case, Kill).await
}

pub(crate) async fn many_right_after_ok(case: &Session) -> Verdict {
    crash::many_right_after_ok(case, Kill).await
}

pub(crate) async fn amid_puts(case: &Session) -> Verdict {
    crash::amid_puts(case, Kill).await
}

pub(crate) async fn amid_an_overwrite(case: &Session) -> Verdict {
    crash::amid_an_overwrite(case, Kill).await
}

pub(crate) async fn amid_concurrent_puts(case: &Session) -> Verdict {
    crash::amid_concurrent_puts(case, Kill).await
}

pub(crate) async fn amid_a_large_put(case: &Session) -> Verdict {
    crash::amid_a_large_put(case, Kill).await
}

pub(crate) async fn while_opening(case: &Session) -> Verdict {
    crash::while_opening(case, Kill).await
}

pub(crate) async fn many_times(case: &Session) -> Verdict {
    crash::many_times(case, Kill).await
}

/// A lock or a file with the number of a process keeps nobody out whose predecessor is dead, and a file that was to be renamed
/// is no value.
pub(crate) async fn with_what_a_killed_process_leaves(case: &Session) -> Verdict {
    let key = case.key("k");
    let mut store = case.open_in_victim(case.world()).await?;
    let lane = || [Lane::new(case, [key.clone()], &[16])];
    let mut moments = crash::make(case, Kill, &store, &lane()).await?;
    let beside = ENDINGS.iter().map(|ending| case.key(format!("k{ending}")));
    let names: Vec<_> = if case.issued().is_none() { beside.collect() } else { Vec::new() };
    let names: Vec<_> = names.into_iter().filter(|name| name.len() <= case.max_key_len()).collect();
    while let Some(moment) = moments.next(case) {
        store = crash::crash_amid(case, Kill, store, &lane(), moment).await?;
        case.expect_none(&store, &names).await?;
    }
    let entries: Vec<_> = names.into_iter().map(|name| (name, case.value(16))).collect();
    let put = case.put_all(&store, &entries).await?;
    let store = case.crash_and_reopen(store, Kill).await?;
    case.expect_all(&store, &entries[..put]).await?;
    let last = text("last");
    store.put(&key, &last).await?;
    let store = case.crash_and_reopen(store, Kill).await?;
    store.expect(&key, &last).await
}

pub(crate) async fn dropped_and_timed_out_puts_are_whole(case: &Session) -> Verdict {
    let mut store = case.open_in_victim(case.world()).await?;
    let keys: Vec<_> = (0..6).map(|number| case.key(format!("k{number}"))).collect();
    let longest = crash::make(case, Kill, &store, &[Lane::new(case, keys.clone(), &[30_000])]).await?.time() / MEASURED;
    for _ in 0..ROUNDS / 2 {
        for (number, key) in keys.iter().enumerate() {
            let (value, moment) = (case.value(30_000), moment(case, longest));
            if number % 2 == 0 {
                let store = store.with_timeout(moment);
                judge(case, store.start_put(key, &value).await.operation)?;
            } else if let Ok(ended) = tokio::time::timeout(moment, store.start_put(key, &value)).await {
                judge(case, ended.operation)?;
            }
        }
        store = case.crash_and_reopen(store, Kill).await?;
        for key in &keys {
            judge(case, store.start_get(key).await.operation)?;
        }
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn missing_stays_missing(case: &Session) -> Verdict {
    let store = case.open_in_victim(case.world()).await?;
    let absent: Vec<_> = ["a", "b", "c"].map(|tail| case.key(tail)).to_vec();
    case.expect_none(&store, &absent).await?;
    let (key, old, new) = (case.key("k"), case.value(16), case.value(16));
    store.put(&key, &old).await?;
    let store = case.crash_and_reopen(store, Kill).await?;
    case.expect_none(&store, &absent).await?;
    store.put(&key, &new).await?;
    let store = case.crash_and_reopen(store, Kill).await?;
    case.expect_none(&store, &absent).await?;
    store.expect(&key, &new).await
}

pub(crate) async fn from_survives(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), case.value(16));
    let store = case.open_in_victim(case.world()).await?;
    store.put(&key, &value).await?;
    expect_from_a_member(case, &store, &key).await?;
    let store = case.crash_and_reopen(store, Kill).await?;
    expect_from_a_member(case, &store, &key).await
}
