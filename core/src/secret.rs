//! Thirty-two secret bytes that are wiped when dropped and never shown.

#[cfg(feature = "record")]
use rand_core::CryptoRng;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A secret of 32 bytes. On the heap, so that moving it leaves no copies; no `Clone`, no `Serialize`.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(crate) struct Secret32(Box<[u8; 32]>);

impl Secret32 {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(Box::new(*bytes))
    }

    #[cfg(feature = "record")]
    pub(crate) fn random(rng: &mut impl CryptoRng) -> Self {
        let mut secret = Self(Box::new([0; 32]));
        rng.fill_bytes(secret.0.as_mut_slice());
        secret
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}
