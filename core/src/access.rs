//! A relay's word for who fetched or opened what, and when: signed, one after the other, without content.
//!
//! ```text
//! COSE_Sign1, context "omamori/1/access", by the relay
//!   header   [1, record, number, previous: 32 or null, relay's key: 32, device or null, began, ended, what…]
//!     fetched   device;  what = first, last, entries, [* tag]
//!     told      device;  what = way, heard
//!     asked     null;    what = generation, times
//!   payload  empty
//! ```
//!
//! A relay can leave out what it did, or invent: nobody else was there. What it once wrote it cannot take back or change unseen by
//! whoever has read it, because each entry names the one before it. What a device **told** is that device's word, and no more:
//! the relay adds when it heard it. What was **asked** of a card names nobody; its list is the card key's own
//! ([`crate::card_notice::openings`]), which no record stands in.

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

/// Something that happened within a short time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Of which record, or of which card's key ([`crate::card_notice::openings`]).
    pub record: RecordId,
    /// Counted from 1, for each record.
    pub number: u64,
    /// The access before it: SHA-256 of its bytes. `None` for the first.
    pub previous: Option<EntryHash>,
    /// The first time: by the relay's clock, or as the device told.
    pub began: UnixMillis,
    /// The last time.
    pub ended: UnixMillis,
    /// What happened.
    pub what: What,
}

/// What happened. `C`: how compartments are named; a relay knows tags alone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "record", derive(serde::Serialize))]
#[cfg_attr(feature = "record", serde(tag = "what", rename_all = "kebab-case"))]
pub enum What<C = CompartmentTag> {
    /// A device was sent something.
    Fetched {
        /// Which device.
        device: DeviceId,
        /// The lowest position in the relay's log that was sent to it.
        #[cfg_attr(feature = "record", serde(skip))]
        first: u64,
        /// The highest.
        #[cfg_attr(feature = "record", serde(skip))]
        last: u64,
        /// How many entries were sent, repetitions included.
        entries: u64,
        /// The compartments they were of; ascending.
        compartments: Vec<C>,
    },
    /// A device told that the record was opened on it. Nobody but the device knows whether that is so.
    Told {
        /// Which device; on a shared tablet each person has one of their own.
        device: DeviceId,
        /// How.
        way: Way,
        /// When the relay heard of it, by its own clock.
        heard: UnixMillis,
    },
    /// Somebody with a card asked what was said of it later.
    Asked {
        /// The generation of the card, as whoever asked said it. 0: not said.
        generation: u32,
        /// How often.
        times: u64,
    },
}

impl<C> What<C> {
    /// The same with compartments named otherwise.
    pub fn naming<D>(self, name: impl FnOnce(Vec<C>) -> Vec<D>) -> What<D> {
        match self {
            Self::Fetched {
                device,
                first,
                last,
                entries,
                compartments,
            } => What::Fetched {
                device,
                first,
                last,
                entries,
                compartments: name(compartments),
            },
            Self::Told { device, way, heard } => What::Told { device, way, heard },
            Self::Asked { generation, times } => What::Asked { generation, times },
        }
    }
}

/// How a record was opened on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "record", derive(serde::Serialize))]
#[cfg_attr(feature = "record", serde(rename_all = "kebab-case"))]
pub enum Way {
    /// Its pages were read.
    Read,
    /// The device was handed over with the first screen.
    HandedOver,
    /// The first screen was looked at while the app was locked.
    Locked,
    /// In a way that this version does not know.
    Other,
}

impl Way {
    /// As a device names it.
    pub fn named(name: &str) -> Self {
        match name {
            "read" => Self::Read,
            "handed-over" => Self::HandedOver,
            "locked" => Self::Locked,
            _ => Self::Other,
        }
    }

    const fn code(self) -> u64 {
        match self {
            Self::Other => 0,
            Self::Read => 1,
            Self::HandedOver => 2,
            Self::Locked => 3,
        }
    }

    const fn from_code(code: u64) -> Self {
        match code {
            1 => Self::Read,
            2 => Self::HandedOver,
            3 => Self::Locked,
            _ => Self::Other,
        }
    }
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
    /// Which device it is about; a card that is asked for names none.
    pub fn device(&self) -> Option<DeviceId> {
        match self.what {
            What::Fetched { device, .. } | What::Told { device, .. } => Some(device),
            What::Asked { .. } => None,
        }
    }

