//! Judges all mutants, several at a time.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use value_store_tests::snapshot;

use crate::kill::Kill;
use crate::{failing_cases, mutants};

/// As many as keep two cores busy.
const MUTANTS_AT_A_TIME: usize = 4;

/// A mutant that takes longer than this waits more than it works, and another begins beside it.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the suite says of all mutants.
pub(crate) struct Judged {
    /// In the order of the tables.
    pub(crate) kills: Vec<Kill>,
    /// How mutants that were judged again had differed from what was expected.
    pub(crate) again: Vec<String>,
}

/// Judges each mutant, once for all tests.
///
/// Side by side, mutants keep each other waiting, which changes what fails where that depends on time, or on the order in
/// which threads come. The list has what fails on a mutant that is alone. So a mutant that fails other cases is judged again,
/// by itself, and that counts.
pub(crate) fn judged() -> &'static Judged {
    static JUDGED: OnceLock<Judged> = OnceLock::new();
    JUDGED.get_or_init(|| {
        let kills = side_by_side(mutants(), MUTANTS_AT_A_TIME, |(table, mutant)| Kill::of(table, *mutant));
        let mut judged = Judged { kills, again: Vec::new() };
        judged.judge_again();
        judged
    })
}

impl Judged {
    /// Judges each mutant whose verdict is not as expected by itself. Where the list is written anew, all of them may differ,
    /// and judging them one by one takes an hour: the next run tells whether the list is right.
    fn judge_again(&mut self) {
        if snapshot::is_updating() {
            return;
        }
        for kill in &mut self.kills {
            if let Some(difference) = kill.missed().or_else(|| failing_cases::difference(kill)) {
                self.again.push(difference);
                *kill = kill.again();
            }
        }
    }
}

/// Judges mutants, so many at a time, and returns the verdicts in the order of the mutants.
///
/// It begins with the last: the last tables have the faults that make cases wait, and what is left at the end is quick.
fn side_by_side<M: Send>(mutants: Vec<M>, at_a_time: usize, judge: impl Fn(M) -> Kill + Sync) -> Vec<Kill> {
    let (ended, ends) = channel();
    thread::scope(|scope| {
        let (mut under_way, mut judging) = (Vec::new(), Vec::new());
        for (number, mutant) in mutants.into_iter().enumerate().rev() {
            wait_for_a_place(&mut under_way, at_a_time, &ends);
            under_way.push((number, Instant::now()));
            let (ended, judge) = (ended.clone(), &judge);
            judging.push(scope.spawn(move || {
                let kill = judge(mutant);
                let _ = ended.send(number);
                kill
            }));
        }
        judging.into_iter().rev().map(|kill| kill.join().unwrap()).collect()
    })
}

/// Waits until so few mutants are under way that another can begin. Those that took longer than [`PATIENCE`] do not count.
fn wait_for_a_place(under_way: &mut Vec<(usize, Instant)>, at_a_time: usize, ends: &Receiver<usize>) {
    while under_way.len() >= at_a_time {
        let (_, oldest) = under_way[0];
        if let Ok(ended) = ends.recv_timeout(PATIENCE.saturating_sub(oldest.elapsed())) {
            under_way.retain(|(number, _)| *number != ended);
        }
        under_way.retain(|(_, begun)| begun.elapsed() < PATIENCE);
    }
}
