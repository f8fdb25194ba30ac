//! What the client and the server must agree on.

/// The content type of a record.
pub(super) const RECORD: &str = "application/vnd.ipfs.ipns-record";

/// What the name follows in a path.
pub(super) const PATH: &str = "/routing/v1/ipns/";

/// Whether this content type is that of a record, whatever its parameters.
pub(super) fn is_record(content_type: &str) -> bool {
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(RECORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_type_has_any_case_and_any_parameters() {
        for text in [RECORD, "Application/VND.IPFS.ipns-record", "application/vnd.ipfs.ipns-record ; v=1"] {
            assert!(is_record(text), "{text}");
        }
        for text in
            ["", "text/plain", "application/vnd.ipfs.ipns-record-2", "text/plain; application/vnd.ipfs.ipns-record"]
        {
            assert!(!is_record(text), "{text}");
        }
    }
}
