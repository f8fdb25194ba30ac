//! The body of a put, `multipart/form-data`. The first part is the value, whatever its name. A part of the type
//! `application/x-www-form-urlencoded` has the parameters that were too long for the URL.

use std::hash::{BuildHasher as _, RandomState};

use bytes::Bytes;
use memchr::memmem;
use mime::Mime;

use super::protocol::FORM_URLENCODED;

/// A body, and its content type, which has the boundary.
pub(super) struct Multipart {
    pub(super) content_type: String,
    /// The body, to be sent piece by piece.
    pub(super) pieces: [Bytes; 3],
}

/// The content of the body of a put.
#[derive(Debug, PartialEq)]
pub(super) struct Put {
    pub(super) value: Bytes,
    pub(super) parameters: Bytes,
}

impl Multipart {
    pub(super) fn new(value: Bytes, parameters: &str) -> Self {
        let boundary = boundary();
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let parameters = match parameters {
            "" => String::new(),
            _ => format!(
                "\r\n--{boundary}\r\nContent-Disposition: form-data; name=\"parameters\"\r\n\
                 Content-Type: {FORM_URLENCODED}\r\n\r\n{parameters}"
            ),
        };
        let tail = format!("{parameters}\r\n--{boundary}--\r\n");
        let content_type = format!("multipart/form-data; boundary={boundary}");
        Self { content_type, pieces: [head.into(), value, tail.into()] }
    }
}

/// Has 128 random bits, so nobody can choose a value that contains it.
fn boundary() -> String {
    let half = || RandomState::new().hash_one(());
    format!("value-store-{:016x}{:016x}", half(), half())
}

/// Takes a body apart, or says what is wrong with it.
pub(super) fn parse(content_type: &str, body: &Bytes) -> Result<Put, &'static str> {
    let content_type = content_type.parse::<Mime>().map_err(|_| "the content type is none")?;
    if content_type.essence_str() != "multipart/form-data" {
        return Err("a put is sent as multipart/form-data");
    }
    let boundary = content_type.get_param(mime::BOUNDARY).ok_or("the content type has no boundary")?;
    let parts = parts(body, boundary.as_str()).ok_or("the multipart body is not whole")?;
    let (first, others) = parts.split_first().ok_or("the argument `file` is required")?;
    let parameters = others.iter().find(|part| part.is_form_urlencoded());
    let parameters = parameters.map(|part| body.slice_ref(part.content)).unwrap_or_default();
    Ok(Put { value: kept(body, first.content), parameters })
}

/// The value, not copied, unless it is less than half of the body, which it would keep in memory.
fn kept(body: &Bytes, value: &[u8]) -> Bytes {
    if value.len() < body.len() / 2 { Bytes::copy_from_slice(value) } else { body.slice_ref(value) }
}

struct Part<'a> {
    headers: &'a [u8],
    content: &'a [u8],
}

impl Part<'_> {
    fn is_form_urlencoded(&self) -> bool {
        self.headers.split(|byte| *byte == b'\n').any(|line| {
            let mut halves = line.splitn(2, |byte| *byte == b':');
            let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            name.eq_ignore_ascii_case(b"content-type")
                && value.trim_ascii().eq_ignore_ascii_case(FORM_URLENCODED.as_bytes())
        })
    }
}

/// All parts, or `None` if the last boundary is missing or a part has no end of its headers.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Option<Vec<Part<'a>>> {
    let mut parts = Vec::new();
    let mut delimiters = Delimiters::new(body, boundary);
    let mut delimiter = delimiters.next()?;
    while !delimiter.is_last {
        let next = delimiters.next()?;
        // Begins one line end early, as a part without headers begins with the empty line.
        let part = body.get(delimiter.end - LINE_END.len()..next.begin)?;
        let headers_len = memmem::find(part, b"\r\n\r\n")?;
        parts.push(Part { headers: &part[..headers_len], content: &part[headers_len + 4..] });
        delimiter = next;
    }
    Some(parts)
}

const LINE_END: &[u8] = b"\r\n";

/// A line with a boundary. The line end before it belongs to it.
struct Delimiter {
    begin: usize,
    end: usize,
    is_last: bool,
}

struct Delimiters<'a> {
    body: &'a [u8],
    dashed: Vec<u8>,
    position: usize,
}

impl<'a> Delimiters<'a> {
    fn new(body: &'a [u8], boundary: &str) -> Self {
        Self { body, dashed: [b"--", boundary.as_bytes()].concat(), position: 0 }
    }

