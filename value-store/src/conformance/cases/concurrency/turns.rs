//! Threads and tasks that last, and call the store in turn: only what one of them keeps for itself can be out of date.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::watch;

use super::pace::{OnDrop, THREADS};
use crate::conformance::history::Verdict;
use crate::conformance::session::{Budget, Calls, Handle, Session};

pub(crate) async fn tasks_keep_nothing_to_themselves(case: &Session) -> Verdict {
    let store = case.open().await?;
    let turns = Turns::new(case);
    let mut tasks = Calls::default();
    for task in 0..THREADS {
        tasks.start(turns.clone().take(store.clone(), task));
    }
    tasks.all_or_first_failure().await
}

pub(crate) async fn threads_keep_nothing_to_themselves(case: &Session) -> Verdict {
    let store = case.open().await?;
    let turns = Turns::new(case);
    case.on_threads(THREADS, async move |thread| turns.clone().take(store.clone(), thread).await).await?;
    Ok(())
}

/// In each round, another task puts, and then all of them get.
#[derive(Clone)]
struct Turns {
    key: Bytes,
    /// What is put in each round.
    values: Arc<[Bytes]>,
    /// How many turns are over: a put and the gets after it are a turn each. [`NO_MORE`](Self::NO_MORE) ends all tasks.
    over: watch::Sender<usize>,
    budget: Budget,
}

impl Turns {
    const NO_MORE: usize = usize::MAX;

    /// Each task puts twice, and some of them put a value that they have put before and others have replaced.
    fn new(case: &Session) -> Self {
        let [one, other, third] = [(); 3].map(|()| case.value(24));
        let values = [&one, &other, &third, &other, &one, &third, &third, &other].map(Bytes::clone);
        Self { key: case.key("k"), values: values.into(), over: watch::Sender::new(0), budget: case.budget() }
    }

    /// Takes each turn of this task, when it comes.
    async fn take(self, store: Handle, task: usize) -> Verdict {
        let mut over = self.over.subscribe();
        let end_all = || self.over.send_modify(|over| *over = Self::NO_MORE);
        let _panicking = OnDrop(|| {
            if std::thread::panicking() {
                end_all();
            }
        });
        for (round, value) in self.values.iter().enumerate() {
            for turn in 0..=THREADS {
                if task != if turn == 0 { round % THREADS } else { turn - 1 } {
                    continue;
                }
                let before = round * (THREADS + 1) + turn;
                let over_by_now = over.wait_for(|over| *over >= before).await.map_or(Self::NO_MORE, |over| *over);
                if over_by_now == Self::NO_MORE {
                    return Ok(());
                }
                let ended = match turn {
                    0 if round > 1 && !self.budget.is_left() => {
                        end_all();
                        return Ok(());
                    }
                    0 => store.put(&self.key, value).await,
                    _ => store.expect(&self.key, value).await,
                };
                ended.inspect_err(|_| end_all())?;
                self.over.send_replace(before + 1);
            }
        }
        Ok(())
    }
}
