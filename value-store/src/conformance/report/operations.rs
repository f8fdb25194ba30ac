//! The calls of a case, one line each. Calls that have nothing to do with the failure are left out.

use std::fmt::{self, Write};
use std::time::Duration;

use super::bytes;
use super::texts::{message, shortened};
use crate::Options;
use crate::conformance::history::{Call, Operation, Outcome, Refusal};

/// How many calls are shown whatever their keys: this many at the beginning, and this many up to the failure.
const EDGE: usize = 3;
/// How many calls on the key to blame are shown, up to the failure.
const SAME_KEY: usize = 12;

/// Writes a line for each call that is shown, with lines between them for what happened beside them.
pub(super) fn write(
    report: &mut impl Write,
    operations: &[Operation],
    happenings: &[(u64, String)],
    culprits: &[usize],
) -> fmt::Result {
    let shown = shown(operations, culprits);
    let several_handles = operations.iter().any(|operation| operation.handle > 1);
    let width = operations.len().to_string().len();
    let widest = |column: fn(&Operation) -> String| {
        shown.iter().map(|index| column(&operations[*index]).chars().count()).max().unwrap_or(0)
    };
    let (key_width, value_width) = (widest(|operation| bytes::key(&operation.key)), widest(value));
    let (mut next, mut happenings) = (0, happenings.iter().peekable());
    for index in shown.iter().copied() {
        while let Some((_, happening)) = happenings.next_if(|(event, _)| *event < operations[index].events.0) {
            writeln!(report, "  {:width$}  {happening}", "")?;
        }
        write_gap(report, index - next)?;
        next = index + 1;
        let operation = &operations[index];
        let handle = if several_handles { format!("handle {}  ", operation.handle) } else { String::new() };
        let mark = if culprits.contains(&index) { '>' } else { ' ' };
        let name = operation.call.name();
        let (key, value) = (bytes::key(&operation.key), value(operation));
        write!(report, "{mark} {next:width$}  {handle}{name}  {key:key_width$}  {value:value_width$}  -> ")?;
        writeln!(report, "{}{}", outcome(operation), options(&operation.options))?;
    }
    write_gap(report, operations.len() - next)?;
    happenings.try_for_each(|(_, happening)| writeln!(report, "  {:width$}  {happening}", ""))
}

/// The indices of the calls that are shown, in order.
pub(super) fn shown(operations: &[Operation], culprits: &[usize]) -> Vec<usize> {
    without_gaps_of_one(&chosen(operations, culprits), operations.len())
}

/// A call by its name and number: `get 3`.
pub(super) fn call(operations: &[Operation], index: usize) -> String {
    format!("{} {}", operations[index].call.name(), index + 1)
}

fn value(operation: &Operation) -> String {
    match &operation.call {
        Call::Put(value) => bytes::value(value),
        Call::Get => String::new(),
    }
}

fn write_gap(report: &mut impl Write, left_out: usize) -> fmt::Result {
    match left_out {
        0 => Ok(()),
        count => writeln!(report, "     … {count} calls more"),
    }
}

/// Adds each single call that would be left out: the line that says so would take as much room.
fn without_gaps_of_one(shown: &[usize], count: usize) -> Vec<usize> {
    let is_shown = |index: &usize| shown.contains(index);
    let before = |index: usize| index == 0 || is_shown(&(index - 1));
    let after = |index: usize| index + 1 == count || is_shown(&(index + 1));
    (0..count).filter(|index| is_shown(index) || before(*index) && after(*index)).collect()
}

/// The indices of the calls to show, in order.
fn chosen(operations: &[Operation], culprits: &[usize]) -> Vec<usize> {
    let last = culprits.iter().copied().max().unwrap_or(operations.len().saturating_sub(1));
    let about_the_key =
        |index: &usize| culprits.iter().any(|culprit| operations[*index].key == operations[*culprit].key);
    let same_key: Vec<_> = (0..operations.len()).take(last + 1).filter(about_the_key).collect();
    let same_key = &same_key[same_key.len().saturating_sub(SAME_KEY)..];
    let sources: Vec<_> = culprits.iter().filter_map(|culprit| found_in(operations, *culprit)).collect();
    let is_pending = |index: usize| operations[index].ended.is_none();
    (0..operations.len())
        .filter(|index| {
            *index < EDGE
                || (*index + EDGE > last && *index <= last)
                || same_key.contains(index)
                || culprits.contains(index)
                || sources.contains(index)
                || is_pending(*index)
        })
        .collect()
}

/// The put whose value the get returned: the last one before it to the same key, or else to any key.
pub(super) fn found_in(operations: &[Operation], culprit: usize) -> Option<usize> {
    let Some(Outcome::Found(found)) = operations[culprit].outcome() else { return None };
    let is_source = |operation: &Operation| matches!(&operation.call, Call::Put(value) if *value == found.val);
    let is_of_the_key = |operation: &Operation| operation.key == operations[culprit].key && is_source(operation);
    let before = &operations[..culprit];
    before.iter().rposition(is_of_the_key).or_else(|| before.iter().rposition(is_source))
}

