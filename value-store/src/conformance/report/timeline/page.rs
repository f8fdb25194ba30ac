//! The page: what happened, the bars, and a table of the same calls. It has no scripts, and asks for nothing from anywhere.

use std::collections::{BTreeSet, HashMap};
use std::fmt::{self, Display, Formatter};

use ::bytes::Bytes;

use super::super::bytes;
use super::call::{Told, classes, clipped, exact, source, tell};
use super::layout::{Bar, Lane, Layout};
use crate::conformance::history::Operation;

/// What the page says before it comes to the calls.
pub(super) struct Heading {
    pub(super) case: String,
    pub(super) subject: String,
    /// What is to be said, by its name.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Two values in hexadecimal, or nothing.
    pub(super) difference: String,
    pub(super) again: String,
}

pub(super) struct Page<'a> {
    heading: Heading,
    operations: &'a [Operation],
    blamed: BTreeSet<usize>,
    /// The puts whose values the calls to blame returned.
    sources: BTreeSet<usize>,
    layout: Layout,
    /// The keys that the reader can choose from, each with its number.
    keys: HashMap<&'a Bytes, usize>,
}

/// So many keys can be chosen from: those of the calls to blame, then those that were used first.
const MAX_KEYS: usize = 12;

impl<'a> Page<'a> {
    pub(super) fn new(heading: Heading, operations: &'a [Operation], blamed: BTreeSet<usize>) -> Self {
        let sources: BTreeSet<_> = blamed.iter().filter_map(|index| source(operations, *index)).collect();
        let layout = Layout::new(operations, &(&blamed | &sources));
        let mut keys = HashMap::new();
        for index in blamed.iter().chain(&layout.shown) {
            let next = keys.len();
            keys.entry(&operations[*index].key).or_insert(next);
        }
        Self { heading, operations, blamed, sources, layout, keys }
    }

    fn write_heading(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let Heading { case, subject, facts, difference, again } = &self.heading;
        writeln!(page, "<header>\n<h1>{}</h1>\n<p class=\"subject\">{}</p>\n<dl>", Text(case), Text(subject))?;
        for (name, fact) in facts {
            let fact = clipped(fact, 4_000);
            writeln!(page, "<dt>{name}</dt><dd class=\"{name}\">{}</dd>", Text(&fact))?;
        }
        writeln!(page, "<dt>again</dt><dd><code>{}</code></dd>\n</dl>", Text(again))?;
        if !difference.is_empty() {
            let summary = "The value, where it differs";
            writeln!(page, "<details>\n<summary>{summary}</summary>\n<pre>{}</pre>\n</details>", Text(difference))?;
        }
        writeln!(page, "</header>")
    }

    fn write_chart(&self, page: &mut Formatter<'_>) -> fmt::Result {
        writeln!(page, "<section aria-labelledby=\"timeline\">\n<h2 id=\"timeline\">Timeline</h2>")?;
        self.write_legend(page)?;
        self.write_choice_of_keys(page)?;
        writeln!(page, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"timeline\">")?;
        let width = self.layout.axis.width();
        writeln!(page, "<div class=\"chart\" style=\"--width:{width}px\">")?;
        self.write_axis(page)?;
        for (task, lane) in &self.layout.lanes {
            self.write_lane(page, *task, lane)?;
        }
        writeln!(page, "</div>\n</div>\n{READING}\n</section>")
    }

    fn write_legend(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let classes: BTreeSet<_> = self.layout.bars().flat_map(|bar| self.classes(bar.operation)).collect();
        writeln!(page, "<ul class=\"legend\">")?;
        for (class, meaning) in LEGEND.iter().filter(|(class, _)| classes.contains(*class)) {
            let (sample, sign) = (sample(class), sign(class));
            writeln!(page, "<li><span class=\"{sample}\" aria-hidden=\"true\">{sign}</span>{meaning}</li>")?;
        }
        writeln!(page, "</ul>")?;
        let (all, shown) = (self.operations.len(), self.layout.shown.len());
        let count = if shown < all {
            format!("The case made {all} calls; {shown} of them, around the failure, are shown.")
        } else {
            format!("All {all} calls of the case are shown.")
        };
        writeln!(page, "<p>{}{count}</p>", self.to_blame())
    }

    /// A sentence with a link to each bar to blame.
    fn to_blame(&self) -> String {
        let link = |index: usize| {
            let name = tell(self.operations, index).name;
            format!("<a href=\"#bar-{}\">{name}</a>", index + 1)
        };
        let blamed = self.layout.shown.iter().copied().filter(|index| self.blamed.contains(index));
        let links: Vec<_> = blamed.map(link).collect();
        match links.as_slice() {
            [] => String::new(),
            [one] => format!("To blame is {one}. "),
            [others @ .., last] => format!("To blame are {} and {last}. ", others.join(", ")),
        }
    }