    /// The delimiter at these dashes and boundary, if they are a line of their own.
    fn at(&self, position: usize) -> Option<Delimiter> {
        let (before, from) = self.body.split_at(position);
        let begin = match before.strip_suffix(LINE_END) {
            Some(before) => before.len(),
            None if before.is_empty() => 0,
            None => return None,
        };
        let after = &from[self.dashed.len()..];
        if after.starts_with(b"--") {
            return Some(Delimiter { begin, end: self.body.len(), is_last: true });
        }
        let padding = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let end = position + self.dashed.len() + padding + LINE_END.len();
        after[padding..].starts_with(LINE_END).then_some(Delimiter { begin, end, is_last: false })
    }
}

impl Iterator for Delimiters<'_> {
    type Item = Delimiter;

    fn next(&mut self) -> Option<Delimiter> {
        loop {
            let position = self.position + memmem::find(&self.body[self.position..], &self.dashed)?;
            self.position = position + self.dashed.len();
            if let Some(delimiter) = self.at(position) {
                return Some(delimiter);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=b";

    fn value(body: &'static str) -> Result<Bytes, &'static str> {
        parse(TYPE, &body.into()).map(|put| put.value)
    }

    fn check_travels(value: Bytes, parameters: &str) {
        let sent = Multipart::new(value.clone(), parameters);
        let put = parse(&sent.content_type, &sent.pieces.concat().into()).unwrap();
        assert_eq!(put, Put { value, parameters: Bytes::copy_from_slice(parameters.as_bytes()) });
    }

    #[test]
    fn values_travel() {
        for value in ["", "value", "\r\n", "--", "\r\n--\r\n", "\r\n\r\n", "\n--value-store-", "\0"] {
            check_travels(value.into(), "");
            check_travels(value.into(), "name=value");
        }
        check_travels((0..=255).collect(), "");
        check_travels(vec![b'-'; 1 << 20].into(), "");
    }

    #[test]
    fn boundaries_differ() {
        assert_ne!(boundary(), boundary());
    }

    #[test]
    fn what_other_clients_send_is_taken() {
        let one = "--b\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\nvalue\r\n--b--";
        assert_eq!(value(one).unwrap(), "value");
        assert_eq!(value("a preamble\r\n--b \t\r\n\r\nvalue\r\n--b--\r\nan epilogue").unwrap(), "value");
        assert_eq!(value("--b\r\nX: 1\r\nY: 2\r\n\r\n\r\n--b--\r\n").unwrap(), "");
        assert_eq!(value("--b\r\nX: 1\r\n\r\nfirst\r\n--b\r\nX: 1\r\n\r\nsecond\r\n--b--\r\n").unwrap(), "first");
        let quoted = parse("Multipart/Form-Data; charset=utf-8; Boundary=\"b\"", &one.into());
        assert_eq!(quoted.unwrap().value, "value");
    }

    #[test]
    fn what_only_resembles_a_boundary_is_content() {
        for content in ["x--b", "\r\n--bb\r\n\r\n", "\r\n--", "\n--b\n", "x--b--", "\r\n--b x\r\n", "\r\n--B--"] {
            let body = format!("--b\r\nX: 1\r\n\r\n{content}\r\n--b--");
            assert_eq!(parse(TYPE, &body.into()).unwrap().value, content);
        }
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let whole = "--b\r\nX: 1\r\n\r\nvalue\r\n--b--";
        for length in 0..whole.len() {
            assert!(value(&whole[..length]).is_err(), "{length}");
        }
        assert!(value("--b--").is_err());
        assert!(value("--b\r\nX: 1\r\nvalue\r\n--b--").is_err());
    }

    #[test]
    fn other_content_types_are_refused() {
        for content_type in
            ["", "text/plain", "multipart/mixed; boundary=b", "multipart/form-data", "multipart/form-data; boundary"]
        {
            assert!(parse(content_type, &"--b\r\n\r\nvalue\r\n--b--".into()).is_err(), "{content_type}");
        }
    }

    #[test]
    fn a_long_value_is_not_copied_and_a_short_one_keeps_no_long_body() {
        let long = Multipart::new(vec![7; 10_000].into(), "").pieces;
        let (body, boundary) = (Bytes::from(long.concat()), long[0].slice(2..long[0].len().min(46)));
        let content_type = format!("multipart/form-data; boundary={}", String::from_utf8_lossy(&boundary));
        let value = parse(&content_type, &body).unwrap().value;
        assert_eq!(value.as_ptr(), body[long[0].len()..].as_ptr());

        let short = Multipart::new("short".into(), &"x".repeat(10_000));
        let body = Bytes::from(short.pieces.concat());
        let value = parse(&short.content_type, &body).unwrap().value;
        assert!(!body.as_ptr_range().contains(&value.as_ptr()));
    }

    proptest! {
        #[test]
        fn every_value_travels(value: Vec<u8>, parameters in "[a-z=&]*") {
            check_travels(value.into(), &parameters);
        }
    }
}
