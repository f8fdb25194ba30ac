//! What may stand for each argument, on the command line and in the file.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use value_store::conformance::{Claim, case_names};

/// A case or a family, and the reason to treat it in another way than others.
pub(super) type Reasoned = (String, String);

pub(super) fn claim(word: &str) -> Result<Claim, String> {
    let claims = [
        Claim::Durable,
        Claim::Shared,
        Claim::Convergent,
        Claim::Monotonic,
        Claim::Linearizable,
        Claim::PowerLoss,
        Claim::DiskFaults,
    ];
    match word.replace('-', "_").as_str() {
        "settled" => {
            Err("`settled` cannot be claimed over HTTP: a server may carry out a put after its client has gone"
                .to_owned())
        }
        "faults" => {
            Err("`faults` needs links between a store and its backend, which the attribute `#[value_store_tests]` can \
                         interrupt, and this command cannot"
                .to_owned())
        }
        word => claims.into_iter().find(|claim| claim.word() == word).ok_or_else(|| {
            let words: Vec<_> = claims.iter().map(|claim| claim.word()).collect();
            format!("there is no claim `{word}`; there are {}", words.join(", "))
        }),
    }
}

/// The name of a case or a family of the suite.
pub(super) fn case(name: &str) -> Result<String, String> {
    let is_named = |case: &str| case == name || case.split_once("::").is_some_and(|(family, _)| family == name);
    if case_names().any(is_named) {
        return Ok(name.to_owned());
    }
    let families = case_names().filter_map(|case| case.split_once("::")).map(|(family, _)| family);
    let likeness = |other: &&str| strsim::jaro_winkler(other, name);
    let of_its_kind = case_names().chain(families).filter(|other| other.contains("::") == name.contains("::"));
    let closest = of_its_kind.max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    Err(format!("the suite has no such case and no such family; did you mean `{}`?", closest.unwrap_or_default()))
}

pub(super) fn reasoned(text: &str) -> Result<Reasoned, String> {
    match text.split_once('=') {
        Some((name, why)) if !why.trim().is_empty() => Ok((case(name)?, why.trim().to_owned())),
        _ => Err("a reason is missing: write the case, `=`, and why".to_owned()),
    }
}

/// What the keys and values of the suite have to be like.
#[derive(Clone, Debug)]
pub(super) enum Records {
    Namespaced(&'static str),
    Ipns,
}

impl FromStr for Records {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':').unwrap_or((text, "ns")) {
            ("ipns", _) => Ok(Self::Ipns),
            ("namespaced", name) if !name.is_empty() && !name.contains('/') => {
                Ok(Self::Namespaced(name.to_owned().leak()))
            }
            _ => Err(format!("{text:?} is neither `namespaced`, `namespaced:NAME` nor `ipns`")),
        }
    }
}

impl<'de> Deserialize<'de> for Records {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// A seed in decimal digits, or in hexadecimal ones as reports show it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed(pub(super) u64);

impl FromStr for Seed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seed = match text.strip_prefix("0x") {
            Some(digits) => u64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        seed.map(Self).map_err(|error| format!("{error}; a seed is a number of 64 bits, such as 51 or 0x51f3"))
    }
}

impl<'de> Deserialize<'de> for Seed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => text.parse().map_err(D::Error::custom),
            toml::Value::Integer(number) => Ok(Self(number.cast_unsigned())),
            other => Err(D::Error::custom(format!("a seed is a number, and no {}", other.type_str()))),
        }
    }
}

pub(super) fn claims<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Claim>, D::Error> {
    let words = Vec::<String>::deserialize(deserializer)?;
    words.iter().map(|word| claim(word)).collect::<Result<_, _>>().map_err(D::Error::custom)
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text).map(Some).map_err(D::Error::custom)
}

pub(super) fn reasons<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Reasoned>, D::Error> {
    let named = BTreeMap::<String, String>::deserialize(deserializer)?;
    let known = named.into_iter().map(|(name, why)| match why.trim() {
        "" => Err(format!("`{name}`: say why")),
        why => Ok((case(&name).map_err(|error| format!("`{name}`: {error}"))?, why.to_owned())),
    });
    known.collect::<Result<_, _>>().map_err(D::Error::custom)
}
