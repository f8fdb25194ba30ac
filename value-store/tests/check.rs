//! `value-store check`, on servers of this command itself.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use value_store::conformance::{Outcome, Report};

const COMMAND: &str = env!("CARGO_BIN_EXE_value-store");

/// A server for each world that keeps its values in the world's directory.
fn durable() -> String {
    format!("{COMMAND} serve --store redb:$VALUE_STORE_DIR/values.redb --listen 127.0.0.1:0")
}

fn memory() -> String {
    format!("{COMMAND} serve --listen 127.0.0.1:0")
}

fn check_in(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(COMMAND);
    command.arg("check").args(arguments).current_dir(directory).stdin(Stdio::null());
    command.output().expect("the command runs")
}

fn check(arguments: &[&str]) -> Output {
    check_in(tempfile::tempdir().unwrap().path(), arguments)
}

fn stdout(output: &Output) -> &str {
    str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    str::from_utf8(&output.stderr).unwrap()
}

/// Checks that the arguments are refused with this error.
fn refused(arguments: &[&str], error: &str) {
    let output = check(arguments);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {output:?}");
    assert!(stderr(&output).contains(error), "{arguments:?}: {}", stderr(&output));
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_good_store_passes_and_leaves_the_files_that_were_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let files =
        ["--json", "out/a.json", "--junit", "a.xml", "--markdown", "a.md", "--html", "a.html", "--badge", "a.svg"];
    let mut arguments = vec!["--name", "memory@0.1", "--claim", "shared", "--only", "round_trip", "--only", "shared"];
    let start = memory();
    arguments.extend(["--start", &start]);
    arguments.extend(files);
    let output = check_in(directory.path(), &arguments);

    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let last = stdout(&output).lines().last().unwrap();
    assert!(last.starts_with("memory 0.1: ") && last.contains(" 0 failed"), "{last}");
    let read = |file: &str| fs::read_to_string(directory.path().join(file)).unwrap();
    let report: Report = serde_json::from_str(&read("out/a.json")).unwrap();
    let (version, claims) = (Some("0.1".to_owned()), vec!["shared".to_owned()]);
    assert_eq!((report.name.as_str(), report.version.clone(), report.claims.clone()), ("memory", version, claims));
    assert!(report.passed().count() > 10 && report.is_success(), "{report}");
    assert_eq!(read("a.md"), report.markdown());
    let staleness = report.staleness.as_ref().expect("it was looked at").to_string();
    assert!(staleness.starts_with("No stale read was seen in ") && stdout(&output).contains(&staleness), "{output:?}");
    assert!(read("a.html").contains(&staleness) && read("a.md").contains(&staleness), "{staleness}");
    for (file, beginning) in [("a.xml", "<?xml"), ("a.html", "<!doctype html>"), ("a.svg", "<svg")] {
        assert!(read(file).starts_with(beginning), "{file}: {}", read(file));
    }
}

#[test]
fn how_stale_reads_are_is_not_looked_at_where_it_is_promised_or_one_case_is_asked_for() {
    let start = memory();
    for more in [&["--only", "at_rest", "--claim", "linearizable"][..], &["--only", "at_rest::time_takes_nothing"]] {
        let output = check(&[&["--start", &start], more].concat());
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        assert!(!stdout(&output).contains("stale"), "{output:?}");
    }
}

/// The server is killed, and so is what it has started.
#[test]
fn a_store_that_keeps_its_values_is_killed_and_passes() {
    let only = ["right_after_ok", "amid_an_overwrite", "while_opening"].map(|case| format!("--only=killed::{case}"));
    let start = durable();
    let mut arguments = vec!["--start", &start, "--claim", "durable", "--only", "durable::value_survives"];
    arguments.extend(only.iter().map(String::as_str));
    let output = check(&arguments);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stdout(&output).contains("4 passed, 0 failed, 0 ignored"), "{}", stdout(&output));
}

