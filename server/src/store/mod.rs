//! What the relay keeps: per record, one ordered log of opaque entries.
//!
//! [`Store`] is the whole contract; [`sqlite`] keeps it, and `conformance` is the suite every implementation must pass.
//! [`writer`] puts one thread in front of a store so that many requests share one flush to disk.

#[cfg(test)]
pub(crate) mod conformance;
pub mod quotas;
pub mod sqlite;
pub mod writer;

use crate::openings::Told;
use omamori_core::{
    break_glass::OfficersList,
    card_notice::{CardNotice, NoticeId},
    id::{CompartmentTag, DeviceId, MunicipalityId, RecordId},
    log::{EntryHash, EntryKind},
};
use std::ops::RangeInclusive;

/// Who may be shown an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience {
    /// Every device of the record: ledger operations.
    Everyone,
    /// Devices that may read this compartment: chunks and snapshots.
    Compartment(CompartmentTag),
    /// One device: wrapped keys.
    Device(DeviceId),
}

/// An entry that passed admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// Its name.
    pub hash: EntryHash,
    /// What it is.
    pub kind: EntryKind,
    /// Who may be shown it.
    pub audience: Audience,
    /// The bytes, as received.
    pub bytes: Vec<u8>,
    /// By somebody removed: it takes nothing of the space that is kept for removals.
    pub late: bool,
}

/// Entries of one record, stored together or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Whose.
    pub record: RecordId,
    /// May this batch begin the record? Only one that holds the genesis may.
    pub begins: bool,
    /// When it was taken, by the relay's clock: seconds since 1970.
    pub taken: u64,
    /// The entries, in order.
    pub entries: Vec<Admitted>,
}

/// Where an entry stands in its record's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Counted from 1, without gaps.
    pub seq: u64,
    /// Stored by this call; `false`: it was there before.
    pub fresh: bool,
}

/// Names all of a record's log up to a position: two logs with one mark at one position hold the same entries in the same order.
///
/// The first 16 bytes of `SHA-256("omamori/1/relay/log" ‖ mark before ‖ hash of the entry)`; zeros before the first entry.
pub type Mark = [u8; 16];

/// A batch that is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    /// One per entry, in the batch's order.
    pub positions: Vec<Position>,
    /// The record's last position after this batch.
    pub cursor: u64,
    /// The mark there.
    pub mark: Mark,
}

/// Why a single batch was not stored. Others of the same group are not affected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchRefusal {
    /// The record does not exist and the batch does not begin it.
    #[error("no such record")]
    NoSuchRecord,
    /// The record would grow beyond its quota.
    #[error("the record is full")]
    RecordFull,
    /// What space is left is kept for ledger operations and keys.
    #[error("the relay is full")]
    RelayFull,
}

/// Why nothing was stored or read. The message never contains stored content.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// No space on the disk. Nothing of the call was stored; it can be repeated when there is space again.
    #[error("no space left to store")]
    Full,
    /// A flush to disk failed, so what reached the disk is unknown: no append is taken until a restart has looked.
    #[error("a flush to disk failed; restart the relay")]
    Unflushed,
    /// The file belongs to another program or to a newer version.
    #[error("not a relay database of this version")]
    Foreign,
    /// Another process uses the file.
    #[error("the database is in use by another process")]
    InUse,
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// Anything else the engine reports, in its words.
    #[error("storage: {0}")]
    Engine(String),
}

/// How much one page may hold. At least one entry is always returned, so that a reader advances.
#[derive(Debug, Clone, Copy)]
pub struct PageBounds {
    /// Entries.
    pub entries: usize,
    /// Bytes of entries.
    pub bytes: usize,
    /// Entries looked at, those the reader may not see included.
    pub scanned: usize,
}

/// Whose list of accesses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListOf {
    /// Who fetched and opened what of a record.
    Record(RecordId),
    /// When somebody asked about the cards of a key.
    Card(NoticeId),
}

/// How many accesses of a list are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Of one record.
    pub record: u64,
    /// Of the cards of one key.
    pub card: u64,
}

/// Who fetched what, signed, on its way to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotedAccess {
    /// In which list.
    pub list: ListOf,
    /// Its place in that list.
    pub number: u64,
    /// As signed.
    pub bytes: Vec<u8>,
}

/// One entry as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Its position.
    pub seq: u64,
    /// What it is.
    pub kind: EntryKind,
    /// Who may be shown it.
    pub audience: Audience,
    /// The bytes, as received.
    pub bytes: Vec<u8>,
}

