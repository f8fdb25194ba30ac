#![deny(warnings)]

use value_store::conformance::records::Namespaced;
use value_store::{stores::MemoryStore, value_store_tests};

const APP: Namespaced = Namespaced::new("app");

#[value_store_tests(
    durable,
    shared,
    convergent,
    monotonic,
    settled,
    faults,
    linearizable,
    propagation = "2s",
    max_key_len = 64,
    max_value_len = 65_536,
    records = crate::APP,
    skip(overwrite = "no time", missing::miss_inserts_nothing = "no time"),
    expect_failure(options::odd_names = "no time", cancellation = "no time"),
    flavor = "multi_thread",
    worker_threads = 2,
    deadline = "1m",
    grace = "250 ms",
    crate = ::value_store,
)]
fn threads() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests(flavor = "current_thread", start_paused = true)]
fn one_thread() -> MemoryStore {
    MemoryStore::new()
}

#[value_store_tests()]
fn nothing() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
