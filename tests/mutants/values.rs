//! Faults of values: they come back as something else, or are taken or refused where they should not be.

use value_store::Bytes;

use crate::mutant::{Mutant, mutant};
use crate::store::{MAX_VALUE_LEN, RIGHT, Steps};
use crate::text;
use value_store::Error;

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "values cut at a NUL",
        &[
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::all_256_bytes",
            "value_fidelity::looks_encoded",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::one_mebibyte_patterned",
            "value_fidelity::same_length_values_kept_apart",
            "concurrency::same_key_one_whole_value",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::large_put_beside_small_calls",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
            "durable::binary_and_empty_survive",
        ],
        "",
        values(|value| value.split(|byte| *byte == 0).next().unwrap().to_vec().into()),
    ),
    mutant(
        "line ends",
        &["value_fidelity::nul_and_line_ends", "durable::binary_and_empty_survive"],
        "",
        values(|value| if value.is_ascii() { text(&value).replace("\r\n", "\n").into() } else { value }),
    ),
    mutant(
        "values trimmed",
        &[
            "value_fidelity::leading_and_trailing_space",
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::lengths_around_powers",
            "durable::binary_and_empty_survive",
        ],
        "",
        values(|value| value.trim_ascii().to_vec().into()),
    ),
    mutant(
        "values made into text",
        &[
            "value_fidelity::invalid_utf8",
            "value_fidelity::all_256_bytes",
            "value_fidelity::looks_encoded",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::one_mebibyte_patterned",
            "concurrency::same_key_one_whole_value",
            "concurrency::read_beside_write_old_or_new",
            "concurrency::reads_do_not_go_back",
            "concurrency::large_put_beside_small_calls",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
            "durable::binary_and_empty_survive",
        ],
        "",
        values(|value| text(&value).into()),
    ),
    mutant(
        "JSON made smaller",
        &["value_fidelity::looks_encoded", "provenance::value_has_no_envelope"],
        "",
        values(|value| serde_json::from_slice(&value).map_or(value, |json: serde_json::Value| json.to_string().into())),
    ),
    mutant(
        "cut at 64 KiB",
        &[
            "value_fidelity::one_mebibyte_patterned",
            "value_fidelity::lengths_around_powers",
            "concurrency::large_put_beside_small_calls",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
        ],
        "",
        values(|value| value.slice(..value.len().min(1 << 16))),
    ),
    mutant(
        "a length of 16 bits",
        &[
            "value_fidelity::lengths_around_powers",
            "value_fidelity::one_mebibyte_patterned",
            "concurrency::large_put_beside_small_calls",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
        ],
        "",
        values(|value| value.slice(..value.len() % (1 << 16))),
    ),
    mutant(
        "blocks out of order",
        &[
            "value_fidelity::one_mebibyte_patterned",
            "concurrency::large_put_beside_small_calls",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
        ],
        "",
        values(|value| {
            let mut blocks: Vec<_> = value.chunks(1 << 18).collect();
            if blocks.len() > 2 {
                blocks.swap(1, 2);
            }
            blocks.concat().into()
        }),
    ),
    mutant(
        "by length",
        &[
            "value_fidelity::same_length_values_kept_apart",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "round_trip::ok_means_visible",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::other_keys_untouched",
            "overwrite::never_reverts",
            "key_identity",
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::leading_and_trailing_space",
            "value_fidelity::invalid_utf8",
            "value_fidelity::looks_encoded",
            "value_fidelity::one_mebibyte_patterned",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::nothing_leaks_to_the_next_call",
            "concurrency::distinct_keys_all_land",
            "concurrency::same_key_one_whole_value",
            "concurrency::completed_put_seen_by_other_tasks",
            "concurrency::reads_do_not_go_back",
            "concurrency::misses_beside_puts",
            "concurrency::gets_side_by_side",
            "cancellation::dropped_before_first_poll",
            "cancellation::many_dropped_then_usable",
            "limits::refusal_keeps_the_old_value",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
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
                    let length = value.len().to_be_bytes();
                    let first = base.other.lock().unwrap().entry(length.into()).or_insert(value).clone();
                    base.write(key, first)
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "an envelope that stays",
        &[
            "provenance::value_has_no_envelope",
            "factory::worlds_are_independent",
            "factory::store_moves_between_tasks",
            "round_trip",
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
            "limits::value_at_the_limit_is_kept",
            "limits::refusal_keeps_the_old_value",
            "limits::many_refusals_then_usable",
            "limits::key_at_the_limit_is_kept",
            "limits::key_over_the_limit_is_refused",
            "durable::value_survives",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "durable::works_after_reopening",
        ],
        "",
        Steps { got_value: |value| [b"{\"val\":", &value[..], b"}"].concat().into(), ..RIGHT },
    ),
    mutant(
        "empty is missing",
        &[
            "missing::empty_is_not_missing",
            "overwrite::empty_value_replaces",
            "value_fidelity::empty",
            "value_fidelity::lengths_around_powers",
            "provenance::from_survives_overwrite",
            "provenance::from_whatever_the_call",
            "durable::last_of_several_puts_survives",
            "durable::binary_and_empty_survive",
        ],
        "",
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    base.read(key).and_then(|value| if value.is_empty() { Err(Error::NotFound) } else { Ok(value) })
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "missing is empty",
        &[
            "missing::unknown_key_is_not_found",
            "factory::starts_empty",
            "factory::worlds_are_independent",
            "overwrite::never_reverts",
            "missing::empty_is_not_missing",
            "missing::miss_then_put_then_get",
            "missing::miss_inserts_nothing",
            "missing::miss_answers_in_time",
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
            "key_identity::reversed_bytes",
            "key_identity::leading_zeros",
            "key_identity::long_keys_differ_in_one_byte",
            "key_identity::weak_hash_collisions",
            "timeouts::generous_changes_nothing",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::missing_key_in_time",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::missing_key_with_unknown_options",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "limits::value_over_the_limit_is_refused",
            "durable::missing_stays_missing",
            "durable::works_after_reopening",
        ],
        "",
        Steps { get: |base, key, _| Box::pin(async move { Ok(base.read(key).unwrap_or_default()) }), ..RIGHT },
    ),
    mutant(
        "no limit on values",
        &[
            "limits::value_over_the_limit_is_refused",
            "settled::refused_put_never_lands_later",
            "limits::refusal_keeps_the_old_value",
            "limits::many_refusals_then_usable",
        ],
        "",
        Steps { limits: |key, _| (RIGHT.limits)(key, &[]), ..RIGHT },
    ),
    mutant(
        "limit off by one",
        &[
            "limits::value_at_the_limit_is_kept",
            "value_fidelity::one_mebibyte_patterned",
            "concurrency::large_put_beside_small_calls",
            "durable::lengths_survive",
        ],
        "",
        Steps {
            limits: |key, value| (RIGHT.limits)(key, &[value, if value.is_empty() { b"" } else { b"x" }].concat()),
            ..RIGHT
        },
    ),
    mutant(
        "key limit off by one",
        &["limits::key_at_the_limit_is_kept", "limits::key_over_the_limit_is_refused"],
        "",
        Steps { limits: |key, value| (RIGHT.limits)(&[key, b"x"].concat(), value), ..RIGHT },
    ),
    mutant(
        "no limit on keys",
        &["limits::key_over_the_limit_is_refused"],
        "",
        Steps { limits: |_, value| (RIGHT.limits)(&[], value), ..RIGHT },
    ),
    mutant(
        "refused puts delete",
        &["limits::refusal_keeps_the_old_value", "concurrency::misses_beside_puts"],
        "",
        Steps {
            limits: |key, value| if value.len() > MAX_VALUE_LEN { Ok(()) } else { (RIGHT.limits)(key, value) },
            put: |base, key, value, _| {
                Box::pin(async move {
                    base.values.lock().unwrap().remove(key);
                    (RIGHT.limits)(key, &value)?;
                    base.write(key, value)
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a refusal keeps a place",
        &["limits::many_refusals_then_usable"],
        "",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let place = base.permits.try_acquire().map_err(Error::backend)?;
                    if value.len() > MAX_VALUE_LEN {
                        place.forget();
                        return Err(Error::InvalidValue("too long".into()));
                    }
                    base.write(key, value)
                })
            },
            limits: |key, _| (RIGHT.limits)(key, &[]),
            ..RIGHT
        },
    ),
    mutant(
        "a limit of two bytes' length",
        &["limits::value_over_the_limit_is_refused", "limits::key_over_the_limit_is_refused"],
        "",
        Steps {
            limits: |key, value| {
                let (length, limit) = (value.len() % (1 << 16), MAX_VALUE_LEN % (1 << 16));
                if value.len() > MAX_VALUE_LEN && length > limit { (RIGHT.limits)(key, value) } else { Ok(()) }
            },
            ..RIGHT
        },
    ),
];

const fn values(put_value: fn(Bytes) -> Bytes) -> Steps {
    Steps { put_value, ..RIGHT }
}