#[test]
fn a_store_that_forgets_fails_with_its_causes_and_how_to_run_it_again() {
    let start = memory();
    let cases = ["--only", "durable::value_survives", "--only", "durable::overwrite_survives"];
    let output = check(
        &[&["--start", &start, "--name", "forgetful", "--claim", "durable", "--seed", "0x51f3"], &cases[..]].concat(),
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = stdout(&output);
    for part in [
        "durable::value_survives failed for `forgetful`\n  rule DUR-1: ",
        "     the store is closed and opened again\n",
        "--claim durable --seed 0x51f3 --only durable::value_survives\n",
        "\n1. get 2 ended with NotFound, where put 1 had stored ",
        "\n  durable::value_survives, and 1 that stands on them\n",
        "\nforgetful: 0 passed, 2 failed, 0 ignored, in ",
    ] {
        assert!(text.contains(part), "{part:?} is not in:\n{text}");
    }
    assert!(
        stderr(&output).starts_with("FAILED durable::value_survives: get 2 ended with NotFound"),
        "{}",
        stderr(&output)
    );
}

/// A seed has the same cases fail in the same way, and a report leads to the case.
#[test]
fn what_a_report_says_to_run_again_runs_again() {
    let start = memory();
    // A tenth of the deadline is there to find the smallest example: enough on any machine.
    let cases = ["--only", "durable::value_survives", "--anyway", "--deadline", "600s"];
    let one = [&["--start", &start, "--claim", "durable", "--seed", "7"], &cases[..]].concat();
    let calls = |output: &Output| -> Vec<String> {
        let rows = stdout(output).lines().filter(|line| line.contains("  put  ") || line.contains("  get  "));
        rows.filter_map(|line| line.split_once("->")).map(|(call, _)| call.to_owned()).collect()
    };
    let (first, second) = (check(&one), check(&one));
    assert_eq!(calls(&first).len(), 2, "{}", stdout(&first));
    assert_eq!(calls(&first), calls(&second));
}

#[test]
fn a_case_that_stands_on_a_failure_has_a_report_where_only_it_is_asked_for() {
    let start = memory();
    let start = ["--start", &start, "--claim", "durable"];
    let output = check(&[&start[..], &["--only", "durable::overwrite_survives"]].concat());
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        text.contains("it stands on durable::value_survives, which failed\n  to judge it all the same: "),
        "{text}"
    );
}

