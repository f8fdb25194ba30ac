//! The report of a case that failed: the rule, what went against it, the calls that led there, and how to run the case
//! again.

mod blame;
mod bytes;
mod explanation;
mod hint;
mod in_full;
mod operations;
mod patience;
mod sentence;
mod text;
mod texts;
mod timeline;

pub(crate) use self::operations::duration;

use self::explanation::Explanation;
use crate::conformance::history::Failure;
use crate::conformance::judge::Run;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// Writes the report of a failure as text. If calls overlapped, this also writes a timeline, and the report says where
/// it is.
pub(crate) fn explain(subject: &Subject, case: &Case, run: &Run, failure: &Failure) -> String {
    let explanation = Explanation::new(subject, case, run, failure);
    text::text(&explanation, timeline::write(&explanation).as_ref())
}
