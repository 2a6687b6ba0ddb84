//! What somebody said beyond the frontier of their removal: merged, kept, not in the view, listed for a guardian.

use super::{EditingError, PeopleError, Replica, words::Verdicts};
use crate::{
    compartment::Compartment,
    id::{ChunkId, DeviceId},
    ledger::{operation::Operation, rights::Right},
    log::LogEntry,
    statement::{Body, How, NewStatement, Statement, UnixMillis, Way},
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
    pub fn quarantine(&self) -> Vec<Quarantined> {
        let listed = self.beyond();
        let is_open = |found: &Quarantined| {
            let tag = self.keyring.tag(found.compartment);
            let state = self.ledger.as_ref().map(|ledger| ledger.state());
            !tag.zip(state)
                .is_some_and(|(tag, state)| state.is_endorsed(&tag, &found.chunk))
        };
        listed.into_iter().filter(is_open).collect()
    }

    fn beyond(&self) -> Vec<Quarantined> {
        let verdicts = Verdicts::new(self);
        let mut found: BTreeMap<(Compartment, DeviceId, u64, ChunkId), Vec<Statement>> =
            BTreeMap::new();
        for (compartment, open) in &self.compartments {
            for statement in open.document.statements() {
                let Some(author) = open.attestations.get(&statement.id.actor) else {
                    continue;
                };
                let author = author.device();
                for span in open.words.of(&statement.id) {
                    if verdicts.of_chunk(&author, open.tag, span) < Some(Right::Append) {
                        let key = (*compartment, author, span.counter, span.chunk);
                        found.entry(key).or_default().push(statement.clone());
                    }
                }
            }
        }
        found
            .into_iter()
            .map(
                |((compartment, author, counter, chunk), statements)| Quarantined {
                    compartment,
                    chunk,
                    counter,
                    author,
                    name: self.name_of(&author),
                    statements,
                },
            )
            .collect()
    }

    /// Answers for quarantined chunks: says what they say again under this device's own signature, and notes in the ledger
    /// that nobody needs to look at them any more. Confirmations are not said again: they are their author's alone.
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
        let (mut said, mut noted) = (BTreeMap::new(), BTreeMap::new());
        for found in found {
            let name = found.name.clone();
            let again = found
                .statements
                .iter()
                .filter_map(|old| again(old, &name, now));
            let statements: &mut Vec<NewStatement> = said.entry(found.compartment).or_default();
            statements.extend(again);
            let chunks: &mut BTreeSet<ChunkId> = noted.entry(found.compartment).or_default();
            chunks.insert(found.chunk);
        }
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

/// The statement as the guardian says it: about the same fact, in place of the same values, known from whoever said it first.
fn again(old: &Statement, name: &str, now: UnixMillis) -> Option<NewStatement> {
    if matches!(old.body, Body::Confirm { .. }) {
        return None;
    }
    let how = match old.how.way {
        Way::Observed => How {
            way: Way::Told,
            by: (!name.is_empty()).then(|| name.to_owned()),
            ..How::default()
        },
        Way::Told | Way::Transcribed => old.how.clone(),
    };
    Some(NewStatement {
        fact: Some(old.fact.clone()),
        kind: old.kind.clone(),
        body: old.body.clone(),
        how,
        said_at: now,
    })
}
