use bytes::Bytes;

use super::Records;

/// Records of a name space: the key is `/<name space>/<name>`, and the value is the version in decimal digits, a space, and
/// the content.
///
/// The network needs a validator for the name space that reads the number, and a selector that takes the record with the
/// greatest number. Names and contents may be any bytes, and are not escaped.
///
/// ```
/// use value_store::conformance::records::{Namespaced, Records};
///
/// const APP: Namespaced = Namespaced::new("app");
///
/// assert_eq!(APP.key(b"name"), "/app/name");
/// assert_eq!(APP.value(b"name", 12, b"content"), "12 content");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Namespaced {
    namespace: &'static str,
}

impl Namespaced {
    /// Records of this name space. Write it without slashes: `app`.
    ///
    /// # Panics
    ///
    /// If the name space is empty or contains a slash.
    #[must_use]
    pub const fn new(namespace: &'static str) -> Self {
        assert!(!namespace.is_empty(), "the name space has no name");
        let mut index = 0;
        while index < namespace.len() {
            assert!(namespace.as_bytes()[index] != b'/', "the name space is written without slashes");
            index += 1;
        }
        Self { namespace }
    }
}

#[diagnostic::do_not_recommend]
impl Records for Namespaced {
    fn key(&self, name: &[u8]) -> Bytes {
        [b"/", self.namespace.as_bytes(), b"/", name].concat().into()
    }

    fn value(&self, _name: &[u8], version: u64, content: &[u8]) -> Bytes {
        [version.to_string().as_bytes(), b" ", content].concat().into()
    }

    fn invalid(&self, _name: &[u8]) -> Vec<Bytes> {
        [
            "",
            " ",
            "no number",
            "-1 negative",
            "1e3 float",
            "99999999999999999999 does not fit into 64 bits",
            "\u{0} NUL",
        ]
        .map(Bytes::from)
        .into()
    }
}
