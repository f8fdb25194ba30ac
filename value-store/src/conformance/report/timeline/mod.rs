//! The calls of a concurrent case that failed, drawn over time: a page of HTML beside the report.

mod axis;
mod call;
mod chart;
mod html;
mod layout;
mod markup;
mod page;
mod table;
#[cfg(test)]
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use self::page::{Heading, Page};
use super::directory::directory;
use super::explanation::Explanation;
use crate::conformance::history::Failure;
use crate::conformance::session::Seed;

/// Writes the timeline of a case in which calls overlapped. Returns where it is, or why it could not be written. It
/// replaces an older timeline of the same case and seed.
pub(super) fn write(explanation: &Explanation<'_>) -> Option<Result<PathBuf, String>> {
    let operations = &explanation.operations;
    if explanation.has_passed() || !layout::overlap(operations) {
        return None;
    }
    let blamed = explanation.failure.blamed(operations);
    let page = Page::new(heading(explanation), operations, blamed).to_string();
    Some(keep(&page, &directory(), &file_name(&explanation.test(), explanation.run.seed)))
}

/// Writes the page into a directory, and creates that if need be.
fn keep(page: &str, directory: &Path, name: &str) -> Result<PathBuf, String> {
    let path = directory.join(name);
    let written = fs::create_dir_all(directory).and_then(|()| fs::write(&path, page));
    written.map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(path)
}

/// What the page says above the calls: all that the report does.
fn heading(explanation: &Explanation<'_>) -> Heading {
    let Explanation { case, sentence, hint, difference, other_panics, notes, in_full, .. } = explanation;
    let mut facts = vec![("rule", case.rule.to_owned()), ("but", sentence.clone())];
    facts.extend(hint.iter().map(|hint| ("hint", hint.clone())));
    facts.extend(other_panics.iter().map(|message| ("panicked", message.clone())));
    facts.extend(notes.iter().map(|note| ("note", note.clone())));
    Heading {
        case: case.path.to_owned(),
        subject: format!("failed for {}", explanation.store()),
        facts,
        difference: difference.clone(),
        in_full: in_full.clone(),
        is_of_one_key: matches!(explanation.failure, Failure::NotLinearizable(_) | Failure::WentBack(_)),
        again: explanation.again(),
    }
}

fn file_name(test: &str, seed: Seed) -> String {
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    let name = test.replace("::", ".").replace(|char| !is_plain(char), "_");
    format!("{name}-{seed}.html")
}
