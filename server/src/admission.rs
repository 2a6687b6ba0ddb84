//! What is let into a record's log: decided from bytes and ledger alone.
//!
//! Sender and author are different questions. Any device of the record may carry what anybody of the record has signed; here only
//! the author counts, judged by the ledger that the entry cites. A device that was removed may hand in its own words and the keys it
//! had wrapped, and those of colleagues with whom it shared a tablet, no more; keys, and what nobody had seen of the words, are late, and there is little room for that.

use crate::{
    standing::{Standing, counts},
    store::{Admitted, Audience},
    wire::Submitted,
};
use omamori_core::{
    break_glass::{ListError, OpeningError, PackageHeader, Purse, SealedPackage},
    cose::{CborError, EnvelopeError},
    id::{DeviceId, OperationId},
    ledger::{
        Ledger, LedgerError,
        operation::{SignedOperation, UntilDate},
    },
    log::{EntryHash, EntryKind, LogEntry, ParsedEntry},
    sealed::{EntryError, Header, Sealed},
};
use std::collections::{HashMap, HashSet};

/// Bytes of one entry.
pub const MAX_ENTRY: usize = omamori_core::cose::MAX_ENVELOPE;

/// Why one entry is not taken. The others of its batch are not affected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Larger than [`MAX_ENTRY`].
    TooLarge,
    /// The end is missing.
    Truncated,
    /// Not an entry of this format.
    NotUnderstood,
    /// Of a newer version of the format, or of a kind unknown here.
    FutureVersion,
    /// The signature does not fit its bytes.
    NotAuthentic,
    /// Made for another record.
    WrongRecord,
    /// Its author, or the device it is for, is not in the record.
    UnknownDevice,
    /// Its author had no right to write it.
    Forbidden,
    /// Sealed under a key that the ledger does not know, or holding one.
    UnknownEpoch,
    /// It follows ledger operations that are not here. It may be sent again after them.
    UnknownHeads(Vec<OperationId>),
    /// An operation that contradicts the ledger.
    LedgerInvalid,
    /// Its author was removed before anybody had seen it, and as much as is taken of such words is here.
    TooLate,
    /// The ledger, or its signer's part of it, holds as many operations as it may.
    LedgerFull,
}

impl Refusal {
    /// The last part of its `type` URN.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::TooLarge => "entry-too-large",
            Self::Truncated => "entry-truncated",
            Self::NotUnderstood => "entry-not-understood",
            Self::FutureVersion => "future-version",
            Self::NotAuthentic => "not-authentic",
            Self::WrongRecord => "wrong-record",
            Self::UnknownDevice => "unknown-device",
            Self::Forbidden => "forbidden",
            Self::UnknownEpoch => "unknown-epoch",
            Self::UnknownHeads(_) => "unknown-heads",
            Self::LedgerInvalid => "ledger-invalid",
            Self::TooLate => "too-late",
            Self::LedgerFull => "ledger-full",
        }
    }

    /// For people.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::TooLarge => "The entry is larger than allowed.",
            Self::Truncated => "The end of the entry is missing.",
            Self::NotUnderstood => "This is not an entry of this format.",
            Self::FutureVersion => "The entry was written by a newer version.",
            Self::NotAuthentic => "The signature does not fit.",
            Self::WrongRecord => "The entry belongs to another record.",
            Self::UnknownDevice => "The entry names a device that is not in the record.",
            Self::Forbidden => "Its author may not write this.",
            Self::UnknownEpoch => "The entry is about a key the ledger does not know.",
            Self::UnknownHeads(_) => "The entry follows ledger operations that are not here.",
            Self::LedgerInvalid => "The operation contradicts the ledger.",
            Self::TooLate => "Its author was removed, and no more of such words is taken.",
            Self::LedgerFull => "The ledger holds as many operations as it may.",
        }
    }
}

/// A batch, judged.
#[derive(Debug)]
pub struct Admission {
    /// What may be stored: operations first, each after those it follows; then the rest as it came.
    pub admitted: Vec<Admitted>,
    /// What may be stored if there is room for the late words and keys of its author.
    pub late: Vec<(DeviceId, Admitted)>,
    /// What may not, and why.
    pub refused: Vec<(EntryHash, Refusal)>,
}

/// Who hands in a batch, and when.
#[derive(Debug, Clone, Copy)]
pub struct Door {
    /// The device.
    pub sender: DeviceId,
    /// Was it removed?
    pub is_removed: bool,
    /// The day on which grants are judged.
    pub day: UntilDate,
}

impl Door {
    /// By a ledger that has grown: what a removed device hands in may undo its removal, which was the work of somebody whom it had
    /// removed before, unknown here.
    fn by(self, grown: &Ledger) -> Self {
        let is_removed = self.is_removed
            && Standing::of(&self.sender, grown.state(), self.day) != Standing::Member;
        Self { is_removed, ..self }
    }

