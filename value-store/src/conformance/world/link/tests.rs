//! A link forwards, stalls, cuts and heals, and ends with its world.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::Context;

/// Long enough for bytes that are not held back to arrive. No test is about speed.
const MOMENT: Duration = Duration::from_millis(100);

/// A server that sends back what it gets, and the address of a link to it.
async fn echo(context: &Context) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let (mut from, mut to) = client.split();
                tokio::io::copy(&mut from, &mut to).await
            });
        }
    });
    context.link(upstream).unwrap()
}

async fn expect_echo(client: &mut TcpStream, text: &[u8]) {
    client.write_all(text).await.unwrap();
    expect(client, text).await;
}

async fn expect(client: &mut TcpStream, text: &[u8]) {
    let mut answer = vec![0; text.len()];
    eventually(client.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer, text);
}

/// Waits for an event that has to happen. If it does not, the test fails after a while instead of hanging.
async fn eventually<T>(event: impl Future<Output = T>) -> T {
    tokio::time::timeout(300 * MOMENT, event).await.expect("it happens")
}

/// Expects that no byte arrives and that the connection stays open.
async fn expect_nothing(client: &mut TcpStream) {
    let mut byte = [0];
    let read = tokio::time::timeout(MOMENT, client.read(&mut byte)).await;
    assert!(read.is_err(), "{read:?}");
}

