//! A delegate over TLS on loopback, with a certificate made for it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::serve::Listener;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::server::TlsStream;
use value_store::stores::{MemoryStore, delegated};

/// Issues certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("it signs itself"))
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    fn server(&self, certificate: &CertificateParams) -> ServerConfig {
        let key = KeyPair::generate().expect("a key");
        let certificate = certificate.signed_by(&key, &self.0).expect("it is signed");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("it is a key");
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("it knows them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("the key is that of the certificate")
    }
}

/// The routers of all kinds of delegates.
fn app() -> Router {
    let app = delegated::router(MemoryStore::new());
    #[cfg(feature = "ipns")]
    let app = app.merge(delegated::v1::router(MemoryStore::new()));
    app
}

/// The URL, with this host, of a delegate over memory that lives as long as the runtime of the test.
pub(crate) async fn serve(authority: &Authority, certificate: &CertificateParams, host: &str) -> String {
    let (listener, url) = listen(host).await;
    let acceptor = TlsAcceptor::from(Arc::new(authority.server(certificate)));
    tokio::spawn(axum::serve(Secured { listener, acceptor }, app()).into_future());
    url
}

/// The URL of a delegate that speaks no TLS.
pub(crate) async fn serve_plainly(host: &str) -> String {
    let (listener, url) = listen(host).await;
    tokio::spawn(axum::serve(listener, app()).into_future());
    url
}

async fn listen(host: &str) -> (TcpListener, String) {
    let listener = TcpListener::bind((host, 0)).await.expect("it listens");
    let port = listener.local_addr().expect("it is bound").port();
    (listener, format!("https://{host}:{port}"))
}

struct Secured {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Secured {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            // A client that does not trust the certificate goes.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
