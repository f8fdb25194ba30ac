//! Where a delegate is, and how to reach it: what all clients share.

use http::HeaderValue;
use reqwest::{Client, ClientBuilder, Url, redirect};

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// This is not the URL of a delegate.
    #[error("{url:?} is not the URL of a delegate, such as http://127.0.0.1:5001: {reason}")]
    Url {
        /// The URL.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// This token cannot be sent to this delegate. The token itself is not shown.
    #[error("this token cannot be sent: {reason}")]
    Token {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// What was given is no certificate, or the system has none and none was given.
    #[cfg(feature = "https")]
    #[error("there are no certificates to trust: {reason}")]
    Certificate {
        /// What is wrong.
        reason: String,
    },
    /// The HTTP client could not be made. Its error is the source.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
}

/// What a builder was told of the delegate.
#[derive(Clone)]
pub(super) struct Endpoint {
    url: String,
    pub(super) token: Option<String>,
    #[cfg(feature = "https")]
    pub(super) root_certificates: Vec<Vec<u8>>,
}

impl Endpoint {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            token: None,
            #[cfg(feature = "https")]
            root_certificates: Vec::new(),
        }
    }

    /// This path below the URL of the delegate.
    pub(super) fn url_of(&self, path: &str) -> Result<Url, BuildError> {
        url_of(&self.url, path).map_err(|reason| BuildError::Url { url: self.url.clone(), reason })
    }

    /// The client for this URL of the delegate. It goes nowhere else: the caller chose this delegate, and not what it
    /// redirects to, or a proxy from the environment.
    pub(super) fn client(&self, url: &Url) -> Result<Client, BuildError> {
        let client = Client::builder().redirect(redirect::Policy::none()).no_proxy();
        self.with_tls(client, url)?.build().map_err(BuildError::Client)
    }

    /// The value of the header that has the token, if there is one.
    pub(super) fn authorization(&self, url: &Url) -> Result<Option<HeaderValue>, BuildError> {
        self.token.as_deref().map(|token| authorization(token, url)).transpose()
    }

    #[cfg(feature = "https")]
    fn with_tls(&self, client: ClientBuilder, url: &Url) -> Result<ClientBuilder, BuildError> {
        let config = super::tls::config(url, &self.root_certificates);
        Ok(client.tls_backend_preconfigured(config.map_err(|reason| BuildError::Certificate { reason })?))
    }

    #[cfg(not(feature = "https"))]
    fn with_tls(&self, client: ClientBuilder, url: &Url) -> Result<ClientBuilder, BuildError> {
        if url.scheme() == "https" {
            let reason = "for `https`, enable the feature `https` of value-store".into();
            return Err(BuildError::Url { url: self.url.clone(), reason });
        }
        Ok(client)
    }
}

fn authorization(token: &str, url: &Url) -> Result<HeaderValue, BuildError> {
    let refused = |reason| BuildError::Token { reason };
    if token.is_empty() {
        return Err(refused("it is empty"));
    }
    if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(refused("a token has visible ASCII characters and no spaces, and this one has others"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("the URL has a user name or a password, which would be sent in the same header"));
    }
    let mut value =
        HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| refused("no header may have its characters"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn url_of(delegate: &str, path: &str) -> Result<Url, String> {
    let mut url = Url::parse(delegate).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("the scheme is `{}`, and has to be `http` or `https`", url.scheme()));
    }
    if url.query().is_some() {
        return Err("it has a query, in which each call has its own parameters".into());
    }
    let path = format!("{}{path}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    url.set_fragment(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_kept() {
        let check = |delegate, url| assert_eq!(url_of(delegate, "/api/v0/routing/get").unwrap().as_str(), url);
        check("http://127.0.0.1:5001", "http://127.0.0.1:5001/api/v0/routing/get");
        check("http://host/", "http://host/api/v0/routing/get");
        check("https://user:word@host/ipfs/#part", "https://user:word@host/ipfs/api/v0/routing/get");
    }
}
