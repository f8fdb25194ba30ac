//! The arguments of the attribute: each is read by itself, so that a mistake in one hides none in another.

use std::time::Duration;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Ident, LitBool, LitInt, LitStr, Path, Token};

use crate::factory::default_crate;
use crate::fallback::{Mistakes, instead_of};

/// Every word of the attribute, and what it takes.
const WORDS: &[(&str, Shape)] = &[
    ("durable", Shape::Claim),
    ("shared", Shape::Claim),
    ("convergent", Shape::Claim),
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
    ("crate", Shape::Path),
];

/// The suite's keys are made of a part that is fresh and one that the case is about, and its values have to differ: this
/// many bytes hold both.
const SMALLEST_LIMIT: usize = 16;

#[derive(Clone, Copy)]
enum Shape {
    Claim,
    Duration,
    Limit,
    Path,
    Reasons,
    Flavor,
    Count,
    Flag,
}

impl Shape {
    /// How the word is written.
    fn usage(self, word: &str) -> String {
        match self {
            Self::Claim => format!("`{word}`"),
            Self::Duration => format!("`{word} = \"500ms\"`"),
            Self::Limit => format!("`{word} = 1024`"),
            Self::Path => format!("`{word} = some::path`"),
            Self::Reasons => format!("`{word}(family::case = \"why\")`"),
            Self::Flavor => format!("`{word} = \"multi_thread\"`"),
            Self::Count => format!("`{word} = 2`"),
            Self::Flag => format!("`{word} = true`"),
        }
    }
}

/// What a word was given.
pub(crate) enum Setting {
    Claim,
    Duration(Duration),
    Number(usize),
    Path(Path),
    Reasons(Vec<Reason>),
    MultiThread(bool),
    Flag(bool),
}

/// A case, or a whole family, and the reason given for it.
pub(crate) struct Reason {
    pub(crate) family: Ident,
    pub(crate) case: Option<Ident>,
    pub(crate) why: LitStr,
}

impl Reason {
    /// As it is written: `family` or `family::case`.
    pub(crate) fn path(&self) -> String {
        match &self.case {
            Some(case) => format!("{}::{case}", self.family),
            None => self.family.to_string(),
        }
    }

    /// The tokens that name it.
    pub(crate) fn blame(&self) -> TokenStream {
        self.case.as_ref().unwrap_or(&self.family).to_token_stream()
    }
}

/// One argument.
pub(crate) struct Given {
    pub(crate) word: Ident,
    pub(crate) setting: Setting,
}

/// The arguments that could be read.
#[derive(Default)]
pub(crate) struct Args(Vec<Given>);

impl Args {
    pub(crate) fn parse(tokens: TokenStream, mistakes: &mut Mistakes) -> Self {
        let mut args = Self::default();
        for argument in split_at_commas(tokens) {
            match Given::parse.parse2(argument) {
                Ok(given) => args.add(given, mistakes),
                Err(error) => mistakes.push(error),
            }
        }
        args
    }

    fn add(&mut self, given: Given, mistakes: &mut Mistakes) {
        if self.word(&given.word.to_string()).is_some() {
            let message = format!("`{0}` is there already: write it once", given.word);
            mistakes.add(&given.word, message);
        } else {
            self.0.push(given);
        }
    }

    /// The argument with this word.
    pub(crate) fn word(&self, word: &str) -> Option<&Given> {
        self.0.iter().find(|given| given.word == word)
    }

    /// The claims that were made.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &Ident> {
        self.0.iter().filter(|given| matches!(given.setting, Setting::Claim)).map(|given| &given.word)
    }

    pub(crate) fn reasons(&self, word: &str) -> &[Reason] {
        match self.word(word) {
            Some(Given { setting: Setting::Reasons(reasons), .. }) => reasons,
            _ => &[],
        }
    }

    /// Where the value-store crate is.
    pub(crate) fn krate(&self) -> Path {
        match self.word("crate") {
            Some(Given { setting: Setting::Path(path), .. }) => path.clone(),
            _ => default_crate(),
        }
    }
}

