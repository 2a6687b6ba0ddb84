//! Lists of who fetched and opened what, as rows: one for each record, one for the cards of each key.

use super::rows::find;
use crate::store::{Keep, ListOf, NotedAccess};
use omamori_core::{card_notice::NoticeId, id::RecordId};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

/// Rows of all cards together, about 400 MB: beyond it the oldest go, whosever they are. The last of each card is kept apart, so
/// that the next one still follows it.
const OF_CARDS: i64 = if cfg!(test) { 8 } else { 1_000_000 };

/// For every version of the file: whoever does not know the table needs nothing of it.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS accesses (
    record INTEGER NOT NULL REFERENCES records (id),
    number INTEGER NOT NULL,
    bytes  BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS accesses_in_order ON accesses (record, number);
CREATE TABLE IF NOT EXISTS card_askings (
    place  INTEGER PRIMARY KEY NOT NULL,
    card   BLOB    NOT NULL,
    number INTEGER NOT NULL,
    bytes  BLOB    NOT NULL
) STRICT;
CREATE UNIQUE INDEX IF NOT EXISTS card_askings_in_order ON card_askings (card, number);
CREATE TABLE IF NOT EXISTS card_asking_last (
    card   BLOB PRIMARY KEY NOT NULL,
    number INTEGER NOT NULL,
    bytes  BLOB    NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS card_asking_count (
    only    INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),
    askings INTEGER NOT NULL
) STRICT;
INSERT INTO card_asking_count (only, askings)
    SELECT 1, (SELECT count(*) FROM card_askings)
    WHERE NOT EXISTS (SELECT 1 FROM card_asking_count);
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
            .prepare_cached("SELECT number, bytes FROM card_asking_last WHERE card = ?1")?
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
    let is_known = writing
        .prepare_cached("SELECT 1 FROM card_notices WHERE id = ?1")?
        .exists([card])?;
    if !is_known {
        return Ok(());
    }
    let gone = writing
        .prepare_cached("DELETE FROM card_askings WHERE card = ?1 AND number <= ?2")?
        .execute(params![card, number.saturating_sub(keep).cast_signed()])?;
    writing
        .prepare_cached("INSERT INTO card_askings (card, number, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![card, number.cast_signed(), bytes])?;
    writing
        .prepare_cached(
            "INSERT OR REPLACE INTO card_asking_last (card, number, bytes) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![card, number.cast_signed(), bytes])?;
    let gone = i64::try_from(gone).unwrap_or_default();
    let askings: i64 = writing
        .prepare_cached(
            "UPDATE card_asking_count SET askings = askings + 1 - ?1 RETURNING askings",
        )?
        .query_row([gone], |row| row.get(0))?;
    make_room(writing, askings - OF_CARDS)
}

/// Lets the oldest of all cards go. A card's own go in their order, so what stays of it has no gap.
fn make_room(writing: &Transaction<'_>, too_many: i64) -> rusqlite::Result<()> {
    if too_many <= 0 {
        return Ok(());
    }
    let gone = writing
        .prepare_cached(
            "DELETE FROM card_askings WHERE place IN
             (SELECT place FROM card_askings ORDER BY place LIMIT ?1)",
        )?
        .execute([too_many])?;
    writing
        .prepare_cached("UPDATE card_asking_count SET askings = askings - ?1")?
        .execute([i64::try_from(gone).unwrap_or_default()])?;
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
                "SELECT number, bytes FROM card_askings WHERE card = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
            )?
            .query_map(params![card, after, limit], read)?
            .collect(),
    }
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u64, Vec<u8>)> {
    Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
}
