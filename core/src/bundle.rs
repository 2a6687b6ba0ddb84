//! Bundles: epoch keys, wrapped for one device with a key exchange that stays shut for decades.
//!
//! ```text
//! COSE_Sign1 (see `sealed`), payload =
//!   [ encapsulated key: bstr .size 1120, sealed keys: bstr ]
//!
//! HPKE (RFC 9180) base mode: X-Wing (ML-KEM-768 + X25519), HKDF-SHA256, ChaCha20-Poly1305
//!   info       "omamori/1/bundle" ‖ the signed header's bytes (record, sender, recipient, ledger heads, epochs)
//!   plaintext  [* [number of the compartment, tag: 16, key: 32]]
//! ```
//!
//! Base mode does not authenticate the sender: the outer signature says who sent it, and each key must fit a commitment
//! in the ledger, so that a sender can only hand on keys that everybody else has too.

use crate::{
    cbor::{self, CborError, Items},
    compartment::Compartment,
    device::{DeviceKeys, DevicePublic},
    epoch::EpochKey,
    id::{CompartmentTag, EpochId, OperationId, RecordId},
    sealed::{self, Authentic, BundleHeader},
};
use ciborium::Value;
use hpke::{
    Deserializable, Kem, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256,
    kem::XWing, single_shot_open, single_shot_seal_with_rng,
};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

const MAX_KEYS: usize = 4096;
const MAX_BUNDLE: usize = 512 * 1024;

/// A key with its place.
#[derive(Debug)]
pub struct BundledKey {
    /// Which compartment.
    pub compartment: Compartment,
    /// What the relay calls it.
    pub tag: CompartmentTag,
    /// Its commitment, as computed from the key.
    pub epoch: EpochId,
    /// The key.
    pub key: EpochKey,
}

/// Why a bundle cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WrapError {
    /// The recipient's X-Wing key is none.
    #[error("the recipient's key cannot receive anything")]
    BadRecipientKey,
}

/// Why a bundle cannot be opened, though its signature fits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnwrapError {
    /// It is for another device.
    #[error("the bundle is for another device")]
    NotForThisDevice,
    /// Altered, or wrapped for other keys or another place.
    #[error("the keys failed authentication")]
    NotAuthentic,
    /// It opened, and holds something else than a bundle holds.
    #[error("a bundle holds something else: {0}")]
    Malformed(#[from] CborError),
    /// A key does not fit the commitments that the header names.
    #[error("a key does not fit its commitment")]
    WrongKey,
}

/// Wraps keys for a device.
///
/// # Errors
/// [`WrapError`].
pub fn wrap(
    keys: &DeviceKeys,
    recipient: &DevicePublic,
    record: RecordId,
    heads: Vec<OperationId>,
    bundled: &[(Compartment, CompartmentTag, &EpochKey)],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, WrapError> {
    let mut epochs: Vec<EpochId> = bundled
        .iter()
        .map(|(name, tag, key)| key.id(tag, *name))
        .collect();
    epochs.sort_unstable();
    epochs.dedup();
    let header = BundleHeader {
        record,
        recipient: recipient.id(),
        heads,
        epochs,
    };
    let plaintext = encode_keys(bundled);
    let mut failed = None;
    let bytes = sealed::sign(&header, keys, |protected| {
        seal_for(recipient, &info(protected), &plaintext, rng).unwrap_or_else(|error| {
            failed = Some(error);
            Vec::new()
        })
    });
    failed.map_or(Ok(bytes), Err)
}

/// `[* [compartment, tag, key]]`
pub(crate) fn encode_keys(
    bundled: &[(Compartment, CompartmentTag, &EpochKey)],
) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(cbor::encode(&cbor::array(bundled, |(name, tag, key)| {
        Value::Array(vec![
            cbor::uint(code(*name)),
            cbor::bytes(tag.as_bytes()),
            cbor::bytes(key.expose()),
        ])
    })))
}

