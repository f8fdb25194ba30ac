//! Mistakes, collected so that each is reported once and all of them together.

use std::fmt::Display;

use proc_macro2::TokenStream;
use quote::ToTokens;

/// The mistakes found so far.
#[derive(Default)]
pub(crate) struct Mistakes(Option<syn::Error>);

impl Mistakes {
    /// Notes a mistake at the tokens to blame.
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

    pub(crate) fn into_result(self) -> syn::Result<()> {
        self.0.map_or(Ok(()), Err)
    }

    /// The compile errors.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.map(|errors| errors.to_compile_error()).unwrap_or_default()
    }
}

/// The end of a message about an unknown name: the known one that it resembles, or all of them.
pub(crate) fn instead_of<'a>(unknown: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    // Below this the resemblance is an accident: `durable` and `settled` have 0.43, `durable` and `durrable` 0.97.
    const RESEMBLES: f64 = 0.8;
    let likeness = |name: &str| strsim::jaro_winkler(unknown, name);
    let closest = known.clone().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    match closest.filter(|name| likeness(name) >= RESEMBLES) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("known are: {}", known.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    }
}
