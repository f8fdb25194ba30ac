//! The server: any store under the paths of Kubo's routing commands.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};

use super::body::{Cut, receive_and_drain};
use super::parameters::{Call, MAX_PARAMETERS_LEN, NoCall};
use super::peer::LastPeer;
use super::protocol::{DEFAULT_MAX_VALUE_LEN, FORM_URLENCODED, GET_PATH, PUT_PATH};
use super::{answer, multipart};
use crate::{Error, ValueStore};

/// Kubo's client for Go asks for the version before anything else.
const VERSION_PATH: &str = "/api/v0/version";

/// Room for the boundaries and headers of a multipart body.
const MAX_FRAMING_LEN: usize = 64 << 10;

/// How many bytes past a limit are read and discarded before a request is refused. A client that is still sending when
/// it is refused may see only that the connection broke, and not why.
const MAX_DRAINED_LEN: usize = 64 << 20;

/// A router that offers `store` to [`DelegatedStore`](super::DelegatedStore), and to other clients of Kubo's routing
/// commands.
///
/// Values may have 4 MiB ([`DEFAULT_MAX_VALUE_LEN`]); a longer one is refused with [`Error::InvalidValue`]. A request
/// is in memory whole before the store is called. When the client goes away, the future of its call on the store is
/// dropped.
///
/// # Security
///
/// The router authenticates nobody: whoever reaches it may put, and so may any page in a browser on this machine. To
/// guard it, add a layer of your own, such as one that checks a header. Also add your own limits to the number of
/// requests, and to how slowly they may come. The command `value-store serve` (feature `cli`) does all this. A [`MemoryStore`](crate::stores::MemoryStore) behind it is not hardened
/// against keys that are chosen so that their hashes collide.
///
/// ```
/// use tokio::net::TcpListener;
/// use value_store::stores::{DelegatedStore, MemoryStore, delegated};
/// use value_store::{Options, ValueStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let url = format!("http://{}", listener.local_addr()?);
/// let memory = MemoryStore::new();
/// tokio::spawn(axum::serve(listener, delegated::router(memory.clone())).into_future());
///
/// let store = DelegatedStore::new(&url)?;
/// store.put(b"key", "value".into(), &Options::new()).await?;
/// assert_eq!(memory.get(b"key", &Options::new()).await?.val, "value");
/// # Ok(())
/// # }
/// ```
pub fn router(store: impl ValueStore + 'static) -> Router {
    router_with_max_value_len(store, DEFAULT_MAX_VALUE_LEN)
}

/// As [`router`], for values of up to `max_value_len` bytes.
pub fn router_with_max_value_len(store: impl ValueStore + 'static, max_value_len: usize) -> Router {
    let server = Server { store: Box::new(store), max_value_len, last_peer: LastPeer::default() };
    Router::new()
        .route(PUT_PATH, post(async |State(server): State<Arc<Server>>, request| respond(server.put(request).await)))
        .route(GET_PATH, post(async |State(server): State<Arc<Server>>, request| respond(server.get(request).await)))
        .route(VERSION_PATH, post(async || respond(Ok(answer::version()))))
        .with_state(Arc::new(server))
}

struct Server {
    store: Box<dyn ValueStore>,
    max_value_len: usize,
    last_peer: LastPeer,
}

/// Why a request was not carried out.
enum Refusal {
    /// The request makes no call.
    Request(String),
    /// The call failed.
    Call(Error),
}

impl Server {
    async fn put(&self, request: Request) -> Result<String, Refusal> {
        let (head, body) = request.into_parts();
        let limit = self.max_value_len.saturating_add(MAX_PARAMETERS_LEN + MAX_FRAMING_LEN);
        let body = match whole(body, limit).await {
            Err(Cut::TooLong(_)) => return Err(self.too_long("a request with more").into()),
            body => body?,
        };
        let put = multipart::parse(content_type(&head.headers), &body)?;
        if put.value.len() > self.max_value_len {
            return Err(self.too_long(&format!("{} bytes", put.value.len())).into());
        }
        let call = Call::from_parameters(head.uri.query().unwrap_or_default().as_bytes(), &put.parameters)?;
        self.store.put(&call.key, put.value, &call.options).await?;
        Ok(answer::stored())
    }

    async fn get(&self, request: Request) -> Result<String, Refusal> {
        let (head, body) = request.into_parts();
        let body = whole(body, MAX_PARAMETERS_LEN).await?;
        let has_parameters = content_type(&head.headers).eq_ignore_ascii_case(FORM_URLENCODED);
        let parameters = if has_parameters { &body[..] } else { b"" };
        let call = Call::from_parameters(head.uri.query().unwrap_or_default().as_bytes(), parameters)?;
        Ok(answer::found(&self.store.get(&call.key, &call.options).await?, &self.last_peer))
    }

    fn too_long(&self, what: &str) -> Error {
        Error::InvalidValue(format!("{what}, and this delegate takes {}", self.max_value_len))
    }
}

/// The body of a request, if it arrived whole and is within the limit.
async fn whole(body: Body, limit: usize) -> Result<Bytes, Cut> {
    let received = receive_and_drain(body, limit, limit.saturating_add(MAX_DRAINED_LEN)).await;
    received.end.map(|()| received.bytes)
}

fn content_type(headers: &HeaderMap) -> &str {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn respond(outcome: Result<String, Refusal>) -> Response {
    let (status, body) = match outcome {
        Ok(event) => (StatusCode::OK, event),
        Err(Refusal::Request(message)) => answer::refused(&message),
        Err(Refusal::Call(error)) => answer::failed(&error),
    };
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<NoCall> for Refusal {
    fn from(error: NoCall) -> Self {
        Self::Request(error.to_string())
    }
}

impl From<Cut> for Refusal {
    fn from(cut: Cut) -> Self {
        Self::Request(format!("the request's body is {cut}"))
    }
}

impl From<&str> for Refusal {
    fn from(message: &str) -> Self {
        Self::Request(message.to_owned())
    }
}
