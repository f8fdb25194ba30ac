//! The arguments of the attribute. Each is read by itself, so that a mistake in one does not hide a mistake in another.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Path};

use crate::fallback::Mistakes;
use crate::reasons::Reason;
use crate::setting::{Setting, parse_setting};
use crate::tokens::split_at_commas;
use crate::words::parse_word;

/// One argument.
pub(crate) struct Given {
    pub(crate) word: Ident,
    pub(crate) setting: Setting,
}

/// The arguments: those that could be read, and apart from them those that could not.
#[derive(Default)]
pub(crate) struct Args {
    given: Vec<Given>,
    unread: Vec<TokenStream>,
}

impl Args {
    pub(crate) fn parse(tokens: TokenStream, mistakes: &mut Mistakes) -> Self {
        let mut args = Self::default();
        for argument in split_at_commas(tokens, mistakes) {
            let given = (|input: ParseStream<'_>| Given::parse(input, mistakes)).parse2(argument.clone());
            match given {
                Ok(given) => args.add(given, mistakes),
                Err(error) => {
                    args.unread.push(argument);
                    mistakes.push(error);
                }
            }
        }
        args
    }

    /// Whether every argument could be read. If not, an argument that seems to be missing may be there, with a mistake.
    pub(crate) fn is_whole(&self) -> bool {
        self.unread.is_empty()
    }

    fn add(&mut self, given: Given, mistakes: &mut Mistakes) {
        if self.word(&given.word.to_string()).is_some() {
            let message = format!("`{0}` is there already: write it once", given.word);
            mistakes.add(&given.word, message);
        } else {
            self.given.push(given);
        }
    }

    /// The argument with this word.
    pub(crate) fn word(&self, word: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.word == word)
    }

    /// The claims that the arguments make.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &Ident> {
        self.given.iter().filter(|given| matches!(given.setting, Setting::Claim)).map(|given| &given.word)
    }

    pub(crate) fn reasons(&self, word: &str) -> &[Reason] {
        match self.word(word) {
            Some(Given { setting: Setting::Reasons(reasons), .. }) => reasons,
            _ => &[],
        }
    }

    /// The path of the value-store crate, or `None` if it is given but could not be read.
    pub(crate) fn krate(&self) -> Option<Path> {
        let first = |argument: &TokenStream| argument.clone().into_iter().next();
        let is_crate = |token| matches!(token, TokenTree::Ident(word) if word == "crate");
        match self.word("crate") {
            Some(Given { setting: Setting::Path(path), .. }) => Some(path.clone()),
            _ if self.unread.iter().filter_map(first).any(is_crate) => None,
            _ => Some(syn::parse_quote!(::value_store)),
        }
    }
}

impl Given {
    fn parse(input: ParseStream<'_>, mistakes: &mut Mistakes) -> syn::Result<Self> {
        let (word, shape) = parse_word(input)?;
        let setting = parse_setting(input, &word, shape, mistakes)?;
        if input.is_empty() {
            return Ok(Self { word, setting });
        }
        let usage = shape.usage(&word.to_string());
        Err(input.error(format!("expected a comma before this, or nothing: the argument is written {usage}")))
    }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};

    use super::*;
    use crate::words::WORDS;

    /// The mistakes in these arguments, as the tokens of the compile errors.
    fn said_about(arguments: TokenStream) -> String {
        let mut mistakes = Mistakes::default();
        Args::parse(arguments, &mut mistakes);
        mistakes.into_tokens().to_string()
    }

    #[test]
    fn the_crate_is_where_it_is_said_to_be() {
        let krate =
            |arguments| Some(Args::parse(arguments, &mut Mistakes::default()).krate()?.to_token_stream().to_string());
        assert_eq!(krate(quote!(durable)).as_deref(), Some(":: value_store"));
        assert_eq!(krate(quote!(durrable, crate = crate::deps)).as_deref(), Some("crate :: deps"));
        assert_eq!(krate(quote!(crate = super::deps)), None);
    }

    #[test]
    fn every_word_has_a_usage_that_is_right() {
        for (word, shape) in WORDS {
            let usage = shape.usage(word).replace('`', "").parse().expect("the usage is Rust");
            assert_eq!(said_about(usage), "", "{word}");
        }
    }
}
