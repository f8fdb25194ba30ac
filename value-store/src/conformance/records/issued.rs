//! The records that a case has made. They map the keys and values of the case to those that the store sees, and back.

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
    /// The key that the store sees.
    pub(crate) key: Bytes,
    /// The value that the store sees.
    pub(crate) value: Bytes,
}

/// All records that were made in one run of a case.
pub(crate) struct Issued {
    records: &'static dyn Records,
    names: Mutex<HashMap<Bytes, Name>>,
}

struct Name {
    /// Kept because making it may take long.
    key: Bytes,
    /// The contents of all records in the order of their versions, which begin at 1.
    contents: Vec<Bytes>,
    /// The version of each record, by its value.
    versions: HashMap<Bytes, u64>,
}

impl Issued {
    pub(crate) fn new(records: &'static dyn Records) -> Self {
        Self { records, names: Mutex::default() }
    }

    /// The key that the store sees for this name.
    pub(crate) fn key(&self, name: &Bytes) -> Bytes {
        self.name(&mut self.names(), name).key.clone()
    }

    /// Makes a record for this name that carries this content, and that is newer than all earlier ones.
    pub(crate) fn issue(&self, name: &Bytes, content: &Bytes) -> Record {
        let mut names = self.names();
        let issued = self.name(&mut names, name);
        issued.contents.push(content.clone());
        let version = issued.contents.len() as u64;
        let value = self.records.value(name, version, content);
        issued.versions.insert(value.clone(), version);
        Record { name: name.clone(), content: content.clone(), version, key: issued.key.clone(), value }
    }

    /// The content of the record with this value, or the value itself if no record of this name has it.
    pub(crate) fn content(&self, name: &Bytes, value: &Bytes) -> Bytes {
        let names = self.names();
        let content = names.get(name).and_then(|issued| {
            let index = usize::try_from(issued.versions.get(value)? - 1).ok()?;
            issued.contents.get(index)
        });
        content.unwrap_or(value).clone()
    }

    /// The content of the newest record of this name.
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
        // Only a generator can panic while the lock is held, and then the case has failed.
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Namespaced;
    use super::*;

    const APP: &Namespaced = &Namespaced::new("app");

    #[test]
    fn successive_records_of_a_name_differ_and_have_their_contents() {
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
    fn a_value_that_is_no_record_of_the_name_is_its_own_content() {
        let (issued, content) = (Issued::new(APP), Bytes::from("content"));
        let record = issued.issue(&"name".into(), &content);
        assert_eq!(issued.content(&"other".into(), &record.value), record.value);
        assert_eq!(issued.content(&"name".into(), &"2 content".into()), "2 content");
    }
}
