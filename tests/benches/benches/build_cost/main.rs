//! What it costs to build the tests of 1, 10 and 50 stores, with the attribute of this project and with what one would write
//! instead.
//!
//!     cargo bench --package value-store-benches --bench build_cost
//!     cargo bench --package value-store-benches --bench build_cost -- --svg build_cost.svg
//!
//! After `--`: `--runs N` for another number of runs than 2, `--quick` to see in one run of few stores that the bench works,
//! and
//! `--svg PATH` to write the picture of the README, with a path from the directory of this package.
//!
//! Each way has a crate for each number of stores, which holds only the tests. The stores, each a type of its own, are in a
//! library that all crates share. The attribute generates all of its tests, as for a store that claims nothing. The other ways
//! have 64 short cases each, since the whole suite would be much longer to write. So each way is compared with as many empty
//! `#[tokio::test]`s as it has tests, and the figures to compare are multiples of those:
//! - written out by hand: the cases in full, for each store;
//! - generic-tests: the cases as generic functions in a module, which that crate repeats for each store;
//! - `macro_rules!` over generics: the same functions, and a macro with a test for each;
//! - rstest, boxed stores: each case once, with a `#[case]` for each store;
//! - one-line shims: `async fn name() { case(open).await }`, with the cases compiled in the library.
//!
//! Three builds are measured, each with `cargo test --no-run` in the development profile: one with nothing of the crate built,
//! which is only done in the first run, since it takes longest; one after a line was added at the top of the source; and one
//! after the source was written again unchanged. The figures are processor time of cargo and all that it starts. The ways take
//! turns within each run, and the medians of the runs are shown. Before the first run, the tests of one store have to pass.

mod approaches;
mod cases;

use std::fs;
use std::path::Path;
use std::process::Command;

use value_store_benches::arguments::Arguments;
use value_store_benches::chart::{Chart, Line};
use value_store_benches::generated::{Package, Test, Workspace, tests_of};
use value_store_benches::processor_time::measure;
use value_store_benches::statistics::{median, slope};
use value_store_benches::table::Table;

use approaches::{ALL, Approach, LIBRARY};

const STORES: &[usize] = &[1, 10, 50];
const FEW_STORES: &[usize] = &[1, 3];

