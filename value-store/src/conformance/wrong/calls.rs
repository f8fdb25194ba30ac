//! Faults of calls: their timeouts, their options, what they answer besides the value, and how they get on with each other.

use std::time::Duration;

use libp2p_identity::PeerId;
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout};

use super::{RIGHT, Steps, Wrong, wrong};
use crate::{Error, Options};

pub(super) const TIMEOUTS: &[Wrong] = &[
    wrong(
        "a timeout is added to a clock that overflows",
        &["timeouts::maximum_does_not_overflow"],
        Steps {
            first: |_, options| {
                let end = options.timeout().map(|timeout| std::time::Instant::now() + timeout);
                end.map_or(Ok(()), |_| Ok(()))
            },
            ..RIGHT
        },
    ),
    wrong(
        "milliseconds of 32 bits",
        &["timeouts::huge_is_not_expired"],
        Steps {
            first: |_, options| match options.timeout() {
                #[expect(clippy::cast_possible_truncation, reason = "it is the fault")]
                Some(timeout) if timeout > Duration::from_secs(1) && timeout.as_millis() as u32 == 0 => {
                    Err(Error::Timeout)
                }
                _ => Ok(()),
            },
            ..RIGHT
        },
    ),
    wrong(
        "an hour is too long",
        &["timeouts::generous_changes_nothing"],
        Steps {
            first: |_, options| match options.timeout() {
                Some(timeout) if timeout >= Duration::from_secs(3_600) => Err(Error::backend("timeout out of range")),
                _ => Ok(()),
            },
            ..RIGHT
        },
    ),
    wrong(
        "zero is an error",
        &["timeouts::zero_is_prompt"],
        Steps {
            first: |_, options| match options.timeout() {
                Some(Duration::ZERO) => Err(Error::backend("timeout must not be zero")),
                _ => Ok(()),
            },
            ..RIGHT
        },
    ),
    wrong(
        "a nanosecond is no timeout",
        &["timeouts::one_nanosecond_is_not_none"],
        Steps {
            get: |base, key, options| {
                Box::pin(async move {
                    let whole = options
                        .timeout()
                        .map(|timeout| Duration::from_millis(timeout.as_millis().try_into().unwrap_or(u64::MAX)));
                    match whole {
                        Some(Duration::ZERO) if options.timeout() != Some(Duration::ZERO) => {
                            sleep(Duration::from_millis(300)).await;
                        }
                        _ => {}
                    }
                    base.read(key)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a timeout stays for later calls",
        &["timeouts::short_then_none"],
        Steps {
            first: |base, options| {
                let mut kept = base.deadline.lock().unwrap();
                let short = options.timeout().filter(|timeout| *timeout < Duration::from_secs(1));
                *kept = short.map(|timeout| Instant::now() + timeout).or(*kept);
                match *kept {
                    Some(end) if options.timeout().is_none() && Instant::now() > end => Err(Error::Timeout),
                    _ => Ok(()),
                }
            },
            ..RIGHT
        },
    ),
    wrong(
        "the shortest timeout is everybody's",
        &["timeouts::beside_each_other"],
        Steps {
            put: |base, key, value, options| {
                Box::pin(async move {
                    let short = options.timeout().filter(|timeout| *timeout < Duration::from_secs(1));
                    if let Some(timeout) = short {
                        *base.deadline.lock().unwrap() = Some(Instant::now() + timeout);
                    }
                    tokio::task::yield_now().await;
                    let end = *base.deadline.lock().unwrap();
                    if end.is_some_and(|end| Instant::now() > end) {
                        Err(Error::Timeout)
                    } else {
                        base.write(key, value)
                    }
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a miss takes its time, whatever the timeout",
        &["timeouts::missing_key_in_time"],
        Steps {
            get: |base, key, options| {
                Box::pin(async move {
                    if options.timeout().is_some() && base.read(key).is_err() {
                        sleep(Duration::from_millis(250)).await;
                    }
                    base.read(key)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a miss waits for all of its timeout, and more",
        &["missing::miss_answers_in_time"],
        Steps {
            get: |base, key, options| {
                Box::pin(async move {
                    if let (Some(timeout), Err(_)) = (options.timeout(), base.read(key)) {
                        sleep(timeout.min(Duration::from_secs(1)) * 2).await;
                    }
                    base.read(key)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "half a value when timed out",
        &["timeouts::timed_out_put_is_whole"],
        Steps {
            put: |base, key, value, options| {
                Box::pin(async move {
                    let put = async {
                        base.write(key, value.slice(..value.len() / 2))?;
                        sleep(Duration::from_millis(3)).await;
                        base.write(key, value)
                    };
                    timeout(options.timeout().unwrap_or(Duration::MAX), put).await.unwrap_or(Err(Error::Timeout))
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "no timeout while it works",
        &["timeouts::timeout_during_the_call"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    sleep(Duration::from_millis(200)).await;
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
];

const UNKNOWN: &str = "value-store-conformance-unknown";

pub(super) const OPTIONS: &[Wrong] = &[
    wrong(
        "unknown options are refused",
        &[
            "options::unknown_on_put",
            "options::unknown_on_get",
            "options::unknown_with_every_json_type",
            "options::hundred_unknown",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::missing_key_with_unknown_options",
        ],
        Steps {
            first: |_, options| match options.iter().next() {
                Some((name, _)) => Err(Error::backend(format!("unknown option {name}"))),
                None => Ok(()),
            },
            ..RIGHT
        },
    ),
    wrong(
        "null is refused",
        &["options::unknown_with_every_json_type"],
        Steps {
            first: |_, options| match options.get(UNKNOWN) {
                Some(Value::Null) => Err(Error::backend("null")),
                _ => Ok(()),
            },
            ..RIGHT
        },
    ),
    wrong(
        "64 options at most",
        &["options::hundred_unknown"],
        Steps {
            first: |_, options| if options.iter().count() > 64 { Err(Error::backend("too many")) } else { Ok(()) },
            ..RIGHT
        },
    ),
    wrong(
        "128 options at most",
        &["options::hundred_unknown"],
        Steps {
            first: |_, options| if options.iter().count() > 128 { Err(Error::backend("too many")) } else { Ok(()) },
            ..RIGHT
        },
    ),
    wrong(
        "all options go into one object, the timeout among them",
        &["options::additional_timeout_is_none"],
        Steps {
            first: |_, options| match options.get("timeout").and_then(Value::as_u64) {
                Some(0) => Err(Error::Timeout),
                _ => Ok(()),
            },
            ..RIGHT
        },
    ),
    wrong(
        "timeout_ms is a timeout",
        &["options::names_like_known_ones"],
        Steps {
            first: |_, options| match options.get("timeout_ms") {
                Some(_) => Err(Error::Timeout),
                None => Ok(()),
            },
            ..RIGHT
        },
    ),
    wrong(
        "names make a query string",
        &["options::odd_names"],
        Steps {
            first: |_, options| match options.iter().find(|(name, _)| name.contains('&')) {
                Some(_) => Err(Error::backend("400 Bad Request")),
                None => Ok(()),
            },
            ..RIGHT
        },
    ),
    wrong(
        "options are part of the key",
        &["options::same_key_with_and_without_options"],
        Steps {
            put: |base, key, value, options| Box::pin(async move { base.write(&with_options(key, options), value) }),
            get: |base, key, options| Box::pin(async move { base.read(&with_options(key, options)) }),
            ..RIGHT
        },
    ),
    wrong(
        "options stay for the next call",
        &["options::nothing_leaks_to_the_next_call"],
        Steps {
            put: |base, key, value, options| {
                Box::pin(async move {
                    if let Some(Value::String(text)) = options.get("unknown-value") {
                        base.other.lock().unwrap().insert(Vec::new(), text.clone().into());
                        return base.write(key, value);
                    }
                    let kept = base.other.lock().unwrap().remove(&Vec::new());
                    base.write(key, kept.unwrap_or(value))
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "no timeout beside unknown options",
        &["options::known_timeout_still_works_beside_unknown"],
        Steps {
            get: |base, key, options| {
                Box::pin(async move {
                    if options.timeout().is_some() && options.get(UNKNOWN).is_some() {
                        sleep(Duration::from_millis(250)).await;
                    }
                    base.read(key)
                })
            },
            ..RIGHT
        },
    ),
];

fn with_options(key: &[u8], options: &Options) -> Vec<u8> {
    let names = options.iter().flat_map(|(name, _)| name.bytes());
    key.iter().copied().chain(names).collect()
}

pub(super) const GETS: &[Wrong] = &[
    wrong(
        "a get uses the value up",
        &["round_trip::get_repeats"],
        Steps {
            get: |base, key, _| Box::pin(async move { base.values.lock().unwrap().remove(key).ok_or(Error::NotFound) }),
            ..RIGHT
        },
    ),
    wrong(
        "the 257th get fails",
        &["round_trip::get_repeats"],
        Steps {
            get: |base, key, _| {
                Box::pin(
                    async move { if base.next() == 256 { Err(Error::backend("counter")) } else { base.read(key) } },
                )
            },
            ..RIGHT
        },
    ),
    wrong(
        "misses are remembered",
        &["missing::miss_then_put_then_get"],
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    if base.other.lock().unwrap().contains_key(key) {
                        return Err(Error::NotFound);
                    }
                    base.read(key).inspect_err(|_| drop(base.other.lock().unwrap().insert(key.to_vec(), "".into())))
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a miss inserts",
        &["missing::miss_inserts_nothing"],
        Steps {
            get: |base, key, _| {
                Box::pin(async move { base.read(key).inspect_err(|_| drop(base.write(key, "".into()))) })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a cache of what was read first",
        &["concurrency::reads_do_not_go_back", "concurrency::completed_put_seen_by_other_tasks"],
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    let cached = base.other.lock().unwrap().get(key).cloned();
                    let found = cached.map_or_else(|| base.read(key), Ok)?;
                    base.other.lock().unwrap().insert(key.to_vec(), found.clone());
                    Ok(found)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "gets share one place",
        &["concurrency::gets_side_by_side"],
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    let found = base.read(key)?;
                    base.other.lock().unwrap().insert(Vec::new(), found);
                    std::thread::yield_now();
                    sleep(Duration::from_millis(1)).await;
                    Ok(base.other.lock().unwrap()[&Vec::new()].clone())
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a large put shuts the others out",
        &["concurrency::large_put_beside_small_calls"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    if value.len() >= 1 << 20 {
                        let all = base.permits.acquire_many(100).await.unwrap();
                        sleep(Duration::from_millis(5)).await;
                        all.forget();
                        base.permits.add_permits(99);
                    }
                    let Ok(_one) = base.permits.try_acquire() else { return Err(Error::backend("busy")) };
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a dropped get takes the value with it",
        &["cancellation::dropped_get_harms_nothing"],
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    let found = base.values.lock().unwrap().remove(key).ok_or(Error::NotFound)?;
                    tokio::task::yield_now().await;
                    base.write(key, found.clone())?;
                    Ok(found)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "one thread only",
        &["factory::store_moves_between_tasks"],
        Steps {
            first: |base, _| {
                let here = format!("{:?}", std::thread::current().id());
                let first = base.other.lock().unwrap().entry(Vec::new()).or_insert(here.clone().into()).clone();
                if first == here { Ok(()) } else { Err(Error::backend("another thread")) }
            },
            ..RIGHT
        },
    ),
    wrong(
        "what a get read before a put is cached after it",
        &["concurrency::put_amid_a_get"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.other.lock().unwrap().remove(key);
                    base.write(key, value)
                })
            },
            get: |base, key, _| {
                Box::pin(async move {
                    let cached = base.other.lock().unwrap().get(key).cloned();
                    if let Some(cached) = cached {
                        return Ok(cached);
                    }
                    let found = base.read(key)?;
                    tokio::task::yield_now().await;
                    base.other.lock().unwrap().insert(key.to_vec(), found.clone());
                    Ok(found)
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "a miss from before a put is cached after it",
        &["concurrency::put_amid_a_miss"],
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.other.lock().unwrap().remove(key);
                    base.write(key, value)
                })
            },
            get: |base, key, _| {
                Box::pin(async move {
                    if base.other.lock().unwrap().contains_key(key) {
                        return Err(Error::NotFound);
                    }
                    let found = base.read(key);
                    tokio::task::yield_now().await;
                    if found.is_err() {
                        base.other.lock().unwrap().insert(key.to_vec(), "".into());
                    }
                    found
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "the thread is blocked",
        &["timeouts::zero_is_prompt", "timeouts::one_nanosecond_is_not_none", "timeouts::timeout_during_the_call"],
        Steps {
            first: |_, options| {
                if options.timeout().is_some() {
                    std::thread::sleep(Duration::from_millis(200));
                }
                Ok(())
            },
            ..RIGHT
        },
    ),
];

pub(super) const SOURCES: &[Wrong] = &[wrong(
    "from is anybody",
    &[
        "provenance::from_is_always_a_member",
        "provenance::from_survives_overwrite",
        "provenance::from_per_key",
        "provenance::from_whatever_the_call",
    ],
    Steps { from: |_, _| PeerId::random(), ..RIGHT },
)];
