//! [`Store`] on one SQLite file: write-ahead log, flushed at every commit.
//!
//! ```text
//! records  id | record (32 bytes) | last position | bytes in all | mark
//! entries  record id | position | kind | audience | hash | bytes | mark
//! accesses record id | number | bytes
//! card_notices  id of a card's key | notice
//! card_askings  place | id of a card's key | number | bytes
//! card_asking_last  id of a card's key | number | bytes
//! card_asking_count  how many there are
//! towns     id of the municipality | list of officers
//! town_count  how many there are
//! openings_taken  record id | position | municipality | when it was taken
//! packages  town | record id | position of the newest
//! ```
//! Entries are rows in arrival order (a rowid table) with two indices. A table clustered by (record, position) writes a
//! random page per record and was four times slower.

mod accesses;
mod file;
mod glass;
mod notices;
mod rows;

use super::{
    Appended, Audience, Batch, BatchRefusal, Keep, ListOf, Mark, NotedAccess, Page, PageBounds,
    Store, StoreError,
    quotas::{Quotas, Room},
};
use crate::openings::Told;
pub(crate) use file::beside;
use file::{lock, open_reader, prepare, private_file, space};
use notices::Kept;
use omamori_core::{
    break_glass::OfficersList,
    card_notice::{CardNotice, NoticeId},
    id::{DeviceId, MunicipalityId, RecordId},
    log::EntryHash,
};
use rows::{append_all, find, mark_at, read_page};
use rusqlite::{Connection, ErrorCode, Transaction};
use std::{
    collections::HashMap,
    fs::File,
    ops::RangeInclusive,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
};

/// Idle read connections kept open.
const IDLE_READERS: usize = 8;

/// A relay's database file.
pub struct SqliteStore {
    path: PathBuf,
    quotas: Quotas,
    /// `None` once it is closed.
    writing: Mutex<Option<Writing>>,
    /// Idle connections; `None` once it is closed.
    readers: Mutex<Option<Vec<Connection>>>,
    unflushed: AtomicBool,
}

struct Writing {
    connection: Connection,
    /// What records have taken of the reserve.
    shares: HashMap<RecordId, u64>,
    // Let go of last: two relays on one file would not see each other's live entries.
    _lock: File,
}

impl SqliteStore {
    /// Opens or creates the file, readable by its owner only.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::Foreign`], or what the engine reports.
    pub fn open(path: &Path, quotas: Quotas) -> Result<Self, StoreError> {
        let lock = lock(&beside(path, ".lock"))?;
        private_file(path)?;
        let mut connection = Connection::open(path).map_err(reason)?;
        prepare(&mut connection)?;
        Ok(Self {
            path: path.to_owned(),
            quotas,
            writing: Mutex::new(Some(Writing {
                connection,
                shares: HashMap::new(),
                _lock: lock,
            })),
            readers: Mutex::new(Some(Vec::new())),
            unflushed: false.into(),
        })
    }

    fn reading<T>(
        &self,
        read: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let idle = held(&self.readers)
            .as_mut()
            .ok_or(StoreError::Closed)?
            .pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path)?,
        };
        let outcome = connection.transaction().and_then(|reading| read(&reading));
        if let Some(idle) = held(&self.readers)
            .as_mut()
            .filter(|idle| idle.len() < IDLE_READERS)
        {
            idle.push(connection);
        }
        outcome.map_err(reason)
    }
}

