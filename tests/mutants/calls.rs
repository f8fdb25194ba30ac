//! Faults of calls: their options, and what they answer besides the value.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;
use value_store::PeerId;

use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, Steps};
use value_store::{Error, Options};

const UNKNOWN: &str = "value-store-conformance-unknown";

pub(crate) const OPTIONS: &[Mutant] = &[
    mutant(
        "unknown options are refused",
        &[
            "options::unknown_on_put",
            "options::unknown_on_get",
            "options::unknown_with_every_json_type",
            "options::hundred_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::known_timeout_still_works_beside_unknown",
            "options::nothing_leaks_to_the_next_call",
            "options::same_key_with_and_without_options",
            "options::missing_key_with_unknown_options",
            "provenance::from_whatever_the_call",
        ],
        "",
        Steps {
            first: |_, options| match options.iter().next() {
                Some((name, _)) => Err(Error::backend(format!("unknown option {name}"))),
                None => Ok(()),
            },
            ..RIGHT
        },
    ),
    mutant(
        "null is refused",
        &["options::unknown_with_every_json_type"],
        "",
        Steps {
            first: |_, options| match options.get(UNKNOWN) {
                Some(Value::Null) => Err(Error::backend("null")),
                _ => Ok(()),
            },
            ..RIGHT
        },
    ),
    mutant(
        "64 options at most",
        &["options::hundred_unknown"],
        "",
        Steps {
            first: |_, options| if options.iter().count() > 64 { Err(Error::backend("too many")) } else { Ok(()) },
            ..RIGHT
        },
    ),
    mutant(
        "timeout_ms is a timeout",
        &["options::names_like_known_ones"],
        "",
        Steps {
            first: |_, options| match options.get("timeout_ms") {
                Some(_) => Err(Error::Timeout),
                None => Ok(()),
            },
            ..RIGHT
        },
    ),
    mutant(
        "names make a query string",
        &["options::odd_names"],
        "",
        Steps {
            first: |_, options| match options.iter().find(|(name, _)| name.contains('&')) {
                Some(_) => Err(Error::backend("400 Bad Request")),
                None => Ok(()),
            },
            ..RIGHT
        },
    ),
    mutant(
        "options are part of the key",
        &[
            "options::same_key_with_and_without_options",
            "options::unknown_on_put",
            "options::unknown_on_get",
            "options::unknown_with_every_json_type",
            "options::hundred_unknown",
            "options::names_like_known_ones",
            "options::odd_names",
            "options::nothing_leaks_to_the_next_call",
            "provenance::from_whatever_the_call",
        ],
        "",
        Steps {
            put: |base, key, value, options| Box::pin(async move { base.write(&with_options(key, options), value) }),
            get: |base, key, options| Box::pin(async move { base.read(&with_options(key, options)) }),
            ..RIGHT
        },
    ),
    mutant(
        "options stay for the next call",
        &["options::nothing_leaks_to_the_next_call"],
        "",
        Steps {
            put: |base, key, value, options| {
                Box::pin(async move {
                    if let Some(Value::String(text)) = options.get("unknown-value") {
                        base.other.lock().unwrap().insert(Vec::new(), text.clone().into());
                        return base.write(key, value);
                    }
                    let kept = base.other.lock().unwrap().remove(&Vec::new());
                    base.write(key, kept.unwrap_or(value))
                })
            },
            ..RIGHT
        },
    ),
    mutant(
        "no timeout beside unknown options",
        &["options::known_timeout_still_works_beside_unknown"],
        "",
        Steps {
            get: |base, key, options| {
                Box::pin(async move {
                    if options.timeout().is_some() && options.get(UNKNOWN).is_some() {
                        sleep(Duration::from_millis(250)).await;
                    }
                    base.read(key)
                })
            },
            ..RIGHT
        },
    ),
];

fn with_options(key: &[u8], options: &Options) -> Vec<u8> {
    let names = options.iter().flat_map(|(name, _)| name.bytes());
    key.iter().copied().chain(names).collect()
}

pub(crate) const SOURCES: &[Mutant] = &[mutant(
    "from is anybody",
    &[
        "provenance::from_is_always_a_member",
        "provenance::from_survives_overwrite",
        "provenance::from_per_key",
        "provenance::from_whatever_the_call",
        "durable::from_survives",
    ],
    "",
    Steps { from: |_, _| PeerId::random(), ..RIGHT },
)];
