//! The client: a store whose calls are requests to a delegate.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderValue;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use libp2p_identity::PeerId;
use reqwest::{Client, RequestBuilder, Url};

use super::answer;
use super::body::Pieces;
use super::multipart::Multipart;
use super::parameters::Parameters;
use super::peer::LastPeer;
use super::protocol::FORM_URLENCODED;
use crate::calls::within;
use crate::stores::trace;
use crate::{Error, GetValueResult, Options, ValueStore};

/// How long the rest of an answer may be, beside its value: names, other events, and errors.
const MAX_EVENTS_LEN: usize = 64 << 10;

/// A store whose puts and gets are carried out by a delegate, over HTTP.
///
/// ```
/// # use tokio::net::TcpListener;
/// # use value_store::stores::{MemoryStore, delegated};
/// use value_store::stores::DelegatedStore;
/// use value_store::{Options, ValueStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let url = format!("http://{}", listener.local_addr()?);
/// # tokio::spawn(axum::serve(listener, delegated::router(MemoryStore::new())).into_future());
/// let store = DelegatedStore::new(&url)?;
/// store.put(b"key", "value".into(), &Options::new()).await?;
/// assert_eq!(store.get(b"key", &Options::new()).await?.val, "value");
/// # Ok(())
/// # }
/// ```
///
/// # What it promises
///
/// It promises what its delegate promises, with these exceptions:
///
/// - The client itself keeps the timeout of a call, from the connection to the last byte of the answer, whatever the
///   delegate does. It also sends the timeout, so that the delegate need not go on in vain.
/// - It is not settled, whatever the delegate is. When a call ends early, its connection is closed, and a
///   [`router`](super::router) then drops its call on the store. But a put may still be on its way, in the buffers of
///   the two ends or of anything between them. It may be carried out before the other end sees that nobody waits for
///   it, and after a put that was made later.
///
/// An answer counts only if it was read to its end. Anything that is not the answer of a delegate, such as the page of
/// a proxy, is an [`Error::Backend`] with its status and its first line. Redirections are not followed, and no proxy is
/// taken from the environment.
///
/// # Handles
///
/// Clones are cheap and share their connections. Calls run in a tokio runtime with timers and I/O enabled. A connection
/// belongs to the runtime of the call for which it was made: while nothing runs that runtime, calls in another one may
/// wait for the connection until their timeout. So if your runtimes run only now and then, give each a store of its
/// own.
///
/// # Limits
///
/// - A key may have [`MAX_KEY_LEN`](super::MAX_KEY_LEN) bytes.
/// - A value may have [`DEFAULT_MAX_VALUE_LEN`](super::DEFAULT_MAX_VALUE_LEN) bytes, or what the builder is told.
/// - Key and options together may have [`MAX_PARAMETERS_LEN`](super::MAX_PARAMETERS_LEN) bytes in their encoding. A
///   call with more fails with [`Error::Backend`].
///
/// A delegate may have limits of its own.
///
/// # Delegates that ask who calls
///
/// [`Builder::token`](super::Builder::token) sets a token that is sent with each call; a user name and a password may be
/// in the URL instead. A delegate that answers 401 or 403 wants another one: the call fails with [`Error::Backend`].
///
/// # TLS
///
/// A delegate is mostly on the same machine, so TLS is left to the feature `https`. With it, a delegate with an `https`
/// URL is trusted if its certificate is valid now, is for the host in the URL, and was issued by whom the system trusts, or
/// whom [`Builder::root_certificate`](super::Builder::root_certificate) names. Otherwise each call fails with
/// [`Error::Backend`], which says which of these it is not. On Linux, the variable `SSL_CERT_FILE` names another file of whom the system trusts.
///
/// # Errors, and what to do about them
///
/// | what is seen | what it means | what to do |
/// |---|---|---|
/// | [`Error::NotFound`] | the delegate says that the key has no value | nothing: it is an answer |
/// | [`Error::Timeout`] | no whole answer came in time | a longer timeout; look at the delegate and the way to it |
/// | [`Error::InvalidKey`], [`Error::InvalidValue`] | this store or the delegate does not take it: the text says why | raise the limits of both ends, or put something else |
/// | [`Error::Backend`] that names a connection | nobody takes connections at that address | start the delegate, or correct the URL |
/// | [`Error::Backend`] that names a certificate | the delegate is not trusted | see TLS above |
/// | [`Error::Backend`] with 401 or 403 | the delegate wants another token | set it with [`Builder::token`](super::Builder::token) |
/// | [`Error::Backend`] with another status, or with the first line of a page | this is no delegate, or one that has failed | look at what is behind the URL, and at its log |
#[derive(Clone)]
pub struct DelegatedStore {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) client: Client,
    pub(super) put_url: Url,
    pub(super) get_url: Url,
    pub(super) peer_id: PeerId,
    pub(super) last_peer: LastPeer,
    pub(super) timeout: Duration,
    pub(super) max_value_len: usize,
    pub(super) authorization: Option<HeaderValue>,
}

impl DelegatedStore {
    /// The peer that a value is from if the delegate names none.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.shared.peer_id
    }

    fn timeout(&self, options: &Options) -> Duration {
        options.timeout().unwrap_or(self.shared.timeout)
    }

    fn post(&self, url: &Url, parameters: &Parameters) -> RequestBuilder {
        let mut url = url.clone();
        url.set_query(Some(&parameters.query));
        let request = self.shared.client.post(url);
        match &self.shared.authorization {
            Some(token) => request.header(AUTHORIZATION, token),
            None => request,
        }
    }
}

/// Without the token, and without the user and the password that the URL may have.
impl fmt::Debug for DelegatedStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { get_url, peer_id, timeout, max_value_len, .. } = &*self.shared;
        let mut fields = formatter.debug_struct("DelegatedStore");
        fields.field("host", &get_url.host_str()).field("port", &get_url.port_or_known_default());
        fields.field("peer_id", peer_id).field("timeout", timeout).field("max_value_len", max_value_len);
        fields.finish_non_exhaustive()
    }
}

#[async_trait]
impl ValueStore for DelegatedStore {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let put = async {
            let (length, limit) = (value.len(), self.shared.max_value_len);
            if length > limit {
                return Err(Error::InvalidValue(format!("{length} bytes, and this store takes {limit}")));
            }
            let parameters = Parameters::of(key, options)?;
            let body = Multipart::new(value, &parameters.rest);
            let request = self.post(&self.shared.put_url, &parameters).header(CONTENT_TYPE, body.content_type);
            let request = request.body(reqwest::Body::wrap(Pieces::new(body.pieces)));
            answer::to(request, MAX_EVENTS_LEN).await?.put_outcome()
        };
        // Pinned here and in `get`: a call contains the request, so it is large, and by value it would be copied into each
        // future around it.
        trace::call("DelegatedStore", "put", key, within(Some(self.timeout(options)), pin!(put))).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let get = async {
            let parameters = Parameters::of(key, options)?;
            let mut request = self.post(&self.shared.get_url, &parameters);
            if !parameters.rest.is_empty() {
                request = request.header(CONTENT_TYPE, FORM_URLENCODED).body(parameters.rest);
            }
            let Shared { peer_id, last_peer, max_value_len, .. } = &*self.shared;
            let limit = answer::encoded_len(*max_value_len).saturating_add(MAX_EVENTS_LEN);
            answer::to(request, limit).await?.get_outcome(*peer_id, last_peer, *max_value_len)
        };
        trace::call("DelegatedStore", "get", key, within(Some(self.timeout(options)), pin!(get))).await
    }
}
