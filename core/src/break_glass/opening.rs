//! Openings: what two officers signed when they opened a package, for the family to see and for a relay to check.
//!
//! ```text
//! first    header   [1, record, package, the second officer, from, until, hash of the reason]
//!          payload  empty
//! opening  header   [1, record, package, epoch]
//!          payload  [package: bstr, first: bstr, reason: bstr]
//! ```
//! The second officer's signature covers the first one's, so there is no opening with one signature, and none in which the two agreed
//! to different things. The reason is sealed under a key of the record: the family reads it, a relay does not.

use super::{
    municipality::{ListError, Officer, OfficersList},
    package::{MAX_PACKAGE, PackageHeader, Purse, SealedPackage},
};
use crate::{
    cbor::{CborError, Items},
    cose::{Claimed, Context, EnvelopeError, sha256},
    id::{CompartmentTag, DeviceId, EpochId, MunicipalityId, OpeningId, PackageId, RecordId},
    ledger::Ledger,
    sealed::EntryError,
    time::UnixMillis,
};

/// Longest time for which something is opened, in milliseconds: 31 days.
pub const LONGEST: i64 = 31 * 24 * 3600 * 1000;
/// Longest opening beside its package, in bytes.
const MAX_REST: usize = 8 * 1024;

/// What the first officer signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) record: RecordId,
    pub(crate) package: PackageId,
    pub(crate) second: DeviceId,
    pub(crate) from: UnixMillis,
    pub(crate) until: UnixMillis,
    pub(crate) reason: [u8; 32],
}

/// A first signature as received.
#[derive(Debug, Clone)]
pub(crate) struct First {
    pub(crate) terms: Terms,
    pub(crate) envelope: Claimed,
}

/// An opening as received.
#[derive(Debug, Clone)]
pub struct ClaimedOpening {
    id: OpeningId,
    record: RecordId,
    package: PackageId,
    epoch: EpochId,
    envelope: Claimed,
    first: First,
    inner: SealedPackage,
    reason: Vec<u8>,
}

/// An opening that two officers of the family's list signed. Built only by [`ClaimedOpening::verify`].
#[derive(Debug, Clone)]
pub struct Opening {
    claimed: ClaimedOpening,
    header: PackageHeader,
    list: OfficersList,
    officers: [Officer; 2],
}

/// Why an opening is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// Malformed, of a newer version, or not signed by whom it claims.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The package inside is not one of this record, as far as its ledger is known.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The package inside is not as packages are.
    #[error(transparent)]
    List(#[from] ListError),
    /// Not signed by two officers whom the family had agreed to.
    #[error("not signed by two officers of the list")]
    NotTwoOfficers,
}

impl From<CborError> for OpeningError {
    fn from(error: CborError) -> Self {
        Self::Envelope(error.into())
    }
}

impl First {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Claimed::parse(Context::Opening, bytes)?;
        let mut items = envelope.header()?;
        let terms = Terms {
            record: RecordId::new(items.fixed()?),
            package: PackageId::new(items.fixed()?),
            second: DeviceId::new(items.fixed()?),
            from: UnixMillis(items.int()?),
            until: UnixMillis(items.int()?),
            reason: items.fixed()?,
        };
        items.finish()?;
        if !envelope.unproven_payload().is_empty() || !is_sensible(terms.from, terms.until) {
            return Err(EnvelopeError::NotSigned("a first signature"));
        }
        Ok(Self { terms, envelope })
    }

    pub(crate) fn signer(&self) -> DeviceId {
        self.envelope.signer()
    }
}

/// Does it end, after it began, and not too late?
pub(crate) fn is_sensible(from: UnixMillis, until: UnixMillis) -> bool {
    let length = until.0.checked_sub(from.0);
    length.is_some_and(|length| (1..=LONGEST).contains(&length))
}

