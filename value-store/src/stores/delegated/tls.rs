//! Whom a client trusts over `https`.

use std::error::Error as StdError;
use std::sync::Arc;
use std::{io, iter};

use reqwest::Url;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

const NO_ISSUER: &str = "no issuer that is trusted has signed it; one of your own is named by `Builder::root_certificate`, or, on \
                         Linux, the variable `SSL_CERT_FILE`";

/// How to connect to this URL, or why the certificates are none. They are trusted besides those that the system trusts.
pub(super) fn config(url: &Url, pem_files: &[Vec<u8>]) -> Result<ClientConfig, String> {
    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(ring::default_provider()));
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let config = config.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let mut roots = Vec::new();
    for pem in pem_files {
        roots.extend(certificates(pem)?);
    }
    if url.scheme() != "https" {
        // It trusts nobody, since nobody will ask: redirections are not followed. To read what the system trusts takes a while.
        return Ok(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
    }
    let verifier = Verifier::new_with_extra_roots(roots, provider).map_err(|error| error.to_string())?;
    Ok(config.dangerous().with_custom_certificate_verifier(Arc::new(verifier)).with_no_client_auth())
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err("it is no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----".into())
        }
        certificates => certificates.map_err(|error| error.to_string()),
    }
}

/// Why the certificate of a delegate was refused, if that is why a request failed, and what to do.
pub(super) fn distrust(error: &reqwest::Error) -> Option<String> {
    let errors = iter::successors(Some(error as &(dyn StdError + 'static)), |error| (*error).source());
    let refused = errors.filter_map(tls_error).find_map(|error| match error {
        rustls::Error::InvalidCertificate(reason) => Some(reason),
        _ => None,
    })?;
    Some(match refused {
        // The second where an issuer that is trusted has the name of the one that has signed it.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => NO_ISSUER.into(),
        CertificateError::ExpiredContext { time, not_after } => {
            format!("it expired {} ago", days_between(*not_after, *time))
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            format!("it will be valid in {}; is the clock of this machine right?", days_between(*time, *not_before))
        }
        reason => reason.to_string(),
    })
}

fn days_between(earlier: UnixTime, later: UnixTime) -> String {
    match later.as_secs().saturating_sub(earlier.as_secs()) / 86_400 {
        0 => "less than a day".into(),
        1 => "a day".into(),
        days => format!("{days} days"),
    }
}

/// An error of TLS passes through the connection as an error of I/O, in another one.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    match error.downcast_ref::<io::Error>() {
        Some(error) => tls_error(error.get_ref()?),
        None => error.downcast_ref(),
    }
}