    /// Radio buttons, which the style looks at.
    fn write_choice_of_keys(&self, page: &mut Formatter<'_>) -> fmt::Result {
        if self.keys.len() < 2 {
            return Ok(());
        }
        let keys = self.choice_of_keys();
        writeln!(page, "<fieldset class=\"keys\">\n<legend>Key</legend>")?;
        let all = "<input type=\"radio\" name=\"key\" id=\"every-key\" checked>";
        writeln!(page, "<label>{all} every key</label>")?;
        for (number, key) in &keys {
            let choice = format!("<input type=\"radio\" name=\"key\" id=\"key-{number}\">");
            writeln!(page, "<label>{choice} <code>{}</code></label>", Text(&bytes::key(key)))?;
        }
        if keys.len() < self.keys.len() {
            writeln!(page, "<span>and {} keys more</span>", self.keys.len() - keys.len())?;
        }
        writeln!(page, "</fieldset>\n<style>")?;
        for (number, _) in &keys {
            let (chosen, other) = (format!("body:has(#key-{number}:checked)"), format!(":not(.key-{number})"));
            writeln!(page, "{chosen} .track .bar{other} {{ opacity: .12; }}")?;
            writeln!(page, "{chosen} .call{other} {{ display: none; }}")?;
        }
        writeln!(page, "</style>")
    }

    fn choice_of_keys(&self) -> Vec<(usize, &'a Bytes)> {
        let mut keys: Vec<_> = self.keys.iter().map(|(key, number)| (*number, *key)).collect();
        keys.sort_unstable();
        keys.truncate(MAX_KEYS);
        keys
    }

    fn write_axis(&self, page: &mut Formatter<'_>) -> fmt::Result {
        writeln!(page, "<div class=\"axis\"><span class=\"task\">time</span><div class=\"track\">")?;
        for (time, position) in self.layout.axis.ticks() {
            writeln!(page, "<span class=\"tick\" style=\"left:{}\">{}</span>", Percent(position), exact(time))?;
        }
        for bar in self.layout.bars().filter(|bar| self.blamed.last() == Some(&bar.operation)) {
            let flag = tell(self.operations, bar.operation).name;
            writeln!(page, "<span class=\"shade\" style=\"{}\">{}{flag}</span>", Span(bar.span), sign("blamed"))?;
        }
        writeln!(page, "</div></div>")
    }

    fn write_lane(&self, page: &mut Formatter<'_>, task: usize, lane: &Lane) -> fmt::Result {
        let rows = lane.rows();
        writeln!(page, "<div class=\"lane\" style=\"--rows:{rows}\"><span class=\"task\">task {task}</span>")?;
        writeln!(page, "<div class=\"track\">")?;
        for bar in &lane.bars {
            self.write_bar(page, bar)?;
        }
        writeln!(page, "</div></div>")
    }

    fn write_bar(&self, page: &mut Formatter<'_>, bar: &Bar) -> fmt::Result {
        let (index, number) = (bar.operation, bar.operation + 1);
        let told = tell(self.operations, index);
        let classes = self.classes(index);
        let sign = classes.iter().map(|class| sign(class)).collect::<String>();
        let classes = classes.join(" ");
        write!(page, "<a class=\"bar {classes}\" id=\"bar-{number}\" href=\"#call-{number}\" ")?;
        writeln!(page, "style=\"{};--row:{}\">", Span(bar.span), bar.row)?;
        write!(page, "<span class=\"label\">{sign}{}</span>", Text(&told.label))?;
        self.write_details(page, index, &told)?;
        writeln!(page, "</a>")
    }

    /// What is shown of the call that the pointer or the focus is on.
    fn write_details(&self, page: &mut Formatter<'_>, index: usize, told: &Told) -> fmt::Result {
        write!(page, "<span class=\"details\"><b>{}{}</b> ", Text(&told.name), self.mark(index))?;
        write!(page, "<span>task {}</span> <code>{}</code> ", self.caller(index), Text(&told.key))?;
        write!(page, "<code>{}</code> <span>→ {}</span> ", Text(&told.value), Text(&told.outcome))?;
        write!(page, "<span>at {}, for {}</span> ", told.begun, told.elapsed)?;
        write!(page, "<span>{}</span></span>", Text(&told.options))
    }

    fn write_table(&self, page: &mut Formatter<'_>) -> fmt::Result {
        writeln!(page, "<section aria-labelledby=\"calls\">\n<h2 id=\"calls\">Calls</h2>")?;
        writeln!(page, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"calls\">\n<table>")?;
        let columns = ["call", "task", "key", "value", "outcome", "begun at", "took"];
        let columns = columns.map(|name| format!("<th scope=\"col\">{name}</th>")).concat();
        writeln!(page, "<thead><tr>{columns}</tr></thead>\n<tbody>")?;
        let mut next = 0;
        for index in self.layout.shown.iter().copied() {
            write_gap(page, index - next)?;
            self.write_row(page, index)?;
            next = index + 1;
        }
        write_gap(page, self.operations.len() - next)?;
        writeln!(page, "</tbody>\n</table>\n</div>\n</section>")
    }

