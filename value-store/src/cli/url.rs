//! URLs as they are shown.

use reqwest::Url;

/// The URL without its password. Anything else stays as it is.
pub(crate) fn without_password(text: &str) -> String {
    match Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            // Only URLs without a host refuse it, and they have no password either.
            let _ = url.set_password(None);
            url.to_string()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_password_goes() {
        assert_eq!(without_password("http://user:secret@host:1/path"), "http://user@host:1/path");
        for text in ["http://user@host", "http://host", "node store.mjs", "a:b@c", "--only", ""] {
            assert_eq!(without_password(text), text);
        }
    }
}
