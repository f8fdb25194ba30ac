//! A key as text. A key that is text stays as it is. A key that is not, or that begins with the prefix itself, is
//! written as a prefix and its multibase.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::Error;

/// The longest key, in bytes.
pub const MAX_KEY_LEN: usize = 256 << 10;

/// The prefix, and multibase's letter for base64url without padding.
const ENCODED: &str = "/multibase/u";
const PREFIX: &str = "/multibase/";

pub(super) fn to_text(key: &[u8]) -> Result<Cow<'_, str>, Error> {
    check_len(key.len())?;
    match std::str::from_utf8(key) {
        Ok(text) if !text.starts_with(PREFIX) => Ok(text.into()),
        _ => {
            let mut text = ENCODED.to_owned();
            URL_SAFE_NO_PAD.encode_string(key, &mut text);
            Ok(text.into())
        }
    }
}

pub(super) fn from_text(text: String) -> Result<Vec<u8>, Error> {
    let key = if text.starts_with(PREFIX) { decode(&text)? } else { text.into_bytes() };
    check_len(key.len())?;
    Ok(key)
}

fn decode(text: &str) -> Result<Vec<u8>, Error> {
    let decoded = text.strip_prefix(ENCODED).and_then(|digits| URL_SAFE_NO_PAD.decode(digits).ok());
    decoded.ok_or_else(|| Error::InvalidKey(format!("what follows `{ENCODED}` has to be base64url without padding")))
}

fn check_len(length: usize) -> Result<(), Error> {
    if length > MAX_KEY_LEN {
        return Err(Error::InvalidKey(format!("{length} bytes, and a delegate takes {MAX_KEY_LEN}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(key: impl AsRef<[u8]>, text: &str) {
        let key = key.as_ref();
        assert_eq!(to_text(key).unwrap(), text);
        assert_eq!(from_text(text.to_owned()).unwrap(), key);
    }

    #[test]
    fn text_is_itself() {
        let ipns = "/ipns/k51qzi5uqu5dgutdk6i1ynyzgkqngpha5xpgia3a5qqp4jsh0u4csozksxel2r";
        for text in [ipns, "/pk/12D3KooW", "", "user", "u_w", "multibase/u_w", "/multibase", "%2F+ ", "\0", "\u{feff}é"]
        {
            check(text, text);
        }
    }

    #[test]
    fn other_bytes_are_encoded() {
        check([0xff], "/multibase/u_w");
        check(b"/ipns/\x00\x24\x08\x01\x12\x20\xff", "/multibase/uL2lwbnMvACQIARIg_w");
    }

    #[test]
    fn text_that_looks_encoded_is_encoded() {
        check("/multibase/", "/multibase/uL211bHRpYmFzZS8");
        check("/multibase/u_w", "/multibase/uL211bHRpYmFzZS91X3c");
    }

    #[test]
    fn a_key_may_also_be_encoded_without_need() {
        assert_eq!(from_text("/multibase/ua2V5".to_owned()).unwrap(), b"key");
    }

    #[test]
    fn what_is_no_encoding_is_refused() {
        for text in
            ["/multibase/", "/multibase/z6", "/multibase/ua", "/multibase/u_x", "/multibase/u_w==", "/multibase/u+w"]
        {
            assert!(from_text(text.to_owned()).unwrap_err().is_invalid_key(), "{text}");
        }
    }

    #[test]
    fn the_longest_key_is_taken_and_one_byte_more_is_refused() {
        let (longest, too_long) = (vec![0xff; MAX_KEY_LEN], vec![b'x'; MAX_KEY_LEN + 1]);
        assert_eq!(from_text(to_text(&longest).unwrap().into_owned()).unwrap(), longest);
        assert!(to_text(&too_long).unwrap_err().is_invalid_key());
        assert!(from_text(String::from_utf8(too_long).unwrap()).unwrap_err().is_invalid_key());
    }

    proptest! {
        #[test]
        fn every_key_comes_back(prefix in "(/multibase/u?)?", rest: Vec<u8>) {
            let key = [prefix.as_bytes(), &rest].concat();
            prop_assert_eq!(from_text(to_text(&key).unwrap().into_owned()).unwrap(), key);
        }
    }
}
