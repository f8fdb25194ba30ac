//! What a delegate answers, as the client reads it.

#![no_main]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use bytes::Bytes;
use http_body::{Body, Frame};
use libfuzzer_sys::fuzz_target;
use value_store::stores::delegated::fuzzing;
use value_store::{Error, PeerId};

const MAX_VALUE_LEN: usize = 300;
const LIMIT: usize = 600;

/// The frames of an answer.
#[derive(Clone)]
struct Frames(VecDeque<Result<Bytes, HeaderMap>>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let frame = self.0.pop_front();
        Poll::Ready(frame.map(|frame| Ok(frame.map_or_else(Frame::trailers, Frame::data))))
    }
}

fn response(input: &[u8]) -> Option<Response<Frames>> {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let status = StatusCode::from_bytes(lines.next()?).ok()?;
    let trailer = lines.next()?;
    let pieces = lines.next()?.split(|byte| *byte == 0x1e);
    let mut frames: VecDeque<_> = pieces.map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    if !trailer.is_empty() {
        let value = HeaderValue::from_bytes(trailer).ok()?;
        frames.push_back(Err(HeaderMap::from_iter([("x-stream-error".parse().ok()?, value)])));
    }
    let mut response = Response::new(Frames(frames));
    *response.status_mut() = status;
    Some(response)
}

fuzz_target!(|input: &[u8]| {
    let Some(response) = response(input) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    runtime.block_on(async {
        let delegate: PeerId = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA".parse().expect("a peer id");
        let put = fuzzing::put(response.clone(), LIMIT).await;
        let get = fuzzing::get(response, delegate, LIMIT, MAX_VALUE_LEN).await;
        match get {
            Ok(found) => {
                assert!(put.is_ok() && found.val.len() <= MAX_VALUE_LEN);
                let again = Response::new(Frames([Ok(fuzzing::found(&found).into())].into()));
                assert_eq!(fuzzing::get(again, delegate, LIMIT, MAX_VALUE_LEN).await.ok(), Some(found));
            }
            // A put needs no value.
            Err(Error::Backend(_)) => assert!(put.is_ok() || matches!(put, Err(Error::Backend(_)))),
            Err(error) => assert_eq!(put.map_err(|error| error.to_string()), Err(error.to_string())),
        }
    });
});
