//! The model of one key: the values that it may have.

use bytes::Bytes;

use crate::conformance::history::Expected;

/// What is known of a key after the calls so far. `None` stands for no value.
///
/// An acknowledged put leaves one value. A put that timed out or was dropped is left behind. It leaves two values,
/// since it may or may not have taken effect.
///
/// In a settled store that is decided when the put ends, and the next get shows it. In any other store the put may
/// still land at any time, even over a newer value.
#[derive(Debug)]
pub(super) struct Register {
    settled: bool,
    /// The value that was acknowledged last, followed by the values of the puts left behind, in their order.
    puts: Vec<Option<Bytes>>,
    /// What a get may return now.
    now: Vec<Option<Bytes>>,
}

impl Register {
    /// A key that was never put.
    pub(super) fn new(settled: bool) -> Self {
        Self { settled, puts: vec![None], now: vec![None] }
    }

    /// How the model allows a get to end.
    pub(super) fn expected(&self) -> Expected {
        let mut values: Vec<Bytes> = Vec::new();
        for value in self.now.iter().flatten() {
            if !values.contains(value) {
                values.push(value.clone());
            }
        }
        match (values.as_slice(), self.now.contains(&None)) {
            ([], _) => Expected::Missing,
            ([only], false) => Expected::Value(only.clone()),
            (several, false) => Expected::one_of(several),
            (several, true) => Expected::one_of(several).or_missing(),
        }
    }

    /// A put has returned `Ok`.
    pub(super) fn acknowledged(&mut self, value: Bytes) {
        if self.settled {
            self.puts.truncate(1);
        }
        self.puts[0] = Some(value);
        self.now.clone_from(&self.puts);
    }

    /// A put has timed out or was dropped.
    pub(super) fn left_behind(&mut self, value: Bytes) {
        self.puts.push(Some(value.clone()));
        self.now.push(Some(value));
    }

    /// A get has returned this value, which it was allowed to.
    pub(super) fn found(&mut self, value: Option<Bytes>) {
        if !self.settled {
            return;
        }
        if self.puts.iter().rposition(|put| *put == value) == Some(0) {
            // None of the puts left behind has taken effect.
            self.puts.truncate(1);
        }
        self.now = vec![value];
    }

    /// The store was opened again. A put that was never acknowledged may be gone, even if a get has seen it.
    pub(super) fn restarted(&mut self) {
        self.now.clone_from(&self.puts);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::history::{Kind, Outcome, Refusal};
    use crate::{GetValueResult, PeerId};

    const OLD: &str = "old";
    const LATE: &str = "late";
    const NEW: &str = "new";

    /// Whether a get may return this value. The empty text stands for no value.
    fn allows(register: &Register, value: &'static str) -> bool {
        let outcome = match value {
            "" => Outcome::Failed(Refusal { kind: Kind::NotFound, chain: Vec::new() }),
            _ => Outcome::Found(GetValueResult { from: PeerId::random(), val: value.into() }),
        };
        register.expected().allows(&outcome)
    }

    fn allowed(register: &Register) -> Vec<&'static str> {
        ["", OLD, LATE, NEW].into_iter().filter(|value| allows(register, value)).collect()
    }

    /// A register with an old value, and a put left behind.
    fn with_one_left_behind(settled: bool) -> Register {
        let mut register = Register::new(settled);
        register.acknowledged(OLD.into());
        register.left_behind(LATE.into());
        register
    }

    #[test]
    fn a_key_has_what_was_acknowledged_last() {
        for settled in [false, true] {
            let mut register = Register::new(settled);
            assert_eq!(allowed(&register), [""]);
            register.acknowledged(OLD.into());
            assert_eq!(allowed(&register), [OLD]);
            register.acknowledged(NEW.into());
            register.restarted();
            assert_eq!(allowed(&register), [NEW]);
        }
    }

    #[test]
    fn a_put_left_behind_may_have_happened() {
        for settled in [false, true] {
            assert_eq!(allowed(&with_one_left_behind(settled)), [OLD, LATE]);
            let mut register = Register::new(settled);
            register.left_behind(LATE.into());
            assert_eq!(allowed(&register), ["", LATE]);
        }
    }

    #[test]
    fn a_put_left_behind_may_land_over_a_newer_one_unless_the_store_is_settled() {
        let newer = |settled| {
            let mut register = with_one_left_behind(settled);
            register.acknowledged(NEW.into());
            register
        };
        assert_eq!(allowed(&newer(false)), [LATE, NEW]);
        assert_eq!(allowed(&newer(true)), [NEW]);
    }

    #[test]
    fn a_get_decides_only_where_the_store_is_settled() {
        let after = |settled, found: &'static str| {
            let mut register = with_one_left_behind(settled);
            register.found(Some(found.into()));
            allowed(&register)
        };
        assert_eq!(after(false, OLD), [OLD, LATE]);
        assert_eq!(after(false, LATE), [OLD, LATE]);
        assert_eq!(after(true, OLD), [OLD]);
        assert_eq!(after(true, LATE), [LATE]);
    }

    #[test]
    fn a_restart_may_take_what_was_not_acknowledged_and_bring_nothing_back() {
        let after = |found: &'static str| {
            let mut register = with_one_left_behind(true);
            register.found(Some(found.into()));
            register.restarted();
            allowed(&register)
        };
        assert_eq!(after(LATE), [OLD, LATE]);
        assert_eq!(after(OLD), [OLD]);
    }
}
