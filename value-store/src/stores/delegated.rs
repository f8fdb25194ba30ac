//! Puts and gets that another node carries out: the client and the server of Kubo's routing commands over HTTP.
//!
//! [`DelegatedStore`] is the client. Its delegate is a Kubo node, which takes `/ipns/…` and `/pk/…` keys and records
//! that it can validate, or a [`router`] over any store.
//!
//! # On the wire
//!
//! Calls are `POST /api/v0/routing/put` and `POST /api/v0/routing/get`, with parameters in the query:
//!
//! - `arg` is the key. Text is sent as it is. A key that is not UTF-8, or that begins with `/multibase/`, is sent as
//!   `/multibase/u` and its base64url without padding, `u` being multibase's letter for that. So every key has a text,
//!   and no two keys have the same.
//! - `timeout` is written as Go writes durations: `500ms`. One that exceeds Go's longest, 292 years, is sent as that.
//! - Any other parameter is an additional option. Its value is JSON, except that a string which cannot be taken for JSON
//!   is sent as it is: `quorum=3` is a number, and `name=text` a string. A value that is nested more than 127 levels deep
//!   arrives as a string of its JSON, as parsers give up there.
//! - `encoding`, `enc`, `stream` and `stream-channels` are Kubo's own, and a server passes over them. An option whose name
//!   is one of these six, or begins with `option.`, is sent with `option.` before its name.
//!
//! A parameter that would make the query longer than 4 KiB is sent in the body instead, encoded in the same way, as
//! `application/x-www-form-urlencoded`: that is the body of a get, and a second part in the body of a put. A put's
//! first part, in `multipart/form-data`, is the value.
//!
//! The answer is JSON, an object a line, of which the one with `"Type":5` has the value in `"Extra"`, in base64, and in
//! `"ID"` the peer that had it; for a put both are empty. A call that failed is answered with the status 500 or 400,
//! and `{"Message":"…","Code":0,"Type":"error"}`. The message is `routing: not found` for [`Error::NotFound`], `context deadline
//! exceeded` for [`Error::Timeout`], `invalid key: …` for [`Error::InvalidKey`], `invalid value: …` for
//! [`Error::InvalidValue`], and anything else for [`Error::Backend`].

// `store.rs` is the client, which `builder.rs` makes, and `server.rs` the server. `protocol.rs` is what both have to agree
// on. `parameters.rs` is what a delegate is asked, with `key.rs` and `timeout.rs` for how these are written; `multipart.rs`
// is the body of a put, `answer.rs` what a delegate says, with `peer.rs` for the peer that it names, and `body.rs` how
// bodies are read and sent.
mod answer;
mod body;
mod builder;
#[cfg(fuzzing)]
pub mod fuzzing;
mod key;
mod multipart;
mod parameters;
mod peer;
mod protocol;
mod server;
mod store;
#[cfg(test)]
mod tests;
mod timeout;

#[cfg(doc)]
use crate::Error;
pub use builder::{BuildError, Builder, DEFAULT_TIMEOUT};
pub use key::MAX_KEY_LEN;
pub use parameters::MAX_PARAMETERS_LEN;
pub use protocol::DEFAULT_MAX_VALUE_LEN;
pub use server::{router, router_with_max_value_len};
pub use store::DelegatedStore;
