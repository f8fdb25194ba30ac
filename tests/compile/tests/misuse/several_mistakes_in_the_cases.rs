use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(
    settled,
    settled,
    propagation = "2s",
    worker_threads = 2,
    skip(overwrite = "no time", overwrite::second_put_wins = "no time", durable = "no time", quantum = "no time"),
    expect_failure(overwrite::second_put_win = "no time", overwrite = "no time")
)]
fn memory() -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
