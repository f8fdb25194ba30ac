//! Names: as keys of a store, and as text.

use std::fmt;
use std::str::FromStr;

use libp2p_identity::PeerId;
use multibase::Base;

/// The name space of the keys.
const PREFIX: &[u8] = b"/ipns/";

/// A CID of version 1 whose codec is `libp2p-key`. The bytes of the peer id follow.
const CID_PREFIX: [u8; 2] = [0x01, 0x72];

/// The longest text of a name that is read, in bytes. In base 2, the longest notation but for base256emoji, the longest peer
/// ids have fewer.
const MAX_TEXT_LEN: usize = 512;

/// An IPNS name: a peer id.
///
/// As text it is a CID of version 1 in base 36, as the specification recommends. Such a text is read in any base of
/// [multibase](https://github.com/multiformats/multibase), and so is the older notation of a peer id, in base 58.
///
/// ```
/// use value_store::PeerId;
/// use value_store::ipns::Name;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let peer_id: PeerId = "12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK".parse()?;
/// let name = Name::from(peer_id);
/// assert_eq!(name.to_string(), "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8");
/// assert_eq!(name.to_string().parse::<Name>()?, name);
/// assert_eq!(Name::of_key(&name.to_key())?, name);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name(PeerId);

/// Why a key or a text is no name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The key is not below `/ipns/`.
    #[error("the key of an IPNS name begins with /ipns/, and this one does not")]
    Prefix,
    /// What follows in a key are not the bytes of a peer id. Its error is the source.
    #[error("after /ipns/ the key has the bytes of a peer id, and not its text: {0}")]
    Key(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The text is no CID of version 1 with the codec `libp2p-key`, and no peer id.
    #[error("{text:?} is no IPNS name, such as k51qzi5…: it has to be a CID of version 1 with the codec libp2p-key")]
    Text {
        /// The text, or its beginning.
        text: String,
    },
}

impl Name {
    /// The name whose key this is.
    ///
    /// # Errors
    ///
    /// [`NameError`] if the key is not `/ipns/` and the bytes of a peer id.
    pub fn of_key(key: &[u8]) -> Result<Self, NameError> {
        let bytes = key.strip_prefix(PREFIX).ok_or(NameError::Prefix)?;
        PeerId::from_bytes(bytes).map(Self).map_err(|error| NameError::Key(error.into()))
    }

    /// The key of this name: `/ipns/` and the bytes of the peer id.
    #[must_use]
    pub fn to_key(self) -> Vec<u8> {
        [PREFIX, &self.0.to_bytes()].concat()
    }

    /// The peer whose private key signs the records of this name.
    #[must_use]
    pub fn peer_id(self) -> PeerId {
        self.0
    }
}

impl From<PeerId> for Name {
    fn from(peer_id: PeerId) -> Self {
        Self(peer_id)
    }
}

/// A CID of version 1, in base 36.
impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cid = [&CID_PREFIX[..], &self.0.to_bytes()].concat();
        formatter.write_str(&multibase::encode(Base::Base36Lower, cid))
    }
}

impl FromStr for Name {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let peer_id = if text.len() > MAX_TEXT_LEN { None } else { of_cid(text).or_else(|| text.parse().ok()) };
        peer_id.map(Self).ok_or_else(|| NameError::Text { text: text.chars().take(MAX_TEXT_LEN).collect() })
    }
}

fn of_cid(text: &str) -> Option<PeerId> {
    let (_, cid) = multibase::decode(text).ok()?;
    PeerId::from_bytes(cid.strip_prefix(&CID_PREFIX)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER_ID: &str = "12D3KooWRBy97UB99e3J6hiPesre1MZeuNQvfan4gBziswrRJsNK";
    const HASHED: &str = "QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N";

    #[test]
    fn a_name_is_read_in_every_base() {
        for peer_id in [PEER_ID, HASHED] {
            let name: Name = peer_id.parse().unwrap();
            assert_eq!(name.peer_id().to_string(), peer_id);
            let cid = [&CID_PREFIX[..], &name.peer_id().to_bytes()].concat();
            let bases = [Base::Base16Lower, Base::Base16Upper, Base::Base32Lower, Base::Base36Lower, Base::Base36Upper];
            for base in bases.into_iter().chain([Base::Base58Btc, Base::Base64Url, Base::Base64, Base::Base2]) {
                let text = multibase::encode(base, &cid);
                assert_eq!(text.parse::<Name>().unwrap(), name, "{text}");
            }
        }
    }

    #[test]
    fn a_key_is_a_name_and_back() {
        let name: Name = HASHED.parse().unwrap();
        assert!(name.to_key().starts_with(b"/ipns/\x12\x20"));
        assert_eq!(Name::of_key(&name.to_key()).unwrap(), name);
    }

    #[test]
    fn what_is_no_key_says_what_a_key_is() {
        let check = |key: &[u8], part: &str| {
            let error = Name::of_key(key).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        };
        check(b"", "begins with /ipns/");
        check(b"/pk/name", "begins with /ipns/");
        check(b"/ipns/", "bytes of a peer id");
        check(format!("/ipns/{PEER_ID}").as_bytes(), "and not its text");
        check(
            &[&Name::of_key(&PEER_ID.parse::<Name>().unwrap().to_key()).unwrap().to_key()[..], b"x"].concat(),
            "bytes",
        );
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let name: Name = PEER_ID.parse().unwrap();
        let bytes = name.peer_id().to_bytes();
        let of_version_0 = multibase::encode(Base::Base36Lower, [&[0x00, 0x72][..], &bytes].concat());
        let of_another_codec = multibase::encode(Base::Base36Lower, [&[0x01, 0x70][..], &bytes].concat());
        let longer = multibase::encode(Base::Base36Lower, [&CID_PREFIX[..], &bytes, b"x"].concat());
        let shorter = name.to_string();
        let texts = ["", "k", "k51", "name", "example.com", &shorter[..shorter.len() - 1], &"k".repeat(100_000)];
        for text in texts.into_iter().chain([&*of_version_0, &of_another_codec, &longer]) {
            assert!(text.parse::<Name>().is_err(), "{text}");
        }
    }
}
