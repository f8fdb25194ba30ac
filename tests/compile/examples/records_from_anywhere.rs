#![deny(warnings)]

mod network {
    use value_store::conformance::records::{Namespaced, Records};

    pub(crate) static SPACE: Namespaced = Namespaced::new("space");

    pub(crate) struct Numbers;

    impl Records for Numbers {
        fn key(&self, name: &[u8]) -> value_store::Bytes {
            [b"/n/", name].concat().into()
        }

        fn value(&self, _: &[u8], version: u64, _: &[u8]) -> value_store::Bytes {
            version.to_string().into()
        }
    }

    pub(crate) mod factories {
        use value_store::{stores::MemoryStore, value_store_tests};

        #[value_store_tests(records = super::SPACE)]
        fn relative() -> MemoryStore {
            MemoryStore::new()
        }

        #[value_store_tests(records = crate::network::Numbers)]
        fn r#struct() -> MemoryStore {
            MemoryStore::new()
        }
    }
}

fn main() {}
