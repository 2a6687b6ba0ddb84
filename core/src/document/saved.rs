//! A document that somebody else saved, read without Automerge, whose own reader panics on damaged input and runs as long as
//! the input says.
//!
//! ```text
//! chunk of type 0: actors · heads · table of change columns · table of operation columns · change columns · operation columns
//! ```
//!
//! What comes out are the changes that *must* have made it: a document of ours holds statements and nothing else, so every
//! change follows from the statements of its actor. The heads that the document names prove it.

use super::{
    cells::{Cell, Cells},
    change::{ChangeError, Draft, chunk_body, take_actor, take_id},
    columns::{self, run_lengths, take_key, take_value},
    first::First,
    limits, varint,
};
use crate::{
    id::{ActorId, ChangeId},
    statement::StatementId,
};
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io::Read,
};

/// The changes of a saved document, without the first one, in causal order.
///
/// # Errors
/// [`ChangeError`] if it is not a document of ours, or one beyond [`limits`]. Never panics.
pub(super) fn drafts(saved: &[u8], first: &First) -> Result<Vec<Draft>, ChangeError> {
    const DOCUMENT: u8 = 0;
    if saved.len() > limits::MAX_SAVED_BYTES {
        return Err(ChangeError::TooLarge);
    }
    let mut rest = chunk_body(saved, DOCUMENT).ok_or(ChangeError::NotAChange)?;
    let actors = take_many(&mut rest, take_actor)?;
    let heads = take_many(&mut rest, take_id)?;
    let changes = columns::table(&mut rest).ok_or(ChangeError::NotAChange)?;
    let operations = columns::table(&mut rest).ok_or(ChangeError::NotAChange)?;
    let mut room = limits::MAX_SAVED_BYTES;
    let changes = Columns::read(&changes, &mut rest, &mut room)?;
    let operations = Columns::read(&operations, &mut rest, &mut room)?;
    // Where the heads stand among the changes; nothing may follow.
    for _ in &heads {
        varint::take(&mut rest).ok_or(ChangeError::NotAChange)?;
    }
    if !rest.is_empty() {
        return Err(ChangeError::NotAChange);
    }
    let statements = Statements::read(&operations, &actors, first)?;
    Rows::read(&changes, &actors)?.drafts(statements, &heads, first)
}

fn take_many<T>(
    rest: &mut &[u8],
    take_one: impl Fn(&mut &[u8]) -> Result<T, ChangeError>,
) -> Result<Vec<T>, ChangeError> {
    let count = varint::take(rest).ok_or(ChangeError::NotAChange)?;
    // Each takes at least a byte, so this allocates no more than came.
    (0..count).map(|_| take_one(rest)).collect()
}

/// Columns by specification, inflated.
struct Columns(BTreeMap<u64, Vec<u8>>);

impl Columns {
    fn read(table: &[(u64, u64)], rest: &mut &[u8], room: &mut usize) -> Result<Self, ChangeError> {
        const DEFLATED: u64 = 8;
        let mut columns = BTreeMap::new();
        for &(specification, length) in table {
            let data = varint::take_bytes(rest, length).ok_or(ChangeError::NotAChange)?;
            let data = match specification & DEFLATED {
                0 => data.to_vec(),
                _ => inflate(data, *room)?,
            };
            *room = room.checked_sub(data.len()).ok_or(ChangeError::TooLarge)?;
            if columns.insert(specification & !DEFLATED, data).is_some() {
                return Err(ChangeError::NotAChange);
            }
        }
        Ok(Self(columns))
    }

