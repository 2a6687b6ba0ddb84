//! Municipalities' lists, and which records hold a package for which municipality, as rows.

use super::rows::find;
use crate::openings::Told;
use omamori_core::{
    break_glass::{ClaimedOpening, OfficersList, PackageHeader, SealedPackage},
    id::{MunicipalityId, RecordId},
};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use std::{collections::BTreeSet, ops::RangeInclusive};

/// Municipalities that may have a list. Japan has 1,741.
const MUNICIPALITIES: i64 = if cfg!(test) { 3 } else { 20_000 };

/// For every version of the file: whoever does not know the tables needs nothing of them.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS towns (
    id   BLOB PRIMARY KEY NOT NULL,
    list BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS town_count (
    only  INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),
    towns INTEGER NOT NULL
) STRICT;
INSERT INTO town_count (only, towns)
    SELECT 1, (SELECT count(*) FROM towns)
    WHERE NOT EXISTS (SELECT 1 FROM town_count);
CREATE TABLE IF NOT EXISTS packages (
    town   BLOB    NOT NULL,
    record INTEGER NOT NULL REFERENCES records (id),
    seq    INTEGER NOT NULL,
    PRIMARY KEY (town, record)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS openings_taken (
    record INTEGER NOT NULL REFERENCES records (id),
    taken  INTEGER NOT NULL,
    seq    INTEGER NOT NULL,
    town   BLOB    NOT NULL,
    PRIMARY KEY (record, taken, seq)
) STRICT, WITHOUT ROWID;
DROP TABLE IF EXISTS openings_by_town;
DROP INDEX IF EXISTS openings;
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
    if before.is_none() && !is_counted(&writing)? {
        return Ok(Kept::NoRoom);
    }
    writing
        .prepare_cached("INSERT OR REPLACE INTO towns (id, list) VALUES (?1, ?2)")?
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
        .prepare_cached("SELECT list FROM towns WHERE id = ?1")?
        .query_row([id.as_bytes().as_slice()], |row| row.get(0))
        .optional()
}

/// One more, if there is room. Counting the rows themselves would read all of them for each new town.
fn is_counted(writing: &Transaction<'_>) -> rusqlite::Result<bool> {
    let counted = writing
        .prepare_cached("UPDATE town_count SET towns = towns + 1 WHERE towns < ?1")?
        .execute([MUNICIPALITIES])?;
    Ok(counted > 0)
}

/// Notes that the newest package of a record for a municipality stands at a position. One that comes late and holds fewer keys than the
/// one that is noted does not take its place.
pub(super) fn note(
    writing: &Transaction<'_>,
    record: i64,
    seq: u64,
    package: &[u8],
) -> rusqlite::Result<()> {
    let Ok(package) = SealedPackage::parse(package) else {
        return Ok(());
    };
    let town = package.header().municipality;
    let noted = at(writing, record, &town)?.and_then(|noted| SealedPackage::parse(&noted).ok());
    if noted.is_some_and(|noted| has_fewer(package.header(), noted.header())) {
        return Ok(());
    }
    writing
        .prepare_cached("INSERT OR REPLACE INTO packages (town, record, seq) VALUES (?1, ?2, ?3)")?
        .execute(params![
            town.as_bytes().as_slice(),
            record,
            seq.cast_signed()
        ])
        .map(drop)
}

/// Does the one hold some keys of the other, and none besides? Keys only ever come to be, so it was made earlier.
fn has_fewer(one: &PackageHeader, other: &PackageHeader) -> bool {
    let keys = |header: &PackageHeader| {
        let epochs = header.epochs.iter();
        epochs
            .flat_map(|(tag, ids)| ids.iter().map(|id| (*tag, *id)))
            .collect::<BTreeSet<_>>()
    };
    let (one, other) = (keys(one), keys(other));
    one.len() < other.len() && one.is_subset(&other)
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
         WHERE town = ?1 AND packages.record > ?2 ORDER BY packages.record LIMIT ?3",
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
    match find(reading, record)? {
        Some(row) => at(reading, row.id, municipality),
        None => Ok(None),
    }
}

fn at(
    reading: &Transaction<'_>,
    record: i64,
    town: &MunicipalityId,
) -> rusqlite::Result<Option<Vec<u8>>> {
    reading
        .prepare_cached(
            "SELECT entries.bytes FROM packages
             JOIN entries ON entries.record = packages.record AND entries.seq = packages.seq
             WHERE town = ?1 AND packages.record = ?2",
        )?
        .query_row(params![town.as_bytes().as_slice(), record], |row| {
            row.get(0)
        })
        .optional()
}

/// How often a record was opened in a time, and how often by officers of one municipality.
pub(super) fn openings(
    reading: &Transaction<'_>,
    record: &RecordId,
    town: &MunicipalityId,
    within: &RangeInclusive<u64>,
) -> rusqlite::Result<Told> {
    let Some(row) = find(reading, record)? else {
        return Ok(Told::default());
    };
    let town = town.as_bytes().as_slice();
    reading
        .prepare_cached(
            "SELECT count(*), count(*) FILTER (WHERE town = ?4) FROM openings_taken
             WHERE record = ?1 AND taken BETWEEN ?2 AND ?3",
        )?
        .query_row(
            params![row.id, seconds(within.start()), seconds(within.end()), town],
            |row| {
                Ok(Told {
                    of_record: row.get::<_, i64>(0)?.cast_unsigned(),
                    of_town: row.get::<_, i64>(1)?.cast_unsigned(),
                })
            },
        )
}

fn seconds(at: &u64) -> i64 {
    i64::try_from(*at).unwrap_or(i64::MAX)
}

/// Counts an opening with its municipality. `taken`: seconds since 1970.
pub(super) fn note_opening(
    writing: &Transaction<'_>,
    record: i64,
    seq: u64,
    taken: u64,
    opening: &[u8],
) -> rusqlite::Result<()> {
    let Ok(opening) = ClaimedOpening::parse(opening) else {
        return Ok(());
    };
    let town = opening.package().header().municipality;
    writing
        .prepare_cached(
            "INSERT INTO openings_taken (record, taken, seq, town) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![
            record,
            taken.cast_signed(),
            seq.cast_signed(),
            town.as_bytes().as_slice()
        ])
        .map(drop)
}
