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

/// How often each handle is asked, after the last put of a round, whether it has the value.
const LOOKS: usize = 40;

/// How often in a row a handle has to return the last value of a round, so that it counts as having it.
const IN_A_ROW: usize = 3;

/// How long all rounds together may take, if that is not more than a case may spend on repetitions. A call that has begun is
/// waited for.
const TIME: Duration = Duration::from_secs(2);

/// How long a round may wait for its last value.
const PATIENCE: Duration = Duration::from_secs(1);

/// The pauses between looks: they grow from the first of these to the second.
const PAUSES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(50)];

/// Measures how stale the reads of a store are, unless it claims that they are not.
pub(crate) fn measure(subject: &'static Subject, seed: Seed) -> Option<Staleness> {
    let is_claimed = |claim| subject.settings.claims.contains(&claim);
    if is_claimed(Claim::Linearizable) || is_claimed(Claim::Convergent) {
        return None;
    }
    let (history, verdict) = observe(subject, "staleness", seed, |session| Box::pin(look(session)));
    let operations = history.operations();
    let staleness = count::count(&operations);
    let trouble = match verdict {
        Some(Ok(())) => failed_calls(&operations),
        Some(Err(failure)) => Some(in_words(&failure)),
        None => Some(format!(
            "the store had not answered when the deadline of {} had passed",
            duration(subject.settings.deadline)
        )),
    };
    Some(Staleness { trouble, ..staleness })
}

async fn look(session: &Session) -> Verdict {
    let handles = session.open_several(if session.is_claimed(Claim::Shared) { HANDLES } else { 1 }).await?;
    let end = Instant::now() + TIME.min(session.settings().deadline / 10);
    for round in 0..ROUNDS {
        if round > 0 && Instant::now() >= end {
            break;
        }
        look_at_a_key(session, &handles, &session.key(format!("r{round}")), end).await;
    }
    Ok(())
}

/// Puts values, and gets the key after each put. In the end, waits until all handles have the last value.
async fn look_at_a_key(session: &Session, handles: &[Handle], key: &Bytes, end: Instant) {
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
    let end = end.min(Instant::now() + PATIENCE);
    let mut waiting: Vec<_> = handles.iter().map(|reader| (reader, 0)).collect();
    let mut pause = PAUSES[0];
    for _ in 0..LOOKS {
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
