//! A long key and its hash. A store that keeps long keys under their hashes has to tell these from keys.

use bytes::Bytes;

use super::told_apart::whole_keys_told_apart;
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

/// A key of this many bytes, and its hashes. None of them can be fresh, since the hashes are known beforehand.
struct LongKey {
    len: usize,
    /// In hexadecimal.
    digests: &'static [&'static str],
    /// Names of the key that are made of its SHA-256.
    texts: &'static [&'static str],
}

/// Stores hash keys that are longer than a block of the hash, than the name of a file or than a line may be.
const LONG_KEYS: &[LongKey] = &[
    LongKey {
        len: 66,
        digests: &[
            "1b90036b",                                                         // CRC-32
            "5ebc9b307030ff47",                                                 // FNV-1a
            "789e8bd8b793ac2e",                                                 // xxHash
            "7ab7fb568da4a8ed50ab6a8c54f79bb9",                                 // MD5
            "503c763227881bf9c33b63ca38b59083a56681eb",                         // SHA-1
            "e2fdfe80ebc7a53aeb2dbb5642edd21ea9f02f8561a9bd79582d52e8d470acaa", // SHA-256
            "71c6edc534433a737da26a96b04a664b02d37ed097745cec7c2f5ef484dacb78", // SHA3-256
            "5218d943ec01aa5c006d722a1a5546965e5ef5bc9d58568ee2405e772cce2e56", // BLAKE2b
            "30c57f8fb7a836fcb4cf1f1773996ab8452689ddec84cdddfb975a990ce62efe60f993eae670f54dbc7beb87db6700e9e7e4ff4576ba5312d7823364aa7733be", // BLAKE2b
            "bc483b39ae7f99382a35c449388530ee9f8ff5c96dd2b20647c059bc1bdcd0ac98be78256b6ea7af3e7c141c64682335c4150acbaac075db9bdae30dcadb8a88", // SHA-512
        ],
        texts: &[
            "4v3+gOvHpTrrLbtWQu3SHqnwL4Vhqb15WC1S6NRwrKo=", // SHA-256 in base64
            "4v3-gOvHpTrrLbtWQu3SHqnwL4Vhqb15WC1S6NRwrKo",  // the same, for URLs
            "4l675ahly6stv2znxnlef3osd2u7al4fmgu326kyfvjorvdqvsva", // the same, in base32
            "QmdcjUxtxgtFr7fdbGqWTWh2ck8Chsawpz7o7DuvKAa6HX", // a CID, version 0
            "bafkreihc7x7ib26huu5owln3kzbo3uq6vhyc7blbvg6xswbnkluni4fmvi", // a CID, version 1
        ],
    },
    LongKey {
        len: 300,
        digests: &[
            "36036da2",                                                         // CRC-32
            "1b5af35dbf44644d",                                                 // FNV-1a
            "5579c64cc5e6898a",                                                 // xxHash
            "1c4ca3a99d979b79b39bdc184d29f8e4",                                 // MD5
            "c771a1e287f34ea556c1e9e4b61925057b48c707",                         // SHA-1
            "eaf63a59ccfe01ba905c0bb30e1364580b1c3e6f63c9d294d64579a7570757d9", // SHA-256
            "d808168def3b10f737efa9b3f07d7a99a52ee49a9833b4888b64ff2e783f3dcf", // SHA3-256
            "b34ba85dce9d1ff409813ee1d9375703a2870283e0ae4abaf89c5324f9335d64", // BLAKE2b
            "90c58d53c7e648f7f3ba73f8f64770e0fc92344af8e6fe73dc6dcb739fed8f53c564cacfc1dda9d8336e6f2390762841051e523f8115c70a11f86f52d0c6ed97", // BLAKE2b
            "6add8139c6ec803c2eb6889528ddec8a7a048be47d4bc75706141fc0fc5835e305d81322180751daac0113403912ea274ff77099a975c1d42dc093b2407eb8b0", // SHA-512
        ],
        texts: &[
            "6vY6Wcz+AbqQXAuzDhNkWAscPm9jydKU1kV5p1cHV9k=", // SHA-256 in base64
            "6vY6Wcz-AbqQXAuzDhNkWAscPm9jydKU1kV5p1cHV9k",  // the same, for URLs
            "5l3duwom7ya3vec4bozq4e3elafryptpmpe5ffgwiv42ovyhk7mq", // the same, in base32
            "Qme9qsmGiXqvqz2CQ64xgJ1UhmyEjBwEEKQFE26bXMzBaG", // a CID, version 0
            "bafkreihk6y5ftth6ag5jaxalwmhbgzcybmod433dzhjjjvsfpgtvob2x3e", // a CID, version 1
        ],
    },
    LongKey {
        len: 2_000,
        digests: &[
            "24e63924",                                                         // CRC-32
            "bbe227cfd2f7c2ca",                                                 // FNV-1a
            "32e688f80f7a0f2e",                                                 // xxHash
            "21ceb4876e4ac5abc074ceae6214e298",                                 // MD5
            "03216be7a4c2350336bbb76f7527377fd053fcdb",                         // SHA-1
            "b3ef2019449f28f8cf12331a48ac5d190f2f10c871cd9b35d1059ebeda45d0d1", // SHA-256
            "8e8a877eed2bf3fc260624a9e3f00d6ee3459b17d17b9270eaef0baa88e76c36", // SHA3-256
            "dfbb73ffdb8add8dd3f656b5da270c2b95818cb90a155ed2ffc00ba6b5116da1", // BLAKE2b
            "e78e4d8dab2dee5d78e075e96da0ba200cb4ee93add080a7c7e767796c04f3461e3818dd85baa94aeaa7b77255c2cfc714e576325b3a9a8b436f8731d87bebbd", // BLAKE2b
            "03aafe53bd1cd3a738604a05a111381191a535eb817391ae2c388c2b5e091e4560a9fdd16f9132f0d8af580709a4813b5784ee194511f95574e986af5eab21f9", // SHA-512
        ],
        texts: &[
            "s+8gGUSfKPjPEjMaSKxdGQ8vEMhxzZs10QWevtpF0NE=", // SHA-256 in base64
            "s-8gGUSfKPjPEjMaSKxdGQ8vEMhxzZs10QWevtpF0NE",  // the same, for URLs
            "wpxsagket4uprtysgmnerlc5dehs6egiohgzwnorawpl5wsf2diq", // the same, in base32
            "QmaT3AsyB26yw3HRTS1MZhH5oifEx7aVxKtn5qgKuVZPoE", // a CID, version 0
            "bafkreift54qbsre7fd4m6ertdjekyxizb4xrbsdrzwntluift27nuroq2e", // a CID, version 1
        ],
    },
];