fn outcome(operation: &Operation) -> String {
    let text = ending(operation);
    operation.elapsed().map(|elapsed| format!("{text}, {}", duration(elapsed))).unwrap_or(text)
}

/// How a call ended, if it did.
pub(super) fn ending(operation: &Operation) -> String {
    match operation.outcome() {
        Some(Outcome::Stored) => "ok".to_owned(),
        Some(Outcome::Found(found)) => format!("{} from {}", bytes::value(&found.val), peer(&found.from.to_string())),
        Some(Outcome::Failed(refusal)) => self::refusal(refusal),
        Some(Outcome::Superseded(refusal)) => format!("behind a newer record: {}", self::refusal(refusal)),
        Some(Outcome::Dropped { polls: 0 }) => "dropped before its first poll".to_owned(),
        Some(Outcome::Dropped { polls: 1 }) => "dropped after 1 poll".to_owned(),
        Some(Outcome::Dropped { polls }) => format!("dropped after {polls} polls"),
        Some(Outcome::Panicked { in_drop: false, .. }) => "panicked".to_owned(),
        Some(Outcome::Panicked { in_drop: true, .. }) => "panicked when it was dropped".to_owned(),
        None => "has not returned".to_owned(),
    }
}

pub(super) fn peer(peer_id: &str) -> String {
    format!("…{}", &peer_id[peer_id.len().saturating_sub(6)..])
}

/// The kind of an error, and its message if that says more.
pub(crate) fn refusal(refusal: &Refusal) -> String {
    match message(refusal).map(|message| shortened(&message)) {
        Some(message) if refusal.chain.len() > 1 => format!("{:?}: {message}", refusal.kind),
        Some(message) => format!("{:?} ({message})", refusal.kind),
        None => format!("{:?}", refusal.kind),
    }
}

pub(super) fn options(options: &Options) -> String {
    /// In bytes. Longer names and values are shown by their lengths.
    const LONGEST: usize = 40;
    let timeout = options.timeout().map(|timeout| format!("timeout {}", duration(timeout)));
    let additional: Vec<_> = options.iter().collect();
    let additional = match additional.as_slice() {
        [] => None,
        [(name, value)] => {
            let (name, value) = (format!("{name:?}"), value.to_string());
            let name = if name.len() > LONGEST { format!("with a name of {} B", name.len() - 2) } else { name };
            let value = if value.len() > LONGEST { format!("{} bytes of JSON", value.len()) } else { value };
            Some(format!("option {name} = {value}"))
        }
        several => Some(format!("{} additional options", several.len())),
    };
    let parts: Vec<_> = [timeout, additional].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("   [{}]", parts.join(", ")) }
}

/// A duration in the unit that suits it, with one digit after the point.
pub(crate) fn duration(duration: Duration) -> String {
    const DAY: u64 = 86_400;
    if duration.as_secs() > DAY {
        return format!("{} days", duration.as_secs() / DAY);
    }
    let text = format!("{duration:.1?}");
    let unit = text.find(|char: char| char.is_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    format!("{} {unit}", number.strip_suffix(".0").unwrap_or(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::history::History;

    #[test]
    fn all_calls_to_blame_are_shown_and_marked_however_far_apart_they_are() {
        let history = History::new();
        for _ in 0..100 {
            let index = history.begin(1, Call::Get, "k".into(), Options::new().into());
            history.end(index, Outcome::Dropped { polls: 1 });
        }
        let mut lines = String::new();
        write(&mut lines, &history.operations(), &[], &[20, 50, 90]).unwrap();
        let marked: Vec<_> =
            lines.lines().filter_map(|line| line.strip_prefix("> ")?.split_whitespace().next()).collect();
        assert_eq!(marked, ["21", "51", "91"]);
    }

    #[test]
    fn what_happened_after_the_last_call_began_is_shown_after_it() {
        let history = History::new();
        history.begin(1, Call::Get, "k".into(), Options::new().into());
        let mut lines = String::new();
        write(&mut lines, &history.operations(), &[(2, "the backend is back".to_owned())], &[0]).unwrap();
        assert_eq!(lines, "> 1  get  k (1 B)    -> has not returned\n     the backend is back\n");
    }

    #[test]
    fn an_option_is_short_whatever_its_length() {
        let shown = |name: &str, value: &str| options(&Options::new().with(name, value));
        assert_eq!(shown("quorum", "all"), "   [option \"quorum\" = \"all\"]");
        assert_eq!(shown(&"n".repeat(70_000), "all"), "   [option with a name of 70000 B = \"all\"]");
        assert_eq!(shown("quorum", &"v".repeat(70_000)), "   [option \"quorum\" = 70002 bytes of JSON]");
    }

    #[test]
    fn durations_are_short_whatever_their_length() {
        let shown =
            [1, 1_500, 2_000_000, 30_000_000_000].map(|nanoseconds| duration(Duration::from_nanos(nanoseconds)));
        assert_eq!(shown, ["1 ns", "1.5 µs", "2 ms", "30 s"]);
        assert_eq!(duration(Duration::from_secs(365 * 86_400)), "365 days");
    }
}
