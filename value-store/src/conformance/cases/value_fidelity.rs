//! A value comes back byte for byte.

use bytes::Bytes;

use super::key_identity::collisions;
use super::limits::filled;
use super::text;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn empty(case: &Session) -> Verdict {
    come_back(case, [Bytes::new()]).await
}

/// Puts all bytes in a row; then each byte at the beginning of a value, at the end, and alone.
pub(crate) async fn all_256_bytes(case: &Session) -> Verdict {
    let bytes: Vec<u8> = (0..=255).collect();
    let in_a_row = bytes.chunks(case.max_value_len().min(256)).map(Bytes::copy_from_slice);
    let each = bytes.iter().flat_map(|byte| [vec![*byte, b'v'], vec![b'v', *byte], vec![*byte]]).map(Bytes::from);
    come_back(case, in_a_row.chain(each)).await
}

pub(crate) async fn nul_and_line_ends(case: &Session) -> Verdict {
    come_back(
        case,
        [
            "a\0b",
            "\0a",
            "a\0",
            "\0",
            "a\nb",
            "a\r\nb",
            "a\rb",
            "\n",
            "a\n",
            "a\n\n",
            "a\0\0",
            "\r\n",
            "\x1a",
            "a\n\nb",
            "a\r\n\r\nb",
            "a\r\n.\r\nb",
            "a\n--b--\n",
        ]
        .map(text),
    )
    .await
}

pub(crate) async fn leading_and_trailing_space(case: &Session) -> Verdict {
    let spaces = [" a", "a ", " ", "\ta\t", "\na\n", "\u{a0}a\u{a0}", "\u{3000}a\u{3000}", "a  b", "\u{feff}a"];
    come_back(case, spaces.map(text)).await
}

pub(crate) async fn unicode_forms(case: &Session) -> Verdict {
    let composed_and_decomposed = ["caf\u{e9}", "cafe\u{301}", "\u{212b}", "\u{ac00}", "\u{1100}\u{1161}"];
    let folded = ["Stra\u{df}e", "\u{130}i\u{131}I", "\u{fb01}\u{ff21}", "\u{2460}\u{b2}", "\u{201c}\u{2013}"];
    let invisible = ["x\u{200d}", "x\u{200b}", "\u{ad}x", "\u{202e}x", "\u{fffe}", "\u{fffd}"];
    let far = ["\u{1f600}", "\u{10ffff}"];
    come_back(case, [&composed_and_decomposed[..], &folded, &invisible, &far].concat().into_iter().map(text)).await
}

pub(crate) async fn invalid_utf8(case: &Session) -> Verdict {
    let values: [&[u8]; 6] = [b"\xff\xfe\xfd", b"a\x80b", b"\xc3(", b"\xed\xa0\x80", b"\xf0\x9f\x92", b"caf\xe9"];
    come_back(case, values.map(Bytes::from_static)).await
}

/// Text in an encoding or an escape, which a store may decode.
const ENCODED: &[&str] = &[
    "aGVsbG8=",
    "aGVsbG8",
    "YWI",
    "68656c6c6f",
    "0x6869",
    "%41%42",
    "a+b",
    "\\u0041\\n",
    "&amp;&lt;",
    "''",
    "\"\"",
    "a\"b",
    "a\\b",
    "+ADw-",
    "${HOME}",
    "{{x}}",
    "%s%n",
    "<b/>",
    "data:,a",
    "b'a'",
    "=?utf-8?q?=41?=",
];

/// JSON, which a store may parse and write in another way.
const JSON: &[&str] = &[
    "\"json\"",
    "{\"a\":1, \"a\":2}",
    "{ \"b\" : 1 }",
    "{\"b\":1,\"a\":2}",
    "[1, 2]",
    " [1]",
    "null",
    "1e3",
    "1.0",
    "-0",
    "007",
    "1e400",
    "true",
    "18446744073709551616",
    "\"\\u00e9\"",
];

