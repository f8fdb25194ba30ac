//! How text and places are written into the page.

use std::fmt::{self, Display, Formatter};

/// Text in the page. No part of it is markup, and invisible characters are escaped as in Rust.
pub(super) struct Text<'a>(pub(super) &'a str);

impl Display for Text<'_> {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|char| match char {
            '&' => page.write_str("&amp;"),
            '<' => page.write_str("&lt;"),
            '>' => page.write_str("&gt;"),
            '"' => page.write_str("&quot;"),
            '\'' => page.write_str("&#39;"),
            '\\' | '\n' => write!(page, "{char}"),
            _ => write!(page, "{}", char.escape_debug()),
        })
    }
}

/// A fraction of the width.
pub(super) struct Percent(pub(super) f64);

impl Display for Percent {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        write!(page, "{:.3}%", self.0 * 100.0)
    }
}

/// Where something begins and ends, as fractions of the width.
pub(super) struct Span(pub(super) (f64, f64));

impl Display for Span {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let (from, to) = self.0;
        write!(page, "left:{};width:{}", Percent(from), Percent(to - from))
    }
}
