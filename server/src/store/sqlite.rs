//! [`Store`] on one SQLite file: write-ahead log, flushed at every commit.
//!
//! ```text
//! records  id | record (32 bytes) | last position | bytes in all
//! entries  record id | position | kind | audience | hash | bytes
//! ```
//! Entries are rows in arrival order (a rowid table) with two indices. A table clustered by (record, position) writes a
//! random page per record and was four times slower.

use super::{
    Admitted, Appended, Audience, Batch, BatchRefusal, Page, PageBounds, Position, Store,
    StoreError, Stored,
};
use omamori_core::{
    id::{CompartmentTag, DeviceId, RecordId},
    log::EntryKind,
};
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior, params,
};
use std::{
    fs::{File, OpenOptions, TryLockError},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// "omam": a file of another program is refused instead of written to.
const APPLICATION: i32 = 0x6f6d_616d;
const VERSION: i32 = 1;
/// Idle read connections kept open.
const IDLE_READERS: usize = 8;

const SCHEMA: &str = "
CREATE TABLE records (
    id     INTEGER PRIMARY KEY,
    record BLOB    NOT NULL UNIQUE,
    last   INTEGER NOT NULL,
    bytes  INTEGER NOT NULL
) STRICT;
CREATE TABLE entries (
    record   INTEGER NOT NULL REFERENCES records (id),
    seq      INTEGER NOT NULL,
    kind     INTEGER NOT NULL,
    audience BLOB,
    hash     BLOB    NOT NULL,
    bytes    BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_in_order ON entries (record, seq);
CREATE UNIQUE INDEX entries_by_hash  ON entries (record, hash);
CREATE INDEX ledger ON entries (record, seq) WHERE kind = 0;
";

/// A relay's database file.
pub struct SqliteStore {
    path: PathBuf,
    quota: u64,
    writing: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    unflushed: std::sync::atomic::AtomicBool,
    // Held for the life of the store: two relays on one file would not see each other's live entries.
    _lock: File,
}

impl SqliteStore {
    /// Opens or creates the file, readable by its owner only. `quota`: bytes a record may hold.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Foreign`], or what the engine reports.
    pub fn open(path: &Path, quota: u64) -> Result<Self, StoreError> {
        let lock = lock(&beside(path, ".lock"))?;
        private_file(path)?;
        let mut connection = Connection::open(path).map_err(reason)?;
        prepare(&mut connection)?;
        Ok(Self {
            path: path.to_owned(),
            quota,
            writing: Mutex::new(connection),
            readers: Mutex::new(Vec::new()),
            unflushed: false.into(),
            _lock: lock,
        })
    }

    fn reading<T>(
        &self,
        read: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = held(&self.readers).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        let outcome = connection.transaction().and_then(|reading| read(&reading));
        let mut readers = held(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
        outcome.map_err(reason)
    }
}

impl Store for SqliteStore {
    fn append(&self, batches: &[Batch]) -> Result<Vec<Result<Appended, BatchRefusal>>, StoreError> {
        use std::sync::atomic::Ordering::SeqCst;
        if self.unflushed.load(SeqCst) {
            return Err(StoreError::Unflushed);
        }
        let outcome = append_all(&mut held(&self.writing), batches, self.quota).map_err(reason);
        if matches!(outcome, Err(StoreError::Unflushed)) {
            self.unflushed.store(true, SeqCst);
        }
        outcome
    }

    fn page(
        &self,
        record: &RecordId,
        after: u64,
        bounds: PageBounds,
        readable: &dyn Fn(&Audience) -> bool,
    ) -> Result<Option<Page>, StoreError> {
        self.reading(|reading| match find(reading, record)? {
            Some(row) => read_page(reading, row, after, bounds, readable).map(Some),
            None => Ok(None),
        })
    }

    fn operations(&self, record: &RecordId) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        self.reading(|reading| {
            let Some(row) = find(reading, record)? else {
                return Ok(None);
            };
            let mut query = reading.prepare_cached(
                "SELECT bytes FROM entries WHERE record = ?1 AND kind = 0 ORDER BY seq",
            )?;
            let operations = query.query_map([row.id], |operation| operation.get(0))?;
            operations.collect::<Result<_, _>>().map(Some)
        })
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.unflushed.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(StoreError::Unflushed);
        }
        self.reading(|reading| {
            reading.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        })
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        held(&self.readers).clear();
        // Best effort: what stays in the log is read from there at the next start.
        let _ = held(&self.writing).query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
}

/// A record's row.
#[derive(Clone, Copy)]
struct Row {
    id: i64,
    last: u64,
    bytes: u64,
}

fn append_all(
    connection: &mut Connection,
    batches: &[Batch],
    quota: u64,
) -> rusqlite::Result<Vec<Result<Appended, BatchRefusal>>> {
    // Dropped without commit, the transaction rolls back: also after a full disk.
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let outcomes = batches
        .iter()
        .map(|batch| append_one(&writing, batch, quota))
        .collect::<rusqlite::Result<_>>()?;
    writing.commit()?;
    Ok(outcomes)
}

fn append_one(
    writing: &Transaction<'_>,
    batch: &Batch,
    quota: u64,
) -> rusqlite::Result<Result<Appended, BatchRefusal>> {
    let found = find(writing, &batch.record)?;
    if found.is_none() && !batch.begins {
        return Ok(Err(BatchRefusal::NoSuchRecord));
    }
    if !fits(writing, found, batch, quota)? {
        return Ok(Err(BatchRefusal::RecordFull));
    }
    let mut row = match found {
        Some(row) => row,
        None => begin(writing, &batch.record)?,
    };
    let mut positions = Vec::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        positions.push(place(writing, &mut row, entry)?);
    }
    if positions.iter().any(|position| position.fresh) {
        writing
            .prepare_cached("UPDATE records SET last = ?2, bytes = ?3 WHERE id = ?1")?
            .execute(params![
                row.id,
                row.last.cast_signed(),
                row.bytes.cast_signed()
            ])?;
    }
    Ok(Ok(Appended {
        positions,
        cursor: row.last,
    }))
}

/// Would the record stay within its quota? What it already holds is not counted twice: resending must always succeed.
fn fits(
    writing: &Transaction<'_>,
    found: Option<Row>,
    batch: &Batch,
    quota: u64,
) -> rusqlite::Result<bool> {
    let mut total = found.map_or(0, |row| row.bytes);
    let incoming: u64 = batch
        .entries
        .iter()
        .map(|entry| entry.bytes.len() as u64)
        .sum();
    if total.saturating_add(incoming) <= quota {
        return Ok(true);
    }
    for entry in &batch.entries {
        let there = match found {
            Some(row) => position(writing, row, entry)?.is_some(),
            None => false,
        };
        if !there {
            total = total.saturating_add(entry.bytes.len() as u64);
        }
    }
    Ok(total <= quota)
}

fn find(connection: &Connection, record: &RecordId) -> rusqlite::Result<Option<Row>> {
    connection
        .prepare_cached("SELECT id, last, bytes FROM records WHERE record = ?1")?
        .query_row([record.as_bytes().as_slice()], |row| {
            Ok(Row {
                id: row.get(0)?,
                last: row.get::<_, i64>(1)?.cast_unsigned(),
                bytes: row.get::<_, i64>(2)?.cast_unsigned(),
            })
        })
        .optional()
}

fn begin(writing: &Transaction<'_>, record: &RecordId) -> rusqlite::Result<Row> {
    writing
        .prepare_cached("INSERT INTO records (record, last, bytes) VALUES (?1, 0, 0)")?
        .execute([record.as_bytes().as_slice()])?;
    Ok(Row {
        id: writing.last_insert_rowid(),
        last: 0,
        bytes: 0,
    })
}

fn position(
    writing: &Transaction<'_>,
    row: Row,
    entry: &Admitted,
) -> rusqlite::Result<Option<u64>> {
    writing
        .prepare_cached("SELECT seq FROM entries WHERE record = ?1 AND hash = ?2")?
        .query_row(params![row.id, entry.hash.0.as_slice()], |found| {
            found.get::<_, i64>(0)
        })
        .optional()
        .map(|seq| seq.map(i64::cast_unsigned))
}

fn place(writing: &Transaction<'_>, row: &mut Row, entry: &Admitted) -> rusqlite::Result<Position> {
    if let Some(seq) = position(writing, *row, entry)? {
        return Ok(Position { seq, fresh: false });
    }
    row.last += 1;
    row.bytes = row.bytes.saturating_add(entry.bytes.len() as u64);
    writing
        .prepare_cached(
            "INSERT INTO entries (record, seq, kind, audience, hash, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            row.id,
            row.last.cast_signed(),
            entry.kind.code(),
            audience_bytes(&entry.audience),
            entry.hash.0.as_slice(),
            entry.bytes,
        ])?;
    Ok(Position {
        seq: row.last,
        fresh: true,
    })
}

