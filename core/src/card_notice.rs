//! A card's notice: what whoever made a printed card says of it afterwards, for viewers that have a network.
//!
//! ```text
//! version          1 byte    1
//! stale below      4 bytes   big-endian: cards of smaller generations no longer show what stands; 0: none
//! stale since      4 bytes   big-endian, signed: that day, counted from 1970-01-01
//! withdrawn below  4 bytes   big-endian: cards of smaller generations were withdrawn by the family; 0: none
//! key             32 bytes   Ed25519 public key, as on the card
//! signature       64 bytes   over "omamori/1/card-notice" and everything before
//! ```
//! A relay keeps one notice for a key, under [`NoticeId`], which names no record and no device. It never goes back: a later notice says
//! at least as much as the one before. Without an answer a viewer knows nothing, and never calls a card current.
//!
//! Where a notice is kept, also one that says nothing yet, the relay notes when somebody asked for it ([`openings`]), for whoever
//! holds the key.

use crate::{
    cose::{self, Context, SigningKey, sha256, short_hash},
    id::RecordId,
};

const VERSION: u8 = 1;
const SAYS: usize = 13;
const KEY: usize = 32;
const SIGNATURE: usize = 64;

/// Bytes of a notice.
pub const LEN: usize = SAYS + KEY + SIGNATURE;

/// Where a key's notice lies: the first 16 bytes of `SHA-256("omamori/1/card-notice/id" ‖ key)`.
pub type NoticeId = [u8; 16];

/// What a notice says of the cards of one key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Says {
    /// Cards of smaller generations no longer show what stands. 0: none.
    pub stale_below: u32,
    /// Since that day, counted from 1970-01-01.
    pub stale_since: i32,
    /// Cards of smaller generations were withdrawn. 0: none.
    pub withdrawn_below: u32,
}

/// A notice whose signature fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardNotice {
    key: [u8; KEY],
    says: Says,
    bytes: [u8; LEN],
}

/// Why bytes are no notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoticeError {
    /// Of another length, or altered.
    #[error("not a card's notice")]
    NotANotice,
    /// Made by a version of the program that this one does not know.
    #[error("the notice was made by a newer version")]
    Newer,
}

impl CardNotice {
    /// Says something of the cards that this key made.
    pub fn sign(says: Says, key: &SigningKey) -> Self {
        let mut bytes = [0; LEN];
        let parts = [
            [VERSION].as_slice(),
            &says.stale_below.to_be_bytes(),
            &says.stale_since.to_be_bytes(),
            &says.withdrawn_below.to_be_bytes(),
            &key.public(),
        ];
        let signed = parts.concat();
        let signature = key.sign(&in_context(&signed));
        let all = signed.iter().chain(&signature);
        bytes.iter_mut().zip(all).for_each(|(to, from)| *to = *from);
        Self {
            key: key.public(),
            says,
            bytes,
        }
    }

    /// Reads a notice and checks its signature.
    ///
    /// # Errors
    /// [`NoticeError`].
    pub fn open(bytes: &[u8]) -> Result<Self, NoticeError> {
        if bytes.first().is_some_and(|version| *version > VERSION) {
            return Err(NoticeError::Newer);
        }
        let whole: [u8; LEN] = bytes.try_into().map_err(|_| NoticeError::NotANotice)?;
        Self::read(whole).ok_or(NoticeError::NotANotice)
    }

    fn read(bytes: [u8; LEN]) -> Option<Self> {
        let (signed, signature) = bytes.split_last_chunk::<SIGNATURE>()?;
        let (says, key) = signed.split_last_chunk::<KEY>()?;
        cose::verify_bytes(key, &in_context(signed), signature).ok()?;
        let (version, rest) = says.split_first()?;
        let (stale_below, rest) = rest.split_first_chunk()?;
        let (stale_since, rest) = rest.split_first_chunk()?;
        let (withdrawn_below, _) = rest.split_first_chunk()?;
        (*version == VERSION).then_some(Self {
            key: *key,
            says: Says {
                stale_below: u32::from_be_bytes(*stale_below),
                stale_since: i32::from_be_bytes(*stale_since),
                withdrawn_below: u32::from_be_bytes(*withdrawn_below),
            },
            bytes,
        })
    }

