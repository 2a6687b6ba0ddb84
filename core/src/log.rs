//! What leaves a device and what a relay keeps: opaque entries in one order per record.

/// What an entry of a record's log is. All four are signed; only operations can be read by the relay.
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
}

/// One entry as it travels and rests: the bytes are kept and verified exactly as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// What the bytes claim to be.
    pub kind: EntryKind,
    /// A signed COSE structure, never re-encoded.
    pub bytes: Vec<u8>,
}
