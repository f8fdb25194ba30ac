//! The names of files and directories, and their changes in the order in which the journal holds them.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use fuser::FileType;

/// The number of a file, a directory or a symbolic link. None is used twice.
pub(super) type Number = u64;

pub(super) const ROOT: Number = 1;

#[derive(Clone)]
pub(super) enum Kind {
    File,
    Directory(BTreeMap<OsString, Number>),
    Link(PathBuf),
    /// A socket, a pipe or a device: the kernel does what is done to it.
    Special(FileType),
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// How many names it has.
    pub(super) names: u32,
}

/// A change of names, or of the length of a file.
#[derive(Clone)]
pub(super) enum Change {
    /// Something new gets its first name.
    Created {
        number: Number,
        kind: Kind,
        name: Name,
    },
    /// A file gets one name more.
    Linked {
        number: Number,
        name: Name,
    },
    Removed {
        name: Name,
    },
    Renamed {
        from: Name,
        to: Name,
    },
    /// The length of a file was set. What that means is noted with the file.
    Resized {
        number: Number,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) parent: Number,
    pub(super) name: OsString,
}

impl Name {
    pub(super) fn new(parent: Number, name: &OsStr) -> Self {
        Self { parent, name: name.to_owned() }
    }
}

/// All names at one time.
#[derive(Clone)]
pub(super) struct Names(HashMap<Number, Node>);

impl Default for Names {
    fn default() -> Self {
        Self(HashMap::from([(ROOT, Node { kind: Kind::Directory(BTreeMap::new()), names: 1 })]))
    }
}

impl Names {
    pub(super) fn node(&self, number: Number) -> Option<&Node> {
        self.0.get(&number)
    }

    pub(super) fn find(&self, name: &Name) -> Option<Number> {
        self.list(name.parent)?.get(&name.name).copied()
    }

    /// The names in a directory, if it is one.
    pub(super) fn list(&self, directory: Number) -> Option<&BTreeMap<OsString, Number>> {
        match &self.0.get(&directory)?.kind {
            Kind::Directory(names) => Some(names),
            _ => None,
        }
    }

    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Created { number, kind, name } => {
                self.0.insert(*number, Node { kind: kind.clone(), names: 0 });
                self.add(name, *number);
            }
            Change::Linked { number, name } => self.add(name, *number),
            Change::Removed { name } => drop(self.remove(name)),
            Change::Renamed { from, to } => {
                if let Some(number) = self.find(from).filter(|number| self.find(to) != Some(*number)) {
                    self.remove(to);
                    self.add(to, number);
                    self.remove(from);
                }
            }
            Change::Resized { .. } => {}
        }
    }

    fn add(&mut self, name: &Name, number: Number) {
        if let Some(names) = self.list_mut(name.parent) {
            names.insert(name.name.clone(), number);
        }
        if let Some(node) = self.0.get_mut(&number) {
            node.names += 1;
        }
    }

    fn remove(&mut self, name: &Name) -> Option<Number> {
        let number = self.list_mut(name.parent)?.remove(&name.name)?;
        if let Some(node) = self.0.get_mut(&number) {
            node.names -= 1;
        }
        Some(number)
    }

    fn list_mut(&mut self, directory: Number) -> Option<&mut BTreeMap<OsString, Number>> {
        match &mut self.0.get_mut(&directory)?.kind {
            Kind::Directory(names) => Some(names),
            _ => None,
        }
    }

    pub(super) fn has_a_name(&self, number: Number) -> bool {
        self.0.get(&number).is_some_and(|node| node.names > 0)
    }

    /// Forgets what has no name, except what `is_used`.
    pub(super) fn forget_unnamed(&mut self, is_used: impl Fn(Number) -> bool) {
        self.0.retain(|number, node| node.names > 0 || is_used(*number));
    }

    /// A path to what has this number, below the root.
    pub(super) fn path(&self, number: Number) -> Option<PathBuf> {
        if number == ROOT {
            return Some(PathBuf::new());
        }
        self.0.iter().find_map(|(parent, _)| {
            let (name, _) = self.list(*parent)?.iter().find(|(_, of)| **of == number)?;
            Some(self.path(*parent)?.join(name))
        })
    }
}
