//! The report as text.

use std::fmt::{self, Write};
use std::path::PathBuf;

use super::explanation::Explanation;
use super::operations;

/// The report. It says where the timeline is, or why it could not be written, if there was one to write.
pub(super) fn text(explanation: &Explanation<'_>, timeline: Option<&Result<PathBuf, String>>) -> String {
    let mut text = String::new();
    write(&mut text, explanation, timeline).unwrap_or_else(|_| unreachable!("a string takes all that is written"));
    text
}

fn write(
    report: &mut impl Write,
    explanation: &Explanation<'_>,
    timeline: Option<&Result<PathBuf, String>>,
) -> fmt::Result {
    let Explanation { case, sentence, hint, difference, other_panics, notes, in_full, .. } = explanation;
    let verb = if explanation.has_passed() { "passed" } else { "failed" };
    writeln!(report, "{} {verb} for {}", case.path, explanation.store())?;
    writeln!(report, "  rule {}", case.rule)?;
    writeln!(report, "  but  {sentence}")?;
    if let Some(hint) = hint {
        writeln!(report, "  hint {hint}")?;
    }
    if !explanation.has_passed() {
        let culprits = explanation.failure.operations();
        operations::write(report, &explanation.operations, &explanation.happenings, &culprits)?;
    }
    report.write_str(difference)?;
    for message in other_panics {
        writeln!(report, "  panicked: {message}")?;
    }
    if explanation.subject.settings.records.is_some() {
        writeln!(report, "  note: the keys are names, and the values contents, of which `records` makes records")?;
    }
    for note in notes {
        writeln!(report, "  note: {note}")?;
    }
    report.write_str(in_full)?;
    match timeline {
        Some(Ok(path)) => writeln!(report, "  timeline: {}", path.display())?,
        Some(Err(why)) => writeln!(report, "  timeline: could not be written: {why}")?,
        None => {}
    }
    write!(report, "  again: {}", explanation.again())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::conformance::history::{Failure, History};
    use crate::conformance::judge::Run;
    use crate::conformance::session::Seed;
    use crate::conformance::subject::{Settings, Subject, into_store, opening};
    use crate::conformance::suite::Case;
    use crate::stores::MemoryStore;

    #[test]
    fn a_report_says_where_the_timeline_is_or_why_there_is_none() {
        let open = &|_: &'static _| opening(async { into_store(MemoryStore::new()) });
        let subject = Subject { name: "a", module: "", file: "", line: 0, open, settings: Settings::DEFAULT };
        let run = Run { seed: Seed(1), history: Arc::new(History::new()), failure: None, excuse: None, search: None };
        let failure = Failure::Hung { deadline: std::time::Duration::from_secs(1), outlived: None };
        let case = Case::named("concurrency::gets_side_by_side");
        let explanation = Explanation::new(&subject, case, &run, &failure);
        let report = |timeline: Option<Result<PathBuf, String>>| text(&explanation, timeline.as_ref());
        assert!(report(Some(Ok("a/b.html".into()))).contains("\n  timeline: a/b.html\n  again: "));
        let why = report(Some(Err("a/b.html: read-only".to_owned())));
        assert!(why.contains("\n  timeline: could not be written: a/b.html: read-only\n  again: "), "{why}");
        assert!(!report(None).contains("timeline"));
    }
}
