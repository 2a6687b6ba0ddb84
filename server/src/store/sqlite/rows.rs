//! Records and entries as rows.

use super::{Appended, Audience, Batch, BatchRefusal, Page, PageBounds, glass};
use crate::{
    hash,
    store::{
        Admitted, Mark, Position, Stored,
        quotas::{Lack, Room, size},
    },
};
use omamori_core::{
    id::{CompartmentTag, DeviceId, RecordId},
    log::{EntryHash, EntryKind},
};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

/// A record's row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) id: i64,
    last: u64,
    bytes: u64,
    mark: Mark,
}

/// The mark before the first entry.
pub(super) const START: Mark = [0; 16];

pub(super) fn next_mark(before: &Mark, entry: &[u8]) -> Mark {
    hash::first([b"omamori/1/relay/log".as_slice(), before, entry])
}

pub(super) fn append_all(
    connection: &mut Connection,
    batches: &[Batch],
    room: &mut Room<'_>,
) -> rusqlite::Result<Vec<Result<Appended, BatchRefusal>>> {
    // Dropped without commit, the transaction rolls back: also after a full disk.
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let outcomes = batches
        .iter()
        .map(|batch| append_one(&writing, batch, room))
        .collect::<rusqlite::Result<_>>()?;
    writing.commit()?;
    Ok(outcomes)
}

fn append_one(
    writing: &Transaction<'_>,
    batch: &Batch,
    room: &mut Room<'_>,
) -> rusqlite::Result<Result<Appended, BatchRefusal>> {
    let found = find(writing, &batch.record)?;
    if found.is_none() && !batch.begins {
        return Ok(Err(BatchRefusal::NoSuchRecord));
    }
    if let Err(lack) = fits(writing, found, batch, room)? {
        return Ok(Err(lack.into()));
    }
    let mut row = match found {
        Some(row) => row,
        None => begin(writing, &batch.record)?,
    };
    let before = row.bytes;
    let mut positions = Vec::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        positions.push(place(writing, &mut row, entry, batch.taken)?);
    }
    if positions.iter().any(|position| position.fresh) {
        writing
            .prepare_cached("UPDATE records SET last = ?2, bytes = ?3, mark = ?4 WHERE id = ?1")?
            .execute(params![
                row.id,
                row.last.cast_signed(),
                row.bytes.cast_signed(),
                row.mark,
            ])?;
        room.take(batch.record, row.bytes.saturating_sub(before));
    }
    Ok(Ok(Appended {
        positions,
        cursor: row.last,
        mark: row.mark,
    }))
}

/// Is there room? What is already there is not counted twice: resending must always succeed.
fn fits(
    writing: &Transaction<'_>,
    found: Option<Row>,
    batch: &Batch,
    room: &Room<'_>,
) -> rusqlite::Result<Result<(), Lack>> {
    let held = found.map_or(0, |row| row.bytes);
    if room.is_ample(held, size(&batch.entries.iter().collect::<Vec<_>>())) {
        return Ok(Ok(()));
    }
    let mut new = Vec::new();
    for entry in &batch.entries {
        let there = match found {
            Some(row) => position(writing, row, entry)?.is_some(),
            None => false,
        };
        if !there {
            new.push(entry);
        }
    }
    Ok(room.check(batch, &new, held))
}

impl From<Lack> for BatchRefusal {
    fn from(lack: Lack) -> Self {
        match lack {
            Lack::Record => Self::RecordFull,
            Lack::Relay => Self::RelayFull,
        }
    }
}

pub(super) fn find(connection: &Connection, record: &RecordId) -> rusqlite::Result<Option<Row>> {
    connection
        .prepare_cached("SELECT id, last, bytes, mark FROM records WHERE record = ?1")?
        .query_row([record.as_bytes().as_slice()], |row| {
            Ok(Row {
                id: row.get(0)?,
                last: row.get::<_, i64>(1)?.cast_unsigned(),
                bytes: row.get::<_, i64>(2)?.cast_unsigned(),
                mark: row.get(3)?,
            })
        })
        .optional()
}

