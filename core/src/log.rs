//! What leaves a device and what a relay keeps: opaque entries in one order per record.

use crate::{
    break_glass::{ClaimedOpening, SealedPackage},
    cose::{EnvelopeError, sha256},
    ledger::operation::SignedOperation,
    sealed::{SealedBundle, SealedChunk, SealedSnapshot},
};
use std::fmt;

/// What an entry of a record's log is. All are signed; only operations can be read by the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "card",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "lowercase")
)]
pub enum EntryKind {
    /// A ledger operation: who may do what.
    Operation,
    /// Sealed statements of one author.
    Chunk,
    /// A sealed, compacted compartment.
    Snapshot,
    /// Epoch keys, wrapped for one device.
    Bundle,
    /// Epoch keys, for two officers of a municipality together.
    Package,
    /// Two officers opened a package.
    Opening,
}

impl EntryKind {
    /// Its number on the wire and in files.
    pub const fn code(self) -> u8 {
        match self {
            Self::Operation => 0,
            Self::Chunk => 1,
            Self::Snapshot => 2,
            Self::Bundle => 3,
            Self::Package => 4,
            Self::Opening => 5,
        }
    }

    /// The kind with this number.
    pub const fn from_code(code: u64) -> Option<Self> {
        match code {
            0 => Some(Self::Operation),
            1 => Some(Self::Chunk),
            2 => Some(Self::Snapshot),
            3 => Some(Self::Bundle),
            4 => Some(Self::Package),
            5 => Some(Self::Opening),
            _ => None,
        }
    }
}

/// SHA-256 of an entry's bytes: the id of the operation, chunk, snapshot or bundle in it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryHash(pub [u8; 32]);

impl fmt::Display for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for EntryHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryHash({self})")
    }
}

#[cfg(feature = "card")]
impl serde::Serialize for EntryHash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One entry as it travels and rests: the bytes are kept and verified exactly as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// What the bytes claim to be.
    pub kind: EntryKind,
    /// A signed COSE structure, never re-encoded.
    pub bytes: Vec<u8>,
}

impl LogEntry {
    /// Its id.
    pub fn hash(&self) -> EntryHash {
        EntryHash(sha256(&[&self.bytes]))
    }

    /// Reads it without believing it.
    ///
    /// # Errors
    /// [`EnvelopeError`]: not an entry of this kind, format or version.
    pub fn parse(&self) -> Result<ParsedEntry, EnvelopeError> {
        Ok(match self.kind {
            EntryKind::Operation => ParsedEntry::Operation(SignedOperation::parse(&self.bytes)?),
            EntryKind::Chunk => ParsedEntry::Chunk(SealedChunk::parse(&self.bytes)?),
            EntryKind::Snapshot => ParsedEntry::Snapshot(SealedSnapshot::parse(&self.bytes)?),
            EntryKind::Bundle => ParsedEntry::Bundle(SealedBundle::parse(&self.bytes)?),
            EntryKind::Package => ParsedEntry::Package(SealedPackage::parse(&self.bytes)?),
            EntryKind::Opening => {
                ParsedEntry::Opening(Box::new(ClaimedOpening::parse(&self.bytes)?))
            }
        })
    }
}

/// An entry, read but not believed. Each kind is believed only by its own `verify` or by the ledger.
#[derive(Debug, Clone)]
pub enum ParsedEntry {
    /// For [`crate::ledger::Ledger::apply`].
    Operation(SignedOperation),
    /// For [`crate::sealed::Sealed::verify`].
    Chunk(SealedChunk),
    /// For [`crate::sealed::Sealed::verify`].
    Snapshot(SealedSnapshot),
    /// For [`crate::sealed::Sealed::verify`].
    Bundle(SealedBundle),
    /// For [`crate::sealed::Sealed::verify`].
    Package(SealedPackage),
    /// For [`ClaimedOpening::verify`].
    Opening(Box<ClaimedOpening>),
}
