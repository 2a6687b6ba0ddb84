//! The recovery kit: 24 words on paper, from which a lost phone's place in each record of a family can be taken up again.
//!
//! ```text
//! words       BIP-39, Japanese list, 24 words: 256 random bits and 8 of checksum
//! root        = HKDF-Extract("omamori/1/recovery", the 32 bytes)
//! keys(index) = HKDF-Expand(root, "device" ‖ index (u32) ‖ "sign")      32 bytes, seed of Ed25519
//!             ‖ HKDF-Expand(root, "device" ‖ index (u32) ‖ "receive")   32 bytes, seed of X-Wing
//! ```
//!
//! In each record the kit is a device of its own, with an index of its own: whoever sees two records cannot tell that one kit stands in
//! both. The seed of BIP-39 itself (PBKDF2 over the words as text) is not used: it is made for wallets, and would make the spelling of a word matter.
//!
//! To a relay the words prove, for one index after the other, that they hold a device's key ([`prove`]), and are told in which records it stands.

use crate::{
    device::DeviceKeys,
    epoch::{expand, extract},
    id::RecordId,
    secret::Secret32,
    token::{self, NONCE},
};
use bip39::{Error, Language, Mnemonic};
use rand_core::CryptoRng;
use std::fmt;
use zeroize::Zeroizing;

/// Words of a kit.
pub const WORDS: usize = 24;

/// Why words are no kit's. No message holds a word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Too few or too many.
    #[error("{0} words instead of 24")]
    Count(usize),
    /// The word at this place, counted from 0, is not in the list.
    #[error("word {0} is not in the list")]
    Unknown(usize),
    /// All are in the list, but together they are nobody's: one is another word, or two changed places.
    #[error("the words do not belong together")]
    Checksum,
}

/// What the words stand for. Wiped when dropped; `Debug` shows nothing.
pub struct Recovery(Secret32);

impl Recovery {
    /// New words.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret32::random(rng))
    }

    /// Reads words, with any white space between them, in any of Unicode's forms of a kana.
    ///
    /// ```
    /// # use omamori_core::recovery::Recovery;
    /// # let mut rng = getrandom::rand_core::UnwrapErr(getrandom::SysRng);
    /// let words = Recovery::generate(&mut rng).words().join("　");
    /// assert_eq!(Recovery::read(&words)?.words().join("　"), words);
    /// # Ok::<(), omamori_core::recovery::WordsError>(())
    /// ```
    ///
    /// # Errors
    /// [`WordsError`].
    pub fn read(text: &str) -> Result<Self, WordsError> {
        let count = text.split_whitespace().count();
        if count != WORDS {
            return Err(WordsError::Count(count));
        }
        let mnemonic =
            Mnemonic::parse_in(Language::Japanese, text).map_err(|error| match error {
                Error::BadWordCount(count) => WordsError::Count(count),
                Error::UnknownWord(place) => WordsError::Unknown(place),
                Error::InvalidChecksum
                | Error::BadEntropyBitCount(_)
                | Error::AmbiguousLanguages(_) => WordsError::Checksum,
            })?;
        let mnemonic = Zeroizing::new(mnemonic);
        let (entropy, _) = mnemonic.to_entropy_array();
        let entropy = Zeroizing::new(entropy);
        match entropy.first_chunk() {
            Some(entropy) => Ok(Self(Secret32::new(entropy))),
            None => Err(WordsError::Checksum),
        }
    }

    /// The words, as the list writes them (each voicing mark a character of its own; to be shown in NFC).
    #[expect(
        clippy::expect_used,
        reason = "refuses only other lengths than those of 12 to 24 words"
    )]
    pub fn words(&self) -> Vec<&'static str> {
        let mnemonic = Mnemonic::from_entropy_in(Language::Japanese, self.0.expose());
        let mnemonic = Zeroizing::new(mnemonic.expect("256 bits"));
        mnemonic.words().collect()
    }

    /// The kit's keys in one record: the first of a family has index 0, the next 1.
    pub fn device_keys(&self, index: u32) -> DeviceKeys {
        let root = extract(b"omamori/1/recovery", self.0.expose());
        let index = index.to_be_bytes();
        let half = |what: &[u8]| -> Zeroizing<[u8; 32]> {
            Zeroizing::new(expand(&root, &[b"device", &index, what]))
        };
        let mut secret = Zeroizing::new([0; DeviceKeys::LEN]);
        let (sign, receive) = secret.split_at_mut(32);
        sign.copy_from_slice(half(b"sign").as_slice());
        receive.copy_from_slice(half(b"receive").as_slice());
        DeviceKeys::from_seeds(&secret)
    }
}

impl fmt::Debug for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recovery(..)")
    }
}

/// Every word there is, in the order of BIP-39.
pub fn list() -> &'static [&'static str] {
    Language::Japanese.word_list()
}

/// Proves to a relay that these keys are held, to be told in which records they stand: a [`token`] for no record
/// ([`token::ANY_RECORD`]), so it opens none.
pub fn prove(keys: &DeviceKeys, nonce: &[u8; NONCE]) -> [u8; 64] {
    token::sign(&RecordId::new(token::ANY_RECORD), keys, nonce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seeded::Seeded;

    fn kit() -> Recovery {
        Recovery::generate(&mut Seeded::new(24))
    }

    #[test]
    fn a_parent_who_types_the_words_has_the_same_keys_again() {
        let kit = kit();
        let typed = Recovery::read(&kit.words().join("　")).unwrap();
        for index in [0, 1, 7] {
            assert_eq!(typed.device_keys(index).id(), kit.device_keys(index).id());
        }
    }

    #[test]
    fn one_kit_is_somebody_else_in_each_record() {
        let kit = kit();
        assert_ne!(kit.device_keys(0).id(), kit.device_keys(1).id());
        let other = Recovery::generate(&mut Seeded::new(25));
        assert_ne!(kit.device_keys(0).id(), other.device_keys(0).id());
    }

    #[test]
    fn bip39s_own_example_is_read_in_whatever_form_a_keyboard_types_it() {
        // From the test vectors of the Japanese list: 32 zero bytes.
        let zeros = format!("{}いってい", "あいこくしん　".repeat(23));
        let read = Recovery::read(&zeros).unwrap();
        assert_eq!(read.0.expose(), &[0; 32]);
        let spaced = zeros.replace('　', "\n ");
        assert_eq!(Recovery::read(&spaced).unwrap().0.expose(), &[0; 32]);
        // 「が」 as one character and as two.
        let kit = Recovery(Secret32::new(&[0xff; 32]));
        let decomposed = kit.words().join(" ");
        let composed: String = decomposed
            .replace("か\u{3099}", "が")
            .replace("ふ\u{3099}", "ぶ");
        assert_eq!(Recovery::read(&composed).unwrap().0.expose(), &[0xff; 32]);
    }

    #[test]
    fn a_wrong_word_two_exchanged_ones_and_a_missing_one_are_told_apart() {
        let words = kit().words();
        let joined = |words: &[&str]| words.join(" ");
        let mut unknown = words.clone();
        unknown[4] = "ぬるぽ";
        assert_eq!(
            Recovery::read(&joined(&unknown)).unwrap_err(),
            WordsError::Unknown(4)
        );
        let mut exchanged = words.clone();
        exchanged.swap(2, 9);
        assert_eq!(
            Recovery::read(&joined(&exchanged)).unwrap_err(),
            WordsError::Checksum
        );
        assert_eq!(
            Recovery::read(&joined(&words[..23])).unwrap_err(),
            WordsError::Count(23)
        );
    }

    #[test]
    fn it_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", kit()), "Recovery(..)");
    }
}
