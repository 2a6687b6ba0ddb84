//! Municipalities' lists, and which records hold a package for which municipality, as rows.

use super::rows::find;
use omamori_core::{
    break_glass::{OfficersList, SealedPackage},
    id::{MunicipalityId, RecordId},
};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

/// Municipalities that may have a list. Japan has 1,741.
const MUNICIPALITIES: u64 = if cfg!(test) { 3 } else { 20_000 };

/// For every version of the file: whoever does not know the tables needs nothing of them.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS municipalities (
    id   BLOB PRIMARY KEY NOT NULL,
    list BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS packages (
    municipality BLOB    NOT NULL,
    record       INTEGER NOT NULL REFERENCES records (id),
    seq          INTEGER NOT NULL,
    PRIMARY KEY (municipality, record)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS openings ON entries (record, seq) WHERE kind = 5;
";

/// What became of a list.
pub(super) enum Kept {
    New,
    Older,
    NoRoom,
}

pub(super) fn keep(connection: &mut Connection, list: &OfficersList) -> rusqlite::Result<Kept> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = read(&writing, &list.municipality())?;
    let known = before
        .as_deref()
        .and_then(|bytes| OfficersList::read(bytes).ok());
    if known.is_some_and(|known| !list.follows(&known)) {
        return Ok(Kept::Older);
    }
    if before.is_none() && count(&writing)? >= MUNICIPALITIES {
        return Ok(Kept::NoRoom);
    }
    writing
        .prepare_cached("INSERT OR REPLACE INTO municipalities (id, list) VALUES (?1, ?2)")?
        .execute(params![
            list.municipality().as_bytes().as_slice(),
            list.bytes()
        ])?;
    writing.commit()?;
    Ok(Kept::New)
}

pub(super) fn read(
    reading: &Transaction<'_>,
    id: &MunicipalityId,
) -> rusqlite::Result<Option<Vec<u8>>> {
    reading
        .prepare_cached("SELECT list FROM municipalities WHERE id = ?1")?
        .query_row([id.as_bytes().as_slice()], |row| row.get(0))
        .optional()
}

fn count(reading: &Transaction<'_>) -> rusqlite::Result<u64> {
    reading
        .prepare_cached("SELECT count(*) FROM municipalities")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}

/// Notes that the newest package of a record for a municipality stands at a position.
pub(super) fn note(
    writing: &Transaction<'_>,
    record: i64,
    seq: u64,
    package: &[u8],
) -> rusqlite::Result<()> {
    let Ok(package) = SealedPackage::parse(package) else {
        return Ok(());
    };
    writing
        .prepare_cached(
            "INSERT OR REPLACE INTO packages (municipality, record, seq) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![
            package.header().municipality.as_bytes().as_slice(),
            record,
            seq.cast_signed()
        ])
        .map(drop)
}

/// Newest packages for a municipality, by a number that only grows within one list.
pub(super) fn packages(
    reading: &Transaction<'_>,
    municipality: &MunicipalityId,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<(u64, RecordId, Vec<u8>)>> {
    let mut query = reading.prepare_cached(
        "SELECT packages.record, records.record, entries.bytes FROM packages
         JOIN records ON records.id = packages.record
         JOIN entries ON entries.record = packages.record AND entries.seq = packages.seq
         WHERE municipality = ?1 AND packages.record > ?2 ORDER BY packages.record LIMIT ?3",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let id = municipality.as_bytes().as_slice();
    let rows = query.query_map(params![id, after.cast_signed(), limit], |row| {
        Ok((
            row.get::<_, i64>(0)?.cast_unsigned(),
            RecordId::new(row.get(1)?),
            row.get(2)?,
        ))
    })?;
    rows.collect()
}

/// The newest package of one record for a municipality.
pub(super) fn package(
    reading: &Transaction<'_>,
    municipality: &MunicipalityId,
    record: &RecordId,
) -> rusqlite::Result<Option<Vec<u8>>> {
    let Some(row) = find(reading, record)? else {
        return Ok(None);
    };
    reading
        .prepare_cached(
            "SELECT entries.bytes FROM packages
             JOIN entries ON entries.record = packages.record AND entries.seq = packages.seq
             WHERE municipality = ?1 AND packages.record = ?2",
        )?
        .query_row(params![municipality.as_bytes().as_slice(), row.id], |row| {
            row.get(0)
        })
        .optional()
}

/// How often a record was opened.
pub(super) fn openings(reading: &Transaction<'_>, record: &RecordId) -> rusqlite::Result<u64> {
    let Some(row) = find(reading, record)? else {
        return Ok(0);
    };
    reading
        .prepare_cached("SELECT count(*) FROM entries WHERE record = ?1 AND kind = 5")?
        .query_row([row.id], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}
