//! What the compiler says where the attribute is used wrongly, and that it says nothing where it is used well.
//!
//! Each file of `misuse` is one mistake, and what is expected beside it is one error, in the words of Rust 1.95. After a
//! change of the words, `TRYBUILD=overwrite cargo test --test misuse` writes them down anew: read what it wrote.

#[test]
fn a_mistake_is_one_error_that_says_what_to_write_instead() {
    let tests = trybuild::TestCases::new();
    tests.compile_fail("tests/misuse/*.rs");
    tests.pass("tests/uses/*.rs");
}
