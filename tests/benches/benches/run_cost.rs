//! What it costs to run the whole suite on the store in memory, next to as many empty `#[tokio::test]`s.
//!
//!     cargo bench --package value-store-benches --bench run_cost
//!
//! After `--`: `--runs N` for another number of runs than 10, or `--quick` for one run.
//!
//! The store claims `shared`, `convergent`, `settled` and `linearizable`. The cases of other claims are ignored in both
//! programs. Both are built in the development profile, and take turns in each run. They run by themselves, as `cargo test`
//! runs them, and then, if it is installed, under `cargo nextest run`: that has a process for each test, and first checks that
//! nothing is to be built. At last each case runs alone, to see which takes longest, and where the processor time goes. All
//! figures are medians, of the time on the clock or of the processor time.

use std::path::Path;
use std::process::Command;
use std::slice;

use value_store_benches::arguments::Arguments;
use value_store_benches::empty_tests;
use value_store_benches::generated::{Package, Test, Workspace, dependencies_of_tests, tests_of};
use value_store_benches::processor_time::{Cost, measure};
use value_store_benches::statistics::median;
use value_store_benches::table::Table;

const SUITE: &str = "suite";
const EMPTY: &str = "empty";

/// The time of the suite on the clock, at most, less that of its longest case: in multiples of the empty tests.
const TARGET_ON_THE_CLOCK: f64 = 1.5;
/// The processor time for each case that runs, at most, in milliseconds.
const TARGET_FOR_A_CASE: f64 = 3.0;

const SOURCE: &str = "
use std::convert::Infallible;

use value_store::stores::MemoryStore;
use value_store::{Context, value_store_tests};

#[value_store_tests(shared, convergent, settled, monotonic, linearizable)]
async fn memory(context: &Context) -> Result<MemoryStore, Infallible> {
    let store = context.share(async || Ok::<_, Infallible>(MemoryStore::new())).await?;
    context.member(store.peer_id());
    Ok(MemoryStore::clone(&store))
}
";

fn main() {
    let arguments = Arguments::of_this_process();
    let workspace = workspace();
    let programs = [SUITE, EMPTY].map(|package| workspace.test_program(package));
    let cases: Vec<_> = tests_of(&programs[0]).into_iter().filter(|test| !test.is_ignored).collect();
    let runs = arguments.runs(10);

    let under_libtest = in_turn(runs, || programs.each_ref().map(Command::new));
    println!("{} cases, runs: {runs}\n\nas under cargo test\n{}", cases.len(), comparison(&under_libtest));
    if is_installed("cargo-nextest") {
        let nextest = |package| workspace.cargo(&["nextest", "run", "--lib"], package);
        let under_nextest = in_turn(runs.min(5), || [SUITE, EMPTY].map(nextest));
        println!("cargo nextest run\n{}", comparison(&under_nextest));
    } else {
        println!("cargo nextest run: not measured, for cargo-nextest is not installed\n");
    }
    let alone = each_alone(&programs[0], &cases, runs.min(3));
    println!("{}", where_it_goes(&alone));
    judge(&under_libtest, &alone);
}

/// The suite, and as many empty tests: the suite is built first, for the list of its tests.
fn workspace() -> Workspace {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let write = |packages: &[_]| Workspace::write(&directory.join("run_cost"), &directory.join("target"), packages);
    let suite = package(SUITE, SOURCE.to_owned());
    let tests = tests_of(&write(slice::from_ref(&suite)).test_program(SUITE));
    let tests: Vec<_> = tests.iter().map(Test::without_its_first_module).collect();
    let empty = empty_tests::source("tests", &tests);
    write(&[suite, package(EMPTY, empty)])
}

fn package(name: &str, source: String) -> Package {
    Package { name: name.to_owned(), dependencies: dependencies_of_tests(), source }
}

fn is_installed(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// What the suite and the empty tests took in each run.
struct Sides {
    suite: Vec<Cost>,
    empty: Vec<Cost>,
}

fn in_turn(runs: usize, commands: impl Fn() -> [Command; 2]) -> Sides {
    let run = |_| commands().each_mut().map(|command| measure(command).0);
    let (suite, empty) = (0..runs).map(run).map(|[suite, empty]| (suite, empty)).unzip();
    Sides { suite, empty }
}

/// Seconds on the clock.
fn clock(costs: &[Cost]) -> f64 {
    median(&costs.iter().map(|cost| cost.wall.as_secs_f64()).collect::<Vec<_>>())
}

/// Seconds of processor time.
fn processor(costs: &[Cost]) -> f64 {
    median(&costs.iter().map(|cost| cost.processor.as_secs_f64()).collect::<Vec<_>>())
}

fn comparison(sides: &Sides) -> Table {
    let mut table = Table::new(["", "clock", "processor"]);
    for (name, costs) in [("the suite", &sides.suite), ("empty tests", &sides.empty)] {
        table.row([name.to_owned(), format!("{:.3} s", clock(costs)), format!("{:.3} s", processor(costs))]);
    }
    let times = |of: fn(&[Cost]) -> f64| format!("{:.1}", of(&sides.suite) / of(&sides.empty));
    table.row(["times".to_owned(), times(clock), times(processor)]);
    table
}

/// A case, and what it took in each run.
struct Alone {
    path: String,
    costs: Vec<Cost>,
}

fn each_alone(program: &Path, cases: &[Test], runs: usize) -> Vec<Alone> {
    // Without the variable, such a process would judge what the case stands on, too.
    let run = |path: &str| measure(Command::new(program).args(["--exact", path]).env("VALUE_STORE_ANYWAY", "1")).0;
    let alone = |case: &Test| Alone { path: case.path.clone(), costs: (0..runs).map(|_| run(&case.path)).collect() };
    cases.iter().map(alone).collect()
}

/// The ten cases with the most processor time, and the ten that take longest on the clock.
fn where_it_goes(alone: &[Alone]) -> String {
    let all: f64 = alone.iter().map(|case| processor(&case.costs)).sum();
    let least = alone.iter().map(|case| processor(&case.costs)).fold(f64::INFINITY, f64::min);
    let [by_processor, by_clock] = [processor, clock].map(|of| {
        let mut cases: Vec<_> = alone.iter().map(|case| (of(&case.costs) * 1e3, &case.path)).collect();
        cases.sort_by(|one, other| other.0.total_cmp(&one.0));
        let mut table = Table::new(["", "ms"]);
        cases.into_iter().take(10).for_each(|(figure, path)| table.row([path.clone(), format!("{figure:.1}")]));
        table
    });
    format!(
        "each case in a process of its own: {:.1} ms of the processors for a case, {:.1} ms for the least\n\n\
        longest on the processors\n{by_processor}\nlongest on the clock\n{by_clock}",
        all * 1e3 / f64::from(u32::try_from(alone.len()).expect("the cases are few")),
        least * 1e3,
    )
}

fn judge(sides: &Sides, alone: &[Alone]) {
    let longest = alone.iter().map(|case| clock(&case.costs)).fold(0.0, f64::max);
    let allowed = longest + TARGET_ON_THE_CLOCK * clock(&sides.empty);
    println!(
        "on the clock: {:.3} s, of {allowed:.3} s at most: the longest case, {longest:.3} s, and {TARGET_ON_THE_CLOCK} times \
        the empty tests",
        clock(&sides.suite)
    );
    let cases = f64::from(u32::try_from(alone.len()).expect("the cases are few"));
    println!(
        "on the processors: {:.2} ms for a case, of {TARGET_FOR_A_CASE} ms at most",
        processor(&sides.suite) * 1e3 / cases
    );
}
