//! What the benches share. Each bench compares two things within one run.

pub mod arguments;
pub mod chart;
pub mod empty_tests;
pub mod generated;
pub mod interleaved;
pub mod processor_time;
pub mod statistics;
pub mod table;
