//! A key is missing until it is put.

use std::time::Duration;

use bytes::Bytes;

use super::key_identity::RESERVED;
use super::text;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Request, Session};

pub(crate) async fn unknown_key_is_not_found(case: &Session) -> Verdict {
    let store = case.open().await?;
    store.expect_missing(&case.key("unknown")).await
}

pub(crate) async fn empty_is_not_missing(case: &Session) -> Verdict {
    let (present, absent) = (case.key("present"), case.key("absent"));
    let store = case.open().await?;
    store.put(&present, &Bytes::new()).await?;
    store.expect(&present, &Bytes::new()).await?;
    store.expect_missing(&absent).await
}

pub(crate) async fn miss_then_put_then_get(case: &Session) -> Verdict {
    let (often, once, value) = (case.key("often"), case.key("k"), text("value"));
    let store = case.open().await?;
    for (key, times) in [(&often, 10), (&once, 1)] {
        for _ in 0..times {
            store.expect_missing(key).await?;
        }
        store.put(key, &value).await?;
        store.expect(key, &value).await?;
    }
    Ok(())
}

pub(crate) async fn miss_inserts_nothing(case: &Session) -> Verdict {
    let (key, other) = (case.key("k"), case.key("other"));
    let store = case.open().await?;
    for _ in 0..3 {
        store.expect_missing(&key).await?;
    }
    store.put(&other, &text("value")).await?;
    store.expect_missing(&key).await
}

/// Some names have a value from birth, and some get one when something else is put.
pub(crate) async fn reserved_names_are_missing(case: &Session) -> Verdict {
    let Some(store) = case.open_where_all_is_missing().await? else { return Ok(()) };
    let names: Vec<_> = RESERVED.iter().copied().map(text).filter(|name| name.len() <= case.max_key_len()).collect();
    case.expect_none(&store, &names).await?;
    let key = case.key("k");
    for value in ["value", "another"].map(text) {
        store.put(&key, &value).await?;
        store.expect(&key, &value).await?;
    }
    case.expect_none(&store, &names).await
}

/// The values of a key, now and before, are not keys themselves, until something is put to them.
pub(crate) async fn values_are_missing_as_keys(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), case.value(16), case.value(16));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    store.put(&key, &new).await?;
    for _ in 0..2 {
        store.expect(&key, &new).await?;
        store.expect_missing(&old).await?;
        store.expect_missing(&new).await?;
    }
    // The other way round.
    store.put(&new, &old).await?;
    store.expect_missing(&old).await?;
    store.put(&old, &text("value")).await?;
    store.put(&key, &text("other")).await?;
    store.expect(&new, &old).await?;
    store.expect(&old, &text("value")).await?;
    store.expect(&key, &text("other")).await
}

pub(crate) async fn miss_answers_in_time(case: &Session) -> Verdict {
    let key = case.key("unknown");
    let store = case.open().await?;
    case.in_time(&store, Duration::from_millis(400), Request::Get(&key), Expected::Missing).await?;
    Ok(())
}

pub(crate) async fn one_bit_off_is_missing(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    store.put(&key, &text("value")).await?;
    store.expect(&key, &text("value")).await?;
    let bits = (0..key.len()).flat_map(|place| (0..8).map(move |bit| (place, 1_u8 << bit)));
    // Other bits make odd keys, or one in another letter case. The cases of `key_identity` are about those.
    let is_plain =
        |byte: u8, bit: u8| (byte ^ bit).is_ascii_alphanumeric() && !byte.eq_ignore_ascii_case(&(byte ^ bit));
    let one_bit_off = bits.filter(|(place, bit)| is_plain(key[*place], *bit)).map(|(place, bit)| {
        let mut other = key.to_vec();
        other[place] ^= bit;
        Bytes::from(other)
    });
    case.expect_none(&store, &one_bit_off.collect::<Vec<_>>()).await?;
    store.expect(&key, &text("value")).await
}

pub(crate) async fn many_misses_then_usable(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), text("value"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    // More misses than any pool has places, for a store that does not give a place back after a miss.
    for number in 0..1_100 {
        store.expect_missing(&case.key(format!("n{number}"))).await?;
        if !case.has_time() {
            break;
        }
    }
    store.expect(&key, &value).await?;
    store.put(&key, &text("new")).await?;
    store.expect(&key, &text("new")).await
}