/// Splits at the commas that are not in parentheses. A comma at the very end is fine.
fn split_at_commas(tokens: TokenStream) -> Vec<TokenStream> {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut parts: Vec<Vec<TokenTree>> = tokens.split(is_comma).map(<[_]>::to_vec).collect();
    if parts.last().is_some_and(Vec::is_empty) {
        parts.pop();
    }
    // An empty part has no tokens to blame, so it keeps the comma that ends it.
    let commas = tokens.iter().filter(|token| is_comma(token));
    for (part, comma) in parts.iter_mut().zip(commas).filter(|(part, _)| part.is_empty()) {
        part.push(comma.clone());
    }
    parts.into_iter().map(TokenStream::from_iter).collect()
}

impl Given {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (word, shape) = parse_word(input)?;
        let setting = parse_setting(input, &word, shape)?;
        if input.is_empty() {
            return Ok(Self { word, setting });
        }
        let usage = shape.usage(&word.to_string());
        Err(input.error(format!("expected a comma before this, or nothing: the argument is written {usage}")))
    }
}

fn parse_word(input: ParseStream<'_>) -> syn::Result<(Ident, Shape)> {
    let known = WORDS.iter().map(|(name, _)| *name);
    if input.peek(LitStr) {
        let literal: LitStr = input.parse()?;
        let message = if known.clone().any(|name| name == literal.value()) {
            format!("write the word without quotes: `{}`", literal.value())
        } else {
            format!("an argument begins with a word; {}", instead_of(&literal.value(), known))
        };
        return Err(syn::Error::new_spanned(literal, message));
    }
    let word = input.call(<Ident as syn::ext::IdentExt>::parse_any).map_err(|error| {
        let names = known.clone().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        syn::Error::new(error.span(), format!("an argument begins with a word; known are: {names}"))
    })?;
    if let Some((_, shape)) = WORDS.iter().find(|(name, _)| word == name) {
        return Ok((word, *shape));
    }
    let message = format!("`{word}` is no argument of #[value_store_tests]; {}", instead_of(&word.to_string(), known));
    Err(syn::Error::new_spanned(word, message))
}

fn parse_setting(input: ParseStream<'_>, word: &Ident, shape: Shape) -> syn::Result<Setting> {
    let usage = || shape.usage(&word.to_string());
    match shape {
        Shape::Claim if input.peek(Token![=]) || input.peek(syn::token::Paren) => {
            Err(input.error(format!("a claim stands by itself: write {}", usage())))
        }
        Shape::Claim => Ok(Setting::Claim),
        Shape::Reasons => parse_reasons(input, word, &usage()).map(Setting::Reasons),
        _ => {
            if !input.peek(Token![=]) {
                return Err(syn::Error::new_spanned(word, format!("`{word}` needs a value: write {}", usage())));
            }
            input.parse::<Token![=]>()?;
            parse_value(input, shape).map_err(|error| {
                let error =
                    if input.is_empty() { syn::Error::new_spanned(word, "the value is missing") } else { error };
                syn::Error::new(error.span(), format!("{error}: write {}", usage()))
            })
        }
    }
}

fn parse_value(input: ParseStream<'_>, shape: Shape) -> syn::Result<Setting> {
    match shape {
        Shape::Duration => parse_duration(input).map(Setting::Duration),
        Shape::Limit => parse_number(input, SMALLEST_LIMIT).map(Setting::Number),
        Shape::Count => parse_number(input, 1).map(Setting::Number),
        Shape::Flavor => parse_flavor(input).map(Setting::MultiThread),
        Shape::Flag => expected::<LitBool>(input, "`true` or `false`").map(|flag| Setting::Flag(flag.value)),
        Shape::Path | Shape::Claim | Shape::Reasons => expected(input, "a path without quotes").map(Setting::Path),
    }
}

/// Parses a `T`, or says at what stands there that `what` is expected.
fn expected<T: Parse>(input: ParseStream<'_>, what: &str) -> syn::Result<T> {
    let blame = input.fork();
    input.parse().map_err(|_| match blame.parse::<TokenTree>() {
        Ok(token) => syn::Error::new_spanned(token, format!("expected {what}")),
        Err(error) => error,
    })
}

