//! Stores that lose something when their process is killed, and nothing when they are closed. Each passes the cases about
//! restarts and fails cases about kills. The stores without a fault pass.
//!
//!     cargo test --package value-store-tests --test killed [-- NAME]

mod files;
mod log;

use std::io;
use std::num::NonZero;
use std::process::ExitCode;

use value_store::conformance::{Check, Claim, Outcome, check, victim};
use value_store::{Context, ValueStore};

use crate::files::Files;
use crate::log::Log;

/// A store, and the cases of which at least one fails, and no other by itself. Where there are several, the moment of a kill
/// decides, which is drawn anew in each run.
struct Subject {
    name: &'static str,
    kind: Kind,
    caught_by: &'static [&'static str],
}

#[derive(Clone, Copy)]
enum Kind {
    Log(log::Fault),
    Files(files::Fault),
}

const fn log(name: &'static str, fault: log::Fault, caught_by: &'static [&'static str]) -> Subject {
    Subject { name, kind: Kind::Log(fault), caught_by }
}

const fn files(name: &'static str, fault: files::Fault, caught_by: &'static [&'static str]) -> Subject {
    Subject { name, kind: Kind::Files(fault), caught_by }
}

/// What a put that was under way has left is found by each of these, since each kills amid puts.
const AMID: &[&str] = &[
    "killed::amid_puts",
    "killed::amid_an_overwrite",
    "killed::amid_concurrent_puts",
    "killed::amid_a_large_put",
    "killed::with_what_a_killed_process_leaves",
    "killed::dropped_and_timed_out_puts_are_whole",
    "killed::from_survives",
];

const SUBJECTS: &[Subject] = &[
    log("a log", log::Fault::None, &[]),
    files("files that are renamed", files::Fault::None, &[]),
    log("written when it is dropped", log::Fault::WrittenWhenDropped, &["killed::right_after_ok"]),
    log("written by a timer", log::Fault::WrittenByATimer, &["killed::right_after_ok"]),
    log("a torn tail is a record", log::Fault::TornTailIsARecord, AMID),
    log("gives up at a torn tail", log::Fault::GivesUpAtATornTail, AMID),
    log("cuts off the last record", log::Fault::CutsOffTheLastRecord, &["killed::right_after_ok"]),
    log("read to the last clean end", log::Fault::ReadToTheLastCleanEnd, &["killed::many_times"]),
    log("goes on at the last clean end", log::Fault::GoesOnAtTheLastCleanEnd, &["killed::right_after_ok"]),
    log("a lock file", log::Fault::LockFile, &["killed::right_after_ok"]),
    log("written anew when opened", log::Fault::WrittenAnewWhenOpened, &["killed::while_opening"]),
    log(
        "numbers begin again",
        log::Fault::NumbersBeginAgain,
        &["killed::overwrite_right_after_ok", "killed::amid_puts", "killed::amid_concurrent_puts"],
    ),
    files("emptied and written", files::Fault::EmptiedAndWritten, AMID),
    files("removed and renamed", files::Fault::RemovedAndRenamed, AMID),
    files("the new file is the value", files::Fault::NewFileIsTheValue, AMID),
    files("a lock is a key", files::Fault::LockIsAKey, &["killed::with_what_a_killed_process_leaves"]),
    files("written behind what was left", files::Fault::WrittenBehindWhatWasLeft, AMID),
    files("a peer of each process", files::Fault::PeerOfEachProcess, AMID),
];

fn suite(kind: Kind) -> Check {
    let open = async move |context: &'static Context| -> io::Result<Box<dyn ValueStore>> {
        let directory = context.dir();
        let store: Box<dyn ValueStore> = match kind {
            Kind::Log(fault) => {
                let store = context.share(async || Log::open(directory, fault)).await?;
                context.member(log::peer(directory)?);
                Box::new(store)
            }
            Kind::Files(fault) => {
                let store = context.share(async || Files::open(directory, fault)).await?;
                context.member(store.peer_id);
                Box::new(store)
            }
        };
        Ok(store)
    };
    let check = check(open).claim(Claim::Durable).only("durable").only("killed").threads(CASES_AT_A_TIME);
    match kind {
        Kind::Log(_) => check,
        Kind::Files(_) => check.max_key_len(files::MAX_KEY_LEN),
    }
}

const CASES_AT_A_TIME: NonZero<usize> = NonZero::new(8).unwrap();

/// Judges a store, and returns what is wrong with the verdict.
fn judge(subject: &Subject) -> Result<(), String> {
    let Subject { name, kind, caught_by } = subject;
    let report = suite(*kind).named(*name).run();
    let failed: Vec<_> = report.failed().filter(|case| case.ground.is_none()).collect();
    let names: Vec<_> = failed.iter().map(|case| case.name.as_str()).collect();
    println!("{name}: {names:?}");
    if let Some(Outcome::Failed { report }) = failed.first().map(|case| &case.outcome) {
        println!("{report}");
    }
    if !names.iter().all(|name| caught_by.contains(name)) || names.is_empty() != caught_by.is_empty() {
        return Err(format!("{name} failed {names:?}, and should have failed some of {caught_by:?}\n{report}"));
    }
    Ok(())
}

fn main() -> ExitCode {
    victim();
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let is_wanted = |subject: &&Subject| wanted.is_empty() || wanted.iter().any(|name| subject.name.contains(name));
    let wrong: Vec<_> = SUBJECTS.iter().filter(is_wanted).filter_map(|subject| judge(subject).err()).collect();
    for difference in &wrong {
        eprintln!("{difference}");
    }
    if wrong.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