#[test]
fn what_was_not_judged_is_told_and_not_on_the_badge() {
    let directory = tempfile::tempdir().unwrap();
    let start = memory();
    let arguments = ["--start", &start, "--claim", "shared", "--claim", "durable", "--badge", "badge.svg"];
    let only = ["--only", "shared", "--only", "durable", "--skip", "durable=it has no disk"];
    let output = check_in(directory.path(), &[&arguments[..], &only[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stdout(&output).contains(" ignored: it has no disk\n"), "{}", stdout(&output));
    let badge = fs::read_to_string(directory.path().join("badge.svg")).unwrap();
    assert!(badge.contains("<title>value store: shared: 100 %</title>"), "{badge}");
}

#[test]
fn a_file_that_cannot_be_written_costs_neither_the_verdict_nor_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let start = memory();
    let files = ["--json", ".", "--markdown", "report.md"];
    let output =
        check_in(directory.path(), &[&["--start", &start, "--only", "round_trip::put_then_get"], &files[..]].concat());
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(stderr(&output).contains(". cannot be written: ") && stdout(&output).contains("1 passed"), "{output:?}");
    assert!(fs::read_to_string(directory.path().join("report.md")).unwrap().contains("1 passed"));
}

#[test]
fn a_token_is_sent() {
    let directory = tempfile::tempdir().unwrap();
    let token = directory.path().join("token");
    fs::write(&token, "abc123").unwrap();
    let token = token.to_str().unwrap();
    let start = format!("{} --token {token}", memory());
    let with =
        |arguments: &[&str]| check(&[&["--start", &start, "--only", "round_trip::put_then_get"], arguments].concat());
    assert_eq!(with(&["--token", token]).status.code(), Some(0));
    assert_eq!(with(&[]).status.code(), Some(1));
}

#[test]
fn a_file_has_what_the_command_line_does_not_say() {
    let directory = tempfile::tempdir().unwrap();
    let toml = format!(
        "name = 'memory@2'\nstart = {:?}\nclaims = ['shared', 'durable']\nonly = ['durable', 'missing']\njson = 'kept.json'\n\
         seed = '0x10'\n[skip]\ndurable = 'not here'\n[expect-failure]\n'missing::unknown_key_is_not_found' = 'it is found'\n",
        memory()
    );
    fs::write(directory.path().join("value-store.toml"), toml).unwrap();
    let output = check_in(directory.path(), &["--name", "other@3"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let report: Report =
        serde_json::from_str(&fs::read_to_string(directory.path().join("kept.json")).unwrap()).unwrap();
    assert_eq!(
        (report.title(), report.seed, report.claims.join(" ")),
        ("other 3".to_owned(), 16, "shared durable".to_owned())
    );
    let failed: Vec<_> = report.failed().map(|case| case.name.as_str()).collect();
    assert_eq!(failed, ["missing::unknown_key_is_not_found"], "it passed, and was expected to fail");
    let skipped = report.cases.iter().filter(|case| case.family() == "durable");
    let reasons: Vec<_> = skipped.map(|case| case.outcome.clone()).collect();
    assert!(reasons.len() > 5 && reasons.iter().all(|it| *it == Outcome::Ignored { reason: "not here".to_owned() }));

    let output = check_in(directory.path(), &["--only", "factory"]);
    assert_eq!(output.status.code(), Some(0), "the file's cases are not run: {output:?}");
    let report: Report =
        serde_json::from_str(&fs::read_to_string(directory.path().join("kept.json")).unwrap()).unwrap();
    assert!(report.cases.iter().all(|case| case.family() == "factory"), "{report}");
}

#[test]
fn a_file_with_a_mistake_is_refused_at_its_place() {
    let directory = tempfile::tempdir().unwrap();
    for (toml, error) in [
        ("claim = ['durable']", "unknown field `claim`, expected one of `url`, `start`, `name`, `claims`"),
        ("claims = ['setled']", "there is no claim `setled`; there are durable, shared"),
        ("start = 5", "invalid type: integer `5`, expected a string"),
        ("[skip]\n'overwrite::second_put_win' = 'why'", "did you mean `overwrite::second_put_wins`?"),
        ("[skip]\noverwrite = ' '", "`overwrite`: say why"),
        ("url = 'http://127.0.0.1:1'\nstart = 'true'", "there are both `url` and `start`"),
        ("deadline = '5'", "time unit needed"),
        ("records = 'ipfs'", "\"ipfs\" is neither `namespaced`, `namespaced:NAME` nor `ipns`"),
    ] {
        fs::write(directory.path().join("value-store.toml"), toml).unwrap();
        let output = check_in(directory.path(), &[]);
        assert_eq!(output.status.code(), Some(2), "{toml}: {output:?}");
        assert!(stderr(&output).contains(error), "{toml}: {}", stderr(&output));
    }
}

#[test]
fn what_cannot_be_judged_is_refused_with_what_to_do() {
    refused(&[], "help: give the URL of a server that runs, or --start");
    refused(&["http://127.0.0.1:1"], "error: nobody answers at http://127.0.0.1:1: ");
    refused(&["localhost:5001"], "is not the URL of a delegate, such as http://127.0.0.1:5001");
    refused(&["http://127.0.0.1:1", "--claim", "durable"], "help: use --start with the command that starts it");
    refused(&["--start", "true", "--claim", "settled"], "a server may carry out a put after its client has gone");
    refused(&["--start", "true", "--only", "overwrit"], "did you mean `overwrite`?");
    refused(&["--start", "true", "--skip", "missing"], "a reason is missing: write the case, `=`, and why");
    refused(&["--start", "true", "--max-key-len", "15"], "max-key-len is 15, and the suite needs 16 bytes");
    refused(&["http://127.0.0.1:1", "--max-key-len", "39"], "needs 40 bytes, of which 24 tell apart the cases");
    refused(&["--start", "true", "--max-value-len", "15"], "max-value-len is 15, and the suite needs 16 bytes");
}

#[test]
fn a_password_is_not_shown() {
    let output = check(&["http://user:secret@127.0.0.1:1"]);
    assert!(
        stderr(&output).contains("nobody answers at http://user@127.0.0.1:1/") && !stderr(&output).contains("secret")
    );
}

#[test]
fn a_command_that_starts_no_server_is_refused_once() {
    refused(
        &["--start", "echo no token >&2; exit 3"],
        "before it had printed a URL (exit status: 3); it wrote:\nno token",
    );
    refused(&["--start", "exit 3"], "it wrote nothing to its standard error");
    refused(&["--start", "exec sleep 60", "--deadline", "300ms"], "ran for 300ms, and printed no line that is a URL");
    refused(
        &["--start", "echo listening on http://127.0.0.1:1; exec sleep 60", "--deadline", "300ms"],
        "its last line is \"listening on http://127.0.0.1:1\"",
    );
    refused(&["--start", "true"], "help: once it accepts connections, a server prints its URL on a line of its own");
    refused(&["--start", "printf http://127.0.0.1:1"], "its last line is \"http://127.0.0.1:1\"");
    refused(&["--start", "exec >&-; exec sleep 60"], "closed its standard output before it had printed a URL");
}

/// It would have to be killed after each case.
#[test]
fn a_server_that_does_not_end_with_its_input_is_refused() {
    refused(
        &["--start", "echo http://127.0.0.1:1; exec sleep 60"],
        "ran on for 10s after its standard input had ended",
    );
}

#[test]
fn a_server_that_runs_already_is_judged_by_its_url() {
    let mut server = Command::new(COMMAND)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut url = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(server.stdout.take().unwrap()), &mut url).unwrap();
    let output = check(&[url.trim(), "--only", "factory", "--only", "missing", "--only", "key_identity::empty_key"]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(stdout(&output).contains(" 0 failed"), "{}", stdout(&output));
}

/// Two servers that know nothing of each other are no store that claims `shared`.
#[test]
fn each_handle_has_another_of_the_urls() {
    let start = format!("exec 3<&0; {} <&3 & {}", memory(), memory());
    let output = check(&["--start", &start, "--claim", "shared", "--only", "shared::other_handle_sees_put"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(stdout(&output).contains("NotFound"), "{}", stdout(&output));
}

/// What it has started prints the URL, a second after it has ended.
#[test]
fn a_server_that_has_gone_is_named_in_the_report() {
    let start = "(sleep 1; echo http://127.0.0.1:1) & echo out of luck >&2; exit 7";
    let output = check(&["--start", start, "--only", "round_trip::put_then_get"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let text = stdout(&output);
    assert!(
        text.contains("the server has ended (exit status: 7); it wrote:") && text.contains("out of luck"),
        "{text}"
    );
}
