//! What the judge and the victim tell each other.
//!
//! A message is a line of JSON and the bytes that go with it, keys and values. Before them come the lengths of both.

use std::io::{self, Read, Write};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::conformance::subject::chain;
use crate::{Error, GetValueResult, Options};

/// What the judge wants.
#[derive(Debug)]
pub(crate) enum Order {
    /// Opens a handle, which has this number from now on.
    Open { handle: usize },
    /// Drops a handle.
    Close { handle: usize },
    /// Makes a call: a put of this value, or a get.
    Call { id: u64, handle: usize, key: Bytes, value: Option<Bytes>, options: Options },
    /// Drops the future of a call.
    Drop { id: u64 },
}

/// What became of it.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The factory has returned a store. These peers are members of the world.
    Opened { members: Vec<String> },
    /// The factory has failed with these messages.
    NotOpened { chain: Vec<String> },
    /// The factory has panicked with this message.
    Panicked { message: String },
    /// A call has ended.
    Ended { id: u64, answer: Answer },
}

/// How a call has ended.
#[derive(Debug)]
pub(crate) enum Answer {
    Stored,
    Found(GetValueResult),
    Failed(Error),
    Panicked { message: String },
}

impl Order {
    pub(crate) fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Open { handle } => write(stream, &json!({ "open": handle }), &[]),
            Self::Close { handle } => write(stream, &json!({ "close": handle }), &[]),
            Self::Drop { id } => write(stream, &json!({ "drop": id }), &[]),
            Self::Call { id, handle, key, value, options } => {
                let named: Map<String, Value> =
                    options.iter().map(|(name, value)| (name.to_owned(), value.clone())).collect();
                // Not among the others: an option may have any name.
                let timeout = options.timeout().map(|timeout| json!([timeout.as_secs(), timeout.subsec_nanos()]));
                let head = json!({
                    "call": id,
                    "handle": handle,
                    "key": key.len(),
                    "put": value.is_some(),
                    "timeout": timeout,
                    "options": named,
                });
                write(stream, &head, &[key, value.as_deref().unwrap_or_default()])
            }
        }
    }

    pub(crate) fn read(stream: &mut impl Read) -> io::Result<Self> {
        let (head, body) = read(stream)?;
        let number = |name: &str| head[name].as_u64().and_then(|number| usize::try_from(number).ok());
        let order = || {
            if let Some(handle) = number("open") {
                return Some(Self::Open { handle });
            }
            if let Some(handle) = number("close") {
                return Some(Self::Close { handle });
            }
            if let Some(id) = head["drop"].as_u64() {
                return Some(Self::Drop { id });
            }
            let key = number("key").filter(|key| *key <= body.len())?;
            let mut options = Options::new();
            if let (Some(seconds), Some(nanoseconds)) = (head["timeout"][0].as_u64(), head["timeout"][1].as_u64()) {
                let nanoseconds = u32::try_from(nanoseconds).ok()?;
                options = options.with_timeout(std::time::Duration::new(seconds, nanoseconds));
            }
            for (name, value) in head["options"].as_object()? {
                options = options.with(name, value.clone());
            }
            Some(Self::Call {
                id: head["call"].as_u64()?,
                handle: number("handle")?,
                key: body.slice(..key),
                value: head["put"].as_bool()?.then(|| body.slice(key..)),
                options,
            })
        };
        order().ok_or_else(|| unknown(&head))
    }
}

impl Reply {
    pub(crate) fn write(&self, stream: &mut impl Write) -> io::Result<()> {
        match self {
            Self::Opened { members } => write(stream, &json!({ "opened": members }), &[]),
            Self::NotOpened { chain } => write(stream, &json!({ "not_opened": chain }), &[]),
            Self::Panicked { message } => write(stream, &json!({ "panicked": message }), &[]),
            Self::Ended { id, answer } => match answer {
                Answer::Stored => write(stream, &json!({ "ended": id, "stored": true }), &[]),
                Answer::Found(found) => {
                    write(stream, &json!({ "ended": id, "from": found.from.to_string() }), &[&found.val])
                }
                Answer::Failed(error) => {
                    let (kind, said) = words(error);
                    write(stream, &json!({ "ended": id, "failed": kind, "said": said }), &[])
                }
                Answer::Panicked { message } => write(stream, &json!({ "ended": id, "panicked": message }), &[]),
            },
        }
    }

