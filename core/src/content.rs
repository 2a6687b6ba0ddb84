//! Sealed content: COSE_Encrypt0 with a fresh key each time, bound to the signed header around it.
//!
//! ```text
//! [ protected: bstr { 1: 24 (ChaCha20/Poly1305), -65537: [1, salt: 32, commitment: 32] },
//!   unprotected: {},
//!   ciphertext: bstr ]              Padmé-padded content, and 16 bytes of tag
//!
//! salt       = HMAC-SHA256(HKDF(key, "salt"), randomness (32) ‖ length of header (u64) ‖ header ‖ padded content)
//! root       = HKDF-Extract(salt, key)
//! cipher key = HKDF-Expand(root, "omamori/1/content/key")           32 bytes
//! nonce      = HKDF-Expand(root, "omamori/1/content/nonce")         12 bytes
//! commitment = HKDF-Expand(root, "omamori/1/content/commitment")    32 bytes
//! aad        = Enc_structure ["Encrypt0", protected, external_aad = the signed header's bytes]
//! ```
//!
//! The salt depends on randomness *and* on what is sealed: with a broken random generator two contents still never share
//! a key and nonce. The commitment lets nobody make a ciphertext that opens under two keys.

use crate::{
    cbor::{self, CborError, Items},
    cose,
    epoch::{EpochKey, expand, extract},
    padding,
};
use ciborium::Value;
use coset::{
    AsCborValue, CoseEncrypt0, EncryptionContext, Header, HeaderBuilder, Label, ProtectedHeader,
    iana,
};
use rand_core::CryptoRng;
use ring::{aead, hmac};
use zeroize::Zeroizing;

/// Why content stays shut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContentError {
    /// Not sealed content as this format writes it.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Sealed by a newer version.
    #[error("sealed by a newer version ({0})")]
    FutureVersion(u64),
    /// Altered, or sealed under another key, or for another place: the cipher cannot say which.
    #[error("the content failed authentication")]
    NotAuthentic,
}

/// Seals content under a key, for the place that `header` names.
pub(crate) fn seal(
    key: &EpochKey,
    header: &[u8],
    content: &[u8],
    rng: &mut impl CryptoRng,
) -> Vec<u8> {
    let mut padded = Zeroizing::new(padding::pad(content));
    let salt = synthetic_salt(key, header, &padded, rng);
    let derived = Derived::new(key, &salt);
    let protected = protected_map(&salt, &derived.commitment);
    let aad = structure(&protected, header);
    derived.seal(&aad, &mut padded);
    cbor::encode(&Value::Array(vec![
        cbor::bytes(protected.original_data.unwrap_or_default()),
        Value::Map(Vec::new()),
        cbor::bytes(padded.as_slice()),
    ]))
}

