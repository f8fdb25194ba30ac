//! What was put is found.

use bytes::Bytes;

use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn put_then_get(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.expect(&key, &value).await
}

pub(crate) async fn get_repeats(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    // More than 256 gets, for a store that counts in one byte, and more than most pools have places.
    for _ in 0..1_100 {
        store.expect(&key, &value).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn many_keys_each_their_own(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries = numbered(case, 300);
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

/// Caches tend to hold a power of two of entries, by default up to 2,048, and tables that do not grow up to 10,000. Where
/// such a table is full, a put may say so, but not before the caches are.
pub(crate) async fn many_puts_evict_nothing(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries = numbers_as_values(case, 10_200);
    let put = case.put_all(&store, &entries[..2_100]).await?;
    let first = &entries[..put.min(80)];
    case.expect_all(&store, first).await?;
    let taken = case.fill(&store, &entries[2_100..]).await?;
    let some = taken.iter().rev().step_by(taken.len() / 80 + 1);
    case.expect_all(&store, &first.iter().chain(some.copied()).cloned().collect::<Vec<_>>()).await
}

/// Keys that end with the first numbers, each with its number as the value. All are parts of one text: to make each by
/// itself would take as long as to put it.
fn numbers_as_values(case: &Session, count: usize) -> Vec<(Bytes, Bytes)> {
    let key = case.key("n00000");
    let (prefix, mut digits) = (key.len() - "n00000".len(), *b"00000");
    let mut text = Vec::with_capacity(count * key.len());
    for _ in 0..count {
        text.extend_from_slice(&key[..=prefix]);
        text.extend_from_slice(&digits);
        // The next number.
        for digit in digits.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                break;
            }
            *digit = b'0';
        }
    }
    let text = Bytes::from(text);
    let keys = (0..count).map(|number| text.slice(number * key.len()..(number + 1) * key.len()));
    keys.map(|key| (key.clone(), key.slice(prefix..))).collect()
}

/// How many values of almost a mebibyte: more than a cache of 64 MiB holds.
const MANY_LONG_VALUES: usize = 72;

/// The values are parts of one, so that neither making nor keeping them costs much where a store copies nothing. Where a
/// store is full, a put may say so.
pub(crate) async fn many_bytes_evict_nothing(case: &Session) -> Verdict {
    let all = case.bytes(1 << 20);
    let (len, step) = (all.len() - all.len() / 16, all.len() / 16 / MANY_LONG_VALUES);
    let entry = |number| (case.key(format!("n{number}")), all.slice(number * step..).slice(..len));
    let store = case.open().await?;
    let entries: Vec<_> = (0..MANY_LONG_VALUES).map(entry).collect();
    let taken = case.fill(&store, &entries).await?;
    let some: Vec<_> = taken.iter().take(8).chain(taken.iter().rev().take(8)).copied().cloned().collect();
    case.expect_all(&store, &some).await
}

/// Entries whose keys differ in their last characters. Each has its own value.
fn numbered(case: &Session, count: usize) -> Vec<(Bytes, Bytes)> {
    (0..count).map(|number| (case.key(format!("n{number}")), case.value(16))).collect()
}

pub(crate) async fn ok_means_visible(case: &Session) -> Verdict {
    let store = case.open().await?;
    for number in 0..50 {
        let (key, first, second) = (case.key(format!("n{number}")), case.value(64), case.value(64));
        store.put(&key, &first).await?;
        store.expect(&key, &first).await?;
        store.put(&key, &second).await?;
        store.expect(&key, &second).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}
