//! What the cases about kills and power losses have in common: rounds, in each of which the process of the store ends amid puts.
//!
//! On a disk that can fail, the moments are operations. The case counts those of a put, and ends the process at each of them, or
//! at as many as there is time for. Without such a disk, the moments are times, drawn from a little more than the time that the
//! same puts take when nothing ends them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::conformance::history::{Outcome, Verdict};
use crate::conformance::script::deviation;
use crate::conformance::session::{Calls, Crash, Handle, Session};
use crate::conformance::world::{Disk, Draw};

/// How often a case ends a process at most, where the moment is a time. One of them takes a few hundredths of a second.
pub(super) const ROUNDS: usize = 8;

/// How often it does so where the moments are operations, of which each counts.
const ROUNDS_OF_KILLS: usize = 14;

/// How often the power goes: with each kind of power loss at each operation, if there are four of these.
const ROUNDS_OF_POWER_LOSSES: usize = 4 * Draw::KINDS;

pub(super) async fn right_after_ok(case: &Session, crash: Crash, count: usize) -> Verdict {
    let mut store = case.open_in_victim(case.world()).await?;
    let entries: Vec<_> = (0..count).map(|number| fresh(case, &format!("n{number}"))).collect();
    for (key, value) in &entries {
        store.put(key, value).await?;
        store = case.crash_and_reopen(store, crash).await?;
        store.expect(key, value).await?;
    }
    case.expect_all(&store, &entries).await
}

pub(super) async fn overwrite_right_after_ok(case: &Session, crash: Crash) -> Verdict {
    let key = case.key("k");
    let mut store = case.open_in_victim(case.world()).await?;
    // A process that puts less often than the one before makes a store show that counts anew in each.
    for count in [1, 3, 2, 1, 1] {
        let values: Vec<_> = (0..count).map(|_| case.value(16)).collect();
        for value in &values {
            store.put(&key, value).await?;
        }
        store = case.crash_and_reopen(store, crash).await?;
        store.expect(&key, &values[count - 1]).await?;
    }
    Ok(())
}

/// More keys than a buffer is likely to hold, and fewer than would fill it a second time.
pub(super) async fn many_right_after_ok(case: &Session, crash: Crash) -> Verdict {
    let mut store = case.open_in_victim(case.world()).await?;
    let entries: Vec<_> = (0..100).map(|number| fresh(case, &format!("n{number}"))).collect();
    let put = case.put_all(&store, &entries).await?;
    store = case.crash_and_reopen(store, crash).await?;
    case.expect_all(&store, &entries[..put]).await
}

pub(super) async fn while_opening(case: &Session, crash: Crash) -> Verdict {
    let world = case.world();
    let store = case.open_in_victim(world).await?;
    let entries: Vec<_> = (0..30).map(|number| (case.key(format!("n{number}")), case.value(16))).collect();
    let put = case.put_all(&store, &entries).await?;
    case.crash(world, crash).await;
    drop(store);
    case.start_victim(world)?;
    let (begun, before) = (Instant::now(), operations(world.disk()));
    let mut store = case.reopen_in_victim(world).await?;
    // The last moment is that when it is open, before anything else is done.
    let made = world.disk().map_or(0, |disk| disk.operations() - before + 1);
    let mut moments = Moments::new(case, crash, begun.elapsed(), made);
    while let Some(moment) = moments.next(case) {
        case.crash(world, crash).await;
        drop(store);
        case.start_victim(world)?;
        let opening = case.open_in_victim(world);
        let opened = match moment {
            Moment::Time(time) => tokio::join!(opening, case.crash_after(world, time, case.draw(crash))).0,
            Moment::Operation { number, is_amid, draw } => {
                world.disk().into_iter().for_each(|disk| disk.hold_at(number));
                case.crash_when_held(world, is_amid, draw, opening).await
            }
        };
        drop(opened);
        store = case.reopen_in_victim(world).await?;
        case.expect_all(&store, &entries[..put]).await?;
    }
    Ok(())
}

