//! What a case stands on.
//!
//! The list says on which other cases a case stands. They are judged before it, each once for each factory. Among the processes
//! of a runner that starts one for each test, a file keeps the verdicts.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{scope, verdicts};
use crate::conformance::judge::{CaseReport, Outcome};
use crate::conformance::report::directory;
use crate::conformance::subject::{Settings, Subject};
use crate::conformance::suite::Case;

/// The most basic case that failed of those that this one stands on. `judge` judges each of them.
///
/// A case that does not run is no ground, and neither is one that is expected to fail: the author of the factory knows of
/// that failure, and what stands on it says for itself whether it fails, too.
pub(super) fn failed(subject: &Subject, case: &Case, judge: impl Fn(&'static Case) -> CaseReport) -> Option<String> {
    grounds(subject, case).find_map(|ground| {
        let judged = judge(ground);
        let has_failed = matches!(judged.outcome, Outcome::Failed { .. });
        has_failed.then(|| judged.ground.unwrap_or(judged.name))
    })
}

/// Whether it is known by now that one of the cases has failed that this one stands on, by itself or by others in between.
pub(super) fn has_failed_already(subject: &'static Subject, case: &Case) -> bool {
    grounds(subject, case).any(|ground| {
        let verdict = verdicts::so_far(subject, ground);
        verdict.is_some_and(|judged| matches!(judged.outcome, Outcome::Failed { .. }))
            || has_failed_already(subject, ground)
    })
}

/// The cases that have to be judged before this one.
fn grounds(subject: &Subject, case: &Case) -> impl Iterator<Item = &'static Case> {
    let settings = &subject.settings;
    let is_none = settings.anyway || env::var_os(Settings::ANYWAY).is_some();
    let is_judged = move |ground: &&'static Case| {
        !is_none && scope::ignored(subject, ground).is_none() && scope::expected(settings, ground).is_none()
    };
    case.grounds().filter(is_judged)
}

/// Judges a case, unless others stand on it and another process of the same run has judged it. `cargo nextest` starts a process for each test, and
/// names the run in the environment. Where the file cannot be used, the case is judged here.
pub(super) fn judged_by_one_process(subject: &Subject, case: &Case, judge: impl FnOnce() -> CaseReport) -> CaseReport {
    let run = env::var_os("NEXTEST_RUN_ID").filter(|_| case.is_ground() && !subject.module.is_empty());
    let file = run.and_then(|run| {
        // Two packages may have tests of one name, but not one executable.
        let exe = env::current_exe().ok()?;
        let directory = directory().join("grounds").join(run).join(exe.file_name()?);
        verdict_file(&directory, &format!("{}.{}", subject.module, case.path)).ok()
    });
    match file {
        Some(file) => kept_in(file, judge),
        None => judge(),
    }
}

/// Opens the file of a verdict for this process alone. Waits while another process judges the case.
fn verdict_file(directory: &Path, name: &str) -> io::Result<File> {
    if !directory.exists() {
        fs::create_dir_all(directory)?;
        directory.ancestors().nth(2).into_iter().for_each(remove_old);
    }
    let path = directory.join(name.replace("::", "."));
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
    file.lock()?;
    Ok(file)
}

/// Removes what runs of another day have left.
fn remove_old(runs: &Path) {
    const DAY: Duration = Duration::from_secs(86_400);
    let entries = fs::read_dir(runs).into_iter().flatten().flatten();
    let is_old = |path: &PathBuf| {
        let modified = fs::metadata(path).and_then(|metadata| metadata.modified());
        modified.is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > DAY))
    };
    for path in entries.map(|entry| entry.path()).filter(is_old) {
        // If another process removes it at the same time, it is gone all the same.
        let _ = fs::remove_dir_all(path);
    }
}

/// The verdict in the file, or else the one that `judge` gives, which is then written there.
fn kept_in(mut file: File, judge: impl FnOnce() -> CaseReport) -> CaseReport {
    let mut text = String::new();
    let read = file.read_to_string(&mut text).map_err(serde_json::Error::io);
    let kept = read.and_then(|_| serde_json::from_str(&text));
    kept.unwrap_or_else(|_| {
        let judged = judge();
        let written = serde_json::to_string(&judged).map_err(io::Error::from);
        // If it cannot be written, the next process judges the case, too.
        let _ = written.and_then(|text| file.rewind().and_then(|()| file.write_all(text.as_bytes())));
        judged
    })
}
