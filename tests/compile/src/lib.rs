//! What the attribute accepts and what it refuses is tested from outside, in `tests/`.
