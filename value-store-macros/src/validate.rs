//! What the arguments say together, and about the cases: whether it makes sense.

use quote::ToTokens;
use syn::Path;

use crate::args::{Args, Given, Reason, Setting};
use crate::fallback::{Mistakes, instead_of};
use crate::suite::{Case, Suite};

pub(crate) fn validate(args: &Args, suite: &Suite, mistakes: &mut Mistakes) {
    check_runtime(args, mistakes);
    check_propagation(args, mistakes);
    check_crate(args, mistakes);
    for word in ["skip", "expect_failure"] {
        check_names(word, args, suite, mistakes);
        check_repetitions(args.reasons(word), mistakes);
    }
    check_both(args, mistakes);
}

fn check_runtime(args: &Args, mistakes: &mut Mistakes) {
    let is_multi_thread = matches!(args.word("flavor"), Some(Given { setting: Setting::MultiThread(true), .. }));
    if let (Some(given), false) = (args.word("worker_threads"), is_multi_thread) {
        mistakes.add(&given.word, "`worker_threads` needs `flavor = \"multi_thread\"` beside it");
    }
    if let (Some(given), true) = (args.word("start_paused"), is_multi_thread) {
        mistakes.add(
            &given.word,
            "`start_paused` needs a runtime of one thread: remove it, or `flavor = \"multi_thread\"`",
        );
    }
}

fn check_propagation(args: &Args, mistakes: &mut Mistakes) {
    if let Some(given) = args.word("propagation")
        && !args.claims().any(|claim| claim == "shared" || claim == "convergent")
    {
        mistakes.add(
            &given.word,
            "`propagation` is the bound of `shared` and `convergent`: claim one of them, or remove it",
        );
    }
}

/// The path is used in modules below that of the factory, where one that begins at `self` or `super` means something else.
fn check_crate(args: &Args, mistakes: &mut Mistakes) {
    if let Some(Given { setting: Setting::Path(path), .. }) = args.word("crate")
        && begins_relative(path)
    {
        mistakes
            .add(path, "write the path from the root, as `crate::…` or `::…`: the cases are in modules of their own");
    }
}

fn begins_relative(path: &Path) -> bool {
    path.segments.first().is_some_and(|first| first.ident == "self" || first.ident == "super")
}

fn check_names(word: &str, args: &Args, suite: &Suite, mistakes: &mut Mistakes) {
    for reason in args.reasons(word) {
        let Some(family) = suite.family(&reason.family) else {
            let names: Vec<_> = suite.families().collect();
            let instead = instead_of(&reason.family.to_string(), names.iter().map(String::as_str));
            mistakes.add(&reason.family, format!("the suite has no family `{}`; {instead}", reason.family));
            continue;
        };
        let is_named = |case: &&Case| reason.case.as_ref().is_none_or(|name| case.name == *name);
        let cases: Vec<_> = family.cases.iter().filter(is_named).collect();
        if let (Some(name), []) = (&reason.case, cases.as_slice()) {
            let names: Vec<_> = family.cases.iter().map(|case| case.name.to_string()).collect();
            let instead = instead_of(&name.to_string(), names.iter().map(String::as_str));
            mistakes.add(name, format!("the family `{}` has no case `{name}`; {instead}", family.name));
            continue;
        }
        check_runs(reason, &cases, args, mistakes);
    }
}

/// What is ignored anyway needs no other reason.
fn check_runs(reason: &Reason, cases: &[&Case], args: &Args, mistakes: &mut Mistakes) {
    let unclaimed: Option<Vec<_>> = cases.iter().map(|case| unmet(case, args)).collect();
    if let Some(unclaimed) = unclaimed
        && let Some(first) = unclaimed.first()
    {
        let message = format!("`{}` is ignored already, {first}: remove this", reason.path());
        mistakes.add(reason.blame(), message);
    }
}

/// Why a case is not run, if the arguments do not say what it needs.
pub(crate) fn unmet(case: &Case, args: &Args) -> Option<String> {
    let is_missing = |need: &&syn::Ident| args.word(&need.to_string()).is_none();
    let missing: Vec<_> = case.needs.iter().filter(|need| *need != "to_come").filter(is_missing).collect();
    if !missing.is_empty() {
        let words: Vec<_> = missing.iter().map(|need| written(&need.to_string())).collect();
        return Some(format!("not claimed: {}", words.join(", ")));
    }
    let to_come = case.needs.iter().any(|need| need == "to_come");
    to_come.then(|| "claimed, but this version of the suite has no such cases yet".to_owned())
}

fn written(need: &str) -> String {
    if need.starts_with("max_") { format!("{need} = …") } else { need.to_owned() }
}

fn check_repetitions(reasons: &[Reason], mistakes: &mut Mistakes) {
    for (index, reason) in reasons.iter().enumerate() {
        let mut earlier = reasons[..index].iter();
        if earlier.any(|earlier| earlier.path() == reason.path()) {
            mistakes.add(reason.blame(), format!("`{}` is named twice: remove one", reason.path()));
            continue;
        }
        let mut others = reasons.iter();
        if reason.case.is_some() && others.any(|other| other.case.is_none() && other.family == reason.family) {
            let message = format!("the whole family `{}` is named too: remove one of the two", reason.family);
            mistakes.add(reason.blame(), message);
        }
    }
}

fn check_both(args: &Args, mistakes: &mut Mistakes) {
    for expected in args.reasons("expect_failure") {
        let overlaps = |skipped: &&Reason| {
            skipped.family == expected.family
                && (skipped.case == expected.case || skipped.case.is_none() || expected.case.is_none())
        };
        if let Some(skipped) = args.reasons("skip").iter().find(overlaps) {
            let message = format!(
                "`{}` is also in `skip({} = …)`: what is skipped does not run, so it cannot fail; remove one of the two",
                expected.path(),
                skipped.path()
            );
            mistakes.add(expected.blame().to_token_stream(), message);
        }
    }
}
