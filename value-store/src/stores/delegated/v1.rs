//! IPNS records that another node keeps: a client and a server for [Delegated Routing V1 over
//! HTTP](https://specs.ipfs.tech/routing/http-routing-v1/), which has taken the place of Kubo's routing commands there.
//!
//! [`IpnsStore`] is the client. Its delegate is a [`router`] over any store, or any other server of
//! `/routing/v1/ipns/{name}`. Both check each record: its signature, its name, and that it has not expired. The router also
//! keeps an older record from replacing a newer one. See [`ipns`](crate::ipns) for keys and records.
//!
//! # On the wire
//!
//! The name in the path is a CID of version 1, in base 36. A record is a body of the content type
//! `application/vnd.ipfs.ipns-record`, and is no longer than 10 KiB. `GET` asks for it, and `PUT` publishes it. The rest of
//! an answer is text for people. The client takes an answer as follows:
//!
//! | status | of `GET` | of `PUT` |
//! |---|---|---|
//! | 200 | the record; [`NotFound`] if the content type is another one | `Ok` |
//! | 400 | [`InvalidKey`] | [`InvalidValue`] |
//! | 404 | [`NotFound`] | [`Backend`] |
//! | 413 | [`Backend`] | [`InvalidValue`] |
//! | 504 | [`Timeout`] | [`Timeout`] |
//! | any other | [`Backend`] | [`Backend`] |
//!
//! A record that is not valid, or that did not arrive whole, is a [`Backend`]. The protocol cannot tell the page of a proxy
//! that answers 200 from an answer: such a page means that there is no record, and that a record was published.
//!
//! [`NotFound`]: crate::Error::NotFound
//! [`InvalidKey`]: crate::Error::InvalidKey
//! [`InvalidValue`]: crate::Error::InvalidValue
//! [`Timeout`]: crate::Error::Timeout
//! [`Backend`]: crate::Error::Backend

// `store.rs` is the client, which `builder.rs` makes, and `answer.rs` is what it makes of answers. `server.rs` is the
// server: `names.rs` is the store behind it, in which the newest record of a name stays, `accept.rs` is what clients take,
// `caching.rs` what caches are told, and `seen.rs` since when a record is there. `protocol.rs` is what both must agree on.
mod accept;
mod answer;
mod builder;
mod caching;
mod names;
mod protocol;
mod seen;
mod server;
mod store;
#[cfg(test)]
mod tests;

pub use builder::Builder;
pub use server::router;
pub use store::IpnsStore;
