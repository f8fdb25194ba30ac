//! Whether the arguments make sense together, and for the cases of the suite.

use syn::Ident;

use crate::args::{Args, Given};
use crate::disk;
use crate::fallback::{Mistakes, instead_of};
use crate::reasons::Reason;
use crate::setting::Setting;
use crate::suite::{Case, Suite};

pub(crate) fn validate(args: &Args, suite: &Suite, mistakes: &mut Mistakes) {
    check_start_paused(args, mistakes);
    let skipped = known("skip", args, suite, mistakes);
    let expected = known("expect_failure", args, suite, mistakes);
    check_repetitions(&skipped, mistakes);
    check_repetitions(&expected, mistakes);
    check_both(&skipped, &expected, mistakes);
    if args.is_whole() {
        check_worker_threads(args, mistakes);
        check_propagation(args, mistakes);
        skipped.iter().chain(&expected).for_each(|named| check_runs(named, args, mistakes));
    }
}

fn is_multi_thread(args: &Args) -> bool {
    matches!(args.word("flavor"), Some(Given { setting: Setting::MultiThread(true), .. }))
}

fn check_start_paused(args: &Args, mistakes: &mut Mistakes) {
    if let (Some(given), true) = (args.word("start_paused"), is_multi_thread(args)) {
        let message = "`start_paused` needs a runtime of one thread: remove it, or `flavor = \"multi_thread\"`";
        mistakes.add(&given.word, message);
    }
}

fn check_worker_threads(args: &Args, mistakes: &mut Mistakes) {
    if let (Some(given), false) = (args.word("worker_threads"), is_multi_thread(args)) {
        mistakes.add(&given.word, "`worker_threads` needs `flavor = \"multi_thread\"` beside it");
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

/// A reason, and the cases of the suite that it is about.
struct Named<'a> {
    reason: &'a Reason,
    cases: Vec<&'a Case>,
}

/// The reasons that are about cases of the suite. Others are mistakes.
fn known<'a>(word: &str, args: &'a Args, suite: &'a Suite, mistakes: &mut Mistakes) -> Vec<Named<'a>> {
    let found = args.reasons(word).iter().filter_map(|reason| match cases(reason, suite) {
        Ok(cases) => Some(Named { reason, cases }),
        Err(error) => {
            mistakes.push(error);
            None
        }
    });
    found.collect()
}

fn cases<'a>(reason: &Reason, suite: &'a Suite) -> syn::Result<Vec<&'a Case>> {
    let Some(family) = suite.family(&reason.family) else {
        let names = suite.0.iter().map(|family| &family.name);
        return Err(unknown(&reason.family, names, suite, "the suite has no family"));
    };
    let Some(name) = &reason.case else { return Ok(family.cases.iter().collect()) };
    let Some(case) = family.cases.iter().find(|case| case.name == *name) else {
        let names = family.cases.iter().map(|case| &case.name);
        return Err(unknown(name, names, suite, &format!("the family `{}` has no case", family.name)));
    };
    Ok(vec![case])
}

/// The error for a name that is not known here. It may be a case of another family.
fn unknown<'a>(name: &Ident, known: impl Iterator<Item = &'a Ident>, suite: &Suite, what: &str) -> syn::Error {
    let elsewhere = suite.0.iter().find(|family| family.cases.iter().any(|case| case.name == *name));
    let instead = match elsewhere {
        Some(family) => format!("did you mean `{}::{name}`?", family.name),
        None => instead_of(name, known),
    };
    syn::Error::new_spanned(name, format!("{what} `{name}`; {instead}"))
}

/// A case that is ignored anyway needs no other reason.
fn check_runs(named: &Named<'_>, args: &Args, mistakes: &mut Mistakes) {
    let unmet: Option<Vec<_>> = named.cases.iter().map(|case| unmet(case, args)).collect();
    if let Some([first, ..]) = unmet.as_deref() {
        let message = format!("`{}` is ignored already ({first}): remove this", named.reason.path());
        mistakes.add(named.reason.blame(), message);
    }
}

/// Why a case does not run, if the arguments lack a word that it needs, or have one with which it does not run.
pub(crate) fn unmet(case: &Case, args: &Args) -> Option<String> {
    let is_missing = |need: &&Ident| **need != disk::NEED && args.word(&need.to_string()).is_none();
    let missing: Vec<_> = case.needs.iter().filter(is_missing).map(|need| written(&need.to_string())).collect();
    if !missing.is_empty() {
        return Some(format!("not claimed: {}", missing.join(", ")));
    }
    let is_given = |word: &Ident| args.word(&word.to_string()).is_some();
    case.unless.iter().any(is_given).then(|| "records: it is about keys or values of any bytes".to_owned())
}

fn written(need: &str) -> String {
    if need.starts_with("max_") || need == "records" { format!("{need} = …") } else { need.to_owned() }
}

fn check_repetitions(named: &[Named<'_>], mistakes: &mut Mistakes) {
    for (index, Named { reason, .. }) in named.iter().enumerate() {
        let is_family = |other: &Named<'_>| other.reason.case.is_none() && other.reason.family == reason.family;
        if named[..index].iter().any(|earlier| earlier.reason.path() == reason.path()) {
            mistakes.add(reason.blame(), format!("`{}` is named twice: remove one", reason.path()));
        } else if reason.case.is_some() && named.iter().any(is_family) {
            let message = format!("the whole family `{}` is named too: remove one of the two", reason.family);
            mistakes.add(reason.blame(), message);
        }
    }
}

fn check_both(skipped: &[Named<'_>], expected: &[Named<'_>], mistakes: &mut Mistakes) {
    for Named { reason: expected, .. } in expected {
        let overlaps = |skipped: &&Named<'_>| {
            let (family, case) = (&skipped.reason.family, &skipped.reason.case);
            *family == expected.family && (*case == expected.case || case.is_none() || expected.case.is_none())
        };
        if let Some(skipped) = skipped.iter().find(overlaps) {
            let message = format!(
                "`{}` is also in `skip({} = …)`: what is skipped does not run, so it cannot fail; remove one of the two",
                expected.path(),
                skipped.reason.path()
            );
            mistakes.add(expected.blame(), message);
        }
    }
}
