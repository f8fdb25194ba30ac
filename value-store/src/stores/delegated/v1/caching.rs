//! What caches are told of a record, and whether a client has it already.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{CACHE_CONTROL, ETAG, EXPIRES, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

use super::names::Held;
use super::seen::Since;

/// How long a cache may keep a record that does not say so itself: what the specification recommends.
const DEFAULT_MAX_AGE: Duration = Duration::from_secs(60);

/// The first second of the year 10000, in Unix time. A date of HTTP has four digits for the year.
const END_OF_DATES: u64 = 253_402_300_800;

/// For how long there is no record: what the specification recommends for answers without results.
pub(super) const OF_A_MISS: &str = "public, max-age=15";

/// The `Etag` of a record, without its quotes: a digest of its bytes.
pub(super) fn etag_of(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// What caches are told of this record.
pub(super) fn headers(held: &Held, etag: &str, since: Since, now: SystemTime) -> [(HeaderName, HeaderValue); 4] {
    let until = held.record.valid_until();
    let left = until.duration_since(now).unwrap_or_default();
    let max_age = held.record.ttl().unwrap_or(DEFAULT_MAX_AGE).min(left).as_secs();
    // Both count from the end of `max-age` (RFC 5861), and a record is not to be used once it has expired.
    let stale = left.as_secs() - max_age;
    let control = format!("public, max-age={max_age}, stale-while-revalidate={stale}, stale-if-error={stale}");
    // No later than the answer itself (RFC 9110, section 8.8.2.1), though the clock may have been set back meanwhile.
    let last_modified = (UNIX_EPOCH + Duration::from_secs(since.second)).min(now);
    [
        (CACHE_CONTROL, control),
        (ETAG, format!("\"{etag}\"")),
        (EXPIRES, date(until)),
        (LAST_MODIFIED, date(last_modified)),
    ]
    .map(|(name, value)| (name, value.parse().expect("digits, letters and punctuation may be in a header")))
}

fn date(time: SystemTime) -> String {
    httpdate::fmt_http_date(time.min(UNIX_EPOCH + Duration::from_secs(END_OF_DATES - 1)))
}

/// Whether the client that sent these headers has the record already. A date counts only where there is no tag.
pub(super) fn is_known(headers: &HeaderMap, etag: &str, since: Since) -> bool {
    if headers.contains_key(IF_NONE_MATCH) {
        return headers.get_all(IF_NONE_MATCH).iter().any(|tags| tags.to_str().is_ok_and(|tags| names(tags, etag)));
    }
    let date = headers.get(IF_MODIFIED_SINCE).and_then(|date| date.to_str().ok());
    let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
    let second = date.and_then(|date| date.duration_since(UNIX_EPOCH).ok()).map(|since_epoch| since_epoch.as_secs());
    second.is_some_and(|second| second > since.second || second == since.second && !since.is_shared)
}

/// Whether this list of tags has that one. Weak tags, `W/"…"`, count like others. No tag has a quote inside.
fn names(tags: &str, etag: &str) -> bool {
    tags.trim() == "*" || tags.split('"').skip(1).step_by(2).any(|tag| tag == etag)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE: Since = Since { second: 784_111_777, is_shared: false };

    fn check(name: &HeaderName, values: &[&'static str], expected: bool) {
        let headers = values.iter().map(|value| (name.clone(), HeaderValue::from_static(value))).collect();
        assert_eq!(is_known(&headers, "tag", SINCE), expected, "{name}: {values:?}");
    }

    #[test]
    fn a_tag_is_found_in_a_list_weak_or_not() {
        for tags in ["\"tag\"", "W/\"tag\"", "\"other\", \"tag\"", "\"a,b\",W/\"tag\" ", "*", " * "] {
            check(&IF_NONE_MATCH, &[tags], true);
        }
        check(&IF_NONE_MATCH, &["\"other\"", "\"tag\""], true);
        for tags in ["", "tag", "\"Tag\"", "\"other\"", "\"a\"tag\"b\"", "\"*\"", "W/\"tag2\""] {
            check(&IF_NONE_MATCH, &[tags], false);
        }
    }

    #[test]
    fn a_date_is_read_in_each_of_its_forms() {
        let (imf, rfc_850, asctime) =
            ("Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994");
        for date in [imf, rfc_850, asctime, "Sun, 06 Nov 1994 08:49:38 GMT"] {
            check(&IF_MODIFIED_SINCE, &[date], true);
        }
        for date in ["Sun, 06 Nov 1994 08:49:36 GMT", "", "yesterday", "784111777"] {
            check(&IF_MODIFIED_SINCE, &[date], false);
        }
    }

    #[test]
    fn a_date_that_two_records_share_is_no_evidence() {
        let of = |date: &str| HeaderMap::from_iter([(IF_MODIFIED_SINCE, date.parse().unwrap())]);
        let shared = Since { is_shared: true, ..SINCE };
        assert!(!is_known(&of("Sun, 06 Nov 1994 08:49:37 GMT"), "tag", shared));
        assert!(is_known(&of("Sun, 06 Nov 1994 08:49:38 GMT"), "tag", shared));
    }

    #[test]
    fn a_date_does_not_count_beside_a_tag() {
        let later = HeaderValue::from_static("Fri, 31 Dec 9999 23:59:59 GMT");
        let mut headers = HeaderMap::from_iter([(IF_MODIFIED_SINCE, later)]);
        assert!(is_known(&headers, "tag", SINCE));
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"other\""));
        assert!(!is_known(&headers, "tag", SINCE));
    }

    #[test]
    fn the_last_date_is_that_of_the_year_9999() {
        let last = "Fri, 31 Dec 9999 23:59:59 GMT";
        assert_eq!(date(UNIX_EPOCH + Duration::from_secs(END_OF_DATES - 1)), last);
        assert_eq!(date(UNIX_EPOCH + Duration::from_secs(END_OF_DATES)), last);
    }
}
