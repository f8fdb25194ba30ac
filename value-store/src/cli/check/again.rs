//! The command line that runs a check again.

use std::env;

use crate::url::without_password;

/// What is left out: a report adds a seed and a case of its own, and a person who looks at one case wants no files.
const LEFT_OUT: [&str; 7] = ["--seed", "--only", "--json", "--junit", "--markdown", "--html", "--badge"];

/// The command line of this process, as a shell takes it. It will be in files that others read, so it has no password.
pub(super) fn command_line() -> String {
    line(env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()))
}

fn line(arguments: impl Iterator<Item = String>) -> String {
    let mut words = vec!["value-store".to_owned()];
    let mut arguments = arguments.filter(|argument| argument != "--anyway");
    while let Some(argument) = arguments.next() {
        let (word, is_whole) = argument.split_once('=').map_or((argument.as_str(), false), |(word, _)| (word, true));
        if !LEFT_OUT.contains(&word) {
            words.push(without_password(&argument));
        } else if !is_whole {
            arguments.next();
        }
    }
    // An argument with a NUL cannot have come.
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_what_makes_the_check_and_quotes_it() {
        let line = |text: &str| line(text.split('|').map(str::to_owned));
        assert_eq!(
            line("check|--start|node store.mjs|--claim|durable"),
            "value-store check --start 'node store.mjs' --claim durable"
        );
        assert_eq!(
            line("check|--seed|5|--only=missing|http://localhost:1|--json|a b.json|--anyway"),
            "value-store check http://localhost:1"
        );
        assert_eq!(line("check|http://user:secret@localhost:1/"), "value-store check http://user@localhost:1/");
    }
}