    pub(crate) fn read(stream: &mut impl Read) -> io::Result<Self> {
        let (head, body) = read(stream)?;
        let reply = || {
            let Some(id) = head["ended"].as_u64() else {
                let message = || head["panicked"].as_str().map(str::to_owned);
                return texts(&head["opened"])
                    .map(|members| Self::Opened { members })
                    .or_else(|| texts(&head["not_opened"]).map(|chain| Self::NotOpened { chain }))
                    .or_else(|| message().map(|message| Self::Panicked { message }));
            };
            let answer = if head["stored"] == true {
                Answer::Stored
            } else if let Some(from) = head["from"].as_str() {
                Answer::Found(GetValueResult { from: from.parse().ok()?, val: body })
            } else if let Some(message) = head["panicked"].as_str() {
                Answer::Panicked { message: message.to_owned() }
            } else {
                Answer::Failed(error(head["failed"].as_str()?, texts(&head["said"])?)?)
            };
            Some(Self::Ended { id, answer })
        };
        reply().ok_or_else(|| unknown(&head))
    }
}

/// The kind of an error, and what it says: its own message first, then those of its sources.
fn words(error: &Error) -> (&'static str, Vec<String>) {
    match error {
        Error::NotFound => ("NotFound", Vec::new()),
        Error::Timeout => ("Timeout", Vec::new()),
        Error::InvalidKey(why) => ("InvalidKey", vec![why.clone()]),
        Error::InvalidValue(why) => ("InvalidValue", vec![why.clone()]),
        Error::Backend(source) => ("Backend", chain(&**source)),
    }
}

fn error(kind: &str, said: Vec<String>) -> Option<Error> {
    let first = || said.first().cloned().unwrap_or_default();
    Some(match kind {
        "NotFound" => Error::NotFound,
        "Timeout" => Error::Timeout,
        "InvalidKey" => Error::InvalidKey(first()),
        "InvalidValue" => Error::InvalidValue(first()),
        "Backend" => Error::backend(Told::of(said)?),
        _ => return None,
    })
}

/// An error that says what another one has said in another process.
#[derive(Debug)]
struct Told {
    message: String,
    source: Option<Box<Told>>,
}

