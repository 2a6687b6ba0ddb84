//! Attestations: "the changes of this actor up to this one are mine."
//!
//! ```text
//! COSE_Sign1, context "omamori/1/attestation"
//!   header   [1, record, compartment tag, session salt: 16, sequence, hash of the change: 32,
//!            counter of the chunk]
//!   payload  empty
//! ```
//!
//! The counter ties the change to the author's count of chunks: a snapshot that holds the change and shows this attestation
//! proves that it covers the author's chunks up to there, and no other claim to cover them is believed.
//!
//! Each change of an actor names its own previous one among its dependencies, so the newest attestation proves all of an
//! author's changes: after compaction, provenance costs one signature for each writing session.

use crate::{
    cbor::{self, Items},
    cose::{Claimed, Context, EnvelopeError, short_hash, sign},
    device::{DeviceKeys, DevicePublic},
    id::{ActorId, CompartmentTag, DeviceId, RecordId},
};

/// What an attestation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attested {
    /// Whose record.
    pub record: RecordId,
    /// Which compartment.
    pub compartment: CompartmentTag,
    /// Random, drawn when a writing session begins: a restored backup or a second tab never continues an old actor.
    pub salt: [u8; 16],
    /// Automerge sequence number of the change.
    pub sequence: u64,
    /// Automerge hash of the change.
    pub hash: [u8; 32],
    /// The author's own count of the chunk that carries the change.
    pub counter: u64,
}

impl Attested {
    /// The actor these changes bear, if `device` made them:
    /// the first 16 bytes of `SHA-256("omamori/1/actor" ‖ record ‖ compartment tag ‖ device ‖ salt)`.
    pub fn actor(&self, device: &DeviceId) -> ActorId {
        actor(&self.record, &self.compartment, device, &self.salt)
    }
}

/// The actor of a writing session.
pub fn actor(
    record: &RecordId,
    compartment: &CompartmentTag,
    device: &DeviceId,
    salt: &[u8; 16],
) -> ActorId {
    ActorId::new(short_hash(&[
        b"omamori/1/actor",
        record.as_bytes(),
        compartment.as_bytes(),
        device.as_bytes(),
        salt,
    ]))
}

/// An attestation as received.
#[derive(Debug, Clone)]
pub struct ClaimedAttestation {
    attested: Attested,
    envelope: Claimed,
    bytes: Vec<u8>,
}

/// An attestation whose signature fits. Built only by [`ClaimedAttestation::verify`] and [`Attestation::sign`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    device: DeviceId,
    attested: Attested,
    bytes: Vec<u8>,
}

impl ClaimedAttestation {
    /// Reads an attestation without believing it.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Claimed::parse(Context::Attestation, bytes)?;
        let attested = read(envelope.header()?)?;
        if !envelope.unproven_payload().is_empty() {
            return Err(EnvelopeError::NotSigned("an attestation has no payload"));
        }
        Ok(Self {
            attested,
            envelope,
            bytes: bytes.to_vec(),
        })
    }

    /// Whose signature it claims to bear.
    pub fn device(&self) -> DeviceId {
        self.envelope.signer()
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`EnvelopeError::NotAuthentic`] if it is not this device's.
    pub fn verify(self, device: &DevicePublic) -> Result<Attestation, EnvelopeError> {
        if device.id() != self.device() {
            return Err(EnvelopeError::NotAuthentic);
        }
        self.envelope.verify(device.sign_key())?;
        Ok(Attestation {
            device: self.device(),
            attested: self.attested,
            bytes: self.bytes,
        })
    }
}

impl Attestation {
    /// Signs for one's own changes.
    pub fn sign(keys: &DeviceKeys, attested: Attested) -> Self {
        let header = vec![
            cbor::bytes(attested.record.as_bytes()),
            cbor::bytes(attested.compartment.as_bytes()),
            cbor::bytes(attested.salt),
            cbor::uint(attested.sequence),
            cbor::bytes(attested.hash),
            cbor::uint(attested.counter),
        ];
        let bytes = sign(
            Context::Attestation,
            &keys.id(),
            keys.signing(),
            header,
            Vec::new(),
        );
        Self {
            device: keys.id(),
            attested,
            bytes,
        }
    }

    /// Whose changes.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Which changes.
    pub fn attested(&self) -> &Attested {
        &self.attested
    }

    /// The actor the changes bear.
    pub fn actor(&self) -> ActorId {
        self.attested.actor(&self.device)
    }

    /// As signed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

fn read(mut items: Items) -> Result<Attested, EnvelopeError> {
    let attested = Attested {
        record: RecordId::new(items.fixed()?),
        compartment: CompartmentTag::new(items.fixed()?),
        salt: items.fixed()?,
        sequence: items.uint()?,
        hash: items.fixed()?,
        counter: items.uint()?,
    };
    items.finish()?;
    Ok(attested)
}
