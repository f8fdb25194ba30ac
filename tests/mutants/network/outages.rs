//! Faults in an outage of the backend, and after one.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;
use std::time::Duration;

use tokio::time::sleep;
use value_store::{Bytes, Error, Options};

use super::{NETWORK, within};
use crate::mutant::Mutant;
use crate::store::{Base, step};

pub(crate) const MUTANTS: &[Mutant] = &[
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
    NETWORK.mutant("a get has no deadline").caught_by("faults::stalled_get_times_out", ", had not returned after").get(
        step!(|base, key, _| {
            base.pass().await?;
            base.read(key)
        }),
    ),
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
        .caught_by("faults::sub_millisecond_timeout_still_fires", ", had not returned after")
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
        .caught_by("faults::timeout_covers_the_whole_call", ", had not returned after")
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
        .caught_by(
            "faults::step_amid_a_put_leaves_it_whole",
            "timed out before it: is the old value removed before the new one is",
        )
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
        .caught_by("faults::stalled_calls_hold_up_no_other", ", had not returned after")
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
        .caught_by("faults::stalled_put_times_out", ", with a timeout of 600 ms, had not returned after")
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
        .caught_by("faults::heals_after_cut", "calls failed before it: is a lock, a permit, a connection or")
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