/// What [`encode_keys`] wrote; compartments that only a newer version knows are left out.
pub(crate) fn decode_keys(plaintext: &[u8]) -> Result<Vec<BundledKey>, CborError> {
    let value = cbor::decode(plaintext, MAX_BUNDLE)?;
    let mut list = Items::of(Value::Array(vec![value]))?;
    let bundled = list.list(MAX_KEYS, |item| read_key(item.items()?))?;
    Ok(bundled.into_iter().flatten().collect())
}

/// Opens a bundle that was made for these keys.
///
/// # Errors
/// [`UnwrapError`].
pub fn unwrap(
    bundle: &Authentic<BundleHeader>,
    keys: &DeviceKeys,
) -> Result<Vec<BundledKey>, UnwrapError> {
    if bundle.header().recipient != keys.id() {
        return Err(UnwrapError::NotForThisDevice);
    }
    let plaintext = open_for(keys, &info(bundle.protected()), bundle.payload())?;
    let known = decode_keys(&plaintext)?;
    // Otherwise what the header shows to everybody would not be what the device got.
    if known
        .iter()
        .all(|key| bundle.header().epochs.contains(&key.epoch))
    {
        Ok(known)
    } else {
        Err(UnwrapError::WrongKey)
    }
}

/// `None`: a compartment that a newer version added. An older app leaves it alone.
fn read_key(mut item: Items) -> Result<Option<BundledKey>, CborError> {
    let (code, tag) = (item.uint()?, CompartmentTag::new(item.fixed()?));
    let bytes = Zeroizing::new(item.fixed::<32>()?);
    item.finish()?;
    let compartment = usize::try_from(code)
        .ok()
        .and_then(|code| Compartment::ALL.get(code))
        .copied();
    Ok(compartment.map(|compartment| {
        let key = EpochKey::from_bytes(&bytes);
        BundledKey {
            compartment,
            tag,
            epoch: key.id(&tag, compartment),
            key,
        }
    }))
}

/// Its place in [`Compartment::ALL`], so that all names are equally long.
fn code(compartment: Compartment) -> u64 {
    Compartment::ALL
        .into_iter()
        .zip(0..)
        .find_map(|(name, code)| (name == compartment).then_some(code))
        .unwrap_or(u64::MAX)
}

fn info(protected: &[u8]) -> Vec<u8> {
    [b"omamori/1/bundle", protected].concat()
}

/// `[encapsulated key, sealed]` for the owner of these keys.
pub(crate) fn seal_for(
    recipient: &DevicePublic,
    info: &[u8],
    plaintext: &[u8],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, WrapError> {
    let public = <XWing as Kem>::PublicKey::from_bytes(recipient.receive_key());
    let public = public.map_err(|_| WrapError::BadRecipientKey)?;
    let (encapsulated, sealed) = single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &public,
        info,
        plaintext,
        &[],
        rng,
    )
    .map_err(|_| WrapError::BadRecipientKey)?;
    Ok(cbor::encode(&Value::Array(vec![
        cbor::bytes(encapsulated.to_bytes()),
        cbor::bytes(sealed),
    ])))
}

/// What [`seal_for`] sealed.
pub(crate) fn open_for(
    keys: &DeviceKeys,
    info: &[u8],
    payload: &[u8],
) -> Result<Zeroizing<Vec<u8>>, UnwrapError> {
    let mut payload = Items::decode(payload, MAX_BUNDLE)?;
    let (encapsulated, sealed) = (payload.blob()?, payload.blob()?);
    payload.finish()?;
    let encapsulated = <XWing as Kem>::EncappedKey::from_bytes(&encapsulated);
    let encapsulated = encapsulated.map_err(|_| UnwrapError::NotAuthentic)?;
    single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &keys.receive_key(),
        &encapsulated,
        info,
        &sealed,
        &[],
    )
    .map(Zeroizing::new)
    .map_err(|_| UnwrapError::NotAuthentic)
}
