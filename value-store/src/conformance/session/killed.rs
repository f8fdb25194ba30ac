//! Stores in processes of their own, which can be killed, on disks that can fail.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use super::{Handle, Session};
use crate::conformance::history::{Failure, Happening, Phase, PowerLoss, Verdict};
use crate::conformance::victim::{NotOpened, Victim};
use crate::conformance::world::{Context, Disk, Draw, Fault, Moment};

/// How a process ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Crash {
    Kill,
    /// What nobody has synced may be gone.
    PowerLoss,
}

impl Session {
    /// Opens a handle onto this world in a process of its own. All handles onto a world are in one process, until that is
    /// killed. When the last of them is dropped there, so is what they share: the next one opens the store again.
    pub(crate) async fn open_in_victim(&self, world: &'static Context) -> Verdict<Handle> {
        self.history.enter(Phase::Opening);
        let number = self.next_handle();
        let opened = match self.victim_of(world) {
            Ok(victim) => victim.open(number).await.map(|members| (victim, members)),
            Err(error) => Err(error),
        };
        self.history.enter(Phase::Calling);
        let (victim, members) = opened.map_err(|error| Box::new(failure(error)))?;
        members.iter().filter_map(|member| member.parse().ok()).for_each(|member| world.member(member));
        let store = Arc::new(victim.handle(number, Arc::clone(&self.history)));
        Ok(self.opened(number, world, store))
    }

    /// Opens a handle in a process of its own, if that can be done: on a disk that fails, it need not.
    pub(crate) async fn try_to_open(&self, world: &'static Context) -> Option<Handle> {
        let opened = self.open_in_victim(world).await.ok();
        if opened.is_none() {
            self.history.happens(Happening::NotOpened { world: self.number_of(world) });
        }
        opened
    }

    /// Starts a process for this world, which opens nothing yet.
    pub(crate) fn start_victim(&self, world: &'static Context) -> Verdict {
        self.history.enter(Phase::Opening);
        let started = self.victim_of(world);
        self.history.enter(Phase::Calling);
        started.map(drop).map_err(|error| Box::new(failure(error)))
    }

    /// Ends the process of this world at once.
    pub(crate) async fn crash(&self, world: &'static Context, crash: Crash) {
        world.disk().into_iter().for_each(Disk::call_begins);
        self.end_victim(world, Moment::AT_ONCE, self.draw(crash)).await;
    }

    /// Ends the process of this world after a time, by a power loss if there is a draw for it.
    pub(crate) async fn crash_after(&self, world: &'static Context, time: Duration, power_loss: Option<Draw>) {
        self.end_victim(world, Moment::After(time), power_loss).await;
    }

    /// Ends the process of this world when its disk is held up, or when these calls have ended. Those that it has not answered
    /// fail.
    pub(crate) async fn crash_when_held<T>(
        &self,
        world: &'static Context,
        is_amid: bool,
        draw: Option<Draw>,
        calls: impl Future<Output = T>,
    ) -> T {
        let (calls, moment) = when_held(world, calls).await;
        self.end_victim(world, moment.amid(is_amid), draw).await;
        calls.await
    }

    /// Lets the disk of this world fail when it is held up, or when these calls have ended.
    pub(crate) async fn fail_when_held<T>(
        &self,
        world: &'static Context,
        fault: Fault,
        calls: impl Future<Output = T>,
    ) -> T {
        let (calls, moment) = when_held(world, calls).await;
        self.history.happens(Happening::Fails { world: self.number_of(world), fault, moment });
        world.disk().into_iter().for_each(|disk| {
            disk.fail(fault);
            if fault != Fault::Stalled {
                disk.go_on();
            }
        });
        calls.await
    }

    /// Lets the disk of this world fail from now on.
    pub(crate) async fn fail(&self, world: &'static Context, fault: Fault) {
        world.disk().into_iter().for_each(Disk::call_begins);
        let happening = Happening::Fails { world: self.number_of(world), fault, moment: Moment::AT_ONCE };
        self.history.happens(happening);
        // The system may ask the disk for something before it forgets what it knows.
        let failed = tokio::task::spawn_blocking(move || world.disk().into_iter().for_each(|disk| disk.fail(fault)));
        failed.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
    }

    /// Makes the disk of this world well again.
    pub(crate) fn heal_disk(&self, world: &'static Context) {
        self.history.happens(Happening::Well { world: self.number_of(world) });
        world.disk().into_iter().for_each(Disk::heal);
    }

