//! Reports of the suite, made comparable from run to run.

/// The report without the durations of its calls, which differ from run to run.
#[must_use]
pub fn without_durations(report: &str) -> String {
    report.lines().map(|line| without_elapsed(line) + "\n").collect()
}

/// The report of the case in a block of the README, without durations.
///
/// # Panics
///
/// If the README shows none.
#[must_use]
pub fn in_readme(case: &str) -> String {
    let blocks = include_str!("../../README.md").split("```text\n").filter_map(|block| block.split("```").next());
    let report = blocks.into_iter().find(|block| block.starts_with(case));
    without_durations(report.unwrap_or_else(|| panic!("the README shows no report of {case}")))
}

/// `1  put  key  value  -> ok, 1.2ms   [timeout 5s]` without the `1.2ms`.
fn without_elapsed(line: &str) -> String {
    let Some((call, outcome)) = line.split_once(" -> ") else { return line.to_owned() };
    let (outcome, options) = outcome.split_at(outcome.find("   [").unwrap_or(outcome.len()));
    match outcome.rsplit_once(", ") {
        Some((outcome, _elapsed)) => format!("{call} -> {outcome}, …{options}"),
        None => line.to_owned(),
    }
}
