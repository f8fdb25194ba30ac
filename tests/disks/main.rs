//! Stores that lose something when the power goes, or that do wrong when the disk fails, and nothing when they are closed.
//! `failing_cases.txt` has the cases that each of them fails. The stores without a fault pass.
//!
//!     cargo test --package value-store-tests --features disk --test disks [-- NAME]
//!
//! With `UPDATE_SNAPSHOTS` in the environment, this writes the list anew.

mod engine;
mod files;
mod log;
mod sqlite;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::num::NonZero;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use value_store::conformance::{Check, Claim, Outcome, check, victim};
use value_store::{Context, Error};
use value_store_tests::snapshot;

use crate::engine::{OnEngine, peer};
use crate::files::Files;
use crate::log::Log;
use crate::sqlite::Sqlite;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Log(log::Fault),
    Files(files::Fault),
    Sqlite,
}

const SUBJECTS: &[Kind] = &[
    Kind::Log(log::Fault::None),
    Kind::Log(log::Fault::EndsItself),
    Kind::Files(files::Fault::None),
    Kind::Sqlite,
    Kind::Log(log::Fault::WrittenWhenDropped),
    Kind::Log(log::Fault::NeverSynced),
    Kind::Log(log::Fault::SyncedByATimer),
    Kind::Log(log::Fault::SyncedBeforeTheLastWrite),
    Kind::Log(log::Fault::AnotherFileIsSynced),
    Kind::Log(log::Fault::AcknowledgedBeforeTheSync),
    Kind::Log(log::Fault::NoChecksum),
    Kind::Log(log::Fault::GivesUpAtATornTail),
    Kind::Log(log::Fault::CutsOffThePage),
    Kind::Log(log::Fault::WrittenAnewInPlace),
    Kind::Log(log::Fault::WrittenAnewAndNotSynced),
    Kind::Log(log::Fault::WrittenAnewWhereverThereIsRoom),
    Kind::Log(log::Fault::ForgetsThatASyncFailed),
    Kind::Log(log::Fault::SyncsAgain),
    Kind::Log(log::Fault::OkWhenFull),
    Kind::Log(log::Fault::WritesBehindWhatFailed),
    Kind::Log(log::Fault::CannotReadIsMissing),
    Kind::Log(log::Fault::CannotOpenIsEmpty),
    Kind::Log(log::Fault::WaitsForTheDisk),
    Kind::Files(files::Fault::RenamedBeforeItIsSynced),
    Kind::Files(files::Fault::SyncedAfterItIsRenamed),
    Kind::Files(files::Fault::DirectoryIsNotSynced),
    Kind::Files(files::Fault::EmptiedAndWritten),
    Kind::Files(files::Fault::RemovedAndRenamed),
    Kind::Files(files::Fault::NewFileIsTheValue),
    Kind::Files(files::Fault::NewFileIsInTheWay),
    Kind::Files(files::Fault::WriteErrorsAreForgotten),
    Kind::Files(files::Fault::ShortWritesAreForgotten),
    Kind::Files(files::Fault::SyncErrorsAreForgotten),
    Kind::Files(files::Fault::SyncErrorsOfTheDirectoryAreForgotten),
    Kind::Files(files::Fault::DataIsSyncedForTheName),
    Kind::Files(files::Fault::CannotReadIsMissing),
    Kind::Files(files::Fault::CannotReadIsEmpty),
];

