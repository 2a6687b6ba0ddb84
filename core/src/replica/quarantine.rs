//! What somebody said beyond the frontier of their removal: merged, kept, not in the view, listed for a guardian.

use super::{EditingError, Open, PeopleError, Replica, verdicts::Verdicts};
use crate::{
    compartment::Compartment,
    id::{ChunkId, CompartmentTag, DeviceId},
    ledger::{operation::Operation, rights::Right},
    log::LogEntry,
    statement::{Body, Statement, UnixMillis},
};
use rand_core::CryptoRng;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A chunk whose author was removed by somebody who had not seen it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quarantined {
    /// Where.
    pub compartment: Compartment,
    /// Which chunk.
    pub chunk: ChunkId,
    /// Its place in the author's count.
    pub counter: u64,
    /// Who wrote it.
    pub author: DeviceId,
    /// The name a manager gave them; empty if none did.
    pub name: String,
    /// What they said, ascending by id.
    pub statements: Vec<Statement>,
}

impl Replica {
    /// What waits for a guardian's word, by compartment, author and count. The same on every device with the same entries.
    /// What came in a snapshot and in no chunk is listed under the chunk that the snapshot names, or under the snapshot itself.
    pub fn quarantine(&self) -> Vec<Quarantined> {
        let verdicts = Verdicts::new(self);
        let mut found: BTreeMap<(Compartment, DeviceId, u64, ChunkId), Vec<Statement>> =
            BTreeMap::new();
        for (compartment, open) in &self.compartments {
            for (author, statement) in beyond(&verdicts, *compartment, open) {
                let Some(place) = verdicts.beyond(open, &author, &statement.id) else {
                    continue;
                };
                let answered = self.is_answered(&open.tag, &place.all)
                    || self.is_answered(&open.tag, &place.together)
                        && is_said_again(&verdicts, *compartment, open, statement);
                if !answered {
                    let key = (*compartment, author, place.counter, place.chunk);
                    found.entry(key).or_default().push(statement.clone());
                }
            }
        }
        let names = self.names();
        found
            .into_iter()
            .map(
                |((compartment, author, counter, chunk), statements)| Quarantined {
                    compartment,
                    chunk,
                    counter,
                    author,
                    name: names.name(&author),
                    statements,
                },
            )
            .collect()
    }

    fn is_answered(&self, tag: &CompartmentTag, chunks: &[ChunkId]) -> bool {
        let state = self.ledger.as_ref().map(|ledger| ledger.state());
        state.is_some_and(|state| chunks.iter().any(|chunk| state.is_endorsed(tag, chunk)))
    }

    /// Answers for quarantined chunks: says what they say again under this device's own signature, and notes in the ledger
    /// that nobody needs to look at them any more. Of a value and its correction only the correction is said again, unless
    /// only the chunk with the value is answered for. Confirmations are not said again: they are their author's alone.
    ///
    /// # Errors
    /// [`PeopleError::NotQuarantined`] if one of them is not, and whatever keeps this device from saying anything there.
    pub fn endorse(
        &mut self,
        chunks: &[ChunkId],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, PeopleError> {
        let wanted: BTreeSet<ChunkId> = chunks.iter().copied().collect();
        let mut found = self.quarantine();
        found.retain(|found| wanted.contains(&found.chunk));
        let there: BTreeSet<ChunkId> = found.iter().map(|found| found.chunk).collect();
        if let Some(missing) = wanted.difference(&there).next() {
            return Err(PeopleError::NotQuarantined(*missing));
        }
        let mut noted: BTreeMap<Compartment, BTreeSet<ChunkId>> = BTreeMap::new();
        for found in &found {
            let chunks = noted.entry(found.compartment).or_default();
            chunks.insert(found.chunk);
        }
        let mut said = self.said_again(&found, now);
        said.retain(|_, statements| !statements.is_empty());
        for compartment in noted.keys() {
            if self.right(*compartment) != Some(Right::Manage) {
                return Err(EditingError::NoRight(*compartment).into());
            }
        }
        let mut entries = self.complete(now, rng)?;
        entries.extend(self.say(said, rng)?);
        for (compartment, chunks) in noted {
            let tag = self
                .keyring
                .tag(compartment)
                .ok_or(PeopleError::NoKey(compartment))?;
            let operation = Operation::Endorse {
                compartment: tag,
                chunks: chunks.into_iter().collect(),
            };
            let entry = self.sign(&operation, now)?;
            self.take_own(vec![entry.clone()])?;
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// Did somebody say this too, or something in its place? An answer for a chunk that stands for several words may have been given by
/// somebody who saw only the last of them.
fn is_said_again(
    verdicts: &Verdicts<'_>,
    compartment: Compartment,
    open: &Open,
    said: &Statement,
) -> bool {
    let counts = |other: &Statement| {
        let author = open.attestations.get(&other.id.actor);
        let right = author.and_then(|by| verdicts.right(compartment, &by.device(), &other.id));
        right >= Some(Right::Append)
    };
    let others = open.document.statements().iter();
    let others = others.filter(|other| other.id.actor != said.id.actor && other.fact == said.fact);
    let mut others = others.filter(|other| counts(other));
    others.any(|other| match (&other.body, &said.body) {
        (Body::Retract { covers, .. }, _) if covers.contains(&said.id) => true,
        (Body::Retract { reason, .. }, Body::Retract { reason: old, .. }) => reason == old,
        (Body::Set { again, .. }, Body::Retract { .. }) => again.contains(&said.id),
        (
            Body::Set {
                fields, supersedes, ..
            },
            Body::Set { fields: old, .. },
        ) => fields == old || supersedes.values().flatten().any(|seen| *seen == said.id),
        _ => false,
    })
}

/// The statements of a compartment that do not count, with their authors.
pub(super) fn beyond<'a>(
    verdicts: &'a Verdicts<'_>,
    compartment: Compartment,
    open: &'a Open,
) -> impl Iterator<Item = (DeviceId, &'a Statement)> {
    let statements = open.document.statements().iter();
    statements.filter_map(move |statement| {
        let author = open.attestations.get(&statement.id.actor)?.device();
        let right = verdicts.right(compartment, &author, &statement.id);
        (right < Some(Right::Append)).then_some((author, statement))
    })
}
