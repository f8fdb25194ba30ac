//! Judges all mutants, several at a time.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};
use std::thread;

use crate::kill::Kill;
use crate::{failing_cases, mutants};

/// So many mutants are judged side by side: they wait more than they work.
const MUTANTS_AT_A_TIME: usize = 8;

/// Each mutant's verdict.
///
/// Side by side, mutants keep each other waiting, and what is about lateness, or about the order in which threads come, may
/// go otherwise. The list has what a mutant fails alone; so one whose verdict is another is judged again, by itself, and
/// that counts.
pub(crate) fn kills() -> &'static [Kill] {
    static KILLS: OnceLock<Vec<Kill>> = OnceLock::new();
    KILLS.get_or_init(|| {
        let is_settled = |kill: &Kill| kill.missed().is_none() && failing_cases::difference(kill).is_none();
        let judged_again = |kill: Kill| if is_settled(&kill) { kill } else { kill.again() };
        judged_side_by_side().into_iter().map(judged_again).collect()
    })
}

fn judged_side_by_side() -> Vec<Kill> {
    let mutants = mutants();
    let (next, kills) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    thread::scope(|scope| {
        for _ in 0..MUTANTS_AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some((table, mutant)) = mutants.get(number) else { break };
                    let kill = Kill::of(table, **mutant);
                    kills.lock().unwrap().insert(number, kill);
                }
            });
        }
    });
    kills.into_inner().unwrap().into_values().collect()
}
