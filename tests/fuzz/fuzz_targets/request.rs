//! What a client asks, as the router takes it.

#![no_main]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use axum::http::{Request, header};
use bytes::Bytes;
use http_body::Frame;
use libfuzzer_sys::fuzz_target;
use tower::ServiceExt as _;
use value_store::stores::delegated::{self, fuzzing};
use value_store::{Error, GetValueResult, Options, PeerId, ValueStore};

const MAX_VALUE_LEN: usize = 300;

/// A store that holds each call to what may arrive.
struct Judge;

#[async_trait]
impl ValueStore for Judge {
    async fn put(&self, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
        assert!(fuzzing::travels(key, options));
        assert!(value.len() <= MAX_VALUE_LEN);
        Ok(())
    }

    async fn get(&self, key: &[u8], options: &Options) -> Result<GetValueResult, Error> {
        assert!(fuzzing::travels(key, options));
        let from: PeerId = "12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA".parse().expect("a peer id");
        match key {
            b"missing" => Err(Error::NotFound),
            _ => Ok(GetValueResult { from, val: Bytes::copy_from_slice(key) }),
        }
    }
}

struct Pieces(Vec<Bytes>);

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop().map(|piece| Ok(Frame::data(piece))))
    }
}

fn request(input: &[u8]) -> Option<Request<Body>> {
    let mut lines = input.splitn(3, |byte| *byte == b'\n');
    let (uri, content_type) = (lines.next()?, lines.next()?);
    let last_first = lines.next()?.rsplit(|byte| *byte == 0x1e);
    let pieces = Pieces(last_first.map(Bytes::copy_from_slice).collect());
    Request::post(uri).header(header::CONTENT_TYPE, content_type).body(Body::new(pieces)).ok()
}

fuzz_target!(|input: &[u8]| {
    let Some(request) = request(input) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime without drivers");
    runtime.block_on(async {
        let router = delegated::router_with_max_value_len(Judge, MAX_VALUE_LEN);
        let Ok(response) = router.oneshot(request).await;
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body in memory");
        match status {
            200 => assert!(body.ends_with(b"\"}\n")),
            400 => {
                assert!(body.starts_with(b"{\"Message\":\"") && body.ends_with(b"\",\"Code\":1,\"Type\":\"error\"}"))
            }
            500 => assert_eq!(body, "{\"Message\":\"routing: not found\",\"Code\":0,\"Type\":\"error\"}"),
            _ => assert_eq!(status, 404),
        }
    });
});
