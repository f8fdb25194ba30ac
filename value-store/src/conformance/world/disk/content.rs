//! What files contain, in pages: now, and after the power has gone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::survival::Survival;

/// The unit in which the system keeps and writes back what files contain.
pub(super) const PAGE: usize = 4096;

/// What a disk writes whole or not at all.
pub(super) const SECTOR: usize = 512;

type Page = Arc<[u8; PAGE]>;

/// Bytes in pages. A page that is not there is full of zeros.
#[derive(Clone, Default)]
pub(super) struct Content {
    length: u64,
    pages: BTreeMap<u64, Page>,
}

impl Content {
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// How many pages take room on the disk.
    pub(super) fn pages(&self) -> usize {
        self.pages.len()
    }

    pub(super) fn read(&self, offset: u64, size: usize) -> Vec<u8> {
        let end = offset.saturating_add(size as u64).min(self.length);
        let mut bytes = Vec::with_capacity(usize::try_from(end.saturating_sub(offset)).unwrap_or(0));
        for part in parts(offset, end) {
            match self.pages.get(&part.page) {
                Some(page) => bytes.extend_from_slice(&page[part.from..part.to]),
                None => bytes.resize(bytes.len() + (part.to - part.from), 0),
            }
        }
        bytes
    }

    fn put(&mut self, number: u64, page: Page, end: u64) {
        self.pages.insert(number, page);
        self.length = self.length.max(end);
    }

    fn resize(&mut self, length: u64) {
        if length < self.length {
            let (last, rest) = (length / PAGE as u64, within(length));
            self.pages.split_off(&(last + u64::from(rest > 0)));
            if let Some(page) = self.pages.get_mut(&last) {
                Arc::make_mut(page)[rest..].fill(0);
            }
        }
        self.length = length;
    }
}

/// A part of a range of bytes that lies in one page.
struct Part {
    page: u64,
    from: usize,
    to: usize,
}

fn parts(mut offset: u64, end: u64) -> impl Iterator<Item = Part> {
    std::iter::from_fn(move || {
        let (page, from) = (offset / PAGE as u64, within(offset));
        let to = PAGE.min(from + usize::try_from(end.saturating_sub(offset)).unwrap_or(PAGE));
        offset += (to - from) as u64;
        (to > from).then_some(Part { page, from, to })
    })
}

fn within(offset: u64) -> usize {
    usize::try_from(offset % PAGE as u64).unwrap_or(0)
}

/// A file: what it contains now, what it contained when it was last synced, and what has happened to it since.
#[derive(Default)]
pub(super) struct File {
    /// Pages that have room on the disk whatever else takes it.
    reserved: BTreeSet<u64>,
    now: Content,
    synced: Content,
    since: Vec<Step>,
}

enum Step {
    /// A page was written. The file then had at least this length.
    Wrote { number: u64, page: Page, end: u64, size: usize, is_new: bool, was_dropped: bool },
    /// The length was set. That is a change of the journal, with this number.
    Resized { change: u64, length: u64 },
}

impl File {
    /// A file of a disk whose power has just come back.
    pub(super) fn found(content: Content) -> Self {
        Self { now: content.clone(), synced: content, ..Self::default() }
    }

    pub(super) fn now(&self) -> &Content {
        &self.now
    }

    /// How many bytes of a write fit where there is room for so many pages more.
    pub(super) fn fitting(&self, offset: u64, size: usize, free: usize) -> usize {
        let has_room = |page: u64| self.now.pages.contains_key(&page) || self.reserved.contains(&page);
        let (mut free, mut fitting) = (free, 0);
        for part in parts(offset, offset.saturating_add(size as u64)) {
            if !has_room(part.page) {
                let Some(left) = free.checked_sub(1) else { break };
                free = left;
            }
            fitting += part.to - part.from;
        }
        fitting
    }

    /// How many pages take room on the disk.
    pub(super) fn room(&self) -> usize {
        self.now.pages() + self.reserved.iter().filter(|page| !self.now.pages.contains_key(page)).count()
    }

