//! The file system: what each operation does, and what is left of it when the power goes.

use std::collections::{HashMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use fuser::Errno;

use super::content::{Content, File, PAGE};
use super::fault::Fault;
use super::names::{Change, Kind, Name, Names, Number, ROOT};
use super::survival::Survival;

/// A file system in memory, which knows what was synced.
#[derive(Default)]
pub(super) struct Volume {
    names: Names,
    /// The names as the journal on the disk has them for sure.
    kept: Names,
    /// The changes since, in order.
    pending: VecDeque<Change>,
    /// How many changes were there before those.
    kept_changes: u64,
    /// The newest change of each file and directory, and the newest that `fdatasync` writes.
    newest: HashMap<Number, Newest>,
    files: HashMap<Number, File>,
    attributes: HashMap<Number, Attributes>,
    /// The open files.
    open: HashMap<u64, Open>,
    /// How often a sync of each has failed.
    failures: HashMap<Number, u64>,
    /// How many handles there were.
    opened: u64,
    last: Number,
    fault: Option<Fault>,
    /// How many pages there is room for while the disk is full.
    room: usize,
}

#[derive(Clone, Copy, Default)]
struct Newest {
    change: u64,
    of_data: u64,
}

/// An open file, and of how many failed syncs it knows: each of these is told to everyone who had it open.
struct Open {
    number: Number,
    told: u64,
}

#[derive(Clone, Copy)]
pub(super) struct Attributes {
    pub(super) mode: u16,
    pub(super) owner: (u32, u32),
    pub(super) modified: SystemTime,
}

/// What `stat` says.
pub(super) struct Status<'a> {
    pub(super) number: Number,
    pub(super) kind: &'a Kind,
    pub(super) length: u64,
    pub(super) pages: usize,
    pub(super) names: u32,
    pub(super) attributes: Attributes,
}

/// How many pages there is room for when a disk becomes full: some write gets a part of what it needs.
const LEFT: usize = 2;

/// The size of a disk that is not full, in pages: 8 GiB.
pub(super) const PAGES: u64 = 1 << 21;

type Result<T = ()> = std::result::Result<T, Errno>;

impl Volume {
    /// An empty file system of this owner.
    pub(super) fn new(owner: (u32, u32)) -> Self {
        let root = Attributes { mode: 0o700, owner, modified: SystemTime::now() };
        Self { last: ROOT, attributes: HashMap::from([(ROOT, root)]), ..Self::default() }
    }

