//! Editing: what a person says becomes statements, one change for each compartment, sealed and signed.

use super::{Open, Replica};
use crate::{
    attestation::{Attestation, Attested, actor},
    chunk::{self, ChunkContent, SealError},
    compartment::Compartment,
    document::{AppendError, CompartmentDocument},
    edit::{Edit, EditError},
    id::{ChunkId, CompartmentTag, EpochId},
    ledger::{Ledger, rights::Right},
    log::{EntryKind, LogEntry},
    replica::Refusal,
    sealed::ChunkHeader,
    statement::{Body, NewStatement, UnixMillis, Value},
};
use rand_core::CryptoRng;
use std::collections::BTreeMap;

/// Most statements put into one chunk. A whole import travels in several.
const STATEMENTS_PER_CHUNK: usize = 256;
/// Most text put into one chunk, in bytes.
const TEXT_PER_CHUNK: usize = 256 * 1024;

/// Why nothing was said. The record is as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditingError {
    /// The edit does not fit what stands.
    #[error(transparent)]
    Edit(#[from] EditError),
    /// This device cannot read the compartment, so it cannot write there.
    #[error("this device has no key for {0}")]
    NoKey(Compartment),
    /// Somebody who may not read any more knows every key this device holds: a manager's device owes new ones.
    #[error("new keys for {0} have not come yet")]
    KeyOwed(Compartment),
    /// New keys are owed, and this device could not make them.
    #[error(transparent)]
    Owed(Box<super::PeopleError>),
    /// This device may read, not write.
    #[error("this device may not write in {0}")]
    NoRight(Compartment),
    /// The document did not take the statements.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// Too much at once.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// What this device made was not taken by itself: a fault of this program.
    #[error("this device refused its own entry: {0}")]
    OwnEntry(Refusal),
}

