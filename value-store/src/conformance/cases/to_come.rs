//! Families whose claims the attribute takes, and whose cases are not written yet. They are always listed as ignored.

use crate::conformance::failure::{Failure, Verdict};
use crate::conformance::session::Session;

pub(crate) async fn to_come(_case: &Session) -> Verdict {
    Failure::Needs { setting: "a later version of the suite" }.into()
}
