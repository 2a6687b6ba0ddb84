//! Lists of who fetched and opened what, as rows: one for each record, one for the cards of each key.

use super::rows::find;
use crate::store::{Keep, ListOf, NotedAccess};
use omamori_core::{card_notice::NoticeId, id::RecordId};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

/// Rows of all cards together: beyond it, with their row about 300 MB, nothing more is noted of cards.
const OF_CARDS: i64 = if cfg!(test) { 8 } else { 1_000_000 };

/// For every version of the file: whoever does not know the table needs nothing of it.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS accesses (
    record INTEGER NOT NULL REFERENCES records (id),
    number INTEGER NOT NULL,
    bytes  BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS accesses_in_order ON accesses (record, number);
CREATE TABLE IF NOT EXISTS card_openings (
    card   BLOB    NOT NULL,
    number INTEGER NOT NULL,
    bytes  BLOB    NOT NULL,
    PRIMARY KEY (card, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS card_opening_count (
    only     INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),
    openings INTEGER NOT NULL
) STRICT;
INSERT INTO card_opening_count (only, openings)
    SELECT 1, (SELECT count(*) FROM card_openings)
    WHERE NOT EXISTS (SELECT 1 FROM card_opening_count);
";

pub(super) fn last(
    reading: &Transaction<'_>,
    list: &ListOf,
) -> rusqlite::Result<Option<(u64, Vec<u8>)>> {
    match list {
        ListOf::Record(record) => {
            let Some(row) = find(reading, record)? else {
                return Ok(None);
            };
            reading
                .prepare_cached(
                    "SELECT number, bytes FROM accesses WHERE record = ?1 ORDER BY number DESC LIMIT 1",
                )?
                .query_row([row.id], read)
                .optional()
        }
        ListOf::Card(card) => reading
            .prepare_cached(
                "SELECT number, bytes FROM card_openings WHERE card = ?1 ORDER BY number DESC LIMIT 1",
            )?
            .query_row([card], read)
            .optional(),
    }
}

pub(super) fn note(
    connection: &mut Connection,
    accesses: &[NotedAccess],
    keep: Keep,
) -> rusqlite::Result<()> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for access in accesses {
        match &access.list {
            ListOf::Record(record) => of_record(&writing, record, access, keep.record)?,
            ListOf::Card(card) => of_card(&writing, card, access, keep.card)?,
        }
    }
    writing.commit()
}

fn of_record(
    writing: &Transaction<'_>,
    record: &RecordId,
    NotedAccess { number, bytes, .. }: &NotedAccess,
    keep: u64,
) -> rusqlite::Result<()> {
    let Some(row) = find(writing, record)? else {
        return Ok(());
    };
    writing
        .prepare_cached("INSERT INTO accesses (record, number, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![row.id, number.cast_signed(), bytes])?;
    writing
        .prepare_cached("DELETE FROM accesses WHERE record = ?1 AND number <= ?2")?
        .execute(params![row.id, number.saturating_sub(keep).cast_signed()])?;
    Ok(())
}

/// Only of a key whose notice is kept: whoever invents ids fills nothing.
fn of_card(
    writing: &Transaction<'_>,
    card: &NoticeId,
    NotedAccess { number, bytes, .. }: &NotedAccess,
    keep: u64,
) -> rusqlite::Result<()> {
    let noted = writing
        .prepare_cached(
            "INSERT INTO card_openings (card, number, bytes) SELECT ?1, ?2, ?3
             WHERE EXISTS (SELECT 1 FROM card_notices WHERE id = ?1)
               AND (SELECT openings FROM card_opening_count) < ?4",
        )?
        .execute(params![card, number.cast_signed(), bytes, OF_CARDS])?;
    let gone = writing
        .prepare_cached("DELETE FROM card_openings WHERE card = ?1 AND number <= ?2")?
        .execute(params![card, number.saturating_sub(keep).cast_signed()])?;
    let count = |rows: usize| i64::try_from(rows).unwrap_or_default();
    writing
        .prepare_cached("UPDATE card_opening_count SET openings = openings + ?1 - ?2")?
        .execute([count(noted), count(gone)])?;
    Ok(())
}

pub(super) fn read_after(
    reading: &Transaction<'_>,
    list: &ListOf,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<(u64, Vec<u8>)>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    match list {
        ListOf::Record(record) => {
            let Some(row) = find(reading, record)? else {
                return Ok(Vec::new());
            };
            reading
                .prepare_cached(
                    "SELECT number, bytes FROM accesses WHERE record = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
                )?
                .query_map([row.id, after, limit], read)?
                .collect()
        }
        ListOf::Card(card) => reading
            .prepare_cached(
                "SELECT number, bytes FROM card_openings WHERE card = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
            )?
            .query_map(params![card, after, limit], read)?
            .collect(),
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u64, Vec<u8>)> {
    Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
}
