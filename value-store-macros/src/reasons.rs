//! Cases or families with reasons, as `skip` and `expect_failure` take them.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Token};

use crate::fallback::Mistakes;
use crate::tokens::{expected, split_at_commas};

/// A case, or a whole family, and the reason given for it.
pub(crate) struct Reason {
    pub(crate) family: Ident,
    pub(crate) case: Option<Ident>,
    pub(crate) why: LitStr,
}

impl Reason {
    /// As it is written: `family` or `family::case`.
    pub(crate) fn path(&self) -> String {
        written(&self.family, self.case.as_ref())
    }

    /// The tokens to blame for a mistake.
    pub(crate) fn blame(&self) -> TokenStream {
        self.case.as_ref().unwrap_or(&self.family).to_token_stream()
    }
}

/// The reasons that could be read. A mistake in one does not hide a mistake in another.
pub(crate) fn parse_reasons(
    input: ParseStream<'_>,
    word: &Ident,
    usage: &str,
    mistakes: &mut Mistakes,
) -> syn::Result<Vec<Reason>> {
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new_spanned(word, format!("`{word}` needs cases with reasons: write {usage}")));
    }
    let content;
    syn::parenthesized!(content in input);
    let tokens: TokenStream = content.parse()?;
    if tokens.is_empty() {
        return Err(syn::Error::new_spanned(word, format!("`{word}` names no case: write {usage}, or remove it")));
    }
    let mut reasons = Vec::new();
    for part in split_at_commas(tokens, mistakes) {
        let reason = parse_reason.parse2(part);
        reason.map_or_else(|error| mistakes.push(error), |reason| reasons.push(reason));
    }
    Ok(reasons)
}

fn parse_reason(input: ParseStream<'_>) -> syn::Result<Reason> {
    let (family, case) = parse_name(input)?;
    let blame = case.as_ref().unwrap_or(&family);
    let usage = format!("write `{} = \"why\"`", written(&family, case.as_ref()));
    let has_equals = input.parse::<Option<Token![=]>>()?.is_some();
    if !has_equals || input.is_empty() {
        return Err(syn::Error::new_spanned(blame, format!("the reason is missing: {usage}")));
    }
    let why: LitStr = expected(input, &format!("the reason, in quotes: {usage}"))?;
    if why.value().trim().is_empty() {
        let message = "the reason is empty: say why, it is what people see in the list of tests";
        return Err(syn::Error::new_spanned(&why, message));
    }
    if !input.is_empty() {
        return Err(input.error("expected a comma before this, or nothing"));
    }
    Ok(Reason { family, case, why })
}

/// The name of a family, or of one case.
fn parse_name(input: ParseStream<'_>) -> syn::Result<(Ident, Option<Ident>)> {
    let family = expected(input, "the name of a family, or `family::case`, without quotes")?;
    if !input.peek(Token![::]) {
        return Ok((family, None));
    }
    input.parse::<Token![::]>()?;
    let case = expected(input, "the name of a case, or nothing behind the name of the family")?;
    if input.peek(Token![::]) {
        return Err(syn::Error::new_spanned(family, "a case is named by its family alone: write `family::case`"));
    }
    Ok((family, Some(case)))
}

/// A name as it is written in the attribute.
fn written(family: &Ident, case: Option<&Ident>) -> String {
    case.map_or_else(|| family.to_string(), |case| format!("{family}::{case}"))
}
