//! The `.omamori` file: a record to carry by share sheet, USB or mail, with one's own keys under a passphrase.
//!
//! ```text
//! [ "omamori", 1, body: bstr, SHA-256 of body: 32 ]
//! body = [ record: 32, own keys / null, [* [kind: 0 operation | 1 chunk | 2 snapshot | 3 bundle, entry: bstr]] ]
//! own keys = 64 secret bytes under a passphrase (see `passphrase`), for the place "omamori/1/file" ‖ record
//! ```
//!
//! The checksum tells a damaged file from a wrong passphrase. It proves nothing: every entry is signed and sealed by itself.

pub use crate::passphrase::Cost;
use crate::{
    cbor::{self, CborError, Items},
    cose::{MAX_ENVELOPE, sha256},
    device::DeviceKeys,
    id::RecordId,
    log::{EntryKind, LogEntry},
    passphrase::{PassphraseError, UnderPassphrase},
};
use ciborium::Value;
use rand_core::CryptoRng;

/// Longest file, in bytes. Reading one takes several times as much memory.
pub const MAX_FILE: usize = 128 * 1024 * 1024;
const MAGIC: &str = "omamori";
const VERSION: u64 = 1;
const MAX_ENTRIES: usize = 1_000_000;

/// Why a file cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Some other file.
    #[error("this is not an omamori file")]
    NotOurs,
    /// The end is missing: the copy or the transfer broke off.
    #[error("the file breaks off before its end")]
    Truncated,
    /// Altered since it was written.
    #[error("the file is damaged")]
    Damaged,
    /// Written by a newer version.
    #[error("the file was written by a newer version ({0})")]
    FutureVersion(u64),
    /// Longer than [`MAX_FILE`].
    #[error("the file is too large")]
    Oversized,
    /// The file is whole, but the passphrase does not open it.
    #[error("the passphrase does not open this file")]
    WrongPassphrase,
    /// There are no keys in it: it carries a record for those who can read it already.
    #[error("the file holds no keys")]
    NoKeys,
    /// It asks for more memory or time to open than any file of ours.
    #[error("the file asks for more memory or time than is sensible")]
    UnbearableCost,
}

/// A file that was read. Its entries are not believed yet: a replica receives them like any others.
#[derive(Debug, Clone)]
pub struct File {
    /// Whose record.
    pub record: RecordId,
    /// The entries, in the order in which they were written.
    pub entries: Vec<LogEntry>,
    keys: Option<UnderPassphrase>,
}

impl File {
    /// Writes a file. Without keys it carries the record for others; with keys, whoever knows the passphrase is you.
    ///
    /// # Errors
    /// [`FileError::UnbearableCost`], [`FileError::Oversized`].
    pub fn write(
        record: &RecordId,
        entries: &[LogEntry],
        keys: Option<(&DeviceKeys, &str)>,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, FileError> {
        let keys = keys
            .map(|(keys, passphrase)| {
                let secret = keys.to_secret_bytes();
                UnderPassphrase::seal(&place(record), secret.as_slice(), passphrase, cost, rng)
            })
            .transpose()?;
        let body = cbor::encode(&Value::Array(vec![
            cbor::bytes(record.as_bytes()),
            cbor::option(keys, UnderPassphrase::into_value),
            cbor::array(entries, |entry| {
                Value::Array(vec![
                    cbor::uint(entry.kind.code()),
                    cbor::bytes(&entry.bytes),
                ])
            }),
        ]));
        let hash = sha256(&[&body]);
        let file = cbor::encode(&Value::Array(vec![
            Value::Text(MAGIC.to_owned()),
            cbor::uint(VERSION),
            Value::Bytes(body),
            cbor::bytes(hash),
        ]));
        if file.len() > MAX_FILE {
            Err(FileError::Oversized)
        } else {
            Ok(file)
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`].
    pub fn read(bytes: &[u8]) -> Result<Self, FileError> {
        let body = read_frame(bytes)?;
        // Past the checksum, anything unexpected was written so on purpose: not damage, but not ours either.
        read_body(&body).map_err(|_| FileError::Damaged)
    }

    /// Are there keys in it?
    pub fn has_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// The keys in it. Takes about a fifth of a second on purpose.
    ///
    /// # Errors
    /// [`FileError::NoKeys`], [`FileError::WrongPassphrase`], [`FileError::UnbearableCost`], [`FileError::Damaged`].
    pub fn open_keys(&self, passphrase: &str) -> Result<DeviceKeys, FileError> {
        let sealed = self.keys.as_ref().ok_or(FileError::NoKeys)?;
        // The checksum held, so what does not open was sealed under another passphrase.
        let secret = sealed.open(&place(&self.record), passphrase)?;
        DeviceKeys::from_secret_bytes(&secret).map_err(|_| FileError::Damaged)
    }
}

fn read_frame(bytes: &[u8]) -> Result<Vec<u8>, FileError> {
    // The first nine bytes of every version: an array of four, and the magic text.
    let start = [&[0x84, 0x67], MAGIC.as_bytes()].concat();
    if !bytes.starts_with(&start) {
        return Err(if start.starts_with(bytes) {
            FileError::Truncated
        } else {
            FileError::NotOurs
        });
    }
    let mut items = Items::decode(bytes, MAX_FILE).map_err(|error| match error {
        CborError::Truncated => FileError::Truncated,
        CborError::Oversized { .. } => FileError::Oversized,
        CborError::NotDeterministic | CborError::Unexpected(_) => FileError::Damaged,
    })?;
    let mut read = || {
        items.value()?;
        Ok::<_, CborError>((items.uint()?, items.blob()?, items.fixed::<32>()?))
    };
    let (version, body, hash) = read().map_err(|_| FileError::Damaged)?;
    match version {
        VERSION if sha256(&[&body]) == hash => Ok(body),
        newer if newer > VERSION => Err(FileError::FutureVersion(newer)),
        _ => Err(FileError::Damaged),
    }
}

fn read_body(body: &[u8]) -> Result<File, CborError> {
    let mut items = Items::decode(body, MAX_FILE)?;
    let record = RecordId::new(items.fixed()?);
    let keys = match items.value()? {
        Value::Null => None,
        value => Some(UnderPassphrase::read(Items::of(value)?)?),
    };
    let entries = items.list(MAX_ENTRIES, |item| {
        let mut entry = item.items()?;
        let kind =
            EntryKind::from_code(entry.uint()?).ok_or(CborError::Unexpected("a kind of entry"))?;
        let bytes = entry.blob()?;
        entry.finish()?;
        if bytes.len() > MAX_ENVELOPE {
            return Err(CborError::Oversized {
                size: bytes.len(),
                limit: MAX_ENVELOPE,
            });
        }
        Ok(LogEntry { kind, bytes })
    })?;
    items.finish()?;
    Ok(File {
        record,
        entries,
        keys,
    })
}

fn place(record: &RecordId) -> Vec<u8> {
    [b"omamori/1/file".as_slice(), record.as_bytes()].concat()
}

impl From<PassphraseError> for FileError {
    fn from(error: PassphraseError) -> Self {
        match error {
            PassphraseError::Wrong => Self::WrongPassphrase,
            PassphraseError::UnbearableCost => Self::UnbearableCost,
        }
    }
}