/// Twenty processes, one after the other.
pub(super) async fn many_times(case: &Session, crash: Crash) -> Verdict {
    let rolling = case.key("rolling");
    let mut store = case.open_in_victim(case.world()).await?;
    let mut entries: Vec<(Bytes, Bytes)> = Vec::new();
    for generation in 0..20 {
        let (entry, newest) = (fresh(case, &format!("g{generation}")), case.value(16));
        store.put(&entry.0, &entry.1).await?;
        if generation % 2 == 1 {
            // Closed and opened again within the process, which then has something to remember, and ends all the same.
            drop(store);
            store = case.reopen_in_victim(case.world()).await?;
        }
        store.put(&rolling, &newest).await?;
        entries.push(entry);
        store = case.crash_and_reopen(store, crash).await?;
        store.expect(&rolling, &newest).await?;
        if !case.has_time() {
            break;
        }
    }
    case.expect_all(&store, &entries).await
}

/// Puts to fresh keys in each round.
pub(super) async fn amid_puts(case: &Session, crash: Crash) -> Verdict {
    let keys = |round: usize| (0..6).map(move |number| format!("r{round}n{number}"));
    rounds(case, crash, |round| vec![Lane::new(case, keys(round).map(|tail| case.key(tail)), &[16])]).await
}

pub(super) async fn amid_an_overwrite(case: &Session, crash: Crash) -> Verdict {
    // A short value is written in one step, and a long one leaves a tail.
    rounds(case, crash, |_| vec![Lane::new(case, [case.key("k")], &[16, 30_000])]).await
}

/// Puts that a store may commit together.
pub(super) async fn amid_concurrent_puts(case: &Session, crash: Crash) -> Verdict {
    let keys = |round: usize, lane: usize| (0..3).map(move |number| case.key(format!("r{round}l{lane}n{number}")));
    rounds(case, crash, |round| (0..8).map(|lane| Lane::new(case, keys(round, lane), &[16])).collect()).await
}

pub(super) async fn amid_a_large_put(case: &Session, crash: Crash) -> Verdict {
    let lanes = |round| vec![Lane::new(case, [case.key(format!("r{}", round / 2))], &[1 << 20, 700_000])];
    rounds(case, crash, lanes).await
}

/// Puts that one task makes one after the other, each with a value of its own, for as long as there is somebody to take them.
pub(super) struct Lane {
    keys: Vec<Bytes>,
    lengths: &'static [usize],
    /// The values are parts of it.
    text: Bytes,
}

impl Lane {
    /// How many puts it has: more than come before the process ends.
    const PUTS: usize = 500;

    /// Puts to each of these keys in turn, of values of each of these lengths in turn.
    pub(super) fn new(case: &Session, keys: impl IntoIterator<Item = Bytes>, lengths: &'static [usize]) -> Self {
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut text = Vec::new();
        while text.len() < longest + Self::STEP * Self::PUTS {
            text.extend_from_slice(&case.value(1 << 16));
        }
        Self { keys: keys.into_iter().collect(), lengths, text: text.into() }
    }

    /// By how much the value of a put begins after that of the one before.
    const STEP: usize = 16;

    fn put(&self, number: usize, longest: usize) -> (Bytes, Bytes) {
        let length = self.lengths[number % self.lengths.len()].min(longest);
        let value = self.text.slice(number * Self::STEP..).slice(..length);
        (self.keys[number % self.keys.len()].clone(), value)
    }
}

/// How many puts of each lane are made to see how long they take.
pub(super) const MEASURED: u32 = 6;

