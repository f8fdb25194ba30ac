//! How a report shows keys and values: short ones in full, long ones by their length, and two that differ from the
//! place where they differ.

use std::fmt::{self, Write};

use super::texts::without_middle;
use crate::conformance::session::prefix;

/// A value: its length, with its text if that is short and printable.
pub(super) fn value(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "the empty value".to_owned();
    }
    match text(bytes) {
        Some(text) => format!("\"{text}\" ({} B)", bytes.len()),
        None => format!("{} B", bytes.len()),
    }
}

fn text(bytes: &[u8]) -> Option<String> {
    const LONGEST: usize = 24;
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.len() <= LONGEST)?;
    let is_shown = |char: char| !char.is_control() || "\0\t\n\r".contains(char);
    text.chars().all(is_shown).then(|| text.escape_debug().to_string())
}

/// A key: its random prefix cut short, the rest with escapes, and its length.
pub(super) fn key(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    let shown = match prefix::split(bytes) {
        Some((prefix, tail)) => format!("{}…{}", prefix[..4].escape_ascii(), tail.escape_ascii()),
        None => bytes.escape_ascii().to_string(),
    };
    let shown = without_middle(&shown, LONGEST);
    let shown = if shown.is_empty() { "the empty key" } else { &shown };
    format!("{shown} ({} B)", bytes.len())
}

const ROW: usize = 16;
const ROWS: usize = 3;

/// Says where two values first differ, and shows both from there on, in hexadecimal.
pub(super) fn write_difference(formatter: &mut impl Write, expected: &[u8], got: &[u8]) -> fmt::Result {
    let first = expected.iter().zip(got).take_while(|(expected, got)| expected == got).count();
    let agreement = match first {
        0 => "no byte agrees:".to_owned(),
        1 => "the first byte agrees, then:".to_owned(),
        _ => format!("the first {first} bytes agree, then:"),
    };
    writeln!(formatter, "  expected {}, got {}; {agreement}", value(expected), value(got))?;
    let start = first / ROW * ROW;
    write_window(formatter, "expected", expected, start)?;
    write_window(formatter, "got", got, start)
}

fn write_window(formatter: &mut impl Write, name: &str, bytes: &[u8], start: usize) -> fmt::Result {
    if bytes.len() <= start {
        return writeln!(formatter, "    {name:8} {start:08x}  ends here");
    }
    for (number, row) in bytes[start..].chunks(ROW).take(ROWS).enumerate() {
        let hex = row.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x} ");
            hex
        });
        let text: String =
            row.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' }).collect();
        let (name, offset) = (if number == 0 { name } else { "" }, start + number * ROW);
        writeln!(formatter, "    {name:8} {offset:08x}  {hex:48} {text}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_text_is_shown_and_everything_else_counted() {
        assert_eq!(value(b"old"), "\"old\" (3 B)");
        assert_eq!(value(b""), "the empty value");
        assert_eq!(value(b"a\0b"), r#""a\0b" (3 B)"#);
        assert_eq!(value(b"\x01"), "1 B");
        assert_eq!(value(b"\xff"), "1 B");
        assert_eq!(value(&[b'a'; 25]), "25 B");
    }

    #[test]
    fn a_key_is_shown_without_most_of_its_prefix() {
        assert_eq!(key(b"a9f3a9f3a9f3k\0"), "a9f3…k\\x00 (14 B)");
        assert_eq!(key(b"plain"), "plain (5 B)");
        assert_eq!(key(b""), "the empty key (0 B)");
        assert_eq!(key(&[b'x'; 100]), format!("{0}…{0} (100 B)", "x".repeat(20)));
    }
}
