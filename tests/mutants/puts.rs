//! Faults of puts: values that are lost, torn, late, or in the wrong place.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, Steps};
use value_store::Error;

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "nothing is stored",
        &[
            "round_trip::put_then_get",
            "factory::worlds_are_independent",
            "factory::worlds_come_and_go",
            "factory::store_moves_between_tasks",
            "round_trip::get_repeats",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "round_trip::ok_means_visible",
            "overwrite",
            "missing::empty_is_not_missing",
            "missing::miss_then_put_then_get",
            "missing::one_bit_off_is_missing",
            "key_identity",
            "value_fidelity",
            "timeouts::generous_changes_nothing",
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::short_then_none",
            "timeouts::beside_each_other",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "options::unknown_on_put",
            "options::unknown_on_get",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "provenance",
            "concurrency::distinct_keys_all_land",
            "concurrency::same_key_one_whole_value",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::completed_put_seen_by_other_tasks",
            "concurrency::reads_do_not_go_back",
            "concurrency::misses_beside_puts",
            "concurrency::gets_side_by_side",
            "concurrency::large_put_beside_small_calls",
            "cancellation",
            "settled::refused_put_never_lands_later",
            "limits",
            "durable::value_survives",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::from_survives",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "durable::works_after_reopening",
        ],
        "",
        Steps { put: |_, _, _, _| Box::pin(async { Ok(()) }), ..RIGHT },
    ),
    mutant(
        "first write wins",
        &[
            "overwrite::second_put_wins",
            "factory::worlds_come_and_go",
            "round_trip::ok_means_visible",
            "overwrite::shorter_value_leaves_no_tail",
            "overwrite::longer_value_is_whole",
            "overwrite::empty_value_replaces",
            "overwrite::lexicographically_smaller_replaces",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::never_reverts",
            "key_identity::empty_key",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::timed_out_put_is_whole",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "concurrency::completed_put_seen_by_other_tasks",
            "concurrency::reads_do_not_go_back",
            "limits::refusal_keeps_the_old_value",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::many_reopenings",
            "durable::works_after_reopening",
        ],
        "",
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
    mutant(
        "a tail is left",
        &[
            "overwrite::shorter_value_leaves_no_tail",
            "overwrite::empty_value_replaces",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "concurrency::same_key_one_whole_value",
            "durable::last_of_several_puts_survives",
        ],
        "",
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
    mutant(
        "no room to grow",
        &[
            "overwrite::longer_value_is_whole",
            "overwrite::second_put_wins",
            "overwrite::lexicographically_smaller_replaces",
            "key_identity::empty_key",
            "value_fidelity::equal_values_change_apart",
            "timeouts::timed_out_put_is_whole",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "concurrency::same_key_one_whole_value",
            "cancellation::dropped_put_at_every_await_point",
        ],
        "",
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
    mutant(
        "the same again is an error",
        &[
            "overwrite::same_value_again_is_ok",
            "timeouts::timeout_during_the_call",
            "options::known_timeout_still_works_beside_unknown",
            "provenance::from_survives_overwrite",
            "concurrency::misses_beside_puts",
            "concurrency::large_put_beside_small_calls",
            "settled::timed_out_put_never_lands_later",
            "settled::outcome_is_decided",
            "settled::refused_put_never_lands_later",
        ],
        "",
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
    mutant(
        "the greater wins",
        &[
            "overwrite::lexicographically_smaller_replaces",
            "factory::worlds_come_and_go",
            "round_trip::ok_means_visible",
            "overwrite::shorter_value_leaves_no_tail",
            "overwrite::longer_value_is_whole",
            "overwrite::empty_value_replaces",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::never_reverts",
            "key_identity::empty_key",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::timed_out_put_is_whole",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "concurrency::completed_put_seen_by_other_tasks",
            "concurrency::reads_do_not_go_back",
            "limits::refusal_keeps_the_old_value",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::many_reopenings",
        ],
        "",
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
    mutant(
        "every hundredth put is lost",
        &[
            "overwrite::hundred_overwrites_last_wins",
            "round_trip::many_keys_each_their_own",
            "round_trip::ok_means_visible",
            "key_identity::long_keys_differ_in_one_byte",
            "key_identity::each_byte_counts",
            "key_identity::weak_hash_collisions",
            "value_fidelity::all_256_bytes",
            "options::names_like_known_ones",
            "durable::many_keys_survive",
        ],
        "",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move { if base.next() % 100 == 99 { Ok(()) } else { base.write(key, value) } })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a put changes its neighbour",
        &[
            "overwrite::other_keys_untouched",
            "key_identity::leading_zeros",
            "key_identity::reserved_names",
            "concurrency::distinct_keys_all_land",
            "concurrency::misses_beside_puts",
        ],
        "",
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
    mutant(
        "an old value comes back",
        &["overwrite::never_reverts"],
        "",
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
    mutant(
        "256 places",
        &[
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "key_identity::each_byte_counts",
            "key_identity::weak_hash_collisions",
            "value_fidelity::all_256_bytes",
            "durable::many_keys_survive",
        ],
        "",
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
    mutant(
        "1,024 places",
        &["round_trip::many_puts_evict_nothing", "key_identity::weak_hash_collisions", "durable::many_keys_survive"],
        "",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let mut values = base.values.lock().unwrap();
                    if values.len() >= 1_024 {
                        values.clear();
                    }
                    values.insert(key.to_vec(), value);
                    Ok(())
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "written behind",
        &[
            "round_trip::ok_means_visible",
            "factory::worlds_are_independent",
            "factory::worlds_come_and_go",
            "round_trip::put_then_get",
            "round_trip::get_repeats",
            "overwrite",
            "missing::empty_is_not_missing",
            "missing::miss_then_put_then_get",
            "missing::one_bit_off_is_missing",
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
            "key_identity::separator_confusion",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "key_identity::reserved_names",
            "key_identity::encodings_literal",
            "value_fidelity::empty",
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
            "value_fidelity::equal_values_change_apart",
            "timeouts::generous_changes_nothing",
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::short_then_none",
            "timeouts::beside_each_other",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "options::unknown_on_put",
            "options::unknown_on_get",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "provenance",
            "concurrency::distinct_keys_all_land",
            "concurrency::same_key_one_whole_value",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::completed_put_seen_by_other_tasks",
            "concurrency::reads_do_not_go_back",
            "concurrency::misses_beside_puts",
            "concurrency::large_put_beside_small_calls",
            "cancellation",
            "settled::refused_put_never_lands_later",
            "limits",
            "durable::value_survives",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::from_survives",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "durable::works_after_reopening",
        ],
        "",
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
    mutant(
        "the whole map is read and written",
        &[
            "concurrency::distinct_keys_all_land",
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
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "value_fidelity::same_length_values_kept_apart",
            "provenance::from_per_key",
            "concurrency::gets_side_by_side",
            "limits::key_at_the_limit_is_kept",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::last_acknowledged_write_survives",
        ],
        "",
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
    mutant(
        "written in halves",
        &[
            "concurrency::same_key_one_whole_value",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::reads_do_not_go_back",
            "cancellation::dropped_put_at_every_await_point",
            "settled::outcome_is_decided",
        ],
        "",
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
    mutant(
        "removed, then written",
        &[
            "concurrency::misses_beside_puts",
            "provenance::from_after_a_call_that_found_nothing",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::reads_do_not_go_back",
            "cancellation::dropped_put_at_every_await_point",
            "settled::outcome_is_decided",
        ],
        "",
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
    mutant(
        "a put begins before it is polled",
        &[
            "cancellation::dropped_before_first_poll",
            "options::missing_key_with_unknown_options",
            "limits::value_over_the_limit_is_refused",
            "limits::refusal_keeps_the_old_value",
            "limits::refused_value_stays_away",
        ],
        "",
        Steps { before_put: |base, key, value| drop(base.write(key, value.clone())), ..RIGHT },
    ),
    mutant(
        "half a value when dropped",
        &[
            "cancellation::dropped_put_at_every_await_point",
            "concurrency::read_beside_write_old_or_new",
            "settled::outcome_is_decided",
        ],
        "",
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
    mutant(
        "permits kept by dropped puts",
        &["cancellation::many_dropped_then_usable"],
        "",
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
    mutant(
        "lands later",
        &[
            "settled::dropped_put_never_lands_later",
            "settled::timed_out_put_never_lands_later",
            "settled::outcome_is_decided",
        ],
        "",
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