    pub(super) fn status(&self, number: Number) -> Result<Status<'_>> {
        let node = self.names.node(number).ok_or(Errno::ENOENT)?;
        let content = self.files.get(&number).map(File::now);
        let default = Attributes { mode: 0o755, owner: (0, 0), modified: SystemTime::UNIX_EPOCH };
        Ok(Status {
            number,
            kind: &node.kind,
            length: match &node.kind {
                Kind::Link(target) => target.as_os_str().len() as u64,
                _ => content.map_or(0, Content::length),
            },
            pages: content.map_or(0, Content::pages),
            names: node.names,
            attributes: self.attributes.get(&number).copied().unwrap_or(default),
        })
    }

    pub(super) fn find(&self, parent: Number, name: &OsStr) -> Result<Number> {
        self.names.find(&Name::new(parent, name)).ok_or(Errno::ENOENT)
    }

    pub(super) fn list(&self, directory: Number) -> Result<Vec<(Number, OsString)>> {
        let names = self.names.list(directory).ok_or(Errno::ENOTDIR)?;
        Ok(names.iter().map(|(name, number)| (*number, name.clone())).collect())
    }

    pub(super) fn target(&self, link: Number) -> Result<&Path> {
        match &self.names.node(link).ok_or(Errno::ENOENT)?.kind {
            Kind::Link(target) => Ok(target),
            _ => Err(Errno::EINVAL),
        }
    }

    pub(super) fn create(&mut self, name: Name, kind: Kind, attributes: Attributes) -> Result<Number> {
        if self.names.list(name.parent).is_none() {
            return Err(Errno::ENOTDIR);
        }
        check(&name)?;
        if self.names.find(&name).is_some() {
            return Err(Errno::EEXIST);
        }
        self.last += 1;
        let number = self.last;
        if matches!(kind, Kind::File) {
            self.files.insert(number, File::default());
        }
        self.attributes.insert(number, attributes);
        self.change(Change::Created { number, kind, name });
        Ok(number)
    }

    pub(super) fn link(&mut self, number: Number, name: Name) -> Result {
        check(&name)?;
        if self.names.find(&name).is_some() {
            return Err(Errno::EEXIST);
        }
        self.change(Change::Linked { number, name });
        Ok(())
    }

    pub(super) fn remove(&mut self, name: Name, is_directory: bool) -> Result {
        let number = self.names.find(&name).ok_or(Errno::ENOENT)?;
        match (self.names.list(number), is_directory) {
            (Some(_), false) => return Err(Errno::EISDIR),
            (None, true) => return Err(Errno::ENOTDIR),
            (Some(names), true) if !names.is_empty() => return Err(Errno::ENOTEMPTY),
            _ => {}
        }
        self.change(Change::Removed { name });
        Ok(())
    }

    pub(super) fn rename(&mut self, from: Name, to: Name, may_replace: bool) -> Result {
        check(&to)?;
        let number = self.names.find(&from).ok_or(Errno::ENOENT)?;
        if let Some(replaced) = self.names.find(&to) {
            match (self.names.list(number), self.names.list(replaced)) {
                _ if !may_replace => return Err(Errno::EEXIST),
                (_, Some(names)) if !names.is_empty() => return Err(Errno::ENOTEMPTY),
                (None, Some(_)) => return Err(Errno::EISDIR),
                (Some(_), None) => return Err(Errno::ENOTDIR),
                _ => {}
            }
        }
        self.change(Change::Renamed { from, to });
        Ok(())
    }

    /// Returns a handle.
    pub(super) fn open(&mut self, number: Number) -> Result<u64> {
        self.names.node(number).ok_or(Errno::ENOENT)?;
        self.opened += 1;
        self.open.insert(self.opened, Open { number, told: self.failures_of(number) });
        Ok(self.opened)
    }

    pub(super) fn close(&mut self, handle: u64) {
        self.open.remove(&handle);
        self.forget_unused();
    }

    fn failures_of(&self, number: Number) -> u64 {
        self.failures.get(&number).copied().unwrap_or(0)
    }

    pub(super) fn read(&self, number: Number, offset: u64, size: usize) -> Result<Vec<u8>> {
        if self.fault == Some(Fault::FailedReads) {
            return Err(Errno::EIO);
        }
        Ok(self.files.get(&number).ok_or(Errno::EINVAL)?.now().read(offset, size))
    }

    /// Returns how many bytes were written: where the disk becomes full, as many as there is room for.
    pub(super) fn write(&mut self, number: Number, offset: u64, bytes: &[u8]) -> Result<usize> {
        if self.fault == Some(Fault::FailedWrites) {
            return Err(Errno::EIO);
        }
        let free = self.free();
        let file = self.files.get_mut(&number).ok_or(Errno::EINVAL)?;
        let size = free.map_or(bytes.len(), |free| file.fitting(offset, bytes.len(), free));
        if size == 0 && !bytes.is_empty() {
            return Err(Errno::ENOSPC);
        }
        file.write(offset, &bytes[..size]);
        self.touch(number);
        Ok(size)
    }

    /// Makes sure that a file can be written here, also when the disk is full, and that it is so long.
    pub(super) fn allocate(&mut self, number: Number, offset: u64, size: u64, keeps_length: bool) -> Result {
        if size.div_ceil(PAGE as u64) > PAGES {
            return Err(Errno::ENOSPC);
        }
        let free = self.free();
        let file = self.files.get(&number).ok_or(Errno::EINVAL)?;
        let wanted = usize::try_from(size).map_err(|_| Errno::EFBIG)?;
        if free.is_some_and(|free| file.fitting(offset, wanted, free) < wanted) {
            return Err(Errno::ENOSPC);
        }
        let length = offset.saturating_add(size);
        if !keeps_length && length > file.now().length() {
            self.resize(number, length)?;
        }
        self.files.get_mut(&number).into_iter().for_each(|file| file.reserve(offset, size));
        Ok(())
    }

    pub(super) fn resize(&mut self, number: Number, length: u64) -> Result {
        if !self.files.contains_key(&number) {
            return Err(Errno::EINVAL);
        }
        let change = self.change(Change::Resized { number });
        if let Some(file) = self.files.get_mut(&number) {
            file.resize(length, change);
        }
        self.touch(number);
        Ok(())
    }

    pub(super) fn set_attributes(
        &mut self,
        number: Number,
        mode: Option<u16>,
        owner: (Option<u32>, Option<u32>),
        modified: Option<SystemTime>,
    ) {
        if let Some(attributes) = self.attributes.get_mut(&number) {
            attributes.mode = mode.unwrap_or(attributes.mode);
            attributes.owner = (owner.0.unwrap_or(attributes.owner.0), owner.1.unwrap_or(attributes.owner.1));
            attributes.modified = modified.unwrap_or(attributes.modified);
        }
    }

    /// Syncs an open file.
    pub(super) fn sync(&mut self, number: Number, handle: u64, is_of_data: bool) -> Result {
        let newest = self.newest.get(&number).copied().unwrap_or_default();
        let newest = if is_of_data { newest.of_data } else { newest.change };
        let file = self.files.get_mut(&number).ok_or(Errno::EINVAL)?;
        if self.fault == Some(Fault::FailedSyncs) && (file.is_dirty() || newest > self.kept_changes) {
            file.fail_to_sync();
            *self.failures.entry(number).or_default() += 1;
        } else {
            // The journal notes where new pages are, and with that everything before.
            let upto = if file.has_new_pages() { u64::MAX } else { newest };
            file.sync();
            self.commit(upto);
        }
        let failures = self.failures_of(number);
        match self.open.get_mut(&handle) {
            Some(open) if open.told < failures => {
                open.told = failures;
                Err(Errno::EIO)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn sync_directory(&mut self, number: Number) -> Result {
        let newest = self.newest.get(&number).copied().unwrap_or_default().change;
        if self.fault == Some(Fault::FailedSyncs) && newest > self.kept_changes {
            return Err(Errno::EIO);
        }
        self.commit(newest);
        Ok(())
    }

    /// A fault lasts until another takes its place, or none.
    pub(super) fn set_fault(&mut self, fault: Option<Fault>) {
        self.fault = fault;
        self.room = self.used() + LEFT;
    }

    pub(super) fn is_full(&self) -> bool {
        self.fault == Some(Fault::Full)
    }

    fn used(&self) -> usize {
        self.files.values().map(File::room).sum()
    }

    /// How many pages there is room for, if the disk is full.
    fn free(&self) -> Option<usize> {
        self.is_full().then(|| self.room.saturating_sub(self.used()))
    }

    fn touch(&mut self, number: Number) {
        if let Some(attributes) = self.attributes.get_mut(&number) {
            attributes.modified = SystemTime::now();
        }
    }

    /// Makes a change, and returns its number.
    fn change(&mut self, change: Change) -> u64 {
        self.names.apply(&change);
        self.pending.push_back(change);
        let newest = self.kept_changes + self.pending.len() as u64;
        let Some(change) = self.pending.back() else { return newest };
        // A new name is nothing that `fdatasync` has to write.
        let is_of_data = matches!(change, Change::Created { .. } | Change::Resized { .. });
        for number in self.concerned(change) {
            let of_it = self.newest.entry(number).or_default();
            of_it.change = newest;
            if is_of_data {
                of_it.of_data = newest;
            }
            if self.names.list(number).is_some() {
                self.touch(number);
            }
        }
        newest
    }

    /// What is different on the disk after a change.
    fn concerned(&self, change: &Change) -> Vec<Number> {
        match change {
            Change::Created { number, name, .. } | Change::Linked { number, name } => vec![*number, name.parent],
            Change::Removed { name } => vec![name.parent],
            Change::Renamed { from, to } => [from.parent, to.parent].into_iter().chain(self.names.find(to)).collect(),
            Change::Resized { number } => vec![*number],
        }
    }

    /// Writes the journal up to this change.
    fn commit(&mut self, upto: u64) {
        while self.kept_changes < upto
            && let Some(change) = self.pending.pop_front()
        {
            self.kept.apply(&change);
            self.kept_changes += 1;
        }
        self.forget_unused();
    }

    /// Forgets files that no name leads to, not even one that a power loss brings back.
    fn forget_unused(&mut self) {
        let Self { names, kept, files, open, pending, .. } = self;
        if pending.is_empty() {
            names.forget_unnamed(|number| open.values().any(|open| open.number == number));
            kept.forget_unnamed(|_| false);
            files.retain(|number, _| names.node(*number).is_some() || kept.node(*number).is_some());
        }
    }

    /// The numbers of all files.
    pub(super) fn numbers(&self) -> Vec<Number> {
        self.files.keys().copied().collect()
    }

    /// What nobody has synced, in words.
    pub(super) fn unsynced(&self) -> Vec<String> {
        let path = |number: Number| self.names.path(number).map_or_else(|| "a removed file".to_owned(), shown);
        let mut files: Vec<_> = self.files.iter().map(|(number, file)| (*number, file.unsynced())).collect();
        files.retain(|(number, size)| *size > 0 && self.names.has_a_name(*number));
        files.sort_unstable();
        let files = files.into_iter().map(|(number, size)| format!("{size} B of {}", path(number)));
        let full = |name: &Name| self.names.path(name.parent).map_or_else(PathBuf::new, |path| path.join(&name.name));
        let changes = self.pending.iter().filter_map(|change| match change {
            Change::Created { name, .. } | Change::Linked { name, .. } => {
                Some(format!("the new name {}", shown(full(name))))
            }
            Change::Removed { name } => Some(format!("that {} was removed", shown(full(name)))),
            Change::Renamed { from, to } => {
                Some(format!("that {} was renamed to {}", shown(full(from)), shown(full(to))))
            }
            Change::Resized { .. } => None,
        });
        files.chain(changes).collect()
    }

    /// What is there after the power has gone and come back.
    pub(super) fn after_power_loss(&self, survival: &mut Survival) -> Self {
        let changes = survival.changes(self.pending.len());
        let mut names = self.kept.clone();
        self.pending.iter().take(changes).for_each(|change| names.apply(change));
        names.forget_unnamed(|_| false);
        let upto = self.kept_changes + changes as u64;
        let mut numbers: Vec<_> = self.files.keys().copied().filter(|number| names.node(*number).is_some()).collect();
        // In the order of their numbers, so that the same seed draws the same.
        numbers.sort_unstable();
        let after = |number| (number, File::found(self.files[&number].after_power_loss(upto, survival)));
        Self {
            files: numbers.into_iter().map(after).collect(),
            attributes: self.attributes.clone(),
            kept: names.clone(),
            names,
            last: self.last,
            ..Self::default()
        }
    }
}

/// The longest name, in bytes, as on most file systems.
pub(super) const LONGEST_NAME: u32 = 255;

fn check(name: &Name) -> Result {
    if name.name.len() > LONGEST_NAME as usize { Err(Errno::ENAMETOOLONG) } else { Ok(()) }
}

fn shown(path: impl AsRef<Path>) -> String {
    path.as_ref().display().to_string()
}
