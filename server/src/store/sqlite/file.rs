//! The database file: its shape, its settings, its permissions, and that only one relay has it.

use super::{
    StoreError, accesses, glass, notices, reason,
    rows::{START, next_mark},
};
use crate::store::quotas::Space;
use rusqlite::{Connection, OpenFlags, params};
use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

/// "omam": a file of another program is refused instead of written to.
const APPLICATION: i32 = 0x6f6d_616d;
const VERSION: i32 = 2;
/// The same without marks.
const FIRST_VERSION: i32 = 1;
const SCHEMA: &str = "
CREATE TABLE records (
    id     INTEGER PRIMARY KEY,
    record BLOB    NOT NULL UNIQUE,
    last   INTEGER NOT NULL,
    bytes  INTEGER NOT NULL,
    mark   BLOB    NOT NULL
) STRICT;
CREATE TABLE entries (
    record   INTEGER NOT NULL REFERENCES records (id),
    seq      INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    audience BLOB,
    hash     BLOB    NOT NULL,
    bytes    BLOB    NOT NULL,
    mark     BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_in_order ON entries (record, seq);
CREATE UNIQUE INDEX entries_by_hash  ON entries (record, hash);
CREATE INDEX ledger ON entries (record, seq) WHERE kind = 0;
";

/// Where keys lie for whom: how words on paper find their records. A file of any age gets it when it is opened.
const BUNDLES: &str = "
CREATE INDEX IF NOT EXISTS bundles ON entries (audience, record) WHERE kind = 3;
";

pub(super) fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    connection
        .busy_timeout(Duration::from_secs(5))
        .map_err(reason)?;
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application, version) = (
        pragma("application_id").map_err(reason)?,
        pragma("user_version").map_err(reason)?,
    );
    let empty = connection
        .query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
            row.get(0)
        })
        .map_err(reason)?;
    let known = empty && application == 0
        || application == APPLICATION && (FIRST_VERSION..=VERSION).contains(&version);
    if !known {
        return Err(StoreError::Foreign);
    }
    configure(connection).map_err(reason)?;
    match version {
        _ if empty => create(connection).map_err(reason)?,
        FIRST_VERSION => add_marks(connection).map_err(reason)?,
        _ => {}
    }
    // An older program of the same version reads past it.
    connection.execute_batch(accesses::SCHEMA).map_err(reason)?;
    connection.execute_batch(BUNDLES).map_err(reason)?;
    connection.execute_batch(notices::SCHEMA).map_err(reason)?;
    connection.execute_batch(glass::SCHEMA).map_err(reason)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4000)?;
    // 64 MiB: the index pages of a few hundred thousand records.
    connection.pragma_update(None, "cache_size", -65_536)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let creating = connection.transaction()?;
    creating.execute_batch(SCHEMA)?;
    creating.pragma_update(None, "application_id", APPLICATION)?;
    creating.pragma_update(None, "user_version", VERSION)?;
    creating.commit()
}

/// Brings a file of the first version up to this one.
fn add_marks(connection: &mut Connection) -> rusqlite::Result<()> {
    let changing = connection.transaction()?;
    changing.execute_batch(
        "ALTER TABLE records ADD COLUMN mark BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
         ALTER TABLE entries ADD COLUMN mark BLOB NOT NULL DEFAULT x'';",
    )?;
    let mut query =
        changing.prepare("SELECT rowid, record, hash FROM entries ORDER BY record, seq")?;
    let mut rows = query.query([])?;
    let (mut record, mut mark) = (None, START);
    while let Some(row) = rows.next()? {
        let (id, of, hash): (i64, i64, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        if record != Some(of) {
            (record, mark) = (Some(of), START);
        }
        mark = next_mark(&mark, &hash);
        changing
            .prepare_cached("UPDATE entries SET mark = ?2 WHERE rowid = ?1")?
            .execute(params![id, mark])?;
        changing
            .prepare_cached("UPDATE records SET mark = ?2 WHERE id = ?1")?
            .execute(params![of, mark])?;
    }
    drop(rows);
    drop(query);
    changing.pragma_update(None, "user_version", VERSION)?;
    changing.commit()
}

pub(super) fn open_reader(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let reader = Connection::open_with_flags(path, flags).map_err(reason)?;
    reader
        .busy_timeout(Duration::from_secs(5))
        .map_err(reason)?;
    reader
        .pragma_update(None, "query_only", true)
        .map_err(reason)?;
    Ok(reader)
}

/// Creates the file for its owner only; SQLite gives its log the same permissions.
pub(super) fn private_file(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| StoreError::Engine(error.to_string()))
}

pub(super) fn lock(path: &Path) -> Result<File, StoreError> {
    let engine = |error: std::io::Error| StoreError::Engine(error.to_string());
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .append(true)
        .mode(0o600)
        .open(path)
        .map_err(engine)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse),
        Err(TryLockError::Error(error)) => Err(engine(error)),
    }
}

/// What the file and its log take, and what is free on their disk for whoever runs the relay.
pub(super) fn space(path: &Path) -> Result<Space, StoreError> {
    let engine = |error: std::io::Error| StoreError::Engine(error.to_string());
    let length = |path: &Path| match std::fs::metadata(path) {
        Ok(file) => Ok(file.len()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(engine(error)),
    };
    let disk = rustix::fs::statvfs(path).map_err(|error| engine(error.into()))?;
    Ok(Space {
        used: length(path)?.saturating_add(length(&beside(path, "-wal"))?),
        free: disk.f_bavail.saturating_mul(disk.f_frsize),
    })
}

/// `relay.db` → `relay.db.lock`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
