//! Ledger operations: who may do what, signed, linked by hash, readable by the relay.
//!
//! ```text
//! COSE_Sign1, context "omamori/1/operation"
//!   header   [1, record / null, [* parent], claimed time]      parents ascending; genesis has neither record nor parents
//!   payload  [number of the operation, its fields …]
//! ```
//!
//! All kinds can be written, read and verified; which are in force is decided by [`super::Ledger::check`].

use crate::{
    cbor::{self, CborError, Items},
    cose::{Claimed, Context, EnvelopeError, SigningKey, sha256, sign},
    device::DevicePublic,
    id::{ChunkId, CompartmentTag, DeviceId, EpochId, MemberId, OperationId, RecordId, SnapshotId},
    ledger::rights::Right,
    time::UnixMillis,
};
use ciborium::Value;

/// Most parents an operation may name.
pub const MAX_PARENTS: usize = 64;
/// Most entries a list inside an operation may have.
const MAX_LIST: usize = 4096;
/// Longest payload of an operation, in bytes.
const MAX_PAYLOAD: usize = 256 * 1024;

/// What an operation does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Begins a record.
    Genesis(Genesis),
    /// A further key for a person already in the record: a second phone.
    AddDevice {
        /// The person.
        member: MemberId,
        /// The new key.
        device: DevicePublic,
    },
    /// A key is lost or retired.
    RemoveDevice {
        /// The key, and how far it had got.
        frontier: Frontier,
    },
    /// Somebody may read or write.
    Grant(Grant),
    /// A grant is taken back.
    Revoke {
        /// The grant.
        grant: OperationId,
        /// How far each key that loses by it had got.
        frontiers: Vec<Frontier>,
    },
    /// A grant has expired, and somebody who manages says so.
    Close {
        /// The grant.
        grant: OperationId,
        /// How far each key that loses by it had got.
        frontiers: Vec<Frontier>,
    },
    /// New keys for compartments. The keys travel in bundles, the commitments stand here.
    Rotate {
        /// Per compartment, the commitment to its new key; tags ascending.
        epochs: Vec<(CompartmentTag, EpochId)>,
    },
    /// Chunks beyond a frontier that a guardian answers for.
    Endorse {
        /// The compartment.
        compartment: CompartmentTag,
        /// The chunks, ascending.
        chunks: Vec<ChunkId>,
    },
    /// A compartment goes on from this snapshot: what it lacks and nobody says again is history only.
    Restart {
        /// The compartment.
        compartment: CompartmentTag,
        /// The snapshot.
        snapshot: SnapshotId,
    },
    /// An organisation certifies a member of its staff.
    StaffJoin {
        /// Their key.
        staff: DevicePublic,
        /// Last day of the certificate, if it has one.
        until: Option<UntilDate>,
    },
    /// A member of staff has left: the person ends, not the tablet.
    StaffEnd {
        /// How far each of their keys had got.
        frontiers: Vec<Frontier>,
    },
}

/// The first operation of a record. Its hash is the record's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The founding device, which manages every compartment.
    pub device: DevicePublic,
    /// Nine random tags, ascending, each with the commitment to its first key. Which tag is which compartment stands in
    /// the bundles only: ascending random numbers are a shuffled order that cannot be forgotten to be shuffled.
    pub compartments: Vec<(CompartmentTag, EpochId)>,
    /// Random, so that one device can found two records.
    pub salt: [u8; 16],
}

/// Number of compartments a record begins with.
pub const COMPARTMENTS: usize = 9;

/// A grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// To whom.
    pub grantee: Grantee,
    /// Which compartments, with which right; tags ascending.
    pub rights: Vec<(CompartmentTag, Right)>,
    /// Last day it holds, if it ends.
    pub until: Option<UntilDate>,
    /// May the grantee pass it on?
    pub delegate: bool,
    /// SHA-256 of the salted consent (同意書), which is sealed in the `consents` compartment.
    pub consent: Option<[u8; 32]>,
}

/// Who receives a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grantee {
    /// Somebody new, by their first key.
    Person(DevicePublic),
    /// An organisation, by a key that certifies its staff and does nothing else.
    Organisation([u8; 32]),
    /// Somebody already in the record.
    Member(MemberId),
}

/// A day, as days since 1970-01-01 (local calendar of the family). A date, not an instant: expiry is decided by people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UntilDate(pub i64);

#[cfg(feature = "card")]
impl UntilDate {
    const FIRST: jiff::civil::Date = jiff::civil::Date::constant(1970, 1, 1);

