//! The reasons why a case pauses.

use crate::conformance::world::Context;

/// Why a case pauses. The judge then ends the runtime with everything that still runs on it. The case goes on with a new
/// runtime.
#[derive(Clone, Copy)]
pub(crate) enum Pause {
    /// This world is restarted: only its directory stays.
    Restart(&'static Context),
    /// This world ends.
    End(&'static Context),
}
