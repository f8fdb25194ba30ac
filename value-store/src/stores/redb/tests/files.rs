//! Files that become stores, are repaired, or are refused.

use std::error::Error as _;
use std::fs;

use redb::{Database, TableDefinition};

use super::super::open::UNFINISHED;
use super::*;

/// The bytes of a file after it was closed.
async fn closed_image() -> Vec<u8> {
    let (_directory, path) = scratch();
    drop(fill(&path).await);
    fs::read(&path).unwrap()
}

/// The bytes of a file after a crash: it was not closed.
async fn crashed_image() -> Vec<u8> {
    let (_directory, path) = scratch();
    let _store = fill(&path).await;
    fs::read(&path).unwrap()
}

#[tokio::test]
async fn an_empty_file_becomes_a_store() {
    let file = tempfile::NamedTempFile::new().unwrap();
    drop(fill(file.path()).await);
    check_filled(&RedbStore::open(file.path()).await.unwrap()).await;
}

/// Tries each state that a file goes through while it is made, in order.
#[tokio::test]
async fn a_file_whose_making_was_cut_off_is_made_anew() {
    let (_directory, path) = scratch();
    drop(RedbStore::open(&path).await.unwrap());
    let whole = fs::read(&path).unwrap();
    let begun = UNFINISHED.to_vec();
    let sized = [&begun[..], &vec![0; whole.len() - begun.len()]].concat();
    let half = [&begun[..], &whole[begun.len()..whole.len() / 2], &sized[whole.len() / 2..]].concat();
    let unswitched = [&begun[..], &whole[begun.len()..]].concat();

    for state in [begun, sized, half, unswitched, whole] {
        fs::write(&path, state).unwrap();
        drop(fill(&path).await);
        check_filled(&RedbStore::open(&path).await.unwrap()).await;
    }
}

/// The error of opening a file with these bytes. The file must still have them afterwards.
async fn refusal(content: &[u8]) -> OpenError {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), content).unwrap();
    let error = RedbStore::open(file.path()).await.unwrap_err();
    assert!(fs::read(file.path()).unwrap() == content, "the file was changed, and the error is {error:?}");
    error
}

#[tokio::test]
async fn a_file_of_another_kind_is_refused_and_stays() {
    let noise: Vec<u8> = (0..100_000_u32).map(|number| number.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    for content in [&b"v"[..], b"some text\n", &noise, &[0; 8192]] {
        assert!(matches!(refusal(content).await, OpenError::NotAStore { .. }));
    }
}

#[tokio::test]
async fn a_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let error = RedbStore::open(directory.path()).await.unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// The bytes of a database that is not a store, closed or as a crash leaves it.
fn foreign_database(table: &str, crashed: bool) -> Vec<u8> {
    let (_directory, path) = scratch();
    let database = Database::create(&path).unwrap();
    let transaction = database.begin_write().unwrap();
    transaction.open_table(TableDefinition::<&str, &[u8]>::new(table)).unwrap().insert("format", &b"2"[..]).unwrap();
    transaction.commit().unwrap();
    if crashed {
        return fs::read(&path).unwrap();
    }
    drop(database);
    fs::read(&path).unwrap()
}

#[tokio::test]
async fn a_database_of_someone_else_is_refused_and_stays() {
    for crashed in [false, true] {
        assert!(matches!(refusal(&foreign_database("values", crashed)).await, OpenError::NotAStore { .. }));
        assert!(matches!(refusal(&foreign_database("value_store", crashed)).await, OpenError::UnknownFormat { .. }));
    }

    let (_directory, path) = scratch();
    drop(Database::create(&path).unwrap());
    assert!(matches!(refusal(&fs::read(&path).unwrap()).await, OpenError::NotAStore { .. }));
}

#[tokio::test]
async fn a_truncated_file_is_damaged_and_stays() {
    let image = closed_image().await;
    for len in [9, 100, 320, 4096, 8192, 20_000, image.len() / 2, image.len() - 4096, image.len() - 1] {
        let error = refusal(&image[..len]).await;
        assert!(matches!(error, OpenError::Damaged { .. }), "{len} bytes: {error:?}");
    }
}

/// After a crash, the file may end in pages that hold nothing, and that it does not need.
#[tokio::test]
async fn a_truncated_file_of_a_crash_is_damaged_and_stays_or_lacks_nothing() {
    let image = crashed_image().await;
    let (_directory, path) = scratch();
    for len in (9..image.len()).step_by(2048) {
        fs::write(&path, &image[..len]).unwrap();
        match RedbStore::open(&path).await {
            Ok(store) => check_filled(&store).await,
            Err(error) => {
                assert!(matches!(error, OpenError::Damaged { .. }), "{len} bytes: {error:?}");
                assert!(fs::read(&path).unwrap() == image[..len], "{len} bytes");
            }
        }
    }
}

/// Opening finds a flipped bit, unless no value depends on it.
#[tokio::test]
async fn a_damaged_file_serves_no_wrong_value() {
    let image = closed_image().await;
    let (_directory, path) = scratch();
    let mut refused = 0;
    for position in (0..image.len()).step_by(17_857).chain((0..320).step_by(8)) {
        let mut damaged = image.clone();
        damaged[position] ^= 0x10;
        fs::write(&path, &damaged).unwrap();
        if let Ok(store) = RedbStore::open(&path).await {
            check_filled(&store).await;
        } else {
            refused += 1;
            assert!(fs::read(&path).unwrap() == damaged, "byte {position}");
        }
    }
    assert!(refused > 20, "{refused}");
}

#[tokio::test]
async fn what_a_crash_cut_off_is_repaired() {
    let (_directory, path) = scratch();
    fs::write(&path, crashed_image().await).unwrap();
    for _ in 0..2 {
        check_filled(&RedbStore::open(&path).await.unwrap()).await;
    }
}

#[tokio::test]
async fn an_error_says_what_to_do_and_why() {
    let error = refusal(b"some text").await;
    assert!(error.to_string().contains("is not a value store's file, and was not changed: choose another path"));
    assert_eq!(error.source().unwrap().to_string(), "Not a redb database: magic number mismatch");

    let error = RedbStore::open("/nowhere/at/all").await.unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/at/all could not be opened"));
    assert!(error.source().unwrap().to_string().contains("No such file"));
}
