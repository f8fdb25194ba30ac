//! The arguments of a check, and what each does.

use std::num::NonZero;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use value_store::conformance::records::Namespaced;
use value_store::conformance::{CaseReport, Claim, Outcome, Report, check};
use value_store::stores::MemoryStore;

use crate::stores::{blocks, first_wins, late, memory, only_records};

const SECOND_PUT: &str = "overwrite::second_put_wins";

fn outcome<'a>(report: &'a Report, name: &str) -> &'a Outcome {
    let case = report.cases.iter().find(|case| case.name == name);
    &case.unwrap_or_else(|| panic!("{name} is not in the report")).outcome
}

fn ignored(report: &Report, name: &str) -> Option<String> {
    match outcome(report, name) {
        Outcome::Ignored { reason } => Some(reason.clone()),
        _ => None,
    }
}

#[test]
fn a_right_store_passes_what_it_claims() {
    let report = check(memory).claim(Claim::Settled).max_value_len(1 << 20).run();
    let over_the_limit = "limits::value_over_the_limit_is_refused";
    assert!(matches!(outcome(&report, over_the_limit), Outcome::Failed { .. }), "it takes every length");
    assert_eq!(*outcome(&report, "settled::outcome_is_decided"), Outcome::Passed);
    assert_eq!(ignored(&report, "durable::value_survives").unwrap(), "not claimed: durable");
    assert_eq!(ignored(&report, "limits::key_at_the_limit_is_kept").unwrap(), "not claimed: max_key_len = …");
}

#[test]
fn outages_need_something_to_interrupt() {
    const FAMILY: &str = "faults";
    let report = check(memory).claim(Claim::Faults).only(FAMILY).anyway().run();
    assert!(report.passed().count() == 0 && report.failed().count() > 10, "{report}");
    for case in report.failed() {
        let Outcome::Failed { report } = &case.outcome else { unreachable!("{case:?}") };
        assert!(report.contains("the store claims `faults`, and its factory opened neither"), "{report}");
    }
}

#[test]
fn a_put_has_as_long_to_arrive_as_is_declared() {
    let check = || check(late).claim(Claim::Shared).only("shared::other_handle_sees_put");
    assert_eq!(check().run().failed().count(), 1);
    let report = check().propagation(Duration::from_millis(500)).run();
    assert!(report.is_success(), "{report}");
}

#[test]
fn with_records_all_keys_and_values_are_those_of_records() {
    let check = || check(only_records).only("overwrite").only("limits").only("records");
    let without = check().run();
    assert_eq!(without.passed().count(), 0, "{without}");
    assert_eq!(ignored(&without, "records::older_is_refused").unwrap(), "not claimed: records = …");

    let with = check().max_value_len(1 << 20).records(Namespaced::new("app")).run();
    assert_eq!(*outcome(&with, SECOND_PUT), Outcome::Passed);
    let about_lengths = ignored(&with, "limits::value_at_the_limit_is_kept").unwrap();
    assert_eq!(about_lengths, "records: it is about keys or values of any bytes");

    let Outcome::Failed { report } = outcome(&with, "records::older_is_refused") else { panic!("it does not look") };
    assert!(report.contains("put 2 said Ok to a record that is older than the one that the key has"), "{report}");
    assert!(report.contains("note: the keys are names, and the values contents"), "{report}");
}

#[test]
fn only_what_is_asked_for_runs() {
    let report = check(memory).only("factory").only(SECOND_PUT).run();
    let names: Vec<_> = report.cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.last(), Some(&SECOND_PUT));
    assert!(names[..names.len() - 1].iter().all(|name| name.starts_with("factory::")) && names.len() > 2, "{names:?}");
}

#[test]
fn what_is_skipped_is_ignored_with_the_reason() {
    let report = check(first_wins).only("overwrite").skip("overwrite", "it never overwrites").run();
    assert!(report.is_success() && report.passed().count() == 0);
    assert_eq!(ignored(&report, SECOND_PUT).unwrap(), "it never overwrites");
}

