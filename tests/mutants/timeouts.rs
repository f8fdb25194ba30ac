//! Faults of timeouts: ignored, misread, kept for too long, and what is left behind when one passes.
#![expect(clippy::cast_possible_truncation, reason = "counts in too few bits are faults")]

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use value_store::{Bytes, Error, Options};

use crate::mutant::{Mutant, mutant};
use crate::store::{Base, RIGHT, Steps, step};

/// Long enough for timeouts to pass, and short enough for a case not to take seconds.
const SLOW: Duration = Duration::from_millis(60);

/// Longer than a timeout and the grace, even on a busy machine, which delays the timers that the suite compares with.
const TOO_LONG: Duration = Duration::from_millis(600);

/// Too long for a timeout of half of it, even with the grace. For a timeout of half a second it is within the grace.
const CONNECTING: Duration = Duration::from_millis(550);

const SECOND: Duration = Duration::from_secs(1);

/// A store whose calls take [`SLOW`], and time out after what `$limit` makes of their timeout.
macro_rules! limited {
    ($limit:expr) => {
        Steps {
            put: step!(|base, key, value, options| {
                let limit: fn(Duration) -> Duration = $limit;
                work(SLOW, options.timeout().map(limit)).await?;
                base.write(key, value)
            }),
            get: step!(|base, key, options| {
                let limit: fn(Duration) -> Duration = $limit;
                work(SLOW, options.timeout().map(limit)).await?;
                base.read(key)
            }),
            ..RIGHT
        }
    };
}

