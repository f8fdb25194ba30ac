//! Connections: how many there are, how long they may wait, and how they end.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tracing::{debug, warn};

use super::gate::Peer;

/// Many more than calls at once: most connections are idle, as clients keep them for their next calls.
const MAX_CONNECTIONS: usize = 8 << 10;

/// How long a new connection may take for the head of its first request. Whoever is refused has no second.
const FIRST_REQUEST: Duration = Duration::from_secs(10);

/// How long after an answer the head of the next request has to have come, and the answer to have gone. Longer than
/// clients keep idle connections, which is mostly a minute and a half: else they might use one just as it is closed.
const NEXT_REQUEST: Duration = Duration::from_secs(120);

/// How long calls may go on once the server stops.
const LAST_CALLS: Duration = Duration::from_secs(10);

/// Room for the head of a request. A connection may take as much, whoever its client is.
const MAX_HEAD_LEN: usize = 128 << 10;

/// What a connection is doing, and since when.
#[derive(Clone, Copy)]
enum Phase {
    /// It has made no request.
    New(Instant),
    /// A request is being received or answered. The gate and the store see to it that it ends.
    InCall,
    /// All requests have been answered, though not all of the last answer may have been sent.
    Answered(Instant),
}

impl Phase {
    async fn end(self) {
        match self {
            Self::New(since) => sleep_until(since + FIRST_REQUEST).await,
            Self::InCall => std::future::pending().await,
            Self::Answered(since) => sleep_until(since + NEXT_REQUEST).await,
        }
    }
}

/// Serves all connections until it is told to stop. Returns how many connections had to be cut off.
pub(super) async fn accept(listener: TcpListener, router: Router, mut stopping: watch::Receiver<bool>) -> usize {
    let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let stop = stopping.clone();
        tokio::select! {
            (stream, peer, place) = next(&listener, &places) => {
                let router = router.clone();
                connections.spawn(async move {
                    let _place = place;
                    serve(stream, Peer(peer), router, stop).await;
                });
            }
            Some(_) = connections.join_next() => {}
            // An error says that nobody is left to stop the server.
            _ = stopping.wait_for(|stopping| *stopping) => break,
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if timeout(LAST_CALLS, all).await.is_err() {
        warn!("{} connections are cut off, as their calls have not ended within {LAST_CALLS:?}", connections.len());
    }
    let cut_off = connections.len();
    connections.shutdown().await;
    cut_off
}

async fn next(listener: &TcpListener, places: &Arc<Semaphore>) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let place = Arc::clone(places).acquire_owned().await.expect("nobody closes the semaphore");
    let mut is_told = false;
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // Answers are small, and nobody has to wait for more of them. An error shows up at the next write.
                let _ = stream.set_nodelay(true);
                return (stream, peer, place);
            }
            Err(error) => {
                // Mostly, the process has too many files open. That is so until a connection ends.
                if !is_told {
                    warn!(%error, "no connection can be accepted for now: `ulimit -n` sets how many files may be open");
                }
                is_told = true;
                sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Serves a connection until it ends, or waits for too long, or the server stops and its call has ended.
async fn serve<I>(io: I, peer: Peer, router: Router, mut stopping: watch::Receiver<bool>)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (phase, mut phases) = watch::channel(Phase::New(Instant::now()));
    let (phase, router) = (Arc::new(phase), TowerToHyperService::new(router));
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        phase.send_replace(Phase::InCall);
        request.extensions_mut().insert(peer);
        let (answer, phase) = (router.call(request), Arc::clone(&phase));
        async move {
            let answer = answer.await;
            phase.send_replace(Phase::Answered(Instant::now()));
            answer
        }
    });
    // Without hyper's own timer for heads: the phases limit the time of heads, and that of answers too.
    let mut http = http1::Builder::new();
    let mut connection = pin!(http.max_buf_size(MAX_HEAD_LEN).serve_connection(TokioIo::new(io), service));
    let mut is_stopping = false;
    loop {
        let now = *phases.borrow_and_update();
        tokio::select! {
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    debug!(peer = %peer.0, %error, "a connection broke off");
                }
                return;
            }
            () = now.end() => {
                debug!(peer = %peer.0, "a connection is closed, as no request came or no answer was taken");
                return;
            }
            Ok(()) = phases.changed() => {}
            _ = stopping.wait_for(|stopping| *stopping), if !is_stopping => {
                if matches!(*phases.borrow(), Phase::New(_)) {
                    return;
                }
                is_stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

#[cfg(test)]
mod tests;
