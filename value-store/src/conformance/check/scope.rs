//! Which cases run for a factory.

use crate::conformance::subject::{Settings, Subject};
use crate::conformance::suite::Case;
use crate::conformance::victim::may_start;

/// Why a case does not run, if it does not.
pub(super) fn ignored(subject: &Subject, case: &Case) -> Option<String> {
    let settings = &subject.settings;
    let skipped = settings.skip.iter().find(|(name, _)| case.is_named(name));
    let skipped = skipped.map(|(_, reason)| (*reason).to_owned());
    skipped.or_else(|| unmet(settings, case)).or_else(|| {
        let is_impossible = ["killed", "power_loss", "disk_faults"].contains(&case.family) && !may_start(subject);
        is_impossible
            .then(|| "the program does not call `value_store::conformance::victim()` first in `main`".to_owned())
    })
}

/// Whether a case is expected to fail, and the name and the reason that the author of the factory gave for it.
pub(super) fn expected(settings: &Settings, case: &Case) -> Option<(&'static str, &'static str)> {
    settings.expect_failure.iter().copied().find(|(name, _)| case.is_named(name))
}

fn unmet(settings: &Settings, case: &Case) -> Option<String> {
    let is_given = |need: &str| match need {
        "disk" => true,
        "max_key_len" => settings.max_key_len.is_some(),
        "max_value_len" => settings.max_value_len.is_some(),
        "records" => settings.records.is_some(),
        claim => settings.claims.iter().any(|given| given.word() == claim),
    };
    let missing: Vec<_> = case.needs.iter().filter(|need| !is_given(need)).map(|need| written(need)).collect();
    if !missing.is_empty() {
        return Some(format!("not claimed: {}", missing.join(", ")));
    }
    if let Some(lacking) = case.lacks() {
        return Some(format!("it needs {lacking}"));
    }
    let is_out_of_place = case.unless.iter().any(|word| is_given(word));
    is_out_of_place.then(|| "records: it is about keys or values of any bytes".to_owned())
}

fn written(need: &str) -> String {
    if need.starts_with("max_") || need == "records" { format!("{need} = …") } else { need.to_owned() }
}
