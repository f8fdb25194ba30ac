//! Checks that a store keeps similar keys apart.

use std::collections::BTreeSet;

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
pub(super) async fn begin_differently<T: AsRef<str>>(case: &Session, store: &Handle, heads: &[T]) -> Verdict {
    if !case.has_time() {
        return Ok(());
    }
    told_apart_both_ways(case, store, || heads.iter().map(|head| case.key_beginning(head.as_ref())).collect()).await
}

/// Checks the keys in two rounds, each with fresh keys. The second round swaps the two halves of the list.
pub(super) async fn told_apart_both_ways(case: &Session, store: &Handle, keys: impl Fn() -> Vec<Bytes>) -> Verdict {
    for round in 0..2 {
        if round > 0 && !case.has_time() {
            break;
        }
        case.renew_prefix();
        told_apart_one_way(case, store, &keys(), round).await?;
    }
    Ok(())
}

/// Checks that these whole keys are different keys: like [`told_apart`], in worlds where no key has a value.
pub(super) async fn whole_keys_told_apart(case: &Session, keys: &[Bytes]) -> Verdict {
    for round in 0..2 {
        if round > 0 && !case.has_time() {
            break;
        }
        let Some(store) = case.open_where_all_is_missing().await? else { break };
        told_apart_one_way(case, &store, keys, round).await?;
    }
    Ok(())
}

/// Puts every other key of the list, expects the keys between them to be missing, and then puts those. In the first round,
/// those that came first get other values after that.
async fn told_apart_one_way(case: &Session, store: &Handle, keys: &[Bytes], round: usize) -> Verdict {
    let mut known = BTreeSet::new();
    let keys: Vec<_> = keys.iter().filter(|key| key.len() <= case.max_key_len() && known.insert(*key)).collect();
    let half = |half| {
        let keys = keys.iter().skip(half).step_by(2);
        keys.map(|key| (Bytes::clone(key), case.value(16))).collect::<Vec<_>>()
    };
    let (early, late) = (half(round), half(1 - round));
    let absent: Vec<_> = late.iter().map(|(key, _)| key.clone()).collect();

    let mut early = early[..case.put_all(store, &early).await?].to_vec();
    case.expect_none(store, &absent).await?;
    let late = &late[..case.put_all(store, &late).await?];
    if round == 0 {
        let others: Vec<_> = early.iter().map(|(key, _)| (key.clone(), case.value(16))).collect();
        let put = case.put_all(store, &others).await?;
        early[..put].clone_from_slice(&others[..put]);
    }
    case.expect_all(store, &[&early, late].concat()).await
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
    let fits = |(key, value): &(Bytes, Bytes)| key.len() <= case.max_key_len() && value.len() <= case.max_value_len();
    let entries: Vec<_> = names.iter().copied().map(by_its_name).filter(fits).collect();
    let put = case.put_all(store, &entries).await?;
    case.expect_all(store, &entries[..put]).await
}
