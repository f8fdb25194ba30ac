//! The list of cases, as the macro of the other crate hands it over.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Token, braced};

syn::custom_keyword!(after);
syn::custom_keyword!(unless);

/// The families, in the order of the list.
pub(crate) struct Suite(pub(crate) Vec<Family>);

pub(crate) struct Family {
    pub(crate) name: Ident,
    pub(crate) cases: Vec<Case>,
}

pub(crate) struct Case {
    pub(crate) name: Ident,
    /// The words that the attribute needs for the case to run.
    pub(crate) needs: Vec<Ident>,
    /// The words with which the case does not run.
    pub(crate) unless: Vec<Ident>,
}

impl Suite {
    pub(crate) fn family(&self, name: &Ident) -> Option<&Family> {
        self.0.iter().find(|family| family.name == *name)
    }
}

impl Parse for Suite {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        many(input).map(Self)
    }
}

impl Parse for Family {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        behind::<after, Path>(input)?;
        let cases;
        braced!(cases in input);
        Ok(Self { name, cases: many(&cases)? })
    }
}

impl Parse for Case {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let _rule: LitStr = input.parse()?;
        let name = input.parse()?;
        let needs = behind::<Token![if], Ident>(input)?;
        let unless = behind::<unless, Ident>(input)?;
        // What a case stands on is the judge's affair.
        behind::<after, Path>(input)?;
        input.parse::<Token![;]>()?;
        Ok(Self { name, needs, unless })
    }
}

/// What follows the keyword `K`, or nothing if it is not there.
fn behind<K: Parse, T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    if input.fork().parse::<K>().is_err() {
        return Ok(Vec::new());
    }
    input.parse::<K>()?;
    Ok(Punctuated::<T, Token![,]>::parse_separated_nonempty(input)?.into_iter().collect())
}

fn many<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    std::iter::from_fn(|| (!input.is_empty()).then(|| input.parse())).collect()
}
