//! A report for readers of `JUnit` files: a test suite for each family.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};
use value_store::conformance::{CaseReport, Outcome, Report};

use super::family::{Family, families, sentence};
use super::markup::visible;

pub(crate) fn junit(report: &Report) -> String {
    let mut page = quick_junit::Report::new(visible(&report.title()));
    page.set_time(report.time);
    page.add_test_suites(families(&report.cases).iter().map(|family| suite(report, family)));
    page.to_string().expect("the XML is written into memory, and nothing in it can be refused")
}

fn suite(report: &Report, family: &Family<'_>) -> TestSuite {
    let mut suite = TestSuite::new(visible(family.name));
    suite.set_time(family.cases.iter().map(|case| case.time).sum::<Duration>());
    let facts = [
        ("store", report.name.clone()),
        ("version", report.version.clone().unwrap_or_default()),
        ("suite", report.suite.clone()),
        ("claims", report.claims.join(", ")),
        ("seed", format!("{:#x}", report.seed)),
    ];
    suite.add_properties(facts.into_iter().map(|(name, fact)| Property::new(name, visible(&fact))));
    suite.add_test_cases(family.cases.iter().map(|case| test(case)));
    suite
}

fn test(case: &CaseReport) -> TestCase {
    let name = case.name.split_once("::").map_or(case.name.as_str(), |(_, name)| name);
    let mut test = TestCase::new(visible(name), status(case));
    test.set_classname(visible(case.family()));
    test.set_time(case.time);
    test.add_property(Property::new("rule", visible(&case.rule)));
    if !case.notes.is_empty() {
        test.set_system_out(visible(&case.notes.join("\n")));
    }
    test
}

fn status(case: &CaseReport) -> TestCaseStatus {
    match &case.outcome {
        Outcome::Passed => TestCaseStatus::success(),
        Outcome::Failed { report } => {
            let mut failure = TestCaseStatus::non_success(NonSuccessKind::Failure);
            // The id of the rule, as the kind of what went wrong.
            failure.set_type(visible(case.rule.split(':').next().unwrap_or_default()));
            failure.set_message(visible(&sentence(case)));
            failure.set_description(visible(report));
            failure
        }
        // The format has no outcome for a failure that is known. As a failure, it would stop the build that allows it.
        Outcome::FailedAsExpected { report, .. } => {
            let mut skipped = skipped(&case.outcome.to_string());
            skipped.set_description(visible(report));
            skipped
        }
        Outcome::Ignored { reason } => skipped(reason),
        other => skipped(&other.to_string()),
    }
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut skipped = TestCaseStatus::skipped();
    skipped.set_message(visible(why));
    skipped
}

#[cfg(test)]
mod tests {
    use junit_parser::{TestStatus, TestSuites};

    use super::*;
    use crate::sample;

    fn read(report: &Report) -> TestSuites {
        let text = junit(report);
        junit_parser::from_reader(text.as_bytes()).unwrap_or_else(|error| panic!("{error}:\n{text}"))
    }

    /// The test of this name, as a reader finds it.
    fn status(report: &Report, name: &str) -> TestStatus {
        let read = read(report);
        let mut tests = read.suites.iter().flat_map(|suite| &suite.cases);
        tests.find(|test| test.name == name).expect("it is there").status.clone()
    }

    #[test]
    fn a_reader_finds_all_families_and_counts() {
        let report = sample::bad();
        let read = read(&report);
        assert_eq!((read.name.as_str(), read.time), ("a <b>bad</b> store 0.2.0", 3.25));
        let skipped = report.ignored().count() + report.not_judged().count() + report.failed_as_expected().count();
        assert_eq!(
            (read.tests, read.failures, read.errors),
            (report.cases.len() as u64, report.failed().count() as u64, 0)
        );
        assert_eq!(read.suites.iter().map(|suite| suite.skipped).sum::<u64>(), skipped as u64);
        let names: Vec<_> = read.suites.iter().map(|suite| suite.name.as_str()).collect();
        assert_eq!(names, ["round_trip", "overwrite", "limits", "provenance", "durable", "shared"]);
        let overwrite = &read.suites[1];
        assert_eq!((overwrite.tests, overwrite.failures, overwrite.time), (3, 3, 0.75));
        assert_eq!(overwrite.cases[0].name, "overwrite::many_keys");
        assert_eq!(overwrite.cases[1].system_out.as_deref(), Some("the machine was busy"));
    }

    #[test]
    fn a_failure_has_the_rule_the_sentence_and_the_whole_report() {
        let report = sample::bad();
        let TestStatus::Failure(failure) = status(&report, "overwrite::second_put_wins") else { panic!("it failed") };
        let case = report.cases.iter().find(|case| case.name == "overwrite::second_put_wins").unwrap();
        assert_eq!(failure.failure_type, "PUT-2");
        assert_eq!(failure.message, case.diagnosis.as_ref().unwrap().sentence);
        // The parser leaves out references such as `&lt;` in a text. Another keeps them.
        let text = quick_junit::Report::deserialize_from_str(&junit(&report)).unwrap();
        let mut read = text.test_suites.iter().flat_map(|suite| &suite.test_cases);
        let failed = read.find(|test| test.name.as_str() == "second_put_wins").unwrap();
        let quick_junit::TestCaseStatus::NonSuccess { description: Some(text), .. } = &failed.status else {
            panic!("it has no text")
        };
        let told = case.report().unwrap().replace('\u{1b}', "\\u{1b}");
        let told = told.replace('\0', "\\0").replace('\u{202e}', "\\u{202e}");
        assert!(told.contains("]]>") && told.contains("<script>"), "it is a test of these, too");
        assert_eq!(text.as_str(), told);
        let plain = "\\u{1b}[31m\\0\\u{202e}";
        assert!(failure.text.contains(plain), "{}", failure.text);
        let TestStatus::Failure(stands) = status(&report, "overwrite::never_reverts") else { panic!("it failed") };
        assert_eq!(stands.message, "it stands on overwrite::second_put_wins, which failed");
    }

    #[test]
    fn what_has_no_verdict_is_skipped_and_says_why() {
        for (name, why) in [
            ("limits::value_over_the_limit", "failed as expected, it takes every length & more"),
            ("provenance::from_is_a_member", "not judged, the factory names no members"),
            ("durable::value_survives", "a restart takes an hour | here"),
            ("shared::seen_by_all", "not claimed: shared"),
        ] {
            let TestStatus::Skipped(skipped) = status(&sample::bad(), name) else { panic!("{name} is not skipped") };
            assert_eq!(skipped.message, why);
        }
        assert!(matches!(status(&sample::bad(), "round_trip::put_then_get"), TestStatus::Success));
    }
}
