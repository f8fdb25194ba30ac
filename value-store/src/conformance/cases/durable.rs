//! What was acknowledged survives a restart.

use std::collections::BTreeSet;

use bytes::Bytes;

use super::cancellation::{await_points, missing_or_whole};
use super::key_identity::{CONFUSABLE, ENDINGS, RESERVED};
use super::provenance::expect_from_a_member;
use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn value_survives(case: &Session) -> Verdict {
    let (key, value) = (case.key("k"), case.value(16));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    let store = case.restart(store).await?;
    store.expect(&key, &value).await
}

pub(crate) async fn overwrite_survives(case: &Session) -> Verdict {
    let (key, old, new) = (case.key("k"), case.value(16), case.value(16));
    let store = case.open().await?;
    store.put(&key, &old).await?;
    let store = case.restart(store).await?;
    store.put(&key, &new).await?;
    let store = case.restart(store).await?;
    store.expect(&key, &new).await
}

pub(crate) async fn last_of_several_puts_survives(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    let mut last = Bytes::new();
    // More puts than a log is likely to take before it is compacted.
    for _ in 0..120 {
        last = case.value(16);
        store.put(&key, &last).await?;
        if !case.has_time() {
            break;
        }
    }
    // Puts the first value again, after another one.
    let (again, first) = (case.key("again"), case.value(16));
    for value in [&first, &last, &first] {
        store.put(&again, value).await?;
    }
    let store = case.restart(store).await?;
    store.expect(&key, &last).await?;
    store.expect(&again, &first).await
}

