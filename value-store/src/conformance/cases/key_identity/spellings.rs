//! Keys that are spelt almost alike, so that a store may take one for another.

use bytes::Bytes;

use super::told_apart::{begin_differently, hexadecimal, told_apart, told_apart_both_ways, whole};
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn letter_case(case: &Session) -> Verdict {
    let store = case.open().await?;
    let ascii = ["key", "Key", "KEY", "kEY"];
    // Letters that case folding makes equal, in every language or only in some.
    let others = ["straße", "STRASSE", "strasse", "ı", "i", "İ", "I", "σ", "Σ", "ς", "é", "É"];
    told_apart(case, &store, &[&ascii[..], &others].concat()).await
}

pub(crate) async fn common_prefix(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["", "a", "aa", "aaa", "aab", "b", "zzz", "zz", "z"]).await
}

pub(crate) async fn slashes_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["/a/b", "/a//b", "//a/b", "/a/b/", "/a\\b", "/a\\\\b", "/a", "/a/", "/", "", "//"])
        .await?;
    begin_differently(case, &store, &["", "/", "//", "\\", "a/", "/a/", "/b/", "C:/"]).await?;
    // Namespaces and schemes that a store may strip.
    let spaces = ["", "/ipns/", "/ipfs/", "/pk/", "/p2p/", "/kv/", "http://", "file:///"];
    begin_differently(case, &store, &spaces).await?;
    whole(case, &store, &["/", "//", "\\"]).await
}

pub(crate) async fn dot_segments_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    let segments =
        ["/a", "/./a", "/b/../a", "/a/.", "/a/..", "/.", "/", "/..", "/../a", "/x/../../a", "/.\\a", "", "."];
    told_apart(case, &store, &segments).await?;
    begin_differently(case, &store, &["", "./", "../", ".", "a/../", "..\\"]).await?;
    whole(case, &store, &[".", "..", "..."]).await
}

pub(crate) async fn percent_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    let percent = ["a/b", "a%2Fb", "a%2fb", "a%252Fb", "%", "%%", "%25", "c", "%63", "c%00", "c%"];
    let space = ["a b", "a+b", "a%20b", "a%2Bb"];
    told_apart(case, &store, &[&percent[..], &space].concat()).await
}

pub(crate) async fn unicode_forms(case: &Session) -> Verdict {
    let store = case.open().await?;
    let composed_and_decomposed = ["caf\u{e9}", "cafe\u{301}", "\u{212b}", "\u{c5}", "\u{ac00}", "\u{1100}\u{1161}"];
    // A ligature, a full-width letter, the Kelvin sign, the long s, a circled and a raised digit, each followed by what
    // it folds to.
    let folded = ["\u{fb01}", "fi", "\u{ff21}", "A", "\u{212a}", "K", "\u{17f}", "s", "\u{2460}", "1", "\u{b2}", "2"];
    // A letter with and without its accent, and curly quotes and dashes beside the plain ones.
    let plain = ["e", "\u{e9}", "\"", "\u{201c}", "-", "\u{2013}"];
    // A byte order mark, a zero-width joiner, a zero-width space, a soft hyphen and a variation selector.
    let invisible = ["x", "\u{feff}x", "x\u{200d}", "x\u{200b}", "\u{ad}x", "x\u{fe0f}"];
    // Characters outside the first 65,536. UTF-16 and some databases need twice the space for them.
    let far = ["\u{1f600}", "\u{1f601}", "?"];
    // A Cyrillic letter, the Latin letter that looks like it, and a character that reverses the direction of text.
    let alike = ["\u{43e}", "o", "\u{202e}o"];
    told_apart(case, &store, &[&composed_and_decomposed[..], &folded, &plain, &invisible, &far, &alike].concat())
        .await?;
    begin_differently(case, &store, &["", "\u{feff}", "\u{200b}", "\u{202e}"]).await
}

pub(crate) async fn nul_inside(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["a", "a\0", "a\0\0", "a\0b", "a\0c", "\0a", "\0", "\0\0", "", "a\x7f", "ab", "a\0b\0"])
        .await?;
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
        b"\xc0\x80", // an overlong encoding of NUL
        b"\0",
        b"?",
    ];
    told_apart(case, &store, &replaced_alike).await?;
    // Texts that a store may write for such a key.
    told_apart_both_ways(case, &store, || {
        let plain = case.value(6);
        let (text, hex) = (String::from_utf8_lossy(&plain), hexadecimal(&plain));
        let written = [
            format!("fffe{hex}"),
            format!("FFFE{}", hex.to_uppercase()),
            format!("\\xff\\xfe{text}"),
            format!("%FF%FE{text}"),
            format!("\u{ff}\u{fe}{text}"),
        ];
        written.into_iter().map(Bytes::from).chain([[&b"\xff\xfe"[..], &plain].concat().into()]).collect()
    })
    .await
}

pub(crate) async fn reversed_bytes(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["abc", "cba", "bac", "\x01\x02", "\x02\x01"]).await
}

/// The numbers are first the ends of keys, and then whole keys.
pub(crate) async fn leading_zeros(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["1", "01", "001", "1.0", "+1", "0x1", "1e0", "0", "00", "-0", ""]).await?;
    told_apart_both_ways(case, &store, || {
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
            // As 64-bit floats, these two are equal.
            format!("{number}00000000"),
            format!("{number}00000001"),
        ];
        forms.into_iter().map(Bytes::from).collect()
    })
    .await
}

pub(crate) async fn separator_confusion(case: &Session) -> Verdict {
    let store = case.open().await?;
    let separators = [
        "", ":", "::", ": ", "=", " ", "\t", "\n", "\r\n", ",", ";", "|", "->", "\0", "\x1f", "\"", "'", "&", "#", "?",
        "@", "!", "$", "-", "_", ".", "\\",
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

/// A key and forms of it: encoded, quoted, or in brackets. A store that decodes its keys, or encodes only some of them,
/// takes two of these for one.
pub(crate) async fn encodings_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart_both_ways(case, &store, || {
        let plain = case.value(6);
        let (text, hex) = (String::from_utf8_lossy(&plain), hexadecimal(&plain));
        let percent = plain.iter().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let base64 = base64(&plain);
        let forms = [
            hex.to_uppercase(),
            hex.clone(),
            text.to_string(),
            format!("0x{hex}"),
            format!("{text}="),
            base64.clone(),
            format!("\"{text}\""),
            format!("{base64}="),
            format!("'{text}'"),
            percent,
            format!("<{text}>"),
            format!("[{text}]"),
            format!("x'{hex}'"),
            format!("{text}\\n"),
            format!("{text}\n"),
        ];
        forms.into_iter().map(Bytes::from).collect()
    })
    .await
}

/// Encodes each three bytes as four digits. The length has to be a multiple of three, since there is no padding.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = bytes.chunks_exact(3).flat_map(|three| {
        let bits = three.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        [18, 12, 6, 0].map(|shift| char::from(DIGITS[bits >> shift & 63]))
    });
    digits.collect()
}