fn suite(kind: Kind) -> Check {
    let open = async move |context: &'static Context| -> Result<OnEngine, Error> {
        let directory = context.dir();
        let is_patient = matches!(kind, Kind::Log(log::Fault::WaitsForTheDisk));
        let store = context.share(async || -> Result<OnEngine, Error> {
            Ok(match kind {
                Kind::Log(fault) => OnEngine::new(Log::open(directory, fault).map_err(Error::backend)?, is_patient),
                Kind::Files(fault) => OnEngine::new(Files::open(directory, fault).map_err(Error::backend)?, is_patient),
                Kind::Sqlite => OnEngine::new(Sqlite::open(directory).map_err(Error::backend)?, is_patient),
            })
        });
        context.member(peer());
        Ok(OnEngine::clone(&*store.await?))
    };
    let mut check = check(open).named(format!("{kind:?}")).seed(SEED).threads(CASES_AT_A_TIME);
    if !matches!(kind, Kind::Log(log::Fault::WaitsForTheDisk)) {
        check = check.deadline(DEADLINE);
    }
    for claim in [Claim::Durable, Claim::PowerLoss, Claim::DiskFaults, Claim::Settled] {
        check = check.claim(claim);
    }
    match kind {
        Kind::Files(_) => check.max_key_len(files::MAX_KEY_LEN),
        _ => check,
    }
}

/// The moments at which the disk fails are those of this seed.
const SEED: u64 = 0x5EED;

/// Cases that repeat do so for a tenth of this at most. So they all come to their end, however slow the machine is.
const DEADLINE: Duration = Duration::from_secs(600);

const CASES_AT_A_TIME: NonZero<usize> = NonZero::new(8).unwrap();

/// Cases in which it is a matter of time what happens, and not of the seed alone. They are not in the list.
const MATTERS_OF_TIME: [&str; 3] = [
    "killed::amid_concurrent_puts",
    "killed::dropped_and_timed_out_puts_are_whole",
    "power_loss::amid_concurrent_puts",
];

/// The cases that a store fails with a report of their own.
fn failed(kind: Kind) -> Vec<String> {
    let report = suite(kind).only("killed").only("power_loss").only("disk_faults").run();
    let mut failed = Vec::new();
    let mut printed = String::new();
    for case in report.failed().filter(|case| case.ground.is_none()) {
        failed.push(case.name.clone());
        if let Outcome::Failed { report } = &case.outcome {
            printed += report;
            printed.push('\n');
        }
    }
    println!("{printed}{kind:?}: {failed:?}\n");
    failed.retain(|case| !MATTERS_OF_TIME.contains(&case.as_str()));
    failed
}

/// How many stores are judged at a time. Their cases wait more than they compute.
const AT_A_TIME: usize = 3;

/// Why this process can have no disk that can fail, if it cannot.
fn no_disk() -> Option<String> {
    let report = suite(Kind::Log(log::Fault::None)).named("a disk").only("power_loss::acknowledged_survives").run();
    report.cases.into_iter().find_map(|case| match case.outcome {
        Outcome::Ignored { reason } if case.name.starts_with("power_loss") => Some(reason),
        _ => None,
    })
}

fn next<T>(of: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    of.lock().expect("nobody panics with this lock").next()
}

fn main() -> ExitCode {
    victim();
    if let Some(reason) = no_disk() {
        println!("ignored: {reason}");
        return ExitCode::SUCCESS;
    }
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| name.contains(wanted.as_str()));
    let subjects: Vec<_> = SUBJECTS.iter().filter(|kind| is_wanted(&format!("{kind:?}"))).collect();
    let (subjects, all) = (Mutex::new(subjects.into_iter()), Mutex::new(BTreeMap::new()));
    let judge_some = || {
        while let Some(kind) = next(&subjects) {
            let failed = failed(*kind);
            all.lock().expect("nobody panics with this lock").insert(format!("{kind:?}"), failed);
        }
    };
    thread::scope(|scope| (0..AT_A_TIME).for_each(|_| drop(scope.spawn(judge_some))));
    let all = all.into_inner().expect("nobody panics with this lock");
    let list = all.iter().fold(String::new(), |mut list, (name, cases)| {
        let cases = if cases.is_empty() { "nothing".to_owned() } else { cases.join(" ") };
        writeln!(list, "{name}: {cases}").expect("a string takes everything");
        list
    });
    if wanted.is_empty() {
        snapshot::expect("disks/failing_cases.txt", &list);
    } else {
        print!("{list}");
    }
    ExitCode::SUCCESS
}
