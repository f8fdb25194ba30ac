//! What the check for linearizability costs.
//!
//!     cargo bench --package value-store-benches --bench linearizability
//!
//! The first table puts it next to sorting the begins and ends of the same operations, all in one list. The second puts it
//! next to the public crates that check histories of any kind of object, on histories of one register that they can still
//! finish; a crate that takes longer than the bound is stopped, and is asked for nothing longer.
//!
//! Each figure is measured in a process of its own, which can be stopped, and whose memory is that of one check: the most
//! that it had during the check, less what it had before. Where there is no `/proc`, the memory is left out.

mod histories;
mod others;

use std::env;
use std::hint::black_box;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use value_store::conformance::linearizability::{Operation, check};

use crate::histories::{events, histories};

const OPERATIONS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
const REGISTERS: [usize; 2] = [1, 1_000];
const REPETITIONS: usize = 5;

/// The shortest history that the crates are compared on; each of the others is twice as long as the one before.
const SHORTEST: usize = 8;
/// How long a crate may take for a history.
const BOUND: Duration = Duration::from_secs(10);

/// Says whether a history is linearizable.
type Checker = fn(&[Operation<u64>]) -> bool;
const CHECKERS: [(&str, Checker); 3] = [
    ("value-store", |history| check(history).is_ok()),
    ("todc-utils", others::todc_utils),
    ("stateright", others::stateright),
];

fn main() {
    // Cargo adds a word of its own.
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["sort", operations, registers] => next_to_sorting(number(operations), number(registers)),
        ["check", checker, operations] => time_of(checker, number(operations)),
        _ => {
            tables_of_sorting();
            println!();
            table_of_crates();
        }
    }
}

fn number(argument: &str) -> usize {
    argument.parse().expect("a number")
}

/// This program in a process of its own, with these arguments.
fn child(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().expect("a bench has a path"));
    command.args(arguments);
    command
}

fn tables_of_sorting() {
    println!("operations  registers        check         sort  check/sort       memory  memory/operation");
    for registers in REGISTERS {
        for operations in OPERATIONS {
            let run = child(&["sort", &operations.to_string(), &registers.to_string()]).status();
            assert!(run.is_ok_and(|status| status.success()));
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "for people to read")]
fn next_to_sorting(operations: usize, registers: usize) {
    let histories = histories(operations, registers);
    let before = memory_kib("VmRSS:");
    let check_all = || histories.iter().for_each(|history| assert_eq!(check(history), Ok(())));
    check_all();
    let memory = memory_kib("VmHWM:").zip(before).map(|(after, before)| after.saturating_sub(before) * 1_024);

    // By turns, so that what else the machine does concerns both.
    let (mut checks, mut sorts) = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        checks.push(timed(check_all));
        let mut events: Vec<_> = histories.iter().flat_map(|history| events(history)).collect();
        sorts.push(timed(|| black_box(&mut events).sort_unstable()));
    }
    let [check, sort] = [checks, sorts].map(|times| times.into_iter().min().unwrap_or_default());
    let ratio = check.as_secs_f64() / sort.as_secs_f64();
    print!("{operations:10}  {registers:9}  {check:>11.1?}  {sort:>11.1?}  {ratio:10.2}");
    match memory {
        Some(bytes) => println!("  {:7} KiB  {:14.1} B", bytes / 1_024, bytes as f64 / operations as f64),
        None => println!(),
    }
}

/// Goes on until all crates but this one are stopped.
fn table_of_crates() {
    let names = CHECKERS.map(|(name, _)| format!("  {name:>24}")).concat();
    println!("operations{names}   (stopped after {BOUND:?}; in brackets, times the line before)");
    let (mut before, mut is_stopped) = (CHECKERS.map(|_| None), CHECKERS.map(|_| false));
    let mut operations = SHORTEST;
    while is_stopped[1..].contains(&false) {
        print!("{operations:10}");
        for (column, (name, _)) in CHECKERS.iter().enumerate() {
            let time = if is_stopped[column] { None } else { within_bound(name, operations) };
            print!("  {:>24}", if is_stopped[column] { String::new() } else { cell(time, before[column]) });
            before[column] = time;
        }
        println!();
        is_stopped = before.map(|time| time.is_none());
        operations *= 2;
    }
}

/// The time, and what it is of the one before.
fn cell(time: Option<Duration>, before: Option<Duration>) -> String {
    match (time, before) {
        (Some(time), Some(before)) => format!("{time:.1?} ({:5.1})", time.as_secs_f64() / before.as_secs_f64()),
        (Some(time), None) => format!("{time:.1?} (     )"),
        (None, _) => "stopped".to_owned(),
    }
}

/// What a crate takes for a history of so many operations, unless that is longer than the bound.
fn within_bound(checker: &str, operations: usize) -> Option<Duration> {
    let child = child(&["check", checker, &operations.to_string()]).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("a bench can be run");
    let output = if ends_in_time(&mut child) { child.stdout.take() } else { None };
    let mut nanoseconds = String::new();
    output?.read_to_string(&mut nanoseconds).expect("a bench writes text");
    Some(Duration::from_nanos(nanoseconds.trim().parse().expect("a bench writes its time")))
}

/// Whether a process ends by itself. If not, it is ended.
fn ends_in_time(child: &mut Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < BOUND {
        if let Some(status) = child.try_wait().expect("the process is this one's child") {
            assert!(status.success(), "a checker failed");
            return true;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().and_then(|()| child.wait()).expect("the process is this one's child");
    false
}

/// Writes the nanoseconds that a crate takes.
fn time_of(name: &str, operations: usize) {
    let (_, checker) = CHECKERS.iter().find(|(known, _)| *known == name).expect("the crate is one of those");
    let history = histories(operations, 1).remove(0);
    let (begun, mut fastest) = (Instant::now(), Duration::MAX);
    for _ in 0..REPETITIONS {
        fastest = fastest.min(timed(|| assert!(checker(&history), "each history is right")));
        // What takes long is measured well by one run, and the bound is for one.
        if begun.elapsed() > BOUND / 100 {
            break;
        }
    }
    println!("{}", fastest.as_nanos());
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// What Linux says of the memory of this process.
fn memory_kib(field: &str) -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}
