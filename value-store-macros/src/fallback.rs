//! Mistakes, collected so that all are reported together, and each of them once.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    /// Adds a mistake, at the tokens to blame.
    pub(crate) fn add(&mut self, blame: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(blame, message));
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The compile errors.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(|errors| errors.to_compile_error()).unwrap_or_default()
    }
}

/// The end of a message about an unknown name: the known name that it resembles, or all known names.
pub(crate) fn instead_of(unknown: impl Display, known: impl IntoIterator<Item = impl Display>) -> String {
    // Below this, the resemblance is an accident: `speed` and `settled` have 0.81, `sharing` and `shared` 0.85.
    const RESEMBLES: f64 = 0.84;
    let unknown = unknown.to_string();
    let known: Vec<_> = known.into_iter().map(|name| name.to_string()).collect();
    let likeness = |name: &String| strsim::jaro_winkler(&unknown, name);
    let closest = known.iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    match closest.filter(|name| likeness(name) >= RESEMBLES) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known are: {}", known.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unknown: &str, expected: &str) {
        assert_eq!(instead_of(unknown, ["durable", "shared", "settled", "max_key_len", "expect_failure"]), expected);
    }

    #[test]
    fn a_name_that_resembles_one_is_taken_for_it() {
        check("durability", "did you mean `durable`?");
        check("sharing", "did you mean `shared`?");
        check("max_key_length", "did you mean `max_key_len`?");
        check("expected_failure", "did you mean `expect_failure`?");
    }

    #[test]
    fn a_name_that_resembles_none_is_answered_with_all() {
        let all = "known are: `durable`, `shared`, `settled`, `max_key_len`, `expect_failure`";
        check("speed", all);
        check("", all);
    }
}
