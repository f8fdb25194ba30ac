//! Does what a script says, in fresh worlds.

use std::collections::HashMap;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use super::{Call, Outage as Kind, Script, Step, deviation};
use crate::conformance::history::Verdict;
use crate::conformance::session::{Ended, Handle, Outage, Request, Session};
use crate::conformance::world::Context;

/// Takes the steps of a script in order.
///
/// # Errors
///
/// At the first call that ends in a way that the contract does not allow, and where a store cannot be opened.
pub(crate) async fn replay(case: &Session, script: &Script) -> Verdict {
    let mut replay = Replay {
        case,
        worlds: HashMap::new(),
        handles: HashMap::new(),
        running: Vec::new(),
        ended: HashMap::new(),
        outages: HashMap::new(),
    };
    for step in &script.steps {
        replay.take(step).await?;
    }
    Ok(())
}

type Running = Pin<Box<dyn Future<Output = Ended> + Send>>;

struct Replay<'a> {
    case: &'a Session,
    worlds: HashMap<usize, &'static Context>,
    handles: HashMap<usize, (Handle, &'static Context)>,
    /// The calls that have begun and not ended, by their numbers.
    running: Vec<(usize, Running)>,
    /// The calls that have ended while another was waited for.
    ended: HashMap<usize, Ended>,
    outages: HashMap<usize, Outage>,
}

impl Replay<'_> {
    async fn take(&mut self, step: &Step) -> Verdict {
        match step {
            Step::Open { handle, world } => {
                let world = self.world(*world);
                self.handles.insert(*handle, (self.case.open_in(world).await?, world));
            }
            Step::Close { handle } => drop(self.handles.remove(handle)),
            Step::Restart { handle } => self.restart(*handle).await?,
            Step::End { world } => {
                let world = self.world(*world);
                self.handles.retain(|_, (_, of)| !std::ptr::eq(*of, world));
                self.case.end(world).await;
            }
            Step::Begin(call) => self.begin(call).await?,
            Step::Finish { call } => self.finish(*call).await?,
            Step::Outage { world, kind } => {
                // An outage may turn into another: ending the first one afterwards would end both.
                self.outages.remove(world);
                let of = self.world(*world);
                let outage = if *kind == Kind::Stall { self.case.stall_in(of) } else { self.case.cut_in(of) };
                self.outages.insert(*world, outage);
            }
            Step::Heal { world } => drop(self.outages.remove(world)),
            Step::LetOneStepPass { world } => {
                self.outages.get(world).into_iter().for_each(Outage::let_one_step_pass);
            }
            Step::Wait(time) => self.case.wait(*time).await,
        }
        Ok(())
    }

    fn world(&mut self, number: usize) -> &'static Context {
        let is_first = self.worlds.is_empty();
        let fresh = || if is_first { self.case.world() } else { self.case.another_world() };
        self.worlds.entry(number).or_insert_with(fresh)
    }

    async fn restart(&mut self, handle: usize) -> Verdict {
        let Some((_, world)) = self.handles.get(&handle) else { return Ok(()) };
        let world = *world;
        self.running.clear();
        self.handles.retain(|_, (_, of)| !std::ptr::eq(*of, world));
        self.case.restart_world(world).await;
        self.handles.insert(handle, (self.case.reopen(world).await?, world));
        Ok(())
    }

    /// Begins a call and polls it once, or as often as it may be polled before it is dropped.
    async fn begin(&mut self, call: &Call) -> Verdict {
        let Some((handle, _)) = self.handles.get(&call.handle) else { return Ok(()) };
        let (handle, key, value) =
            (handle.with((*call.options).clone()), call.key.bytes(self.case), call.value.clone());
        if let Some(polls) = call.dropped_after {
            let started = match &value {
                Some(value) => handle.start_put(&key, value),
                None => handle.start_get(&key),
            };
            let ended = started.drop_after(polls).await;
            return ended.map_or(Ok(()), |ended| self.judge(&ended));
        }
        let future = async move {
            let request = value.as_ref().map_or(Request::Get(&key), |value| Request::Put(&key, value));
            handle.make(request).await
        };
        self.running.push((call.number, Box::pin(future)));
        poll_fn(|context| {
            self.poll_all(context);
            Poll::Ready(())
        })
        .await;
        Ok(())
    }

    /// Waits until a call has ended, and judges it.
    async fn finish(&mut self, call: usize) -> Verdict {
        poll_fn(|context| {
            self.poll_all(context);
            let runs = self.running.iter().any(|(number, _)| *number == call);
            if runs { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
        self.ended.remove(&call).map_or(Ok(()), |ended| self.judge(&ended))
    }

    fn poll_all(&mut self, context: &mut std::task::Context<'_>) {
        let ended = &mut self.ended;
        self.running.retain_mut(|(number, call)| match call.as_mut().poll(context) {
            Poll::Ready(outcome) => {
                ended.insert(*number, outcome);
                false
            }
            Poll::Pending => true,
        });
    }

    fn judge(&self, ended: &Ended) -> Verdict {
        deviation(self.case, ended.operation).map_or(Ok(()), |failure| Err(Box::new(failure)))
    }
}
