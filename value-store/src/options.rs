use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// The options of one call of [`put`] or [`get`]: a timeout, and additional options by name.
///
/// A store honours the timeout, applies the additional options that it knows, and ignores all others. The value of an
/// additional option is JSON, so that it can travel to a store in another process or another language.
///
/// ```
/// use std::time::Duration;
/// use value_store::Options;
///
/// let options = Options::new().with_timeout(Duration::from_millis(500)).with("quorum", 3);
///
/// assert_eq!(options.timeout(), Some(Duration::from_millis(500)));
/// assert_eq!(options.get("quorum").and_then(|quorum| quorum.as_u64()), Some(3));
/// assert_eq!(options.get("unheard-of"), None);
/// ```
///
/// [`put`]: crate::ValueStore::put
/// [`get`]: crate::ValueStore::get
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Options {
    timeout: Option<Duration>,
    /// `None` in most calls, which have none: dropping even an empty map takes time, which shows in a call to memory.
    additional: Option<BTreeMap<String, Value>>,
}

impl Options {
    /// No timeout and no additional options: the store's own defaults apply.
    #[must_use]
    pub const fn new() -> Self {
        Self { timeout: None, additional: None }
    }

    /// Sets how long the call may take. Every duration is valid: [`Duration::ZERO`] asks for an answer at once,
    /// [`Duration::MAX`] for one whenever it comes.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Adds an additional option, in place of an earlier one of the same name.
    ///
    /// Only [`with_timeout`](Self::with_timeout) limits the time of the call: an additional option that is called
    /// `timeout` is one like any other.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.additional.get_or_insert_default().insert(name.into(), value.into());
        self
    }

    /// How long the call may take. With `None`, the store's own default applies.
    #[must_use]
    pub const fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// The additional option of this name, if the call has it.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.additional.as_ref()?.get(name)
    }

    /// The additional options, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.additional.iter().flatten().map(|(name, value)| (name.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_option_of_the_same_name_replaces_the_earlier_one() {
        let options = Options::new().with("quorum", 1).with("quorum", "all");
        assert_eq!(options.iter().collect::<Vec<_>>(), [("quorum", &Value::from("all"))]);
    }

    #[test]
    fn an_additional_option_called_timeout_is_not_the_timeout() {
        let options = Options::new().with("timeout", 5);
        assert_eq!(options.timeout(), None);
        assert_eq!(options.get("timeout"), Some(&Value::from(5)));
    }
}
