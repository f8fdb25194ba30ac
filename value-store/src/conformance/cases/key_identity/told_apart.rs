//! How keys are told apart.

use std::collections::HashSet;

use bytes::Bytes;

use super::super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::{Handle, Session};

/// Each of two neighbours in the list is missing while the other has a value, and with all of them there each has its own.
pub(super) async fn told_apart<T: AsRef<[u8]>>(case: &Session, store: &Handle, tails: &[T]) -> Verdict {
    let beginnings: [&[u8]; 2] = [b"", b"2/"];
    let keys = |round: usize| tails.iter().map(|tail| case.key([beginnings[round], tail.as_ref()].concat())).collect();
    told_apart_both_ways(case, store, keys).await
}

/// The same for keys that have nothing before these.
pub(super) async fn begin_differently(case: &Session, store: &Handle, heads: &[&str]) -> Verdict {
    if !case.has_time() {
        return Ok(());
    }
    let keys = |round| heads.iter().map(|head| case.key_beginning(&format!("{head}{round}"))).collect();
    told_apart_both_ways(case, store, keys).await
}

/// Each round with keys of its own, of which the first are there before the second, and then the other way round.
pub(super) async fn told_apart_both_ways(
    case: &Session,
    store: &Handle,
    keys: impl Fn(usize) -> Vec<Bytes>,
) -> Verdict {
    for round in 0..2 {
        if round > 0 && !case.has_time() {
            break;
        }
        let mut known = HashSet::new();
        let is_new = |key: &Bytes| key.len() <= case.max_key_len() && known.insert(key.clone());
        let keys: Vec<_> = keys(round).into_iter().filter(is_new).collect();
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

/// A key that is the same in each run, with a value that is the same in each, so that runs beside each other agree.
pub(super) fn by_its_name(name: &'static str) -> (Bytes, Bytes) {
    (text(name), format!("{name}'s").into())
}
