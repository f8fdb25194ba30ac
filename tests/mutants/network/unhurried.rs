//! Faults of calls that an outage, or a call beside them, should not end.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use value_store::{Bytes, Error, Options};

use super::{NETWORK, within};
use crate::mutant::Mutant;
use crate::store::{Base, step};

const SECOND: Duration = Duration::from_secs(1);

pub(crate) const MUTANTS: &[Mutant] = &[
    NETWORK
        .mutant("a cut is a timeout")
        .caught_by(
            "faults::cut_is_no_timeout",
            "and no timeout had passed: is each failure to reach it told as Timeout?",
        )
        .put(step!(|base, key, value, options| {
            within(options, base.pass()).await.map_err(|_| Error::Timeout)?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(options, base.pass()).await.map_err(|_| Error::Timeout)?;
            base.read(key)
        })),
    NETWORK
        .mutant("a get that has a timeout, and is cut off, times out")
        .caught_by(
            "faults::cut_is_no_timeout",
            "and no timeout had passed: is each failure to reach it told as Timeout?",
        )
        .get(step!(|base, key, options| {
            let passed = within(options, base.pass()).await;
            if passed.is_err() && options.timeout().is_some() {
                return Err(Error::Timeout);
            }
            passed?;
            base.read(key)
        })),
    NETWORK
        .mutant("the timeout of a put stays with the connection")
        .caught_by("faults::timeouts_do_not_outlive_their_calls", "the call has no timeout: is that of get")
        .put(step!(|base, key, value, options| {
            within(&limited(options.timeout().or(kept(base))), base.pass()).await?;
            keep(base, options.timeout());
            base.write(key, value)
        })),
    NETWORK
        .mutant("the timeout of a get stays with the connection, even if it has passed")
        .caught_by("faults::timeouts_do_not_outlive_their_calls", "the call has no timeout: ")
        .get(step!(|base, key, options| {
            let limits = limited(options.timeout().or(kept(base)));
            keep(base, options.timeout());
            within(&limits, base.pass()).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("a timeout only ever becomes shorter")
        .caught_by("faults::timeouts_do_not_outlive_their_calls", "does so long a timeout overflow on its way?")
        .put(step!(|base, key, value, options| {
            let timeout = options.timeout().map(|own| own.min(kept(base).unwrap_or(own)));
            keep(base, timeout);
            within(&limited(timeout), base.pass()).await?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("a timeout only ever becomes longer")
        .caught_by("faults::stalled_put_times_out", "a call has to end with Timeout soon after its timeout has passed:")
        .put(step!(|base, key, value, options| {
            let timeout = options.timeout().map(|own| own.max(kept(base).unwrap_or(own)));
            keep(base, timeout);
            within(&limited(timeout), base.pass()).await?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("the timer of a call that has ended closes the connection")
        .caught_by("faults::timeouts_do_not_outlive_their_calls", "ended with Backend: closed by a timer")
        .put(step!(|base, key, value, options| {
            if let Some(timeout) = options.timeout().filter(|timeout| *timeout < SECOND) {
                *base.deadline.lock().unwrap() = Some(Instant::now() + timeout);
            }
            let timer = base.deadline.lock().unwrap().filter(|_| options.timeout().is_none_or(|own| own > SECOND));
            let timer = timer.filter(|timer| *timer > Instant::now());
            tokio::select! {
                passed = within(options, base.pass()) => passed?,
                () = sleep_until(timer.unwrap_or_else(Instant::now)), if timer.is_some() => {
                    return Err(Error::backend("closed by a timer"));
                }
            }
            base.write(key, value)
        })),
    NETWORK
        .mutant("a get that joins another fails if that is given up")
        .caught_by("faults::given_up_calls_end_no_other", "ended with Backend: nobody has asked")
        .get(step!(|base, key, options| {
            if let Ok(_asking) = base.lock.try_lock() {
                base.count.store(0, Ordering::SeqCst);
                within(options, base.pass()).await?;
                base.next();
                return base.read(key);
            }
            within(options, async {
                let _asked = base.lock.lock().await;
                if base.count.load(Ordering::SeqCst) > 0 {
                    base.pass().await
                } else {
                    Err(Error::backend("nobody has asked"))
                }
            })
            .await?;
            base.read(key)
        })),
    NETWORK
        .mutant("a get that joins another ends with it")
        .caught_by("faults::given_up_calls_end_no_other", "ended with Timeout, where put")
        .get(step!(|base, key, options| {
            let deadline = {
                let mut shared = base.deadline.lock().unwrap();
                let own = options.timeout().and_then(|timeout| Instant::now().checked_add(timeout));
                let under_way = shared.filter(|shared| *shared > Instant::now());
                *shared = match (under_way, own) {
                    (Some(one), Some(other)) => Some(one.min(other)),
                    (one, other) => one.or(other),
                };
                *shared
            };
            let Some(deadline) = deadline else {
                base.pass().await?;
                return base.read(key);
            };
            tokio::time::timeout_at(deadline, base.pass()).await.unwrap_or(Err(Error::Timeout))?;
            *base.deadline.lock().unwrap() = None;
            base.read(key)
        })),
    NETWORK
        .mutant("a put is sent with the one before it, or not at all")
        .caught_by("faults::given_up_calls_end_no_other", "it is the older value, of put")
        .put(step!(|base, key, value, options| {
            base.log.lock().unwrap().push((key.to_vec(), value));
            if let Ok(_sending) = base.lock.try_lock() {
                let sent = within(options, base.pass()).await;
                let puts = std::mem::take(&mut *base.log.lock().unwrap());
                sent?;
                base.values.lock().unwrap().extend(puts);
                return Ok(());
            }
            within(options, async { Ok(base.lock.lock().await) }).await.map(drop)
        })),
    NETWORK
        .mutant("gets with a timeout wait for each other")
        .caught_by("faults::stalled_calls_hold_up_no_other", "so 5 times out of 5")
        .get(step!(|base, key, options| {
            let _turn = match options.timeout() {
                Some(timeout) if timeout < SECOND => Some(base.lock.lock().await),
                _ => None,
            };
            within(options, base.pass()).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("a call that waits for its connection holds the queue")
        .caught_by("faults::stuck_calls_hold_up_no_other", "is stuck at the backend, and")
        .put(step!(|base, key, value, options| {
            within(options, in_turn(base)).await?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            within(options, in_turn(base)).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("gets that wait out a stall have each other's answers")
        .caught_by("faults::stalled_without_timeout_waits_then_finishes", "ran at the same time: is the ans")
        .get(step!(|base, key, options| {
            base.log.lock().unwrap().push((key.to_vec(), Bytes::new()));
            let passed = within(options, base.pass()).await;
            let asked = base.log.lock().unwrap().pop().map(|(asked, _)| asked);
            passed?;
            base.read(asked.as_deref().filter(|_| options.timeout().is_none()).unwrap_or(key))
        })),
    NETWORK
        .mutant("a call that is cut off ends only after a pause")
        .caught_by("faults::cut_calls_end_in_time", "so 5 times out of 5")
        .put(step!(|base, key, value, options| {
            let passed = within(options, base.pass()).await;
            if passed.as_ref().is_err_and(Error::is_backend) {
                tokio::time::sleep(SECOND).await;
            }
            passed?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("above a second, timeouts are whole seconds, rounded up")
        .caught_by("faults::fractions_of_a_timeout_count", "so 5 times out of 5")
        .put(step!(|base, key, value, options| {
            within(&in_seconds(options, 1), base.pass()).await?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("above a second, timeouts are whole seconds, rounded down")
        .caught_by("faults::fractions_of_a_timeout_count", "before its timeout of")
        .get(step!(|base, key, options| {
            within(&in_seconds(options, 0), base.pass()).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("milliseconds of 31 bits and a sign in a stall")
        .caught_by("faults::long_timeouts_outlast_a_stall", "before its timeout of")
        .get(step!(|base, key, options| {
            let too_long = options.timeout().filter(|timeout| (1 << 31..1 << 32).contains(&timeout.as_millis()));
            let options = too_long.map_or_else(|| options.clone(), |_| Options::new().with_timeout(Duration::ZERO));
            within(&options, base.pass()).await?;
            base.read(key)
        })),
    NETWORK
        .mutant("a put that timed out keeps its key")
        .caught_by("faults::failed_calls_leave_their_keys_usable", "ended with Backend: this key is being put")
        .put(step!(|base, key, value, options| {
            if base.other.lock().unwrap().contains_key(key) {
                return Err(Error::backend("this key is being put"));
            }
            let passed = within(options, base.pass()).await;
            if passed.as_ref().is_err_and(Error::is_timeout) {
                base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            }
            passed?;
            base.write(key, value)
        })),
    NETWORK
        .mutant("a get that is dropped keeps puts from its key")
        .caught_by("faults::failed_calls_leave_their_keys_usable", "ended with Backend: this key is being read")
        .put(step!(|base, key, value, options| {
            if base.other.lock().unwrap().contains_key(key) {
                return Err(Error::backend("this key is being read"));
            }
            within(options, base.pass()).await?;
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            let passed = within(options, base.pass()).await;
            base.other.lock().unwrap().remove(key);
            passed?;
            base.read(key)
        })),
    NETWORK
        .mutant("that a get was cut off is remembered")
        .caught_by("faults::failed_calls_leave_their_keys_usable", "ended with Backend: as before")
        .get(step!(|base, key, options| {
            if base.other.lock().unwrap().contains_key(key) {
                return Err(Error::backend("as before"));
            }
            let passed = within(options, base.pass()).await;
            if passed.as_ref().is_err_and(Error::is_backend) {
                base.other.lock().unwrap().insert(key.to_vec(), Bytes::new());
            }
            passed?;
            base.read(key)
        })),
];

/// The timeout that an earlier call left behind.
fn kept(base: &Base) -> Option<Duration> {
    let milliseconds = base.count.load(Ordering::SeqCst);
    (milliseconds > 0).then(|| Duration::from_millis(milliseconds.try_into().unwrap_or(u64::MAX)))
}

fn keep(base: &Base, timeout: Option<Duration>) {
    if let Some(timeout) = timeout {
        base.count.store(timeout.as_millis().try_into().unwrap_or(usize::MAX), Ordering::SeqCst);
    }
}

fn limited(timeout: Option<Duration>) -> Options {
    timeout.map_or_else(Options::new, |timeout| Options::new().with_timeout(timeout))
}

/// A timeout of more than a second in whole seconds, with so many added if it has a fraction.
fn in_seconds(options: &Options, added: u64) -> Options {
    let whole = |timeout: Duration| match timeout.as_secs() {
        0 => timeout,
        _ if timeout.subsec_nanos() == 0 => timeout,
        seconds => Duration::from_secs(seconds.saturating_add(added)),
    };
    limited(options.timeout().map(whole))
}

async fn in_turn(base: &Base) -> Result<(), Error> {
    let _turn = base.lock.lock().await;
    base.pass().await
}
