//! Faults of options: one that is not known is refused, taken for another, or kept.

use std::time::Duration;

use serde_json::Value;
use tokio::time::sleep;
use value_store::{Bytes, Error, Options};

use crate::mutant::{Mutant, mutant};
use crate::store::{RIGHT, step};

/// Fails calls with these options.
macro_rules! refuses {
    (|$options:ident| $refuses:expr) => {
        |_, $options| if $refuses { Err(Error::backend("400 Bad Request")) } else { Ok(()) }
    };
}

const UNKNOWN: &str = "value-store-conformance-unknown";

pub(crate) const MUTANTS: &[Mutant] = &[
    mutant("all options go into one object, the timeout among them")
        .caught_by("options::additional_timeout_is_none", "ended with Timeout, and not with Ok")
        .first(|_, options| match options.get("timeout").and_then(Value::as_u64) {
            Some(0) => Err(Error::Timeout),
            _ => Ok(()),
        }),
    mutant("unknown options are refused")
        .caught_by("options::unknown_on_put", "it has to be ignored, not refused")
        .first(|_, options| match options.iter().next() {
            Some((name, _)) => Err(Error::backend(format!("unknown option {name}"))),
            None => Ok(()),
        }),
    mutant("null is refused")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(|_, options| match options.get(UNKNOWN) {
            Some(Value::Null) => Err(Error::backend("null")),
            _ => Ok(()),
        }),
    mutant("64 options at most")
        .caught_by("options::many_unknown", "it has to be ignored, not refused")
        .first(|_, options| if options.iter().count() > 64 { Err(Error::backend("too many")) } else { Ok(()) }),
    mutant("timeout_ms is a timeout")
        .caught_by(
            "options::names_like_known_ones",
            "the call has no timeout, and does not time out without its option: is ",
        )
        .first(|_, options| match options.get("timeout_ms") {
            Some(_) => Err(Error::Timeout),
            None => Ok(()),
        }),
    mutant("names make a query string").caught_by("options::odd_names", "it has to be ignored, not refused").first(
        |_, options| match options.iter().find(|(name, _)| name.contains('&')) {
            Some(_) => Err(Error::backend("400 Bad Request")),
            None => Ok(()),
        },
    ),
    mutant("options are part of the key")
        .caught_by("options::same_key_with_and_without_options", "ended with NotFound")
        .put(step!(|base, key, value, options| base.write(&with_options(key, options), value)))
        .get(step!(|base, key, options| base.read(&with_options(key, options)))),
    mutant("options stay for the next call")
        .caught_by("options::nothing_leaks_to_the_next_call", "returned \"other\" (5 B)")
        .put(step!(|base, key, value, options| {
            if let Some(Value::String(text)) = options.get("unknown-value") {
                base.other.lock().unwrap().insert(Vec::new(), text.clone().into());
                return base.write(key, value);
            }
            let kept = base.other.lock().unwrap().remove(&Vec::new());
            base.write(key, kept.unwrap_or(value))
        })),
    mutant("no timeout beside unknown options")
        .caught_by(
            "options::known_timeout_still_works_beside_unknown",
            "the timeout has to bound the whole call: does the option beside it",
        )
        .get(step!(|base, key, options| {
            if options.timeout().is_some() && options.get(UNKNOWN).is_some() {
                sleep(Duration::from_secs(1)).await;
            }
            base.read(key)
        })),
    mutant("put refuses unknown options")
        .caught_by("options::unknown_on_put", "it has to be ignored, not refused")
        .put(step!(|base, key, value, options| {
            if options.get(UNKNOWN).is_some() { Err(Error::backend("unknown option")) } else { base.write(key, value) }
        })),
    mutant("get refuses unknown options")
        .caught_by("options::unknown_on_get", "it has to be ignored, not refused")
        .get(step!(|base, key, options| if options.get(UNKNOWN).is_some() {
            Err(Error::backend("unknown option"))
        } else {
            base.read(key)
        })),
    mutant("an unknown option panics").caught_by("options::unknown_on_put", "put 1 panicked: unknown option").first(
        |_, options| {
            assert!(options.get(UNKNOWN).is_none(), "unknown option");
            Ok(())
        },
    ),
    mutant("objects are refused")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().any(|(_, value)| value.is_object()))),
    mutant("lists are refused")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get(UNKNOWN).is_some_and(Value::is_array))),
    mutant("deep values are refused")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(refuses!(|options| options
            .iter()
            .any(|(_, value)| serde_json::from_str::<Value>(&value.to_string()).is_err()))),
    mutant("options of 64 KiB at most")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().any(|(_, value)| value.to_string().len() > 1 << 16))),
    mutant("negative numbers are refused")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get(UNKNOWN).and_then(Value::as_i64).is_some_and(|number| number < 0))),
    mutant("numbers of 63 bits")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get(UNKNOWN).is_some_and(|value| value.is_u64() && !value.is_i64()))),
    mutant("fractions are refused")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get(UNKNOWN).is_some_and(Value::is_f64))),
    mutant("control characters are refused")
        .caught_by("options::unknown_with_every_json_type", "it has to be ignored, not refused")
        .first(refuses!(|options| options
            .get(UNKNOWN)
            .and_then(Value::as_str)
            .is_some_and(|text| text.contains('\0')))),
    mutant("256 options at most")
        .caught_by("options::many_unknown", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().count() > 256)),
    mutant("one option at most")
        .caught_by("options::many_unknown", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().filter(|(name, _)| name.starts_with("unknown-option")).count() > 1)),
    mutant("a number called timeout is a timeout")
        .caught_by("options::names_like_known_ones", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get("timeout").and_then(Value::as_u64) == Some(0))),
    mutant("a text called timeout is a timeout")
        .caught_by("options::names_like_known_ones", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get("timeout").is_some_and(|value| value == "0ms"))),
    mutant("a timeout has to be a number")
        .caught_by("options::names_like_known_ones", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get("timeout").is_some_and(|value| !value.is_number()))),
    mutant("a timeout of seconds overflows")
        .caught_by("options::names_like_known_ones", " panicked: cannot convert float seconds to Duration: value is")
        .first(|_, options| {
            let seconds = options.get("timeout").and_then(Value::as_f64);
            let _ = seconds.map(Duration::from_secs_f64);
            Ok(())
        }),
    mutant("names without regard to case")
        .caught_by("options::names_like_known_ones", "it has to be ignored, not refused")
        .first(refuses!(|options| options
            .iter()
            .any(|(name, value)| name != "timeout" && name.eq_ignore_ascii_case("timeout") && value == 0))),
    mutant("names that begin so")
        .caught_by("options::names_like_known_ones", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get("time").is_some_and(|value| !value.is_number()))),
    mutant("an option called value is the value")
        .caught_by("options::names_like_known_ones", "returned \"0\" (1 B)")
        .put(step!(|base, key, value, options| {
            let other = options.get("value").and_then(Value::as_str).map(|text| Bytes::from(text.to_owned()));
            base.write(key, other.unwrap_or(value))
        })),
    mutant("an option called key is the key").caught_by("options::names_like_known_ones", "ended with NotFound").get(
        step!(|base, key, options| base.read(options.get("key").and_then(Value::as_str).map_or(key, str::as_bytes))),
    ),
    mutant("names need a letter")
        .caught_by("options::odd_names", "it has to be ignored, not refused")
        .first(refuses!(|options| options.get("").is_some())),
    mutant("names are ASCII")
        .caught_by("options::odd_names", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().any(|(name, _)| !name.is_ascii()))),
    mutant("names of 255 bytes at most")
        .caught_by("options::odd_names", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().any(|(name, _)| name.len() > 255))),
    mutant("names of 64 KiB at most")
        .caught_by("options::odd_names", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().any(|(name, _)| name.len() > 1 << 16))),
    mutant("names make header lines")
        .caught_by("options::odd_names", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().any(|(name, _)| name.contains(['\r', '\n', ':'])))),
    mutant("gets are cached under their options")
        .caught_by(
            "options::same_key_with_and_without_options",
            "it is the older value, of put 1, and put 3 and get 4 have",
        )
        .put(step!(|base, key, value, options| {
            base.other.lock().unwrap().remove(&with_options(key, options));
            base.write(key, value)
        }))
        .get(step!(|base, key, options| {
            let value = base.read(key)?;
            let mut cache = base.other.lock().unwrap();
            Ok(cache.entry(with_options(key, options)).or_insert(value).clone())
        })),
    mutant("only puts have options in their key")
        .caught_by(
            "options::same_key_with_and_without_options",
            "it is the older value, of put 1, and put 2 and get 3 have",
        )
        .put(step!(|base, key, value, options| base.write(&with_options(key, options), value))),
    mutant("a put with options is only for new keys")
        .caught_by(
            "options::same_key_with_and_without_options",
            "it is the older value, of put 1, and put 2 and get 3 have",
        )
        .put(step!(|base, key, value, options| {
            if options.iter().next().is_some() && base.read(key).is_ok() { Ok(()) } else { base.write(key, value) }
        })),
    mutant("options are written before the value")
        .caught_by("options::unknown_on_put", "the value is whole, with something before it")
        .put(step!(
            |base, key, value, options| base.write(key, [&with_options(&[], options)[..], &value].concat().into())
        )),
    mutant("a miss with options is a failure")
        .caught_by("options::missing_key_with_unknown_options", "ended with Backend: the key has no value")
        .get(step!(|base, key, options| {
            base.read(key).map_err(|error| if options.get(UNKNOWN).is_some() { Error::backend(error) } else { error })
        })),
    mutant("no limit beside options")
        .caught_by("options::missing_key_with_unknown_options", "B, more than max_value_len")
        .limits(|key, _| (RIGHT.limits)(key, &[]))
        .put(step!(|base, key, value, options| {
            if options.iter().next().is_none() {
                (RIGHT.limits)(&[], &value)?;
            }
            base.write(key, value)
        })),
    mutant("a put with options is not written to disk")
        .caught_by("options::put_with_options_survives", "the value is empty now")
        .put(step!(|base, key, value, options| {
            let old = base.read(key).unwrap_or_default();
            let mut unwritten = base.other.lock().unwrap();
            if options.iter().next().is_some() {
                unwritten.insert(key.to_vec(), old);
            } else {
                unwritten.remove(key);
            }
            base.write(key, value)
        }))
        .opened(|last| {
            let base = last.unwrap_or_default();
            let olds = std::mem::take(&mut *base.other.lock().unwrap());
            base.values.lock().unwrap().extend(olds);
            base
        }),
    mutant("no timeout of a put beside unknown options")
        .caught_by(
            "options::known_timeout_still_works_beside_unknown",
            "the timeout has to bound the whole call: does the option beside it",
        )
        .put(step!(|base, key, value, options| {
            if options.timeout().is_some_and(|timeout| timeout < Duration::from_secs(1))
                && options.get(UNKNOWN).is_some()
            {
                sleep(Duration::from_secs(1)).await;
            }
            base.write(key, value)
        })),
    mutant("more than a thousand refused")
        .caught_by("options::many_unknown", "it has to be ignored, not refused")
        .first(refuses!(|options| options.iter().count() > 1_000)),
    mutant("a ttl has to be a number")
        .caught_by("options::names_known_elsewhere", "if this store has an option of that name, skip this case")
        .first(refuses!(|options| options.get("ttl").is_some_and(|value| !value.is_number()))),
    mutant("a ttl of years overflows").caught_by("options::names_known_elsewhere", "panicked: out of range").first(
        |_, options| {
            let seconds = options.get("ttl").and_then(Value::as_f64);
            assert!(seconds.is_none_or(|seconds| seconds < f64::from(i32::MAX)), "out of range");
            Ok(())
        },
    ),
    mutant("a switch has to be one")
        .caught_by("options::names_known_elsewhere", "if this store has an option of that name, skip this case")
        .first(refuses!(|options| options.get("overwrite").is_some_and(|value| !value.is_boolean()))),
    mutant("any ttl has passed").caught_by("options::names_known_elsewhere", "ended with NotFound").put(step!(
        |base, key, value, options| if options.get("ttl").is_some() { Ok(()) } else { base.write(key, value) }
    )),
    mutant("whatever is called append appends")
        .caught_by("options::names_known_elsewhere", "the value is whole, with something before it")
        .put(step!(|base, key, value, options| {
            let old = options.get("append").and_then(|_| base.read(key).ok()).unwrap_or_default();
            base.write(key, [old, value].concat().into())
        })),
    mutant("a text called namespace is one, also for the next call")
        .caught_by("options::nothing_leaks_from_names_known_elsewhere", "ended with NotFound")
        .put(step!(|base, key, value, options| {
            let mut kept = base.other.lock().unwrap();
            if let Some(name) = options.get("namespace").and_then(Value::as_str) {
                kept.insert(Vec::new(), name.to_owned().into());
                return base.write(key, value);
            }
            let name = kept.remove(&b""[..]).unwrap_or_default();
            base.write(&[&name, key].concat(), value)
        })),
    mutant("a store that was read-only once drops what is put")
        .caught_by("options::nothing_leaks_from_names_known_elsewhere", "ended with NotFound")
        .put(step!(|base, key, value, options| {
            if options.get("readonly") == Some(&Value::Bool(true)) {
                base.next();
            }
            if base.count.load(std::sync::atomic::Ordering::SeqCst) > 0 { Ok(()) } else { base.write(key, value) }
        })),
];

fn with_options(key: &[u8], options: &Options) -> Vec<u8> {
    let names = options.iter().flat_map(|(name, _)| name.bytes());
    key.iter().copied().chain(names).collect()
}
