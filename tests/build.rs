//! Looks for a Chromium on the `PATH`: without one, the tests that need it are listed as ignored.

use std::env;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

fn main() {
    println!("cargo::rustc-check-cfg=cfg(chromium)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=PATH");
    let directories: Vec<_> = env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect();
    let mut places = NAMES.iter().flat_map(|name| directories.iter().map(move |directory| directory.join(name)));
    if let Some(chromium) = places.find(|place| place.is_file()) {
        println!("cargo::rerun-if-changed={}", chromium.display());
        println!("cargo::rustc-cfg=chromium");
        println!("cargo::rustc-env=CHROMIUM={}", chromium.display());
    } else {
        // Once one is installed, its directory has changed.
        for directory in directories.iter().filter(|directory| directory.is_dir()) {
            println!("cargo::rerun-if-changed={}", directory.display());
        }
    }
}
