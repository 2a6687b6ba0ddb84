//! Letting somebody in who is far away: a link goes by whatever messenger the family uses, and four words are said on the telephone.
//!
//! ```text
//! hidden      SHA-256("omamori/1/distance/record" ‖ record: 32 ‖ salt: 32)
//! link        SHA-256("omamori/1/distance/link" ‖ hidden ‖ nonce of the inviter: 32), as https://HOST/?openExternalBrowser=1#/join/ ‖ hex
//! mailbox     SHA-256("omamori/1/distance/mailbox" ‖ the 32 bytes of the link)
//! slot 1, guest → inviter   [1, 1, public keys (see `device`), nonce of the guest: 32]
//! slot 2, inviter → guest   [1, 2, hidden: 32, nonce of the inviter: 32]
//! slot 3, inviter → guest   [1, 3, record: 32, salt: 32]            only after the words were compared
//! words       the first 44 bits of HKDF-Expand(HKDF-Extract("omamori/1/distance/words",
//!                 the link's 32 bytes ‖ SHA-256(slot 1) ‖ SHA-256(slot 2)), "words", 6), four times eleven: places in BIP-39's list
//! ```
//!
//! The messenger, and whoever keeps the mailbox, may know the link, replace it and stand in the middle. The link is a commitment of the
//! inviter: whoever answers in place of the guest has to do so before the inviter's nonce is seen, and whoever gives the guest another
//! link has to do so before the guest's nonce is. So nobody can look for keys that lead to the same words, and has one chance in 2^44 with
//! each link. Hence the inviter's second message comes from an answer alone ([`Invitation::meet`] → [`Met::shown`]), and what the keys
//! and the third message are is told only to whoever typed the words ([`Met::compare`]).

use crate::{
    cbor::{self, CborError, Items},
    cose::sha256,
    device::DevicePublic,
    epoch::{expand, extract},
    id::RecordId,
    secret::Secret32,
};
use ciborium::Value;
use rand_core::CryptoRng;
use std::{fmt, str::FromStr};
use zeroize::Zeroizing;

const VERSION: u64 = 1;
/// Longest message: one with public keys, and room to grow.
pub const MAX_MESSAGE: usize = 2048;
/// Words that are said on the telephone.
pub const WORDS: usize = 4;
/// Bits of a word.
const BITS: u32 = 11;

/// Why an invitation at a distance stops.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DistanceError {
    /// Some other link, or half of one.
    #[error("this is not the link of an invitation")]
    NotOurs,
    /// Made by a newer version.
    #[error("the message was made by a newer version")]
    FutureVersion,
    /// What the inviter shows now is not what the link stands for.
    #[error("the message is not by whoever made the link")]
    NotOfTheLink,
    /// Not what was said: somebody stands in between, or somebody misheard.
    #[error("the words are not those of the other phone")]
    WordsDiffer,
    /// A message that is none.
    #[error(transparent)]
    Malformed(#[from] CborError),
}

/// What the link carries. Everybody may know it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Link([u8; 32]);

/// The four words, as places in the list. Not secret; worthless to whoever was not heard saying them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Words([u16; WORDS]);

/// On the inviter's phone: what stands behind a link. The nonce is secret until slot 2 was left, the record until slot 3 was; so there
/// is no way to either from here but through an answer.
///
/// ```compile_fail
/// use omamori_core::pairing_distance::Invitation;
/// fn before_anybody_answered(invitation: Invitation) -> Vec<u8> {
///     invitation.shown()
/// }
/// ```
///
/// ```
/// use omamori_core::pairing_distance::{DistanceError, Invitation};
/// fn after(slot_1: &[u8], invitation: Invitation) -> Result<Vec<u8>, DistanceError> {
///     Ok(invitation.meet(slot_1)?.shown())
/// }
/// ```
pub struct Invitation {
    record: RecordId,
    salt: Secret32,
    nonce: Secret32,
}

/// On the inviter's phone: somebody answered. Who it is must still be compared.
pub struct Met {
    invitation: Invitation,
    guest: DevicePublic,
    words: Words,
}

