//! A get under way: what it has found so far, and its answer.

use std::time::Instant;

use libp2p::PeerId;
use libp2p::kad::{QueryStats, Record, RecordKey};

use super::command::Reply;
use super::error::QueryError;
use super::quorum::Quorum;
use super::rules::Rules;
use crate::{Error, GetValueResult};

/// A get under way, with the answers so far.
pub(super) struct Get {
    pub(super) begun: Instant,
    pub(super) key: RecordKey,
    quorum: Quorum,
    reply: Reply<GetValueResult>,
    found: Vec<GetValueResult>,
    /// How many records were for another key, or were not valid.
    refused: usize,
    /// How many of the answers are this node's own, which kad does not count: one or none.
    own: usize,
}

impl Get {
    pub(super) fn new(key: RecordKey, quorum: Quorum, reply: Reply<GetValueResult>) -> Self {
        Self { begun: Instant::now(), key, quorum, reply, found: Vec::new(), refused: 0, own: 0 }
    }

    /// Takes the record that this node holds, if it is still valid.
    pub(super) fn hold(&mut self, rules: &Rules, local: PeerId, record: Record) {
        self.take(rules, local, record);
        self.own = self.found.len();
        self.refused = 0;
    }

    /// Takes a record that came from a peer, which may have sent anything.
    pub(super) fn take(&mut self, rules: &Rules, from: PeerId, record: Record) {
        if record.key == self.key && rules.check(record.key.as_ref(), &record.value).is_ok() {
            self.found.push(GetValueResult { from, val: record.value.into() });
        } else {
            self.refused += 1;
        }
    }

    /// Forgets the answers of peers, because they are asked again. This node's own record stays: it was taken first.
    pub(super) fn forget_answers(&mut self) {
        self.found.truncate(self.own);
        self.refused = 0;
    }

    /// Whether no further answer is needed.
    pub(super) fn has_enough(&self) -> bool {
        self.quorum.fixed().is_some_and(|quorum| self.found.len() >= quorum)
    }

    pub(super) fn reply(mut self, rules: &Rules, stats: &QueryStats) {
        let result = self.result(rules, stats);
        // If the caller has gone, nobody needs the answer.
        let _ = self.reply.send(result);
    }

    fn result(&mut self, rules: &Rules, stats: &QueryStats) -> Result<GetValueResult, Error> {
        let answered = stats.num_successes() as usize + self.own;
        let quorum = self.quorum.of(answered);
        if self.found.len() >= quorum {
            let values: Vec<_> = self.found.iter().map(|found| &found.val[..]).collect();
            let best = rules.best(self.key.as_ref(), &values);
            return Ok(self.found.swap_remove(best));
        }
        // Kad reports that nothing was found, whatever the reason. So the peers decide: the key is missing only if a
        // peer answered, and not with a record that was refused.
        Err(match (self.found.len(), answered) {
            (0, 0) => QueryError::no_answer(stats).into(),
            (0, _) if answered > self.refused => Error::NotFound,
            (0, _) => QueryError::OnlyRefused { refused: self.refused }.into(),
            (found, _) => QueryError::TooFew { quorum, found }.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;
    use crate::stores::kad::rules::Validator;

    /// Selects the value `best`.
    struct Best;

    impl Validator for Best {
        fn validate(&self, _key: &[u8], _value: &[u8]) -> Result<(), String> {
            Ok(())
        }

        fn select(&self, _key: &[u8], values: &[&[u8]]) -> usize {
            values.iter().position(|value| *value == b"best").unwrap_or(0)
        }
    }

    /// The get returns `taken`, in whatever order the peers answer.
    fn check(validator: Option<Best>, values: [&str; 3], taken: &str) {
        let validator = validator.map(|best| ("ns".to_owned(), Box::new(best) as Box<dyn Validator>));
        let rules = Rules {
            max_key_len: 10,
            max_value_len: 10,
            validators: validator.into_iter().collect(),
            ..Rules::default()
        };
        for first in 0..values.len() {
            let (key, (reply, mut answer)) = (RecordKey::new(b"/ns/key"), oneshot::channel());
            let mut get = Get::new(key.clone(), Quorum::All, reply);
            for value in values.iter().cycle().skip(first).take(values.len()) {
                get.take(&rules, PeerId::random(), Record::new(key.clone(), value.as_bytes().to_vec()));
            }
            get.reply(&rules, &QueryStats::empty());
            assert_eq!(answer.try_recv().unwrap().unwrap().val, taken, "{values:?}, beginning with {first}");
        }
    }

    #[test]
    fn of_several_answers_a_get_takes_the_one_that_the_validator_selects() {
        check(Some(Best), ["most", "best", "most"], "best");
    }

    #[test]
    fn without_a_validator_a_get_takes_the_answer_that_most_peers_gave() {
        check(None, ["most", "best", "most"], "most");
    }
}
