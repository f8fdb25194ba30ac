//! The chart of the calls: a bar for each, in lanes, with a legend, a choice of keys and an axis.

use std::collections::BTreeSet;
use std::fmt::{self, Formatter};

use ::bytes::Bytes;

use super::super::bytes;
use super::call::{Told, exact, tell};
use super::layout::{Bar, Lane};
use super::markup::{Percent, Span, Text};
use super::page::{Page, sign};

/// How many keys the reader can choose from: those of the calls to blame, then those that were used first.
const MAX_KEYS: usize = 12;

impl<'a> Page<'a> {
    pub(super) fn write_chart(&self, page: &mut Formatter<'_>) -> fmt::Result {
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

    /// Radio buttons, which the style sheet reads. If one key is to blame, it is chosen at first. It has the number 0.
    fn write_choice_of_keys(&self, page: &mut Formatter<'_>) -> fmt::Result {
        if self.keys.len() < 2 {
            return Ok(());
        }
        let keys = self.choice_of_keys();
        writeln!(page, "<fieldset class=\"keys\">\n<legend>Key</legend>")?;
        let chosen = self.heading.is_of_one_key.then_some(0);
        let button = |id: &str, number| {
            let checked = if number == chosen { " checked" } else { "" };
            format!("<input type=\"radio\" name=\"key\" id=\"{id}\"{checked}>")
        };
        writeln!(page, "<label>{} every key</label>", button("every-key", None))?;
        for (number, key) in &keys {
            let choice = button(&format!("key-{number}"), Some(*number));
            writeln!(page, "<label>{choice} <code>{}</code></label>", Text(&bytes::key(key)))?;
        }
        if keys.len() < self.keys.len() {
            writeln!(page, "<span>and {} keys more</span>", self.keys.len() - keys.len())?;
        }
        writeln!(page, "</fieldset>")
    }

    /// Makes the calls on a key stand out when it is chosen.
    pub(super) fn write_style_of_keys(&self, page: &mut Formatter<'_>) -> fmt::Result {
        for (number, _) in self.choice_of_keys() {
            let (chosen, other) = (format!("body:has(#key-{number}:checked)"), format!(":not(.key-{number})"));
            writeln!(page, "{chosen} .track .bar{other} {{ opacity: .12; }}")?;
            writeln!(page, "{chosen} .call{other} {{ display: none; }}")?;
        }
        Ok(())
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
        let (told, classes) = (tell(self.operations, index), self.classes(index).join(" "));
        write!(page, "<a class=\"bar {classes}\" id=\"bar-{number}\" href=\"#call-{number}\" ")?;
        writeln!(page, "style=\"{};--row:{}\">", Span(bar.span), bar.row)?;
        write!(page, "<span class=\"label\">{}{}</span>", self.sign(index), Text(&told.label))?;
        self.write_details(page, index, &told)?;
        writeln!(page, "</a>")
    }

    /// What is shown about the call under the pointer or the focus.
    fn write_details(&self, page: &mut Formatter<'_>, index: usize, told: &Told) -> fmt::Result {
        write!(page, "<span class=\"details\"><b>{}{}</b> ", Text(&told.name), self.mark(index))?;
        write!(page, "<span>task {}</span> <code>{}</code> ", self.caller(index), Text(&told.key))?;
        write!(page, "<code>{}</code> <span>→ {}</span> ", Text(&told.value), Text(&told.outcome))?;
        write!(page, "<span>at {}, for {}</span> ", told.begun, told.elapsed)?;
        write!(page, "<span>{}</span></span>", Text(&told.options))
    }
}

/// What the classes of calls mean. Only those that occur are explained.
const LEGEND: &[(&str, &str)] = &[
    ("put", "put"),
    ("get", "get"),
    ("missed", "get that found nothing"),
    ("failed", "ended with an error, a timeout or a panic, or was dropped"),
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
