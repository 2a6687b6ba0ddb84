//! A relay's word for who fetched what, and when: signed, one after the other, without content.
//!
//! ```text
//! COSE_Sign1, context "omamori/1/access", by the relay
//!   header   [1, record, number, previous: 32 or null, relay's key: 32, device, began, ended, first, last, entries, [* tag]]
//!   payload  empty
//! ```
//!
//! A relay can leave out what it did, or invent: nobody else was there. What it once wrote it cannot take back or change unseen by
//! whoever has read it, because each entry names the one before it.

use crate::{
    cbor::{self, CborError, Items},
    cose::{Claimed, Context, EnvelopeError, SigningKey, sha256, sign},
    id::{CompartmentTag, DeviceId, RecordId},
    log::EntryHash,
    time::UnixMillis,
};
use ciborium::Value;

/// Most compartments of a record.
const MAX_TAGS: usize = crate::ledger::operation::COMPARTMENTS;

/// What a device fetched within a short time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Of which record.
    pub record: RecordId,
    /// Counted from 1, for each record.
    pub number: u64,
    /// The access before it: SHA-256 of its bytes. `None` for the first.
    pub previous: Option<EntryHash>,
    /// Which device.
    pub device: DeviceId,
    /// The first time, by the relay's clock.
    pub began: UnixMillis,
    /// The last time.
    pub ended: UnixMillis,
    /// The lowest position in the relay's log that was sent to it.
    pub first: u64,
    /// The highest.
    pub last: u64,
    /// How many entries were sent, repetitions included.
    pub entries: u64,
    /// The compartments they were of; ascending.
    pub compartments: Vec<CompartmentTag>,
}

/// An access with a relay's signature that fits. Whether it is the right relay's key is for the reader to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAccess {
    /// What it says.
    pub access: Access,
    /// The key that signed it, Ed25519.
    pub relay: [u8; 32],
    /// Its name, for the next one to name.
    pub hash: EntryHash,
}

/// What a relay signs as: SHA-256 of `"omamori/1/relay"` and its public key.
fn relay_id(key: &[u8; 32]) -> DeviceId {
    DeviceId::new(sha256(&[b"omamori/1/relay", key]))
}

impl Access {
    /// The relay signs it.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let public = key.public();
        let header = vec![
            cbor::bytes(self.record.as_bytes()),
            cbor::uint(self.number),
            cbor::option(self.previous, |hash| cbor::bytes(hash.0)),
            cbor::bytes(public),
            cbor::bytes(self.device.as_bytes()),
            Value::from(self.began.0),
            Value::from(self.ended.0),
            cbor::uint(self.first),
            cbor::uint(self.last),
            cbor::uint(self.entries),
            cbor::array(&self.compartments, |tag| cbor::bytes(tag.as_bytes())),
        ];
        sign(Context::Access, &relay_id(&public), key, header, Vec::new())
    }
}

impl SignedAccess {
    /// Reads it and checks the signature.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn read(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Claimed::parse(Context::Access, bytes)?;
        let (access, relay) = read(envelope.header()?)?;
        if envelope.signer() != relay_id(&relay) {
            return Err(EnvelopeError::NotAuthentic);
        }
        if !envelope.verify(&relay)?.is_empty() {
            return Err(EnvelopeError::NotSigned("an access has no payload"));
        }
        Ok(Self {
            access,
            relay,
            hash: EntryHash(sha256(&[bytes])),
        })
    }

    /// Who signed it: the relay's name among signers.
    pub fn signer(&self) -> DeviceId {
        relay_id(&self.relay)
    }

    /// Does this one come right after that one, in the same record?
    pub fn follows(&self, before: &Self) -> bool {
        self.access.record == before.access.record
            && self.access.previous == Some(before.hash)
            && Some(self.access.number) == before.access.number.checked_add(1)
    }
}

fn read(mut items: Items) -> Result<(Access, [u8; 32]), CborError> {
    let record = RecordId::new(items.fixed()?);
    let number = items.uint()?;
    let previous = items.optional()?.map(EntryHash);
    let relay = items.fixed()?;
    let access = Access {
        record,
        number,
        previous,
        device: DeviceId::new(items.fixed()?),
        began: UnixMillis(items.int()?),
        ended: UnixMillis(items.int()?),
        first: items.uint()?,
        last: items.uint()?,
        entries: items.uint()?,
        compartments: items.list(MAX_TAGS, |item| item.fixed().map(CompartmentTag::new))?,
    };
    items.finish()?;
    cbor::ascending(&access.compartments)?;
    Ok((access, relay))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(number: u64, previous: Option<EntryHash>) -> Access {
        Access {
            record: RecordId::new([1; 32]),
            number,
            previous,
            device: DeviceId::new([2; 32]),
            began: UnixMillis(1_795_000_000_000),
            ended: UnixMillis(1_795_000_060_000),
            first: 3,
            last: 9,
            entries: 4,
            compartments: vec![CompartmentTag::new([4; 16]), CompartmentTag::new([5; 16])],
        }
    }

    #[test]
    fn what_a_relay_wrote_is_read_again_and_no_altered_byte_is() {
        let key = SigningKey::from_seed(&[7; 32]);
        let bytes = access(1, None).sign(&key);
        let read = SignedAccess::read(&bytes).unwrap();
        assert_eq!((&read.access, read.relay), (&access(1, None), key.public()));
        for place in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[place] ^= 1;
            assert!(SignedAccess::read(&altered).is_err(), "{place}");
        }
    }

    #[test]
    fn one_follows_the_other_and_nothing_in_between_can_be_left_out() {
        let key = SigningKey::from_seed(&[7; 32]);
        let signed = |access: Access| SignedAccess::read(&access.sign(&key)).unwrap();
        let first = signed(access(1, None));
        let second = signed(access(2, Some(first.hash)));
        let third = signed(access(3, Some(second.hash)));
        assert!(second.follows(&first) && third.follows(&second));
        assert!(!third.follows(&first) && !first.follows(&second));
    }

    #[test]
    fn nobody_signs_for_a_relay_with_another_key() {
        let [relay, other] = [7, 8].map(|seed| SigningKey::from_seed(&[seed; 32]));
        let bytes = access(1, None).sign(&relay);
        let forged: Vec<u8> = replace(&bytes, &relay.public(), &other.public());
        assert_eq!(
            SignedAccess::read(&forged),
            Err(EnvelopeError::NotAuthentic)
        );
    }

    fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
        let at = bytes
            .windows(from.len())
            .position(|window| window == from)
            .unwrap();
        [&bytes[..at], to, &bytes[at + from.len()..]].concat()
    }
}
