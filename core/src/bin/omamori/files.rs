//! Files: read whole, written in one step. A write that fails leaves what was there.

use crate::failure::Failure;
use omamori_core::{
    device::DeviceKeys,
    file::{Cost, File, MAX_FILE},
    id::RecordId,
    open_json::OpenRecord,
    replica::Replica,
};
use rand_core::UnwrapErr;
use std::{
    fs,
    io::{self, Read, Write},
    path::Path,
};
use zeroize::Zeroizing;

/// The operating system's randomness. It ends the program if there is none, which is better than weak keys.
pub(crate) type Random = UnwrapErr<getrandom::SysRng>;

pub(crate) fn random() -> Random {
    UnwrapErr(getrandom::SysRng)
}

/// Bytes of a file, or of standard input for `-`.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |error| Failure::Read(path.to_owned(), error);
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_FILE).unwrap_or(u64::MAX) + 1;
    if path == Path::new("-") {
        io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
    } else {
        fs::File::open(path)
            .and_then(|file| file.take(limit).read_to_end(&mut bytes))
            .map_err(failed)?;
    }
    Ok(bytes)
}

/// A document in the open form.
pub(crate) fn read_open_form(path: &Path) -> Result<OpenRecord, Failure> {
    let text = String::from_utf8(read(path)?).map_err(|error| {
        Failure::Read(
            path.to_owned(),
            io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()),
        )
    })?;
    OpenRecord::parse(&text).map_err(|error| Failure::OpenForm(path.to_owned(), error))
}

/// Writes a file beside the old one, and puts it in its place when it is whole on disk.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    beside(path, bytes)
        .and_then(|file| Ok(file.persist(path)?))
        .map_err(|error| Failure::Write(path.to_owned(), error))?;
    Ok(())
}

/// The same, if there is no file of that name.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let file = beside(path, bytes).map_err(|error| Failure::Write(path.to_owned(), error))?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::Exists(path.to_owned()))
        }
        Err(error) => Err(Failure::Write(path.to_owned(), error.error)),
    }
}

fn beside(path: &Path, bytes: &[u8]) -> io::Result<tempfile::NamedTempFile> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}

/// A record, opened: its replica, and what it takes to write it back.
pub(crate) struct OpenFile {
    pub(crate) replica: Replica,
    passphrase: Zeroizing<String>,
}

impl OpenFile {
    pub(crate) fn begin(replica: Replica) -> Result<Self, Failure> {
        Ok(Self {
            replica,
            passphrase: passphrase(true)?,
        })
    }

    /// Opens a file with the keys in it.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let file = read_file(path)?;
        let failed = |error| Failure::File(path.to_owned(), error);
        let passphrase = passphrase(false)?;
        let keys: DeviceKeys = file.open_keys(&passphrase).map_err(failed)?;
        let mut replica = Replica::join(keys, file.record);
        replica.receive(file.entries);
        Ok(Self {
            replica,
            passphrase,
        })
    }

    /// Another device's replica, to be kept under the same passphrase.
    pub(crate) fn sibling(&self, replica: Replica) -> Self {
        Self {
            replica,
            passphrase: self.passphrase.clone(),
        }
    }

    /// What it was opened with.
    pub(crate) fn passphrase(&self) -> &str {
        &self.passphrase
    }

    /// The file's bytes.
    pub(crate) fn to_bytes(&self, path: &Path) -> Result<Vec<u8>, Failure> {
        let replica = &self.replica;
        let keys = Some((replica.keys(), self.passphrase.as_str()));
        File::write(
            &replica.record(),
            replica.entries(),
            keys,
            Cost::default(),
            &mut random(),
        )
        .map_err(|error| Failure::File(path.to_owned(), error))
    }

    pub(crate) fn save(&self, path: &Path) -> Result<(), Failure> {
        write(path, &self.to_bytes(path)?)
    }
}

/// Keys of nobody in a record yet, in a file of their own under a passphrase.
pub(crate) fn new_keys(path: &Path) -> Result<DeviceKeys, Failure> {
    let keys = DeviceKeys::generate(&mut random());
    let file = OpenFile::begin(Replica::join(keys, NO_RECORD))?;
    write_new(path, &file.to_bytes(path)?)?;
    Ok(OpenFile::open(path)?.replica.into_keys())
}

/// Keys as [`new_keys`] wrote them.
pub(crate) fn read_keys(path: &Path) -> Result<DeviceKeys, Failure> {
    Ok(OpenFile::open(path)?.replica.into_keys())
}

/// Keys that belong to no record.
const NO_RECORD: RecordId = RecordId::new([0; RecordId::LEN]);

/// A file whose keys are not needed.
pub(crate) fn read_file(path: &Path) -> Result<File, Failure> {
    File::read(&read(path)?).map_err(|error| Failure::File(path.to_owned(), error))
}

pub(crate) fn passphrase(new: bool) -> Result<Zeroizing<String>, Failure> {
    if let Some(passphrase) = std::env::var_os("OMAMORI_PASSPHRASE") {
        return passphrase
            .into_string()
            .map(Zeroizing::new)
            .map_err(|_| Failure::NoPassphrase);
    }
    let prompt = if new {
        "New passphrase: "
    } else {
        "Passphrase: "
    };
    let typed = rpassword::prompt_password(prompt)
        .map(Zeroizing::new)
        .map_err(|_| Failure::NoPassphrase)?;
    if typed.is_empty() {
        Err(Failure::NoPassphrase)
    } else {
        Ok(typed)
    }
}
