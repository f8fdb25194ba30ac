//! Faults of puts: values that are lost, torn, late, or in the wrong place.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{RIGHT, Steps, Wrong, wrong};
use crate::Error;

pub(super) const FAULTS: &[Wrong] = &[
    wrong(
        "nothing is stored",
        &["round_trip::put_then_get"],
        Steps { put: |_, _, _, _| Box::pin(async { Ok(()) }), ..RIGHT },
    ),
    wrong(
        "first write wins",
        &["overwrite::second_put_wins"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.values.lock().unwrap().entry(key.to_vec()).or_insert(value);
                    Ok(())
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a tail is left",
        &["overwrite::shorter_value_leaves_no_tail"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let old = base.read(key).unwrap_or_default();
                    let tail = old.get(value.len()..).unwrap_or_default();
                    base.write(key, [&value, tail].concat().into())
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "no room to grow",
        &["overwrite::longer_value_is_whole"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let room = base.read(key).map_or(value.len(), |old| old.len().min(value.len()));
                    base.write(key, value.slice(..room))
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "the same again is an error",
        &["overwrite::same_value_again_is_ok"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    if base.read(key).is_ok_and(|old| old == value) {
                        return Err(Error::backend("no rows changed"));
                    }
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "the greater wins",
        &["overwrite::lexicographically_smaller_replaces"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let old = base.read(key).unwrap_or_default();
                    base.write(key, old.max(value))
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "every hundredth put is lost",
        &["overwrite::hundred_overwrites_last_wins"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move { if base.next() % 100 == 99 { Ok(()) } else { base.write(key, value) } })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a put changes its neighbour",
        &["overwrite::other_keys_untouched"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let neighbour = [key, b"1"].concat();
                    if base.read(&neighbour).is_ok() {
                        base.write(&neighbour, value.clone())?;
                    }
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "an old value comes back",
        &["overwrite::never_reverts"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    if let Ok(old) = base.read(key) {
                        base.other.lock().unwrap().insert(key.to_vec(), old);
                    }
                    if base.next() == 40 {
                        let old = base.other.lock().unwrap().clone();
                        base.values.lock().unwrap().extend(old);
                    }
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "256 places",
        &["round_trip::many_keys_each_their_own"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let mut values = base.values.lock().unwrap();
                    if values.len() >= 256 {
                        values.clear();
                    }
                    values.insert(key.to_vec(), value);
                    Ok(())
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "2,048 places",
        &["round_trip::many_puts_evict_nothing"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let mut values = base.values.lock().unwrap();
                    if values.len() >= 2_048 {
                        values.clear();
                    }
                    values.insert(key.to_vec(), value);
                    Ok(())
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "written behind",
        &["round_trip::ok_means_visible", "round_trip::put_then_get"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let (base, key) = (Arc::clone(base), key.to_vec());
                    tokio::spawn(async move {
                        sleep(Duration::from_millis(1)).await;
                        base.write(&key, value)
                    });
                    Ok(())
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "the whole map is read and written",
        &["concurrency::distinct_keys_all_land", "linearizable::several_registers"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let mut copy = base.values.lock().unwrap().clone();
                    sleep(Duration::from_millis(1)).await;
                    copy.insert(key.to_vec(), value);
                    *base.values.lock().unwrap() = copy;
                    Ok(())
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "written in halves",
        &["concurrency::same_key_one_whole_value", "concurrency::read_beside_write_old_or_new"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let (mut half, rest) = (value.clone(), value.len() / 2);
                    half.truncate(rest);
                    for (part, from) in [(half, 0), (value.slice(rest..), rest)] {
                        let mut whole = base.read(key).unwrap_or_default().to_vec();
                        whole.resize(value.len(), 0);
                        whole[from..from + part.len()].copy_from_slice(&part);
                        base.write(key, whole.into())?;
                        sleep(Duration::from_millis(1)).await;
                    }
                    Ok(())
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "removed, then written",
        &["concurrency::misses_beside_puts"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.values.lock().unwrap().remove(key);
                    sleep(Duration::from_millis(1)).await;
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a put begins before it is polled",
        &["cancellation::dropped_before_first_poll"],
        Steps { before_put: |base, key, value| drop(base.write(key, value.clone())), ..RIGHT },
    ),
    wrong(
        "half a value when dropped",
        &["cancellation::dropped_put_at_every_await_point"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.write(key, value.slice(..value.len() / 2))?;
                    tokio::task::yield_now().await;
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "permits kept by dropped puts",
        &["cancellation::many_dropped_then_usable"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.permits.acquire().await.unwrap().forget();
                    tokio::task::yield_now().await;
                    base.permits.add_permits(1);
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "lands later",
        &[
            "settled::dropped_put_never_lands_later",
            "settled::timed_out_put_never_lands_later",
            "settled::outcome_is_decided",
        ],
        Steps {
            put: |base, key, value, options| {
                Box::pin(async move {
                    let (base, key) = (Arc::clone(base), key.to_vec());
                    let delay = Duration::from_millis(if base.next() % 2 == 0 { 2 } else { 6 });
                    let put = tokio::spawn(async move {
                        sleep(delay).await;
                        base.write(&key, value)
                    });
                    match timeout(options.timeout().unwrap_or(Duration::MAX), put).await {
                        Ok(put) => put.unwrap(),
                        Err(_) => Err(Error::Timeout),
                    }
                })
            },
            ..RIGHT
        },
    ),
];