    fn get(&self, id: u64, kind: u64) -> &[u8] {
        self.0
            .get(&(id << 4 | kind))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    fn numbers(&self, id: u64, kind: u64) -> Result<Vec<Option<u64>>, ChangeError> {
        run_lengths(
            self.get(id, kind),
            limits::MAX_SAVED_OPERATIONS,
            varint::take,
        )
    }

    /// A column of differences.
    fn sums(&self, id: u64) -> Result<Vec<Option<u64>>, ChangeError> {
        let differences = run_lengths(
            self.get(id, DELTA),
            limits::MAX_SAVED_OPERATIONS,
            varint::take_signed,
        )?;
        let mut sum = 0_i64;
        differences
            .into_iter()
            .map(|difference| match difference {
                None => Ok(None),
                Some(difference) => {
                    sum = sum.checked_add(difference).ok_or(ChangeError::NotAChange)?;
                    u64::try_from(sum)
                        .map(Some)
                        .map_err(|_| ChangeError::NotAChange)
                }
            })
            .collect()
    }
}

fn inflate(data: &[u8], room: usize) -> Result<Vec<u8>, ChangeError> {
    let mut inflated = Vec::new();
    let most = room as u64 + 1;
    flate2::bufread::DeflateDecoder::new(data)
        .take(most)
        .read_to_end(&mut inflated)
        .map_err(|_| ChangeError::NotAChange)?;
    Ok(inflated)
}

// The kinds of columns that Automerge distinguishes.
const GROUP: u64 = 0;
const ACTOR: u64 = 1;
const INTEGER: u64 = 2;
const DELTA: u64 = 3;
const STRING: u64 = 5;
const VALUE_TYPE: u64 = 6;
const VALUE: u64 = 7;

/// The statements of each actor, ascending by counter.
struct Statements(BTreeMap<ActorId, VecDeque<(u64, Cells)>>);

impl Statements {
    fn read(columns: &Columns, actors: &[ActorId], first: &First) -> Result<Self, ChangeError> {
        const OBJECT: u64 = 0;
        const KEY: u64 = 1;
        const ID: u64 = 2;
        const ACTION: u64 = 4;
        const CONTENT: u64 = 5;
        let beginning = first.actor()?;
        let mut object_actors = columns.numbers(OBJECT, ACTOR)?;
        let mut object_counters = columns.numbers(OBJECT, INTEGER)?;
        let keys = run_lengths(
            columns.get(KEY, STRING),
            limits::MAX_SAVED_OPERATIONS,
            take_key,
        )?;
        let (id_actors, id_counters) = (columns.numbers(ID, ACTOR)?, columns.sums(ID)?);
        let (actions, types) = (
            columns.numbers(ACTION, INTEGER)?,
            columns.numbers(CONTENT, VALUE_TYPE)?,
        );
        let mut values = columns.get(CONTENT, VALUE);
        let rows = actions.len();
        // A column of nothing but nothings is left out: where nobody said anything yet, all is of the root.
        for column in [&mut object_actors, &mut object_counters] {
            if column.is_empty() {
                column.resize(rows, None);
            }
        }
        if [
            object_actors.len(),
            object_counters.len(),
            keys.len(),
            id_actors.len(),
            id_counters.len(),
            types.len(),
        ]
        .iter()
        .any(|&length| length != rows)
        {
            return Err(ChangeError::NotAnAppend);
        }
        let actor = |number: Option<u64>| -> Option<ActorId> {
            actors.get(usize::try_from(number?).ok()?).copied()
        };
        let mut statements: BTreeMap<StatementId, Cells> = BTreeMap::new();
        let objects = object_actors.into_iter().zip(object_counters);
        let ids = id_actors.into_iter().zip(id_counters);
        let contents = actions.into_iter().zip(types).zip(keys);
        for ((object, id), ((action, value_type), key)) in objects.zip(ids).zip(contents) {
            let id = StatementId {
                actor: actor(id.0).ok_or(ChangeError::NotAChange)?,
                counter: id.1.ok_or(ChangeError::NotAChange)?,
            };
            let operation = Operation {
                object: (actor(object.0), object.1),
                id,
                action,
                value_type,
                key,
            };
            operation.read(beginning, &mut statements, &mut values)?;
        }
        let mut by_actor: BTreeMap<_, VecDeque<_>> = BTreeMap::new();
        for (id, cells) in statements {
            by_actor
                .entry(id.actor)
                .or_default()
                .push_back((id.counter, cells));
        }
        Ok(Self(by_actor))
    }

    /// The next statements of an actor, up to a counter.
    fn take_up_to(&mut self, actor: &ActorId, end: u64) -> Vec<(u64, Cells)> {
        let queue = self.0.entry(*actor).or_default();
        let count = queue
            .iter()
            .take_while(|(counter, _)| *counter <= end)
            .count();
        queue.drain(..count).collect()
    }

    fn is_spent(&self) -> bool {
        self.0.values().all(VecDeque::is_empty)
    }
}

/// One row of the operation columns.
struct Operation<'a> {
    object: (Option<ActorId>, Option<u64>),
    id: StatementId,
    action: Option<u64>,
    value_type: Option<u64>,
    key: Option<&'a str>,
}

