//! Calls a store to see how stale its reads are.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Staleness, count};
use crate::conformance::history::{Failure, Operation, Outcome, Verdict};
use crate::conformance::judge::observe;
use crate::conformance::report::{duration, refusal};
use crate::conformance::session::{Handle, Seed, Session};
use crate::conformance::subject::{Claim, Subject};

/// How many handles there are, if the store is shared. One of them puts.
const HANDLES: usize = 3;

/// Each round has its own key.
const ROUNDS: usize = 10;

/// How many values are put in a round, one after the other.
const PUTS: usize = 4;

/// How often each handle gets the key after each put.
const GETS: usize = 2;

/// How often in a row a handle has to return the last value of a round, so that it counts as having it.
const IN_A_ROW: usize = 3;

/// When the last round begins, if that is not more than a case may spend on repetitions.
const TIME: Duration = Duration::from_secs(2);

/// How long a round waits for its last value, if the store declares no longer propagation time.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a store may take for all of it, beside the wait for a value. No case depends on this measurement, so it is left
/// earlier than a case would be.
const LIMIT: Duration = Duration::from_secs(10);

/// The pauses between looks: they grow from the first of these to the second.
const PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(50)];

/// Measures how stale the reads of a store are, unless it claims that they are not.
pub(crate) fn measure(subject: &'static Subject, seed: Seed) -> Option<Staleness> {
    let is_claimed = |claim| subject.settings.claims.contains(&claim);
    if is_claimed(Claim::Linearizable) || is_claimed(Claim::Convergent) {
        return None;
    }
    let waited = subject.settings.propagation.clamp(PATIENCE, LIMIT);
    let limit = subject.settings.deadline.min(LIMIT).saturating_add(waited);
    let (history, verdict) = observe(subject, "staleness", seed, limit, move |session| Box::pin(look(session, waited)));
    let operations = history.operations();
    let unfinished = operations.last().filter(|_| verdict.is_none()).map(|operation| operation.key.clone());
    let staleness = Staleness { waited, ..count::count(&operations, unfinished.as_ref()) };
    let trouble = match verdict {
        Some(Ok(())) => failed_calls(&operations),
        Some(Err(failure)) => Some(in_words(&failure)),
        None => Some(format!("calls had not ended after {}", duration(limit))),
    };
    Some(Staleness { trouble, ..staleness })
}

async fn look(session: &Session, patience: Duration) -> Verdict {
    let handles = session.open_several(if session.is_claimed(Claim::Shared) { HANDLES } else { 1 }).await?;
    let end = Instant::now() + TIME.min(session.settings().deadline / 10);
    for round in 0..ROUNDS {
        if round > 0 && Instant::now() >= end {
            break;
        }
        look_at_a_key(session, &handles, &session.key(format!("r{round}")), (end, patience)).await;
    }
    Ok(())
}

/// Puts values until time is up, and gets the key after each put. In the end, waits until all handles have the last value.
async fn look_at_a_key(session: &Session, handles: &[Handle], key: &Bytes, (end, patience): (Instant, Duration)) {
    let mut last = Bytes::new();
    for number in 0..PUTS {
        last = session.value(16);
        let put = handles[0].start_put(key, &last).await;
        for reader in handles.iter().cycle().take(GETS * handles.len()) {
            reader.start_get(key).await;
        }
        let is_over = Instant::now() >= end;
        if is_over || number > 0 && !matches!(put.outcome, Outcome::Stored) {
            break;
        }
    }
    let end = Instant::now() + patience;
    let mut waiting: Vec<_> = handles.iter().map(|reader| (reader, 0)).collect();
    let mut pause = PAUSES[0];
    loop {
        for (reader, in_a_row) in &mut waiting {
            let found = reader.start_get(key).await.value();
            *in_a_row = if found.as_ref() == Some(&last) { *in_a_row + 1 } else { 0 };
        }
        waiting.retain(|(_, in_a_row)| *in_a_row < IN_A_ROW);
        if waiting.is_empty() || Instant::now() >= end {
            break;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(PAUSES[1]);
    }
}

/// How many calls failed, and how the first of them did.
fn failed_calls(operations: &[Operation]) -> Option<String> {
    let failed: Vec<_> =
        operations.iter().filter_map(|operation| Some((operation, count::failed(operation)?))).collect();
    let (first, how) = failed.first()?;
    let (failed, all) = (failed.len(), operations.len());
    Some(format!("{failed} of {all} calls failed, first a {} with {}", first.call.name(), refusal(how)))
}

fn in_words(failure: &Failure) -> String {
    match failure {
        Failure::NotOpened { chain } => format!("the factory returned an error: {}", chain.join(": caused by: ")),
        Failure::Panicked { message, .. } => format!("the store panicked: {message}"),
        _ => "the measurement ended early".to_owned(),
    }
}
