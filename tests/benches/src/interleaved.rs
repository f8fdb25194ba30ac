//! Compares a store with a raw engine: they make the same calls in turn, in rounds of up to some milliseconds, and criterion
//! measures the time of the store as a multiple of that of the engine.
//!
//! Criterion runs one benchmark after another. On a busy machine, more changes in between than the difference that is looked
//! for. But criterion can measure anything that adds up: here, the ratio of two rounds, one right after the other. Each sample
//! is the median of such ratios. So the statistics and the command line are those of criterion. With `-- --test` each benchmark
//! makes one pair of rounds, and with `-- --quick` a few.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use criterion::measurement::{Measurement, ValueFormatter};
use criterion::{Criterion, SamplingMode, Throughput};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use value_store::{Options, ValueStore};

const VALUES: [(&str, usize); 2] = [("100 B", 100), ("64 KiB", 64 << 10)];
const MANY: usize = 64;
const TASKS: [usize; 2] = [1, MANY];

/// The number of keys. The tasks divide them among their calls.
const KEYS: usize = 1 << 10;

/// The least time of a round, in seconds: short, so that most rounds run undisturbed, but with many tasks long enough that
/// their start does not count.
const ROUND_OF_ONE: f64 = 0.000_3;
const ROUND_OF_MANY: f64 = 0.003;

/// Keeps values under keys: a store, or what one would use in its place.
pub trait Engine: Clone + Send + Sync + 'static {
    /// Stores the value. Panics if that fails.
    fn put(&self, key: &[u8], value: Bytes) -> impl Future<Output = ()> + Send;

    /// Returns the value. Panics if there is none.
    fn get(&self, key: &[u8]) -> impl Future<Output = Bytes> + Send;
}

/// A store, called through the trait.
#[derive(Clone, Debug)]
pub struct Store<S>(pub S);

impl<S: ValueStore + Clone + 'static> Engine for Store<S> {
    async fn put(&self, key: &[u8], value: Bytes) {
        self.0.put(key, value, &Options::new()).await.expect("the store takes it");
    }

    async fn get(&self, key: &[u8]) -> Bytes {
        self.0.get(key, &Options::new()).await.expect("the value was put").val
    }
}

#[derive(Clone, Copy, Debug)]
enum Call {
    Put,
    Get,
}

/// What a round does: some tasks, each of which makes some calls, one after the other.
#[derive(Clone, Debug)]
struct Workload {
    call: Call,
    /// One for each task: a reference count that several tasks share would slow down all of them.
    values: Arc<[Bytes]>,
    tasks: usize,
    calls_per_task: usize,
}

/// Compares stores with raw engines.
pub struct Comparison {
    criterion: Criterion<Ratio>,
    runtime: Runtime,
}

impl Comparison {
    /// Configured by the command line of the bench.
    ///
    /// # Panics
    ///
    /// If the system has no threads for a runtime.
    #[must_use]
    pub fn from_args() -> Self {
        let criterion = Criterion::default().with_measurement(Ratio).sample_size(20);
        let criterion = criterion.warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
        Self { criterion: criterion.configure_from_args(), runtime: Runtime::new().expect("there are threads") }
    }

    /// Compares puts and gets of short and of long values, by one task and by many. `open` makes a new store and a new raw
    /// engine for each length.
    pub fn run<S: Engine, R: Engine>(&mut self, name: &str, open: impl AsyncFn() -> (S, R)) {
        for (value_name, value_len) in VALUES {
            let (store, raw) = self.runtime.block_on(open());
            let values = (0..MANY).map(|_| Bytes::from(vec![7; value_len])).collect();
            let fill = Workload { call: Call::Put, values, tasks: MANY, calls_per_task: KEYS / MANY };
            let _ = (self.runtime.block_on(round(&store, &fill)), self.runtime.block_on(round(&raw, &fill)));
            for (call, call_name) in [(Call::Put, "put"), (Call::Get, "get")] {
                for tasks in TASKS {
                    let id =
                        format!("{name}/{call_name}/{value_name}/{tasks} task{}", if tasks == 1 { "" } else { "s" });
                    self.compare(&id, &store, &raw, Workload { call, tasks, calls_per_task: 1, ..fill.clone() });
                }
            }
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "it is far from so many pairs")]
    fn compare(&mut self, id: &str, store: &impl Engine, raw: &impl Engine, mut workload: Workload) {
        let Self { criterion, runtime } = self;
        let mut rounds = Vec::new();
        let mut group = criterion.benchmark_group("store");
        group.sampling_mode(SamplingMode::Flat).throughput(Throughput::Elements(1));
        group.bench_function(id, |bencher| {
            let least = if workload.tasks == 1 { ROUND_OF_ONE } else { ROUND_OF_MANY };
            while (0..5).any(|_| runtime.block_on(round(raw, &workload)).wall < least) {
                workload.calls_per_task *= 2;
            }
            bencher.iter_custom(|pairs| {
                let pair = |number| runtime.block_on(pair(store, raw, &workload, number % 2 == 0));
                let sample: Vec<(Time, Time)> = (0..pairs).map(pair).collect();
                rounds.extend_from_slice(&sample);
                median(sample.iter().map(|(store, raw)| store.wall / raw.wall)) * pairs as f64
            });
        });
        group.finish();
        // Empty if the command line asks for other benchmarks.
        if !rounds.is_empty() {
            print_calls(&rounds, workload.tasks * workload.calls_per_task);
        }
    }
}

