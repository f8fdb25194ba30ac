//! What `cargo test` printed, for each test.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Output;

use value_store_tests::printed::without_durations;

/// How the cases of one factory ended, by the names of the cases: `family::case`, without the factory.
pub(crate) struct Outcome {
    ends: BTreeMap<String, End>,
    printed: BTreeMap<String, String>,
}

#[derive(PartialEq)]
enum End {
    Passed,
    Failed,
    Ignored(String),
}

impl Outcome {
    /// Reads libtest's lines. Expects that the command failed exactly if a test did.
    pub(crate) fn read(factory: &str, output: &Output) -> Self {
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        let outcome = Self { ends: ends(factory, &stdout), printed: printed(factory, &stdout) };
        assert!(!outcome.ends.is_empty(), "no test ran:\n{stdout}\n{stderr}");
        assert_eq!(output.status.success(), outcome.names(&End::Failed).is_empty(), "{stdout}\n{stderr}");
        outcome
    }

    pub(crate) fn passed(&self) -> Vec<&str> {
        self.names(&End::Passed)
    }

    /// The cases that failed by themselves.
    pub(crate) fn failed(&self) -> Vec<&str> {
        self.names(&End::Failed).into_iter().filter(|case| self.ground(case).is_none()).collect()
    }

    /// The failed case that this one stands on, which is why this one was not run.
    pub(crate) fn ground(&self, case: &str) -> Option<&str> {
        let mut lines = self.printed.get(case)?.lines();
        lines.find_map(|line| line.split_once("): it stands on ")?.1.strip_suffix(", which failed"))
    }

    fn names(&self, wanted: &End) -> Vec<&str> {
        self.ends.iter().filter(|(_, end)| *end == wanted).map(|(name, _)| name.as_str()).collect()
    }

    /// Why a case is ignored, if it is.
    pub(crate) fn ignored(&self, case: &str) -> Option<&str> {
        match &self.ends[case] {
            End::Ignored(reason) => Some(reason),
            _ => None,
        }
    }

    /// What a test printed, without what differs from run to run: how long calls took, the path of the timeline, and which
    /// cases had failed before.
    pub(crate) fn report(&self, case: &str) -> String {
        let report = without_durations(self.printed(case));
        let without_place = |line| if timeline(line).is_some() { "  timeline: …" } else { line };
        let lines = report.lines().filter(|line| !line.starts_with("  like it: "));
        lines.map(|line| without_place(line).to_owned() + "\n").collect()
    }

    /// The path of the timeline that a report names.
    pub(crate) fn timeline(&self, case: &str) -> Option<PathBuf> {
        self.printed(case).lines().find_map(timeline).map(PathBuf::from)
    }

    fn printed(&self, case: &str) -> &str {
        self.printed.get(case).unwrap_or_else(|| panic!("{case} printed nothing"))
    }

    /// The list of tests, as libtest prints it.
    pub(crate) fn list(&self) -> String {
        self.ends.iter().fold(String::new(), |mut list, (name, end)| {
            let _ = match end {
                End::Passed => writeln!(list, "{name} ... ok"),
                End::Failed => writeln!(list, "{name} ... FAILED"),
                End::Ignored(reason) => writeln!(list, "{name} ... ignored, {reason}"),
            };
            list
        })
    }

    /// Expects that these cases failed by themselves, and no other.
    pub(crate) fn expect_failed(&self, expected: &[&str]) {
        assert_eq!(self.failed(), expected, "the cases that failed, and those that should have");
    }

    /// Expects this sentence in the report of each case that failed.
    pub(crate) fn expect_each_says(&self, sentence: &str) {
        for case in self.failed() {
            let report = self.report(case);
            assert!(report.contains(sentence), "{case} does not say `{sentence}`, but:\n{report}");
        }
    }
}

/// The lines `test factory::family::case ... ok`.
fn ends(factory: &str, stdout: &str) -> BTreeMap<String, End> {
    let tests = stdout.lines().filter_map(|line| line.strip_prefix("test ")?.split_once(" ... "));
    let ends = tests.map(|(name, end)| {
        let end = match end.split_once(", ").unwrap_or((end, "")) {
            ("ok", _) => End::Passed,
            ("FAILED", _) => End::Failed,
            ("ignored", reason) => End::Ignored(reason.to_owned()),
            _ => panic!("`{name}` ended with `{end}`"),
        };
        (short(factory, name), end)
    });
    ends.collect()
}

/// The sections below `---- factory::family::case stdout ----`.
fn printed(factory: &str, stdout: &str) -> BTreeMap<String, String> {
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    let mut section = None;
    for line in stdout.lines() {
        if let Some(name) = line.strip_prefix("---- ").and_then(|line| line.strip_suffix(" stdout ----")) {
            section = Some(sections.entry(short(factory, name)).or_default());
        } else if line == "failures:" || line == "successes:" {
            section = None;
        } else if let Some(text) = &mut section {
            text.extend([line, "\n"]);
        }
    }
    sections.into_iter().map(|(name, text)| (name, text.trim().to_owned())).collect()
}

fn short(factory: &str, name: &str) -> String {
    let case = name.strip_prefix(factory).and_then(|name| name.strip_prefix("::"));
    case.unwrap_or_else(|| panic!("`{name}` is no case of `{factory}`")).to_owned()
}

fn timeline(line: &str) -> Option<&str> {
    line.strip_prefix("  timeline: ")
}
