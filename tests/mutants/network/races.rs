//! Faults that need calls of several handles at the same time.

use std::time::Duration;

use tokio::time::Instant;

use super::NETWORK;
use crate::mutant::Mutant;
use crate::store::step;

pub(crate) const MUTANTS: &[Mutant] = &[NETWORK
    .mutant("each handle has a cache of its own for a moment")
    .caught_by("linearizable::one_register", " returned ")
    .put(step!(|base, key, value, _| {
        // Kept until the value is written: the handle itself never sees an old one.
        let mut cache = base.other.lock().unwrap();
        cache.insert(key.to_vec(), value.clone());
        base.write(key, value)
    }))
    .get(step!(|base, key, _| {
        let (mut cache, mut fresh_until) = (base.other.lock().unwrap(), base.deadline.lock().unwrap());
        if fresh_until.is_none_or(|end| Instant::now() > end) {
            cache.clear();
            *fresh_until = Some(Instant::now() + Duration::from_millis(100));
        }
        let found = cache.get(key).cloned().map_or_else(|| base.read(key), Ok)?;
        cache.insert(key.to_vec(), found.clone());
        Ok(found)
    }))];
