//! The gate between a store and a backend in the same process.

use super::line::Line;
use crate::Error;

/// A gate that a store passes on each access to a backend in the same process. The suite stalls, cuts and heals it, and may let
/// new calls pass while one that stalled waits on.
/// [`Context::gate`](super::Context::gate) opens one. Clones are the same gate.
#[derive(Clone, Debug)]
pub struct Gate {
    line: Line,
}

impl Gate {
    pub(crate) fn new(line: Line) -> Self {
        Self { line }
    }

    /// Waits while the gate is stalled. Without an outage it returns at its first poll. The future may
    /// be dropped at any time. The gate has no timeout: the store has to apply its own.
    ///
    /// # Errors
    ///
    /// [`Error::Backend`] if the gate is cut, before the call or while it waits.
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
    async fn a_step_lets_waiting_calls_through_and_no_others() {
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
    async fn a_gate_that_opens_to_new_calls_holds_those_that_wait() {
        let context = Context::default();
        let gate = context.gate();
        context.switch().stall();
        let mut pass = Box::pin(gate.pass());
        assert!(poll(&mut pass).await.is_pending());
        context.switch().open_to_new();
        assert!(gate.pass().await.is_ok());
        assert!(poll(&mut pass).await.is_pending());
        context.switch().heal();
        assert!(pass.await.is_ok());
    }

    #[tokio::test]
    async fn a_cut_fails_waiting_calls_even_if_it_is_healed_at_once() {
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
