//! What the three kinds of sealed entries say in the clear, and who may write each.

use super::{EntryError, Header, HeaderItems};
use crate::{
    cbor::{self, CborError, Items},
    cose::Context,
    id::{BundleId, ChunkId, CompartmentTag, DeviceId, EpochId, OperationId, RecordId, SnapshotId},
    ledger::{State, rights::Right},
};
use ciborium::Value;

/// Most ledger heads an entry may name.
pub const MAX_HEADS: usize = 64;
/// Most keys a bundle may hold.
const MAX_EPOCHS: usize = 4096;
/// Most authors a snapshot may speak of.
const MAX_POSITIONS: usize = 4096;

/// What the header of a chunk says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkHeader {
    /// Whose record.
    pub record: RecordId,
    /// Which compartment, as the relay knows it.
    pub compartment: CompartmentTag,
    /// Under which key.
    pub epoch: EpochId,
    /// The author's own count of chunks in this compartment, from 0.
    pub counter: u64,
    /// The author's previous chunk in this compartment.
    pub previous: Option<ChunkId>,
    /// The ledger as its author saw it; ascending.
    pub heads: Vec<OperationId>,
}

/// What the header of a snapshot says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotHeader {
    /// Whose record.
    pub record: RecordId,
    /// Which compartment.
    pub compartment: CompartmentTag,
    /// Under which key.
    pub epoch: EpochId,
    /// The ledger as its author saw it; ascending.
    pub heads: Vec<OperationId>,
    /// Per author, how far the snapshot holds what they wrote: counter and id of their last chunk; ascending.
    pub positions: Vec<(DeviceId, u64, ChunkId)>,
}

/// What the header of a bundle says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleHeader {
    /// Whose record.
    pub record: RecordId,
    /// The device that can open it.
    pub recipient: DeviceId,
    /// The ledger as its sender saw it; ascending.
    pub heads: Vec<OperationId>,
    /// The commitments of the keys inside; ascending. Anybody can see which keys a device was sent, nobody what they are.
    pub epochs: Vec<EpochId>,
}

impl Header for ChunkHeader {
    type Id = ChunkId;
    const CONTEXT: Context = Context::Chunk;

    fn record(&self) -> RecordId {
        self.record
    }

    fn heads(&self) -> &[OperationId] {
        &self.heads
    }

    fn allowed(&self, author: &DeviceId, state: &State) -> Result<(), EntryError> {
        writes(author, state, &self.compartment, &self.epoch, Right::Append)
    }

    fn id(hash: [u8; 32]) -> ChunkId {
        ChunkId::new(hash)
    }

    fn values(&self) -> Vec<Value> {
        vec![
            cbor::bytes(self.record.as_bytes()),
            cbor::bytes(self.compartment.as_bytes()),
            cbor::bytes(self.epoch.as_bytes()),
            cbor::uint(self.counter),
            cbor::option(self.previous, |id| cbor::bytes(id.as_bytes())),
            heads_value(&self.heads),
        ]
    }

    fn read(HeaderItems(items): &mut HeaderItems) -> Result<Self, CborError> {
        let header = Self {
            record: RecordId::new(items.fixed()?),
            compartment: CompartmentTag::new(items.fixed()?),
            epoch: EpochId::new(items.fixed()?),
            counter: items.uint()?,
            previous: items.optional()?.map(ChunkId::new),
            heads: read_heads(items)?,
        };
        // The first chunk has no predecessor, and only the first.
        if (header.counter == 0) == header.previous.is_none() {
            Ok(header)
        } else {
            Err(CborError::Unexpected(
                "a previous chunk exactly after the first",
            ))
        }
    }
}

impl Header for SnapshotHeader {
    type Id = SnapshotId;
    const CONTEXT: Context = Context::Snapshot;

    fn record(&self) -> RecordId {
        self.record
    }

    fn heads(&self) -> &[OperationId] {
        &self.heads
    }

    fn allowed(&self, author: &DeviceId, state: &State) -> Result<(), EntryError> {
        writes(author, state, &self.compartment, &self.epoch, Right::Write)
    }

    fn id(hash: [u8; 32]) -> SnapshotId {
        SnapshotId::new(hash)
    }

    fn values(&self) -> Vec<Value> {
        vec![
            cbor::bytes(self.record.as_bytes()),
            cbor::bytes(self.compartment.as_bytes()),
            cbor::bytes(self.epoch.as_bytes()),
            heads_value(&self.heads),
            cbor::array(&self.positions, |(device, counter, chunk)| {
                Value::Array(vec![
                    cbor::bytes(device.as_bytes()),
                    cbor::uint(*counter),
                    cbor::bytes(chunk.as_bytes()),
                ])
            }),
        ]
    }

