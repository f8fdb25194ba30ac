//! The check that the arguments ask for.

use std::num::NonZero;
use std::thread;

use value_store::conformance::{Check, check, records};

use super::again;
use super::arguments::Arguments;
use super::subject::Subject;
use super::words::Records;

/// The check of this subject, with everything that was given.
pub(super) fn prepare(arguments: &Arguments, subject: Subject) -> Check {
    let (name, version) = (subject.name().to_owned(), subject.version().map(str::to_owned));
    let (max_key_len, not_judged) = (subject.max_key_len(), subject.not_judged());
    let mut check = check(async move |context| subject.open(context).await).named(name).threads(threads());
    check = check.command(again::command_line());
    check = version.into_iter().fold(check, Check::version);
    check = arguments.claims.iter().copied().fold(check, Check::claim);
    check = arguments.propagation.into_iter().fold(check, Check::propagation);
    check = max_key_len.into_iter().fold(check, Check::max_key_len);
    check = arguments.max_value_len.into_iter().fold(check, Check::max_value_len);
    check = arguments.only.iter().fold(check, |check, name| check.only(name));
    check = arguments.skip.iter().chain(&not_judged).fold(check, |check, (name, why)| check.skip(name, why));
    check = arguments.expect_failure.iter().fold(check, |check, (name, why)| check.expect_failure(name, why));
    check = arguments.deadline.into_iter().fold(check, Check::deadline);
    check = arguments.seed.iter().fold(check, |check, seed| check.seed(seed.0));
    check = if arguments.anyway { check.anyway() } else { check };
    // Who asks for one case looks at that alone.
    let is_of_cases = arguments.only.iter().any(|name| name.contains("::"));
    check = if is_of_cases { check } else { check.staleness() };
    match &arguments.records {
        None => check,
        Some(Records::Namespaced(namespace)) => check.records(records::Namespaced::new(namespace)),
        Some(Records::Ipns) => check.records(records::Ipns),
    }
}

/// How many cases run at the same time. They mostly wait, for servers that start, and for timeouts.
fn threads() -> NonZero<usize> {
    thread::available_parallelism()
        .unwrap_or(NonZero::<usize>::MIN)
        .saturating_mul(NonZero::new(4).unwrap_or(NonZero::<usize>::MIN))
}
