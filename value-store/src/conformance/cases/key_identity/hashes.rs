//! Keys that have the same hash.

use super::told_apart::by_its_name;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

/// Beginnings of keys that have the same hash. What makes the keys fresh comes after them: hashes that take the bytes
/// in order still agree when the same bytes follow.
const COLLISIONS: &[[&str; 2]] = &[
    ["plumless", "buckeroo"],   // CRC-32
    ["spskvcrm", "fcfvowfu"],   // CRC-32C
    ["costarring", "liquid"],   // FNV-1a with 32 bits
    ["declinate", "macallums"], // FNV-1a with 32 bits
    ["hkgdwqaa", "bzvhzagt"],   // the low half of FNV-1a with 64 bits
    ["kgrykmht", "zhwlchpg"],   // FNV-1 with 32 bits
    ["tyvksqqb", "ennagdsu"],   // MurmurHash3 with 32 bits
    ["hlcwczmv", "rnopitpv"],   // Jenkins's one-at-a-time
    ["juidfzad", "fxqeatnr"],   // sdbm
    ["grzsyctl", "jwxasyyc"],   // Adler-32
    ["Aa", "BB"],               // Java's String.hashCode, and any other that multiplies by 31
    ["AaAaBB", "BBBBAa"],
    ["Ab", "BA"], // djb2, and any other that multiplies by 33
    ["cd", "dc"], // the sum of the bytes, and their exclusive or
];

/// Whole keys that have one half of a 64-bit hash in common, or the first 32 bits of a longer hash. They would no
/// longer agree if anything followed.
const WHOLE_COLLISIONS: &[[&str; 2]] = &[
    ["koyxqwmk", "rbllrdyv"], // the low half of the standard library's `DefaultHasher`, for the bytes alone
    ["fryrakho", "xuagsmvv"], // the high half, for the bytes alone
    ["vhllkgst", "zhkbfzxg"], // the low half, for a slice with its length
    ["qzweqjqa", "ivulgnvj"], // the high half, for a slice with its length
    ["gobsqdug", "bnlsrjfk"], // the low half, for a string
    ["nloultwd", "oafaczjl"], // the high half, for a string
    ["hbxdluwe", "oaoaixqo"], // MD5
    ["fztkjtws", "odmhklos"], // SHA-1
    ["vtxyxwmi", "uhmsrpem"], // SHA-256
    ["cjpwwroc", "cglupcgw"], // BLAKE2b
];

/// All pairs. Other families use them as values, which need not be fresh.
pub(crate) fn collisions() -> impl Iterator<Item = [&'static str; 2]> {
    COLLISIONS.iter().chain(WHOLE_COLLISIONS).copied()
}

pub(crate) async fn weak_hash_collisions(case: &Session) -> Verdict {
    let store = case.open().await?;
    let colliding = COLLISIONS.iter().flatten().map(|head| (case.key_beginning(head), case.value(16)));
    let whole = WHOLE_COLLISIONS.iter().flatten().copied().map(by_its_name);
    // Among 1,024 random keys, about eight pairs have the same 16-bit hash, whichever hash it is.
    let random = (0..1_024).map(|number| {
        let tail = [&case.value(2)[..], format!("{number}").as_bytes()].concat();
        (case.key(tail), case.value(16))
    });
    let entries: Vec<_> = colliding.chain(whole).chain(random).collect();
    let put = case.put_all(&store, &entries).await?;
    case.expect_all(&store, &entries[..put]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
        })
    }

    fn fnv_1a(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    }

    fn crc32c(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 & (crc & 1).wrapping_neg()))
        })
    }

    fn fnv_1(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0x811c_9dc5, |hash: u32, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(*byte))
    }

    #[expect(clippy::cast_possible_truncation, reason = "it is the hash")]
    fn fnv_1a_low(bytes: &[u8]) -> u32 {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, step) as u32
    }

    /// Without the last step, which keeps equal states equal if the lengths are equal.
    fn murmur_3(bytes: &[u8]) -> u32 {
        bytes.chunks_exact(4).fold(0, |hash: u32, block| {
            let block = block.iter().rev().fold(0, |block: u32, byte| block << 8 | u32::from(*byte));
            let block = block.wrapping_mul(0xcc9e_2d51).rotate_left(15).wrapping_mul(0x1b87_3593);
            (hash ^ block).rotate_left(13).wrapping_mul(5).wrapping_add(0xe654_6b64)
        })
    }

    fn one_at_a_time(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |hash: u32, byte| {
            let hash = hash.wrapping_add(u32::from(*byte));
            let hash = hash.wrapping_add(hash << 10);
            hash ^ (hash >> 6)
        })
    }

    fn sdbm(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |hash: u32, byte| hash.wrapping_mul(65_599).wrapping_add(u32::from(*byte)))
    }

    fn adler(bytes: &[u8]) -> u32 {
        let (low, high) = bytes.iter().fold((1, 0), |(low, high), byte| {
            let low = (low + u32::from(*byte)) % 65_521;
            (low, (high + low) % 65_521)
        });
        high << 16 | low
    }

    fn java(bytes: &[u8]) -> u32 {
        bytes.iter().fold(0, |hash: u32, byte| hash.wrapping_mul(31).wrapping_add(u32::from(*byte)))
    }

    fn djb2(bytes: &[u8]) -> u32 {
        bytes.iter().fold(5_381, |hash: u32, byte| hash.wrapping_mul(33).wrapping_add(u32::from(*byte)))
    }

    fn sum(bytes: &[u8]) -> u32 {
        bytes.iter().copied().map(u32::from).sum()
    }

    #[test]
    fn the_known_collisions_collide_before_any_tail() {
        let hashes = [
            crc32,
            crc32c,
            fnv_1a,
            fnv_1a,
            fnv_1a_low,
            fnv_1,
            murmur_3,
            one_at_a_time,
            sdbm,
            adler,
            java,
            java,
            djb2,
            sum,
        ];
        assert_eq!(hashes.len(), COLLISIONS.len());
        for (pair, hash) in COLLISIONS.iter().zip(hashes) {
            let [one, other] = pair.map(|head| hash(format!("{head}k0123456789a").as_bytes()));
            assert_eq!(one, other, "{pair:?}");
            assert_ne!(pair[0], pair[1]);
        }
    }
}
