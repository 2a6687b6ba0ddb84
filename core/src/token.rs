//! How a device proves itself to a relay: it signs the relay's nonce. What it may do is looked up per request.

use crate::{
    cose::{Context, EnvelopeError, verify_bytes},
    device::DevicePublic,
    id::{DeviceId, RecordId},
};

/// Length of a relay's nonce, in bytes.
pub const NONCE: usize = 32;

/// In place of a record, for a device that asks in which records it stands. No genesis has this hash.
pub const ANY_RECORD: [u8; 32] = [0; 32];

/// The bytes a device signs: `"omamori/1/token" ‖ record (32) ‖ device (32) ‖ nonce (32)`.
pub fn challenge(record: &RecordId, device: &DeviceId, nonce: &[u8; NONCE]) -> Vec<u8> {
    [
        Context::Token.label().as_bytes(),
        record.as_bytes(),
        device.as_bytes(),
        nonce,
    ]
    .concat()
}

/// Did this device sign this nonce for this record?
///
/// # Errors
/// [`EnvelopeError::NotAuthentic`].
pub fn verify(
    record: &RecordId,
    device: &DevicePublic,
    nonce: &[u8; NONCE],
    signature: &[u8],
) -> Result<(), EnvelopeError> {
    verify_bytes(
        device.sign_key(),
        &challenge(record, &device.id(), nonce),
        signature,
    )
}

/// Signs a relay's nonce.
#[cfg(feature = "record")]
pub fn sign(record: &RecordId, keys: &crate::device::DeviceKeys, nonce: &[u8; NONCE]) -> [u8; 64] {
    keys.signing().sign(&challenge(record, &keys.id(), nonce))
}
