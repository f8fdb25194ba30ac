//! Helpers for the tests that use value-store from outside.
