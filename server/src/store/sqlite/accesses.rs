//! Who fetched what, as rows.

use super::rows::find;
use crate::store::NotedAccess;
use omamori_core::id::RecordId;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

pub(super) fn last(
    reading: &Transaction<'_>,
    record: &RecordId,
) -> rusqlite::Result<Option<(u64, Vec<u8>)>> {
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

pub(super) fn note(
    connection: &mut Connection,
    accesses: &[NotedAccess],
    keep: u64,
) -> rusqlite::Result<()> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for access in accesses {
        let Some(row) = find(&writing, &access.record)? else {
            continue;
        };
        writing
            .prepare_cached("INSERT INTO accesses (record, number, bytes) VALUES (?1, ?2, ?3)")?
            .execute(params![row.id, access.number.cast_signed(), access.bytes])?;
        writing
            .prepare_cached("DELETE FROM accesses WHERE record = ?1 AND number <= ?2")?
            .execute(params![
                row.id,
                access.number.saturating_sub(keep).cast_signed()
            ])?;
    }
    writing.commit()
}

pub(super) fn read_after(
    reading: &Transaction<'_>,
    record: &RecordId,
    after: u64,
    limit: usize,
) -> rusqlite::Result<Vec<(u64, Vec<u8>)>> {
    let Some(row) = find(reading, record)? else {
        return Ok(Vec::new());
    };
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut query = reading.prepare_cached(
        "SELECT number, bytes FROM accesses WHERE record = ?1 AND number > ?2 ORDER BY number LIMIT ?3",
    )?;
    let rows = query.query_map([row.id, after, limit], read)?;
    rows.collect()
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<(u64, Vec<u8>)> {
    Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
}
