//! A call's key and options as the parameters of a query, and back.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};
use serde_json::Value;

use super::{key, timeout};
use crate::{Error, Options};

/// How long all parameters of a call may be together, in bytes of their encoding: 1 MiB.
pub const MAX_PARAMETERS_LEN: usize = 1 << 20;

/// How many bytes of parameters go into the URL; the rest goes into the body. Servers and proxies commonly take 8 KiB
/// for the line with the URL, and some of that goes to the path and to what a proxy adds.
const MAX_QUERY_LEN: usize = 4 << 10;

const KEY: &str = "arg";
const TIMEOUT: &str = "timeout";

/// Kubo's parameters that say how to make or answer a request, and are not options of the routing.
const RESERVED: [&str; 6] = [KEY, TIMEOUT, "encoding", "enc", "stream", "stream-channels"];

/// Comes before the name of an option that would otherwise be taken for a reserved one.
const ESCAPE: &str = "option.";

/// Everything is encoded but letters, digits and these.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'/').remove(b'_').remove(b'~');

/// The parameters of a call on their way out.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    /// The parameters in the URL.
    pub(super) query: String,
    /// The parameters in the body: mostly none.
    pub(super) rest: String,
}

/// The call that a request asks a server for.
#[derive(Debug, PartialEq)]
pub(super) struct Call {
    pub(super) key: Vec<u8>,
    pub(super) options: Options,
}

/// Why parameters do not make a call.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(super) enum NoCall {
    #[error("{0}")]
    InvalidKey(String),
    #[error("the argument `key` is required")]
    NoKey,
    #[error("there is one argument `key`, and no other")]
    SeveralKeys,
    #[error("the parameters are not UTF-8; a key of other bytes is sent as multibase")]
    NotUtf8,
    #[error("invalid timeout {0:?}; it is a number with a unit, such as 500ms")]
    InvalidTimeout(String),
}

impl Parameters {
    pub(super) fn of(key: &[u8], options: &Options) -> Result<Self, Error> {
        let mut parameters = Self::default();
        parameters.push(KEY, &key::to_text(key)?);
        if let Some(timeout) = options.timeout() {
            parameters.push(TIMEOUT, &timeout::to_text(timeout));
        }
        for (name, value) in options.iter() {
            parameters.push(&name_of(name), &text_of(value));
        }
        let length = parameters.query.len() + parameters.rest.len();
        if length > MAX_PARAMETERS_LEN {
            let message = format!("key and options take {length} bytes, and a delegate takes {MAX_PARAMETERS_LEN}");
            return Err(Error::backend(message));
        }
        Ok(parameters)
    }

    fn push(&mut self, name: &str, value: &str) {
        let encoded = format!("{}={}", utf8_percent_encode(name, ENCODED), utf8_percent_encode(value, ENCODED));
        let fits = self.query.len() + 1 + encoded.len() <= MAX_QUERY_LEN;
        let place = if fits { &mut self.query } else { &mut self.rest };
        if !place.is_empty() {
            place.push('&');
        }
        place.push_str(&encoded);
    }
}

impl Call {
    /// The call that these parameters make: `query` from the URL, and `rest` from the body.
    pub(super) fn from_parameters(query: &[u8], rest: &[u8]) -> Result<Self, NoCall> {
        let (mut key, mut options) = (None, Options::new());
        for parameter in [query, rest].into_iter().flat_map(|part| part.split(|byte| *byte == b'&')) {
            let Some((name, value)) = decode(parameter)? else { continue };
            match name.as_str() {
                KEY if key.is_some() => return Err(NoCall::SeveralKeys),
                KEY => key = Some(key::from_text(value)?),
                TIMEOUT if options.timeout().is_none() => {
                    let timeout = timeout::from_text(&value).ok_or(NoCall::InvalidTimeout(value))?;
                    options = options.with_timeout(timeout);
                }
                reserved if RESERVED.contains(&reserved) => {}
                _ => options = with_option(options, &name, value),
            }
        }
        Ok(Self { key: key.ok_or(NoCall::NoKey)?, options })
    }
}

impl From<Error> for NoCall {
    fn from(error: Error) -> Self {
        Self::InvalidKey(error.to_string())
    }
}

/// The name and the value of a parameter, or `None` if there is nothing between two `&`.
fn decode(parameter: &[u8]) -> Result<Option<(String, String)>, NoCall> {
    if parameter.is_empty() {
        return Ok(None);
    }
    let mut halves = parameter.splitn(2, |byte| *byte == b'=');
    let mut decode_next = || {
        let spaced: Vec<u8> =
            halves.next().unwrap_or_default().iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
        String::from_utf8(percent_decode(&spaced).collect()).map_err(|_| NoCall::NotUtf8)
    };
    Ok(Some((decode_next()?, decode_next()?)))
}

/// As in Kubo, the first of several values counts. So it does for the timeout.
fn with_option(options: Options, name: &str, text: String) -> Options {
    let name = name.strip_prefix(ESCAPE).unwrap_or(name);
    if options.get(name).is_some() { options } else { options.with(name, value_of(text)) }
}

fn name_of(option: &str) -> String {
    let is_escaped = RESERVED.contains(&option) || option.starts_with(ESCAPE);
    if is_escaped { format!("{ESCAPE}{option}") } else { option.to_owned() }
}

/// The value as JSON. A string that is not itself JSON is written as it is.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) if serde_json::from_str::<Value>(text).is_err() => text.clone(),
        _ => value.to_string(),
    }
}

