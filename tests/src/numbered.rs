//! Values that are numbers, of many lengths.

/// The value for a number. It repeats the number, and the number decides its length, so a torn value shows.
///
/// # Panics
///
/// Never: the length is small.
#[must_use]
pub fn value(number: u64) -> Vec<u8> {
    let repeats = 1 + usize::try_from(number % 700).unwrap();
    number.to_be_bytes().repeat(repeats)
}

/// The number of a value.
///
/// # Panics
///
/// If it is not a [`value`] of this module, whole.
#[must_use]
pub fn number(value: &[u8]) -> u64 {
    let number = u64::from_be_bytes(value[..8].try_into().unwrap());
    assert!(value == self::value(number), "a torn value");
    number
}
