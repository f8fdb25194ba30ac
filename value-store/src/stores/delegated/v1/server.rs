//! The server: any store under the path of IPNS records.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_TYPE, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::accept::takes_records;
use super::names::{Held, Missing, Names};
use super::protocol::{RECORD, is_record};
use super::seen::Seen;
use super::{caching, protocol};
use crate::ipns::{MAX_RECORD_LEN, Name, NameError, Record, RecordError};
use crate::stores::delegated::body::{Cut, receive_and_drain};
use crate::stores::delegated::failure::with_sources;
use crate::{Error, ValueStore};

/// How many bytes past the limit are read and discarded before a request is refused. A client that is still sending when it
/// is refused may see only that the connection broke, and not why.
const MAX_DRAINED_LEN: usize = 1 << 20;

/// What everybody may read in a browser, whatever page they are on.
const CORS: [(HeaderName, &str); 4] = [
    (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
    (ACCESS_CONTROL_ALLOW_METHODS, "GET, HEAD, PUT, OPTIONS"),
    (ACCESS_CONTROL_ALLOW_HEADERS, "Accept, Authorization, Content-Type, If-Modified-Since, If-None-Match"),
    (ACCESS_CONTROL_EXPOSE_HEADERS, "Etag"),
];

/// A router that offers `store` to [`IpnsStore`](super::IpnsStore), and to other clients of Delegated Routing V1.
///
/// It serves `/routing/v1/ipns/{name}`. Any other path below `/routing/v1/` is answered with 501: it does not route content
/// or peers.
///
/// # What it takes
///
/// A put of anything but a valid record of the name is refused with 400, and so is a record that is older than the one in
/// the store. Puts of one name take turns, so this holds also for puts at the same time. A get finds no record where that in
/// the store has expired, and fails with 500 where it is none. A record that has expired no longer keeps an older one out: so
/// do not let a new record end before the one that it replaces. A put reads the store first, and fails if that fails.
///
/// What else writes to the store is not asked: another router over the same store, or another node of a network, may replace
/// a newer record between the look and the put, and put anything. A network that should not let that happen has to compare
/// records itself. Neither does the order hold for a put that was given up, when its client went away, if the store may
/// still carry it out (in the [contract](crate::ValueStore): if the store is not settled).
///
/// # What caches are told
///
/// A record is cached for its time to live (60 s without one), and no longer than it is valid; stale, as long as it is valid.
/// That there is none is cached for 15 s. `Etag` is a digest of the record. `Last-Modified` is when this router first saw
/// it, and does not go back while the router runs; if that second has seen another record of the name, `If-Modified-Since` with
/// that time does not count.
///
/// # Security
///
/// The router authenticates nobody, and lets pages of any origin call it, as the specification asks for: whoever reaches it
/// may put a record that the owner of a name has signed. To guard it, add a layer of your own, and limits to the number of
/// requests, and to how slowly they may come. When the client goes away, the future of its call on the store is dropped.
///
/// ```
/// use tokio::net::TcpListener;
/// use value_store::stores::MemoryStore;
/// use value_store::stores::delegated::v1;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let url = format!("http://{}", listener.local_addr()?);
/// tokio::spawn(axum::serve(listener, v1::router(MemoryStore::new())).into_future());
/// # value_store::stores::delegated::v1::IpnsStore::new(&url)?;
/// # Ok(())
/// # }
/// ```
pub fn router(store: impl ValueStore + 'static) -> Router {
    let server = Arc::new(Server { names: Names::new(store), seen: Seen::default() });
    let ipns = get(async |State(server): State<Arc<Server>>, Path(name): Path<String>, headers: HeaderMap| {
        ([(VARY, "Accept")], answered(server.get(&name, &headers).await))
    });
    let ipns = ipns.put(async |State(server): State<Arc<Server>>, Path(name): Path<String>, request: Request| {
        answered(server.put(&name, request).await)
    });
    Router::new()
        .route(
            &format!("{}{{name}}", protocol::PATH),
            ipns.options(async || StatusCode::NO_CONTENT).fallback(unsupported),
        )
        .route("/routing/v1/{*path}", any(unsupported))
        .layer(map_response(with_cors))
        .with_state(server)
}

struct Server {
    names: Names,
    seen: Seen,
}

/// Why a request was not carried out, as the client is told.
struct Refusal(StatusCode, String);

impl Server {
    async fn get(&self, name: &str, headers: &HeaderMap) -> Result<Response, Refusal> {
        if !takes_records(headers) {
            return Err(other_type("Accept"));
        }
        let name = name_of(name)?;
        let held = match self.names.get(name).await {
            Ok(held) => held,
            Err(missing) => return miss(missing),
        };
        let now = SystemTime::now();
        let etag = caching::etag_of(&held.bytes);
        let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let since = self.seen.since(name, &etag, second);
        let of_the_record = caching::headers(&held, &etag, since, now);
        if caching::is_known(headers, &etag, since) {
            return Ok((StatusCode::NOT_MODIFIED, of_the_record).into_response());
        }
        Ok((of_the_record, [(CONTENT_TYPE, RECORD)], held.bytes).into_response())
    }

    async fn put(&self, name: &str, request: Request) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        if !content_type.is_some_and(is_record) {
            return Err(other_type("Content-Type"));
        }
        let name = name_of(name)?;
        let received = receive_and_drain(body, MAX_RECORD_LEN, MAX_RECORD_LEN + MAX_DRAINED_LEN).await;
        let bytes = received.end.map(|()| received.bytes).map_err(|cut| bad_request(too_long_or_broken(&cut)))?;
        let record = Record::verify(&name, &bytes).map_err(|error| bad_request(error.to_string()))?;
        self.names.put(name, Held { record, bytes }).await?;
        Ok(StatusCode::OK.into_response())
    }
}

