//! How far from the left each moment is drawn.

use std::time::Duration;

use tokio::time::Instant;

/// The least width of the axis, in pixels.
const MIN_WIDTH: usize = 880;
/// The width for each event, in pixels, on average.
const EVENT_WIDTH: usize = 20;
/// About how far apart two ticks are, in pixels.
const TICK_WIDTH: usize = 110;

/// How many events there is room for after the last one. The bars of calls that have not returned go on to the end.
const TAIL: usize = 8;

/// How far from the left each moment is.
///
/// Half of the width is shared evenly by the stretches between one event and the next, so that even a stretch that took
/// no time can be seen. They share the other half by the square roots of their times, so that a long wait leaves room
/// for the rest.
pub(super) struct Axis {
    /// Each event: the time since the first one, and how far from the left it is, as a fraction of the width.
    pub(super) points: Vec<(Duration, f64)>,
}

impl Axis {
    pub(super) fn new(moments: &[Instant]) -> Self {
        let stretches = || moments.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64().sqrt());
        let all: f64 = stretches().sum();
        let (evenly, by_time) = if all > 0.0 { (0.5, 0.5 / all) } else { (1.0, 0.0) };
        let even = evenly / float(moments.len() + TAIL);
        let mut position = 0.0;
        let points = moments.iter().zip(std::iter::once(0.0).chain(stretches())).map(|(moment, stretch)| {
            position += even + stretch * by_time;
            (*moment - moments[0], position)
        });
        Self { points: points.collect() }
    }

    /// How wide the axis has to be, in pixels.
    pub(super) fn width(&self) -> usize {
        MIN_WIDTH.max((self.points.len() + TAIL) * EVENT_WIDTH)
    }

    /// The times to label, since the first event, and how far from the left each is. They are round numbers and not
    /// evenly spaced.
    pub(super) fn ticks(&self) -> Vec<(Duration, f64)> {
        let slots = self.width() / TICK_WIDTH;
        let bounds = |slot: usize| [slot, slot + 1].map(|bound| self.time(float(bound) / float(slots)));
        let round = (0..slots).map(bounds).filter_map(|[after, until]| roundest(after, until));
        let round = round.map(|time| (time, self.position(time)));
        let mut ticks: Vec<_> = self.points.first().copied().into_iter().collect();
        for tick in round {
            let previous = ticks.last().map_or(0.0, |(_, position)| *position);
            if [tick.1 - previous, 1.0 - tick.1].into_iter().all(|room| room * float(slots) > 0.6) {
                ticks.push(tick);
            }
        }
        ticks
    }

    fn time(&self, position: f64) -> Duration {
        let next = self.points.partition_point(|(_, point)| *point < position);
        match (self.points.get(next.wrapping_sub(1)), self.points.get(next)) {
            (Some(before), Some(after)) => {
                before.0 + after.0.saturating_sub(before.0).mul_f64((position - before.1) / (after.1 - before.1))
            }
            (Some((end, _)), None) => *end,
            (None, _) => Duration::ZERO,
        }
    }

    fn position(&self, time: Duration) -> f64 {
        let next = self.points.partition_point(|(point, _)| *point < time);
        match (self.points.get(next.wrapping_sub(1)), self.points.get(next)) {
            (Some(before), Some(after)) => {
                before.1
                    + (after.1 - before.1)
                        * time.saturating_sub(before.0).div_duration_f64(after.0.saturating_sub(before.0))
            }
            (last, first) => last.or(first).map_or(0.0, |(_, position)| *position),
        }
    }
}

/// The time after `after`, up to `until`, that takes the fewest digits.
fn roundest(after: Duration, until: Duration) -> Option<Duration> {
    let [after, until] = [after, until].map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX));
    let steps = (0..=18).rev().flat_map(|power| [5, 2, 1].map(|factor| factor * 10_u64.pow(power)));
    steps.map(|step| until / step * step).find(|round| *round > after).map(Duration::from_nanos)
}

fn float(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An axis of events at these nanoseconds.
    fn axis<const N: usize>(nanoseconds: [u64; N]) -> Axis {
        let start = Instant::now();
        Axis::new(&nanoseconds.map(|nanoseconds| start + Duration::from_nanos(nanoseconds)))
    }

    #[test]
    fn every_stretch_is_wide_enough_to_be_seen_and_long_ones_are_wider() {
        let axis = axis([0, 1, 1_000_000_000, 1_000_000_000, 1_000_000_005]);
        let pixels = |index: usize| axis.points[index].1 * float(axis.width());
        let stretches: Vec<_> = (1..5).map(|index| pixels(index) - pixels(index - 1)).collect();
        assert!(stretches.iter().all(|stretch| *stretch >= float(EVENT_WIDTH / 2)), "{stretches:?}");
        assert!(stretches[1] > 4.0 * stretches[0] && stretches[3] > stretches[2], "{stretches:?}");
        assert!(pixels(4) <= float(axis.width()));
    }

    #[test]
    fn ticks_are_round_and_where_their_moment_is() {
        let axis = axis([0, 1_234, 1_300, 2_718, 3_000, 98_765]);
        let ticks = axis.ticks();
        assert!(ticks.len() > 3 && ticks[0].0.is_zero(), "{ticks:?}");
        assert!(ticks.is_sorted_by(|one, other| one.0 < other.0 && one.1 < other.1), "{ticks:?}");
        for (time, position) in ticks {
            let there = axis.time(position);
            assert!(there.abs_diff(time) <= Duration::from_nanos(1), "{time:?} is drawn where {there:?} is");
            assert!(time.as_nanos().to_string().trim_end_matches('0').len() <= 2, "{time:?}");
        }
    }

    #[test]
    fn the_roundest_moment_has_the_fewest_digits() {
        let roundest = |after, until| {
            super::roundest(Duration::from_nanos(after), Duration::from_nanos(until)).map(|round| round.as_nanos())
        };
        assert_eq!(roundest(123, 1_789), Some(1_000));
        assert_eq!(roundest(1_234, 1_789), Some(1_500));
        assert_eq!(roundest(1_710, 1_789), Some(1_750));
        assert_eq!(roundest(1_000, 1_001), Some(1_001));
        assert_eq!(roundest(1_000, 1_000), None);
    }
}
