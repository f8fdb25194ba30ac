//! Faults of `from`: it names a peer that the value does not come from.

use std::sync::atomic::Ordering;
use std::time::Duration;

use value_store::{Bytes, Options, PeerId};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, RIGHT, Steps, step};

/// Where this is true of a get, it names a stranger.
macro_rules! stranger_if {
    (|$base:pat_param, $key:pat_param, $value:pat_param, $options:pat_param| $doubts:expr) => {
        Steps {
            get: |base, key, options| {
                Box::pin(async move {
                    let value = base.read(key)?;
                    let doubts = |$base: &Base, $key: &[u8], $value: &Bytes, $options: &Options| -> bool { $doubts };
                    doubt(base, doubts(base, key, &value, options));
                    Ok(value)
                })
            },
            from: in_doubt,
            ..RIGHT
        }
    };
}

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("from is anybody")
        .caught_by("provenance::from_is_always_a_member", "which is none of the 1 peers that the factory named")
        .from(|_, _| PeerId::random()),
    mutant("from is nobody")
        .caught_by("provenance::from_is_always_a_member", "which is none of the 1 peers that the factory named")
        .from(|_, _| nobody()),
    mutant("from is a stranger from the second get on")
        .caught_by("provenance::from_is_always_a_member", "which is none of the 1 peers that the factory named")
        .from(|base, peer_id| if base.next() > 0 { nobody() } else { peer_id }),
    mutant("from is a stranger after two hundred gets")
        .caught_by("provenance::from_is_always_a_member", "which is none of the 1 peers that the factory named")
        .from(|base, peer_id| if base.next() > 200 { nobody() } else { peer_id }),
    mutant("from is somebody now and then")
        .caught_by("provenance::from_is_always_a_member", "which is none of the 1 peers that the factory named")
        .from(|base, peer_id| if base.next() % 100 == 99 { nobody() } else { peer_id }),
    mutant("from is lost with the old value")
        .caught_by("provenance::from_survives_overwrite", "which is none of the 1 peers that the factory named")
        .steps(stranger_if!(|base, key, value, _| {
            let mut other = base.other.lock().unwrap();
            let first = other.entry(key.to_vec()).or_insert_with(|| value.clone());
            *first != *value
        })),
    mutant("from is not known for the empty value")
        .caught_by("provenance::from_whatever_the_call", "which is none of the 1 peers that the factory named")
        .steps(stranger_if!(|_, _, value, _| value.is_empty())),
    mutant("from is not known for binary keys")
        .caught_by("provenance::from_whatever_the_key", "which is none of the 1 peers that the factory named")
        .steps(stranger_if!(|_, key, _, _| std::str::from_utf8(key).is_err())),
    mutant("from is not known for long keys")
        .caught_by("provenance::from_whatever_the_key", "which is none of the 1 peers that the factory named")
        .steps(stranger_if!(|_, key, _, _| key.len() > 255)),
    mutant("from is known for fifty keys")
        .caught_by("provenance::from_per_key", "which is none of the 1 peers that the factory named")
        .steps(stranger_if!(|base, key, _, _| {
            let mut known = base.other.lock().unwrap();
            known.insert(key.to_vec(), Bytes::new());
            known.len() > 50
        })),
    mutant("from is mixed up side by side")
        .caught_by("provenance::from_per_key", "which is none of the 1 peers that the factory named")
        .get(step!(|base, key, _| {
            base.next();
            tokio::task::yield_now().await;
            doubt(base, base.count.fetch_sub(1, Ordering::SeqCst) > 1);
            base.read(key)
        }))
        .from(in_doubt),
    mutant("from is not known for long values")
        .caught_by("provenance::from_whatever_the_call", "which is none of the 1 peers that the factory named")
        .steps(stranger_if!(|_, _, value, _| value.len() > 1 << 18)),
    mutant("from is not known beside options")
        .caught_by("provenance::from_whatever_the_call", "which is none of the 1 peers that the factory named")
        .steps(stranger_if!(|_, _, _, options| options.iter().next().is_some())),
    mutant("from is not known in time")
        .caught_by("provenance::from_whatever_the_call", "which is none of the 1 peers that the factory named")
        .steps(stranger_if!(|_, _, _, options| options.timeout().is_some_and(|timeout| timeout > Duration::ZERO))),
    mutant("from is what a miss left")
        .caught_by(
            "provenance::from_after_a_call_that_found_nothing",
            "which is none of the 1 peers that the factory named",
        )
        .get(step!(|base, key, _| {
            let found = base.read(key);
            if found.is_err() {
                doubt(base, true);
            }
            found
        }))
        .from(in_doubt),
];

/// A peer id that no store has.
fn nobody() -> PeerId {
    PeerId::from_bytes(&[0, 0]).unwrap()
}

/// Says whether the get that is about to end names a stranger.
fn doubt(base: &Base, is_in_doubt: bool) {
    *base.deadline.lock().unwrap() = is_in_doubt.then(tokio::time::Instant::now);
}

fn in_doubt(base: &Base, peer_id: PeerId) -> PeerId {
    if base.deadline.lock().unwrap().is_some() { nobody() } else { peer_id }
}
