//! A statement as it lies in a document: a flat map of short keys, compact because Automerge stores columns.
//!
//! | key | value | |
//! |---|---|---|
//! | `k` | text | kind of the fact; always there |
//! | `t` | time | when, by the author's clock; always there |
//! | `f` | bytes or text | the fact: a reference, or its kind if a child has only one; absent: this statement begins it |
//! | `v` | text | `retract` or `confirm`; absent: it sets fields |
//! | `w` | text | `told` or `transcribed`; absent: observed |
//! | `b` `d` `o` | text | who told or issued it; the document; its date |
//! | `=NAME` | text, flag, or bytes | a field's value; bytes are a list, each text after its length |
//! | `<NAME` | bytes | references: what the value replaces |
//! | `a` | bytes | references: retractions that are said otherwise |
//! | `r` `c` | text, bytes | a retraction's reason and the references it covers |
//! | `x` | bytes | the reference a confirmation is about |
//! | `s` | bytes | hashes (32 bytes each, ascending) of changes that its author had seen and does not follow |
//!
//! A reference is a counter (LEB128) and the actor's 16 bytes. Other keys of lower-case letters are of a newer version: they are
//! kept and not understood.

use super::{limits, varint};
use crate::{
    id::{ActorId, ChangeId},
    statement::{
        Body, FactId, Fields, How, NewStatement, Statement, StatementId, UnixMillis, Value, Way,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// The value under one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cell {
    Text(String),
    Bytes(Vec<u8>),
    Flag(bool),
    Time(i64),
}

/// A statement's map. Keys are in order, so that there is one change for given statements.
pub(crate) type Cells = BTreeMap<String, Cell>;

/// What is wrong with a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// More cells than a statement may have, or a value that is too long.
    #[error("a statement or one of its values is too large")]
    TooLarge,
    /// A kind or field name that is empty, too long or has control characters.
    #[error("a kind or a field's name is not one")]
    Name,
    /// A time far outside any life.
    #[error("a time is out of range")]
    Time,
    /// A known key holds something else than it must, or a needed key is missing.
    #[error("a statement's cells do not say anything")]
    Cells,
    /// It refers to a statement that cannot have been seen.
    #[error("a statement refers to one that comes after it")]
    Ahead,
}

/// The cells of a statement.
///
/// # Errors
/// [`StatementError`] if it exceeds the limits that every reader insists on.
pub(crate) fn write(new: &NewStatement) -> Result<Cells, StatementError> {
    let mut cells = Cells::new();
    put_text(&mut cells, "k", Some(&new.kind));
    cells.insert("t".to_owned(), Cell::Time(new.said_at.0));
    match &new.fact {
        None => {}
        Some(FactId::Said(id)) => put_references(&mut cells, "f", &[*id]),
        Some(FactId::Only(kind)) => put_text(&mut cells, "f", Some(kind)),
    }
    write_how(&new.how, &mut cells);
    write_body(&new.body, &mut cells);
    check(&cells)?;
    Ok(cells)
}

/// Within the limits, and sayable?
pub(crate) fn check(cells: &Cells) -> Result<(), StatementError> {
    if cells.len() > limits::MAX_CELLS {
        return Err(StatementError::TooLarge);
    }
    cells.iter().try_for_each(|(key, cell)| {
        check_key(key)?;
        check_value(cell)
    })?;
    // Read for the check alone: whether a newer version's verb is understood does not matter here.
    let nobody = StatementId {
        counter: limits::MAX_COUNTER,
        actor: ActorId::new([0; ActorId::LEN]),
    };
    read(nobody, cells).map(|_| ())
}

fn check_key(key: &str) -> Result<(), StatementError> {
    let sound = match key.strip_prefix(['=', '<']) {
        Some(field) => limits::is_name(field),
        None => !key.is_empty() && key.len() <= 16 && key.bytes().all(|b| b.is_ascii_lowercase()),
    };
    sound.then_some(()).ok_or(StatementError::Name)
}

fn check_value(cell: &Cell) -> Result<(), StatementError> {
    match cell {
        Cell::Text(text) if text.len() > limits::MAX_VALUE_BYTES => Err(StatementError::TooLarge),
        Cell::Bytes(bytes) if bytes.len() > limits::MAX_VALUE_BYTES => {
            Err(StatementError::TooLarge)
        }
        Cell::Time(time) if !(-limits::MAX_TIME..=limits::MAX_TIME).contains(time) => {
            Err(StatementError::Time)
        }
        _ => Ok(()),
    }
}

