//! Keys are bytes, and two are the same only if every byte is.

use bytes::Bytes;

use super::text;
use crate::conformance::failure::Verdict;
use crate::conformance::session::{Handle, Session};

pub(crate) async fn letter_case(case: &Session) -> Verdict {
    told_apart(case, &["key", "Key", "KEY", "straße", "STRASSE", "ı", "i", "İ"]).await
}

pub(crate) async fn common_prefix(case: &Session) -> Verdict {
    // Both ways: the prefix put first, and put last.
    told_apart(case, &["", "a", "aa", "aaa", "aab", "b", "zzz", "zz", "z"]).await
}

pub(crate) async fn slashes_literal(case: &Session) -> Verdict {
    told_apart(case, &["a/b", "a//b", "/a/b", "a/b/", "a\\b", "a", "a/", "/"]).await
}

pub(crate) async fn dot_segments_literal(case: &Session) -> Verdict {
    told_apart(case, &["a", "./a", "b/../a", "a/.", "a/..", ".", "..", "../a"]).await
}

pub(crate) async fn percent_literal(case: &Session) -> Verdict {
    told_apart(case, &["a/b", "a%2Fb", "a%2fb", "a%252Fb", "%", "%%", "a b", "a+b", "a%20b"]).await
}

pub(crate) async fn unicode_forms(case: &Session) -> Verdict {
    let composed_and_decomposed = ["caf\u{e9}", "cafe\u{301}"];
    // A ligature, a full-width letter and the Kelvin sign, each before what it folds to.
    let folded = ["\u{fb01}", "fi", "\u{ff21}", "A", "\u{212a}", "K"];
    // A byte order mark and a zero-width joiner.
    let invisible = ["x", "\u{feff}x", "x\u{200d}"];
    told_apart(case, &[&composed_and_decomposed[..], &folded, &invisible].concat()).await
}

pub(crate) async fn nul_inside(case: &Session) -> Verdict {
    told_apart(case, &["a", "a\0", "a\0b", "a\0c", "\0a", "\0", "\0\0"]).await
}

pub(crate) async fn trailing_space_and_newline(case: &Session) -> Verdict {
    let store = case.open().await?;
    let ends = ["a", "a ", "a  ", "a\n", "a\r\n", "a\t", "a\u{a0}"].map(|tail| case.key(tail));
    each_its_own(case, &store, &ends).await?;
    let beginnings = ["", " ", "\n", "\t"].map(|head| case.key_beginning(head));
    each_its_own(case, &store, &beginnings).await
}

pub(crate) async fn non_utf8(case: &Session) -> Verdict {
    let replaced_alike: [&[u8]; 8] = [
        b"\xff",
        b"\xfe",
        b"\xff\xff",
        b"\xc3",
        b"\x80",
        "\u{fffd}".as_bytes(),
        b"\xed\xa0\x80", // an unpaired surrogate
        b"\xe9",         // é in Latin-1
    ];
    told_apart(case, &replaced_alike).await
}

pub(crate) async fn empty_key(case: &Session) -> Verdict {
    let (empty, other) = (Bytes::new(), case.key(""));
    let (first, second) = (case.value(24), case.value(24));
    let store = case.open().await?;
    store.put(&empty, &first).await?;
    store.put(&other, &second).await?;
    store.expect(&empty, &first).await?;
    store.expect(&other, &second).await?;
    store.put(&empty, &second).await?;
    store.expect(&empty, &second).await
}

pub(crate) async fn reversed_bytes(case: &Session) -> Verdict {
    told_apart(case, &["abc", "cba", "bac", "\x01\x02", "\x02\x01"]).await
}

pub(crate) async fn leading_zeros(case: &Session) -> Verdict {
    told_apart(case, &["1", "01", "001", "1.0", "+1", "0x1", "1e0", "0", "00", "-0", ""]).await
}

pub(crate) async fn long_keys_differ_at_the_end(case: &Session) -> Verdict {
    let store = case.open().await?;
    for length in [32, 64, 128, 255, 256, 1_024, case.max_key_len()] {
        if length <= case.max_key_len().min(1_024) {
            differ_at_the_end(case, &store, length).await?;
        }
    }
    Ok(())
}

