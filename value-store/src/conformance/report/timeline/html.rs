//! The page as HTML: what happened, a chart of the calls, and a table of them. It has no scripts, and loads nothing.

use std::fmt::{self, Display, Formatter};

use super::markup::Text;
use super::page::{Heading, Page};

impl Display for Page<'_> {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let case = Text(&self.heading.case);
        let style = concat!(include_str!("../page.css"), include_str!("style.css"));
        writeln!(page, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        // The page shows text that comes from the store. If a browser ever takes that for markup, the policy keeps it
        // from doing anything.
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        writeln!(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")?;
        writeln!(page, "<title>{case}</title>\n<style>\n{style}")?;
        self.write_style_of_keys(page)?;
        writeln!(page, "</style>\n</head>\n<body>")?;
        self.write_heading(page)?;
        self.write_chart(page)?;
        self.write_table(page)?;
        writeln!(page, "</body>\n</html>")
    }
}

impl Page<'_> {
    fn write_heading(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let Heading { case, subject, facts, difference, in_full, again, .. } = &self.heading;
        writeln!(page, "<header>\n<h1>{}</h1>\n<p class=\"subject\">{}</p>\n<dl>", Text(case), Text(subject))?;
        for (name, fact) in facts {
            writeln!(page, "<dt>{name}</dt><dd class=\"{name}\">{}</dd>", Text(fact))?;
        }
        writeln!(page, "<dt>again</dt><dd><code>{}</code></dd>\n</dl>", Text(again))?;
        let details = [("The value, where it differs", difference), ("Long texts, in full", in_full)];
        for (summary, text) in details.into_iter().filter(|(_, text)| !text.is_empty()) {
            writeln!(page, "<details>\n<summary>{summary}</summary>\n<pre>{}</pre>\n</details>", Text(text))?;
        }
        writeln!(page, "</header>")
    }
}
