//! The records that a case has made: between its keys and values, and those that the store sees.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::Records;

/// A record that was made for a put.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) name: Bytes,
    pub(crate) content: Bytes,
    pub(crate) version: u64,
    /// What the store sees.
    pub(crate) key: Bytes,
    pub(crate) value: Bytes,
}

/// All records that were made in one run of a case.
pub(crate) struct Issued {
    records: &'static dyn Records,
    names: Mutex<HashMap<Bytes, Name>>,
}

struct Name {
    /// Kept, since to make it may take long.
    key: Bytes,
    contents: Vec<Bytes>,
    /// The versions by their records. The contents of each come in their order, the first version is 1.
    versions: HashMap<Bytes, u64>,
}

impl Issued {
    pub(crate) fn new(records: &'static dyn Records) -> Self {
        Self { records, names: Mutex::default() }
    }

    /// The key that stands for this name.
    pub(crate) fn key(&self, name: &Bytes) -> Bytes {
        self.name(&mut self.names(), name).key.clone()
    }

    /// A record for this name that carries this content, newer than those before it.
    pub(crate) fn issue(&self, name: &Bytes, content: &Bytes) -> Record {
        let mut names = self.names();
        let issued = self.name(&mut names, name);
        issued.contents.push(content.clone());
        let version = issued.contents.len() as u64;
        let value = self.records.value(name, version, content);
        issued.versions.insert(value.clone(), version);
        Record { name: name.clone(), content: content.clone(), version, key: issued.key.clone(), value }
    }

    /// What a record carries, or the value itself if it is no record of this name.
    pub(crate) fn content(&self, name: &Bytes, value: &Bytes) -> Bytes {
        let names = self.names();
        let content = names.get(name).and_then(|issued| {
            let index = usize::try_from(issued.versions.get(value)? - 1).ok()?;
            issued.contents.get(index)
        });
        content.unwrap_or(value).clone()
    }

    /// The content of the newest record.
    pub(crate) fn newest(&self, name: &Bytes) -> Option<Bytes> {
        self.names().get(name)?.contents.last().cloned()
    }

    pub(crate) fn is_newest(&self, record: &Record) -> bool {
        self.names().get(&record.name).is_none_or(|issued| issued.contents.len() as u64 <= record.version)
    }

    pub(crate) fn invalid(&self, name: &Bytes) -> Vec<Bytes> {
        self.records.invalid(name)
    }

    fn name<'a>(&self, names: &'a mut HashMap<Bytes, Name>, name: &Bytes) -> &'a mut Name {
        let new = || Name { key: self.records.key(name), contents: Vec::new(), versions: HashMap::new() };
        names.entry(name.clone()).or_insert_with(new)
    }

    fn names(&self) -> MutexGuard<'_, HashMap<Bytes, Name>> {
        // What panics under the lock is a generator, and then the case has failed.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Namespaced;
    use super::*;

    const APP: &Namespaced = &Namespaced::new("app");

    #[test]
    fn successive_records_of_a_name_differ_and_tell_their_contents() {
        let (issued, name, same) = (Issued::new(APP), Bytes::from("name"), Bytes::from("same"));
        let [first, second] = [issued.issue(&name, &same), issued.issue(&name, &same)];
        assert_eq!(
            (&first.key, &first.value, &second.value),
            (&"/app/name".into(), &"1 same".into(), &"2 same".into())
        );
        assert_eq!(issued.content(&name, &first.value), same);
        assert!(issued.is_newest(&second) && !issued.is_newest(&first));
    }

    #[test]
    fn what_is_no_record_of_a_name_stands_for_itself() {
        let (issued, content) = (Issued::new(APP), Bytes::from("content"));
        let record = issued.issue(&"name".into(), &content);
        assert_eq!(issued.content(&"other".into(), &record.value), record.value);
        assert_eq!(issued.content(&"name".into(), &"2 content".into()), "2 content");
    }
}
