//! Empty: `tests/` checks from outside what the attribute accepts and what it refuses.