/// Compressed data, which a store may unpack.
const COMPRESSED: &[&[u8]] = &[
    b"\x1f\x8b\x08\0\0\0\0\0\0\x03", // the beginning of a gzip stream
    b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\xcbH\xcd\xc9\xc9\x07\0\x86\xa6\x106\x05\0\0\0", // a gzip stream of "hello"
    b"x\x9c\xcbH\xcd\xc9\xc9\x07\0\x06,\x02\x15", // a zlib stream of "hello"
    b"\x28\xb5\x2f\xfd",             // the beginning of a zstd frame
    b"\x04\x22\x4d\x18",             // the beginning of an LZ4 frame
    b"BZh9",                         // the beginning of a bzip2 stream
];

pub(crate) async fn looks_encoded(case: &Session) -> Verdict {
    let texts = ENCODED.iter().chain(JSON).map(|value| value.as_bytes());
    come_back(case, texts.chain(COMPRESSED.iter().copied()).map(Bytes::from_static)).await
}

/// What some stores write in place of a value that is missing or was deleted.
pub(crate) async fn sentinels(case: &Session) -> Verdict {
    let words = [
        "null",
        "NULL",
        "nil",
        "None",
        "undefined",
        "NaN",
        "false",
        "0",
        "-1",
        "{}",
        "[]",
        "\"\"",
        "deleted",
        "DELETED",
        "TOMBSTONE",
        "tombstone",
        "__deleted__",
        "__tombstone__",
        "NotFound",
        "not found",
        "404",
        "error",
        "ERROR",
        "OK",
        "EOF",
        "(nil)",
        "$-1\r\n",
        "END\r\n",
        "~",
        "\\N",
        "<null>",
        "<deleted>",
        "<nil>",
        "[object Object]",
        "{\"deleted\":true}",
        "{\"$ref\":\"#\"}",
        "__null__",
        "__empty__",
        "__none__",
        "EMPTY",
        "expired",
        "\0deleted",
        "\x7fELF",
        "\x04",
        "\n\0",
        "-inf",
        "-0",
    ];
    let numbers = [1, 2, 3, 4, 6, 8, 12, 16, 20, 24, 32, 64]
        .into_iter()
        .flat_map(|length| [0, 1, 0x7f, 0x80, 0xff].map(|byte| vec![byte; length]));
    come_back(case, words.map(text).into_iter().chain(numbers.map(Bytes::from))).await
}

/// Puts keys as values: a key as its own value, with something behind or before it, and a key as the value of another, both before and after that key has a
/// value.
pub(crate) async fn a_key_as_a_value(case: &Session) -> Verdict {
    let [own, target, to_target, to_later, later] = ["own", "target", "t", "l", "later"].map(|tail| case.key(tail));
    let behind = |key: &Bytes, part: &str| Bytes::from([key, part.as_bytes()].concat());
    let [begins, line, pair, ends] = ["b", "line", "pair", "e"].map(|tail| case.key(tail));
    let entries = [
        (begins.clone(), behind(&begins, "value")),
        (line.clone(), behind(&line, ":value")),
        (pair.clone(), behind(&pair, "=value")),
        (ends.clone(), Bytes::from([b"value", &ends[..]].concat())),
        (own.clone(), own),
        (target.clone(), text("value")),
        (to_target, target),
        (to_later, later.clone()),
        (later, text("later")),
    ];
    // Where keys may be longer than values, the beginning of the key has to do.
    let fitting = entries.map(|(key, value)| (key, value.slice(..value.len().min(case.max_value_len()))));
    let store = case.open().await?;
    for (key, value) in &fitting {
        store.put(key, value).await?;
    }
    case.expect_all(&store, &fitting).await
}

pub(crate) async fn lengths_around_powers(case: &Session) -> Verdict {
    let powers = [1, 128, 256, 512, 1_024, 4_096, 8_192, 12_288, 16_384, 32_768, 65_536, 131_072, 262_144];
    let around = powers.into_iter().flat_map(|power| [power - 1, power, power + 1]);
    let lengths = around.filter(|length| *length > 0);
    // And lengths around the size of a packet, and round numbers.
    let others = [
        3, 5, 11, 100, 250, 1_000, 1_199, 1_200, 1_399, 1_400, 10_000, 65_507, 65_508, 100_000, 500_000, 786_432,
        1_000_000,
    ];
    come_back(case, lengths.chain(others).map(|length| case.bytes(length))).await
}

