//! What stands between a store and its backend where both are in this process.

use super::line::Line;
use crate::Error;

/// A place that each access to a backend inside the process has to pass: the suite stalls it, cuts it and heals it. It is
/// opened with [`Context::gate`](super::Context::gate), and clones of it are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    line: Line,
}

impl Gate {
    pub(crate) fn new(line: Line) -> Self {
        Self { line }
    }

    /// Waits for as long as the gate is stalled; without an outage it returns at its first poll. Dropping the future leaves
    /// nothing behind. A timeout is the store's own matter: the gate has none.
    ///
    /// # Errors
    ///
    /// [`Error::Backend`] when the gate is cut, also while this waits.
    pub async fn pass(&self) -> Result<(), Error> {
        self.line.begin().pass().await.map_err(Error::backend)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use super::*;
    use crate::Context;

    #[tokio::test]
    async fn an_open_gate_is_passed_at_once() {
        let context = Context::default();
        let gate = context.gate();
        assert!(matches!(poll(&mut Box::pin(gate.pass())).await, Poll::Ready(Ok(()))));
    }

    #[tokio::test]
    async fn a_stalled_gate_waits_until_it_is_healed() {
        let context = Context::default();
        let gate = context.gate();
        context.switch().stall();
        let mut pass = Box::pin(gate.pass());
        assert!(poll(&mut pass).await.is_pending());
        context.switch().heal();
        assert!(pass.await.is_ok());
    }

    #[tokio::test]
    async fn a_step_lets_through_what_waits_and_nothing_else() {
        let context = Context::default();
        let gate = context.gate();
        context.switch().stall();
        let mut pass = Box::pin(gate.pass());
        assert!(poll(&mut pass).await.is_pending());
        context.switch().step();
        assert!(pass.await.is_ok());
        assert!(poll(&mut Box::pin(gate.pass())).await.is_pending());
    }

    #[tokio::test]
    async fn a_cut_fails_what_waits_even_if_it_is_over_at_once() {
        let context = Context::default();
        let gate = context.gate();
        context.switch().stall();
        let mut pass = Box::pin(gate.pass());
        assert!(poll(&mut pass).await.is_pending());
        context.switch().cut();
        assert!(matches!(gate.pass().await, Err(Error::Backend(_))));
        context.switch().heal();
        assert!(matches!(pass.await, Err(Error::Backend(_))));
        assert!(gate.pass().await.is_ok());
    }

    async fn poll<T>(future: &mut (impl Future<Output = T> + Unpin)) -> Poll<T> {
        std::future::poll_fn(|context| Poll::Ready(std::pin::Pin::new(&mut *future).poll(context))).await
    }
}
