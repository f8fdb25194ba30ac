//! Says what the suite finds in stores that the project does not know. The argument names one of them.

mod local_files;
mod opendal_files;
mod tree;

use std::process::ExitCode;

use value_store::conformance::{Check, Claim, check};

fn main() -> ExitCode {
    let name = std::env::args().nth(1).unwrap_or_default();
    let Some(check) = named(&name) else {
        eprintln!("name one of: object_store, opendal, sled");
        return ExitCode::FAILURE;
    };
    let report = check.named(&name).run();
    println!("{report}");
    ExitCode::SUCCESS
}

fn named(name: &str) -> Option<Check> {
    match name {
        "object_store" => Some(check(local_files::open).claim(Claim::Durable).claim(Claim::Shared)),
        "opendal" => Some(check(opendal_files::open).claim(Claim::Durable).claim(Claim::Shared)),
        "sled" => Some(check(tree::open).claim(Claim::Durable).claim(Claim::Settled)),
        _ => None,
    }
}
