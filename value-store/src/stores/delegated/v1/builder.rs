//! How a client is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use libp2p_identity::PeerId;

use super::protocol::PATH;
use super::store::{IpnsStore, Shared};
use crate::stores::delegated::builder::DEFAULT_TIMEOUT;
use crate::stores::delegated::endpoint::{BuildError, Endpoint};

/// Makes an [`IpnsStore`].
///
/// ```
/// use std::time::Duration;
/// use value_store::PeerId;
/// use value_store::stores::delegated::v1::IpnsStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let delegate = PeerId::random();
/// let store = IpnsStore::builder("http://127.0.0.1:8080").peer_id(delegate).timeout(Duration::from_secs(10)).build()?;
/// assert_eq!(store.peer_id(), delegate);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Builder {
    endpoint: Endpoint,
    peer_id: Option<PeerId>,
    timeout: Duration,
}

impl IpnsStore {
    /// The store of the delegate at this URL, such as `https://delegated-ipfs.dev`, with a random peer id. Nothing is sent
    /// yet.
    ///
    /// A path in the URL comes before `/routing/v1/ipns/…`. A user name and a password in it are sent with each call. It
    /// must have no query. An `https` URL needs the feature `https`.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if this is not such a URL.
    pub fn new(url: &str) -> Result<Self, BuildError> {
        Self::builder(url).build()
    }

    /// A builder for the delegate at this URL, as for [`new`](Self::new), with more settings.
    pub fn builder(url: &str) -> Builder {
        Builder { endpoint: Endpoint::new(url), peer_id: None, timeout: DEFAULT_TIMEOUT }
    }
}

impl Builder {
    /// The peer id of the delegate. All records are from that peer, since the protocol names none. A random one by default.
    pub fn peer_id(mut self, peer_id: PeerId) -> Self {
        self.peer_id = Some(peer_id);
        self
    }

    /// How long a call without a timeout of its own may take: [`DEFAULT_TIMEOUT`] by default. The protocol does not tell the
    /// delegate.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The token that the delegate asks for. It is sent with each call, as `Authorization: Bearer …`, and is in no log or
    /// `Debug`. Over `http`, whoever sees the connection sees the token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.endpoint.token = Some(token.into());
        self
    }

    /// Trusts whom this certificate has signed, beside whom the system trusts, as
    /// [`DelegatedStore`](crate::stores::DelegatedStore) does. Takes the content of a file in PEM, which may have several.
    /// Needs the feature `https`.
    #[cfg(feature = "https")]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.endpoint.root_certificates.push(pem.into());
        self
    }

    /// Makes the store. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`BuildError`] says what is wrong.
    pub fn build(self) -> Result<IpnsStore, BuildError> {
        let url = self.endpoint.url_of(PATH)?;
        let shared = Shared {
            client: self.endpoint.client(&url)?,
            authorization: self.endpoint.authorization(&url)?,
            url,
            peer_id: self.peer_id.unwrap_or_else(PeerId::random),
            timeout: self.timeout,
        };
        Ok(IpnsStore { shared: Arc::new(shared) })
    }
}

/// Without the token, and without the URL, which may contain a password.
impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer_id, timeout, .. } = self;
        formatter.debug_struct("Builder").field("peer_id", peer_id).field("timeout", timeout).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_nothing_for_a_log() {
        let with_password = IpnsStore::builder("http://user:secret@host");
        let with_token = IpnsStore::builder("http://host").token("secret");
        for builder in [with_password, with_token] {
            let text = format!("{builder:?} {:?}", builder.clone().build().unwrap());
            assert!(!text.contains("secret"), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for url in ["", "localhost:8080", "ftp://host", "http://host/?token=1"] {
            assert!(matches!(IpnsStore::new(url), Err(BuildError::Url { .. })), "{url}");
        }
        assert!(matches!(IpnsStore::builder("http://host").token("").build(), Err(BuildError::Token { .. })));
    }
}
