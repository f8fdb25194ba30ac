//! A value comes back byte for byte.

use bytes::Bytes;

use super::text;
use crate::conformance::failure::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn empty(case: &Session) -> Verdict {
    come_back(case, [Bytes::new()]).await
}

pub(crate) async fn all_256_bytes(case: &Session) -> Verdict {
    let bytes: Vec<u8> = (0..=255).collect();
    let pieces = bytes.chunks(case.max_value_len().min(256));
    come_back(case, pieces.map(Bytes::copy_from_slice)).await
}

pub(crate) async fn nul_and_line_ends(case: &Session) -> Verdict {
    come_back(case, ["a\0b", "\0a", "a\0", "\0", "a\nb", "a\r\nb", "a\rb", "\n", "a\n", "\x1a"].map(text)).await
}

pub(crate) async fn leading_and_trailing_space(case: &Session) -> Verdict {
    come_back(case, [" a", "a ", " ", "\ta\t", "\na\n", "\u{a0}a\u{a0}", "\u{feff}a"].map(text)).await
}

pub(crate) async fn invalid_utf8(case: &Session) -> Verdict {
    let values: [&[u8]; 6] = [b"\xff\xfe\xfd", b"a\x80b", b"\xc3(", b"\xed\xa0\x80", b"\xf0\x9f\x92", b"caf\xe9"];
    come_back(case, values.map(Bytes::from_static)).await
}

pub(crate) async fn looks_encoded(case: &Session) -> Verdict {
    let values: [&[u8]; 12] = [
        b"aGVsbG8=",
        b"68656c6c6f",
        b"0x6869",
        b"%41%42",
        b"\"json\"",
        b"{\"a\":1, \"a\":2}",
        b"null",
        b"1e3",
        b"\\u0041\\n",
        b"&amp;&lt;",
        b"\x1f\x8b\x08\0\0\0\0\0\0\x03", // the beginning of a gzip stream
        b"\x28\xb5\x2f\xfd",             // the beginning of a zstd stream
    ];
    come_back(case, values.map(Bytes::from_static)).await
}

pub(crate) async fn lengths_around_powers(case: &Session) -> Verdict {
    let powers = [1, 128, 256, 512, 1_024, 4_096, 16_384, 32_768, 65_536];
    let lengths = powers.into_iter().flat_map(|power| [power - 1, power, power + 1]);
    come_back(case, lengths.map(|length| case.bytes(length))).await
}

/// Random bytes repeat nowhere, so blocks that are lost, doubled or out of order show.
pub(crate) async fn one_mebibyte_patterned(case: &Session) -> Verdict {
    come_back(case, [case.bytes(1 << 20), case.bytes((1 << 20) + 1)]).await
}

/// The second of each pair has the weak hash of the first, as keys that collide have.
pub(crate) async fn same_length_values_kept_apart(case: &Session) -> Verdict {
    let of = |byte| Bytes::from(vec![byte; case.max_value_len().min(4_096)]);
    let pairs = [[text("plumless"), text("buckeroo")], [text("AaAaBB"), text("BBBBAa")], [of(0), of(1)]];
    let store = case.open().await?;
    for (number, values) in pairs.iter().enumerate() {
        let keys = [0, 1].map(|value| case.key(format!("p{number}v{value}")));
        let both = case.key(format!("p{number}"));
        for (key, value) in keys.iter().zip(values) {
            store.put(key, value).await?;
            store.put(&both, value).await?;
            store.expect(&both, value).await?;
        }
        for (key, value) in keys.iter().zip(values) {
            store.expect(key, value).await?;
        }
    }
    Ok(())
}

/// Each value under a key of its own.
async fn come_back(case: &Session, values: impl IntoIterator<Item = Bytes>) -> Verdict {
    let store = case.open().await?;
    let entries = values.into_iter().enumerate().map(|(number, value)| (case.key(format!("v{number}")), value));
    let entries: Vec<_> = entries.collect();
    let mut put = 0;
    for (key, value) in &entries {
        store.put(key, value).await?;
        store.expect(key, value).await?;
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
