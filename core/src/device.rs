//! A device's keys in one record. Keys are per record, so a relay cannot join the patients of one nurse.

use crate::{
    cbor::{self, CborError, Items},
    cose::sha256,
    id::DeviceId,
};
use ciborium::Value;

/// Length of an X-Wing public key, in bytes.
pub const RECEIVE_KEY: usize = 1216;

/// The public half of a device's keys: what others verify with and wrap keys for.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DevicePublic {
    sign: [u8; 32],
    receive: Box<[u8; RECEIVE_KEY]>,
    /// Asked for everywhere, and a function of the keys.
    id: DeviceId,
}

impl DevicePublic {
    /// The public keys with these bytes: Ed25519, X-Wing (ML-KEM-768 + X25519).
    pub fn new(sign: [u8; 32], receive: [u8; RECEIVE_KEY]) -> Self {
        let id = sha256(&[b"omamori/1/device", &sign, receive.as_slice()]);
        Self {
            sign,
            receive: Box::new(receive),
            id: DeviceId::new(id),
        }
    }

    /// SHA-256 over a context and both keys: whoever changes one of them becomes someone else.
    pub fn id(&self) -> DeviceId {
        self.id
    }

    /// The Ed25519 key that verifies what it signs.
    pub fn sign_key(&self) -> &[u8; 32] {
        &self.sign
    }

    /// The X-Wing key that wraps keys for it.
    pub fn receive_key(&self) -> &[u8; RECEIVE_KEY] {
        &self.receive
    }

    /// CBOR `[ed25519: bstr .size 32, x-wing: bstr .size 1216]`.
    pub fn to_bytes(&self) -> Vec<u8> {
        cbor::encode(&self.to_value())
    }

    /// Reads what [`DevicePublic::to_bytes`] writes.
    ///
    /// # Errors
    /// [`CborError`] for anything else. Whether the X-Wing key is a good one is found out when something is wrapped for it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CborError> {
        Self::read(Items::decode(bytes, 2 * RECEIVE_KEY)?)
    }

    pub(crate) fn to_value(&self) -> Value {
        Value::Array(vec![
            cbor::bytes(self.sign),
            cbor::bytes(self.receive.as_slice()),
        ])
    }

    pub(crate) fn read(mut items: Items) -> Result<Self, CborError> {
        let keys = Self::new(items.fixed()?, items.fixed()?);
        items.finish()?;
        Ok(keys)
    }
}

impl std::fmt::Debug for DevicePublic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DevicePublic({})", self.id())
    }
}

#[cfg(feature = "record")]
pub use secret::{DeviceKeys, SecretKeysError};

#[cfg(feature = "record")]
mod secret {
    use super::{DevicePublic, RECEIVE_KEY};
    use crate::{
        cose::SigningKey,
        epoch::{expand, extract},
        id::DeviceId,
        secret::Secret32,
    };
    use hpke::{Deserializable, Kem, Serializable, kem::XWing};
    use rand_core::CryptoRng;
    use std::fmt;
    use zeroize::Zeroizing;

    /// Bytes that are no secret keys.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
    #[error("not the secret keys of a device")]
    pub struct SecretKeysError;

    /// The secret half. Wiped when dropped; it has no `Clone`, and `Debug` shows only whose keys they are.
    pub struct DeviceKeys {
        signing: SigningKey,
        receive_seed: Secret32,
        public: DevicePublic,
        id: DeviceId,
    }

    impl DeviceKeys {
        /// Length of [`DeviceKeys::to_secret_bytes`].
        pub const LEN: usize = 64;

        /// New keys.
        pub fn generate(rng: &mut impl CryptoRng) -> Self {
            let mut secret = Zeroizing::new([0; Self::LEN]);
            rng.fill_bytes(secret.as_mut_slice());
            Self::from_seeds(&secret)
        }

        /// The keys that [`DeviceKeys::to_secret_bytes`] gave away.
        ///
        /// # Errors
        /// [`SecretKeysError`] if these are not 64 bytes.
        pub fn from_secret_bytes(bytes: &[u8]) -> Result<Self, SecretKeysError> {
            let secret: &[u8; Self::LEN] = bytes.try_into().map_err(|_| SecretKeysError)?;
            Ok(Self::from_seeds(secret))
        }

        /// Ed25519 seed, then X-Wing seed. For a vault or a sealed file, nothing else.
        pub fn to_secret_bytes(&self) -> Zeroizing<[u8; Self::LEN]> {
            let mut secret = Zeroizing::new([0; Self::LEN]);
            let (sign, receive) = secret.split_at_mut(32);
            sign.copy_from_slice(self.signing.seed());
            receive.copy_from_slice(self.receive_seed.expose());
            secret
        }

        /// Who these keys are.
        pub fn id(&self) -> DeviceId {
            self.id
        }

        /// The public half.
        pub fn public(&self) -> &DevicePublic {
            &self.public
        }

        /// The key that signs printed cards: derived, so that a card found in the street names no device of any record.
        pub fn card_key(&self) -> SigningKey {
            let root = extract(b"omamori/1/card", self.signing.seed());
            let seed: Zeroizing<[u8; 32]> = Zeroizing::new(expand(&root, &[b"signing key"]));
            SigningKey::from_seed(&seed)
        }

        /// The key by which a municipality signs the list of its officers, derived as well.
        pub fn municipality_key(&self) -> SigningKey {
            let root = extract(b"omamori/1/municipality", self.signing.seed());
            let seed: Zeroizing<[u8; 32]> = Zeroizing::new(expand(&root, &[b"signing key"]));
            SigningKey::from_seed(&seed)
        }

        pub(crate) fn signing(&self) -> &SigningKey {
            &self.signing
        }

        pub(crate) fn receive_key(&self) -> <XWing as Kem>::PrivateKey {
            receive_private(&self.receive_seed)
        }

        pub(crate) fn from_seeds(secret: &[u8; Self::LEN]) -> Self {
            let mut seeds = [Zeroizing::new([0; 32]), Zeroizing::new([0; 32])];
            for (seed, half) in seeds.iter_mut().zip(secret.chunks_exact(32)) {
                seed.copy_from_slice(half);
            }
            let [sign, receive] = seeds;
            let (signing, receive_seed) = (SigningKey::from_seed(&sign), Secret32::new(&receive));
            let public = DevicePublic::new(signing.public(), receive_public(&receive_seed));
            let id = public.id();
            Self {
                signing,
                receive_seed,
                public,
                id,
            }
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "any 32 bytes are an X-Wing seed; only other lengths are refused"
    )]
    fn receive_private(seed: &Secret32) -> <XWing as Kem>::PrivateKey {
        <XWing as Kem>::PrivateKey::from_bytes(seed.expose()).expect("32 bytes")
    }

    fn receive_public(seed: &Secret32) -> [u8; RECEIVE_KEY] {
        let mut public = [0; RECEIVE_KEY];
        public.copy_from_slice(&XWing::sk_to_pk(&receive_private(seed)).to_bytes());
        public
    }

    impl fmt::Debug for DeviceKeys {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "DeviceKeys({}, ..)", self.id)
        }
    }
}