fn read_page(
    reading: &Transaction<'_>,
    row: Row,
    after: u64,
    bounds: PageBounds,
    readable: &dyn Fn(&Audience) -> bool,
) -> rusqlite::Result<Page> {
    let mut page = Page {
        cursor: after.min(row.last),
        more: false,
        entries: Vec::new(),
    };
    let mut bytes = 0_usize;
    let mut query = reading.prepare_cached(
        "SELECT seq, kind, audience, length(bytes), bytes FROM entries
         WHERE record = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
    )?;
    let scanned = i64::try_from(bounds.scanned).unwrap_or(i64::MAX);
    let mut rows = query.query(params![row.id, page.cursor.cast_signed(), scanned])?;
    while let Some(entry) = rows.next()? {
        if readable(&audience(entry.get(2)?)) {
            bytes = bytes.saturating_add(entry.get::<_, u32>(3)? as usize);
            let room = page.entries.len() < bounds.entries && bytes <= bounds.bytes;
            if !room && !page.entries.is_empty() {
                break;
            }
            page.entries.push(Stored {
                seq: entry.get::<_, i64>(0)?.cast_unsigned(),
                // Nothing but the four kinds is ever stored.
                kind: EntryKind::from_code(entry.get::<_, u32>(1)?.into())
                    .unwrap_or(EntryKind::Bundle),
                bytes: entry.get(4)?,
            });
        }
        page.cursor = entry.get::<_, i64>(0)?.cast_unsigned();
    }
    page.more = page.cursor < row.last;
    Ok(page)
}

