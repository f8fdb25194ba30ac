//! What the first step hands to the second, through the list's macro: both how it is written and how it is read.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Attribute, Path, Signature, Token, braced, parenthesized};

use crate::suite::Suite;

/// The call of the list's macro, which calls `expand!` with this and the list.
pub(crate) fn second_step(krate: &Path, arguments: &TokenStream, factory: &TokenStream) -> TokenStream {
    // If there is no such macro, the compiler blames the end of the path.
    let list = quote_spanned!(krate.segments.last().span()=> ::__suite!);
    quote! {
        #krate #list {
            #krate::conformance::expansion::expand { crate = (#krate) arguments = { #arguments } factory = { #factory } }
        }
    }
}

/// What the first step and the list's macro have handed over.
pub(crate) struct Input {
    pub(crate) krate: Path,
    pub(crate) arguments: TokenStream,
    /// `None` where the first step found a mistake in the function.
    pub(crate) factory: Option<Factory>,
    pub(crate) suite: Suite,
}

pub(crate) struct Factory {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) signature: Signature,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let handed;
        braced!(handed in input);
        let (krate, arguments, factory);
        handed.parse::<Token![crate]>()?;
        handed.parse::<Token![=]>()?;
        parenthesized!(krate in handed);
        let krate = krate.call(Path::parse_mod_style)?;
        handed.parse::<Ident>()?;
        handed.parse::<Token![=]>()?;
        braced!(arguments in handed);
        handed.parse::<Ident>()?;
        handed.parse::<Token![=]>()?;
        braced!(factory in handed);
        Ok(Self {
            krate,
            arguments: arguments.parse()?,
            factory: if factory.is_empty() { None } else { Some(factory.parse()?) },
            suite: input.parse()?,
        })
    }
}

impl Parse for Factory {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self { attributes: input.call(Attribute::parse_outer)?, signature: input.parse()? })
    }
}
