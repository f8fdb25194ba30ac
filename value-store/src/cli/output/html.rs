//! A report as one page of HTML: the causes of what failed, the families, the reports of the failures, and every case.

use std::fmt::Write as _;

use value_store::conformance::{CaseReport, Outcome, Report};

use super::family::{Family, Kind, Tally, families, sentence};
use super::markup::{Text, anchor};
use super::page::{self, Links};

pub(crate) fn page(report: &Report) -> String {
    // What stands on a failure was not run. Its report would only name that failure.
    let reported: Vec<_> =
        report.cases.iter().filter(|case| case.report().is_some() && case.ground.is_none()).collect();
    let links = Links::new("", reported.iter().copied());
    let families = families(&report.cases);
    let mut body = header(report);
    body += "<main>\n";
    body += &causes(report, &links);
    body += &table(&families);
    body += &failures(&reported, &links);
    body += &known(&reported, &links);
    body += "<section aria-labelledby=\"cases\">\n<h2 id=\"cases\">All cases</h2>\n";
    body.extend(families.iter().map(|family| details(family, &links)));
    body += "</section>\n</main>\n";
    page::page(&format!("{}: conformance", report.title()), &body)
}

fn header(report: &Report) -> String {
    format!(
        "<header>\n<h1>{}</h1>\n<p class=\"subject\">as a value store</p>\n{}{}</header>\n",
        Text(&report.title()),
        page::counts(&Tally::of(&report.cases)),
        page::facts(report)
    )
}

fn causes(report: &Report, links: &Links<'_>) -> String {
    let causes = report.causes();
    if causes.is_empty() {
        return String::new();
    }
    let failed = page::how_many(report.failed().count(), "failure");
    let heading = format!("{} of {failed}", page::how_many(causes.len(), "likely cause"));
    section("causes", &heading, &page::causes(&causes, links))
}

/// The counts of each family. A column in which no family has anything is left out.
fn table(families: &[Family<'_>]) -> String {
    let all = Tally::of(families.iter().flat_map(|family| family.cases.iter().copied()));
    let is_shown = |(kind, count): (Kind, usize)| count > 0 || matches!(kind, Kind::Passed | Kind::Failed);
    let kinds: Vec<_> = all.counts().into_iter().filter(|count| is_shown(*count)).map(|(kind, _)| kind).collect();
    let mut table = "<table class=\"families\">\n<thead><tr><th scope=\"col\">family</th>".to_owned();
    table.extend(kinds.iter().map(|kind| format!("<th scope=\"col\"><span>{}</span></th>", kind.words())));
    table += "</tr></thead>\n<tbody>\n";
    for family in families {
        let _ =
            write!(table, "<tr><th scope=\"row\"><a href=\"#{}\">{}</a></th>", anchor(family.name), Text(family.name));
        let counts = Tally::of(family.cases.iter().copied()).counts();
        for (kind, count) in counts.into_iter().filter(|(kind, _)| kinds.contains(kind)) {
            let _ = match count {
                0 => write!(table, "<td></td>"),
                _ => write!(table, "<td class=\"{}\">{} {count}</td>", kind.class(), kind.sign()),
            };
        }
        table += "</tr>\n";
    }
    section("families", "Families", &(table + "</tbody>\n</table>\n"))
}

fn failures(reported: &[&CaseReport], links: &Links<'_>) -> String {
    let failed = reported.iter().filter(|case| matches!(case.outcome, Outcome::Failed { .. }));
    let failures: String = failed.map(|case| page::failure(case, Kind::Failed, &sentence(case), links)).collect();
    if failures.is_empty() { failures } else { section("failures", "Failures", &failures) }
}

fn known(reported: &[&CaseReport], links: &Links<'_>) -> String {
    let known = reported.iter().filter_map(|case| match &case.outcome {
        Outcome::FailedAsExpected { reason, .. } => Some((case, format!("expected: {reason}"))),
        _ => None,
    });
    let failures: String = known.map(|(case, why)| page::failure(case, Kind::Known, &why, links)).collect();
    if failures.is_empty() { failures } else { section("known", "Failures that were expected", &failures) }
}

/// Every case of a family, folded.
fn details(family: &Family<'_>, links: &Links<'_>) -> String {
    let (id, name) = (anchor(family.name), Text(family.name));
    let counts = Tally::of(family.cases.iter().copied()).counts().into_iter().filter(|(_, count)| *count > 0);
    let counts: Vec<_> = counts.map(|(kind, count)| page::mark(kind, &format!("{count} {}", kind.words()))).collect();
    let counts = counts.join(" ");
    let mut details =
        format!("<details id=\"{id}\" class=\"family\">\n<summary><strong>{name}</strong> {counts}</summary>\n");
    details += "<table class=\"cases\">\n<thead><tr><th scope=\"col\">case and rule</th><th scope=\"col\">outcome</th>\
        <th scope=\"col\">took</th></tr></thead>\n<tbody>\n";
    details.extend(family.cases.iter().map(|case| row(case, links)));
    details + "</tbody>\n</table>\n</details>\n"
}

fn row(case: &CaseReport, links: &Links<'_>) -> String {
    let kind = Kind::of(&case.outcome);
    let words = match &case.outcome {
        Outcome::Ignored { reason } => reason.clone(),
        Outcome::Failed { .. } => "failed".to_owned(),
        Outcome::Passed => "passed".to_owned(),
        other => other.to_string(),
    };
    let mut outcome = page::mark(kind, &words);
    if let Some(ground) = &case.ground {
        let _ = write!(outcome, ", as it stands on {}", links.case(ground));
    }
    outcome.extend(case.notes.iter().map(|note| format!("<br>note: {}", Text(note))));
    // A case that did not run took no time.
    let time = if case.time.is_zero() { String::new() } else { page::took(case.time) };
    format!(
        "<tr><th scope=\"row\">{}<br><span class=\"rule\">{}</span></th><td>{outcome}</td><td class=\"time\">{time}</td></tr>\n",
        links.case(&case.name),
        Text(&case.rule)
    )
}

fn section(id: &str, heading: &str, content: &str) -> String {
    format!("<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{heading}</h2>\n{content}</section>\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{sample, snapshot};

    #[test]
    fn the_page_is_that_of_the_snapshot() {
        let page = page(&sample::bad());
        snapshot::expect("output/snapshot.html", &page);
        for markup in ["<script", "<i>", "<b>", "\u{202e}", "\u{1b}"] {
            assert!(!page.contains(markup), "{markup:?} is in the page");
        }
    }

    #[test]
    fn a_page_without_failures_has_no_empty_parts() {
        let page = page(&sample::good());
        for id in ["causes", "failures", "known"] {
            assert!(!page.contains(&format!("id=\"{id}\"")), "{id}");
        }
        assert!(page.contains("<li class=\"passed\">✓ 2 passed</li>"), "{page}");
    }
}