    /// The day of a calendar.
    pub fn of(date: jiff::civil::Date) -> Self {
        Self(i64::from((date - Self::FIRST).get_days()))
    }

    /// The day in a calendar; `None` where no calendar reaches.
    pub fn date(self) -> Option<jiff::civil::Date> {
        let days = jiff::Span::new().try_days(self.0).ok()?;
        Self::FIRST.checked_add(days).ok()
    }
}

/// How far a key had got when it was removed, as seen by whoever removed it. What lies beyond is quarantined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frontier {
    /// The key.
    pub device: DeviceId,
    /// Its last operation in the ledger.
    pub operation: Option<OperationId>,
    /// Per compartment, its last chunk: author's counter and id; ascending. Further ones of the same compartment stand behind
    /// gaps that whoever removes it saw: the last chunk before each, or the missing one if none is there.
    pub chunks: Vec<(CompartmentTag, u64, ChunkId)>,
}

impl Operation {
    /// Its number in the format.
    pub const fn code(&self) -> u64 {
        match self {
            Self::Genesis(_) => 0,
            Self::AddDevice { .. } => 1,
            Self::RemoveDevice { .. } => 2,
            Self::Grant(_) => 3,
            Self::Revoke { .. } => 4,
            Self::Close { .. } => 5,
            Self::Rotate { .. } => 6,
            Self::Endorse { .. } => 7,
            Self::Restart { .. } => 8,
            Self::StaffJoin { .. } => 9,
            Self::StaffEnd { .. } => 10,
        }
    }

    /// Its name, as in the design.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Genesis(_) => "genesis",
            Self::AddDevice { .. } => "add-device",
            Self::RemoveDevice { .. } => "remove-device",
            Self::Grant(_) => "grant",
            Self::Revoke { .. } => "revoke",
            Self::Close { .. } => "close",
            Self::Rotate { .. } => "rotate",
            Self::Endorse { .. } => "endorse",
            Self::Restart { .. } => "restart",
            Self::StaffJoin { .. } => "staff-join",
            Self::StaffEnd { .. } => "staff-end",
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut items = vec![cbor::uint(self.code())];
        items.extend(self.fields());
        cbor::encode(&Value::Array(items))
    }

    fn fields(&self) -> Vec<Value> {
        match self {
            Self::Genesis(genesis) => {
                vec![
                    genesis.device.to_value(),
                    epochs_value(&genesis.compartments),
                    cbor::bytes(genesis.salt),
                ]
            }
            Self::AddDevice { member, device } => {
                vec![cbor::bytes(member.as_bytes()), device.to_value()]
            }
            Self::RemoveDevice { frontier } => vec![frontier.to_value()],
            Self::Grant(grant) => grant.fields(),
            Self::Revoke { grant, frontiers } | Self::Close { grant, frontiers } => {
                vec![
                    cbor::bytes(grant.as_bytes()),
                    cbor::array(frontiers, Frontier::to_value),
                ]
            }
            Self::Rotate { epochs } => vec![epochs_value(epochs)],
            Self::Endorse {
                compartment,
                chunks,
            } => {
                vec![
                    cbor::bytes(compartment.as_bytes()),
                    cbor::array(chunks, |id| cbor::bytes(id.as_bytes())),
                ]
            }
            Self::Restart {
                compartment,
                snapshot,
            } => {
                vec![
                    cbor::bytes(compartment.as_bytes()),
                    cbor::bytes(snapshot.as_bytes()),
                ]
            }
            Self::StaffJoin { staff, until } => vec![staff.to_value(), until_value(*until)],
            Self::StaffEnd { frontiers } => vec![cbor::array(frontiers, Frontier::to_value)],
        }
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, CborError> {
        let mut items = Items::decode(bytes, MAX_PAYLOAD)?;
        let operation = match items.uint()? {
            0 => Self::Genesis(Genesis {
                device: DevicePublic::read(items.items()?)?,
                compartments: read_epochs(&mut items)?,
                salt: items.fixed()?,
            }),
            1 => Self::AddDevice {
                member: MemberId::new(items.fixed()?),
                device: DevicePublic::read(items.items()?)?,
            },
            2 => Self::RemoveDevice {
                frontier: Frontier::read(items.items()?)?,
            },
            3 => Self::Grant(Grant::read(&mut items)?),
            4 => Self::Revoke {
                grant: OperationId::new(items.fixed()?),
                frontiers: read_frontiers(&mut items)?,
            },
            5 => Self::Close {
                grant: OperationId::new(items.fixed()?),
                frontiers: read_frontiers(&mut items)?,
            },
            6 => Self::Rotate {
                epochs: read_epochs(&mut items)?,
            },
            7 => Self::Endorse {
                compartment: CompartmentTag::new(items.fixed()?),
                chunks: sorted(items.list(MAX_LIST, |item| item.fixed().map(ChunkId::new))?)?,
            },
            8 => Self::Restart {
                compartment: CompartmentTag::new(items.fixed()?),
                snapshot: SnapshotId::new(items.fixed()?),
            },
            9 => Self::StaffJoin {
                staff: DevicePublic::read(items.items()?)?,
                until: read_until(&mut items)?,
            },
            10 => Self::StaffEnd {
                frontiers: read_frontiers(&mut items)?,
            },
            _ => return Err(CborError::Unexpected("an operation of this version")),
        };
        items.finish()?;
        Ok(operation)
    }
}

