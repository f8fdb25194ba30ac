//! Scripts in JavaScript start, answer, and end.

use std::path::{Path, PathBuf};

use serde_json::json;
use value_store_tests::node::Script;

fn echo() -> Script {
    Script::start("echo.mjs").expect("Node.js is there")
}

fn process(script: &Script) -> PathBuf {
    Path::new("/proc").join(script.id().to_string())
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn each_question_has_its_answer() {
    let script = echo();
    let (first, second) =
        tokio::join!(script.ask("echo", json!({ "value": "one" })), script.ask("echo", json!({ "value": [2, null] })));
    assert_eq!((first, second), (Ok(json!("one")), Ok(json!([2, null]))));
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn what_is_thrown_is_an_error() {
    let error = echo().ask("fail", json!({ "message": "no such thing" })).await.expect_err("it throws");
    assert_eq!((&*error.name, &*error.message), ("TypeError", "no such thing"));
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
async fn all_who_wait_learn_that_the_script_has_ended() {
    let script = echo();
    let (waiting, crash) =
        tokio::join!(script.ask("never", json!({})), script.ask("crash", json!({ "message": "out of luck" })));
    for ended in [waiting, crash, script.ask("echo", json!({ "value": 1 })).await] {
        let ended = ended.expect_err("nobody answers");
        assert_eq!((&*ended.name, ended.message.contains("out of luck")), ("Ended", true), "{ended}");
    }
}

#[tokio::test]
#[cfg_attr(not(node), ignore = "needs Node.js 20 or later, with npm, when it is built")]
#[cfg(target_os = "linux")]
async fn dropping_a_script_ends_its_process() {
    let script = echo();
    script.ask("echo", json!({ "value": 1 })).await.expect("it runs");
    let process = process(&script);
    assert!(process.exists());
    drop(script);
    assert!(!process.exists());
}
