//! Functions for the targets in `tests/fuzz/` alone. They exist only when `cargo fuzz` builds the crate.

use std::convert::Infallible;

use bytes::Bytes;
use http::Response;
use http_body::Body;
use libp2p_identity::PeerId;

use super::answer::{self, Answer};
use super::parameters::{Call, Parameters};
use super::peer::LastPeer;
use crate::{Error, GetValueResult, Options};

/// The result of a put with this answer of a delegate, of which it reads up to `limit` bytes.
pub async fn put(response: Response<impl Body<Data = Bytes, Error = Infallible>>, limit: usize) -> Result<(), Error> {
    Answer::read(response, limit).await.put_outcome()
}

/// The result of a get with this answer, of which it reads up to `limit` bytes, for values of up to `max_value_len`
/// bytes.
pub async fn get(
    response: Response<impl Body<Data = Bytes, Error = Infallible>>,
    delegate: PeerId,
    limit: usize,
    max_value_len: usize,
) -> Result<GetValueResult, Error> {
    Answer::read(response, limit).await.get_outcome(delegate, &LastPeer::default(), max_value_len)
}

/// The answer of a router that has found this value.
pub fn found(found: &GetValueResult) -> String {
    answer::found(found, &LastPeer::default())
}

/// Whether a call arrives as it was sent.
pub fn travels(key: &[u8], options: &Options) -> bool {
    let sent = Parameters::of(key, options).expect("what has arrived can be sent");
    let arrived = Call::from_parameters(sent.query.as_bytes(), sent.rest.as_bytes());
    arrived == Ok(Call { key: key.to_vec(), options: options.clone() })
}
