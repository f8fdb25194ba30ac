//! What it costs a crate to depend on value-store: a clean build of a crate with no other dependency.
//!
//!     cargo bench --package value-store-benches --bench adoption_cost
//!
//! After `--`: `--runs N` for another number of runs than 3, or `--quick` for one run.
//!
//! The floor is what anyone has who tests an async trait of libp2p: async-trait, libp2p-identity, and tokio with the features
//! that the suite uses. It is compared with the trait alone, and with the trait and the feature `conformance`. Each is built
//! into an empty directory, in the development profile, in turn within each run. The figures are medians of the processor time
//! of cargo and all that it starts, and of the time on the clock, and the number of crates compiled, without that of the user.

use std::fs;
use std::path::Path;

use value_store_benches::arguments::Arguments;
use value_store_benches::generated::{Package, Workspace, value_store};
use value_store_benches::processor_time::{Cost, measure};
use value_store_benches::statistics::median;
use value_store_benches::table::Table;

/// The features that `conformance` turns on.
const FEATURES_OF_TOKIO: [&str; 7] = ["io-util", "macros", "net", "rt-multi-thread", "sync", "test-util", "time"];

/// The cost with `conformance`, at most, in multiples of the floor.
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

/// What the build took, and how many crates were compiled.
fn clean_build(workspace: &Workspace, package: &str) -> (Cost, usize) {
    let _ = fs::remove_dir_all(workspace.target());
    let mut build = workspace.cargo(&["build"], package);
    // Crates of the registry are not built incrementally, and neither would value-store be. Here it is at a path, so cargo
    // would, and a first incremental build takes longer.
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
