//! What a person sees while a check runs.

use std::io::IsTerminal as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use value_store::conformance::{CaseReport, Outcome, Progress};

/// Shows how far a check has come, on standard error: as a bar on a terminal, and elsewhere as a line for each failure.
pub(super) struct Watcher {
    bar: ProgressBar,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    running: Vec<String>,
    failed: usize,
}

impl Watcher {
    pub(super) fn new(name: &str) -> Self {
        let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr()).with_prefix(name.to_owned());
        let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos} of {len}, {eta} left\n{wide_msg}");
        bar.set_style(style.unwrap_or_else(|error| unreachable!("{error}")));
        bar.enable_steady_tick(Duration::from_millis(100));
        Self { bar, state: Arc::default() }
    }

    /// The function that hears of each case.
    pub(super) fn watch(&self) -> impl Fn(Progress<'_>) + Send + Sync + 'static {
        let (bar, state) = (self.bar.clone(), Arc::clone(&self.state));
        move |progress| {
            let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
            match progress {
                Progress::Planned { cases } => bar.set_length(u64::try_from(cases).unwrap_or(u64::MAX)),
                Progress::Begun { case } => state.running.push(case.to_owned()),
                Progress::Ended { case } => {
                    state.running.retain(|running| *running != case.name);
                    bar.inc(1);
                    if let Some(line) = failure(case) {
                        state.failed += 1;
                        tell(&bar, &line);
                    }
                }
                _ => {}
            }
            bar.set_message(format!("{} failed; running: {}", state.failed, state.running.join(", ")));
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// A line about a failure of its own. Those that stand on others are no news.
fn failure(case: &CaseReport) -> Option<String> {
    let is_news = matches!(case.outcome, Outcome::Failed { .. }) && case.ground.is_none();
    let what = case.diagnosis.as_ref().map_or("", |diagnosis| diagnosis.sentence.as_str());
    is_news.then(|| format!("FAILED {}: {what}", case.name))
}

fn tell(bar: &ProgressBar, line: &str) {
    if std::io::stderr().is_terminal() { bar.println(line) } else { eprintln!("{line}") }
}
