//! What a call of a store costs at least: threads that wait for each other's turn.

use std::sync::mpsc::{Sender, channel};
use std::thread;

/// More than a call of a store with a queue, a thread of its own and a runtime between them needs.
pub(crate) const HAND_OVERS: usize = 16;

/// Passes a token back and forth between this thread and another.
pub(crate) fn hand_over() {
    let (ball, court) = channel::<Sender<()>>();
    let other = thread::spawn(move || {
        for back in court {
            let _ = back.send(());
        }
    });
    for _ in 0..HAND_OVERS / 2 {
        let (back, returned) = channel();
        let _ = ball.send(back);
        let _ = returned.recv();
    }
    drop(ball);
    let _ = other.join();
}