    /// The relay signs it.
    pub fn sign(&self, key: &SigningKey) -> Vec<u8> {
        let public = key.public();
        let mut header = vec![
            cbor::bytes(self.record.as_bytes()),
            cbor::uint(self.number),
            cbor::option(self.previous, |hash| cbor::bytes(hash.0)),
            cbor::bytes(public),
            cbor::option(self.device(), |device| cbor::bytes(device.as_bytes())),
            Value::from(self.began.0),
            Value::from(self.ended.0),
        ];
        header.extend(self.what.items());
        sign(Context::Access, &relay_id(&public), key, header, Vec::new())
    }
}

impl What {
    fn items(&self) -> Vec<Value> {
        match self {
            Self::Fetched {
                first,
                last,
                entries,
                compartments,
                ..
            } => vec![
                cbor::uint(*first),
                cbor::uint(*last),
                cbor::uint(*entries),
                cbor::array(compartments, |tag| cbor::bytes(tag.as_bytes())),
            ],
            Self::Told { way, heard, .. } => vec![cbor::uint(way.code()), Value::from(heard.0)],
            Self::Asked { generation, times } => vec![cbor::uint(*generation), cbor::uint(*times)],
        }
    }

    /// The three forms differ in length, and in whether they name a device.
    fn read(device: Option<DeviceId>, items: &mut Items) -> Result<Self, CborError> {
        match (device, items.left()) {
            (Some(device), 4) => {
                let fetched = Self::Fetched {
                    device,
                    first: items.uint()?,
                    last: items.uint()?,
                    entries: items.uint()?,
                    compartments: items
                        .list(MAX_TAGS, |item| item.fixed().map(CompartmentTag::new))?,
                };
                if let Self::Fetched { compartments, .. } = &fetched {
                    cbor::ascending(compartments)?;
                }
                Ok(fetched)
            }
            (Some(device), 2) => Ok(Self::Told {
                device,
                way: Way::from_code(items.uint()?),
                heard: UnixMillis(items.int()?),
            }),
            (None, 2) => Ok(Self::Asked {
                generation: items
                    .uint()?
                    .try_into()
                    .map_err(|_| CborError::Unexpected("a card's generation"))?,
                times: items.uint()?,
            }),
            _ => Err(CborError::Unexpected("an access")),
        }
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
    let device = items.optional()?.map(DeviceId::new);
    let access = Access {
        record,
        number,
        previous,
        began: UnixMillis(items.int()?),
        ended: UnixMillis(items.int()?),
        what: What::read(device, &mut items)?,
    };
    items.finish()?;
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
            began: UnixMillis(1_795_000_000_000),
            ended: UnixMillis(1_795_000_060_000),
            what: What::Fetched {
                device: DeviceId::new([2; 32]),
                first: 3,
                last: 9,
                entries: 4,
                compartments: vec![CompartmentTag::new([4; 16]), CompartmentTag::new([5; 16])],
            },
        }
    }

    /// A fetch, a telling and somebody who asked about a card, one after the other in one list.
    fn of_every_kind() -> [Access; 3] {
        let told = What::Told {
            device: DeviceId::new([2; 32]),
            way: Way::HandedOver,
            heard: UnixMillis(1_795_000_900_000),
        };
        let asked = What::Asked {
            generation: 57,
            times: 2,
        };
        let first = access(1, None);
        [
            first.clone(),
            Access {
                what: told,
                ..first.clone()
            },
            Access {
                what: asked,
                ..first
            },
        ]
    }

    #[test]
    fn what_a_relay_wrote_is_read_again_and_no_altered_byte_is() {
        let key = SigningKey::from_seed(&[7; 32]);
        for access in of_every_kind() {
            let bytes = access.sign(&key);
            let read = SignedAccess::read(&bytes).unwrap();
            assert_eq!((&read.access, read.relay), (&access, key.public()));
            for place in 0..bytes.len() {
                let mut altered = bytes.clone();
                altered[place] ^= 1;
                assert!(SignedAccess::read(&altered).is_err(), "{place}");
            }
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