/// Opens what [`seal`] sealed under this key for this place.
pub(crate) fn open(
    key: &EpochKey,
    header: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, ContentError> {
    let value = cbor::decode(sealed, cose::MAX_ENVELOPE)?;
    let not_sealed = || ContentError::Cbor(CborError::Unexpected("COSE_Encrypt0"));
    let inner = CoseEncrypt0::from_cbor_value(value).map_err(|_| not_sealed())?;
    let (salt, commitment) = read_protected(&inner)?;
    let derived = Derived::new(key, &salt);
    // Before the cipher is asked: a ciphertext opens under the one key it was made with, or not at all.
    // (Both sides of this comparison are public for the salt that came with it: no need for constant time.)
    if derived.commitment != commitment {
        return Err(ContentError::NotAuthentic);
    }
    let mut padded = Zeroizing::new(inner.ciphertext.ok_or_else(not_sealed)?);
    let aad = structure(&inner.protected, header);
    let opened = derived.open(&aad, &mut padded)?;
    let content = padding::unpad(opened).ok_or(CborError::Unexpected("padding"))?;
    Ok(Zeroizing::new(content.to_vec()))
}

struct Derived {
    key: Zeroizing<[u8; 32]>,
    nonce: [u8; 12],
    commitment: [u8; 32],
}

impl Derived {
    fn new(key: &EpochKey, salt: &[u8; 32]) -> Self {
        let root = extract(salt, key.expose());
        Self {
            key: Zeroizing::new(expand(&root, &[b"omamori/1/content/key"])),
            nonce: expand(&root, &[b"omamori/1/content/nonce"]),
            commitment: expand(&root, &[b"omamori/1/content/commitment"]),
        }
    }

    #[expect(
        clippy::expect_used,
        reason = "ring refuses only keys of another length and plaintexts beyond 256 GiB"
    )]
    fn cipher(&self) -> aead::LessSafeKey {
        let key = aead::UnboundKey::new(&aead::CHACHA20_POLY1305, self.key.as_slice());
        aead::LessSafeKey::new(key.expect("32 bytes"))
    }

    #[expect(
        clippy::expect_used,
        reason = "ring refuses only keys of another length and plaintexts beyond 256 GiB"
    )]
    fn seal(&self, aad: &[u8], padded: &mut Vec<u8>) {
        let nonce = aead::Nonce::assume_unique_for_key(self.nonce);
        self.cipher()
            .seal_in_place_append_tag(nonce, aead::Aad::from(aad), padded)
            .expect("far below 256 GiB");
    }

    fn open<'a>(&self, aad: &[u8], sealed: &'a mut [u8]) -> Result<&'a [u8], ContentError> {
        let nonce = aead::Nonce::assume_unique_for_key(self.nonce);
        let opened = self
            .cipher()
            .open_in_place(nonce, aead::Aad::from(aad), sealed);
        opened
            .map(|opened| &*opened)
            .map_err(|_| ContentError::NotAuthentic)
    }
}

fn synthetic_salt(
    key: &EpochKey,
    header: &[u8],
    padded: &[u8],
    rng: &mut impl CryptoRng,
) -> [u8; 32] {
    let mut randomness = Zeroizing::new([0; 32]);
    rng.fill_bytes(randomness.as_mut_slice());
    let salt_key: Zeroizing<[u8; 32]> = Zeroizing::new(expand(
        &extract(b"omamori/1/content/salt", key.expose()),
        &[b"salt"],
    ));
    let mut context =
        hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, salt_key.as_slice()));
    context.update(randomness.as_slice());
    context.update(&(header.len() as u64).to_be_bytes());
    context.update(header);
    context.update(padded);
    let mut salt = [0; 32];
    salt.copy_from_slice(context.sign().as_ref());
    salt
}

fn protected_map(salt: &[u8; 32], commitment: &[u8; 32]) -> ProtectedHeader {
    let items = vec![
        cbor::uint(cose::VERSION),
        cbor::bytes(salt),
        cbor::bytes(commitment),
    ];
    let header = map_of(items);
    ProtectedHeader {
        original_data: Some(cose::header_bytes(header.clone())),
        header,
    }
}

fn map_of(items: Vec<Value>) -> Header {
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::ChaCha20Poly1305)
        .value(cose::HEADER, Value::Array(items))
        .build()
}

fn read_protected(inner: &CoseEncrypt0) -> Result<([u8; 32], [u8; 32]), ContentError> {
    let malformed = || ContentError::Cbor(CborError::Unexpected("a header of sealed content"));
    let [(Label::Int(cose::HEADER), value)] = inner.protected.header.rest.as_slice() else {
        return Err(malformed());
    };
    let mut items = Items::of(value.clone())?;
    let version = items.uint()?;
    if version > cose::VERSION {
        return Err(ContentError::FutureVersion(version));
    }
    let (salt, commitment) = (items.fixed()?, items.fixed()?);
    items.finish()?;
    // Exactly what would be written for these values, and nothing beside it.
    let expected = protected_map(&salt, &commitment).original_data;
    if inner.protected.original_data == expected && inner.unprotected.is_empty() {
        Ok((salt, commitment))
    } else {
        Err(malformed())
    }
}

fn structure(protected: &ProtectedHeader, header: &[u8]) -> Vec<u8> {
    coset::enc_structure_data(EncryptionContext::CoseEncrypt0, protected.clone(), header)
}
