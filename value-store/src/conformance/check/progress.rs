//! What a program hears of a check while it runs.

use crate::conformance::judge::CaseReport;

/// How far a check has come: see [`Check::watch`](super::Check::watch).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Progress<'a> {
    /// So many cases will run. This comes first.
    Planned {
        /// The number of cases, without those that are ignored.
        cases: usize,
    },
    /// A case begins, or waits for the case that it stands on, which others may be waiting for, too.
    Begun {
        /// The name of the case.
        case: &'a str,
    },
    /// A case has ended.
    Ended {
        /// The case, and how it ended.
        case: &'a CaseReport,
    },
}
