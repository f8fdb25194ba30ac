//! The command line of a bench, after `--`.

use std::path::PathBuf;

/// The arguments of the benches that start processes. The documentation of each bench names those that it takes.
#[derive(Debug, Default, PartialEq)]
pub struct Arguments {
    /// `--runs N`: how often everything is measured. The figures are medians over these runs.
    pub runs: Option<usize>,
    /// `--quick`: one run of small sizes, to see that the bench works. Its figures say little.
    pub quick: bool,
    /// `--svg PATH`: where to write the picture, from the directory of this package.
    pub svg: Option<PathBuf>,
}

impl Arguments {
    /// The arguments of this process.
    ///
    /// # Panics
    ///
    /// If an argument is unknown, or lacks its value. The message names it.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self::parse(std::env::args().skip(1)).unwrap_or_else(|mistake| panic!("{mistake}"))
    }

    /// The number of runs: the one asked for, or else one if this is quick, or else `by_default`.
    #[must_use]
    pub fn runs(&self, by_default: usize) -> usize {
        self.runs.unwrap_or(if self.quick { 1 } else { by_default })
    }

    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                // `cargo bench` passes this to every bench.
                "--bench" => {}
                "--quick" => arguments.quick = true,
                "--runs" => arguments.runs = Some(count(&value()?)?),
                "--svg" => arguments.svg = Some(value()?.into()),
                _ => return Err(format!("{word} is none of --quick, --runs N and --svg PATH")),
            }
        }
        Ok(arguments)
    }
}

fn count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("--runs takes a number from 1, not {text}")),
        Ok(runs) => Ok(runs),
    }
}

#[cfg(test)]
mod tests {
    use super::Arguments;

    fn parse(words: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(words.iter().map(ToString::to_string))
    }

    #[test]
    fn all_of_them() {
        let expected = Arguments { runs: Some(3), quick: true, svg: Some("a.svg".into()) };
        assert_eq!(parse(&["--runs", "3", "--bench", "--quick", "--svg", "a.svg"]), Ok(expected));
    }

    #[test]
    fn runs_are_those_asked_for_even_in_a_quick_run() {
        assert_eq!(parse(&["--quick", "--runs", "3"]).unwrap().runs(5), 3);
        assert_eq!(parse(&["--quick"]).unwrap().runs(5), 1);
        assert_eq!(parse(&[]).unwrap().runs(5), 5);
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse(&["--svg"]), Err("--svg needs a value".to_owned()));
        assert_eq!(parse(&["--runs", "0"]), Err("--runs takes a number from 1, not 0".to_owned()));
        assert_eq!(parse(&["--fast"]), Err("--fast is none of --quick, --runs N and --svg PATH".to_owned()));
    }
}
