//! Faults of a store with several copies of a value, whose one handle reads now this one and now that.

use std::sync::Arc;

use tokio::task::yield_now;
use value_store::Bytes;
use value_store::conformance::Claim;

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, step};

/// What is not `monotonic` is not `linearizable` either, and that is one report.
pub(crate) const CLAIMS: &[Claim] = &[Claim::Monotonic, Claim::Linearizable];

pub(crate) const MUTANTS: &[Mutant] = &[mutant("a put reaches one copy after the other, and gets read them by turns")
    .caught_by(
        "monotonic::gets_amid_a_put",
        "does it reach one copy after the other, and do gets read now this one, now that?",
    )
    .put(step!(|base, key, value, _| {
        base.write(key, value.clone())?;
        let _when_done = Other { base: Arc::clone(base), key: key.to_vec(), value };
        yield_now().await;
        Ok(())
    }))
    .get(step!(|base, key, _| {
        let other = base.other.lock().unwrap().get(key).filter(|_| base.next() % 2 == 1).cloned();
        other.map_or_else(|| base.read(key), Ok)
    }))];

/// Writes the other copy when it is dropped, so that the copies are the same after a put that was dropped, too.
struct Other {
    base: Arc<Base>,
    key: Vec<u8>,
    value: Bytes,
}

impl Drop for Other {
    fn drop(&mut self) {
        self.base.other.lock().unwrap().insert(std::mem::take(&mut self.key), self.value.clone());
    }
}
