//! Signed envelopes: COSE_Sign1 (RFC 9052) with Ed25519, as strict as it can be read.
//!
//! ```text
//! [ protected: bstr { 1: -8 (EdDSA), 4: signer, -65537: [ version, … ] },
//!   unprotected: {},                 always empty: nothing outside the signature
//!   payload: bstr,
//!   signature: 64 bytes ]            over Sig_structure with external_aad = the signing context
//! ```
//!
//! Nothing is re-encoded after receipt: the signature is checked over the bytes that came, and ids hash those bytes.

#[cfg(feature = "remember-signatures")]
mod remembered;

use crate::{
    cbor::{self, Items},
    id::DeviceId,
    secret::Secret32,
};
use ciborium::Value;
use coset::{
    AsCborValue, CborSerializable, CoseSign1, Header, HeaderBuilder, Label, ProtectedHeader, iana,
};
use ring::{
    digest,
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use std::fmt;

pub use crate::cbor::CborError;

/// The version every signed structure of this format carries.
pub const VERSION: u64 = 1;
/// Longest signed structure, in bytes. A relay refuses longer entries as well.
pub const MAX_ENVELOPE: usize = 1024 * 1024;
/// Where our own header array stands in the protected map: first of the private-use labels.
pub(crate) const HEADER: i64 = -65_537;

/// What a signature is for. A signature made for one purpose is worth nothing for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// A ledger operation.
    Operation,
    /// A sealed chunk.
    Chunk,
    /// A sealed snapshot.
    Snapshot,
    /// Wrapped epoch keys.
    Bundle,
    /// "These changes of this actor are mine."
    Attestation,
    /// Proof of a device to a relay.
    Token,
    /// A printed card.
    Card,
    /// A relay's word for who fetched what.
    Access,
    /// What is said of printed cards afterwards.
    CardNotice,
    /// A municipality's list of its officers.
    Officers,
    /// Keys that two officers can open together.
    GlassPackage,
    /// The first of two officers: "we open this".
    Opening,
    /// The second of two officers.
    OpeningSecond,
}

impl Context {
    /// The bytes that enter the signature as `external_aad`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Operation => "omamori/1/operation",
            Self::Chunk => "omamori/1/chunk",
            Self::Snapshot => "omamori/1/snapshot",
            Self::Bundle => "omamori/1/bundle",
            Self::Attestation => "omamori/1/attestation",
            Self::Token => "omamori/1/token",
            Self::Card => "omamori/1/card",
            Self::Access => "omamori/1/access",
            Self::CardNotice => "omamori/1/card-notice",
            Self::Officers => "omamori/1/officers",
            Self::GlassPackage => "omamori/1/glass-package",
            Self::Opening => "omamori/1/opening",
            Self::OpeningSecond => "omamori/1/opening-second",
        }
    }
}

/// Why signed bytes are refused. None of these says anything about content: nothing was believed yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Cut off, too long, or written in another way than this format writes.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// CBOR, but no COSE_Sign1 as this format uses it.
    #[error("not a signed structure of this format: {0}")]
    NotSigned(&'static str),
    /// Made by a newer app. It is kept, not thrown away: an update may read it.
    #[error("written by a newer version ({0})")]
    FutureVersion(u64),
    /// The signature does not fit: altered, or signed by someone else, or for another purpose.
    #[error("the signature does not fit")]
    NotAuthentic,
}

/// An Ed25519 signing key, by its seed. Wiped when dropped; it has no `Clone`, and `Debug` shows nothing.
pub struct SigningKey(Secret32);