async fn expect_reset(client: &mut TcpStream) {
    let error = eventually(client.read(&mut [0])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn bytes_arrive_and_so_does_the_close() {
    let context = Context::default();
    let mut client = TcpStream::connect(echo(&context).await).await.unwrap();
    let sent: Vec<u8> = (0..=u8::MAX).cycle().take(3 << 20).collect();
    let (mut from, mut to) = client.split();
    let sending = async {
        to.write_all(&sent).await.unwrap();
        to.shutdown().await.unwrap();
    };
    let mut got = Vec::new();
    let ((), received) = tokio::join!(sending, from.read_to_end(&mut got));
    received.unwrap();
    assert!(got == sent, "{} of {} bytes", got.len(), sent.len());
}

#[tokio::test]
async fn closing_one_direction_loses_no_bytes_of_the_other() {
    let context = Context::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut client = TcpStream::connect(context.link(listener.local_addr().unwrap()).unwrap()).await.unwrap();
    client.shutdown().await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();
    // So much that the link still has bytes to send when the server has closed the connection.
    let sent = vec![7; 4 << 20];
    let mut got = vec![0; 1 << 20];
    let (written, read) = tokio::join!(server.write_all(&sent), client.read_exact(&mut got));
    written.unwrap();
    read.unwrap();
    drop(server);
    tokio::time::sleep(MOMENT).await;
    client.read_to_end(&mut got).await.unwrap();
    assert_eq!(got.len(), sent.len());
}

#[tokio::test]
async fn a_stall_holds_back_what_is_sent_and_nothing_closes() {
    let context = Context::default();
    let address = echo(&context).await;
    let mut before = TcpStream::connect(address).await.unwrap();
    expect_echo(&mut before, b"before").await;

    context.switch().stall();
    let mut amid = TcpStream::connect(address).await.unwrap();
    for client in [&mut before, &mut amid] {
        client.write_all(b"held back").await.unwrap();
        expect_nothing(client).await;
    }

    context.switch().heal();
    for client in [&mut before, &mut amid] {
        expect(client, b"held back").await;
        expect_echo(client, b"after").await;
    }
}

#[tokio::test]
async fn a_stall_holds_back_bytes_on_their_way() {
    let context = Context::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = context.link(listener.local_addr().unwrap()).unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();

    // More than fits into all buffers, so that the stall begins while the link forwards.
    let sent = vec![7; 64 << 20];
    let mut sending = pin!(server.write_all(&sent));
    let mut first = vec![0; 1 << 20];
    tokio::select! {
        read = client.read_exact(&mut first) => drop(read.unwrap()),
        sent = &mut sending => panic!("it cannot all be on its way: {sent:?}"),
    }
    context.switch().stall();
    let mut rest = Vec::new();
    let read = async { while client.read_buf(&mut rest).await.unwrap() > 0 {} };
    assert!(tokio::time::timeout(10 * MOMENT, async { tokio::join!(read, &mut sending) }).await.is_err());
    assert!(rest.len() < sent.len() / 2, "{} bytes came in the stall", rest.len());

    context.switch().heal();
    let read = async {
        while rest.len() + first.len() < sent.len() {
            client.read_buf(&mut rest).await.unwrap();
        }
    };
    let ((), sent) = tokio::join!(read, sending);
    sent.unwrap();
}

#[tokio::test]
async fn a_stall_holds_back_a_close_and_a_reset() {
    let context = Context::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = context.link(listener.local_addr().unwrap()).unwrap();
    for is_reset in [false, true] {
        let client = TcpStream::connect(address).await.unwrap();
        let (mut server, _) = listener.accept().await.unwrap();
        context.switch().stall();
        if is_reset {
            client.set_zero_linger().unwrap();
        }
        drop(client);
        expect_nothing(&mut server).await;
        context.switch().heal();
        let end = server.read(&mut [0]).await.map_err(|error| error.kind());
        assert_eq!(end, if is_reset { Err(ErrorKind::ConnectionReset) } else { Ok(0) });
    }
}

#[tokio::test]
async fn a_step_lets_waiting_bytes_through() {
    let context = Context::default();
    let mut client = TcpStream::connect(echo(&context).await).await.unwrap();
    expect_echo(&mut client, b"before").await;
    context.switch().stall();
    client.write_all(b"held back").await.unwrap();
    expect_nothing(&mut client).await;
    context.switch().step();
    expect_nothing(&mut client).await;
    context.switch().step();
    expect(&mut client, b"held back").await;
}

#[tokio::test]
async fn a_cut_resets_connections_old_and_new_until_it_heals() {
    let context = Context::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = context.link(listener.local_addr().unwrap()).unwrap();
    let mut client = TcpStream::connect(address).await.unwrap();
    let (mut server, _) = listener.accept().await.unwrap();

    context.switch().cut();
    expect_reset(&mut client).await;
    expect_reset(&mut server).await;
    if let Ok(mut client) = TcpStream::connect(address).await {
        expect_reset(&mut client).await;
    }

    context.switch().heal();
    let (_client, accepted) = tokio::join!(TcpStream::connect(address), listener.accept());
    accepted.unwrap();
}

#[tokio::test]
async fn a_cut_that_is_healed_at_once_resets_as_well() {
    let context = Context::default();
    let address = echo(&context).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    expect_echo(&mut client, b"before").await;
    context.switch().cut();
    context.switch().heal();
    expect_reset(&mut client).await;
    expect_echo(&mut TcpStream::connect(address).await.unwrap(), b"after").await;
}

#[tokio::test]
async fn links_work_while_the_runtime_of_the_case_is_blocked() {
    let context = Context::default();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = context.link(listener.local_addr().unwrap()).unwrap();
    let mut client = std::net::TcpStream::connect(address).unwrap();
    let (mut server, _) = listener.accept().unwrap();
    std::io::Write::write_all(&mut client, b"blocking").unwrap();
    let mut got = [0; 8];
    std::io::Read::read_exact(&mut server, &mut got).unwrap();
    assert_eq!(&got, b"blocking");
}

#[tokio::test]
async fn a_restart_ends_the_links() {
    let context = Context::default();
    let address = echo(&context).await;
    let mut client = TcpStream::connect(address).await.unwrap();
    expect_echo(&mut client, b"before").await;
    assert!(context.can_fail());
    context.restart();
    expect_reset(&mut client).await;
    assert!(!context.can_fail());
}
