//! What a delegate answers: an error, or events, one JSON object a line. The event of type 5 is the value.

use std::borrow::Cow;
use std::error::Error as StdError;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::StatusCode;
use http_body::Body;
use libp2p_identity::PeerId;
use reqwest::RequestBuilder;
use serde::{Deserialize, Serialize};

use super::body::{Received, receive};
use super::failure::{Failure, answer_to, first_line, with_sources};
use super::peer::LastPeer;
use crate::{Error, GetValueResult};

/// Kubo's type number of the event that has the result of a put or a get.
const VALUE: i64 = 5;

/// The trailer with the error, if that came up after the answer had begun.
const STREAM_ERROR: &str = "x-stream-error";

const NOT_FOUND: &str = "routing: not found";
const DEADLINE_EXCEEDED: &str = "context deadline exceeded";
const INVALID_KEY: &str = "invalid key";
const INVALID_VALUE: &str = "invalid value";

/// An answer as it arrived.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Received,
}

/// Sends the request and reads up to `limit` bytes of the answer.
pub(super) async fn to(request: RequestBuilder, limit: usize) -> Result<Answer, Error> {
    let response = answer_to(request).await?;
    Ok(Answer::read(http::Response::<reqwest::Body>::from(response), limit).await)
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "ID", default, borrow)]
    id: Cow<'a, str>,
    #[serde(rename = "Type")]
    kind: i64,
    #[serde(rename = "Extra", default, borrow)]
    extra: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refusal<'a> {
    #[serde(borrow)]
    message: Cow<'a, str>,
    #[serde(default)]
    code: i64,
    #[serde(default, borrow)]
    r#type: Cow<'a, str>,
}

impl Answer {
    pub(super) async fn read<B>(response: http::Response<B>, limit: usize) -> Self
    where
        B: Body<Data = Bytes, Error: Into<Box<dyn StdError + Send + Sync>>>,
    {
        let (head, body) = response.into_parts();
        Self { status: head.status, body: receive(body, limit).await }
    }

    /// Whether the put succeeded.
    pub(super) fn put_outcome(self) -> Result<(), Error> {
        self.value_event(|_| Ok(()))
    }

    /// The value that was found. It is from the delegate itself, unless the answer names another peer.
    pub(super) fn get_outcome(
        self,
        delegate: PeerId,
        last_peer: &LastPeer,
        max_value_len: usize,
    ) -> Result<GetValueResult, Error> {
        self.value_event(|event| {
            let from = if event.id.is_empty() { delegate } else { last_peer.peer_of(&event.id)? };
            let val = STANDARD.decode(event.extra.ok_or("its event has no value")?.as_bytes())?;
            if val.len() > max_value_len {
                return Err(format!("the value has {} bytes, and this store takes {max_value_len}", val.len()).into());
            }
            Ok(GetValueResult { from, val: val.into() })
        })
    }

    fn value_event<T>(
        self,
        read: impl FnOnce(Event<'_>) -> Result<T, Box<dyn StdError + Send + Sync>>,
    ) -> Result<T, Error> {
        let Self { status, body } = self;
        if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            return Err(Error::backend(Failure::Denied { status, message: denial(&body.bytes) }));
        }
        let unreadable =
            |source| Error::backend(Failure::Unreadable { status, first_line: first_line(&body.bytes), source });
        if let Err(cut) = body.end {
            return Err(unreadable(cut.into()));
        }
        if status != StatusCode::OK {
            let refusal =
                serde_json::from_slice::<Refusal<'_>>(&body.bytes).map_err(|error| unreadable(error.into()))?;
            return Err(error_of(status, &refusal.message));
        }
        if let Some(message) = body.trailers.get(STREAM_ERROR) {
            return Err(error_of(status, &String::from_utf8_lossy(message.as_bytes())));
        }
        let event = find_value(&body.bytes).map_err(unreadable)?;
        read(event).map_err(unreadable)
    }
}

/// Why a delegate denies a call. Kubo says so in plain text, and a proxy in a page.
fn denial(body: &[u8]) -> String {
    serde_json::from_slice::<Refusal<'_>>(body)
        .map_or_else(|_| first_line(body), |refusal| refusal.message.into_owned())
}

/// The first event that is a value. All of the answer must be events.
fn find_value(body: &[u8]) -> Result<Event<'_>, Box<dyn StdError + Send + Sync>> {
    let mut found = None;
    for event in serde_json::Deserializer::from_slice(body).into_iter() {
        let event: Event<'_> = event?;
        if event.kind == VALUE && found.is_none() {
            found = Some(event);
        }
    }
    found.ok_or_else(|| "it ends without a value".into())
}

/// The error with this message. The whole message must match: an error that only quotes another is not that one.
fn error_of(status: StatusCode, message: &str) -> Error {
    let reason = |kind| message.strip_prefix(kind)?.strip_prefix(": ");
    match message {
        NOT_FOUND => Error::NotFound,
        DEADLINE_EXCEEDED => Error::Timeout,
        INVALID_KEY => Error::InvalidKey("the delegate does not take it".into()),
        _ => {
            if let Some(reason) = reason(INVALID_KEY) {
                Error::InvalidKey(reason.into())
            } else if let Some(reason) = reason(INVALID_VALUE) {
                Error::InvalidValue(reason.into())
            } else {
                Error::backend(Failure::Refused { status, message: message.into() })
            }
        }
    }
}

/// The answer to a put.
pub(super) fn stored() -> String {
    event("", &[])
}

/// The answer to a get.
pub(super) fn found(found: &GetValueResult, last_peer: &LastPeer) -> String {
    event(&last_peer.text_of(found.from), &found.val)
}

/// The answer to a request for the version.
pub(super) fn version() -> String {
    format!(
        "{{\"Version\":\"{}\",\"Commit\":\"\",\"Repo\":\"\",\"System\":\"\",\"Golang\":\"\"}}\n",
        env!("CARGO_PKG_VERSION")
    )
}

fn event(id: &str, value: &[u8]) -> String {
    let mut line = format!("{{\"ID\":\"{id}\",\"Type\":{VALUE},\"Responses\":null,\"Extra\":\"");
    line.reserve_exact(encoded_len(value.len()) + "\"}\n".len());
    STANDARD.encode_string(value, &mut line);
    line.push_str("\"}\n");
    line
}

/// The length in an answer of a value of this length.
pub(super) const fn encoded_len(value_len: usize) -> usize {
    value_len.div_ceil(3).saturating_mul(4)
}

/// The answer to a call that failed.
pub(super) fn failed(error: &Error) -> (StatusCode, String) {
    match error {
        Error::NotFound => (StatusCode::INTERNAL_SERVER_ERROR, refusal(NOT_FOUND, 0)),
        Error::Timeout => (StatusCode::INTERNAL_SERVER_ERROR, refusal(DEADLINE_EXCEEDED, 0)),
        Error::InvalidKey(reason) => refused(&format!("{INVALID_KEY}: {reason}")),
        Error::InvalidValue(reason) => refused(&format!("{INVALID_VALUE}: {reason}")),
        // Its text begins with the error's own, so the message can never be taken for that of another error.
        Error::Backend(_) => (StatusCode::INTERNAL_SERVER_ERROR, refusal(&with_sources(error), 0)),
    }
}

/// The answer to a request that makes no call.
pub(super) fn refused(message: &str) -> (StatusCode, String) {
    (StatusCode::BAD_REQUEST, refusal(message, 1))
}

fn refusal(message: &str, code: i64) -> String {
    let refusal = Refusal { message: message.into(), code, r#type: "error".into() };
    serde_json::to_string(&refusal).expect("texts and numbers are JSON")
}
