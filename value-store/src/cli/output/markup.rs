//! How text is written into pages and other markup.

use std::fmt::{self, Display, Formatter, Write as _};

/// Text in HTML or SVG. No part of it is markup.
pub(crate) struct Text<'a>(pub(crate) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        visible(self.0).chars().try_for_each(|char| match char {
            '&' => page.write_str("&amp;"),
            '<' => page.write_str("&lt;"),
            '>' => page.write_str("&gt;"),
            '"' => page.write_str("&quot;"),
            '\'' => page.write_str("&#39;"),
            _ => page.write_char(char),
        })
    }
}

/// The text with invisible characters escaped as in Rust. Line feeds stay.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\\' | '\n' | '"' | '\'' => visible.push(char),
            _ => visible.extend(char.escape_debug()),
        }
    }
    visible
}

/// A name as the id of an element, for links: `overwrite::second_put_wins` is `overwrite.second_put_wins`.
pub(crate) fn anchor(name: &str) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    name.replace("::", ".").replace(|char| !is_plain(char), "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup_and_nothing_is_invisible() {
        let text = "<b title=\"a\" id='b'>&amp;\u{1b}[1m\0\u{202e}\r\\\n";
        let escaped = "&lt;b title=&quot;a&quot; id=&#39;b&#39;&gt;&amp;amp;\\u{1b}[1m\\0\\u{202e}\\r\\\n";
        assert_eq!(Text(text).to_string(), escaped);
    }

    #[test]
    fn an_anchor_is_one_word() {
        assert_eq!(anchor("overwrite::second_put_wins"), "overwrite.second_put_wins");
        assert_eq!(anchor("a store\"><b>"), "a-store---b-");
    }
}
