//! Faults of keys: two that are taken for one.

use super::{RIGHT, Steps, Wrong, text, wrong};
use crate::Error;

pub(super) const FAULTS: &[Wrong] = &[
    wrong("letter case folded", &["key_identity::letter_case"], keys(<[u8]>::to_ascii_lowercase)),
    wrong("full lower case", &["key_identity::letter_case"], keys(|key| text(key).to_lowercase().into_bytes())),
    wrong("cut to 17 bytes", &["key_identity::common_prefix"], keys(|key| key[..key.len().min(17)].to_vec())),
    wrong("slashes squeezed", &["key_identity::slashes_literal"], keys(|key| text(key).replace("//", "/").into())),
    wrong(
        "slash at the end cut",
        &["key_identity::slashes_literal"],
        keys(|key| key.strip_suffix(b"/").unwrap_or(key).to_vec()),
    ),
    wrong(
        "dot segments resolved",
        &["key_identity::dot_segments_literal"],
        keys(|key| text(key).replace("/./", "/").replace("/b/../", "/").into()),
    ),
    wrong(
        "percent decoded",
        &["key_identity::percent_literal"],
        keys(|key| text(key).replace("%2F", "/").replace("%2f", "/").into()),
    ),
    wrong("plus is a space", &["key_identity::percent_literal"], keys(|key| text(key).replace('+', " ").into())),
    wrong("composed", &["key_identity::unicode_forms"], keys(|key| text(key).replace("e\u{301}", "\u{e9}").into())),
    wrong(
        "cut at a NUL",
        &["key_identity::nul_inside"],
        keys(|key| key.split(|byte| *byte == 0).next().unwrap().to_vec()),
    ),
    wrong("trimmed", &["key_identity::trailing_space_and_newline"], keys(|key| key.trim_ascii().to_vec())),
    wrong(
        "trimmed in front",
        &["key_identity::trailing_space_and_newline"],
        keys(|key| key.trim_ascii_start().to_vec()),
    ),
    wrong("text", &["key_identity::non_utf8"], keys(|key| text(key).into_bytes())),
    wrong(
        "empty key refused",
        &["key_identity::empty_key"],
        Steps {
            limits: |key, value| match key {
                [] => Err(Error::InvalidKey("empty".into())),
                key => (RIGHT.limits)(key, value),
            },
            ..RIGHT
        },
    ),
    wrong(
        "bytes sorted",
        &["key_identity::reversed_bytes"],
        keys(|key| {
            let mut key = key.to_vec();
            key.sort_unstable();
            key
        }),
    ),
    wrong(
        "leading zeros cut",
        &["key_identity::leading_zeros"],
        keys(|key| text(key).replace("/0", "/").replace("/0", "/").into()),
    ),
    wrong(
        "cut to 255 bytes",
        &["key_identity::long_keys_differ_at_the_end"],
        keys(|key| key[..key.len().min(255)].to_vec()),
    ),
    wrong(
        "cut to 2,048 bytes",
        &["key_identity::very_long_keys_differ_at_the_end"],
        keys(|key| key[..key.len().min(2_048)].to_vec()),
    ),
    wrong(
        "lengths of keys have two bytes",
        &["key_identity::very_long_keys_differ_at_the_end"],
        keys(|key| key[..key.len() % (1 << 16)].to_vec()),
    ),
    wrong(
        "Java's hash",
        &["key_identity::weak_hash_collisions"],
        keys(|key| {
            key.iter()
                .fold(0, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add((*byte).into()))
                .to_be_bytes()
                .into()
        }),
    ),
    wrong(
        "16 bits of a good hash",
        &["key_identity::weak_hash_collisions"],
        keys(|key| {
            let mut hasher = std::hash::DefaultHasher::new();
            std::hash::Hasher::write(&mut hasher, key);
            std::hash::Hasher::finish(&hasher).to_be_bytes()[..2].to_vec()
        }),
    ),
    wrong(
        "a line of key:value",
        &["key_identity::separator_confusion"],
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
    wrong(
        "one bit ignored",
        &["missing::one_bit_off_is_missing"],
        keys(|key| key.iter().map(|byte| byte & 0x7f).collect()),
    ),
];

const fn keys(key: fn(&[u8]) -> Vec<u8>) -> Steps {
    Steps { key, ..RIGHT }
}
