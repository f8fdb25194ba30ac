//! All handles onto one world reach the same store.

use super::key_identity::CONFUSABLE;
use super::text;
use crate::conformance::history::{Expected, Failure, Outcome, Verdict};
use crate::conformance::session::{Calls, Handle, Session};

pub(crate) async fn other_handle_sees_put(case: &Session) -> Verdict {
    let [one, other] = two(case).await?;
    for (number, (putting, getting)) in [(&one, &other), (&other, &one)].into_iter().enumerate() {
        let (key, value) = (case.key(format!("k{number}")), case.value(100));
        putting.put(&key, &value).await?;
        case.expect_to_arrive(getting, &key, &value).await?;
    }
    Ok(())
}

pub(crate) async fn other_handle_sees_long_values(case: &Session) -> Verdict {
    let [one, other] = two(case).await?;
    for length in [5_000, 70_000] {
        let (key, value) = (case.key(format!("k{length}")), case.value(length));
        one.put(&key, &value).await?;
        case.expect_to_arrive(&other, &key, &value).await?;
    }
    Ok(())
}

/// Both handles have read the key before, so that a stale value in the cache of a handle shows.
pub(crate) async fn other_handle_sees_overwrite(case: &Session) -> Verdict {
    let key = case.key("k");
    let [one, other] = two(case).await?;
    for value in ["first", "longersecond", "3rd", "fourth"] {
        for (putting, getting) in [(&one, &other), (&other, &one)] {
            let value = text(value);
            putting.put(&key, &value).await?;
            case.expect_to_arrive(getting, &key, &value).await?;
            putting.expect(&key, &value).await?;
        }
    }
    // Neither handle reads in between. If others may see a put late, it would be unclear which one is the last.
    if case.settings().propagation.is_zero() {
        let (value, between) = (text("again"), text("between"));
        for (handle, value) in [(&one, &value), (&other, &between), (&one, &value)] {
            handle.put(&key, value).await?;
        }
        other.expect(&key, &value).await?;
        one.expect(&key, &value).await?;
    }
    Ok(())
}

/// Every other key is put through one handle, and the keys between them through the other.
pub(crate) async fn confusable_keys_are_told_apart(case: &Session) -> Verdict {
    let [one, other] = two(case).await?;
    let entries: Vec<_> = CONFUSABLE.iter().map(|tail| (case.key(tail), case.value(16))).collect();
    let pairs: Vec<_> = entries.chunks_exact(2).map(|pair| (&pair[0], &pair[1])).collect();
    for ((first, value), (second, _)) in &pairs {
        one.put(first, value).await?;
        case.expect_to_arrive(&other, first, value).await?;
        other.expect_missing(second).await?;
    }
    for (_, (second, value)) in &pairs {
        other.put(second, value).await?;
        case.expect_to_arrive(&one, second, value).await?;
    }
    case.until_it_stays().await;
    for (key, value) in pairs.into_iter().flat_map(|(first, second)| [first, second]) {
        one.expect(key, value).await?;
        other.expect(key, value).await?;
    }
    Ok(())
}

pub(crate) async fn miss_hides_no_put_of_another(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let [one, other] = two(case).await?;
    other.expect_missing(&key).await?;
    one.put(&key, &value).await?;
    case.expect_to_arrive(&other, &key, &value).await
}

pub(crate) async fn late_handle_sees_old_values(case: &Session) -> Verdict {
    let (key, replaced, value) = (case.key("k"), case.key("replaced"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.put(&replaced, &text("old")).await?;
    store.put(&replaced, &value).await?;
    let late = case.open().await?;
    case.expect_to_arrive(&late, &key, &value).await?;
    case.expect_to_arrive(&late, &replaced, &value).await?;
    late.expect_missing(&case.key("absent")).await?;
    // The new handle changes nothing for the old ones.
    store.expect(&key, &value).await
}

/// A store that reads everything, changes one value and writes everything back loses puts that come in between.
pub(crate) async fn puts_of_several_handles_all_land(case: &Session) -> Verdict {
    const HANDLES: usize = 4;
    const KEYS: usize = 8;
    let handles = case.open_several(HANDLES).await?;
    let entry = |handle, key| (case.key(format!("h{handle}k{key}")), case.value(100));
    let entries: Vec<Vec<_>> = (0..HANDLES).map(|handle| (0..KEYS).map(|key| entry(handle, key)).collect()).collect();
    let mut puts = Calls::default();
    for (handle, entries) in handles.iter().zip(entries.clone()) {
        let handle = handle.patient();
        puts.start(async move {
            for (key, value) in entries {
                handle.put(&key, &value).await?;
            }
            Ok(())
        });
    }
    puts.all().await?;
    for handle in &handles {
        for (key, value) in entries.iter().flatten() {
            case.expect_to_arrive(handle, key, value).await?;
        }
    }
    Ok(())
}

pub(crate) async fn from_is_a_member(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let handles = case.open_several(3).await?;
    handles[0].put(&key, &value).await?;
    for handle in &handles {
        case.expect_to_arrive(handle, &key, &value).await?;
    }
    case.until_it_stays().await;
    for handle in &handles {
        let members = case.world().members();
        let ended = handle.start_get(&key).await;
        ended.expect(Expected::Value(value.clone()))?;
        if let Outcome::Found(found) = &ended.outcome
            && !members.is_empty()
            && !members.contains(&found.from)
        {
            return Failure::Stranger { operation: ended.operation, members }.into();
        }
    }
    Ok(())
}

/// The handle is dropped as soon as its last put was acknowledged.
pub(crate) async fn handle_may_leave(case: &Session) -> Verdict {
    let (key, last, value, newer) = (case.key("k"), case.key("last"), text("value"), text("newer"));
    let [leaving, staying] = two(case).await?;
    leaving.put(&key, &value).await?;
    leaving.put(&last, &value).await?;
    drop(leaving);
    for key in [&key, &last] {
        case.expect_to_arrive(&staying, key, &value).await?;
    }
    staying.put(&key, &newer).await?;
    staying.expect(&key, &newer).await
}

/// The store has to work on when the handle that was opened first is gone.
pub(crate) async fn handles_may_come_and_go(case: &Session) -> Verdict {
    let key = case.key("k");
    let mut last = case.open().await?;
    for number in 0..5 {
        let value = case.value(10 + number);
        last.put(&key, &value).await?;
        let next = case.open().await?;
        drop(last);
        case.expect_to_arrive(&next, &key, &value).await?;
        last = next;
    }
    Ok(())
}

async fn two(case: &Session) -> Verdict<[Handle; 2]> {
    Ok([case.open().await?, case.open().await?])
}
