//! Faults of keys: two that are taken for one.

use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, Steps};
use crate::text;
use value_store::Error;

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant(
        "letter case folded",
        &[
            "key_identity::letter_case",
            "missing::one_bit_off_is_missing",
            "key_identity::percent_literal",
            "durable::confusable_keys_survive",
        ],
        "",
        keys(<[u8]>::to_ascii_lowercase),
    ),
    mutant(
        "full lower case",
        &[
            "key_identity::letter_case",
            "missing::one_bit_off_is_missing",
            "key_identity::percent_literal",
            "key_identity::unicode_forms",
            "key_identity::non_utf8",
            "durable::confusable_keys_survive",
        ],
        "",
        keys(|key| text(key).to_lowercase().into_bytes()),
    ),
    mutant(
        "cut to 17 bytes",
        &[
            "key_identity::common_prefix",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "overwrite::other_keys_untouched",
            "overwrite::never_reverts",
            "missing::empty_is_not_missing",
            "missing::miss_inserts_nothing",
            "missing::one_bit_off_is_missing",
            "key_identity::letter_case",
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
            "key_identity::separator_confusion",
            "value_fidelity::nul_and_line_ends",
            "value_fidelity::leading_and_trailing_space",
            "value_fidelity::invalid_utf8",
            "value_fidelity::looks_encoded",
            "value_fidelity::lengths_around_powers",
            "value_fidelity::one_mebibyte_patterned",
            "value_fidelity::same_length_values_kept_apart",
            "timeouts::generous_changes_nothing",
            "timeouts::maximum_does_not_overflow",
            "timeouts::huge_is_not_expired",
            "timeouts::beside_each_other",
            "options::unknown_with_every_json_type",
            "options::many_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "concurrency::distinct_keys_all_land",
            "concurrency::misses_beside_puts",
            "concurrency::gets_side_by_side",
            "cancellation::dropped_before_first_poll",
            "cancellation::dropped_get_harms_nothing",
            "settled::refused_put_never_lands_later",
            "durable::last_of_several_puts_survives",
            "durable::lengths_survive",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
            "durable::dropped_put_harms_nothing_acknowledged",
            "durable::missing_stays_missing",
            "durable::binary_and_empty_survive",
            "durable::many_reopenings",
            "durable::last_acknowledged_write_survives",
            "durable::works_after_reopening",
        ],
        "",
        keys(|key| key[..key.len().min(17)].to_vec()),
    ),
    mutant(
        "slashes squeezed",
        &["key_identity::slashes_literal", "key_identity::non_utf8", "durable::confusable_keys_survive"],
        "",
        keys(|key| text(key).replace("//", "/").into()),
    ),
    mutant(
        "slash at the end cut",
        &["key_identity::slashes_literal", "durable::confusable_keys_survive"],
        "",
        keys(|key| key.strip_suffix(b"/").unwrap_or(key).to_vec()),
    ),
    mutant(
        "dot segments resolved",
        &["key_identity::dot_segments_literal", "key_identity::non_utf8", "durable::confusable_keys_survive"],
        "",
        keys(|key| text(key).replace("/./", "/").replace("/b/../", "/").into()),
    ),
    mutant(
        "percent decoded",
        &["key_identity::percent_literal", "key_identity::non_utf8", "durable::confusable_keys_survive"],
        "",
        keys(|key| text(key).replace("%2F", "/").replace("%2f", "/").into()),
    ),
    mutant(
        "plus is a space",
        &["key_identity::percent_literal", "key_identity::non_utf8", "durable::confusable_keys_survive"],
        "",
        keys(|key| text(key).replace('+', " ").into()),
    ),
    mutant(
        "composed",
        &["key_identity::unicode_forms", "key_identity::non_utf8", "durable::confusable_keys_survive"],
        "",
        keys(|key| text(key).replace("e\u{301}", "\u{e9}").into()),
    ),
    mutant(
        "keys cut at a NUL",
        &["key_identity::nul_inside", "durable::confusable_keys_survive", "durable::binary_and_empty_survive"],
        "",
        keys(|key| key.split(|byte| *byte == 0).next().unwrap().to_vec()),
    ),
    mutant(
        "keys trimmed",
        &["key_identity::trailing_space_and_newline", "durable::confusable_keys_survive"],
        "",
        keys(|key| key.trim_ascii().to_vec()),
    ),
    mutant(
        "trimmed in front",
        &["key_identity::trailing_space_and_newline"],
        "",
        keys(|key| key.trim_ascii_start().to_vec()),
    ),
    mutant("keys made into text", &["key_identity::non_utf8"], "", keys(|key| text(key).into_bytes())),
    mutant(
        "empty key refused",
        &["key_identity::empty_key", "durable::binary_and_empty_survive"],
        "",
        Steps {
            limits: |key, value| match key {
                [] => Err(Error::InvalidKey("empty".into())),
                key => (RIGHT.limits)(key, value),
            },
            ..RIGHT
        },
    ),
    mutant(
        "bytes sorted",
        &[
            "key_identity::reversed_bytes",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "overwrite::never_reverts",
            "key_identity::slashes_literal",
            "key_identity::dot_segments_literal",
            "key_identity::nul_inside",
            "key_identity::weak_hash_collisions",
            "value_fidelity::lengths_around_powers",
            "concurrency::distinct_keys_all_land",
            "concurrency::gets_side_by_side",
            "durable::confusable_keys_survive",
            "durable::many_keys_survive",
        ],
        "",
        keys(|key| {
            let mut key = key.to_vec();
            key.sort_unstable();
            key
        }),
    ),
    mutant(
        "leading zeros cut",
        &["key_identity::leading_zeros", "key_identity::non_utf8", "durable::confusable_keys_survive"],
        "",
        keys(|key| text(key).replace("/0", "/").replace("/0", "/").into()),
    ),
    mutant(
        "cut to 255 bytes",
        &["key_identity::long_keys_differ_in_one_byte"],
        "",
        keys(|key| key[..key.len().min(255)].to_vec()),
    ),
    mutant(
        "Java's hash",
        &["key_identity::weak_hash_collisions"],
        "",
        keys(|key| {
            key.iter()
                .fold(0, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add((*byte).into()))
                .to_be_bytes()
                .into()
        }),
    ),
    mutant(
        "16 bits of a good hash",
        &[
            "key_identity::weak_hash_collisions",
            "round_trip::many_keys_each_their_own",
            "round_trip::many_puts_evict_nothing",
            "durable::many_keys_survive",
        ],
        "",
        keys(|key| {
            let mut hasher = std::hash::DefaultHasher::new();
            std::hash::Hasher::write(&mut hasher, key);
            std::hash::Hasher::finish(&hasher).to_be_bytes()[..2].to_vec()
        }),
    ),
    mutant(
        "a line of key:value",
        &["key_identity::separator_confusion"],
        "",
        Steps {
            put: |base, key, value, _| {
                Box::pin(async move {
                    let line = [key, b":", &value].concat();
                    let border = line.iter().position(|byte| *byte == b':').unwrap();
                    base.write(&line[..border], line[border + 1..].to_vec().into())
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "one bit ignored",
        &["missing::one_bit_off_is_missing"],
        "",
        keys(|key| key.iter().map(|byte| byte & 0x7f).collect()),
    ),
];

const fn keys(key: fn(&[u8]) -> Vec<u8>) -> Steps {
    Steps { key, ..RIGHT }
}
