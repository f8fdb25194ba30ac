//! The words of the attribute, and how each is written.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr};

use crate::fallback::instead_of;

/// Every word of the attribute, and the shape of its argument.
pub(crate) const WORDS: &[(&str, Shape)] = &[
    ("durable", Shape::Claim),
    ("power_loss", Shape::Claim),
    ("disk_faults", Shape::Claim),
    ("shared", Shape::Claim),
    ("convergent", Shape::Claim),
    ("monotonic", Shape::Claim),
    ("settled", Shape::Claim),
    ("faults", Shape::Claim),
    ("linearizable", Shape::Claim),
    ("propagation", Shape::Duration),
    ("max_key_len", Shape::Limit),
    ("max_value_len", Shape::Limit),
    ("records", Shape::Path),
    ("skip", Shape::Reasons),
    ("expect_failure", Shape::Reasons),
    ("flavor", Shape::Flavor),
    ("worker_threads", Shape::Count),
    ("start_paused", Shape::Flag),
    ("deadline", Shape::Duration),
    ("grace", Shape::Duration),
    ("crate", Shape::Crate),
];

#[derive(Clone, Copy)]
pub(crate) enum Shape {
    Claim,
    Duration,
    Limit,
    Path,
    Crate,
    Reasons,
    Flavor,
    Count,
    Flag,
}

impl Shape {
    /// An example of the argument, as it is written.
    pub(crate) fn usage(self, word: &str) -> String {
        match self {
            Self::Claim => format!("`{word}`"),
            Self::Duration => format!("`{word} = \"500ms\"`"),
            Self::Limit => format!("`{word} = 1024`"),
            Self::Path => format!("`{word} = some::path`"),
            Self::Crate => format!("`{word} = crate::path::to::value_store`"),
            Self::Reasons => format!("`{word}(family::case = \"why\")`"),
            Self::Flavor => format!("`{word} = \"multi_thread\"`"),
            Self::Count => format!("`{word} = 2`"),
            Self::Flag => format!("`{word} = true`"),
        }
    }
}

pub(crate) fn parse_word(input: ParseStream<'_>) -> syn::Result<(Ident, Shape)> {
    let known = WORDS.iter().map(|(name, _)| *name);
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        let message = if known.clone().any(|name| name == literal.value()) {
            format!("write the word without quotes: `{}`", literal.value())
        } else {
            format!("an argument begins with a word; {}", instead_of(literal.value(), known))
        };
        return Err(syn::Error::new_spanned(literal, message));
    }
    let word = input.call(Ident::parse_any).map_err(|error| {
        syn::Error::new(error.span(), format!("an argument begins with a word; {}", instead_of("", known.clone())))
    })?;
    if let Some((_, shape)) = WORDS.iter().find(|(name, _)| word == name) {
        return Ok((word, *shape));
    }
    let message = format!("`{word}` is no argument of #[value_store_tests]; {}", instead_of(&word, known));
    Err(syn::Error::new_spanned(word, message))
}