    pub(super) fn reserve(&mut self, offset: u64, size: u64) {
        self.reserved.extend(parts(offset, offset.saturating_add(size)).map(|part| part.page));
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        let mut rest = bytes;
        for part in parts(offset, offset + bytes.len() as u64) {
            let (here, after) = rest.split_at(part.to - part.from);
            rest = after;
            let old = self.now.pages.get(&part.page);
            let mut page = old.map_or_else(|| Box::new([0; PAGE]), |old| Box::new(**old));
            page[part.from..part.to].copy_from_slice(here);
            let (page, begin) = (Page::from(page), part.page * PAGE as u64);
            let is_new = old.is_none() || begin + part.to as u64 > self.now.length;
            self.now.put(part.page, Arc::clone(&page), begin + part.to as u64);
            // What was in the page before is a part of it, too.
            let end = self.now.length.min(begin + PAGE as u64);
            self.since.push(Step::Wrote { number: part.page, page, end, size: here.len(), is_new, was_dropped: false });
        }
    }

    pub(super) fn resize(&mut self, length: u64, change: u64) {
        self.now.resize(length);
        self.reserved.split_off(&length.div_ceil(PAGE as u64));
        self.since.push(Step::Resized { change, length });
    }

    /// Whether the system has something to write when the file is synced.
    pub(super) fn is_dirty(&self) -> bool {
        self.since.iter().any(|step| matches!(step, Step::Wrote { was_dropped: false, .. }))
    }

    /// Whether a sync writes pages that have no place on the disk yet, which the journal has to note.
    pub(super) fn has_new_pages(&self) -> bool {
        self.since.iter().any(|step| matches!(step, Step::Wrote { is_new: true, was_dropped: false, .. }))
    }

    pub(super) fn sync(&mut self) {
        for step in self.since.drain(..) {
            match step {
                Step::Wrote { number, page, end, was_dropped: false, .. } => self.synced.put(number, page, end),
                Step::Wrote { .. } => {}
                Step::Resized { length, .. } => self.synced.resize(length),
            }
        }
    }

    /// A sync that fails: the pages stay as they are, but nobody will write them unless they change again.
    pub(super) fn fail_to_sync(&mut self) {
        for step in &mut self.since {
            if let Step::Wrote { was_dropped, .. } = step {
                *was_dropped = true;
            }
        }
    }

    /// How many of the bytes that were written have not been synced.
    pub(super) fn unsynced(&self) -> usize {
        let size = |step: &Step| if let Step::Wrote { size, .. } = step { *size } else { 0 };
        self.since.iter().map(size).sum()
    }

    /// What the file contains after the power has gone, when the journal was written up to the change `upto`.
    pub(super) fn after_power_loss(&self, upto: u64, survival: &mut Survival) -> Content {
        let mut content = self.synced.clone();
        // The pages that are as they were written, in that order.
        let writes = self.since.iter().filter(|step| matches!(step, Step::Wrote { .. })).count();
        let (hole, mut place) = (survival.hole(writes), 0);
        for step in &self.since {
            match step {
                Step::Resized { change, length } if *change <= upto => content.resize(*length),
                // What was written later has its place on the disk in later parts of the journal.
                Step::Resized { .. } => break,
                Step::Wrote { was_dropped: true, .. } => {}
                Step::Wrote { number, page, end, .. } => {
                    let sectors = survival.sectors(place, writes, hole);
                    place += 1;
                    if let Some(survived) = mixed(content.pages.get(number), page, sectors) {
                        content.put(*number, survived, *end);
                    } else if survival.keeps_length() {
                        content.length = content.length.max(*end);
                    }
                }
            }
        }
        content
    }
}

/// The page with those of its sectors that were written, whose bits are set.
fn mixed(old: Option<&Page>, new: &Page, sectors: u8) -> Option<Page> {
    if sectors == u8::MAX {
        return Some(Arc::clone(new));
    }
    let mut page = old.map_or([0; PAGE], |old| **old);
    for sector in (0..PAGE / SECTOR).filter(|sector| sectors & 1 << sector != 0) {
        let bytes = sector * SECTOR..(sector + 1) * SECTOR;
        page[bytes.clone()].copy_from_slice(&new[bytes]);
    }
    (sectors != 0).then(|| page.into())
}
