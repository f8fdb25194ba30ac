#![deny(warnings)]

mod user {
    #![allow(dead_code, non_camel_case_types, unused_macros)]

    use ::value_store::value_store_tests;

    struct Result;
    struct Box;
    struct String;
    struct Option;
    struct Vec;
    struct Context;
    struct Ok;
    struct Err;
    struct Some;
    struct None;
    struct Send;
    struct Future;
    mod std {}
    mod core {}
    mod tokio {}
    mod value_store {}
    mod expansion {}
    const SUBJECT: () = ();
    fn opening() {}
    fn run() {}

    macro_rules! vec {
        () => {
            compile_error!("the user's own")
        };
    }
    macro_rules! assert {
        () => {
            compile_error!("the user's own")
        };
    }
    macro_rules! file {
        () => {
            compile_error!("the user's own")
        };
    }
    macro_rules! line {
        () => {
            compile_error!("the user's own")
        };
    }
    macro_rules! module_path {
        () => {
            compile_error!("the user's own")
        };
    }
    macro_rules! panic {
        ($($anything:tt)*) => {
            compile_error!("the user's own")
        };
    }

    #[value_store_tests(
        durable,
        max_key_len = 64,
        skip(overwrite = "no time"),
        expect_failure(missing = "no time"),
        flavor = "multi_thread",
        worker_threads = 2,
        deadline = "1m"
    )]
    async fn memory(
        _: &::value_store::Context,
    ) -> ::core::result::Result<::value_store::stores::MemoryStore, &'static str> {
        ::core::result::Result::Ok(::value_store::stores::MemoryStore::new())
    }
}

fn main() {}
