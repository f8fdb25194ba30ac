//! Keys that mean something elsewhere: to a file system, a language or a database.

use bytes::Bytes;

use super::told_apart::{begin_differently, told_apart, whole};
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

/// Endings of files that a store may write beside the file of a key, or that lead a file system to the same file.
pub(crate) const ENDINGS: &[&str] = &[
    ".tmp", ".temp", ".new", ".part", ".swp", ".bak", ".old", ".orig", ".lock", ".json", ".bin", ".dat", ".meta",
    ".idx", ".log", ".key", ".value", ".0", ".1", "~", ".", "..", ":s", "::$DATA",
];

/// Endings of keys under which a store may keep something about a key, or below which it may keep the value.
const BELOW: &[&str] = &[
    "/", "/.object", "/.value", "/.meta", "/data", "/value", "/meta", "/0", "/.", "/index", "#", "#1", "@", "@1", ":",
    ":0", ":1", ":meta", ":ttl", ":lock", ":value", "_", "_meta", "-1", "$", "!", "?", ";", ",", "|", "=", "[]", "[0]",
    "\0", "\0meta", "\x01", "\x7f",
];

/// Beginnings of names of files that a store may write beside the file of a key, and of keys where it may keep something
/// about a key.
const BEGINNINGS: &[&str] = &[
    ".", "..", "~", "#", "_", "__", "-", ".tmp-", ".#", "~$", "._", "tmp/", "lock:", "meta:", "old:", "new:", "lock/",
    "meta/", "$", "!", "@",
];

pub(crate) async fn file_names_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    let others = [
        "k", ".k", "k.a", "k.b", "k_s", "k:s", "k-s", "k|s", "k<s", "k>s", "k?s", "k*s", "k\"s", "kevin1~1", "kevin123",
    ];
    let names: Vec<_> = with_endings("", ENDINGS).chain(others.map(str::to_owned)).collect();
    told_apart(case, &store, &names).await?;
    // Files that are hidden, or the copy of another.
    begin_differently(case, &store, &["", ".", "~", "#", "._"]).await?;

    // A store may also write a file beside it when a value is replaced, such as a copy of the old value.
    let fit = |key: &Bytes| key.len() <= case.max_key_len();
    let twice: Vec<_> = (0..ENDINGS.len()).map(|number| (case.key(format!("w{number}")), case.value(16))).collect();
    let beside = ENDINGS.iter().enumerate().map(|(number, ending)| case.key(format!("w{number}{ending}")));
    for _ in 0..2 {
        case.put_all(&store, &twice).await?;
    }
    case.expect_none(&store, &beside.filter(fit).collect::<Vec<_>>()).await
}

/// A key, and what a store may make of it: keys with the same beginning, with the same directory, and with the same end.
pub(crate) async fn keys_made_of_keys(case: &Session) -> Verdict {
    let store = case.open().await?;
    told_apart(case, &store, &with_endings("b", BELOW).collect::<Vec<_>>()).await?;
    told_apart(case, &store, &with_beginnings("d/").collect::<Vec<_>>()).await?;
    begin_differently(case, &store, &with_beginnings("").collect::<Vec<_>>()).await
}

/// For each ending a name, and the name with that ending.
fn with_endings(kind: &str, endings: &[&str]) -> impl Iterator<Item = String> {
    let endings = endings.iter().enumerate();
    endings.flat_map(move |(number, ending)| [format!("{kind}{number}"), format!("{kind}{number}{ending}")])
}

/// For each beginning a name, and the name with that beginning, both in this directory.
fn with_beginnings(directory: &str) -> impl Iterator<Item = String> {
    let beginnings = BEGINNINGS.iter().enumerate();
    beginnings.flat_map(move |(number, beginning)| {
        [format!("{directory}{number}."), format!("{directory}{beginning}{number}.")]
    })
}

/// Each is a whole key. Nothing makes it fresh where worlds share their keys.
pub(crate) const RESERVED: &[&str] = &[
    "null",
    "undefined",
    "nil",
    "None",
    "NaN",
    "true",
    "True",
    "false",
    "0",
    "-1",
    "__proto__",
    "constructor",
    "toString",
    "length",
    "default",
    "index",
    "data",
    "meta",
    "metadata",
    "__meta__",
    "_id",
    "id",
    "count",
    "size",
    "config",
    "schema",
    "version",
    "key",
    "value",
    "keys",
    "lock",
    "LOCK",
    "MANIFEST",
    "~",
    "-",
    "_",
    "*",
    "%",
    "?",
    "#",
    " ",
    "\n",
    "\t",
    "CON",
    "con",
    "NUL",
    "AUX",
    "COM1",
    ".DS_Store",
    ".lock",
    ".tmp",
    "\0",
    "\x01",
    "\u{7f}",
    // What objects and classes have in some language from birth.
    "hasOwnProperty",
    "isPrototypeOf",
    "valueOf",
    "prototype",
    "__class__",
    "__dict__",
    "__init__",
    "self",
    "this",
    "name",
    "type",
    "get",
    "put",
    "set",
    "values",
    "items",
    // What databases call their own.
    "NULL",
    "rowid",
    "oid",
    "sqlite_master",
    "sqlite_sequence",
    "information_schema",
    "pg_catalog",
    "__default__",
    "db",
    "db.lock",
    "data.mdb",
    "values.redb",
    "CURRENT",
    "IDENTITY",
    "LOG",
    "OPTIONS",
    "VERSION",
    "__version__",
    "generation",
    "last",
    "next",
    "head",
    "root",
    "log",
    "wal",
    // What networks call theirs.
    "peer",
    "peers",
    "providers",
    "/pk/",
    "/ipns/",
    "/providers/",
    // What file systems do.
    "lost+found",
    "tmp",
    ".git",
    ".tombstone",
    "Thumbs.db",
    "PRN",
    "LPT1",
];

pub(crate) async fn reserved_names(case: &Session) -> Verdict {
    let store = case.open().await?;
    whole(case, &store, RESERVED).await?;
    // Namespaces and schemes that a store may strip.
    let spaces = ["", "ipns:", "ipfs:", "dht:", "kv:", "k:", "v:", "key:", "key=", "urn:", "data:,", "x-"];
    begin_differently(case, &store, &spaces).await
}
