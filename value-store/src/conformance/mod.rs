//! The conformance suite: `#[value_store_tests]` on a factory runs it.
//!
//! A factory is a function that opens a store. Beside it, the attribute adds a module of the same name with one test for
//! each case, such as `memory::overwrite::second_put_wins`. The options of the
//! [attribute](crate::value_store_tests) declare what a store claims beyond the [contract](crate::ValueStore#contract),
//! which cases to skip, and how long to wait.
//!
//! ```
//! use value_store::{Context, stores::MemoryStore, value_store_tests};
//!
//! #[value_store_tests(settled)]
//! fn memory(context: &Context) -> MemoryStore {
//!     let store = MemoryStore::new();
//!     context.member(store.peer_id());
//!     store
//! }
//! # fn main() {}
//! ```
//!
//! # How a case runs
//!
//! Each case has a thread, a runtime and a [`Context`] of its own, in which it opens its stores. A case that does not end
//! by its deadline fails, even if the store blocks the thread for ever; the report names the call that did not return. A
//! panic in the factory, in a call or in the drop of a store fails that case and no other.
//!
//! A store that claims `durable` is restarted. The suite drops all handles and all shared values, ends the runtime with
//! everything that still runs on it, and calls the factory again with the same context. Of what the store can use, only
//! the directory of the context survives.
//!
//! That is polite: everything is dropped, so buffers are flushed and locks are let go. So the family `killed` kills the
//! process. The program starts itself again, as a process of its own in which the same factory opens the store in the
//! directory of the world. The suite sends that process the calls, kills it at a moment that is drawn from the seed, and
//! opens the store in the next one. What the process has started, such as a server, is killed with it. What it has handed to
//! the system survives, whether it is on the disk or not. When the process of the suite ends, these processes end as well. The
//! family takes a few seconds, as each process takes about as long as the program needs to start. A test needs nothing for
//! it; a program that uses [`check`] says [`victim()`](victim()) first.
//!
//! # A disk that can fail
//!
//! With the feature `disk`, on Linux, and where the process may mount file systems (as root, say, or in a container with
//! `CAP_SYS_ADMIN` and `/dev/fuse`), the directory of such a process is on a file system of the suite's own, in memory. It
//! knows what was synced, and counts what is done to it. So the moment of a kill is an operation: the suite counts those of
//! a put, and kills the process before or amid each of them, or as many of them as there is time for: 14 kills, or 24 power
//! losses, and no longer than a tenth of the deadline. So what goes wrong only between two system calls need not wait for
//! luck, and the report names them. The moments are drawn from the seed.
//!
//! A store that claims `power_loss` loses power at such moments. What was synced is there for the next process; of the rest,
//! what ext4 and xfs may leave:
//!
//! - Of what was written to a file since it was last synced, any part: each page of 4 KiB is there, or not, or some of its
//!   sectors of 512 bytes are. A file that has grown may have its new length, and zeros for what was written.
//! - Changes of names and lengths (create, link, rename, remove, truncate) up to some moment, in their order. A sync of a
//!   directory writes them up to the last one in that directory, and a sync of a file up to its own last one, or all of them
//!   if the file has got new pages since. For `fdatasync`, a new name is no change of the file.
//! - A name may be there although what is in the file is not. If a file is written and renamed over another, and not synced
//!   in between, both values may be gone.
//!
//! A store that claims `disk_faults` meets a disk that is full, fails to write, to read or to sync, or hangs. A sync that
//! fails drops what it should have written, and the next one is fine, as on Linux: everyone who had the file open gets to
//! know of it once. Names that a sync should have written stay to be written, so such a sync fails until the disk is well. A
//! store may end its process when the disk fails. It is opened again in another.
//!
//! What this does not simulate: `sync` and `syncfs` write nothing, as the kernel does not tell a file system in user space of
//! them. Pages that were written through a memory map and not synced are lost as a whole when the power goes. Blocks that rot,
//! a disk that says it has synced and has not, and other file systems, such as btrfs or NTFS, are not simulated. Neither is a
//! boot: a store that asks the system for its boot id, to know whether the power has gone, finds the old one. Memory maps,
//! locks, sockets and `O_DIRECT` work; extended attributes, `fallocate` with holes, `O_TMPFILE` and the exchange of two names
//! do not. A process that the store starts and that leaves its process group is not killed with it. Where there can be no such
//! disk, these cases are ignored with the reason, and the moments of kills are times. That is decided when the tests are
//! built; a test that then finds no disk fails, and says so.
//!
//! # Outages
//!
//! A store that claims `faults` reaches its backend through its context: through a [link](Context::link), which forwards
//! TCP, or through a [gate](Context::gate), for a backend in the same process. The suite stalls, cuts and heals them.
//! During an outage a put must not succeed. A get may return the current value if the store has a copy. It must not
//! return `NotFound`, unless the key never had a value: only a backend that answers can know that a value is missing.
//! After an outage, a store has up to a quarter of the deadline of a case to recover.
//!
//! # Several handles
//!
//! A store that claims `shared` or `convergent` is opened several times with one context. A put through one handle must
//! become visible through the others: at once, or within the `propagation` time that the attribute declares.
//!
//! A handle is what one call of the factory returned, with all its clones, whichever task or thread uses them. A store that
//! claims `monotonic` may show an old value for a while, but no handle goes back: what it reads of a key is never older than
//! what it has read before. Without that claim, a handle that has seen a put may see what was there before it once more, until
//! the propagation time has passed. A handle that is opened again, as after a restart, is another one, which may begin with an older
//! value. Where puts ran at the same time, or did not return `Ok`, nobody knows which value is older, and no handle is blamed.
//!
//! # Records
//!
//! Some networks accept only records that they can validate. For a store on such a network, the suite generates valid
//! records: see [`records`].
//!
//! # Other languages
//!
//! The suite also tests a store in another language, if that serves HTTP: see `other_languages`, with the feature
//! `delegated`.
//!
//! # What a failure leaves
//!
//! The report of a failure names the rule, says what happened, lists the calls, and says how to run the case again. A long
//! error of the store is cut in the middle where it is mentioned, and stands in full at the end. If calls ran at the same
//! time, the report also names an HTML file below the target directory. It draws the calls as bars over time and marks those
//! to blame.
//!
//! What fails is done again in fresh worlds, with fewer calls and with simpler keys, values and options, for as long as it
//! still fails, and for a tenth of the deadline at most. The report shows the smallest run that failed, and says if its calls
//! have to run at the same time, or if the same calls did not fail again.
//!
//! # One fault, one report
//!
//! Cases stand on others: nothing can be said of overwriting a value where putting one fails. If a case fails, those that
//! stand on it are not run. They fail too, since nobody knows whether the store keeps their rules, and their reports are two
//! lines that name the case to look at. Each case that others stand on is judged once for each factory and run, also by
//! `cargo nextest`. With `VALUE_STORE_ANYWAY=1` in the environment, or [`Check::anyway`], every case is run.
//!
//! [`Report::causes`] groups the failures that are left by the calls that show them.
//!
//! # Without `cargo test`
//!
//! [`check`] runs the same cases from any program, and returns a [`Report`]. [`Check::staleness`] also looks at how stale the
//! reads of a store are that does not promise anything about it.
//!
//! # Randomness
//!
//! One seed determines all keys and values. A failure prints the seed; to replay it, set the environment variable
//! `VALUE_STORE_SEED`. Each case has a random key prefix of its own, so the suite can run on a backend that already holds
//! other data. But a replay uses the same keys again, and a few keys are the same in every run, such as the empty one. So
//! where runs or worlds share a backend, give each world a part of its own there, by its [name](Context::name).
//!
//! Most cases use keys of letters and digits, 24 bytes at most, and short values of letters and digits. Only the cases that
//! say so use others. So a store that takes no slash, no empty value or no long one fails only the cases about that.
//!
//! # Time
//!
//! The suite measures a call with a timeout against a timer of the same length, which starts with the call on a thread of
//! its own. The call is late if it ends more than the grace, 100 ms by default, after the timer. It fails the case only if
//! it is late five times in a row. A loaded machine delays the timer as well, so it does not fail a good store.
//! A case whose store ran out of time on an overloaded machine is not judged, and says so: see [`Outcome::NotJudged`].
//!
//! Cases that make many calls stop early on a slow store. They say so in a note, which `cargo test -- --show-output`
//! shows.
//!
//! # Slow stores
//!
//! Cases wait while their store waits for a disk or a network, and `cargo test` runs only as many at a time as there are
//! processors. So while a case waits, and at least half of the processors' time is free, the next ones begin of those that
//! `cargo test` will ask for, up to 32 at a time. They do not wait for the cases that they stand on, but count only if those
//! pass. A case that began in advance and failed is run once more when it is asked for, so that what the store prints is shown
//! with it.
//!
//! No case begins in advance if somebody says how many may run at a time: `cargo test -- --test-threads 4`, or
//! `RUST_TEST_THREADS=4`. A good store passes with any number. For [`check`], see [`Check::threads`].

