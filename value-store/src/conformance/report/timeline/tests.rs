//! Pages of made-up histories, and where they are written.

use std::time::Duration;
use std::{env, fs};

use ::bytes::Bytes;
use tokio::time::Instant;

use super::page::{Heading, Page};
use super::{file_name, keep};
use crate::conformance::history::{Call, Kind, Operation, Outcome, Refusal};
use crate::conformance::session::Seed;
use crate::{GetValueResult, Options};

const SNAPSHOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/conformance/report/timeline/snapshot.html");

/// A made-up history. The times of its calls are in microseconds after its start.
struct Scene {
    start: Instant,
    operations: Vec<Operation>,
}

impl Scene {
    fn new() -> Self {
        Self { start: Instant::now(), operations: Vec::new() }
    }

    fn put(self, task: usize, key: &str, value: &str, begun: u64, ended: (u64, Outcome)) -> Self {
        self.call(task, key, Call::Put(Bytes::copy_from_slice(value.as_bytes())), begun, ended)
    }

    fn get(self, task: usize, key: &str, begun: u64, ended: (u64, Outcome)) -> Self {
        self.call(task, key, Call::Get, begun, ended)
    }

    fn call(mut self, task: usize, key: &str, call: Call, begun: u64, ended: (u64, Outcome)) -> Self {
        let at = |microseconds| self.start + Duration::from_micros(microseconds);
        self.operations.push(Operation {
            handle: 1,
            task,
            call,
            key: Bytes::copy_from_slice(key.as_bytes()),
            options: Options::new().into(),
            begun: at(begun),
            events: (begun, Some(ended.0)),
            ended: Some((at(ended.0), ended.1)),
        });
        self
    }

    /// Turns the last call into one that has not returned.
    fn without_last_end(mut self) -> Self {
        let last = self.operations.last_mut().unwrap();
        (last.ended, last.events.1) = (None, None);
        self
    }

    fn page(&self, blamed: &[usize]) -> String {
        self.page_of(false, blamed)
    }

    fn page_of(&self, is_of_one_key: bool, blamed: &[usize]) -> String {
        let heading = Heading {
            case: "concurrency::made_up".to_owned(),
            subject: "failed for `<store>` (tests/made_up.rs:7)".to_owned(),
            facts: vec![("rule", "CON-1: a & b".to_owned()), ("but", "get 7 returned <b>\"old\"</b>".to_owned())],
            difference: "expected 00000000  3c\n".to_owned(),
            in_full: "put 2, in full: <i>disk</i>\n".to_owned(),
            is_of_one_key,
            again: "VALUE_STORE_SEED=0x51f3 cargo test made_up -- --exact".to_owned(),
        };
        Page::new(heading, &self.operations, blamed.iter().copied().collect()).to_string()
    }
}

fn stored(at: u64) -> (u64, Outcome) {
    (at, Outcome::Stored)
}

fn found(at: u64, value: &str) -> (u64, Outcome) {
    let from = "12D3KooWRm8J3iL796zPFi2EtGGtUJn58AG67gcqzMFHZnnsTzqD".parse().unwrap();
    (at, Outcome::Found(GetValueResult { from, val: Bytes::copy_from_slice(value.as_bytes()) }))
}

fn failed(at: u64, kind: Kind, message: &str) -> (u64, Outcome) {
    let chain = ["the call failed", message].map(str::to_owned).to_vec();
    (at, Outcome::Failed(Refusal { kind, chain }))
}

/// A history with one of each thing that a page shows.
fn one_of_each() -> Scene {
    Scene::new()
        .put(1, "k", "old", 0, stored(40))
        .put(
            1,
            "<script>alert(1)</script>",
            "\" onmouseover='x' \u{202e}",
            50,
            failed(900, Kind::Backend, "<i>disk</i>\u{1b}"),
        )
        .put(3, "other", "late", 55, (1_200, Outcome::Dropped { polls: 2 }))
        .get(2, "other", 60, failed(75, Kind::NotFound, "no row"))
        .put(2, "k", "new", 100, stored(180))
        .get(5, "k", 110, found(125, "new"))
        .get(4, "k", 130, found(160, "old"))
        .get(4, "k", 135, found(150, "half"))
        .put(5, "other", "never", 2_000_000, stored(2_000_000))
        .without_last_end()
}

