//! A stable word for every error that can cross. Each match is exhaustive: a new error cannot get an old one's word.

use crate::refusal::refusal;
use omamori_core::{
    bundle::WrapError,
    card,
    chunk::SealError,
    document::AppendError,
    edit::EditError,
    ledger::LedgerError,
    open_json::{OpenJsonError, SayError},
    pairing::PairingError,
    pairing_distance::DistanceError,
    pin::PinError,
    recovery::WordsError,
    replica::{CompactingError, EditingError, PeopleError, Refusal},
};
use wasm_bindgen::JsError;

pub(crate) fn editing(error: EditingError) -> JsError {
    refusal(editing_code(&error), &error)
}

fn editing_code(error: &EditingError) -> &'static str {
    match error {
        EditingError::Edit(error) => edit_code(error),
        EditingError::NoKey(_) => "no-key",
        EditingError::NoRight(_) => "no-right",
        EditingError::KeyOwed(_) => "key-owed",
        EditingError::Owed(error) => people_code(error),
        EditingError::Append(error) => append_code(error),
        EditingError::Seal(SealError::Oversized { .. }) => "too-large",
        EditingError::OwnEntry(_) => "own-entry-refused",
    }
}

fn edit_code(error: &EditError) -> &'static str {
    match error {
        EditError::UnknownFact(..) => "unknown-fact",
        EditError::UnknownStatement(..) => "unknown-statement",
        EditError::Nothing => "nothing-to-say",
        EditError::NotRetracted => "not-retracted",
        EditError::NoReason => "no-reason",
        EditError::Name(_) => "bad-name",
        EditError::TooLong(_) => "too-long",
    }
}

fn append_code(error: &AppendError) -> &'static str {
    match error {
        AppendError::Nothing => "nothing-to-say",
        AppendError::TooMany => "too-large",
        AppendError::Statement(_) => "not-a-statement",
        AppendError::Change(_) => "too-large",
        AppendError::Full => "document-full",
        AppendError::Session => "session-ended",
        AppendError::Automerge => "document-refused",
    }
}

pub(crate) fn people(error: PeopleError) -> JsError {
    refusal(people_code(&error), &error)
}

fn people_code(error: &PeopleError) -> &'static str {
    match error {
        PeopleError::NotBegun => "not-begun",
        PeopleError::NoKey(_) => "no-key",
        PeopleError::Ledger(error) => ledger_code(error),
        PeopleError::Wrap(WrapError::BadRecipientKey) => "bad-public-keys",
        PeopleError::Editing(error) => editing_code(error),
        PeopleError::KeysIncomplete => "keys-incomplete",
        PeopleError::NotQuarantined(_) => "not-quarantined",
        PeopleError::Removed(_) => "was-removed",
    }
}

fn ledger_code(error: &LedgerError) -> &'static str {
    Refusal::Ledger(error.clone()).code()
}

pub(crate) fn compacting(error: CompactingError) -> JsError {
    let code = match &error {
        CompactingError::NoKey(_) => "no-key",
        CompactingError::Incomplete(_) => "incomplete",
        CompactingError::Unattested(_) => "unattested",
        CompactingError::Seal(SealError::Oversized { .. }) => "too-large",
        CompactingError::Own(error) => editing_code(error),
        CompactingError::People(error) => people_code(error),
    };
    refusal(code, &error)
}

pub(crate) fn import(error: SayError<EditingError>) -> JsError {
    let code = match &error {
        SayError::Refused(error) => editing_code(error),
        SayError::Miscounted { .. } => "internal",
    };
    refusal(code, &error)
}

pub(crate) fn open_json(error: OpenJsonError) -> JsError {
    refusal("not-open-json", &error)
}

pub(crate) fn pairing(error: PairingError) -> JsError {
    let code = match &error {
        PairingError::NotOurs => "not-ours",
        PairingError::FutureVersion => "newer",
        PairingError::WrongKeys => "wrong-keys",
        PairingError::NotAuthentic => "not-authentic",
        PairingError::Malformed(_) => "malformed",
    };
    refusal(code, &error)
}

pub(crate) fn distance(error: DistanceError) -> JsError {
    let code = match &error {
        DistanceError::NotOurs => "not-an-invitation",
        DistanceError::FutureVersion => "newer",
        DistanceError::NotOfTheLink => "not-of-the-link",
        DistanceError::WordsDiffer => "words-differ",
        DistanceError::Malformed(_) => "malformed",
    };
    refusal(code, &error)
}

pub(crate) fn pin(error: PinError) -> JsError {
    let code = match &error {
        PinError::WrongPin => "wrong-pin",
        PinError::Malformed(_) => "malformed",
        PinError::FutureVersion(_) => "newer",
        PinError::UnbearableCost | PinError::Oversized => "too-large",
    };
    refusal(code, &error)
}

pub(crate) fn words(error: WordsError) -> JsError {
    let code = match &error {
        WordsError::Count(_) => "words-count",
        WordsError::Unknown(_) => "words-unknown",
        WordsError::Checksum => "words-checksum",
    };
    refusal(code, &error)
}

pub(crate) fn card(error: card::MakeError) -> JsError {
    let code = match &error {
        card::MakeError::TooMuch { .. } => "card-too-much",
        card::MakeError::Address(_) => "bad-address",
        card::MakeError::Compressor => "internal",
    };
    refusal(code, &error)
}