fn parse_duration(input: ParseStream<'_>) -> syn::Result<Duration> {
    let literal: LitStr = expected(input, "a duration in quotes")?;
    let text = literal.value();
    let error = |message: &str| Err(syn::Error::new_spanned(&literal, format!("`{text}` {message}")));
    if text.trim().starts_with('-') {
        return error("is negative");
    }
    let digits = text.find(|char: char| !char.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let nanoseconds: u64 = match unit.trim() {
        "ns" => 1,
        "us" | "µs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return error("is no duration: a whole number and a unit (ns, us, ms, s, m, h)"),
    };
    match number.parse::<u64>().map(|number| number.checked_mul(nanoseconds)) {
        Ok(Some(0)) => error("is zero, in which nothing can be done"),
        Ok(Some(nanoseconds)) => Ok(Duration::from_nanos(nanoseconds)),
        _ if number.is_empty() => error("is no duration: a whole number and a unit (ns, us, ms, s, m, h)"),
        _ => error("is too long"),
    }
}

fn parse_number(input: ParseStream<'_>, smallest: usize) -> syn::Result<usize> {
    if input.peek(Token![-]) {
        return Err(input.error("expected a positive number"));
    }
    let literal: LitInt = expected(input, "a whole number")?;
    let error = |message: &str| Err(syn::Error::new_spanned(&literal, format!("{literal} {message}")));
    match literal.base10_parse::<usize>() {
        Ok(0) => error("leaves room for nothing"),
        Ok(number) if number < smallest => {
            error(&format!("is less than {smallest}, which the suite needs to make its keys and values distinct"))
        }
        Ok(number) => Ok(number),
        Err(_) => error("is no number that fits into a `usize`"),
    }
}

/// Whether the runtime has several threads.
fn parse_flavor(input: ParseStream<'_>) -> syn::Result<bool> {
    let literal: LitStr = expected(input, "a flavor in quotes")?;
    match literal.value().as_str() {
        "current_thread" => Ok(false),
        "multi_thread" => Ok(true),
        other => {
            let instead = instead_of(other, ["current_thread", "multi_thread"].into_iter());
            Err(syn::Error::new_spanned(&literal, format!("`{other}` is no flavor of runtime; {instead}")))
        }
    }
}

fn parse_reasons(input: ParseStream<'_>, word: &Ident, usage: &str) -> syn::Result<Vec<Reason>> {
    if !input.peek(syn::token::Paren) {
        return Err(syn::Error::new_spanned(word, format!("`{word}` needs cases with reasons: write {usage}")));
    }
    let content;
    syn::parenthesized!(content in input);
    let tokens: TokenStream = content.parse()?;
    if tokens.is_empty() {
        return Err(syn::Error::new_spanned(word, format!("`{word}` names no case: write {usage}, or remove it")));
    }
    let (mut reasons, mut mistakes) = (Vec::new(), Mistakes::default());
    for part in split_at_commas(tokens) {
        let reason = (|input: ParseStream<'_>| parse_reason(input, word)).parse2(part);
        reason.map_or_else(|error| mistakes.push(error), |reason| reasons.push(reason));
    }
    mistakes.into_result().map(|()| reasons)
}

fn parse_reason(input: ParseStream<'_>, word: &Ident) -> syn::Result<Reason> {
    let family: Ident = expected(input, "the name of a family, or family::case, without quotes")?;
    let mut case = None;
    if input.peek(Token![::]) {
        input.parse::<Token![::]>()?;
        case = Some(expected::<Ident>(input, "the name of a case")?);
    }
    let name = case.as_ref().unwrap_or(&family);
    if !input.peek(Token![=]) {
        let message = format!("say why: `{word}` takes each name with a reason, `{name} = \"why\"`");
        return Err(syn::Error::new_spanned(name, message));
    }
    input.parse::<Token![=]>()?;
    if input.is_empty() {
        return Err(syn::Error::new_spanned(name, "say why: the reason is missing"));
    }
    let why: LitStr = expected(input, "the reason, a string in quotes")?;
    if why.value().trim().is_empty() {
        return Err(syn::Error::new_spanned(
            &why,
            "the reason is empty: say why, it is what people see in the list of tests",
        ));
    }
    if !input.is_empty() {
        return Err(input.error("expected a comma before this, or nothing"));
    }
    Ok(Reason { family, case, why })
}
