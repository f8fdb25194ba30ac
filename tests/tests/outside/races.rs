//! Stores that are wrong only when calls overlap.

use std::fs;

use crate::fixture::IMPLEMENTOR;

#[test]
fn a_race_gets_a_timeline_that_says_what_the_report_does() {
    let outcome = IMPLEMENTOR.test("races", "written_in_halves");
    let case = "concurrency::read_beside_write_old_or_new";
    let report = outcome.report(case);
    let (_, end) = report.split_once("\n  timeline: …\n").unwrap_or_else(|| panic!("no timeline is named:\n{report}"));
    assert!(end.starts_with("  again: "), "{report}");

    let path = outcome.timeline(case).expect("the line has a path");
    assert!(path.ends_with(format!("value-store/races.written_in_halves.{}-0x51f3.html", case.replace("::", "."))));
    let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let said = report.lines().filter_map(|line| line.get(2..)?.split_once(' '));
    let said: Vec<_> = said.filter(|(word, _)| ["rule", "but", "hint", "again:"].contains(word)).collect();
    assert_eq!(said.len(), 4, "{report}");
    for (word, text) in said {
        assert!(page.contains(text.trim()), "{word} is not in the timeline: {text}");
    }
}

#[test]
fn what_fails_without_a_race_gets_no_timeline() {
    let outcome = IMPLEMENTOR.test("faults", "tail_stays");
    assert_eq!(outcome.timeline("overwrite::shorter_value_leaves_no_tail"), None);
}
