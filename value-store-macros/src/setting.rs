//! What a word is given: its value, read and checked by itself.

use std::time::Duration;

use syn::parse::ParseStream;
use syn::{Ident, LitBool, LitInt, LitStr, Path, Token};

use crate::fallback::Mistakes;
use crate::reasons::{Reason, parse_reasons};
use crate::tokens::expected;
use crate::words::Shape;

/// A key of the suite has a fresh part and a part that the case is about, and its values have to differ. This many
/// bytes are enough for that.
const SMALLEST_LIMIT: (usize, &str) = (16, "and the suite needs as many bytes to tell its keys and values apart");

const SMALLEST_COUNT: (usize, &str) = (1, "and a runtime needs a thread");

/// What a word is given.
pub(crate) enum Setting {
    Claim,
    Duration(Duration),
    Number(usize),
    Path(Path),
    Reasons(Vec<Reason>),
    MultiThread(bool),
    Flag(bool),
}

pub(crate) fn parse_setting(
    input: ParseStream<'_>,
    word: &Ident,
    shape: Shape,
    mistakes: &mut Mistakes,
) -> syn::Result<Setting> {
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

/// The path is used in modules inside that of the factory, where `self` and `super` mean something else.
fn parse_crate(input: ParseStream<'_>) -> syn::Result<Path> {
    let path: Path = expected(input, "a path without quotes")?;
    let first = path.segments.first().map(|segment| &segment.ident);
    match first.filter(|first| *first == "self" || *first == "super") {
        Some(relative) => Err(syn::Error::new_spanned(relative, "expected a path from the root of the crate")),
        None => Ok(path),
    }
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

/// Whether the flavor is that of a runtime with several threads.
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

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::parse::Parser;

    use super::*;
    use crate::words::parse_word;

    /// The value of one argument.
    fn parsed(argument: TokenStream) -> syn::Result<Setting> {
        let parse = |input: ParseStream<'_>| {
            let (word, shape) = parse_word(input)?;
            parse_setting(input, &word, shape, &mut Mistakes::default())
        };
        parse.parse2(argument)
    }

    /// The value of an argument that is right.
    fn read(argument: TokenStream) -> Setting {
        parsed(argument).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The mistake in an argument, or nothing.
    fn said_about(argument: TokenStream) -> String {
        parsed(argument).err().map_or_else(String::new, |error| error.to_string())
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
}
