//! Faults of what an outage leaves to a restart.

use std::sync::atomic::Ordering;

use value_store::conformance::Claim;
use value_store::{Error, Options};

use super::{NETWORK, within};
use crate::mutant::Mutant;
use crate::store::{Base, step};

pub(crate) const CLAIMS: &[Claim] = &[Claim::Durable, Claim::Faults];

pub(crate) const MUTANTS: &[Mutant] = &[
    NETWORK
        .mutant("after an outage, puts stay in memory")
        .caught_by("faults::outages_take_nothing_from_a_restart", "ended with NotFound")
        .put(step!(|base, key, value, options| {
            let passed = noting(base, options).await;
            if passed.is_ok() && base.count.load(Ordering::SeqCst) > 0 {
                base.other.lock().unwrap().insert(key.to_vec(), value);
                return Ok(());
            }
            passed?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let in_memory = base.other.lock().unwrap().get(key).cloned();
            in_memory.map_or_else(|| base.read(key), Ok)
        })),
    NETWORK
        .mutant("half of a put that failed is there after a restart")
        .caught_by("faults::outages_take_nothing_from_a_restart", "returned \"la\" (2 B), which is not \"late\" (4 B)")
        .put(step!(|base, key, value, options| {
            let passed = noting(base, options).await;
            if passed.is_err() {
                base.log.lock().unwrap().push((key.to_vec(), value.slice(..value.len() / 2)));
            }
            passed?;
            base.log.lock().unwrap().retain(|(failed, _)| failed != key);
            base.write(key, value)
        }))
        .dropped(|base| base.values.lock().unwrap().extend(base.log.lock().unwrap().drain(..))),
];

/// Passes, and counts failures.
async fn noting(base: &Base, options: &Options) -> Result<(), Error> {
    within(options, base.pass()).await.inspect_err(|_| {
        base.next();
    })
}
