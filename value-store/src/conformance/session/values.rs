//! Random values to put. Only the beginning of a long value is drawn byte by byte: tests run without optimization, so
//! drawing all of it would take longer than most stores take for a put.

use fastrand::Rng;

/// Random bytes.
pub(crate) fn bytes(random: &mut Rng, len: usize) -> Vec<u8> {
    let mut drawn = vec![0; len.min(DRAWN)];
    random.fill(&mut drawn);
    lengthen(drawn, random, len)
}

/// Random letters and digits. A random number makes ten of them, of six bits each.
pub(crate) fn letters_and_digits(random: &mut Rng, len: usize) -> Vec<u8> {
    let mut drawn = vec![0; len.min(DRAWN)];
    for ten in drawn.chunks_mut(10) {
        let mut number = random.u64(..);
        for byte in ten {
            *byte = LETTERS_AND_DIGITS[(number & 0x3f) as usize];
            number >>= 6;
        }
    }
    lengthen(drawn, random, len)
}

/// Lengthens a value to `len` by appending pieces of itself.
fn lengthen(mut bytes: Vec<u8>, random: &mut Rng, len: usize) -> Vec<u8> {
    if bytes.len() == len {
        return bytes;
    }
    bytes.reserve_exact(len - bytes.len());
    while bytes.len() < len {
        let piece = LONGEST_PIECE.min(bytes.len() / 2);
        let start = random.usize(..=bytes.len() - piece);
        bytes.extend_from_within(start..start + piece.min(len - bytes.len()));
    }
    bytes
}

/// How many bytes of a value are drawn. The rest are copies of earlier bytes.
const DRAWN: usize = 1 << 8;

/// The length of the longest piece that is appended. Pieces begin at random positions. So fewer than one in a hundred
/// pairs of blocks of a value are equal, and two values have no more bytes in common than by chance.
const LONGEST_PIECE: usize = 1 << 11;

/// A letter or digit for each number of six bits: two stand here twice.
static LETTERS_AND_DIGITS: [u8; 64] = *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789xy";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_the_length_asked_for_and_are_random_to_the_end() {
        for len in [0, 1, 512, DRAWN - 1, DRAWN, DRAWN + 1, DRAWN + 512, DRAWN + 513, 1 << 16] {
            let [one, other] = [1, 2].map(|seed| bytes(&mut Rng::with_seed(seed), len));
            assert_eq!((one.len(), other.len()), (len, len));
            let in_common = one.iter().zip(&other).rev().take(512).filter(|(one, other)| one == other).count();
            assert!(in_common <= 512 / 16, "{in_common} of the last bytes of {len}");
            assert!(letters_and_digits(&mut Rng::with_seed(1), len).iter().all(u8::is_ascii_alphanumeric));
        }
    }

    /// A store that mixes up two blocks of a value is found, except with the few pairs of blocks that are equal.
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
    fn values_have_no_more_in_common_than_by_chance() {
        let mut random = Rng::with_seed(1);
        let values: Vec<_> = (0..100).map(|_| bytes(&mut random, 32_000)).collect();
        for (index, one) in values.iter().enumerate() {
            for other in &values[..index] {
                let in_common = one.iter().zip(other).filter(|(one, other)| one == other).count();
                assert!(in_common < 2 * 32_000 / 256, "{in_common} bytes");
            }
        }
    }
}
