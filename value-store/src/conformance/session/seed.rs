//! The seed: the one number from which all randomness of a run is derived.

use std::fmt;
use std::sync::OnceLock;

/// The environment variable that sets the seed.
pub(crate) const VARIABLE: &str = "VALUE_STORE_SEED";

/// The seed of a run. It is printed in hexadecimal, and read in hexadecimal or decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    /// The seed of this process: the one in the environment variable, or a random one.
    ///
    /// # Panics
    ///
    /// If the environment variable is set to something that is no seed. To go on with another seed would replay nothing.
    pub(crate) fn of_this_process() -> Self {
        static SEED: OnceLock<Seed> = OnceLock::new();
        *SEED.get_or_init(|| match std::env::var_os(VARIABLE) {
            Some(text) => Self::parse(&text.to_string_lossy()).unwrap_or_else(|| {
                let text = text.display();
                panic!("{VARIABLE} is `{text}`: give it the number from a report, such as 0x51f3, or a decimal one")
            }),
            None => Self(fastrand::u64(..)),
        })
    }

    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        }
        .map(Self)
    }

    /// The generator for one case of one subject. It does not depend on which other cases run, or in which order.
    pub(crate) fn generator(self, subject: &str, case: &str) -> fastrand::Rng {
        let bytes = [subject, "\0", case].into_iter().flat_map(str::bytes);
        fastrand::Rng::with_seed(
            bytes.fold(self.0 ^ FNV_OFFSET_BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)),
        )
    }
}

// FNV-1a with 64 bits. A seed has to mean the same with every version of Rust, which the hasher of the standard library
// does not promise. The constants are from <https://www.rfc-editor.org/rfc/rfc9923>.
const FNV_OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0000_0100_0000_01b3;

impl fmt::Display for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:#x}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_reads_as_it_prints() {
        let seed = Seed(0x51f3);
        assert_eq!(seed.to_string(), "0x51f3");
        assert_eq!(Seed::parse("0x51f3"), Some(seed));
        assert_eq!(Seed::parse("20979"), Some(seed));
        assert_eq!(Seed::parse("0x51g3"), None);
    }

    #[test]
    fn each_case_has_randomness_of_its_own() {
        let draw = |subject, case| Seed(1).generator(subject, case).u64(..);
        assert_eq!(draw("a", "b"), draw("a", "b"));
        assert_ne!(draw("a", "b"), draw("a", "c"));
        assert_ne!(draw("ab", "c"), draw("a", "bc"));
    }
}