fn main() {
    let arguments = Arguments::of_this_process();
    let stores = if arguments.quick { FEW_STORES } else { STORES };
    let (workspace, ours) = prepared(stores);
    let mut measured = Measured::new(stores, ours.len());
    for run in 1..=arguments.runs(2) {
        measured.run(&workspace, run);
    }
    for (build, name) in ["from nothing", "after an edit", "with nothing changed"].into_iter().enumerate() {
        println!("\n{name}: processor seconds (times the empty tests)\n{}", measured.table(build));
    }
    if let Some(path) = arguments.svg {
        fs::write(&path, measured.chart().to_string()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        println!("wrote {}", path.display());
    }
}

/// The crates, whose dependencies are built, and the tests that the attribute generates for one store.
fn prepared(stores: &[usize]) -> (Workspace, Vec<Test>) {
    let library = approaches::package(LIBRARY, approaches::library(stores[stores.len() - 1]));
    let ours = tests_of_one_store(&library);
    let crates = ALL.iter().flat_map(|approach| stores.iter().map(move |stores| (approach, *stores)));
    let crates =
        crates.map(|(approach, stores)| approaches::package(&approach.package(stores), approach.source(stores, &ours)));
    let workspace = workspace(&[library].into_iter().chain(crates).collect::<Vec<_>>());
    for approach in ALL {
        let program = workspace.test_program(&approach.package(stores[0]));
        let tests = tests_of(&program).len();
        let expected = if approach.floor() == Approach::EmptyTests { cases::all().len() } else { ours.len() };
        assert_eq!(tests, expected * stores[0], "{approach:?}");
        measure(&mut Command::new(program));
    }
    (workspace, ours)
}

fn tests_of_one_store(library: &Package) -> Vec<Test> {
    let (name, source) = (Approach::ValueStore.package(1), Approach::ValueStore.source(1, &[]));
    let workspace = workspace(&[library.clone(), approaches::package(&name, source)]);
    tests_of(&workspace.test_program(&name)).iter().map(Test::without_its_first_module).collect()
}

fn workspace(packages: &[Package]) -> Workspace {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    Workspace::write(&directory.join("build_cost"), &directory.join("target"), packages)
}

/// The processor seconds of each build, of each way, for each number of stores, in each run.
struct Measured {
    stores: &'static [usize],
    tests_of_ours: usize,
    seconds: Vec<Vec<[Vec<f64>; 3]>>,
}

impl Measured {
    fn new(stores: &'static [usize], tests_of_ours: usize) -> Self {
        Self { stores, tests_of_ours, seconds: vec![vec![<[Vec<f64>; 3]>::default(); stores.len()]; ALL.len()] }
    }

    fn run(&mut self, workspace: &Workspace, run: usize) {
        for (size, stores) in self.stores.iter().enumerate() {
            for (approach, measured) in ALL.iter().zip(&mut self.seconds) {
                eprintln!("run {run}, {stores} stores, {}", approach.label());
                for (seconds, build) in
                    measured[size].iter_mut().zip(builds(workspace, &approach.package(*stores), run))
                {
                    seconds.extend(build);
                }
            }
        }
    }

    fn median(&self, approach: Approach, size: usize, build: usize) -> f64 {
        let at = ALL.iter().position(|other| *other == approach).expect("all approaches are listed");
        median(&self.seconds[at][size][build])
    }

    /// A figure for each number of stores.
    fn points(&self, build: usize, of: impl Fn(usize, usize) -> f64) -> Vec<(f64, f64)> {
        let point = |(size, stores): (usize, &usize)| {
            (f64::from(u32::try_from(*stores).expect("the stores are few")), of(size, build))
        };
        self.stores.iter().enumerate().map(point).collect()
    }

    fn ratios(&self, approach: Approach, build: usize) -> Vec<(f64, f64)> {
        self.points(build, |size, build| {
            self.median(approach, size, build) / self.median(approach.floor(), size, build)
        })
    }

    fn slope(&self, approach: Approach, build: usize) -> f64 {
        slope(&self.points(build, |size, build| self.median(approach, size, build)))
    }

    fn table(&self, build: usize) -> Table {
        let stores = self.stores.iter().map(|stores| format!("stores: {stores}"));
        let heading = [String::new(), "tests a store".to_owned()].into_iter().chain(stores);
        let mut table = Table::new(heading.chain(["a store more".to_owned()]));
        for approach in ALL {
            let ratios = self.ratios(approach, build).into_iter().enumerate();
            let figures =
                ratios.map(|(size, (_, ratio))| format!("{:.2} ({ratio:.2})", self.median(approach, size, build)));
            let (slope, floor) = (self.slope(approach, build), self.slope(approach.floor(), build));
            let slope = format!("{:.0} ms ({:.2})", slope * 1e3, slope / floor);
            let start = [approach.label().to_owned(), self.tests(approach).to_string()];
            table.row(start.into_iter().chain(figures).chain([slope]));
        }
        table
    }

    fn tests(&self, approach: Approach) -> usize {
        if approach.floor() == Approach::EmptyTests { cases::all().len() } else { self.tests_of_ours }
    }

    fn chart(&self) -> Chart {
        let line = |approach: Approach| Line { label: approach.label().to_owned(), points: self.ratios(approach, 1) };
        let shown = ALL.into_iter().filter(|approach| *approach != Approach::EmptyTests);
        Chart {
            title: "Building the tests after an edit: processor time, as multiples of as many empty tests".to_owned(),
            across: "stores that are tested".to_owned(),
            lines: shown.map(line).collect(),
        }
    }
}

/// The processor seconds of the three builds, in the order of the tables. The first is only done in the first run.
fn builds(workspace: &Workspace, package: &str, run: usize) -> [Option<f64>; 3] {
    let source = workspace.source(package);
    let build = || workspace.build_tests(package).processor.as_secs_f64();
    let write = |text: &str| fs::write(&source, text).expect("the source was written before");
    let before = fs::read_to_string(&source).expect("the source was written before");
    let from_nothing = (run == 1).then(|| {
        workspace.clean(package);
        build()
    });
    let edited = format!("// Edited for the time {run}.\n{before}");
    write(&edited);
    let after_an_edit = build();
    write(&edited);
    [from_nothing, Some(after_an_edit), Some(build())]
}
