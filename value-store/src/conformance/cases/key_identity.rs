//! Keys are bytes, and two are the same only if every byte is.

use std::collections::HashSet;

use bytes::Bytes;

use super::text;
use crate::conformance::failure::Verdict;
use crate::conformance::session::{Handle, Session};

pub(crate) async fn letter_case(case: &Session) -> Verdict {
    let store = case.open().await?;
    let ascii = ["key", "Key", "KEY", "kEY"];
    // What folds to the same letters, with and without the rules of a language.
    let others = ["straße", "STRASSE", "strasse", "ı", "i", "İ", "I", "σ", "Σ", "ς", "é", "É"];
    told_apart(case, &store, &[&ascii[..], &others].concat()).await
}

pub(crate) async fn common_prefix(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["", "a", "aa", "aaa", "aab", "b", "zzz", "zz", "z"]).await
}

pub(crate) async fn slashes_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["a/b", "a//b", "/a/b", "a/b/", "a\\b", "a\\\\b", "a", "a/", "/", "", "\\"]).await?;
    begin_differently(case, &store, &["", "/", "//", "\\", "a/", "/a/", "/b/", "C:/"]).await
}

pub(crate) async fn dot_segments_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["a", "./a", "b/../a", "a/.", "a/..", ".", "", "..", "../a", "x/../../a", ".\\a"])
        .await?;
    begin_differently(case, &store, &["", "./", "../", ".", "a/../", "..\\"]).await
}

pub(crate) async fn percent_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    let percent = ["a/b", "a%2Fb", "a%2fb", "a%252Fb", "%", "%%", "%25", "a", "%61", "a%00", "a%"];
    let space = ["a b", "a+b", "a%20b", "a%2Bb"];
    told_apart(case, &store, &[&percent[..], &space].concat()).await
}

pub(crate) async fn unicode_forms(case: &Session) -> Verdict {
    let store = case.open().await?;
    let composed_and_decomposed = ["caf\u{e9}", "cafe\u{301}", "\u{212b}", "\u{c5}", "\u{ac00}", "\u{1100}\u{1161}"];
    // A ligature, a full-width letter, the Kelvin sign, the long s, a circled and a raised digit, each before what it
    // folds to.
    let folded = ["\u{fb01}", "fi", "\u{ff21}", "A", "\u{212a}", "K", "\u{17f}", "s", "\u{2460}", "1", "\u{b2}", "2"];
    // Letters without their accents, and quotes and dashes made plain.
    let plain = ["e", "\u{e9}", "\"", "\u{201c}", "-", "\u{2013}"];
    // A byte order mark, a zero-width joiner, a zero-width space, a soft hyphen and a variation selector.
    let invisible = ["x", "\u{feff}x", "x\u{200d}", "x\u{200b}", "\u{ad}x", "x\u{fe0f}"];
    // Outside the first 65,536 characters, where UTF-16 and some databases need twice the room.
    let far = ["\u{1f600}", "\u{1f601}", "?"];
    // The Cyrillic letter that looks like this Latin one, and what turns the direction of a text.
    let alike = ["\u{43e}", "o", "\u{202e}o"];
    told_apart(case, &store, &[&composed_and_decomposed[..], &folded, &plain, &invisible, &far, &alike].concat())
        .await?;
    begin_differently(case, &store, &["", "\u{feff}", "\u{200b}", "\u{202e}"]).await
}

pub(crate) async fn nul_inside(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["a", "a\0", "a\0\0", "a\0b", "a\0c", "\0a", "\0", "\0\0", "", "a\x7f"]).await?;
    begin_differently(case, &store, &["", "\0", "\0\0", "\x7f"]).await
}

