//! Which tests the runner of this process was asked to run: what libtest makes of its arguments.

use std::env;

/// The options of libtest that select nothing and have no value.
const FLAGS: &[&str] =
    &["--include-ignored", "--nocapture", "--no-capture", "--show-output", "--quiet", "-q", "--test"];

/// The options of libtest that select nothing and have a value.
const SETTINGS: &[&str] = &["--color", "--format", "--logfile"];

/// The tests that were selected.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Selection {
    /// One of these has to match, if there are any.
    filters: Vec<String>,
    /// None of these may match.
    skipped: Vec<String>,
    /// Whether a name matches only if it is the whole one, and not a part of it.
    is_exact: bool,
}

impl Selection {
    /// What this process was asked for. `None` if somebody has said how many tests may run at a time, or if it is not known.
    pub(super) fn of_this_process() -> Option<Self> {
        if env::var_os("RUST_TEST_THREADS").is_some() {
            return None;
        }
        Self::read(env::args_os().skip(1).map(|argument| argument.into_string().ok()))
    }

    fn read(arguments: impl IntoIterator<Item = Option<String>>) -> Option<Self> {
        let mut selection = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let argument = argument?;
            let (name, given) =
                argument.split_once('=').map_or((&*argument, None), |(name, value)| (name, Some(value)));
            match name {
                "--exact" => selection.is_exact = true,
                "--skip" => selection.skipped.push(given.map(str::to_owned).or_else(|| arguments.next()?)?),
                flag if FLAGS.contains(&flag) => {}
                setting if SETTINGS.contains(&setting) => drop(given.map(str::to_owned).or_else(|| arguments.next()?)?),
                // Among them `--test-threads`, and those that run other tests, or none.
                option if option.starts_with('-') => return None,
                _ => selection.filters.push(argument),
            }
        }
        Some(selection)
    }

    /// Whether the test of this name was selected.
    pub(super) fn has(&self, name: &str) -> bool {
        let matches = |filter: &String| if self.is_exact { filter == name } else { name.contains(&**filter) };
        (self.filters.is_empty() || self.filters.iter().any(matches)) && !self.skipped.iter().any(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Option<Selection> {
        Selection::read(arguments.iter().map(|argument| Some((*argument).to_owned())))
    }

    /// Which of `store::a`, `store::ab` and `other::a` are selected.
    #[track_caller]
    fn check(arguments: &[&str], expected: &[&str]) {
        let selection = read(arguments).unwrap();
        let selected: Vec<_> =
            ["store::a", "store::ab", "other::a"].into_iter().filter(|name| selection.has(name)).collect();
        assert_eq!(selected, expected, "{arguments:?}");
    }

    #[test]
    fn names_and_parts_of_names_select() {
        check(&[], &["store::a", "store::ab", "other::a"]);
        check(&["store"], &["store::a", "store::ab"]);
        check(&["ab", "other"], &["store::ab", "other::a"]);
        check(&["nothing"], &[]);
        check(&["--exact", "store::a"], &["store::a"]);
        check(&["store", "--exact"], &[]);
    }

    #[test]
    fn what_is_skipped_is_not_selected() {
        check(&["--skip", "store"], &["other::a"]);
        check(&["--skip=ab", "store"], &["store::a"]);
        check(&["--skip", "a"], &[]);
        check(&["--exact", "--skip", "store::a"], &["store::ab", "other::a"]);
    }

    #[test]
    fn options_that_select_nothing_are_passed_over() {
        check(&["--nocapture", "--color", "always", "--format=pretty", "-q", "store::ab"], &["store::ab"]);
    }

    #[test]
    fn a_number_of_threads_and_what_is_not_known_is_no_selection() {
        for argument in
            ["--test-threads", "--test-threads=1", "--list", "--ignored", "--bench", "-Zunstable-options", "--"]
        {
            assert_eq!(read(&[argument, "1"]), None, "{argument}");
        }
        for argument in ["--skip", "--color"] {
            assert_eq!(read(&[argument]), None, "{argument}");
        }
        assert_eq!(Selection::read([None]), None);
    }
}
