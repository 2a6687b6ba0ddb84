//! The relay's own key, and ring as what signs with it.

use crate::store::sqlite::beside;
use jsonwebtoken::{
    Algorithm,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::ErrorKind,
    signature::{Error as SignatureError, Signer, Verifier},
};
use omamori_core::cose::SigningKey;
use ring::{
    rand::SystemRandom,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// Reads the key, PKCS #8, or makes one that only its owner can read.
pub(super) fn key_file(path: &Path, random: &SystemRandom) -> io::Result<Vec<u8>> {
    let mut pkcs8 = Vec::new();
    match File::open(path) {
        Ok(file) => file.take(4096).read_to_end(&mut pkcs8).map(|_| pkcs8),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let made = Ed25519KeyPair::generate_pkcs8(random).map_err(unspecified)?;
            // A half-written key would lock the relay out: it gets its name only when it is whole.
            let draft = beside(path, ".new");
            let mut options = OpenOptions::new();
            let mut file = options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&draft)?;
            file.write_all(made.as_ref())?;
            file.sync_all()?;
            std::fs::rename(&draft, path)?;
            Ok(made.as_ref().to_vec())
        }
        Err(error) => Err(error),
    }
}

/// The same key, to sign what families keep. A PKCS #8 file of an Ed25519 key holds the seed at a fixed place (RFC 8410).
pub(crate) fn signing_key(data: &Path) -> io::Result<SigningKey> {
    let pkcs8 = key_file(&beside(data, ".key"), &SystemRandom::new())?;
    let none = || io::Error::other("the key file holds no Ed25519 key");
    let pair = Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| none())?;
    let seed = pkcs8.get(16..48).and_then(|seed| seed.first_chunk());
    let key = SigningKey::from_seed(seed.ok_or_else(none)?);
    if key.public() == pair.public_key().as_ref() {
        Ok(key)
    } else {
        Err(none())
    }
}

pub(super) fn unspecified(_: ring::error::Unspecified) -> io::Error {
    io::Error::other("the system gives no randomness")
}

/// Tokens are signed by ring, as everything else here; the library brings no cryptography of its own.
pub(super) static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::EdDSA => match Ed25519KeyPair::from_pkcs8(key.as_bytes()) {
            Ok(pair) => Ok(Box::new(RingSigner(pair))),
            Err(_) => Err(ErrorKind::InvalidEddsaKey.into()),
        },
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::EdDSA => Ok(Box::new(RingVerifier(key.try_get_as_bytes()?.to_vec()))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    // Only JWK sets use these, and there are none here.
    key_utils: KeyUtils::new_unimplemented(),
};

struct RingSigner(Ed25519KeyPair);

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        Ok(self.0.sign(message).as_ref().to_vec())
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct RingVerifier(Vec<u8>);

impl Verifier<Vec<u8>> for RingVerifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), SignatureError> {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(message, signature)
            .map_err(|_| SignatureError::new())
    }
}

impl JwtVerifier for RingVerifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}
