//! The arguments of the attribute: each is read by itself, so that a mistake in one hides none in another.

use std::time::Duration;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Ident, LitBool, LitInt, LitStr, Path, Token};

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
    ("crate", Shape::Crate),
];

/// The suite's keys are made of a part that is fresh and one that the case is about, and its values have to differ: this
/// many bytes hold both.
const SMALLEST_LIMIT: (usize, &str) = (16, "and the suite needs as many bytes to tell its keys and values apart");

const SMALLEST_COUNT: (usize, &str) = (1, "and a runtime needs a thread");

#[derive(Clone, Copy)]
enum Shape {
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
    /// How the word is written.
    fn usage(self, word: &str) -> String {
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
        written(&self.family, self.case.as_ref())
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

/// The arguments, those that could be read apart from those that could not.
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

    /// Whether every argument could be read. If not, what seems to be missing may be there, with a mistake in it.
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

    /// The claims that were made.
    pub(crate) fn claims(&self) -> impl Iterator<Item = &Ident> {
        self.given.iter().filter(|given| matches!(given.setting, Setting::Claim)).map(|given| &given.word)
    }

    pub(crate) fn reasons(&self, word: &str) -> &[Reason] {
        match self.word(word) {
            Some(Given { setting: Setting::Reasons(reasons), .. }) => reasons,
            _ => &[],
        }
    }

    /// Where the value-store crate is, unless that could not be read.
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

/// Splits at the commas that are not in parentheses. A comma at the very end is fine.
fn split_at_commas(tokens: TokenStream, mistakes: &mut Mistakes) -> Vec<TokenStream> {
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

fn parse_word(input: ParseStream<'_>) -> syn::Result<(Ident, Shape)> {
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

fn parse_setting(input: ParseStream<'_>, word: &Ident, shape: Shape, mistakes: &mut Mistakes) -> syn::Result<Setting> {
    let usage = || shape.usage(&word.to_string());
    match shape {
        Shape::Claim if input.peek(Token![=]) || input.peek(syn::token::Paren) => {
            Err(input.error(format!("a claim stands by itself: write {}", usage())))
        }
        Shape::Claim => Ok(Setting::Claim),
        Shape::Reasons => parse_reasons(input, word, &usage(), mistakes).map(Setting::Reasons),
        _ => {
            let has_equals = input.parse::<Option<Token![=]>>()?.is_some();
            if !has_equals || input.is_empty() {
                return Err(syn::Error::new_spanned(word, format!("`{word}` needs a value: write {}", usage())));
            }
            let value = parse_value(input, shape);
            value.map_err(|error| syn::Error::new(error.span(), format!("{error}: write {}", usage())))
        }
    }
}

fn parse_value(input: ParseStream<'_>, shape: Shape) -> syn::Result<Setting> {
    match shape {
        Shape::Duration => parse_duration(input).map(Setting::Duration),
        Shape::Limit => parse_number(input, SMALLEST_LIMIT).map(Setting::Number),
        Shape::Count => parse_number(input, SMALLEST_COUNT).map(Setting::Number),
        Shape::Flavor => parse_flavor(input).map(Setting::MultiThread),
        Shape::Flag => expected::<LitBool>(input, "`true` or `false`").map(|flag| Setting::Flag(flag.value)),
        Shape::Crate => parse_crate(input).map(Setting::Path),
        Shape::Path | Shape::Claim | Shape::Reasons => expected(input, "a path without quotes").map(Setting::Path),
    }
}

/// The path is used in modules below that of the factory, where one that begins at `self` or `super` means something else.
fn parse_crate(input: ParseStream<'_>) -> syn::Result<Path> {
    let path: Path = expected(input, "a path without quotes")?;
    let first = path.segments.first().map(|segment| &segment.ident);
    match first.filter(|first| *first == "self" || *first == "super") {
        Some(relative) => Err(syn::Error::new_spanned(relative, "expected a path from the root of the crate")),
        None => Ok(path),
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

const NO_DURATION: &str = "is not a whole number and a unit (ns, us, ms, s, m, h)";

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
        _ => return error(NO_DURATION),
    };
    match number.parse::<u64>().map(|number| number.checked_mul(nanoseconds)) {
        Ok(Some(0)) => error("is zero, in which nothing can be done"),
        Ok(Some(nanoseconds)) => Ok(Duration::from_nanos(nanoseconds)),
        _ if number.is_empty() => error(NO_DURATION),
        _ => error("is too long"),
    }
}

fn parse_number(input: ParseStream<'_>, (smallest, why): (usize, &str)) -> syn::Result<usize> {
    if input.peek(Token![-]) {
        return Err(input.error("expected a positive number"));
    }
    let literal: LitInt = expected(input, "a whole number")?;
    let error = |message: &str| Err(syn::Error::new_spanned(&literal, format!("{literal} {message}")));
    match literal.base10_parse::<usize>() {
        Ok(number) if number < smallest => error(&format!("is less than {smallest}, {why}")),
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
            let message = format!("`{other}` is neither `current_thread` nor `multi_thread`");
            Err(syn::Error::new_spanned(&literal, message))
        }
    }
}

/// The reasons that could be read; a mistake in one hides none in another.
fn parse_reasons(
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

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    /// The value of one argument that is right.
    fn read(argument: TokenStream) -> Setting {
        let mut mistakes = Mistakes::default();
        let mut args = Args::parse(argument, &mut mistakes);
        assert!(mistakes.is_empty(), "{}", mistakes.into_tokens());
        args.given.remove(0).setting
    }

    /// What is said about arguments that are wrong, as the tokens of the compile errors.
    fn said_about(arguments: TokenStream) -> String {
        let mut mistakes = Mistakes::default();
        Args::parse(arguments, &mut mistakes);
        mistakes.into_tokens().to_string()
    }

    fn check_duration(text: &str, expected: Duration) {
        assert!(matches!(read(quote!(deadline = #text)), Setting::Duration(read) if read == expected), "{text}");
    }

    #[test]
    fn a_duration_has_each_of_the_units() {
        check_duration("7ns", Duration::from_nanos(7));
        check_duration("7us", Duration::from_micros(7));
        check_duration("7µs", Duration::from_micros(7));
        check_duration("7ms", Duration::from_millis(7));
        check_duration("7s", Duration::from_secs(7));
        check_duration("7m", Duration::from_secs(7 * 60));
        check_duration("7h", Duration::from_secs(7 * 60 * 60));
    }

    #[test]
    fn a_duration_may_have_a_space_before_its_unit() {
        check_duration("250 ms", Duration::from_millis(250));
    }

    #[test]
    fn the_longest_duration_is_counted_in_nanoseconds() {
        check_duration("18446744073709551615ns", Duration::from_nanos(u64::MAX));
        assert!(said_about(quote!(deadline = "18446744073709551616ns")).contains("is too long"));
        assert!(said_about(quote!(deadline = "18446744073709ms")).is_empty());
        assert!(said_about(quote!(deadline = "18446744073710ms")).contains("is too long"));
    }

    #[test]
    fn a_duration_is_a_number_and_a_unit_and_nothing_else() {
        for text in ["", "s", "5", "5 5s", "5S", "5sec", "+5s", "0x5s", "1_000s", "5s 5ms", "٥s"] {
            assert!(said_about(quote!(deadline = #text)).contains(NO_DURATION), "{text}");
        }
    }

    #[test]
    fn a_limit_may_be_written_in_any_way_that_rust_has() {
        for limit in [quote!(65536), quote!(65_536), quote!(0x1_0000), quote!(65536usize)] {
            assert!(matches!(read(quote!(max_key_len = #limit)), Setting::Number(65536)), "{limit}");
        }
    }

    #[test]
    fn a_limit_is_16_at_least() {
        assert!(matches!(read(quote!(max_value_len = 16)), Setting::Number(16)));
        assert!(said_about(quote!(max_value_len = 15)).contains("15 is less than 16"));
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
