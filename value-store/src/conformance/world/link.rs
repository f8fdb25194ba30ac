//! Forwards TCP between a store and its backend, so that the suite can interrupt it.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::line::Line;

/// The links of a world. They have a runtime and a thread of their own, so they work even while a store blocks the runtime
/// of the case, and after that runtime has ended. Dropping this closes all addresses and resets all connections.
#[derive(Debug)]
pub(crate) struct Links {
    /// Only ever `None` while this is being dropped.
    runtime: Option<Runtime>,
}

impl Links {
    pub(crate) fn start() -> io::Result<Self> {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(1).thread_name("links").enable_all().build()?;
        Ok(Self { runtime: Some(runtime) })
    }

    /// Opens a link: connections to the returned address are forwarded to `upstream`.
    pub(crate) fn open(&self, upstream: SocketAddr, line: Line) -> io::Result<SocketAddr> {
        let runtime = self.runtime.as_ref().unwrap_or_else(|| unreachable!("it goes only when this is dropped"));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let _context = runtime.enter();
        runtime.spawn(accept(TcpListener::from_std(listener)?, upstream, line));
        Ok(address)
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        // In the background, since a world may be dropped in async code, which must not block.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: TcpListener, upstream: SocketAddr, line: Line) {
    /// How long to wait before the next `accept` when the system has no room for another connection.
    const PAUSE: Duration = Duration::from_millis(10);
    loop {
        match listener.accept().await {
            Ok((client, _)) => drop(tokio::spawn(connection(client, upstream, line.begin()))),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Forwards a connection until both sides have closed it, it fails, or the line is cut.
async fn connection(client: TcpStream, upstream: SocketAddr, line: Line) -> io::Result<()> {
    let client = Side::new(client)?;
    line.pass().await?;
    // A cut does not interrupt `connect`: the server may have accepted the connection already, and then has to see a reset.
    let server = Side::new(TcpStream::connect(upstream).await?)?;
    tokio::select! {
        biased;
        cut = line.cut() => Err(cut.into()),
        ended = carry(client, server, &line) => ended,
    }
}

async fn carry(mut client: Side, mut server: Side, line: &Line) -> io::Result<()> {
    let (from_client, to_client) = client.stream.split();
    let (from_server, to_server) = server.stream.split();
    tokio::try_join!(forward(from_client, to_server, line), forward(from_server, to_client, line))?;
    (client.has_ended, server.has_ended) = (true, true);
    Ok(())
}

/// One side of a connection. Dropping it resets the connection, unless that has been closed in order.
struct Side {
    stream: TcpStream,
    has_ended: bool,
}

impl Side {
    fn new(stream: TcpStream) -> io::Result<Self> {
        // Forwarding should not add the delay of Nagle's algorithm.
        stream.set_nodelay(true)?;
        Ok(Self { stream, has_ended: false })
    }
}

impl Drop for Side {
    fn drop(&mut self) {
        if !self.has_ended {
            // If this fails, the connection is closed rather than reset, and that ends it, too.
            let _ = self.stream.set_zero_linger();
        }
    }
}

/// Forwards one direction of a connection: the bytes, then the close or the error. Holds all of them back during a stall.
async fn forward(mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, line: &Line) -> io::Result<()> {
    const BUFFER: usize = 64 << 10;
    let mut buffer = vec![0; BUFFER];
    loop {
        let read = from.read(&mut buffer).await;
        if !matches!(read, Ok(1..)) {
            line.pass().await?;
        }
        match read? {
            0 => return to.shutdown().await,
            length => write(&mut to, &buffer[..length], line).await?,
        }
    }
}

/// Writes all bytes. A stall may begin in the middle, while the other side is not ready, so the line is passed each time.
async fn write(to: &mut WriteHalf<'_>, bytes: &[u8], line: &Line) -> io::Result<()> {
    let mut left = bytes;
    while !left.is_empty() {
        to.writable().await?;
        line.pass().await?;
        match to.try_write(left) {
            Ok(written) => left = &left[written..],
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