/// On the inviter's phone: the words were those of the guest.
pub struct Agreed {
    /// The keys to let in.
    pub guest: DevicePublic,
    /// What goes into slot 3, when the guest is in the record.
    pub answer: Vec<u8>,
}

impl Invitation {
    /// A new one into a record. One link, one guest: the caller keeps the first answer, and takes no other.
    pub fn new(record: RecordId, rng: &mut impl CryptoRng) -> Self {
        Self {
            record,
            salt: Secret32::random(rng),
            nonce: Secret32::random(rng),
        }
    }

    /// The link to send.
    pub fn link(&self) -> Link {
        Link::over(&self.hidden(), self.nonce.expose())
    }

    /// Who answered in slot 1. The caller keeps the answer on its disk before what is [shown](Met::shown) leaves, and takes no other.
    ///
    /// # Errors
    /// [`DistanceError::FutureVersion`], [`DistanceError::Malformed`].
    pub fn meet(self, slot_1: &[u8]) -> Result<Met, DistanceError> {
        let mut items = message(slot_1, 1)?;
        let guest = DevicePublic::read(items.items()?)?;
        items.fixed::<32>()?;
        items.finish()?;
        let words = Words::of(&self.link(), slot_1, &self.opening());
        Ok(Met {
            invitation: self,
            guest,
            words,
        })
    }

    /// To be kept on this device until the guest is in: record, salt, nonce.
    pub fn to_secret_bytes(&self) -> Zeroizing<Vec<u8>> {
        let parts = [
            self.record.as_bytes(),
            self.salt.expose(),
            self.nonce.expose(),
        ];
        Zeroizing::new(parts.into_iter().flatten().copied().collect())
    }

    /// Reads what [`Invitation::to_secret_bytes`] wrote.
    ///
    /// # Errors
    /// [`DistanceError::NotOurs`].
    pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, DistanceError> {
        let ([record, salt, nonce], []) = bytes.as_chunks::<32>() else {
            return Err(DistanceError::NotOurs);
        };
        Ok(Self {
            record: RecordId::new(*record),
            salt: Secret32::new(salt),
            nonce: Secret32::new(nonce),
        })
    }

    /// Opens the commitment that the link is.
    fn opening(&self) -> Vec<u8> {
        let hidden = self.hidden();
        write(2, [cbor::bytes(hidden), cbor::bytes(self.nonce.expose())])
    }

    fn hidden(&self) -> [u8; 32] {
        hide(&self.record, self.salt.expose())
    }
}

impl Met {
    /// What goes into slot 2. It opens the commitment, so whoever answers after it can look for keys that fit.
    pub fn shown(&self) -> Vec<u8> {
        self.invitation.opening()
    }

    /// The keys to let in and what to answer them, to whoever typed the words that the guest said.
    ///
    /// # Errors
    /// [`DistanceError::WordsDiffer`].
    pub fn compare(self, said: &Words) -> Result<Agreed, DistanceError> {
        if self.words != *said {
            return Err(DistanceError::WordsDiffer);
        }
        let (record, salt) = (&self.invitation.record, &self.invitation.salt);
        let answer = write(
            3,
            [cbor::bytes(record.as_bytes()), cbor::bytes(salt.expose())],
        );
        Ok(Agreed {
            guest: self.guest,
            answer,
        })
    }
}

impl Link {
    /// Where the messages are left.
    pub fn mailbox(&self) -> [u8; 32] {
        sha256(&[b"omamori/1/distance/mailbox", &self.0])
    }

    /// On the guest's phone: what goes into slot 1. For each link anew, and kept: the same goes there again after a reload.
    pub fn reply(&self, guest: &DevicePublic, rng: &mut impl CryptoRng) -> Vec<u8> {
        let mut nonce = [0; 32];
        rng.fill_bytes(&mut nonce);
        write(1, [guest.to_value(), cbor::bytes(nonce)])
    }