    /// What it says.
    pub fn says(&self) -> Says {
        self.says
    }

    /// The key that made the cards it is about.
    pub fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// As signed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where it lies.
    pub fn id(&self) -> NoticeId {
        id_of(&self.key)
    }

    /// Does it say more than another one of the same key, and nothing less?
    pub fn follows(&self, before: &Self) -> bool {
        let (new, old) = (self.says, before.says);
        let no_less =
            new.stale_below >= old.stale_below && new.withdrawn_below >= old.withdrawn_below;
        let more = new.stale_below > old.stale_below || new.withdrawn_below > old.withdrawn_below;
        self.key == before.key && no_less && more
    }
}

/// Where the notice of a card's key lies.
pub fn id_of(key: &[u8; 32]) -> NoticeId {
    short_hash(&[b"omamori/1/card-notice/id", key])
}

/// Names a relay's list of when somebody asked about cards of a key: what such accesses carry in the place of a record
/// ([`crate::access`]). SHA-256 of `"omamori/1/card-openings"` and the id.
pub fn openings(id: &NoticeId) -> RecordId {
    RecordId::new(sha256(&[b"omamori/1/card-openings", id]))
}

fn in_context(signed: &[u8]) -> Vec<u8> {
    [Context::CardNotice.label().as_bytes(), signed].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_seed(&[seed; 32])
    }

    fn says(stale_below: u32, withdrawn_below: u32) -> Says {
        Says {
            stale_below,
            stale_since: 20_700,
            withdrawn_below,
        }
    }

    #[test]
    fn what_a_mother_says_of_her_cards_is_read_as_she_said_it() {
        let notice = CardNotice::sign(says(12, 3), &key(1));
        assert_eq!(CardNotice::open(notice.bytes()), Ok(notice));
        assert_eq!(notice.id(), id_of(&key(1).public()));
    }

    #[test]
    fn one_flipped_bit_anywhere_and_it_is_no_notice() {
        let notice = CardNotice::sign(says(12, 3), &key(1));
        for bit in 0..LEN * 8 {
            let mut bent = notice.bytes().to_vec();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(CardNotice::open(&bent).is_err(), "bit {bit}");
        }
        for length in [0, LEN - 1] {
            assert!(CardNotice::open(&notice.bytes()[..length]).is_err());
        }
        let newer = [&[2], &notice.bytes()[1..], &[0]].concat();
        assert_eq!(CardNotice::open(&newer), Err(NoticeError::Newer));
    }

    #[test]
    fn a_later_notice_takes_nothing_back_and_is_of_the_same_key() {
        let before = CardNotice::sign(says(12, 3), &key(1));
        assert!(CardNotice::sign(says(13, 3), &key(1)).follows(&before));
        assert!(CardNotice::sign(says(12, 12), &key(1)).follows(&before));
        assert!(!CardNotice::sign(says(12, 3), &key(1)).follows(&before));
        assert!(!CardNotice::sign(says(20, 0), &key(1)).follows(&before));
        assert!(!CardNotice::sign(says(20, 20), &key(2)).follows(&before));
    }

    #[test]
    fn the_bytes_are_those_that_were_frozen() {
        let frozen: serde_json::Value = serde_json::from_str(
            &std::fs::read_to_string(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/../tests/vectors/card-notice.json"
            ))
            .unwrap(),
        )
        .unwrap();
        let notice = CardNotice::sign(says(12, 3), &key(1));
        assert_eq!(frozen["bytes"], hex::encode(notice.bytes()));
        assert_eq!(frozen["id"], hex::encode(notice.id()));
    }
}
