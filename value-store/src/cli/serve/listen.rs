//! Where to listen: on loopback, or with a token.

use std::net::SocketAddr;

use tokio::net::{TcpListener, lookup_host};

use crate::misuse::Misuse;

pub(super) struct Listener {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
}

/// The addresses of `HOST:PORT`. Without a token, all of them must be loopback.
pub(super) async fn addresses(listen: &str, asks_for_token: bool) -> Result<Vec<SocketAddr>, Misuse> {
    let found = lookup_host(listen).await.map_err(|error| {
        Misuse::new(format_args!("--listen expects HOST:PORT, such as 127.0.0.1:5001, and got {listen:?}: {error}"))
    })?;
    let addresses: Vec<_> = found.collect();
    let beyond = addresses.iter().find(|address| !address.ip().to_canonical().is_loopback());
    match beyond {
        Some(address) if !asks_for_token => {
            let what = format_args!("without a token, everybody who reaches {address} could put and get");
            Err(Misuse::new(what).help("ask for a token with --token FILE, or listen on 127.0.0.1"))
        }
        _ => Ok(addresses),
    }
}

pub(super) async fn bind(listen: &str, addresses: &[SocketAddr]) -> Result<Listener, Misuse> {
    let bound = async {
        let listener = TcpListener::bind(addresses).await?;
        let address = listener.local_addr()?;
        Ok::<_, std::io::Error>(Listener { listener, address })
    };
    bound.await.map_err(|error| {
        Misuse::new(format_args!("it is not possible to listen on {listen}: {error}"))
            .help("choose another port with --listen, or 0 for a free one; Kubo too listens on 5001")
    })
}
