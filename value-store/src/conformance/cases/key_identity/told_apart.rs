//! Checks that a store keeps similar keys apart.

use std::collections::HashSet;

use bytes::Bytes;

use super::super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::{Handle, Session};

/// Checks that keys with these endings are different keys.
///
/// Of two neighbours in the list, each has to be missing while only the other has a value. When all keys have values,
/// each has to have its own. So neighbours should be keys that a store may confuse.
pub(super) async fn told_apart<T: AsRef<[u8]>>(case: &Session, store: &Handle, tails: &[T]) -> Verdict {
    told_apart_both_ways(case, store, || tails.iter().map(|tail| case.key(tail)).collect()).await
}

/// Like [`told_apart`], for keys that begin with these `heads`. What makes the keys fresh comes after the head.
pub(super) async fn begin_differently(case: &Session, store: &Handle, heads: &[&str]) -> Verdict {
    if !case.has_time() {
        return Ok(());
    }
    told_apart_both_ways(case, store, || heads.iter().map(|head| case.key_beginning(head)).collect()).await
}

/// Checks the keys in two rounds, each with fresh keys.
///
/// The first round puts every other key of the list, expects the keys between them to be missing, and then puts those.
/// The second round swaps the two halves.
pub(super) async fn told_apart_both_ways(case: &Session, store: &Handle, keys: impl Fn() -> Vec<Bytes>) -> Verdict {
    for round in 0..2 {
        if round > 0 && !case.has_time() {
            break;
        }
        case.renew_prefix();
        let mut known = HashSet::new();
        let is_new = |key: &Bytes| key.len() <= case.max_key_len() && known.insert(key.clone());
        let keys: Vec<_> = keys().into_iter().filter(is_new).collect();
        let half = |half| {
            let keys = keys.iter().skip(half).step_by(2);
            keys.map(|key| (key.clone(), case.value(16))).collect::<Vec<_>>()
        };
        let (early, late) = (half(round), half(1 - round));
        let absent: Vec<_> = late.iter().map(|(key, _)| key.clone()).collect();

        let early = &early[..case.put_all(store, &early).await?];
        case.expect_none(store, &absent).await?;
        let late = &late[..case.put_all(store, &late).await?];
        case.expect_all(store, &[early, late].concat()).await?;
    }
    Ok(())
}

/// The name as a whole key, with a fixed value of letters and digits. Nothing makes the key fresh, but runs that use one
/// backend at the same time put the same value, so they agree.
pub(super) fn by_its_name(name: &'static str) -> (Bytes, Bytes) {
    let plain =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { hexadecimal(&[byte]) };
    (text(name), format!("of{}", name.bytes().map(plain).collect::<String>()).into())
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// Checks that these whole keys are different keys. Nothing makes them fresh: they may have values from an earlier run,
/// so they are not expected to be missing at first.
pub(super) async fn whole(case: &Session, store: &Handle, names: &[&'static str]) -> Verdict {
    let entries: Vec<_> = names.iter().copied().map(by_its_name).collect();
    let put = case.put_all(store, &entries).await?;
    case.expect_all(store, &entries[..put]).await
}