impl SigningKey {
    /// The key with this seed.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Secret32::new(seed))
    }

    /// Its public half.
    pub fn public(&self) -> [u8; 32] {
        let mut public = [0; 32];
        public.copy_from_slice(self.pair().public_key().as_ref());
        public
    }

    /// Signs bytes as they are. Callers give them a [`Context`].
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.pair().sign(message).as_ref());
        signature
    }

    #[cfg(feature = "record")]
    pub(crate) fn seed(&self) -> &[u8; 32] {
        self.0.expose()
    }

    #[expect(
        clippy::expect_used,
        reason = "ring refuses only seeds of another length than 32, which the type rules out"
    )]
    fn pair(&self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_seed_unchecked(self.0.expose()).expect("32 bytes")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// Is this the key's signature over these bytes?
///
/// # Errors
/// [`EnvelopeError::NotAuthentic`].
pub(crate) fn verify_bytes(
    key: &[u8; 32],
    message: &[u8],
    signature: &[u8],
) -> Result<(), EnvelopeError> {
    let check = || {
        let key = UnparsedPublicKey::new(&ED25519, key);
        key.verify(message, signature).is_ok()
    };
    #[cfg(feature = "remember-signatures")]
    let is_good = remembered::is_good(key, message, signature, check);
    #[cfg(not(feature = "remember-signatures"))]
    let is_good = check();
    if is_good {
        Ok(())
    } else {
        Err(EnvelopeError::NotAuthentic)
    }
}

/// A header about to be signed. Its bytes can be had before the payload, so that sealed content can be bound to them.
pub(crate) struct Draft {
    context: Context,
    protected: ProtectedHeader,
}

impl Draft {
    /// The version is put in front of the header.
    pub(crate) fn new(context: Context, signer: &DeviceId, header: Vec<Value>) -> Self {
        let mut items = vec![cbor::uint(VERSION)];
        items.extend(header);
        let header = protected_map(signer.as_bytes().to_vec(), items);
        Self {
            context,
            protected: ProtectedHeader {
                original_data: Some(header_bytes(header.clone())),
                header,
            },
        }
    }

    /// The bytes of the protected header.
    #[cfg(feature = "record")]
    pub(crate) fn protected(&self) -> &[u8] {
        self.protected.original_data.as_deref().unwrap_or_default()
    }

    /// The signed structure.
    pub(crate) fn sign(self, key: &SigningKey, payload: Vec<u8>) -> Vec<u8> {
        let mut signed = CoseSign1 {
            protected: self.protected,
            payload: Some(payload),
            ..CoseSign1::default()
        };
        signed.signature = key
            .sign(&signed.tbs_data(self.context.label().as_bytes()))
            .to_vec();
        cbor::encode(&Value::Array(vec![
            cbor::bytes(signed.protected.original_data.unwrap_or_default()),
            Value::Map(Vec::new()),
            cbor::bytes(signed.payload.unwrap_or_default()),
            Value::Bytes(signed.signature),
        ]))
    }
}

/// Signs a header and a payload. The version is put in front of the header.
pub fn sign(
    context: Context,
    signer: &DeviceId,
    key: &SigningKey,
    header: Vec<Value>,
    payload: Vec<u8>,
) -> Vec<u8> {
    Draft::new(context, signer, header).sign(key, payload)
}

fn protected_map(signer: Vec<u8>, items: Vec<Value>) -> Header {
    HeaderBuilder::new()
        .algorithm(iana::Algorithm::EdDSA)
        .key_id(signer)
        .value(HEADER, Value::Array(items))
        .build()
}

#[expect(
    clippy::expect_used,
    reason = "encoding fails on duplicate labels only, and every label is written once"
)]
pub(crate) fn header_bytes(header: Header) -> Vec<u8> {
    header.to_vec().expect("no duplicate labels")
}

/// Bytes that claim to be signed. Header and signer can be read to find the key; the payload only through `verify`.
#[derive(Debug, Clone)]
pub struct Claimed {
    context: Context,
    signer: DeviceId,
    header: Value,
    inner: CoseSign1,
}

