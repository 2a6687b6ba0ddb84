//! How a device proves itself to a relay: it signs the relay's nonce. What it may do is looked up per request.

use crate::{
    card_notice::{id_of, openings},
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

/// Proves whose key made cards, for the list of when somebody asked about them ([`crate::card_notice::openings`]): the key, and a
/// signature over a relay's nonce. The list's name stands in the place of record and device.
#[cfg(feature = "record")]
pub fn sign_for_openings(
    key: &crate::cose::SigningKey,
    nonce: &[u8; NONCE],
) -> ([u8; 32], [u8; 64]) {
    let public = key.public();
    (public, key.sign(&for_openings(&public, nonce)))
}

/// Does this signature prove whoever made cards with this key?
///
/// # Errors
/// [`EnvelopeError::NotAuthentic`].
pub fn verify_for_openings(
    key: &[u8; 32],
    nonce: &[u8; NONCE],
    signature: &[u8],
) -> Result<(), EnvelopeError> {
    verify_bytes(key, &for_openings(key, nonce), signature)
}

fn for_openings(key: &[u8; 32], nonce: &[u8; NONCE]) -> Vec<u8> {
    let list = openings(&id_of(key));
    challenge(&list, &DeviceId::new(*list.as_bytes()), nonce)
}

#[cfg(all(test, feature = "record"))]
mod tests {
    use super::*;
    use crate::cose::SigningKey;

    #[test]
    fn only_whoever_made_a_card_may_ask_when_it_was_opened() {
        let [mother, stranger] = [1, 2].map(|seed| SigningKey::from_seed(&[seed; 32]));
        let nonce = [7; NONCE];
        let (key, signature) = sign_for_openings(&mother, &nonce);
        assert_eq!(verify_for_openings(&key, &nonce, &signature), Ok(()));
        let (theirs, other) = sign_for_openings(&stranger, &nonce);
        for (key, nonce, signature) in [
            (key, nonce, other),
            (theirs, nonce, signature),
            (key, [8; NONCE], signature),
        ] {
            let refused = Err(EnvelopeError::NotAuthentic);
            assert_eq!(verify_for_openings(&key, &nonce, &signature), refused);
        }
    }
}
