//! A package: the keys of the emergency and evacuation pages, sealed so that any two officers of one municipality open it together.
//!
//! ```text
//! header   [1, record, [* ledger head], municipality, hash of the officers' list, last day / null, nonce: 16,
//!          [2*2 [tag, [1* epoch]]]]
//! payload  [officers' list: bstr, [2*16 share: bstr], content: bstr]      shares in the order of the list
//! ```

use super::municipality::{ListError, MAX_OFFICERS, OfficersList};
#[cfg(feature = "record")]
use crate::{
    bundle::{self, WrapError},
    compartment::Compartment,
    content,
    device::DeviceKeys,
    epoch::EpochKey,
    sealed,
};
use crate::{
    cbor::{self, CborError, Items},
    cose::Context,
    id::{CompartmentTag, DeviceId, EpochId, MunicipalityId, OperationId, PackageId, RecordId},
    ledger::{
        State,
        operation::{UntilDate, read_until, until_value},
        rights::Right,
    },
    sealed::{Authentic, EntryError, Header, HeaderItems, Sealed, heads_value, read_heads},
};
use ciborium::Value;
#[cfg(feature = "record")]
use rand_core::CryptoRng;

/// Compartments in a package: emergency and evacuation, nothing else.
pub const COMPARTMENTS: usize = 2;
/// Most keys of one compartment.
pub const MAX_EPOCHS: usize = 512;
/// Longest package, in bytes.
pub const MAX_PACKAGE: usize = 256 * 1024;

/// What the header of a package says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageHeader {
    /// Whose record.
    pub record: RecordId,
    /// The ledger as its sender saw it; ascending.
    pub heads: Vec<OperationId>,
    /// For whom.
    pub municipality: MunicipalityId,
    /// Which list of theirs.
    pub list: [u8; 32],
    /// The last day on which it may be opened.
    pub until: Option<UntilDate>,
    /// Random: no two packages have one header.
    pub nonce: [u8; 16],
    /// The commitments of the keys inside, by compartment; ascending. Which of the two is which, only those inside know.
    pub epochs: Vec<(CompartmentTag, Vec<EpochId>)>,
}

/// A package as received.
pub type SealedPackage = Sealed<PackageHeader>;

/// What a package holds: whom it is for, and what stays shut.
#[derive(Debug, Clone)]
pub struct Purse {
    /// The officers, as the family saw them listed.
    pub list: OfficersList,
    /// Each officer's halves, sealed for them, in the order of the list.
    pub shares: Vec<Vec<u8>>,
    /// The keys, sealed under what two halves give.
    pub content: Vec<u8>,
}

impl Header for PackageHeader {
    type Id = PackageId;
    const CONTEXT: Context = Context::GlassPackage;

    fn record(&self) -> RecordId {
        self.record
    }

    fn heads(&self) -> &[OperationId] {
        &self.heads
    }

    fn allowed(&self, author: &DeviceId, state: &State) -> Result<(), EntryError> {
        for (tag, epochs) in &self.epochs {
            if !state.may(author, tag, Right::Manage) {
                return Err(EntryError::NoRight(*author));
            }
            if let Some(unknown) = epochs.iter().find(|epoch| !state.has_epoch(tag, epoch)) {
                return Err(EntryError::UnknownEpoch(*unknown));
            }
        }
        Ok(())
    }

    fn id(hash: [u8; 32]) -> PackageId {
        PackageId::new(hash)
    }

    fn values(&self) -> Vec<Value> {
        vec![
            cbor::bytes(self.record.as_bytes()),
            heads_value(&self.heads),
            cbor::bytes(self.municipality.as_bytes()),
            cbor::bytes(self.list),
            until_value(self.until),
            cbor::bytes(self.nonce),
            cbor::array(&self.epochs, |(tag, epochs)| {
                Value::Array(vec![
                    cbor::bytes(tag.as_bytes()),
                    cbor::array(epochs, |epoch| cbor::bytes(epoch.as_bytes())),
                ])
            }),
        ]
    }

