//! What a person reads when a case fails: the rule, what went against it, the calls that led there, and how to run it again.

mod blame;
mod bytes;
mod explanation;
mod hint;
mod operations;
mod sentence;
mod text;
mod timeline;

pub(crate) use self::operations::duration;

use self::explanation::Explanation;
use crate::conformance::history::Failure;
use crate::conformance::judge::Run;
use crate::conformance::subject::Subject;
use crate::conformance::suite::Case;

/// The report of a failure. Where calls overlapped, it names a timeline, which this writes.
pub(crate) fn explain(subject: &Subject, case: &Case, run: &Run, failure: &Failure) -> String {
    let explanation = Explanation { subject, case, run, failure };
    text::text(&explanation, timeline::write(&explanation).as_ref())
}
