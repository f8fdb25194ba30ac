//! What a delegate answers, as the client takes it.

use bytes::Bytes;
use http::StatusCode;
use http::header::CONTENT_TYPE;
use reqwest::RequestBuilder;

use super::protocol::is_record;
use crate::Error;
use crate::ipns::{MAX_RECORD_LEN, Name, Record};
use crate::stores::delegated::body::{Cut, Received, receive};
use crate::stores::delegated::failure::{Failure, answer_to, first_line};

/// An answer as it arrived.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    has_record: bool,
    body: Received,
}

impl Answer {
    /// Sends the request, and reads the answer.
    pub(super) async fn to(request: RequestBuilder) -> Result<Self, Error> {
        let response = answer_to(request).await?;
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let (status, has_record) = (response.status(), content_type.is_some_and(is_record));
        let body = http::Response::<reqwest::Body>::from(response).into_body();
        Ok(Self { status, has_record, body: receive(body, MAX_RECORD_LEN).await })
    }

    /// Whether the record was published.
    pub(super) fn put_outcome(self) -> Result<(), Error> {
        let answer = self.unbroken()?;
        match answer.status {
            StatusCode::OK => Ok(()),
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => Err(Error::InvalidValue(answer.reason())),
            _ => Err(answer.failure()),
        }
    }

    /// The record of this name that was found.
    pub(super) fn get_outcome(self, name: &Name) -> Result<Bytes, Error> {
        let answer = self.unbroken()?;
        match answer.status {
            StatusCode::OK if answer.has_record => answer.record_of(name),
            StatusCode::OK | StatusCode::NOT_FOUND => Err(Error::NotFound),
            StatusCode::BAD_REQUEST => Err(Error::InvalidKey(answer.reason())),
            _ => Err(answer.failure()),
        }
    }

    /// The answer, unless the connection broke before its end: then it may be part of another one.
    fn unbroken(self) -> Result<Self, Error> {
        let Self { status, body, .. } = self;
        match body.end {
            Err(cut @ Cut::Broken(_)) => {
                let first_line = first_line(&body.bytes);
                Err(Error::backend(Failure::Unreadable { status, first_line, source: cut.into() }))
            }
            end => Ok(Self { body: Received { end, ..body }, ..self }),
        }
    }

    fn record_of(self, name: &Name) -> Result<Bytes, Error> {
        let Received { bytes, end, .. } = self.body;
        let verified = match end {
            Ok(()) => Record::verify(name, &bytes).map_err(Into::into),
            Err(too_long) => Err(too_long.into()),
        };
        verified.map(|_| bytes).map_err(|reason| Error::backend(Failure::Record(reason)))
    }

    fn failure(&self) -> Error {
        let (status, message) = (self.status, self.reason());
        match status {
            StatusCode::GATEWAY_TIMEOUT => Error::Timeout,
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Error::backend(Failure::Denied { status, message }),
            _ => Error::backend(Failure::Refused { status, message }),
        }
    }

    /// What the delegate says of it.
    fn reason(&self) -> String {
        let said = first_line(&self.body.bytes);
        if said.is_empty() { format!("the delegate answered {}, and does not say why", self.status) } else { said }
    }
}
