//! `value-store check`: judges a store behind a URL, or behind a command that starts a server.

mod again;
mod arguments;
mod prepare;
mod progress;
mod server;
mod subject;
mod verdict;
mod words;

pub(crate) use self::arguments::Arguments;

use std::process::ExitCode;

use value_store::conformance::Report;

use self::prepare::prepare;
use self::progress::Watcher;
use self::subject::Subject;
use crate::misuse::{Done, Misuse};
use crate::output;

pub(crate) fn run(given: Arguments) -> Done {
    let arguments = given.over_those_of_the_file()?;
    server::kill_all_on_signals().map_err(Misuse::new)?;
    let subject = Subject::of(&arguments)?;
    let watcher = Watcher::new(subject.name());
    let report = prepare(&arguments, subject).watch(watcher.watch()).run();
    watcher.end();
    server::kill_all();
    // The verdict first: it took minutes, and a file may have a name that cannot be.
    output::print(&verdict::of(&report))?;
    write(&report, &arguments)?;
    Ok(if report.is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Writes the files that were asked for: all that can be written. The error is that of the first that cannot.
fn write(report: &Report, arguments: &Arguments) -> Result<(), Misuse> {
    let json = || serde_json::to_string_pretty(report).map_err(Misuse::new);
    let outputs: [(_, &dyn Fn() -> Result<String, Misuse>); 5] = [
        (&arguments.json, &json),
        (&arguments.junit, &|| Ok(output::junit::junit(report))),
        (&arguments.markdown, &|| Ok(report.markdown())),
        (&arguments.html, &|| Ok(output::html::page(report))),
        (&arguments.badge, &|| Ok(output::badge::badge(report))),
    ];
    let wanted = outputs.iter().filter_map(|(file, make)| Some((file.as_ref()?, make)));
    let written = wanted.map(|(file, make)| output::write(file, &make()?));
    written.fold(Ok(()), Result::and)
}
