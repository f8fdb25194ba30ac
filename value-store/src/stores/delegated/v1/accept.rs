//! Which content types the client of a request takes.

use http::HeaderMap;
use http::header::ACCEPT;
use mime::{Mime, Name, STAR};

use super::protocol::RECORD;

/// Whether the client takes a record: it names its content type, or a range that contains it, or nothing. The most specific
/// of several ranges decides.
pub(super) fn takes_records(headers: &HeaderMap) -> bool {
    let mut best = None;
    let mut is_asked = false;
    for header in headers.get_all(ACCEPT) {
        is_asked = true;
        for range in header.to_str().unwrap_or_default().split(',') {
            let Ok(range) = range.trim().parse::<Mime>() else { continue };
            best = best.max(precision(&range).map(|precision| (precision, quality(&range) > 0.0)));
        }
    }
    best.map_or(!is_asked, |(_, is_taken)| is_taken)
}

/// How precisely a range names the content type of records, if it contains that at all.
fn precision(range: &Mime) -> Option<u8> {
    let is_any = |name: Name<'_>| name == STAR;
    if range.essence_str().eq_ignore_ascii_case(RECORD) {
        Some(2)
    } else if range.type_() == mime::APPLICATION && is_any(range.subtype()) {
        Some(1)
    } else {
        (is_any(range.type_()) && is_any(range.subtype())).then_some(0)
    }
}

/// How much the client wants it: not at all if this is zero.
fn quality(range: &Mime) -> f32 {
    range.get_param("q").and_then(|quality| quality.as_str().parse().ok()).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(accept: &[&'static str], expected: bool) {
        let headers = accept.iter().map(|value| (ACCEPT, value.parse().unwrap())).collect();
        assert_eq!(takes_records(&headers), expected, "{accept:?}");
    }

    #[test]
    fn whoever_asks_for_nothing_or_for_records_takes_records() {
        check(&[], true);
        check(&[RECORD], true);
        check(&["Application/Vnd.IPFS.ipns-record"], true);
        check(&["application/json, application/vnd.ipfs.ipns-record;q=0.5"], true);
        check(&["text/html", RECORD], true);
        check(&["*/*"], true);
        check(&["application/*"], true);
        check(&["text/html,application/xhtml+xml,*/*;q=0.8"], true);
    }

    #[test]
    fn whoever_asks_for_something_else_does_not() {
        check(&["application/json"], false);
        check(&["text/*"], false);
        check(&[""], false);
        check(&["nonsense"], false);
        check(&["application/vnd.ipfs.ipns-record;q=0"], false);
    }

    #[test]
    fn the_most_specific_range_decides() {
        check(&["*/*, application/vnd.ipfs.ipns-record;q=0.0"], false);
        check(&["application/vnd.ipfs.ipns-record;q=0", "application/*"], false);
        check(&["application/*;q=0, */*"], false);
        check(&["application/vnd.ipfs.ipns-record, */*;q=0"], true);
    }
}
