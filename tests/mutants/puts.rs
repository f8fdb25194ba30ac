//! Faults of puts: values that are lost, cut, late, or in the wrong place.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use value_store::{Bytes, Error};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, RIGHT, Steps, step};

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
            "at_rest::time_takes_nothing",
            "round_trip::ok_means_visible",
            "overwrite",
            "missing::empty_is_not_missing",
            "missing::miss_then_put_then_get",
            "missing::one_bit_off_is_missing",
            "missing::many_misses_then_usable",
            "key_identity",
            "value_fidelity",
            "timeouts::generous_changes_nothing",
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::short_then_none",
            "timeouts::long_then_short",
            "timeouts::beside_each_other",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "timeouts::never_early",
            "timeouts::behind_other_calls",
            "timeouts::many_timeouts_then_usable",
            "options::unknown_on_put",
            "options::unknown_on_get",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "provenance",
            "concurrency::put_amid_a_get",
            "concurrency::get_amid_a_put",
            "concurrency::put_amid_a_put",
            "concurrency::puts_amid_each_other",
            "concurrency::gets_amid_each_other",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_put_at_every_await_point",
            "cancellation::dropped_get_harms_nothing",
            "cancellation::many_dropped_then_usable",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
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
            "durable::dropped_put_is_whole_after_reopening",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "durable::works_after_reopening",
        ],
        "it came right after the put: does put return before the value can be",
        Steps { put: |_, _, _, _| Box::pin(async { Ok(()) }), ..RIGHT },
    ),
    mutant(
        "first write wins",
        &[
            "overwrite::second_put_wins",
            "factory::worlds_come_and_go",
            "at_rest::time_takes_nothing",
            "round_trip::ok_means_visible",
            "overwrite::shorter_value_leaves_no_tail",
            "overwrite::longer_value_is_whole",
            "overwrite::empty_value_replaces",
            "overwrite::lexicographically_smaller_replaces",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::never_reverts",
            "missing::many_misses_then_usable",
            "key_identity::empty_key",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::short_then_none",
            "timeouts::timed_out_put_is_whole",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "concurrency::get_amid_a_put",
            "cancellation::dropped_put_at_every_await_point",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::refusal_keeps_the_old_value",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::many_reopenings",
            "durable::works_after_reopening",
            "overwrite::same_value_again_is_ok",
        ],
        "it is the older value, of put",
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
            "missing::many_misses_then_usable",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "cancellation::dropped_put_at_every_await_point",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::last_of_several_puts_survives",
        ],
        "the tail of the longer old value is still there",
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
            "at_rest::time_takes_nothing",
            "overwrite::second_put_wins",
            "overwrite::lexicographically_smaller_replaces",
            "key_identity::empty_key",
            "value_fidelity::equal_values_change_apart",
            "timeouts::short_then_none",
            "timeouts::timed_out_put_is_whole",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "concurrency::get_amid_a_put",
            "cancellation::dropped_put_at_every_await_point",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::dropped_put_is_whole_after_reopening",
        ],
        "the value was cut after",
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
            "timeouts::short_then_none",
            "timeouts::long_then_short",
            "timeouts::timeout_during_the_call",
            "timeouts::never_early",
            "timeouts::behind_other_calls",
            "timeouts::many_timeouts_then_usable",
            "options::known_timeout_still_works_beside_unknown",
            "provenance::from_survives_overwrite",
            "cancellation::dropped_first_put_is_whole",
            "cancellation::dropped_get_harms_nothing",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "settled::timed_out_put_never_lands_later",
            "settled::outcome_is_decided",
            "settled::refused_put_never_lands_later",
            "key_identity::file_names_literal",
        ],
        "ended with Backend: no rows changed, and not with Ok",
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
            "overwrite::empty_value_replaces",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::never_reverts",
            "missing::many_misses_then_usable",
            "key_identity::empty_key",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::short_then_none",
            "timeouts::timed_out_put_is_whole",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "cancellation::dropped_put_at_every_await_point",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::refusal_keeps_the_old_value",
            "durable::last_of_several_puts_survives",
            "durable::many_reopenings",
            "overwrite::same_value_again_is_ok",
            "concurrency::get_amid_a_put",
        ],
        "it is the older value, of put",
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
        "it is the older value, of put",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move { if base.next() % 100 == 99 { Ok(()) } else { base.write(key, value) } })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a put changes its neighbour",
        &["overwrite::other_keys_untouched", "key_identity::leading_zeros", "key_identity::reserved_names"],
        "B) are taken for the same key: one is a prefix of the other",
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
        &[
            "overwrite::never_reverts",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
        ],
        "it is the older value, of put",
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
            "overwrite::never_reverts",
        ],
        "puts to other keys came between: did they push this one out?",
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
        "puts to other keys came between: did they push this one out?",
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
            "factory::store_moves_between_tasks",
            "round_trip::put_then_get",
            "round_trip::get_repeats",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "overwrite",
            "missing::empty_is_not_missing",
            "missing::miss_then_put_then_get",
            "missing::one_bit_off_is_missing",
            "missing::many_misses_then_usable",
            "key_identity",
            "value_fidelity",
            "timeouts::generous_changes_nothing",
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::short_then_none",
            "timeouts::long_then_short",
            "timeouts::beside_each_other",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "timeouts::never_early",
            "timeouts::behind_other_calls",
            "timeouts::many_timeouts_then_usable",
            "options::unknown_on_put",
            "options::unknown_on_get",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "provenance",
            "concurrency::put_amid_a_get",
            "concurrency::get_amid_a_put",
            "concurrency::put_amid_a_put",
            "concurrency::puts_amid_each_other",
            "concurrency::gets_amid_each_other",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_put_at_every_await_point",
            "cancellation::dropped_get_harms_nothing",
            "cancellation::many_dropped_then_usable",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
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
            "durable::dropped_put_is_whole_after_reopening",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "durable::works_after_reopening",
        ],
        "it came right after the put: does put return before the value can be",
        Steps {
            put: step!(|base, key, value, _| {
                let (base, key) = (Arc::clone(base), key.to_vec());
                tokio::spawn(async move {
                    sleep(Duration::from_millis(300)).await;
                    base.write(&key, value)
                });
                Ok(())
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a put is appended",
        &[
            "overwrite::second_put_wins",
            "factory::worlds_come_and_go",
            "at_rest::time_takes_nothing",
            "round_trip::ok_means_visible",
            "overwrite::shorter_value_leaves_no_tail",
            "overwrite::longer_value_is_whole",
            "overwrite::same_value_again_is_ok",
            "overwrite::empty_value_replaces",
            "overwrite::lexicographically_smaller_replaces",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::never_reverts",
            "missing::many_misses_then_usable",
            "key_identity::empty_key",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::zero_is_prompt",
            "timeouts::one_nanosecond_is_not_none",
            "timeouts::short_then_none",
            "timeouts::long_then_short",
            "timeouts::timed_out_put_is_whole",
            "timeouts::timeout_during_the_call",
            "timeouts::never_early",
            "timeouts::many_timeouts_then_usable",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "concurrency::get_amid_a_put",
            "cancellation::dropped_put_at_every_await_point",
            "cancellation::many_dropped_then_usable",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::refusal_keeps_the_old_value",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::dropped_put_is_whole_after_reopening",
            "durable::many_reopenings",
            "durable::works_after_reopening",
        ],
        "the value is whole, with something before it",
        Steps {
            put: step!(|base, key, value, _| {
                let old = base.read(key).unwrap_or_default();
                base.write(key, [old, value].concat().into())
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a value of the same length is not written",
        &[
            "overwrite::hundred_overwrites_last_wins",
            "factory::worlds_come_and_go",
            "round_trip::ok_means_visible",
            "overwrite::never_reverts",
            "value_fidelity::same_length_values_kept_apart",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::refusal_keeps_the_old_value",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::many_reopenings",
            "durable::works_after_reopening",
            "overwrite::same_value_again_is_ok",
        ],
        "it is the older value, of put",
        Steps {
            put: step!(|base, key, value, _| {
                if base.read(key).is_ok_and(|old| old.len() == value.len()) {
                    return Ok(());
                }
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "versions are counted in a byte",
        &["overwrite::hundred_overwrites_last_wins"],
        "it is the older value, of put",
        Steps {
            put: step!(|base, key, value, _| {
                base.log.lock().unwrap().push((key.to_vec(), Bytes::new()));
                let version = base.log.lock().unwrap().iter().filter(|(put, _)| put == key).count();
                if version > 255 { Ok(()) } else { base.write(key, value) }
            }),
            ..RIGHT
        },
    ),
    mutant(
        "an empty value is not written",
        &[
            "overwrite::empty_value_replaces",
            "value_fidelity::equal_values_change_apart",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::last_of_several_puts_survives",
        ],
        "it is the older value, of put",
        Steps {
            put: step!(|base, key, value, _| {
                if value.is_empty() && base.read(key).is_ok() {
                    return Ok(());
                }
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "an empty value deletes",
        &[
            "overwrite::empty_value_replaces",
            "value_fidelity::equal_values_change_apart",
            "provenance::from_survives_overwrite",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::last_of_several_puts_survives",
        ],
        "the value is empty: is that taken for the absence of one?",
        Steps {
            put: step!(|base, key, value, _| {
                if value.is_empty() && base.read(key).is_ok() {
                    base.values.lock().unwrap().remove(key);
                    return Ok(());
                }
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a shorter value is refused",
        &[
            "overwrite::shorter_value_leaves_no_tail",
            "overwrite::empty_value_replaces",
            "overwrite::other_keys_untouched",
            "missing::many_misses_then_usable",
            "key_identity::empty_key",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::timed_out_put_is_whole",
            "provenance::from_survives_overwrite",
            "cancellation::dropped_put_at_every_await_point",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::last_of_several_puts_survives",
        ],
        "ended with Backend: cannot shrink, and not with Ok",
        Steps {
            put: step!(|base, key, value, _| {
                if base.read(key).is_ok_and(|old| old.len() > value.len()) {
                    return Err(Error::backend("cannot shrink"));
                }
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "the tenth put fails",
        &[
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "round_trip::ok_means_visible",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::other_keys_untouched",
            "overwrite::never_reverts",
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
            "value_fidelity::unicode_forms",
            "value_fidelity::looks_encoded",
            "value_fidelity::sentinels",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::huge_is_not_expired",
            "timeouts::beside_each_other",
            "timeouts::timed_out_put_is_whole",
            "timeouts::behind_other_calls",
            "timeouts::many_timeouts_then_usable",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "provenance::from_per_key",
            "cancellation::dropped_before_first_poll",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "settled::timed_out_put_never_lands_later",
            "settled::outcome_is_decided",
            "durable::last_of_several_puts_survives",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "key_identity::empty_key",
            "key_identity::very_long_keys_differ_in_one_byte",
        ],
        "ended with Backend: counter, and not with Ok",
        Steps {
            put: step!(|base, key, value, _| if base.next() == 9 {
                Err(Error::backend("counter"))
            } else {
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "growing loses a part",
        &[
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "key_identity::each_byte_counts",
            "key_identity::weak_hash_collisions",
            "value_fidelity::all_256_bytes",
            "durable::many_keys_survive",
            "overwrite::never_reverts",
        ],
        "values that were put before it are there: is it something about this key,",
        Steps {
            put: step!(|base, key, value, _| {
                let mut values = base.values.lock().unwrap();
                if values.len() == 128 {
                    values.retain(|key, _| key.last().is_some_and(|byte| byte % 2 == 0));
                }
                values.insert(key.to_vec(), value);
                Ok(())
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a value is gone after half a second",
        &["at_rest::time_takes_nothing"],
        "passed since it was put: do values expire?",
        Steps {
            put: step!(|base, key, value, _| {
                later(base, key, Duration::from_millis(500), |base, key| drop(base.values.lock().unwrap().remove(key)));
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a replaced value comes back after a second",
        &["at_rest::time_takes_nothing"],
        "it is the older value, of put",
        Steps {
            put: step!(|base, key, value, _| {
                if let Ok(old) = base.read(key) {
                    base.other.lock().unwrap().insert(key.to_vec(), old);
                    later(base, key, Duration::from_secs(1), |base, key| {
                        let old = base.other.lock().unwrap()[key].clone();
                        drop(base.write(key, old));
                    });
                }
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "the tail of several pages stays",
        &["overwrite::shorter_value_leaves_no_tail"],
        "the tail of the longer old value is still there",
        Steps {
            put: step!(|base, key, value, _| {
                let old = base.read(key).unwrap_or_default();
                let tail = if value.len() > 4_096 { old.get(value.len()..).unwrap_or_default() } else { b"" };
                base.write(key, [&value[..], tail].concat().into())
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a value that the key had before is not written again",
        &[
            "overwrite::same_value_again_is_ok",
            "key_identity::separator_confusion",
            "value_fidelity::equal_values_change_apart",
            "model::random_operations_match_a_map",
            "model::with_reopening",
            "durable::last_of_several_puts_survives",
        ],
        "it is the older value, of put 5",
        Steps {
            put: step!(|base, key, value, _| {
                let known = [key, b"\0", &value].concat();
                if base.other.lock().unwrap().insert(known, Bytes::new()).is_some() {
                    return Ok(());
                }
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "replaced values come back when the store tidies up",
        &["overwrite::never_reverts"],
        "it is the older value, of put 1",
        Steps {
            put: step!(|base, key, value, _| {
                if let Ok(old) = base.read(key) {
                    base.other.lock().unwrap().entry(key.to_vec()).or_insert(old);
                }
                if base.next() == 500 {
                    base.values.lock().unwrap().extend(base.other.lock().unwrap().clone());
                }
                base.write(key, value)
            }),
            ..RIGHT
        },
    ),
];

/// Does something to a key after a while.
fn later(base: &Arc<Base>, key: &[u8], time: Duration, work: fn(&Base, &[u8])) {
    let (base, key) = (Arc::clone(base), key.to_vec());
    tokio::spawn(async move {
        sleep(time).await;
        work(&base, &key);
    });
}
