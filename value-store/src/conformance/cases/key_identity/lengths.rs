//! The empty key, and keys of any length that differ in one byte.

use bytes::Bytes;

use super::super::text;
use super::told_apart::{by_its_name, told_apart_both_ways, whole_keys_told_apart};
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
        ["\0", " ", "_", "-", "/", ".", "\"\"", "0", "null", "default", "empty", "root", "index"].map(by_its_name);
    for (name, value) in &stand_ins {
        store.put(name, value).await?;
        store.expect(&empty, &second).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// Bytes as keys; keys of each length that stores keep in place of a pointer; and numbers, as stores write them for
/// keys of these lengths, or pad shorter keys to them.
pub(crate) async fn short_keys(case: &Session) -> Verdict {
    let bytes = (0..=u8::MAX).step_by(5).map(|byte| vec![byte]);
    let of_each_length = (2..=9).chain([12, 15, 16, 22, 23, 24]).flat_map(|length| {
        let ends = [*b"aa", *b"ab", *b"ac", *b"ba", [0, 0], [0, 1], [1, 0], [0xff, 0xfe], [0xff, 0xff]];
        ends.map(|[first, last]| {
            let mut key = vec![first; length];
            key[length - 1] = last;
            key
        })
    });
    let numbers = [2, 255, 256, 65_535, u32::MAX].into_iter().flat_map(|number| {
        let (short, long) = (number.to_be_bytes(), u64::from(number).to_be_bytes());
        let from_the_other_end = [&short[..], &long].map(|number| number.iter().rev().copied().collect());
        [short.to_vec(), number.to_string().into(), long.to_vec()].into_iter().chain(from_the_other_end)
    });
    let keys: Vec<_> = bytes.chain(of_each_length).chain(numbers).map(Bytes::from).collect();
    whole_keys_told_apart(case, &keys).await
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
