//! The calls of a concurrent case that failed, drawn over time: a page of HTML beside the report.

mod call;
mod chart;
mod layout;
mod markup;
mod page;
mod table;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs};

use self::page::{Heading, Page};
use super::explanation::Explanation;
use super::{bytes, hint, sentence};
use crate::conformance::history::{Failure, Operation};
use crate::conformance::session::Seed;

/// Writes the timeline of a case in which calls overlapped, and returns where it is, or why it could not be written.
/// Another one of the same case and seed is replaced.
pub(super) fn write(explanation: &Explanation<'_>) -> Option<Result<PathBuf, String>> {
    let operations = explanation.run.history.operations();
    if matches!(explanation.failure, Failure::Passed { .. }) || !layout::overlap(&operations) {
        return None;
    }
    let blamed = explanation.failure.blamed(&operations);
    let page = Page::new(heading(explanation, &operations), &operations, blamed).to_string();
    let exe = env::current_exe().unwrap_or_default();
    let directory = directory(env::var_os("CARGO_TARGET_DIR"), &exe).join("value-store");
    Some(keep(&page, &directory, &file_name(&explanation.test(), explanation.run.seed)))
}

/// Writes the page into a directory, which it makes if need be.
fn keep(page: &str, directory: &Path, name: &str) -> Result<PathBuf, String> {
    let path = directory.join(name);
    let written = fs::create_dir_all(directory).and_then(|()| fs::write(&path, page));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// What the page says before it comes to the calls: all that the report does.
fn heading(explanation: &Explanation<'_>, operations: &[Operation]) -> Heading {
    let Explanation { subject, case, run, failure } = explanation;
    let sentence = sentence::sentence(failure, operations, &run.history);
    let mut facts = vec![("rule", case.rule.to_owned()), ("but", sentence.clone())];
    facts.extend(hint::hint(failure, case, operations).map(|hint| ("hint", hint)));
    facts.extend(explanation.other_panics(&sentence).into_iter().map(|message| ("panicked", message)));
    facts.extend(run.history.notes().into_iter().map(|note| ("note", note)));
    let mut difference = String::new();
    if let Some((expected, got)) = failure.difference(operations) {
        bytes::write_difference(&mut difference, &expected, &got)
            .unwrap_or_else(|_| unreachable!("a string takes all that is written"));
    }
    Heading {
        case: case.path.to_owned(),
        subject: format!("failed for `{}` ({}:{})", subject.name, subject.file, subject.line),
        facts,
        difference,
        is_of_one_key: matches!(failure, Failure::NotLinearizable(_)),
        again: explanation.again(),
    }
}

/// Where build tools expect what is made on the way and may go again: the target directory, if there is one.
fn directory(target: Option<OsString>, exe: &Path) -> PathBuf {
    // A relative one was meant from where cargo was started, which is not where it starts a test.
    let named = target.map(PathBuf::from).filter(|target| target.is_absolute());
    // Cargo marks its target directories with this file.
    let holds_exe = || exe.ancestors().skip(1).find(|ancestor| ancestor.join("CACHEDIR.TAG").is_file());
    named.or_else(|| holds_exe().map(Path::to_owned)).unwrap_or_else(env::temp_dir)
}

fn file_name(test: &str, seed: Seed) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    let name = test.replace("::", ".").replace(|char| !is_plain(char), "_");
    format!("{name}-{seed}.html")
}