    fn write_row(&self, page: &mut Formatter<'_>, index: usize) -> fmt::Result {
        let (number, told, classes) = (index + 1, tell(self.operations, index), self.classes(index));
        let sign = classes.iter().map(|class| sign(class)).collect::<String>();
        write!(page, "<tr class=\"call {}\" id=\"call-{number}\">", classes.join(" "))?;
        write!(
            page,
            "<th scope=\"row\"><a href=\"#bar-{number}\">{sign}{}</a>{}</th>",
            Text(&told.name),
            self.mark(index)
        )?;
        write!(page, "<td>{}</td>", self.caller(index))?;
        write!(page, "<td><code>{}</code></td><td><code>{}</code></td>", Text(&told.key), Text(&told.value))?;
        write!(page, "<td class=\"outcome\">{} {}</td>", Text(&told.outcome), Text(&told.options))?;
        writeln!(page, "<td class=\"time\">{}</td><td class=\"time\">{}</td></tr>", told.begun, told.elapsed)
    }

    /// How a call is drawn, as the classes that the style knows.
    fn classes(&self, index: usize) -> Vec<String> {
        let operation = &self.operations[index];
        let mut classes: Vec<_> = classes(operation).split(' ').map(str::to_owned).collect();
        classes.push(format!("key-{}", self.keys[&operation.key]));
        classes.extend(self.blamed.contains(&index).then(|| "blamed".to_owned()));
        classes.extend(self.sources.contains(&index).then(|| "source".to_owned()));
        classes
    }

    /// The task, and the handle where there are several.
    fn caller(&self, index: usize) -> String {
        let Operation { task, handle, .. } = self.operations[index];
        let several_handles = self.operations.iter().any(|operation| operation.handle > 1);
        if several_handles { format!("{task}, handle {handle}") } else { task.to_string() }
    }

    fn mark(&self, index: usize) -> &'static str {
        match (self.blamed.contains(&index), self.sources.contains(&index)) {
            (true, _) => ", to blame",
            (_, true) => ", its source",
            _ => "",
        }
    }
}

impl Display for Page<'_> {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let (case, style) = (Text(&self.heading.case), include_str!("style.css"));
        writeln!(page, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">")?;
        writeln!(page, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")?;
        // What a store says stands in this page. Should it ever be taken for more than text, it can do nothing.
        let policy = "default-src 'none'; style-src 'unsafe-inline'";
        writeln!(page, "<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">")?;
        writeln!(page, "<title>{case}</title>\n<style>\n{style}</style>\n</head>\n<body>")?;
        self.write_heading(page)?;
        self.write_chart(page)?;
        self.write_table(page)?;
        writeln!(page, "</body>\n</html>")
    }
}

/// What the classes of calls mean. Only those that occur are explained.
const LEGEND: &[(&str, &str)] = &[
    ("put", "put"),
    ("get", "get"),
    ("missed", "get that found nothing"),
    ("failed", "ended with an error or a timeout, or was dropped"),
    ("open", "has not returned"),
    ("blamed", "to blame"),
    ("source", "the put whose value it returned"),
];

const READING: &str = "<p class=\"reading\">A task is a task of the runtime, or a thread. What lies in \
    the shaded stretch ran beside the call to blame. The axis is not to scale: short stretches are drawn longer, so that \
    every begin and every end can be seen, in their order. A bar leads to the call in the table, and back.</p>";

/// A bar of this class, for the legend.
fn sample(class: &str) -> String {
    match class {
        "put" | "get" => format!("bar {class}"),
        "missed" | "blamed" => format!("bar get {class}"),
        _ => format!("bar put {class}"),
    }
}

/// What tells a class apart besides its colour.
fn sign(class: &str) -> &'static str {
    match class {
        "blamed" => "✕ ",
        "source" => "◆ ",
        _ => "",
    }
}

fn write_gap(page: &mut Formatter<'_>, left_out: usize) -> fmt::Result {
    match left_out {
        0 => Ok(()),
        1 => writeln!(page, "<tr class=\"gap\"><td colspan=\"7\">… 1 call more</td></tr>"),
        count => writeln!(page, "<tr class=\"gap\"><td colspan=\"7\">… {count} calls more</td></tr>"),
    }
}

/// Text in a page: no part of it is markup, and what cannot be seen is escaped as in Rust.
struct Text<'a>(&'a str);

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

/// A part of the width.
struct Percent(f64);

impl Display for Percent {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        write!(page, "{:.3}%", self.0 * 100.0)
    }
}

/// From where to where something is drawn.
struct Span((f64, f64));

impl Display for Span {
    fn fmt(&self, page: &mut Formatter<'_>) -> fmt::Result {
        let (from, to) = self.0;
        write!(page, "left:{};width:{}", Percent(from), Percent(to - from))
    }
}