#[test]
fn a_page_shows_one_of_each() {
    let page = one_of_each().page(&[6]);
    if env::var_os("UPDATE_SNAPSHOTS").is_some() {
        fs::write(SNAPSHOT, &page).expect("the snapshot can be written");
    }
    let snapshot = fs::read_to_string(SNAPSHOT).unwrap_or_default();
    assert!(
        page == snapshot,
        "the page is not the one in {SNAPSHOT}. If it is meant to be, run this again with UPDATE_SNAPSHOTS=1, look at it in \
         a browser, and read what changed. It is now:\n{page}"
    );
}

#[test]
fn the_key_to_blame_is_chosen_at_first_where_the_failure_is_of_one_key() {
    let chosen = |page: String| {
        let buttons = page.lines().filter(|line| line.contains("type=\"radio\"") && line.contains(" checked>"));
        buttons.map(str::to_owned).collect::<Vec<_>>().concat()
    };
    assert!(chosen(one_of_each().page_of(true, &[6])).contains("<code>k (1 B)</code>"));
    assert!(chosen(one_of_each().page_of(false, &[6])).contains("every key"));
}

#[test]
fn what_a_store_says_is_no_markup() {
    let page = one_of_each().page(&[6]);
    for markup in ["<script", "<i>", "<b>\"", "onmouseover='", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(markup), "{markup:?} is in the page:\n{page}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; (25 B)"), "{page}");
}

#[test]
fn a_long_history_is_a_page_of_moderate_size_around_the_failure() {
    let scene = Scene::new().put(0, "k7000", "v", 0, stored(1));
    let scene = (1..10_000).zip((1..100).cycle()).fold(scene, |scene, (number, task)| {
        let begun = number * 10;
        scene.put(
            task,
            &format!("k{number}"),
            &"v".repeat(200),
            begun,
            failed(begun + 25, Kind::Backend, &"€".repeat(9_999)),
        )
    });
    let page = scene.page(&[7_000]);
    assert!(page.len() < 1_000_000, "{} B", page.len());
    let drawn = |number: usize| {
        page.contains(&format!("id=\"bar-{number}\"")) && page.contains(&format!("id=\"call-{number}\""))
    };
    assert!(drawn(7_001) && drawn(7_000) && drawn(7_002), "the failure and what was beside it");
    assert!(drawn(1), "the put that it comes after");
    assert!(!drawn(2) && !drawn(10_000), "what was far from it");
    assert!(page.contains("… 2995 calls more"), "what is left out at the end is counted");
}

#[test]
fn calls_that_took_no_time_are_drawn_one_after_the_other() {
    let scene =
        Scene::new().put(1, "k", "a", 0, stored(0)).put(2, "k", "b", 0, stored(0)).get(1, "k", 0, found(0, "a"));
    let page = scene.page(&[2]);
    for span in ["left:7.143%;width:7.143%", "left:21.429%;width:7.143%", "left:35.714%;width:7.143%"] {
        assert!(page.contains(span), "{page}");
    }
}

#[test]
fn a_file_has_the_name_of_the_test_and_the_seed() {
    assert_eq!(file_name("tests::disk::family::case", Seed(0x51f3)), "tests.disk.family.case-0x51f3.html");
    assert_eq!(file_name("../a store::family::case", Seed(1)), ".._a_store.family.case-0x1.html");
}

#[test]
fn a_page_replaces_an_older_one_or_it_is_said_why_not() {
    let target = tempfile::tempdir().unwrap();
    let directory = target.path().join("value-store");
    for page in ["a longer older one", "one"] {
        let path = keep(page, &directory, "a.html").unwrap();
        assert_eq!(fs::read_to_string(path).unwrap(), page);
    }
    let no_directory = directory.join("a.html");
    let why = keep("one", &no_directory, "b.html").unwrap_err();
    assert!(why.starts_with(&format!("{}: ", no_directory.join("b.html").display())), "{why}");
}
