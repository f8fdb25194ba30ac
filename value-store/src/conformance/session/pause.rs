//! Why a case yields to the judge.

use crate::conformance::world::Context;

/// Why a case yields to the runner, which ends the runtime with all that still runs on it before the case goes on.
#[derive(Clone, Copy)]
pub(crate) enum Pause {
    /// This world is to be opened again.
    Restart(&'static Context),
    /// This world is done with.
    End(&'static Context),
}
