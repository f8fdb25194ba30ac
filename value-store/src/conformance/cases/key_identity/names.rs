//! Keys that mean something elsewhere: to a file system, a language or a database.

use bytes::Bytes;

use super::told_apart::{begin_differently, told_apart, whole};
use crate::conformance::history::Verdict;
use crate::conformance::session::Session;

pub(crate) async fn file_names_literal(case: &Session) -> Verdict {
    let store = case.open().await?;
    // Endings of files that a store may write beside the file of a key, or that lead a file system to the same file.
    let endings = [
        ".tmp", ".temp", ".new", ".part", ".swp", ".bak", ".old", ".lock", ".json", ".bin", ".dat", "~", ".", "..",
        ":s", "::$DATA",
    ];
    let pairs =
        endings.iter().enumerate().flat_map(|(number, ending)| [format!("{number}"), format!("{number}{ending}")]);
    let others = [
        "k", ".k", "k.a", "k.b", "k_s", "k:s", "k-s", "k|s", "k<s", "k>s", "k?s", "k*s", "k\"s", "kevin1~1", "kevin123",
    ];
    let names: Vec<_> = pairs.chain(others.map(str::to_owned)).collect();
    told_apart(case, &store, &names).await?;
    // Files that are hidden, or the copy of another.
    begin_differently(case, &store, &["", ".", "~", "#", "._"]).await?;

    // A store may also write a file beside it when a value is replaced, such as a copy of the old value.
    let fit = |key: &Bytes| key.len() <= case.max_key_len();
    let twice: Vec<_> = (0..endings.len()).map(|number| (case.key(format!("w{number}")), case.value(16))).collect();
    let beside = endings.iter().enumerate().map(|(number, ending)| case.key(format!("w{number}{ending}")));
    for _ in 0..2 {
        case.put_all(&store, &twice).await?;
    }
    case.expect_none(&store, &beside.filter(fit).collect::<Vec<_>>()).await
}

/// Each is a whole key. Nothing makes it fresh: it may have a value from an earlier run, so the case does not expect it
/// to be missing at first.
const RESERVED: &[&str] = &[
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
];

pub(crate) async fn reserved_names(case: &Session) -> Verdict {
    let store = case.open().await?;
    whole(case, &store, RESERVED).await?;
    // Namespaces and schemes that a store may strip.
    let spaces = ["", "ipns:", "ipfs:", "dht:", "kv:", "k:", "v:", "key:", "key=", "urn:", "data:,", "x-"];
    begin_differently(case, &store, &spaces).await
}
