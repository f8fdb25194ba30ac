//! Turns between threads, which show how long a thread waits for a processor.

use std::sync::mpsc::{Sender, channel};
use std::thread;

/// How often a turn passes between the threads: more often than in a call of a store that has a queue, a thread of its own
/// and a runtime in between.
pub(crate) const HAND_OVERS: usize = 16;

/// Passes the turn to another thread and back, [`HAND_OVERS`] times in all.
pub(crate) fn hand_over() {
    let (requests, received) = channel::<Sender<()>>();
    let other = thread::spawn(move || {
        for answer in received {
            let _ = answer.send(());
        }
    });
    for _ in 0..HAND_OVERS / 2 {
        let (answer, answered) = channel();
        let _ = requests.send(answer);
        let _ = answered.recv();
    }
    drop(requests);
    let _ = other.join();
}
