//! Reports of the suite, made comparable from run to run.

/// The report without the durations of its calls, which differ from run to run.
#[must_use]
pub fn without_durations(report: &str) -> String {
    report.lines().map(|line| without_elapsed(line) + "\n").collect()
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