impl Told {
    fn of(chain: Vec<String>) -> Option<Self> {
        chain.into_iter().rev().fold(None, |source, message| Some(Self { message, source: source.map(Box::new) }))
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Told {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

fn texts(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
}

fn unknown(head: &Value) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("an unknown message: {head}"))
}

fn write(stream: &mut impl Write, head: &Value, parts: &[&[u8]]) -> io::Result<()> {
    let head = head.to_string();
    let len = |len: usize| u32::try_from(len).map(u32::to_be_bytes).map_err(io::Error::other);
    let body = parts.iter().map(|part| part.len()).sum();
    let mut message = Vec::with_capacity(8 + head.len() + body);
    message.extend_from_slice(&len(head.len())?);
    message.extend_from_slice(&len(body)?);
    message.extend_from_slice(head.as_bytes());
    for part in parts {
        message.extend_from_slice(part);
    }
    // All at once, so that it goes out as one packet.
    stream.write_all(&message)
}

fn read(stream: &mut impl Read) -> io::Result<(Value, Bytes)> {
    let len = |stream: &mut dyn Read| {
        let mut bytes = [0; 4];
        stream.read_exact(&mut bytes)?;
        usize::try_from(u32::from_be_bytes(bytes)).map_err(io::Error::other)
    };
    let (head, body) = (len(stream)?, len(stream)?);
    let (mut text, mut bytes) = (vec![0; head], vec![0; body]);
    stream.read_exact(&mut text)?;
    stream.read_exact(&mut bytes)?;
    Ok((serde_json::from_slice(&text).map_err(io::Error::other)?, bytes.into()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use libp2p_identity::PeerId;

    use super::*;

    fn sent<T>(write: impl Fn(&mut Vec<u8>) -> io::Result<()>, read: impl Fn(&mut &[u8]) -> io::Result<T>) -> T {
        let mut stream = Vec::new();
        write(&mut stream).unwrap();
        let mut rest = stream.as_slice();
        let message = read(&mut rest).unwrap();
        assert!(rest.is_empty(), "the next message begins there");
        message
    }

    fn ordered(order: &Order) -> Order {
        sent(|stream| order.write(stream), |stream| Order::read(stream))
    }

    fn replied(reply: &Reply) -> Reply {
        sent(|stream| reply.write(stream), |stream| Reply::read(stream))
    }

    #[test]
    fn a_call_arrives_as_it_was_sent() {
        let options = Options::new().with_timeout(Duration::new(3, 7)).with("timeout", "odd").with("deep", json!([{}]));
        for value in [None, Some(Bytes::new()), Some(Bytes::from_static(b"\0\n\xff"))] {
            let (key, sent) = (Bytes::from_static(b"\xfe\0k"), options.clone());
            let order = Order::Call { id: 9, handle: 2, key: key.clone(), value: value.clone(), options: sent };
            let Order::Call { id, handle, key: arrived, value: with, options: by } = ordered(&order) else { panic!() };
            assert_eq!((id, handle, arrived, with, by), (9, 2, key, value, options.clone()));
        }
        assert!(matches!(ordered(&Order::Open { handle: 1 }), Order::Open { handle: 1 }));
        assert!(matches!(ordered(&Order::Close { handle: 0 }), Order::Close { handle: 0 }));
        assert!(matches!(ordered(&Order::Drop { id: 3 }), Order::Drop { id: 3 }));
    }

    #[test]
    fn each_answer_arrives_as_it_was_sent() {
        let found = GetValueResult { from: PeerId::random(), val: Bytes::from_static(b"\xffv") };
        let reply = replied(&Reply::Ended { id: 4, answer: Answer::Found(found.clone()) });
        assert!(matches!(reply, Reply::Ended { id: 4, answer: Answer::Found(arrived) } if arrived == found));
        let source = io::Error::other("outer");
        let told = Told { message: "first".to_owned(), source: Told::of(vec!["second".to_owned()]).map(Box::new) };
        for error in [
            Error::NotFound,
            Error::Timeout,
            Error::InvalidKey("k".to_owned()),
            Error::InvalidValue(String::new()),
            Error::backend(source),
            Error::backend(told),
        ] {
            let said = words(&error);
            let reply = replied(&Reply::Ended { id: 0, answer: Answer::Failed(error) });
            let Reply::Ended { answer: Answer::Failed(arrived), .. } = reply else { panic!("{reply:?}") };
            assert_eq!(words(&arrived), said);
        }
        let reply = replied(&Reply::Opened { members: vec!["m".to_owned()] });
        assert!(matches!(reply, Reply::Opened { members } if members == ["m"]));
        assert!(
            matches!(replied(&Reply::Panicked { message: "p".to_owned() }), Reply::Panicked { message } if message == "p")
        );
        assert!(matches!(replied(&Reply::NotOpened { chain: vec![] }), Reply::NotOpened { chain } if chain.is_empty()));
    }

    #[test]
    fn nonsense_is_an_error() {
        for nonsense in [&b"\0\0\0\x02\0\0\0\0{}"[..], b"\0\0\0\x02\0\0\0\0no", b"\0\0"] {
            assert!(Order::read(&mut &*nonsense).is_err());
            assert!(Reply::read(&mut &*nonsense).is_err());
        }
    }
}
