//! How a client is made.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use libp2p_identity::PeerId;

use super::endpoint::{BuildError, Endpoint};
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
    endpoint: Endpoint,
    peer_id: Option<PeerId>,
    timeout: Duration,
    max_value_len: usize,
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
        Builder { endpoint: Endpoint::new(url), peer_id: None, timeout, max_value_len }
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

    /// The token that the delegate asks for, such as that of `value-store serve --token`. It is sent with each call, as
    /// `Authorization: Bearer …`, and is in no log or `Debug`. Over `http`, whoever sees the connection sees the token.
    ///
    /// ```
    /// # use tokio::net::TcpListener;
    /// # use value_store::stores::{MemoryStore, delegated};
    /// use axum::extract::Request;
    /// use axum::http::{StatusCode, header};
    /// use axum::middleware::{Next, from_fn};
    /// use axum::response::{IntoResponse, Response};
    /// use value_store::stores::DelegatedStore;
    /// use value_store::{Options, ValueStore};
    ///
    /// async fn guard(request: Request, next: Next) -> Response {
    ///     match request.headers().get(header::AUTHORIZATION) {
    ///         Some(token) if token == "Bearer abc123" => next.run(request).await,
    ///         _ => StatusCode::UNAUTHORIZED.into_response(),
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// # let url = format!("http://{}", listener.local_addr()?);
    /// let router = delegated::router(MemoryStore::new()).layer(from_fn(guard));
    /// # tokio::spawn(axum::serve(listener, router).into_future());
    ///
    /// let store = DelegatedStore::builder(&url).token("abc123").build()?;
    /// store.put(b"key", "value".into(), &Options::new()).await?;
    ///
    /// let stranger = DelegatedStore::new(&url)?;
    /// assert!(stranger.get(b"key", &Options::new()).await.unwrap_err().is_backend());
    /// # Ok(())
    /// # }
    /// ```
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.endpoint.token = Some(token.into());
        self
    }

    /// Trusts whom this certificate has signed, beside whom the system trusts: for a delegate of your own with an `https` URL,
    /// whose certificate no public authority has issued. Takes the content of a file in PEM, which may have several. Needs the
    /// feature `https`.
    ///
    /// ```no_run
    /// use value_store::stores::DelegatedStore;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let authority = std::fs::read("/etc/our-network/authority.pem")?;
    /// let store = DelegatedStore::builder("https://delegate.example").root_certificate(authority).build()?;
    /// # Ok(())
    /// # }
    /// ```
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
    pub fn build(self) -> Result<DelegatedStore, BuildError> {
        let (put_url, get_url) = (self.endpoint.url_of(PUT_PATH)?, self.endpoint.url_of(GET_PATH)?);
        let shared = Shared {
            client: self.endpoint.client(&get_url)?,
            authorization: self.endpoint.authorization(&get_url)?,
            put_url,
            get_url,
            peer_id: self.peer_id.unwrap_or_else(PeerId::random),
            last_peer: LastPeer::default(),
            timeout: self.timeout,
            max_value_len: self.max_value_len,
        };
        Ok(DelegatedStore { shared: Arc::new(shared) })
    }
}

/// Without the token, and without the URL, which may contain a password.
impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer_id, timeout, max_value_len, .. } = self;
        let mut fields = formatter.debug_struct("Builder");
        fields.field("peer_id", peer_id).field("timeout", timeout).field("max_value_len", max_value_len);
        fields.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_nothing_for_a_log() {
        let builder = DelegatedStore::builder("http://user:word@host");
        let text = format!("{builder:?} {:?}", builder.clone().build().unwrap());
        assert!(!text.contains("word"), "{text}");
    }

    #[test]
    fn a_token_is_nothing_for_a_log() {
        let builder = DelegatedStore::builder("http://host").token("secret");
        let store = builder.clone().build().unwrap();
        let header = store.shared.authorization.as_ref().unwrap();
        assert_eq!(header, "Bearer secret");
        let text = format!("{builder:?} {store:?} {header:?}");
        assert!(!text.contains("secret"), "{text}");
    }

    #[test]
    fn a_token_that_cannot_be_sent_is_refused() {
        let check = |url, token: &str, reason| {
            let error = DelegatedStore::builder(url).token(token).build().unwrap_err().to_string();
            assert!(error.contains(reason) && (token.is_empty() || !error.contains(token)), "{error}");
        };
        check("http://host", "", "it is empty");
        for token in ["a b", "word\n", "w\u{f6}rd", "\0", "\u{7f}"] {
            check("http://host", token, "visible ASCII characters");
        }
        check("http://user@host", "secret", "user name");
        check("http://:word@host", "secret", "password");
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let others = ["ftp://host", "/ip4/127.0.0.1/tcp/5001", "http://", "http://host/?token=1"];
        for url in ["", "127.0.0.1:5001", "localhost:5001"].into_iter().chain(others) {
            assert!(matches!(DelegatedStore::new(url), Err(BuildError::Url { .. })), "{url}");
        }
    }
}