/// Past what a length of 16 bits can say, and past where keys may be cut. A store that has a limit declares it.
pub(crate) async fn very_long_keys_differ_at_the_end(case: &Session) -> Verdict {
    let store = case.open().await?;
    for length in [2_049, 4_097, 32_769, 70_000] {
        differ_at_the_end(case, &store, length.min(case.max_key_len())).await?;
    }
    Ok(())
}

async fn differ_at_the_end(case: &Session, store: &Handle, length: usize) -> Verdict {
    let key = |last| {
        let mut key = case.key("").to_vec();
        key.resize(length, b'.');
        key[length - 1] = last;
        Bytes::from(key)
    };
    let (a, b, never) = (key(b'a'), key(b'b'), key(b'c'));
    store.put(&a, &text("ends in a")).await?;
    store.put(&b, &text("ends in b")).await?;
    store.expect(&a, &text("ends in a")).await?;
    store.expect(&b, &text("ends in b")).await?;
    store.expect_missing(&never).await
}

/// Pairs of keys with the same hash. What makes a key fresh comes after them, and hashes that go through the bytes in order
/// still agree when the same bytes follow.
const COLLISIONS: &[[&str; 2]] = &[
    ["plumless", "buckeroo"],   // CRC-32
    ["costarring", "liquid"],   // FNV-1a with 32 bits
    ["declinate", "macallums"], // FNV-1a with 32 bits
    ["Aa", "BB"],               // Java's String.hashCode, and any other that multiplies by 31
    ["AaAaBB", "BBBBAa"],
    ["Ab", "BA"], // djb2, and any other that multiplies by 33
    ["cd", "dc"], // the sum of the bytes, and their exclusive or
];

pub(crate) async fn weak_hash_collisions(case: &Session) -> Verdict {
    let store = case.open().await?;
    for pair in COLLISIONS {
        each_its_own(case, &store, &pair.map(|head| case.key_beginning(head))).await?;
    }
    // Among so many keys, about eight pairs share a 16-bit hash, whatever hash it is.
    let entries: Vec<_> = (0..1_024).map(|_| (case.key(case.value(6)), case.value(16))).collect();
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(crate) async fn separator_confusion(case: &Session) -> Verdict {
    let store = case.open().await?;
    for separator in [":", "=", " ", "\t", "\n", ",", ";", "|", "/", "->"] {
        let long = (case.key(format!("a{separator}b")), Bytes::from("c"));
        let short = (case.key("a"), Bytes::from(format!("b{separator}c")));
        for (key, value) in [&long, &short] {
            store.put(key, value).await?;
        }
        for (key, value) in [&long, &short] {
            store.expect(key, value).await?;
        }
    }
    Ok(())
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

async fn told_apart<T: AsRef<[u8]>>(case: &Session, tails: &[T]) -> Verdict {
    let store = case.open().await?;
    let keys: Vec<_> = tails.iter().map(|tail| case.key(tail)).collect();
    each_its_own(case, &store, &keys).await
}

/// Each key is missing until it is put, and has its own value when all are.
async fn each_its_own(case: &Session, store: &Handle, keys: &[Bytes]) -> Verdict {
    let entries: Vec<_> = keys.iter().map(|key| (key, case.value(16))).collect();
    let mut put = 0;
    for (key, value) in &entries {
        store.expect_missing(key).await?;
        store.put(key, value).await?;
        put += 1;
        if !case.has_time() {
            break;
        }
    }
    for (key, value) in &entries[..put] {
        store.expect(key, value).await?;
    }
    Ok(())
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
        let hashes = [crc32, fnv_1a, fnv_1a, java, java, djb2, sum];
        assert_eq!(hashes.len(), COLLISIONS.len());
        for (pair, hash) in COLLISIONS.iter().zip(hashes) {
            let [one, other] = pair.map(|head| hash(format!("{head}0123456789abcdef/").as_bytes()));
            assert_eq!(one, other, "{pair:?}");
            assert_ne!(pair[0], pair[1]);
        }
    }
}
