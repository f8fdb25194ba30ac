//! Values to put, drawn at random. Tests are not optimized, and to draw each byte by itself would take longer than most stores
//! have with the value.

use bytes::Bytes;
use fastrand::Rng;

/// Random bytes. What goes beyond the first of them is pieces of what is there.
pub(crate) fn bytes(random: &mut Rng, len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len.min(DRAWN)];
    random.fill(&mut bytes);
    bytes.reserve_exact(len - bytes.len());
    while bytes.len() < len {
        let start = random.usize(..=bytes.len() - PIECE);
        bytes.extend_from_within(start..start + PIECE.min(len - bytes.len()));
    }
    bytes
}

/// Random letters and digits.
pub(crate) fn letters_and_digits(random: &mut Rng, len: usize) -> Vec<u8> {
    let mut value = bytes(random, len);
    for byte in &mut value {
        *byte = LETTERS_AND_DIGITS[usize::from(*byte)];
    }
    value
}

/// So many values of one length, no two of which have more bytes in common at the same places than chance gives them: what is
/// put together of two of them is none of them. They are views of one sequence.
pub(crate) fn versions(random: &mut Rng, count: usize, len: usize) -> Vec<Bytes> {
    let bytes = Bytes::from(bytes(random, len + count));
    (0..count).map(|version| bytes.slice(version..version + len)).collect()
}

/// How many bytes of a value are drawn each by itself.
const DRAWN: usize = 1 << 10;

/// How long the pieces are that a longer value goes on with. They begin anywhere, so that no two blocks of a value are the same
/// more often than one time in hundreds.
const PIECE: usize = DRAWN / 2;

/// One of them for each byte.
const LETTERS_AND_DIGITS: [u8; 256] = {
    let all = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let (mut table, mut byte) = ([0; 256], 0);
    while byte < table.len() {
        table[byte] = all[byte % all.len()];
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_long_as_asked_for_and_drawn_to_the_end() {
        for len in [0, 1, PIECE - 1, PIECE, DRAWN - 1, DRAWN, DRAWN + 1, DRAWN + PIECE, DRAWN + PIECE + 1, 1 << 16] {
            let [one, other] = [1, 2].map(|seed| bytes(&mut Rng::with_seed(seed), len));
            assert_eq!((one.len(), other.len()), (len, len));
            let in_common = one.iter().zip(&other).rev().take(PIECE).filter(|(one, other)| one == other).count();
            assert!(in_common <= PIECE / 16, "{in_common} of the last bytes of {len}");
            assert!(letters_and_digits(&mut Rng::with_seed(1), len).iter().all(u8::is_ascii_alphanumeric));
        }
    }

    /// A store that mixes up the blocks of a value must be seen to, whichever two they are.
    #[test]
    fn blocks_of_a_value_differ() {
        for seed in 0..20 {
            let value = bytes(&mut Rng::with_seed(seed), 1 << 15);
            for len in [64, 512, 1_000, 1_024, 4_096] {
                let blocks: Vec<_> = value.chunks(len).collect();
                let pairs = (0..blocks.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
                let alike = pairs.clone().filter(|(one, other)| blocks[*one] == blocks[*other]).count();
                assert!(alike <= pairs.count() / 100, "{alike} pairs with seed {seed}, blocks of {len}");
            }
        }
    }

    #[test]
    fn versions_have_nothing_in_common_but_by_chance() {
        let versions = versions(&mut Rng::with_seed(1), 100, 8_192);
        for (index, one) in versions.iter().enumerate() {
            assert_eq!(one.len(), 8_192);
            for other in &versions[..index] {
                let in_common = one.iter().zip(other).filter(|(one, other)| one == other).count();
                assert!(in_common < 8_192 / 50, "{in_common} bytes");
            }
        }
    }
}
