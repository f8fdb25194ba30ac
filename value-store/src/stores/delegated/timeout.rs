//! A timeout as text, in Go's form of a duration, such as `500ms` or `1h2m0.5s`.

use std::time::Duration;

const NANOSECOND: u64 = 1;
const MICROSECOND: u64 = 1_000;
const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Go's units. Two of them differ only in the character for the Greek letter.
const UNITS: [(&str, u64); 8] = [
    ("ns", NANOSECOND),
    ("us", MICROSECOND),
    ("\u{b5}s", MICROSECOND),
    ("\u{3bc}s", MICROSECOND),
    ("ms", MILLISECOND),
    ("s", SECOND),
    ("m", MINUTE),
    ("h", HOUR),
];

/// Go's longest duration, some 292 years, which stands for every longer one.
const MAX_NANOSECONDS: u64 = i64::MAX as u64;

pub(super) fn to_text(timeout: Duration) -> String {
    let nanoseconds = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX).min(MAX_NANOSECONDS);
    let written_in = [("s", SECOND), ("ms", MILLISECOND), ("us", MICROSECOND), ("ns", NANOSECOND)];
    let (unit, length) =
        written_in.into_iter().find(|(_, length)| nanoseconds % length == 0).unwrap_or(("ns", NANOSECOND));
    format!("{}{unit}", nanoseconds / length)
}

/// The duration, or `None` for a text that Go would refuse. A negative duration becomes zero: it has passed already.
pub(super) fn from_text(text: &str) -> Option<Duration> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned == "0" {
        return Some(Duration::ZERO);
    }
    let mut rest = unsigned;
    let mut nanoseconds = 0_u64;
    loop {
        let (length, after) = leading_length(rest)?;
        nanoseconds = nanoseconds.checked_add(length).filter(|sum| *sum <= MAX_NANOSECONDS)?;
        if after.is_empty() {
            let is_negative = text.starts_with('-');
            return Some(Duration::from_nanos(if is_negative { 0 } else { nanoseconds }));
        }
        rest = after;
    }
}

/// The number and unit that the text begins with, in nanoseconds, and what follows.
fn leading_length(text: &str) -> Option<(u64, &str)> {
    let (whole, rest) = leading_digits(text);
    let (fraction, rest) = rest.strip_prefix('.').map_or(("", rest), leading_digits);
    let after_unit = rest.find(|character: char| character == '.' || character.is_ascii_digit()).unwrap_or(rest.len());
    let (name, rest) = rest.split_at(after_unit);
    let (_, unit) = UNITS.into_iter().find(|(unit, _)| *unit == name)?;
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = if whole.is_empty() { 0 } else { whole.parse::<u64>().ok()? };
    Some((whole.checked_mul(unit)?.checked_add(fraction_of(unit, fraction))?, rest))
}

fn leading_digits(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// The part of a unit that these digits after the point stand for, in whole nanoseconds, rounded down.
fn fraction_of(unit: u64, digits: &str) -> u64 {
    // Further digits make no difference: an hour has fewer than 10^13 nanoseconds.
    let digits = digits.bytes().take(15).map(|digit| u128::from(digit - b'0'));
    let (value, scale) = digits.fold((0, 1), |(value, scale), digit| (value * 10 + digit, scale * 10));
    u64::try_from(u128::from(unit) * value / scale).expect("a part of the unit is less than the unit")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_are_written_in_the_longest_unit_that_is_exact() {
        let check = |timeout, text| assert_eq!(to_text(timeout), text);
        check(Duration::ZERO, "0s");
        check(Duration::from_nanos(1), "1ns");
        check(Duration::from_micros(1_500), "1500us");
        check(Duration::from_millis(500), "500ms");
        check(Duration::from_secs(3_600), "3600s");
        check(Duration::MAX, "9223372036854775807ns");
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        let check = |text, nanoseconds| assert_eq!(from_text(text), Some(Duration::from_nanos(nanoseconds)), "{text}");
        check("0", 0);
        check("5000ms", 5_000_000_000);
        check("1h2m3.5s", 3_723_500_000_000);
        check("1.5us2ns", 1_502);
        check("1\u{b5}s", 1_000);
        check("1\u{3bc}s", 1_000);
        check(".5s", 500_000_000);
        check("5.s", 5_000_000_000);
        check("+1ns", 1);
        check("-1h", 0);
        check("0.3333333333333333333333s", 333_333_333);
        check("2562047h47m16.854775807s", MAX_NANOSECONDS);
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in
            ["", "5", "-", "+", "s", ".s", "1 s", "1x", "1s ", "--1s", "1S", "9223372036854775808ns", "1e3s", "1..5s"]
        {
            assert_eq!(from_text(text), None, "{text}");
        }
        assert_eq!(from_text(&format!("{}s", "9".repeat(100))), None);
    }

    proptest! {
        #[test]
        fn every_duration_comes_back(nanoseconds in 0..=MAX_NANOSECONDS) {
            let timeout = Duration::from_nanos(nanoseconds);
            prop_assert_eq!(from_text(&to_text(timeout)), Some(timeout));
        }
    }
}