    /// May the sender bring this at all? Whoever was removed brings their own words, keys and operations. Keys, because the removal may
    /// turn out void by an operation that is still on its way: refused now, they would not come again, and whoever they are for would
    /// never have them. Colleagues share a tablet: whoever holds it when it has a network again is often not who wrote.
    fn lets_in(&self, parsed: &ParsedEntry, ledger: &Ledger) -> bool {
        let theirs = |author: DeviceId| {
            author == self.sender || ledger.were_colleagues(&author, &self.sender)
        };
        !self.is_removed
            || match parsed {
                ParsedEntry::Operation(operation) => self.lets_in_operation(operation),
                ParsedEntry::Chunk(chunk) => theirs(chunk.author()),
                ParsedEntry::Bundle(bundle) => theirs(bundle.author()),
                ParsedEntry::Snapshot(_) | ParsedEntry::Package(_) | ParsedEntry::Opening(_) => {
                    false
                }
            }
    }

    fn lets_in_operation(&self, operation: &SignedOperation) -> bool {
        !self.is_removed || operation.signer() == self.sender
    }
}

/// Judges every entry of a batch. Entries may cite operations of the same batch, wherever they stand in it.
pub fn admit(ledger: &Ledger, batch: Vec<Submitted>, door: Door) -> Admission {
    let mut admission = Admission {
        admitted: Vec::new(),
        late: Vec::new(),
        refused: Vec::new(),
    };
    let (mut operations, mut others) = (Vec::new(), Vec::new());
    let mut seen = HashSet::new();
    for submitted in batch {
        match read(submitted) {
            Ok((entry, _)) if !seen.insert(entry.hash()) => {}
            Ok((entry, ParsedEntry::Operation(operation))) => operations.push((entry, operation)),
            Ok((entry, parsed)) => others.push((entry, parsed)),
            Err((hash, refusal)) => admission.refused.push((hash, refusal)),
        }
    }
    let operations = let_in(
        operations,
        |signed| door.lets_in_operation(signed),
        &mut admission,
    );
    if operations.is_empty() {
        let others = let_in(
            others,
            |parsed| door.lets_in(parsed, ledger),
            &mut admission,
        );
        judge_sealed(ledger, others, door, &mut admission);
    } else {
        let mut grown = ledger.clone();
        judge_operations(&mut grown, operations, &mut admission);
        let door = door.by(&grown);
        let others = let_in(
            others,
            |parsed| door.lets_in(parsed, &grown),
            &mut admission,
        );
        judge_sealed(&grown, others, door, &mut admission);
    }
    admission
}

fn let_in<T>(
    entries: Vec<(LogEntry, T)>,
    lets_in: impl Fn(&T) -> bool,
    admission: &mut Admission,
) -> Vec<(LogEntry, T)> {
    let (inside, outside): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(_, parsed)| lets_in(parsed));
    let refused = outside
        .into_iter()
        .map(|(entry, _)| (entry.hash(), Refusal::Forbidden));
    admission.refused.extend(refused);
    inside
}

type Read = (LogEntry, ParsedEntry);

fn read(submitted: Submitted) -> Result<Read, (EntryHash, Refusal)> {
    let known = EntryKind::from_code(submitted.kind);
    let entry = LogEntry {
        kind: known.unwrap_or(EntryKind::Operation),
        bytes: submitted.bytes,
    };
    let refuse = |refusal| Err((entry.hash(), refusal));
    if known.is_none() {
        return refuse(Refusal::FutureVersion);
    }
    if entry.bytes.len() > MAX_ENTRY {
        return refuse(Refusal::TooLarge);
    }
    match entry.parse() {
        Ok(parsed) => Ok((entry, parsed)),
        Err(error) => refuse(error.into()),
    }
}

fn judge_operations(
    ledger: &mut Ledger,
    operations: Vec<(LogEntry, SignedOperation)>,
    admission: &mut Admission,
) {
    for (entry, operation) in parents_first(operations) {
        match ledger.apply(operation) {
            Ok(_) => admission.admitted.push(admitted(entry, Audience::Everyone)),
            Err(error) => admission.refused.push((entry.hash(), error.into())),
        }
    }
}

fn judge_sealed(ledger: &Ledger, entries: Vec<Read>, door: Door, admission: &mut Admission) {
    for (entry, parsed) in entries {
        let mut late = None;
        let judged = match parsed {
            ParsedEntry::Chunk(chunk) => {
                let author = chunk.author();
                verify(ledger, chunk).map(|header| {
                    late = Some(author).filter(|of| !counts(ledger, of, &header, door.day));
                    Audience::Compartment(header.compartment)
                })
            }
            ParsedEntry::Snapshot(snapshot) => {
                verify(ledger, snapshot).map(|header| Audience::Compartment(header.compartment))
            }
            ParsedEntry::Bundle(bundle) => {
                late = Some(bundle.author()).filter(|_| door.is_removed);
                verify(ledger, bundle).map(|header| Audience::Device(header.recipient))
            }
            ParsedEntry::Package(package) => judge_package(ledger, package),
            ParsedEntry::Opening(opening) => opening
                .verify(ledger)
                .map(|opening| seen_by(opening.header()))
                .map_err(Refusal::from),
            ParsedEntry::Operation(operation) => ledger
                .check(&operation)
                .map(|()| Audience::Everyone)
                .map_err(Refusal::from),
        };
        match judged {
            Ok(audience) => match late {
                Some(author) => {
                    let entry = Admitted {
                        late: true,
                        ..admitted(entry, audience)
                    };
                    admission.late.push((author, entry));
                }
                None => admission.admitted.push(admitted(entry, audience)),
            },
            Err(refusal) => admission.refused.push((entry.hash(), refusal)),
        }
    }
}

