//! Empty: `examples/` has what the attribute accepts, and `tests/` what it refuses, with what the compiler says.