    fn read(HeaderItems(items): &mut HeaderItems) -> Result<Self, CborError> {
        let header = Self {
            record: RecordId::new(items.fixed()?),
            heads: read_heads(items)?,
            municipality: MunicipalityId::new(items.fixed()?),
            list: items.fixed()?,
            until: read_until(items)?,
            nonce: items.fixed()?,
            epochs: items.list(COMPARTMENTS, |item| {
                let mut place = item.items()?;
                let tag = CompartmentTag::new(place.fixed()?);
                let epochs = place.list(MAX_EPOCHS, |id| id.fixed().map(EpochId::new))?;
                place.finish()?;
                cbor::ascending(&epochs)?;
                Ok((tag, epochs))
            })?,
        };
        let tags: Vec<_> = header.epochs.iter().map(|(tag, _)| *tag).collect();
        cbor::ascending(&tags)?;
        if tags.len() == COMPARTMENTS && header.epochs.iter().all(|(_, ids)| !ids.is_empty()) {
            Ok(header)
        } else {
            Err(CborError::Unexpected("keys of two compartments"))
        }
    }
}

impl PackageHeader {
    /// Does it hold the newest keys of both compartments? If not, it opens only what was written before.
    pub fn is_current(&self, state: &State) -> bool {
        self.epochs.iter().all(|(tag, held)| {
            let mut newest = state.newest_epochs(tag);
            newest.all(|epoch| held.binary_search(&epoch).is_ok())
        })
    }

    /// Does this device manage both compartments? Asked of whoever signed it: a package by somebody who manages no more counts no more.
    pub fn is_for(&self, device: &DeviceId, state: &State) -> bool {
        self.tags()
            .all(|tag| state.may(device, &tag, Right::Manage))
    }

    /// May it be opened on this day?
    pub fn holds_on(&self, day: UntilDate) -> bool {
        self.until.is_none_or(|until| day <= until)
    }

    /// The compartments that it opens, as relays call them.
    pub fn tags(&self) -> impl Iterator<Item = CompartmentTag> {
        self.epochs.iter().map(|(tag, _)| *tag)
    }
}

impl Purse {
    /// What an authentic package holds.
    ///
    /// # Errors
    /// [`ListError`]: somebody of the record made it as it should not be.
    pub fn of(package: &Authentic<PackageHeader>) -> Result<Self, ListError> {
        let mut payload = Items::decode(package.payload(), MAX_PACKAGE)?;
        let list = payload.blob()?;
        let shares = payload.list(MAX_OFFICERS, Items::blob)?;
        let content = payload.blob()?;
        payload.finish()?;
        let list = OfficersList::read(&list)?;
        let header = package.header();
        if list.municipality() != header.municipality
            || list.hash() != header.list
            || shares.len() != list.officers().len()
        {
            return Err(ListError::Officers);
        }
        Ok(Self {
            list,
            shares,
            content,
        })
    }
}

/// A package for the officers of a list: the header's keys, and nothing else.
#[cfg(feature = "record")]
pub(crate) fn make(
    keys: &DeviceKeys,
    header: &PackageHeader,
    list: &OfficersList,
    bundled: &[(Compartment, CompartmentTag, &EpochKey)],
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, WrapError> {
    let package_key = EpochKey::generate(rng);
    let plaintext = bundle::encode_keys(bundled);
    let mut failed = None;
    let bytes = sealed::sign(header, keys, |protected| {
        let shares = super::shares::split(&package_key, list, protected, rng);
        let shares = shares.unwrap_or_else(|error| {
            failed = Some(error);
            Vec::new()
        });
        let content = content::seal(&package_key, &place(protected), &plaintext, rng);
        cbor::encode(&Value::Array(vec![
            cbor::bytes(list.bytes()),
            cbor::array(shares, Value::Bytes),
            Value::Bytes(content),
        ]))
    });
    failed.map_or(Ok(bytes), Err)
}

/// What the content is bound to.
#[cfg(feature = "record")]
pub(super) fn place(protected: &[u8]) -> Vec<u8> {
    [b"omamori/1/glass-content", protected].concat()
}