impl Store for SqliteStore {
    fn append(&self, batches: &[Batch]) -> Result<Vec<Result<Appended, BatchRefusal>>, StoreError> {
        if self.unflushed.load(SeqCst) {
            return Err(StoreError::Unflushed);
        }
        let mut writing = held(&self.writing);
        let writing = writing.as_mut().ok_or(StoreError::Closed)?;
        let mut room = Room::new(self.quotas, space(&self.path)?, &mut writing.shares);
        let outcome = append_all(&mut writing.connection, batches, &mut room).map_err(reason);
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

    fn mark(&self, record: &RecordId, seq: u64) -> Result<Option<Mark>, StoreError> {
        self.reading(|reading| match find(reading, record)? {
            Some(row) => mark_at(reading, row, seq),
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

    fn records_of(&self, device: &DeviceId, limit: usize) -> Result<Vec<RecordId>, StoreError> {
        self.reading(|reading| rows::records_of(reading, device, limit))
    }

    fn last_access(&self, list: &ListOf) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.reading(|reading| accesses::last(reading, list))
    }

    fn note_accesses(&self, accesses: &[NotedAccess], keep: Keep) -> Result<(), StoreError> {
        if self.unflushed.load(SeqCst) {
            return Err(StoreError::Unflushed);
        }
        let mut writing = held(&self.writing);
        let connection = &mut writing.as_mut().ok_or(StoreError::Closed)?.connection;
        accesses::note(connection, accesses, keep).map_err(reason)
    }

    fn accesses(
        &self,
        list: &ListOf,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        self.reading(|reading| accesses::read_after(reading, list, after, limit))
    }

    fn keep_notice(&self, notice: &CardNotice) -> Result<bool, StoreError> {
        if self.unflushed.load(SeqCst) {
            return Err(StoreError::Unflushed);
        }
        let mut writing = held(&self.writing);
        let connection = &mut writing.as_mut().ok_or(StoreError::Closed)?.connection;
        match notices::keep(connection, notice).map_err(reason)? {
            Kept::New => Ok(true),
            Kept::Older => Ok(false),
            Kept::NoRoom => Err(StoreError::Full),
        }
    }

    fn notice(&self, id: &NoticeId) -> Result<Option<Vec<u8>>, StoreError> {
        self.reading(|reading| notices::read(reading, id))
    }

    fn keep_list(&self, list: &OfficersList) -> Result<bool, StoreError> {
        if self.unflushed.load(SeqCst) {
            return Err(StoreError::Unflushed);
        }
        let mut writing = held(&self.writing);
        let writing = writing.as_mut().ok_or(StoreError::Closed)?;
        let room = Room::new(self.quotas, space(&self.path)?, &mut writing.shares);
        if !room.is_ample(0, list.bytes().len() as u64) {
            return Err(StoreError::Full);
        }
        let connection = &mut writing.connection;
        match glass::keep(connection, list).map_err(reason)? {
            glass::Kept::New => Ok(true),
            glass::Kept::Older => Ok(false),
            glass::Kept::NoRoom => Err(StoreError::Full),
        }
    }

    fn list(&self, municipality: &MunicipalityId) -> Result<Option<Vec<u8>>, StoreError> {
        self.reading(|reading| glass::read(reading, municipality))
    }

    fn packages(
        &self,
        municipality: &MunicipalityId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<(u64, RecordId, Vec<u8>)>, StoreError> {
        self.reading(|reading| glass::packages(reading, municipality, after, limit))
    }

    fn package(
        &self,
        municipality: &MunicipalityId,
        record: &RecordId,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        self.reading(|reading| glass::package(reading, municipality, record))
    }

    fn openings(
        &self,
        record: &RecordId,
        town: &MunicipalityId,
        within: RangeInclusive<u64>,
    ) -> Result<Told, StoreError> {
        self.reading(|reading| glass::openings(reading, record, town, &within))
    }

    fn holds(&self, record: &RecordId, hash: &EntryHash) -> Result<bool, StoreError> {
        self.reading(|reading| rows::holds(reading, record, hash))
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.unflushed.load(SeqCst) {
            return Err(StoreError::Unflushed);
        }
        self.reading(|reading| {
            reading.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
        })
    }

    fn close(&self) {
        drop(held(&self.readers).take());
        // The last connection that closes writes the log back into the file, best effort: what stays in the log is read from
        // there at the next start.
        drop(held(&self.writing).take());
    }
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
        super::super::conformance::all(&mut |quotas| {
            count += 1;
            Box::new(SqliteStore::open(&folder.path().join(count.to_string()), quotas).unwrap())
        });
    }

    #[test]
    fn a_second_process_is_turned_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.db");
        let _first = SqliteStore::open(&path, Quotas::NONE).unwrap();
        assert!(matches!(
            SqliteStore::open(&path, Quotas::NONE),
            Err(StoreError::InUse)
        ));
    }

    #[test]
    fn a_closed_store_lets_go_of_its_file_although_somebody_still_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.db");
        let closed = SqliteStore::open(&path, Quotas::NONE).unwrap();
        let beginning = super::super::conformance::beginning(1);
        closed.append(std::slice::from_ref(&beginning)).unwrap();
        closed.close();
        assert!(!beside(&path, "-wal").exists());
        assert!(matches!(
            closed.append(&[beginning]),
            Err(StoreError::Closed)
        ));
        assert!(matches!(closed.check(), Err(StoreError::Closed)));
        SqliteStore::open(&path, Quotas::NONE).unwrap();
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
            SqliteStore::open(&path, Quotas::NONE),
            Err(StoreError::Foreign)
        ));
    }

    #[test]
    fn a_file_without_marks_is_given_the_marks_it_would_have_had() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.db");
        let beginnings = [1, 2].map(super::super::conformance::beginning);
        let record = beginnings.each_ref().map(|batch| batch.record);
        let store = SqliteStore::open(&path, Quotas::NONE).unwrap();
        store.append(&beginnings).unwrap();
        let marks = |store: &SqliteStore| record.map(|record| store.mark(&record, 1).unwrap());
        let before = marks(&store);
        store.close();
        let old = Connection::open(&path).unwrap();
        old.execute_batch(
            "ALTER TABLE records DROP COLUMN mark; ALTER TABLE entries DROP COLUMN mark;
             PRAGMA user_version = 1;",
        )
        .unwrap();
        drop(old);
        let store = SqliteStore::open(&path, Quotas::NONE).unwrap();
        assert_eq!(marks(&store), before);
        assert!(before[0] != before[1] && before[0].is_some());
    }

    #[test]
    fn only_its_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("relay.db");
        let store = SqliteStore::open(&path, Quotas::NONE).unwrap();
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
