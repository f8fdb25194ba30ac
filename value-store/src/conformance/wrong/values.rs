//! Faults of values: they come back as something else, or are taken or refused where they should not be.

use bytes::Bytes;

use super::{MAX_VALUE_LEN, RIGHT, Steps, Wrong, text, wrong};
use crate::Error;

pub(super) const FAULTS: &[Wrong] = &[
    wrong(
        "cut at a NUL",
        &["value_fidelity::nul_and_line_ends", "value_fidelity::all_256_bytes"],
        values(|value| value.split(|byte| *byte == 0).next().unwrap().to_vec().into()),
    ),
    wrong(
        "line ends",
        &["value_fidelity::nul_and_line_ends"],
        values(|value| if value.is_ascii() { text(&value).replace("\r\n", "\n").into() } else { value }),
    ),
    wrong(
        "trimmed",
        &["value_fidelity::leading_and_trailing_space"],
        values(|value| value.trim_ascii().to_vec().into()),
    ),
    wrong(
        "text",
        &["value_fidelity::invalid_utf8", "value_fidelity::all_256_bytes"],
        values(|value| text(&value).into()),
    ),
    wrong(
        "JSON made smaller",
        &["value_fidelity::looks_encoded"],
        values(|value| serde_json::from_slice(&value).map_or(value, |json: serde_json::Value| json.to_string().into())),
    ),
    wrong(
        "cut at 64 KiB",
        &["value_fidelity::one_mebibyte_patterned"],
        values(|value| value.slice(..value.len().min(1 << 16))),
    ),
    wrong(
        "a length of 16 bits",
        &["value_fidelity::lengths_around_powers"],
        values(|value| value.slice(..value.len() % (1 << 16))),
    ),
    wrong(
        "blocks out of order",
        &["value_fidelity::one_mebibyte_patterned"],
        values(|value| {
            let mut blocks: Vec<_> = value.chunks(1 << 18).collect();
            if blocks.len() > 2 {
                blocks.swap(1, 2);
            }
            blocks.concat().into()
        }),
    ),
    wrong(
        "by length",
        &["value_fidelity::same_length_values_kept_apart"],
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
    wrong(
        "an envelope that stays",
        &["provenance::value_has_no_envelope"],
        Steps { got_value: |value| [b"{\"val\":", &value[..], b"}"].concat().into(), ..RIGHT },
    ),
    wrong(
        "empty is missing",
        &["missing::empty_is_not_missing", "value_fidelity::empty", "overwrite::empty_value_replaces"],
        Steps {
            get: |base, key, _| {
                Box::pin(async move {
                    base.read(key).and_then(|value| if value.is_empty() { Err(Error::NotFound) } else { Ok(value) })
                })
            },
            ..RIGHT
        },
    ),
    wrong(
        "missing is empty",
        &["missing::unknown_key_is_not_found"],
        Steps { get: |base, key, _| Box::pin(async move { Ok(base.read(key).unwrap_or_default()) }), ..RIGHT },
    ),
    wrong(
        "no limit on values",
        &["limits::value_over_the_limit_is_refused", "settled::refused_put_never_lands_later"],
        Steps { limits: |key, _| (RIGHT.limits)(key, &[]), ..RIGHT },
    ),
    wrong(
        "limit off by one",
        &["limits::value_at_the_limit_is_kept"],
        Steps {
            limits: |key, value| (RIGHT.limits)(key, &[value, if value.is_empty() { b"" } else { b"x" }].concat()),
            ..RIGHT
        },
    ),
    wrong(
        "key limit off by one",
        &["limits::key_at_the_limit_is_kept"],
        Steps { limits: |key, value| (RIGHT.limits)(&[key, b"x"].concat(), value), ..RIGHT },
    ),
    wrong(
        "no limit on keys",
        &["limits::key_over_the_limit_is_refused"],
        Steps { limits: |_, value| (RIGHT.limits)(&[], value), ..RIGHT },
    ),
    wrong(
        "refused puts delete",
        &["limits::refusal_keeps_the_old_value"],
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
    wrong(
        "a refusal keeps a place",
        &["limits::many_refusals_then_usable"],
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
    wrong(
        "a limit of two bytes' length",
        &["limits::value_over_the_limit_is_refused"],
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
