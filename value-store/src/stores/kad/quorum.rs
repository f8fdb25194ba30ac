//! How many peers a call needs, and how an option says so.

use std::num::NonZeroUsize;

use serde_json::Value;

use super::error::QueryError;
use crate::Options;

/// How many peers a call needs.
///
/// The words count the peers that the call found: those closest to the key, at most twenty. They do not count from a
/// fixed number, which a small network would never have. Where four peers are found, [`All`](Self::All) means four. So
/// the words adapt to a network that shrinks or falls apart. A [number](Self::N) does not, and then the call fails.
///
/// A call asks for a quorum with the option `quorum`: `"one"`, `"majority"`, `"all"` or a positive whole number.
///
/// ```
/// use value_store::{Options, ValueStore, stores::KadStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let alice = KadStore::builder().listen_on("/ip4/127.0.0.1/tcp/0".parse()?).start().await?;
/// # let address = alice.listen_addresses().await?.remove(0);
/// # let node = KadStore::builder().peer(alice.peer_id(), address).start().await?;
/// node.put(b"key", "value".into(), &Options::new().with("quorum", "all")).await?;
/// node.get(b"key", &Options::new().with("quorum", 1)).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quorum {
    /// One peer.
    One,
    /// More than half of the peers found.
    Majority,
    /// Every peer found.
    All,
    /// This many peers.
    N(NonZeroUsize),
}

impl Quorum {
    /// How many peers this is if `peers` were found: at least one.
    pub(super) fn of(self, peers: usize) -> usize {
        match self {
            Self::One => 1,
            Self::Majority => peers / 2 + 1,
            Self::All => peers.max(1),
            Self::N(number) => number.get(),
        }
    }

    /// How many peers this is, if that does not depend on how many are found.
    pub(super) fn fixed(self) -> Option<usize> {
        match self {
            Self::One => Some(1),
            Self::N(number) => Some(number.get()),
            Self::Majority | Self::All => None,
        }
    }

    /// The quorum that the options ask for, or else `default`.
    pub(super) fn requested(options: &Options, default: Self) -> Result<Self, QueryError> {
        let Some(option) = options.get("quorum") else { return Ok(default) };
        let number = || option.as_u64().and_then(|number| NonZeroUsize::new(usize::try_from(number).ok()?));
        let quorum = match option {
            Value::String(word) => match word.as_str() {
                "one" => Some(Self::One),
                "majority" => Some(Self::Majority),
                "all" => Some(Self::All),
                _ => None,
            },
            _ => number().map(Self::N),
        };
        quorum.ok_or_else(|| QueryError::QuorumOption(option.clone()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(quorum: Quorum, of: [(usize, usize); 3]) {
        assert_eq!(of.map(|(peers, _)| quorum.of(peers)), of.map(|(_, needed)| needed), "{quorum:?}");
    }

    #[test]
    fn words_count_the_peers_that_were_found_and_one_at_least() {
        check(Quorum::One, [(0, 1), (4, 1), (20, 1)]);
        check(Quorum::Majority, [(0, 1), (4, 3), (5, 3)]);
        check(Quorum::All, [(0, 1), (4, 4), (20, 20)]);
        check(Quorum::N(NonZeroUsize::new(3).unwrap()), [(0, 3), (4, 3), (20, 3)]);
    }

    #[test]
    fn the_option_is_a_word_or_a_positive_whole_number() {
        let requested = |option| Quorum::requested(&Options::new().with("quorum", option), Quorum::All);
        assert_eq!(Quorum::requested(&Options::new(), Quorum::All).unwrap(), Quorum::All);
        assert_eq!(requested(json!("one")).unwrap(), Quorum::One);
        assert_eq!(requested(json!("majority")).unwrap(), Quorum::Majority);
        assert_eq!(requested(json!("all")).unwrap(), Quorum::All);
        assert_eq!(requested(json!(3)).unwrap(), Quorum::N(NonZeroUsize::new(3).unwrap()));
    }

    #[test]
    fn any_other_option_is_an_error_that_names_it() {
        for option in [json!(0), json!(-1), json!(1.5), json!("One"), json!("3"), json!(null), json!([1]), json!(true)]
        {
            let error = Quorum::requested(&Options::new().with("quorum", option.clone()), Quorum::One).unwrap_err();
            let text = error.to_string();
            assert!(text.contains("`quorum`") && text.ends_with(&option.to_string()), "{text}");
        }
    }
}
