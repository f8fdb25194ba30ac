//! Reads a report from a file.

use std::fs;
use std::path::Path;

use serde_json::Value;
use value_store::conformance::Report;

use crate::misuse::Misuse;

const HELP: &str = "name files that `value-store check --json FILE` has written";

pub(super) fn report(file: &Path) -> Result<Report, Misuse> {
    let refusal = |what: &str| Misuse::new(format_args!("{} {what}", file.display())).help(HELP);
    let text = fs::read(file).map_err(|error| refusal(&format!("cannot be read: {error}")))?;
    let json: Value = serde_json::from_slice(&text).map_err(|error| refusal(&format!("is not JSON: {error}")))?;
    serde_json::from_value(json).map_err(|error| refusal(&format!("is JSON, but not a report of the suite: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    /// What is said of a file with this content.
    fn refusal(content: &[u8]) -> String {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store.json");
        fs::write(&file, content).unwrap();
        let refusal = report(&file).unwrap_err().to_string();
        refusal.replace(&directory.path().display().to_string(), "")
    }

    #[test]
    fn a_report_of_another_version_of_the_suite_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("store.json");
        fs::write(&file, serde_json::to_vec(&sample::older()).unwrap()).unwrap();
        assert_eq!(report(&file).unwrap(), sample::older());
    }

    #[test]
    fn what_is_no_report_is_named_with_what_to_do() {
        for (content, what) in [
            (&b"# Markdown"[..], "/store.json is not JSON: expected value at line 1 column 1"),
            (b"[]", "/store.json is JSON, but not a report of the suite: invalid type: sequence, expected a map"),
            (b"{}", "/store.json is JSON, but not a report of the suite: missing field `name`"),
        ] {
            assert_eq!(refusal(content), format!("{what}\n\nhelp: {HELP}"));
        }
        let missing = report(Path::new("no/such.json")).unwrap_err().to_string();
        assert!(missing.starts_with("no/such.json cannot be read: ") && missing.ends_with(HELP), "{missing}");
    }
}
