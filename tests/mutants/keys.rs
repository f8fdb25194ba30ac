//! Faults of keys: two that are taken for one.

use sha2::{Digest as _, Sha256};
use value_store::{Bytes, Error};

use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, step};
use crate::text;

/// A get that finds the value of another key where its own has none.
macro_rules! finds_instead {
    (|$key:pat_param| $others:expr) => {
        step!(|base, key, _| {
            let others = |$key: &[u8]| -> Vec<Vec<u8>> { $others };
            let found = others(key).iter().find_map(|other| base.read(other).ok());
            base.read(key).or_else(|error| found.ok_or(error))
        })
    };
}

/// A get that finds the first key that matches: `$many` stands for any bytes, and `$one` for one byte.
macro_rules! matches_with {
    ($many:literal, $one:literal) => {
        step!(|base, key, _| {
            let values = base.values.lock().unwrap();
            let matching = values.iter().filter(|(other, _)| matches(key, other, $many, $one));
            let first = matching.min_by_key(|(other, _)| *other);
            first.map(|(_, value)| value.clone()).ok_or(Error::NotFound)
        })
    };
}

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("letter case folded")
        .caught_by("key_identity::letter_case", "letter case is folded")
        .key(<[u8]>::to_ascii_lowercase),
    mutant("full lower case")
        .caught_by("key_identity::letter_case", "letter case is folded")
        .key(|key| text(key).to_lowercase().into_bytes()),
    mutant("cut to 12 bytes")
        .caught_by("key_identity::common_prefix", "they differ in one byte")
        .key(|key| key[..key.len().min(12)].to_vec()),
    mutant("slashes squeezed")
        .caught_by("key_identity::slashes_literal", "B) are taken for the same key: they are the same path")
        .key(|key| text(key).replace("//", "/").into()),
    mutant("slash at the end cut")
        .caught_by("key_identity::slashes_literal", "B) are taken for the same key: they are the same path")
        .key(|key| key.strip_suffix(b"/").unwrap_or(key).to_vec()),
    mutant("dot segments resolved")
        .caught_by("key_identity::dot_segments_literal", "…/./a (16 B) are taken for the same key")
        .key(|key| text(key).replace("/./", "/").replace("/b/../", "/").into()),
    mutant("percent decoded")
        .caught_by("key_identity::percent_literal", "letter case is folded")
        .key(|key| text(key).replace("%2F", "/").replace("%2f", "/").into()),
    mutant("plus is a space")
        .caught_by("key_identity::percent_literal", "B) are taken for the same key: percent-encoding is read")
        .key(|key| text(key).replace('+', " ").into()),
    mutant("composed")
        .caught_by("key_identity::unicode_forms", "…cafe\\xcc\\x81 (18 B) are taken for the same key")
        .key(|key| text(key).replace("e\u{301}", "\u{e9}").into()),
    mutant("keys cut at a NUL")
        .caught_by("key_identity::nul_inside", "the key is cut at its first NUL")
        .key(|key| key.split(|byte| *byte == 0).next().unwrap().to_vec()),
    mutant("keys trimmed")
        .caught_by("key_identity::trailing_space_and_newline", "white space is trimmed")
        .key(|key| key.trim_ascii().to_vec()),
    mutant("trimmed in front")
        .caught_by("key_identity::trailing_space_and_newline", "white space is trimmed")
        .key(|key| key.trim_ascii_start().to_vec()),
    mutant("keys made into text")
        .caught_by("key_identity::non_utf8", "bytes that are no UTF-8 are replaced by text")
        .key(|key| text(key).into_bytes()),
    mutant("empty key refused")
        .caught_by("key_identity::empty_key", "ended with InvalidKey (invalid key: empty)")
        .limits(|key, value| match key {
            [] => Err(Error::InvalidKey("empty".into())),
            key => (RIGHT.limits)(key, value),
        }),
    mutant("bytes sorted").caught_by("key_identity::reversed_bytes", "they have the same bytes in another order").key(
        |key| {
            let mut key = key.to_vec();
            key.sort_unstable();
            key
        },
    ),
    mutant("leading zeros cut").caught_by("key_identity::leading_zeros", "…01 (14 B) are taken for the same key").key(
        |key| {
            let (fresh, number) = key.split_at(key.len().min(12));
            let zeros = number.iter().take_while(|byte| **byte == b'0').count();
            [fresh, &number[zeros..]].concat()
        },
    ),
    mutant("cut to 255 bytes")
        .caught_by("key_identity::long_keys_differ_in_one_byte", "has that value: do ")
        .key(|key| key[..key.len().min(255)].to_vec()),
    mutant("lengths of keys have two bytes")
        .caught_by("key_identity::very_long_keys_differ_in_one_byte", "keys of tens of thousands of bytes")
        .key(|key| key[..key.len() % (1 << 16)].to_vec()),
    mutant("Java's hash")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a hash, or")
        .key(|key| {
            key.iter()
                .fold(0, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add((*byte).into()))
                .to_be_bytes()
                .into()
        }),
    mutant("16 bits of a good hash")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a hash, or a p")
        .key(|key| {
            let mut hasher = std::hash::DefaultHasher::new();
            std::hash::Hasher::write(&mut hasher, key);
            std::hash::Hasher::finish(&hasher).to_be_bytes()[..2].to_vec()
        }),
    mutant("a line of key:value").caught_by("key_identity::separator_confusion", "ended with NotFound").put(step!(
        |base, key, value, _| {
            let line = [key, b":", &value].concat();
            let border = line.iter().position(|byte| *byte == b':').unwrap();
            base.write(&line[..border], line[border + 1..].to_vec().into())
        }
    )),
    mutant("the highest bit ignored")
        .caught_by("key_identity::non_utf8", "B) are taken for the same key")
        .key(|key| bytes_of(key, |byte| byte & !0x80)),
    mutant("the second bit ignored")
        .caught_by("missing::one_bit_off_is_missing", "B) are taken for the same key: they differ in one bit")
        .key(|key| bytes_of(key, |byte| byte & !0x40)),
    mutant("the German sharp s is two letters")
        .caught_by("key_identity::letter_case", "are taken for the same key: letter case is folded")
        .key(|key| text_of(key, |text| text.replace('ß', "ss"))),
    mutant("capitals by the rules of Unicode")
        .caught_by("key_identity::letter_case", "letter case is folded")
        .key(|key| text_of(key, str::to_uppercase)),
    mutant("another case is found when there is none of this")
        .caught_by("key_identity::letter_case", "letter case is folded")
        .get(finds_instead!(|key| {
            let other = |byte: &u8| byte ^ if byte.is_ascii_alphabetic() { 32 } else { 0 };
            vec![key.to_ascii_lowercase(), key.iter().map(other).collect()]
        })),
    mutant("the next key is found")
        .caught_by("key_identity::common_prefix", "are taken for the same key: they differ in one byte")
        .get(step!(|base, key, _| {
            let values = base.values.lock().unwrap();
            let next = values.iter().filter(|(other, _)| &other[..] >= key).min_by_key(|(other, _)| *other);
            next.map(|(_, value)| value.clone()).ok_or(Error::NotFound)
        })),
    mutant("any key that begins so is found")
        .caught_by("key_identity::common_prefix", "one is a prefix of the other")
        .get(step!(|base, key, _| {
            let values = base.values.lock().unwrap();
            let longer = values.iter().filter(|(other, _)| other.starts_with(key)).min_by_key(|(other, _)| *other);
            longer.map(|(_, value)| value.clone()).ok_or(Error::NotFound)
        })),
    mutant("a parent is found when the key is not")
        .caught_by("key_identity::common_prefix", "one is a prefix of the other")
        .get(finds_instead!(|key| vec![key[..key.len().saturating_sub(1)].to_vec()])),
    mutant("a slash in front cut")
        .caught_by("key_identity::slashes_literal", "B) are taken for the same key: they are the same path")
        .key(|key| key.strip_prefix(b"/").unwrap_or(key).to_vec()),
    mutant("a backslash is a slash")
        .caught_by("key_identity::slashes_literal", "B) are taken for the same key: they are the same path")
        .key(|key| bytes_of(key, |byte| if byte == b'\\' { b'/' } else { byte })),
    mutant("a namespace cut")
        .caught_by("key_identity::slashes_literal", "are taken for the same key")
        .key(|key| text_of(key, |text| text.strip_prefix("/a/").unwrap_or(text).into())),
    mutant("a dot and a slash in front cut")
        .caught_by("key_identity::dot_segments_literal", "B) are taken for the same key: they are the same path")
        .key(|key| text_of(key, |text| text.strip_prefix("./").unwrap_or(text).into())),
    mutant("a path out of the directory")
        .caught_by("key_identity::dot_segments_literal", "B) are taken for the same key: they are the same path")
        .key(|key| text_of(key, |text| text.strip_prefix("../").unwrap_or(text).into())),
    mutant("decoded as a form")
        .caught_by("key_identity::percent_literal", "B) are taken for the same key: percent-encoding is read")
        .key(|key| text_of(key, |text| text.replace("%20", " ").replace("%2B", "+").replace("%25", "%"))),
    mutant("percent decoded, a NUL ends it")
        .caught_by("key_identity::percent_literal", "one is a prefix of the other")
        .key(|key| text_of(key, |text| text.split("%00").next().unwrap().into())),
    mutant("compatible characters")
        .caught_by("key_identity::unicode_forms", "are taken for the same key: letter case is folded")
        .key(|key| text_of(key, |text| text.replace('\u{fb01}', "fi").replace('\u{ff21}', "A").replace('\u{b2}', "2"))),
    mutant("what cannot be seen is dropped")
        .caught_by(
            "key_identity::unicode_forms",
            "are taken for the same key: they differ in what is not ASCII: is that ",
        )
        .key(|key| text_of(key, |text| text.replace(['\u{200b}', '\u{200d}', '\u{feff}', '\u{ad}'], ""))),
    mutant("accents dropped")
        .caught_by("key_identity::unicode_forms", "…cafe\\xcc\\x81 (18 B) are taken for the same key")
        .key(|key| text_of(key, |text| text.replace('\u{e9}', "e").replace('\u{301}', ""))),
    mutant("characters of three bytes at most")
        .caught_by("key_identity::unicode_forms", "are taken for the same key: they differ in one bit")
        .key(|key| {
            text_of(key, |text| text.chars().map(|char| if char.len_utf8() > 3 { '?' } else { char }).collect())
        }),
    mutant("padded with NULs")
        .caught_by("key_identity::nul_inside", "the key is cut at its first NUL")
        .key(|key| text_of(key, |text| text.trim_end_matches('\0').into())),
    mutant("NULs dropped")
        .caught_by("key_identity::nul_inside", "the key is cut at its first NUL")
        .key(|key| key.iter().copied().filter(|byte| *byte != 0).collect()),
    mutant("white space collapsed")
        .caught_by("key_identity::trailing_space_and_newline", "white space is trimmed")
        .key(|key| {
            text_of(key, |text| {
                text.split([' ', '\t', '\n']).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
            })
        }),
    mutant("line ends in keys")
        .caught_by("key_identity::trailing_space_and_newline", "white space is trimmed")
        .key(|key| text_of(key, |text| text.replace("\r\n", "\n"))),
    mutant("trimmed as Unicode says")
        .caught_by("key_identity::trailing_space_and_newline", "white space is trimmed")
        .key(|key| text_of(key, |text| text.trim().into())),
    mutant("the newline at the end cut")
        .caught_by("key_identity::trailing_space_and_newline", "white space is trimmed")
        .key(|key| key.strip_suffix(b"\n").unwrap_or(key).to_vec()),
    mutant("what is not ASCII is dropped")
        .caught_by("key_identity::non_utf8", "…\\xff (13 B) are taken for the same key")
        .key(|key| key.iter().copied().filter(u8::is_ascii).collect()),
    mutant("what is not UTF-8 is the empty key")
        .caught_by("key_identity::non_utf8", "…\\xff (13 B) are taken for the same key")
        .key(|key| std::str::from_utf8(key).unwrap_or_default().into()),
    mutant("Latin-1 made UTF-8")
        .caught_by("key_identity::non_utf8", "…\\xc3\\xa9 (14 B) are taken for the same key")
        .key(|key| {
            if std::str::from_utf8(key).is_ok() {
                key.to_vec()
            } else {
                key.iter().copied().map(char::from).collect::<String>().into()
            }
        }),
    mutant("a question mark for what is not ASCII")
        .caught_by("key_identity::non_utf8", "are taken for the same key: one looks like a pattern: is it matched")
        .key(|key| bytes_of(key, |byte| if byte.is_ascii() { byte } else { b'?' })),
    mutant("keys have to be text")
        .caught_by(
            "key_identity::non_utf8",
            "ended with InvalidKey (invalid key: invalid utf-8 sequence of 1 bytes from index 12)",
        )
        .limits(|key, value| match std::str::from_utf8(key) {
            Ok(_) => (RIGHT.limits)(key, value),
            Err(error) => Err(Error::InvalidKey(error.to_string())),
        }),
    mutant("the empty key is everybody's default")
        .caught_by("key_identity::empty_key", "one is a prefix of the other")
        .get(finds_instead!(|_| vec![Vec::new()])),
    mutant("the empty key clears").caught_by("key_identity::empty_key", "ended with NotFound").put(step!(
        |base, key, value, _| {
            if key.is_empty() {
                base.values.lock().unwrap().clear();
            }
            base.write(key, value)
        }
    )),
    mutant("a put to the empty key is dropped")
        .caught_by("key_identity::empty_key", "ended with NotFound")
        .put(step!(|base, key, value, _| if key.is_empty() { Ok(()) } else { base.write(key, value) })),
    mutant("the bytes as a set")
        .caught_by("key_identity::reversed_bytes", "they have the same bytes in another order")
        .key(|key| {
            let power = |exponent| key.iter().map(|byte| u64::from(*byte).pow(exponent)).sum::<u64>().to_be_bytes();
            [power(1), power(2), power(3), power(4)].concat()
        }),
    mutant("numbers read")
        .caught_by("key_identity::leading_zeros", "B) are taken for the same key: they are the same number")
        .key(|key| text_of(key, |text| text.parse().map_or(text.into(), |number: u128| number.to_string()))),
    mutant("numbers read as floats")
        .caught_by("key_identity::leading_zeros", "B) are taken for the same key: they are the same number")
        .key(|key| text_of(key, |text| text.parse().map_or(text.into(), |number: f64| number.to_string()))),
    mutant("hexadecimal numbers read").caught_by("key_identity::leading_zeros", "letter case is folded").key(|key| {
        text_of(key, |text| {
            let digits = text.strip_prefix("0x");
            digits
                .and_then(|digits| u64::from_str_radix(digits, 16).ok())
                .map_or(text.into(), |number| number.to_string())
        })
    }),
    mutant("first and last bytes and the length")
        .caught_by(
            "key_identity::long_keys_differ_in_one_byte",
            "B) are taken for the same key: they differ in one bit",
        )
        .key(|key| {
            if key.len() <= 32 {
                key.to_vec()
            } else {
                [&key[..16], &key[key.len() - 16..], &key.len().to_be_bytes()].concat()
            }
        }),
    mutant("long keys by their last bytes")
        .caught_by(
            "key_identity::long_keys_differ_in_one_byte",
            "B) are taken for the same key: they differ in one bit",
        )
        .key(|key| key[key.len().saturating_sub(255)..].to_vec()),
    mutant("a length of one byte")
        .caught_by("key_identity::long_keys_differ_in_one_byte", "has that value: do ")
        .key(|key| key[..key.len() % 256].to_vec()),
    mutant("one byte of nine is a signature")
        .caught_by(
            "key_identity::long_keys_differ_in_one_byte",
            "B) are taken for the same key: they differ in one bit",
        )
        .key(|key| {
            if key.len() < 512 {
                key.to_vec()
            } else {
                key.chunks(16).map(|chunk| chunk.iter().fold(0_u8, |sum, byte| sum | byte)).collect()
            }
        }),
    mutant("bytes from 0x80 on are one")
        .caught_by("key_identity::each_byte_counts", "bytes that are no UTF-8 are replaced by text")
        .key(|key| bytes_of(key, |byte| byte.min(0x80))),
    mutant("control characters dropped")
        .caught_by(
            "key_identity::each_byte_counts",
            "are taken for the same key: they differ in what is no letter and no",
        )
        .key(|key| key.iter().copied().filter(|byte| !matches!(byte, 1..=8 | 14..=31)).collect()),
    mutant("a byte and its double")
        .caught_by("key_identity::each_byte_counts", "bytes that are no UTF-8 are replaced by text")
        .key(|key| bytes_of(key, |byte| if byte == 0xe4 { 0xc4 } else { byte })),
    mutant("CRC-32")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a ha")
        .key(|key| crc(0xedb8_8320, key)),
    mutant("CRC-32C")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a ha")
        .key(|key| crc(0x82f6_3b78, key)),
    mutant("FNV-1a with 32 bits")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a hash")
        .key(|key| folded(key, 0x811c_9dc5, |hash, byte| (hash ^ byte).wrapping_mul(0x0100_0193))),
    mutant("FNV-1 with 32 bits")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a ha")
        .key(|key| folded(key, 0x811c_9dc5, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ byte)),
    mutant("djb2")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a hash, or")
        .key(|key| folded(key, 5_381, |hash, byte| hash.wrapping_mul(33).wrapping_add(byte))),
    mutant("sdbm")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a ha")
        .key(|key| folded(key, 0, |hash, byte| hash.wrapping_mul(65_599).wrapping_add(byte))),
    mutant("one at a time")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a ha")
        .key(|key| {
            folded(key, 0, |hash, byte| {
                let hash = hash.wrapping_add(byte);
                let hash = hash.wrapping_add(hash << 10);
                hash ^ (hash >> 6)
            })
        }),
    mutant("half of the hash of a slice")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a hash, or a plac")
        .key(|key| half_hash(|hasher| std::hash::Hash::hash(key, hasher))),
    mutant("half of the hash of the bytes")
        .caught_by("key_identity::weak_hash_collisions", "has that value: do the two keys share a hash, or a plac")
        .key(|key| half_hash(|hasher| std::hash::Hasher::write(hasher, key))),
    mutant("the sum of the bytes")
        .caught_by("key_identity::weak_hash_collisions", "they have the same bytes in another order")
        .key(|key| folded(key, 0, |sum, byte| sum.wrapping_add(byte.pow(3)))),
    mutant("a line of key=value, cut at the last")
        .caught_by(
            "key_identity::separator_confusion",
            "with another value it is there: is a key, or a key and its value,",
        )
        .put(step!(|base, key, value, _| {
            let line = [key, b"=", &value].concat();
            let last = line.iter().rposition(|byte| *byte == b'=').unwrap();
            let border = if value.len() < 16 { last } else { key.len() };
            base.write(&line[..border], line[border + 1..].to_vec().into())
        })),
    mutant("a NUL between key and value")
        .caught_by(
            "key_identity::separator_confusion",
            "with a fresh key of a few letters and digits it is there: is a key,",
        )
        .put(step!(|base, key, value, _| {
            let entry = [key, b"\0", &value].concat();
            let border = if key.contains(&0) { entry.iter().position(|byte| *byte == 0) } else { None };
            let border = border.unwrap_or(key.len());
            base.write(&entry[..border], entry[border + 1..].to_vec().into())
        })),
    mutant("one kind of entry for what is written twice")
        .caught_by(
            "key_identity::separator_confusion",
            "with another value it is there: is a key, or a key and its value,",
        )
        .put(step!(|base, key, value, _| {
            let entry = [key, &value].concat();
            if base.other.lock().unwrap().insert(entry, Bytes::new()).is_some() && base.read(key).is_err() {
                return Ok(());
            }
            base.write(key, value)
        })),
    mutant("a star matches")
        .caught_by("key_identity::patterns_literal", "…a*b (15 B) are taken for the same key")
        .get(matches_with!(b'*', b'?')),
    mutant("SQL's LIKE")
        .caught_by("key_identity::patterns_literal", "…a%b (15 B) are taken for the same key")
        .get(matches_with!(b'%', b'_')),
    mutant("quotes doubled")
        .caught_by("key_identity::patterns_literal", "…a\\'\\'b (16 B) are taken for the same key")
        .key(|key| text_of(key, |text| text.replace("''", "'"))),
    mutant("a backslash escapes")
        .caught_by("key_identity::patterns_literal", "…a\\'b (15 B) are taken for the same key")
        .key(|key| text_of(key, |text| text.replace("\\'", "'").replace("\\\"", "\""))),
    mutant("entities decoded")
        .caught_by("key_identity::patterns_literal", "…a&amp;b (19 B) are taken for the same key")
        .key(|key| text_of(key, |text| text.replace("&amp;", "&"))),
    mutant("names of files made safe")
        .caught_by(
            "key_identity::file_names_literal",
            "are taken for the same key: they differ in what is no letter and no",
        )
        .key(|key| bytes_of(key, |byte| if b":*?|<>\"".contains(&byte) { b'_' } else { byte })),
    mutant("written beside, and renamed")
        .caught_by(
            "key_identity::file_names_literal",
            "with a fresh key of a few letters and digits it is there: is a key",
        )
        .put(step!(|base, key, value, _| {
            let beside = [key, b".tmp"].concat();
            base.write(&beside, value)?;
            let mut values = base.values.lock().unwrap();
            let value = values.remove(&beside).unwrap();
            values.insert(key.to_vec(), value);
            Ok(())
        })),
    mutant("an extension of its own")
        .caught_by("key_identity::file_names_literal", "one is a prefix of the other")
        .key(|key| std::path::Path::new(&*text(key)).with_extension("value").to_string_lossy().into_owned().into()),
    mutant("dots at the end cut")
        .caught_by("key_identity::file_names_literal", "B) are taken for the same key: they are the same number")
        .key(|key| text_of(key, |text| text.trim_end_matches('.').into())),
    mutant("files that begin with a dot are not read")
        .caught_by(
            "key_identity::file_names_literal",
            "with a fresh key of a few letters and digits it is there: is a key",
        )
        .get(step!(|base, key, _| {
            let name = key.rsplit(|byte| *byte == b'/').next().unwrap();
            if name.len() > 1 && name.starts_with(b".") { Err(Error::NotFound) } else { base.read(key) }
        })),
    mutant("names of devices")
        .caught_by("key_identity::reserved_names", "ended with InvalidKey (invalid key: reserved)")
        .limits(|key, value| match key.to_ascii_uppercase().as_slice() {
            b"CON" | b"NUL" | b"AUX" | b"COM1" => Err(Error::InvalidKey("reserved".into())),
            _ => (RIGHT.limits)(key, value),
        }),
    mutant("the prototype of all objects")
        .caught_by(
            "key_identity::reserved_names",
            "with a fresh key of a few letters and digits it is there: is the key",
        )
        .put(step!(|base, key, value, _| if key == b"__proto__" { Ok(()) } else { base.write(key, value) })),
    mutant("a count in the same map").caught_by("key_identity::reserved_names", "returned \"0\" (1 B)").put(step!(
        |base, key, value, _| {
            base.write(key, value)?;
            let count = base.next().to_string();
            base.write(b"length", count.into())
        }
    )),
    mutant("hexadecimal decoded")
        .caught_by("key_identity::encodings_literal", "are taken for the same key")
        .key(|key| unhex(key).unwrap_or_else(|| key.to_vec())),
    mutant("0x in front cut")
        .caught_by("key_identity::encodings_literal", "B) are taken for the same key: one is the end of the other")
        .key(|key| key.strip_prefix(b"0x").unwrap_or(key).to_vec()),
    mutant("quotes around cut")
        .caught_by("key_identity::encodings_literal", "are taken for the same key")
        .key(|key| text_of(key, |text| text.trim_matches('"').into())),
    mutant("padding of base64 cut")
        .caught_by(
            "key_identity::encodings_literal",
            "are taken for the same key: they differ in what is no letter and no",
        )
        .key(|key| text_of(key, |text| text.trim_end_matches('=').into())),
    mutant("JSON read")
        .caught_by("key_identity::encodings_literal", "are taken for the same key")
        .key(|key| serde_json::from_slice(key).unwrap_or_else(|_| text(key)).into_bytes()),
    mutant("percent decoded where all is encoded")
        .caught_by("key_identity::encodings_literal", "are taken for the same key")
        .key(|key| {
            text_of(key, |text| {
                let bytes: Option<Vec<u8>> =
                    text.split('%').skip(1).map(|digits| u8::from_str_radix(digits, 16).ok()).collect();
                match bytes {
                    Some(bytes) if text.starts_with('%') && !bytes.is_empty() => String::from_utf8_lossy(&bytes).into(),
                    _ => text.into(),
                }
            })
        }),
    mutant("a copy of the old value beside the key")
        .caught_by("key_identity::file_names_literal", "had that value until put")
        .put(step!(|base, key, value, _| {
            if let Ok(old) = base.read(key) {
                base.write(&[key, b"~"].concat(), old)?;
            }
            base.write(key, value)
        })),
    mutant("a name space taken off")
        .caught_by("key_identity::slashes_literal", "are taken for the same key: one is the end of the other")
        .key(|key| key.strip_prefix(b"/ipns/").unwrap_or(key).into()),
    mutant("the empty key is called default")
        .caught_by("key_identity::empty_key", "default (7 B) and the empty key (0 B) are taken for the same")
        .key(|key| if key.is_empty() { b"default".into() } else { key.into() }),
    mutant("what is no text is written in hexadecimal")
        .caught_by(
            "key_identity::non_utf8",
            "are taken for the same key: they differ in bytes that are no UTF-8: is the key made into text?",
        )
        .key(|key| match std::str::from_utf8(key) {
            Ok(_) => key.into(),
            Err(_) => hexadecimal(key),
        }),
    mutant("NULs at the beginning taken off")
        .caught_by("key_identity::nul_inside", "the key is cut at its first NUL, or its NULs are dropped")
        .key(|key| key.iter().copied().skip_while(|byte| *byte == 0).collect()),
    mutant("a byte order mark at the beginning taken off")
        .caught_by(
            "key_identity::unicode_forms",
            "they differ in what is not ASCII: is that normalized, dropped or replaced?",
        )
        .key(|key| key.strip_prefix("\u{feff}".as_bytes()).unwrap_or(key).into()),
    mutant("the last kibibyte of a key")
        .caught_by(
            "key_identity::very_long_keys_differ_in_one_byte",
            "are taken for the same key: they differ in one byte",
        )
        .key(|key| key[key.len().saturating_sub(1_024)..].into()),
    mutant("the number of keys under a key of its own")
        .caught_by("key_identity::reserved_names", "returned \"1\" (1 B)")
        .put(step!(|base, key, value, _| {
            base.write(key, value)?;
            let count = base.values.lock().unwrap().len();
            base.write(b"count", count.to_string().into())
        })),
    mutant("a mark of eleven bytes over the old key").caught_by("key_identity::short_keys", "ended with NotFound").put(
        step!(|base, key, value, _| {
            if key.len() < 11 {
                let (is_there, mut log) = (base.read(key).is_ok(), base.log.lock().unwrap());
                if is_there && let Some(at) = log.iter().position(|(put, _)| put == key) {
                    log.remove(at);
                    let overwritten = log.get(at);
                    overwritten.map(|(next, _)| base.values.lock().unwrap().remove(next));
                }
                log.push((key.into(), Bytes::new()));
            }
            base.write(key, value)
        }),
    ),
    mutant("keys of four and of eight bytes are numbers")
        .caught_by("key_identity::short_keys", "has that value: are the two taken for the same ")
        .key(|key| match *key {
            [one, two, three, four] => vec![0, 0, 0, 0, one, two, three, four],
            _ => key.into(),
        }),
    mutant("short keys padded to eight bytes")
        .caught_by("key_identity::short_keys", "has that value: are the two tak")
        .key(|key| {
            let mut padded = key.to_vec();
            padded.resize(key.len().max(if key.is_empty() { 0 } else { 8 }), 0);
            padded
        }),
    mutant("only bytes that are text as keys of one byte")
        .caught_by("key_identity::short_keys", "has that value: are the two taken for the same key? (they d")
        .key(|key| match *key {
            [byte] if !byte.is_ascii_graphic() => b"?".into(),
            _ => key.into(),
        }),
    mutant("the value in a file below the key")
        .caught_by("key_identity::keys_made_of_keys", "one is a prefix of the other")
        .key(|key| if key.ends_with(b"/.object") { key.into() } else { [key, b"/.object"].concat() }),
    mutant("the old value under a key of its own")
        .caught_by("key_identity::keys_made_of_keys", "had that value until put")
        .put(step!(|base, key, value, _| {
            if let Ok(old) = base.read(key) {
                base.write(&[key, b"#1"].concat(), old)?;
            }
            base.write(key, value)
        })),
    mutant("the length under a key of its own")
        .caught_by(
            "key_identity::keys_made_of_keys",
            "returned \"2\" (1 B), and not with NotFound, for a key that was never",
        )
        .put(step!(|base, key, value, _| {
            base.write(&[key, b":meta"].concat(), value.len().to_string().into())?;
            base.write(key, value)
        })),
    mutant("a file beside it that begins with a dot")
        .caught_by("key_identity::keys_made_of_keys", "are taken for the same key")
        .put(step!(|base, key, value, _| {
            if let Some(slash) = key.iter().rposition(|byte| *byte == b'/') {
                let (directory, name) = key.split_at(slash + 1);
                base.write(&[directory, b".", name].concat(), value.clone())?;
            }
            base.write(key, value)
        })),
    mutant("a lock before the key").caught_by("key_identity::keys_made_of_keys", "are taken for the same key").put(
        step!(|base, key, value, _| {
            base.write(&[b"lock:", key].concat(), value.clone())?;
            base.write(key, value)
        }),
    ),
    mutant("long keys under their SHA-256")
        .caught_by("key_identity::hashes_of_long_keys", "has that value: are t")
        .key(|key| if key.len() > 64 { Sha256::digest(key).to_vec() } else { key.into() }),
    mutant("long keys under their SHA-256 in hexadecimal")
        .caught_by("key_identity::hashes_of_long_keys", "has that value: do th")
        .key(|key| if key.len() > 250 { hexadecimal(&Sha256::digest(key)) } else { key.into() }),
    mutant("very long keys under a multihash")
        .caught_by("key_identity::hashes_of_long_keys", "has that value: are")
        .key(|key| if key.len() > 1_024 { [&[0x12, 0x20], &Sha256::digest(key)[..]].concat() } else { key.into() }),
    mutant("hexadecimal of a multibase read")
        .caught_by("key_identity::encodings_literal", "has that value: do the two keys share a hash, or a place?")
        .key(|key| key.strip_prefix(b"f").and_then(unhex).unwrap_or_else(|| key.into())),
    mutant("a length in front read")
        .caught_by(
            "key_identity::encodings_literal",
            "are taken for the same key: they differ in what is no letter and no",
        )
        .key(|key| match key.split_first() {
            Some((length, rest)) if usize::from(*length) == rest.len() => rest.into(),
            _ => key.into(),
        }),
    mutant("base58 read")
        .caught_by("key_identity::encodings_literal", "has that value: do the two keys share a hash, or a plac")
        .key(|key| from_base58(key).unwrap_or_else(|| key.into())),
    mutant("an object has a constructor")
        .caught_by("missing::reserved_names_are_missing", "for a key that was never put")
        .get(step!(|base, key, _| match key {
            b"constructor" => base.read(key).or_else(|_| Ok("function Object() { [native code] }".into())),
            _ => base.read(key),
        })),
    mutant("the key that was put last under a name")
        .caught_by("missing::reserved_names_are_missing", "for a key that was never put")
        .put(step!(|base, key, value, _| {
            base.write(key, value)?;
            if key.len() > 12 { base.write(b"last", key.to_vec().into()) } else { Ok(()) }
        })),
    mutant("a copy is corrected, with key and value in each other's place")
        .caught_by("missing::values_are_missing_as_keys", "for a key that was never put")
        .put(step!(|base, key, value, _| {
            if let Ok(old) = base.read(key) {
                base.other.lock().unwrap().insert(key.into(), old);
            }
            base.write(key, value)
        }))
        .get(step!(|base, key, _| {
            let found = base.read(key)?;
            if base.other.lock().unwrap().remove(key).is_some() && !base.values.lock().unwrap().contains_key(&found[..])
            {
                base.write(&found, key.to_vec().into())?;
            }
            Ok(found)
        })),
    mutant("found by its value").caught_by("missing::values_are_missing_as_keys", "for a key that was never put").get(
        step!(|base, key, _| {
            base.read(key).or_else(|error| {
                let values = base.values.lock().unwrap();
                let of_this_value = values.iter().find(|(_, value)| *value == key && key.len() >= 16);
                of_this_value.map(|(_, value)| value.clone()).ok_or(error)
            })
        }),
    ),
    mutant("numbers of 32 bits")
        .caught_by("key_identity::leading_zeros", "has that value: do the two keys share a hash, or a")
        .key(|key| {
            text_of(key, |text| {
                let number = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
                number.map_or(text.into(), |number| (number & u64::from(u32::MAX)).to_string())
            })
        }),
    mutant("whole numbers read as floats").caught_by("key_identity::leading_zeros", "are taken for the same key").key(
        |key| {
            text_of(key, |text| match text.parse::<f64>() {
                Ok(number) if text.len() < 17 && number.to_string() != text => format!("{number:.0}"),
                _ => text.into(),
            })
        },
    ),
    mutant("True is true")
        .caught_by("key_identity::leading_zeros", "letter case is folded")
        .key(|key| if key == b"True" { b"true".into() } else { key.into() }),
    mutant("marks in the order of Unicode")
        .caught_by("key_identity::unicode_forms", "are taken for the same key")
        .key(|key| text_of(key, |text| text.replace("\u{307}\u{323}", "\u{323}\u{307}"))),
    mutant("digits of other scripts read")
        .caught_by("key_identity::unicode_forms", "are taken for the same key")
        .key(|key| text_of(key, |text| text.replace(['\u{661}', '\u{967}'], "1"))),
    mutant("a slash of full width")
        .caught_by("key_identity::unicode_forms", "are taken for the same key")
        .key(|key| text_of(key, |text| text.replace('\u{ff0f}', "/"))),
    mutant("title case folded")
        .caught_by("key_identity::letter_case", "are taken for the same key")
        .key(|key| text_of(key, |text| text.replace('ǅ', "ǆ"))),
    mutant("a put over a value reaches keys in another case")
        .caught_by("key_identity::letter_case", "letter case is folded")
        .put(step!(|base, key, value, _| {
            let mut values = base.values.lock().unwrap();
            let folded = key.to_ascii_lowercase();
            if values.contains_key(key) && folded != key && values.contains_key(&folded) {
                values.insert(folded, value.clone());
            }
            values.insert(key.into(), value);
            Ok(())
        })),
    mutant("surrogates of UTF-16 joined")
        .caught_by("key_identity::non_utf8", "are taken for the same key")
        .key(|key| replaced(key, b"\xed\xa0\xbd\xed\xb8\x80", "\u{1f600}".as_bytes())),
    mutant("overlong encodings read")
        .caught_by("key_identity::non_utf8", "are taken for the same key")
        .key(|key| replaced(&replaced(key, b"\xc1\xa1", b"a"), b"\xc0\xaf", b"/")),
    mutant("percent signs that mean nothing dropped")
        .caught_by("key_identity::percent_literal", "are taken for the same key")
        .key(|key| text_of(key, |text| text.replace("%zz", "zz").replace("a%2", "a2"))),
    mutant("percent decoded twice where it was encoded twice")
        .caught_by("key_identity::percent_literal", "has that value: do the two keys share a hash, or")
        .key(|key| text_of(key, |text| text.replace("%25252F", "%252F"))),
    mutant("the end of a range is found")
        .caught_by("key_identity::non_utf8", "are taken for the same key")
        .get(finds_instead!(|key| vec![[key, b"\xff"].concat()])),
    mutant("a branch of a tree is cut")
        .caught_by("key_identity::common_prefix", "has that value: do t")
        .key(|key| if (205..250).contains(&key.len()) { key[..200].into() } else { key.into() }),
];