    /// On the guest's phone: the words to say, once slot 2 is there.
    ///
    /// # Errors
    /// [`DistanceError::NotOfTheLink`], [`DistanceError::FutureVersion`], [`DistanceError::Malformed`].
    pub fn words(&self, slot_1: &[u8], slot_2: &[u8]) -> Result<Words, DistanceError> {
        self.hidden(slot_2)?;
        Ok(Words::of(self, slot_1, slot_2))
    }

    /// On the guest's phone: the record it was let into, which is the one that the words were about.
    ///
    /// # Errors
    /// [`DistanceError::NotOfTheLink`], [`DistanceError::FutureVersion`], [`DistanceError::Malformed`].
    pub fn record(&self, slot_2: &[u8], slot_3: &[u8]) -> Result<RecordId, DistanceError> {
        let hidden = self.hidden(slot_2)?;
        let mut items = message(slot_3, 3)?;
        let (record, salt) = (RecordId::new(items.fixed()?), items.fixed::<32>()?);
        items.finish()?;
        if hide(&record, &salt) == hidden {
            Ok(record)
        } else {
            Err(DistanceError::NotOfTheLink)
        }
    }

    fn hidden(&self, slot_2: &[u8]) -> Result<[u8; 32], DistanceError> {
        let mut items = message(slot_2, 2)?;
        let (hidden, nonce) = (items.fixed()?, items.fixed()?);
        items.finish()?;
        if Self::over(&hidden, &nonce) == *self {
            Ok(hidden)
        } else {
            Err(DistanceError::NotOfTheLink)
        }
    }

    fn over(hidden: &[u8; 32], nonce: &[u8; 32]) -> Self {
        Self(sha256(&[b"omamori/1/distance/link", hidden, nonce]))
    }
}

impl Words {
    /// From places in [BIP-39's list](crate::recovery::list), as typed.
    ///
    /// # Errors
    /// [`DistanceError::WordsDiffer`]: not four.
    pub fn from_places(places: &[u16]) -> Result<Self, DistanceError> {
        let places = places.try_into().map_err(|_| DistanceError::WordsDiffer)?;
        Ok(Self(places))
    }

    /// Places in [BIP-39's list](crate::recovery::list).
    pub fn places(&self) -> [u16; WORDS] {
        self.0
    }

    fn of(link: &Link, slot_1: &[u8], slot_2: &[u8]) -> Self {
        let transcript = [link.0, sha256(&[slot_1]), sha256(&[slot_2])];
        let root = extract(b"omamori/1/distance/words", transcript.as_flattened());
        let drawn: [u8; 6] = expand(&root, &[b"words"]);
        let bits = drawn
            .iter()
            .fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
        let place = |word: u32| bits >> (48 - BITS * (word + 1)) & ((1 << BITS) - 1);
        Self([0, 1, 2, 3].map(|word| u16::try_from(place(word)).unwrap_or_default()))
    }
}

fn hide(record: &RecordId, salt: &[u8; 32]) -> [u8; 32] {
    sha256(&[b"omamori/1/distance/record", record.as_bytes(), salt])
}

fn write(slot: u64, [a, b]: [Value; 2]) -> Vec<u8> {
    cbor::encode(&Value::Array(vec![
        cbor::uint(VERSION),
        cbor::uint(slot),
        a,
        b,
    ]))
}

fn message(bytes: &[u8], slot: u64) -> Result<Items, DistanceError> {
    let mut items = Items::decode(bytes, MAX_MESSAGE)?;
    if items.uint()? != VERSION {
        return Err(DistanceError::FutureVersion);
    }
    if items.uint()? == slot {
        Ok(items)
    } else {
        Err(CborError::Unexpected("a message of this slot").into())
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl FromStr for Link {
    type Err = DistanceError;

    fn from_str(text: &str) -> Result<Self, DistanceError> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| DistanceError::NotOurs)?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Invitation(..)")
    }
}

impl fmt::Debug for Met {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Met({}, ..)", self.guest.id())
    }
}

impl fmt::Debug for Agreed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Agreed({}, ..)", self.guest.id())
    }
}

#[cfg(test)]
mod tests;
