//! The tests that the attribute generates compile and run where the user has items with common names, for each shape of a
//! factory, and under the strictest lints.

#![deny(warnings, clippy::pedantic)]

mod plain {
    //! The user's own items, under the names of the prelude, of crates and of macros.
    #![expect(dead_code, unused_macros, clippy::upper_case_acronyms, reason = "they are here to be in the way")]

    use ::value_store::stores::MemoryStore;
    use ::value_store::value_store_tests;

    struct Result;
    struct Option;
    struct Box;
    struct Vec;
    struct String;
    struct Context;
    struct Future;
    struct Ok;
    struct Err;
    struct Some;
    struct None;
    struct SUBJECT;

    mod std {}
    mod core {}
    mod tokio {}
    mod value_store {}
    mod expansion {}

    fn opening() {}
    fn run() {}

    macro_rules! vec {
        () => {
            compile_error!("the user's own");
        };
    }
    macro_rules! assert {
        () => {
            compile_error!("the user's own");
        };
    }
    macro_rules! line {
        () => {
            compile_error!("the user's own");
        };
    }
    macro_rules! file {
        () => {
            compile_error!("the user's own");
        };
    }
    macro_rules! module_path {
        () => {
            compile_error!("the user's own");
        };
    }

    #[value_store_tests(settled, flavor = "multi_thread", worker_threads = 2)]
    fn memory() -> MemoryStore {
        MemoryStore::new()
    }
}

mod of_context {
    use std::error::Error;
    use std::sync::Arc;

    use value_store::stores::MemoryStore;
    use value_store::{Context, ValueStore, value_store_tests};

    #[value_store_tests(
        max_value_len = 65_536,
        skip(overwrite = "in the other modules"),
        expect_failure(
            limits::value_over_the_limit_is_refused = "it takes every length",
            limits::refusal_keeps_the_old_value = "it takes every length",
            limits::many_refusals_then_usable = "it takes every length",
            options::missing_key_with_unknown_options = "it takes every length",
        )
    )]
    async fn r#type(context: &Context) -> Result<Arc<dyn ValueStore>, Box<dyn Error>> {
        let store = context.share(async || Ok::<_, String>(MemoryStore::new())).await?;
        context.member(store.peer_id());
        Ok(Arc::new(MemoryStore::clone(&store)))
    }
}

mod renamed {
    use std::rc::Rc;

    mod deps {
        pub(super) use value_store as kept_values;
    }

    use deps::kept_values::stores::MemoryStore;
    use deps::kept_values::{Context, ValueStore, value_store_tests};

    #[value_store_tests(crate = crate::renamed::deps::kept_values)]
    async fn core(_: &Context) -> impl ValueStore {
        let store = Rc::new(MemoryStore::new());
        std::future::ready(()).await;
        MemoryStore::clone(&store)
    }
}
