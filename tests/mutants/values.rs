//! Faults of values: they come back as something else.

use value_store::{Bytes, Error};

use crate::keys::{crc, half_hash};
use crate::mutant::{Mutant, mutant};
use crate::store::step;
use crate::text;

/// A put that stores only the first of all values that have the same address.
macro_rules! kept_once {
    (|$value:pat_param| $address:expr) => {
        step!(|base, key, value, _| {
            let address = |$value: &[u8]| -> Vec<u8> { $address };
            let first = base.other.lock().unwrap().entry(address(&value)).or_insert(value).clone();
            base.write(key, first)
        })
    };
}

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("values cut at a NUL")
        .caught_by("value_fidelity::nul_and_line_ends", "the value was cut at its first NUL")
        .put_value(|value| value.split(|byte| *byte == 0).next().unwrap().to_vec().into()),
    mutant("line ends")
        .caught_by("value_fidelity::nul_and_line_ends", "the line ends of the value were changed")
        .put_value(|value| if value.is_ascii() { text(&value).replace("\r\n", "\n").into() } else { value }),
    mutant("values trimmed")
        .caught_by("value_fidelity::leading_and_trailing_space", "the value is empty now")
        .put_value(|value| if value.len() < 64 { value.trim_ascii().to_vec().into() } else { value }),
    mutant("values made into text")
        .caught_by("value_fidelity::invalid_utf8", "the value was made into text: what is no UTF-")
        .put_value(|value| text(&value).into()),
    mutant("JSON made smaller")
        .caught_by("value_fidelity::looks_encoded", "returned \"{\\\"a\\\":2}\" (7 B)")
        .put_value(|value| {
            serde_json::from_slice(&value).map_or(value, |json: serde_json::Value| json.to_string().into())
        }),
    mutant("cut at 64 KiB")
        .caught_by("value_fidelity::one_mebibyte_patterned", "the value was cut after 65536 bytes")
        .put_value(|value| value.slice(..value.len().min(1 << 16))),
    mutant("a length of 16 bits")
        .caught_by("value_fidelity::lengths_around_powers", "the value is empty now")
        .put_value(|value| value.slice(..value.len() % (1 << 16))),
    mutant("blocks out of order")
        .caught_by(
            "value_fidelity::one_mebibyte_patterned",
            "are the parts of a long value all there, and in their order?",
        )
        .put_value(|value| {
            let mut blocks: Vec<_> = value.chunks(1 << 18).collect();
            if blocks.len() > 2 {
                blocks.swap(1, 2);
            }
            blocks.concat().into()
        }),
    mutant("by length").caught_by("value_fidelity::same_length_values_kept_apart", "returned \"plumless\" (8 B)").put(
        step!(|base, key, value, _| {
            let length = value.len().to_be_bytes();
            let first = base.other.lock().unwrap().entry(length.into()).or_insert(value).clone();
            base.write(key, first)
        }),
    ),
    mutant("an envelope that stays")
        .caught_by("round_trip::put_then_get", "returned \"{\\\"val\\\":v1}\" (10 B)")
        .got_value(|value| [b"{\"val\":", &value[..], b"}"].concat().into()),
    mutant("a value that looks like an envelope is unwrapped")
        .caught_by("provenance::value_has_no_envelope", "where put 1 had stored")
        .got_value(|value| match value.strip_prefix(b"{\"val\":").and_then(|rest| rest.strip_suffix(b"}")) {
            Some(inner) => Bytes::copy_from_slice(inner),
            None => value,
        }),
    mutant("empty is missing")
        .caught_by("value_fidelity::empty", "the value is empty: is that taken for the absence of one?")
        .get(step!(|base, key, _| base.read(key).and_then(|value| if value.is_empty() {
            Err(Error::NotFound)
        } else {
            Ok(value)
        }))),
    mutant("missing is empty")
        .caught_by(
            "missing::unknown_key_is_not_found",
            "a key without a value is Err(Error::NotFound); the empty value is a",
        )
        .get(step!(|base, key, _| Ok(base.read(key).unwrap_or_default()))),
    mutant("newline at the end cut")
        .caught_by("value_fidelity::nul_and_line_ends", "the value is empty now")
        .put_value(|value| match value.strip_suffix(b"\n") {
            Some(line) if value.len() < 1_000 => value.slice_ref(line),
            _ => value,
        }),
    mutant("NULs at the end cut")
        .caught_by("value_fidelity::nul_and_line_ends", "the value was cut at its first NUL")
        .put_value(|value| {
            let end = value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
            if value.len() < 16 { value.slice(..end) } else { value }
        }),
    mutant("byte order mark cut")
        .caught_by("value_fidelity::leading_and_trailing_space", "the value is empty now")
        .put_value(|value| {
            value.strip_prefix("\u{feff}".as_bytes()).map_or(value.clone(), |rest| value.slice_ref(rest))
        }),
    mutant("white space in values collapsed")
        .caught_by("value_fidelity::leading_and_trailing_space", "the value was cut after 2 bytes")
        .put_value(|value| if value.len() < 16 { text(&value).replace("  ", " ").into_bytes().into() } else { value }),
    mutant("values composed").caught_by("value_fidelity::unicode_forms", "returned \"café\" (5 B)").put_value(
        |value| std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("e\u{301}", "\u{e9}").into()),
    ),
    mutant("values of three-byte characters")
        .caught_by("value_fidelity::unicode_forms", "returned \"?\" (1 B)")
        .put_value(|value| {
            std::str::from_utf8(&value).map_or(value.clone(), |text| {
                text.chars().map(|char| if char.len_utf8() > 3 { '?' } else { char }).collect::<String>().into()
            })
        }),
    mutant("values read as Latin-1")
        .caught_by("value_fidelity::invalid_utf8", "the value was made into text: each of its bytes was taken for a")
        .put_value(|value| {
            if value.is_ascii() || std::str::from_utf8(&value).is_ok() {
                value
            } else {
                value.iter().copied().map(char::from).collect::<String>().into()
            }
        }),
    mutant("a bit for each sign")
        .caught_by("value_fidelity::all_256_bytes", "returned \"\\0")
        .put_value(|value| if value.len() < 3 { value.iter().map(|byte| byte & 0x7f).collect() } else { value }),
    mutant("padding cut").caught_by("value_fidelity::all_256_bytes", "the value was cut after 1 byte").put_value(
        |value| match value[..] {
            [.., 1] if value.len() < 16 => value.slice(..value.len() - 1),
            _ => value,
        },
    ),
    mutant("base64 decoded")
        .caught_by("value_fidelity::looks_encoded", "returned \"hello\" (5 B)")
        .put_value(|value| if &value[..] == b"aGVsbG8=" || &value[..] == b"aGVsbG8" { "hello".into() } else { value }),
    mutant("gzip unpacked")
        .caught_by("value_fidelity::looks_encoded", "is a value parsed, decoded or unpacked on its way?")
        .put_value(|value| {
            if value.starts_with(b"\x1f\x8b\x08") && value.len() > 18 {
                value.slice(10..value.len() - 8)
            } else {
                value
            }
        }),
    mutant("numbers written again").caught_by("value_fidelity::looks_encoded", "returned \"1000\" (4 B)").put_value(
        |value| {
            std::str::from_utf8(&value)
                .ok()
                .and_then(|text| text.parse().ok())
                .map_or(value, |number: f64| number.to_string().into())
        },
    ),
    mutant("backslashes read")
        .caught_by("value_fidelity::looks_encoded", "returned \"\\\\u0041\\n\" (7 B)")
        .put_value(|value| std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("\\n", "\n").into())),
    mutant("doubled quotes are one")
        .caught_by("value_fidelity::looks_encoded", "the value was cut after 1 byte")
        .put_value(|value| std::str::from_utf8(&value).map_or(value.clone(), |text| text.replace("''", "'").into())),
    mutant("null is none")
        .caught_by("value_fidelity::sentinels", "with another value it is there: does the store take this value for")
        .get(step!(|base, key, _| {
            base.read(key).and_then(|value| if &value[..] == b"null" { Err(Error::NotFound) } else { Ok(value) })
        })),
    mutant("a tombstone")
        .caught_by("value_fidelity::sentinels", "with another value it is there: does the store take this value for")
        .get(step!(|base, key, _| {
            base.read(key)
                .and_then(|value| if &value[..] == b"__tombstone__" { Err(Error::NotFound) } else { Ok(value) })
        })),
    mutant("zeros are none")
        .caught_by("value_fidelity::sentinels", "with another value it is there: does the store take this value for")
        .get(step!(|base, key, _| {
            base.read(key).and_then(|value| {
                if value.len() == 8 && value.iter().all(|byte| *byte == 0) { Err(Error::NotFound) } else { Ok(value) }
            })
        })),
    mutant("minus one is none")
        .caught_by("value_fidelity::sentinels", "with another value it is there: does the store take this value for")
        .get(step!(|base, key, _| {
            base.read(key).and_then(|value| if value[..] == [0xff; 4] { Err(Error::NotFound) } else { Ok(value) })
        })),
    mutant("a NUL deletes")
        .caught_by("value_fidelity::sentinels", "with another value it is there: does the store take this value for")
        .put(step!(|base, key, value, _| if &value[..] == b"\0" { Ok(()) } else { base.write(key, value) })),
    mutant("a value that is a key is followed")
        .caught_by("value_fidelity::a_key_as_a_value", "the value that was put is the key of put 1: is it taken for a")
        .get(step!(|base, key, _| base.read(key).map(|value| base.read(&value).unwrap_or(value)))),
    mutant("a value that is its own key is no value")
        .caught_by(
            "value_fidelity::a_key_as_a_value",
            "with another value it is there: is a value that is a key taken for a",
        )
        .get(step!(|base, key, _| base.read(key).and_then(|value| if value == key {
            Err(Error::NotFound)
        } else {
            Ok(value)
        }))),
    mutant("the last whole block is lost")
        .caught_by("value_fidelity::lengths_around_powers", "the value was cut after 8192 bytes")
        .put_value(|value| if value.len() == 12_288 { value.slice(..8_192) } else { value }),
    mutant("only whole blocks of a thousand")
        .caught_by("value_fidelity::lengths_around_powers", "the value was cut after 1200 bytes")
        .put_value(|value| if value.len() > 1_200 && value.len() < 1_400 { value.slice(..1_200) } else { value }),
    mutant("a packet and no more")
        .caught_by("value_fidelity::lengths_around_powers", "the value was cut after 65507 bytes")
        .put_value(|value| if value.len() > 65_507 { value.slice(..65_507) } else { value }),
    mutant("runs are counted in a byte").caught_by("value_fidelity::repetitive", "the value is empty now").put_value(
        |value| {
            let run = value.iter().take_while(|byte| **byte == value[0]).count();
            if run == value.len() { value.slice(..run % 256) } else { value }
        },
    ),
    mutant("pages of zeros are holes").caught_by("value_fidelity::repetitive", "the value is empty now").put_value(
        |value| if value.len() > 4_096 && value.iter().all(|byte| *byte == 0) { Bytes::new() } else { value },
    ),
    mutant("ab is one").caught_by("value_fidelity::repetitive", "the value was cut after 65536 bytes").put_value(
        |value| {
            if value.len() > 1 << 16 && value.starts_with(b"abab") { Bytes::from("ab".repeat(1 << 15)) } else { value }
        },
    ),
    mutant("a mebibyte is the end")
        .caught_by("value_fidelity::one_mebibyte_patterned", "the value was cut after 1048575 bytes")
        .put_value(|value| value.slice(..value.len().min((1 << 20) - 1))),
    mutant("the quarter after next is doubled")
        .caught_by("value_fidelity::one_mebibyte_patterned", "returned 1048576 other bytes")
        .put_value(|value| {
            let quarter = 1 << 18;
            if value.len() < 4 * quarter {
                value
            } else {
                [&value[..quarter], &value[..quarter], &value[2 * quarter..]].concat().into()
            }
        }),
    mutant("kept once by a weak hash")
        .caught_by("value_fidelity::same_length_values_kept_apart", "returned \"plumless\" (8 B)")
        .put(kept_once!(|value| crc(0xedb8_8320, value))),
    mutant("kept once by half of a good hash")
        .caught_by("value_fidelity::same_length_values_kept_apart", "returned \"koyxqwmk\" (8 B)")
        .put(kept_once!(|value| half_hash(|hasher| std::hash::Hasher::write(hasher, value)))),
    mutant("kept once by the beginning and the length")
        .caught_by(
            "value_fidelity::same_length_values_kept_apart",
            "stored that under another key: are the two values taken for one?",
        )
        .put(kept_once!(|value| [&value[..value.len().min(1_024)], &value.len().to_be_bytes()].concat())),
    mutant("kept once by the end")
        .caught_by(
            "value_fidelity::same_length_values_kept_apart",
            "stored that under another key: are the two values taken for one?",
        )
        .put(kept_once!(|value| value[value.len().saturating_sub(1_024)..].to_vec())),
    mutant("unchanged where the checksum is")
        .caught_by("value_fidelity::same_length_values_kept_apart", "it is the older value, of put 1")
        .put(step!(|base, key, value, _| {
            match base.read(key) {
                // Values of other lengths are told apart at once: a checksum bit by bit is slow enough to be late as well.
                Ok(old) if old.len() == value.len() && crc(0xedb8_8320, &old) == crc(0xedb8_8320, &value) => Ok(()),
                _ => base.write(key, value),
            }
        })),
    mutant("equal values are one")
        .caught_by("value_fidelity::equal_values_change_apart", "ended with NotFound")
        .put(step!(|base, key, value, _| {
            let (mut addresses, mut kept) = (base.values.lock().unwrap(), base.other.lock().unwrap());
            // The old value is deleted, though another key may still need it.
            if let Some(old) = addresses.insert(key.to_vec(), value.clone()) {
                kept.remove(&old[..]);
            }
            kept.insert(value.to_vec(), value);
            Ok(())
        }))
        .get(step!(|base, key, _| {
            let (addresses, kept) = (base.values.lock().unwrap(), base.other.lock().unwrap());
            let address = addresses.get(key).ok_or(Error::NotFound)?;
            kept.get(&address[..]).cloned().ok_or(Error::NotFound)
        })),
    mutant("the empty value is a NUL")
        .caught_by("value_fidelity::empty", "where put 1 had stored the empty value")
        .put_value(|value| if value.is_empty() { "\0".into() } else { value }),
    mutant("ends at an empty line")
        .caught_by("value_fidelity::nul_and_line_ends", "the white space at the ends of the value is gone")
        .put_value(|value| {
            let end = value.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            value.slice(..end.unwrap_or(value.len()))
        }),
    mutant("what a dump of a table calls none")
        .caught_by("value_fidelity::sentinels", "with another value it is there: does the store take this value for")
        .get(step!(|base, key, _| {
            base.read(key).and_then(|value| if &value[..] == b"\\N" { Err(Error::NotFound) } else { Ok(value) })
        })),
    mutant("the hash of nothing is none")
        .caught_by("value_fidelity::sentinels", "with another value it is there: does the store take this value for")
        .get(step!(|base, key, _| {
            base.read(key).and_then(|value| if value[..] == [0; 20] { Err(Error::NotFound) } else { Ok(value) })
        })),
    mutant("the key in front of a value taken off")
        .caught_by("value_fidelity::a_key_as_a_value", "returned \"v\" (1 B)")
        .get(step!(|base, key, _| {
            base.read(key).map(|value| match value.strip_prefix(key) {
                Some(rest) if !rest.is_empty() => value.slice_ref(rest),
                _ => value,
            })
        })),
    mutant("half a megabyte at most")
        .caught_by("value_fidelity::lengths_around_powers", "the value was cut after")
        .put_value(|value| if (400_000..1_000_000).contains(&value.len()) { value.slice(..400_000) } else { value }),
];
