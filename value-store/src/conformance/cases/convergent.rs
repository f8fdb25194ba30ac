//! Handles that wrote to one key at the same time come to agree.

use bytes::Bytes;

use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Calls, Handle, Session};

const HANDLES: usize = 3;

/// Each round has its own key. Chance decides in each whether the writers meet.
const ROUNDS: usize = 24;

pub(crate) async fn writers_go_quiet_on_one_value(case: &Session) -> Verdict {
    let handles = case.open_several(HANDLES).await?;
    let keys = write(case, &handles, 3).await?;
    expect_agreement(case, &handles, &keys).await.map(drop)
}

pub(crate) async fn agreement_lasts(case: &Session) -> Verdict {
    let handles = case.open_several(HANDLES).await?;
    let keys = write(case, &handles, 1).await?;
    case.until_it_stays().await;
    let agreed = expect_agreement(case, &handles, &keys).await?;
    for _ in 0..3 {
        for handle in &handles {
            case.expect_all(handle, &agreed).await?;
        }
    }
    // A handle that is opened later agrees as well.
    let late = case.open().await?;
    for (key, value) in &agreed {
        case.expect_to_arrive(&late, key, value).await?;
    }
    Ok(())
}

/// A key, and what was put to it.
type Written = (Bytes, Vec<Bytes>);

/// In each round, all handles put to one key at the same time, `puts` values each. Returns when all puts have ended.
async fn write(case: &Session, handles: &[Handle], puts: usize) -> Verdict<Vec<Written>> {
    let mut keys = Vec::new();
    for round in 0..ROUNDS {
        let key = case.key(format!("r{round}"));
        let values: Vec<_> = (0..handles.len() * puts).map(|number| case.value(16 + 8 * number)).collect();
        let mut writers = Calls::default();
        for (handle, values) in handles.iter().zip(values.chunks(puts)) {
            let (handle, key, values) = (handle.patient(), key.clone(), values.to_vec());
            writers.start(async move {
                for value in &values {
                    handle.put(&key, value).await?;
                }
                Ok(())
            });
        }
        writers.all().await?;
        keys.push((key, values));
        if !case.has_time() {
            break;
        }
    }
    Ok(keys)
}

/// Expects all handles to read the same value of each key, now or within the declared `propagation`. It has to be one
/// of the values that were put to the key.
async fn expect_agreement(case: &Session, handles: &[Handle], keys: &[Written]) -> Verdict<Vec<(Bytes, Bytes)>> {
    let mut agreed = Vec::new();
    for (key, values) in keys {
        let values: Vec<_> = values.iter().collect();
        case.arrives(async || {
            let first = handles[0].expect_one_of(key, &values).await?;
            for other in &handles[1..] {
                let ended = other.start_get(key).await;
                ended.expect(Expected::OneOf(values.iter().copied().cloned().collect()))?;
                if let Err(differs) = ended.expect(Expected::Value(first.clone())) {
                    return Ok(Err(differs));
                }
            }
            Ok(Ok(()))
        })
        .await?;
        let value = handles[0].expect_one_of(key, &values).await?;
        agreed.push((key.clone(), value));
    }
    Ok(agreed)
}
