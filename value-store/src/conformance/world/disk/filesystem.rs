//! The file system as the kernel asks for it.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use fuser::{
    AccessFlags, BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo,
    InitFlags, KernelConfig, LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory,
    ReplyEmpty, ReplyEntry, ReplyOpen, ReplyStatfs, ReplyWrite, ReplyXattr, Request, TimeOrNow, WriteFlags,
};

use super::content::PAGE;
use super::names::{Kind, Name, Number};
use super::requests::{Grant, Origin, Requests};
use super::volume::{Attributes, LONGEST_NAME, PAGES, Status, Volume};

/// How long the kernel may keep what it knows of names and files: for ever, since nobody else changes them.
const FOREVER: Duration = Duration::from_secs(1 << 30);

/// The most that one request writes, in bytes. It is what a kernel asks for by default.
const LARGEST_WRITE: u32 = 1 << 20;

/// The size of a block, in bytes: that of a page.
const BLOCK: u32 = 4096;

pub(super) struct Mounted {
    requests: Arc<Requests>,
    /// What directories contained when somebody began to read them.
    lists: Arc<Mutex<HashMap<u64, List>>>,
    next: AtomicU64,
}

type List = Vec<(Number, FileType, OsString)>;

impl Mounted {
    pub(super) fn new(requests: Arc<Requests>) -> Self {
        Self { requests, lists: Arc::default(), next: AtomicU64::new(1) }
    }

