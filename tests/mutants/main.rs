//! Stores that are wrong on purpose, each in one way. Each declares which cases fail on it, and what the first of them
//! says; and no case may go unused: one that no fault fails would hold a store to nothing.

mod cancellation;
mod durability;
mod factories;
mod gets;
mod keys;
mod limits;
mod linearizability;
mod matrix;
mod model;
mod mutant;
mod options;
mod puts;
mod races;
mod records;
mod settled;
mod sources;
mod store;
mod timeouts;
mod values;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

use value_store::conformance::Claim;

use crate::mutant::{Kill, Mutant, judge};
use crate::records::VALIDATING;
use crate::store::{ALL_CLAIMS, CLAIMS, RIGHT};

/// The tables, each with what its mutants claim.
const MUTANTS: &[(&[Claim], &[Mutant])] = &[
    (CLAIMS, keys::MUTANTS),
    (CLAIMS, values::MUTANTS),
    (CLAIMS, limits::MUTANTS),
    (CLAIMS, options::MUTANTS),
    (CLAIMS, sources::MUTANTS),
    (CLAIMS, factories::MUTANTS),
    (CLAIMS, puts::MUTANTS),
    (CLAIMS, gets::MUTANTS),
    (CLAIMS, timeouts::MUTANTS),
    (CLAIMS, races::MUTANTS),
    (CLAIMS, cancellation::MUTANTS),
    (CLAIMS, settled::MUTANTS),
    (CLAIMS, durability::MUTANTS),
    (CLAIMS, model::MUTANTS),
    (ALL_CLAIMS, linearizability::MUTANTS),
    (CLAIMS, records::MUTANTS),
];

/// So many mutants are judged side by side: they wait more than they work.
const MUTANTS_AT_A_TIME: usize = 8;

fn mutants() -> Vec<(&'static [Claim], &'static Mutant)> {
    MUTANTS.iter().flat_map(|(claims, mutants)| mutants.iter().map(|mutant| (*claims, mutant))).collect()
}

/// Each mutant's verdict.
fn kills() -> &'static [Kill] {
    static KILLS: OnceLock<Vec<Kill>> = OnceLock::new();
    KILLS.get_or_init(|| {
        let (mutants, next, kills) = (mutants(), AtomicUsize::new(0), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..MUTANTS_AT_A_TIME {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        let Some((claims, mutant)) = mutants.get(number) else { break };
                        let kill = Kill::of((*mutant).clone(), claims);
                        kills.lock().unwrap().push((number, kill));
                    }
                });
            }
        });
        let mut kills = kills.into_inner().unwrap();
        kills.sort_by_key(|(number, _)| *number);
        kills.into_iter().map(|(_, kill)| kill).collect()
    })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What every kill rests on: without the fault, nothing fails.
#[test]
fn the_right_store_passes() {
    for (steps, claims) in [(RIGHT, CLAIMS), (RIGHT, ALL_CLAIMS), (VALIDATING, ALL_CLAIMS)] {
        let report = judge(steps, claims);
        assert!(report.is_success(), "{report}");
    }
}

#[test]
fn each_mutant_is_caught_by_the_case_that_is_there_for_it() {
    println!("{}", matrix::matrix(kills()));
    let missed: Vec<_> = kills().iter().filter_map(Kill::missed).collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
#[ignore = "which cases fail that race threads is a matter of chance for a few mutants still"]
fn each_mutant_fails_exactly_the_cases_that_it_declares() {
    let differences: Vec<_> = kills().iter().filter_map(Kill::difference).collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn each_case_is_the_first_to_catch_a_mutant() {
    let is_first = |case: &&str| kills().iter().any(|kill| kill.mutant.fails.first() == Some(case));
    let idle: Vec<_> = matrix::columns(kills()).into_iter().filter(|case| !is_first(case)).collect();
    assert!(idle.is_empty(), "no mutant is there for {idle:#?}");
}

#[test]
fn no_two_mutants_have_one_name() {
    let names: BTreeSet<_> = mutants().iter().map(|(_, mutant)| mutant.name).collect();
    assert_eq!(names.len(), mutants().len());
}