impl Grant {
    fn fields(&self) -> Vec<Value> {
        vec![
            self.grantee.to_value(),
            cbor::array(&self.rights, |(tag, right)| {
                Value::Array(vec![cbor::bytes(tag.as_bytes()), cbor::uint(right.code())])
            }),
            until_value(self.until),
            Value::Bool(self.delegate),
            cbor::option(self.consent, cbor::bytes),
        ]
    }

    fn read(items: &mut Items) -> Result<Self, CborError> {
        let grant = Self {
            grantee: Grantee::read(items.items()?)?,
            rights: items.list(MAX_LIST, |item| {
                let mut pair = item.items()?;
                let tag = CompartmentTag::new(pair.fixed()?);
                let right =
                    Right::from_code(pair.uint()?).ok_or(CborError::Unexpected("a right"))?;
                pair.finish()?;
                Ok((tag, right))
            })?,
            until: read_until(items)?,
            delegate: items.flag()?,
            consent: items.optional()?,
        };
        cbor::ascending(&grant.rights.iter().map(|(tag, _)| tag).collect::<Vec<_>>())?;
        Ok(grant)
    }
}

impl Grantee {
    fn to_value(&self) -> Value {
        Value::Array(match self {
            Self::Person(device) => vec![cbor::uint(0u64), device.to_value()],
            Self::Organisation(key) => vec![cbor::uint(1u64), cbor::bytes(key)],
            Self::Member(member) => vec![cbor::uint(2u64), cbor::bytes(member.as_bytes())],
        })
    }

    fn read(mut items: Items) -> Result<Self, CborError> {
        let grantee = match items.uint()? {
            0 => Self::Person(DevicePublic::read(items.items()?)?),
            1 => Self::Organisation(items.fixed()?),
            2 => Self::Member(MemberId::new(items.fixed()?)),
            _ => return Err(CborError::Unexpected("a grantee")),
        };
        items.finish()?;
        Ok(grantee)
    }
}

impl Frontier {
    fn to_value(&self) -> Value {
        Value::Array(vec![
            cbor::bytes(self.device.as_bytes()),
            cbor::option(self.operation, |id| cbor::bytes(id.as_bytes())),
            cbor::array(&self.chunks, |(tag, counter, id)| {
                Value::Array(vec![
                    cbor::bytes(tag.as_bytes()),
                    cbor::uint(*counter),
                    cbor::bytes(id.as_bytes()),
                ])
            }),
        ])
    }

    fn read(mut items: Items) -> Result<Self, CborError> {
        let frontier = Self {
            device: DeviceId::new(items.fixed()?),
            operation: items.optional()?.map(OperationId::new),
            chunks: items.list(MAX_LIST, |item| {
                let mut chunk = item.items()?;
                let read = (
                    CompartmentTag::new(chunk.fixed()?),
                    chunk.uint()?,
                    ChunkId::new(chunk.fixed()?),
                );
                chunk.finish()?;
                Ok(read)
            })?,
        };
        items.finish()?;
        cbor::ascending(&frontier.chunks)?;
        Ok(frontier)
    }
}

pub(crate) fn until_value(until: Option<UntilDate>) -> Value {
    cbor::option(until, |UntilDate(day)| Value::Integer(day.into()))
}

pub(crate) fn read_until(items: &mut Items) -> Result<Option<UntilDate>, CborError> {
    match items.value()? {
        Value::Null => Ok(None),
        Value::Integer(day) => day
            .try_into()
            .map(|day| Some(UntilDate(day)))
            .map_err(|_| CborError::Unexpected("a day")),
        _ => Err(CborError::Unexpected("a day or null")),
    }
}