    fn submit(&self, origin: Origin, request: impl FnOnce(Result<&mut Volume, Errno>) + Send + 'static) {
        self.requests.submit(origin, Box::new(move |grant: Grant<'_>| request(grant.all())));
    }

    /// Finds or makes something, and answers what it is.
    fn name(
        &self,
        origin: Origin,
        reply: ReplyEntry,
        find: impl FnOnce(&mut Volume) -> Result<Number, Errno> + Send + 'static,
    ) {
        self.submit(origin, move |volume| match volume.and_then(|volume| entry(volume, find)) {
            Ok(found) => reply.entry(&FOREVER, &found, Generation(0)),
            Err(error) => reply.error(error),
        });
    }

    /// Finds or changes something that has a number, and answers what it is.
    fn describe(
        &self,
        origin: Origin,
        reply: ReplyAttr,
        change: impl FnOnce(&mut Volume) -> Result<Number, Errno> + Send + 'static,
    ) {
        self.submit(origin, move |volume| match volume.and_then(|volume| entry(volume, change)) {
            Ok(found) => reply.attr(&FOREVER, &found),
            Err(error) => reply.error(error),
        });
    }

    /// Makes something new.
    fn make(&self, what: &'static str, name: Name, kind: Kind, attributes: Attributes, reply: ReplyEntry) {
        self.name(Origin::Changes(what), reply, move |volume| volume.create(name, kind, attributes));
    }

    /// Does something that has no answer but that it is done.
    fn do_it(
        &self,
        what: &'static str,
        reply: ReplyEmpty,
        change: impl FnOnce(&mut Volume) -> Result<(), Errno> + Send + 'static,
    ) {
        self.submit(Origin::Changes(what), move |volume| match volume.and_then(change) {
            Ok(()) => reply.ok(),
            Err(error) => reply.error(error),
        });
    }
}

/// What a directory contains.
fn list(volume: &Volume, directory: Number) -> Result<List, Errno> {
    let dots = [".", ".."].map(|dots| Ok((directory, FileType::Directory, OsString::from(dots))));
    let names = volume.list(directory)?.into_iter();
    let names = names.map(|(number, name)| Ok((number, file_type(volume.status(number)?.kind), name)));
    dots.into_iter().chain(names).collect()
}

/// The attributes of what `find` finds or makes.
fn entry(volume: &mut Volume, find: impl FnOnce(&mut Volume) -> Result<Number, Errno>) -> Result<FileAttr, Errno> {
    let number = find(volume)?;
    volume.status(number).map(|status| attributes(&status))
}

fn attributes(status: &Status<'_>) -> FileAttr {
    let Attributes { mode, owner, modified } = status.attributes;
    FileAttr {
        ino: INodeNo(status.number),
        size: status.length,
        blocks: (status.pages * PAGE / 512) as u64,
        atime: modified,
        mtime: modified,
        ctime: modified,
        crtime: modified,
        kind: file_type(status.kind),
        perm: mode,
        nlink: status.names,
        uid: owner.0,
        gid: owner.1,
        rdev: 0,
        blksize: BLOCK,
        flags: 0,
    }
}

fn file_type(kind: &Kind) -> FileType {
    match kind {
        Kind::File => FileType::RegularFile,
        Kind::Directory(_) => FileType::Directory,
        Kind::Link(_) => FileType::Symlink,
        Kind::Special(file_type) => *file_type,
    }
}

/// What `mknod` is to make, which the highest bits of a mode say.
fn kind_of(mode: u32) -> Kind {
    Kind::Special(match mode >> 12 {
        0o14 => FileType::Socket,
        0o1 => FileType::NamedPipe,
        0o2 => FileType::CharDevice,
        0o6 => FileType::BlockDevice,
        _ => return Kind::File,
    })
}

/// The attributes of something new that this request makes.
fn new(request: &Request, mode: u32, umask: u32) -> Attributes {
    let mode = u16::try_from(mode & !umask & 0o7777).unwrap_or(0o600);
    Attributes { mode, owner: (request.uid(), request.gid()), modified: SystemTime::now() }
}

impl Filesystem for Mounted {
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        let _ = config.set_max_write(LARGEST_WRITE);
        let _ = config.add_capabilities(InitFlags::FUSE_PARALLEL_DIROPS);
        Ok(())
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let name = name.to_owned();
        self.name(Origin::Reads, reply, move |volume| volume.find(parent.0, &name));
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        self.describe(Origin::Reads, reply, move |_| Ok(number.0));
    }

    fn setattr(
        &self,
        _: &Request,
        number: INodeNo,
        mode: Option<u32>,
        uid: Option<u32>,
        gid: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        modified: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let origin = if size.is_some() { Origin::Changes("ftruncate") } else { Origin::System };
        self.describe(origin, reply, move |volume| {
            size.map_or(Ok(()), |size| volume.resize(number.0, size))?;
            let mode = mode.map(|mode| u16::try_from(mode & 0o7777).unwrap_or(0o600));
            let modified = modified.map(|modified| match modified {
                TimeOrNow::SpecificTime(time) => time,
                TimeOrNow::Now => SystemTime::now(),
            });
            volume.set_attributes(number.0, mode, (uid, gid), modified);
            Ok(number.0)
        });
    }

    fn readlink(&self, _: &Request, number: INodeNo, reply: ReplyData) {
        self.submit(Origin::Reads, move |volume| match volume.and_then(|volume| volume.target(number.0)) {
            Ok(target) => reply.data(target.as_os_str().as_encoded_bytes()),
            Err(error) => reply.error(error),
        });
    }

    fn mknod(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _: u32,
        reply: ReplyEntry,
    ) {
        self.make("mknod", Name::new(parent.0, name), kind_of(mode), new(request, mode, umask), reply);
    }

    fn mkdir(&self, request: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, reply: ReplyEntry) {
        let kind = Kind::Directory(std::collections::BTreeMap::new());
        self.make("mkdir", Name::new(parent.0, name), kind, new(request, mode, umask), reply);
    }

    fn symlink(&self, request: &Request, parent: INodeNo, name: &OsStr, target: &Path, reply: ReplyEntry) {
        let kind = Kind::Link(target.to_owned());
        self.make("symlink", Name::new(parent.0, name), kind, new(request, 0o777, 0), reply);
    }

    fn link(&self, _: &Request, number: INodeNo, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let name = Name::new(parent.0, name);
        self.name(Origin::Changes("link"), reply, move |volume| volume.link(number.0, name).map(|()| number.0));
    }

    fn unlink(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let name = Name::new(parent.0, name);
        self.do_it("unlink", reply, move |volume| volume.remove(name, false));
    }

    fn rmdir(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        let name = Name::new(parent.0, name);
        self.do_it("rmdir", reply, move |volume| volume.remove(name, true));
    }

    fn rename(
        &self,
        _: &Request,
        parent: INodeNo,
        name: &OsStr,
        to: INodeNo,
        new_name: &OsStr,
        flags: RenameFlags,
        reply: ReplyEmpty,
    ) {
        if flags.intersects(RenameFlags::RENAME_EXCHANGE | RenameFlags::RENAME_WHITEOUT) {
            return reply.error(Errno::EINVAL);
        }
        let (from, to) = (Name::new(parent.0, name), Name::new(to.0, new_name));
        let may_replace = !flags.contains(RenameFlags::RENAME_NOREPLACE);
        self.do_it("rename", reply, move |volume| volume.rename(from, to, may_replace));
    }

    fn create(
        &self,
        request: &Request,
        parent: INodeNo,
        name: &OsStr,
        mode: u32,
        umask: u32,
        _: i32,
        reply: ReplyCreate,
    ) {
        let (name, attributes) = (Name::new(parent.0, name), new(request, mode, umask));
        self.submit(Origin::Changes("creat"), move |volume| {
            let create = |volume: &mut Volume| {
                let number = volume.create(name, Kind::File, attributes)?;
                Ok((volume.open(number)?, entry(volume, |_| Ok(number))?))
            };
            match volume.and_then(create) {
                Ok((handle, found)) => {
                    reply.created(&FOREVER, &found, Generation(0), FileHandle(handle), FopenFlags::FOPEN_KEEP_CACHE);
                }
                Err(error) => reply.error(error),
            }
        });
    }

    fn open(&self, _: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        self.submit(Origin::Reads, move |volume| match volume.and_then(|volume| volume.open(number.0)) {
            Ok(handle) => reply.opened(FileHandle(handle), FopenFlags::FOPEN_KEEP_CACHE),
            Err(error) => reply.error(error),
        });
    }

    fn release(
        &self,
        _: &Request,
        _: INodeNo,
        handle: FileHandle,
        _: OpenFlags,
        _: Option<LockOwner>,
        _: bool,
        reply: ReplyEmpty,
    ) {
        self.submit(Origin::System, move |volume| {
            if let Ok(volume) = volume {
                volume.close(handle.0);
            }
            reply.ok();
        });
    }

    fn read(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        self.submit(Origin::Reads, move |volume| {
            match volume.and_then(|volume| volume.read(number.0, offset, size as usize)) {
                Ok(bytes) => reply.data(&bytes),
                Err(error) => reply.error(error),
            }
        });
    }

    fn write(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        bytes: &[u8],
        write_flags: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let is_written_back = write_flags.contains(WriteFlags::FUSE_WRITE_CACHE);
        let origin = if is_written_back { Origin::System } else { Origin::Changes("write") };
        let bytes = bytes.to_vec();
        let request = move |grant: Grant<'_>| {
            // A kill leaves whole pages: between them, the kernel looks for signals.
            let (volume, size) = match grant {
                Grant::All(volume) => (volume, bytes.len()),
                Grant::Half(volume) => (volume, half(offset, bytes.len())),
                Grant::Nothing(error) => return reply.error(error),
            };
            match volume.write(number.0, offset, &bytes[..size]) {
                Ok(0) => reply.error(Errno::EINTR),
                Ok(written) => reply.written(u32::try_from(written).unwrap_or(u32::MAX)),
                Err(error) => reply.error(error),
            }
        };
        self.requests.submit(origin, Box::new(request));
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        // The kernel does not ask again.
        reply.error(Errno::ENOSYS);
    }

