//! Sealed entries as anybody may read them: header and signature, never the content.
//!
//! A relay, a shelter box or a bystander can tell who wrote an entry and whether they were allowed to; opening it is
//! another stage ([`Authentic`] is what that stage takes).
//!
//! ```text
//! chunk     COSE_Sign1, context "omamori/1/chunk"
//!   header   [1, record, compartment tag, epoch, author's counter, author's previous chunk / null, [* ledger head]]
//!   payload  COSE_Encrypt0
//! snapshot  COSE_Sign1, context "omamori/1/snapshot"
//!   header   [1, record, compartment tag, epoch, [* ledger head], [* [author, counter, chunk]]]
//!   payload  COSE_Encrypt0
//! bundle    COSE_Sign1, context "omamori/1/bundle"
//!   header   [1, record, recipient, [* ledger head], [* epoch]]
//!   payload  [encapsulated key: bstr 1120, sealed keys: bstr]
//! ```

mod header;

#[cfg(feature = "record")]
use crate::cose::Draft;
use crate::{
    cbor::{CborError, Items},
    cose::{Claimed, Context, EnvelopeError, sha256},
    id::{DeviceId, EpochId, OperationId, RecordId},
    ledger::{Ledger, LedgerError, State},
};
use ciborium::Value;
pub use header::{BundleHeader, ChunkHeader, MAX_HEADS, SnapshotHeader};
pub(crate) use header::{heads_value, read_heads};
use std::fmt::Debug;

/// Why an entry is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Cut off, malformed, of a newer version, or not signed by whom it claims.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// Its author had seen operations that have not arrived. Not a fault: try again when they have.
    #[error("{} ledger operations are missing", .0.len())]
    Missing(Vec<OperationId>),
    /// It is of another record.
    #[error("the entry belongs to another record")]
    WrongRecord,
    /// Its author was nobody in this record, by the ledger it cites.
    #[error("written by a device that is not in the record")]
    UnknownAuthor(DeviceId),
    /// Its author had not the right, by the ledger it cites.
    #[error("the author had no right to write this")]
    NoRight(DeviceId),
    /// It is sealed under, or holds, a key that no operation committed to, by the ledger it cites.
    #[error("made with a key the ledger does not know")]
    UnknownEpoch(EpochId),
    /// Keys wrapped for a device that is not in the record.
    #[error("made for a device that is not in the record")]
    UnknownRecipient(DeviceId),
}

/// A header, its place in the log, and who may write it.
pub trait Header: Sized + Clone + Debug {
    /// Its id.
    type Id: Copy + Debug;
    /// Its signing context.
    const CONTEXT: Context;

    /// The record it names.
    fn record(&self) -> RecordId;
    /// The ledger it cites.
    fn heads(&self) -> &[OperationId];
    /// May this author have written it, at the ledger it cites?
    ///
    /// # Errors
    /// [`EntryError`].
    fn allowed(&self, author: &DeviceId, state: &State) -> Result<(), EntryError>;

    #[doc(hidden)]
    fn id(hash: [u8; 32]) -> Self::Id;
    #[doc(hidden)]
    fn values(&self) -> Vec<Value>;
    #[doc(hidden)]
    fn read(items: &mut HeaderItems) -> Result<Self, CborError>;
}

/// The items of a header that are still to be read.
pub struct HeaderItems(pub(crate) Items);

/// An entry as received: who and where can be read, nothing is believed, nothing can be opened.
#[derive(Debug, Clone)]
pub struct Sealed<H: Header> {
    id: H::Id,
    header: H,
    envelope: Claimed,
}

/// A chunk as received.
pub type SealedChunk = Sealed<ChunkHeader>;
/// A snapshot as received.
pub type SealedSnapshot = Sealed<SnapshotHeader>;
/// A bundle as received.
pub type SealedBundle = Sealed<BundleHeader>;

/// An entry whose signature fits and whose author had the right. Built only by [`Sealed::verify`].
#[derive(Debug, Clone)]
pub struct Authentic<H: Header>(Sealed<H>);