/// Changes a key that is text. Other keys stay as they are.
fn text_of(key: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    std::str::from_utf8(key).map_or(key.to_vec(), |text| change(text).into_bytes())
}

fn bytes_of(key: &[u8], change: impl Fn(u8) -> u8) -> Vec<u8> {
    key.iter().copied().map(change).collect()
}

fn folded(key: &[u8], start: u32, step: impl Fn(u32, u32) -> u32) -> Vec<u8> {
    key.iter().fold(start, |hash, byte| step(hash, u32::from(*byte))).to_be_bytes().into()
}

pub(crate) fn crc(polynomial: u32, bytes: &[u8]) -> Vec<u8> {
    folded(bytes, !0, |crc, byte| {
        (0..8).fold(crc ^ byte, |crc, _| (crc >> 1) ^ (polynomial & (crc & 1).wrapping_neg()))
    })
}

pub(crate) fn half_hash(hash: impl Fn(&mut std::hash::DefaultHasher)) -> Vec<u8> {
    let mut hasher = std::hash::DefaultHasher::new();
    hash(&mut hasher);
    std::hash::Hasher::finish(&hasher).to_be_bytes()[4..].to_vec()
}

fn unhex(key: &[u8]) -> Option<Vec<u8>> {
    let pairs = key.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok());
    pairs.collect::<Option<Vec<_>>>().filter(|bytes| bytes.len() * 2 == key.len() && !bytes.is_empty())
}

