//! The disk as the rest of the suite uses it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::draw::Draw;
use super::fault::Fault;
use super::moment::Moment;
use super::mount::{self, Mount};
use super::requests::Requests;
use super::volume::Volume;
use crate::conformance::world::Scratch;

/// A disk in the place of a directory.
pub(crate) struct Disk {
    directory: PathBuf,
    running: Mutex<Running>,
}

/// A disk between two power losses.
struct Running {
    requests: Arc<Requests>,
    /// Missing while the power is off.
    mount: Option<Mount>,
}

impl fmt::Debug for Disk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Disk").field("directory", &self.directory).finish_non_exhaustive()
    }
}

impl Running {
    fn new(directory: &Path, volume: Volume) -> io::Result<Self> {
        let requests = Arc::new(Requests::new(volume));
        let mount = Mount::new(directory, Arc::clone(&requests))?;
        Ok(Self { requests, mount: Some(mount) })
    }
}

impl Disk {
    /// What this process needs to have a disk, if it can have none.
    pub(crate) fn unusable() -> Option<&'static str> {
        static REASON: OnceLock<Option<String>> = OnceLock::new();
        let tried = || Scratch::new().and_then(|scratch| Self::new(scratch.path()).map(drop));
        let refused = |error| format!("a disk that can fail, and this process may not mount one: {error}");
        REASON.get_or_init(|| tried().err().map(refused)).as_deref()
    }

    /// An empty disk.
    ///
    /// # Errors
    ///
    /// If this process may not mount one.
    pub(crate) fn new(directory: &Path) -> io::Result<Self> {
        let running = Running::new(directory, Volume::new(mount::owner()))?;
        Ok(Self { directory: directory.to_owned(), running: Mutex::new(running) })
    }

    /// Starts a process that sees the disk.
    ///
    /// # Errors
    ///
    /// If the system does not start it.
    pub(crate) fn spawn(mut command: Command) -> io::Result<Child> {
        mount::inside(move || command.spawn())?
    }

    /// How many operations were begun so far, reads not counted.
    pub(crate) fn operations(&self) -> usize {
        self.requests().operations()
    }

    /// Notes that a call begins: moments are told from here.
    pub(crate) fn call_begins(&self) {
        self.requests().call_begins();
    }

    /// Holds up everything from the operation on that comes as this one from now, and counts from 1.
    pub(crate) fn hold_at(&self, operation: usize) {
        debug_assert!(operation > 0, "the first operation is 1");
        self.requests().hold_at(operation);
    }

    /// Waits until the operation has come at which everything is held up.
    pub(crate) async fn held(&self) {
        let requests = self.requests();
        requests.held().await;
    }

    /// Holds up everything from now on, if that is not so yet. Returns which moment this is.
    pub(crate) fn hold(&self) -> Moment {
        self.requests().hold()
    }

    /// Lets everything go on.
    pub(crate) fn go_on(&self) {
        self.requests().go_on();
    }

    /// Goes on without those whose operations were held up, who are dead. If the moment is amid a write of several pages, half
    /// of it is done.
    pub(crate) fn forsake(&self, is_amid: bool) {
        self.requests().forsake(is_amid);
    }

    /// Does nothing any more. What was held up fails.
    pub(crate) fn switch_off(&self) {
        self.requests().switch_off();
    }

    /// Comes back after it was switched off, with what has survived. Nobody may use the disk meanwhile.
    ///
    /// # Errors
    ///
    /// If it cannot be mounted again.
    pub(crate) fn switch_on(&self, draw: Draw) -> io::Result<()> {
        let mut running = self.running();
        drop(running.mount.take());
        let volume = running.requests.look(|volume| volume.after_power_loss(&mut draw.into()));
        *running = Running::new(&self.directory, volume)?;
        Ok(())
    }

    /// Fails in this way from now on.
    pub(crate) fn fail(&self, fault: Fault) {
        if fault == Fault::Stalled {
            self.hold();
            return;
        }
        let running = self.running();
        running.requests.look(|volume| volume.set_fault(Some(fault)));
        if fault == Fault::FailedReads {
            let numbers = running.requests.look(|volume| volume.numbers());
            running.mount.iter().for_each(|mount| numbers.iter().for_each(|number| mount.forget(*number)));
        }
    }

    /// Is well again.
    pub(crate) fn heal(&self) {
        let requests = self.requests();
        requests.look(|volume| volume.set_fault(None));
        requests.go_on();
    }

    /// What nobody has synced, in words.
    pub(crate) fn unsynced(&self) -> Vec<String> {
        self.requests().look(|volume| volume.unsynced())
    }

    /// Takes the disk from its place.
    pub(crate) fn remove(&self) {
        drop(self.running().mount.take());
    }

    fn requests(&self) -> Arc<Requests> {
        Arc::clone(&self.running().requests)
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
