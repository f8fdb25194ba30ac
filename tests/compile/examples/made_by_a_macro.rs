#![deny(warnings)]

use value_store::{stores::MemoryStore, value_store_tests};

macro_rules! factories {
    ($($name:ident: $store:ty = $open:expr, $family:ident, $why:literal, $deadline:literal;)*) => {
        $(
            #[value_store_tests(skip($family = $why), deadline = $deadline)]
            fn $name() -> $store {
                $open
            }
        )*
    };
}

factories! {
    memory: MemoryStore = MemoryStore::new(), overwrite, "no time", "20s";
    fallible: Result<MemoryStore, String> = Ok(MemoryStore::new()), missing, "no time", "20s";
}

fn main() {}
