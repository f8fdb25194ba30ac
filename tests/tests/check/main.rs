//! The suite called from a program: the arguments of `conformance::check`, and its report.

mod arguments;
mod grounds;
mod report;
mod stores;