    /// Ends the process of this world, after the time of the moment if it has one.
    async fn end_victim(&self, world: &'static Context, moment: Moment, draw: Option<Draw>) {
        let victim = {
            let mut victims = self.victims.lock().unwrap_or_else(PoisonError::into_inner);
            victims.iter().position(|(of, _)| std::ptr::eq(*of, world)).map(|place| victims.swap_remove(place).1)
        };
        if let Some(victim) = victim {
            let (history, number) = (Arc::clone(&self.history), self.number_of(world));
            // On a thread of its own: the timers of tokio know milliseconds only, and a put may take less.
            let done = tokio::task::spawn_blocking(move || {
                if let Moment::After(time) = &moment {
                    std::thread::sleep(*time);
                }
                end(world, &victim, moment, draw, |killed| {
                    let (moment, power_loss) = killed;
                    history.happens(Happening::Killed { world: number, moment, power_loss });
                });
            });
            done.await.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic()));
        } else {
            world.disk().into_iter().for_each(|disk| disk.forsake(false));
        }
        // Those of the next process need not be the same.
        world.restart();
    }

    /// What makes the draw of what survives, if the power goes. Each kind has its turn.
    pub(crate) fn draw(&self, crash: Crash) -> Option<Draw> {
        (crash == Crash::PowerLoss).then(|| Draw {
            kind: self.power_losses.fetch_add(1, Ordering::Relaxed),
            seed: self.random(|random| random.u64(..)),
        })
    }

    /// Ends the process of this handle at once, and opens the store in another.
    pub(crate) async fn crash_and_reopen(&self, store: Handle, crash: Crash) -> Verdict<Handle> {
        let world = store.world();
        self.crash(world, crash).await;
        drop(store);
        self.reopen_in_victim(world).await
    }

    /// Opens the store again after its process was killed. It retries as after a [restart](Self::reopen): what the process
    /// had started may take a moment to end.
    pub(crate) async fn reopen_in_victim(&self, world: &'static Context) -> Verdict<Handle> {
        // Where calls are made again, there is no time to wait for long, and nothing of a killed process to wait for.
        let part = if self.history.is_replay() { 100 } else { 6 };
        self.until_it_opens(self.settings().deadline / part, async || self.open_in_victim(world).await).await
    }

    /// Kills all processes that are left.
    pub(crate) fn end_victims(&self) {
        let victims = std::mem::take(&mut *self.victims.lock().unwrap_or_else(PoisonError::into_inner));
        for (world, victim) in victims {
            victim.kill(|| world.disk().into_iter().for_each(Disk::switch_off));
        }
    }

    fn victim_of(&self, world: &'static Context) -> Result<Arc<Victim>, NotOpened> {
        let mut victims = self.victims.lock().unwrap_or_else(PoisonError::into_inner);
        // A store may end its process when the disk fails: it is opened again in another.
        victims.retain(|(of, victim)| !std::ptr::eq(*of, world) || !victim.has_ended());
        if let Some((_, victim)) = victims.iter().find(|(of, _)| std::ptr::eq(*of, world)) {
            return Ok(Arc::clone(victim));
        }
        if Disk::unusable().is_none() {
            world.put_on_a_disk()?;
        }
        let victim = Arc::new(Victim::start(self.subject, &self.path, world)?);
        victims.push((world, Arc::clone(&victim)));
        Ok(victim)
    }
}

/// Ends a process, and tells of it before the first call can fail for it.
fn end(
    world: &Context,
    victim: &Victim,
    moment: Moment,
    draw: Option<Draw>,
    tell: impl FnOnce((Moment, Option<PowerLoss>)),
) {
    let Some(disk) = world.disk() else {
        tell((moment, None));
        return victim.kill(|| ());
    };
    // Nothing changes any more until the process is dead.
    disk.hold();
    let is_amid = matches!(moment, Moment::Before { is_amid: true, .. });
    tell((moment, draw.map(|draw| PowerLoss { draw, unsynced: disk.unsynced() })));
    victim.kill(|| if draw.is_some() { disk.switch_off() } else { disk.forsake(is_amid) });
    if let Some(draw) = draw {
        disk.switch_on(draw).unwrap_or_else(|error| panic!("the disk cannot be mounted again: {error}"));
    }
}

/// Makes calls until the disk of this world is held up, or until they have ended. Returns what they return, or what is left of
/// them, and the moment. The disk does nothing then.
async fn when_held<T>(world: &'static Context, calls: impl Future<Output = T>) -> (impl Future<Output = T>, Moment) {
    let mut calls = Box::pin(calls);
    let held = async {
        match world.disk() {
            Some(disk) => disk.held().await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        ended = &mut calls => Some(ended),
        () = held => None,
    };
    let rest = async {
        match ended {
            Some(ended) => ended,
            None => calls.await,
        }
    };
    (rest, world.disk().map_or(Moment::AT_ONCE, Disk::hold))
}

fn failure(error: NotOpened) -> Failure {
    match error {
        NotOpened::Failed(chain) => Failure::NotOpened { chain },
        NotOpened::Panicked(message) => Failure::Panicked { operation: None, message },
    }
}