impl ClaimedOpening {
    /// Reads an opening without believing it.
    ///
    /// # Errors
    /// [`EnvelopeError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Claimed::parse(Context::OpeningSecond, bytes)?;
        let mut header = envelope.header()?;
        let record = RecordId::new(header.fixed()?);
        let package = PackageId::new(header.fixed()?);
        let epoch = EpochId::new(header.fixed()?);
        header.finish()?;
        let mut payload = Items::decode(envelope.unproven_payload(), MAX_PACKAGE + MAX_REST)?;
        let (inner, first, reason) = (payload.blob()?, payload.blob()?, payload.blob()?);
        payload.finish()?;
        let (inner, first) = (SealedPackage::parse(&inner)?, First::parse(&first)?);
        let same = [inner.header().record, first.terms.record] == [record; 2]
            && [inner.id(), first.terms.package] == [package; 2]
            && first.terms.second == envelope.signer()
            && first.signer() != envelope.signer();
        if !same {
            return Err(EnvelopeError::NotSigned("an opening"));
        }
        Ok(Self {
            id: OpeningId::new(sha256(&[bytes])),
            record,
            package,
            epoch,
            envelope,
            first,
            inner,
            reason,
        })
    }

    /// Its id.
    pub fn id(&self) -> OpeningId {
        self.id
    }

    /// The reason, as sealed.
    pub fn sealed_reason(&self) -> &[u8] {
        &self.reason
    }

    /// Whose record it claims to be about.
    pub fn record(&self) -> RecordId {
        self.record
    }

    /// The package inside, as it claims.
    pub fn package(&self) -> &SealedPackage {
        &self.inner
    }

    /// The second officer, as it claims.
    pub fn second(&self) -> DeviceId {
        self.envelope.signer()
    }

    /// Checks the package against the record's ledger, and both officers against the list in the package.
    ///
    /// # Errors
    /// [`OpeningError`]. [`EntryError::Missing`] is the only one that may turn good later.
    pub fn verify(self, ledger: &Ledger) -> Result<Opening, OpeningError> {
        let package = self.inner.clone().verify(ledger)?;
        let list = Purse::of(&package)?.list;
        let officers = {
            let of = |id: &DeviceId| list.officer(id).ok_or(OpeningError::NotTwoOfficers);
            let (first, second) = (of(&self.first.signer())?, of(&self.second())?);
            self.first.envelope.verify(first.keys.sign_key())?;
            self.envelope.verify(second.keys.sign_key())?;
            [first.clone(), second.clone()]
        };
        Ok(Opening {
            header: package.header().clone(),
            claimed: self,
            list,
            officers,
        })
    }
}

impl Opening {
    /// Its id.
    pub fn id(&self) -> OpeningId {
        self.claimed.id
    }

    /// Which package was opened.
    pub fn package(&self) -> PackageId {
        self.claimed.package
    }

    /// What the package says in the clear.
    pub fn header(&self) -> &PackageHeader {
        &self.header
    }

    /// Whose officers.
    pub fn municipality(&self) -> MunicipalityId {
        self.list.municipality()
    }

    /// The list they stand on.
    pub fn list(&self) -> &OfficersList {
        &self.list
    }

    /// Who asked, and who opened.
    pub fn officers(&self) -> &[Officer; 2] {
        &self.officers
    }

    /// Since when, as the first officer's clock claimed.
    pub fn from(&self) -> UnixMillis {
        self.claimed.first.terms.from
    }

    /// Until when, as both agreed.
    pub fn until(&self) -> UnixMillis {
        self.claimed.first.terms.until
    }

    /// The compartments that were opened, as relays call them.
    pub fn tags(&self) -> impl Iterator<Item = CompartmentTag> {
        self.header.tags()
    }

    /// The key under which the reason is sealed.
    pub fn epoch(&self) -> EpochId {
        self.claimed.epoch
    }

    /// Why, for whoever holds the key. `None`: another key, or not the reason that the first officer signed.
    #[cfg(feature = "record")]
    pub fn reason(&self, key: &crate::epoch::EpochKey) -> Option<String> {
        let terms = &self.claimed.first.terms;
        let place = reason_place(&self.claimed.package, &terms.reason);
        let opened = crate::content::open(key, &place, &self.claimed.reason).ok()?;
        let (salt, reason) = opened.split_first_chunk()?;
        let reason = std::str::from_utf8(reason).ok()?;
        (reason_hash(salt, reason) == terms.reason).then(|| reason.to_owned())
    }
}

/// What the first officer signs of the reason, so that the clear part does not give it away.
#[cfg(feature = "record")]
pub(crate) fn reason_hash(salt: &[u8; 32], reason: &str) -> [u8; 32] {
    sha256(&[b"omamori/1/opening/reason", salt, reason.as_bytes()])
}

#[cfg(feature = "record")]
pub(crate) fn reason_place(package: &PackageId, hash: &[u8; 32]) -> Vec<u8> {
    [
        b"omamori/1/glass-reason".as_slice(),
        package.as_bytes(),
        hash,
    ]
    .concat()
}

/// The header of an opening.
#[cfg(feature = "record")]
pub(crate) fn header(
    package: &crate::sealed::Authentic<PackageHeader>,
    epoch: &EpochId,
) -> Vec<ciborium::Value> {
    use crate::cbor;
    vec![
        cbor::bytes(package.header().record.as_bytes()),
        cbor::bytes(package.id().as_bytes()),
        cbor::bytes(epoch.as_bytes()),
    ]
}
