//! Puts and gets that another node carries out: a client and a server for Kubo's routing commands over HTTP.
//!
//! [`DelegatedStore`] is the client. Its delegate is a [`router`] over any store, or a Kubo node. Kubo takes only
//! `/ipns/…` and `/pk/…` keys, and records that it can validate.
#![cfg_attr(feature = "ipns", doc = "[`v1`] is another protocol, for IPNS records alone, which newer nodes have.")]
//!
//! # On the wire
//!
//! Calls are `POST /api/v0/routing/put` and `POST /api/v0/routing/get`, with parameters in the query:
//!
//! - `arg` is the key. Text is sent as it is. A key that is not UTF-8, or that begins with `/multibase/`, is sent as
//!   `/multibase/u` followed by its base64url without padding. (`u` is multibase's letter for that encoding.) So every
//!   key has a text, and no two keys have the same one.
//! - `timeout` is a duration as Go writes it, such as `500ms`. A timeout longer than Go's longest duration, 292 years,
//!   is sent as that.
//! - Any other parameter is an additional option. Its value is JSON. Only a string that is not itself JSON is sent
//!   without quotes: `quorum=3` is a number, and `name=text` a string. A value that is nested more than 127 levels deep
//!   arrives as a string of its JSON, because parsers give up there.
//! - `encoding`, `enc`, `stream` and `stream-channels` are Kubo's own parameters, and a server ignores them. An option
//!   with one of these six names, or with a name that begins with `option.`, is sent with `option.` before its name.
//!
//! A parameter that would make the query longer than 4 KiB is sent in the body instead, with the same encoding, as
//! `application/x-www-form-urlencoded`. For a get, that is the whole body. The body of a put is `multipart/form-data`:
//! its first part is the value, and such parameters are a second part.
//!
//! The answer is JSON, one object a line. The object with `"Type":5` has the value in `"Extra"`, in base64, and the
//! peer that had it in `"ID"`; for a put both are empty. A call that failed is answered with the status 500 or 400, and
//! `{"Message":"…","Code":0,"Type":"error"}`. The message tells the error:
//!
//! | message | error |
//! |---|---|
//! | `routing: not found` | [`Error::NotFound`] |
//! | `context deadline exceeded` | [`Error::Timeout`] |
//! | `invalid key: …` | [`Error::InvalidKey`] |
//! | `invalid value: …` | [`Error::InvalidValue`] |
//! | anything else | [`Error::Backend`] |

// `store.rs` is the client, which `builder.rs` makes, and `server.rs` is the server. `protocol.rs` is what both must
// agree on. What is sent: `parameters.rs`, with `key.rs` and `timeout.rs` for the two that have a text of their own,
// and `multipart.rs`, the body of a put. What is answered: `answer.rs`, with `peer.rs` for the peer that it names.
//
// What this protocol shares with that of `v1.rs`: `endpoint.rs` says where the delegate is, `tls.rs` whom the client
// trusts, `failure.rs` what went wrong, and `body.rs` reads and sends bodies.
mod answer;
mod body;
mod builder;
mod endpoint;
mod failure;
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
#[cfg(feature = "https")]
mod tls;
#[cfg(feature = "ipns")]
pub mod v1;

#[cfg(doc)]
use crate::Error;
pub use builder::{Builder, DEFAULT_TIMEOUT};
pub use endpoint::BuildError;
pub use key::MAX_KEY_LEN;
pub use parameters::MAX_PARAMETERS_LEN;
pub use protocol::DEFAULT_MAX_VALUE_LEN;
pub use server::{router, router_with_max_value_len};
pub use store::DelegatedStore;