impl Operation<'_> {
    fn read(
        self,
        beginning: ActorId,
        statements: &mut BTreeMap<StatementId, Cells>,
        values: &mut &[u8],
    ) -> Result<(), ChangeError> {
        const MAKE_MAP: u64 = 0;
        const PUT: u64 = 1;
        const LIST: u64 = 1;
        let value_type = self.value_type.ok_or(ChangeError::NotAChange)?;
        if self.id.actor == beginning {
            // The frozen first change: proven by its hash, which the others follow.
            let length = value_type >> 4;
            return varint::take_bytes(values, length)
                .map(|_| ())
                .ok_or(ChangeError::NotAChange);
        }
        match (self.object, self.action, self.key) {
            ((Some(actor), Some(LIST)), Some(MAKE_MAP), None) if actor == beginning => {
                statements.entry(self.id).or_default();
                Ok(())
            }
            ((Some(actor), Some(counter)), Some(PUT), Some(key)) => {
                let cell: Cell = take_value(value_type, values)?;
                let cells = statements
                    .entry(StatementId { counter, actor })
                    .or_default();
                cells.insert(key.to_owned(), cell);
                Ok(())
            }
            _ => Err(ChangeError::NotAnAppend),
        }
    }
}

/// The rows of the change columns.
struct Rows {
    rows: Vec<(ActorId, u64, u64)>,
    followed: Vec<Vec<usize>>,
}

impl Rows {
    fn read(columns: &Columns, actors: &[ActorId]) -> Result<Self, ChangeError> {
        const WHO: u64 = 0;
        const END: u64 = 1;
        const FOLLOWS: u64 = 4;
        let (who, sequences, ends) = (
            columns.numbers(WHO, ACTOR)?,
            columns.sums(WHO)?,
            columns.sums(END)?,
        );
        let counts = columns.numbers(FOLLOWS, GROUP)?;
        let mut indices = columns.sums(FOLLOWS)?.into_iter();
        if [sequences.len(), ends.len(), counts.len()]
            .iter()
            .any(|&length| length != who.len())
        {
            return Err(ChangeError::NotAChange);
        }
        let rows = who
            .into_iter()
            .zip(sequences)
            .zip(ends)
            .map(|((who, sequence), end)| {
                let actor = actors.get(usize::try_from(who?).ok()?)?;
                Some((*actor, sequence?, end?))
            })
            .collect::<Option<Vec<_>>>()
            .ok_or(ChangeError::NotAChange)?;
        let followed = counts
            .into_iter()
            .map(|count| take_indices(count, &mut indices))
            .collect::<Option<Vec<_>>>()
            .ok_or(ChangeError::NotAChange)?;
        Ok(Self { rows, followed })
    }

    /// Builds every change anew; what they follow is known by hashing those before them.
    fn drafts(
        self,
        mut statements: Statements,
        heads: &[ChangeId],
        first: &First,
    ) -> Result<Vec<Draft>, ChangeError> {
        let mut ids: Vec<ChangeId> = Vec::with_capacity(self.rows.len());
        let mut unfollowed = BTreeSet::new();
        let mut drafts = Vec::with_capacity(self.rows.len());
        for ((actor, sequence, end), followed) in self.rows.into_iter().zip(self.followed) {
            let mut follows: Vec<ChangeId> = followed
                .iter()
                .map(|&index| ids.get(index).copied())
                .collect::<Option<_>>()
                .ok_or(ChangeError::NotAChange)?;
            follows.sort_unstable();
            for id in &follows {
                unfollowed.remove(id);
            }
            let id = if actor == first.actor()? {
                first.id()
            } else {
                let draft = draft(
                    actor,
                    sequence,
                    end,
                    follows,
                    statements.take_up_to(&actor, end),
                )?;
                let id = ChangeId::new(draft.build(first)?.hash().0);
                drafts.push(draft);
                id
            };
            unfollowed.insert(id);
            ids.push(id);
        }
        let named: BTreeSet<ChangeId> = heads.iter().copied().collect();
        let begins = ids.first() == Some(&first.id());
        (begins && statements.is_spent() && named == unfollowed)
            .then_some(drafts)
            .ok_or(ChangeError::NotAChange)
    }
}

fn take_indices(
    count: Option<u64>,
    indices: &mut impl Iterator<Item = Option<u64>>,
) -> Option<Vec<usize>> {
    let count = count.filter(|&count| count <= limits::MAX_DEPENDENCIES as u64)?;
    (0..count)
        .map(|_| usize::try_from(indices.next()??).ok())
        .collect()
}

fn draft(
    actor: ActorId,
    sequence: u64,
    end: u64,
    follows: Vec<ChangeId>,
    numbered: Vec<(u64, Cells)>,
) -> Result<Draft, ChangeError> {
    let start = numbered.first().ok_or(ChangeError::NotAnAppend)?.0;
    let (counters, statements): (Vec<u64>, Vec<Cells>) = numbered.into_iter().unzip();
    let draft = Draft {
        actor,
        sequence,
        start,
        follows,
        statements,
    };
    let fits = draft.numbered().map(|(counter, _)| counter).eq(counters) && draft.end() == end;
    (fits && end <= limits::MAX_COUNTER)
        .then_some(draft)
        .ok_or(ChangeError::NotAnAppend)
}
