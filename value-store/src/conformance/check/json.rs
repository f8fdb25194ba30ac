//! Writes and reads a report with serde, above all as JSON.
//!
//! The impls are written by hand. With `#[derive(Serialize, Deserialize)]`, everyone who builds the suite would build
//! that macro first, for these three types. The traits themselves are there anyway, for `serde_json`.

use std::time::Duration;

use serde_core::de::{DeserializeOwned, Error};
use serde_core::ser::{SerializeMap as _, SerializeStruct as _};
use serde_core::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::cause::Cause;
use super::report::Report;
use super::staleness::{Arrival, Staleness};
use crate::conformance::judge::{CaseReport, Diagnosis, Outcome};

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Report", 9)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("version", &self.version)?;
        fields.serialize_field("suite", &self.suite)?;
        fields.serialize_field("claims", &self.claims)?;
        fields.serialize_field("seed", &self.seed)?;
        fields.serialize_field("causes", &self.causes())?;
        fields.serialize_field("cases", &self.cases)?;
        match &self.staleness {
            Some(staleness) => fields.serialize_field("staleness", staleness)?,
            None => fields.skip_field("staleness")?,
        }
        fields.serialize_field("time", &self.time.as_secs_f64())?;
        fields.end()
    }
}

/// Causes are written for readers. They follow from the cases, so nobody reads them back.
impl Serialize for Cause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Cause", 3)?;
        fields.serialize_field("sentence", &self.sentence)?;
        fields.serialize_field("cases", &self.cases)?;
        fields.serialize_field("standing_on_them", &self.standing_on_them)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Report {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::read(deserializer)?;
        // Only some reports have it.
        fields.0.entry("staleness").or_insert(Value::Null);
        Ok(Self {
            name: fields.take("name")?,
            version: fields.take("version")?,
            suite: fields.take("suite")?,
            claims: fields.take("claims")?,
            seed: fields.take("seed")?,
            cases: fields.take("cases")?,
            staleness: fields.take("staleness")?,
            time: fields.take_time()?,
        })
    }
}

/// The sentence is written for readers: it follows from the rest.
impl Serialize for Staleness {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Staleness", 11)?;
        fields.serialize_field("sentence", &self.to_string())?;
        fields.serialize_field("handles", &self.handles)?;
        fields.serialize_field("puts", &self.puts)?;
        fields.serialize_field("gets", &self.gets)?;
        fields.serialize_field("stale", &self.stale)?;
        fields.serialize_field("most_puts_behind", &self.most_puts_behind)?;
        fields.serialize_field("longest_behind", &self.longest_behind.as_secs_f64())?;
        fields.serialize_field("arrival", &self.arrival)?;
        fields.serialize_field("never_arrived", &self.never_arrived)?;
        fields.serialize_field("waited", &self.waited.as_secs_f64())?;
        fields.serialize_field("trouble", &self.trouble)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Staleness {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::read(deserializer)?;
        Ok(Self {
            handles: fields.take("handles")?,
            puts: fields.take("puts")?,
            gets: fields.take("gets")?,
            stale: fields.take("stale")?,
            most_puts_behind: fields.take("most_puts_behind")?,
            longest_behind: fields.take_seconds("longest_behind")?,
            arrival: fields.take("arrival")?,
            never_arrived: fields.take("never_arrived")?,
            waited: fields.take_seconds("waited")?,
            trouble: fields.take("trouble")?,
        })
    }
}

impl Serialize for Arrival {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Arrival", 2)?;
        fields.serialize_field("median", &self.median.as_secs_f64())?;
        fields.serialize_field("longest", &self.longest.as_secs_f64())?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Arrival {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::read(deserializer)?;
        Ok(Self::new(fields.take_seconds("median")?, fields.take_seconds("longest")?))
    }
}

impl Serialize for CaseReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("rule", &self.rule)?;
        for (name, text) in texts(&self.outcome) {
            map.serialize_entry(name, text)?;
        }
        if let Some(ground) = &self.ground {
            map.serialize_entry("ground", ground)?;
        }
        if let Some(Diagnosis { sentence, pattern }) = &self.diagnosis {
            map.serialize_entry("sentence", sentence)?;
            map.serialize_entry("pattern", pattern)?;
        }
        if !self.notes.is_empty() {
            map.serialize_entry("notes", &self.notes)?;
        }
        map.serialize_entry("time", &self.time.as_secs_f64())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for CaseReport {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut fields = Fields::read(deserializer)?;
        fields.0.entry("notes").or_insert(Value::Array(Vec::new()));
        for name in ["ground", "sentence", "pattern"] {
            fields.0.entry(name).or_insert(Value::Null);
        }
        let (sentence, pattern): (Option<_>, Option<_>) = (fields.take("sentence")?, fields.take("pattern")?);
        Ok(Self {
            name: fields.take("name")?,
            rule: fields.take("rule")?,
            outcome: fields.take_outcome()?,
            ground: fields.take("ground")?,
            diagnosis: sentence.zip(pattern).map(|(sentence, pattern)| Diagnosis { sentence, pattern }),
            notes: fields.take("notes")?,
            time: fields.take_time()?,
        })
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let texts = texts(self);
        let mut fields = serializer.serialize_struct("Outcome", texts.len())?;
        for (name, text) in texts {
            fields.serialize_field(name, text)?;
        }
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::read(deserializer)?.take_outcome()
    }
}

