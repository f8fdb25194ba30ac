//! This package is its tests: they use value-store from outside, as an implementor would.
