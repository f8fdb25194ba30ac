//! Which requests become calls: those of whoever may call, while there is a place for them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::json;
use subtle::ConstantTimeEq as _;
use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{debug, warn};

use super::arrival::Arriving;

/// Whoever is refused has to have sent the request by then: many a client reads no answer before.
const DRAIN_TIME: Duration = Duration::from_secs(10);

/// How much of a request is read and discarded before it is refused.
const MAX_DRAINED_LEN: usize = 64 << 20;

/// Where a request comes from, as its connection says.
#[derive(Clone, Copy)]
pub(super) struct Peer(pub(super) SocketAddr);

pub(super) struct Gate {
    token: Option<String>,
    places: Semaphore,
    max_calls: usize,
    max_arrival: Duration,
}

/// Why a request is no call.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
enum Refusal {
    #[error(
        "this delegate asks for a token, and this request has none: send the header `Authorization: Bearer TOKEN` \
         (value-store put and get: --token FILE)"
    )]
    NoToken,
    #[error("this delegate asks for another token than this request has: send the one that it was started with")]
    WrongToken,
    #[error(
        "this request comes from a web page, as it has an `Origin` header, and any page could put here: call from a \
         program, or start the delegate with --token FILE and send the token"
    )]
    WebPage,
    #[error("this delegate has {0} calls under way, and takes no more: try again later, or raise --max-calls")]
    Busy(usize),
    #[error("this request did not arrive whole within {0:?}: send it faster, or raise --max-arrival")]
    Late(Duration),
}

impl Gate {
    pub(super) fn new(token: Option<String>, max_calls: usize, max_arrival: Duration) -> Arc<Self> {
        Arc::new(Self { token, places: Semaphore::new(max_calls), max_calls, max_arrival })
    }

    /// A place for a call, until it is dropped.
    fn admit(&self, headers: &HeaderMap) -> Result<SemaphorePermit<'_>, Refusal> {
        match &self.token {
            Some(token) => check_token(token, headers)?,
            // With a token, pages need no check of their own: no browser adds the token by itself.
            None if headers.contains_key(header::ORIGIN) => return Err(Refusal::WebPage),
            None => {}
        }
        self.places.try_acquire().map_err(|_| Refusal::Busy(self.max_calls))
    }
}

/// The layer around the router.
pub(super) async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get().map(|Peer(address)| *address);
    let (head, body) = request.into_parts();
    let _place = match gate.admit(&head.headers) {
        Ok(place) => place,
        Err(refusal) => {
            drain(body).await;
            return refuse(refusal, peer);
        }
    };
    let (body, arrival) = Arriving::new(body, gate.max_arrival);
    let answer = next.run(Request::from_parts(head, Body::new(body))).await;
    if arrival.is_late() {
        return refuse(Refusal::Late(gate.max_arrival), peer);
    }
    if answer.status().is_client_error() {
        debug!(peer = peer.map(display), status = answer.status().as_u16(), "refused by the store or the router");
    }
    answer
}

/// In constant time for tokens of the same length.
fn check_token(token: &str, headers: &HeaderMap) -> Result<(), Refusal> {
    let sent = headers.get(header::AUTHORIZATION).ok_or(Refusal::NoToken)?.as_bytes();
    let (scheme, sent) = sent.split_at_checked(b"Bearer ".len()).ok_or(Refusal::NoToken)?;
    if !scheme.eq_ignore_ascii_case(b"Bearer ") {
        return Err(Refusal::NoToken);
    }
    if bool::from(sent.trim_ascii().ct_eq(token.as_bytes())) { Ok(()) } else { Err(Refusal::WrongToken) }
}

async fn drain(body: Body) {
    let read = async {
        let (mut body, mut length) = (body, 0_usize);
        while let Some(Ok(frame)) = body.frame().await {
            length += frame.data_ref().map_or(0, Bytes::len);
            if length > MAX_DRAINED_LEN {
                break;
            }
        }
    };
    // Whether it has ended makes no difference: the connection is closed.
    let _ = tokio::time::timeout(DRAIN_TIME, read).await;
}

/// Closes the connection too: whoever is refused keeps nobody else from connecting.
fn refuse(refusal: Refusal, peer: Option<SocketAddr>) -> Response {
    let status = refusal.status();
    warn!(peer = peer.map(display), status = status.as_u16(), "refused: {refusal}");
    let message = json!({ "Message": refusal.to_string(), "Code": 1, "Type": "error" }).to_string();
    let headers = [(header::CONNECTION, "close"), (header::CONTENT_TYPE, "application/json")];
    let mut response = (status, headers, message).into_response();
    let further = match refusal {
        Refusal::NoToken | Refusal::WrongToken => Some((header::WWW_AUTHENTICATE, "Bearer")),
        Refusal::Busy(_) => Some((header::RETRY_AFTER, "1")),
        Refusal::WebPage | Refusal::Late(_) => None,
    };
    if let Some((name, value)) = further {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

impl Refusal {
    fn status(self) -> StatusCode {
        match self {
            Self::NoToken | Self::WrongToken => StatusCode::UNAUTHORIZED,
            Self::WebPage => StatusCode::FORBIDDEN,
            Self::Busy(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Late(_) => StatusCode::REQUEST_TIMEOUT,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(sent: Option<&'static str>, expected: Result<(), Refusal>) {
        let headers = sent.map(|sent| (header::AUTHORIZATION, HeaderValue::from_static(sent)));
        assert_eq!(check_token("abc", &headers.into_iter().collect()), expected, "{sent:?}");
    }

    #[test]
    fn only_the_token_itself_is_taken() {
        for right in ["Bearer abc", "bearer abc", "Bearer  abc "] {
            check(Some(right), Ok(()));
        }
        for wrong in ["Bearer ab", "Bearer abcd", "Bearer ABC", "Bearer abx", "Bearer abc abc", "Bearer "] {
            check(Some(wrong), Err(Refusal::WrongToken));
        }
        for none in ["", "abc", "Bearer", "Basic abcdefgh", "Bearerabc"] {
            check(Some(none), Err(Refusal::NoToken));
        }
        check(None, Err(Refusal::NoToken));
    }

    #[test]
    fn a_place_is_free_again_once_its_call_has_ended() {
        let gate = Gate::new(None, 1, Duration::ZERO);
        let place = gate.admit(&HeaderMap::new()).unwrap();
        assert_eq!(gate.admit(&HeaderMap::new()).unwrap_err(), Refusal::Busy(1));
        drop(place);
        assert!(gate.admit(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn a_token_that_is_wrong_takes_no_place() {
        let gate = Gate::new(Some("abc".into()), 1, Duration::ZERO);
        assert_eq!(gate.admit(&HeaderMap::new()).unwrap_err(), Refusal::NoToken);
        assert_eq!(gate.places.available_permits(), 1);
    }
}
