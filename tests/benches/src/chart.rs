//! A line chart in SVG, which can be read on a light and on a dark page.

use std::fmt;

/// A chart of some lines, each with its name at its right end.
#[derive(Clone, Debug)]
pub struct Chart {
    /// The title, which stands above the lines.
    pub title: String,
    /// The label of the horizontal axis, which has a mark at each point of the first line.
    pub across: String,
    /// The lines. The first stands out.
    pub lines: Vec<Line>,
}

/// One of the lines of a [`Chart`].
#[derive(Clone, Debug)]
pub struct Line {
    /// Its name.
    pub label: String,
    /// Its points, from left to right. Both axes begin at 0.
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 800.0;
const HEIGHT: f64 = 440.0;
/// The edges of the lines. Outside them are the figures, and to the right the names.
const LEFT: f64 = 48.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 384.0;
/// The least distance between two names.
const LINE_HEIGHT: f64 = 17.0;
/// If there are more lines than this, some have the same colour.
const COLOURS: usize = 7;

/// The colours differ on both backgrounds, and for the colour-blind.
const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #3d444d }
  .title { font-size: 15px; font-weight: 600 }
  .grid { stroke: #8b949e; stroke-opacity: 0.3 }
  polyline { fill: none; stroke-width: 2 }
  .line0 { stroke: #0969da; stroke-width: 4 } .name0 { fill: #0969da; font-weight: 600 }
  .line1 { stroke: #57606a; stroke-dasharray: 5 4 }
  .line2 { stroke: #cf222e } .line3 { stroke: #bc4c00 } .line4 { stroke: #9a6700 } .line5 { stroke: #8250df } .line6 { stroke: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    text { fill: #d1d7e0 }
    .line0 { stroke: #4493f8 } .name0 { fill: #4493f8 } .line1 { stroke: #9198a1 }
    .line2 { stroke: #ff7b72 } .line3 { stroke: #f0883e } .line4 { stroke: #d29922 } .line5 { stroke: #bc8cff } .line6 { stroke: #3fb950 }
  }
";

impl fmt::Display for Chart {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (title, scale) = (escaped(&self.title), Scale::of(&self.lines));
        writeln!(formatter, r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">"#)?;
        writeln!(formatter, "<title>{title}</title>\n<style>{STYLE}</style>")?;
        writeln!(formatter, r#"<text class="title" x="{LEFT}" y="24">{title}</text>"#)?;
        self.write_grid(formatter, &scale)?;
        self.write_lines(formatter, &scale)?;
        writeln!(formatter, "</svg>")
    }
}

impl Chart {
    fn write_grid(&self, formatter: &mut fmt::Formatter<'_>, scale: &Scale) -> fmt::Result {
        for step in scale.steps() {
            let y = scale.y(step);
            writeln!(formatter, r#"<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1}" y2="{y:.1}"/>"#)?;
            let (x, y) = (LEFT - 8.0, y + 4.0);
            writeln!(formatter, r#"<text x="{x}" y="{y:.1}" text-anchor="end">{step}</text>"#)?;
        }
        for (figure, _) in self.lines.first().into_iter().flat_map(|line| &line.points) {
            let (x, y) = (scale.x(*figure), BOTTOM + 20.0);
            writeln!(formatter, r#"<text x="{x:.1}" y="{y}" text-anchor="middle">{figure}</text>"#)?;
        }
        let (x, y) = (f64::midpoint(LEFT, RIGHT), BOTTOM + 42.0);
        writeln!(formatter, r#"<text x="{x}" y="{y}" text-anchor="middle">{}</text>"#, escaped(&self.across))
    }

    /// The first line is drawn last, so that it is on top.
    fn write_lines(&self, formatter: &mut fmt::Formatter<'_>, scale: &Scale) -> fmt::Result {
        let ends: Vec<_> = self.lines.iter().map(|line| line.points.last().map_or(0.0, |point| point.1)).collect();
        let heights = apart(&ends.iter().map(|end| scale.y(*end)).collect::<Vec<_>>());
        for (at, (line, height)) in self.lines.iter().zip(heights).enumerate().rev() {
            let points: Vec<_> =
                line.points.iter().map(|(x, y)| format!("{:.1},{:.1}", scale.x(*x), scale.y(*y))).collect();
            let (colour, points) = (at % COLOURS, points.join(" "));
            writeln!(formatter, r#"<polyline class="line{colour}" points="{points}"/>"#)?;
            let (x, y, label) = (RIGHT + 10.0, height + 4.0, escaped(&line.label));
            writeln!(formatter, r#"<text class="name{colour}" x="{x}" y="{y:.1}">{label}</text>"#)?;
        }
        Ok(())
    }
}

/// Where a figure is in the picture.
struct Scale {
    rightmost: f64,
    highest: f64,
    step: f64,
}

impl Scale {
    fn of(lines: &[Line]) -> Self {
        let points = || lines.iter().flat_map(|line| &line.points);
        let highest = points().map(|point| point.1).fold(f64::MIN_POSITIVE, f64::max);
        let step = round_step(highest / 6.0);
        let rightmost = points().map(|point| point.0).fold(f64::MIN_POSITIVE, f64::max);
        Self { rightmost, highest: (highest / step).ceil() * step, step }
    }

    fn x(&self, figure: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * figure / self.rightmost
    }

    fn y(&self, figure: f64) -> f64 {
        BOTTOM - (BOTTOM - TOP) * figure / self.highest
    }

    fn steps(&self) -> impl Iterator<Item = f64> {
        (0_u32..).map(|number| f64::from(number) * self.step).take_while(|figure| *figure <= self.highest)
    }
}

/// The smallest number that is no less than `least` and is 1, 2 or 5 times a power of ten.
fn round_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * power >= least);
    step.unwrap_or(10.0) * power
}

/// The heights of the names, moved so that no two names touch and none is below the chart.
fn apart(heights: &[f64]) -> Vec<f64> {
    let mut order: Vec<_> = (0..heights.len()).collect();
    order.sort_by(|one, other| heights[*other].total_cmp(&heights[*one]));
    let mut moved = heights.to_vec();
    let mut lowest = BOTTOM;
    for at in order {
        moved[at] = heights[at].min(lowest);
        lowest = moved[at] - LINE_HEIGHT;
    }
    moved
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "these figures have no rest in binary")]
mod tests {
    use super::{BOTTOM, Chart, LINE_HEIGHT, Line, RIGHT, TOP, apart, round_step};

    fn chart() -> Chart {
        let line = |label: &str, points: &[(f64, f64)]| Line { label: label.to_owned(), points: points.to_vec() };
        let lines = vec![line("ours", &[(1.0, 1.0), (50.0, 1.0)]), line("by <hand>", &[(1.0, 2.0), (50.0, 6.0)])];
        Chart { title: "cost & more".to_owned(), across: "stores".to_owned(), lines }
    }

    #[test]
    fn every_line_and_name_is_there() {
        let svg = chart().to_string();
        assert_eq!(svg.matches("<polyline").count(), 2, "{svg}");
        for text in ["cost &amp; more", ">ours<", ">by &lt;hand><", ">stores<", ">50<", ">6<"] {
            assert!(svg.contains(text), "no {text} in {svg}");
        }
    }

    #[test]
    fn line_ends_at_the_right_and_at_its_height() {
        let svg = chart().to_string();
        assert!(svg.contains(&format!(" {RIGHT:.1},{TOP:.1}\"")), "{svg}");
        assert!(svg.contains(&format!(" {RIGHT:.1},{:.1}\"", BOTTOM - (BOTTOM - TOP) / 6.0)), "{svg}");
    }

    #[test]
    fn names_of_lines_that_meet_do_not() {
        assert_eq!(apart(&[100.0, 100.0, 50.0]), [100.0, 100.0 - LINE_HEIGHT, 50.0]);
        assert_eq!(apart(&[BOTTOM, BOTTOM - 1.0]), [BOTTOM, BOTTOM - LINE_HEIGHT]);
    }

    #[test]
    fn steps_are_round() {
        assert_eq!([0.1, 0.9, 1.1, 2.0, 3.0, 7.0].map(round_step), [0.1, 1.0, 2.0, 2.0, 5.0, 10.0]);
    }
}