pub(crate) async fn hashes_of_long_keys(case: &Session) -> Verdict {
    let keys: Vec<_> = LONG_KEYS.iter().flat_map(LongKey::with_its_names).collect();
    whole_keys_told_apart(case, &keys).await
}

impl LongKey {
    fn key(&self) -> Vec<u8> {
        b"long key ".iter().copied().cycle().take(self.len).collect()
    }

    /// The key, its hashes as stores write them, and the bytes of these, alone and as a multihash of SHA-256.
    fn with_its_names(&self) -> Vec<Bytes> {
        let digests = self.digests.iter().flat_map(|digest| {
            let raw = from_hex(digest);
            let multihash = (raw.len() == 32).then(|| [&[0x12, 0x20], &raw[..]].concat());
            [digest.as_bytes().to_vec(), raw, digest.to_uppercase().into()].into_iter().chain(multihash)
        });
        let texts = self.texts.iter().map(|text| text.as_bytes().to_vec());
        [self.key()].into_iter().chain(digests).chain(texts).map(Bytes::from).collect()
    }
}

fn from_hex(digits: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).expect("these are digits");
    (0..digits.len()).step_by(2).map(byte).collect()
}

#[cfg(all(test, feature = "ipns"))]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[test]
    fn the_names_of_a_long_key_are_its_hashes() {
        for key in LONG_KEYS {
            let digest = Sha256::digest(key.key());
            assert!(key.digests.iter().any(|hex| from_hex(hex) == digest[..]), "{}", key.len);
        }
    }
}