impl Replica {
    /// Says something. The entries are to be stored and sent; they are also in [`Replica::entries`] already.
    ///
    /// # Errors
    /// [`EditingError`]; all or nothing is said.
    pub fn edit(
        &mut self,
        edits: &[Edit],
        now: UnixMillis,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, EditingError> {
        let mut statements: BTreeMap<Compartment, Vec<NewStatement>> = BTreeMap::new();
        for edit in edits {
            let (compartment, statement) = edit.clone().into_statement(&self.view, now)?;
            statements.entry(compartment).or_default().push(statement);
        }
        // Who manages completes what is owed before saying more: otherwise there may be no key to say it under.
        let mut entries = self
            .complete(now, rng)
            .map_err(|error| EditingError::Owed(Box::new(error)))?;
        entries.extend(self.say(statements, rng)?);
        Ok(entries)
    }

    pub(super) fn say(
        &mut self,
        statements: BTreeMap<Compartment, Vec<NewStatement>>,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<LogEntry>, EditingError> {
        let mut drafts = Vec::new();
        for (compartment, statements) in &statements {
            drafts.push(self.draft(*compartment, statements, rng)?);
        }
        let mut entries = Vec::new();
        for draft in drafts {
            if let Some(open) = self.compartments.get_mut(&draft.compartment) {
                (open.document, open.session) = (draft.document, Some(draft.session));
            }
            entries.extend(draft.entries);
        }
        self.take_own(entries.clone())?;
        Ok(entries)
    }

    /// Would this be said? Nothing is, and no randomness is drawn.
    pub(super) fn check_sayable(
        &self,
        compartment: Compartment,
        statements: &[NewStatement],
    ) -> Result<(), EditingError> {
        let (open, ledger) = self.open_to_write(compartment)?;
        self.keyring
            .to_write(&open.tag, ledger)
            .ok_or(EditingError::KeyOwed(compartment))?;
        let nobody = actor(&self.record, &open.tag, &self.keys.id(), &[0; 16]);
        open.document.clone().append(&nobody, statements)?;
        Ok(())
    }

    /// A compartment in which this device may say something.
    fn open_to_write(&self, compartment: Compartment) -> Result<(&Open, &Ledger), EditingError> {
        let (Some(open), Some(ledger)) = (self.compartments.get(&compartment), &self.ledger) else {
            return Err(EditingError::NoKey(compartment));
        };
        let state = ledger.state();
        if !state.may(&self.keys.id(), &open.tag, Right::Append) {
            return Err(EditingError::NoRight(compartment));
        }
        Ok((open, ledger))
    }

    /// Writes into a copy of the document, which takes its place once everything is sealed.
    fn draft(
        &self,
        compartment: Compartment,
        statements: &[NewStatement],
        rng: &mut impl CryptoRng,
    ) -> Result<Draft, EditingError> {
        let (open, ledger) = self.open_to_write(compartment)?;
        let writer = |salt: &[u8; 16]| actor(&self.record, &open.tag, &self.keys.id(), salt);
        let session = open
            .session
            .filter(|salt| open.document.may_continue(&writer(salt)))
            .unwrap_or_else(|| {
                let mut salt = [0; 16];
                rng.fill_bytes(&mut salt);
                salt
            });
        let mut draft = Draft {
            compartment,
            document: open.document.clone(),
            session,
            entries: Vec::new(),
            last: self.chains.last(self.keys.id(), open.tag),
        };
        for batch in batches(statements) {
            self.seal_batch(&mut draft, open.tag, ledger, batch, rng)?;
        }
        Ok(draft)
    }

    fn seal_batch(
        &self,
        draft: &mut Draft,
        tag: CompartmentTag,
        ledger: &Ledger,
        statements: &[NewStatement],
        rng: &mut impl CryptoRng,
    ) -> Result<(), EditingError> {
        let (epoch, key) = self
            .keyring
            .to_write(&tag, ledger)
            .ok_or(EditingError::KeyOwed(draft.compartment))?;
        let writer = actor(&self.record, &tag, &self.keys.id(), &draft.session);
        let own = draft.document.append(&writer, statements)?;
        let header = self.chunk_header(tag, epoch, draft.last, ledger);
        let attested = Attested {
            record: self.record,
            compartment: tag,
            salt: draft.session,
            sequence: own.sequence,
            hash: *own.id.as_bytes(),
            counter: header.counter,
        };
        let attestation = Attestation::sign(&self.keys, attested);
        let content = ChunkContent {
            changes: vec![own.bytes],
            attestation,
        };
        let entry = LogEntry {
            kind: EntryKind::Chunk,
            bytes: chunk::seal(&header, &content, &self.keys, key, rng)?,
        };
        draft.last = Some((header.counter, ChunkId::new(entry.hash().0)));
        draft.entries.push(entry);
        Ok(())
    }

    fn chunk_header(
        &self,
        compartment: CompartmentTag,
        epoch: EpochId,
        last: Option<(u64, ChunkId)>,
        ledger: &Ledger,
    ) -> ChunkHeader {
        ChunkHeader {
            record: self.record,
            compartment,
            epoch,
            counter: last.map_or(0, |(counter, _)| counter + 1),
            previous: last.map(|(_, chunk)| chunk),
            heads: ledger.heads(),
        }
    }
}

/// A compartment with something new said, not yet in place.
struct Draft {
    compartment: Compartment,
    document: CompartmentDocument,
    session: [u8; 16],
    entries: Vec<LogEntry>,
    last: Option<(u64, ChunkId)>,
}

fn batches(statements: &[NewStatement]) -> Vec<&[NewStatement]> {
    let mut batches = Vec::new();
    let mut rest = statements;
    while !rest.is_empty() {
        let mut text = 0;
        let fit = rest
            .iter()
            .take(STATEMENTS_PER_CHUNK)
            .take_while(|statement| {
                text += weight(statement);
                text <= TEXT_PER_CHUNK
            });
        // One statement always goes, however long: the document has the last word on it.
        let (batch, later) = rest.split_at(fit.count().max(1));
        batches.push(batch);
        rest = later;
    }
    batches
}

fn weight(statement: &NewStatement) -> usize {
    const REFERENCE: usize = 24;
    match &statement.body {
        Body::Set {
            fields,
            supersedes,
            again,
        } => {
            let values = fields
                .iter()
                .map(|(name, value)| name.len() + length(value))
                .sum::<usize>();
            let references = supersedes.values().map(Vec::len).sum::<usize>() + again.len();
            values + references * REFERENCE
        }
        Body::Retract { reason, covers } => reason.len() + covers.len() * REFERENCE,
        Body::Confirm { .. } => REFERENCE,
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Flag(_) => 1,
        Value::List(texts) => texts.iter().map(String::len).sum(),
    }
}
