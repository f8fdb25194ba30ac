use value_store::{stores::MemoryStore, value_store_tests};

#[value_store_tests(
    durrable,
    deadline = "soon",
    max_key_len = 0,
    skip(overwrit = "no time", missing = "", missing = "no time", timeouts::zero_is_promt = "no time")
)]
#[test]
unsafe fn memory<T>(_: u8, _: u8) -> MemoryStore {
    MemoryStore::new()
}

fn main() {}
