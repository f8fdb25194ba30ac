//! The beginning of the keys of a case.

use std::sync::Arc;

use fastrand::Rng;

/// The length in bytes. With the longest tail, of 12 bytes, a key has 24.
const LEN: usize = 12;

/// What a prefix is made of: 32 digits and small letters. `l` and `o` look like digits. A case puts `u` and `x` into a prefix,
/// to get other keys.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghijkmnpqrstvwyz";

/// Draws a prefix: a letter, a digit, and ten of [`ALPHABET`].
///
/// These are more than 57 random bits. So of a million prefixes on one backend, which is what some thousand runs of the
/// suite use, two are equal less than once in 400,000 times.
pub(super) fn fresh(random: &mut Rng) -> Arc<str> {
    let (digits, letters) = ALPHABET.split_at(10);
    let alphabets = [letters, digits].into_iter().chain(std::iter::repeat(&ALPHABET[..])).take(LEN);
    alphabets.map(|alphabet| char::from(alphabet[random.usize(..alphabet.len())])).collect::<String>().into()
}

/// The prefix of a key and the rest, if the key begins with a whole prefix.
///
/// A few keys begin with something else, which the prefix follows. None of these begins with a letter and a digit.
pub(crate) fn split(key: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, tail) = key.split_at_checked(LEN)?;
    let is_prefix = prefix[0].is_ascii_lowercase()
        && prefix[1].is_ascii_digit()
        && prefix.iter().all(|byte| ALPHABET.contains(byte));
    is_prefix.then_some((prefix, tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_found_in_front_of_any_tail() {
        for seed in 0..1_000 {
            let prefix = fresh(&mut Rng::with_seed(seed));
            for tail in [&b""[..], b"k", b"0", b"/../a", b"\xff"] {
                let key = [prefix.as_bytes(), tail].concat();
                assert_eq!(split(&key), Some((prefix.as_bytes(), tail)));
            }
        }
    }

    #[test]
    fn what_begins_with_something_else_has_no_prefix() {
        let prefix = fresh(&mut Rng::with_seed(1));
        for head in ["plumless", "Aa", "/", "0", ".", "kv:"] {
            assert_eq!(split(format!("{head}{prefix}").as_bytes()), None, "{head}");
        }
        assert_eq!(split(&prefix.as_bytes()[..LEN - 1]), None);
    }
}