fn value_of(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or(Value::String(text))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn call(query: &str) -> Result<Call, NoCall> {
        Call::from_parameters(query.as_bytes(), b"")
    }

    fn options(query: &str) -> Options {
        call(&format!("arg=key&{query}")).unwrap().options
    }

    fn check_travels(key: &[u8], options: &Options) {
        let parameters = Parameters::of(key, options).unwrap();
        let arrived = Call::from_parameters(parameters.query.as_bytes(), parameters.rest.as_bytes()).unwrap();
        assert_eq!(arrived, Call { key: key.to_vec(), options: options.clone() });
    }

    #[test]
    fn the_query_is_as_kubo_takes_it() {
        let options =
            Options::new().with_timeout(Duration::from_millis(500)).with("quorum", 3).with("allow-offline", true);
        let parameters = Parameters::of(b"/ipns/k51", &options).unwrap();
        assert_eq!(parameters.query, "arg=/ipns/k51&timeout=500ms&allow-offline=true&quorum=3");
        assert_eq!(parameters.rest, "");
    }

    #[test]
    fn what_other_clients_send_is_taken() {
        let call =
            call("stream=true&quorum-size=3&name=a+b%2Bc&&timeout=5000ms&arg=%2Fipns%2Fk51&encoding=json").unwrap();
        assert_eq!(call.key, b"/ipns/k51");
        let expected = Options::new().with_timeout(Duration::from_secs(5)).with("quorum-size", 3).with("name", "a b+c");
        assert_eq!(call.options, expected);
    }

    #[test]
    fn keys_travel() {
        for key in ["", "a&b=c+d e%20", "\0\r\n", "\u{1f600}", "arg", "/multibase/u_w"] {
            check_travels(key.as_bytes(), &Options::new());
        }
        check_travels(&vec![0xff; 100_000], &Options::new());
        check_travels(&vec![b' '; key::MAX_KEY_LEN], &Options::new());
    }

    #[test]
    fn option_names_travel_and_are_taken_for_no_parameter() {
        let odd =
            ["", " ", "a=b&c", "%00", "\0", "\r\nX: 1", "option.", "option.arg", "option.option.timeout", "\u{43a}"];
        for name in odd.into_iter().chain(RESERVED) {
            check_travels(b"key", &Options::new().with_timeout(Duration::from_secs(1)).with(name, 0));
        }
        check_travels(b"key", &Options::new().with("n".repeat(70_000), 1));
    }

    #[test]
    fn option_values_travel() {
        let values = [
            json!(null),
            json!(true),
            json!(0),
            json!(-1),
            json!(i64::MIN),
            json!(u64::MAX),
            json!(0.1),
            json!(-0.0),
            json!(1e308),
            json!(5e-324),
            json!(2.225_073_858_507_201e-308),
            json!(""),
            json!("3"),
            json!(" 3"),
            json!("null"),
            json!("\"quoted\""),
            json!("text"),
            json!("{"),
            json!("\0\u{feff}\r\n"),
            json!("x".repeat(100_000)),
            json!([null, [true], {"": "a"}]),
            json!({"timeout": 0}),
        ];
        for value in values {
            check_travels(b"key", &Options::new().with("name", value));
        }
        let all =
            (0..1_000).fold(Options::new(), |options, number| options.with(format!("unknown-option-{number}"), number));
        check_travels(b"key", &all);
    }

    #[test]
    fn a_value_that_is_nested_too_deep_arrives_as_its_text() {
        let nested = |depth| (0..depth).fold(json!(0), |inner, _| json!([inner]));
        check_travels(b"key", &Options::new().with("name", nested(127)));
        let too_deep = nested(128);
        let parameters = Parameters::of(b"key", &Options::new().with("name", too_deep.clone())).unwrap();
        assert_eq!(call(&parameters.query).unwrap().options.get("name"), Some(&json!(too_deep.to_string())));
    }

    #[test]
    fn only_what_is_too_long_for_the_url_goes_into_the_body() {
        let options = Options::new().with("long", "x".repeat(5_000)).with("short", 1);
        let parameters = Parameters::of(b"key", &options).unwrap();
        assert_eq!(parameters.query, "arg=key&short=1");
        assert!(parameters.rest.starts_with("long=xxx"));
    }

    #[test]
    fn more_than_the_limit_is_an_error() {
        let of = |length| Parameters::of(b"key", &Options::new().with("x", "x".repeat(length)));
        let most = MAX_PARAMETERS_LEN - "arg=key".len() - "x=".len();
        assert!(of(most).is_ok());
        assert!(of(most + 1).unwrap_err().is_backend());
    }

    #[test]
    fn the_first_of_several_values_counts() {
        assert_eq!(options("a=1&a=2&option.a=3"), Options::new().with("a", 1));
        let (first, timeout) = (options("timeout=1s&timeout=2s"), Duration::from_secs(1));
        assert_eq!(first, Options::new().with_timeout(timeout));
    }

    #[test]
    fn what_makes_no_call_is_refused() {
        assert_eq!(call(""), Err(NoCall::NoKey));
        assert_eq!(call("key=1&option.arg=2"), Err(NoCall::NoKey));
        assert_eq!(call("arg=a&arg=a"), Err(NoCall::SeveralKeys));
        assert_eq!(call("arg=%FF"), Err(NoCall::NotUtf8));
        assert_eq!(call("arg=a&timeout=5"), Err(NoCall::InvalidTimeout("5".to_owned())));
        assert!(matches!(call("arg=/multibase/ua"), Err(NoCall::InvalidKey(_))));
        assert_eq!(call("arg").map(|call| call.key), Ok(Vec::new()));
    }

    proptest! {
        #[test]
        fn every_string_and_every_number_travels(name: String, text: String, float: f64, integer: i64) {
            for value in [json!(text), json!(float), json!(integer), json!({text.as_str(): [float, text]})] {
                check_travels(name.as_bytes(), &Options::new().with(name.as_str(), value));
            }
        }
    }
}
