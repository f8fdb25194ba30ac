//! Stores made of other stores: the suite on each, and tests of what they do when a member fails.

mod members;
mod parallel;
mod prefixed;
mod tiered;