    fn read(HeaderItems(items): &mut HeaderItems) -> Result<Self, CborError> {
        let header = Self {
            record: RecordId::new(items.fixed()?),
            compartment: CompartmentTag::new(items.fixed()?),
            epoch: EpochId::new(items.fixed()?),
            heads: read_heads(items)?,
            positions: items.list(MAX_POSITIONS, |item| {
                let mut position = item.items()?;
                let read = (
                    DeviceId::new(position.fixed()?),
                    position.uint()?,
                    ChunkId::new(position.fixed()?),
                );
                position.finish()?;
                Ok(read)
            })?,
        };
        cbor::ascending(&header.positions)?;
        Ok(header)
    }
}

impl Header for BundleHeader {
    type Id = BundleId;
    const CONTEXT: Context = Context::Bundle;

    fn record(&self) -> RecordId {
        self.record
    }

    fn heads(&self) -> &[OperationId] {
        &self.heads
    }

    fn allowed(&self, author: &DeviceId, state: &State) -> Result<(), EntryError> {
        // Whoever wraps a key knows the operation that committed to it. One that nobody knows of would wait at its recipient for ever.
        let known = |epoch: &EpochId| state.compartments().any(|tag| state.has_epoch(&tag, epoch));
        if let Some(unknown) = self.epochs.iter().find(|epoch| !known(epoch)) {
            return Err(EntryError::UnknownEpoch(*unknown));
        }
        let manages = state
            .compartments()
            .any(|tag| state.may(author, &tag, Right::Manage));
        if state.device(&self.recipient).is_none() {
            // Whoever grants to an organisation wraps for the staff they met, before it has certified them.
            let awaited = manages && state.organisations().next().is_some();
            return if awaited {
                Ok(())
            } else {
                Err(EntryError::UnknownRecipient(self.recipient))
            };
        }
        // Whoever adds a phone for themselves hands on the keys they hold, and so does staff to a colleague; otherwise it
        // takes a manager, or keys of what both may read: a key that only those hold who manage no more would be lost.
        let same_person = state
            .members_of(author)
            .any(|own| state.members_of(&self.recipient).any(|other| own == other));
        let both_read = |epoch: &EpochId| {
            state.compartments().any(|tag| {
                state.has_epoch(&tag, epoch)
                    && state.may(author, &tag, Right::Read)
                    && state.may(&self.recipient, &tag, Right::Read)
            })
        };
        let passes_on = !self.epochs.is_empty() && self.epochs.iter().all(both_read);
        let colleagues = state.are_colleagues(author, &self.recipient);
        if same_person || manages || colleagues || passes_on {
            Ok(())
        } else {
            Err(EntryError::NoRight(*author))
        }
    }

    fn id(hash: [u8; 32]) -> BundleId {
        BundleId::new(hash)
    }

    fn values(&self) -> Vec<Value> {
        vec![
            cbor::bytes(self.record.as_bytes()),
            cbor::bytes(self.recipient.as_bytes()),
            heads_value(&self.heads),
            cbor::array(&self.epochs, |id| cbor::bytes(id.as_bytes())),
        ]
    }

    fn read(HeaderItems(items): &mut HeaderItems) -> Result<Self, CborError> {
        let header = Self {
            record: RecordId::new(items.fixed()?),
            recipient: DeviceId::new(items.fixed()?),
            heads: read_heads(items)?,
            epochs: items.list(MAX_EPOCHS, |item| item.fixed().map(EpochId::new))?,
        };
        cbor::ascending(&header.epochs)?;
        Ok(header)
    }
}

fn writes(
    author: &DeviceId,
    state: &State,
    compartment: &CompartmentTag,
    epoch: &EpochId,
    right: Right,
) -> Result<(), EntryError> {
    if !state.may(author, compartment, right) {
        return Err(EntryError::NoRight(*author));
    }
    if !state.has_epoch(compartment, epoch) {
        return Err(EntryError::UnknownEpoch(*epoch));
    }
    Ok(())
}

pub(crate) fn heads_value(heads: &[OperationId]) -> Value {
    cbor::array(heads, |id| cbor::bytes(id.as_bytes()))
}

pub(crate) fn read_heads(items: &mut Items) -> Result<Vec<OperationId>, CborError> {
    let heads = items.list(MAX_HEADS, |item| item.fixed().map(OperationId::new))?;
    if heads.is_empty() {
        return Err(CborError::Unexpected("at least one ledger head"));
    }
    cbor::ascending(&heads)?;
    Ok(heads)
}
