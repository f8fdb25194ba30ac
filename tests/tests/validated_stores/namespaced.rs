//! Stores for the records of a name space of their own.

use value_store::conformance::records::Namespaced;
use value_store::stores::{MemoryStore, OpenError, RedbStore};
use value_store::{Context, value_store_tests};

use crate::validating::{Validating, Validator};

/// The records of the name space.
const NS: Namespaced = Namespaced::new("ns");

const VALIDATOR: Validator = Validator {
    check_key: |key| if key.starts_with(b"/ns/") { Ok(()) } else { Err("keys begin with /ns/".into()) },
    check_value: |_, value| number(value).map(drop).ok_or("a record begins with its number and a space".into()),
    compare: |one, other| number(one).cmp(&number(other)),
};

fn number(value: &[u8]) -> Option<u64> {
    let digits = value.split(|byte| *byte == b' ').next().filter(|digits| digits.len() < value.len())?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[value_store_tests(settled, monotonic, linearizable, records = NS)]
fn memory(context: &Context) -> Validating<MemoryStore> {
    let store = MemoryStore::new();
    context.member(store.peer_id());
    Validating::new(store, VALIDATOR)
}

#[value_store_tests(durable, settled, monotonic, linearizable, records = NS, flavor = "multi_thread")]
async fn redb(context: &Context) -> Result<Validating<RedbStore>, OpenError> {
    let store = RedbStore::open(context.dir().join("values.redb")).await?;
    context.member(store.peer_id());
    Ok(Validating::new(store, VALIDATOR))
}

#[value_store_tests(settled, monotonic, linearizable, records = NS, start_paused = true)]
fn on_a_paused_clock() -> Validating<MemoryStore> {
    Validating::new(MemoryStore::new(), VALIDATOR)
}

/// The suite also keeps the names and contents that it draws within the limits.
#[value_store_tests(settled, monotonic, linearizable, records = NS, max_key_len = 32, max_value_len = 64)]
fn limited() -> Validating<MemoryStore> {
    let validator = Validator {
        check_key: |key| match (VALIDATOR.check_key)(key) {
            Ok(()) if key.len() > 32 => Err("32 bytes at most".into()),
            checked => checked,
        },
        check_value: |key, value| match (VALIDATOR.check_value)(key, value) {
            Ok(()) if value.len() > 64 => Err("64 bytes at most".into()),
            checked => checked,
        },
        ..VALIDATOR
    };
    Validating::new(MemoryStore::new(), validator)
}