/// Part of a record's log as one reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Read on from here.
    pub cursor: u64,
    /// The mark there.
    pub mark: Mark,
    /// Is there more behind the cursor (perhaps nothing this reader may see)?
    pub more: bool,
    /// The entries, in order.
    pub entries: Vec<Stored>,
}

/// Durable, ordered logs. All calls block; all may be made from any thread.
pub trait Store: Send + Sync {
    /// Stores batches in order with one flush. When this returns, what it reports as stored survives a power cut.
    ///
    /// An entry that is already in its record keeps its position.
    ///
    /// # Errors
    /// [`StoreError`]: nothing of the call was stored. A refusal inside the result concerns that batch alone.
    fn append(&self, batches: &[Batch]) -> Result<Vec<Result<Appended, BatchRefusal>>, StoreError>;

    /// Reads entries behind `after` that `readable` allows. `None`: no such record.
    ///
    /// A cursor smaller than `after` says that this store knows less than the reader has seen, as after a restored backup; a store
    /// that has grown again since says so by another [`Store::mark`].
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn page(
        &self,
        record: &RecordId,
        after: u64,
        bounds: PageBounds,
        readable: &dyn Fn(&Audience) -> bool,
    ) -> Result<Option<Page>, StoreError>;

    /// The mark of a record's log at a position. `None`: no such record, or it is not as long.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn mark(&self, record: &RecordId, seq: u64) -> Result<Option<Mark>, StoreError>;

    /// All ledger operations of a record in log order. `None`: no such record.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn operations(&self, record: &RecordId) -> Result<Option<Vec<Vec<u8>>>, StoreError>;

    /// Records in which keys were left for a device, so many at most.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn records_of(&self, device: &DeviceId, limit: usize) -> Result<Vec<RecordId>, StoreError>;

    /// The last access of a list: its number and bytes. `None`: none yet, or there is no such record or notice.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn last_access(&self, list: &ListOf) -> Result<Option<(u64, Vec<u8>)>, StoreError>;

    /// Notes accesses, each under the number after its list's last, with one flush; of each list the last so many stay, as
    /// [`Keep`] says, and of all cards together the last so many as fit: whatever stays of a list has no gap, and its last stays known. Those of records and of cards' keys that are not here are left out.
    ///
    /// # Errors
    /// [`StoreError`]: nothing of the call was stored.
    fn note_accesses(&self, accesses: &[NotedAccess], keep: Keep) -> Result<(), StoreError>;

    /// Accesses of a list behind a number, ascending, so many at most.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn accesses(
        &self,
        list: &ListOf,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError>;

    /// Keeps a card's notice, if it says more than the one that is kept for its key. `false`: it does not, and nothing changed.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Full`] too when as many keys as fit have one.
    fn keep_notice(&self, notice: &CardNotice) -> Result<bool, StoreError>;

    /// The notice kept under an id, as received.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn notice(&self, id: &NoticeId) -> Result<Option<Vec<u8>>, StoreError>;

    /// Keeps a municipality's list, if it is newer than the one that is kept. `false`: it is not, and nothing changed.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::Full`] too when as many municipalities as fit have one, or when space is short.
    fn keep_list(&self, list: &OfficersList) -> Result<bool, StoreError>;

    /// The list of a municipality, as received.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn list(&self, municipality: &MunicipalityId) -> Result<Option<Vec<u8>>, StoreError>;

    /// The last package of each record for a municipality, behind a number, so many at most: number, record, package.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn packages(
        &self,
        municipality: &MunicipalityId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, RecordId, Vec<u8>)>, StoreError>;

    /// The last package of one record for a municipality.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn package(
        &self,
        municipality: &MunicipalityId,
        record: &RecordId,
    ) -> Result<Option<Vec<u8>>, StoreError>;

    /// Does a record hold an entry of these bytes?
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn holds(&self, record: &RecordId, hash: &EntryHash) -> Result<bool, StoreError>;

    /// How many openings of a record were taken in a time, in all and by officers of one municipality. `within`: seconds since 1970.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be read.
    fn openings(
        &self,
        record: &RecordId,
        town: &MunicipalityId,
        within: RangeInclusive<u64>,
    ) -> Result<Told, StoreError>;

    /// Can it be read and written at all?
    ///
    /// # Errors
    /// [`StoreError`] with the reason why not.
    fn check(&self) -> Result<(), StoreError>;

    /// Lets go of everything it holds on the system, at once: whoever still has the store gets [`StoreError::Closed`].
    fn close(&self);
}
