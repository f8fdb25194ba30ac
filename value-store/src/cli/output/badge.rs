//! A badge, as people put it into a README.

use value_store::conformance::{Outcome, Report};

use super::family::Tally;
use super::markup::Text;

const LABEL: &str = "value store";

/// An SVG that says what the store claims, and which share of the judged cases passed.
pub(crate) fn badge(report: &Report) -> String {
    let tally = Tally::of(&report.cases);
    let claims: Vec<_> = report.claims.iter().map(String::as_str).filter(|claim| is_judged(report, claim)).collect();
    let claims = if claims.is_empty() { "contract".to_owned() } else { claims.join(", ") };
    let (share, colours) = match percent(&tally) {
        Some(percent) => (format!("{percent} %"), colours(percent)),
        None => ("no case judged".to_owned(), GREY),
    };
    let title = format!("{LABEL}: {claims}: {share}");
    draw(&title, &format!("{claims}: {share}"), colours)
}

/// A badge names no claim of which nothing was judged: its cases may all have been skipped, or impossible here.
fn is_judged(report: &Report, claim: &str) -> bool {
    let mut of_the_claim = report.cases.iter().filter(|case| case.family() == claim);
    of_the_claim.any(|case| !matches!(case.outcome, Outcome::Ignored { .. } | Outcome::NotJudged { .. }))
}

/// Whole percents, rounded down: a store that fails one case of ten thousand has not passed 100 %.
fn percent(tally: &Tally) -> Option<usize> {
    (tally.passed * 100).checked_div(tally.judged())
}

/// What is behind the text, and the text.
type Colours = (&'static str, &'static str);

const GREEN: Colours = ("#1a7f37", "#fff");
const YELLOW: Colours = ("#dfb317", "#1b1f24");
const RED: Colours = ("#c0232c", "#fff");
const GREY: Colours = ("#6b7480", "#fff");

fn colours(percent: usize) -> Colours {
    match percent {
        100.. => GREEN,
        90.. => YELLOW,
        _ => RED,
    }
}

fn draw(title: &str, message: &str, (background, colour): Colours) -> String {
    const MARGIN: usize = 6;
    let (label_width, message_width) = (width(LABEL), width(message));
    let left = label_width + 2 * MARGIN;
    let right = message_width + 2 * MARGIN;
    let (all, message_at) = (left + right, left + MARGIN);
    let (title, message) = (Text(title), Text(message));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{all}\" height=\"20\" viewBox=\"0 0 {all} 20\" role=\"img\" aria-label=\"{title}\">\n\
         <title>{title}</title>\n\
         <clipPath id=\"round\"><rect width=\"{all}\" height=\"20\" rx=\"3\"/></clipPath>\n\
         <g clip-path=\"url(#round)\">\n\
         <rect width=\"{left}\" height=\"20\" fill=\"#454c54\"/>\n\
         <rect x=\"{left}\" width=\"{right}\" height=\"20\" fill=\"{background}\"/>\n\
         </g>\n\
         <g font-family=\"Verdana,'DejaVu Sans',Geneva,sans-serif\" font-size=\"11\">\n\
         <text x=\"{MARGIN}\" y=\"14\" textLength=\"{label_width}\" fill=\"#fff\">{LABEL}</text>\n\
         <text x=\"{message_at}\" y=\"14\" textLength=\"{message_width}\" fill=\"{colour}\">{message}</text>\n\
         </g>\n\
         </svg>\n"
    )
}

/// The width of a text in pixels. A reader without the font stretches the text to this width.
fn width(text: &str) -> usize {
    let thousandths: usize = text.chars().map(advance).sum();
    (thousandths * FONT_SIZE).div_ceil(1_000)
}

const FONT_SIZE: usize = 11;

/// The width of a character in Verdana, in thousandths of the font size.
fn advance(char: char) -> usize {
    const FIRST: usize = ' ' as usize;
    // A character that is not in the table is as wide as a wide letter.
    (char as usize).checked_sub(FIRST).and_then(|index| ADVANCES.get(index)).copied().unwrap_or(1_000)
}

/// From the space to the tilde.
#[rustfmt::skip]
const ADVANCES: [usize; 95] = [
    352, 394, 459, 818, 636, 1076, 727, 269, 454, 454, 636, 818, 364, 454, 364, 454, // space to /
    636, 636, 636, 636, 636, 636, 636, 636, 636, 636, 454, 454, 818, 818, 818, 545, // 0 to ?
    1000, 684, 686, 698, 771, 632, 575, 775, 751, 421, 455, 693, 557, 843, 748, 787, // @ to O
    603, 787, 695, 684, 616, 732, 684, 989, 685, 615, 685, 454, 454, 454, 818, 636, // P to _
    636, 601, 623, 521, 623, 596, 352, 623, 633, 274, 344, 592, 274, 973, 633, 607, // ` to o
    623, 623, 427, 521, 394, 633, 592, 818, 592, 592, 525, 635, 454, 635, 818, // p to ~
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn only_all_cases_are_a_hundred_percent() {
        let share = |passed, failed, failed_as_expected| {
            percent(&Tally { passed, failed, failed_as_expected, not_judged: 7, ..Tally::default() })
        };
        assert_eq!(share(150, 0, 0), Some(100));
        assert_eq!(share(99_999, 1, 0), Some(99));
        assert_eq!(share(99_999, 0, 1), Some(99), "a failure that is known is one");
        assert_eq!(share(0, 1, 0), Some(0));
        assert_eq!(share(0, 0, 0), None);
        assert_eq!([100, 99, 90, 89, 0].map(colours), [GREEN, YELLOW, YELLOW, RED, RED]);
    }

    #[test]
    fn it_says_what_was_claimed_and_what_passed() {
        let mut report = sample::good();
        assert!(badge(&report).contains("<title>value store: contract: 100 %</title>"), "{}", badge(&report));
        let judged = report.cases.iter().find(|case| matches!(case.outcome, Outcome::Passed)).unwrap();
        let mut odd = judged.clone();
        odd.name = "<b>::case".to_owned();
        report.claims = vec![judged.family().to_owned(), "<b>".to_owned(), "power_loss".to_owned()];
        report.cases.push(odd);
        let badge = badge(&report);
        assert!(badge.contains("aria-label=\"value store: round_trip, &lt;b&gt;: 100 %\""), "{badge}");
        assert!(!badge.contains("<b>"), "{badge}");
    }

    #[test]
    fn a_report_in_which_nothing_was_judged_is_neither_good_nor_bad() {
        let mut report = sample::good();
        report.cases.clear();
        let badge = badge(&report);
        assert!(badge.contains("no case judged") && badge.contains(GREY.0), "{badge}");
    }

    #[test]
    fn the_message_is_as_wide_as_its_letters() {
        // In Verdana of 11 pixels.
        assert_eq!(width("value store"), 62);
        assert!(width("iiii") < width("mmmm"));
        assert_eq!(width("é"), 11);
    }
}
