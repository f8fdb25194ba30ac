//! `value-store adapter`: a file that puts a store of another language behind the protocol.

use std::process::ExitCode;

use clap::ValueEnum;

use crate::misuse::Done;
use crate::output;

/// Prints a file that serves a store of another language to `value-store check`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The language.
    #[arg(value_enum)]
    language: Language,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Node,
    Python,
    Go,
}

pub(crate) fn run(arguments: &Arguments) -> Done {
    let adapter = match arguments.language {
        Language::Node => include_str!("adapters/node.mjs"),
        Language::Python => include_str!("adapters/python.py"),
        Language::Go => include_str!("adapters/adapter.go"),
    };
    output::print(adapter)?;
    Ok(ExitCode::SUCCESS)
}