/// The fields of an outcome. They stand among the fields of its case.
fn texts(outcome: &Outcome) -> Vec<(&'static str, &str)> {
    match outcome {
        Outcome::Passed => vec![("outcome", "passed")],
        Outcome::Failed { report } => vec![("outcome", "failed"), ("report", report)],
        Outcome::FailedAsExpected { reason, report } => {
            vec![("outcome", "failed_as_expected"), ("reason", reason), ("report", report)]
        }
        Outcome::NotJudged { reason } => vec![("outcome", "not_judged"), ("reason", reason)],
        Outcome::Ignored { reason } => vec![("outcome", "ignored"), ("reason", reason)],
    }
}

const OUTCOMES: &[&str] = &["passed", "failed", "failed_as_expected", "not_judged", "ignored"];

/// The fields that were read. Those that nobody takes are ignored.
struct Fields(Map<String, Value>);

impl Fields {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(Self)
    }

    fn take<T: DeserializeOwned, E: Error>(&mut self, name: &'static str) -> Result<T, E> {
        let value = self.0.remove(name).ok_or_else(|| E::missing_field(name))?;
        T::deserialize(value).map_err(|error| E::custom(format_args!("{name}: {error}")))
    }

    fn take_time<E: Error>(&mut self) -> Result<Duration, E> {
        self.take_seconds("time")
    }

    /// Takes a duration in seconds, a unit for readers in any language.
    fn take_seconds<E: Error>(&mut self, name: &'static str) -> Result<Duration, E> {
        let seconds = self.take(name)?;
        Duration::try_from_secs_f64(seconds).map_err(|error| E::custom(format_args!("{name}: {error}")))
    }

    fn take_outcome<E: Error>(&mut self) -> Result<Outcome, E> {
        match self.take::<String, E>("outcome")?.as_str() {
            "passed" => Ok(Outcome::Passed),
            "failed" => Ok(Outcome::Failed { report: self.take("report")? }),
            "failed_as_expected" => {
                Ok(Outcome::FailedAsExpected { reason: self.take("reason")?, report: self.take("report")? })
            }
            "not_judged" => Ok(Outcome::NotJudged { reason: self.take("reason")? }),
            "ignored" => Ok(Outcome::Ignored { reason: self.take("reason")? }),
            unknown => Err(E::unknown_variant(unknown, OUTCOMES)),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;

    /// [`report`] as serde's derive macro wrote it.
    const TEXT: &str = concat!(
        r#"{"name":"store","version":"1.2.0","suite":""#,
        env!("CARGO_PKG_VERSION"),
        r#"","claims":["durable"],"seed":18446744073709551615,"causes":[{"sentence":"it is lost","cases":["family::failed"],"#,
        r#""standing_on_them":["family::stands"]}],"cases":["#,
        r#"{"name":"family::passed","rule":"PUT-1: a rule","outcome":"passed","notes":["a note","another"],"time":0.0015},"#,
        r#"{"name":"family::failed","rule":"PUT-1: a rule","outcome":"failed","report":"what \"went\"\nwrong","#,
        r#""sentence":"it is lost","pattern":"put; get","time":0.0},"#,
        r#"{"name":"family::stands","rule":"PUT-1: a rule","outcome":"failed","report":"what \"went\"\nwrong","#,
        r#""ground":"family::failed","time":0.0},"#,
        r#"{"name":"family::expected","rule":"PUT-1: a rule","outcome":"failed_as_expected","reason":"why","#,
        r#""report":"what \"went\"\nwrong","time":0.0},"#,
        r#"{"name":"family::not_judged","rule":"PUT-1: a rule","outcome":"not_judged","reason":"why","time":0.0},"#,
        r#"{"name":"family::ignored","rule":"PUT-1: a rule","outcome":"ignored","reason":"why","time":0.0}"#,
        r#"],"time":2.0}"#,
    );

    /// A report with each outcome.
    fn report() -> Report {
        let case = |name: &str, outcome| {
            let (name, rule) = (name.to_owned(), "PUT-1: a rule".to_owned());
            CaseReport { name, rule, outcome, ground: None, diagnosis: None, notes: Vec::new(), time: Duration::ZERO }
        };
        let [reason, report] = ["why", "what \"went\"\nwrong"].map(str::to_owned);
        let mut passed = case("family::passed", Outcome::Passed);
        passed.notes = vec!["a note".to_owned(), "another".to_owned()];
        passed.time = Duration::from_micros(1_500);
        let mut failed = case("family::failed", Outcome::Failed { report: report.clone() });
        let [sentence, pattern] = ["it is lost", "put; get"].map(str::to_owned);
        failed.diagnosis = Some(Diagnosis { sentence, pattern });
        let mut stands = case("family::stands", Outcome::Failed { report: report.clone() });
        stands.ground = Some("family::failed".to_owned());
        let cases = vec![
            passed,
            failed,
            stands,
            case("family::expected", Outcome::FailedAsExpected { reason: reason.clone(), report }),
            case("family::not_judged", Outcome::NotJudged { reason: reason.clone() }),
            case("family::ignored", Outcome::Ignored { reason }),
        ];
        let (version, claims) = (Some("1.2.0".to_owned()), vec!["durable".to_owned()]);
        Report { version, claims, seed: u64::MAX, cases, time: Duration::from_secs(2), ..Report::of("store") }
    }

    /// A valid case as JSON.
    fn case() -> Value {
        json!({ "name": "family::case", "rule": "PUT-1: a rule", "outcome": "passed", "time": 0 })
    }

    /// The error when this is read as a case.
    fn refusal(case: Value) -> String {
        from_value::<CaseReport>(case).expect_err("it is wrong").to_string()
    }

    #[test]
    fn a_report_is_written_as_this_text_and_read_back() {
        assert_eq!(serde_json::to_string(&report()).unwrap(), TEXT);
        assert_eq!(serde_json::from_str::<Report>(TEXT).unwrap(), report());
        assert_eq!(serde_json::from_reader::<_, Report>(TEXT.as_bytes()).unwrap(), report());
    }

    #[test]
    fn staleness_is_written_and_read_back() {
        let staleness = Staleness {
            handles: 3,
            gets: 10,
            stale: 2,
            longest_behind: Duration::from_millis(1_500),
            arrival: Some(Arrival::new(Duration::from_millis(250), Duration::from_secs(1))),
            ..Staleness::default()
        };
        let written = to_value(&staleness).unwrap();
        assert_eq!(written["sentence"], json!(staleness.to_string()));
        assert_eq!((&written["longest_behind"], &written["arrival"]["median"]), (&json!(1.5), &json!(0.25)));
        let report = Report { staleness: Some(staleness), ..report() };
        assert_eq!(from_value::<Report>(to_value(&report).unwrap()).unwrap(), report);
    }

    #[test]
    fn a_case_and_an_outcome_may_stand_alone() {
        for case in report().cases {
            assert_eq!(from_value::<CaseReport>(to_value(&case).unwrap()).unwrap(), case);
            assert_eq!(from_value::<Outcome>(to_value(&case.outcome).unwrap()).unwrap(), case.outcome);
        }
    }

    #[test]
    fn notes_may_be_missing_and_unknown_fields_are_ignored() {
        let mut written = case();
        written["version"] = json!({ "of": "later" });
        let read: CaseReport = from_value(written).unwrap();
        assert_eq!((read.outcome, read.notes), (Outcome::Passed, Vec::new()));
    }

    #[test]
    fn a_field_that_is_missing_or_wrong_is_named() {
        for name in ["name", "rule", "outcome", "time"] {
            let mut without = case();
            without.as_object_mut().unwrap().remove(name);
            assert_eq!(refusal(without), format!("missing field `{name}`"));
        }
        for name in ["name", "rule", "outcome", "notes", "time"] {
            let mut with_none = case();
            with_none[name] = Value::Null;
            assert!(refusal(with_none).starts_with(&format!("{name}: invalid type: null")), "{name}");
        }
        let (name, suite, claims) = ("store", "0.1.0", json!([]));
        let report = json!({ "name": name, "version": null, "suite": suite, "claims": claims, "seed": -1, "cases": [], "time": 0 });
        let refusal = from_value::<Report>(report).unwrap_err().to_string();
        assert!(refusal.starts_with("seed: invalid value: integer `-1`"), "{refusal}");
    }

    #[test]
    fn an_invalid_time_is_refused() {
        for (time, why) in [(json!(-0.5), "negative"), (json!(1e300), "too big"), (json!(f64::NAN), "null")] {
            let mut written = case();
            written["time"] = time;
            let refusal = refusal(written);
            assert!(refusal.starts_with("time: ") && refusal.contains(why), "{refusal}");
        }
    }

    #[test]
    fn an_unknown_outcome_is_named_with_the_known_ones() {
        let mut written = case();
        written["outcome"] = json!("Passed");
        let known = "`passed`, `failed`, `failed_as_expected`, `not_judged`, `ignored`";
        assert_eq!(refusal(written), format!("unknown variant `Passed`, expected one of {known}"));
    }
}
