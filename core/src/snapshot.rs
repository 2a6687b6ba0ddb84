//! Snapshots: a compartment compacted to one save, with the signatures that still prove who said what.
//!
//! ```text
//! COSE_Sign1 (see `sealed`), payload = COSE_Encrypt0 (see `content`) of
//!   [ save: bstr, [* attestation: bstr] ]      the newest attestation of each writing session
//! ```
//!
//! The header tells in the clear up to which chunk of each author the save reaches, so that each author can check that
//! they are in it, and push again what is not.

use crate::{
    attestation::ClaimedAttestation,
    cbor::{self, CborError, Items},
    chunk::SealError,
    content::{self, ContentError},
    cose::{EnvelopeError, MAX_ENVELOPE},
    device::DeviceKeys,
    epoch::EpochKey,
    id::{DeviceId, SnapshotId},
    sealed::{self, Authentic, SnapshotHeader},
};
use ciborium::Value;
use rand_core::CryptoRng;

/// Most attestations in one snapshot.
const MAX_ATTESTATIONS: usize = 100_000;
/// Longest content of a snapshot, in bytes.
pub const MAX_CONTENT: usize = crate::chunk::MAX_CONTENT;

/// What a snapshot holds.
#[derive(Debug, Clone)]
pub struct SnapshotContent {
    /// The document, saved.
    pub save: Vec<u8>,
    /// As signed by each author, still to be verified with that author's keys.
    pub attestations: Vec<ClaimedAttestation>,
}

/// A snapshot that was opened. Whether its save is sound and its attestations hold is checked before anything is merged.
#[derive(Debug, Clone)]
pub struct OpenedSnapshot {
    /// Its id.
    pub id: SnapshotId,
    /// What its header says.
    pub header: SnapshotHeader,
    /// Who made it.
    pub author: DeviceId,
    /// What was sealed.
    pub content: SnapshotContent,
}

/// Why a snapshot cannot be opened, though its signature fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The content did not open.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// It opened, and holds something else than a snapshot holds.
    #[error("a snapshot holds something else: {0}")]
    Malformed(CborError),
    /// An attestation is not sound.
    #[error("attestation: {0}")]
    Attestation(EnvelopeError),
}

/// Seals a snapshot. The header must name the epoch whose key this is.
///
/// # Errors
/// [`SealError::Oversized`].
pub fn seal(
    header: &SnapshotHeader,
    save: &[u8],
    attestations: &[&[u8]],
    keys: &DeviceKeys,
    key: &EpochKey,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, SealError> {
    let content = cbor::encode(&Value::Array(vec![
        cbor::bytes(save),
        cbor::array(attestations, cbor::bytes),
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

/// Opens a snapshot whose signature and right were checked.
///
/// # Errors
/// [`OpenError`].
pub fn open(
    snapshot: &Authentic<SnapshotHeader>,
    key: &EpochKey,
) -> Result<OpenedSnapshot, OpenError> {
    let content = content::open(key, snapshot.protected(), snapshot.payload())?;
    let mut items = Items::decode(&content, MAX_ENVELOPE).map_err(OpenError::Malformed)?;
    let save = items.blob().map_err(OpenError::Malformed)?;
    let attestations = items
        .list(MAX_ATTESTATIONS, Items::blob)
        .map_err(OpenError::Malformed)?;
    items.finish().map_err(OpenError::Malformed)?;
    let attestations = attestations
        .iter()
        .map(|bytes| ClaimedAttestation::parse(bytes))
        .collect::<Result<_, _>>();
    Ok(OpenedSnapshot {
        id: snapshot.id(),
        header: snapshot.header().clone(),
        author: snapshot.author(),
        content: SnapshotContent {
            save,
            attestations: attestations.map_err(OpenError::Attestation)?,
        },
    })
}