fn write_how(how: &How, cells: &mut Cells) {
    match how.way {
        Way::Observed => {}
        Way::Told => put_text(cells, "w", Some("told")),
        Way::Transcribed => put_text(cells, "w", Some("transcribed")),
    }
    put_text(cells, "b", how.by.as_deref());
    put_text(cells, "d", how.document.as_deref());
    put_text(cells, "o", how.date.as_deref());
}

fn write_body(body: &Body, cells: &mut Cells) {
    match body {
        Body::Set {
            fields,
            supersedes,
            again,
        } => {
            for (name, value) in fields {
                cells.insert(format!("={name}"), write_value(value));
            }
            for (name, seen) in supersedes {
                put_references(cells, &format!("<{name}"), seen);
            }
            put_references(cells, "a", again);
        }
        Body::Retract { reason, covers } => {
            put_text(cells, "v", Some("retract"));
            put_text(cells, "r", Some(reason));
            put_references(cells, "c", covers);
        }
        Body::Confirm { target } => {
            put_text(cells, "v", Some("confirm"));
            put_references(cells, "x", &[*target]);
        }
    }
}

fn put_text(cells: &mut Cells, key: &str, text: Option<&str>) {
    if let Some(text) = text {
        cells.insert(key.to_owned(), Cell::Text(text.to_owned()));
    }
}

fn put_references(cells: &mut Cells, key: &str, references: &[StatementId]) {
    if references.is_empty() {
        return;
    }
    let mut bytes = Vec::with_capacity(references.len() * (ActorId::LEN + 3));
    for reference in references {
        varint::put(reference.counter, &mut bytes);
        bytes.extend_from_slice(reference.actor.as_bytes());
    }
    cells.insert(key.to_owned(), Cell::Bytes(bytes));
}

/// Adds the changes that a statement refers to and its change does not follow.
pub(crate) fn see(cells: &mut Cells, changes: &BTreeSet<ChangeId>) {
    let bytes: Vec<u8> = changes.iter().flat_map(|id| *id.as_bytes()).collect();
    if !bytes.is_empty() {
        cells.insert("s".to_owned(), Cell::Bytes(bytes));
    }
}

/// The changes that a statement's author had seen without following them.
pub(crate) fn seen(cells: &Cells) -> Vec<ChangeId> {
    match cells.get("s") {
        Some(Cell::Bytes(bytes)) => bytes
            .chunks_exact(ChangeId::LEN)
            .filter_map(|id| ChangeId::try_from(id).ok())
            .collect(),
        _ => Vec::new(),
    }
}

fn check_seen(cells: &Cells) -> Result<(), StatementError> {
    let sound = match cells.get("s") {
        None => true,
        Some(Cell::Bytes(bytes)) => {
            !bytes.is_empty()
                && bytes.len().is_multiple_of(ChangeId::LEN)
                && seen(cells).is_sorted_by(|a, b| a < b)
        }
        Some(_) => false,
    };
    sound.then_some(()).ok_or(StatementError::Cells)
}

fn write_value(value: &Value) -> Cell {
    match value {
        Value::Text(text) => Cell::Text(text.clone()),
        Value::Flag(flag) => Cell::Flag(*flag),
        Value::List(texts) => {
            let mut bytes = Vec::new();
            for text in texts {
                varint::put(text.len() as u64, &mut bytes);
                bytes.extend_from_slice(text.as_bytes());
            }
            Cell::Bytes(bytes)
        }
    }
}

/// The statement that lies in these cells; `None` if its verb is of a newer version.
///
/// # Errors
/// [`StatementError`] if a known key holds what it cannot, or a reference points ahead of the statement itself: references
/// only ever point back, so that what supersedes what has no circles.
pub(crate) fn read(id: StatementId, cells: &Cells) -> Result<Option<Statement>, StatementError> {
    let reader = Reader { id, cells };
    let kind = reader.text("k")?.ok_or(StatementError::Cells)?;
    if !limits::is_name(&kind) {
        return Err(StatementError::Name);
    }
    let said_at = match cells.get("t") {
        Some(Cell::Time(time)) => UnixMillis(*time),
        _ => return Err(StatementError::Cells),
    };
    check_seen(cells)?;
    let (fact, how) = (reader.fact()?, reader.how()?);
    Ok(reader.body()?.map(|body| Statement {
        id,
        fact,
        kind,
        body,
        how,
        said_at,
    }))
}

struct Reader<'a> {
    id: StatementId,
    cells: &'a Cells,
}

