//! Parsing that several kinds of arguments share.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};

use crate::fallback::Mistakes;

/// Splits at the commas outside parentheses. A comma at the very end is allowed.
pub(crate) fn split_at_commas(tokens: TokenStream, mistakes: &mut Mistakes) -> Vec<TokenStream> {
    let (mut parts, mut part) = (Vec::new(), Vec::new());
    for token in tokens {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => match std::mem::take(&mut part) {
                nothing if nothing.is_empty() => mistakes.add(comma, "there is nothing before this comma: remove it"),
                part => parts.push(part),
            },
            token => part.push(token),
        }
    }
    parts.extend((!part.is_empty()).then_some(part));
    parts.into_iter().map(TokenStream::from_iter).collect()
}

/// Parses a `T`. If the next token is not one, blames that token, and says that `what` is expected.
pub(crate) fn expected<T: Parse>(input: ParseStream<'_>, what: &str) -> syn::Result<T> {
    let blame = input.fork();
    input.parse().map_err(|_| match blame.parse::<TokenTree>() {
        Ok(token) => syn::Error::new_spanned(token, format!("expected {what}")),
        Err(error) => error,
    })
}