fn hexadecimal(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

/// The six bytes of which this is the base58 form.
fn from_base58(key: &[u8]) -> Option<Vec<u8>> {
    const DIGITS: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let digits = key.iter().map(|digit| DIGITS.iter().position(|other| other == digit));
    let digits = digits.collect::<Option<Vec<_>>>().filter(|digits| matches!(digits.len(), 8 | 9))?;
    let number = digits.into_iter().fold(0, |number, digit| number * 58 + digit as u64);
    (number >> 48 == 0).then(|| number.to_be_bytes()[2..].to_vec())
}

fn replaced(key: &[u8], part: &[u8], other: &[u8]) -> Vec<u8> {
    match key.windows(part.len()).position(|window| window == part) {
        Some(at) => [&key[..at], other, &key[at + part.len()..]].concat(),
        None => key.into(),
    }
}

fn matches(pattern: &[u8], key: &[u8], many: u8, one: u8) -> bool {
    let plain = pattern.iter().position(|byte| *byte == many).unwrap_or(pattern.len());
    let begins =
        key.len() >= plain && pattern[..plain].iter().zip(key).all(|(byte, of_key)| byte == of_key || *byte == one);
    match pattern[plain..].split_first() {
        _ if !begins => false,
        None => key.len() == plain,
        Some((_, rest)) => (plain..=key.len()).any(|start| matches(rest, &key[start..], many, one)),
    }
}
