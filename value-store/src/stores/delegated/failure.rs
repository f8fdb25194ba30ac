//! What went wrong with a call to a delegate, as the source of an [`Error::Backend`].

use std::error::Error as StdError;
use std::iter;

use http::StatusCode;
use reqwest::{RequestBuilder, Response};

use crate::Error;

/// The error behind an [`Error::Backend`].
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the delegate did not answer")]
    Unanswered(#[source] reqwest::Error),
    #[cfg(feature = "https")]
    #[error("the certificate of the delegate is not trusted: {0}")]
    Untrusted(String),
    #[error("the delegate answered {status}: {message}")]
    Refused { status: StatusCode, message: String },
    #[error(
        "the delegate answered {status}, {message:?}: if this store has no token yet, build it with one \
         (`Builder::token`), or else with the right one"
    )]
    Denied { status: StatusCode, message: String },
    #[cfg(feature = "ipns")]
    #[error("the delegate answered with a record that is not to be relied on")]
    Record(#[source] Box<dyn StdError + Send + Sync>),
    #[error("the delegate answered {status}, which cannot be understood; it begins with {first_line:?}")]
    Unreadable { status: StatusCode, first_line: String, source: Box<dyn StdError + Send + Sync> },
}

impl From<reqwest::Error> for Failure {
    fn from(error: reqwest::Error) -> Self {
        #[cfg(feature = "https")]
        if let Some(reason) = super::tls::distrust(&error) {
            return Self::Untrusted(reason);
        }
        Self::Unanswered(error)
    }
}

/// Sends the request, and waits for the head of the answer.
pub(super) async fn answer_to(request: RequestBuilder) -> Result<Response, Error> {
    request.send().await.map_err(|error| Error::backend(Failure::from(error.without_url())))
}

/// Shows a person whose answer it was, such as that of a proxy or of another server.
pub(super) fn first_line(body: &[u8]) -> String {
    const MAX_LEN: usize = 160;
    let line = body.trim_ascii_start().split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    String::from_utf8_lossy(&line[..line.len().min(MAX_LEN)]).into_owned()
}

/// The text of an error and of all its sources.
pub(super) fn with_sources(error: &Error) -> String {
    let causes = iter::successors(Some(error as &dyn StdError), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
