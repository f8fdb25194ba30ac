//! Faults of calls: their timeouts, and how they get on with each other.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, Steps};
use value_store::Error;

pub(crate) const TIMEOUTS: &[Mutant] = &[
    mutant(
        "a timeout is added to a clock that overflows",
        &["timeouts::maximum_does_not_overflow"],
        "",
        Steps {
            first: |_, options| {
                let end = options.timeout().map(|timeout| std::time::Instant::now() + timeout);
                end.map_or(Ok(()), |_| Ok(()))
            },
            ..RIGHT
        },
    ),
    mutant(
        "milliseconds of 32 bits",
        &["timeouts::huge_is_not_expired"],
        "",
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
    mutant(
        "an hour is too long",
        &[
            "timeouts::generous_changes_nothing",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::short_then_none",
            "timeouts::beside_each_other",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "provenance::from_whatever_the_call",
        ],
        "",
        Steps {
            first: |_, options| match options.timeout() {
                Some(timeout) if timeout >= Duration::from_secs(3_600) => Err(Error::backend("timeout out of range")),
                _ => Ok(()),
            },
            ..RIGHT
        },
    ),
    mutant(
        "zero is an error",
        &[
            "timeouts::zero_is_prompt",
            "timeouts::beside_each_other",
            "timeouts::missing_key_in_time",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "options::known_timeout_still_works_beside_unknown",
            "provenance::from_after_a_call_that_found_nothing",
            "settled::timed_out_put_never_lands_later",
            "settled::outcome_is_decided",
        ],
        "",
        Steps {
            first: |_, options| match options.timeout() {
                Some(Duration::ZERO) => Err(Error::backend("timeout must not be zero")),
                _ => Ok(()),
            },
            ..RIGHT
        },
    ),
    mutant(
        "a nanosecond is no timeout",
        &[
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::missing_key_in_time",
            "timeouts::timeout_during_the_call",
            "options::known_timeout_still_works_beside_unknown",
        ],
        "",
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
    mutant(
        "a timeout stays for later calls",
        &[
            "timeouts::short_then_none",
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::beside_each_other",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "provenance::from_after_a_call_that_found_nothing",
            "settled::timed_out_put_never_lands_later",
            "settled::outcome_is_decided",
        ],
        "",
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
    mutant(
        "the shortest timeout is everybody's",
        &[
            "timeouts::beside_each_other",
            "timeouts::short_then_none",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "settled::timed_out_put_never_lands_later",
            "settled::outcome_is_decided",
        ],
        "",
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
    mutant(
        "a miss takes its time, whatever the timeout",
        &["timeouts::missing_key_in_time", "options::known_timeout_still_works_beside_unknown"],
        "",
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
    mutant(
        "a miss waits for all of its timeout, and more",
        &["missing::miss_answers_in_time"],
        "",
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
    mutant(
        "half a value when timed out",
        &[
            "timeouts::timed_out_put_is_whole",
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::reads_do_not_go_back",
            "concurrency::misses_beside_puts",
            "cancellation::dropped_put_at_every_await_point",
            "settled::outcome_is_decided",
        ],
        "",
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
    mutant(
        "no timeout while it works",
        &[
            "timeouts::timeout_during_the_call",
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::short_then_none",
            "timeouts::timed_out_put_is_whole",
            "options::known_timeout_still_works_beside_unknown",
        ],
        "",
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

pub(crate) const GETS: &[Mutant] = &[
    mutant(
        "a get uses the value up",
        &[
            "round_trip::get_repeats",
            "factory::worlds_are_independent",
            "factory::worlds_come_and_go",
            "factory::store_moves_between_tasks",
            "overwrite::never_reverts",
            "key_identity::empty_key",
            "value_fidelity::equal_values_change_apart",
            "timeouts::short_then_none",
            "timeouts::beside_each_other",
            "timeouts::timeout_during_the_call",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "provenance::from_is_always_a_member",
            "provenance::from_whatever_the_call",
            "provenance::from_after_a_call_that_found_nothing",
            "concurrency::same_key_one_whole_value",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::completed_put_seen_by_other_tasks",
            "concurrency::reads_do_not_go_back",
            "concurrency::misses_beside_puts",
            "concurrency::gets_side_by_side",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "settled::refused_put_never_lands_later",
        ],
        "",
        Steps {
            get: |base, key, _| Box::pin(async move { base.values.lock().unwrap().remove(key).ok_or(Error::NotFound) }),
            ..RIGHT
        },
    ),
    mutant(
        "the 257th get fails",
        &[
            "round_trip::get_repeats",
            "round_trip::many_keys_each_their_own",
            "key_identity::each_byte_counts",
            "key_identity::weak_hash_collisions",
            "value_fidelity::all_256_bytes",
            "options::names_like_known_ones",
            "provenance::from_is_always_a_member",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::reads_do_not_go_back",
            "concurrency::misses_beside_puts",
            "durable::many_keys_survive",
        ],
        "",
        Steps {
            get: |base, key, _| {
                Box::pin(
                    async move { if base.next() == 256 { Err(Error::backend("counter")) } else { base.read(key) } },
                )
            },
            ..RIGHT
        },
    ),
    mutant(
        "misses are remembered",
        &[
            "missing::miss_then_put_then_get",
            "factory::worlds_are_independent",
            "key_identity::letter_case",
            "key_identity::common_prefix",
            "key_identity::slashes_literal",
            "key_identity::dot_segments_literal",
            "key_identity::percent_literal",
            "key_identity::unicode_forms",
            "key_identity::nul_inside",
            "key_identity::trailing_space_and_newline",
            "key_identity::non_utf8",
            "key_identity::empty_key",
            "key_identity::reversed_bytes",
            "key_identity::leading_zeros",
            "key_identity::long_keys_differ_in_one_byte",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "key_identity::encodings_literal",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "limits::value_over_the_limit_is_refused",
            "durable::works_after_reopening",
        ],
        "",
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
    mutant(
        "a miss inserts",
        &[
            "missing::miss_inserts_nothing",
            "factory::worlds_come_and_go",
            "timeouts::missing_key_in_time",
            "options::known_timeout_still_works_beside_unknown",
            "options::missing_key_with_unknown_options",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "durable::missing_stays_missing",
        ],
        "",
        Steps {
            get: |base, key, _| {
                Box::pin(async move { base.read(key).inspect_err(|_| drop(base.write(key, "".into()))) })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a cache of what was read first",
        &[
            "concurrency::reads_do_not_go_back",
            "factory::worlds_come_and_go",
            "round_trip::ok_means_visible",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::never_reverts",
            "key_identity::empty_key",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::same_key_with_and_without_options",
            "concurrency::completed_put_seen_by_other_tasks",
            "limits::refusal_keeps_the_old_value",
            "durable::many_reopenings",
        ],
        "",
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
    mutant(
        "gets share one place",
        &[
            "concurrency::gets_side_by_side",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "key_identity::letter_case",
            "key_identity::common_prefix",
            "key_identity::slashes_literal",
            "key_identity::dot_segments_literal",
            "key_identity::percent_literal",
            "key_identity::unicode_forms",
            "key_identity::nul_inside",
            "key_identity::trailing_space_and_newline",
            "key_identity::non_utf8",
            "key_identity::reversed_bytes",
            "key_identity::leading_zeros",
            "key_identity::long_keys_differ_in_one_byte",
            "key_identity::each_byte_counts",
            "key_identity::weak_hash_collisions",
            "key_identity::separator_confusion",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "key_identity::reserved_names",
            "key_identity::encodings_literal",
            "value_fidelity::all_256_bytes",
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::leading_and_trailing_space",
            "value_fidelity::unicode_forms",
            "value_fidelity::invalid_utf8",
            "value_fidelity::looks_encoded",
            "value_fidelity::sentinels",
            "value_fidelity::a_key_as_a_value",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "value_fidelity::same_length_values_kept_apart",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "concurrency::distinct_keys_all_land",
            "concurrency::misses_beside_puts",
            "concurrency::large_put_beside_small_calls",
            "limits::key_at_the_limit_is_kept",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::last_acknowledged_write_survives",
        ],
        "",
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
    mutant(
        "a large put shuts the others out",
        &[
            "concurrency::large_put_beside_small_calls",
            "value_fidelity::one_mebibyte_patterned",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
        ],
        "",
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
    mutant(
        "a dropped get takes the value with it",
        &[
            "cancellation::dropped_get_harms_nothing",
            "timeouts::beside_each_other",
            "provenance::from_is_always_a_member",
            "provenance::from_after_a_call_that_found_nothing",
            "concurrency::put_amid_a_get",
        ],
        "",
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
    mutant(
        "one thread only",
        &[
            "factory::store_moves_between_tasks",
            "concurrency::distinct_keys_all_land",
            "concurrency::same_key_one_whole_value",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::completed_put_seen_by_other_tasks",
            "concurrency::reads_do_not_go_back",
            "concurrency::misses_beside_puts",
            "concurrency::gets_side_by_side",
            "concurrency::large_put_beside_small_calls",
        ],
        "",
        Steps {
            first: |base, _| {
                let here = format!("{:?}", std::thread::current().id());
                let first = base.other.lock().unwrap().entry(Vec::new()).or_insert(here.clone().into()).clone();
                if first == here { Ok(()) } else { Err(Error::backend("another thread")) }
            },
            ..RIGHT
        },
    ),
    mutant(
        "what a get read before a put is cached after it",
        &["concurrency::put_amid_a_get"],
        "",
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
    mutant(
        "a miss from before a put is cached after it",
        &["concurrency::put_amid_a_miss"],
        "",
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
    mutant(
        "the thread is blocked",
        &[
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::short_then_none",
            "timeouts::missing_key_in_time",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "options::known_timeout_still_works_beside_unknown",
        ],
        "",
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
