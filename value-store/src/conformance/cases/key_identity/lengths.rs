//! The empty key, and keys of any length that differ in one byte.

use bytes::Bytes;

use super::super::text;
use super::told_apart::{by_its_name, told_apart_both_ways};
use crate::conformance::history::Verdict;
use crate::conformance::session::{Handle, Session};

/// The suite cannot make the empty key fresh. It may have a value from an earlier run, so the case does not expect it
/// to be missing at first.
pub(crate) async fn empty_key(case: &Session) -> Verdict {
    let (empty, other) = (Bytes::new(), case.key(""));
    let (first, second) = (case.value(16), case.value(16));
    let store = case.open().await?;
    store.put(&empty, &first).await?;
    store.expect_missing(&other).await?;
    store.put(&other, &second).await?;
    store.expect(&empty, &first).await?;
    store.expect(&other, &second).await?;
    store.put(&empty, &case.value(15)).await?;
    store.put(&empty, &second).await?;
    store.expect(&empty, &second).await?;
    store.expect(&other, &second).await?;

    // Keys that a store may use in place of the empty key.
    let stand_ins =
        ["\0", " ", "_", "-", "/", ".", "\"\"", "null", "default", "empty", "root", "index"].map(by_its_name);
    for (name, value) in &stand_ins {
        store.put(name, value).await?;
        store.expect(&empty, &second).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn each_byte_counts(case: &Session) -> Verdict {
    let store = case.open().await?;
    let bytes = || 0..=u8::MAX;
    let fresh = case.key("");
    let first = bytes().map(|byte| [&[byte], &fresh[..fresh.len() - 1]].concat());
    let inside = bytes().map(|byte| case.key([b'i', byte, b'i']).to_vec());
    let last = bytes().map(|byte| case.key([b'l', byte]).to_vec());
    let entries: Vec<_> = first.chain(inside).chain(last).map(|key| (Bytes::from(key), case.value(16))).collect();
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(crate) async fn long_keys_differ_in_one_byte(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart_both_ways(case, &store, || {
        let lengths = [16, 32, 64, 128, 255, 256, 257, 512, 1_024, case.max_key_len().min(1_024)];
        let places = lengths.into_iter().flat_map(|length| [0, length / 2, length - 1].map(|place| (length, place)));
        let keys = places.flat_map(|(length, place)| {
            let mut key = case.key("").to_vec();
            key.resize(length, b'k');
            // What makes a key fresh has no capitals.
            [b'X', b'Y'].map(|byte| {
                key[place] = byte;
                Bytes::copy_from_slice(&key)
            })
        });
        keys.collect()
    })
    .await
}

/// The lengths are more than 16 bits can count, and more than the lengths at which stores cut keys off. A store with a
/// limit has to declare it.
pub(crate) async fn very_long_keys_differ_in_one_byte(case: &Session) -> Verdict {
    let store = case.open().await?;
    for length in [2_049, 4_097, 32_769, 70_000].map(|length| length.min(case.max_key_len())) {
        differ_in_one_byte(case, &store, length).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// Puts a key of this length and three keys that differ from it in one byte: at the end, in the middle or at the
/// beginning. Each has to have its own value.
///
/// Keys that have a third byte in one of these places are never put, and have to be missing.
async fn differ_in_one_byte(case: &Session, store: &Handle, length: usize) -> Verdict {
    let fresh = case.key("");
    let mut plain = vec![b'k'; length];
    let room = length.min(fresh.len());
    plain[..room].copy_from_slice(&fresh[..room]);
    let key = |place: usize, byte: u8| {
        let mut key = plain.clone();
        key[place] = byte;
        Bytes::from(key)
    };
    // What makes a key fresh contains neither `u` nor `x`. All values have the same length, for stores that tell
    // entries apart by their lengths.
    let places = [("atlast", length - 1), ("middle", length / 2), ("before", 0)];
    let entries = places.map(|(name, place)| (key(place, b'u'), text(name)));
    let (plain, at_none) = (Bytes::copy_from_slice(&plain), text("atnone"));
    store.put(&plain, &at_none).await?;
    for (key, value) in &entries {
        store.put(key, value).await?;
    }
    store.expect(&plain, &at_none).await?;
    for (key, value) in &entries {
        store.expect(key, value).await?;
    }
    for (_, place) in places.into_iter().take_while(|_| case.has_time()) {
        store.expect_missing(&key(place, b'x')).await?;
    }
    Ok(())
}
