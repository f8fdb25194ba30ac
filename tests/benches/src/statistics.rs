//! One figure for several runs.

/// The middle one of the figures, or the mean of the two in the middle.
///
/// # Panics
///
/// If there is none, or one of them is not a number.
#[must_use]
pub fn median(figures: &[f64]) -> f64 {
    let mut figures = figures.to_vec();
    figures.sort_by(|one, other| one.partial_cmp(other).expect("figures are numbers"));
    let half = figures.len() / 2;
    if figures.len() % 2 == 1 { figures[half] } else { f64::midpoint(figures[half - 1], figures[half]) }
}

/// The slope of the line that fits the points best, by least squares.
///
/// # Panics
///
/// If there are no two points with different first figures.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> f64 {
    let count = f64::from(u32::try_from(points.len()).expect("points are few"));
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (middle, height) = (mean(|point| point.0), mean(|point| point.1));
    let squares: f64 = points.iter().map(|(x, _)| (x - middle).powi(2)).sum();
    assert!(squares > 0.0, "a slope needs two points");
    points.iter().map(|(x, y)| (x - middle) * (y - height)).sum::<f64>() / squares
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these figures have no rest in binary")]
mod tests {
    use super::{median, slope};

    #[test]
    fn median_is_in_the_middle_of_the_sorted() {
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), 3.0);
        assert_eq!(median(&[5.0]), 5.0);
    }

    #[test]
    fn slope_of_a_line() {
        assert_eq!(slope(&[(1.0, 5.0), (10.0, 23.0), (50.0, 103.0)]), 2.0);
    }

    #[test]
    fn slope_of_points_beside_the_line() {
        assert_eq!(slope(&[(0.0, 0.0), (0.0, 2.0), (4.0, 8.0), (4.0, 10.0)]), 2.0);
    }

    #[test]
    #[should_panic(expected = "two points")]
    fn one_point_has_no_slope() {
        let _ = slope(&[(1.0, 5.0), (1.0, 6.0)]);
    }
}