fn epochs_value(epochs: &[(CompartmentTag, EpochId)]) -> Value {
    cbor::array(epochs, |(tag, epoch)| {
        Value::Array(vec![
            cbor::bytes(tag.as_bytes()),
            cbor::bytes(epoch.as_bytes()),
        ])
    })
}

fn read_epochs(items: &mut Items) -> Result<Vec<(CompartmentTag, EpochId)>, CborError> {
    let epochs = items.list(MAX_LIST, |item| {
        let mut pair = item.items()?;
        let read = (
            CompartmentTag::new(pair.fixed()?),
            EpochId::new(pair.fixed()?),
        );
        pair.finish()?;
        Ok(read)
    })?;
    cbor::ascending(&epochs.iter().map(|(tag, _)| tag).collect::<Vec<_>>())?;
    Ok(epochs)
}

fn read_frontiers(items: &mut Items) -> Result<Vec<Frontier>, CborError> {
    let frontiers = items.list(MAX_LIST, |item| Frontier::read(item.items()?))?;
    cbor::ascending(
        &frontiers
            .iter()
            .map(|frontier| &frontier.device)
            .collect::<Vec<_>>(),
    )?;
    Ok(frontiers)
}

fn sorted<T: Ord>(items: Vec<T>) -> Result<Vec<T>, CborError> {
    cbor::ascending(&items)?;
    Ok(items)
}

/// An operation as received: readable, so that its place and its signer can be looked up, but not yet believed.
#[derive(Debug, Clone)]
pub struct SignedOperation {
    id: OperationId,
    record: Option<RecordId>,
    parents: Vec<OperationId>,
    at: UnixMillis,
    operation: Operation,
    envelope: Claimed,
}

impl SignedOperation {
    /// Reads an operation without believing it.
    ///
    /// # Errors
    /// [`EnvelopeError`]: not an operation of this format or version.
    pub fn parse(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let envelope = Claimed::parse(Context::Operation, bytes)?;
        let mut header = envelope.header()?;
        let record = header.optional()?.map(RecordId::new);
        let parents = sorted(header.list(MAX_PARENTS, |item| item.fixed().map(OperationId::new))?)?;
        let at = UnixMillis(header.int()?);
        header.finish()?;
        let operation = Operation::decode(envelope.unproven_payload())?;
        // Only a genesis stands alone: everything else names its record and what it follows.
        let alone = record.is_none() && parents.is_empty();
        let follows = record.is_some() && !parents.is_empty();
        match operation {
            Operation::Genesis(_) if alone => {}
            Operation::Genesis(_) => {
                return Err(EnvelopeError::NotSigned(
                    "a genesis has neither record nor parents",
                ));
            }
            _ if follows => {}
            _ => {
                return Err(EnvelopeError::NotSigned(
                    "an operation names its record and its parents",
                ));
            }
        }
        Ok(Self {
            id: OperationId::new(sha256(&[bytes])),
            record,
            parents,
            at,
            operation,
            envelope,
        })
    }

    /// Its id: the hash of the bytes as they came.
    pub fn id(&self) -> OperationId {
        self.id
    }

    /// The record it is for. Of a genesis: the record it begins.
    pub fn record(&self) -> RecordId {
        self.record.unwrap_or(RecordId::new(*self.id.as_bytes()))
    }

    /// The operations it was made in sight of.
    pub fn parents(&self) -> &[OperationId] {
        &self.parents
    }

    /// When, by the signer's clock. For people to read; nothing is decided by it.
    pub fn at(&self) -> UnixMillis {
        self.at
    }

    /// Whose signature it claims to bear.
    pub fn signer(&self) -> DeviceId {
        self.envelope.signer()
    }

    /// What it claims to do.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// Is it signed with this key? The ledger is not asked.
    pub fn is_signed_with(&self, key: &[u8; 32]) -> bool {
        self.verify(key).is_ok()
    }

    pub(crate) fn verify(&self, key: &[u8; 32]) -> Result<(), EnvelopeError> {
        self.envelope.verify(key).map(|_| ())
    }
}

/// Signs an operation. Parents are put in order.
pub fn sign_operation(
    record: Option<&RecordId>,
    mut parents: Vec<OperationId>,
    at: UnixMillis,
    operation: &Operation,
    signer: &DeviceId,
    key: &SigningKey,
) -> Vec<u8> {
    parents.sort_unstable();
    parents.dedup();
    let header = vec![
        cbor::option(record, |id| cbor::bytes(id.as_bytes())),
        cbor::array(parents, |id| cbor::bytes(id.as_bytes())),
        Value::Integer(at.0.into()),
    ];
    sign(Context::Operation, signer, key, header, operation.encode())
}