// The layers, from the bottom up. Each imports only from those before it.
//
// - `linearizability`: decides whether a history of one key is linearizable; it knows nothing of stores.
// - `records`: makes keys and values for networks that validate them.
// - `world`: what a factory is given, with the links, gates and disks that the suite interrupts.
// - `subject`: the factory under test, its settings and its claims.
// - `history`: the calls of a case, how each ended and how it may end.
// - `victim`: a process of its own for a store, so that it can be killed.
// - `session`: what a case works with: handles that record their calls, fresh keys and values, restarts, timing.
// - `script`: what a case did, as data, to be done again in part, and what the contract allows each call to return.
// - `model`: random sequences of calls against a model of a store, shortened when they fail.
// - `cases`: the checks, a file for each family.
// - `suite`: the index of all cases, with the rule of each.
// - `judge`: runs a case on a thread of its own, and always returns a verdict.
// - `report`: words a failure and draws its timeline.
// - `check`: runs the cases for `cargo test` or for any other program.
mod cases;
mod check;
mod history;
mod judge;
pub mod linearizability;
mod model;
#[cfg(feature = "delegated")]
#[doc = include_str!("other_languages.md")]
pub mod other_languages {}
pub mod records;
mod report;
mod script;
mod session;
mod subject;
mod suite;
mod victim;
mod world;

pub use self::check::{
    Arrival, CaseReport, Cause, Check, Diagnosis, Outcome, Progress, Report, Staleness, case_names, check,
};
pub use self::subject::Claim;
pub use self::victim::victim;
pub use self::world::{Context, Gate};

/// What the code that the attribute generates refers to. It is not for use by hand, and may change at any time.
#[doc(hidden)]
pub mod expansion {
    pub use tokio;
    pub use value_store_macros::expand;

    pub use super::check::run;
    pub use super::subject::{Claim, Opening, Parameter, Runtime, Settings, Subject, into_store, opening};
    pub use crate::Context;
}
