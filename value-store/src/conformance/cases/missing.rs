//! A key is missing until it is put.

use std::time::Duration;

use bytes::Bytes;

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
