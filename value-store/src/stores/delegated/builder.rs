//! How a client is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use libp2p_identity::PeerId;
use reqwest::{Client, Url, redirect};

use super::peer::LastPeer;
use super::protocol::{DEFAULT_MAX_VALUE_LEN, GET_PATH, PUT_PATH};
use super::store::{DelegatedStore, Shared};

/// How long a call without a timeout may take: as long as a query in a Kademlia network may.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(60);

/// Makes a [`DelegatedStore`].
///
/// ```
/// use std::time::Duration;
/// use value_store::PeerId;
/// use value_store::stores::DelegatedStore;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let delegate = PeerId::random();
/// let store = DelegatedStore::builder("http://127.0.0.1:5001")
///     .peer_id(delegate)
///     .timeout(Duration::from_secs(10))
///     .max_value_len(1 << 20)
///     .build()?;
/// assert_eq!(store.peer_id(), delegate);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Builder {
    url: String,
    peer_id: Option<PeerId>,
    timeout: Duration,
    max_value_len: usize,
}

/// Why a [`DelegatedStore`] could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// This is not the URL of a delegate.
    #[error("{url:?} is not the URL of a delegate, such as http://127.0.0.1:5001: {reason}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The HTTP client could not be made. Its error is the source.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
}

impl DelegatedStore {
    /// The store of the delegate at this URL, such as `http://127.0.0.1:5001`, with a random peer id. Nothing is sent
    /// yet.
    ///
    /// A path in the URL comes before the paths of the calls. A user name and a password in it are sent with each call.
    /// It must have no query.
    ///
    /// # Errors
    ///
    /// [`BuildError`] if this is not such a URL.
    pub fn new(url: &str) -> Result<Self, BuildError> {
        Self::builder(url).build()
    }

    /// A builder for the delegate at this URL, as for [`new`](Self::new), with more settings.
    pub fn builder(url: &str) -> Builder {
        let (timeout, max_value_len) = (DEFAULT_TIMEOUT, DEFAULT_MAX_VALUE_LEN);
        Builder { url: url.to_owned(), peer_id: None, timeout, max_value_len }
    }
}

impl Builder {
    /// The peer id of the delegate: values are from that peer if the delegate names no other. A random one by default.
    pub fn peer_id(mut self, peer_id: PeerId) -> Self {
        self.peer_id = Some(peer_id);
        self
    }

    /// How long a call without a timeout of its own may take: [`DEFAULT_TIMEOUT`] by default. It is not sent to the
    /// delegate.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long values may be, in bytes: [`DEFAULT_MAX_VALUE_LEN`] by default. A put of a longer value is refused
    /// before it is sent, and a get of one fails. An answer is not read beyond what such a value needs.
    pub fn max_value_len(mut self, bytes: usize) -> Self {
        self.max_value_len = bytes;
        self
    }

    /// Makes the store. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`BuildError`] says what is wrong.
    pub fn build(self) -> Result<DelegatedStore, BuildError> {
        let url_of = |path| url_of(&self.url, path).map_err(|reason| BuildError::Url { url: self.url.clone(), reason });
        let shared = Shared {
            put_url: url_of(PUT_PATH)?,
            get_url: url_of(GET_PATH)?,
            // The caller chose this delegate, and not what it redirects to, or a proxy from the environment.
            client: Client::builder()
                .redirect(redirect::Policy::none())
                .no_proxy()
                .build()
                .map_err(BuildError::Client)?,
            peer_id: self.peer_id.unwrap_or_else(PeerId::random),
            last_peer: LastPeer::default(),
            timeout: self.timeout,
            max_value_len: self.max_value_len,
        };
        Ok(DelegatedStore { shared: Arc::new(shared) })
    }
}

/// Without the URL, which may contain a password.
impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url: _, peer_id, timeout, max_value_len } = self;
        let mut fields = formatter.debug_struct("Builder");
        fields.field("peer_id", peer_id).field("timeout", timeout).field("max_value_len", max_value_len);
        fields.finish_non_exhaustive()
    }
}

fn url_of(delegate: &str, path: &str) -> Result<Url, String> {
    let mut url = Url::parse(delegate).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("the scheme is `{}`, and has to be `http` or `https`", url.scheme()));
    }
    if url.query().is_some() {
        return Err("it has a query, in which each call has its own parameters".into());
    }
    let path = format!("{}{path}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_kept() {
        let check = |delegate, url| assert_eq!(url_of(delegate, GET_PATH).unwrap().as_str(), url);
        check("http://127.0.0.1:5001", "http://127.0.0.1:5001/api/v0/routing/get");
        check("http://host/", "http://host/api/v0/routing/get");
        check("https://user:word@host/ipfs/#part", "https://user:word@host/ipfs/api/v0/routing/get");
    }

    #[test]
    fn a_password_is_nothing_for_a_log() {
        let builder = DelegatedStore::builder("http://user:word@host");
        let text = format!("{builder:?} {:?}", builder.clone().build().unwrap());
        assert!(!text.contains("word"), "{text}");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let others = ["ftp://host", "/ip4/127.0.0.1/tcp/5001", "http://", "http://host/?token=1"];
        for url in ["", "127.0.0.1:5001", "localhost:5001"].into_iter().chain(others) {
            assert!(matches!(DelegatedStore::new(url), Err(BuildError::Url { .. })), "{url}");
        }
    }
}
