//! The report of a case that failed: the rule, what went against it, the calls that led there, and how to run the case
//! again.

mod blame;
mod bytes;
mod directory;
mod evidence;
mod explanation;
mod happenings;
mod hint;
mod in_full;
mod operations;
mod patience;
mod pattern;
mod sentence;
mod text;
mod texts;
mod timeline;

pub(crate) use self::directory::directory;
pub(crate) use self::operations::{duration, refusal};

use self::explanation::{Explanation, anyway, store};
use crate::conformance::history::{Failure, Operation};
use crate::conformance::judge::{Diagnosis, Run, Search};
use crate::conformance::session::Seed;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// Writes the report of a failure as text, and what it has in common with others. If calls overlapped, this also writes a
/// timeline, and the report says where it is.
pub(crate) fn explain(subject: &Subject, case: &Case, run: &Run, failure: &Failure) -> (String, Diagnosis) {
    let explanation = Explanation::new(subject, case, run, failure);
    // A smaller run makes its calls in one task. How they overlap, if they have to, is seen in the run of the case.
    let overlaps = |one: &Operation| explanation.operations.iter().any(|other| other.runs_beside(one));
    let is_serial = matches!(run.search, Some(Search::Found(_))) && !explanation.operations.iter().any(overlaps);
    let timeline =
        if is_serial { None } else { timeline::write(&Explanation::of_the_case(subject, case, run, failure)) };
    let report = text::text(&explanation, timeline.as_ref());
    (report, Diagnosis { pattern: pattern::pattern(&explanation), sentence: explanation.sentence })
}

/// The report of a case that was not judged, since it stands on one that failed.
pub(crate) fn stands_on(subject: &Subject, case: &Case, ground: &str, seed: Seed) -> String {
    let (path, store, anyway) = (case.path, store(subject), anyway(subject, case, seed));
    format!("{path} failed for {store}: it stands on {ground}, which failed\n  to judge it all the same: {anyway}")
}
