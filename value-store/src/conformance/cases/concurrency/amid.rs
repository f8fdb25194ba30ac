//! A call is made while another is under way, at each await point of the other in turn.

use super::super::cancellation::await_points;
use super::super::text;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::Session;

pub(crate) async fn put_amid_a_get(case: &Session) -> Verdict {
    let (old, new) = (text("old"), text("new"));
    let store = case.open().await?;
    for polls in await_points() {
        // A second get follows the put. It begins when the first get has ended, or while the first get is still under
        // way. In that case the store must not answer it with what the first get has read.
        for at_once in [false, true] {
            let key = case.key(format!("k{polls}{at_once}"));
            store.put(&key, &old).await?;
            let get = match store.start_get(&key).polled(polls).await {
                Ok(ended) => return ended.expect(Expected::Value(old)),
                Err(get) => get,
            };
            let put = async {
                store.put(&key, &new).await?;
                if at_once { store.expect(&key, &new).await } else { Ok(()) }
            };
            let (put, get) = tokio::join!(put, get);
            put?;
            get.expect(Expected::one_of(&[old.clone(), new.clone()]))?;
            store.expect(&key, &new).await?;
        }
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn put_amid_a_miss(case: &Session) -> Verdict {
    let new = text("new");
    let store = case.open().await?;
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        let get = match store.start_get(&key).polled(polls).await {
            Ok(ended) => return ended.expect(Expected::Missing),
            Err(get) => get,
        };
        let (put, get) = tokio::join!(store.put(&key, &new), get);
        put?;
        if get.expect(Expected::Missing).is_err() {
            get.expect(Expected::Value(new.clone()))?;
        }
        store.expect(&key, &new).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn get_amid_a_put(case: &Session) -> Verdict {
    let (old, new) = (case.value(3_000), case.value(8_192));
    let store = case.open().await?;
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        store.put(&key, &old).await?;
        let put = match store.start_put(&key, &new).polled(polls).await {
            Ok(ended) => {
                ended.expect(Expected::Stored)?;
                return store.expect(&key, &new).await;
            }
            Err(put) => put,
        };
        let old_or_new = [&old, &new];
        let (get, put) = tokio::join!(store.expect_one_of(&key, &old_or_new), put);
        get?;
        put.expect(Expected::Stored)?;
        store.expect(&key, &new).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn put_amid_a_put(case: &Session) -> Verdict {
    let (one, other) = (case.value(3_000), case.value(8_192));
    let store = case.open().await?;
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        let put = match store.start_put(&key, &one).polled(polls).await {
            Ok(ended) => {
                ended.expect(Expected::Stored)?;
                return store.expect(&key, &one).await;
            }
            Err(put) => put,
        };
        let (amid, put) = tokio::join!(store.put(&key, &other), put);
        amid?;
        put.expect(Expected::Stored)?;
        store.expect_one_of(&key, &[&one, &other]).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn puts_amid_each_other(case: &Session) -> Verdict {
    let (value, amid) = (text("value"), text("amid"));
    let store = case.open().await?;
    for polls in await_points() {
        let [key, other] = ["k", "o"].map(|name| case.key(format!("{name}{polls}")));
        let put = match store.start_put(&key, &value).polled(polls).await {
            Ok(ended) => {
                ended.expect(Expected::Stored)?;
                return store.expect(&key, &value).await;
            }
            Err(put) => put,
        };
        let (put_amid, put) = tokio::join!(store.put(&other, &amid), put);
        put_amid?;
        put.expect(Expected::Stored)?;
        store.expect(&other, &amid).await?;
        store.expect(&key, &value).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn gets_amid_each_other(case: &Session) -> Verdict {
    let [(key, value), (other, amid)] = ["k", "o"].map(|name| (case.key(name), case.value(32)));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.put(&other, &amid).await?;
    for polls in await_points() {
        let get = match store.start_get(&key).polled(polls).await {
            Ok(ended) => return ended.expect(Expected::Value(value)),
            Err(get) => get,
        };
        let (get_amid, get) = tokio::join!(store.expect(&other, &amid), get);
        get_amid?;
        get.expect(Expected::Value(value.clone()))?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}