    fn fsync(&self, _: &Request, number: INodeNo, handle: FileHandle, is_of_data: bool, reply: ReplyEmpty) {
        let what = if is_of_data { "fdatasync" } else { "fsync" };
        self.do_it(what, reply, move |volume| volume.sync(number.0, handle.0, is_of_data));
    }

    fn fsyncdir(&self, _: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        self.do_it("fsync of a directory", reply, move |volume| volume.sync_directory(number.0));
    }

    fn fallocate(
        &self,
        _: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u64,
        mode: i32,
        reply: ReplyEmpty,
    ) {
        const KEEPS_LENGTH: i32 = 1;
        if mode & !KEEPS_LENGTH != 0 {
            return reply.error(Errno::EOPNOTSUPP);
        }
        self.do_it("fallocate", reply, move |volume| volume.allocate(number.0, offset, size, mode == KEEPS_LENGTH));
    }

    fn opendir(&self, _: &Request, _: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        reply.opened(FileHandle(self.next.fetch_add(1, Ordering::Relaxed)), FopenFlags::empty());
    }

    fn readdir(&self, _: &Request, number: INodeNo, handle: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let lists = Arc::clone(&self.lists);
        self.submit(Origin::Reads, move |volume| {
            let mut lists = lists.lock().unwrap_or_else(PoisonError::into_inner);
            // What is removed while somebody reads the directory does not change the places of the rest.
            if offset == 0 {
                match volume.and_then(|volume| list(volume, number.0)) {
                    Ok(list) => drop(lists.insert(handle.0, list)),
                    Err(error) => return reply.error(error),
                }
            }
            let list = lists.get(&handle.0).map_or(&[][..], |list| list);
            for ((number, kind, name), next) in list.iter().zip(1..).skip(usize::try_from(offset).unwrap_or(usize::MAX))
            {
                if reply.add(INodeNo(*number), next, *kind, name) {
                    break;
                }
            }
            reply.ok();
        });
    }

    fn releasedir(&self, _: &Request, _: INodeNo, handle: FileHandle, _: OpenFlags, reply: ReplyEmpty) {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).remove(&handle.0);
        reply.ok();
    }

    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        let free = if self.requests.look(|volume| volume.is_full()) { 0 } else { PAGES };
        reply.statfs(PAGES, free, free, PAGES, PAGES, BLOCK, LONGEST_NAME, BLOCK);
    }

    fn access(&self, _: &Request, _: INodeNo, _: AccessFlags, reply: ReplyEmpty) {
        reply.error(Errno::ENOSYS);
    }

    fn getxattr(&self, _: &Request, _: INodeNo, _: &OsStr, _: u32, reply: ReplyXattr) {
        reply.error(Errno::ENOSYS);
    }

    fn setxattr(&self, _: &Request, _: INodeNo, _: &OsStr, _: &[u8], _: i32, _: u32, reply: ReplyEmpty) {
        reply.error(Errno::ENOSYS);
    }

    fn listxattr(&self, _: &Request, _: INodeNo, _: u32, reply: ReplyXattr) {
        reply.error(Errno::ENOSYS);
    }

    fn removexattr(&self, _: &Request, _: INodeNo, _: &OsStr, reply: ReplyEmpty) {
        reply.error(Errno::ENOSYS);
    }
}

/// About half of so many bytes, up to where a page of the file ends.
fn half(offset: u64, size: usize) -> usize {
    let page = PAGE as u64;
    let end = (offset + size as u64 / 2) / page * page;
    usize::try_from(end.saturating_sub(offset)).unwrap_or(0)
}
