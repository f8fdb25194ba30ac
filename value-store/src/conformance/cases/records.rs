//! The network takes only valid records, and replaces none with an older one.

use std::sync::Arc;

use bytes::Bytes;

use super::cancellation::await_points;
use super::text;
use crate::conformance::history::{Expected, Failure, Unfit, Verdict};
use crate::conformance::records::{Issued, Record};
use crate::conformance::session::{Handle, Session};

const THREADS: usize = 4;

pub(crate) async fn older_is_refused(case: &Session) -> Verdict {
    let store = case.open().await?;
    for number in 0..8 {
        let key = case.key(format!("k{number}"));
        let [oldest, older, newest] = successive(case, &key, ["oldest", "older", "newest"])?;
        store.start_put_record(&older).await.expect(Expected::Stored)?;
        store.start_put_record(&oldest).await.expect(Expected::RecordRefused(Unfit::Older))?;
        store.expect(&key, &older.content).await?;
        store.start_put_record(&newest).await.expect(Expected::Stored)?;
        for old in [&older, &oldest] {
            store.start_put_record(old).await.expect(Expected::RecordRefused(Unfit::Older))?;
            store.expect(&key, &newest.content).await?;
        }
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn same_again_is_ok(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    let [record, newer] = successive(case, &key, ["value", "newer"])?;
    for record in [&record, &newer] {
        for _ in 0..3 {
            store.start_put_record(record).await.expect(Expected::Stored)?;
            store.expect(&key, &record.content).await?;
        }
    }
    Ok(())
}

pub(crate) async fn newest_of_several_wins(case: &Session) -> Verdict {
    let (store, issued) = (case.open().await?, issued(case)?);
    newest_amid_an_older(case, &store).await?;
    for round in 0..8 {
        let key = case.key(format!("k{round}"));
        let values: Arc<[_]> = (1..=THREADS).map(|thread| case.value(thread * 100)).collect();
        let put = (store.clone(), key.clone(), Arc::clone(&values));
        case.on_threads(THREADS, async move |thread| put.0.put(&put.1, &put.2[thread]).await).await?;
        let newest = issued.newest(&key).unwrap_or_else(|| unreachable!("there were puts"));
        store.expect(&key, &newest).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// Puts the newer record while the put of the older one is under way, at each await point of that put.
async fn newest_amid_an_older(case: &Session, store: &Handle) -> Verdict {
    let (older, newer) = (text("older"), text("newer"));
    for polls in await_points() {
        let key = case.key(format!("a{polls}"));
        let put = match store.start_put(&key, &older).polled(polls).await {
            Ok(ended) => return ended.expect(Expected::Stored),
            Err(put) => put,
        };
        let (put_newer, put) = tokio::join!(store.put(&key, &newer), put);
        put_newer?;
        put.expect(Expected::Stored)?;
        store.expect(&key, &newer).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn invalid_is_refused(case: &Session) -> Verdict {
    let store = case.open().await?;
    let (key, fresh, old) = (case.key("k"), case.key("fresh"), text("old"));
    store.put(&key, &old).await?;
    let issued = issued(case)?;
    let invalid = issued.invalid(&key);
    if invalid.is_empty() {
        case.history().note("the generator of records knows no invalid values, so none were put");
    }
    for value in invalid {
        for (name, has) in [(&key, Some(&old)), (&fresh, None)] {
            let record = Record {
                name: name.clone(),
                content: value.clone(),
                version: 0,
                key: issued.key(name),
                value: value.clone(),
            };
            store.start_put_record(&record).await.expect(Expected::RecordRefused(Unfit::Invalid))?;
            match has {
                Some(old) => store.expect(name, old).await?,
                None => store.expect_missing(name).await?,
            }
        }
    }
    store.put(&key, &text("new")).await?;
    store.expect(&key, &text("new")).await
}

pub(crate) async fn older_is_refused_after_reopening(case: &Session) -> Verdict {
    let key = case.key("k");
    let store = case.open().await?;
    let [older, newer, newest] = successive(case, &key, ["older", "newer", "newest"])?;
    store.start_put_record(&newer).await.expect(Expected::Stored)?;
    let store = case.restart(store).await?;
    store.start_put_record(&older).await.expect(Expected::RecordRefused(Unfit::Older))?;
    store.expect(&key, &newer.content).await?;
    store.start_put_record(&newest).await.expect(Expected::Stored)?;
    store.expect(&key, &newest.content).await
}

fn issued(case: &Session) -> Verdict<&Issued> {
    case.issued().ok_or_else(|| Box::new(Failure::Needs { setting: "records = …" }))
}

/// Records for one key, each newer than the one before.
fn successive<const N: usize>(case: &Session, key: &Bytes, contents: [&'static str; N]) -> Verdict<[Record; N]> {
    let issued = issued(case)?;
    Ok(contents.map(|content| issued.issue(key, &text(content))))
}
