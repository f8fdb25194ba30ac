//! A store over a directory, with the faults that come by themselves if a key is the name of a file.

use crate::fixture::IMPLEMENTOR;
use value_store_tests::snapshot;

/// Cases in which calls overlap, or are killed, are left out: whether they catch a file that is half written depends on the
/// machine.
#[cfg(target_os = "linux")]
#[test]
fn a_store_over_files_fails_these_cases() {
    let outcome = IMPLEMENTOR.test("files", "files");
    let is_by_chance = |case: &&str| case.starts_with("concurrency::") || case.starts_with("killed::");
    let failed = outcome.failed().into_iter().filter(|case| !is_by_chance(case));
    let failed = failed.fold(String::new(), |list, case| list + case + "\n");
    snapshot::expect("tests/outside/snapshots/files.txt", &failed);

    let reports = ["key_identity::slashes_literal", "key_identity::very_long_keys_differ_in_one_byte"];
    let reports = reports.map(|case| outcome.report(case)).join("\n");
    snapshot::expect("tests/outside/snapshots/whole_reports_of_files.txt", &reports);
}
