//! Attachments: photos and scanned papers, sealed as blobs of their own and named from a statement.
//!
//! ```text
//! blob       COSE_Encrypt0 (see `content`) under a key of its own, external_aad = "omamori/1/attachment" ‖ media type
//! reference  attachment:1:HASH:KEY:LENGTH:MEDIA-TYPE      a text value of a statement; HASH = SHA-256 of the blob
//! ```
//!
//! The key stands in the statement, so whoever can read the statement can read the blob, and nobody else.

use crate::{
    content::{self, ContentError},
    cose::{MAX_ENVELOPE, sha256},
    epoch::EpochKey,
};
use rand_core::CryptoRng;
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

/// Longest attachment, in bytes of its own.
pub const MAX_ATTACHMENT: usize = MAX_ENVELOPE * 7 / 8 - 1024;

/// Names an attachment from within a statement. Written as text; `Debug` does not show the key.
pub struct AttachmentRef {
    /// SHA-256 of the sealed blob.
    pub hash: [u8; 32],
    /// Its own length, before sealing, in bytes.
    pub length: u64,
    /// `image/jpeg`, `application/pdf`, …
    pub media_type: String,
    key: EpochKey,
}

/// Why an attachment cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttachmentError {
    /// The text is no reference to an attachment.
    #[error("not a reference to an attachment")]
    NotAReference,
    /// These are other bytes than the statement names.
    #[error("another blob than the one named")]
    WrongBlob,
    /// The blob did not open.
    #[error(transparent)]
    Content(#[from] ContentError),
    /// Longer than [`MAX_ATTACHMENT`].
    #[error("{0} bytes are too many for an attachment")]
    Oversized(usize),
}

/// Seals an attachment: the reference for a statement, and the blob.
///
/// # Errors
/// [`AttachmentError::Oversized`].
pub fn seal(
    content: &[u8],
    media_type: &str,
    rng: &mut impl CryptoRng,
) -> Result<(AttachmentRef, Vec<u8>), AttachmentError> {
    if content.len() > MAX_ATTACHMENT {
        return Err(AttachmentError::Oversized(content.len()));
    }
    let key = EpochKey::generate(rng);
    let blob = content::seal(&key, &place(media_type), content, rng);
    let length = content.len() as u64;
    Ok((
        AttachmentRef {
            hash: sha256(&[&blob]),
            length,
            media_type: media_type.to_owned(),
            key,
        },
        blob,
    ))
}

/// Opens the blob that a statement names.
///
/// # Errors
/// [`AttachmentError`].
pub fn open(reference: &AttachmentRef, blob: &[u8]) -> Result<Zeroizing<Vec<u8>>, AttachmentError> {
    if sha256(&[blob]) != reference.hash {
        return Err(AttachmentError::WrongBlob);
    }
    let content = content::open(&reference.key, &place(&reference.media_type), blob)?;
    if content.len() as u64 == reference.length {
        Ok(content)
    } else {
        Err(AttachmentError::WrongBlob)
    }
}

fn place(media_type: &str) -> Vec<u8> {
    [b"omamori/1/attachment", media_type.as_bytes()].concat()
}

impl fmt::Display for AttachmentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = Zeroizing::new(hex::encode(self.key.expose()));
        write!(
            f,
            "attachment:1:{}:{}:{}:{}",
            hex::encode(self.hash),
            key.as_str(),
            self.length,
            self.media_type
        )
    }
}

impl fmt::Debug for AttachmentRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "AttachmentRef({}, {}, {} bytes)",
            hex::encode(self.hash),
            self.media_type,
            self.length
        )
    }
}

impl FromStr for AttachmentRef {
    type Err = AttachmentError;

    fn from_str(text: &str) -> Result<Self, AttachmentError> {
        let refuse = || AttachmentError::NotAReference;
        let mut parts = text
            .strip_prefix("attachment:1:")
            .ok_or_else(refuse)?
            .splitn(4, ':');
        let mut part = || parts.next().ok_or_else(refuse);
        let mut hash = [0; 32];
        hex::decode_to_slice(part()?, &mut hash).map_err(|_| refuse())?;
        let mut key = Zeroizing::new([0; 32]);
        hex::decode_to_slice(part()?, key.as_mut_slice()).map_err(|_| refuse())?;
        let length = part()?.parse().map_err(|_| refuse())?;
        Ok(Self {
            hash,
            length,
            media_type: part()?.to_owned(),
            key: EpochKey::from_bytes(&key),
        })
    }
}
