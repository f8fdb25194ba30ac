//! A disk that is full, fails or hangs is never a lie of the store, and when it is well again, so is the store.

use std::time::Duration;

use bytes::Bytes;

use super::crash::{Lane, judge, make_one};
use super::text;
use crate::conformance::history::{Expected, Outcome, Verdict};
use crate::conformance::session::{Crash, Handle, Request, Session};
use crate::conformance::world::{Draw, Fault};

/// How large the values are that fill a disk, in bytes, and how many of them are put at most. They are more than a store is
/// likely to have taken from the system in advance.
const FILLING: usize = 256 << 10;
const FILLINGS: usize = 50;

pub(crate) async fn full_is_an_error(case: &Session) -> Verdict {
    let world = case.world();
    let store = case.open_in_victim(world).await?;
    let before = put_some(case, &store).await?;
    case.fail(world, Fault::Full).await;
    let put = fill(case, &store, "fill").await?;
    for key in before.iter().map(|(key, _)| key).chain(&put) {
        judge(case, store.start_get(key).await.operation)?;
    }
    case.heal_disk(world);
    let store = reopen(case, store).await?;
    case.expect_all(&store, &before).await?;
    for key in &put {
        judge(case, store.start_get(key).await.operation)?;
    }
    Ok(())
}

/// Also if a process ended while there was no room.
pub(crate) async fn full_then_room_again(case: &Session) -> Verdict {
    let world = case.world();
    let mut store = case.open_in_victim(world).await?;
    let mut entries = put_some(case, &store).await?;
    for (round, is_killed) in [false, true, false].into_iter().enumerate() {
        case.fail(world, Fault::Full).await;
        let put = fill(case, &store, &format!("fill{round}")).await?;
        if is_killed {
            case.crash(world, Crash::Kill).await;
        }
        case.heal_disk(world);
        store = reopen(case, store).await?;
        case.expect_all(&store, &entries).await?;
        for key in &put {
            judge(case, store.start_get(key).await.operation)?;
        }
        let again = (case.key(format!("again{round}")), case.value(FILLING.min(case.max_value_len())));
        store.put(&again.0, &again.1).await?;
        store.expect(&again.0, &again.1).await?;
        entries.push(again);
    }
    Ok(())
}

/// It need not open on such a disk. If it does, it is as it was.
pub(crate) async fn failing_while_opening(case: &Session) -> Verdict {
    let world = case.world();
    let mut store = case.open_in_victim(world).await?;
    let entries = put_some(case, &store).await?;
    for fault in [Fault::Full, Fault::FailedWrites, Fault::FailedSyncs, Fault::FailedReads] {
        case.crash(world, Crash::Kill).await;
        drop(store);
        case.fail(world, fault).await;
        if let Some(opened) = case.try_to_open(world).await {
            for (key, _) in &entries {
                judge(case, opened.start_get(key).await.operation)?;
            }
        }
        case.crash(world, Crash::Kill).await;
        case.heal_disk(world);
        store = case.reopen_in_victim(world).await?;
        case.expect_all(&store, &entries).await?;
    }
    Ok(())
}

pub(crate) async fn failed_write_is_an_error(case: &Session) -> Verdict {
    amid_puts(case, Fault::FailedWrites, Crash::Kill).await
}

pub(crate) async fn failed_sync_is_an_error(case: &Session) -> Verdict {
    amid_puts(case, Fault::FailedSyncs, Crash::Kill).await
}

