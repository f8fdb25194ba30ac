//! The list of cases, as the other crate's macro hands it over.

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token, braced};

/// The families, in the order of the list.
pub(crate) struct Suite(pub(crate) Vec<Family>);

pub(crate) struct Family {
    pub(crate) name: Ident,
    pub(crate) cases: Vec<Case>,
}

pub(crate) struct Case {
    pub(crate) name: Ident,
    /// What the attribute has to say for the case to run.
    pub(crate) needs: Vec<Ident>,
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
        let cases;
        braced!(cases in input);
        Ok(Self { name, cases: many(&cases)? })
    }
}

impl Parse for Case {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let _rule: LitStr = input.parse()?;
        let name = input.parse()?;
        let mut needs = Vec::new();
        if input.peek(Token![if]) {
            input.parse::<Token![if]>()?;
            needs.extend(Punctuated::<Ident, Token![,]>::parse_separated_nonempty(input)?);
        }
        input.parse::<Token![;]>()?;
        Ok(Self { name, needs })
    }
}

fn many<T: Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    std::iter::from_fn(|| (!input.is_empty()).then(|| input.parse())).collect()
}
