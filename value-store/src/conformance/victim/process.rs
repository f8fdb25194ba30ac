//! Starts this program again, and ends processes with all that they have started.

use std::io;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use super::connection::Seat;
use crate::conformance::subject::Subject;
use crate::conformance::world::Disk;

/// The variable that makes a process a victim. It says where the judge waits, and for which factory.
const VARIABLE: &str = "VALUE_STORE_VICTIM";

/// The variable with the directory of the victim's world.
const DIRECTORY: &str = "VALUE_STORE_VICTIM_DIRECTORY";

static MAY_START: AtomicBool = AtomicBool::new(false);

/// Allows [`check`](super::super::check) to start this program again, in processes that it kills.
///
/// The cases of the families `killed`, `power_loss` and `disk_faults` need that, which a store that claims
/// [`Durable`](super::super::Claim::Durable) and the like has to pass. Without this call, they are ignored, and say so. Make it first thing in `main`, and come to the same checks with
/// the same arguments and environment each time the program runs: in a process that was started in this way,
/// [`Check::run`](super::super::Check::run) opens the store and waits to be killed, and does not return. The checks before
/// that one do nothing there. The tests that the attribute generates need no such call.
///
/// ```no_run
/// use value_store::conformance::{Claim, check, victim};
/// use value_store::stores::RedbStore;
///
/// fn main() {
///     victim();
///     let report = check(async |context| RedbStore::open(context.dir().join("redb")).await)
///         .claim(Claim::Durable)
///         .run();
///     print!("{report}");
/// }
/// ```
pub fn victim() {
    MAY_START.store(true, Ordering::Relaxed);
}

/// Whether this program can be started again for a factory.
pub(crate) fn may_start(subject: &Subject) -> bool {
    !subject.module.is_empty() || MAY_START.load(Ordering::Relaxed)
}

/// The name of a test or a check in this program.
pub(crate) fn name(subject: &Subject, path: &str) -> String {
    match subject.module.split_once("::") {
        Some((_, module)) => format!("{module}::{path}"),
        None => format!("{}:{} {}", subject.file, subject.line, subject.name),
    }
}

/// Whether this process is a victim, whatever it belongs to.
pub(crate) fn is_victim() -> bool {
    std::env::var_os(VARIABLE).is_some()
}

/// The seat of this process, if it is the victim of the test or the check with this name.
pub(crate) fn expected_here(name: &str) -> Option<Seat> {
    let directory = std::env::var_os(DIRECTORY)?;
    Seat::of(&std::env::var(VARIABLE).ok()?, directory.into()).filter(|seat| seat.name == name)
}

/// Starts this program again as a victim, which is to take this seat. It sees the disk that its world is on.
pub(super) fn start(subject: &Subject, path: &str, seat: &Seat, is_on_a_disk: bool) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    if subject.module.is_empty() {
        command.args(std::env::args_os().skip(1));
    } else {
        command.arg(name(subject, path)).args(["--exact", "--include-ignored", "--nocapture", "--test-threads", "1"]);
    }
    // What libtest prints is of no interest, and would stand amid the output of this process.
    command.env(VARIABLE, seat.to_string()).env(DIRECTORY, &seat.world.directory);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    if is_on_a_disk { Disk::spawn(command) } else { command.spawn() }
}

/// Ends a process at once, and all that it has started. When nothing of it will run any more, but before it is gone, does
/// what it may be waiting for.
pub(super) fn kill(child: &mut Child, let_go: impl FnOnce()) {
    // First the process itself, for the moment counts. It may have ended already.
    #[cfg(unix)]
    let _ = child.kill();
    end_all_of(child.id());
    #[cfg(not(unix))]
    let _ = child.kill();
    let_go();
    let _ = child.wait();
}

/// Ends this process at once, and all that it has started.
pub(crate) fn end_this_process() -> ! {
    end_all_of(std::process::id());
    std::process::exit(0)
}

/// Ends the processes of the group that the process with this number leads. The standard library has no function for that,
/// and a crate would have to be built by everybody who runs the suite.
#[cfg(unix)]
fn end_all_of(process: u32) {
    let shell = Command::new("sh")
        .args(["-c", "kill -s KILL -- \"-$0\""])
        .arg(process.to_string())
        .stderr(Stdio::null())
        .status();
    drop(shell);
}

#[cfg(windows)]
fn end_all_of(process: u32) {
    let quiet = || Stdio::null();
    let _ = Command::new("taskkill")
        .args(["/t", "/f", "/pid", &process.to_string()])
        .stdout(quiet())
        .stderr(quiet())
        .status();
}

#[cfg(not(any(unix, windows)))]
fn end_all_of(_: u32) {}
