//! Why a handle returned an older value than before.

use crate::conformance::history::{Operation, WentBack};
use crate::conformance::report::evidence::{Evidence, has_missed};
use crate::conformance::report::operations::{call, found_in};

pub(super) fn of_a_handle_that_went_back(evidence: &Evidence<'_>, went_back: &WentBack) -> String {
    let (calls, WentBack { get, newer, .. }) = (evidence.operations, *went_back);
    if !evidence.outages(get).is_empty() {
        return "does the handle fall back on an older copy while the backend is away, or read one when that is back?"
            .to_owned();
    }
    if let Some(slow) = slow_get(calls, went_back) {
        let [slow, put] = [slow, newer].map(|index| call(calls, index));
        return format!(
            "{slow} began before {put} had ended, and ended later: is what it read kept, over the newer value?"
        );
    }
    if calls[newer].runs_beside(&calls[get]) {
        let put = call(calls, newer);
        return format!(
            "{put} was under way: does it reach one copy after the other, and do gets read now this one, now that?"
        );
    }
    if calls[went_back.before].task != calls[get].task {
        return "different tasks or threads made the two gets: does each have a cache or a connection of its own?"
            .to_owned();
    }
    let told = if has_missed(&calls[get]) {
        "is a miss remembered, or does another copy answer, which does not have the key yet: could the handle stay with one \
         copy, or ask another when it finds nothing where it has found something?"
    } else {
        "does another copy or a cache answer, which is older: could the handle stay with one copy, or remember the newest \
         value that it has returned?"
    };
    told.to_owned()
}

/// A get through the handle that had begun before it returned the newer value, returned an older one, and ended before it went
/// back.
fn slow_get(calls: &[Operation], WentBack { get, older, before, newer }: &WentBack) -> Option<usize> {
    let has_read_it = |index: usize| match older {
        Some(older) => found_in(calls, index) == Some(*older),
        None => has_missed(&calls[index]),
    };
    let is_it = |index: &usize| {
        let (slow, begun) = (&calls[*index], calls[*get].events.0);
        let is_of_the_handle = slow.handle == calls[*get].handle && slow.key == calls[*get].key;
        let is_slow = slow.events.0 < calls[*newer].events.1.unwrap_or(u64::MAX)
            && slow.events.1.is_some_and(|end| end < begun && calls[*before].events.1.is_some_and(|seen| seen < end));
        is_of_the_handle && is_slow && has_read_it(*index)
    };
    (0..calls.len()).find(is_it)
}
