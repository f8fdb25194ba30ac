//! What is odd about a key or a value is in the cases about that, and in no other. So a store that takes only plain ones
//! fails only the cases about odd ones.

mod refusals;
mod store;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use value_store::conformance::Outcome;

use crate::store::{cases, suite};

/// What a key is in a case that is not about keys.
fn is_plain_key(key: &[u8]) -> bool {
    (1..=24).contains(&key.len()) && key.iter().all(u8::is_ascii_alphanumeric)
}

/// What a value is in a case that is not about values.
fn is_plain_value(value: &[u8]) -> bool {
    (1..=128).contains(&value.len()) && value.iter().all(u8::is_ascii_alphanumeric)
}

/// The families and cases that use other keys, and what their sentences say of these.
const ODD_KEYS: &[(&str, &str)] = &[
    ("key_identity", "keys of all kinds"),
    ("durable::binary_and_empty_survive", "binary keys, and the empty one"),
    ("durable::confusable_keys_survive", "keys that are easily confused"),
    ("durable::lengths_survive", "long keys"),
    ("durable::reserved_names_survive", "names that mean something elsewhere"),
    ("durable::short_keys_survive", "keys of a few bytes"),
    ("missing::reserved_names_are_missing", "names that mean something elsewhere"),
    ("model::with_any_keys_and_values", "keys that are easily confused"),
    ("provenance::from_whatever_the_key", "keys of any bytes and any length"),
    ("shared::confusable_keys_are_told_apart", "keys that are easily confused"),
];

/// The families and cases that put other values, and what their sentences say of these.
const ODD_VALUES: &[(&str, &str)] = &[
    ("value_fidelity", "values of all kinds"),
    ("durable::binary_and_empty_survive", "binary values, and the empty one"),
    ("durable::lengths_survive", "long values"),
    ("key_identity::separator_confusion", "a separator between a key and its value"),
    ("missing::empty_is_not_missing", "the empty value"),
    ("model::with_any_keys_and_values", "odd, empty and long values"),
    ("overwrite::empty_value_replaces", "the empty value"),
    ("overwrite::longer_value_is_whole", "a longer value, here of many pages"),
    ("overwrite::lengths_up_and_down", "values that grow and shrink"),
    ("overwrite::shorter_value_leaves_no_tail", "a longer value, here of many pages"),
    ("provenance::from_whatever_the_call", "values of any length"),
    ("round_trip::many_bytes_evict_nothing", "mebibytes"),
    ("shared::other_handle_sees_long_values", "long values"),
    ("provenance::value_has_no_envelope", "a value that looks like an envelope"),
    // A short value is put in one step. To be torn, or to hold up others, a value has to be long.
    ("cancellation::dropped_first_put_is_whole", "whole"),
    ("cancellation::dropped_large_put_at_every_await_point", "a large put"),
    ("cancellation::dropped_put_at_every_await_point", "whole"),
    ("concurrency::get_amid_a_put", "whole"),
    ("concurrency::large_put_beside_small_calls", "a large put"),
    ("concurrency::put_amid_a_get", "a put that ends while a get is under way, which reads a long value in parts"),
    ("concurrency::put_amid_a_put", "whole"),
    ("concurrency::read_beside_write_old_or_new", "whole"),
    ("concurrency::same_key_one_whole_value", "whole"),
    ("durable::dropped_put_harms_nothing_acknowledged", "what a dropped put has left"),
    ("durable::dropped_put_is_whole_after_reopening", "whole"),
    ("faults::step_amid_a_put_leaves_it_whole", "whole"),
    ("timeouts::timed_out_put_is_whole", "whole"),
];

#[derive(Clone, Default)]
struct Odd {
    keys: BTreeSet<String>,
    values: BTreeSet<String>,
}

/// The keys and values of a case that are not plain, or `None` if the case does not run without limits or records.
fn odd_ones_of(case: &str) -> Option<Odd> {
    let seen = Arc::<Mutex<Odd>>::default();
    let odd = Arc::clone(&seen);
    let see = move |key: &[u8], value: Option<&[u8]>| {
        if !is_plain_key(key) {
            odd.lock().unwrap().keys.insert(key.escape_ascii().to_string());
        }
        if let Some(value) = value.filter(|value| !is_plain_value(value)) {
            odd.lock().unwrap().values.insert(format!("{} B", value.len()));
        }
        Ok(())
    };
    // What the case stands on would be seen, too.
    let report = suite(Arc::new(see)).only(case).anyway().run();
    if let Outcome::Ignored { .. } = report.cases[0].outcome {
        return None;
    }
    assert!(report.is_success(), "{report}");
    Some(seen.lock().unwrap().clone())
}

fn is_named(case: &str, name: &str) -> bool {
    case == name || case.split_once("::").is_some_and(|(family, _)| family == name)
}

/// The names in the list that are no case of the suite, and the odd ones of the cases that are not in it.
fn surprises(list: &[(&str, &str)], odd: &[(String, BTreeSet<String>)]) -> Vec<String> {
    let is_used = |name: &str| odd.iter().any(|(case, found)| is_named(case, name) && !found.is_empty());
    let idle = list.iter().filter(|(name, _)| !is_used(name)).map(|(name, _)| format!("{name} has none"));
    let is_listed = |case: &str| list.iter().any(|(name, _)| is_named(case, name));
    let others = odd.iter().filter(|(case, found)| !is_listed(case) && !found.is_empty());
    idle.chain(others.map(|(case, found)| format!("{case}: {found:?}"))).collect()
}

#[test]
fn cases_about_something_else_use_plain_keys_and_values() {
    let (mut keys, mut values, mut ignored) = (Vec::new(), Vec::new(), BTreeSet::new());
    for case in cases() {
        match odd_ones_of(&case) {
            Some(odd) => {
                keys.push((case.clone(), odd.keys));
                values.push((case, odd.values));
            }
            None => drop(ignored.insert(case)),
        }
    }
    let (keys, values) = (surprises(ODD_KEYS, &keys), surprises(ODD_VALUES, &values));
    assert!(keys.is_empty() && values.is_empty(), "odd keys: {keys:#?}, odd values: {values:#?}");
    // What they use is up to the store: limits of its own, or records of its own.
    let is_up_to_the_store = |case: &String| {
        is_named(case, "limits") || is_named(case, "records") || case == "settled::refused_put_never_lands_later"
    };
    // And what a store sees in another process, this one does not.
    let is_out_of_sight =
        |case: &String| ["killed", "power_loss", "disk_faults"].iter().any(|family| is_named(case, family));
    assert!(ignored.iter().all(|case| is_up_to_the_store(case) || is_out_of_sight(case)), "{ignored:?}");
}