#[test]
fn an_expected_failure_is_told_from_a_pass() {
    let report = check(first_wins).only(SECOND_PUT).expect_failure("overwrite", "it never overwrites").run();
    let [CaseReport { outcome: Outcome::FailedAsExpected { reason, report: why }, .. }] = &report.cases[..] else {
        panic!("{report}")
    };
    assert_eq!(reason, "it never overwrites");
    assert!(why.contains("the older value, of put 1"), "{why}");
    assert!(report.is_success());
}

#[test]
fn an_expected_failure_that_passes_is_a_failure() {
    let report = check(memory).only(SECOND_PUT).expect_failure(SECOND_PUT, "it never overwrites").run();
    let Outcome::Failed { report: why } = outcome(&report, SECOND_PUT) else { panic!("{report}") };
    assert!(why.contains("it was expected to fail (it never overwrites): remove"), "{why}");
}

#[test]
fn a_hang_ends_at_the_deadline_whether_or_not_it_was_expected() {
    let check = || check(blocks).only(SECOND_PUT).anyway().deadline(Duration::from_millis(300));
    let Outcome::Failed { report } = outcome(&check().run(), SECOND_PUT).clone() else { panic!("it blocks") };
    assert!(report.contains("get 3 had not returned when the deadline of 300 ms had passed"), "{report}");

    let expected = check().expect_failure(SECOND_PUT, "it blocks").run();
    assert!(matches!(outcome(&expected, SECOND_PUT), Outcome::FailedAsExpected { .. }), "{expected}");
}

#[test]
fn cases_run_side_by_side() {
    // Neither of the two gets past its factory before the other is there. What they stand on would wait alone.
    let both = Arc::new(Barrier::new(2));
    let factory = async move |_| {
        both.wait();
        MemoryStore::new()
    };
    let check = check(factory).only(SECOND_PUT).only("overwrite::other_keys_untouched").anyway();
    let report = check.threads(NonZero::new(2).unwrap()).deadline(Duration::from_secs(20)).run();
    assert!(report.is_success() && report.passed().count() == 2, "{report}");
}

#[tokio::test]
async fn a_check_runs_inside_a_runtime_too() {
    assert!(check(memory).only("round_trip").run().is_success());
}

#[test]
fn the_runtime_is_the_one_asked_for() {
    let is_multi_thread = async |_: &_| {
        let flavor = tokio::runtime::Handle::current().runtime_flavor();
        (flavor == tokio::runtime::RuntimeFlavor::MultiThread).then(MemoryStore::new).ok_or("one thread")
    };
    assert!(check(is_multi_thread).only(SECOND_PUT).multi_thread(NonZero::new(2)).run().is_success());
    assert!(!check(is_multi_thread).only(SECOND_PUT).start_paused().run().is_success());
}

#[test]
fn a_seed_draws_the_same_again() {
    let drawn = |seed| {
        let Outcome::Failed { report } = outcome(&check(first_wins).seed(seed).run(), SECOND_PUT).clone() else {
            panic!("it never overwrites")
        };
        let calls = report.lines().filter_map(|line| line.split_once(" -> "));
        calls.map(|(call, _)| call.to_owned()).collect::<Vec<_>>()
    };
    assert!(!drawn(1).is_empty());
    assert_eq!(drawn(1), drawn(1));
    assert_ne!(drawn(1), drawn(2));
}

#[test]
#[should_panic(expected = "the suite has no case and no family `overwrite::second`; a case is named `family::case`")]
fn an_unknown_name_is_refused() {
    let _ = check(memory).skip("overwrite::second", "why");
}

#[test]
#[should_panic(expected = "max_key_len(15): the suite needs 16 bytes")]
fn a_limit_too_small_for_the_suite_is_refused() {
    let _ = check(memory).max_key_len(15);
}
