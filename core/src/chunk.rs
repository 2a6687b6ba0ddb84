//! Chunks: the changes of one author, sealed for whoever holds the compartment's key, signed for everybody.
//!
//! ```text
//! COSE_Sign1 (see `sealed`), payload = COSE_Encrypt0 (see `content`) of
//!   [ [+ change: bstr], attestation: bstr ]
//! ```

use crate::{
    attestation::{Attestation, ClaimedAttestation},
    cbor::{self, CborError, Items},
    content::{self, ContentError},
    cose::{EnvelopeError, MAX_ENVELOPE},
    device::{DeviceKeys, DevicePublic},
    epoch::EpochKey,
    id::{ChunkId, DeviceId},
    sealed::{self, Authentic, ChunkHeader},
};
use ciborium::Value;
use rand_core::CryptoRng;

/// Most changes in one chunk.
pub const MAX_CHANGES: usize = 10_000;
/// Longest content of a chunk, in bytes: padded and signed it still fits the envelope.
pub const MAX_CONTENT: usize = MAX_ENVELOPE * 7 / 8 - 8 * 1024;

/// What an author seals: changes of one writing session, oldest first, and the attestation of the last of them.
#[derive(Debug, Clone)]
pub struct ChunkContent {
    /// Automerge changes, each as its own bytes.
    pub changes: Vec<Vec<u8>>,
    /// The author's word for them.
    pub attestation: Attestation,
}

/// A chunk that was opened: author, right, key and attestation hold. Whether its changes are sound is for the validator.
#[derive(Debug, Clone)]
pub struct OpenedChunk {
    /// Its id.
    pub id: ChunkId,
    /// What its header says.
    pub header: ChunkHeader,
    /// Who wrote it.
    pub author: DeviceId,
    /// What was sealed.
    pub content: ChunkContent,
}

/// Why a chunk cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// More than one chunk may hold.
    #[error("{size} bytes are more than the {limit} a chunk may hold")]
    Oversized {
        /// Bytes found.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
}

/// Why a chunk cannot be opened, though its signature fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The content did not open.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// It opened, and holds something else than a chunk holds.
    #[error("a chunk holds something else: {0}")]
    Malformed(CborError),
    /// The attestation is not sound.
    #[error("attestation: {0}")]
    Attestation(EnvelopeError),
    /// The attestation is for another author, record, compartment or chunk: somebody's words were moved.
    #[error("the attestation belongs elsewhere")]
    MisplacedAttestation,
}

/// Seals content. The header must name the epoch whose key this is.
///
/// # Errors
/// [`SealError::Oversized`].
pub fn seal(
    header: &ChunkHeader,
    content: &ChunkContent,
    keys: &DeviceKeys,
    key: &EpochKey,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let content = cbor::encode(&Value::Array(vec![
        cbor::array(&content.changes, cbor::bytes),
        cbor::bytes(content.attestation.bytes()),
    ]));
    if content.len() > MAX_CONTENT {
        return Err(SealError::Oversized {
            size: content.len(),
            limit: MAX_CONTENT,
        });
    }
    Ok(sealed::sign(header, keys, |protected| {
        content::seal(key, protected, &content, rng)
    }))
}

/// Opens a chunk whose signature and right were checked. `author` are the keys the ledger holds under the chunk's author.
///
/// # Errors
/// [`OpenError`].
pub fn open(
    chunk: &Authentic<ChunkHeader>,
    author: &DevicePublic,
    key: &EpochKey,
) -> Result<OpenedChunk, OpenError> {
    let content = content::open(key, chunk.protected(), chunk.payload())?;
    let mut items = Items::decode(&content, MAX_ENVELOPE).map_err(OpenError::Malformed)?;
    let changes = items
        .list(MAX_CHANGES, Items::blob)
        .map_err(OpenError::Malformed)?;
    let attestation = items.blob().map_err(OpenError::Malformed)?;
    items.finish().map_err(OpenError::Malformed)?;
    if changes.is_empty() {
        return Err(OpenError::Malformed(CborError::Unexpected(
            "at least one change",
        )));
    }
    let attestation = attested_here(chunk, author, &attestation)?;
    Ok(OpenedChunk {
        id: chunk.id(),
        header: chunk.header().clone(),
        author: chunk.author(),
        content: ChunkContent {
            changes,
            attestation,
        },
    })
}

fn attested_here(
    chunk: &Authentic<ChunkHeader>,
    author: &DevicePublic,
    bytes: &[u8],
) -> Result<Attestation, OpenError> {
    let attestation = ClaimedAttestation::parse(bytes)
        .and_then(|claimed| claimed.verify(author))
        .map_err(OpenError::Attestation)?;
    let (attested, header) = (attestation.attested(), chunk.header());
    let here = attested.record == header.record
        && attested.counter == header.counter
        && attested.compartment == header.compartment
        && attestation.device() == chunk.author();
    if here {
        Ok(attestation)
    } else {
        Err(OpenError::MisplacedAttestation)
    }
}