/// Calls time out at once if `$limit` makes nothing of their timeout.
macro_rules! expired {
    ($limit:expr) => {
        |_, options| {
            let limit: fn(Duration) -> Duration = $limit;
            if options.timeout().map(limit) == Some(Duration::ZERO) { Err(Error::Timeout) } else { Ok(()) }
        }
    };
}

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("a timeout is added to a clock that overflows")
        .caught_by("timeouts::maximum_does_not_overflow", " panicked: overflow when adding duration to instant")
        .first(|_, options| {
            let end = options.timeout().map(|timeout| std::time::Instant::now() + timeout);
            end.map_or(Ok(()), |_| Ok(()))
        }),
    mutant("milliseconds of 32 bits")
        .caught_by("timeouts::huge_is_not_expired", "does so long a timeout overflow on its way?")
        .first(|_, options| match options.timeout() {
            Some(timeout) if timeout > Duration::from_secs(1) && timeout.as_millis() as u32 == 0 => Err(Error::Timeout),
            _ => Ok(()),
        }),
    mutant("an hour is too long")
        .caught_by("timeouts::generous_changes_nothing", "ended with Backend: timeout out of range, and not with Ok")
        .first(|_, options| match options.timeout() {
            Some(timeout) if timeout >= Duration::from_secs(3_600) => Err(Error::backend("timeout out of range")),
            _ => Ok(()),
        }),
    mutant("zero is an error")
        .caught_by("timeouts::zero_is_prompt", "a call whose timeout passes ends with Err(Error::Timeout), whatever")
        .first(|_, options| match options.timeout() {
            Some(Duration::ZERO) => Err(Error::backend("timeout must not be zero")),
            _ => Ok(()),
        }),
    mutant("a nanosecond is no timeout")
        .caught_by("timeouts::one_nanosecond_is_not_none", "the timeout has to bound the whole call: is")
        .get(step!(|base, key, options| {
            let whole = options
                .timeout()
                .map(|timeout| Duration::from_millis(timeout.as_millis().try_into().unwrap_or(u64::MAX)));
            match whole {
                Some(Duration::ZERO) if options.timeout() != Some(Duration::ZERO) => {
                    sleep(TOO_LONG).await;
                }
                _ => {}
            }
            base.read(key)
        })),
    mutant("a timeout stays for later calls")
        .caught_by("timeouts::short_then_none", "the call has no timeout: is that of put")
        .first(|base, options| {
            let mut kept = base.deadline.lock().unwrap();
            let short = options.timeout().filter(|timeout| *timeout < SECOND);
            *kept = short.map(|_| Instant::now()).or(*kept);
            match *kept {
                Some(end) if options.timeout().is_none() && Instant::now() > end => Err(Error::Timeout),
                _ => Ok(()),
            }
        }),
    mutant("a miss takes its time, whatever the timeout")
        .caught_by("timeouts::missing_key_in_time", "the timeout has to bound the whole call: is")
        .get(step!(|base, key, options| {
            if options.timeout().is_some() && base.read(key).is_err() {
                sleep(TOO_LONG).await;
            }
            base.read(key)
        })),
    mutant("half a value when timed out")
        .caught_by("timeouts::timed_out_put_is_whole", "returned \"v\" (1 B), which is not \"v1\" (2 B)")
        .put(step!(|base, key, value, options| {
            let put = async {
                base.write(key, value.slice(..value.len() / 2))?;
                sleep(SLOW).await;
                base.write(key, value)
            };
            timeout(options.timeout().unwrap_or(Duration::MAX), put).await.unwrap_or(Err(Error::Timeout))
        })),
    mutant("no timeout while it works")
        .caught_by("timeouts::timeout_during_the_call", "the timeout has to bound the whole call: is")
        .put(step!(|base, key, value, _| {
            sleep(Duration::from_millis(300)).await;
            base.write(key, value)
        })),
    mutant("the thread is blocked")
        .caught_by("timeouts::zero_is_prompt", "the timeout has to bound the whole call: is")
        .first(|_, options| {
            if options.timeout().is_some() {
                std::thread::sleep(TOO_LONG);
            }
            Ok(())
        }),
    mutant("a timeout of a get is ignored")
        .caught_by("timeouts::timeout_during_the_call", "the timeout has to bound the whole call: is the longer one")
        .get(step!(|base, key, options| {
            if hurried(options) {
                sleep(TOO_LONG).await;
            }
            base.read(key)
        })),
    mutant("a retry has the whole timeout again")
        .caught_by(
            "timeouts::timeout_during_the_call",
            "the timeout has to bound the whole call: do retries or phases each",
        )
        .put(step!(|base, key, value, options| {
            if connecting(base, options) {
                work(CONNECTING, options.timeout().map(|timeout| timeout.saturating_mul(2))).await?;
            }
            base.write(key, value)
        })),
    mutant("each phase has the whole timeout")
        .caught_by(
            "timeouts::timeout_during_the_call",
            "the timeout has to bound the whole call: do retries or phases each",
        )
        .put(step!(|base, key, value, options| {
            let phases = if connecting(base, options) { 3 } else { 0 };
            for _ in 0..phases {
                work(CONNECTING / 3, options.timeout()).await?;
            }
            base.write(key, value)
        })),
    mutant("a deadline is looked at when the work is done")
        .caught_by(
            "timeouts::timeout_during_the_call",
            "the timeout has to bound the whole call: is it looked at only when",
        )
        .put(step!(|base, key, value, options| {
            let begun = Instant::now();
            if hurried(options) {
                sleep(TOO_LONG).await;
            }
            match options.timeout() {
                Some(timeout) if begun.elapsed() > timeout => Err(Error::Timeout),
                _ => base.write(key, value),
            }
        })),
    mutant("zero is no timeout")
        .caught_by("timeouts::zero_is_prompt", "the timeout has to bound the whole call: is")
        .get(step!(|base, key, options| {
            if options.timeout() == Some(Duration::ZERO) {
                sleep(TOO_LONG).await;
            }
            base.read(key)
        })),
    mutant("a put takes a nanosecond for no timeout")
        .caught_by("timeouts::one_nanosecond_is_not_none", "the timeout has to bound the whole call: is")
        .put(step!(|base, key, value, options| {
            if options.timeout() == Some(Duration::from_nanos(1)) {
                sleep(TOO_LONG).await;
            }
            base.write(key, value)
        })),
    mutant("a zero panics").caught_by("timeouts::zero_is_prompt", "failed: a timer needs a period").first(
        |_, options| {
            assert_ne!(options.timeout(), Some(Duration::ZERO), "a timer needs a period");
            Ok(())
        },
    ),
    mutant("a timeout is whole seconds, rounded up")
        .caught_by("timeouts::timeout_during_the_call", "the timeout has to bound the whole call: is")
        .put(step!(|base, key, value, options| {
            let whole = options.timeout().map(|timeout| Duration::from_secs(timeout.as_secs().saturating_add(1)));
            if hurried(options) {
                work(TOO_LONG, whole).await?;
            }
            base.write(key, value)
        })),
    mutant("a timeout is whole seconds, rounded down")
        .caught_by("timeouts::never_early", "is the timeout rounded down on its way, or cut to a coarser unit?")
        .first(expired!(|timeout| Duration::from_secs(timeout.as_secs()))),
    mutant("nanoseconds of 32 bits")
        .caught_by("timeouts::never_early", "is the timeout rounded down on its way, or cut to a coarser unit?")
        .first(expired!(|timeout| Duration::from_nanos((timeout.as_nanos() as u32).into()))),
    mutant("a second is kept back")
        .caught_by("timeouts::never_early", "is the timeout rounded down on its way, or cut to a coarser unit?")
        .first(expired!(|timeout| timeout.saturating_sub(SECOND))),
    mutant("ten milliseconds are kept back")
        .caught_by("timeouts::never_early", "is the timeout rounded down on its way, or cut to a coarser unit?")
        .steps(limited!(|timeout| timeout.saturating_sub(Duration::from_millis(10)))),
    mutant("half of the timeout")
        .caught_by("timeouts::never_early", "is the timeout rounded down on its way, or cut to a coarser unit?")
        .steps(limited!(|timeout| timeout / 2)),
    mutant("ten milliseconds at most")
        .caught_by("timeouts::generous_changes_nothing", "the timeout had not passed: does it overflow on its way?")
        .steps(limited!(|timeout| timeout.min(Duration::from_millis(10)))),
    mutant("with a timeout, nothing is waited for")
        .caught_by("timeouts::generous_changes_nothing", "the timeout had not passed: does it overflow on its way?")
        .steps(limited!(|_| Duration::ZERO)),
    mutant("seconds of 8 bits")
        .caught_by("timeouts::huge_is_not_expired", "does so long a timeout overflow on its way?")
        .first(expired!(|timeout| Duration::from_secs((timeout.as_secs() as u8).into())
            .max(Duration::from_nanos(timeout.subsec_nanos().into())))),
    mutant("seconds of 16 bits")
        .caught_by("timeouts::huge_is_not_expired", "does so long a timeout overflow on its way?")
        .first(expired!(|timeout| Duration::from_secs((timeout.as_secs() as u16).into())
            .max(Duration::from_nanos(timeout.subsec_nanos().into())))),
    mutant("milliseconds of 16 bits")
        .caught_by("timeouts::huge_is_not_expired", "does so long a timeout overflow on its way?")
        .first(expired!(|timeout| timeout.min(Duration::from_millis((timeout.as_millis() as u16).into())))),
    mutant("microseconds of 31 bits and a sign")
        .caught_by("timeouts::huge_is_not_expired", "does so long a timeout overflow on its way?")
        .first(expired!(
            |timeout| Duration::from_micros((timeout.as_micros() as i32).try_into().unwrap_or(0)).min(timeout)
        )),
    mutant("microseconds of 63 bits and a sign")
        .caught_by("timeouts::huge_is_not_expired", "the timeout had not passed: does it overflow on its way?")
        .first(expired!(
            |timeout| Duration::from_micros((timeout.as_micros() as i64).try_into().unwrap_or(0)).min(timeout)
        )),
    mutant("nanoseconds of 63 bits and a sign")
        .caught_by("timeouts::huge_is_not_expired", "the timeout had not passed: does it overflow on its way?")
        .first(expired!(|timeout| Duration::from_nanos((timeout.as_nanos() as i64).try_into().unwrap_or(0)))),
    mutant("a timeout goes through a float")
        .caught_by("timeouts::maximum_does_not_overflow", " panicked: cannot convert float seconds to Duration: value")
        .first(expired!(|timeout| Duration::from_secs_f64(timeout.as_secs_f64()))),
    mutant("Timeout is told as another error")
        .caught_by(
            "timeouts::timeout_during_the_call",
            "ended with Backend: deadline exceeded, and not with Ok, and not",
        )
        .put(step!(|base, key, value, options| {
            work(SLOW, options.timeout()).await.map_err(|_| Error::backend("deadline exceeded"))?;
            base.write(key, value)
        })),
    mutant("a get that times out finds nothing")
        .caught_by(
            "timeouts::timeout_during_the_call",
            "a call whose timeout passes ends with Err(Error::Timeout), whatever it",
        )
        .get(step!(|base, key, options| {
            work(SLOW, options.timeout()).await.map_err(|_| Error::NotFound)?;
            base.read(key)
        })),
    mutant("a get that times out finds the empty value")
        .caught_by(
            "timeouts::timeout_during_the_call",
            "a key without a value is Err(Error::NotFound); the empty value is a",
        )
        .get(step!(|base, key, options| {
            match work(SLOW, options.timeout()).await {
                Ok(()) => base.read(key),
                Err(_) => Ok(Bytes::new()),
            }
        })),
    mutant("a put that times out says Ok")
        .caught_by("timeouts::timed_out_put_is_whole", "it is the older value, of put")
        .put(step!(|base, key, value, options| {
            match work(SLOW, options.timeout()).await {
                Ok(()) => base.write(key, value),
                Err(_) => Ok(()),
            }
        })),
    mutant("a timeout stays with its connection")
        .caught_by("timeouts::short_then_none", "the call has no timeout: is that of put")
        .put(step!(|base, key, value, options| {
            work(SLOW, kept(base, b"", options)).await?;
            base.write(key, value)
        })),
    mutant("a timeout stays with its key")
        .caught_by("timeouts::short_then_none", "the call has no timeout: is that of put")
        .put(step!(|base, key, value, options| {
            work(SLOW, kept(base, key, options)).await?;
            base.write(key, value)
        })),
    mutant("a long timeout stays")
        .caught_by("timeouts::long_then_short", "the timeout has to bound the whole call: is the longer one")
        .put(step!(|base, key, value, options| {
            if options.timeout().is_some_and(|timeout| timeout > SECOND) {
                base.next();
            }
            if base.count.load(Ordering::SeqCst) > 0 && hurried(options) {
                sleep(TOO_LONG).await;
            }
            base.write(key, value)
        })),
    mutant("the first of many timeouts ends them all")
        .caught_by("timeouts::beside_each_other", ": is that of put")
        .put(step!(|base, key, value, options| {
            let _under_way = base.permits.acquire().await.unwrap();
            if base.permits.available_permits() == 99 {
                *base.deadline.lock().unwrap() = None;
            }
            if let Some(timeout) = options.timeout().filter(|timeout| *timeout < SECOND) {
                *base.deadline.lock().unwrap() = Some(Instant::now() + timeout);
            }
            sleep(SLOW).await;
            let end = *base.deadline.lock().unwrap();
            if end.is_some_and(|end| Instant::now() > end) { Err(Error::Timeout) } else { base.write(key, value) }
        })),
    mutant("a queue is no part of the timeout")
        .caught_by("timeouts::behind_other_calls", "the timeout has to bound the whole call: is the time that it waits")
        .put(step!(|base, key, value, options| {
            let _turn = base.lock.lock().await;
            work(SLOW, options.timeout()).await?;
            base.write(key, value)
        })),
    mutant("puts that time out keep their permits")
        .caught_by("timeouts::many_timeouts_then_usable", "ns, had not returned after")
        .put(step!(|base, key, value, options| {
            base.permits.acquire_many(5).await.unwrap().forget();
            work(SLOW, options.timeout()).await?;
            base.permits.add_permits(5);
            base.write(key, value)
        })),
    mutant("gets that time out keep their permits")
        .caught_by("timeouts::many_timeouts_then_usable", "ns, had not returned after")
        .get(step!(|base, key, options| {
            base.permits.acquire_many(5).await.unwrap().forget();
            work(SLOW, options.timeout()).await?;
            base.permits.add_permits(5);
            base.read(key)
        })),
    mutant("a put that times out stays under way")
        .caught_by(
            "timeouts::timed_out_put_is_whole",
            "it fails only after put 1, which timed out: is a lock, a permit, a",
        )
        .put(step!(|base, key, value, options| {
            if base.other.lock().unwrap().insert(key.to_vec(), Bytes::new()).is_some() {
                return Err(Error::backend("a put of this key is under way"));
            }
            work(SLOW, options.timeout()).await?;
            base.other.lock().unwrap().remove(key);
            base.write(key, value)
        })),
    mutant("a put that times out takes the old value with it")
        .caught_by(
            "timeouts::timed_out_put_is_whole",
            "it fails only after put 2, which timed out: is the old value removed",
        )
        .put(step!(|base, key, value, options| {
            let worked = work(SLOW, options.timeout()).await;
            if worked.is_err() {
                base.values.lock().unwrap().remove(key);
            }
            worked?;
            base.write(key, value)
        })),
    mutant("a get that times out takes the value with it")
        .caught_by(
            "timeouts::timeout_during_the_call",
            "it fails only after get 2, which timed out: did it take the value",
        )
        .get(step!(|base, key, options| {
            let found = base.read(key)?;
            if work(SLOW, options.timeout()).await.is_err() {
                base.values.lock().unwrap().remove(key);
                return Err(Error::Timeout);
            }
            Ok(found)
        })),
    mutant("a timeout closes the connection")
        .caught_by(
            "timeouts::timed_out_put_is_whole",
            "it fails only after put 1, which timed out: is a lock, a permit, a",
        )
        .first(
            |base, _| {
                if base.count.load(Ordering::SeqCst) > 0 { Err(Error::backend("connection closed")) } else { Ok(()) }
            },
        )
        .put(step!(|base, key, value, options| {
            work(SLOW, options.timeout()).await.inspect_err(|_| {
                base.next();
            })?;
            base.write(key, value)
        })),
    mutant("the next call hears of a timeout, too")
        .caught_by("timeouts::short_then_none", "the call has no timeout: is that of get")
        .get(step!(|base, key, options| {
            if base.other.lock().unwrap().remove(&b"late"[..]).is_some() {
                return Err(Error::Timeout);
            }
            work(SLOW, options.timeout())
                .await
                .inspect_err(|_| drop(base.other.lock().unwrap().insert(b"late".to_vec(), Bytes::new())))?;
            base.read(key)
        })),
    mutant("the answer to a get that timed out is given to the next")
        .caught_by(
            "timeouts::short_then_none",
            "has that value: is the answer to a call that was given up given to the next?",
        )
        .get(step!(|base, key, options| {
            let late = base.other.lock().unwrap().remove(&b"answer"[..]);
            if let Some(answer) = late {
                return Ok(answer);
            }
            let found = base.read(key)?;
            work(SLOW, options.timeout())
                .await
                .inspect_err(|_| drop(base.other.lock().unwrap().insert(b"answer".to_vec(), found.clone())))?;
            Ok(found)
        })),
    mutant("a miss waits for its timeout")
        .caught_by(
            "timeouts::generous_changes_nothing",
            "what has not ended is a get of a key without a value: that ends with N",
        )
        .get(step!(|base, key, options| {
            let found = base.read(key);
            if let (Err(_), Some(timeout)) = (&found, options.timeout()) {
                sleep(timeout).await;
            }
            found
        })),
    mutant("a miss is tried again after growing pauses")
        .caught_by(
            "missing::miss_answers_in_time",
            "the timeout has to bound the whole call: do retries or phases each",
        )
        .get(step!(|base, key, options| {
            let (begun, mut pause) = (Instant::now(), Duration::from_millis(100));
            while base.read(key).is_err()
                && options.timeout().is_some_and(|timeout| timeout < SECOND && begun.elapsed() < timeout)
            {
                sleep(pause).await;
                pause *= 2;
            }
            base.read(key)
        })),
];

/// Takes this time, and times out when the limit has passed.
async fn work(time: Duration, limit: Option<Duration>) -> Result<(), Error> {
    timeout(limit.unwrap_or(Duration::MAX), sleep(time)).await.map_err(|_| Error::Timeout)
}

/// Whether the call has a short timeout.
fn hurried(options: &Options) -> bool {
    options.timeout().is_some_and(|timeout| timeout < Duration::from_millis(100))
}

/// Whether the call has to connect first: the first call does, and those with a short timeout.
fn connecting(base: &Base, options: &Options) -> bool {
    base.next() == 0 || options.timeout().is_some_and(|timeout| timeout < SECOND)
}

/// The timeout of the call. If it has none, and an earlier call here had a short one: a millisecond.
fn kept(base: &Base, place: &[u8], options: &Options) -> Option<Duration> {
    let mut kept = base.other.lock().unwrap();
    match options.timeout() {
        Some(timeout) if timeout < SECOND => {
            kept.insert(place.to_vec(), Bytes::new());
            Some(timeout)
        }
        None if kept.contains_key(place) => Some(Duration::from_millis(1)),
        timeout => timeout,
    }
}
