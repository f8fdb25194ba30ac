//! The commands in the documentation of `value_store::conformance::other_languages` print what it says.

use std::process::Command;

use tokio::net::TcpListener;
use value_store::stores::{MemoryStore, delegated};

const PAGE: &str = include_str!("../../value-store/src/conformance/other_languages.md");

/// The commands of the page, each with the output that the page shows.
fn commands() -> Vec<(&'static str, &'static str)> {
    let (_, rest) = PAGE.split_once("```console\n").expect("the page has a console");
    let (console, _) = rest.split_once("```").expect("the console ends");
    let commands = console.split("\n$ ").map(|command| command.trim_start_matches("$ "));
    commands.map(|command| command.split_once('\n').expect("each command prints something")).collect()
}

/// Expects this output, in which `…` stands for any text.
fn check_printed(command: &str, expected: &str, printed: &str) {
    let (expected, printed) = (expected.trim(), printed.trim());
    let is_as_expected = match expected.split_once('…') {
        Some((begin, end)) => printed.starts_with(begin) && printed.ends_with(end),
        None => printed == expected,
    };
    assert!(is_as_expected, "{command}\n--- expected\n{expected}\n--- printed\n{printed}");
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(not(curl), ignore = "needs curl on the PATH when it is built")]
async fn the_commands_of_the_page_print_what_it_says() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, delegated::router(MemoryStore::new())).into_future());
    assert_eq!(commands().len(), 5);
    for (command, expected) in commands() {
        let mut shell = Command::new("sh");
        let output = shell.args(["-c", command]).env("STORE", &store).env("no_proxy", "*").output().unwrap();
        assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
        check_printed(command, expected, &String::from_utf8_lossy(&output.stdout));
    }
}
