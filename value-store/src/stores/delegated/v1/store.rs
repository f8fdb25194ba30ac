//! The client: a store whose calls are requests to a delegate.

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Method};
use libp2p_identity::PeerId;
use reqwest::{Client, RequestBuilder, Url};

use super::answer::Answer;
use super::protocol::RECORD;
use crate::calls::within;
use crate::ipns::{Name, Record};
use crate::stores::trace;
use crate::{Error, GetValueResult, Options, ValueStore};

/// A store of IPNS records that a delegate keeps, over HTTP.
///
/// ```
/// # use tokio::net::TcpListener;
/// # use value_store::stores::MemoryStore;
/// use value_store::PeerId;
/// use value_store::ipns::Name;
/// use value_store::stores::delegated::v1::{self, IpnsStore};
/// use value_store::{Options, ValueStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let url = format!("http://{}", listener.local_addr()?);
/// # tokio::spawn(axum::serve(listener, v1::router(MemoryStore::new())).into_future());
/// let store = IpnsStore::new(&url)?;
/// let name: Name = "k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8".parse()?;
/// let unpublished = store.get(&name.to_key(), &Options::new()).await;
/// assert!(unpublished.unwrap_err().is_not_found());
/// # Ok(())
/// # }
/// ```
///
/// # Keys and values
///
/// A key is `/ipns/` and the bytes of a peer id, and a value is a valid record of that name: see [`ipns`](crate::ipns). Any
/// other key is refused with [`Error::InvalidKey`], and any other value with [`Error::InvalidValue`], before anything is
/// sent. A record that the delegate has is returned only if it is valid; else the get fails with [`Error::Backend`].
///
/// # What it promises
///
/// It promises what its delegate promises, with these exceptions:
///
/// - The client keeps the timeout of a call, from the connection to the last byte of the answer. The protocol does not tell
///   the delegate, and has no options: all others are ignored.
/// - It is not settled, whatever the delegate is: a put that was given up may still be on its way, and be carried out after
///   a put that was made later. It does no harm if the delegate keeps the newer of two records, as a [`router`](super::router)
///   does.
/// - Where a cache is between the two, a get may return an older record, or none, for as long as the delegate allows that.
///   There is none in the client.
///
/// An answer counts only if it was read to its end. Redirections are not followed, and no proxy is taken from the
/// environment.
///
/// All records are from [`peer_id`](Self::peer_id), since the protocol does not say which peer had one.
///
/// # Handles
///
/// Clones are cheap and share their connections, as those of a [`DelegatedStore`](crate::stores::DelegatedStore) do, which
/// says what that means for several runtimes, and whom a client trusts over `https`.
///
/// # Errors, and what to do about them
///
/// | what is seen | what it means | what to do |
/// |---|---|---|
/// | [`Error::NotFound`] | the delegate has no record of that name | publish one, or ask another delegate |
/// | [`Error::InvalidKey`] | the key is not `/ipns/` and the bytes of a peer id | make it with [`Name::to_key`] |
/// | [`Error::InvalidValue`] | the record is not one of that name that is valid now, or it is older than the one that the delegate has | sign a new one, with a greater sequence |
/// | [`Error::Timeout`] | no whole answer came in time, or the delegate says so | a longer timeout; look at the delegate and the way to it |
/// | [`Error::Backend`] about a record | the delegate has a record that is not valid | do not trust it; tell who runs it |
/// | any other [`Error::Backend`] | as for a [`DelegatedStore`](crate::stores::DelegatedStore) | as there |
#[derive(Clone)]
pub struct IpnsStore {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) client: Client,
    /// The name is the next part of the path.
    pub(super) url: Url,
    pub(super) peer_id: PeerId,
    pub(super) timeout: Duration,
    pub(super) authorization: Option<HeaderValue>,
}

impl IpnsStore {
    /// The peer that all records are from.
    #[must_use]
    pub fn peer_id(&self) -> PeerId {
        self.shared.peer_id
    }

    fn request(&self, method: Method, name: Name) -> RequestBuilder {
        let mut url = self.shared.url.clone();
        url.set_path(&format!("{}{name}", url.path()));
        let request = self.shared.client.request(method, url);
        match &self.shared.authorization {
            Some(token) => request.header(AUTHORIZATION, token),
            None => request,
        }
    }

    fn timeout(&self, options: &Options) -> Option<Duration> {
        options.timeout().or(Some(self.shared.timeout))
    }
}

/// Without the token, and without the user and the password that the URL may have.
impl fmt::Debug for IpnsStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shared { url, peer_id, timeout, .. } = &*self.shared;
        let mut fields = formatter.debug_struct("IpnsStore");
        fields.field("host", &url.host_str()).field("port", &url.port_or_known_default());
        fields.field("peer_id", peer_id).field("timeout", timeout).finish_non_exhaustive()
    }
}

#[async_trait]
impl ValueStore for IpnsStore {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        let put = async {
            let name = name_of(key)?;
            Record::verify(&name, &value).map_err(|error| Error::InvalidValue(error.to_string()))?;
            let request = self.request(Method::PUT, name).header(CONTENT_TYPE, RECORD).body(value);
            Answer::to(request).await?.put_outcome()
        };
        // Pinned here and in `get`: a call contains the request, so it is large, and by value it would be copied into each
        // future around it.
        trace::call("IpnsStore", "put", key, within(self.timeout(options), pin!(put))).await
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        let get = async {
            let name = name_of(key)?;
            let request = self.request(Method::GET, name).header(ACCEPT, RECORD);
            let val = Answer::to(request).await?.get_outcome(&name)?;
            Ok(GetValueResult { from: self.shared.peer_id, val })
        };
        trace::call("IpnsStore", "get", key, within(self.timeout(options), pin!(get))).await
    }
}

fn name_of(key: &[u8]) -> Result<Name, Error> {
    Name::of_key(key).map_err(|error| Error::InvalidKey(error.to_string()))
}
