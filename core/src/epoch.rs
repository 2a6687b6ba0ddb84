//! Epoch keys: what a compartment's content is sealed under, one generation after the other.

use crate::{
    compartment::Compartment,
    id::{CompartmentTag, EpochId},
    secret::Secret32,
};
use rand_core::CryptoRng;
use ring::hkdf;

/// The key of one compartment for one epoch. Wiped when dropped; it has no `Clone`, and `Debug` shows nothing.
#[derive(Debug)]
pub struct EpochKey(Secret32);

impl EpochKey {
    /// A new key.
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        Self(Secret32::random(rng))
    }

    /// The key with these bytes.
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(Secret32::new(bytes))
    }

    /// Its commitment, which the ledger holds and which names the epoch.
    ///
    /// `HKDF-Expand(HKDF-Extract("omamori/1/epoch", key), "commitment" ‖ tag (16) ‖ name of the compartment)`: whoever sends
    /// the key can send no other one, nor pass off the key of one compartment as that of another.
    pub fn id(&self, tag: &CompartmentTag, compartment: Compartment) -> EpochId {
        let root = extract(b"omamori/1/epoch", self.0.expose());
        EpochId::new(expand(
            &root,
            &[b"commitment", tag.as_bytes(), compartment.name().as_bytes()],
        ))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }
}

/// HKDF-Extract with SHA-256.
pub(crate) fn extract(salt: &[u8], secret: &[u8]) -> hkdf::Prk {
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret)
}

/// HKDF-Expand with SHA-256.
#[expect(
    clippy::expect_used,
    reason = "fails for more than 8,160 bytes or unequal lengths only; both are fixed by the type"
)]
pub(crate) fn expand<const N: usize>(root: &hkdf::Prk, info: &[&[u8]]) -> [u8; N] {
    struct Length(usize);
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            self.0
        }
    }
    const { assert!(N <= 255 * 32) };
    let mut bytes = [0; N];
    root.expand(info, Length(N))
        .and_then(|okm| okm.fill(&mut bytes))
        .expect("a length HKDF can give");
    bytes
}
