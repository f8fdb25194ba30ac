//! Stores that are wrong on purpose, each in one way. Each names the case that must catch it, and a part of that case's report.
//! `failing_cases.txt` lists exactly the cases that fail on each. And each case has to be there for a fault: a case that catches
//! none holds a store to nothing.

mod cancellation;
mod copies;
mod durability;
mod factories;
mod failing_cases;
mod gets;
mod keys;
mod kill;
mod limits;
mod linearizability;
mod matrix;
mod model;
mod mutant;
mod network;
mod options;
mod puts;
mod races;
mod records;
mod settled;
mod side_by_side;
mod sources;
mod store;
mod tcp;
mod timeouts;
mod values;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use value_store::conformance::Claim;

use crate::kill::{Kill, judge};
use crate::mutant::Mutant;
use crate::network::NETWORK;
use crate::network::lagging::LAGGING;
use crate::records::VALIDATING;
use crate::side_by_side::judged;
use crate::store::{ALL_CLAIMS, CLAIMS, RACES, RANDOM_TIMEOUTS, RIGHT};
use crate::tcp::REMOTE;

/// Mutants, and what they are judged by.
struct Table {
    claims: &'static [Claim],
    /// Cases that are skipped.
    skipped: &'static [&'static [&'static str]],
    mutants: &'static [Mutant],
}

/// Mutants whose fault has nothing to do with threads that race.
const fn table(mutants: &'static [Mutant]) -> Table {
    Table { claims: CLAIMS, skipped: &[RACES], mutants }
}

/// Mutants whose fault has to do with time.
const fn timed(mutants: &'static [Mutant]) -> Table {
    Table { claims: CLAIMS, skipped: &[RACES, RANDOM_TIMEOUTS], mutants }
}

const TABLES: &[Table] = &[
    table(keys::MUTANTS),
    table(values::MUTANTS),
    table(limits::MUTANTS),
    table(options::MUTANTS),
    table(sources::MUTANTS),
    table(factories::MUTANTS),
    table(puts::MUTANTS),
    table(gets::MUTANTS),
    timed(timeouts::MUTANTS),
    table(cancellation::MUTANTS),
    timed(settled::MUTANTS),
    table(durability::MUTANTS),
    table(model::MUTANTS),
    Table { claims: CLAIMS, skipped: &[], mutants: races::MUTANTS },
    Table { claims: ALL_CLAIMS, skipped: &[], mutants: linearizability::MUTANTS },
    Table { claims: copies::CLAIMS, skipped: &[RANDOM_TIMEOUTS], mutants: copies::MUTANTS },
    Table { claims: network::CLAIMS, skipped: &[RACES, RANDOM_TIMEOUTS], mutants: network::sharing::MUTANTS },
    Table { claims: network::CLAIMS, skipped: &[RACES, RANDOM_TIMEOUTS], mutants: network::outages::MUTANTS },
    Table { claims: network::CLAIMS, skipped: &[RACES, RANDOM_TIMEOUTS], mutants: network::unhurried::MUTANTS },
    Table {
        claims: network::restarts::CLAIMS,
        skipped: &[RACES, RANDOM_TIMEOUTS],
        mutants: network::restarts::MUTANTS,
    },
    Table { claims: network::lagging::CLAIMS, skipped: &[RACES, RANDOM_TIMEOUTS], mutants: network::lagging::MUTANTS },
    Table { claims: network::lagging::CLAIMS, skipped: &[RANDOM_TIMEOUTS], mutants: network::lagging::RACING_MUTANTS },
    Table { claims: network::RACING_CLAIMS, skipped: &[], mutants: network::races::MUTANTS },
    Table { claims: tcp::CLAIMS, skipped: &[RACES, RANDOM_TIMEOUTS], mutants: tcp::MUTANTS },
    timed(records::MUTANTS),
];

fn mutants() -> Vec<(&'static Table, &'static Mutant)> {
    TABLES.iter().flat_map(|table| table.mutants.iter().map(move |mutant| (table, mutant))).collect()
}

fn kills() -> &'static [Kill] {
    &judged().kills
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What every kill rests on: without the fault, nothing fails.
#[test]
fn the_right_store_passes() {
    let at_hand = [(RIGHT, CLAIMS), (RIGHT, ALL_CLAIMS), (VALIDATING, ALL_CLAIMS)];
    let out_of_reach = [
        (NETWORK, network::CLAIMS),
        (NETWORK, network::restarts::CLAIMS),
        (LAGGING, network::lagging::CLAIMS),
        (REMOTE, tcp::CLAIMS),
    ];
    for (steps, claims) in at_hand.into_iter().chain(out_of_reach) {
        let report = judge(steps, claims, &[]);
        assert!(report.is_success(), "{report}");
    }
}

#[test]
fn each_mutant_is_caught_by_the_case_that_is_there_for_it() {
    println!("{}", matrix::matrix(kills()));
    println!("judged again: {}", judged().again.len());
    judged().again.iter().for_each(|difference| println!("{difference}"));
    let reports = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports-of-mutants.txt");
    fs::write(&reports, kills().iter().flat_map(Kill::reports).collect::<String>()).unwrap();
    println!("every report of a failure: {}", reports.display());
    let missed: Vec<_> = kills().iter().filter_map(Kill::missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn each_mutant_fails_exactly_the_cases_in_the_list() {
    failing_cases::expect(kills());
}

#[test]
fn each_case_is_the_first_to_catch_a_mutant() {
    let is_first = |case: &&str| kills().iter().any(|kill| kill.mutant.case == *case);
    let idle: Vec<_> = matrix::columns(kills()).into_iter().filter(|case| !is_first(case)).collect();
    assert!(idle.is_empty(), "no mutant is there for {idle:#?}");
}

#[test]
fn each_mutant_declares_what_its_report_says() {
    let silent: Vec<_> = mutants().into_iter().filter(|(_, mutant)| mutant.says.is_empty()).collect();
    assert!(silent.is_empty(), "{:#?}", silent.iter().map(|(_, mutant)| mutant.name).collect::<Vec<_>>());
}

#[test]
fn no_two_mutants_have_one_name() {
    let names: BTreeSet<_> = mutants().iter().map(|(_, mutant)| mutant.name).collect();
    assert_eq!(names.len(), mutants().len());
}