pub(crate) async fn trailing_space_and_newline(case: &Session) -> Verdict {
    let store = case.open().await?;
    let ends = ["", "a", "a ", "a  ", "a\n", "a\r\n", "a\t", "a\u{a0}", "a\u{3000}", "a\u{85}", "a\x0b", "a\x0c"];
    let inside = ["a b", "a  b", "a\tb", "a\nb", "a\r\nb", "a\rb"];
    told_apart(case, &store, &[&ends[..], &inside].concat()).await?;
    begin_differently(case, &store, &["", " ", "  ", "\n", "\t", "\u{a0}", "\u{3000}"]).await
}

pub(crate) async fn non_utf8(case: &Session) -> Verdict {
    let store = case.open().await?;
    let replaced_alike: [&[u8]; 13] = [
        b"",
        b"\xff",
        b"\xfe",
        b"\xff\xff",
        b"\xc3",
        b"\x80",
        "\u{fffd}".as_bytes(),
        b"\xed\xa0\x80", // an unpaired surrogate
        b"\xe9",         // é in Latin-1
        "é".as_bytes(),
        b"\xc0\x80", // a NUL that is longer than it need be
        b"\0",
        b"?",
    ];
    told_apart(case, &store, &replaced_alike).await
}

/// The empty key cannot be made fresh, so it need not be missing before.
pub(crate) async fn empty_key(case: &Session) -> Verdict {
    let (empty, other) = (Bytes::new(), case.key(""));
    let (first, second) = (case.value(16), case.value(16));
    let store = case.open().await?;
    store.put(&empty, &first).await?;
    store.expect_missing(&other).await?;
    store.put(&other, &second).await?;
    store.expect(&empty, &first).await?;
    store.expect(&other, &second).await?;
    store.put(&empty, &case.value(15)).await?;
    store.put(&empty, &second).await?;
    store.expect(&empty, &second).await?;
    store.expect(&other, &second).await?;

    // What a store may put in its place.
    let stand_ins =
        ["\0", " ", "_", "-", "/", ".", "\"\"", "null", "default", "empty", "root", "index"].map(by_its_name);
    for (name, value) in &stand_ins {
        store.put(name, value).await?;
        store.expect(&empty, &second).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn reversed_bytes(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["abc", "cba", "bac", "\x01\x02", "\x02\x01"]).await
}

/// With something before them, and as numbers from the first byte to the last.
pub(crate) async fn leading_zeros(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["1", "01", "001", "1.0", "+1", "0x1", "1e0", "0", "00", "-0", ""]).await?;
    told_apart_both_ways(case, &store, |_| {
        let number = case.random(|random| random.u64(100_000_000_000..1_000_000_000_000));
        let forms = [
            format!("{number}"),
            format!("0{number}"),
            format!("+{number}"),
            format!("{number}.0"),
            format!("{number}."),
            format!("{number}e0"),
            format!(" {number}"),
            format!("{number} "),
            format!("0x{number:x}"),
            format!("0x{number:X}"),
            format!("-{number}"),
            // As 64-bit floats, these two are one.
            format!("{number}00000000"),
            format!("{number}00000001"),
        ];
        forms.into_iter().map(Bytes::from).collect()
    })
    .await
}

pub(crate) async fn long_keys_differ_in_one_byte(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart_both_ways(case, &store, |round| {
        let lengths = [16, 32, 64, 128, 255, 256, 257, 512, 1_024, case.max_key_len().min(1_024)];
        let places = lengths.into_iter().flat_map(|length| [0, length / 2, length - 1].map(|place| (length, place)));
        let keys = places.flat_map(|(length, place)| {
            let mut key = case.key("").to_vec();
            key.resize(length, b'.');
            key[1] = if round == 0 { b'g' } else { b'h' };
            [b'x', b'y'].map(|byte| {
                key[place] = byte;
                Bytes::copy_from_slice(&key)
            })
        });
        keys.collect()
    })
    .await
}

