//! The suite from a program: what `conformance::check` is told, and the report that comes of it.

mod arguments;
mod report;
mod stores;
