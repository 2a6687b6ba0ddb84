//! What can go wrong, each with a code for programs, an exit code and a sentence for people.

use omamori_core::{
    break_glass::{ListError, OpenError},
    card,
    edit::EditError,
    file::FileError,
    kind::FieldError,
    ledger::LedgerError,
    open_json::OpenJsonError,
    replica::{CompactingError, EditingError, GlassError, PeopleError, Refusal},
};
use std::{io, path::PathBuf};

/// Why a command did not do what it was asked. No message holds what a record says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file or standard input could not be read.
    #[error("cannot read {0}: {1}")]
    Read(PathBuf, io::Error),
    /// A file could not be written. What was there before is unchanged.
    #[error("cannot write {0}: {1}")]
    Write(PathBuf, io::Error),
    /// A new record would have replaced a file.
    #[error("{0} is there already; choose another name")]
    Exists(PathBuf),
    /// Standard output could not be written.
    #[error("cannot write the answer: {0}")]
    Output(io::Error),
    /// Not a file of ours, damaged, newer, or not the right passphrase.
    #[error("{0}: {1}")]
    File(PathBuf, FileError),
    /// Nobody gave a passphrase.
    #[error("no passphrase: set OMAMORI_PASSPHRASE, or run this in a terminal")]
    NoPassphrase,
    /// Not the open form.
    #[error("{0}: {1}")]
    OpenForm(PathBuf, OpenJsonError),
    /// The open form refers to what it does not hold.
    #[error("the record did not take the document: {0}")]
    Import(String),
    /// Not a list of edits.
    #[error("{0} is not a list of edits: {1}")]
    Patch(PathBuf, serde_json::Error),
    /// A path that names nothing, or too much.
    #[error("{path}: {problem}")]
    Path {
        /// As typed.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A value of the wrong shape.
    #[error(transparent)]
    Field(#[from] FieldError),
    /// The record does not take the edit.
    #[error(transparent)]
    Edit(#[from] EditingError),
    /// The record does not let somebody in, or out.
    #[error(transparent)]
    People(#[from] PeopleError),
    /// A compartment could not begin anew.
    #[error(transparent)]
    Restart(#[from] CompactingError),
    /// The record does not take a consent to a municipality.
    #[error(transparent)]
    Glass(#[from] GlassError),
    /// The list of a municipality is none.
    #[error(transparent)]
    List(#[from] ListError),
    /// Officers cannot open it.
    #[error(transparent)]
    Shut(#[from] OpenError),
    /// Something that was asked for does not exist.
    #[error("{0}")]
    Asked(String),
    /// The record could not be begun.
    #[error("the record could not be begun: {0}")]
    Begin(String),
    /// Two records of two children.
    #[error("these are two different records: nothing was merged")]
    OtherRecord,
    /// The code is not ours, damaged, newer or locked.
    #[error(transparent)]
    Card(#[from] card::OpenError),
    /// No card could be made.
    #[error(transparent)]
    MakeCard(#[from] card::MakeError),
    /// Another ending than the command can write.
    #[error("{0}: the name must end in {1}")]
    Ending(PathBuf, &'static str),
    /// No browser to make a PDF with.
    #[error(
        "a PDF needs Chromium or Chrome on this machine (Debian: apt-get install chromium; or name one in OMAMORI_CHROMIUM). \
         Without: print --out sheet.html, and print that page from any browser"
    )]
    NoBrowser,
    /// The browser made no PDF.
    #[error("{0} made no PDF: {1}")]
    Browser(PathBuf, String),
    /// More than two pages even in the smallest letters.
    #[error("the sheet takes {0} pages; two are the most")]
    Pages(usize),
    /// An image or an answer could not be written down.
    #[error("{0}")]
    Encoding(String),
}

impl Failure {
    /// A stable name for programs.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Read(..) => "read",
            Self::Write(..) => "write",
            Self::Exists(..) => "exists",
            Self::Output(..) => "output",
            Self::File(_, error) => file_code(error),
            Self::NoPassphrase => "no-passphrase",
            Self::OpenForm(..) => "not-a-record",
            Self::Import(..) => "import",
            Self::Patch(..) => "not-edits",
            Self::Path { .. } => "path",
            Self::Field(..) => "value",
            Self::Edit(EditingError::Edit(error)) => edit_code(error),
            Self::Edit(EditingError::NoKey(..)) => "no-key",
            Self::Edit(EditingError::NoRight(..)) => "no-right",
            Self::Edit(EditingError::KeyOwed(..)) => "key-owed",
            Self::Edit(EditingError::Owed(error)) => people_code(error),
            Self::People(error) => people_code(error),
            Self::Glass(GlassError::People(error)) => people_code(error),
            Self::Glass(GlassError::NoConsent) => "no-consent",
            Self::Glass(GlassError::OldList) => "old-list",
            Self::Glass(GlassError::NotManager) => "no-right",
            Self::Glass(GlassError::Editing(_)) => "edit",
            Self::Restart(
                CompactingError::NoKey(_) | CompactingError::Own(EditingError::NoKey(_)),
            ) => "no-key",
            Self::Restart(CompactingError::Own(EditingError::NoRight(_))) => "no-right",
            Self::Restart(CompactingError::Incomplete(_) | CompactingError::Unattested(_)) => {
                "incomplete"
            }
            Self::Restart(CompactingError::Seal(_)) => "too-large",
            Self::Restart(CompactingError::Own(_)) => "edit",
            Self::Restart(CompactingError::People(error)) => people_code(error),
            Self::List(_) => "not-a-list",
            Self::Shut(error) => error.code(),
            Self::Asked(..) => "asked",
            Self::Edit(
                EditingError::Append(..) | EditingError::Seal(..) | EditingError::OwnEntry(..),
            ) => "edit",
            Self::Begin(..) => "begin",
            Self::OtherRecord => "other-record",
            Self::Card(card::OpenError::NotOurs) => "not-ours",
            Self::Card(card::OpenError::Damaged) => "damaged",
            Self::Card(card::OpenError::Newer) => "newer",
            Self::Card(card::OpenError::Locked) => "locked",
            Self::MakeCard(card::MakeError::TooMuch { .. }) => "too-much",
            Self::MakeCard(card::MakeError::Address(..)) => "address",
            Self::MakeCard(card::MakeError::Compressor) => "compressor",
            Self::Ending(..) => "ending",
            Self::NoBrowser => "no-browser",
            Self::Browser(..) => "browser",
            Self::Pages(..) => "pages",
            Self::Encoding(..) => "encoding",
        }
    }

    /// What the shell is told; the list is in `--help`.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Ending(..) | Self::MakeCard(card::MakeError::Address(..)) => 2,
            Self::Read(..)
            | Self::Write(..)
            | Self::Exists(..)
            | Self::Output(..)
            | Self::Encoding(..) => 3,
            Self::File(_, FileError::WrongPassphrase | FileError::NoKeys) | Self::NoPassphrase => 5,
            Self::File(..)
            | Self::OpenForm(..)
            | Self::Patch(..)
            | Self::Card(..)
            | Self::List(..) => 4,
            Self::Import(..)
            | Self::Path { .. }
            | Self::Field(..)
            | Self::Edit(..)
            | Self::People(..)
            | Self::Asked(..)
            | Self::Glass(..)
            | Self::Restart(..)
            | Self::Shut(..)
            | Self::Begin(..)
            | Self::OtherRecord => 6,
            Self::NoBrowser | Self::Browser(..) => 7,
            Self::MakeCard(..) | Self::Pages(..) => 8,
        }
    }
}

const fn file_code(error: &FileError) -> &'static str {
    match error {
        FileError::NotOurs => "not-ours",
        FileError::Truncated => "truncated",
        FileError::Damaged => "damaged",
        FileError::FutureVersion(_) => "newer",
        FileError::Oversized => "oversized",
        FileError::WrongPassphrase => "wrong-passphrase",
        FileError::NoKeys => "no-keys",
        FileError::UnbearableCost => "unbearable-cost",
    }
}

fn people_code(error: &PeopleError) -> &'static str {
    match error {
        PeopleError::NotBegun => "not-begun",
        PeopleError::NoKey(_) => "no-key",
        PeopleError::Ledger(LedgerError::NotAllowed(_)) => "no-right",
        PeopleError::Ledger(error) => Refusal::Ledger(error.clone()).code(),
        PeopleError::Wrap(_) => "bad-public-keys",
        PeopleError::KeysIncomplete => "keys-incomplete",
        PeopleError::NotQuarantined(_) => "not-quarantined",
        PeopleError::Removed(_) => "was-removed",
        PeopleError::Editing(EditingError::NoRight(_)) => "no-right",
        PeopleError::Editing(EditingError::NoKey(_)) => "no-key",
        PeopleError::Editing(EditingError::KeyOwed(_)) => "key-owed",
        PeopleError::Editing(_) => "edit",
    }
}

const fn edit_code(error: &EditError) -> &'static str {
    match error {
        EditError::UnknownFact(..) => "unknown-fact",
        EditError::UnknownStatement(..) => "unknown-statement",
        EditError::Nothing => "nothing-said",
        EditError::NotRetracted => "not-retracted",
        EditError::NoReason => "no-reason",
        EditError::Name(..) => "name",
        EditError::TooLong(..) => "too-long",
    }
}
