//! What it costs a crate to depend on value-store: the clean build of a crate that has it and nothing else.
//!
//!     cargo bench --package value-store-benches --bench adoption_cost
//!
//! After `--`: `--runs N` for other than 3 runs, and `--quick` for one.
//!
//! The floor is what whoever tests an async trait of libp2p has anyway: tokio, with the features that the suite uses, async-trait
//! and libp2p-identity. Next to it are the trait alone, and the trait with the feature `conformance`. Each is built into an
//! empty directory, in the development profile; they take turns within each run. Figures are the medians of the processor
//! time of cargo and all it starts, and of the time on the clock, and how many crates were compiled, that of the user left out.

use std::fs;
use std::path::Path;

use value_store_benches::arguments::Arguments;
use value_store_benches::generated::{Package, Workspace, value_store};
use value_store_benches::processor_time::{Cost, measure};
use value_store_benches::statistics::median;
use value_store_benches::table::Table;

/// Those of the feature `conformance`.
const FEATURES_OF_TOKIO: [&str; 7] = ["io-util", "macros", "net", "rt-multi-thread", "sync", "test-util", "time"];

/// With `conformance`, no more than so many times the floor.
const TARGET: f64 = 1.3;

fn main() {
    let arguments = Arguments::of_this_process();
    let packages = [floor(), adopted("the_trait_alone", &[]), adopted("with_conformance", &["conformance"])];
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let workspace = Workspace::write(&directory.join("adoption_cost"), &directory.join("adopted"), &packages);
    let mut builds = packages.each_ref().map(|_| Vec::new());
    for run in 1..=arguments.runs(3) {
        for (Package { name, .. }, builds) in packages.iter().zip(&mut builds) {
            eprintln!("run {run}, {name}");
            builds.push(clean_build(&workspace, name));
        }
    }
    report(&packages, &builds);
}

fn floor() -> Package {
    let dependencies = format!(
        "async-trait = \"0.1\"\n\
        libp2p-identity = {{ version = \"0.3\", default-features = false, features = [\"peerid\", \"rand\"] }}\n\
        tokio = {{ version = \"1\", features = {FEATURES_OF_TOKIO:?} }}\n"
    );
    Package { name: "floor".to_owned(), dependencies, source: String::new() }
}

fn adopted(name: &str, features: &[&str]) -> Package {
    Package { name: name.to_owned(), dependencies: value_store(features), source: String::new() }
}

/// What it took, and how many crates were compiled.
fn clean_build(workspace: &Workspace, package: &str) -> (Cost, usize) {
    let _ = fs::remove_dir_all(workspace.target());
    let mut build = workspace.cargo(&["build"], package);
    // As what comes from the registry is built: only what is at a path, like value-store here, would be built incrementally, and
    // that takes longer at first.
    build.env("CARGO_INCREMENTAL", "0");
    let (cost, output) = measure(&mut build);
    let said = String::from_utf8_lossy(&output.stderr);
    let compiled = said.lines().filter(|line| line.trim_start().starts_with("Compiling ")).count();
    (cost, compiled - 1)
}

fn report(packages: &[Package], builds: &[Vec<(Cost, usize)>]) {
    let median = |builds: &[(Cost, usize)], of: fn(&Cost) -> f64| {
        median(&builds.iter().map(|(cost, _)| of(cost)).collect::<Vec<_>>())
    };
    let processor = |builds: &[(Cost, usize)]| median(builds, |cost| cost.processor.as_secs_f64());
    let floor = processor(&builds[0]);
    let mut table = Table::new(["clean build of", "crates", "processor", "times the floor", "clock"]);
    for (Package { name, .. }, builds) in packages.iter().zip(builds) {
        let (processor, clock) = (processor(builds), median(builds, |cost| cost.wall.as_secs_f64()));
        table.row([
            name.replace('_', " "),
            builds[0].1.to_string(),
            format!("{processor:.1} s"),
            format!("{:.2}", processor / floor),
            format!("{clock:.1} s"),
        ]);
    }
    println!("\n{table}");
    let ratio = processor(&builds[2]) / floor;
    println!("with conformance: {ratio:.2} times the floor, of {TARGET} at most");
}
