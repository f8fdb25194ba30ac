//! Stores made of other stores: the suite on each, and what they do when their members fail.

mod members;
mod parallel;
mod prefixed;
mod tiered;
