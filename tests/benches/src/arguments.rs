//! What a bench is told on its command line, after `--`.

use std::path::PathBuf;

/// What the benches that start processes may be told. Each names those that it takes, in its documentation.
#[derive(Debug, Default, PartialEq)]
pub struct Arguments {
    /// `--runs N`: how often everything is measured. The medians are over so many.
    pub runs: Option<usize>,
    /// `--quick`: one run of the small sizes, to see that the bench works. Its figures say little.
    pub quick: bool,
    /// `--svg PATH`: where to write the picture, from the directory of this package.
    pub svg: Option<PathBuf>,
}

impl Arguments {
    /// Those of this process.
    ///
    /// # Panics
    ///
    /// Where one is not known, or has no value, with a sentence that says which.
    #[must_use]
    pub fn of_this_process() -> Self {
        Self::parse(std::env::args().skip(1)).unwrap_or_else(|mistake| panic!("{mistake}"))
    }

    /// The runs to make: those asked for, or one of a quick run, or else `by_default`.
    #[must_use]
    pub fn runs(&self, by_default: usize) -> usize {
        self.runs.unwrap_or(if self.quick { 1 } else { by_default })
    }

    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                // `cargo bench` says this to every bench.
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
