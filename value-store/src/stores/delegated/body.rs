//! Bodies of requests and answers: read within a limit, and sent without copying the value.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::{array, iter};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;

/// How many bytes are reserved for a body before it arrives. Its length is only a claim of the sender's.
const MAX_RESERVED: usize = 1 << 20;

/// As much of a body as was read.
#[derive(Debug)]
pub(super) struct Received {
    /// No longer than the limit.
    pub(super) bytes: Bytes,
    pub(super) trailers: HeaderMap,
    /// Whether the body was read to its end.
    pub(super) end: Result<(), Cut>,
}

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cut {
    #[error("longer than {0} bytes")]
    TooLong(usize),
    #[error("broken off")]
    Broken(#[source] Box<dyn StdError + Send + Sync>),
}

/// Reads a body to its end, or to the limit.
pub(super) async fn receive<B>(body: B, limit: usize) -> Received
where
    B: Body<Data = Bytes, Error: Into<Box<dyn StdError + Send + Sync>>>,
{
    receive_and_drain(body, limit, limit).await
}

/// As [`receive`], but reads on past the limit, up to `drain_limit`, and discards what it reads there.
pub(super) async fn receive_and_drain<B>(body: B, limit: usize, drain_limit: usize) -> Received
where
    B: Body<Data = Bytes, Error: Into<Box<dyn StdError + Send + Sync>>>,
{
    let mut body = std::pin::pin!(body);
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    let (mut bytes, mut length) = (Vec::with_capacity(expected.min(limit).min(MAX_RESERVED)), 0_usize);
    let mut trailers = HeaderMap::new();
    let mut end = Ok(());
    while let Some(frame) = body.frame().await {
        match frame.map(Frame::into_data) {
            Ok(Ok(data)) => {
                length = length.saturating_add(data.len());
                let kept = data.len().min(limit - bytes.len());
                bytes.extend_from_slice(&data[..kept]);
                if length > limit {
                    end = Err(Cut::TooLong(limit));
                }
                if length > drain_limit {
                    break;
                }
            }
            Ok(Err(frame)) => trailers.extend(frame.into_trailers().unwrap_or_default()),
            Err(error) => {
                end = end.and(Err(Cut::Broken(error.into())));
                break;
            }
        }
    }
    // If the length was not known, up to half of the memory may be unused, and a value may be kept for long.
    bytes.shrink_to_fit();
    Received { bytes: bytes.into(), trailers, end }
}

/// A body of three pieces, one after the other, with a known length.
pub(super) struct Pieces(iter::Fuse<array::IntoIter<Bytes, 3>>, u64);

impl Pieces {
    pub(super) fn new(pieces: [Bytes; 3]) -> Self {
        let length = pieces.iter().map(|piece| piece.len() as u64).sum();
        Self(pieces.into_iter().fuse(), length)
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.0.find(|piece| !piece.is_empty());
        self.1 -= piece.as_ref().map_or(0, |piece| piece.len() as u64);
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.1 == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces() -> Pieces {
        Pieces::new(["ab", "", "cde"].map(Bytes::from))
    }

    #[tokio::test]
    async fn pieces_come_in_order_with_their_length() {
        assert_eq!(pieces().size_hint().exact(), Some(5));
        assert_eq!(pieces().collect().await.unwrap().to_bytes(), "abcde");
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_the_limit() {
        let whole = receive(pieces(), 5).await;
        assert!(whole.end.is_ok());
        assert_eq!(whole.bytes, "abcde");
        let cut = receive(pieces(), 4).await;
        assert!(matches!(cut.end, Err(Cut::TooLong(4))));
        assert_eq!(cut.bytes, "abcd");
    }

    #[tokio::test]
    async fn what_is_drained_is_not_kept() {
        let mut body = pieces();
        let cut = receive_and_drain(&mut body, 1, 5).await;
        assert!(matches!(cut.end, Err(Cut::TooLong(1))));
        assert_eq!(cut.bytes, "a");
        assert!(body.is_end_stream());
    }

    #[tokio::test]
    async fn draining_ends_at_its_limit() {
        let mut body = pieces();
        receive_and_drain(&mut body, 0, 1).await;
        assert!(!body.is_end_stream());
    }
}