pub(crate) async fn each_byte_counts(case: &Session) -> Verdict {
    let store = case.open().await?;
    let bytes = || 0..=u8::MAX;
    let fresh = case.key("");
    let first = bytes().map(|byte| [&[byte], &fresh[..fresh.len() - 1]].concat());
    let inside = bytes().map(|byte| case.key([b'i', byte, b'i']).to_vec());
    let last = bytes().map(|byte| case.key([b'l', byte]).to_vec());
    let entries: Vec<_> = first.chain(inside).chain(last).map(|key| (Bytes::from(key), case.value(16))).collect();
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

/// Past what a length of 16 bits can say, and past where keys may be cut. A store that has a limit declares it.
pub(crate) async fn very_long_keys_differ_in_one_byte(case: &Session) -> Verdict {
    let store = case.open().await?;
    for length in [2_049, 4_097, 32_769, 70_000].map(|length| length.min(case.max_key_len())) {
        differ_in_one_byte(case, &store, length).await?;
        if !case.has_time() {
            break;
        }
    }
    Ok(())
}

/// One key, those that differ from it at the end, in the middle or at the beginning, and others there that are never put.
async fn differ_in_one_byte(case: &Session, store: &Handle, length: usize) -> Verdict {
    let fresh = case.key("");
    let mut plain = vec![b'.'; length];
    let room = length.min(fresh.len());
    plain[..room].copy_from_slice(&fresh[..room]);
    let key = |place: usize, byte: u8| {
        let mut key = plain.clone();
        key[place] = byte;
        Bytes::from(key)
    };
    // No byte of them is in what makes a key fresh. The values are as long as each other, for stores that go by that.
    let places = [("at end", length - 1), ("middle", length / 2), ("before", 0)];
    let entries = places.map(|(name, place)| (key(place, b'u'), text(name)));
    let (plain, at_none) = (Bytes::copy_from_slice(&plain), text("plain."));
    store.put(&plain, &at_none).await?;
    for (key, value) in &entries {
        store.put(key, value).await?;
    }
    store.expect(&plain, &at_none).await?;
    for (key, value) in &entries {
        store.expect(key, value).await?;
    }
    for (_, place) in places.into_iter().take_while(|_| case.has_time()) {
        store.expect_missing(&key(place, b'x')).await?;
    }
    Ok(())
}

/// Pairs of keys with the same hash. What makes a key fresh comes after them, and hashes that go through the bytes in order
/// still agree when the same bytes follow.
const COLLISIONS: &[[&str; 2]] = &[
    ["plumless", "buckeroo"],   // CRC-32
    ["spskvcrm", "fcfvowfu"],   // CRC-32C
    ["costarring", "liquid"],   // FNV-1a with 32 bits
    ["declinate", "macallums"], // FNV-1a with 32 bits
    ["hkgdwqaa", "bzvhzagt"],   // the low half of FNV-1a with 64 bits
    ["kgrykmht", "zhwlchpg"],   // FNV-1 with 32 bits
    ["tyvksqqb", "ennagdsu"],   // MurmurHash3 with 32 bits
    ["hlcwczmv", "rnopitpv"],   // Jenkins's one-at-a-time
    ["juidfzad", "fxqeatnr"],   // sdbm
    ["grzsyctl", "jwxasyyc"],   // Adler-32
    ["Aa", "BB"],               // Java's String.hashCode, and any other that multiplies by 31
    ["AaAaBB", "BBBBAa"],
    ["Ab", "BA"], // djb2, and any other that multiplies by 33
    ["cd", "dc"], // the sum of the bytes, and their exclusive or
];

/// Pairs of keys of which half of a longer hash is the same, or its first 32 bits. Nothing may follow these.
const WHOLE_COLLISIONS: &[[&str; 2]] = &[
    ["koyxqwmk", "rbllrdyv"], // the low half of the standard library's `DefaultHasher`
    ["fryrakho", "xuagsmvv"], // its high half
    ["vhllkgst", "zhkbfzxg"], // the low half, of a slice with its length
    ["qzweqjqa", "ivulgnvj"], // the high half of that
    ["gobsqdug", "bnlsrjfk"], // the low half, of a string
    ["nloultwd", "oafaczjl"], // the high half of that
    ["hbxdluwe", "oaoaixqo"], // MD5
    ["fztkjtws", "odmhklos"], // SHA-1
    ["vtxyxwmi", "uhmsrpem"], // SHA-256
    ["cjpwwroc", "cglupcgw"], // BLAKE2b
];

/// All pairs, for values, which need nothing to make them fresh.
pub(super) fn collisions() -> impl Iterator<Item = [&'static str; 2]> {
    COLLISIONS.iter().chain(WHOLE_COLLISIONS).copied()
}

pub(crate) async fn weak_hash_collisions(case: &Session) -> Verdict {
    let store = case.open().await?;
    let colliding = COLLISIONS.iter().flatten().map(|head| (case.key_beginning(head), case.value(16)));
    let whole = WHOLE_COLLISIONS.iter().flatten().copied().map(by_its_name);
    // Among so many keys, about eight pairs share a 16-bit hash, whatever hash it is.
    let random = (0..1_024).map(|number| {
        let tail = [&case.value(2)[..], format!("{number}").as_bytes()].concat();
        (case.key(tail), case.value(16))
    });
    let entries: Vec<_> = colliding.chain(whole).chain(random).collect();
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(crate) async fn separator_confusion(case: &Session) -> Verdict {
    let store = case.open().await?;
    let separators = [
        "", ":", "::", ": ", "=", " ", "\t", "\n", "\r\n", ",", ";", "|", "/", "->", "\0", "\x1f", "\"", "'", "&", "#",
        "?", "@", "!", "$", "-", "_", ".", "\\",
    ];
    let entries = separators.iter().enumerate().flat_map(|(number, separator)| {
        let long = (case.key(format!("{number}a{separator}b")), Bytes::from("c"));
        let short = (case.key(format!("{number}a")), Bytes::from(format!("b{separator}c")));
        [long, short]
    });
    let entries: Vec<_> = entries.collect();
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(crate) async fn patterns_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    let patterns = [
        "axb", "a*b", "ab", "a?b", "ayb", "a.b", "azb", "a%b", "aab", "a_b", "acb", "a[a-c]b", "abb", "a{b,c}b",
        "axxb", "a.*b", "*", "x", "%", "_", ".*", "$", "^", "a|b", "b", "a+b",
    ];
    let quoted = ["a'b", "a''b", "a\\'b", "a\"b", "a\"\"b", "a\\\"b", "a\\b", "a\\\\b", "a`b", "a&amp;b", "a&b"];
    told_apart(case, &store, &[&patterns[..], &quoted].concat()).await
}

pub(crate) async fn file_names_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    // Names of files that a store may write beside that of the key, or that a file system takes for the same.
    let endings = [
        ".tmp", ".temp", ".new", ".part", ".swp", ".bak", ".old", ".lock", ".json", ".bin", ".dat", "~", ".", "..",
        ":s", "::$DATA",
    ];
    let pairs =
        endings.iter().enumerate().flat_map(|(number, ending)| [format!("{number}"), format!("{number}{ending}")]);
    let others = [
        "k", ".k", "k.a", "k.b", "k_s", "k:s", "k-s", "k|s", "k<s", "k>s", "k?s", "k*s", "k\"s", "kevin1~1", "kevin123",
    ];
    let names: Vec<_> = pairs.chain(others.map(str::to_owned)).collect();
    told_apart(case, &store, &names).await?;

    // What is written beside it when a value is replaced, such as a copy of the old one.
    let fit = |key: &Bytes| key.len() <= case.max_key_len();
    let twice: Vec<_> = (0..endings.len()).map(|number| (case.key(format!("w{number}")), case.value(16))).collect();
    let beside = endings.iter().enumerate().map(|(number, ending)| case.key(format!("w{number}{ending}")));
    for _ in 0..2 {
        case.put_all(&store, &twice).await?;
    }
    case.expect_none(&store, &beside.filter(fit).collect::<Vec<_>>()).await
}

/// Each as a whole key. They cannot be made fresh, so they need not be missing before.
const RESERVED: &[&str] = &[
    "null",
    "undefined",
    "nil",
    "None",
    "NaN",
    "true",
    "True",
    "false",
    "0",
    "-1",
    "__proto__",
    "constructor",
    "toString",
    "length",
    "default",
    "index",
    "data",
    "meta",
    "metadata",
    "__meta__",
    "_id",
    "id",
    "count",
    "size",
    "config",
    "schema",
    "version",
    "key",
    "value",
    "keys",
    "lock",
    "LOCK",
    "MANIFEST",
    ".",
    "..",
    "...",
    "~",
    "-",
    "_",
    "*",
    "/",
    "//",
    "\\",
    "%",
    "?",
    "#",
    " ",
    "\n",
    "\t",
    "CON",
    "con",
    "NUL",
    "AUX",
    "COM1",
    ".DS_Store",
    ".lock",
    ".tmp",
    "\0",
    "\x01",
    "\u{7f}",
];

pub(crate) async fn reserved_names(case: &Session) -> Verdict {
    let store = case.open().await?;
    let entries: Vec<_> = RESERVED.iter().copied().map(by_its_name).collect();
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await?;
    // Name spaces and schemes, which a store may take off.
    let spaces = [
        "", "/ipns/", "/ipfs/", "/pk/", "/p2p/", "/kv/", "ipns:", "dht:", "kv:", "k:", "v:", "key:", "key=", "urn:",
        "http://", "file:///", "data:,", "x-",
    ];
    begin_differently(case, &store, &spaces).await
}

/// A key in clothes that a store may take off, or put on and forget.
pub(crate) async fn encodings_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart_both_ways(case, &store, |_| {
        let plain = case.value(6);
        let text = String::from_utf8_lossy(&plain).into_owned();
        let hex = plain.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat();
        let percent = plain.iter().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let utf_16: String = text.chars().flat_map(|letter| [letter, '\0']).collect();
        let base64 = base64(&plain);
        let forms = [
            hex.to_uppercase(),
            hex.clone(),
            text.clone(),
            format!("0x{hex}"),
            format!("{text}="),
            base64.clone(),
            format!("\"{text}\""),
            format!("{base64}="),
            format!("'{text}'"),
            percent,
            format!("<{text}>"),
            utf_16,
            format!("[{text}]"),
            format!("x'{hex}'"),
            format!("{text}\\n"),
            format!("{text}\n"),
        ];
        // A key that is no text, and what may be written for it.
        let binary = [&b"\xff\xfe"[..], &plain].concat();
        let written = [
            format!("fffe{hex}"),
            format!("FFFE{}", hex.to_uppercase()),
            format!("\\xff\\xfe{text}"),
            format!("%FF%FE{text}"),
            format!("\u{ff}\u{fe}{text}"),
        ];
        forms.into_iter().chain(written).map(Bytes::from).chain([binary.into()]).collect()
    })
    .await
}