/// By whoever manages now, too: somebody whose grant was taken back can cite what they could see before, for ever.
fn judge_package(ledger: &Ledger, package: SealedPackage) -> Result<Audience, Refusal> {
    let package = package.verify(ledger)?;
    Purse::of(&package)?;
    if !package.header().is_for(&package.author(), ledger.state()) {
        return Err(Refusal::Forbidden);
    }
    Ok(seen_by(package.header()))
}

/// Whoever may read the first of the two compartments by tag: the family, and few others.
fn seen_by(header: &PackageHeader) -> Audience {
    header
        .tags()
        .next()
        .map_or(Audience::Everyone, Audience::Compartment)
}

fn verify<H: Header>(ledger: &Ledger, sealed: Sealed<H>) -> Result<H, Refusal> {
    sealed
        .verify(ledger)
        .map(|authentic| authentic.header().clone())
        .map_err(Refusal::from)
}

/// An entry that was judged good.
pub fn admitted(entry: LogEntry, audience: Audience) -> Admitted {
    Admitted {
        hash: entry.hash(),
        kind: entry.kind,
        audience,
        bytes: entry.bytes,
        late: false,
    }
}

/// Each operation after those of the same batch that it follows. Hash links cannot form a circle.
fn parents_first(operations: Vec<(LogEntry, SignedOperation)>) -> Vec<(LogEntry, SignedOperation)> {
    let order: Vec<OperationId> = operations
        .iter()
        .map(|(_, operation)| operation.id())
        .collect();
    let mut left: HashMap<_, _> = operations
        .into_iter()
        .map(|entry| (entry.1.id(), entry))
        .collect();
    let mut sorted = Vec::with_capacity(order.len());
    for id in order {
        let mut path = vec![id];
        while let Some(next) = path.last() {
            let waits_for = left.get(next).and_then(|(_, operation)| {
                operation
                    .parents()
                    .iter()
                    .find(|parent| left.contains_key(*parent))
                    .copied()
            });
            match waits_for {
                Some(parent) => path.push(parent),
                None => sorted.extend(path.pop().and_then(|id| left.remove(&id))),
            }
        }
    }
    sorted
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::Cbor(CborError::Truncated) => Self::Truncated,
            EnvelopeError::Cbor(CborError::Oversized { .. }) => Self::TooLarge,
            EnvelopeError::Cbor(CborError::NotDeterministic | CborError::Unexpected(_))
            | EnvelopeError::NotSigned(_) => Self::NotUnderstood,
            EnvelopeError::FutureVersion(_) => Self::FutureVersion,
            EnvelopeError::NotAuthentic => Self::NotAuthentic,
        }
    }
}

impl From<EntryError> for Refusal {
    fn from(error: EntryError) -> Self {
        match error {
            EntryError::Envelope(error) => error.into(),
            EntryError::Missing(missing) => Self::UnknownHeads(missing),
            EntryError::WrongRecord => Self::WrongRecord,
            EntryError::UnknownAuthor(_) | EntryError::UnknownRecipient(_) => Self::UnknownDevice,
            EntryError::NoRight(_) => Self::Forbidden,
            EntryError::UnknownEpoch(_) => Self::UnknownEpoch,
        }
    }
}

impl From<ListError> for Refusal {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Envelope(error) => error.into(),
            ListError::Officers | ListError::Name => Self::NotUnderstood,
        }
    }
}

impl From<OpeningError> for Refusal {
    fn from(error: OpeningError) -> Self {
        match error {
            OpeningError::Envelope(error) => error.into(),
            OpeningError::Entry(error) => error.into(),
            OpeningError::List(error) => error.into(),
            OpeningError::NotTwoOfficers => Self::Forbidden,
        }
    }
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Missing(missing) => Self::UnknownHeads(missing),
            LedgerError::WrongRecord => Self::WrongRecord,
            LedgerError::Envelope(error) => error.into(),
            LedgerError::UnknownSigner(_) => Self::UnknownDevice,
            LedgerError::NotAllowed(_) => Self::Forbidden,
            LedgerError::Invalid(_) => Self::LedgerInvalid,
            LedgerError::Quota(_) | LedgerError::Crowded | LedgerError::Full => Self::LedgerFull,
        }
    }
}
