//! The client of a delegate over `https`, and what it says of certificates that it must not trust.

mod server;

use std::error::Error as StdError;
use std::iter;

use rcgen::CertificateParams;
use value_store::stores::DelegatedStore;
use value_store::stores::delegated::BuildError;
use value_store::{Error, Options, ValueStore as _};

use crate::server::{Authority, serve};

/// The name in the URLs.
const NAME: &str = "localhost";

fn valid() -> CertificateParams {
    CertificateParams::new([NAME.to_owned()]).expect("it is a name")
}

/// A client of a server with this certificate, which trusts its issuer.
async fn client(certificate: &CertificateParams) -> DelegatedStore {
    let authority = Authority::new();
    let url = serve(&authority, certificate, NAME).await;
    DelegatedStore::builder(&url).root_certificate(authority.pem()).build().expect("it is a certificate")
}

/// Checks what the client says of this delegate: never that it has the value, or has none.
async fn check_refused(store: &DelegatedStore, why: &[&str]) {
    let put = store.put(b"key", "value".into(), &Options::new()).await.expect_err("it is not trusted");
    let get = store.get(b"key", &Options::new()).await.expect_err("it is not trusted");
    for error in [put, get] {
        assert!(error.is_backend(), "{error:?}");
        let text = text(&error);
        for part in [&["the certificate of the delegate is not trusted: "], why].concat() {
            assert!(text.contains(part), "{part:?} is not in {text:?}");
        }
    }
}

fn text(error: &Error) -> String {
    let errors = iter::successors(Some(error as &dyn StdError), |error| (*error).source());
    errors.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[tokio::test]
async fn a_delegate_with_a_trusted_certificate_is_a_store() {
    let store = client(&valid()).await;
    let long = "value".repeat(100_000);
    for value in ["value", "", &long] {
        store.put(b"key", value.to_owned().into(), &Options::new()).await.expect("it is trusted");
        assert_eq!(store.get(b"key", &Options::new()).await.expect("it is there").val, value.as_bytes());
    }
}

#[cfg(feature = "ipns")]
#[tokio::test]
async fn a_client_of_ipns_records_trusts_as_others_do() {
    use value_store::conformance::records::{Ipns, Records as _};
    use value_store::stores::delegated::v1::IpnsStore;

    let (authority, options) = (Authority::new(), Options::new());
    let url = serve(&authority, &valid(), NAME).await;
    let (key, record) = (Ipns.key(b"name"), Ipns.value(b"name", 1, b""));
    let store = IpnsStore::builder(&url).root_certificate(authority.pem()).build().expect("it is a certificate");
    store.put(&key, record.clone(), &options).await.expect("it is trusted");
    assert_eq!(store.get(&key, &options).await.expect("it is there").val, record);
    let stranger =
        IpnsStore::builder(&url).root_certificate(Authority::new().pem()).build().expect("it is a certificate");
    let text = text(&stranger.get(&key, &options).await.expect_err("it is not trusted"));
    assert!(text.contains("the certificate of the delegate is not trusted"), "{text}");
}

#[tokio::test]
async fn a_certificate_of_an_unknown_issuer_is_refused_with_what_to_do() {
    let url = serve(&Authority::new(), &valid(), NAME).await;
    let nobody = DelegatedStore::builder(&url).root_certificate(Authority::new().pem()).build();
    let nobody = nobody.expect("it is a certificate");
    check_refused(&nobody, &["no issuer that is trusted", "root_certificate"]).await;
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused_with_both_names() {
    let store = client(&CertificateParams::new(["other.example".to_owned()]).expect("it is a name")).await;
    check_refused(&store, &["not valid for name \"localhost\"", "other.example"]).await;
}

#[tokio::test]
async fn a_certificate_that_has_expired_is_refused_as_that() {
    let mut expired = valid();
    expired.not_after = rcgen::date_time_ymd(2001, 1, 1);
    check_refused(&client(&expired).await, &["it expired ", " days ago"]).await;
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_yet_is_refused_as_that() {
    let mut early = valid();
    early.not_before = rcgen::date_time_ymd(2999, 1, 1);
    check_refused(&client(&early).await, &["it will be valid in ", " days; is the clock"]).await;
}

#[tokio::test]
async fn a_server_without_tls_is_no_delegate_over_https() {
    let authority = Authority::new();
    let url = server::serve_plainly(NAME).await;
    let store = DelegatedStore::builder(&url).root_certificate(authority.pem()).build().expect("it is a certificate");
    let error = store.get(b"key", &Options::new()).await.expect_err("it speaks another protocol");
    assert!(error.is_backend(), "{error:?}");
    assert!(!text(&error).contains("certificate"), "{}", text(&error));
}

#[test]
fn what_is_no_certificate_is_refused_when_the_client_is_made() {
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let endless = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    for pem in ["", "AAAA", broken, endless, key] {
        let built = DelegatedStore::builder("https://localhost").root_certificate(pem).build();
        assert!(matches!(built, Err(BuildError::Certificate { .. })), "{pem:?}: {built:?}");
    }
}
