//! Looks for a Chromium on the `PATH`: without one, the tests that need it are listed as ignored.

use std::env;
use std::path::PathBuf;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(chromium)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PATH");
    let directories: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let places = NAMES.iter().flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
    if let Some(chromium) = places.clone().find(|place| place.is_file()) {
        println!("cargo::rerun-if-changed={}", chromium.display());
        println!("cargo::rustc-cfg=chromium");
        println!("cargo::rustc-env=CHROMIUM={}", chromium.display());
    } else {
        // Once one is installed, its directory has changed.
        directories.iter().filter(|directory| directory.is_dir()).for_each(rerun_if_changed);
    }
}

fn rerun_if_changed(path: &PathBuf) {
    println!("cargo::rerun-if-changed={}", path.display());
}
