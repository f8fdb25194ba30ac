//! Faults of stores with several handles onto one backend, which can be out of reach.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::task::yield_now;
use tokio::time::{Instant, sleep};
use value_store::conformance::Claim;
use value_store::{Bytes, Error, Options, PeerId};

use crate::mutant::Mutant;
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

pub(crate) const SHARING: &[Mutant] = &[
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
        .mutant("a handle sees only what was put since it was opened")
        .caught_by("shared::late_handle_sees_old_values", "it was put through another handle")
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
        .caught_by("shared::handle_may_leave", "it was put through another handle")
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
        .mutant("others see the first four kibibytes")
        .caught_by("model::with_peers", "the value was cut after 4096 bytes")
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

pub(crate) const OUTAGES: &[Mutant] = &[
    NETWORK
        .mutant("a put is tried twice, each time with the whole timeout")
        .caught_by("faults::stalled_put_times_out", "so 5 times out of 5")
        .put(step!(|base, key, value, options| {
            match within(options, base.pass()).await {
                Err(Error::Timeout) => within(options, base.pass()).await?,
                passed => passed?,
            }
            base.write(key, value)
        })),
    NETWORK
        .mutant("a get has no deadline")
        .caught_by("faults::stalled_get_times_out", "has to end with Timeout when that has passed")
        .get(step!(|base, key, _| {
            base.pass().await?;
            base.read(key)
        })),
    NETWORK
        .mutant("a get that times out is a miss")
        .caught_by("faults::stalled_get_times_out", "ended with NotFound")
        .get(step!(|base, key, options| {
            let passed = within(options, base.pass()).await;
            passed.map_err(|error| if matches!(error, Error::Timeout) { Error::NotFound } else { error })?;
            base.read(key)
        })),
    NETWORK
        .mutant("timeouts are whole milliseconds, and zero is none")
        .caught_by("faults::sub_millisecond_timeout_still_fires", "has to end with Timeout when that has passed")
        .put(step!(|base, key, value, options| {
            within(&in_milliseconds(options), base.pass()).await?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(&in_milliseconds(options), base.pass()).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("the deadline covers only the connection")
        .caught_by("faults::timeout_covers_the_whole_call", "has to end with Timeout when that has passed")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            base.pass().await?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await?;
            base.pass().await?;
            base.read(key)
        })),
    NETWORK
        .mutant("the connection and the request have a timeout each")
        .caught_by("faults::timeouts_do_not_add_up", "so 5 times out of 5")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            within(options, base.pass()).await?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("a put removes the old value, and then sends the new one")
        .caught_by("faults::step_amid_a_put_leaves_it_whole", "the old value is gone, and the new one is not there")
        .put(step!(|base, key, value, options| {
            let put = async {
                base.pass().await?;
                base.values.lock().unwrap().remove(key);
                base.pass().await?;
                base.write(key, value)
            };
            within(options, put).await
        })),
    NETWORK
        .mutant("calls wait in line without a deadline")
        .caught_by("faults::stalled_calls_hold_up_no_other", "had not returned when the deadline")
        .put(step!(|base, key, value, options| {
            let _turn = base.lock.lock().await;
            within(options, base.pass()).await?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            let _turn = base.lock.lock().await;
            within(options, base.pass()).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("a stalled call without a timeout is forgotten")
        .caught_by("faults::stalled_without_timeout_waits_then_finishes", "had not returned when the deadline")
        .get(step!(|base, key, options| {
            if options.timeout().is_none() && is_stalled(base).await {
                std::future::pending::<()>().await;
            }
            within(options, base.pass()).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("an outage is a miss")
        .caught_by("faults::cut_is_an_error_not_missing", "is an error taken for a miss?")
        .get(step!(|base, key, options| {
            let passed = within(options, base.pass()).await;
            passed.map_err(|error| if matches!(error, Error::Timeout) { error } else { Error::NotFound })?;
            base.read(key)
        })),
    NETWORK
        .mutant("a put that reached nobody is Ok")
        .caught_by("faults::cut_put_is_not_ok", "said Ok while nothing could reach the backend")
        .put(step!(|base, key, value, options| match within(options, base.pass()).await {
            Ok(()) => base.write(key, value),
            Err(Error::Timeout) => Err(Error::Timeout),
            Err(_) => Ok(()),
        })),
    NETWORK
        .mutant("a put that was sent is Ok, whatever becomes of it")
        .caught_by("faults::cut_amid_calls_is_an_error", "said Ok while nothing could reach the backend")
        .put(step!(|base, key, value, options| {
            let is_sent = is_stalled(base).await;
            match within(options, base.pass()).await {
                Ok(()) => base.write(key, value),
                Err(Error::Backend(_)) if is_sent => Ok(()),
                Err(error) => Err(error),
            }
        })),
    NETWORK
        .mutant("calls that time out keep their places")
        .caught_by("faults::heals_after_stall", "ended with Timeout")
        .put(step!(|base, key, value, options| {
            in_a_place_until_it_times_out(base, options).await?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            in_a_place_until_it_times_out(base, options).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("dropped calls keep their places")
        .caught_by("faults::heals_after_dropped_calls", "ended with Timeout")
        .put(step!(|base, key, value, options| {
            in_a_place_until_it_is_dropped(base, options).await?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            in_a_place_until_it_is_dropped(base, options).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("connections that broke are kept")
        .caught_by("faults::heals_after_cut", "ended with Backend: the connection is closed")
        .get(step!(|base, key, options| {
            if base.count.load(Ordering::SeqCst) > 0 {
                return Err(Error::backend("the connection is closed"));
            }
            let passed = within(options, base.pass()).await;
            if let Err(Error::Backend(_)) = passed {
                base.next();
            }
            passed?;
            base.read(key)
        })),
    NETWORK
        .mutant("what could not be read is remembered as a miss")
        .caught_by("faults::missing_is_not_cached_from_an_outage", "ended with NotFound")
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await?;
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            if base.other.lock().unwrap().contains_key(key) {
                return Err(Error::NotFound);
            }
            let passed = within(options, base.pass()).await;
            if passed.is_err() {
                base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            }
            passed?;
            base.read(key)
        })),
    NETWORK
        .mutant("what was put last is lost when the line is cut")
        .caught_by("faults::acknowledged_survives_outage", "ended with NotFound")
        .put(step!(|base, key, value, options| {
            let passed = within(options, base.pass()).await;
            let last = base.log.lock().unwrap().pop();
            if let (Err(Error::Backend(_)), Some((last, _))) = (&passed, last) {
                base.values.lock().unwrap().remove(&last);
            }
            passed?;
            base.log.lock().unwrap().push((key.to_vec(), Bytes::new()));
            base.write(key, value)
        })),
    NETWORK
        .mutant("a put that timed out in a stall is sent after it")
        .caught_by("settled::stalled_put_never_lands_later", ", which timed out: does it go on, and land later?")
        .put(step!(|base, key, value, options| {
            let passed = within(options, base.pass()).await;
            if let Err(Error::Timeout) = passed {
                send_later(base, key, value.clone());
            }
            passed?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("a put that failed is sent again later")
        .caught_by("settled::failed_put_never_lands_later", ", which failed: does it go on, and land later?")
        .put(step!(|base, key, value, options| {
            let passed = within(options, base.pass()).await;
            if let Err(Error::Backend(_)) = passed {
                send_later(base, key, value.clone());
            }
            passed?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("timeouts have 16 bits of milliseconds")
        .caught_by("faults::long_timeouts_outlast_a_stall", "before its timeout of")
        .get(step!(|base, key, options| {
            let short = options.timeout().map(|timeout| Duration::from_millis((timeout.as_millis() & 0xffff) as u64));
            let options = short.map_or(Options::new(), |short| Options::new().with_timeout(short));
            within(&options, base.pass()).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("no timeout beside options in a stall")
        .caught_by(
            "faults::stalled_put_times_out",
            "it has a timeout of 600 ms, and has to end with Timeout when that has passed",
        )
        .put(step!(|base, key, value, options| {
            let known = if options.iter().next().is_none() { options.clone() } else { Options::new() };
            within(&known, base.pass()).await?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("an answer that is lost is taken for Ok")
        .caught_by("faults::cut_amid_a_put_is_told_truly", "it is the older value, of put 4")
        .put(step!(|base, key, value, options| {
            within(options, async {
                base.pass().await?;
                if base.pass().await.is_ok() { base.write(key, value) } else { Ok(()) }
            })
            .await
        })),
    NETWORK
        .mutant("a call that was cut off waits for its answer")
        .caught_by("faults::cut_without_timeout_ends", "is back: does the call wait for an answer that is lost?")
        .get(step!(|base, key, options| {
            let passed = async {
                match base.pass().await {
                    Err(_) if options.timeout().is_none() => std::future::pending().await,
                    passed => passed,
                }
            };
            within(options, passed).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("each cut keeps one of a hundred places")
        .caught_by("faults::heals_after_cut", "calls failed before it: is a lock, a permit, a connection or a")
        .put(step!(|base, key, value, options| {
            let place = within(options, async { Ok(base.permits.acquire().await.unwrap()) }).await?;
            let passed = within(options, base.pass()).await;
            if passed.as_ref().is_err_and(Error::is_backend) {
                place.forget();
            }
            passed?;
            base.write(key, value)
        })),
];

pub(crate) const RACES: &[Mutant] = &[NETWORK
    .mutant("each handle has a cache of its own for a moment")
    .caught_by("linearizable::one_register", "is there a cache or a copy that puts reach late")
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

/// What a new handle starts with, given what the last one has.
fn beside(last: Option<&Arc<Base>>) -> Base {
    Base { values: last.map(|last| Arc::clone(&last.values)).unwrap_or_default(), ..Base::default() }
}

/// Returns `Timeout` when the timeout of the call has passed.
pub(crate) async fn within<T>(options: &Options, step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    match options.timeout() {
        Some(timeout) => tokio::time::timeout(timeout, step).await.unwrap_or(Err(Error::Timeout)),
        None => step.await,
    }
}

fn in_milliseconds(options: &Options) -> Options {
    match options.timeout() {
        Some(timeout) if timeout >= Duration::from_millis(1) => Options::new().with_timeout(timeout),
        _ => Options::new(),
    }
}

async fn is_stalled(base: &Base) -> bool {
    let mut pass = Box::pin(base.pass());
    std::future::poll_fn(|context| Poll::Ready(pass.as_mut().poll(context).is_pending())).await
}

async fn in_a_place_until_it_times_out(base: &Base, options: &Options) -> Result<(), Error> {
    let place = within(options, async { Ok(base.permits.acquire().await.unwrap()) }).await?;
    let passed = within(options, base.pass()).await;
    if let Err(Error::Timeout) = passed {
        place.forget();
    }
    passed
}

async fn in_a_place_until_it_is_dropped(base: &Base, options: &Options) -> Result<(), Error> {
    within(options, async { Ok(base.permits.acquire().await.unwrap()) }).await?.forget();
    let passed = within(options, base.pass()).await;
    base.permits.add_permits(1);
    passed
}

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

/// Writes when the line is back and a newer put has returned.
fn send_later(base: &Arc<Base>, key: &[u8], value: Bytes) {
    let (base, key) = (Arc::clone(base), key.to_vec());
    tokio::spawn(async move {
        while base.pass().await.is_err() {
            sleep(Duration::from_millis(1)).await;
        }
        sleep(Duration::from_millis(50)).await;
        base.write(&key, value)
    });
}