fn audience_bytes(audience: &Audience) -> Option<&[u8]> {
    match audience {
        Audience::Everyone => None,
        Audience::Compartment(tag) => Some(tag.as_bytes()),
        Audience::Device(device) => Some(device.as_bytes()),
    }
}

fn audience(bytes: Option<Vec<u8>>) -> Audience {
    let Some(bytes) = bytes else {
        return Audience::Everyone;
    };
    match CompartmentTag::try_from(bytes.as_slice()) {
        Ok(tag) => Audience::Compartment(tag),
        // A damaged row is shown to nobody: no device hashes to zero.
        Err(_) => Audience::Device(
            DeviceId::try_from(bytes.as_slice()).unwrap_or(DeviceId::new([0; DeviceId::LEN])),
        ),
    }
}

fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
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
    if !(empty && application == 0 || (application, version) == (APPLICATION, VERSION)) {
        return Err(StoreError::Foreign);
    }
    configure(connection).map_err(reason)?;
    if empty {
        create(connection).map_err(reason)
    } else {
        Ok(())
    }
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

fn open_reader(path: &Path) -> Result<Connection, StoreError> {
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
fn private_file(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.create(true).append(true).mode(0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| StoreError::Engine(error.to_string()))
}

fn lock(path: &Path) -> Result<File, StoreError> {
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

/// `relay.db` → `relay.db.lock`.
pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape map_err wants")]
fn reason(error: rusqlite::Error) -> StoreError {
    use rusqlite::ffi;
    let Some(code) = error.sqlite_error() else {
        return StoreError::Engine(error.to_string());
    };
    match (code.code, code.extended_code) {
        // A write beyond a file size limit is reported as a failed write, not as a full disk.
        (ErrorCode::DiskFull, _)
        | (_, ffi::SQLITE_IOERR_WRITE | ffi::SQLITE_IOERR_SHMSIZE | ffi::SQLITE_IOERR_TRUNCATE) => {
            StoreError::Full
        }
        // After a failed flush the kernel may forget what it could not write: only a restart reads what is really there.
        (_, ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC) => StoreError::Unflushed,
        _ => StoreError::Engine(code.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_keeps_the_contract_of_a_store() {
        let folder = tempfile::tempdir().unwrap();
        let mut count = 0;
        super::super::conformance::all(&mut |quota| {
            count += 1;
            Box::new(SqliteStore::open(&folder.path().join(count.to_string()), quota).unwrap())
        });
    }

    #[test]
    fn a_second_process_is_turned_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.db");
        let _first = SqliteStore::open(&path, u64::MAX).unwrap();
        assert!(matches!(
            SqliteStore::open(&path, u64::MAX),
            Err(StoreError::InUse)
        ));
    }

    #[test]
    fn a_database_of_another_program_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.db");
        Connection::open(&path)
            .unwrap()
            .execute_batch("CREATE TABLE diary (day)")
            .unwrap();
        assert!(matches!(
            SqliteStore::open(&path, u64::MAX),
            Err(StoreError::Foreign)
        ));
    }

    #[test]
    fn only_its_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.db");
        let store = SqliteStore::open(&path, u64::MAX).unwrap();
        store
            .append(&[super::super::conformance::beginning(1)])
            .unwrap();
        for name in [path.clone(), beside(&path, "-wal")] {
            assert_eq!(
                std::fs::metadata(name).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }
}
