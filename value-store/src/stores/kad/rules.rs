//! Which records a node takes, and which of several it prefers.

use std::collections::HashMap;
use std::fmt;

use libp2p::PeerId;
use libp2p::kad::Record;

use crate::Error;

/// Says which values are valid for the keys of one name space, and which of several is the best.
///
/// The keys of the name space `ns` begin with `/ns/`. A node asks its validator about every value that it is given: by
/// its user, by peers that push records to it, and by peers that answer a get. It asks again before it shows to its user or
/// passes on what it holds, since a value may be valid for some time only. A validator runs on the task that runs the node, and
/// on those of puts, so it must not block.
///
/// ```
/// use value_store::stores::kad::Validator;
///
/// /// Values whose first byte is a number that counts up.
/// struct Numbered;
///
/// impl Validator for Numbered {
///     fn validate(&self, _key: &[u8], value: &[u8]) -> Result<(), String> {
///         if value.is_empty() { Err("the number is missing".into()) } else { Ok(()) }
///     }
///
///     fn select(&self, _key: &[u8], values: &[&[u8]]) -> usize {
///         let numbers = values.iter().map(|value| value[0]);
///         let newest = numbers.clone().max();
///         numbers.into_iter().position(|number| Some(number) == newest).unwrap_or(0)
///     }
/// }
///
/// assert_eq!(Numbered.select(b"/ns/key", &[&[3], &[7], &[7]]), 1);
/// ```
pub trait Validator: Send + Sync + 'static {
    /// Whether `key`, which includes the name space, may have this value.
    ///
    /// # Errors
    ///
    /// The reason why not, which becomes the text of an [`Error::InvalidValue`].
    fn validate(&self, key: &[u8], value: &[u8]) -> Result<(), String>;

    /// The index of the value that replaces the others. All of `values` are valid, and there is at least one. Of
    /// equally good values it is the first, so that a value that is put again does not count as older than itself.
    fn select(&self, key: &[u8], values: &[&[u8]]) -> usize;
}

/// The limits and the validators of a node.
#[derive(Default)]
pub(super) struct Rules {
    pub(super) max_key_len: usize,
    pub(super) max_value_len: usize,
    pub(super) max_records: usize,
    pub(super) validators: HashMap<String, Box<dyn Validator>>,
}

impl Rules {
    pub(super) fn check_key(&self, key: &[u8]) -> Result<(), Error> {
        if key.len() > self.max_key_len {
            let limit = self.max_key_len;
            return Err(Error::InvalidKey(format!("{} bytes, and this node takes {limit}", key.len())));
        }
        // As in other implementations: a node that validates some records should not be open to any other record, and
        // peers would not keep those.
        if !self.validators.is_empty() && self.validator(key).is_none() {
            return Err(Error::InvalidKey(
                "it is in none of the name spaces that this node has a validator for".into(),
            ));
        }
        Ok(())
    }

    pub(super) fn check(&self, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.check_key(key)?;
        if value.len() > self.max_value_len {
            let limit = self.max_value_len;
            return Err(Error::InvalidValue(format!("{} bytes, and this node takes {limit}", value.len())));
        }
        self.validator(key).map_or(Ok(()), |validator| validator.validate(key, value)).map_err(Error::InvalidValue)
    }

    /// Whether the values of this key have an order.
    pub(super) fn has_order(&self, key: &[u8]) -> bool {
        self.validator(key).is_some()
    }

    /// Whether `other`, which may be any bytes, is better than this value. Without a validator, no value is.
    pub(super) fn is_better(&self, key: &[u8], other: &[u8], value: &[u8]) -> bool {
        let Some(validator) = self.validator(key) else { return false };
        self.check(key, other).is_ok() && validator.select(key, &[value, other]) == 1
    }

    /// Whether a record that `source` sent replaces one that is held for the same key.
    ///
    /// Without an order among the values, the last put counts. But not everything that arrives is a put: nodes of other
    /// implementations pass on what they hold, long after it was replaced. Such a copy names a publisher that is not
    /// its sender.
    pub(super) fn replaces(&self, new: &Record, source: PeerId, old: &Record) -> bool {
        if self.has_order(new.key.as_ref()) {
            return !self.is_better(new.key.as_ref(), &old.value, &new.value);
        }
        new.publisher.is_none_or(|publisher| publisher == source)
    }

    /// The index of the best of these values, of which there is at least one. The validator selects it. Without a
    /// validator it is the value that most peers have, and of several such values the first.
    pub(super) fn best(&self, key: &[u8], values: &[&[u8]]) -> usize {
        if let Some(validator) = self.validator(key) {
            return validator.select(key, values).min(values.len() - 1);
        }
        let copies = |index: &usize| values.iter().filter(|value| **value == values[*index]).count();
        // `max_by_key` takes the last of several.
        (0..values.len()).rev().max_by_key(copies).unwrap_or(0)
    }

    fn validator(&self, key: &[u8]) -> Option<&dyn Validator> {
        let name_space = key.strip_prefix(b"/")?.split(|byte| *byte == b'/').next()?;
        let is_followed = key.get(name_space.len() + 1) == Some(&b'/');
        let name_space = str::from_utf8(name_space).ok().filter(|_| is_followed)?;
        self.validators.get(name_space).map(AsRef::as_ref)
    }
}

impl fmt::Debug for Rules {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name_spaces = self.validators.keys();
        formatter.debug_list().entries(name_spaces).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_of_values_without_an_order_is_what_most_have_and_the_first_of_several() {
        let best = |values: &[&[u8]]| Rules::default().best(b"key", values);
        assert_eq!(best(&[b"one"]), 0);
        assert_eq!(best(&[b"one", b"two"]), 0);
        assert_eq!(best(&[b"one", b"two", b"two"]), 1);
        assert_eq!(best(&[b"one", b"two", b"two", b"one"]), 0);
        assert_eq!(best(&[b"two", b"two", b"one"]), 0);
    }
}