impl Claimed {
    /// Reads the structure without believing it.
    ///
    /// # Errors
    /// Every [`EnvelopeError`] but `NotAuthentic`.
    pub fn parse(context: Context, bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let value = cbor::decode(bytes, MAX_ENVELOPE)?;
        let inner = CoseSign1::from_cbor_value(value)
            .map_err(|_| EnvelopeError::NotSigned("COSE_Sign1"))?;
        if !inner.unprotected.is_empty() {
            return Err(EnvelopeError::NotSigned(
                "the unprotected header is not empty",
            ));
        }
        if inner.payload.is_none() || inner.signature.len() != 64 {
            return Err(EnvelopeError::NotSigned("payload or signature"));
        }
        let (signer, header) = read_protected(&inner)?;
        Ok(Self {
            context,
            signer,
            header,
            inner,
        })
    }

    /// Whose signature it claims to bear.
    pub fn signer(&self) -> DeviceId {
        self.signer
    }

    /// The claimed header after its version.
    pub(crate) fn header(&self) -> Result<Items, EnvelopeError> {
        let mut items = Items::of(self.header.clone())?;
        items.uint()?;
        Ok(items)
    }

    /// The payload, before anything proves it. Only a genesis is read so, because its key is inside.
    pub(crate) fn unproven_payload(&self) -> &[u8] {
        self.inner.payload.as_deref().unwrap_or_default()
    }

    /// The bytes as they came: read strictly, they can be written again.
    #[cfg(feature = "record")]
    pub(crate) fn bytes(&self) -> Vec<u8> {
        cbor::encode(&Value::Array(vec![
            cbor::bytes(self.protected()),
            Value::Map(Vec::new()),
            cbor::bytes(self.unproven_payload()),
            cbor::bytes(&self.inner.signature),
        ]))
    }

    #[cfg(feature = "record")]
    /// The protected header as received: the sealed content is bound to exactly these bytes.
    pub(crate) fn protected(&self) -> &[u8] {
        self.inner
            .protected
            .original_data
            .as_deref()
            .unwrap_or_default()
    }

    /// Checks the signature over the bytes as they came. The caller must have found `key` under [`Claimed::signer`].
    ///
    /// # Errors
    /// [`EnvelopeError::NotAuthentic`].
    pub fn verify(&self, key: &[u8; 32]) -> Result<&[u8], EnvelopeError> {
        self.inner
            .verify_signature(self.context.label().as_bytes(), |signature, message| {
                verify_bytes(key, message, signature)
            })?;
        Ok(self.unproven_payload())
    }
}

fn read_protected(inner: &CoseSign1) -> Result<(DeviceId, Value), EnvelopeError> {
    let header = &inner.protected.header;
    let received = inner.protected.original_data.as_deref().unwrap_or_default();
    // The map is inside a byte string, so it needs the check for determinism of its own.
    if header.clone().to_vec().ok().as_deref() != Some(received) {
        return Err(EnvelopeError::Cbor(CborError::NotDeterministic));
    }
    let signer = DeviceId::try_from(header.key_id.as_slice())
        .map_err(|_| EnvelopeError::NotSigned("signer"))?;
    let [(Label::Int(HEADER), Value::Array(items))] = header.rest.as_slice() else {
        return Err(EnvelopeError::NotSigned("header"));
    };
    let version = items
        .first()
        .and_then(Value::as_integer)
        .and_then(|n| u64::try_from(n).ok());
    match version {
        Some(VERSION) => {}
        Some(newer) if newer > VERSION => return Err(EnvelopeError::FutureVersion(newer)),
        _ => return Err(EnvelopeError::NotSigned("version")),
    }
    if *header != protected_map(header.key_id.clone(), items.clone()) {
        return Err(EnvelopeError::NotSigned("header"));
    }
    Ok((signer, Value::Array(items.clone())))
}

/// The first 16 bytes of the SHA-256 of these parts: enough to name something by.
pub(crate) fn short_hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut short = [0; 16];
    let hash = sha256(parts);
    short.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    short
}

/// SHA-256 of these parts, one after the other. Parts that vary in length come last or carry their length.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
