//! Runs a case on this thread, with a new runtime after each pause.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use crate::conformance::history::{Failure, History, Phase, Verdict};
use crate::conformance::session::{Pause, Session, panics};
use crate::conformance::subject::Runtime;

/// How long the end of a runtime waits for what a store left running on it. Whatever takes longer delays nothing.
const LINGER: Duration = Duration::from_secs(1);

/// What a session does.
pub(super) type Body<'a> = Pin<Box<dyn Future<Output = Verdict> + 'a>>;

pub(super) fn run_here(session: &Session, history: &Arc<History>, mut body: Body<'_>) -> Verdict {
    loop {
        let runtime = build(session.settings().runtime, history);
        let stopped = panics::catch(|| runtime.block_on(run_until_pause(body.as_mut(), session)));
        let pause = if let Ok(Stopped::Paused(pause)) = stopped { Some(pause) } else { None };
        let closed = panics::catch(|| close(session, history, runtime, pause));
        match (stopped, closed) {
            (Ok(Stopped::Paused(_)), Ok(())) => {}
            (Ok(Stopped::Ended(Ok(()))), Ok(())) => return verdict_of_the_drops(history),
            (Ok(Stopped::Ended(verdict @ Err(_))), _) => return verdict,
            (Err(message), _) | (_, Err(message)) => return history.failure_of_panic(message).into(),
        }
    }
}

enum Stopped {
    Ended(Verdict),
    Paused(Pause),
}

async fn run_until_pause(mut body: Pin<&mut (dyn Future<Output = Verdict> + '_)>, session: &Session) -> Stopped {
    poll_fn(|context| match body.as_mut().poll(context) {
        Poll::Ready(verdict) => Poll::Ready(Stopped::Ended(verdict)),
        Poll::Pending => session.paused().map_or(Poll::Pending, |pause| Poll::Ready(Stopped::Paused(pause))),
    })
    .await
}

/// Drops what does not outlive the pause, or the case if that has ended. Then ends the runtime with everything that runs on
/// it.
fn close(session: &Session, history: &History, runtime: tokio::runtime::Runtime, pause: Option<Pause>) {
    {
        let _context = runtime.enter();
        history.enter(Phase::Ending);
        match pause {
            Some(Pause::Restart(world)) => world.restart(),
            Some(Pause::End(world)) => world.end(),
            None => session.worlds().iter().for_each(|world| world.end()),
        }
    }
    runtime.shutdown_timeout(LINGER);
    if let Some(Pause::End(world)) = pause {
        world.remove_dir();
    }
}

/// A case also fails if the drop of a store panicked.
fn verdict_of_the_drops(history: &History) -> Verdict {
    history.drop_panic().map_or(Ok(()), |message| Failure::Panicked { operation: None, message }.into())
}

pub(super) fn build(runtime: Runtime, history: &Arc<History>) -> tokio::runtime::Runtime {
    let mut builder = match runtime {
        Runtime::CurrentThread { start_paused } => {
            let mut builder = tokio::runtime::Builder::new_current_thread();
            builder.start_paused(start_paused);
            builder
        }
        Runtime::MultiThread { worker_threads } => {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            worker_threads.map(|count| builder.worker_threads(count));
            builder
        }
    };
    let history = Arc::clone(history);
    let built = builder.enable_all().on_thread_start(move || panics::watch(&history)).build();
    built.unwrap_or_else(|error| panic!("the system gives no runtime for a case: {error}"))
}
