//! The end of a report: the long texts of the store, each once.

use std::fmt::Write as _;

use super::operations::call;
use super::texts::{is_long, message, of_the_factory};
use crate::conformance::history::{Failure, Operation, Outcome, Panic};

/// How many bytes there is room for, for all texts together.
const ROOM: usize = 8 * 1024;
/// With less room than this, a text is left out.
const LEAST: usize = 200;
/// How many of the calls that said the same are named.
const NAMED: usize = 6;

/// The long texts in full: first what the calls to blame said, then the panics, then what the other calls said that are
/// shown. If there is not room for all, the last ones are cut, or left out.
pub(super) fn in_full(failure: &Failure, operations: &[Operation], shown: &[usize], panics: &[Panic]) -> String {
    let mut texts = Texts::default();
    if let Failure::NotOpened { chain } = failure {
        texts.add("the factory", of_the_factory(chain));
    }
    for index in failure.operations() {
        texts.add_said(operations, index);
    }
    let has_ended_so = |panic: &&Panic| {
        let is_its = |operation: &Operation| said(operation).as_deref() == Some(&panic.message);
        shown.iter().any(|index| is_its(&operations[*index]))
    };
    for panic in panics.iter().filter(|panic| !has_ended_so(panic)) {
        texts.add("a panic", panic.message.clone());
    }
    for index in shown {
        texts.add_said(operations, *index);
    }
    texts.written()
}

fn said(operation: &Operation) -> Option<String> {
    match operation.outcome()? {
        Outcome::Failed(refusal) | Outcome::Superseded(refusal) => message(refusal),
        Outcome::Panicked { message, .. } => Some(message.clone()),
        Outcome::Stored | Outcome::Found(_) | Outcome::Dropped { .. } => None,
    }
}

/// Long texts, each with those who said it.
#[derive(Default)]
struct Texts(Vec<(String, Vec<String>)>);

impl Texts {
    fn add(&mut self, who: &str, text: String) {
        if !is_long(&text) {
            return;
        }
        let position = self.0.iter().position(|(known, _)| *known == text).unwrap_or_else(|| {
            self.0.push((text, Vec::new()));
            self.0.len() - 1
        });
        let said_by = &mut self.0[position].1;
        if !said_by.iter().any(|known| known == who) {
            said_by.push(who.to_owned());
        }
    }

    /// Adds what a call said, if it said something.
    fn add_said(&mut self, operations: &[Operation], index: usize) {
        if let Some(text) = said(&operations[index]) {
            self.add(&call(operations, index), text);
        }
    }

    fn written(&self) -> String {
        let (mut written, mut room) = (String::new(), ROOM);
        for (number, (text, said_by)) in self.0.iter().enumerate() {
            if room < LEAST {
                let left_out = self.0.len() - number;
                let _ = writeln!(written, "  … {left_out} {} more", if left_out == 1 { "text" } else { "texts" });
                break;
            }
            let shown = &text[..boundary(text, room)];
            room -= shown.len();
            let cut = if shown.len() < text.len() { format!("… ({} B in all)", text.len()) } else { String::new() };
            let shown = shown.replace('\n', "\n    ");
            let _ = writeln!(written, "  {}, in full:\n    {}{cut}", names(said_by), shown.trim_end());
        }
        written
    }
}

/// The last boundary between two characters up to this byte.
fn boundary(text: &str, most: usize) -> usize {
    (0..=most.min(text.len())).rfind(|byte| text.is_char_boundary(*byte)).unwrap_or(0)
}

fn names(said_by: &[String]) -> String {
    match said_by.split_at_checked(NAMED) {
        Some((named, others)) if others.len() > 1 => format!("{} and {} others", named.join(", "), others.len()),
        _ => said_by.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;
    use crate::conformance::history::{Call, Expected, History, Kind, Refusal};

    /// Puts that failed with these texts. The failure is that of the last one.
    fn written<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
        let history = History::new();
        for text in texts {
            let index = history.begin(1, Call::Put("v".into()), "k".into(), Options::new().into());
            let chain = ["the store's backend failed", text].map(str::to_owned).to_vec();
            history.end(index, Outcome::Failed(Refusal { kind: Kind::Backend, chain }));
        }
        let operations = history.operations();
        let failure = Failure::Unexpected { operation: operations.len() - 1, expected: Expected::Stored };
        let shown: Vec<_> = (0..operations.len()).collect();
        in_full(&failure, &operations, &shown, &history.panics())
    }

    #[test]
    fn a_text_is_there_once_and_that_of_the_call_to_blame_comes_first() {
        let [long, other] = ["a", "b"].map(|letter| format!("{}\nend", letter.repeat(300)));
        let [a, b] = ["a", "b"].map(|letter| letter.repeat(300));
        let texts = [other.as_str(), "short", &long, &other, &long];
        let expected =
            format!("  put 5, put 3, in full:\n    {a}\n    end\n  put 1, put 4, in full:\n    {b}\n    end\n");
        assert_eq!(written(texts), expected);
        assert_eq!(written(["short", "in two\nlines"]), "");
    }

    #[test]
    fn all_texts_together_have_limited_room() {
        let text = |letter: &str, length: usize| letter.repeat(length / letter.len());
        let [first, second, third] = [text("a", 300), text("\u{20ac}", 9_000), text("c", 300)];
        let all = written([second.as_str(), &third, &first]);
        let room = (ROOM - 300) / 3;
        let cut = format!("  put 1, in full:\n    {}… (9000 B in all)\n  … 1 text more\n", "\u{20ac}".repeat(room));
        assert_eq!(all, format!("  put 3, in full:\n    {first}\n{cut}"));
    }

    #[test]
    fn of_many_calls_that_said_the_same_a_few_are_named() {
        let text = "a".repeat(300);
        let all = written(std::iter::repeat_n(text.as_str(), 20));
        assert!(all.starts_with("  put 20, put 1, put 2, put 3, put 4, put 5 and 14 others, in full:\n"), "{all}");
    }
}