/// One or two bytes that repeat, up to lengths that one or two bytes cannot count.
pub(crate) async fn repetitive(case: &Session) -> Verdict {
    let lengths = [2, 3, 127, 128, 129, 255, 256, 257, 4_096, 65_535, 65_536, 65_537, 1 << 18];
    let runs = lengths.into_iter().flat_map(|length| {
        let length = length.min(case.max_value_len());
        [&b"\0"[..], b"a", b"\xff", b"ab"].map(|part| filled(part, length))
    });
    come_back(case, runs).await
}

/// No two blocks of random bytes are alike, so blocks that are lost, doubled or out of order show.
pub(crate) async fn one_mebibyte_patterned(case: &Session) -> Verdict {
    let of = |tail, length| (case.key(tail), case.bytes(length));
    let entries = [of("k", 1 << 20), of("longer", (1 << 20) + 1)];
    let store = case.open().await?;
    let put = case.put_all(&store, &entries).await?;
    // The second get may be answered by a cache that the first has filled.
    for _ in 0..2 {
        case.expect_all(&store, &entries[..put]).await?;
    }
    Ok(())
}

/// Values that have the same weak hash, and values that begin or end alike.
pub(crate) async fn same_length_values_kept_apart(case: &Session) -> Verdict {
    let of = |byte| Bytes::from(vec![byte; case.max_value_len().min(4_096)]);
    let changed = |place: usize| {
        let mut value = of(0).to_vec();
        value[place] = 1;
        Bytes::from(value)
    };
    let colliding = collisions().map(|pair| pair.map(text));
    let alike = [[of(0), of(1)], [of(2), changed(0)], [changed(of(0).len() / 2), changed(of(0).len() - 1)]];
    let entries = colliding.chain(alike).enumerate().flat_map(|(number, values)| {
        let mut value = 0;
        values.map(|bytes| {
            value += 1;
            (case.key(format!("p{number}v{value}")), bytes)
        })
    });
    let entries: Vec<_> = entries.collect();
    let store = case.open().await?;
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await?;

    // Puts the second value of each pair over the first.
    let (first, second): (Vec<_>, Vec<_>) =
        entries[..put / 2 * 2].chunks_exact(2).map(|pair| (&pair[0], &pair[1])).unzip();
    let over: Vec<_> =
        first.into_iter().zip(second).map(|((key, _), (_, value))| (key.clone(), value.clone())).collect();
    let put = case.put_all(&store, &over).await?;
    case.expect_all(&store, &over[..put]).await
}

pub(crate) async fn equal_values_change_apart(case: &Session) -> Verdict {
    let [one, other, third] = ["one", "other", "third"].map(|tail| case.key(tail));
    let store = case.open().await?;
    for value in [case.value(16), case.value(4_096)] {
        for key in [&one, &other, &third] {
            store.put(key, &value).await?;
        }
        store.put(&one, &text("changed")).await?;
        store.expect(&other, &value).await?;
        store.put(&third, &text("changedtoo")).await?;
        store.expect(&other, &value).await?;
        store.put(&one, &value).await?;
        store.expect(&one, &value).await?;
        store.expect(&other, &value).await?;
        store.expect(&third, &text("changedtoo")).await?;
    }
    Ok(())
}

/// Puts each value to its own key, and expects it back. Values that are longer than the limit of the store are left
/// out.
async fn come_back(case: &Session, values: impl IntoIterator<Item = Bytes>) -> Verdict {
    let store = case.open().await?;
    let fitting = values.into_iter().filter(|value| value.len() <= case.max_value_len());
    let entries: Vec<_> = fitting.enumerate().map(|(number, value)| (case.key(format!("v{number}")), value)).collect();
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}
