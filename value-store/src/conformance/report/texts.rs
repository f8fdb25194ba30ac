//! Texts that come from the store: those of its errors and of its panics. They may be of any length.
//!
//! Where a long text is mentioned, its middle is left out. The end of the report has the whole of it, once.

use crate::conformance::history::Refusal;

/// How many characters are shown where a text is mentioned.
const LONGEST: usize = 200;

/// The text on one line, and without its middle if it is long.
pub(super) fn shortened(text: &str) -> String {
    without_middle(&on_one_line(text), LONGEST)
}

/// Whether a text loses its middle where it is mentioned.
pub(super) fn is_long(text: &str) -> bool {
    on_one_line(text).chars().count() > LONGEST
}

/// The text without its middle, if it has more than `longest` characters.
pub(super) fn without_middle(text: &str, longest: usize) -> String {
    let start_of = |char| text.char_indices().nth(char).map_or(text.len(), |(start, _)| start);
    let count = text.chars().count();
    if count <= longest {
        return text.to_owned();
    }
    let half = longest / 2;
    format!("{}…{}", &text[..start_of(half)], &text[start_of(count - half)..])
}

fn on_one_line(text: &str) -> String {
    let lines = text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// What an error says beyond its kind.
pub(super) fn message(refusal: &Refusal) -> Option<String> {
    match refusal.chain.split_first()? {
        (_, sources) if !sources.is_empty() => Some(sources.join(": ")),
        (message, _) => message.starts_with("invalid").then(|| message.clone()),
    }
}

/// The message of an error of the factory, with those of its sources.
pub(super) fn of_the_factory(chain: &[String]) -> String {
    chain.join(": caused by: ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_loses_its_middle_and_a_short_one_only_its_line_ends() {
        assert_eq!(shortened("left:  1\r\n  right: 2\n"), "left:  1 right: 2");
        let exactly = "\u{20ac}".repeat(200);
        assert_eq!(shortened(&exactly), exactly);
        let longer = format!("begin{}\nend", "\u{20ac}".repeat(1_000));
        assert_eq!(shortened(&longer), format!("begin{}…{} end", "\u{20ac}".repeat(95), "\u{20ac}".repeat(96)));
    }
}
