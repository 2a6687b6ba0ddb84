//! Why a replica does not take an entry, in words that an app can act on.

use crate::{
    break_glass::{ListError, OpeningError},
    bundle,
    cbor::CborError,
    chunk,
    content::ContentError,
    cose::EnvelopeError,
    ledger::LedgerError,
    sealed::EntryError,
    snapshot, validator,
};

/// Why an entry is set aside. Nothing of it touched the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Its bytes are no entry of this format.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The ledger does not take the operation.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The ledger does not vouch for the entry.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// The chunk does not open.
    #[error(transparent)]
    Chunk(#[from] chunk::OpenError),
    /// The snapshot does not open.
    #[error(transparent)]
    Snapshot(#[from] snapshot::OpenError),
    /// The package is not as packages are.
    #[error(transparent)]
    Package(#[from] ListError),
    /// The opening is not two officers' word.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// The bundle does not open.
    #[error(transparent)]
    Bundle(#[from] bundle::UnwrapError),
    /// The changes inside are not sound.
    #[error(transparent)]
    Changes(#[from] validator::Refusal),
    /// The attestation is not for the changes that came with it.
    #[error("the attestation does not fit the changes")]
    AttestationMismatch,
    /// The snapshot holds changes that nobody vouches for.
    #[error("the snapshot holds changes that nobody vouches for")]
    Unattested,
    /// The snapshot claims to cover chunks, and neither holds what was in them nor shows their author's word for it.
    #[error("the snapshot claims to cover what it does not hold")]
    UnprovenPosition,
    /// The save inside a snapshot is none.
    #[error("the snapshot is damaged inside")]
    DamagedSave,
}

impl Refusal {
    /// A stable word for the app and for `--json`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Envelope(error) => envelope_code(error),
            Self::Ledger(error) => ledger_code(error),
            Self::Entry(error) => entry_code(error),
            Self::Chunk(chunk::OpenError::Content(error))
            | Self::Snapshot(snapshot::OpenError::Content(error)) => content_code(error),
            Self::Chunk(chunk::OpenError::Malformed(_))
            | Self::Snapshot(snapshot::OpenError::Malformed(_)) => "malformed",
            Self::Chunk(chunk::OpenError::Attestation(error))
            | Self::Snapshot(snapshot::OpenError::Attestation(error)) => envelope_code(error),
            Self::Chunk(chunk::OpenError::MisplacedAttestation) => "misplaced-attestation",
            Self::Package(error) => list_code(error),
            Self::Opening(error) => opening_code(error),
            Self::Bundle(error) => bundle_code(error),
            Self::Changes(validator::Refusal::Scratch) => "failed-trial",
            Self::Changes(_) => "unsound-change",
            Self::AttestationMismatch => "attestation-mismatch",
            Self::Unattested => "unattested",
            Self::UnprovenPosition => "unproven-position",
            Self::DamagedSave => "damaged-save",
        }
    }

    /// Refused for now only: too much was waiting when it came.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Changes(validator::Refusal::Crowded)
                | Self::Ledger(LedgerError::Crowded | LedgerError::Full)
        )
    }

    /// Written by a newer app: worth keeping, because an update may read it.
    pub fn is_future(&self) -> bool {
        self.code() == "future-version"
    }
}

fn cbor_code(error: &CborError) -> &'static str {
    match error {
        CborError::Truncated => "truncated",
        CborError::Oversized { .. } => "oversized",
        CborError::NotDeterministic | CborError::Unexpected(_) => "malformed",
    }
}

fn envelope_code(error: &EnvelopeError) -> &'static str {
    match error {
        EnvelopeError::Cbor(error) => cbor_code(error),
        EnvelopeError::NotSigned(_) => "malformed",
        EnvelopeError::FutureVersion(_) => "future-version",
        EnvelopeError::NotAuthentic => "not-authentic",
    }
}

fn content_code(error: &ContentError) -> &'static str {
    match error {
        ContentError::Cbor(error) => cbor_code(error),
        ContentError::FutureVersion(_) => "future-version",
        ContentError::NotAuthentic => "not-authentic",
    }
}

fn ledger_code(error: &LedgerError) -> &'static str {
    match error {
        LedgerError::Missing(_) => "missing-operations",
        LedgerError::WrongRecord => "wrong-record",
        LedgerError::Envelope(error) => envelope_code(error),
        LedgerError::UnknownSigner(_) => "unknown-author",
        LedgerError::NotAllowed(_) => "no-right",
        LedgerError::Invalid(_) => "invalid-operation",
        LedgerError::Quota(_) => "too-many-operations",
        LedgerError::Crowded => "too-many-branches",
        LedgerError::Full => "ledger-full",
    }
}

fn entry_code(error: &EntryError) -> &'static str {
    match error {
        EntryError::Envelope(error) => envelope_code(error),
        EntryError::Missing(_) => "missing-operations",
        EntryError::WrongRecord => "wrong-record",
        EntryError::UnknownAuthor(_) => "unknown-author",
        EntryError::NoRight(_) => "no-right",
        EntryError::UnknownEpoch(_) => "unknown-epoch",
        EntryError::UnknownRecipient(_) => "unknown-recipient",
    }
}

fn bundle_code(error: &bundle::UnwrapError) -> &'static str {
    match error {
        bundle::UnwrapError::NotForThisDevice => "not-for-this-device",
        bundle::UnwrapError::NotAuthentic => "not-authentic",
        bundle::UnwrapError::Malformed(error) => cbor_code(error),
        bundle::UnwrapError::WrongKey => "wrong-key",
    }
}

fn list_code(error: &ListError) -> &'static str {
    match error {
        ListError::Envelope(error) => envelope_code(error),
        ListError::Officers | ListError::Name => "malformed",
    }
}

fn opening_code(error: &OpeningError) -> &'static str {
    match error {
        OpeningError::Envelope(error) => envelope_code(error),
        OpeningError::Entry(error) => entry_code(error),
        OpeningError::List(error) => list_code(error),
        OpeningError::NotTwoOfficers => "not-two-officers",
    }
}
