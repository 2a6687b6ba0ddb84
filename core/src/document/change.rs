//! One change of one author: a few statements, each a new map at the head of the list, filled and never touched again.
//!
//! Written and read here, so that both are seen together. Reading is our own and total: it neither panics nor loops nor
//! allocates beyond [`limits`], whatever the bytes say. It reads only what a change *claims* to say; the proof is that writing
//! the same claim gives the same bytes ([`Draft::build`]). So every operation that is not an append (overwriting, deleting,
//! nesting, marking, counting, pointing into somebody else's map) is refused without a rule of its own, and what Automerge is
//! given are never the bytes that came from outside.
//!
//! New maps go to the *head* of the list: then a change points at nothing but the list itself, which everybody has.

use super::{
    cells::{Cell, Cells},
    columns::{self, run_lengths, take_key, take_value},
    first::First,
    limits, varint,
};
use crate::id::{ActorId, ChangeId};
use automerge::{
    Change, ChangeHash, ExpandedChange, ObjType, ScalarValue,
    legacy::{ElementId, Key, ObjectId, Op, OpId, OpType, SortedVec},
};
use std::num::NonZeroU64;

/// What a change says and where it stands in the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Draft {
    pub(crate) actor: ActorId,
    /// 1 for an actor's first change.
    pub(crate) sequence: u64,
    /// Counter of its first operation.
    pub(crate) start: u64,
    /// The changes it directly follows, ascending.
    pub(crate) follows: Vec<ChangeId>,
    pub(crate) statements: Vec<Cells>,
}

/// Bytes that are no change of ours, or of a shape that no honest device writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// Beyond [`limits`].
    #[error("the change is too large")]
    TooLarge,
    /// Truncated, garbled, or not an (uncompressed) Automerge change.
    #[error("not a change")]
    NotAChange,
    /// An operation that neither begins a statement nor fills one.
    #[error("the change does something else than saying statements")]
    NotAnAppend,
    /// A value of a type that statements do not have.
    #[error("a value of the change has no type that statements have")]
    ValueType,
}

impl Draft {
    /// Number of operations.
    pub(crate) fn operations(&self) -> u64 {
        self.statements
            .iter()
            .map(|cells| 1 + cells.len() as u64)
            .sum()
    }

    /// Counter of its last operation.
    pub(crate) fn end(&self) -> u64 {
        (self.start + self.operations()).saturating_sub(1)
    }

    /// The statements with the counters of their ids.
    pub(crate) fn numbered(&self) -> impl Iterator<Item = (u64, &Cells)> {
        self.statements.iter().scan(self.start, |next, cells| {
            let counter = *next;
            *next += 1 + cells.len() as u64;
            Some((counter, cells))
        })
    }

    /// The one change that says this.
    ///
    /// # Errors
    /// [`ChangeError::NotAChange`] if `start` is 0.
    pub(crate) fn build(&self, first: &First) -> Result<Change, ChangeError> {
        let actor = automerge::ActorId::from(self.actor.as_bytes());
        let mut operations = Vec::new();
        for (counter, cells) in self.numbered() {
            operations.push(begin(first.list()));
            let map = ObjectId::Id(OpId::new(counter, &actor));
            operations.extend(cells.iter().map(|(key, cell)| fill(map.clone(), key, cell)));
        }
        Ok(Change::from(ExpandedChange {
            operations,
            actor_id: actor,
            hash: None,
            seq: self.sequence,
            start_op: NonZeroU64::new(self.start).ok_or(ChangeError::NotAChange)?,
            time: 0,
            message: None,
            deps: self
                .follows
                .iter()
                .map(|id| ChangeHash(*id.as_bytes()))
                .collect(),
            extra_bytes: Vec::new(),
            author: None,
        }))
    }

    /// What these bytes claim to say. Only [`Draft::build`] giving the same bytes proves that they say nothing else.
    ///
    /// # Errors
    /// [`ChangeError`], never a panic.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, ChangeError> {
        if bytes.len() > limits::MAX_CHANGE_BYTES {
            return Err(ChangeError::TooLarge);
        }
        const CHANGE: u8 = 1;
        let mut rest = chunk_body(bytes, CHANGE).ok_or(ChangeError::NotAChange)?;
        let mut draft = read_head(&mut rest)?;
        draft.statements = Columns::read(rest)
            .ok_or(ChangeError::NotAChange)?
            .statements()?;
        Ok(draft)
    }
}

fn begin(list: ObjectId) -> Op {
    Op {
        action: OpType::Make(ObjType::Map),
        obj: list,
        key: Key::Seq(ElementId::Head),
        pred: SortedVec::new(),
        insert: true,
    }
}

fn fill(map: ObjectId, key: &str, cell: &Cell) -> Op {
    let value = match cell {
        Cell::Text(text) => ScalarValue::Str(text.as_str().into()),
        Cell::Bytes(bytes) => ScalarValue::Bytes(bytes.clone()),
        Cell::Flag(flag) => ScalarValue::Boolean(*flag),
        Cell::Time(time) => ScalarValue::Timestamp(*time),
    };
    Op {
        action: OpType::Put(value),
        obj: map,
        key: Key::Map(key.into()),
        pred: SortedVec::new(),
        insert: false,
    }
}