/// Three bytes make four digits.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks_exact(3).flat_map(|three| {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]))
    });
    digits.collect()
}

/// Keys of all the kinds above, to be told apart where all are there at once.
pub(super) const CONFUSABLE: &[&str] = &[
    "key",
    "Key",
    "a",
    "aa",
    "a/b",
    "a//b",
    "a/",
    "./a",
    "..",
    "a%2Fb",
    "a b",
    "a+b",
    "caf\u{e9}",
    "cafe\u{301}",
    "a\0",
    "a\0b",
    "a ",
    "a\n",
    "abc",
    "cba",
    "1",
    "01",
];

/// Each of two neighbours in the list is missing while the other has a value, and with all of them there each has its own.
async fn told_apart<T: AsRef<[u8]>>(case: &Session, store: &Handle, tails: &[T]) -> Verdict {
    let beginnings: [&[u8]; 2] = [b"", b"2/"];
    let keys = |round: usize| tails.iter().map(|tail| case.key([beginnings[round], tail.as_ref()].concat())).collect();
    told_apart_both_ways(case, store, keys).await
}

/// The same for keys that have nothing before these.
async fn begin_differently(case: &Session, store: &Handle, heads: &[&str]) -> Verdict {
    if !case.has_time() {
        return Ok(());
    }
    let keys = |round| heads.iter().map(|head| case.key_beginning(&format!("{head}{round}"))).collect();
    told_apart_both_ways(case, store, keys).await
}

