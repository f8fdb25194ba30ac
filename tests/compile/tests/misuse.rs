//! What the compiler says about a wrong use of the attribute.
//!
//! Each file in `misuse` is one mistake. The file beside it is the one error that is expected, in the words of Rust 1.95.
//! When the words change, `TRYBUILD=overwrite cargo test --test misuse` writes these files again: read what it wrote.

#[test]
fn a_mistake_is_one_error_that_says_what_to_write_instead() {
    trybuild::TestCases::new().compile_fail("tests/misuse/*.rs");
}