fn name_of(text: &str) -> Result<Name, Refusal> {
    text.parse().map_err(|error: NameError| bad_request(error.to_string()))
}

fn bad_request(text: String) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, text)
}

fn too_long_or_broken(cut: &Cut) -> String {
    match cut {
        Cut::TooLong(limit) => format!("an IPNS record has at most {limit} bytes, and this one has more"),
        Cut::Broken(_) => "the record is broken off".into(),
    }
}

/// The refusal of a request whose header names another content type than that of records.
fn other_type(header: &str) -> Refusal {
    Refusal(StatusCode::NOT_ACCEPTABLE, format!("there are only IPNS records here: retry with `{header}: {RECORD}`"))
}

/// The answer where there is no record: it is successful, and has another content type than that of records.
fn miss(missing: Missing) -> Result<Response, Refusal> {
    let text = match missing {
        Missing::Failed(Error::NotFound) => "the name has no record".to_owned(),
        Missing::Failed(error) => return Err(error.into()),
        Missing::Unfit(expired @ RecordError::Expired { .. }) => expired.to_string(),
        Missing::Unfit(error) => {
            let text = format!("what the store has under this name is not to be relied on: {error}");
            return Err(Refusal(StatusCode::INTERNAL_SERVER_ERROR, text));
        }
    };
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, caching::OF_A_MISS)];
    Ok((headers, format!("{text}\n")).into_response())
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::InvalidKey(reason) | Error::InvalidValue(reason) => bad_request(reason),
            Error::Timeout => Self(StatusCode::GATEWAY_TIMEOUT, error.to_string()),
            Error::NotFound | Error::Backend(_) => Self(StatusCode::INTERNAL_SERVER_ERROR, with_sources(&error)),
        }
    }
}

fn answered(outcome: Result<Response, Refusal>) -> Response {
    outcome.unwrap_or_else(|Refusal(status, text)| (status, format!("{text}\n")).into_response())
}

async fn unsupported() -> Response {
    let text = "this server has IPNS records, by GET and PUT of /routing/v1/ipns/{name}, and nothing else\n";
    (StatusCode::NOT_IMPLEMENTED, text).into_response()
}

async fn with_cors(mut response: Response) -> Response {
    let headers = CORS.map(|(name, value)| (name, HeaderValue::from_static(value)));
    response.headers_mut().extend(headers);
    response
}
