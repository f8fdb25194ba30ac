//! A call is made while another is under way, at each await point of the other in turn.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::super::cancellation::await_points;
use super::super::{SEVERAL_PIECES, text};
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Ended, Handle, Session, Started};

/// For how long a call under way is held: it is not polled while the other call is made. `None` if it goes on at once.
pub(crate) type Held = Option<Duration>;

/// Makes a call while another is under way, and returns how that has ended. If the call has not ended while the other is
/// held, it may have to wait for that, so both go on.
pub(crate) async fn amid(call: impl Future<Output = Verdict>, under_way: Started<'_>, held: Held) -> Verdict<Ended> {
    let mut call = pin!(call);
    if let Some(held) = held
        && let Ok(made) = timeout(held, &mut call).await
    {
        made?;
        return Ok(under_way.await);
    }
    let (made, ended) = tokio::join!(call, under_way);
    made?;
    Ok(ended)
}

/// Not to be held, and to be held for as long as a few calls of this store take.
pub(crate) async fn free_and_held(case: &Session, store: &Handle) -> Verdict<[Held; 2]> {
    let begun = Instant::now();
    store.put(&case.key("measure"), &text("value")).await?;
    Ok([None, Some(begun.elapsed() * 4 + Duration::from_millis(2))])
}

/// The handle for calls of which one is held: the store's own timeout for calls without one may pass meanwhile.
fn for_calls(store: &Handle, held: Held) -> Handle {
    if held.is_some() { store.patient() } else { store.clone() }
}

pub(crate) async fn put_amid_a_get(case: &Session) -> Verdict {
    let (short, long) = ([text("old"), text("new")], [(); 2].map(|()| case.value(SEVERAL_PIECES)));
    let store = case.open().await?;
    let [free, held] = free_and_held(case, &store).await?;
    for polls in await_points() {
        let mut is_over = true;
        // A second get follows the put. It begins when the first get has ended, or while the first get is still under
        // way. In that case the store must not answer it with what the first get has read.
        for (name, [old, new], at_once, held) in [
            ("a", &short, false, free),
            ("b", &short, true, free),
            ("c", &short, false, held),
            ("d", &short, true, held),
            ("e", &long, false, held),
        ] {
            let (store, key) = (for_calls(&store, held), case.key(format!("{name}{polls}")));
            store.put(&key, old).await?;
            let get = match store.start_get(&key).polled(polls).await {
                Ok(ended) => {
                    ended.expect(Expected::Value(old.clone()))?;
                    continue;
                }
                Err(get) => get,
            };
            is_over = false;
            let put = async {
                store.put(&key, new).await?;
                if at_once { store.expect(&key, new).await } else { Ok(()) }
            };
            amid(put, get, held).await?.expect(Expected::one_of(&[old.clone(), new.clone()]))?;
            store.expect(&key, new).await?;
        }
        if is_over || !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn put_amid_a_miss(case: &Session) -> Verdict {
    let new = text("new");
    let store = case.open().await?;
    let [free, held] = free_and_held(case, &store).await?;
    for polls in await_points() {
        for (name, held) in [("a", free), ("b", held)] {
            let (store, key) = (for_calls(&store, held), case.key(format!("{name}{polls}")));
            let get = match store.start_get(&key).polled(polls).await {
                Ok(ended) => return ended.expect(Expected::Missing),
                Err(get) => get,
            };
            let get = amid(store.put(&key, &new), get, held).await?;
            if get.expect(Expected::Missing).is_err() {
                get.expect(Expected::Value(new.clone()))?;
            }
            store.expect(&key, &new).await?;
        }
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn get_amid_a_put(case: &Session) -> Verdict {
    let (old, new, long) = (case.value(3_000), case.value(8_192), case.value(SEVERAL_PIECES));
    let store = case.open().await?;
    let [free, held] = free_and_held(case, &store).await?;
    for polls in await_points() {
        let mut is_over = true;
        let puts =
            [("a", &old, &new, free), ("b", &old, &new, held), ("c", &old, &long, held), ("d", &long, &new, free)];
        for (name, old, new, held) in puts {
            let (store, key) = (for_calls(&store, held), case.key(format!("{name}{polls}")));
            store.put(&key, old).await?;
            let put = match store.start_put(&key, new).polled(polls).await {
                Ok(ended) => {
                    ended.expect(Expected::Stored)?;
                    continue;
                }
                Err(put) => put,
            };
            is_over = false;
            let get = async { store.expect_one_of(&key, &[old, new]).await.map(drop) };
            amid(get, put, held).await?.expect(Expected::Stored)?;
            store.expect(&key, new).await?;
        }
        if is_over || !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn put_amid_a_put(case: &Session) -> Verdict {
    let (short, other, long) = (case.value(3_000), case.value(8_192), case.value(SEVERAL_PIECES));
    let store = case.open().await?;
    let [free, held] = free_and_held(case, &store).await?;
    for polls in await_points() {
        let mut is_over = true;
        for (name, one, held) in [("a", &short, free), ("b", &short, held), ("c", &long, held)] {
            let (store, key) = (for_calls(&store, held), case.key(format!("{name}{polls}")));
            let put = match store.start_put(&key, one).polled(polls).await {
                Ok(ended) => {
                    ended.expect(Expected::Stored)?;
                    continue;
                }
                Err(put) => put,
            };
            is_over = false;
            amid(store.put(&key, &other), put, held).await?.expect(Expected::Stored)?;
            store.expect_one_of(&key, &[one, &other]).await?;
        }
        if is_over || !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// The first put is held, and another value is put, so that the same put again has something to do.
pub(crate) async fn same_put_amid_a_put(case: &Session) -> Verdict {
    let (value, other) = (text("value"), text("other"));
    let store = case.open().await?;
    let [_, held] = free_and_held(case, &store).await?;
    let store = for_calls(&store, held);
    for polls in await_points() {
        let key = case.key(format!("k{polls}"));
        let put = match store.start_put(&key, &value).polled(polls).await {
            Ok(ended) => return ended.expect(Expected::Stored),
            Err(put) => put,
        };
        let puts = async {
            store.put(&key, &other).await?;
            store.put(&key, &value).await
        };
        amid(puts, put, held).await?.expect(Expected::Stored)?;
        store.expect(&key, &value).await?;
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
    let ([(key, value), (other, amid)], absent) =
        (["k", "o"].map(|name| (case.key(name), case.value(32))), case.key("absent"));
    let store = case.open().await?;
    store.put(&key, &value).await?;
    store.put(&other, &amid).await?;
    for polls in await_points() {
        let get = match store.start_get(&key).polled(polls).await {
            Ok(ended) => return ended.expect(Expected::Value(value)),
            Err(get) => get,
        };
        let (get_amid, miss, get) = tokio::join!(store.expect(&other, &amid), store.expect_missing(&absent), get);
        get_amid?;
        miss?;
        get.expect(Expected::Value(value.clone()))?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}
