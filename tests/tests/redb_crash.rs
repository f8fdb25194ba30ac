//! A process that puts is killed at some moment. What the store acknowledged must be in the file.
//!
//! The process is this test binary again, which runs only the test `role`.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::time::Duration;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use value_store::stores::{OpenError, RedbStore};
use value_store::{Options, ValueStore};
use value_store_tests::numbered::{number, value};
use value_store_tests::role::{self, say, start};

const KILLS: u64 = 50;
const TASKS: u64 = 8;
/// The keys of each task. It puts to them in turn, so that some puts are of new keys and the others replace values.
const KEYS: u64 = 30;

/// What the children acknowledged: the highest number for each key.
type Acknowledged = HashMap<String, u64>;

#[test]
fn nothing_acknowledged_is_lost_when_the_process_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("values.redb");
    let mut acknowledged = Acknowledged::new();
    for kill in 0..KILLS {
        // Some children die while they repair the file that the last one left, most while they put.
        let puts = usize::try_from(kill * 89 % 150).unwrap();
        run_and_kill(&path, puts, Duration::from_micros(kill * 791 % 5_000), &mut acknowledged);
        check_store(&path, &acknowledged);
    }
    check_file(&path, &acknowledged);
}

#[test]
fn a_file_whose_making_was_killed_becomes_a_store() {
    let directory = tempfile::tempdir().unwrap();
    for kill in 0..KILLS {
        let path = directory.path().join(kill.to_string());
        let mut acknowledged = Acknowledged::new();
        run_and_kill(&path, 0, Duration::from_micros(kill * 200), &mut acknowledged);
        check_store(&path, &acknowledged);
    }
}

#[test]
fn a_file_that_another_process_has_open_is_not_opened() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("values.redb");
    let mut child = start("hold", &path);
    let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "open"));

    let error = block_on(RedbStore::open(&path)).unwrap_err();
    assert!(matches!(error, OpenError::AlreadyOpen { .. }), "{error:?}");
    assert!(error.to_string().contains("is open already, in this process or another"));

    child.kill().unwrap();
    child.wait().unwrap();
    block_on(RedbStore::open(&path)).unwrap();
}

/// Starts a child, waits for this many acknowledged puts and for some time more, and kills it. Notes all puts that it
/// acknowledged.
fn run_and_kill(path: &Path, puts: usize, then: Duration, acknowledged: &mut Acknowledged) {
    let mut child = start("put", path);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut next = || {
        let mut line = String::new();
        lines.read_line(&mut line).unwrap();
        // Only whole lines count: the last one may be cut off.
        line.ends_with('\n').then_some(line)
    };
    let mut seen = 0;
    while seen < puts {
        seen += usize::from(note(&next().expect("the child goes on until it is killed"), acknowledged));
    }
    std::thread::sleep(then);
    child.kill().unwrap();
    while let Some(line) = next() {
        note(&line, acknowledged);
    }
    child.wait().unwrap();
}

/// Notes the put that the line acknowledges. Returns whether there is one: other lines are of the test harness.
fn note(line: &str, acknowledged: &mut Acknowledged) -> bool {
    let put = line.trim_end().strip_prefix("put ").and_then(|put| put.split_once(' '));
    if let Some((key, number)) = put {
        acknowledged.insert(key.into(), number.parse().unwrap());
    }
    put.is_some()
}

/// A value may be newer than the last acknowledged one, if the child was killed before it could acknowledge the put. It is
/// never older.
fn check_store(path: &Path, acknowledged: &Acknowledged) {
    block_on(async {
        let store = RedbStore::open(path).await.unwrap();
        for (key, expected) in acknowledged {
            let found = store.get(key.as_bytes(), &Options::new()).await.unwrap();
            assert!(number(&found.val) >= *expected, "{key} has {}, not {expected}", number(&found.val));
        }
    });
}

/// Checks that the file is an ordinary redb database, with the tables that the documentation names.
fn check_file(path: &Path, acknowledged: &Acknowledged) {
    let database = Database::open(path).unwrap();
    let transaction = database.begin_read().unwrap();
    let values = transaction.open_table(TableDefinition::<&[u8], &[u8]>::new("values")).unwrap();
    for (key, expected) in acknowledged {
        assert!(number(values.get(key.as_bytes()).unwrap().unwrap().value()) >= *expected);
    }
    for entry in values.iter().unwrap() {
        let _whole = number(entry.unwrap().1.value());
    }
    let about = transaction.open_table(TableDefinition::<&str, &[u8]>::new("value_store")).unwrap();
    assert_eq!(about.get("format").unwrap().unwrap().value(), b"1");
    let peer_id = value_store::PeerId::from_bytes(about.get("peer_id").unwrap().unwrap().value()).unwrap();
    drop((about, values, transaction, database));
    assert_eq!(block_on(RedbStore::open(path)).unwrap().peer_id(), peer_id);
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(future)
}

#[test]
#[ignore = "it is what the other tests run as a child process"]
fn role() {
    let Some((role, path)) = role::of_this_process() else { return };
    block_on(async {
        let store = RedbStore::open(path).await.unwrap();
        match role.as_str() {
            "put" => put_until_killed(&store).await,
            "hold" => hold_until_killed(&store),
            _ => panic!("there is no role {role}"),
        }
    });
}

async fn put_until_killed(store: &RedbStore) {
    let tasks: Vec<_> = (0..TASKS)
        .map(|task| {
            let store = store.clone();
            tokio::spawn(async move { put_in_turn(&store, task).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

async fn put_in_turn(store: &RedbStore, task: u64) {
    let start = start_number(store, task).await;
    for number in start.. {
        let key = format!("{task}/{}", number % KEYS);
        store.put(key.as_bytes(), value(number).into(), &Options::new()).await.unwrap();
        say(&format!("put {key} {number}"));
    }
}

/// A number above all that the task put in earlier processes.
async fn start_number(store: &RedbStore, task: u64) -> u64 {
    let mut start = 0;
    for key in 0..KEYS {
        if let Ok(found) = store.get(format!("{task}/{key}").as_bytes(), &Options::new()).await {
            start = start.max(number(&found.val) + 1);
        }
    }
    start
}

/// Holds the store until the process is killed, or its parent ends: then the input ends.
fn hold_until_killed(store: &RedbStore) {
    say("open");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    drop(store.clone());
}
