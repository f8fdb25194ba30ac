//! Which cases a store fails that takes plain calls, and refuses those that are odd in one way.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use value_store::Error;
use value_store_tests::snapshot;

use crate::store::{See, suite};

/// Like files below a directory: what has something below it is a directory, and has no value of its own.
fn directories() -> Arc<See> {
    let files: Mutex<BTreeSet<Vec<u8>>> = Mutex::default();
    Arc::new(move |key, value| {
        let path = key.strip_prefix(b"/").unwrap_or(key);
        if path.split(|byte| *byte == b'/').any(|part| matches!(part, b"" | b"." | b"..")) {
            return Err(Error::InvalidKey("no path".into()));
        }
        let mut files = files.lock().unwrap();
        let is_below =
            |path: &[u8], parent: &[u8]| path.strip_prefix(parent).is_some_and(|rest| rest.starts_with(b"/"));
        if value.is_some() {
            if files.iter().any(|other| is_below(path, other) || is_below(other, path)) {
                return Err(Error::backend("a directory"));
            }
            files.insert(path.to_vec());
        }
        Ok(())
    })
}

fn refuses_empty_values() -> Arc<See> {
    Arc::new(|_, value| match value {
        Some([]) => Err(Error::InvalidValue("empty".into())),
        _ => Ok(()),
    })
}

fn refuses_keys_that_are_no_text() -> Arc<See> {
    Arc::new(|key, _| std::str::from_utf8(key).map(drop).map_err(|error| Error::InvalidKey(error.to_string())))
}

fn refuses_long_values() -> Arc<See> {
    Arc::new(|_, value| match value {
        Some(value) if value.len() > 64 << 10 => Err(Error::InvalidValue("more than 64 KiB".into())),
        _ => Ok(()),
    })
}

/// The sentences of the cases that fail have to be about what is refused: read them before you commit another list.
#[test]
fn only_the_cases_about_what_is_refused_fail() {
    let stores = [
        ("a slash makes a directory", directories()),
        ("the empty value is refused", refuses_empty_values()),
        ("keys that are not UTF-8 are refused", refuses_keys_that_are_no_text()),
        ("values over 64 KiB are refused", refuses_long_values()),
    ];
    let mut failed = String::new();
    for (name, see) in stores {
        let _ = writeln!(failed, "{name}");
        for case in suite(see).seed(1).run().failed().filter(|case| case.ground.is_none()) {
            let _ = writeln!(failed, "    {}: {}", case.name, case.rule);
        }
    }
    snapshot::expect("tests/plain_calls/refused.txt", &failed);
}