/// Prints the time of a call, and its processor time, which is the same on a busy machine.
#[expect(clippy::cast_precision_loss, reason = "it is far from so many calls")]
fn print_calls(rounds: &[(Time, Time)], calls_per_round: usize) {
    let of = |time: fn(&(Time, Time)) -> f64| median(rounds.iter().map(time));
    let call = |time| Duration::from_secs_f64(of(time) / calls_per_round as f64);
    let wall = (call(|(store, _)| store.wall), call(|(_, raw)| raw.wall));
    let cpu = (call(|(store, _)| store.cpu), call(|(_, raw)| raw.cpu));
    println!("{:24}a call: {:?}, raw {:?}", "", wall.0, wall.1);
    let ratio = of(|(store, raw)| store.cpu / raw.cpu);
    println!("{:24}of a processor: {:?}, raw {:?}: {ratio:.3} of raw", "", cpu.0, cpu.1);
}

/// How long something took, in seconds.
#[derive(Clone, Copy, Debug)]
struct Time {
    wall: f64,
    /// The processor time of all threads of this process.
    cpu: f64,
}

impl Time {
    fn of_this_process(begun: Instant) -> Self {
        let cpu = clock_gettime(ClockId::ProcessCPUTime).try_into().unwrap_or(Duration::ZERO);
        Self { wall: begun.elapsed().as_secs_f64(), cpu: cpu.as_secs_f64() }
    }
}

/// The times of the store and of the raw engine. The order alternates, so that it makes no difference.
async fn pair(store: &impl Engine, raw: &impl Engine, workload: &Workload, is_store_first: bool) -> (Time, Time) {
    if is_store_first {
        let store = round(store, workload).await;
        (store, round(raw, workload).await)
    } else {
        let raw = round(raw, workload).await;
        (round(store, workload).await, raw)
    }
}

/// The time that the workload takes.
async fn round(engine: &impl Engine, workload: &Workload) -> Time {
    let begun = Instant::now();
    let before = Time::of_this_process(begun);
    if workload.tasks == 1 {
        make_calls(engine.clone(), workload.clone(), 0).await;
    } else {
        let mut tasks = JoinSet::new();
        for task in 0..workload.tasks {
            tasks.spawn(make_calls(engine.clone(), workload.clone(), task));
        }
        tasks.join_all().await;
    }
    let after = Time::of_this_process(begun);
    Time { wall: after.wall - before.wall, cpu: after.cpu - before.cpu }
}

async fn make_calls(engine: impl Engine, workload: Workload, task: usize) {
    for number in 0..workload.calls_per_task {
        // Each task has keys of its own, so that no two are at the same key.
        let key = key(number * workload.tasks + task);
        let value = &workload.values[task];
        match workload.call {
            Call::Put => engine.put(&key, value.clone()).await,
            Call::Get => assert_eq!(black_box(engine.get(&key).await).len(), value.len()),
        }
    }
}

/// The key of this number, which has a usual length.
fn key(number: usize) -> [u8; 32] {
    let mut key = *b"/benches/a-key-of-32-bytes/00000";
    let mut rest = number % KEYS;
    for digit in key.iter_mut().rev().take(5) {
        *digit = b"01234567"[rest % 8];
        rest /= 8;
    }
    key
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The time of the store, as a multiple of that of the raw engine; or its throughput, as a fraction of that of the raw engine.
#[derive(Debug)]
struct Ratio;

impl Measurement for Ratio {
    type Intermediate = ();
    type Value = f64;

    fn start(&self) {}

    fn end(&self, (): ()) -> f64 {
        unreachable!("it takes two to be measured, which `iter_custom` does")
    }

    fn add(&self, one: &f64, other: &f64) -> f64 {
        one + other
    }

    fn zero(&self) -> f64 {
        0.0
    }

    fn to_f64(&self, ratio: &f64) -> f64 {
        *ratio
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for Ratio {
    fn format_value(&self, ratio: f64) -> String {
        format!("{ratio:.3} of raw")
    }

    fn format_throughput(&self, _: &Throughput, ratio: f64) -> String {
        format!("{:.3} of raw", ratio.recip())
    }

    fn scale_values(&self, _typical: f64, _values: &mut [f64]) -> &'static str {
        "of raw"
    }

    fn scale_throughputs(&self, _typical: f64, _: &Throughput, values: &mut [f64]) -> &'static str {
        for ratio in values {
            *ratio = ratio.recip();
        }
        "of raw"
    }

    fn scale_for_machines(&self, _values: &mut [f64]) -> &'static str {
        "of raw"
    }
}