/// Each round with keys of its own, of which the first are there before the second, and then the other way round.
async fn told_apart_both_ways(case: &Session, store: &Handle, keys: impl Fn(usize) -> Vec<Bytes>) -> Verdict {
    for round in 0..2 {
        if round > 0 && !case.has_time() {
            break;
        }
        let mut known = HashSet::new();
        let is_new = |key: &Bytes| key.len() <= case.max_key_len() && known.insert(key.clone());
        let keys: Vec<_> = keys(round).into_iter().filter(is_new).collect();
        let half = |half| {
            let keys = keys.iter().skip(half).step_by(2);
            keys.map(|key| (key.clone(), case.value(16))).collect::<Vec<_>>()
        };
        let (early, late) = (half(round), half(1 - round));
        let absent: Vec<_> = late.iter().map(|(key, _)| key.clone()).collect();

        let early = &early[..case.put_all(store, &early).await?];
        case.expect_none(store, &absent).await?;
        let late = &late[..case.put_all(store, &late).await?];
        case.expect_all(store, &[early, late].concat()).await?;
    }
    Ok(())
}

/// A key that is the same in each run, with a value that is the same in each, so that runs beside each other agree.
fn by_its_name(name: &'static str) -> (Bytes, Bytes) {
    (text(name), format!("{name}'s").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }

    fn fnv_1a(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    }

    fn crc32c(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
        })
    }

    fn fnv_1(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0x811c_9dc5, |hash: u32, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte))
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is the hash")]
    fn fnv_1a_low(bytes: &[u8]) -> u32 {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, step) as u32
    }

    /// Without its end, which depends on the length alone where the rest agrees.
    fn murmur_3(bytes: &[u8]) -> u32 {
        bytes.chunks_exact(4).fold(0, |hash: u32, block| {
            let block = block.iter().rev().fold(0, |block: u32, byte| block << 8 | u32::from(*byte));
            let block = block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
            (hash ^ block).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
        })
    }

    fn one_at_a_time(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |hash: u32, byte| {
            let hash = hash.wrapping_add(u32::from(*byte));
            let hash = hash.wrapping_add(hash << 10);
            hash ^ (hash >> 6)
        })
    }

    fn sdbm(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |hash: u32, byte| hash.wrapping_mul(65_599).wrapping_add(u32::from(*byte)))
    }

    fn adler(bytes: &[u8]) -> u32 {
        let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
            let low = (low + u32::from(*byte)) % 65_521;
            (low, (high + low) % 65_521)
        });
        high << 16 | low
    }

    fn java(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add(u32::from(*byte)))
    }

    fn djb2(bytes: &[u8]) -> u32 {
        bytes.iter().fold(5_381, |hash: u32, byte| hash.wrapping_mul(33).wrapping_add(u32::from(*byte)))
    }

    fn sum(bytes: &[u8]) -> u32 {
        bytes.iter().copied().map(u32::from).sum()
    }

    #[test]
    fn the_known_collisions_collide_before_any_tail() {
        let hashes = [
            crc32,
            crc32c,
            fnv_1a,
            fnv_1a,
            fnv_1a_low,
            fnv_1,
            murmur_3,
            one_at_a_time,
            sdbm,
            adler,
            java,
            java,
            djb2,
            sum,
        ];
        assert_eq!(hashes.len(), COLLISIONS.len());
        for (pair, hash) in COLLISIONS.iter().zip(hashes) {
            let [one, other] = pair.map(|head| hash(format!("{head}0123456789abcdef/").as_bytes()));
            assert_eq!(one, other, "{pair:?}");
            assert_ne!(pair[0], pair[1]);
        }
    }
}
