//! Pairing by QR: a second phone shows a code, the first one scans it, and a mailbox on the relay carries two messages.
//!
//! ```text
//! code on the new phone   omamori-pair:1: ‖ hex( device id: 32 ‖ nonce: 16 )
//! mailbox                 SHA-256("omamori/1/pairing" ‖ nonce)
//! slot 1, new → old       the new phone's public keys (CBOR, see `device`), believed because they hash to the device id
//! slot 2, old → new       [1, record: 32, mac: 32]
//!     mac = HMAC-SHA256(HKDF(nonce, "omamori/1/pairing/reply"), device id ‖ record)
//! ```
//!
//! Whoever keeps the mailbox never sees the nonce: it can neither swap the keys (they would not hash to the scanned id) nor
//! lead the new phone into another record (it cannot make the mac). What goes through the mailbox holds no secret.

use crate::{
    cbor::{self, CborError, Items},
    cose::sha256,
    device::DevicePublic,
    epoch::{expand, extract},
    id::{DeviceId, RecordId},
};
use ciborium::Value;
use rand_core::CryptoRng;
use ring::hmac;
use std::{fmt, str::FromStr};

const PREFIX: &str = "omamori-pair:1:";
const VERSION: u64 = 1;

/// What the new phone shows as a code. Secret until it was scanned, and worthless afterwards.
#[derive(Clone, PartialEq, Eq)]
pub struct Offer {
    device: DeviceId,
    nonce: [u8; 16],
}

/// Why pairing stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PairingError {
    /// Some other code.
    #[error("this is not a pairing code")]
    NotOurs,
    /// Made by a newer version.
    #[error("the code was made by a newer version")]
    FutureVersion,
    /// The keys in the mailbox are not those of the phone that showed the code.
    #[error("the keys belong to another phone than the one that showed the code")]
    WrongKeys,
    /// The answer was not made by whoever scanned the code.
    #[error("the answer does not come from whoever scanned the code")]
    NotAuthentic,
    /// A message that is none.
    #[error(transparent)]
    Malformed(#[from] CborError),
}

impl Offer {
    /// A new offer of a device to be let in.
    pub fn new(device: &DevicePublic, rng: &mut impl CryptoRng) -> Self {
        let mut nonce = [0; 16];
        rng.fill_bytes(&mut nonce);
        Self {
            device: device.id(),
            nonce,
        }
    }

    /// The device that wants in.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Where the two messages are left.
    pub fn mailbox(&self) -> [u8; 32] {
        sha256(&[b"omamori/1/pairing", &self.nonce])
    }

    /// On the old phone: the keys from slot 1, if they are those of the phone whose code was scanned.
    ///
    /// # Errors
    /// [`PairingError::WrongKeys`], [`PairingError::Malformed`].
    pub fn accept(&self, slot_1: &[u8]) -> Result<DevicePublic, PairingError> {
        let keys = DevicePublic::from_bytes(slot_1)?;
        if keys.id() == self.device {
            Ok(keys)
        } else {
            Err(PairingError::WrongKeys)
        }
    }

    /// On the old phone: the answer for slot 2.
    pub fn reply(&self, record: &RecordId) -> Vec<u8> {
        let mac = hmac::sign(&self.reply_key(), &self.reply_text(record));
        cbor::encode(&Value::Array(vec![
            cbor::uint(VERSION),
            cbor::bytes(record.as_bytes()),
            cbor::bytes(mac.as_ref()),
        ]))
    }

    /// On the new phone: the record it was let into.
    ///
    /// # Errors
    /// [`PairingError::NotAuthentic`], [`PairingError::FutureVersion`], [`PairingError::Malformed`].
    pub fn read_reply(&self, slot_2: &[u8]) -> Result<RecordId, PairingError> {
        let mut items = Items::decode(slot_2, 4096)?;
        if items.uint()? != VERSION {
            return Err(PairingError::FutureVersion);
        }
        let (record, mac) = (RecordId::new(items.fixed()?), items.fixed::<32>()?);
        items.finish()?;
        hmac::verify(&self.reply_key(), &self.reply_text(&record), &mac)
            .map_err(|_| PairingError::NotAuthentic)?;
        Ok(record)
    }

    fn reply_key(&self) -> hmac::Key {
        let key: [u8; 32] = expand(&extract(b"omamori/1/pairing/reply", &self.nonce), &[b"mac"]);
        hmac::Key::new(hmac::HMAC_SHA256, &key)
    }

    fn reply_text(&self, record: &RecordId) -> Vec<u8> {
        [self.device.as_bytes().as_slice(), record.as_bytes()].concat()
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PREFIX}{}{}", self.device, hex::encode(self.nonce))
    }
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Offer({}, ..)", self.device)
    }
}

impl FromStr for Offer {
    type Err = PairingError;

    fn from_str(text: &str) -> Result<Self, PairingError> {
        let Some(digits) = text.strip_prefix(PREFIX) else {
            let newer = text.starts_with("omamori-pair:");
            return Err(if newer {
                PairingError::FutureVersion
            } else {
                PairingError::NotOurs
            });
        };
        let mut bytes = [0; 48];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| PairingError::NotOurs)?;
        let (device, nonce) = bytes
            .split_first_chunk::<32>()
            .ok_or(PairingError::NotOurs)?;
        let nonce = nonce.try_into().map_err(|_| PairingError::NotOurs)?;
        Ok(Self {
            device: DeviceId::new(*device),
            nonce,
        })
    }
}
