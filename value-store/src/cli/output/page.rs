//! What the pages of HTML have in common. They have no scripts, and load nothing.

use std::fmt::Write as _;
use std::time::Duration;

use value_store::conformance::{CaseReport, Cause, Report};

use super::family::{Kind, Tally};
use super::markup::{Text, anchor};

/// A whole page around its body.
pub(crate) fn page(title: &str, body: &str) -> String {
    let title = Text(title);
    let style = concat!(include_str!("../../conformance/report/page.css"), include_str!("style.css"));
    // The page shows text that comes from the store. If a browser ever takes that for markup, the policy keeps it from
    // doing anything.
    let policy = "default-src 'none'; style-src 'unsafe-inline'";
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )
}

/// A list of how many cases ended in which way, without those ways in which none did.
pub(crate) fn counts(tally: &Tally) -> String {
    let counts = tally.counts().into_iter().filter(|(_, count)| *count > 0);
    let items = counts
        .map(|(kind, count)| format!("<li class=\"{}\">{} {count} {}</li>", kind.class(), kind.sign(), kind.words()));
    format!("<ul class=\"counts\">{}</ul>\n", items.collect::<String>())
}

/// How an outcome is shown: never by its colour alone.
pub(crate) fn mark(kind: Kind, words: &str) -> String {
    format!("<span class=\"{}\">{} {}</span>", kind.class(), kind.sign(), Text(words))
}

/// The list of what a reader wants to know of the run itself.
pub(crate) fn facts(report: &Report) -> String {
    let claims =
        if report.claims.is_empty() { "none beyond the contract".to_owned() } else { report.claims.join(", ") };
    let staleness = report.staleness.as_ref();
    let staleness =
        staleness.map_or_else(String::new, |told| format!("<dt>reads</dt><dd>{}</dd>\n", Text(&told.to_string())));
    format!(
        "<dl>\n<dt>claims</dt><dd>{}</dd>\n{staleness}<dt>suite</dt><dd>value-store {}</dd>\n<dt>took</dt><dd>{}</dd>\n\
         <dt>again</dt><dd>with the same keys and values: <code>value-store check --seed {seed:#x}</code>, or \
         <code>VALUE_STORE_SEED={seed:#x}</code> in the environment of <code>cargo test</code></dd>\n</dl>\n",
        Text(&claims),
        Text(&report.suite),
        took(report.time),
        seed = report.seed
    )
}

/// A duration with one decimal.
pub(crate) fn took(time: Duration) -> String {
    let text = format!("{time:.1?}");
    let (number, unit) = text.split_at(text.find(char::is_alphabetic).unwrap_or(text.len()));
    format!("{number} {unit}")
}

/// Where on a page the reports of cases are. A case whose report is not on the page has no link.
pub(crate) struct Links<'a> {
    /// What the ids begin with, if the page has several reports.
    prefix: &'a str,
    reported: Vec<&'a str>,
}

impl<'a> Links<'a> {
    pub(crate) fn new(prefix: &'a str, cases: impl IntoIterator<Item = &'a CaseReport>) -> Self {
        Self { prefix, reported: cases.into_iter().map(|case| case.name.as_str()).collect() }
    }

    pub(crate) fn id(&self, name: &str) -> String {
        anchor(&format!("{}{name}", self.prefix))
    }

    pub(crate) fn case(&self, name: &str) -> String {
        let code = format!("<code>{}</code>", Text(name));
        if self.leads_to(name) { format!("<a href=\"#{}\">{code}</a>", self.id(name)) } else { code }
    }

    fn leads_to(&self, name: &str) -> bool {
        self.reported.contains(&name)
    }

    /// The sentence of a cause. It leads to the report of the first case that has one.
    pub(crate) fn cause(&self, cause: &Cause) -> String {
        let sentence = Text(&cause.sentence);
        match cause.cases.iter().chain(&cause.standing_on_them).find(|name| self.leads_to(name)) {
            Some(first) => format!("<a href=\"#{}\">{sentence}</a>", self.id(first)),
            None => sentence.to_string(),
        }
    }

    fn cases(&self, names: &[String]) -> String {
        names.iter().map(|name| self.case(name)).collect::<Vec<_>>().join(", ")
    }
}

/// The causes of the failures as a numbered list.
pub(crate) fn causes(causes: &[Cause], links: &Links<'_>) -> String {
    let mut list = "<ol class=\"causes\">\n".to_owned();
    for cause in causes {
        let _ =
            write!(list, "<li><p>{}</p>\n<p class=\"cases\">{}</p>\n", links.cause(cause), links.cases(&cause.cases));
        let others = &cause.standing_on_them;
        if !others.is_empty() {
            let stand =
                if others.len() == 1 { "1 case that stands" } else { &format!("{} cases that stand", others.len()) };
            let names = links.cases(others);
            let _ = writeln!(list, "<details><summary>and {stand} on them, not run</summary><p>{names}</p></details>");
        }
        list += "</li>\n";
    }
    list + "</ol>\n"
}

/// A case that failed, with its report.
pub(crate) fn failure(case: &CaseReport, kind: Kind, words: &str, links: &Links<'_>) -> String {
    let (id, name) = (links.id(&case.name), Text(&case.name));
    let report = Text(case.report().unwrap_or_default());
    format!(
        "<article id=\"{id}\">\n<h3><a href=\"#{id}\">{name}</a></h3>\n<p>{}</p>\n\
         <pre tabindex=\"0\" aria-label=\"report of {name}\">{report}</pre>\n</article>\n",
        mark(kind, words)
    )
}

/// How many of something, as `1 cause` or `2 causes`.
pub(crate) fn how_many(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
