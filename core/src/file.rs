//! The `.omamori` file: a record to carry by share sheet, USB or mail, with one's own keys under a passphrase.
//!
//! ```text
//! [ "omamori", 1, body: bstr, SHA-256 of body: 32 ]
//! body = [ record: 32, own keys / null, [* [kind: 0 operation | 1 chunk | 2 snapshot | 3 bundle, entry: bstr]] ]
//! own keys = [ salt: 16, memory in KiB, passes, lanes, sealed: bstr ]
//!   sealed = COSE_Encrypt0 (see `content`) of 64 secret bytes, under Argon2id(passphrase, salt),
//!            external_aad = "omamori/1/file" ‖ record ‖ salt ‖ memory (u32) ‖ passes (u32) ‖ lanes (u32)
//! ```
//!
//! The checksum tells a damaged file from a wrong passphrase. It proves nothing: every entry is signed and sealed by itself.

use crate::{
    cbor::{self, CborError, Items},
    content,
    cose::{MAX_ENVELOPE, sha256},
    device::DeviceKeys,
    epoch::EpochKey,
    id::RecordId,
    log::{EntryKind, LogEntry},
};
use argon2::{Algorithm, Argon2, Params, Version};
use ciborium::Value;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Longest file, in bytes. Reading one takes several times as much memory.
pub const MAX_FILE: usize = 128 * 1024 * 1024;
const MAGIC: &str = "omamori";
const VERSION: u64 = 1;
const MAX_ENTRIES: usize = 1_000_000;

/// What a passphrase costs whoever guesses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for Cost {
    /// Argon2id with 64 MiB and three passes: RFC 9106 §4, second recommendation, with one lane because browsers have one.
    fn default() -> Self {
        Self {
            memory: 64 * 1024,
            passes: 3,
            lanes: 1,
        }
    }
}

impl Cost {
    /// A hostile file must not make a phone run out of memory or time.
    fn is_bearable(self) -> bool {
        self.memory <= 256 * 1024 && self.passes <= 16 && self.lanes <= 4
    }
}

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
    keys: Option<SealedKeys>,
}

#[derive(Debug, Clone)]
struct SealedKeys {
    salt: [u8; 16],
    cost: Cost,
    sealed: Vec<u8>,
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
            .map(|(keys, passphrase)| SealedKeys::seal(record, keys, passphrase, cost, rng))
            .transpose()?;
        let body = cbor::encode(&Value::Array(vec![
            cbor::bytes(record.as_bytes()),
            cbor::option(keys, SealedKeys::into_value),
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
        self.keys
            .as_ref()
            .ok_or(FileError::NoKeys)?
            .open(&self.record, passphrase)
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
        value => Some(SealedKeys::read(Items::of(value)?)?),
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

impl SealedKeys {
    fn seal(
        record: &RecordId,
        keys: &DeviceKeys,
        passphrase: &str,
        cost: Cost,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, FileError> {
        let mut salt = [0; 16];
        rng.fill_bytes(&mut salt);
        let key = stretch(passphrase, &salt, cost)?;
        let secret = keys.to_secret_bytes();
        let sealed = content::seal(&key, &place(record, &salt, cost), secret.as_slice(), rng);
        Ok(Self { salt, cost, sealed })
    }

    fn open(&self, record: &RecordId, passphrase: &str) -> Result<DeviceKeys, FileError> {
        let key = stretch(passphrase, &self.salt, self.cost)?;
        // The checksum held, so what does not open was sealed under another passphrase.
        let secret = content::open(&key, &place(record, &self.salt, self.cost), &self.sealed)
            .map_err(|_| FileError::WrongPassphrase)?;
        DeviceKeys::from_secret_bytes(&secret).map_err(|_| FileError::Damaged)
    }

    fn into_value(self) -> Value {
        Value::Array(vec![
            cbor::bytes(self.salt),
            cbor::uint(self.cost.memory),
            cbor::uint(self.cost.passes),
            cbor::uint(self.cost.lanes),
            Value::Bytes(self.sealed),
        ])
    }

    fn read(mut items: Items) -> Result<Self, CborError> {
        let salt = items.fixed()?;
        let mut number = || {
            items.uint().and_then(|number| {
                u32::try_from(number).map_err(|_| CborError::Unexpected("a smaller number"))
            })
        };
        let cost = Cost {
            memory: number()?,
            passes: number()?,
            lanes: number()?,
        };
        let sealed = items.blob()?;
        items.finish()?;
        Ok(Self { salt, cost, sealed })
    }
}

fn stretch(passphrase: &str, salt: &[u8; 16], cost: Cost) -> Result<EpochKey, FileError> {
    if !cost.is_bearable() {
        return Err(FileError::UnbearableCost);
    }
    let params = Params::new(cost.memory, cost.passes, cost.lanes, Some(32))
        .map_err(|_| FileError::UnbearableCost)?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, key.as_mut_slice())
        .map_err(|_| FileError::UnbearableCost)?;
    Ok(EpochKey::from_bytes(&key))
}

fn place(record: &RecordId, salt: &[u8; 16], cost: Cost) -> Vec<u8> {
    let [memory, passes, lanes] = [cost.memory, cost.passes, cost.lanes].map(u32::to_be_bytes);
    [
        b"omamori/1/file".as_slice(),
        record.as_bytes(),
        salt,
        &memory,
        &passes,
        &lanes,
    ]
    .concat()
}
