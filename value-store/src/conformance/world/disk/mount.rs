//! Where disks are mounted: in a name space of mounts that only this process and its victims see, so that nothing stays mounted
//! when they have ended, whatever ended them.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fuser::{BackgroundSession, Config, INodeNo, Notifier, Session, SessionACL};
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};

use super::filesystem::Mounted;
use super::requests::Requests;

/// A disk in its place. Dropping this takes it away, even if it is in use.
pub(super) struct Mount {
    directory: PathBuf,
    notifier: Notifier,
    session: Option<BackgroundSession>,
}

impl Mount {
    /// # Errors
    ///
    /// If this process may not mount anything.
    pub(super) fn new(directory: &Path, requests: Arc<Requests>) -> io::Result<Self> {
        let directory = directory.to_owned();
        inside(move || {
            let device = OpenOptions::new().read(true).write(true).open("/dev/fuse")?;
            let (user, group) = owner();
            let options = format!("fd={},rootmode=40700,user_id={user},group_id={group}", device.as_raw_fd());
            let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
            mount(Some("value-store"), &directory, Some("fuse"), flags, Some(options.as_str()))?;
            let session =
                Session::from_fd(Mounted::new(requests), OwnedFd::from(device), SessionACL::Owner, Config::default())?;
            let session = session.spawn()?;
            Ok(Self { directory, notifier: session.notifier(), session: Some(session) })
        })?
    }

    /// Makes the kernel forget what it has read of this file.
    pub(super) fn forget(&self, number: u64) {
        // It fails if the kernel knows nothing of the file.
        let _ = self.notifier.inval_inode(INodeNo(number), 0, 0);
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let directory = self.directory.clone();
        let _ = inside(move || umount2(&directory, MntFlags::MNT_DETACH));
        // It ends when the last process that uses it has ended.
        drop(self.session.take());
    }
}

/// The user and the group of this process.
pub(super) fn owner() -> (u32, u32) {
    (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw())
}

type Job = Box<dyn FnOnce() + Send>;

/// Does something where the disks can be seen.
///
/// # Errors
///
/// If this process may not have a name space of its own.
pub(super) fn inside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    static THREAD: OnceLock<Result<Mutex<Sender<Job>>, String>> = OnceLock::new();
    let thread = THREAD.get_or_init(|| start().map(Mutex::new).map_err(|error| error.to_string()));
    let thread = thread.as_ref().map_err(|error| io::Error::other(error.clone()))?;
    let (sender, result) = channel();
    let job = Box::new(move || drop(sender.send(work())));
    // If the thread is gone, nothing will be received.
    let _ = thread.lock().unwrap_or_else(PoisonError::into_inner).send(job);
    result.recv().map_err(io::Error::other)
}

/// Starts the thread that has the name space: it belongs to threads, and to the processes that these start.
fn start() -> io::Result<Sender<Job>> {
    let (sender, jobs) = channel::<Job>();
    let (started, is_started) = channel();
    std::thread::Builder::new().name("value-store-disks".to_owned()).spawn(move || {
        let separate = unshare(CloneFlags::CLONE_NEWNS).and_then(|()| {
            // Otherwise the mounts may be seen where this name space comes from.
            mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)
        });
        let is_separate = separate.is_ok();
        let _ = started.send(separate);
        if is_separate {
            for job in jobs {
                job();
            }
        }
    })?;
    is_started.recv().map_err(io::Error::other)?.map_err(io::Error::from)?;
    Ok(sender)
}
