//! The table of the calls, one row each.

use std::fmt::{self, Formatter};

use super::call::tell;
use super::markup::Text;
use super::page::Page;

impl Page<'_> {
    pub(super) fn write_table(&self, page: &mut Formatter<'_>) -> fmt::Result {
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
        let (number, told, sign) = (index + 1, tell(self.operations, index), self.sign(index));
        write!(page, "<tr class=\"call {}\" id=\"call-{number}\">", self.classes(index).join(" "))?;
        write!(page, "<th scope=\"row\"><a href=\"#bar-{number}\">{sign}{}</a>", Text(&told.name))?;
        write!(page, "{}</th><td>{}</td>", self.mark(index), self.caller(index))?;
        write!(page, "<td><code>{}</code></td><td><code>{}</code></td>", Text(&told.key), Text(&told.value))?;
        write!(page, "<td class=\"outcome\">{} {}</td>", Text(&told.outcome), Text(&told.options))?;
        writeln!(page, "<td class=\"time\">{}</td><td class=\"time\">{}</td></tr>", told.begun, told.elapsed)
    }
}

fn write_gap(page: &mut Formatter<'_>, left_out: usize) -> fmt::Result {
    match left_out {
        0 => Ok(()),
        1 => writeln!(page, "<tr class=\"gap\"><td colspan=\"7\">… 1 call more</td></tr>"),
        count => writeln!(page, "<tr class=\"gap\"><td colspan=\"7\">… {count} calls more</td></tr>"),
    }
}
