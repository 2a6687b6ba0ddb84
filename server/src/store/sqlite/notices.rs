//! Cards' notices as rows.

use omamori_core::card_notice::{CardNotice, NoticeId};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

/// Keys that may have a notice: with their row, about 200 MB.
const NOTICES: i64 = if cfg!(test) { 3 } else { 1_000_000 };

/// For every version of the file: whoever does not know the table needs nothing of it.
pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS card_notices (
    id     BLOB PRIMARY KEY NOT NULL,
    notice BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS card_notice_count (
    only    INTEGER PRIMARY KEY NOT NULL CHECK (only = 1),
    notices INTEGER NOT NULL
) STRICT;
INSERT INTO card_notice_count (only, notices)
    SELECT 1, (SELECT count(*) FROM card_notices)
    WHERE NOT EXISTS (SELECT 1 FROM card_notice_count);
";

/// What became of a notice.
pub(super) enum Kept {
    New,
    Older,
    NoRoom,
}

pub(super) fn keep(connection: &mut Connection, notice: &CardNotice) -> rusqlite::Result<Kept> {
    let writing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let before = read(&writing, &notice.id())?;
    let known = before
        .as_deref()
        .and_then(|bytes| CardNotice::open(bytes).ok());
    if known.is_some_and(|known| !notice.follows(&known)) {
        return Ok(Kept::Older);
    }
    if before.is_none() && !is_counted(&writing)? {
        return Ok(Kept::NoRoom);
    }
    writing
        .prepare_cached("INSERT OR REPLACE INTO card_notices (id, notice) VALUES (?1, ?2)")?
        .execute(params![notice.id(), notice.bytes()])?;
    writing.commit()?;
    Ok(Kept::New)
}

pub(super) fn read(reading: &Transaction<'_>, id: &NoticeId) -> rusqlite::Result<Option<Vec<u8>>> {
    reading
        .prepare_cached("SELECT notice FROM card_notices WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()
}

/// One more, if there is room. Counting the rows themselves would read all of them for each new card.
fn is_counted(writing: &Transaction<'_>) -> rusqlite::Result<bool> {
    let counted = writing
        .prepare_cached("UPDATE card_notice_count SET notices = notices + 1 WHERE notices < ?1")?
        .execute([NOTICES])?;
    Ok(counted > 0)
}