impl<H: Header> Sealed<H> {
    /// Reads an entry without believing it.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Claimed::parse(H::CONTEXT, bytes)?;
        let mut items = HeaderItems(envelope.header()?);
        let header = H::read(&mut items)?;
        items.0.finish()?;
        Ok(Self {
            id: H::id(sha256(&[bytes])),
            header,
            envelope,
        })
    }

    /// Its id: the hash of the bytes as they came.
    pub fn id(&self) -> H::Id {
        self.id
    }

    /// What it claims.
    pub fn header(&self) -> &H {
        &self.header
    }

    /// Whose signature it claims to bear.
    pub fn author(&self) -> DeviceId {
        self.envelope.signer()
    }

    /// Checks it against the ledger it cites: record, author, signature, right, key.
    ///
    /// # Errors
    /// [`EntryError`]. [`EntryError::Missing`] is the only one that may turn good later.
    pub fn verify(self, ledger: &Ledger) -> Result<Authentic<H>, EntryError> {
        if self.header.record() != ledger.record() {
            return Err(EntryError::WrongRecord);
        }
        let state = ledger
            .state_at(self.header.heads())
            .map_err(|error| match error {
                LedgerError::Missing(missing) => EntryError::Missing(missing),
                // Asking for a state has no other way to fail.
                _ => EntryError::WrongRecord,
            })?;
        self.verify_at(&state)
    }

    /// As [`Sealed::verify`], with the state at [`Header::heads`] already at hand.
    pub(crate) fn verify_at(self, state: &State) -> Result<Authentic<H>, EntryError> {
        let author = self.author();
        let keys = state
            .device(&author)
            .ok_or(EntryError::UnknownAuthor(author))?;
        self.signed_by(keys.sign_key())?.allowed_at(state)
    }

    /// The signature alone, which costs less than working out what the ledger it cites amounts to. `key` is what the ledger
    /// holds under [`Sealed::author`].
    pub(crate) fn signed_by(self, key: &[u8; 32]) -> Result<Signed<H>, EntryError> {
        self.envelope.verify(key)?;
        Ok(Signed(self))
    }
}

/// An entry whose signature fits; its author may have had no right to it.
pub(crate) struct Signed<H: Header>(Sealed<H>);

impl<H: Header> Signed<H> {
    /// May it stand, by the state at [`Header::heads`]?
    pub(crate) fn allowed_at(self, state: &State) -> Result<Authentic<H>, EntryError> {
        let Self(sealed) = self;
        if sealed.header.record() != state.record() {
            return Err(EntryError::WrongRecord);
        }
        let author = sealed.author();
        if state.device(&author).is_none() {
            return Err(EntryError::UnknownAuthor(author));
        }
        sealed.header.allowed(&author, state)?;
        Ok(Authentic(sealed))
    }
}

/// Signs a sealed entry. `content` gets the header's bytes, which the content must be bound to.
#[cfg(feature = "record")]
pub(crate) fn sign<H: Header>(
    header: &H,
    keys: &crate::device::DeviceKeys,
    content: impl FnOnce(&[u8]) -> Vec<u8>,
) -> Vec<u8> {
    let draft = Draft::new(H::CONTEXT, &keys.id(), header.values());
    let payload = content(draft.protected());
    draft.sign(keys.signing(), payload)
}

impl<H: Header> Authentic<H> {
    /// Its id.
    pub fn id(&self) -> H::Id {
        self.0.id
    }

    /// What it says.
    pub fn header(&self) -> &H {
        &self.0.header
    }

    /// Who signed it.
    pub fn author(&self) -> DeviceId {
        self.0.author()
    }

    /// The header's bytes as they were signed.
    #[cfg(feature = "record")]
    pub(crate) fn protected(&self) -> &[u8] {
        self.0.envelope.protected()
    }

    /// The bytes as they came.
    #[cfg(feature = "record")]
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.envelope.bytes()
    }

    /// The sealed content.
    pub(crate) fn payload(&self) -> &[u8] {
        self.0.envelope.unproven_payload()
    }
}
