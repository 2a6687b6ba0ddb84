//! Content under something a person remembers: one piece of code for files ([`crate::file`]) and PINs ([`crate::pin`]).
//!
//! ```text
//! [ salt: 16, memory in KiB, passes, lanes, sealed: bstr ]
//!   sealed = COSE_Encrypt0 (see `content`), under Argon2id(passphrase, salt),
//!            external_aad = place ‖ salt ‖ memory (u32) ‖ passes (u32) ‖ lanes (u32)
//! ```

use crate::{
    cbor::{self, CborError, Items},
    content,
    epoch::EpochKey,
};
use argon2::{Algorithm, Argon2, Params, Version};
use ciborium::Value;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// What a passphrase costs whoever guesses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    /// Argon2id with 64 MiB and three passes: RFC 9106 §4, second recommendation, with one lane because browsers have one.
    fn default() -> Self {
        Self {
            memory: 64 * 1024,
            passes: 3,
            lanes: 1,
        }
    }
}

impl Cost {
    /// Hostile bytes must not make a phone run out of memory or time.
    fn is_bearable(self) -> bool {
        self.memory <= 256 * 1024 && self.passes <= 16 && self.lanes <= 4
    }
}

/// Why nothing can be sealed or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PassphraseError {
    /// Another passphrase, another place, or altered: the cipher cannot say which.
    Wrong,
    /// Costs more than any phone bears, or nothing at all.
    UnbearableCost,
}

/// Sealed content, and how its key is made from the passphrase.
#[derive(Debug, Clone)]
pub(crate) struct UnderPassphrase {
    salt: [u8; 16],
    cost: Cost,
    sealed: Vec<u8>,
}

impl UnderPassphrase {
    /// Seals `secret` for the place that `place` names. Takes about a fifth of a second on purpose.
    pub(crate) fn seal(
        place: &[u8],
        secret: &[u8],
        passphrase: &str,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, PassphraseError> {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let key = stretch(passphrase, &salt, cost)?;
        let sealed = content::seal(&key, &header(place, &salt, cost), secret, rng);
        Ok(Self { salt, cost, sealed })
    }

    /// Opens what was sealed for this place. As slow as sealing.
    pub(crate) fn open(
        &self,
        place: &[u8],
        passphrase: &str,
    ) -> Result<Zeroizing<Vec<u8>>, PassphraseError> {
        let key = stretch(passphrase, &self.salt, self.cost)?;
        content::open(&key, &header(place, &self.salt, self.cost), &self.sealed)
            .map_err(|_| PassphraseError::Wrong)
    }

    pub(crate) fn into_value(self) -> Value {
        Value::Array(vec![
            cbor::bytes(self.salt),
            cbor::uint(self.cost.memory),
            cbor::uint(self.cost.passes),
            cbor::uint(self.cost.lanes),
            Value::Bytes(self.sealed),
        ])
    }

    pub(crate) fn read(mut items: Items) -> Result<Self, CborError> {
        let salt = items.fixed()?;
        let mut number = || {
            items.uint().and_then(|number| {
                u32::try_from(number).map_err(|_| CborError::Unexpected("a smaller number"))
            })
        };
        let cost = Cost {
            memory: number()?,
            passes: number()?,
            lanes: number()?,
        };
        let sealed = items.blob()?;
        items.finish()?;
        Ok(Self { salt, cost, sealed })
    }
}

fn stretch(passphrase: &str, salt: &[u8; 16], cost: Cost) -> Result<EpochKey, PassphraseError> {
    if !cost.is_bearable() {
        return Err(PassphraseError::UnbearableCost);
    }
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32))
        .map_err(|_| PassphraseError::UnbearableCost)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| PassphraseError::UnbearableCost)?;
    Ok(EpochKey::from_bytes(&key))
}

fn header(place: &[u8], salt: &[u8; 16], cost: Cost) -> Vec<u8> {
    let [memory, passes, lanes] = [cost.memory, cost.passes, cost.lanes].map(u32::to_be_bytes);
    [place, salt, &memory, &passes, &lanes].concat()
}