impl Reader<'_> {
    fn text(&self, key: &str) -> Result<Option<String>, StatementError> {
        match self.cells.get(key) {
            None => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text.clone())),
            Some(_) => Err(StatementError::Cells),
        }
    }

    fn references(&self, key: &str) -> Result<Vec<StatementId>, StatementError> {
        match self.cells.get(key) {
            None => Ok(Vec::new()),
            Some(Cell::Bytes(bytes)) => self.parse_references(bytes),
            Some(_) => Err(StatementError::Cells),
        }
    }

    fn reference(&self, key: &str) -> Result<StatementId, StatementError> {
        match self.references(key)?.as_slice() {
            [one] => Ok(*one),
            _ => Err(StatementError::Cells),
        }
    }

    fn parse_references(&self, mut bytes: &[u8]) -> Result<Vec<StatementId>, StatementError> {
        let mut references = Vec::with_capacity(bytes.len() / ActorId::LEN);
        while !bytes.is_empty() {
            let counter = varint::take(&mut bytes).ok_or(StatementError::Cells)?;
            let actor =
                varint::take_bytes(&mut bytes, ActorId::LEN as u64).ok_or(StatementError::Cells)?;
            let actor = ActorId::try_from(actor).map_err(|_| StatementError::Cells)?;
            // A change that is not followed may count further. Its hash, which nobody can know beforehand, excludes circles.
            if counter >= self.id.counter && !self.cells.contains_key("s") {
                return Err(StatementError::Ahead);
            }
            references.push(StatementId { counter, actor });
        }
        if references.is_empty() {
            Err(StatementError::Cells)
        } else {
            Ok(references)
        }
    }

    fn fact(&self) -> Result<FactId, StatementError> {
        match self.cells.get("f") {
            None => Ok(FactId::Said(self.id)),
            Some(Cell::Text(kind)) if limits::is_name(kind) => Ok(FactId::Only(kind.clone())),
            Some(_) => self.reference("f").map(FactId::Said),
        }
    }

    fn how(&self) -> Result<How, StatementError> {
        let way = match self.text("w")?.as_deref() {
            None => Way::Observed,
            Some("told") => Way::Told,
            // A newer version's way of knowing is at least not the author's own observation.
            Some("transcribed" | _) => Way::Transcribed,
        };
        Ok(How {
            way,
            by: self.text("b")?,
            document: self.text("d")?,
            date: self.text("o")?,
        })
    }

    fn body(&self) -> Result<Option<Body>, StatementError> {
        Ok(match self.text("v")?.as_deref() {
            None => Some(Body::Set {
                fields: self.fields()?,
                supersedes: self.supersedes()?,
                again: self.references("a")?,
            }),
            Some("retract") => Some(Body::Retract {
                reason: self.text("r")?.ok_or(StatementError::Cells)?,
                covers: self.references("c")?,
            }),
            Some("confirm") => Some(Body::Confirm {
                target: self.reference("x")?,
            }),
            Some(_) => None,
        })
    }

    fn fields(&self) -> Result<Fields, StatementError> {
        self.named('=')
            .map(|(name, cell)| Ok((name.to_owned(), read_value(cell)?)))
            .collect()
    }

    fn supersedes(&self) -> Result<BTreeMap<String, Vec<StatementId>>, StatementError> {
        self.named('<')
            .map(|(name, cell)| match cell {
                Cell::Bytes(bytes) => Ok((name.to_owned(), self.parse_references(bytes)?)),
                _ => Err(StatementError::Cells),
            })
            .collect()
    }

    fn named(&self, sign: char) -> impl Iterator<Item = (&str, &Cell)> {
        self.cells
            .iter()
            .filter_map(move |(key, cell)| Some((key.strip_prefix(sign)?, cell)))
    }
}

fn read_value(cell: &Cell) -> Result<Value, StatementError> {
    match cell {
        Cell::Text(text) => Ok(Value::Text(text.clone())),
        Cell::Flag(flag) => Ok(Value::Flag(*flag)),
        Cell::Bytes(bytes) => read_list(bytes)
            .map(Value::List)
            .ok_or(StatementError::Cells),
        Cell::Time(_) => Err(StatementError::Cells),
    }
}

fn read_list(mut bytes: &[u8]) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    while !bytes.is_empty() {
        let length = varint::take(&mut bytes)?;
        let text = varint::take_bytes(&mut bytes, length)?;
        texts.push(std::str::from_utf8(text).ok()?.to_owned());
    }
    Some(texts)
}
