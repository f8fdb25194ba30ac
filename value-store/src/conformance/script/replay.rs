//! Does what a script says, in fresh worlds.

use std::collections::{BTreeSet, HashMap};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use tokio::time::timeout;

use super::{Call, Outage as Kind, Script, Step, deviation, no_handle_goes_back};
use crate::conformance::history::Verdict;
use crate::conformance::session::{Ended, Handle, Outage, Request, Session};
use crate::conformance::world::{Context, Draw, Fault, Moment};

/// What the calls of a script are judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standard {
    /// Each call has to end in a way that the contract allows.
    EachCall,
    /// No handle may go back. How else the calls end does not matter.
    ///
    /// A call that is under way is held while another is made beside it, if that does not wait for it: cases find such faults
    /// by holding calls.
    ReadsOfAHandle,
}

/// For how long a call is held while another is made.
const HELD: Duration = Duration::from_millis(20);

/// Takes the steps of a script in order.
///
/// # Errors
///
/// At the first call that ends in a way that the contract does not allow, and where a store cannot be opened. If only the
/// reads of each handle are judged, after the last step.
pub(crate) async fn replay(case: &Session, script: &Script, standard: Standard) -> Verdict {
    let mut replay = Replay {
        case,
        standard,
        worlds: HashMap::new(),
        handles: HashMap::new(),
        running: Vec::new(),
        ended: HashMap::new(),
        outages: HashMap::new(),
        of_victims: script.worlds_of_victims(),
    };
    for (place, step) in script.steps.iter().enumerate() {
        replay.prepare(&script.steps[place..]);
        replay.take(step).await?;
    }
    match standard {
        Standard::EachCall => Ok(()),
        Standard::ReadsOfAHandle => no_handle_goes_back(case),
    }
}

type Running = Pin<Box<dyn Future<Output = Ended> + Send>>;

struct Replay<'a> {
    case: &'a Session,
    standard: Standard,
    worlds: HashMap<usize, &'static Context>,
    handles: HashMap<usize, (Handle, &'static Context)>,
    /// The calls that have begun and not ended, by their numbers.
    running: Vec<(usize, Running)>,
    /// The calls that have ended while another was waited for.
    ended: HashMap<usize, Ended>,
    outages: HashMap<usize, Outage>,
    /// The worlds whose stores are in processes of their own.
    of_victims: BTreeSet<usize>,
}

impl Replay<'_> {
    async fn take(&mut self, step: &Step) -> Verdict {
        match step {
            Step::Open { handle, world } => {
                let (is_of_a_victim, world) = (self.of_victims.contains(world), self.world(*world));
                let opened = if is_of_a_victim {
                    self.case.reopen_in_victim(world).await?
                } else {
                    self.case.open_in(world).await?
                };
                self.handles.insert(*handle, (opened, world));
            }
            Step::Close { handle } => drop(self.handles.remove(handle)),
            Step::Restart { handle } => self.restart(*handle).await?,
            Step::Kill { world, moment, power_loss } => self.kill(*world, moment, *power_loss).await,
            Step::Try { world } => {
                let world = self.world(*world);
                drop(self.case.try_to_open(world).await);
            }
            Step::Reopen { handle, world } => {
                let world = self.world(*world);
                self.handles.insert(*handle, (self.case.reopen_in_victim(world).await?, world));
            }
            Step::Fail { world, fault, moment } => self.fail(*world, *fault, moment).await,
            Step::Mend { world } => {
                let world = self.world(*world);
                self.case.heal_disk(world);
            }
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
            Step::LetNewCallsPass { world } => {
                self.outages.get(world).into_iter().for_each(Outage::let_new_calls_pass);
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

    /// Lets the disk stop at an operation of the call that begins next, if that is when something happens.
    fn prepare(&mut self, steps: &[Step]) {
        let (Step::Kill { world, moment, .. } | Step::Fail { world, moment, .. }) = (match steps {
            [Step::Begin(_), next, ..] => next,
            _ => return,
        }) else {
            return;
        };
        if let Moment::Before { operation, .. } = moment {
            self.world(*world).disk().into_iter().for_each(|disk| disk.hold_at(*operation));
        }
    }

    async fn kill(&mut self, world: usize, moment: &Moment, power_loss: Option<Draw>) {
        let (world, case) = (self.world(world), self.case);
        // The calls of the process fail at once, and those of others may go on.
        match moment {
            Moment::After(time) => {
                case.crash_after(world, *time, power_loss).await;
                self.wait_for_all().await;
            }
            Moment::Before { is_amid, .. } => {
                case.crash_when_held(world, *is_amid, power_loss, self.wait_for_all()).await;
            }
        }
        self.handles.retain(|_, (_, of)| !std::ptr::eq(*of, world));
    }

    async fn fail(&mut self, world: usize, fault: Fault, moment: &Moment) {
        let (world, case) = (self.world(world), self.case);
        match moment {
            Moment::Before { .. } if fault != Fault::Stalled => {
                case.fail_when_held(world, fault, self.wait_for_all()).await;
            }
            _ => case.fail(world, fault).await,
        }
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
            if self.standard == Standard::ReadsOfAHandle {
                self.poll_one(call.number, context);
            } else {
                self.poll_all(context);
            }
            Poll::Ready(())
        })
        .await;
        Ok(())
    }

    /// Waits until a call has ended, and judges it.
    async fn finish(&mut self, call: usize) -> Verdict {
        self.wait_for(call).await;
        self.ended.remove(&call).map_or(Ok(()), |ended| self.judge(&ended))
    }

    async fn wait_for_all(&mut self) {
        for number in self.running.iter().map(|(number, _)| *number).collect::<Vec<_>>() {
            self.wait_for(number).await;
        }
    }

    async fn wait_for(&mut self, call: usize) {
        if self.standard == Standard::ReadsOfAHandle {
            let alone = self.wait_while_polling(call, |replay, context| replay.poll_one(call, context));
            if timeout(HELD, alone).await.is_ok() {
                return;
            }
        }
        self.wait_while_polling(call, Self::poll_all).await;
    }

    /// Waits until a call has ended, which `poll` polls.
    async fn wait_while_polling(&mut self, call: usize, poll: impl Fn(&mut Self, &mut std::task::Context<'_>)) {
        poll_fn(|context| {
            poll(self, context);
            let runs = self.running.iter().any(|(number, _)| *number == call);
            if runs { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }

    fn poll_all(&mut self, context: &mut std::task::Context<'_>) {
        self.poll(context, |_| true);
    }

    fn poll_one(&mut self, call: usize, context: &mut std::task::Context<'_>) {
        self.poll(context, |number| number == call);
    }

    fn poll(&mut self, context: &mut std::task::Context<'_>, is_due: impl Fn(usize) -> bool) {
        let ended = &mut self.ended;
        self.running.retain_mut(|(number, call)| {
            if !is_due(*number) {
                return true;
            }
            let Poll::Ready(outcome) = call.as_mut().poll(context) else { return true };
            ended.insert(*number, outcome);
            false
        });
    }

    fn judge(&self, ended: &Ended) -> Verdict {
        if self.standard == Standard::ReadsOfAHandle {
            return Ok(());
        }
        deviation(self.case, ended.operation).map_or(Ok(()), |failure| Err(Box::new(failure)))
    }
}
