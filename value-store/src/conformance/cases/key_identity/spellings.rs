//! Keys that are spelt almost alike, so that a store may take one for another.

use bytes::Bytes;

use super::super::text;
use super::told_apart::{
    begin_differently, hexadecimal, told_apart, told_apart_both_ways, whole, whole_keys_told_apart,
};
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn letter_case(case: &Session) -> Verdict {
    let store = case.open().await?;
    let ascii = ["key", "Key", "KEY", "kEY"];
    // Letters that case folding makes equal, in every language or only in some.
    let others = [
        "straße", "STRASSE", "strasse", "straẞe", "ı", "i", "İ", "I", "i\u{307}", "σ", "Σ", "ς", "é", "É", "ǆ", "ǅ",
        "Ǆ", "ß", "ss", "ẞ", "ж", "Ж",
    ];
    told_apart(case, &store, &[&ascii[..], &others].concat()).await
}

pub(crate) async fn common_prefix(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &["", "a", "aa", "aaa", "aab", "b", "zzz", "zz", "z"]).await?;
    // A tree of keys keeps what these have in common once. Each branch has letters of its own at each place.
    let long = "long".repeat(50);
    let branches = (0..64).map(|number| {
        let turns = (0..6).map(|depth| char::from(b"abcdefghijkl"[depth * 2 + (number >> depth & 1)]));
        format!("{}{}", &long[..long.len() - number % 7], turns.collect::<String>())
    });
    told_apart(case, &store, &branches.collect::<Vec<_>>()).await
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
    let malformed = ["%2", "%zz", "zz", "a%2", "a%u0061", "%25%32%46", "a%25252Fb", "..%2Fa", "%2e%2e%2fa", "%c0%af"];
    let space = ["a b", "a+b", "a%20b", "a%2Bb"];
    told_apart(case, &store, &[&percent[..], &malformed, &space].concat()).await
}

pub(crate) async fn unicode_forms(case: &Session) -> Verdict {
    let store = case.open().await?;
    let composed_and_decomposed = ["caf\u{e9}", "cafe\u{301}", "\u{212b}", "\u{c5}", "\u{ac00}", "\u{1100}\u{1161}"];
    // The same marks in another order, and a character that is composed of three.
    let marks = ["a\u{323}\u{307}", "a\u{307}\u{323}", "\u{1ea5}", "a\u{302}\u{301}", "\u{e2}\u{301}"];
    // A ligature, a full-width letter, the Kelvin sign, the long s, a circled and a raised digit, each followed by what
    // it folds to.
    let folded = ["\u{fb01}", "fi", "\u{ff21}", "A", "\u{212a}", "K", "\u{17f}", "s", "\u{2460}", "1", "\u{b2}", "2"];
    // Digits of other scripts, a half-width letter, and letters and a slash that are as wide as others.
    let digits = ["\u{661}", "1", "\u{967}", "\u{ff11}", "\u{ff76}", "\u{30ab}", "a\u{ff0f}b", "a/b", "a\u{2044}b"];
    // A letter with and without its accent, and curly quotes and dashes beside the plain ones.
    let plain = ["e", "\u{e9}", "\"", "\u{201c}", "-", "\u{2013}"];
    // A byte order mark, a zero-width joiner, a zero-width space, a soft hyphen and a variation selector.
    let invisible = ["x", "\u{feff}x", "x\u{200d}", "x\u{200b}", "\u{ad}x", "x\u{fe0f}", "x\u{200c}", "\u{200e}x"];
    // Characters outside the first 65,536. UTF-16 and some databases need twice the space for them.
    let far = ["\u{1f600}", "\u{1f601}", "?"];
    // A Cyrillic letter, the Latin letter that looks like it, and a character that reverses the direction of text.
    let alike = ["\u{43e}", "o", "\u{202e}o"];
    told_apart(
        case,
        &store,
        &[&composed_and_decomposed[..], &marks, &folded, &digits, &plain, &invisible, &far, &alike].concat(),
    )
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
    let replaced_alike: [&[u8]; 21] = [
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
        b"\xed\xa0\xbd\xed\xb8\x80", // two surrogates, as UTF-16 has them
        "\u{1f600}".as_bytes(),      // the character that they stand for
        b"\xc1\xa1",                 // an overlong encoding of `a`
        b"a",
        b"\xe0\x80\xaf", // two overlong encodings of a slash
        b"/",
        b"\xc0\xaf",
        b"\xf4\x90\x80\x80", // more than the last character
    ];
    told_apart(case, &store, &replaced_alike).await?;
    // The ends of the ranges in which a store may look for keys that begin alike.
    let bounds: [&[u8]; 10] =
        [b"k", b"k\0", b"k\xff", b"l", b"k\xff\xff", b"\xff", b"\xff\xff", b"k\xff\0", b"j\xff", b"\xff\xff\xff"];
    told_apart(case, &store, &bounds).await?;
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

/// Numbers and other words that are equal, or next to each other, to a program that reads them.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "+0",
    "00",
    "0.0",
    "0e0",
    "false",
    "1",
    "1.0",
    "01",
    "true",
    "True",
    "1.",
    "1e3",
    "1000",
    "1_000",
    "1,000",
    "1E3",
    "1000.0",
    "16",
    "0x10",
    "020",
    "0o20",
    "0b10000",
    "2147483647",
    "-2147483649",
    "2147483648",
    "4294967295",
    "-1",
    "4294967296",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "NaN",
    "nan",
    "inf",
    "Infinity",
    "1e400",
    "2020-01-02",
    "2020-1-2",
    "2020-01-02T00:00:00Z",
    "2020-01-02T00:00:00+00:00",
    "1577923200",
];

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
            // As numbers of 32 and 64 bits, these are the number itself.
            format!("{}", number + (1 << 32)),
            format!("{}", u128::from(number) + (1 << 64)),
        ];
        forms.into_iter().map(Bytes::from).collect()
    })
    .await?;
    whole_keys_told_apart(case, &NUMBERS.iter().copied().map(text).collect::<Vec<_>>()).await
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
        let utf_16: String = text.chars().flat_map(|letter| [letter, '\0']).collect();
        let base64 = in_digits(&plain, b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 0);
        let base32 = in_digits(&plain, b"abcdefghijklmnopqrstuvwxyz234567", 2);
        let base58 = in_digits(&plain, b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz", 0);
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
            utf_16,
            format!("[{text}]"),
            format!("x'{hex}'"),
            format!("{text}\\n"),
            format!("{text}\n"),
            base58.clone(),
            base32.to_uppercase(),
            base32.clone(),
            // With the letters by which a multibase names the encoding, and the number of bytes in front.
            format!("f{hex}"),
            format!("z{base58}"),
            format!("b{base32}"),
            format!("m{base64}"),
            format!("u{base64}"),
            format!("\u{6}{text}"),
            format!("\0\0\0\u{6}{text}"),
            format!("\u{6}\0\0\0{text}"),
            format!("6:{text}"),
            format!("b'{text}'"),
            format!("b\"{text}\""),
            format!("{text}\0"),
            format!("({text})"),
        ];
        forms.into_iter().map(Bytes::from).collect()
    })
    .await
}

/// The number that the bytes are, followed by this many zero bits, in these digits.
fn in_digits(bytes: &[u8], digits: &[u8], zero_bits: u32) -> String {
    let mut number = bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)) << zero_bits;
    let mut text = String::new();
    while number > 0 {
        let digit = usize::try_from(number % digits.len() as u128).expect("it is less than the length");
        text.insert(0, char::from(digits[digit]));
        number /= digits.len() as u128;
    }
    text
}
