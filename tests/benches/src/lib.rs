//! What the benches share. Each of them compares two things in one run.

pub mod interleaved;
