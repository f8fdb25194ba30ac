//! The floor that other tests are compared with: `#[tokio::test]`s that do nothing.

use crate::generated::Test;

/// A module with an empty `#[tokio::test]` in place of each of these tests. It has the same path, and is ignored if that is.
#[must_use]
pub fn source(module: &str, tests: &[Test]) -> String {
    let families = tests.chunk_by(|one, other| family(one) == family(other)).map(|tests| {
        let functions: String = tests.iter().map(function).collect();
        family(&tests[0]).map_or(functions.clone(), |family| format!("mod {family} {{\n{functions}}}\n"))
    });
    format!("mod {module} {{\n{}}}\n", families.collect::<String>())
}

fn family(test: &Test) -> Option<&str> {
    Some(test.path.rsplit_once("::")?.0)
}

fn function(Test { path, is_ignored }: &Test) -> String {
    let name = path.rsplit("::").next().unwrap_or(path);
    let ignore = if *is_ignored { "#[ignore = \"not claimed\"]\n" } else { "" };
    format!("{ignore}#[tokio::test]\nasync fn {name}() {{}}\n")
}

#[cfg(test)]
mod tests {
    use super::source;
    use crate::generated::Test;

    fn test(path: &str, is_ignored: bool) -> Test {
        Test { path: path.to_owned(), is_ignored }
    }

    #[test]
    fn in_the_modules_of_their_paths() {
        let tests = [test("alone", false), test("limits::one", true), test("limits::two", false)];
        let expected = "\
            mod store {\n\
            #[tokio::test]\nasync fn alone() {}\n\
            mod limits {\n\
            #[ignore = \"not claimed\"]\n#[tokio::test]\nasync fn one() {}\n\
            #[tokio::test]\nasync fn two() {}\n\
            }\n\
            }\n";
        assert_eq!(source("store", &tests), expected);
    }
}
