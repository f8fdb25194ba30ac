//! Stores with several handles onto one backend, which can be out of reach.

pub(crate) mod lagging;
pub(crate) mod outages;
pub(crate) mod races;
pub(crate) mod restarts;
pub(crate) mod sharing;
pub(crate) mod unhurried;

use std::sync::Arc;

use value_store::conformance::Claim;
use value_store::{Error, Options, calls};

use crate::store::{Base, RIGHT, Steps, step};

pub(crate) const CLAIMS: &[Claim] = &[Claim::Shared, Claim::Convergent, Claim::Settled, Claim::Faults];

pub(crate) const RACING_CLAIMS: &[Claim] = &[Claim::Shared, Claim::Linearizable];

/// The handles of a world share the values, and nothing else.
pub(crate) const NETWORK: Steps = Steps {
    put: step!(|base, key, value, options| {
        within(options, base.pass()).await?;
        base.write(key, value)
    }),
    get: step!(|base, key, options| {
        within(options, base.pass()).await?;
        base.read(key)
    }),
    opened: |last| Arc::new(beside(last.as_ref())),
    reach: |base, context| {
        base.gate.get_or_init(|| context.gate());
        Box::pin(async { Ok(()) })
    },
    ..RIGHT
};

/// What a new handle starts with, given what the last one has.
fn beside(last: Option<&Arc<Base>>) -> Base {
    Base { values: last.map(|last| Arc::clone(&last.values)).unwrap_or_default(), ..Base::default() }
}

/// Returns `Timeout` when the timeout of the call has passed.
pub(crate) async fn within<T>(options: &Options, step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    calls::within(options.timeout(), step).await
}
