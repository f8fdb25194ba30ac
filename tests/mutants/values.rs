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
        "value_fidelity::nul_and_line_ends",
        "the value was cut at its first NUL",
        values(|value| value.split(|byte| *byte == 0).next().unwrap().to_vec().into()),
    ),
    mutant(
        "line ends",
        "value_fidelity::nul_and_line_ends",
        "the line ends of the value were changed",
        values(|value| if value.is_ascii() { text(&value).replace("\r\n", "\n").into() } else { value }),
    ),
    mutant(
        "values trimmed",
        "value_fidelity::leading_and_trailing_space",
        "the white space at the ends of the value is gone",
        values(|value| if value.len() < 64 { value.trim_ascii().to_vec().into() } else { value }),
    ),
    mutant(
        "values made into text",
        "value_fidelity::invalid_utf8",
        "the value was made into text: what is no UTF-",
        values(|value| text(&value).into()),
    ),
    mutant(
        "JSON made smaller",
        "value_fidelity::looks_encoded",
        "returned \"{\\\"a\\\":2}\" (7 B)",
        values(|value| serde_json::from_slice(&value).map_or(value, |json: serde_json::Value| json.to_string().into())),
    ),
    mutant(
        "cut at 64 KiB",
        "value_fidelity::one_mebibyte_patterned",
        "the value was cut after 65536 bytes",
        values(|value| value.slice(..value.len().min(1 << 16))),
    ),
    mutant(
        "a length of 16 bits",
        "value_fidelity::lengths_around_powers",
        "the value is empty now",
        values(|value| value.slice(..value.len() % (1 << 16))),
    ),
    mutant(
        "blocks out of order",
        "value_fidelity::one_mebibyte_patterned",
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
        "value_fidelity::same_length_values_kept_apart",
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
        "provenance::value_has_no_envelope",
        "returned \"{\\\"val\\\":{\\\"val\\\": 1}}\" (18 B)",
        Steps { got_value: |value| [b"{\"val\":", &value[..], b"}"].concat().into(), ..RIGHT },
    ),
    mutant(
        "empty is missing",
        "missing::empty_is_not_missing",
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
        "missing::unknown_key_is_not_found",
        "a key without a value is Err(Error::NotFound); the empty value is a value",
        Steps { get: |base, key, _| Box::pin(async move { Ok(base.read(key).unwrap_or_default()) }), ..RIGHT },
    ),
    mutant(
        "newline at the end cut",
        "value_fidelity::nul_and_line_ends",
        "the value is empty now",
        values(|value| match value.strip_suffix(b"\n") {
            Some(line) if value.len() < 1_000 => value.slice_ref(line),
            _ => value,
        }),
    ),
    mutant(
        "NULs at the end cut",
        "value_fidelity::nul_and_line_ends",
        "the value was cut at its first NUL",
        values(|value| {
            let end = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if value.len() < 16 { value.slice(..end) } else { value }
        }),
    ),
    mutant(
        "byte order mark cut",
        "value_fidelity::leading_and_trailing_space",
        "returned \"a\" (1 B)",
        values(|value| value.strip_prefix("\u{feff}".as_bytes()).map_or(value.clone(), |rest| value.slice_ref(rest))),
    ),
    mutant(
        "white space in values collapsed",
        "value_fidelity::leading_and_trailing_space",
        "returned \"a b\" (3 B)",
        values(|value| if value.len() < 16 { text(&value).replace("  ", " ").into_bytes().into() } else { value }),
    ),
    mutant(
        "values composed",
        "value_fidelity::unicode_forms",
        "returned \"café\" (5 B)",
        values(|value| {
            std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("e\u{301}", "\u{e9}").into())
        }),
    ),
    mutant(
        "values of three-byte characters",
        "value_fidelity::unicode_forms",
        "returned \"?\" (1 B)",
        values(|value| {
            std::str::from_utf8(&value).map_or(value.clone(), |text| {
                text.chars().map(|char| if char.len_utf8() > 3 { '?' } else { char }).collect::<String>().into()
            })
        }),
    ),
    mutant(
        "values read as Latin-1",
        "value_fidelity::invalid_utf8",
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
        "value_fidelity::all_256_bytes",
        "returned \"\\0v\" (2 B)",
        values(|value| if value.len() < 3 { value.iter().map(|byte| byte & 0x7f).collect() } else { value }),
    ),
    mutant(
        "padding cut",
        "value_fidelity::all_256_bytes",
        "the value was cut after 1 byte",
        values(|value| match value[..] {
            [.., 1] if value.len() < 16 => value.slice(..value.len() - 1),
            _ => value,
        }),
    ),
    mutant(
        "base64 decoded",
        "value_fidelity::looks_encoded",
        "returned \"hello\" (5 B)",
        values(|value| if &value[..] == b"aGVsbG8=" || &value[..] == b"aGVsbG8" { "hello".into() } else { value }),
    ),
    mutant(
        "gzip unpacked",
        "value_fidelity::looks_encoded",
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
        "value_fidelity::looks_encoded",
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
        "value_fidelity::looks_encoded",
        "returned \"\\\\u0041\\n\" (7 B)",
        values(|value| std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("\\n", "\n").into())),
    ),
    mutant(
        "doubled quotes are one",
        "value_fidelity::looks_encoded",
        "the value was cut after 1 byte",
        values(|value| std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("''", "'").into())),
    ),
    mutant(
        "null is none",
        "value_fidelity::sentinels",
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
        "value_fidelity::sentinels",
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
        "value_fidelity::sentinels",
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
        "value_fidelity::sentinels",
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
        "value_fidelity::sentinels",
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
        "value_fidelity::a_key_as_a_value",
        "returned \"value\" (5 B)",
        Steps {
            get: |base, key, _| Box::pin(async move { base.read(key).map(|value| base.read(&value).unwrap_or(value)) }),
            ..RIGHT
        },
    ),
    mutant(
        "a value that is its own key is no value",
        "value_fidelity::a_key_as_a_value",
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
        "value_fidelity::lengths_around_powers",
        "the value was cut after 8192 bytes",
        values(|value| if value.len() == 12_288 { value.slice(..8_192) } else { value }),
    ),
    mutant(
        "only whole blocks of a thousand",
        "value_fidelity::lengths_around_powers",
        "the value was cut after 1200 bytes",
        values(|value| if value.len() > 1_200 && value.len() < 1_400 { value.slice(..1_200) } else { value }),
    ),
    mutant(
        "a packet and no more",
        "value_fidelity::lengths_around_powers",
        "the value was cut after 65507 bytes",
        values(|value| if value.len() > 65_507 { value.slice(..65_507) } else { value }),
    ),
    mutant(
        "runs are counted in a byte",
        "value_fidelity::repetitive",
        "the value is empty now",
        values(|value| {
            let run = value.iter().take_while(|byte| **byte == value[0]).count();
            if run == value.len() { value.slice(..run % 256) } else { value }
        }),
    ),
    mutant(
        "pages of zeros are holes",
        "value_fidelity::repetitive",
        "the value is empty now",
        values(|value| if value.len() > 4_096 && value.iter().all(|byte| *byte == 0) { Bytes::new() } else { value }),
    ),
    mutant(
        "ab is one",
        "value_fidelity::repetitive",
        "the value was cut after 65536 bytes",
        values(|value| {
            if value.len() > 1 << 16 && value.starts_with(b"abab") { Bytes::from("ab".repeat(1 << 15)) } else { value }
        }),
    ),
    mutant(
        "a mebibyte is the end",
        "value_fidelity::one_mebibyte_patterned",
        "the value was cut after 1048575 bytes",
        values(|value| value.slice(..value.len().min((1 << 20) - 1))),
    ),
    mutant(
        "the quarter after next is doubled",
        "value_fidelity::one_mebibyte_patterned",
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
        "value_fidelity::same_length_values_kept_apart",
        "returned \"plumless\" (8 B)",
        kept_once!(|value| crc(0xedb8_8320, value)),
    ),
    mutant(
        "kept once by half of a good hash",
        "value_fidelity::same_length_values_kept_apart",
        "returned \"koyxqwmk\" (8 B)",
        kept_once!(|value| half_hash(|hasher| std::hash::Hasher::write(hasher, value))),
    ),
    mutant(
        "kept once by the beginning and the length",
        "value_fidelity::same_length_values_kept_apart",
        "returned the 4096 B of put 49",
        kept_once!(|value| [&value[..value.len().min(1_024)], &value.len().to_be_bytes()].concat()),
    ),
    mutant(
        "kept once by the end",
        "value_fidelity::same_length_values_kept_apart",
        "returned the 4096 B of put 49",
        kept_once!(|value| value[value.len().saturating_sub(1_024)..].to_vec()),
    ),
    mutant(
        "unchanged where the checksum is",
        "value_fidelity::same_length_values_kept_apart",
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
        "value_fidelity::equal_values_change_apart",
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
        "value_fidelity::empty",
        "where put 1 had stored the empty value",
        values(|value| if value.is_empty() { "\0".into() } else { value }),
    ),
    mutant(
        "ends at an empty line",
        "value_fidelity::nul_and_line_ends",
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