fn begin(writing: &Transaction<'_>, record: &RecordId) -> rusqlite::Result<Row> {
    writing
        .prepare_cached("INSERT INTO records (record, last, bytes, mark) VALUES (?1, 0, 0, ?2)")?
        .execute(params![record.as_bytes().as_slice(), START])?;
    Ok(Row {
        id: writing.last_insert_rowid(),
        last: 0,
        bytes: 0,
        mark: START,
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

fn place(
    writing: &Transaction<'_>,
    row: &mut Row,
    entry: &Admitted,
    taken: u64,
) -> rusqlite::Result<Position> {
    if let Some(seq) = position(writing, *row, entry)? {
        return Ok(Position { seq, fresh: false });
    }
    row.last += 1;
    row.bytes = row.bytes.saturating_add(entry.bytes.len() as u64);
    row.mark = next_mark(&row.mark, &entry.hash.0);
    writing
        .prepare_cached(
            "INSERT INTO entries (record, seq, kind, audience, hash, bytes, mark)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            row.id,
            row.last.cast_signed(),
            entry.kind.code(),
            audience_bytes(&entry.audience),
            entry.hash.0.as_slice(),
            entry.bytes,
            row.mark,
        ])?;
    if entry.kind == EntryKind::Package {
        glass::note(writing, row.id, row.last, &entry.bytes)?;
    }
    if entry.kind == EntryKind::Opening {
        glass::note_opening(writing, row.id, row.last, taken, &entry.bytes)?;
    }
    Ok(Position {
        seq: row.last,
        fresh: true,
    })
}

pub(super) fn read_page(
    reading: &Transaction<'_>,
    row: Row,
    after: u64,
    bounds: PageBounds,
    readable: &dyn Fn(&Audience) -> bool,
) -> rusqlite::Result<Page> {
    let mut page = Page {
        cursor: after.min(row.last),
        mark: START,
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
        let audience = audience(entry.get(2)?);
        if readable(&audience) {
            bytes = bytes.saturating_add(entry.get::<_, u32>(3)? as usize);
            let room = page.entries.len() < bounds.entries && bytes <= bounds.bytes;
            if !room && !page.entries.is_empty() {
                break;
            }
            page.entries.push(Stored {
                seq: entry.get::<_, i64>(0)?.cast_unsigned(),
                // Nothing but the known kinds is ever stored.
                kind: EntryKind::from_code(entry.get::<_, u32>(1)?.into())
                    .unwrap_or(EntryKind::Bundle),
                audience,
                bytes: entry.get(4)?,
            });
        }
        page.cursor = entry.get::<_, i64>(0)?.cast_unsigned();
    }
    page.more = page.cursor < row.last;
    page.mark = mark_at(reading, row, page.cursor)?.unwrap_or(START);
    Ok(page)
}

pub(super) fn records_of(
    reading: &Transaction<'_>,
    device: &DeviceId,
    limit: usize,
) -> rusqlite::Result<Vec<RecordId>> {
    let mut query = reading.prepare_cached(
        "SELECT record FROM records WHERE id IN
           (SELECT DISTINCT record FROM entries WHERE kind = 3 AND audience = ?1 LIMIT ?2)",
    )?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let records = query.query_map(params![device.as_bytes(), limit], |row| {
        row.get::<_, [u8; 32]>(0)
    })?;
    records.map(|record| record.map(RecordId::new)).collect()
}

pub(super) fn holds(
    reading: &Transaction<'_>,
    record: &RecordId,
    hash: &EntryHash,
) -> rusqlite::Result<bool> {
    let Some(row) = find(reading, record)? else {
        return Ok(false);
    };
    reading
        .prepare_cached("SELECT 1 FROM entries WHERE record = ?1 AND hash = ?2")?
        .exists(params![row.id, hash.0.as_slice()])
}

/// `None`: the log is not as long.
pub(super) fn mark_at(
    reading: &Transaction<'_>,
    row: Row,
    seq: u64,
) -> rusqlite::Result<Option<Mark>> {
    if seq == 0 || seq == row.last {
        return Ok(Some(if seq == 0 { START } else { row.mark }));
    }
    reading
        .prepare_cached("SELECT mark FROM entries WHERE record = ?1 AND seq = ?2")?
        .query_row(params![row.id, seq.cast_signed()], |found| found.get(0))
        .optional()
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
