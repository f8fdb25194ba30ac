//! A handle that has read a value reads no older one.
//!
//! The gets of these cases take whatever comes. In the end, all that each handle has read is judged together.

use bytes::Bytes;

use super::cancellation::await_points;
use super::concurrency::{Start, THREADS, amid, free_and_held};
use super::text;
use crate::conformance::history::{Expected, Verdict};
use crate::conformance::script::no_handle_goes_back;
use crate::conformance::session::{Handle, Request, Session};
use crate::conformance::subject::Claim;

/// How many gets follow one another: enough to come to each of a few copies that take turns.
const GETS: usize = 6;

const ROUNDS: usize = 8;

/// The puts go to keys of their own, each held at another await point.
pub(crate) async fn gets_amid_a_put(case: &Session) -> Verdict {
    let (old, new) = (text("old"), text("new"));
    let store = case.open().await?;
    let [_, held] = free_and_held(case, &store).await?;
    let store = store.patient();
    for polls in await_points() {
        let key = case.key(format!("p{polls}"));
        store.put(&key, &old).await?;
        let put = match store.start_put(&key, &new).polled(polls).await {
            Ok(ended) => {
                ended.expect(Expected::Stored)?;
                break;
            }
            Err(put) => put,
        };
        amid(get_several(&store, &key), put, held).await?.expect(Expected::Stored)?;
        get_several(&store, &key).await?;
        if !case.has_time() {
            break;
        }
    }
    no_handle_goes_back(case)
}

pub(crate) async fn found_is_not_missing_again(case: &Session) -> Verdict {
    let [writer, reader] = writer_and_reader(case).await?;
    for round in 0..ROUNDS {
        let (key, value) = (case.key(format!("k{round}")), case.value(16));
        // A miss, which may be remembered.
        get(&reader, &key).await?;
        writer.put(&key, &value).await?;
        get_several(&reader, &key).await?;
        case.expect_to_arrive(&reader, &key, &value).await?;
        get_several(&reader, &key).await?;
        if !case.has_time() {
            break;
        }
    }
    no_handle_goes_back(case)
}

/// Every other value is put before the one before it must have arrived.
pub(crate) async fn gets_of_what_another_puts(case: &Session) -> Verdict {
    let [writer, reader] = writer_and_reader(case).await?;
    let key = case.key("k");
    for round in 0..2 * ROUNDS {
        let value = case.value(16);
        writer.put(&key, &value).await?;
        if round % 2 == 0 {
            case.expect_to_arrive(&reader, &key, &value).await?;
        }
        get_several(&reader, &key).await?;
        if !case.has_time() {
            break;
        }
    }
    no_handle_goes_back(case)
}

/// The reader has not read the key before, so that a get that is held is the one that fills a cache.
pub(crate) async fn slow_get_takes_nothing_back(case: &Session) -> Verdict {
    let (old, new) = (text("old"), text("new"));
    let [writer, reader] = writer_and_reader(case).await?;
    let [_, held] = free_and_held(case, &reader).await?;
    let [writer, reader] = [writer.patient(), reader.patient()];
    for polls in await_points() {
        let key = case.key(format!("g{polls}"));
        writer.put(&key, &old).await?;
        let slow = match reader.start_get(&key).polled(polls).await {
            Ok(ended) => {
                ended.expect(Expected::AnyValueOrMissing)?;
                break;
            }
            Err(slow) => slow,
        };
        let meanwhile = async {
            writer.put(&key, &new).await?;
            get_several(&reader, &key).await
        };
        amid(meanwhile, slow, held).await?.expect(Expected::AnyValueOrMissing)?;
        get_several(&reader, &key).await?;
        if !case.has_time() {
            break;
        }
    }
    no_handle_goes_back(case)
}

/// The number of keys is odd, so that copies that take turns do not serve each the same keys every time.
pub(crate) async fn many_keys_by_turns(case: &Session) -> Verdict {
    const KEYS: usize = 61;
    let [writer, reader] = writer_and_reader(case).await?;
    let keys: Vec<_> = (0..KEYS).map(|number| case.key(format!("k{number}"))).collect();
    for _ in 0..3 {
        let entries: Vec<_> = keys.iter().map(|key| (key.clone(), case.value(16))).collect();
        case.put_all(&writer, &entries).await?;
        for _ in 0..3 {
            let reader = reader.patient();
            let read = |key: Bytes| {
                let reader = reader.clone();
                async move { get(&reader, &key).await }
            };
            case.for_each(&keys, read).await?;
        }
        if !case.has_time() {
            break;
        }
    }
    no_handle_goes_back(case)
}

/// In each round one thread puts and the others get, at the same time. Only then does the next round begin, so that most gets
/// come before or after those of the other threads. If the store is shared, another handle puts, so that the one that reads
/// knows nothing of the puts.
pub(crate) async fn gets_of_several_threads(case: &Session) -> Verdict {
    const PUTS: usize = 64;
    let reader = case.open().await?;
    let writer = if case.is_claimed(Claim::Shared) { case.open().await? } else { reader.clone() };
    let (key, start) = (case.key("k"), Start::new(case));
    let values: Vec<_> = (0..PUTS).map(|_| case.value(16)).collect();
    case.on_threads(THREADS, async move |thread| {
        let _gone = start.racer();
        for (round, value) in values.iter().enumerate() {
            if !start.comes(round).await {
                break;
            }
            if thread == 0 {
                writer.put(&key, value).await?;
                continue;
            }
            // Not all threads make as many gets, so that a cache of each does not change in step with the others.
            for _ in 0..=(round + thread) % 3 {
                get(&reader, &key).await?;
            }
        }
        Ok(())
    })
    .await?;
    no_handle_goes_back(case)
}

/// Each outage is in a world of its own, so that it finds a store that is well. The keys differ, so that it is clear which put
/// a get has seen.
pub(crate) async fn outage_takes_nothing_back(case: &Session) -> Verdict {
    let _has_outages = case.open_with_outages().await?;
    let outages = [("stalled", Session::stall_in as fn(&Session, _) -> _), ("cut", Session::cut_in)];
    for (name, begin) in outages {
        let (world, key) = (case.another_world(), case.key(name));
        let [writer, reader] = [case.open_in(world).await?, case.open_in(world).await?];
        for value in [text("old"), text("new")] {
            writer.put(&key, &value).await?;
            case.expect_to_arrive(&reader, &key, &value).await?;
        }
        let outage = begin(case, world);
        let hurried = reader.with_timeout(case.noticeable() / 10);
        for _ in 0..3 {
            hurried.start_get(&key).await.expect(Expected::AnyValueOrMissing.or_unavailable())?;
        }
        outage.heal();
        for _ in 0..GETS {
            case.expect_after_outage(&reader, Request::Get(&key), Expected::AnyValueOrMissing).await?;
        }
    }
    no_handle_goes_back(case)
}

async fn writer_and_reader(case: &Session) -> Verdict<[Handle; 2]> {
    Ok([case.open().await?, case.open().await?])
}

/// Gets, and takes any value, or none.
async fn get(reader: &Handle, key: &Bytes) -> Verdict {
    reader.start_get(key).await.expect(Expected::AnyValueOrMissing)
}

async fn get_several(reader: &Handle, key: &Bytes) -> Verdict {
    for _ in 0..GETS {
        get(reader, key).await?;
    }
    Ok(())
}
