//! Faults of values: they come back as something else.

use value_store::Bytes;

use crate::keys::{crc, half_hash};
use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, Steps};
use crate::text;
use value_store::Error;

/// Values of one address are stored once: the first.
macro_rules! kept_once {
    (|$value:pat_param| $address:expr) => {
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let address = |$value: &[u8]| -> Vec<u8> { $address };
                    let first = base.other.lock().unwrap().entry(address(&value)).or_insert(value).clone();
                    base.write(key, first)
                })
            },
            ..RIGHT
        }
    };
}

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "values cut at a NUL",
        &[
            "value_fidelity::nul_and_line_ends",
            "key_identity::separator_confusion",
            "key_identity::reserved_names",
            "value_fidelity::all_256_bytes",
            "value_fidelity::looks_encoded",
            "value_fidelity::sentinels",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "value_fidelity::same_length_values_kept_apart",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
            "durable::binary_and_empty_survive",
        ],
        "the value was cut at its first NUL",
        values(|value| value.split(|byte| *byte == 0).next().unwrap().to_vec().into()),
    ),
    mutant(
        "line ends",
        &[
            "value_fidelity::nul_and_line_ends",
            "key_identity::separator_confusion",
            "value_fidelity::sentinels",
            "durable::binary_and_empty_survive",
        ],
        "the line ends of the value were changed",
        values(|value| if value.is_ascii() { text(&value).replace("\r\n", "\n").into() } else { value }),
    ),
    mutant(
        "values trimmed",
        &[
            "value_fidelity::leading_and_trailing_space",
            "key_identity::reserved_names",
            "value_fidelity::all_256_bytes",
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::looks_encoded",
            "value_fidelity::sentinels",
            "model::with_reopening",
            "durable::binary_and_empty_survive",
        ],
        "the white space at the ends of the value is gone",
        values(|value| if value.len() < 64 { value.trim_ascii().to_vec().into() } else { value }),
    ),
    mutant(
        "values made into text",
        &[
            "value_fidelity::invalid_utf8",
            "value_fidelity::all_256_bytes",
            "value_fidelity::looks_encoded",
            "value_fidelity::sentinels",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
            "durable::binary_and_empty_survive",
        ],
        "the value was made into text: what is no UTF-",
        values(|value| text(&value).into()),
    ),
    mutant(
        "JSON made smaller",
        &["value_fidelity::looks_encoded", "provenance::value_has_no_envelope"],
        "returned \"{\\\"a\\\":2}\" (7 B)",
        values(|value| serde_json::from_slice(&value).map_or(value, |json: serde_json::Value| json.to_string().into())),
    ),
    mutant(
        "cut at 64 KiB",
        &[
            "value_fidelity::one_mebibyte_patterned",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
            "overwrite::longer_value_is_whole",
            "round_trip::get_repeats",
            "cancellation::dropped_put_at_every_await_point",
        ],
        "the value was cut after 65536 bytes",
        values(|value| value.slice(..value.len().min(1 << 16))),
    ),
    mutant(
        "a length of 16 bits",
        &[
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
            "cancellation::dropped_put_at_every_await_point",
            "overwrite::longer_value_is_whole",
            "round_trip::get_repeats",
        ],
        "the value is empty now",
        values(|value| value.slice(..value.len() % (1 << 16))),
    ),
    mutant(
        "blocks out of order",
        &["value_fidelity::one_mebibyte_patterned", "limits::value_at_the_limit_is_kept", "durable::lengths_survive"],
        "returned 1048576 other bytes",
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
            "factory::worlds_come_and_go",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "round_trip::ok_means_visible",
            "overwrite::hundred_overwrites_last_wins",
            "overwrite::other_keys_untouched",
            "overwrite::never_reverts",
            "key_identity",
            "value_fidelity::all_256_bytes",
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::leading_and_trailing_space",
            "value_fidelity::unicode_forms",
            "value_fidelity::invalid_utf8",
            "value_fidelity::looks_encoded",
            "value_fidelity::sentinels",
            "value_fidelity::a_key_as_a_value",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "timeouts::many_timeouts_then_usable",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::additional_timeout_is_none",
            "options::odd_names",
            "options::nothing_leaks_to_the_next_call",
            "cancellation::dropped_before_first_poll",
            "cancellation::many_dropped_then_usable",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::value_at_the_limit_is_kept",
            "limits::refusal_keeps_the_old_value",
            "limits::key_at_the_limit_is_kept",
            "durable::overwrite_survives",
            "durable::last_of_several_puts_survives",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "durable::works_after_reopening",
            "cancellation::dropped_put_at_every_await_point",
            "overwrite::same_value_again_is_ok",
        ],
        "returned \"plumless\" (8 B)",
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
            "factory::worlds_come_and_go",
            "factory::store_moves_between_tasks",
            "round_trip",
            "at_rest",
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
            "concurrency::put_amid_a_get",
            "concurrency::get_amid_a_put",
            "concurrency::put_amid_a_put",
            "concurrency::puts_amid_each_other",
            "concurrency::gets_amid_each_other",
            "cancellation",
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
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::dropped_put_is_whole_after_reopening",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "durable::works_after_reopening",
        ],
        "returned \"{\\\"val\\\":{\\\"val\\\": 1}}\" (18 B)",
        Steps { got_value: |value| [b"{\"val\":", &value[..], b"}"].concat().into(), ..RIGHT },
    ),
    mutant(
        "empty is missing",
        &[
            "missing::empty_is_not_missing",
            "overwrite::empty_value_replaces",
            "value_fidelity::empty",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::equal_values_change_apart",
            "provenance::from_survives_overwrite",
            "provenance::from_whatever_the_call",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::last_of_several_puts_survives",
            "durable::binary_and_empty_survive",
        ],
        "the value is empty: is that taken for the absence of one?",
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
        "a key without a value is Err(Error::NotFound); the empty value is a value",
        Steps { get: |base, key, _| Box::pin(async move { Ok(base.read(key).unwrap_or_default()) }), ..RIGHT },
    ),
    mutant(
        "newline at the end cut",
        &[
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::all_256_bytes",
            "value_fidelity::leading_and_trailing_space",
            "value_fidelity::sentinels",
        ],
        "the value is empty now",
        values(|value| match value.strip_suffix(b"\n") {
            Some(line) if value.len() < 1_000 => value.slice_ref(line),
            _ => value,
        }),
    ),
    mutant(
        "NULs at the end cut",
        &[
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::all_256_bytes",
            "value_fidelity::sentinels",
            "value_fidelity::repetitive",
            "durable::binary_and_empty_survive",
        ],
        "the value was cut at its first NUL",
        values(|value| {
            let end = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if value.len() < 16 { value.slice(..end) } else { value }
        }),
    ),
    mutant(
        "byte order mark cut",
        &["value_fidelity::leading_and_trailing_space"],
        "returned \"a\" (1 B)",
        values(|value| value.strip_prefix("\u{feff}".as_bytes()).map_or(value.clone(), |rest| value.slice_ref(rest))),
    ),
    mutant(
        "white space in values collapsed",
        &[
            "value_fidelity::leading_and_trailing_space",
            "value_fidelity::all_256_bytes",
            "value_fidelity::invalid_utf8",
            "value_fidelity::looks_encoded",
            "value_fidelity::sentinels",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::binary_and_empty_survive",
        ],
        "returned \"a b\" (3 B)",
        values(|value| if value.len() < 16 { text(&value).replace("  ", " ").into_bytes().into() } else { value }),
    ),
    mutant(
        "values composed",
        &["value_fidelity::unicode_forms"],
        "returned \"café\" (5 B)",
        values(|value| {
            std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("e\u{301}", "\u{e9}").into())
        }),
    ),
    mutant(
        "values of three-byte characters",
        &["value_fidelity::unicode_forms"],
        "returned \"?\" (1 B)",
        values(|value| {
            std::str::from_utf8(&value).map_or(value.clone(), |text| {
                text.chars().map(|char| if char.len_utf8() > 3 { '?' } else { char }).collect::<String>().into()
            })
        }),
    ),
    mutant(
        "values read as Latin-1",
        &[
            "value_fidelity::invalid_utf8",
            "value_fidelity::all_256_bytes",
            "value_fidelity::looks_encoded",
            "value_fidelity::sentinels",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
            "durable::binary_and_empty_survive",
        ],
        "returned \"ÿþý\" (6 B)",
        values(|value| {
            if value.is_ascii() || std::str::from_utf8(&value).is_ok() {
                value
            } else {
                value.iter().copied().map(char::from).collect::<String>().into()
            }
        }),
    ),
    mutant(
        "a bit for each sign",
        &[
            "value_fidelity::all_256_bytes",
            "value_fidelity::invalid_utf8",
            "value_fidelity::sentinels",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
        ],
        "returned \"\\0v\" (2 B)",
        values(|value| if value.len() < 3 { value.iter().map(|byte| byte & 0x7f).collect() } else { value }),
    ),
    mutant(
        "padding cut",
        &["value_fidelity::all_256_bytes", "value_fidelity::sentinels"],
        "the value was cut after 1 byte",
        values(|value| match value[..] {
            [.., 1] if value.len() < 16 => value.slice(..value.len() - 1),
            _ => value,
        }),
    ),
    mutant(
        "base64 decoded",
        &["value_fidelity::looks_encoded"],
        "returned \"hello\" (5 B)",
        values(|value| if &value[..] == b"aGVsbG8=" || &value[..] == b"aGVsbG8" { "hello".into() } else { value }),
    ),
    mutant(
        "gzip unpacked",
        &["value_fidelity::looks_encoded"],
        "returned 7 B",
        values(|value| {
            if value.starts_with(b"\x1f\x8b\x08") && value.len() > 18 {
                value.slice(10..value.len() - 8)
            } else {
                value
            }
        }),
    ),
    mutant(
        "numbers written again",
        &["value_fidelity::looks_encoded"],
        "returned \"1000\" (4 B)",
        values(|value| {
            std::str::from_utf8(&value)
                .ok()
                .and_then(|text| text.parse().ok())
                .map_or(value, |number: f64| number.to_string().into())
        }),
    ),
    mutant(
        "backslashes read",
        &["value_fidelity::looks_encoded"],
        "returned \"\\\\u0041\\n\" (7 B)",
        values(|value| std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("\\n", "\n").into())),
    ),
    mutant(
        "doubled quotes are one",
        &["value_fidelity::looks_encoded"],
        "the value was cut after 1 byte",
        values(|value| std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("''", "'").into())),
    ),
    mutant(
        "null is none",
        &["value_fidelity::sentinels", "value_fidelity::looks_encoded"],
        "other values that were read are there: does the store take this value for",
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    base.read(key)
                        .and_then(|value| if &value[..] == b"null" { Err(Error::NotFound) } else { Ok(value) })
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a tombstone",
        &["value_fidelity::sentinels"],
        "other values that were read are there: does the store take this value for",
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    base.read(key)
                        .and_then(|value| if &value[..] == b"__tombstone__" { Err(Error::NotFound) } else { Ok(value) })
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "zeros are none",
        &["value_fidelity::sentinels"],
        "other values that were read are there: does the store take this value for",
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    base.read(key).and_then(|value| {
                        if value.len() == 8 && value.iter().all(|byte| *byte == 0) {
                            Err(Error::NotFound)
                        } else {
                            Ok(value)
                        }
                    })
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "minus one is none",
        &["value_fidelity::sentinels"],
        "other values that were read are there: does the store take this value for",
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    base.read(key)
                        .and_then(|value| if value[..] == [0xff; 4] { Err(Error::NotFound) } else { Ok(value) })
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a NUL deletes",
        &[
            "value_fidelity::sentinels",
            "value_fidelity::all_256_bytes",
            "value_fidelity::nul_and_line_ends",
            "durable::binary_and_empty_survive",
        ],
        "other values that were read are there: does the store take this value for",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move { if &value[..] == b"\0" { Ok(()) } else { base.write(key, value) } })
            },
            ..RIGHT
        },
    ),
    mutant(
        "a value that is a key is followed",
        &["value_fidelity::a_key_as_a_value", "durable::binary_and_empty_survive"],
        "returned \"value\" (5 B)",
        Steps {
            get: |base, key, _| Box::pin(async move { base.read(key).map(|value| base.read(&value).unwrap_or(value)) }),
            ..RIGHT
        },
    ),
    mutant(
        "a value that is its own key is no value",
        &["value_fidelity::a_key_as_a_value"],
        "other values that were read are there: is a value that is a key taken for",
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    base.read(key).and_then(|value| if value == key { Err(Error::NotFound) } else { Ok(value) })
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "the last whole block is lost",
        &["value_fidelity::lengths_around_powers"],
        "the value was cut after 8192 bytes",
        values(|value| if value.len() == 12_288 { value.slice(..8_192) } else { value }),
    ),
    mutant(
        "only whole blocks of a thousand",
        &["value_fidelity::lengths_around_powers"],
        "the value was cut after 1200 bytes",
        values(|value| if value.len() > 1_200 && value.len() < 1_400 { value.slice(..1_200) } else { value }),
    ),
    mutant(
        "a packet and no more",
        &[
            "value_fidelity::lengths_around_powers",
            "value_fidelity::repetitive",
            "value_fidelity::one_mebibyte_patterned",
            "limits::value_at_the_limit_is_kept",
            "durable::lengths_survive",
            "cancellation::dropped_put_at_every_await_point",
            "overwrite::longer_value_is_whole",
            "round_trip::get_repeats",
        ],
        "the value was cut after 65507 bytes",
        values(|value| if value.len() > 65_507 { value.slice(..65_507) } else { value }),
    ),
    mutant(
        "runs are counted in a byte",
        &[
            "value_fidelity::repetitive",
            "value_fidelity::same_length_values_kept_apart",
            "limits::value_at_the_limit_is_kept",
        ],
        "the value is empty now",
        values(|value| {
            let run = value.iter().take_while(|byte| **byte == value[0]).count();
            if run == value.len() { value.slice(..run % 256) } else { value }
        }),
    ),
    mutant(
        "pages of zeros are holes",
        &["value_fidelity::repetitive", "limits::value_at_the_limit_is_kept"],
        "the value is empty now",
        values(|value| if value.len() > 4_096 && value.iter().all(|byte| *byte == 0) { Bytes::new() } else { value }),
    ),
    mutant(
        "ab is one",
        &["value_fidelity::repetitive"],
        "the value was cut after 65536 bytes",
        values(|value| {
            if value.len() > 1 << 16 && value.starts_with(b"abab") { Bytes::from("ab".repeat(1 << 15)) } else { value }
        }),
    ),
    mutant(
        "a mebibyte is the end",
        &["value_fidelity::one_mebibyte_patterned", "limits::value_at_the_limit_is_kept", "durable::lengths_survive"],
        "the value was cut after 1048575 bytes",
        values(|value| value.slice(..value.len().min((1 << 20) - 1))),
    ),
    mutant(
        "the quarter after next is doubled",
        &["value_fidelity::one_mebibyte_patterned", "limits::value_at_the_limit_is_kept", "durable::lengths_survive"],
        "returned 1048576 other bytes",
        values(|value| {
            let quarter = 1 << 18;
            if value.len() < 4 * quarter {
                value
            } else {
                [&value[..quarter], &value[..quarter], &value[2 * quarter..]].concat().into()
            }
        }),
    ),
    mutant(
        "kept once by a weak hash",
        &["value_fidelity::same_length_values_kept_apart", "value_fidelity::sentinels"],
        "returned \"plumless\" (8 B)",
        kept_once!(|value| crc(0xedb8_8320, value)),
    ),
    mutant(
        "kept once by half of a good hash",
        &["value_fidelity::same_length_values_kept_apart"],
        "returned \"koyxqwmk\" (8 B)",
        kept_once!(|value| half_hash(|hasher| std::hash::Hasher::write(hasher, value))),
    ),
    mutant(
        "kept once by the beginning and the length",
        &["value_fidelity::same_length_values_kept_apart"],
        "returned the 4096 B of put 49",
        kept_once!(|value| [&value[..value.len().min(1_024)], &value.len().to_be_bytes()].concat()),
    ),
    mutant(
        "kept once by the end",
        &["value_fidelity::same_length_values_kept_apart", "value_fidelity::repetitive"],
        "returned the 4096 B of put 49",
        kept_once!(|value| value[value.len().saturating_sub(1_024)..].to_vec()),
    ),
    mutant(
        "unchanged where the checksum is",
        &["value_fidelity::same_length_values_kept_apart"],
        "it is the older value, of put 1",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    match base.read(key) {
                        Ok(old) if crc(0xedb8_8320, &old) == crc(0xedb8_8320, &value) => Ok(()),
                        _ => base.write(key, value),
                    }
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "equal values are one",
        &[
            "value_fidelity::equal_values_change_apart",
            "timeouts::short_then_none",
            "durable::many_reopenings",
            "durable::last_of_several_puts_survives",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
        ],
        "ended with NotFound",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let (mut addresses, mut kept) = (base.values.lock().unwrap(), base.other.lock().unwrap());
                    // What this key needs no more is deleted, without asking whether another does.
                    if let Some(old) = addresses.insert(key.to_vec(), value.clone()) {
                        kept.remove(&old[..]);
                    }
                    kept.insert(value.to_vec(), value);
                    Ok(())
                })
            },
            get: |base, key, _| {
                Box::pin(async move {
                    let (addresses, kept) = (base.values.lock().unwrap(), base.other.lock().unwrap());
                    let address = addresses.get(key).ok_or(Error::NotFound)?;
                    kept.get(&address[..]).cloned().ok_or(Error::NotFound)
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "the empty value is a NUL",
        &[
            "value_fidelity::empty",
            "overwrite::empty_value_replaces",
            "missing::empty_is_not_missing",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::equal_values_change_apart",
            "model::random_operations_match_a_map",
            "model::with_options_and_timeouts",
            "model::with_reopening",
            "durable::last_of_several_puts_survives",
            "durable::binary_and_empty_survive",
        ],
        "where put 1 had stored the empty value",
        values(|value| if value.is_empty() { "\0".into() } else { value }),
    ),
    mutant(
        "ends at an empty line",
        &["value_fidelity::nul_and_line_ends"],
        "the value was cut at its first line end",
        Steps {
            put_value: |value| {
                let end = value.windows(4).position(|bytes| bytes == b"\r\n\r\n");
                value.slice(..end.unwrap_or(value.len()))
            },
            ..RIGHT
        },
    ),
];

const fn values(put_value: fn(Bytes) -> Bytes) -> Steps {
    Steps { put_value, ..RIGHT }
}
