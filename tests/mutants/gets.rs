//! Faults of gets: of what is there, and of what is missing.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep};
use value_store::{Bytes, Error};

use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, Steps, step};

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "a get uses the value up",
        &[
            "round_trip::get_repeats",
            "factory::worlds_are_independent",
            "factory::worlds_come_and_go",
            "factory::store_moves_between_tasks",
            "overwrite::never_reverts",
            "missing::one_bit_off_is_missing",
            "key_identity::empty_key",
            "value_fidelity::equal_values_change_apart",
            "timeouts::short_then_none",
            "timeouts::long_then_short",
            "timeouts::beside_each_other",
            "timeouts::timeout_during_the_call",
            "timeouts::many_timeouts_then_usable",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "provenance::from_is_always_a_member",
            "provenance::from_whatever_the_call",
            "provenance::from_after_a_call_that_found_nothing",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "cancellation::many_dropped_then_usable",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "settled::refused_put_never_lands_later",
            "cancellation::dropped_put_at_every_await_point",
        ],
        "still found it: is it used up, pushed out, or out of sight for a",
        Steps {
            get: |base, key, _| Box::pin(async move { base.values.lock().unwrap().remove(key).ok_or(Error::NotFound) }),
            ..RIGHT
        },
    ),
    mutant(
        "the 1,000th get fails",
        &[
            "round_trip::get_repeats",
            "missing::many_misses_then_usable",
            "key_identity::weak_hash_collisions",
            "durable::many_keys_survive",
        ],
        "ended with Backend: counter, where put",
        Steps {
            get: |base, key, _| {
                Box::pin(
                    async move { if base.next() == 999 { Err(Error::backend("counter")) } else { base.read(key) } },
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
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::value_over_the_limit_is_refused",
            "durable::works_after_reopening",
            "key_identity::reserved_names",
        ],
        "came before the put and missed: is the miss remembered?",
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
            "timeouts::never_early",
            "options::known_timeout_still_works_beside_unknown",
            "options::missing_key_with_unknown_options",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::missing_stays_missing",
            "missing::miss_then_put_then_get",
        ],
        "a key without a value is Err(Error::NotFound); the empty value is a",
        Steps {
            get: |base, key, _| {
                Box::pin(async move { base.read(key).inspect_err(|_| drop(base.write(key, "".into()))) })
            },
            ..RIGHT
        },
    ),
    mutant(
        "the thousandth get fails",
        &[
            "round_trip::get_repeats",
            "missing::many_misses_then_usable",
            "key_identity::weak_hash_collisions",
            "durable::many_keys_survive",
        ],
        "ended with Backend: counter, where put",
        Steps {
            get: step!(|base, key, _| if base.next() == 999 { Err(Error::backend("counter")) } else { base.read(key) }),
            ..RIGHT
        },
    ),
    mutant(
        "the hundredth get finds nothing",
        &[
            "round_trip::get_repeats",
            "round_trip::many_keys_each_their_own",
            "round_trip::ok_means_visible",
            "overwrite::hundred_overwrites_last_wins",
            "key_identity::each_byte_counts",
            "key_identity::weak_hash_collisions",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "value_fidelity::all_256_bytes",
            "timeouts::many_timeouts_then_usable",
            "provenance::from_is_always_a_member",
            "durable::many_keys_survive",
            "key_identity::reserved_names",
            "key_identity::unicode_forms",
        ],
        "still found it: is it used up, pushed out, or out of sight for a",
        Steps {
            get: step!(|base, key, _| if base.next() % 100 == 99 { Err(Error::NotFound) } else { base.read(key) }),
            ..RIGHT
        },
    ),
    mutant(
        "every second get asks a replica that lags",
        &[
            "overwrite::hundred_overwrites_last_wins",
            "round_trip::ok_means_visible",
            "overwrite::never_reverts",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::timed_out_put_is_whole",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::last_of_several_puts_survives",
            "durable::many_reopenings",
            "key_identity::empty_key",
            "overwrite::longer_value_is_whole",
            "overwrite::same_value_again_is_ok",
            "overwrite::shorter_value_leaves_no_tail",
        ],
        "it is the older value, of put",
        Steps {
            put: step!(|base, key, value, _| {
                if let Ok(old) = base.read(key) {
                    base.other.lock().unwrap().insert(key.to_vec(), old);
                }
                base.write(key, value)
            }),
            get: step!(|base, key, _| {
                let old = base.other.lock().unwrap().get(key).cloned();
                match old {
                    Some(old) if base.next() % 2 == 1 => Ok(old),
                    _ => base.read(key),
                }
            }),
            ..RIGHT
        },
    ),
    mutant(
        "two replicas, a put to one of them",
        &[
            "round_trip::get_repeats",
            "factory::worlds_are_independent",
            "factory::worlds_come_and_go",
            "factory::store_moves_between_tasks",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "overwrite::other_keys_untouched",
            "overwrite::never_reverts",
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
            "key_identity::very_long_keys_differ_in_one_byte",
            "key_identity::each_byte_counts",
            "key_identity::weak_hash_collisions",
            "key_identity::separator_confusion",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "key_identity::encodings_literal",
            "value_fidelity::unicode_forms",
            "value_fidelity::invalid_utf8",
            "value_fidelity::looks_encoded",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "value_fidelity::same_length_values_kept_apart",
            "value_fidelity::equal_values_change_apart",
            "timeouts::short_then_none",
            "timeouts::beside_each_other",
            "timeouts::behind_other_calls",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::put_with_options_survives",
            "provenance::from_is_always_a_member",
            "provenance::from_whatever_the_call",
            "provenance::from_after_a_call_that_found_nothing",
            "concurrency::gets_amid_each_other",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::key_at_the_limit_is_kept",
            "durable::last_of_several_puts_survives",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::dropped_put_is_whole_after_reopening",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "cancellation::dropped_put_at_every_await_point",
            "key_identity::reserved_names",
        ],
        "still found it: is it used up, pushed out, or out of sight for a",
        Steps {
            put: step!(|base, key, value, _| {
                if base.next() % 2 == 0 {
                    return base.write(key, value);
                }
                base.other.lock().unwrap().insert(key.to_vec(), value);
                Ok(())
            }),
            get: step!(|base, key, _| {
                if base.next() % 2 == 1 {
                    return base.read(key);
                }
                base.other.lock().unwrap().get(key).cloned().ok_or(Error::NotFound)
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a miss is an error of the backend",
        &[
            "missing::unknown_key_is_not_found",
            "factory::starts_empty",
            "factory::worlds_are_independent",
            "factory::worlds_come_and_go",
            "factory::drop_finishes",
            "overwrite::never_reverts",
            "missing::empty_is_not_missing",
            "missing::miss_then_put_then_get",
            "missing::miss_inserts_nothing",
            "missing::miss_answers_in_time",
            "missing::one_bit_off_is_missing",
            "missing::many_misses_then_usable",
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
            "key_identity::very_long_keys_differ_in_one_byte",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "key_identity::encodings_literal",
            "timeouts::generous_changes_nothing",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::missing_key_in_time",
            "timeouts::never_early",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::missing_key_with_unknown_options",
            "provenance::from_after_a_call_that_found_nothing",
            "concurrency::put_amid_a_miss",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::value_over_the_limit_is_refused",
            "limits::refused_value_stays_away",
            "durable::missing_stays_missing",
            "durable::works_after_reopening",
            "key_identity::reserved_names",
        ],
        "ended with Backend: not found, and not with NotFound, for a key that",
        Steps { get: step!(|base, key, _| base.read(key).map_err(|_| Error::backend("not found"))), ..RIGHT },
    ),
    mutant(
        "a miss returns what was found last",
        &[
            "missing::one_bit_off_is_missing",
            "factory::worlds_come_and_go",
            "overwrite::never_reverts",
            "missing::empty_is_not_missing",
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
            "key_identity::very_long_keys_differ_in_one_byte",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "key_identity::encodings_literal",
            "timeouts::generous_changes_nothing",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::never_early",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::refused_value_stays_away",
            "durable::works_after_reopening",
            "key_identity::reserved_names",
            "missing::miss_then_put_then_get",
        ],
        "B) are taken for the same key",
        Steps {
            get: step!(|base, key, _| {
                let (found, mut last) = (base.read(key), base.other.lock().unwrap());
                match found {
                    Ok(found) => {
                        last.insert(Vec::new(), found.clone());
                        Ok(found)
                    }
                    Err(_) => last.get(&b""[..]).cloned().ok_or(Error::NotFound),
                }
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a miss returns what was put last",
        &[
            "missing::empty_is_not_missing",
            "factory::worlds_come_and_go",
            "overwrite::never_reverts",
            "missing::miss_inserts_nothing",
            "missing::one_bit_off_is_missing",
            "missing::many_misses_then_usable",
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
            "key_identity::very_long_keys_differ_in_one_byte",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "key_identity::encodings_literal",
            "timeouts::generous_changes_nothing",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::never_early",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "provenance::from_after_a_call_that_found_nothing",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::refused_value_stays_away",
            "durable::missing_stays_missing",
            "durable::works_after_reopening",
            "key_identity::reserved_names",
            "missing::miss_then_put_then_get",
        ],
        "a key without a value is Err(Error::NotFound); the empty value is a",
        Steps {
            put: step!(|base, key, value, _| {
                base.other.lock().unwrap().insert(Vec::new(), value.clone());
                base.write(key, value)
            }),
            get: step!(|base, key, _| base.read(key).or_else(|_| base
                .other
                .lock()
                .unwrap()
                .get(&b""[..])
                .cloned()
                .ok_or(Error::NotFound))),
            ..RIGHT
        },
    ),
    mutant(
        "a miss waits for a put",
        &[
            "missing::unknown_key_is_not_found",
            "factory::starts_empty",
            "factory::worlds_are_independent",
            "factory::worlds_come_and_go",
            "factory::drop_finishes",
            "overwrite::never_reverts",
            "missing::empty_is_not_missing",
            "missing::miss_then_put_then_get",
            "missing::miss_inserts_nothing",
            "missing::miss_answers_in_time",
            "missing::one_bit_off_is_missing",
            "missing::many_misses_then_usable",
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
            "key_identity::very_long_keys_differ_in_one_byte",
            "key_identity::patterns_literal",
            "key_identity::file_names_literal",
            "key_identity::encodings_literal",
            "timeouts::generous_changes_nothing",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::missing_key_in_time",
            "timeouts::never_early",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::missing_key_with_unknown_options",
            "provenance::from_after_a_call_that_found_nothing",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::value_over_the_limit_is_refused",
            "limits::refused_value_stays_away",
            "durable::missing_stays_missing",
            "durable::works_after_reopening",
            "key_identity::reserved_names",
        ],
        "if the store is only slow, give the attribute a longer",
        Steps {
            get: step!(|base, key, _| loop {
                if let Ok(found) = base.read(key) {
                    break Ok(found);
                }
                sleep(Duration::from_millis(20)).await;
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a miss is remembered for a while",
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
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::value_over_the_limit_is_refused",
            "durable::works_after_reopening",
            "key_identity::reserved_names",
        ],
        "came before the put and missed: is the miss remembered?",
        Steps {
            get: step!(|base, key, _| {
                let end = *base.deadline.lock().unwrap();
                if base.other.lock().unwrap().contains_key(key) && end.is_some_and(|end| Instant::now() < end) {
                    return Err(Error::NotFound);
                }
                base.read(key).inspect_err(|_| {
                    *base.deadline.lock().unwrap() = Some(Instant::now() + Duration::from_millis(500));
                    base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
                })
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a miss keeps its permit",
        &["missing::many_misses_then_usable", "options::names_like_known_ones"],
        "ended with Backend: no permits available, and not with NotFound, for",
        Steps {
            get: step!(|base, key, _| {
                let permit = base.permits.try_acquire().map_err(Error::backend)?;
                base.read(key).inspect_err(|_| permit.forget())
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a miss counts as a failure of the backend",
        &["missing::many_misses_then_usable"],
        "ended with Backend: circuit open, and not with NotFound, for a key",
        Steps {
            first: |base, _| {
                if base.count.load(Ordering::SeqCst) > 200 { Err(Error::backend("circuit open")) } else { Ok(()) }
            },
            get: step!(|base, key, _| base.read(key).inspect_err(|_| {
                base.next();
            })),
            ..RIGHT
        },
    ),
    mutant(
        "a long value is cut the second time",
        &["round_trip::get_repeats"],
        "the value was cut after 65536 bytes",
        Steps {
            get: step!(|base, key, _| {
                let value = base.read(key)?;
                let again = base.other.lock().unwrap().insert(key.to_vec(), Bytes::new()).is_some();
                Ok(if again { value.slice(..value.len().min(65_536)) } else { value })
            }),
            ..RIGHT
        },
    ),
    mutant(
        "a key that was missed three times stays missing",
        &["missing::miss_then_put_then_get", "model::random_operations_match_a_map", "model::with_reopening"],
        "came before the put and missed: is the miss remembered?",
        Steps {
            get: step!(|base, key, _| {
                let mut missed = base.other.lock().unwrap();
                let times = missed.get(key).map_or(0, Bytes::len);
                if times == 3 {
                    return Err(Error::NotFound);
                }
                let found = base.read(key);
                if found.is_err() {
                    missed.insert(key.to_vec(), vec![0; times + 1].into());
                }
                found
            }),
            ..RIGHT
        },
    ),
];