/// Makes a few puts without a crash, to see what they take. In the rounds that follow, the process ends amid puts; then the
/// keys of this round and of the one before are read, and those of this round are put again. At the end, all are read.
async fn rounds(case: &Session, crash: Crash, lanes: impl Fn(usize) -> Vec<Lane>) -> Verdict {
    let mut store = case.open_in_victim(case.world()).await?;
    let first = lanes(0);
    let mut moments = make(case, crash, &store, &first).await?;
    let (mut round, mut earlier) = (0, keys_of(&first));
    let mut all = earlier.clone();
    while let Some(moment) = moments.next(case) {
        round += 1;
        let lanes = lanes(round);
        let keys = keys_of(&lanes);
        store = crash_amid(case, crash, store, &lanes, moment).await?;
        for key in earlier.union(&keys) {
            judge(case, store.start_get(key).await.operation)?;
        }
        // What a put was about to write when it ended is not in the way of the next.
        for key in &keys {
            let value = case.value(16);
            store.put(key, &value).await?;
            store.expect(key, &value).await?;
        }
        all.extend(keys.iter().cloned());
        earlier = keys;
    }
    for key in &all {
        judge(case, store.start_get(key).await.operation)?;
    }
    Ok(())
}

fn keys_of(lanes: &[Lane]) -> BTreeSet<Bytes> {
    lanes.iter().flat_map(|lane| lane.keys.iter().cloned()).collect()
}

/// When a process ends amid its calls.
#[derive(Clone, Copy, Debug)]
pub(super) enum Moment {
    Time(Duration),
    /// At this operation of a call, or amid it. The power goes if there is a draw of what survives.
    Operation {
        number: usize,
        is_amid: bool,
        draw: Option<Draw>,
    },
}

/// The moments of the rounds of a case.
pub(super) struct Moments {
    /// How long the calls take.
    time: Duration,
    /// The operations of a call, each with each kind of power loss, or without one.
    operations: Vec<(usize, Option<usize>)>,
    rounds: usize,
}

impl Moments {
    /// Moments of calls that take this time and make so many operations on a disk.
    pub(super) fn new(case: &Session, crash: Crash, time: Duration, operations: usize) -> Self {
        let kinds: Vec<_> = match crash {
            Crash::Kill => vec![None],
            Crash::PowerLoss => (0..Draw::KINDS).map(Some).collect(),
        };
        let mut numbers: Vec<_> = (1..=operations).collect();
        case.random(|random| random.shuffle(&mut numbers));
        // Each operation has its turn before one has another, with another kind.
        let turn = |turn: usize| numbers.iter().enumerate().map(move |(place, number)| (*number, turn + place));
        let turns = (0..kinds.len()).flat_map(turn);
        let operations = turns.map(|(number, turn)| (number, kinds[turn % kinds.len()])).collect();
        Self { time, operations, rounds: 0 }
    }

    /// How long the calls take.
    pub(super) fn time(&self) -> Duration {
        self.time
    }

    /// The moment of the next round, while there is time for one.
    pub(super) fn next(&mut self, case: &Session) -> Option<Moment> {
        self.rounds += 1;
        // When each has had its turn, each has another, for what survives is drawn anew.
        let next = self.operations.get((self.rounds - 1) % self.operations.len().max(1));
        let most = match next {
            None => ROUNDS,
            Some((_, None)) => ROUNDS_OF_KILLS,
            Some((_, Some(_))) => ROUNDS_OF_POWER_LOSSES,
        };
        if self.rounds > most || self.rounds > 1 && !case.has_time() {
            return None;
        }
        let Some((number, kind)) = next else { return Some(Moment::Time(moment(case, self.time))) };
        let draw = kind.map(|kind| Draw { kind, seed: case.random(|random| random.u64(..)) });
        // What survives of an operation when the power goes is a matter of the draw.
        let is_amid = draw.is_none() && case.random(fastrand::Rng::bool);
        Some(Moment::Operation { number: *number, is_amid, draw })
    }
}

/// Makes puts until the process ends, at this moment. Judges how they ended, and opens the store again.
pub(super) async fn crash_amid(
    case: &Session,
    crash: Crash,
    store: Handle,
    lanes: &[Lane],
    moment: Moment,
) -> Verdict<Handle> {
    let world = case.world();
    match moment {
        Moment::Time(time) => {
            let puts = start(case, &store, lanes, Lane::PUTS, None);
            case.crash_after(world, time, case.draw(crash)).await;
            puts.judged(case).await?;
        }
        Moment::Operation { number, is_amid, draw } => {
            let put = case.random(|random| random.usize(..MEASURED as usize));
            let puts = start(case, &store, lanes, Lane::PUTS, Some(Hold { put, operation: number }));
            case.crash_when_held(world, is_amid, draw, puts.judged(case)).await?;
        }
    }
    drop(store);
    case.reopen_in_victim(world).await
}

