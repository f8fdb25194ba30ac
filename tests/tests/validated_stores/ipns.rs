//! A store for IPNS records.

use std::cmp::Ordering;

use ipns_identity::PeerId;
use rust_ipns::Record;
use value_store::conformance::records::Ipns;
use value_store::stores::MemoryStore;
use value_store::{Context, value_store_tests};

use crate::validating::{Validating, Validator};

const VALIDATOR: Validator = Validator { check_key, check_value, compare };

fn peer_id(key: &[u8]) -> Result<PeerId, String> {
    let bytes = key.strip_prefix(b"/ipns/").ok_or("keys begin with /ipns/")?;
    PeerId::from_bytes(bytes).map_err(|error| error.to_string())
}

fn check_key(key: &[u8]) -> Result<(), String> {
    peer_id(key).map(drop)
}

fn check_value(key: &[u8], value: &[u8]) -> Result<(), String> {
    let valid = Record::decode(value).and_then(|record| record.verify(peer_id(key).unwrap()));
    valid.map_err(|error| error.to_string())
}

fn compare(one: &[u8], other: &[u8]) -> Ordering {
    Record::decode(one).unwrap().compare(&Record::decode(other).unwrap()).unwrap()
}

/// The limits of IPNS: a peer id behind `/ipns/`, and 10 KiB.
#[value_store_tests(settled, monotonic, linearizable, records = Ipns, max_key_len = 44, max_value_len = 10_240)]
fn ipns(context: &Context) -> Validating<MemoryStore> {
    let store = MemoryStore::new();
    context.member(store.peer_id());
    Validating::new(store, VALIDATOR)
}
