//! The command `value-store`: judges stores in any language, compares reports, and serves stores.
//!
//! Each subcommand is a file, or a folder of one.

mod adapter;
mod check;
mod client;
mod compare;
mod misuse;
mod output;
#[cfg(test)]
mod sample;
mod serve;
#[cfg(test)]
mod snapshot;
mod token;
mod url;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Judges value stores in any language, compares reports, and serves stores.
#[derive(Parser)]
#[command(version, propagate_version = false, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Check(Box<check::Arguments>),
    Compare(compare::Arguments),
    Adapter(adapter::Arguments),
    Serve(serve::Arguments),
    Put(client::Put),
    Get(client::Get),
}

fn main() -> ExitCode {
    value_store::conformance::victim();
    let done = match Arguments::parse().command {
        Command::Check(arguments) => check::run(*arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Adapter(arguments) => adapter::run(&arguments),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Put(arguments) => client::put(&arguments),
        Command::Get(arguments) => client::get(&arguments),
    };
    done.unwrap_or_else(|misuse| misuse.tell())
}
