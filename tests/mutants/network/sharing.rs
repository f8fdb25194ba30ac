//! Faults of what handles share.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::task::yield_now;
use tokio::time::Instant;
use value_store::{Bytes, Error, Options, PeerId};

use super::{NETWORK, beside, within};
use crate::mutant::Mutant;
use crate::store::{Base, step};

pub(crate) const MUTANTS: &[Mutant] = &[
    NETWORK
        .mutant("each handle has its own values")
        .caught_by(
            "shared::other_handle_sees_put",
            "it was put through another handle: does put return before others can find the value?",
        )
        .opened(|_| Arc::default()),
    NETWORK
        .mutant("a handle keeps what it has read")
        .caught_by("shared::other_handle_sees_overwrite", "it is the older value, of put")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let mut known = base.other.lock().unwrap();
            if let Some(known) = known.get(key) {
                return Ok(known.clone());
            }
            let found = base.read(key)?;
            known.insert(key.to_vec(), found.clone());
            Ok(found)
        })),
    NETWORK
        .mutant("a handle does not put again what it put last")
        .caught_by("shared::other_handle_sees_overwrite", "it is the older value, of put")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            let last = base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            if last == Some(value.clone()) { Ok(()) } else { base.write(key, value) }
        })),
    NETWORK
        .mutant("a handle remembers what it has missed")
        .caught_by("shared::miss_hides_no_put_of_another", "get 3 ended with NotFound, where put 2 had stored")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let mut missed = base.other.lock().unwrap();
            if !missed.contains_key(key) && base.read(key).is_err() {
                missed.insert(key.to_vec(), Bytes::new());
            }
            if missed.contains_key(key) { Err(Error::NotFound) } else { base.read(key) }
        })),
    NETWORK
        .mutant("a later handle finds keys in another case")
        .caught_by("shared::confusable_keys_are_told_apart", "letter case is folded")
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let is_later = base.other.lock().unwrap().contains_key(&b"later"[..]);
            base.read(key).or_else(|error| {
                let values = base.values.lock().unwrap();
                let other = values.iter().find(|(other, _)| is_later && other.eq_ignore_ascii_case(key));
                other.map(|(_, value)| value.clone()).ok_or(error)
            })
        }))
        .opened(|last| {
            let base = beside(last.as_ref());
            if last.is_some() {
                base.other.lock().unwrap().insert(b"later".into(), Bytes::new());
            }
            Arc::new(base)
        }),
    NETWORK
        .mutant("a handle sees only what was put since it was opened")
        .caught_by(
            "shared::late_handle_sees_old_values",
            "handle 2 was opened after the put: does it see only what is put from",
        )
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let found = base.read(key)?;
            let older = base.other.lock().unwrap().get(key).cloned();
            if older.is_some_and(|older| older.as_ptr() == found.as_ptr()) {
                return Err(Error::NotFound);
            }
            Ok(found)
        }))
        .opened(|last| {
            let base = beside(last.as_ref());
            base.other.lock().unwrap().clone_from(&base.values.lock().unwrap());
            Arc::new(base)
        }),
    NETWORK
        .mutant("a put writes all values back")
        .caught_by("shared::puts_of_several_handles_all_land", "ended with NotFound, where put 1 had stored 100 B")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            let _one_at_a_time = base.lock.lock().await;
            let mut all = base.values.lock().unwrap().clone();
            yield_now().await;
            all.insert(key.to_vec(), value);
            *base.values.lock().unwrap() = all;
            Ok(())
        })),
    NETWORK
        .mutant("from is the requester")
        .caught_by("shared::from_is_a_member", "which is none of the")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let is_own = base.other.lock().unwrap().contains_key(key);
            *base.deadline.lock().unwrap() = (!is_own).then(Instant::now);
            base.read(key)
        }))
        .from(|base, member| if base.deadline.lock().unwrap().is_some() { PeerId::random() } else { member }),
    NETWORK
        .mutant("a handle takes its values with it")
        .caught_by("shared::handle_may_leave", "handle 1 put it, and was dropped: did it take the value with it?")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            base.write(key, value)
        }))
        .dropped(|base| {
            let own = base.other.lock().unwrap();
            base.values.lock().unwrap().retain(|key, _| !own.contains_key(key));
        }),
    NETWORK
        .mutant("the places of handles that left are not given again")
        .caught_by("shared::handles_may_come_and_go", "ended with Backend: no place for another handle")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            if base.count.load(Ordering::SeqCst) > 3 {
                return Err(Error::backend("no place for another handle"));
            }
            base.write(key, value)
        }))
        .opened(|last| {
            let base = beside(last.as_ref());
            let before = last.map(|last| last.count.load(Ordering::SeqCst));
            base.count.store(before.map_or(0, |before| before + 1), Ordering::SeqCst);
            Arc::new(base)
        }),
    NETWORK
        .mutant("a handle loses its sixth put over what another has put")
        .caught_by("model::with_peers", "it is the older value, of put")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            let own = base.other.lock().unwrap().get(key).cloned();
            let is_over_another = base.read(key).is_ok_and(|old| Some(old) != own);
            if is_over_another && base.next() == 5 {
                return Ok(());
            }
            base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            base.write(key, value)
        })),
    NETWORK
        .mutant("others see the first four kibibytes")
        .caught_by("shared::other_handle_sees_long_values", "the value was cut after 4096 bytes")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            base.other.lock().unwrap().insert(key.to_vec(), value.clone());
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let found = base.read(key)?;
            let is_own = base.other.lock().unwrap().get(key).is_some_and(|own| own.as_ptr() == found.as_ptr());
            Ok(if is_own { found } else { found.slice(..found.len().min(4_096)) })
        })),
    NETWORK
        .mutant("each writer keeps its own value after a conflict")
        .caught_by("convergent::writers_go_quiet_on_one_value", "returned")
        .put(|base, key, value, options| Box::pin(put_unless_in_conflict(base, key, value, options)))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let own = base.other.lock().unwrap().get(key).cloned();
            own.map_or_else(|| base.read(key), Ok)
        })),
    NETWORK
        .mutant("what lost a conflict comes back")
        .caught_by("convergent::agreement_lasts", "returned")
        .put(|base, key, value, options| Box::pin(put_unless_in_conflict(base, key, value, options)))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            let lost = base.other.lock().unwrap().get(key).cloned();
            if let Some(lost) = lost
                && base.next() > 60
            {
                base.other.lock().unwrap().remove(key);
                base.write(key, lost)?;
            }
            base.read(key)
        })),
];

/// Writes, unless another handle wrote meanwhile: then only this handle has the value.
async fn put_unless_in_conflict(base: &Arc<Base>, key: &[u8], value: Bytes, options: &Options) -> Result<(), Error> {
    within(options, base.pass()).await?;
    let address = |value: Result<Bytes, Error>| value.map(|value| value.as_ptr().addr()).ok();
    let before = address(base.read(key));
    yield_now().await;
    if address(base.read(key)) == before {
        base.other.lock().unwrap().remove(key);
        base.write(key, value)
    } else {
        base.other.lock().unwrap().insert(key.to_vec(), value);
        Ok(())
    }
}