/// Makes the first puts of each lane, and returns the moments at which they may be ended.
pub(super) async fn make(case: &Session, crash: Crash, store: &Handle, lanes: &[Lane]) -> Verdict<Moments> {
    let begun = Instant::now();
    let puts = start(case, store, lanes, MEASURED as usize, None);
    let operations = Arc::clone(&puts.operations);
    puts.judged(case).await?;
    let most = *operations.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Moments::new(case, crash, begun.elapsed(), most))
}

/// Makes a few puts, and returns the most operations that the disk had to do for one of them.
pub(super) async fn make_one(case: &Session, store: &Handle, lane: &Lane) -> Verdict<usize> {
    let puts = start(case, store, std::slice::from_ref(lane), MEASURED as usize, None);
    let operations = Arc::clone(&puts.operations);
    puts.judged(case).await?;
    let most = *operations.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(most)
}

/// Where the disk is held up: at an operation of a put of the first lane.
#[derive(Clone, Copy)]
struct Hold {
    put: usize,
    operation: usize,
}

/// Puts under way.
struct Puts {
    lanes: Calls,
    /// The numbers of the calls that have ended.
    ended: Arc<Mutex<Vec<usize>>>,
    /// The most operations that the disk had to do during one of them.
    operations: Arc<Mutex<usize>>,
}

/// Starts a task for each lane, for so many puts at most. It ends with the first put that fails.
fn start(case: &Session, store: &Handle, lanes: &[Lane], count: usize, hold: Option<Hold>) -> Puts {
    let mut puts = Puts { lanes: Calls::default(), ended: Arc::default(), operations: Arc::default() };
    for (lane_number, lane) in lanes.iter().enumerate() {
        let (store, world, longest) = (store.patient(), case.world(), case.max_value_len());
        let (ended, most) = (Arc::clone(&puts.ended), Arc::clone(&puts.operations));
        let hold = hold.filter(|_| lane_number == 0);
        let all: Vec<_> = (0..count).map(|number| lane.put(number, longest)).collect();
        puts.lanes.start(async move {
            for (number, (key, value)) in all.iter().enumerate() {
                let before = operations(world.disk());
                if let (Some(hold), Some(disk)) = (hold.filter(|hold| hold.put == number), world.disk()) {
                    disk.hold_at(hold.operation);
                }
                let put = store.start_put(key, value).await;
                ended.lock().unwrap_or_else(PoisonError::into_inner).push(put.operation);
                let made = operations(world.disk()).saturating_sub(before);
                let mut most = most.lock().unwrap_or_else(PoisonError::into_inner);
                *most = made.max(*most);
                if matches!(put.outcome, Outcome::Failed(_)) {
                    break;
                }
            }
            Ok(())
        });
    }
    puts
}

impl Puts {
    /// Waits for all, and holds each to what the contract allows.
    async fn judged(self, case: &Session) -> Verdict {
        self.lanes.all().await?;
        let ended = std::mem::take(&mut *self.ended.lock().unwrap_or_else(PoisonError::into_inner));
        ended.into_iter().try_for_each(|operation| judge(case, operation))
    }
}

/// How many operations a disk has had to do, if there is one.
pub(super) fn operations(disk: Option<&Disk>) -> usize {
    disk.map_or(0, Disk::operations)
}

/// Holds a call to what the contract allows after all that has happened.
pub(super) fn judge(case: &Session, operation: usize) -> Verdict {
    deviation(case, operation).map_or(Ok(()), |failure| Err(Box::new(failure)))
}

/// A moment up to a little after this time.
pub(super) fn moment(case: &Session, time: Duration) -> Duration {
    time.mul_f64(case.random(fastrand::Rng::f64) * 1.1)
}

pub(super) fn fresh(case: &Session, tail: &str) -> (Bytes, Bytes) {
    (case.key(tail), case.value(16))
}