pub(crate) async fn lengths_survive(case: &Session) -> Verdict {
    let store = case.open().await?;
    let lengths = [255, 256, 65_535, 65_536, 65_537, 1 << 20];
    let values = lengths.map(|length| (case.key(format!("v{length}")), case.bytes(length)));
    let keys = [255, 256, 257, 1_000].map(|length| {
        let mut key = case.key(format!("k{length}")).to_vec();
        key.resize(length.min(case.max_key_len()), b'k');
        (Bytes::from(key), text("longkey"))
    });
    let entries = [&values[..], &keys].concat();
    let put = case.put_all(&store, &entries).await?;
    let store = case.restart(store).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(crate) async fn confusable_keys_survive(case: &Session) -> Verdict {
    let entries: Vec<_> = CONFUSABLE.iter().map(|tail| (case.key(tail), case.value(16))).collect();
    let store = case.open().await?;
    let put = case.put_all(&store, &entries).await?;
    let store = case.restart(store).await?;
    case.expect_all(&store, &entries[..put]).await
}

/// Half of the values have replaced others.
pub(crate) async fn short_keys_survive(case: &Session) -> Verdict {
    let Some(store) = case.open_where_all_is_missing().await? else { return Ok(()) };
    let lengths = (0..=12).chain([15, 16, 24]);
    let keys =
        lengths.flat_map(|length| [b"a", b"b", b"c", b"\0", b"\xff"].map(|byte| Bytes::from(byte.repeat(length))));
    let keys: Vec<_> =
        keys.collect::<BTreeSet<_>>().into_iter().filter(|key| key.len() <= case.max_key_len()).collect();
    let entries: Vec<_> = keys.into_iter().map(|key| (key, case.value(16))).collect();
    let put = case.put_all(&store, &entries).await?;
    let (replaced, others) = entries[..put].split_at(put / 2);
    let replaced: Vec<_> = replaced.iter().map(|(key, _)| (key.clone(), case.value(16))).collect();
    for (key, value) in &replaced {
        store.put(key, value).await?;
    }
    let store = case.restart(store).await?;
    case.expect_all(&store, &[&replaced, others].concat()).await
}

/// What a store writes beside the values is no key, neither before it is opened again nor after.
pub(crate) async fn reserved_names_survive(case: &Session) -> Verdict {
    let Some(store) = case.open_where_all_is_missing().await? else { return Ok(()) };
    let key = case.key("k");
    let beside = ENDINGS.iter().map(|ending| case.key(format!("k{ending}")));
    let names = RESERVED.iter().copied().map(text).chain(beside);
    let names: Vec<_> = names.filter(|name| name.len() <= case.max_key_len()).collect();
    for value in ["value", "another"].map(text) {
        store.put(&key, &value).await?;
    }
    let store = case.restart(store).await?;
    case.expect_none(&store, &names).await?;
    let entries: Vec<_> = names.into_iter().map(|name| (name, case.value(16))).collect();
    let put = case.put_all(&store, &entries).await?;
    let store = case.restart(store).await?;
    store.expect(&key, &text("another")).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(crate) async fn many_keys_survive(case: &Session) -> Verdict {
    let entries: Vec<_> = (0..1_100).map(|number| (case.key(format!("n{number}")), case.value(16))).collect();
    let store = case.open().await?;
    let put = case.put_all(&store, &entries).await?;
    let store = case.restart(store).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(crate) async fn from_survives(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    store.put(&key, &text("value")).await?;
    let store = case.restart(store).await?;
    expect_from_a_member(case, &store, &key).await
}

pub(crate) async fn dropped_put_harms_nothing_acknowledged(case: &Session) -> Verdict {
    let (before, after) = (case.value(500), case.value(500));
    let store = case.open().await?;
    let mut entries = Vec::new();
    for polls in await_points() {
        let [one, dropped, other] = ["one", "drop", "other"].map(|name| case.key(format!("{name}{polls}")));
        store.put(&one, &before).await?;
        let ended = store.start_put(&dropped, &case.value(4_000)).drop_after(polls).await;
        store.put(&other, &after).await?;
        entries.extend([(one, before.clone()), (other, after.clone())]);
        if ended.is_some() || !case.has_time() {
            break;
        }
    }
    let store = case.restart(store).await?;
    case.expect_all(&store, &entries).await
}

pub(crate) async fn dropped_put_is_whole_after_reopening(case: &Session) -> Verdict {
    let (old, new) = (case.value(500), case.value(4_000));
    let store = case.open().await?;
    let mut keys = Vec::new();
    for polls in await_points() {
        let [fresh, replaced] = ["fresh", "old"].map(|name| case.key(format!("{name}{polls}")));
        store.put(&replaced, &old).await?;
        let ended = store.start_put(&fresh, &new).drop_after(polls).await;
        store.start_put(&replaced, &new).drop_after(polls).await;
        keys.push([fresh, replaced]);
        if ended.is_some() || !case.has_time() {
            break;
        }
    }
    // The last call before the restart is a put that is dropped as early as possible.
    let last = case.key("last");
    store.start_put(&last, &new).drop_after(1).await;
    let store = case.restart(store).await?;
    missing_or_whole(&store, &last, &new).await?;
    for [fresh, replaced] in &keys {
        missing_or_whole(&store, fresh, &new).await?;
        store.expect_one_of(replaced, &[&old, &new]).await?;
    }
    Ok(())
}

pub(crate) async fn missing_stays_missing(case: &Session) -> Verdict {
    let (key, absent) = (case.key("k"), case.key("absent"));
    let store = case.open().await?;
    store.put(&key, &text("value")).await?;
    store.expect_missing(&absent).await?;
    let store = case.restart(store).await?;
    store.expect_missing(&absent).await?;
    store.expect_missing(&case.key("")).await
}

pub(crate) async fn binary_and_empty_survive(case: &Session) -> Verdict {
    let tails: [&[u8]; 6] = [b"", b"\0", b"\xff\xfe", b"\x01\x7f", b"line\nend", b"\"quoted\""];
    let values: [&[u8]; 6] = [b"", b"\0", b"\xff\0\xff", b" ", b"a\r\nb", b"\\"];
    let store = case.open().await?;
    let entries: Vec<_> = tails.iter().zip(values).map(|(tail, value)| (case.key(tail), value.into())).collect();
    for (key, value) in &entries {
        store.put(key, value).await?;
    }
    let emptied = case.key("emptied");
    for value in [case.value(16), Bytes::new()] {
        store.put(&emptied, &value).await?;
    }
    store.put(&Bytes::new(), &text("empty key")).await?;
    let store = case.restart(store).await?;
    for (key, value) in &entries {
        store.expect(key, value).await?;
    }
    store.expect(&emptied, &Bytes::new()).await?;
    store.expect(&Bytes::new(), &text("empty key")).await
}

pub(crate) async fn many_reopenings(case: &Session) -> Verdict {
    let always = case.key("always");
    let mut store = case.open().await?;
    let mut entries = Vec::new();
    for generation in 0..10 {
        let (key, value) = (case.key(format!("g{generation}")), case.value(100));
        store.put(&key, &value).await?;
        store.put(&always, &value).await?;
        store = case.restart(store).await?;
        store.expect(&always, &value).await?;
        entries.push((key, value));
        if !case.has_time() {
            break;
        }
    }
    for (key, value) in &entries {
        store.expect(key, value).await?;
    }
    Ok(())
}

pub(crate) async fn last_acknowledged_write_survives(case: &Session) -> Verdict {
    let mut store = case.open().await?;
    for round in 0..5 {
        let entries: Vec<_> = (0..8).map(|number| (case.key(format!("r{round}n{number}")), case.value(100))).collect();
        let put = case.put_all(&store, &entries).await?;
        store = case.restart(store).await?;
        case.expect_all(&store, &entries[..put]).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn works_after_reopening(case: &Session) -> Verdict {
    let (key, new) = (case.key("k"), case.key("new"));
    let store = case.open().await?;
    store.put(&key, &text("before")).await?;
    let store = case.restart(store).await?;
    store.put(&key, &text("behind")).await?;
    store.expect(&key, &text("behind")).await?;
    store.expect_missing(&new).await?;
    store.put(&new, &text("new")).await?;
    store.expect(&new, &text("new")).await
}
