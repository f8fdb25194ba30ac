//! Handles that wrote to a key at the same time come to agree.

use bytes::Bytes;

use crate::conformance::history::{Expected, Verdict};
use crate::conformance::session::{Calls, Handle, Session};

const HANDLES: usize = 3;

/// Each has a key of its own: whether the writers meet is a matter of chance.
const ROUNDS: usize = 24;

pub(crate) async fn writers_go_quiet_on_one_value(case: &Session) -> Verdict {
    let handles = case.open_several(HANDLES).await?;
    let keys = write(case, &handles, 3).await?;
    expect_agreement(case, &handles, &keys).await.map(drop)
}

pub(crate) async fn agreement_lasts(case: &Session) -> Verdict {
    let handles = case.open_several(HANDLES).await?;
    let keys = write(case, &handles, 1).await?;
    let agreed = expect_agreement(case, &handles, &keys).await?;
    for _ in 0..3 {
        for handle in &handles {
            case.expect_all(handle, &agreed).await?;
        }
    }
    // Nor does one that comes later see it otherwise.
    let late = case.open().await?;
    for (key, value) in &agreed {
        case.expect_to_arrive(&late, key, value).await?;
    }
    Ok(())
}

/// A key, and what was put to it.
type Written = (Bytes, Vec<Bytes>);

/// Has all handles put so many values to one key at the same time, round after round, and waits until they are quiet.
async fn write(case: &Session, handles: &[Handle], puts: usize) -> Verdict<Vec<Written>> {
    let mut keys = Vec::new();
    for round in 0..ROUNDS {
        let key = case.key(format!("r{round}"));
        let values: Vec<_> = (0..handles.len() * puts).map(|number| case.value(100 + 50 * number)).collect();
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

/// Each key has the same value for all handles, now or within the declared bound, and it is one of those put to it.
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