/// Automerge's chunk of a kind: magic, checksum (4), type, length, body. Its checksum is proven by building the change again.
pub(super) fn chunk_body(bytes: &[u8], expected: u8) -> Option<&[u8]> {
    const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
    let (magic, rest) = bytes.split_first_chunk::<4>()?;
    let (_checksum, rest) = rest.split_first_chunk::<4>()?;
    let (kind, mut rest) = rest.split_first()?;
    let length = varint::take(&mut rest)?;
    (*magic == MAGIC && *kind == expected && length == rest.len() as u64).then_some(rest)
}

fn read_head(rest: &mut &[u8]) -> Result<Draft, ChangeError> {
    let count = take(rest)?;
    if count > limits::MAX_DEPENDENCIES as u64 {
        return Err(ChangeError::TooLarge);
    }
    let follows = (0..count)
        .map(|_| take_id(rest))
        .collect::<Result<_, _>>()?;
    let actor = take_actor(rest)?;
    let (sequence, start) = (take(rest)?, take(rest)?);
    // No time and no message: each statement says when, and nothing may hide beside it.
    let (time, message) = (take(rest)?, take(rest)?);
    let others = take(rest)?;
    if (time, message, others) != (0, 0, 1) || start > limits::MAX_COUNTER {
        return Err(ChangeError::NotAnAppend);
    }
    take_actor(rest)?;
    Ok(Draft {
        actor,
        sequence,
        start,
        follows,
        statements: Vec::new(),
    })
}

fn take(rest: &mut &[u8]) -> Result<u64, ChangeError> {
    varint::take(rest).ok_or(ChangeError::NotAChange)
}

pub(super) fn take_id(rest: &mut &[u8]) -> Result<ChangeId, ChangeError> {
    let bytes = varint::take_bytes(rest, ChangeId::LEN as u64).ok_or(ChangeError::NotAChange)?;
    ChangeId::try_from(bytes).map_err(|_| ChangeError::NotAChange)
}

pub(super) fn take_actor(rest: &mut &[u8]) -> Result<ActorId, ChangeError> {
    let length = take(rest)?;
    let bytes = varint::take_bytes(rest, length).ok_or(ChangeError::NotAChange)?;
    ActorId::try_from(bytes).map_err(|_| ChangeError::NotAChange)
}

/// The four columns that hold what a change says; the others follow from them.
struct Columns<'a> {
    keys: &'a [u8],
    actions: &'a [u8],
    value_types: &'a [u8],
    values: &'a [u8],
}

impl<'a> Columns<'a> {
    const KEYS: u64 = 1 << 4 | 5;
    const ACTIONS: u64 = 4 << 4 | 2;
    const VALUE_TYPES: u64 = 5 << 4 | 6;
    const VALUES: u64 = 5 << 4 | 7;

    fn read(mut rest: &'a [u8]) -> Option<Self> {
        let table = columns::table(&mut rest)?;
        let mut columns = Self {
            keys: &[],
            actions: &[],
            value_types: &[],
            values: &[],
        };
        for (specification, length) in table {
            let data = varint::take_bytes(&mut rest, length)?;
            match specification {
                Self::KEYS => columns.keys = data,
                Self::ACTIONS => columns.actions = data,
                Self::VALUE_TYPES => columns.value_types = data,
                Self::VALUES => columns.values = data,
                _ => {}
            }
        }
        Some(columns)
    }

    fn statements(mut self) -> Result<Vec<Cells>, ChangeError> {
        const MAKE_MAP: u64 = 0;
        const PUT: u64 = 1;
        let actions = run_lengths(self.actions, limits::MAX_OPERATIONS, varint::take)?;
        let keys = run_lengths(self.keys, limits::MAX_OPERATIONS, take_key)?;
        let types = run_lengths(self.value_types, limits::MAX_OPERATIONS, varint::take)?;
        if actions.len() != keys.len() || actions.len() != types.len() {
            return Err(ChangeError::NotAnAppend);
        }
        let mut statements: Vec<Cells> = Vec::new();
        for ((action, key), value_type) in actions.into_iter().zip(keys).zip(types) {
            match (action, key, statements.last_mut()) {
                (Some(MAKE_MAP), None, _) => statements.push(Cells::new()),
                (Some(PUT), Some(key), Some(cells)) => {
                    let value_type = value_type.ok_or(ChangeError::NotAChange)?;
                    cells.insert(key.to_owned(), take_value(value_type, &mut self.values)?);
                }
                _ => return Err(ChangeError::NotAnAppend),
            }
        }
        if statements.is_empty() || statements.len() > limits::MAX_STATEMENTS {
            return Err(ChangeError::TooLarge);
        }
        Ok(statements)
    }
}
