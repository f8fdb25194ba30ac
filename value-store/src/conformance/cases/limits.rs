//! A store takes everything up to its limit, and refuses everything above it.

use bytes::Bytes;

use super::text;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Handle, Session};

/// How far to exceed a limit, in bytes: by one, and by amounts that get lost if a length is kept in one or two bytes.
const EXCESSES: [usize; 3] = [1, 256, 65_536];

/// Fillings whose length changes in some encodings, or which some stores trim.
const FILLS: [&[u8]; 6] = [b"x", "\u{e9}".as_bytes(), b"\0", b" ", b"\"", b"\xff"];

/// Above this limit, in bytes, a case tries fewer values, since the history keeps all of them.
const MANY_FIT: usize = 1 << 22;

pub(crate) async fn value_at_the_limit_is_kept(case: &Session) -> Verdict {
    let limit = case.max_value_len();
    let fills = FILLS.iter().filter(|_| limit <= MANY_FIT).map(|fill| filled(fill, limit));
    let values: Vec<_> = [case.bytes(limit)].into_iter().chain(fills).collect();
    let store = case.open().await?;
    for (number, value) in values.iter().enumerate() {
        // Puts one of the values to the longest key, for a store that adds up the two lengths.
        let key = if number == 1 && case.settings().max_key_len.is_some() {
            long_key(case, 0)
        } else {
            case.key(format!("k{number}"))
        };
        store.put(&key, value).await?;
        store.expect(&key, value).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn value_over_the_limit_is_refused(case: &Session) -> Verdict {
    let limit = case.max_value_len();
    let excesses = EXCESSES.into_iter().chain([limit.min(MANY_FIT)]).map(|excess| filled(b"x", limit + excess));
    let counted = [of_wide_characters(limit)];
    let trimmed = [" ", "\n", "\0"].map(|end| [&filled(b"x", limit)[..], end.as_bytes()].concat().into());
    let others = counted.into_iter().chain(trimmed).filter(|_| limit <= MANY_FIT);
    let puts = excesses.chain(others).enumerate();
    let puts: Vec<_> = puts.map(|(number, value)| (case.key(format!("k{number}")), value)).collect();
    let store = case.open().await?;
    expect_refused(case, &store, &puts, Expected::ValueRefused).await?;
    store.put(&case.key("k0"), &text("short enough")).await?;
    store.expect(&case.key("k0"), &text("short enough")).await
}

/// Expects each put to end as `refused` says, and its key to be missing afterwards.
async fn expect_refused(case: &Session, store: &Handle, puts: &[(Bytes, Bytes)], refused: Expected) -> Verdict {
    let each = |(key, value): (Bytes, Bytes)| {
        let (store, refused) = (store.patient(), refused.clone());
        async move {
            store.start_put(&key, &value).await.expect(refused.clone())?;
            match refused {
                Expected::KeyRefused => store.start_get(&key).await.expect(Expected::KeyRefusedOrMissing),
                _ => store.expect_missing(&key).await,
            }
        }
    };
    case.for_each(puts, each).await?;
    Ok(())
}

pub(crate) async fn many_refusals_then_usable(case: &Session) -> Verdict {
    let (key, too_long) = (case.key("k"), too_long_a_value(case));
    let store = case.open().await?;
    let refused = |()| {
        let (store, key, too_long) = (store.patient(), key.clone(), too_long.clone());
        async move { store.start_put(&key, &too_long).await.expect(Expected::ValueRefused) }
    };
    case.for_each(&[(); 300], refused).await?;
    store.put(&key, &text("value")).await?;
    store.expect(&key, &text("value")).await
}

pub(crate) async fn many_long_keys_then_usable(case: &Session) -> Verdict {
    let (key, too_long) = (case.key("k"), long_key(case, 1));
    let store = case.open().await?;
    let refused = |()| {
        let (store, too_long) = (store.patient(), too_long.clone());
        async move {
            store.start_put(&too_long, &text("refused")).await.expect(Expected::KeyRefused)?;
            store.start_get(&too_long).await.expect(Expected::KeyRefusedOrMissing)
        }
    };
    case.for_each(&[(); 300], refused).await?;
    store.put(&key, &text("value")).await?;
    store.expect(&key, &text("value")).await
}

pub(crate) async fn refused_key_stays_away(case: &Session) -> Verdict {
    let (longest, too_long) = (long_key(case, 0), long_key(case, 1));
    let store = case.open().await?;
    store.put(&longest, &text("value")).await?;
    store.start_put(&too_long, &text("refused")).await.expect(Expected::KeyRefused)?;
    let store = case.restart(store).await?;
    store.expect(&longest, &text("value")).await?;
    store.start_get(&too_long).await.expect(Expected::KeyRefusedOrMissing)
}

pub(crate) async fn refused_value_stays_away(case: &Session) -> Verdict {
    let (key, fresh, old) = (case.key("k"), case.key("fresh"), text("old"));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    for key in [&key, &fresh] {
        store.start_put(key, &too_long_a_value(case)).await.expect(Expected::ValueRefused)?;
    }
    let store = case.restart(store).await?;
    store.expect(&key, &old).await?;
    store.expect_missing(&fresh).await
}

pub(crate) async fn refusal_keeps_the_old_value(case: &Session) -> Verdict {
    let (key, old) = (case.key("k"), text("old"));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    store.start_put(&key, &too_long_a_value(case)).await.expect(Expected::ValueRefused)?;
    store.expect(&key, &old).await?;
    store.put(&key, &text("new")).await?;
    store.expect(&key, &text("new")).await
}

pub(crate) async fn key_at_the_limit_is_kept(case: &Session) -> Verdict {
    let limit = case.max_key_len();
    let fills = FILLS.iter().enumerate().map(|(number, fill)| {
        let fresh = case.key(format!("{number}"));
        [&fresh[..], &filled(fill, limit - fresh.len())].concat()
    });
    let last = [b'y', b'z'].map(|last| [&long_key(case, 0)[..limit - 1], &[last]].concat());
    let entries: Vec<_> = fills.chain(last).map(|key| (Bytes::from(key), case.value(16))).collect();
    let store = case.open().await?;
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(crate) async fn key_over_the_limit_is_refused(case: &Session) -> Verdict {
    let longest = long_key(case, 0);
    let excesses = EXCESSES.into_iter().chain([case.max_key_len()]).map(|excess| long_key(case, excess));
    let trimmed = FILLS.iter().map(|fill| [&longest[..], fill].concat().into());
    let counted = [of_wide_characters(case.max_key_len())];
    let puts: Vec<_> = excesses.chain(trimmed).chain(counted).map(|key| (key, text("refused"))).collect();
    let store = case.open().await?;
    store.put(&longest, &text("value")).await?;
    expect_refused(case, &store, &puts, Expected::KeyRefused).await?;
    store.expect(&longest, &text("value")).await
}

fn too_long_a_value(case: &Session) -> Bytes {
    vec![b'x'; case.max_value_len() + 1].into()
}

/// A key that is `excess` bytes longer than the limit.
fn long_key(case: &Session, excess: usize) -> Bytes {
    let mut key = case.key("").to_vec();
    key.resize(case.max_key_len() + excess, b'k');
    key.into()
}

/// `length` bytes that repeat `fill`.
pub(super) fn filled(fill: &[u8], length: usize) -> Bytes {
    let mut bytes = fill.repeat(length / fill.len() + 1);
    bytes.truncate(length);
    bytes.into()
}

/// A value or key with more bytes than the limit, but fewer characters.
fn of_wide_characters(limit: usize) -> Bytes {
    filled("\u{e9}".as_bytes(), limit + 2 - limit % 2)
}