/// Puts that fail or do not; then the power goes. What was acknowledged is there, whichever of its syncs has failed, and even if
/// the disk has said later that all is well.
pub(crate) async fn failed_sync_is_no_ok(case: &Session) -> Verdict {
    amid_puts(case, Fault::FailedSyncs, Crash::PowerLoss).await?;
    let world = case.world();
    let mut store = case.reopen_in_victim(world).await?;
    let entries: Vec<_> = (0..5).map(|number| (case.key(format!("more{number}")), case.value(100))).collect();
    for (key, value) in &entries {
        store.put(key, value).await?;
    }
    for round in 0..6 {
        case.fail(world, Fault::FailedSyncs).await;
        let keys: Vec<_> = (0..3).map(|number| case.key(format!("r{round}n{number}"))).collect();
        for key in &keys {
            let value = case.value(16);
            judge(case, store.start_put(key, &value).await.operation)?;
        }
        case.heal_disk(world);
        // A put that comes later may write the same pages again, and so save them.
        if round % 2 == 1 {
            let value = case.value(16);
            judge(case, store.start_put(&case.key("k"), &value).await.operation)?;
        }
        store = case.crash_and_reopen(store, Crash::PowerLoss).await?;
        case.expect_all(&store, &entries).await?;
        for key in keys.iter().chain([&case.key("k")]) {
            judge(case, store.start_get(key).await.operation)?;
        }
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn failed_read_is_not_missing(case: &Session) -> Verdict {
    let world = case.world();
    let store = case.open_in_victim(world).await?;
    let mut entries = put_some(case, &store).await?;
    let long = (case.key("long"), case.value(300_000.min(case.max_value_len())));
    store.put(&long.0, &long.1).await?;
    entries.push(long);
    // A process that has read nothing yet.
    let store = case.crash_and_reopen(store, Crash::Kill).await?;
    case.fail(world, Fault::FailedReads).await;
    for (key, _) in &entries {
        judge(case, store.start_get(key).await.operation)?;
    }
    case.crash(world, Crash::Kill).await;
    drop(store);
    case.heal_disk(world);
    let store = case.reopen_in_victim(world).await?;
    case.expect_all(&store, &entries).await
}

pub(crate) async fn stall_is_a_timeout(case: &Session) -> Verdict {
    let (world, key) = (case.world(), case.key("k"));
    let (old, new) = (text("old"), text("new"));
    let store = case.open_in_victim(world).await?;
    store.put(&key, &old).await?;
    let entries = put_some(case, &store).await?;
    case.fail(world, Fault::Stalled).await;
    let timeout = case.noticeable();
    case.in_time(&store, timeout, Request::Put(&key, &new), Expected::Stored.or_unavailable()).await?;
    let either = Expected::one_of(&[old.clone(), new.clone()]).or_unavailable();
    case.in_time(&store, timeout, Request::Get(&key), either).await?;
    let (other, value) = &entries[0];
    case.in_time(&store, timeout, Request::Get(other), Expected::Value(value.clone()).or_unavailable()).await?;
    case.heal_disk(world);
    let store = reopen(case, store).await?;
    case.expect_all(&store, &entries).await?;
    store.expect_one_of(&key, &[&old, &new]).await?;
    store.put(&key, &new).await?;
    store.expect(&key, &new).await
}

/// Puts during each of which the disk begins to fail, at another operation each time. What was acknowledged stays, and the
/// store is well again when it is opened again, at the latest.
async fn amid_puts(case: &Session, fault: Fault, crash: Crash) -> Verdict {
    let world = case.world();
    let mut store = case.open_in_victim(world).await?;
    let entries = put_some(case, &store).await?;
    let lengths: &[usize] = &[16, 30_000];
    let lane = Lane::new(case, [case.key("k")], lengths);
    let most = make_one(case, &store, &lane).await?;
    let mut moments: Vec<_> = (1..=most).collect();
    case.random(|random| random.shuffle(&mut moments));
    for (round, moment) in moments.into_iter().take(12).enumerate() {
        let (key, value) = (case.key("k"), case.value(lengths[round % 2].min(case.max_value_len())));
        world.disk().into_iter().for_each(|disk| disk.hold_at(moment));
        let put = case.fail_when_held(world, fault, store.start_put(&key, &value)).await;
        judge(case, put.operation)?;
        judge(case, store.start_get(&key).await.operation)?;
        let another = case.value(16);
        judge(case, store.start_put(&case.key("another"), &another).await.operation)?;
        case.heal_disk(world);
        // Sometimes the process ends, too.
        let power_loss = (crash == Crash::PowerLoss).then_some(Draw::NOTHING);
        if power_loss.is_some() || round % 3 == 2 {
            case.crash_after(world, Duration::ZERO, power_loss).await;
        }
        store = reopen(case, store).await?;
        case.expect_all(&store, &entries).await?;
        for key in [&key, &case.key("another")] {
            judge(case, store.start_get(key).await.operation)?;
        }
        store.put(&key, &value).await?;
        store.expect(&key, &value).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// Entries that were there before anything failed.
async fn put_some(case: &Session, store: &Handle) -> Verdict<Vec<(Bytes, Bytes)>> {
    let entries: Vec<_> = (0..5).map(|number| (case.key(format!("some{number}")), case.value(100))).collect();
    for (key, value) in &entries {
        store.put(key, value).await?;
    }
    Ok(entries)
}

/// Puts to keys of this round until one fails. Returns the keys.
async fn fill(case: &Session, store: &Handle, round: &str) -> Verdict<Vec<Bytes>> {
    let mut keys = Vec::new();
    let text = case.value(FILLING.min(case.max_value_len()));
    for number in 0..FILLINGS {
        let (key, value) = (case.key(format!("{round}n{number}")), case.value(16));
        // Longer than what it begins with, which makes it unlike the others.
        let value = Bytes::from([&value[..], &text[value.len().min(text.len())..]].concat());
        let put = store.start_put(&key, &value).await;
        judge(case, put.operation)?;
        keys.push(key);
        if matches!(put.outcome, Outcome::Failed(_)) || !case.has_time() {
            break;
        }
    }
    Ok(keys)
}

/// Closes the store and opens it again, in the same process if that still runs.
async fn reopen(case: &Session, store: Handle) -> Verdict<Handle> {
    drop(store);
    case.reopen_in_victim(case.world()).await
}
