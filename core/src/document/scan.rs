//! Statements out of a loaded document, in one pass.

use super::{
    cells::{self, Cell, Cells},
    change::ChangeError,
};
use crate::{
    id::{ActorId, ChangeId},
    statement::{Statement, StatementId},
};
use automerge::{Automerge, ObjId, ReadDoc, ScalarValueRef, ValueRef, iter::DocItem};
use std::collections::BTreeMap;

/// What a document says.
pub(super) struct Scanned {
    /// All statements, ascending by id. Those whose verb only a newer version knows are left out.
    pub(super) statements: Vec<Statement>,
    /// Where an author had seen changes that are not followed.
    pub(super) seen: Vec<(StatementId, Vec<ChangeId>)>,
}

pub(super) fn statements(document: &Automerge) -> Result<Scanned, ChangeError> {
    let mut maps: BTreeMap<StatementId, Cells> = BTreeMap::new();
    for found in document.iter() {
        if let DocItem::Map(item) = &found.item
            && let ObjId::Id(counter, actor, _) = &*found.obj
        {
            let actor = ActorId::try_from(actor.to_bytes()).map_err(|_| ChangeError::NotAChange)?;
            let cell = cell(&item.value).ok_or(ChangeError::ValueType)?;
            maps.entry(StatementId {
                counter: *counter,
                actor,
            })
            .or_default()
            .insert(item.key.to_string(), cell);
        }
    }
    let statements = maps
        .iter()
        .filter_map(|(id, cells)| cells::read(*id, cells).transpose())
        .collect::<Result<_, _>>()
        .map_err(|_| ChangeError::NotAnAppend)?;
    let seen = maps
        .iter()
        .map(|(id, cells)| (*id, cells::seen(cells)))
        .filter(|(_, seen)| !seen.is_empty())
        .collect();
    Ok(Scanned { statements, seen })
}

fn cell(value: &ValueRef<'_>) -> Option<Cell> {
    match value {
        ValueRef::Scalar(ScalarValueRef::Str(text)) => Some(Cell::Text(text.to_string())),
        ValueRef::Scalar(ScalarValueRef::Bytes(bytes)) => Some(Cell::Bytes(bytes.to_vec())),
        ValueRef::Scalar(ScalarValueRef::Boolean(flag)) => Some(Cell::Flag(*flag)),
        ValueRef::Scalar(ScalarValueRef::Timestamp(time)) => Some(Cell::Time(*time)),
        _ => None,
    }
}
